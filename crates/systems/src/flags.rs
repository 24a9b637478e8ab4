//! Flags that several experiments have.

use clap::Args;
use seamount_session::checkpoint::CheckpointOptions;
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

/// Flags by which work that was cut off goes on; a command says of what units it is made.
#[derive(Debug, Clone, Default, PartialEq, Args)]
#[command(next_help_heading = "Going on after a cut")]
pub struct CheckpointArgs {
    /// Keep what is done in this file, so that work that is cut off can go on
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Write the file after every N steps, samples or parts [default: every ten seconds]
    #[arg(
        long,
        value_name = "N",
        requires = "checkpoint",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    pub every: Option<u64>,
    /// Go on from the file, if it is there
    #[arg(long, requires = "checkpoint")]
    pub resume: bool,
}

impl CheckpointArgs {
    /// The file and what is done with it; none if no file is named.
    pub fn options(&self) -> Option<CheckpointOptions> {
        let mut options = CheckpointOptions::new(self.checkpoint.as_ref()?);
        options.every = self.every;
        options.resume = self.resume;
        Some(options)
    }
}
