//! The command line of the lab's published systems.

use crate::args::help;
use clap::{Args, ValueEnum};
use seamount_systems::srnn::smnist::LayerOrder;
use std::path::PathBuf;

/// Help of `lab srnn-ecg`.
pub const ECG_HELP: &str = help!(
    "Examples: seamount lab srnn-ecg --data ../shared/data",
    "          seamount lab srnn-ecg --weight-bits 6 --samples traces.npz",
    "Prints accuracy in floats and on the chip (board loihi2) beside the published one, at 8 to 4 bits a weight, every",
    "trace held against the integer definition of the neuron in every word and step; operations, energy, time; and",
    "the arithmetic of an LSTM and an RNN of equal size.",
    "--samples takes an .npz: x (traces, steps, 4) of -1, 0, 1 and y (traces, steps) of 0..5, 255 for no label.",
);

/// `lab srnn-ecg`
#[derive(Debug, Args)]
pub struct EcgArgs {
    /// Folder of all data (srnn-weights and ecg-qtdb are in it)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Traces in the layout of the test file, instead of it
    #[arg(long, value_name = "FILE.npz")]
    pub samples: Option<PathBuf>,
    /// Bits of a weight on the chip; 8 and, as a table, 7 to 4 if absent
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u32).range(2..=8))]
    pub weight_bits: Option<u32>,
    /// Threads that share the traces; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// Help of `lab srnn-smnist`.
pub const SMNIST_HELP: &str = help!(
    "Examples: seamount lab srnn-smnist --data ../shared/data",
    "          seamount lab srnn-smnist --images 500 --weight-bits 6",
    "          seamount lab srnn-smnist --float-only --float32",
    "Prints accuracy and spikes in floats and on the chip (board loihi2) beside the published ones, operations, energy,",
    "time, and the arithmetic of LSTMs and RNNs of equal size. On a chip a layer sees another's spikes a step later:",
    "`pipelined` lets layer k begin k steps late, which gives the same numbers; `late` does not wait. Without --order",
    "the floats go within a step, as trained, and the chip is a pipeline.",
    "--samples takes an .npz: x (images, 784) of 0..255, y (images) of 0..9.",
);

/// `lab srnn-smnist`
#[derive(Debug, Args)]
pub struct SmnistArgs {
    /// Folder of all data (srnn-weights and mnist are in it)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of the MNIST test images
    #[arg(long, value_name = "DIR")]
    pub mnist: Option<PathBuf>,
    /// Images and labels to test, instead of the MNIST test images
    #[arg(long, value_name = "FILE.npz", conflicts_with = "mnist")]
    pub samples: Option<PathBuf>,
    /// Only the first N images
    #[arg(long, value_name = "N")]
    pub images: Option<usize>,
    /// Permute the pixels of every image by one shuffle drawn from this seed
    #[arg(long, value_name = "SEED")]
    pub permuted: Option<u64>,
    /// When a layer sees the spikes of the layer before it
    #[arg(long, value_enum, default_value = "same-step")]
    pub order: LayerOrderArg,
    /// Bits of a weight on the chip
    #[arg(long, value_name = "BITS", value_parser = clap::value_parser!(u32).range(2..=8), default_value_t = 8)]
    pub weight_bits: u32,
    /// Hold the first N images against the integer definition, every word in every step
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub check: usize,
    /// Floats only, no chip
    #[arg(long)]
    pub float_only: bool,
    /// 32-bit floats beside those of 64 bits
    #[arg(long)]
    pub float32: bool,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// When a layer sees the spikes of the layer before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LayerOrderArg {
    /// In the same step, as trained
    SameStep,
    /// A step later; layer k begins k steps late
    Pipelined,
    /// A step later; all layers begin at once
    Late,
}

impl From<LayerOrderArg> for LayerOrder {
    fn from(order: LayerOrderArg) -> LayerOrder {
        match order {
            LayerOrderArg::SameStep => LayerOrder::SameStep,
            LayerOrderArg::Pipelined => LayerOrder::Pipelined,
            LayerOrderArg::Late => LayerOrder::Late,
        }
    }
}

/// Help of `lab ahp`.
pub const AHP_HELP: &str = help!(
    "Example: seamount lab ahp --data ../shared/data --images 300 --figure ahp.svg",
    "Runs Intel's network on the chip as trained, with the AHP path cut, and with other time constants of the AHP:",
    "once with the trained push a spike, once with the push of the authors' formula. The figure is accuracy",
    "against the time constant.",
);

/// `lab ahp`
#[derive(Debug, Args)]
pub struct AhpArgs {
    /// Folder of all data (loihi-lsnn-smnist and mnist are in it)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of the MNIST test images
    #[arg(long, value_name = "DIR")]
    pub mnist: Option<PathBuf>,
    /// Images and labels to test, instead of the MNIST test images
    #[arg(long, value_name = "FILE.npz")]
    pub samples: Option<PathBuf>,
    /// The first N images for every point
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub images: usize,
    /// Only the trained network and the one without AHP
    #[arg(long)]
    pub ablation_only: bool,
    /// Write accuracy against the time constant as a figure
    #[arg(long, value_name = "FILE.svg", conflicts_with = "ablation_only")]
    pub figure: Option<PathBuf>,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}
