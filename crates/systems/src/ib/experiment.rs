//! `seamount lab ib-hebbian`: the flags of its three tasks, and what each of them runs.

use super::float::Mlp;
use super::{MnistOptions, MnistReport, SmallOptions, SmallReport, SmallTask, XiForm};
use super::{mnist, small, stored};
use crate::registry::options_of;
use clap::{Args, ValueEnum};
use seamount_study::data::Mnist;
use seamount_study::experiment::{Experiment, OutputFile, QuickForm, Shared, threads};
use seamount_study::row::Row;
use seamount_study::text::wrong;
use seamount_study::{LabError, Progress};
use serde::{Serialize, Serializer};
use std::fmt;
use std::path::PathBuf;

/// Which task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum IbTask {
    /// A line through the plane, 2-4-2
    Linear,
    /// Exclusive or with noise, 2-10-4-2
    Xor,
    /// MNIST, 784-128-64-10
    Mnist,
}

/// Flags of all three tasks; `linear:` and `mnist:` in their help say which of them heeds a flag.
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
    #[arg(long, value_enum)]
    pub form: Option<XiForm>,
    /// linear, xor: networks, seeds 0 to this, exclusive
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        value_parser = clap::value_parser!(u16).range(1..=1000)
    )]
    pub seeds: u16,
    /// linear, xor: epochs
    #[arg(
        long,
        value_name = "N",
        default_value_t = 25,
        value_parser = clap::value_parser!(u16).range(1..=1000)
    )]
    pub epochs: u16,
    /// linear, xor: let a reservoir of so many units say xi, after it learned to
    #[arg(
        long,
        value_name = "UNITS",
        value_parser = clap::value_parser!(u16).range(10..=10_000)
    )]
    pub reservoir: Option<u16>,
    /// linear, xor: floats only, nothing is learned on the chip
    #[arg(long)]
    pub no_chip: bool,
    /// mnist: train for so many epochs in all
    #[arg(
        long,
        value_name = "EPOCHS",
        value_parser = clap::value_parser!(u16).range(1..=1000)
    )]
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

impl IbOptions {
    /// The defaults of a task.
    pub fn new(task: IbTask) -> IbOptions {
        IbOptions {
            task,
            ..options_of(&["--task", "linear"])
        }
    }

    fn small(&self, task: SmallTask) -> SmallOptions {
        SmallOptions {
            task,
            form: self.form.unwrap_or(XiForm::Released),
            chip: !self.no_chip,
            seeds: u64::from(self.seeds),
            epochs: usize::from(self.epochs),
            reservoir: self.reservoir.map(usize::from),
            threads: threads(self.threads),
        }
    }

    fn mnist(&self) -> Result<MnistOptions, LabError> {
        Ok(MnistOptions {
            data: self.data.clone(),
            mnist: self.mnist.clone(),
            epochs: self.train.map(usize::from),
            weights: self.weights.clone(),
            samples: self.samples.as_deref().map(Mnist::samples).transpose()?,
            form: self.form.unwrap_or(XiForm::Gradient),
            seed: u64::from(self.seed),
            checkpoint: self.checkpoint.clone(),
            resume: self.resume,
            frozen: self.frozen,
            threads: threads(self.threads),
        })
    }
}

impl Default for IbOptions {
    fn default() -> Self {
        IbOptions::new(IbTask::Linear)
    }
}

/// The report of a task. A network that was tested or trained comes with it, to be written.
#[derive(Debug, Clone)]
pub enum IbReport {
    /// Of linear and xor.
    Small(Box<SmallReport>),
    /// Of mnist.
    Mnist(Box<MnistReport>, Box<Mlp>),
}

impl Serialize for IbReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            IbReport::Small(report) => report.serialize(serializer),
            IbReport::Mnist(report, _) => report.serialize(serializer),
        }
    }
}

impl fmt::Display for IbReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IbReport::Small(report) => report.fmt(f),
            IbReport::Mnist(report, _) => report.fmt(f),
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
          seamount lab ib-hebbian --task mnist --train 10 --checkpoint ib.npz [--resume] --weights-out w.npz
          seamount lab ib-hebbian --task mnist
linear and xor train a network per seed on made samples, in floats and on the emulated chip. mnist tests the
network that is shipped, or --weights, in floats and on the chip; with --train it trains one in floats first (a
checkpoint is written after every epoch, and --resume goes on from it, to the same bits).";
    type Options = IbOptions;
    type Report = IbReport;

    fn counts(options: &IbOptions) -> &'static str {
        match options.task {
            IbTask::Linear | IbTask::Xor => "epochs",
            IbTask::Mnist => "updates",
        }
    }

    fn outputs(options: &IbOptions) -> Vec<PathBuf> {
        match options.task {
            IbTask::Linear | IbTask::Xor => vec![],
            IbTask::Mnist => {
                let paths = [&options.checkpoint, &options.weights_out];
                paths.into_iter().flatten().cloned().collect()
            }
        }
    }

    fn run(options: &IbOptions, progress: Progress) -> Result<IbReport, LabError> {
        let task = match options.task {
            IbTask::Linear => SmallTask::Linear,
            IbTask::Xor => SmallTask::Xor,
            IbTask::Mnist => {
                let (report, net) = mnist::run(&options.mnist()?, progress)?;
                return Ok(IbReport::Mnist(Box::new(report), Box::new(net)));
            }
        };
        let report = small::run(&options.small(task), progress)?;
        Ok(IbReport::Small(Box::new(report)))
    }

    fn files(options: &IbOptions, report: &mut IbReport) -> Result<Vec<OutputFile>, LabError> {
        let (IbReport::Mnist(_, net), Some(path)) = (report, &options.weights_out) else {
            return Ok(vec![]);
        };
        let bytes = stored::shrink(net).map_err(|error| wrong(path, error))?;
        Ok(vec![OutputFile::new(path, bytes)])
    }

    fn quick(shared: &Shared) -> Vec<QuickForm<IbOptions>> {
        let form = |name, task| QuickForm {
            name,
            options: IbOptions {
                data: shared.data.clone(),
                threads: shared.threads,
                ..IbOptions::new(task)
            },
        };
        vec![
            form("ib-hebbian --task linear", IbTask::Linear),
            form("ib-hebbian --task xor", IbTask::Xor),
            form("ib-hebbian --task mnist", IbTask::Mnist),
        ]
    }

    fn row(report: &IbReport) -> Option<Row> {
        Some(match report {
            IbReport::Small(report) => report.row(),
            IbReport::Mnist(report, _) => report.row(),
        })
    }
}
