//! Options of the three tasks, and which of them a run is.

use super::float::XiForm;
use super::mnist::{MnistReport, run_mnist};
use super::small::run_small;
use super::small_report::SmallReport;
use super::stored;
use crate::registry::{options_of, within};
use crate::word::{Word, one_of};
use clap::{Args, ValueEnum};
use seamount_session::Failure;
use seamount_study::experiment::{Experiment, RunOutput};
use seamount_study::row::Row;
use seamount_study::{Progress, text};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// Task that a network learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum IbTask {
    /// A line through the plane, 2-4-2
    Linear,
    /// Exclusive or with noise, 2-10-4-2
    Xor,
    /// MNIST, 784-128-64-10
    Mnist,
}

/// Options of all three tasks; each says which tasks it is for.
#[derive(Debug, Clone, Serialize, Args)]
pub struct IbOptions {
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
    #[arg(long, value_name = "FORM", value_parser = one_of(&FORMS))]
    pub form: Option<XiForm>,
    /// linear, xor: networks, seeds 0 to this, exclusive
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = within!(u16, 1..=1000))]
    pub seeds: u16,
    /// linear, xor: epochs
    #[arg(long, value_name = "N", default_value_t = 25, value_parser = within!(u16, 1..=1000))]
    pub epochs: u16,
    /// linear, xor: let a reservoir of so many units say xi, after it learned to
    #[arg(long, value_name = "UNITS", value_parser = within!(u16, 10..=10_000))]
    pub reservoir: Option<u16>,
    /// linear, xor: floats only, nothing is learned on the chip
    #[arg(long)]
    pub no_chip: bool,
    /// mnist: train for so many epochs in all
    #[arg(long, value_name = "EPOCHS", value_parser = within!(u16, 1..=1000))]
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
    /// Threads that share seeds or test images; all there are if absent; results do not depend on
    /// it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

impl IbOptions {
    /// Whether every option that is given says something of the task.
    ///
    /// # Errors
    /// The first option that is of another task.
    fn fit_the_task(&self) -> Result<(), Failure> {
        let (given, tasks) = match self.task {
            IbTask::Mnist => (
                vec![
                    (self.reservoir.is_some(), "reservoir"),
                    (self.no_chip, "no-chip"),
                ],
                "linear and xor",
            ),
            IbTask::Linear | IbTask::Xor => (
                vec![
                    (self.samples.is_some(), "samples"),
                    (self.train.is_some(), "train"),
                    (self.weights.is_some(), "weights"),
                    (self.weights_out.is_some(), "weights-out"),
                ],
                "mnist",
            ),
        };
        match given.iter().find(|(given, _)| *given) {
            Some((_, option)) => Err(Failure::option(option, format!("is an option of {tasks}"))),
            None => Ok(()),
        }
    }
}

/// The words of `--form`.
static FORMS: [Word<XiForm>; 3] = [
    Word::new(
        "released",
        "As released: the diagonal of M",
        XiForm::Released,
    ),
    Word::new("row", "The last row of M", XiForm::Row),
    Word::new(
        "gradient",
        "The derivative of the objective",
        XiForm::Gradient,
    ),
];

impl Default for IbOptions {
    /// The line, as it is reported.
    fn default() -> Self {
        options_of(["--task", "linear"])
    }
}

/// Report of any task.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "there is one report a run")]
pub enum IbReport {
    /// A line or exclusive or.
    Small(SmallReport),
    /// MNIST.
    Mnist(Box<MnistReport>),
}

impl fmt::Display for IbReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IbReport::Small(report) => report.fmt(f),
            IbReport::Mnist(report) => report.fmt(f),
        }
    }
}

/// `seamount lab ib-hebbian`
pub struct IbHebbian;

impl Experiment for IbHebbian {
    const NAME: &'static str = "ib-hebbian";
    const ABOUT: &'static str = "The information-bottleneck Hebbian rule, in floats and on the \
        chip: a line, exclusive or, MNIST";
    const HELP: &'static str = "\
Examples: seamount lab ib-hebbian --task xor
          seamount lab ib-hebbian --task linear --reservoir 500
          seamount lab ib-hebbian --task mnist --train 10 --checkpoint ib.npz [--resume] \
--weights-out w.npz
          seamount lab ib-hebbian --task mnist
linear and xor train a network per seed on made samples, in floats and on the emulated chip. mnist
tests the network that is shipped, or --weights, in floats and on the chip; with --train it trains
one in floats first (a checkpoint is written after every epoch, and --resume goes on from it, to
the same bits).";
    const QUICK: &'static [&'static str] = &["--task linear", "--task xor", "--task mnist"];
    type Options = IbOptions;
    type Report = IbReport;

    fn counts(options: &IbOptions) -> &'static str {
        match options.task {
            IbTask::Linear | IbTask::Xor => "epochs",
            IbTask::Mnist => "updates",
        }
    }

    fn own_checkpoint(options: &IbOptions) -> Option<&Path> {
        options.checkpoint.as_deref()
    }

    fn outputs(options: &IbOptions) -> Vec<RunOutput<IbReport>> {
        if options.task != IbTask::Mnist {
            return vec![];
        }
        let checkpoint = options.checkpoint.iter().map(RunOutput::of_run);
        let weights = options.weights_out.iter().map(|path| {
            let named = path.clone();
            RunOutput::of_report(path, move |report| weights_of(report, &named))
        });
        checkpoint.chain(weights).collect()
    }

    fn run(options: &IbOptions, progress: Progress) -> Result<IbReport, Failure> {
        options.fit_the_task()?;
        match options.task {
            IbTask::Linear | IbTask::Xor => run_small(options, progress).map(IbReport::Small),
            IbTask::Mnist => {
                let report = run_mnist(options, progress)?;
                Ok(IbReport::Mnist(Box::new(report)))
            }
        }
    }

    fn row(report: &IbReport) -> Option<Row> {
        match report {
            IbReport::Small(report) => report.row(),
            IbReport::Mnist(report) => Some(report.row()),
        }
    }
}

/// The trained network in the small form.
fn weights_of(report: &IbReport, path: &Path) -> Result<Vec<u8>, Failure> {
    let IbReport::Mnist(report) = report else {
        return Err(Failure::call("only mnist has weights to write"));
    };
    stored::shrink(&report.net).map_err(|e| text::wrong(path, format!("cannot be written: {e}")))
}
