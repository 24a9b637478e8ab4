//! The networks of the NIR paper (Pedersen et al. 2024): as floats beside the chip, and the one
//! recording of a Loihi.
//!
//! Files, boards, steps and rates are declared in the `system.toml` of each folder. Float graphs
//! are compared layer by layer, which [`seamount_study::compare`] does.

pub mod event_streams;
pub mod lif;

pub use event_streams::{NirBraille, NirCnn, StreamOptions, StreamReport};
pub use lif::{LifOptions, LifReport};

use seamount_network::graph::Graph;
use seamount_session::Failure;
use seamount_study::text::wrong;
use std::path::Path;

/// A `.nir` file.
fn graph(path: &Path) -> Result<Graph, Failure> {
    Graph::read(path).map_err(|e| wrong(path, e))
}
