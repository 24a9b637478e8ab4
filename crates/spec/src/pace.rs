//! What a profile says of time beyond the latency of single events: the barrier, and the numbers
//! that no source gives and somebody has to choose.

use seamount_diagnose::{Fault, Finding, Place};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest latency of one event, and of a barrier, picoseconds: a millisecond.
pub const LATENCY_PS_MAX: u64 = 1_000_000_000;
/// Largest energy of one event, femtojoules: a microjoule.
pub const ENERGY_FJ_MAX: u64 = 1_000_000_000;

/// Time that the barrier of a chip takes, by the number of tiles in use (ME-033).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Barrier {
    /// By number of tiles, ascending, the first from 1 tile on.
    pub steps: Vec<BarrierStep>,
    /// Picoseconds for every tile beyond the number that a step begins with.
    #[serde(default)]
    pub next_tile_ps: u64,
    /// Source of the numbers.
    pub source: String,
}

/// Latency of a barrier from some number of tiles on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BarrierStep {
    /// At least so many tiles.
    pub tiles_min: u32,
    /// Latency of the barrier, picoseconds.
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

    pub(crate) fn check(&self, findings: &mut Vec<Finding>) {
        if self.steps.first().is_none_or(|s| s.tiles_min != 1)
            || !self.steps.is_sorted_by(|a, b| a.tiles_min < b.tiles_min)
        {
            let problem = "barrier.steps must begin with tiles_min = 1 and ascend";
            findings.push(Finding::new(Place::whole(), Fault::Rule, problem));
        }
        let latencies = self.steps.iter().map(|s| s.latency_ps);
        let over = latencies
            .chain([self.next_tile_ps])
            .filter(|ps| *ps > LATENCY_PS_MAX);
        findings.extend(over.map(|ps| {
            let problem = format!("{ps} ps, at most {LATENCY_PS_MAX}");
            Finding::new("barrier", Fault::OutOfRange, problem).value(ps)
        }));
    }
}

/// A number that somebody chose, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChosenNumber {
    /// The number, in the unit at the end of its name.
    pub value: u64,
    /// Reason for this value.
    pub source: String,
}

/// Range and usual value of a number that can be chosen.
struct Usual {
    name: &'static str,
    value: u64,
    min: u64,
    max: u64,
    why: &'static str,
}

macro_rules! choices {
    ($(
        $(#[$doc:meta])*
        $choice:ident, $name:literal: $value:expr, $min:expr, $max:expr, $why:literal;
    )*) => {
        /// A number that no source gives and fidelity `cycle` needs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ChosenKey { $($(#[$doc])* $choice,)* }

        impl ChosenKey {
            /// All numbers that can be chosen, in the order of listings.
            pub const ALL: &[ChosenKey] = &[$(ChosenKey::$choice),*];

            fn usual(self) -> Usual {
                match self {
                    $(ChosenKey::$choice => Usual {
                        name: $name,
                        value: $value,
                        min: $min,
                        max: $max,
                        why: $why,
                    },)*
                }
            }
        }
    };
}

choices! {
    /// Picoseconds of one cycle of the mesh.
    CyclePs, "cycle_ps": 1160, 1, 1_000_000,
        "3.44 Gspike/s through a cross-section of a tile, shared by two meshes and two directions: \
         1.16 ns a flit and link";
    /// Physical meshes in use.
    Meshes, "meshes": 1, 1, 2,
        "physical meshes in use; which a spike takes is not public: packets of a core take them in \
         turn";
    /// Flits of a packet.
    PacketFlits, "packet_flits": 1, 1, 64, "a spike is taken as one flit";
    /// Flits that an input buffer of a router holds.
    BufferFlits, "buffer_flits": 8, 1, 2047, "input buffer of a router";
    /// Cycles added to each credit.
    CreditDelayCycles, "credit_delay_cycles": 0, 0, 58, "cycles added to each credit";
    /// Cycles that a head waits before it asks for an output.
    RoutingDelayCycles, "routing_delay_cycles": 0, 0, 58,
        "cycles that a head waits before it asks for an output";
    /// Packets that wait in front of the axon lookup of a core.
    IngressPackets, "ingress_packets": 16, 1, 1 << 20,
        "FIFO in front of the axon lookup of a core";
    /// Packets that wait between the compartment loop of a core and its router.
    EgressPackets, "egress_packets": 4, 1, 1 << 20,
        "FIFO between the compartment loop of a core and its router";
    /// Picoseconds that a tile needs for one barrier message.
    BarrierMessagePs, "barrier_message_ps": 26_000, 0, LATENCY_PS_MAX,
        "handling of one barrier message in a tile";
    /// Picoseconds that a packet flies between chips.
    LinkLatencyPs, "link_latency_ps": 100_000, 0, LATENCY_PS_MAX,
        "flight of a packet between chips, both interfaces included";
    /// Picoseconds between two packets on one link between chips.
    LinkPacketPs, "link_packet_ps": 11_600, 0, LATENCY_PS_MAX,
        "time between two packets on one link between chips: a tenth of a link on chip";
    /// Links side by side on each side of a chip.
    LinkLanes, "link_lanes": 1, 1, 256,
        "links side by side on each side of a chip, shared by its border tiles";
    /// Femtojoules of a packet on a link between chips; 0: unknown.
    LinkPacketFj, "link_packet_fj": 0, 0, ENERGY_FJ_MAX,
        "energy of a packet on a link between chips, where the source has none; 0: unknown, and \
         reported as unknown";
    /// Picoseconds between two packets of the host.
    HostPacketPs, "host_packet_ps": 0, 0, LATENCY_PS_MAX,
        "time between two packets of the host: 0, all wait at the cores when the step begins";
    /// Picoseconds that the traces of one learning axon take at the end of an epoch.
    LearningAxonPs, "learning_axon_ps": 0, 0, LATENCY_PS_MAX,
        "traces of one learning axon at the end of an epoch";
    /// Picoseconds that embedded processors add to every step.
    ProcessorsPs, "processors_ps": 0, 0, LATENCY_PS_MAX,
        "time that embedded processors, which inject input and keep house, add to every step: 0, \
         the neurocores and the barrier alone";
}

impl ChosenKey {
    /// Name of the number in profiles; ends with its unit.
    pub fn name(self) -> &'static str {
        self.usual().name
    }

    fn named(name: &str) -> Option<ChosenKey> {
        ChosenKey::ALL
            .iter()
            .copied()
            .find(|choice| choice.name() == name)
    }
}

