//! The command line of what several commands take: an image or a network that is compiled first,
//! and the spikes that enter it.

use crate::form_args;
use clap::Args;
use seamount::{Board, Currents, Events, SourceOptions};
use seamount_systems::import::ImportArgs;
use std::path::PathBuf;

/// The file of a command that looks at an image, or runs one.
#[derive(Debug, Clone, Args)]
pub struct FileArgs {
    /// The image, or a network that is compiled first
    #[arg(value_name = form_args::IMAGE_OR_NETWORK.as_str())]
    pub file: PathBuf,
}

/// The spikes that enter a network.
#[derive(Debug, Clone, Default, Args)]
pub struct InputArgs {
    /// Input spikes: .npy, .npz, .csv or .aer
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
}

impl InputArgs {
    /// The events in the files.
    pub fn events(&self) -> Events {
        Events::files(&self.input)
    }
}

/// A network that is compiled on the fly, or to be compiled: where to, and what it is made of.
#[derive(Debug, Clone, PartialEq, Default, Args)]
pub struct SourceArgs {
    /// Chip or board to place the network on [default: loihi1]
    #[arg(
        long,
        value_name = "NAME",
        value_parser = clap::builder::PossibleValuesParser::new(Board::names()),
    )]
    pub board: Option<String>,
    /// What enters in every step instead of spikes: a .npy of one number for each element of the
    /// input, or a .npz with an array named after each input. Of a .nir it is the current x, of a
    /// .net the picture that drives the input neurons. It goes into biases
    #[arg(long, value_name = "FILE")]
    pub current: Option<PathBuf>,
    /// How a float graph becomes integers
    #[command(flatten)]
    pub import: ImportArgs,
}

impl SourceArgs {
    /// The options that these flags ask for.
    pub fn options(&self) -> SourceOptions {
        let mut options = SourceOptions::new().import(self.import.options());
        options.board = self.board.as_deref().and_then(Board::preset);
        options.currents = self.current.clone().map(Currents::File);
        options
    }
}
