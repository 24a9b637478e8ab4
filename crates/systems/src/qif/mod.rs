//! `qif-mnist`: theta neurons with exact spike-time gradients on MNIST (Klos and Memmesheimer,
//! Physical Review Letters 134, 027301), in floats and as the integers of a chip.
//!
//! 784-100-100-10; bright pixels fire together once, the class is the output that fires first
//! within the trial. Weights come from [`train`] or are those shipped.

pub mod float;
pub mod integer;
pub mod quantise;

pub mod net;
pub mod trial;

pub mod chip;

pub mod checkpoint;
pub mod train;

pub mod curve;
pub mod report;

pub use report::{QifReport, run};

use crate::registry::{defaults_of_flags, within};
use clap::Args;
use quantise::SynapsePrecision;
use seamount_session::Failure;
use seamount_session::checkpoint::CheckpointOptions;
use seamount_study::Progress;
use seamount_study::chart::{PICTURE_FILE, Picture};
use seamount_study::experiment::{Experiment, RunOutput, threads};
use seamount_study::row::Row;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use train::{TrainOptions, TrainReport};

#[cfg(test)]
mod tests;

/// Neurons of each layer.
pub const SIZES: [usize; 4] = [784, 100, 100, 10];
/// When bright pixels fire: T ln(1 / (1 - 0.01)) with T = 2.
pub const INPUT_TIME: f64 = 0.020_100_671_707_002_873;
/// T: outputs that fire later do not count.
pub const DURATION: f64 = 2.0;
/// Pixels from here on are bright.
pub const BRIGHT: u8 = 128;

/// Published figures.
pub mod published {
    /// Accuracy counting real spikes only, mean of ten networks trained on 60,000 images.
    pub const ACCURACY: f64 = 0.973;
    /// Accuracy if pseudospikes count.
    pub const ACCURACY_WITH_PSEUDOSPIKES: f64 = 0.976;
    /// Spikes of a hidden neuron in a trial.
    pub const SPIKES_PER_NEURON: f64 = 0.417;
    /// Spikes of a hidden neuron before the first output spike.
    pub const SPIKES_PER_NEURON_BEFORE: f64 = 0.317;
}

/// Testing a network, or training one.
#[derive(Debug, Clone, Serialize, Args)]
pub struct QifOptions {
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
    #[arg(long, alias = "svg", value_name = PICTURE_FILE, conflicts_with = "train")]
    pub figure: Option<PathBuf>,
    /// Train instead of test
    #[arg(long, requires = "out")]
    pub train: bool,
    /// Write the trained parameters
    #[arg(long, value_name = "FILE.gz", requires = "train")]
    pub out: Option<PathBuf>,
    /// Passes over the training images [default: 100]
    #[arg(long, value_name = "N", requires = "train", value_parser = within!(u64, 1..=100_000))]
    pub epochs: Option<u64>,
    /// Images of a batch [default: 100]
    #[arg(long, value_name = "N", requires = "train", value_parser = within!(u64, 1..=100_000))]
    pub batch: Option<u64>,
    /// Seed of initial weights, order and flipped pixels [default: 1]
    #[arg(long, value_name = "N", requires = "train")]
    pub seed: Option<u64>,
    /// Keep what is done in this file: a training after every epoch, a test every ten seconds
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint (a test: if it is there)
    #[arg(long, requires = "checkpoint")]
    pub resume: bool,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

defaults_of_flags!(QifOptions);

impl QifOptions {
    fn precision(&self) -> SynapsePrecision {
        match self.double_weights {
            true => SynapsePrecision::Double,
            false => SynapsePrecision::Single,
        }
    }

    /// The training that is asked for; none for a test.
    fn training(&self) -> Option<TrainOptions> {
        let out = self.out.as_ref().filter(|_| self.train)?;
        Some(TrainOptions {
            data: self.data.clone(),
            epochs: self.epochs.unwrap_or(100),
            batch: self.batch.unwrap_or(100),
            seed: self.seed.unwrap_or(1),
            count: self.count,
            threads: threads(self.threads),
            checkpoint: self.checkpoint.clone(),
            resume: self.resume,
            out: out.clone(),
        })
    }
}

/// Report of a test or of a training.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum QifOutcome {
    /// A network was tested.
    Tested(Box<QifReport>),
    /// A network was trained.
    Trained(TrainReport),
}