/// Numbers that are not public, by name; what a profile does not name has its usual value (ME-006,
/// ME-034).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chosen(BTreeMap<String, ChosenNumber>);

impl Chosen {
    /// The value of a number.
    pub fn value(&self, choice: ChosenKey) -> u64 {
        let number = self.0.get(choice.name());
        number.map_or(choice.usual().value, |number| number.value)
    }

    /// Sets a number by its name.
    ///
    /// # Errors
    /// If there is no such number, or the value is outside its range; the number stays as it was.
    pub fn set(&mut self, name: &str, value: u64, source: &str) -> Result<(), Box<Finding>> {
        match finding(name, value) {
            Some(finding) => Err(finding.into()),
            None => {
                let source = source.into();
                self.0.insert(name.into(), ChosenNumber { value, source });
                Ok(())
            }
        }
    }

    /// Every number with its name, its value and the reason for it.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64, &str)> {
        ChosenKey::ALL.iter().map(|choice| {
            let Usual {
                name, value, why, ..
            } = choice.usual();
            let number = self.0.get(name);
            number.map_or((name, value, why), |number| {
                (name, number.value, &number.source)
            })
        })
    }

    pub(crate) fn check(&self, findings: &mut Vec<Finding>) {
        findings.extend(
            self.0
                .iter()
                .filter_map(|(name, number)| finding(name, number.value)),
        );
    }
}

/// Finding on a number of this name and value, if there is one.
fn finding(name: &str, value: u64) -> Option<Finding> {
    let Some(choice) = ChosenKey::named(name) else {
        let names: Vec<&str> = ChosenKey::ALL.iter().map(|choice| choice.name()).collect();
        let place = format!("chosen.{name}");
        let finding = Finding::new(place.as_str(), Fault::UnknownName, "no such number");
        return Some(finding.suggest(format!("numbers are {}", names.join(", "))));
    };
    let Usual { min, max, .. } = choice.usual();
    let wrong = value < min || value > max;
    wrong.then(|| {
        let problem = format!("chosen.{name} is {value}, must be {min}..={max}");
        Finding::new(Place::whole(), Fault::OutOfRange, problem).value(value)
    })
}

#[cfg(test)]
mod tests {
    use super::ChosenKey;
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
        assert_eq!(chosen.value(ChosenKey::Meshes), 1);
        chosen.set("meshes", 2, "test").unwrap();
        assert_eq!(chosen.value(ChosenKey::Meshes), 2);
        assert!(chosen.set("meshes", 3, "test").is_err());
        assert_eq!(
            chosen.value(ChosenKey::Meshes),
            2,
            "refused values change nothing"
        );
        assert!(chosen.set("legs", 3, "test").is_err());
    }
}
