//! Networks as data: what a user means, in integers, before anything is placed.
//!
//! What this crate does *not* know: cores, memories, bits, chips. It reads, checks and writes
//! [`netlist`]s; it never runs one.

pub mod netlist;
pub mod npy;
