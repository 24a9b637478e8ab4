//! The command line of the lab's imported networks, and of `compare`.

use crate::args::help;
use crate::import_args::ImportArgs;
use clap::Args;
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

/// Help of the `nir-` entries.
pub const NIR_HELP: &str = help!(
    "Example: seamount lab nir-lif --data ../shared/data; likewise nir-braille and nir-cnn",
    "Prints how far the chip is from the float reference, and why; synaptic operations, energy. --dump writes",
    "LAYER-u, LAYER-v (in units of the float model) and LAYER of the first sample, (time, neuron).",
);

/// Help of `compare`.
pub const COMPARE_HELP: &str = help!(
    "Examples: seamount compare net.nir --input spikes.csv --steps 100",
    "          seamount compare a.img b.img --input spikes.csv --steps 100",
    "One float graph: the float reference beside the chip, layer by layer: spike counts, the first spike and the",
    "first voltage that differ, correlation of membranes, the class that comes out. Two files (images or",
    "networks): chip beside chip, bit by bit.",
);

/// `lab netx-pilotnet`, `lab nir-lif`, `lab nir-braille`, `lab nir-cnn`
#[derive(Debug, Args)]
pub struct ImportedArgs {
    /// Folder of the network, or of all data
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Write what every layer did
    #[arg(long, value_name = "OUT.npz")]
    pub dump: Option<PathBuf>,
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

/// `compare`
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// A float graph; or an image or a network, with another to compare
    #[arg(value_name = "NET.nir|A")]
    pub a: PathBuf,
    /// The other image or network
    #[arg(value_name = "B")]
    pub b: Option<PathBuf>,
    /// How many steps to run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    pub steps: u64,
    /// Input spikes, as for `run`: .npy, .npz, .csv or .aer
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// Differences of a voltage up to this count as none, in thresholds [default: 0.01]
    #[arg(long, value_name = "X")]
    pub tolerance: Option<f64>,
    /// Choose scales by what the float reference does with the input, instead of the worst case
    #[arg(long)]
    pub calibrate: bool,
    /// How a float graph becomes integers
    #[command(flatten)]
    pub import: ImportArgs,
}
