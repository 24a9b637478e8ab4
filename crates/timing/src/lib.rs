//! Internal crate of seamount, without promise of stability.
//!
//! How long a step takes: the time of what a run was seen to do, by one named profile.
//!
//! What this crate does *not* know: neurons, weights, bits, how a spike comes about. It is told
//! what each core did in a step and which packets it sent ([`seamount_spec::Record`]), and says
//! when the step ends and what made it last. It changes nothing: results are the same with and
//! without it (ME-031). Integers only: picoseconds and cycles.
//!
//! [`Machine`] is proved and derived and never changes; [`Pipeline`] adds formulas (no contention
//! in the network), [`Cycle`] counts FIFOs, ports and flits; [`Ledger`] sums steps up.

#![forbid(unsafe_code)]

mod critical;
mod cycle;
mod latency;
mod ledger;
mod machine;
mod pipeline;
mod route;
mod timer;
mod traffic;

pub use critical::{Critical, Limit, Part, Stage};
pub use cycle::{Change, Cycle, Side, Signal};
pub use latency::Latencies;
pub use ledger::{CoreSum, Ledger};
pub use machine::Machine;
pub use pipeline::Pipeline;
pub use route::{Link, Way};
pub use timer::Timer;
pub use traffic::{ChipTraffic, Traffic};

use serde::{Deserialize, Serialize};

/// Knowledge that a run has of time (ME-031).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fidelity {
    /// Steps and events, no time.
    #[default]
    Count,
    /// Formulas for every core; no contention in the network.
    Pipeline,
    /// Every FIFO, port and flit, cycle by cycle.
    Cycle,
}

/// How long one step took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTime {
    /// Number of the step.
    pub step: u64,
    /// Duration of the step, the barrier included, picoseconds.
    pub duration_ps: u64,
    /// Chain of causes of the duration; its parts add up to it.
    pub critical: Critical,
}

/// Times of one core in a step, in picoseconds from the start of the step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CoreTime {
    /// Updates of compartments.
    pub update_ps: u64,
    /// Spikes, and output axons.
    pub spike_ps: u64,
    /// Part of the loop's time spent waiting for a place in the egress FIFO; fidelity `cycle` only.
    pub stalled_ps: u64,
    /// Time at which compartment loop and egress were done.
    pub loop_end_ps: u64,
    /// Time spent on packets.
    pub ingress_ps: u64,
    /// Time at which the first packet came; 0 without packets.
    pub ingress_begin_ps: u64,
    /// Time at which the last packet was done; 0 without packets.
    pub ingress_end_ps: u64,
    /// Time of the learning engine.
    pub learning_ps: u64,
    /// Time at which the core was done.
    pub end_ps: u64,
}
