//! The ledger: prices events by one named profile. Profiles are never blended.

use crate::EventCounts;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Prices of events from one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name, printed beside every figure it priced.
    pub name: String,
    /// Where the prices come from, and what they are.
    pub source: String,
    /// Static power of a chip, microwatts; absent: not given by the source.
    #[serde(default)]
    pub static_power_uw: Option<u64>,
    /// Price of each event by its name in [`EventCounts::NAMES`]. An absent event costs nothing by
    /// this source's definition; an event without energy has an unknown one.
    pub prices: BTreeMap<String, Price>,
}

/// Price of one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Femtojoules; absent: unknown.
    #[serde(default)]
    pub energy_fj: Option<u64>,
    /// Picoseconds; absent: unknown.
    #[serde(default)]
    pub latency_ps: Option<u64>,
    /// Where this number comes from.
    pub source: String,
}

/// Events priced by one profile: dynamic energy only; static energy needs time, which fidelity
/// `count` does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bill {
    /// Name of the profile.
    pub profile: String,
    /// Sum of all known lines, femtojoules.
    pub dynamic_fj: u64,
    /// One line per priced event.
    pub lines: Vec<BillLine>,
    /// Events that happened and whose energy this profile does not know.
    pub unknown: Vec<String>,
    /// Static power of a chip, microwatts, apart from the sum; absent: not given.
    pub static_power_uw: Option<u64>,
}

/// One event on a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BillLine {
    /// Name of the event.
    pub event: String,
    /// How many.
    pub count: u64,
    /// Energy of all of them, femtojoules; absent: unknown.
    pub energy_fj: Option<u64>,
}

const PROFILES: [(&str, &str); 2] = [
    ("davies2018", include_str!("../presets/davies2018.profile.toml")),
    ("sanafe-loihi", include_str!("../presets/sanafe-loihi.profile.toml")),
];

/// Why a profile is refused.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, or not of this form.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// Prices of events that do not exist.
    #[error("no such event: {}", .0.join(", "))]
    UnknownEvents(Vec<String>),
}

impl Profile {
    /// Names of the built-in profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PROFILES.iter().map(|(name, _)| *name)
    }

    /// A built-in profile by name.
    pub fn preset(name: &str) -> Option<Profile> {
        let (_, text) = PROFILES.iter().find(|(n, _)| *n == name)?;
        Some(Profile::from_toml(text).expect("profiles are tested"))
    }

    /// Every built-in profile.
    pub fn all() -> Vec<Profile> {
        Profile::names().filter_map(Profile::preset).collect()
    }

    /// Parses a profile; every event it prices must exist.
    pub fn from_toml(text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text)?;
        let known = |name: &String| EventCounts::NAMES.contains(&name.as_str());
        let unknown: Vec<String> = profile.prices.keys().filter(|n| !known(n)).cloned().collect();
        if unknown.is_empty() { Ok(profile) } else { Err(ProfileError::UnknownEvents(unknown)) }
    }

    /// Prices events: exact integer sums.
    pub fn price(&self, counts: &EventCounts) -> Bill {
        let mut bill =
            Bill { profile: self.name.clone(), dynamic_fj: 0, lines: vec![], unknown: vec![], static_power_uw: self.static_power_uw };
        for (name, count) in EventCounts::NAMES.iter().zip(counts.values()) {
            let Some(price) = self.prices.get(*name) else { continue };
            let energy_fj = price.energy_fj.map(|each| each.saturating_mul(count));
            match energy_fj {
                Some(energy) => bill.dynamic_fj = bill.dynamic_fj.saturating_add(energy),
                None if count > 0 => bill.unknown.push((*name).into()),
                None => {}
            }
            bill.lines.push(BillLine { event: (*name).into(), count, energy_fj });
        }
        bill
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_parse_and_price_exactly() {
        for name in Profile::names() {
            assert_eq!(Profile::preset(name).unwrap().name, name);
        }
        let counts = EventCounts { synapse_reads_sparse: 10, neuron_updates_inactive: 3, hops_y: 2, ..Default::default() };
        let davies = Profile::preset("davies2018").unwrap().price(&counts);
        assert_eq!(davies.dynamic_fj, 10 * 23_600 + 3 * 52_000 + 2 * 4_000);
        let sanafe = Profile::preset("sanafe-loihi").unwrap().price(&counts);
        assert_eq!(sanafe.dynamic_fj, 10 * 33_600 + 3 * 51_200 + 2 * 4_200);
    }

    #[test]
    fn unknown_energy_is_said() {
        let counts = EventCounts { learning_products: 1, ..Default::default() };
        assert_eq!(Profile::preset("sanafe-loihi").unwrap().price(&counts).unknown, ["learning_products"]);
    }

    #[test]
    fn unknown_events_are_refused() {
        let text = "name='x'\nsource='y'\n[prices]\nnonsense = { energy_fj = 1, source = 'z' }";
        assert!(matches!(Profile::from_toml(text), Err(ProfileError::UnknownEvents(names)) if names == ["nonsense"]));
    }
}
