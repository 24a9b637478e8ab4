//! What a profile says of time beyond the latency of single events: the barrier, and the numbers
//! that no source gives and somebody has to choose.

use crate::price::{ENERGY_FJ_MAX, LATENCY_PS_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Time that the barrier of a chip takes, by the number of tiles in use (ME-033).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Barrier {
    /// By number of tiles, ascending, the first from 1 tile on.
    pub steps: Vec<BarrierStep>,
    /// Picoseconds for every tile beyond the number that a step begins with.
    #[serde(default)]
    pub next_tile_ps: u64,
    /// Where these numbers come from.
    pub source: String,
}

/// Latency of a barrier from some number of tiles on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BarrierStep {
    /// At least so many tiles.
    pub tiles_min: u32,
    /// Picoseconds.
    pub latency_ps: u64,
}

impl Barrier {
    /// Picoseconds of a barrier over `tiles` tiles of one chip; 0 of none.
    pub fn latency_ps(&self, tiles: u32) -> u64 {
        let step = self.steps.iter().rev().find(|s| s.tiles_min <= tiles);
        step.map_or(0, |s| {
            s.latency_ps + self.next_tile_ps * u64::from(tiles - s.tiles_min)
        })
    }

    pub(crate) fn check(&self, findings: &mut Vec<String>) {
        if self.steps.first().is_none_or(|s| s.tiles_min != 1)
            || !self.steps.is_sorted_by(|a, b| a.tiles_min < b.tiles_min)
        {
            findings.push("barrier.steps must begin with tiles_min = 1 and ascend".into());
        }
        let numbers = self
            .steps
            .iter()
            .map(|s| s.latency_ps)
            .chain([self.next_tile_ps]);
        findings.extend(
            numbers
                .filter(|n| *n > LATENCY_PS_MAX)
                .map(|n| format!("barrier: {n} ps, at most {LATENCY_PS_MAX}")),
        );
    }
}

/// A number that somebody chose, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChosenNumber {
    /// The number, in the unit at the end of its name.
    pub value: u64,
    /// Why this one.
    pub source: String,
}

/// Numbers that are not public, by name; what a profile does not name has the value of
/// [`Chosen::DEFAULTS`] (ME-006, ME-034).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chosen(BTreeMap<String, ChosenNumber>);

/// One number of [`Chosen`]: name, value, least and largest value, why.
pub type ChosenDefault = (&'static str, u64, u64, u64, &'static str);

impl Chosen {
    /// Every number that can be chosen.
    pub const DEFAULTS: [ChosenDefault; 15] = [
        (
            "cycle_ps",
            1160,
            1,
            1_000_000,
            "3.44 Gspike/s through a cross-section of a tile, shared by two meshes and two directions: 1.16 ns a flit and link",
        ),
        (
            "meshes",
            1,
            1,
            2,
            "physical meshes in use; which a spike takes is not public: packets of a core take them in turn",
        ),
        ("packet_flits", 1, 1, 64, "a spike is taken as one flit"),
        ("buffer_flits", 8, 1, 2047, "input buffer of a router"),
        (
            "credit_delay_cycles",
            0,
            0,
            58,
            "cycles added to each credit",
        ),
        (
            "routing_delay_cycles",
            0,
            0,
            58,
            "cycles that a head waits before it asks for an output",
        ),
        (
            "ingress_packets",
            16,
            1,
            1 << 20,
            "FIFO in front of the axon lookup of a core",
        ),
        (
            "egress_packets",
            4,
            1,
            1 << 20,
            "FIFO between the compartment loop of a core and its router",
        ),
        (
            "barrier_message_ps",
            26_000,
            0,
            LATENCY_PS_MAX,
            "handling of one barrier message in a tile",
        ),
        (
            "link_latency_ps",
            100_000,
            0,
            LATENCY_PS_MAX,
            "flight of a packet between chips, both interfaces included",
        ),
        (
            "link_packet_ps",
            11_600,
            0,
            LATENCY_PS_MAX,
            "time between two packets on one link between chips: a tenth of a link on chip",
        ),
        (
            "link_lanes",
            1,
            1,
            256,
            "links side by side on each side of a chip, shared by its border tiles",
        ),
        (
            "link_packet_fj",
            0,
            0,
            ENERGY_FJ_MAX,
            "energy of a packet on a link between chips, where the source has none; 0: unknown, and reported as unknown",
        ),
        (
            "host_packet_ps",
            0,
            0,
            LATENCY_PS_MAX,
            "time between two packets of the host: 0, all wait at the cores when the step begins",
        ),
        (
            "learning_axon_ps",
            0,
            0,
            LATENCY_PS_MAX,
            "traces of one learning axon at the end of an epoch",
        ),
    ];

    /// A number by name.
    ///
    /// # Panics
    /// If there is no such number.
    pub fn value(&self, name: &str) -> u64 {
        let default = || {
            Chosen::DEFAULTS
                .iter()
                .find(|d| d.0 == name)
                .expect("a number that can be chosen")
                .1
        };
        self.0.get(name).map_or_else(default, |number| number.value)
    }

    /// Sets a number.
    ///
    /// # Errors
    /// What is wrong with its name or value.
    pub fn set(&mut self, name: &str, value: u64, source: &str) -> Result<(), String> {
        self.0.insert(
            name.into(),
            ChosenNumber {
                value,
                source: source.into(),
            },
        );
        let mut findings = vec![];
        self.check(&mut findings);
        match findings.pop() {
            None => Ok(()),
            Some(finding) => {
                self.0.remove(name);
                Err(finding)
            }
        }
    }

    /// Every number with its value and why.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64, &str)> {
        Chosen::DEFAULTS.iter().map(|&(name, value, _, _, why)| {
            self.0.get(name).map_or((name, value, why), |number| {
                (name, number.value, &number.source)
            })
        })
    }

    pub(crate) fn check(&self, findings: &mut Vec<String>) {
        for (name, number) in &self.0 {
            match Chosen::DEFAULTS.iter().find(|d| d.0 == name) {
                None => {
                    let names: Vec<&str> = Chosen::DEFAULTS.iter().map(|d| d.0).collect();
                    findings.push(format!(
                        "chosen.{name}: no such number; numbers are {}",
                        names.join(", ")
                    ));
                }
                Some(&(_, _, least, most, _)) if number.value < least || number.value > most => {
                    findings.push(format!(
                        "chosen.{name} is {}, must be {least}..={most}",
                        number.value
                    ));
                }
                Some(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Profile;

    /// ME-033
    #[test]
    fn barriers_take_what_the_sources_say() {
        let of = |name: &str| Profile::preset(name).unwrap().barrier.unwrap();
        let davies = of("davies2018");
        assert_eq!(
            [davies.latency_ps(1), davies.latency_ps(32)],
            [113_000, 464_850]
        );
        let sanafe = of("sanafe-loihi");
        assert_eq!(
            [1, 2, 3, 4, 28, 29].map(|t| sanafe.latency_ps(t) / 100_000),
            [6, 10, 10, 14, 14, 18]
        );
        assert_eq!(sanafe.latency_ps(0), 0);
    }

    #[test]
    fn what_is_chosen_can_be_chosen_otherwise() {
        let mut chosen = Profile::preset("davies2018").unwrap().chosen;
        assert_eq!(chosen.value("meshes"), 1);
        chosen.set("meshes", 2, "test").unwrap();
        assert_eq!(chosen.value("meshes"), 2);
        assert!(chosen.set("meshes", 3, "test").is_err());
        assert!(chosen.set("legs", 3, "test").is_err());
    }
}
