//! The command line of the lab's published systems.

use crate::args::help;
use clap::{Args, ValueEnum};
use seamount_systems::ib::XiForm;
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

/// Help of `lab all`.
pub const ALL_HELP: &str = help!(
    "Examples: seamount lab all --data ../shared/data",
    "          seamount lab all --only srnn,qif --data ../shared/data",
    "Runs the quick form of every entry (fewer images, less practice than the entry's own command) and prints a line",
    "each: figure, published figure, operations, energy, time. Entries whose data are not there are named as skipped.",
);

/// `lab all`
#[derive(Debug, Args)]
pub struct AllArgs {
    /// Folder of all data
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Only entries whose name has one of these in it
    #[arg(long, value_name = "NAME,NAME,...", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Threads of each entry; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// Help of `lab ib-hebbian`.
pub const IB_HELP: &str = help!(
    "Examples: seamount lab ib-hebbian --task xor",
    "          seamount lab ib-hebbian --task linear --reservoir 500",
    "          seamount lab ib-hebbian --task mnist --train 10 --checkpoint ib.npz [--resume] --weights-out w.npz",
    "          seamount lab ib-hebbian --task mnist",
    "linear and xor train a network per seed on made samples, in floats and on the emulated chip. mnist tests the",
    "network that is shipped, or --weights, in floats and on the chip; with --train it trains one in floats first (a",
    "checkpoint is written after every epoch, and --resume goes on from it, to the same bits).",
);

/// Which task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IbTask {
    /// A line through the plane, 2-4-2
    Linear,
    /// Exclusive or with noise, 2-10-4-2
    Xor,
    /// MNIST, 784-128-64-10
    Mnist,
}

/// Which formula xi follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum XiFormArg {
    /// As released: the diagonal of M
    Released,
    /// The last row of M
    Row,
    /// The derivative of the objective
    Gradient,
}

impl From<XiFormArg> for XiForm {
    fn from(form: XiFormArg) -> XiForm {
        match form {
            XiFormArg::Released => XiForm::Released,
            XiFormArg::Row => XiForm::Row,
            XiFormArg::Gradient => XiForm::Gradient,
        }
    }
}

/// `lab ib-hebbian`
#[derive(Debug, Args)]
pub struct IbArgs {
    /// Which task
    #[arg(long, value_enum)]
    pub task: IbTask,
    /// Folder of all data (mnist is in it)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of MNIST
    #[arg(long, value_name = "DIR")]
    pub mnist: Option<PathBuf>,
    /// mnist: images and labels to test, instead of the MNIST test images
    #[arg(long, value_name = "FILE.npz")]
    pub samples: Option<PathBuf>,
    /// Which formula xi follows in floats: linear and xor released, mnist gradient, if absent
    #[arg(long, value_enum)]
    pub form: Option<XiFormArg>,
    /// linear, xor: networks, seeds 0 to this, exclusive
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub seeds: u16,
    /// linear, xor: epochs
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub epochs: u16,
    /// linear, xor: let a reservoir of so many units say xi, after it learned to
    #[arg(long, value_name = "UNITS", value_parser = clap::value_parser!(u16).range(10..=10_000))]
    pub reservoir: Option<u16>,
    /// linear, xor: floats only, nothing is learned on the chip
    #[arg(long)]
    pub no_chip: bool,
    /// mnist: train for so many epochs in all
    #[arg(long, value_name = "EPOCHS", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub train: Option<u16>,
    /// mnist: test the network of a file that --weights-out wrote; absent: the one that is shipped
    #[arg(long, value_name = "FILE.npz", conflicts_with = "train")]
    pub weights: Option<PathBuf>,
    /// mnist: seed of the weights
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u32,
    /// mnist: leave hidden layers as drawn and train only the last
    #[arg(long, requires = "train")]
    pub frozen: bool,
    /// mnist: write a checkpoint after every epoch
    #[arg(long, value_name = "FILE.npz", requires = "train")]
    pub checkpoint: Option<PathBuf>,
    /// mnist: go on from the checkpoint
    #[arg(long, requires = "checkpoint")]
    pub resume: bool,
    /// mnist: write the network as 8-bit weights
    #[arg(long, value_name = "FILE.npz")]
    pub weights_out: Option<PathBuf>,
    /// Threads that share seeds or test images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}
