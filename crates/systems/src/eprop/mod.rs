//! What the systems that learn by e-prop share: a task in floats, its network as a netlist for the
//! chip, and how a sequence is shown to that network.
//!
//! On the chip are neurons, readouts, errors, feedback and the learning rule; the host injects
//! inputs and targets and looks on. [`eprop_pattern`](crate::eprop_pattern) and
//! [`eprop_evidence`](crate::eprop_evidence) are such systems. Cue accumulation, which follows
//! another chip's integers, has its own network in [`eprop_cue`](crate::eprop_cue).

pub mod chip;
pub mod control;
pub mod controls;
pub mod float;
pub(crate) mod show;
