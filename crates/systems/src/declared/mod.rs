//! Published systems that only infer, as declarations: where their data lie, which network runs on
//! which board, how an input becomes spikes, how an answer is read, and what its authors recorded.
//!
//! Such a system needs no program of its own. It is a folder with a `system.toml`, the netlists
//! that the file names, and a short `mod.rs` with the flags and the report; everything between the
//! flags and the report is here: one loader ([`System::load`]), one way to place a network on a
//! board and one runner ([`PlacedSystem::run`]). What a system does beyond this (an ablation, a
//! sweep, a check against a recording of every register) stands beside its declaration as Rust and
//! uses the same pieces.
//!
//! What this module does *not* know: any system, any report, command lines.
//!
//! ```toml
//! name = "lsnn-smnist"
//! source = "who published it, and where"
//! steps = 840
//!
//! [data]                      # where the arrays of the netlists lie
//! what = "the network"        # how an error names it
//! folder = "loihi-lsnn-smnist"
//! file = "w_rec.npy"          # a file that tells that the folder is the right one
//!
//! [[network]]                 # one for each board it may run on; the first is the default
//! board = "loihi1"
//! netlist = "network.json"    # beside system.toml; its .npy files lie in the data folder
//! limits = "lifted"           # reported and not enforced; absent: enforced
//! refinement_steps = 0        # of the search for a better placement; absent: the usual number
//! readout = { kind = "largest", population = "output", register = "voltage" }
//!
//! [encoder]
//! kind = "level-crossing"
//! levels = 38
//!
//! [[recorded]]
//! figure = "accuracy of 200 images"
//! value = 94.5
//! unit = "%"
//! source = "NMI 2022, table 1"
//! ```

mod place;
mod readout;
mod system;

#[cfg(test)]
mod tests;

pub use place::{Inference, Inferences, PlacedSystem};
pub use readout::Readout;
pub use system::{Declared, DeclaredFiles, Recorded, System, SystemFile, SystemNetwork};
