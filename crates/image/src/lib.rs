//! The network as bits, placed: what a compiler emits and a chip loads.
//!
//! `bytes -> Image -> CheckedImage`. What this crate does *not* know: what a network meant before
//! it was placed, how a step is computed, what anything costs.

pub mod bits;
pub mod check;
pub mod check_learn;
mod check_lists;
mod check_programs;
pub mod container;
pub mod file;
pub mod generated;
pub mod learn;
pub mod list;
pub mod microcode;
pub mod model;
pub mod programs;
#[cfg(test)]
mod tests;

pub use check::{CheckedImage, ImageFinding, LimitBreach, LimitPolicy};
pub use file::ImageError;
pub use learn::*;
pub use model::*;
pub use programs::*;
pub use seamount_spec::{
    DwRounding as Rounding, GradedPre, Join, LearningProfile as Arithmetic, ThresholdMode,
};
