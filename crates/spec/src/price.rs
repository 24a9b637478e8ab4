//! The ledger: prices events by one named profile. Profiles are never blended (ME-043).

use crate::event::{EventCounts, Unit};
use crate::pace::{Barrier, Chosen, ChosenKey, ENERGY_FJ_MAX, LATENCY_PS_MAX};
use seamount_diagnose::{Fault, Finding, Place, Refusal};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Prices of events from one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name, printed beside every figure it priced.
    pub name: String,
    /// Source of the prices, and what they are.
    pub source: String,
    /// Static power of a chip; absent: not given by the source.
    #[serde(default)]
    pub static_power: Option<StaticPower>,
    /// Price of each event by its name in [`EventCounts::NAMES`]. An absent event costs nothing by
    /// this source's definition; an event without energy has an unknown one.
    pub prices: BTreeMap<String, Price>,
    /// How long the barrier at the end of a step takes; absent: unknown, counted as 0.
    #[serde(default)]
    pub barrier: Option<Barrier>,
    /// Numbers that the source does not give and fidelity `cycle` needs.
    #[serde(default)]
    pub chosen: Chosen,
}

/// Static power of a chip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticPower {
    /// Power, microwatts.
    pub power_uw: u64,
    /// Source of the number.
    pub source: String,
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
    /// Source of the number.
    pub source: String,
}

/// Events priced by one profile: dynamic energy only; static energy stands apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct BillLine {
    /// Name of the event.
    pub event: String,
    /// Unit whose work it is.
    #[serde(skip)]
    pub unit: Unit,
    /// Number of events.
    pub count: u64,
    /// Energy of all of them, femtojoules; absent: unknown.
    pub energy_fj: Option<u64>,
}

const PROFILES: [(&str, &str); 3] = [
    (
        "davies2018",
        include_str!("../presets/davies2018.profile.toml"),
    ),
    (
        "sanafe-loihi",
        include_str!("../presets/sanafe-loihi.profile.toml"),
    ),
    (
        "loihi2-scaled",
        include_str!("../presets/loihi2-scaled.profile.toml"),
    ),
];

/// A profile that is fitted to few figures: taken only where it is asked for by name.
const FITTED: (&str, &str) = (
    "loihi1-fitted",
    include_str!("../presets/loihi1-fitted.profile.toml"),
);

/// Why a profile is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Not TOML, or not of this form.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// Names that do not exist and numbers out of range, all of them.
    #[error(transparent)]
    Findings(Refusal),
}

impl Price {
    /// Files what is wrong with the price of the event `name`.
    fn check(&self, name: &str, findings: &mut Vec<Finding>) {
        if !EventCounts::NAMES.contains(&name) {
            let place = format!("prices.{name}");
            let finding = Finding::new(place.as_str(), Fault::UnknownName, "no such event");
            let known = EventCounts::NAMES.join(", ");
            findings.push(finding.suggest(format!("events are {known}")));
        }
        let numbers = [
            ("energy_fj", self.energy_fj, ENERGY_FJ_MAX),
            ("latency_ps", self.latency_ps, LATENCY_PS_MAX),
        ];
        for (what, number, most) in numbers {
            if let Some(number) = number.filter(|n| *n > most) {
                let problem = format!("prices.{name}.{what} is {number}, at most {most}");
                let finding = Finding::new(Place::whole(), Fault::OutOfRange, problem);
                findings.push(finding.value(number));
            }
        }
    }
}

