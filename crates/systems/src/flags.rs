//! Flags that several experiments have.

use clap::Args;
use seamount_session::Failure;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Refuses a file for `--dump` that is no .npz.
///
/// # Errors
/// [`Failure`] with the path.
pub(crate) fn dump_is_npz(path: Option<&Path>) -> Result<(), Failure> {
    match path {
        Some(path) if path.extension().is_none_or(|e| e != "npz") => {
            let problem = format!("{}: wanted a file that ends in .npz", path.display());
            Err(Failure::option("dump", problem))
        }
        _ => Ok(()),
    }
}

/// Options of an experiment with one network and one input, of which every register may be kept.
#[derive(Debug, Clone, Default, Serialize, Args)]
pub struct DumpedOptions {
    /// Folder of the network, or of all data
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Write what every layer did
    #[arg(long, value_name = "OUT.npz")]
    pub dump: Option<PathBuf>,
    /// Threads that share the cores; all there are if absent. No flag: results do not depend on it
    #[arg(skip)]
    pub threads: Option<u16>,
}
