//! The networks of the NIR paper (Pedersen et al. 2024): as floats beside the chip, and the one
//! recording of a Loihi.

pub mod dumped;
pub mod event_streams;
pub mod lif;

pub use event_streams::{StreamOptions, StreamReport, run_braille, run_cnn};
pub use lif::{LifOptions, LifReport};

use seamount_network::graph::Graph;
use seamount_study::LabError;
use seamount_study::data;
use std::path::{Path, PathBuf};

/// The folder `nir` of the data, given `--data`.
fn folder(given: Option<&Path>, file: &str) -> Result<PathBuf, LabError> {
    let given = data::data_folder(given);
    data::find("the NIR data", file, &[given.join("nir"), given])
}

/// A `.nir` file.
fn graph(path: &Path) -> Result<Graph, LabError> {
    Graph::read(path).map_err(|e| LabError::File {
        path: path.into(),
        problem: e.to_string(),
    })
}