impl Profile {
    /// Names of the built-in profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PROFILES.iter().map(|(name, _)| *name)
    }

    /// Energies and latencies of Loihi 1 (Davies et al. 2018).
    pub fn davies2018() -> Profile {
        Profile::preset("davies2018").expect("a built-in profile")
    }

    /// Energies and latencies of Loihi 1 as the simulator SANA-FE has them.
    pub fn sanafe_loihi() -> Profile {
        Profile::preset("sanafe-loihi").expect("a built-in profile")
    }

    /// Latencies of Loihi 1 divided by the claims for Loihi 2; no energies are published.
    pub fn loihi2_scaled() -> Profile {
        Profile::preset("loihi2-scaled").expect("a built-in profile")
    }

    /// A built-in profile by name: one of [`Profile::names`], or `loihi1-fitted`, which was fitted
    /// to few figures and is nobody's default.
    pub fn preset(name: &str) -> Option<Profile> {
        let mut profiles = PROFILES.iter().chain([&FITTED]);
        let (_, text) = profiles.find(|(n, _)| *n == name)?;
        Some(Profile::from_toml(text).expect("profiles are tested"))
    }

    /// Every built-in profile.
    pub fn all() -> Vec<Profile> {
        Profile::names().filter_map(Profile::preset).collect()
    }

    /// Parses a profile; every event it prices must exist, every number be in range.
    ///
    /// # Errors
    /// What is no TOML of this form, or everything else that is wrong.
    pub fn from_toml(text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text)?;
        let mut findings = vec![];
        for (name, price) in &profile.prices {
            price.check(name, &mut findings);
        }
        if let Some(barrier) = &profile.barrier {
            barrier.check(&mut findings);
        }
        profile.chosen.check(&mut findings);
        if findings.is_empty() {
            Ok(profile)
        } else {
            Err(ProfileError::Findings(Refusal { findings }))
        }
    }

    /// Latency of an event, picoseconds; `None` if the source prices it and does not say.
    pub fn latency_ps(&self, event: &str) -> Option<u64> {
        self.prices
            .get(event)
            .map_or(Some(0), |price| price.latency_ps)
    }

    /// Energy of an event that the source does not give and somebody chose: only of links (ME-034).
    fn chosen_fj(&self, event: &str) -> Option<u64> {
        let chosen = self.chosen.value(ChosenKey::LinkPacketFj);
        (event == "chip_crossings" && chosen > 0).then_some(chosen)
    }

    /// Prices events: exact integer sums.
    pub fn price(&self, counts: &EventCounts) -> Bill {
        let mut bill = Bill {
            profile: self.name.clone(),
            dynamic_fj: 0,
            lines: vec![],
            unknown: vec![],
            static_power_uw: self.static_power.as_ref().map(|s| s.power_uw),
        };
        for (event, count) in EventCounts::EVENTS.iter().zip(counts.array()) {
            let name = event.name;
            let Some(price) = self.prices.get(name) else {
                continue;
            };
            let energy_fj = price
                .energy_fj
                .or_else(|| self.chosen_fj(name))
                .map(|each| each.saturating_mul(count));
            match energy_fj {
                Some(energy) => bill.dynamic_fj = bill.dynamic_fj.saturating_add(energy),
                None if count > 0 => bill.unknown.push(name.into()),
                None => {}
            }
            bill.lines.push(BillLine {
                event: name.into(),
                unit: event.unit,
                count,
                energy_fj,
            });
        }
        bill
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_parse_and_price_exactly() {
        let fitted = Profile::preset("loihi1-fitted").expect("built in");
        assert!(fitted.chosen.value(ChosenKey::ProcessorsPs) > 0);
        assert!(Profile::all().iter().all(|p| p.name != fitted.name));
        let named = [
            Profile::davies2018(),
            Profile::sanafe_loihi(),
            Profile::loihi2_scaled(),
        ];
        assert_eq!(named.map(|p| p.name), Vec::from_iter(Profile::names())[..]);
        let counts = EventCounts {
            synapse_reads_sparse: 10,
            neuron_updates_inactive: 3,
            hops_y: 2,
            ..Default::default()
        };
        let davies = Profile::preset("davies2018").unwrap().price(&counts);
        assert_eq!(davies.dynamic_fj, 10 * 23_600 + 3 * 52_000 + 2 * 4_000);
        let sanafe = Profile::preset("sanafe-loihi").unwrap().price(&counts);
        assert_eq!(sanafe.dynamic_fj, 10 * 33_600 + 3 * 51_200 + 2 * 4_200);
    }

    #[test]
    fn unknown_energy_is_said() {
        let counts = EventCounts {
            learning_products: 1,
            ..Default::default()
        };
        assert_eq!(
            Profile::preset("sanafe-loihi")
                .unwrap()
                .price(&counts)
                .unknown,
            ["learning_products"]
        );
        // what was chosen counts, and is said to be chosen by `seamount profiles`
        let counts = EventCounts {
            chip_crossings: 3,
            ..Default::default()
        };
        let mut davies = Profile::preset("davies2018").unwrap();
        assert_eq!(
            (
                davies.price(&counts).dynamic_fj,
                davies.price(&counts).unknown
            ),
            (0, vec!["chip_crossings".to_string()])
        );
        davies.chosen.set("link_packet_fj", 50_000, "test").unwrap();
        assert_eq!(
            (
                davies.price(&counts).dynamic_fj,
                davies.price(&counts).unknown
            ),
            (150_000, vec![])
        );
        let counts = EventCounts {
            synapse_reads_sparse: 1,
            neuron_updates_active: 1,
            hops_x: 1,
            ..Default::default()
        };
        let loihi2 = Profile::preset("loihi2-scaled").unwrap().price(&counts);
        assert_eq!((loihi2.dynamic_fj, loihi2.unknown.len()), (0, 3));
    }

    /// ME-046: what Loihi 2 is said to be faster by, and nothing else, is scaled.
    #[test]
    fn loihi2_is_davies2018_scaled_by_the_published_claims() {
        let [old, new] = ["davies2018", "loihi2-scaled"].map(|name| Profile::preset(name).unwrap());
        for (event, price) in &old.prices {
            let by = match event.as_str() {
                e if e.starts_with("synapse_reads") => 5,
                e if e.starts_with("neuron_updates") => 2,
                "spikes" => 10,
                _ => 1,
            };
            assert_eq!(
                new.prices[event].latency_ps,
                price.latency_ps.map(|ps| ps / by),
                "{event}"
            );
        }
        assert!(new.prices.values().all(|p| p.energy_fj.is_none()));
    }

    #[test]
    fn wrong_profiles_are_refused_with_every_finding() {
        let text = "name='x'\nsource='y'\n[prices]\nnonsense = { energy_fj = 1, source = 'z' }\nspikes = { latency_ps = 2000000000, source = 'z' }\n[barrier]\nsteps = []\nsource = 'z'\n[chosen]\nwhat = { value = 1, source = 'z' }\ncycle_ps = { value = 0, source = 'z' }";
        let Err(ProfileError::Findings(Refusal { findings })) = Profile::from_toml(text) else {
            panic!("accepted")
        };
        let found: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 5, "{found:#?}");
        for (finding, start) in found.iter().zip([
            "prices.nonsense",
            "prices.spikes",
            "barrier.steps",
            "chosen.cycle_ps",
            "chosen.what",
        ]) {
            assert!(finding.starts_with(start), "{finding}");
        }
        assert!(matches!(
            Profile::from_toml("name='x'"),
            Err(ProfileError::Toml(_))
        ));
    }
}
