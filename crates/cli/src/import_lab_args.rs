//! The command line of the lab's imported networks, and of `compare`.

use crate::args::help;
use crate::import_args::{ImportArgs, SourceArgs};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Help of `lab netx-pilotnet`.
pub const PILOTNET_HELP: &str = help!(
    "Example: seamount lab netx-pilotnet --data ../shared/data --dump pilotnet.npz",
    "Prints for every recorded file how many values were compared and how many are equal. --dump writes u, v",
    "(as the hardware's probe shows it) and spikes of every layer under the names of the files: LAYER-u,",
    "LAYER-v, LAYER, with axes (x, y, channel, time) or (neuron, time).",
);

/// Help of `lab netx-pilotnet-sdnn`.
pub const SDNN_HELP: &str = help!(
    "Example: seamount lab netx-pilotnet-sdnn --data ../shared/data --dump sdnn.npz",
    "Prints for every recorded file how many values were compared and how many are equal, the outputs, synaptic",
    "operations (of graded spikes: effective multiply-accumulates) and energy of one picture. A layer takes a",
    "step: step t of the recording, from 0, is step t + 1 of the chip. --dump writes LAYER-payload (messages),",
    "LAYER-sigma and LAYER-act (state words) of every layer, with axes (x, y, channel, time) or (neuron, time).",
);

/// Help of `lab netx-mnist`.
pub const MNIST_HELP: &str = help!(
    "Example: seamount lab netx-mnist --data ../shared/data --count 1000",
    "Prints accuracy, agreement with the same integers in f64, synaptic operations, energy per inference by",
    "profile, images per second. --dump writes LAYER-u, LAYER-v, LAYER of the first image, (neuron, time).",
);

/// Help of `lab nir-lif`.
pub const LIF_HELP: &str = help!(
    "Example: seamount lab nir-lif --data ../shared/data --dump lif.npz",
    "The float reference beside the exact trace; the chip, quantised as the recording was, beside the recording",
    "on Loihi; the chip, quantised as the flags below say, beside the float reference, layer by layer; synaptic",
    "operations, energy. --dump writes 1-u, 1-v (as the hardware's probe shows it) and 1 (spikes) of the neuron",
    "'1', (time, neuron), in the integers of the recording: 1-v is column 2 of lif_lava_loihi_fixed.csv.",
);

/// Help of `lab nir-braille` and `nir-cnn`.
pub const STREAM_HELP: &str = help!(
    "Example: seamount lab nir-braille --data ../shared/data --samples 5 --seed 2; likewise nir-cnn",
    "Prints how far the chip is from the float reference, and why; synaptic operations, energy. --dump writes",
    "LAYER-u, LAYER-v (in units of the float model) and LAYER (spikes) of every layer for the first sample,",
    "(time, neuron) as the recorded activity has it. Without --dt the CNN takes dt = 1, as it was trained.",
);

/// Help of `compare`.
pub const COMPARE_HELP: &str = help!(
    "Examples: seamount compare net.nir --input spikes.csv --steps 100",
    "          seamount compare a.img b.img --input spikes.csv --steps 100",
    "          seamount compare mine.npz ../shared/data/lava-netx/pilotnet_lif",
    "One float graph: the float reference beside the chip, layer by layer: spike counts, the first spike and the",
    "first voltage that differ (step from 1, layer, neuron, both values), correlation of membranes, the class that",
    "comes out. Two files (images or networks): chip beside chip, bit by bit.",
    "Two traces (.npz, or folders of .npy): layers of the same name and shape, value by value. LAYER holds",
    "spikes, LAYER-u the current, LAYER-v the voltage, as `lab ... --dump` writes them and as Lava's recordings",
    "have them; or the arrays of `run --probe ... --out FILE.npz`.",
);

/// `lab netx-pilotnet`
#[derive(Debug, Args)]
pub struct ImportedArgs {
    /// Folder of the network, or of all data
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Write what every layer did
    #[arg(long, value_name = "OUT.npz")]
    pub dump: Option<PathBuf>,
}

/// `lab nir-lif`
#[derive(Debug, Args)]
pub struct NirLifArgs {
    /// Where the data are
    #[command(flatten)]
    pub files: ImportedArgs,
    /// What counts as a difference
    #[command(flatten)]
    pub beside: BesideArgs,
    /// How the float graph becomes integers
    #[command(flatten)]
    pub import: ImportArgs,
}

/// `lab nir-braille`, `lab nir-cnn`
#[derive(Debug, Args)]
pub struct StreamArgs {
    /// Where the data are
    #[command(flatten)]
    pub files: ImportedArgs,
    /// How many random samples [default: 20 of braille, 4 of the CNN]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub samples: Option<u32>,
    /// Steps of a sample [default: 256 of braille, 300 of the CNN]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub steps: Option<u64>,
    /// Chance of a spike of each input in each step [default: as the published activity, 0.06 and
    /// 0.02]
    #[arg(long, value_name = "P")]
    pub rate: Option<f64>,
    /// Seed of the samples [default: 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// What counts as a difference
    #[command(flatten)]
    pub beside: BesideArgs,
    /// How the float graph becomes integers
    #[command(flatten)]
    pub import: ImportArgs,
}

/// How the chip is put beside the float reference.
#[derive(Debug, Args)]
pub struct BesideArgs {
    /// Differences of a voltage up to this count as none, in thresholds [default: 0.01]
    #[arg(long, value_name = "X")]
    pub tolerance: Option<f64>,
    /// Choose scales by what the float reference does with the (first) input, instead of the worst
    /// case
    #[arg(long)]
    pub calibrate: bool,
}

/// `lab netx-mnist`
#[derive(Debug, Args)]
pub struct NetxMnistArgs {
    /// Where the data are
    #[command(flatten)]
    pub files: ImportedArgs,
    /// Folder of the MNIST test images
    #[arg(long, value_name = "DIR")]
    pub mnist: Option<PathBuf>,
    /// Only the first N images
    #[arg(long, value_name = "N")]
    pub count: Option<usize>,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

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
    /// Input spikes, as for `run`: .npy, .npz, .csv or .aer
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// Differences of a voltage up to this count as none, in thresholds [default: 0.01]
    #[arg(long, value_name = "X")]
    pub tolerance: Option<f64>,
    /// Choose scales by what the float reference does with the input, instead of the worst case
    #[arg(long)]
    pub calibrate: bool,
    /// Where to, and how a float graph becomes integers
    #[command(flatten)]
    pub source: SourceArgs,
}
