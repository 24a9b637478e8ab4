//! Flags that several experiments have.

use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

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
