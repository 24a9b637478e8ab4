//! The command line of importing float graphs.

use crate::word::{Word, one_of};
use clap::Args;
use seamount_quantise::{Discretisation, Reset, Scales};
use seamount_session::{Currents, ImportOptions, SourceOptions};
use seamount_spec::Board;
use std::path::PathBuf;

/// How a float graph becomes integers. Absent: the default, which every report echoes.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[command(next_help_heading = "Float graphs (.nir)")]
pub struct ImportArgs {
    /// Length of a step: a .nir file does not say it [default: 1e-4]
    #[arg(long, value_name = "SECONDS")]
    pub dt: Option<f64>,
    /// What a spike does to the voltage: a .nir file does not say it [default: to-reset]
    #[arg(long, value_name = "KIND", value_parser = one_of(&RESETS))]
    pub reset: Option<Reset>,
    /// How time constants become decays [default: euler]
    #[arg(long, value_name = "KIND", value_parser = one_of(&DISCRETISATIONS))]
    pub discretisation: Option<Discretisation>,
    /// Who shares a scale [default: per-neuron]
    #[arg(long, value_name = "KIND", value_parser = one_of(&SCALES))]
    pub scales: Option<Scales>,
    /// Bits of a weight's magnitude: 1 to 6, or 8 [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    pub weight_bits: Option<u8>,
    /// Accept Inputs and Outputs whose shape differs from that of their neighbours in axes of
    /// length 1 only, and say so in the report
    #[arg(long)]
    pub ignore_unit_axes: bool,
}

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

/// The effect of a spike on the voltage, by its flag.
const RESETS: [Word<Reset>; 3] = [
    Word::new("zero", "v = 0", Reset::Zero),
    Word::new(
        "subtract",
        "v = v - threshold: a program on board loihi2; elsewhere two compartments a neuron, three \
         with a synaptic current",
        Reset::Subtract,
    ),
    Word::new("to-reset", "v = v_reset of the file", Reset::ToReset),
];

/// How time constants become decays, by its flag.
const DISCRETISATIONS: [Word<Discretisation>; 2] = [
    Word::new(
        "exponential",
        "What remains after a step is exp(-dt/tau)",
        Discretisation::Exponential,
    ),
    Word::new(
        "euler",
        "What remains after a step is 1 - dt/tau",
        Discretisation::Euler,
    ),
];

/// Which neurons share a scale, by its flag.
const SCALES: [Word<Scales>; 2] = [
    Word::new(
        "per-neuron",
        "Nobody: each neuron's largest weight uses all bits",
        Scales::PerNeuron,
    ),
    Word::new(
        "per-population",
        "All neurons of a node",
        Scales::PerPopulation,
    ),
];

impl ImportArgs {
    /// The options that these flags ask for.
    pub fn options(&self) -> ImportOptions {
        let mut options = ImportOptions::new();
        options.dt_seconds = self.dt;
        options.reset = self.reset;
        options.discretisation = self.discretisation;
        options.scales = self.scales;
        options.weight_bits = self.weight_bits;
        options.ignore_unit_axes = self.ignore_unit_axes;
        options
    }
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
