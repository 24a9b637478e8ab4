//! What networks and learning rules mean in real numbers: NIR's neurons and e-prop in f64, written
//! from the equations.
//!
//! What this crate does *not* know: fixed-point words, cores, chips, netlists, microcode, command
//! lines. Of the workspace it knows the types of a float graph and the tree of learning rules, which
//! compute nothing: it shares no arithmetic with the machine it is compared with.
//!
//! Equation numbers A.1 to A.5 are those of `docs/equations.md`.
//! Units: ms, spikes per step inside, Hz outside.

mod matrix;
mod random;

pub use matrix::Matrix;
pub use random::Draws;

pub mod eprop;
pub mod neurons;
pub mod rules;
pub mod stdp;

pub mod case;