impl QifOutcome {
    /// Picture of a test: accuracy against steps per trial.
    fn figure(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        match self {
            QifOutcome::Tested(report) => Ok(report.figure().file(path)),
            QifOutcome::Trained(_) => Err(Failure::call("a training has no figure")),
        }
    }
}

impl fmt::Display for QifOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QifOutcome::Tested(report) => report.fmt(f),
            QifOutcome::Trained(report) => report.fmt(f),
        }
    }
}

/// `seamount lab qif-mnist`
pub struct QifMnist;

impl Experiment for QifMnist {
    const NAME: &'static str = "qif-mnist";
    const ABOUT: &'static str = "Theta neurons trained by exact spike-time gradients on MNIST: \
        floats, the chip's integers, the chip";
    const HELP: &'static str = "\
Examples: seamount lab qif-mnist --data ../shared/data --figure qif.svg
          seamount lab qif-mnist --count 1000 --steps 32,256 --euler
          seamount lab qif-mnist --train --out mine.gz --checkpoint mine.ck --epochs 100
          seamount lab qif-mnist --weights mine.gz
784-100-100-10 theta neurons; bright pixels fire once, together; the output that fires first is the
class, and an image without an output spike counts as wrong. Runs the float network event by event,
then the chip's integers with 8-bit weights at every number of steps per trial, then the chip (Loihi
2 class) at one number, each image beside the integers. With --json: accuracy_float, accuracy (of
the chip), and all the rest.
--samples takes an .npz: x (images, 784) of 0..255, y (images) of 0..9.
--train learns the 10,000 training images instead; the same seed gives the same weights for any
number of threads. A training or test that was cut off goes on with --resume.";
    const QUICK: &'static [&'static str] = &["--count 500 --steps 128"];
    type Options = QifOptions;
    type Report = QifOutcome;

    fn counts(options: &QifOptions) -> &'static str {
        if options.train { "batches" } else { "images" }
    }

    fn own_checkpoint(options: &QifOptions) -> Option<&Path> {
        options.checkpoint.as_deref().filter(|_| options.train)
    }

    fn parts_checkpoint(options: &QifOptions) -> Option<CheckpointOptions> {
        let path = options.checkpoint.as_ref().filter(|_| !options.train)?;
        let mut kept = CheckpointOptions::new(path);
        kept.resume = options.resume;
        Some(kept)
    }

    fn outputs(options: &QifOptions) -> Vec<RunOutput<QifOutcome>> {
        // a training writes its files itself, after every epoch
        let checkpoint = options.checkpoint.iter().filter(|_| options.train);
        let of_training = options.out.iter().chain(checkpoint);
        let figure = |path: &PathBuf| {
            let named = path.clone();
            let made = move |outcome: &QifOutcome| outcome.figure(&named);
            RunOutput::of_report(path, made).must_end("figure", &["svg", "json"])
        };
        of_training
            .map(RunOutput::of_run)
            .chain(options.figure.iter().map(figure))
            .collect()
    }

    fn pictures(outcome: &QifOutcome) -> Vec<(String, Picture)> {
        match outcome {
            QifOutcome::Tested(report) => vec![("accuracy".into(), report.figure().into())],
            _ => vec![],
        }
    }

    fn run(options: &QifOptions, progress: Progress) -> Result<QifOutcome, Failure> {
        match options.training() {
            Some(training) => train::run(&training, progress).map(QifOutcome::Trained),
            None => run(options, progress).map(|report| QifOutcome::Tested(Box::new(report))),
        }
    }

    fn row(outcome: &QifOutcome) -> Option<Row> {
        let QifOutcome::Tested(report) = outcome else {
            return None;
        };
        let chip = report.chip.as_ref()?;
        let figure = format!(
            "images right, {} steps (floats {:.2} %)",
            chip.steps,
            report.accuracy_float * 100.0
        );
        Some(Row::on_chip(
            Self::NAME,
            &figure,
            report.accuracy * 100.0,
            Some(report.accuracy_published * 100.0),
            chip.images as u64,
            &chip.per_inference,
        ))
    }
}
