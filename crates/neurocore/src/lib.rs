//! One neurocore: program, state, and what happens to it in a step.
//!
//! What this crate does *not* know: any other core, the mesh, joules, nanoseconds, threads. It
//! counts events and prices none. [`program::CoreProgram`] is what the image says, pre-decoded;
//! [`state::CoreState`] is plain data; behaviour is functions of (&program, &mut state).

pub mod deliver;
pub mod draws;
pub mod kernel;
pub mod layout;
pub mod learn;
pub mod microcode;
pub mod packets;
pub mod program;
pub mod programmed;
pub mod state;
pub mod step;
pub mod update;

pub use program::CoreProgram;
pub use state::CoreState;
pub use step::{StepOutcome, step};
