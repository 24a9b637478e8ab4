//! The command line of `lab qif-mnist`.

use crate::args::help;
use clap::Args;
use std::path::PathBuf;

/// Help of `lab qif-mnist`.
pub const HELP: &str = help!(
    "Examples: seamount lab qif-mnist --data ../shared/data --figure qif.svg",
    "          seamount lab qif-mnist --count 1000 --steps 32,256 --euler",
    "          seamount lab qif-mnist --train --out mine.gz --checkpoint mine.ck --epochs 100",
    "          seamount lab qif-mnist --weights mine.gz",
    "784-100-100-10 theta neurons; bright pixels fire once, together; the output that fires first is the class, and",
    "an image without an output spike counts as wrong. Runs the float network event by event, then the chip's",
    "integers with 8-bit weights at every number of steps per trial, then the chip (Loihi 2 class) at one number,",
    "each image beside the integers. With --json: accuracy_float, accuracy (of the chip), and all the rest.",
    "--samples takes an .npz: x (images, 784) of 0..255, y (images) of 0..9.",
    "--train learns the 10,000 training images instead; the same seed gives the same weights for any number of",
    "threads. A training that was cut off goes on with --resume.",
);

/// `lab qif-mnist`
#[derive(Debug, Args)]
pub struct QifArgs {
    /// Folder of all data, or of MNIST
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Images and labels to test, instead of the MNIST test images
    #[arg(long, value_name = "FILE.npz", conflicts_with = "train")]
    pub samples: Option<PathBuf>,
    /// Parameters to test, instead of those shipped
    #[arg(long, value_name = "FILE.gz", conflicts_with = "train")]
    pub weights: Option<PathBuf>,
    /// Only the first N images
    #[arg(long, value_name = "N")]
    pub count: Option<usize>,
    /// Steps per trial to try [default: 8,16,32,64,128,256,512,1024,2048]
    #[arg(
        long,
        value_name = "N,N,...",
        value_delimiter = ',',
        conflicts_with = "train"
    )]
    pub steps: Vec<usize>,
    /// Steps per trial on the chip; 0 does not run it [default: 128]
    #[arg(long, value_name = "N", conflicts_with = "train")]
    pub chip_steps: Option<usize>,
    /// Only the first N images on the chip
    #[arg(long, value_name = "N", conflicts_with = "train")]
    pub chip_count: Option<usize>,
    /// Also the neuron in Euler steps of V, to compare
    #[arg(long, conflicts_with = "train")]
    pub euler: bool,
    /// Two 8-bit synapses for each connection, the second 7 places finer: weights of about 15 bits
    #[arg(long, conflicts_with = "train")]
    pub double_weights: bool,
    /// Write accuracy against steps per trial as a figure
    #[arg(long, value_name = "FILE.svg", conflicts_with = "train")]
    pub figure: Option<PathBuf>,
    /// Train instead of test
    #[arg(long, requires = "out")]
    pub train: bool,
    /// Write the trained parameters
    #[arg(long, value_name = "FILE.gz", requires = "train")]
    pub out: Option<PathBuf>,
    /// Passes over the training images [default: 100]
    #[arg(long, value_name = "N", requires = "train", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub epochs: Option<u64>,
    /// Images of a batch [default: 100]
    #[arg(long, value_name = "N", requires = "train", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub batch: Option<u64>,
    /// Seed of initial weights, order and flipped pixels [default: 1]
    #[arg(long, value_name = "N", requires = "train")]
    pub seed: Option<u64>,
    /// Save the training after every epoch
    #[arg(long, value_name = "FILE", requires = "train")]
    pub checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint
    #[arg(long, requires = "checkpoint")]
    pub resume: bool,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}
