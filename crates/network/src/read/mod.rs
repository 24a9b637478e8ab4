//! Readers of files: JSON and .npy of this project, .nir of NIR, .net of Lava-DL.
//!
//! Each makes a [`crate::netlist::Netlist`] or a [`crate::graph::Graph`] of bytes that anyone may
//! have written, in memory that is bounded by the size of the file, or says everything that is
//! wrong with it. What a network means and whether it holds together is not theirs: they end with
//! the checks of those two languages.

pub(crate) mod beside;
pub mod h5;
pub(crate) mod json;
pub(crate) mod netx;
mod nir;
pub(crate) mod nir_data;
pub mod npy;
pub mod opened;
pub mod text;
