//! The command line of the e-prop experiments.

use crate::args::help;
use clap::{Args, ValueEnum};
use seamount_systems::eprop_cue::Engine;
use std::path::PathBuf;

/// Help of `lab eprop-cue`.
pub const CUE_HELP: &str = help!(
    "Example: seamount lab eprop-cue --engine float --data ../shared/data --epochs 20 --seeds 3",
    "         seamount lab eprop-cue --engine a --every-epoch --json",
    "         seamount lab eprop-cue --engine c --train mine.dat --test others.dat",
    "",
    "Forty inputs, a hundred LIF neurons with membranes of 2 s, two outputs. Without --train and --test the",
    "samples of the data folder are dealt into five hands; each is tested by a network trained on the other",
    "four, so that every sample is tested once a seed. Prints the accuracy of each seed, their median and their",
    "mean (with --json: accuracies, accuracy_median, accuracy, train_curve and test_curve by epoch, and each fold",
    "with the samples it tested).",
    "",
    "Engines a and c learn on an emulated chip of the Loihi 2 class: neurons and readouts run programs, synapses",
    "learn by rules, and the host injects spikes and targets and lets the chip rest between samples. They start",
    "from the 8-bit weights init_rand_weights_{inp,rec,out}_cueAcc.dat, one number in -128..=127 a line, with",
    "--train and --test too: those of --data DIR, else of the folder SEAMOUNT_DATA (../shared/data), else those",
    "beside the samples to learn. A DIR without them is an error; if no DIR is named and they are nowhere, weights",
    "are drawn as the float engine's, and the report says so. They print the events and the energy of a sample.",
    "",
    "A file of samples: first line their number; then lines 'address, time': an address of 0 to 39 is a spike",
    "of that input at that step, '-2, L' names the class (0 or 1), '-1, T' ends the sample after T steps.",
);

/// Help of `lab eprop-pattern`.
pub const PATTERN_HELP: &str = help!(
    "Example: seamount lab eprop-pattern --sequences 200 --svg pattern.svg",
    "         seamount lab eprop-pattern --case eprop-sine-lif.json --json",
    "",
    "Neurons, readout, error, feedback and learning rule run on a chip of the Loihi 2 class in its integers; the",
    "host injects input spikes and the target. Prints the loss of the first and the last sequence, both curves,",
    "synaptic and learning operations and energy of a sequence (with --json: losses, losses_float, spikes).",
);

/// `lab eprop-pattern`
#[derive(Debug, Args)]
pub struct EpropPatternArgs {
    /// Weights, input spikes and target in the layout of lab eprop-float; else they are drawn from
    /// the seed
    #[arg(long, value_name = "FILE.json")]
    pub case: Option<PathBuf>,
    /// How many sequences to learn from
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub sequences: u32,
    /// Seed of the network, its input and the chip's random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Learning rate on the chip
    #[arg(long, value_name = "X", value_parser = rate)]
    pub learning_rate: Option<f64>,
    /// Feedback weights equal to the readout's, copied by the host after every sequence, instead of
    /// fixed ones
    #[arg(long)]
    pub symmetric: bool,
    /// Leave the float reference out
    #[arg(long)]
    pub no_float: bool,
    /// Picture of the losses and the readout
    #[arg(long, value_name = "FILE.svg")]
    pub svg: Option<PathBuf>,
}

/// Help of `lab eprop-evidence`.
pub const EVIDENCE_HELP: &str = help!(
    "Examples: seamount lab eprop-evidence",
    "          seamount lab eprop-evidence --float --samples 1000 --learning-rate 1e-3",
    "",
    "50 LIF and 50 ALIF neurons learn which side had more cues; neurons, errors, feedback and the rule with two",
    "variables a synapse are on the chip. Tests are on samples that are never learned from, without learning. With",
    "--float the reference learns from the same samples in 64-bit floats, by Adam.",
);

/// `lab eprop-evidence`
#[derive(Debug, Args)]
pub struct EpropEvidenceArgs {
    /// How many samples to learn from
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    pub samples: u64,
    /// Test after every N samples
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    pub test_every: u64,
    /// How many fresh samples each test has
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    pub tests: u64,
    /// Seed of network, samples and the chip's random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Learning rate of input and recurrent weights at the start; with --float, of Adam [default:
    /// 2e-4; 5e-3]
    #[arg(long, value_name = "X", value_parser = rate)]
    pub learning_rate: Option<f64>,
    /// Learning rate of readout weights at the start [default: 3e-4]
    #[arg(long, value_name = "X", value_parser = rate, conflicts_with = "float")]
    pub readout_rate: Option<f64>,
    /// Halve the learning rates after every N samples; 0: never [default: 1000]
    #[arg(long, value_name = "N", conflicts_with = "float")]
    pub halve_every: Option<u64>,
    /// Learn in 64-bit floats with Adam instead of on the chip
    #[arg(long)]
    pub float: bool,
    /// Samples of a batch, with --float
    #[arg(long, value_name = "N", requires = "float", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub batch: Option<u64>,
}

/// `lab eprop-cue`
#[derive(Debug, Args)]
pub struct EpropCueArgs {
    /// What computes the learning rule
    #[arg(long, value_name = "ENGINE", default_value = "float")]
    pub engine: EngineFlag,
    /// Folder of the samples and of the initial weights of engines a and c, or of all data
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Learn these samples instead (and test those of --test)
    #[arg(long, value_name = "FILE", requires = "test")]
    pub train: Option<PathBuf>,
    /// Test these samples, which are not learnt
    #[arg(long, value_name = "FILE", requires = "train")]
    pub test: Option<PathBuf>,
    /// Passes over the samples to learn
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub epochs: u32,
    /// How many networks to start from: seeds 0 to N - 1
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub seeds: u32,
    /// Adam's rate, of engine float
    #[arg(long, value_name = "X", value_parser = rate)]
    pub learning_rate: Option<f64>,
    /// Test after every epoch, for a learning curve in the JSON
    #[arg(long)]
    pub every_epoch: bool,
    /// Threads that share the networks; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text
        .parse::<f64>()
        .ok()
        .filter(|x| x.is_finite() && *x > 0.0);
    number.ok_or_else(|| "wanted a number above 0".into())
}

/// What computes the learning rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineFlag {
    /// The published equations in f64
    Float,
    /// On chip, eligibility in the synapse's tag
    A,
    /// On chip, traces a neuron and stochastic updates
    C,
}

impl From<EngineFlag> for Engine {
    fn from(flag: EngineFlag) -> Engine {
        match flag {
            EngineFlag::Float => Engine::Float,
            EngineFlag::A => Engine::A,
            EngineFlag::C => Engine::C,
        }
    }
}
