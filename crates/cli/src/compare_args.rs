//! The command line of `compare`.

use crate::args::help;
use crate::import_args::{InputArgs, SourceArgs};
use crate::page_args::PageArgs;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Help of `compare`.
pub const HELP: &str = help!(
    "Examples: seamount compare net.nir --input spikes.csv --steps 100",
    "          seamount compare a.img b.img --input spikes.csv --steps 100",
    "          seamount compare mine.npz ../shared/data/lava-netx/pilotnet_lif",
    "One float graph: the float reference beside the chip, layer by layer: spike counts, the first spike and the",
    "first voltage that differ (step from 1, layer, neuron, both values), correlation of membranes, the class that",
    "comes out; --dump keeps what the float reference did in every step. Two files (images or networks): chip beside chip, bit by bit.",
    "Two traces (.npz, or folders of .npy): layers of the same name and shape, value by value. LAYER holds",
    "spikes, LAYER-u the current, LAYER-v the voltage, as `lab ... --dump` writes them and as Lava's recordings",
    "have them; or the arrays of `run --probe ... --out FILE.npz`.",
);

/// Which axis counts steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimeFlag {
    /// (time, neuron)
    First,
    /// (neuron, time), (x, y, channel, time)
    Last,
}

/// `compare`
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// A float graph; or an image, a network or a trace, with another to compare
    #[arg(value_name = "NET.nir|A")]
    pub a: PathBuf,
    /// The other image, network or trace
    #[arg(value_name = "B")]
    pub b: Option<PathBuf>,
    /// How many steps to run; of two traces, how many to compare [default for traces: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    pub steps: Option<u64>,
    /// Which axis of the arrays of two traces counts steps; needed only where the shapes do not
    /// tell
    #[arg(long, value_name = "first|last")]
    pub time: Option<TimeFlag>,
    /// A layer of two traces that is an output: its class (most spikes, or highest v at the end) is
    /// compared
    #[arg(long, value_name = "LAYER")]
    pub output: Vec<String>,
    /// What enters
    #[command(flatten)]
    pub input: InputArgs,
    /// Differences of a voltage up to this count as none, in thresholds [default: 0.01]
    #[arg(long, value_name = "X")]
    pub tolerance: Option<f64>,
    /// End with exit code 1 if a spike, a current, the class of an output, or a voltage beyond the
    /// tolerance differs
    #[arg(long)]
    pub fail: bool,
    /// Choose scales by what the float reference does with the input, instead of the worst case
    #[arg(long)]
    pub calibrate: bool,
    /// Write what the float reference did: spikes, currents and voltages of every layer, under the
    /// names LAYER, LAYER-u and LAYER-v, time x neuron
    #[arg(long, value_name = "OUT.npz")]
    pub dump: Option<PathBuf>,
    /// A page of the result
    #[command(flatten)]
    pub(crate) page: PageArgs,
    /// Where to, and how a float graph becomes integers
    #[command(flatten)]
    pub source: SourceArgs,
}
