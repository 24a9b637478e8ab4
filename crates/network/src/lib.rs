//! Networks as data: what a user means, before anything is placed, in floats ([`graph`]) and in
//! integers ([`netlist`]).
//!
//! What this crate does *not* know: cores, memories, bits, chips. It reads, checks and writes
//! networks; it never runs one.

mod finding;
pub mod graph;
pub mod h5;
pub mod netlist;
pub mod npy;
pub mod text;

pub use seamount_diagnose::{Allowed, Fault, Finding, Place, Position, Refusal};
