//! Networks of Lava-DL (netx): PilotNet of LIF and of sigma-delta neurons beside its recordings, a perceptron on MNIST.

pub mod mnist;
pub mod perceptron;
pub mod pilotnet;
pub mod pilotnet_sdnn;

use seamount_network::netlist::Netx;
use seamount_study::{LabError, data};
use std::path::{Path, PathBuf};

/// The folder `lava-netx` of the data, given `--data`.
fn folder(given: Option<&Path>, file: &str) -> Result<PathBuf, LabError> {
    let given = data::data_folder(given);
    data::find(
        "the netx data",
        file,
        &[given.join("lava-netx"), given.clone(), given.join("..")],
    )
}

/// A `.net` file.
fn network(path: &Path) -> Result<Netx, LabError> {
    Netx::read(path).map_err(|e| LabError::File {
        path: path.into(),
        problem: e.to_string(),
    })
}
