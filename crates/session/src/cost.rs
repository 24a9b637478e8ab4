//! The cost of a piece of work: what happened, and by named profiles how much energy and time it
//! took.
//!
//! One type for a run, an inference, a layer or a core. All numbers are integers of one unit,
//! femtojoules and picoseconds, so that costs add up exactly and in any order. Means, microjoules
//! and nanoseconds come into being where a number is shown, and nowhere before.
//!
//! What this module does *not* know: which network ran, and how an event came about.

mod per_inference;

pub use per_inference::{MeanEnergy, PerInference, WhileLearning};

use seamount_spec::{Bill, CoreLocation, EventCounts, Profile};
use serde::Serialize;

/// Events, energy and time of a number of equal pieces of work.
///
/// Energy is dynamic energy: what the events cost. Static energy needs time and stands apart, as
/// power in [`Bill::static_power_uw`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cost {
    /// Number of equal pieces of work (inferences, sequences) that the numbers are sums of; 1 or
    /// more.
    pub pieces: u64,
    /// Number of events of each kind.
    pub counts: EventCounts,
    /// Energy in femtojoules, one bill for each profile that was asked for.
    pub energy: Vec<Bill>,
    /// Time in picoseconds, one entry for each profile; empty where only events were counted.
    pub time: Vec<Elapsed>,
}

/// Time of a piece of work by one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Elapsed {
    /// Name of the profile.
    pub profile: String,
    /// Number of steps.
    pub steps: u64,
    /// Duration of all steps together, picoseconds.
    pub duration_ps: u64,
}

impl Elapsed {
    /// The time of `steps` steps by a profile, in picoseconds.
    pub fn new(profile: impl Into<String>, steps: u64, duration_ps: u64) -> Elapsed {
        Elapsed {
            profile: profile.into(),
            steps,
            duration_ps,
        }
    }
}

impl Cost {
    /// The cost of events by each of `profiles`, as one piece of work and without time.
    pub fn new(counts: EventCounts, profiles: &[Profile]) -> Cost {
        Cost {
            pieces: 1,
            counts,
            energy: profiles.iter().map(|p| p.price(&counts)).collect(),
            time: vec![],
        }
    }

    /// The same cost as the sum of `pieces` equal pieces of work.
    ///
    /// # Panics
    /// If `pieces` is 0: there is no mean of nothing.
    #[must_use]
    pub fn in_pieces(mut self, pieces: u64) -> Cost {
        assert!(pieces > 0, "a cost is of at least one piece of work");
        self.pieces = pieces;
        self
    }

    /// The same cost with the time that it took.
    #[must_use]
    pub fn timed(mut self, time: Vec<Elapsed>) -> Cost {
        self.time = time;
        self
    }

    /// The mean of a number of events over the pieces of work.
    pub fn mean(&self, events: u64) -> f64 {
        events as f64 / self.pieces as f64
    }

    /// Mean energy of a piece of work in microjoules.
    pub fn mean_uj(&self, energy_fj: u64) -> f64 {
        // one division last, as ever since these means are published: other orders round
        // differently
        energy_fj as f64 * 1e-9 / self.pieces as f64
    }

    /// The bill by a profile, if it was asked for.
    pub fn by(&self, profile: &str) -> Option<&Bill> {
        self.energy.iter().find(|bill| bill.profile == profile)
    }
}

/// Costs of a run: of the whole and of each core. Events of the host are in the whole only.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunCost {
    /// Cost of the whole run.
    pub whole: Cost,
    /// Cost of each core, in the order of the image.
    pub cores: Vec<CoreCost>,
}

/// Cost of one core.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoreCost {
    /// Index of the core in the image.
    pub core: usize,
    /// Chip and core on the board.
    pub location: CoreLocation,
    /// Its cost.
    pub cost: Cost,
}

impl RunCost {
    /// The costs of `total` events in all and of those of each core, by each of `profiles`.
    pub fn new(
        total: EventCounts,
        cores: impl IntoIterator<Item = (CoreLocation, EventCounts)>,
        profiles: &[Profile],
    ) -> RunCost {
        let core = |(core, (location, counts))| CoreCost {
            core,
            location,
            cost: Cost::new(counts, profiles),
        };
        RunCost {
            whole: Cost::new(total, profiles),
            cores: cores.into_iter().enumerate().map(core).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_the_sum_of_its_pieces() {
        let counts = EventCounts {
            synaptic_operations: 30,
            spikes: 3,
            ..EventCounts::default()
        };
        let profiles = [Profile::preset("davies2018").expect("built in")];
        let one = Cost::new(counts, &profiles);
        let three = one.clone().in_pieces(3);
        assert_eq!(three.mean(three.counts.synaptic_operations), 10.0);
        assert_eq!(one.energy, three.energy);
        let bill = three.by("davies2018").expect("asked for");
        assert!(bill.dynamic_fj > 0);
        let third = three.mean_uj(bill.dynamic_fj);
        assert!((third * 3.0 - one.mean_uj(bill.dynamic_fj)).abs() < 1e-12);
        assert_eq!(three.by("sanafe-loihi"), None);
        let timed = one.timed(vec![Elapsed::new("davies2018", 10, 5_000)]);
        assert_eq!(timed.time[0].duration_ps, 5_000);
    }
}
