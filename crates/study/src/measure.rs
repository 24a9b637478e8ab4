//! Counts and energy per inference, with the definition of each number beside it.

use seamount_spec::{EventCounts, Profile};
use serde::Serialize;
use std::fmt;

/// Mean counts and energy of a number of equal pieces of work.
#[derive(Debug, Clone, Serialize)]
pub struct PerInference {
    /// How many pieces the means are over.
    pub inferences: u64,
    /// Mean (spike, synapse) pairs with a contribution: NeuroBench's effective accumulates.
    pub synaptic_operations: f64,
    /// Mean spikes fired on the chip.
    pub spikes: f64,
    /// Mean spikes injected by the host.
    pub host_spikes: f64,
    /// Mean updates of compartments.
    pub neuron_updates: f64,
    /// Those of them that were active.
    pub neuron_updates_active: f64,
    /// Energy by every built-in profile.
    pub energy: Vec<Energy>,
}

/// Dynamic energy per inference by one profile.
#[derive(Debug, Clone, Serialize)]
pub struct Energy {
    /// Name of the profile.
    pub profile: String,
    /// Mean dynamic energy, microjoules; none if the profile prices nothing of what happened.
    /// Static energy is apart and needs time, which fidelity `count` does not know.
    pub dynamic_uj: Option<f64>,
    /// Share of each event with a price, microjoules.
    pub by_event_uj: Vec<(String, f64)>,
    /// Events whose energy the profile does not know.
    pub unknown: Vec<String>,
}

impl PerInference {
    /// Means of a total over a number of inferences (at least 1).
    pub fn new(total: &EventCounts, inferences: u64) -> PerInference {
        let mean = |count: u64| count as f64 / inferences as f64;
        let energy = |profile: &Profile| {
            let bill = profile.price(total);
            let uj = |fj: u64| fj as f64 * 1e-9 / inferences as f64;
            let lines = bill
                .lines
                .iter()
                .filter_map(|l| Some((l.event.clone(), uj(l.energy_fj?))))
                .filter(|(_, e)| *e > 0.0);
            let by_event_uj: Vec<_> = lines.collect();
            let nothing_known = by_event_uj.is_empty() && !bill.unknown.is_empty();
            let dynamic_uj = (!nothing_known).then(|| uj(bill.dynamic_fj));
            Energy {
                dynamic_uj,
                by_event_uj,
                unknown: bill.unknown,
                profile: bill.profile,
            }
        };
        PerInference {
            inferences,
            synaptic_operations: mean(total.synaptic_operations),
            spikes: mean(total.spikes),
            host_spikes: mean(total.host_spikes),
            neuron_updates: mean(total.neuron_updates()),
            neuron_updates_active: mean(total.neuron_updates_active),
            energy: Profile::all().iter().map(energy).collect(),
        }
    }
}

impl fmt::Display for PerInference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "per inference (mean of {}):", self.inferences)?;
        self.counts(f)
    }
}

/// The same figures where the work was to learn, not to infer.
pub struct WhileLearning<'a>(pub &'a PerInference);

impl fmt::Display for WhileLearning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "in that sequence, learning included (an inference alone is less):"
        )?;
        self.0.counts(f)
    }
}

impl PerInference {
    fn counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  synaptic operations  {:>14.1}   (effective accumulates)",
            self.synaptic_operations
        )?;
        writeln!(f, "  spikes on chip       {:>14.1}", self.spikes)?;
        writeln!(f, "  spikes from host     {:>14.1}", self.host_spikes)?;
        writeln!(
            f,
            "  neuron updates       {:>14.1}   ({:.1} of them active)",
            self.neuron_updates, self.neuron_updates_active
        )?;
        for energy in &self.energy {
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
                write!(f, "; unknown: {}", energy.unknown.join(", "))?;
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
        let of = |name: &str| work.energy.iter().find(|e| e.profile == name).unwrap();
        assert_eq!(
            (
                of("loihi2-scaled").dynamic_uj,
                &of("loihi2-scaled").by_event_uj
            ),
            (None, &vec![])
        );
        assert!(of("loihi2-scaled").unknown.contains(&"spikes".to_string()));
        let known = of("davies2018").dynamic_uj.expect("it prices spikes");
        assert!(known > 0.0);
        let text = work.to_string();
        let line = text.lines().find(|l| {
            l.ends_with("by profile loihi2-scaled; unknown: spikes, microcode_instructions")
        });
        assert!(
            line.is_some_and(|l| l
                .trim_start()
                .starts_with("dynamic energy           unknown")),
            "{text}"
        );
        assert!(
            serde_json::to_value(&work).unwrap()["energy"]
                .as_array()
                .unwrap()
                .iter()
                .any(|e| e["dynamic_uj"].is_null())
        );
        // nothing happened: that costs nothing
        assert!(
            PerInference::new(&EventCounts::default(), 1)
                .energy
                .iter()
                .all(|e| e.dynamic_uj == Some(0.0))
        );
    }
}
