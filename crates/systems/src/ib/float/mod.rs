//! The information-bottleneck Hebbian rule (Daruwalla and Lipasti, Frontiers in Computational
//! Neuroscience 18, 2024; `docs/equations.md` E.1), in f64.
//!
//! A layer's weight changes by (what its input and its own output say: local) x (one number per
//! neuron of the layer: the modulator xi). xi comes from kernels over the last N samples and wants
//! the layer to forget the input and keep the label.

pub mod kernel;
pub mod modulator;

pub mod mlp;
pub mod optimise;
pub mod train;

pub mod reservoir;
pub mod tasks;

pub use kernel::{Kernel, kernel_matrix};
pub use mlp::Mlp;
pub use modulator::{Bottleneck, XiForm};
pub use train::IbTrainer;
