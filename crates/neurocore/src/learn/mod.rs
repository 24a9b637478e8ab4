//! The learning engine of a core: plastic synapses, traces, rewards, and rules at the end of each
//! epoch (LE-001..LE-014).
//!
//! **Read first**: `contract.rs`, which says on one page what a rule does to a synapse. It
//! runs, one synapse at a time, as a witness in the test of the oracle. Everything below `fast/`
//! computes the same bits faster; which way is taken is decided in `strategy.rs`.
//!
//! **An epoch.** In every step: packets arrive at learning axons and reward axons (`arrive.rs`),
//! which adds contributions from the weights as they are and notes pre spikes; reward traces move
//! (`traces.rs`); compartments update; post spikes are noted. In the last step of an epoch, after
//! that, [`learn`] (`epoch.rs`): traces are followed through the steps of the epoch, every synapse
//! that a product can change is computed from its old values, and spikes and rewards are forgotten.
//!
//! **Words.** Each has one meaning here; the glossary has the same.
//!
//! - **variable**: w, d or t of a synapse: what rules change ([`Plastic`])
//! - **grid**: the values that a variable can hold: multiples of 2^step within limits
//! - **learning axon**: the synapses of one source neuron on one core, all with one rule; where a
//!   pre spike arrives
//! - **target**: the compartment at which a synapse ends
//! - **rank**: number of a compartment among those of its core at which something learns
//! - **class**: synapses of one format: exponent and grids
//! - **span**: consecutive synapses of one axon and class; with ranks that are consecutive but for
//!   one gap, or scattered
//! - **rule**: sums of products for dw, dd and dt
//! - **product, term**: what is added to a sum: S times factors; a term is a product, decoded
//! - **gate**: what opens a term: x0, y0, uk or r0
//! - **open, ready**: a term whose gate may be open in this epoch; one that has something to add to
//!   an axon or a target
//! - **common, own factor**: the same number for all synapses of a block; one number a synapse
//! - **slot**: an array of own factors, one number a synapse of a block
//! - **sum**: the products of one variable, in 1/128
//! - **reach**: the largest magnitude that a sum can have in this epoch
//! - **trace, level**: x1, x2, y1, y2, y3 of axons and compartments; all traces of one side at the
//!   end of a step
//! - **epoch**: 1 to 63 steps, at whose end rules act
//! - **decimation**: k of uk: such terms act every 2^k epochs
//! - **visit**: a synapse with a product other than 0, at the end of an epoch: what is priced
//! - **block**: up to 64 synapses of one axon or target that are computed together
//! - **stripe**: consecutive axons of one rule and class that are computed together
//! - **run, part**: synapses of one axon with consecutive ranks; the lanes of a vector that belong
//!   to one run
//! - **vector, lane**: numbers that one instruction computes; one of them
//! - **draw**: 64 random bits: 16 for each of four uses
//!
//! What this module does *not* know: how a rule is written as text, what a visit costs, other
//! cores.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over indices become vectors; what iterators call may be left out of line"
)]

mod arrive;
mod contract;
mod draws;
mod epoch;
mod fast;
mod program;
mod state;
mod strategy;
mod traces;
mod variable;

pub(crate) use arrive::LearningArrival;
pub use draws::{LearningDraws, LearningReplay};
pub use epoch::learn;
pub use fast::{LearnScratch, sum_of};
pub use program::LearnProgram;
pub use state::LearnState;
pub use strategy::Strategy;
pub(crate) use traces::Moment;
pub(crate) use variable::FRACTION_BITS;
pub use variable::{Grid, Plastic};
