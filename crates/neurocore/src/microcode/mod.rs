//! Programs of neurons, run: a group of neurons that share a verified program, many at a time
//! ([`run`]) or one at a time ([`trace_one`]), with the same result (MC-037).
//!
//! Neurons of a group do not act on each other within a step, and a program is a function of the
//! neuron's state, its parameters, its two accumulators, and of random bits and the step where it
//! reads those (MC-040, MC-041). So a group whose program reads neither, and whose last step
//! changed nothing without input, will change nothing in the next.

mod block;
mod decode;
mod fuse;
mod group;
mod lanes;
mod one;
mod op;
mod run;

pub use group::{GroupProgram, Io, Surroundings, Tally};
pub use lanes::LaneScratch;
pub use one::{Outcome, TraceLine, trace_one};
pub use run::run;
