//! The command line of a network that is compiled first.

use clap::Args;
use seamount_session::{Currents, SourceOptions};
use seamount_spec::Board;
use seamount_systems::import::ImportArgs;
use std::path::PathBuf;

/// A network that is compiled on the fly, or to be compiled: where to, and what it is made of.
#[derive(Debug, Clone, PartialEq, Default, Args)]
pub struct SourceArgs {
    /// Chip or board to place the network on [default: loihi1]
    #[arg(
        long,
        value_name = "NAME",
        value_parser = clap::builder::PossibleValuesParser::new(seamount_spec::Board::names()),
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
