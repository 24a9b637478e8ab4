//! What made a step as long as it was.

use crate::route::Link;
use serde::Serialize;

/// Part of the way to the end of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Compartments of the sender's or the last core are updated.
    Compartments,
    /// Spikes are fired and packets made.
    Spikes,
    /// A packet is on its way.
    Transit,
    /// Packets are looked up and their synapses added.
    Synapses,
    /// The learning engine.
    Learning,
    /// All tiles wait for each other.
    Barrier,
}

impl Stage {
    /// All stages, in the order of a step.
    pub const ALL: [Stage; 6] = [
        Stage::Compartments,
        Stage::Spikes,
        Stage::Transit,
        Stage::Synapses,
        Stage::Learning,
        Stage::Barrier,
    ];

    /// The stage in words.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Compartments => "compartment loop",
            Stage::Spikes => "spikes and egress",
            Stage::Transit => "packets under way",
            Stage::Synapses => "synapses",
            Stage::Learning => "learning",
            Stage::Barrier => "barrier",
        }
    }
}

/// Part of a step's duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Stage in which the time passes.
    pub stage: Stage,
    /// Duration, picoseconds.
    pub ps: u64,
}

/// The link of a packet's way that was busiest in the packet's step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limit {
    /// Link that was busiest.
    pub link: Link,
    /// Cycles of the step in which it was in use.
    pub busy_cycles: u64,
}

/// The longest chain of a step; its parts add up to the step's duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Critical {
    /// The core that was done last; none if there is no core.
    pub core: Option<u32>,
    /// Sender of the packet that this core waited for, if it waited for one. The host is
    /// [`seamount_spec::HOST`].
    pub from: Option<u32>,
    /// The link that this packet had to share most. Fidelity `cycle` only: formulas know no
    /// contention.
    pub limit: Option<Limit>,
    /// Picoseconds by stage, in the order of [`Stage::ALL`].
    pub parts_ps: [u64; 6],
}

impl Critical {
    /// The stage with the largest part.
    pub fn stage(&self) -> Stage {
        let largest = (0..Stage::ALL.len())
            .rev()
            .max_by_key(|&i| self.parts_ps[i])
            .expect("there are stages");
        Stage::ALL[largest]
    }

    /// All parts together.
    pub fn duration_ps(&self) -> u64 {
        self.parts_ps.iter().sum()
    }
}
