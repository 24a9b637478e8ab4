//! The command line of the lab's published systems.

use crate::args::help;
use clap::{Args, ValueEnum};
use seamount_systems::ib::XiForm;
use std::path::PathBuf;

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
