//! The learning engine: traces, rewards, and rules at the end of each epoch (LE-001..LE-013).
//!
//! Synapses that learn have their w, d and t in the state; everything else about them is program.
//! Within an epoch spikes are only noted; at its end the traces are followed step by step, then
//! every synapse is visited that a product can change. What is not visited would not change: a
//! product with a factor of 0 adds 0, and an accumulator without fraction does not round.

#![allow(
    clippy::needless_range_loop,
    reason = "loops over indices become vector instructions; what iterators call may be left out of line, without them"
)]

pub mod arithmetic;
pub mod arrive;
mod blocks;
mod columns;
mod contract;
pub mod draws;
pub mod epoch;
pub mod program;
mod rows;
pub mod slots;
pub mod state;
pub mod strategy;
mod stripes;
pub mod traces;
mod values;

pub use draws::{Replay, Source};
pub use epoch::{LearnScratch, learn};
pub use program::LearnProgram;
pub use state::LearnState;
pub use strategy::Strategy;
