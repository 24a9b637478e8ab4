//! seamount: map an integer network onto a Loihi class chip, run it bit-exactly, and say how many
//! synaptic operations and how much energy it took.
//!
//! This crate is the face of the workspace: it re-exports its crates under one name. The command
//! `seamount` is a package of its own, `seamount-cli`.

pub use seamount_arith as arith;
pub use seamount_chip as chip;
pub use seamount_compile as compile;
pub use seamount_image as image;
pub use seamount_mesh as mesh;
pub use seamount_microcode as microcode;
pub use seamount_network as network;
pub use seamount_quantise as quantise;
pub use seamount_rules as rules;
pub use seamount_spec as spec;
pub use seamount_timing as timing;
