//! A cost as published systems report it: means over inferences, energy in microjoules.

use super::Cost;
use seamount_spec::{Bill, EventCounts, Profile};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::fmt;

/// Mean cost of an inference, for JSON (`synaptic_operations`, `spikes`, ..., `energy` with
/// `dynamic_uj`) and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerInference(pub Cost);

impl PerInference {
    /// The cost of `inferences` inferences by every built-in profile.
    ///
    /// # Panics
    /// If `inferences` is 0.
    pub fn new(total: &EventCounts, inferences: u64) -> PerInference {
        PerInference(Cost::new(*total, &Profile::all()).in_pieces(inferences))
    }

    /// Mean (spike, synapse) pairs with a contribution: NeuroBench's effective accumulates.
    pub fn synaptic_operations(&self) -> f64 {
        self.0.mean(self.0.counts.synaptic_operations)
    }

    /// Mean spikes fired on the chip.
    pub fn spikes(&self) -> f64 {
        self.0.mean(self.0.counts.spikes)
    }

    /// Mean energy by each profile of the cost, in their order.
    pub fn energy(&self) -> impl Iterator<Item = MeanEnergy<'_>> {
        self.0.energy.iter().map(|bill| self.mean_energy(bill))
    }

    fn mean_energy<'a>(&self, bill: &'a Bill) -> MeanEnergy<'a> {
        let by_event_uj: Vec<(String, f64)> = bill
            .lines
            .iter()
            .filter_map(|line| Some((line.event.clone(), self.0.mean_uj(line.energy_fj?))))
            .filter(|(_, energy)| *energy > 0.0)
            .collect();
        let nothing_known = by_event_uj.is_empty() && !bill.unknown.is_empty();
        MeanEnergy {
            profile: &bill.profile,
            dynamic_uj: (!nothing_known).then(|| self.0.mean_uj(bill.dynamic_fj)),
            by_event_uj,
            unknown: &bill.unknown,
        }
    }
}

/// Mean energy of an inference by one profile, in microjoules.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MeanEnergy<'a> {
    /// Name of the profile.
    pub profile: &'a str,
    /// Dynamic energy, microjoules; absent if the profile prices nothing of what happened.
    pub dynamic_uj: Option<f64>,
    /// Energy of each event that cost something, microjoules.
    pub by_event_uj: Vec<(String, f64)>,
    /// Events that happened and whose energy the profile does not know.
    pub unknown: &'a [String],
}

impl Serialize for PerInference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cost = &self.0;
        let counts = &cost.counts;
        let energy: Vec<MeanEnergy> = self.energy().collect();
        let mut fields = serializer.serialize_struct("PerInference", 7)?;
        fields.serialize_field("inferences", &cost.pieces)?;
        fields.serialize_field("synaptic_operations", &self.synaptic_operations())?;
        fields.serialize_field("spikes", &self.spikes())?;
        fields.serialize_field("host_spikes", &cost.mean(counts.host_spikes))?;
        fields.serialize_field("neuron_updates", &cost.mean(counts.neuron_updates()))?;
        let active = cost.mean(counts.neuron_updates_active);
        fields.serialize_field("neuron_updates_active", &active)?;
        fields.serialize_field("energy", &energy)?;
        fields.end()
    }
}

impl fmt::Display for PerInference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "per inference (mean of {}):", self.0.pieces)?;
        self.lines(f)
    }
}

/// The cost of a piece of work that learnt, with a heading that says so.
pub struct WhileLearning<'a>(pub &'a PerInference);

impl fmt::Display for WhileLearning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "in that sequence, learning included (an inference alone is less):"
        )?;
        self.0.lines(f)
    }
}

impl PerInference {
    fn lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cost = &self.0;
        let counts = &cost.counts;
        writeln!(
            f,
            "  synaptic operations  {:>14.1}   (effective accumulates)",
            self.synaptic_operations()
        )?;
        writeln!(f, "  spikes on chip       {:>14.1}", self.spikes())?;
        writeln!(
            f,
            "  spikes from host     {:>14.1}",
            cost.mean(counts.host_spikes)
        )?;
        writeln!(
            f,
            "  neuron updates       {:>14.1}   ({:.1} of them active)",
            cost.mean(counts.neuron_updates()),
            cost.mean(counts.neuron_updates_active)
        )?;
        for energy in self.energy() {
            match energy.dynamic_uj {
                Some(uj) => write!(
                    f,
                    "  dynamic energy       {uj:>11.3} uJ   by profile {}",
                    energy.profile
                )?,
                None => write!(
                    f,
                    "  dynamic energy           unknown      by profile {}",
                    energy.profile
                )?,
            }
            if !energy.unknown.is_empty() {
                let least = match energy.dynamic_uj {
                    Some(_) => "at least that: ",
                    None => "",
                };
                write!(f, "; {least}no price of {}", energy.unknown.join(", "))?;
            }
            writeln!(f)?;
        }
        write!(
            f,
            "  static energy            apart: it needs time, which fidelity `count` does not know"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_of_events_without_any_price_is_unknown_and_names_them() {
        let total = EventCounts {
            microcode_instructions: 8,
            spikes: 2,
            ..EventCounts::default()
        };
        let work = PerInference::new(&total, 2);
        let json = serde_json::to_value(&work).expect("plain data");
        let of = |name: &str| {
            let mut energy = json["energy"].as_array().expect("a list").iter();
            energy.find(|e| e["profile"] == name).expect("built in")
        };
        assert!(of("loihi2-scaled")["dynamic_uj"].is_null());
        assert_eq!(of("loihi2-scaled")["by_event_uj"], serde_json::json!([]));
        let unknown = of("loihi2-scaled")["unknown"].as_array().expect("a list");
        assert!(unknown.contains(&"spikes".into()));
        assert!(of("davies2018")["dynamic_uj"].as_f64() > Some(0.0));
        let text = work.to_string();
        let line = text.lines().find(|l| {
            l.ends_with("by profile loihi2-scaled; no price of spikes, microcode_instructions")
        });
        assert!(
            line.is_some_and(|l| l
                .trim_start()
                .starts_with("dynamic energy           unknown")),
            "{text}"
        );
        // nothing happened: that costs nothing
        let idle = PerInference::new(&EventCounts::default(), 1);
        assert!(idle.energy().all(|energy| energy.dynamic_uj == Some(0.0)));
    }
}
