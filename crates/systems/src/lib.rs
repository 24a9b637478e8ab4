//! Published networks, a demonstration, workloads: build, compile, run, measure, report.
//!
//! What this crate does *not* know: command lines and terminals. Every `run` takes options and a
//! progress callback and returns a report that serialises and prints itself.

pub mod declared;
mod flags;
pub mod import;
mod kept_batch;
pub mod registry;
pub mod word;

pub use flags::{CheckpointArgs, DumpedOptions};

pub mod lsnn;

pub mod ahp;
pub mod memory;

pub mod netx;
pub mod nir;

pub mod records;

pub mod qif;
pub mod relnet;
pub mod srnn;

pub mod ib;

pub mod eprop;
pub mod eprop_cue;
pub mod eprop_evidence;
pub mod eprop_float;
pub mod eprop_pattern;

pub mod all;
pub mod bench;
pub mod validate;
