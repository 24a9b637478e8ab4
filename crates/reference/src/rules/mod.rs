//! Learning rules as sums of products, evaluated in f64 with exact traces: what a rule in Lava's
//! text means before any chip computes it.
//!
//! Real exponential decay, no rounding, no width; [`Precision`] turns on what a chip does to it,
//! one thing at a time. The tree of a rule comes from [`seamount_rules`], as it does for the
//! machine: it computes nothing. The traces, the sums and the random numbers are this crate's own.

mod engine;
pub mod law;
mod precision;
mod synapses;
mod traces;

pub use engine::{Change, Engine, Seen, of_reward, scale};
pub use precision::Precision;
pub use synapses::{Limits, Rule, Synapses};
pub use traces::Trace;
