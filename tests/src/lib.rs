//! A second machine to compare the first one with, and networks to compare them on.
//!
//! What this crate does *not* know: how the emulator does anything. [`oracle`] runs a netlist from
//! the text of `docs/hardware/neurocore.md` alone, one synapse at a time and in wide integers, and
//! shares no arithmetic with the emulator; [`generate`] makes random valid netlists and their
//! input spikes.

pub mod channels;
pub mod counting;
pub mod generate;
pub mod graphs;
pub mod learn_case;
pub mod learn_oracle;
pub mod lockstep;
pub mod narrower;
pub mod oracle;
pub mod program_draws;
pub mod programmed;
pub mod readback;
pub mod tree;

/// The Rust examples of the documents, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/netlist.md")]
pub struct Documents;
