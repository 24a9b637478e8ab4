//! Internal crate of seamount, without promise of stability.
//!
//! One neurocore: program, state, and what happens to it in a step.
//!
//! What this crate does *not* know: any other core, the mesh, joules, nanoseconds, threads. It
//! counts events and prices none. [`CoreProgram`] is what the image says, pre-decoded;
//! [`CoreState`] is plain data; behaviour is functions of (&program, &mut state).

mod deliver;
mod dense;
mod draws;
mod invariants;
pub mod kernel;
mod layout;
pub mod learn;
mod manage;
pub mod microcode;
mod packets;
mod ports;
mod program;
mod programmed;
mod rows;
mod state;
mod step;
mod update;

pub use deliver::deliver;
pub use draws::{CoreDraws, NoiseDraws};
pub use invariants::{Broken, prove};
pub use manage::Gate;
pub use packets::{Graded, Packets, Port, PortKind, SavedPackets, SavedPort};
pub use program::{CoreProgram, Group};
pub use rows::first_ports;
pub use state::CoreState;
pub use step::{CoreScratch, StepOutcome, step};
