//! Learning rules as sums of products, evaluated in f64 with exact traces: what a rule in Lava's text
//! means before any chip computes it.
//!
//! Real exponential decay, no rounding, no width; [`Precision`] turns on what a chip does to it, one
//! thing at a time. Nothing here is shared with the machine: the parser, the traces, the sums and the
//! random numbers are this crate's own.

pub mod text;

pub mod precision;
pub mod synapses;
pub mod traces;

pub mod engine;

pub use engine::{Change, Engine, Seen};
pub use precision::Precision;
pub use synapses::{Limits, Rule, Synapses};
pub use text::{Gate, Product, Symbol, TextError, parse};
pub use traces::Trace;
