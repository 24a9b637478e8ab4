//! The command line of `seamount eval`.

use crate::args::help;
use crate::commands::run::Switch;
use crate::import_args::{FileArgs, SourceArgs};
use crate::page_args::PageArgs;
use clap::Args;
use seamount::Fidelity;
use seamount_session::eval::{RowsForm, SampleDecoder, SampleEncoder};
use seamount_systems::word::{FIDELITIES, Word, one_of};
use std::path::PathBuf;

/// Help of `eval`.
pub const HELP: &str = help!(
    "Example: seamount eval net.json --dataset test.npz --decode count --output out --threads 2",
    "         seamount eval mlp.net --dataset mnist.npz --encode accumulate:shown=32 --steps 35 \\",
    "             --decode count --output fc-2 --rows rows.csv --resume done.jsonl",
    "",
    "Data set (--dataset): .npz with arrays samples and labels (or --samples, --labels), or .npy \
     of samples.",
    "  samples x steps x sources  spikes, 0 or 1 (direct), or payloads (graded, board loihi2); \
     row r holds",
    "                             step r, sources of all inputs side by side; further axes are \
     flattened",
    "  samples x values           numbers that an encoder makes spikes of; further axes are \
     flattened",
    "  steps, neurons[, payloads] events of all samples one after the other; offsets (samples + 1) \
     says where",
    "                             each begins",
    "  labels                     the class of each sample, 0 to outputs - 1; without labels no \
     accuracy",
    "",
    "Encoders (--encode NAME[:NUMBER=VALUE,...]); values keep their own unit:",
    "  direct, graded             the samples are spikes",
    "  rate:scale=255,seed=1      a spike in each step with the chance value / scale",
    "  accumulate:level=255       each source adds its value in every step, fires above level, \
     begins at 0",
    "  threshold:level=L          a spike where the value is above level; shown=1 step if not said",
    "  level-crossing:levels=,white=,cue=   a value a step; spikes where it crosses a level of \
     0..255",
    "  random:rate=R,seed=1       a control: chance alone, the sample is not looked at",
    "  shown=N                    of rate, accumulate, threshold: no input after N steps",
    "",
    "Decoders (--decode), of the population --output; the first of equal outputs answers:",
    "  count        most spikes            first-spike  earliest spike; none without any",
    "  voltage      largest at the end     voltage-max  largest of all steps",
    "  --output POPULATION[.compartment][.register][:start..stop[:every]], as probes of run",
    "",
    "A sample of S steps: an event of step s arrives in step s + 1, so events of steps 0..S - 1 \
     act. Every",
    "sample begins on a chip that was reset. NeuroBench's metrics have NeuroBench's names and \
     definitions:",
    "means per sample. Rows (--rows): a line of .csv, or an element of each array of .npz, per \
     sample.",
);

/// `eval`
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// What to run
    #[command(flatten)]
    pub(super) file: FileArgs,
    /// Samples and labels
    #[arg(long, value_name = "FILE.npz|FILE.npy")]
    pub(super) dataset: PathBuf,
    /// Name of the array of samples in a .npz [default: samples]
    #[arg(long, value_name = "NAME")]
    pub(super) samples: Option<String>,
    /// The labels: an array of the .npz, or a .npy file [default: labels, if it is there]
    #[arg(long, value_name = "NAME|FILE.npy")]
    pub(super) labels: Option<String>,
    /// From a sample to spikes, see below
    #[arg(long, value_name = "NAME[:NUMBER=VALUE,...]", default_value = "direct",
        value_parser = SampleEncoder::parse)]
    pub(super) encode: SampleEncoder,
    /// From outputs to an answer
    #[arg(
        long,
        value_name = "count|first-spike|voltage|voltage-max",
        value_parser = one_of(&DECODERS),
        hide_possible_values = true
    )]
    pub(super) decode: SampleDecoder,
    /// The population that answers [default: the only one]
    #[arg(long, value_name = "POPULATION")]
    pub(super) output: Option<String>,
    /// Steps of a sample [default: the rows of its table]
    #[arg(long, value_name = "N")]
    pub(super) steps: Option<u64>,
    /// Index of the first sample to show
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) start: u64,
    /// Show at most so many samples
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u64>,
    /// Threads that share the samples; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Use vector instructions; results do not depend on it
    #[arg(
        long,
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    pub(super) simd: Switch,
    /// Write a row for each sample: .csv or .npz
    #[arg(long, value_name = "FILE", value_parser = rows_file)]
    pub(super) rows: Option<PathBuf>,
    /// Keep finished samples in this file, so that an evaluation that is cut off can go on
    #[arg(long, value_name = "FILE.jsonl")]
    pub(super) checkpoint: Option<PathBuf>,
    /// Go on from the samples in the checkpoint, if it is there; with a file, that file is both
    #[arg(long, value_name = "FILE.jsonl", num_args = 0..=1)]
    pub(super) resume: Option<Option<PathBuf>>,
    /// Price by this profile: a built-in name or a .toml file; all built-in ones if absent
    #[arg(long, value_name = "NAME|FILE.toml")]
    pub(super) profile: Vec<String>,
    /// What to know of time: count, pipeline or cycle; the last two give latency per inference
    #[arg(
        long,
        value_name = "count|pipeline|cycle",
        default_value = "count",
        value_parser = one_of(&FIDELITIES),
        hide_possible_values = true
    )]
    pub(super) fidelity: Fidelity,
    /// Run even if limits of the chip are broken, and say which
    #[arg(long)]
    pub(super) ignore_limits: bool,
    /// A page of the result
    #[command(flatten)]
    pub(super) page: PageArgs,
    /// Where to, and how a float graph becomes integers
    #[command(flatten)]
    pub(super) source: SourceArgs,
}

/// Ways out, by their flag `--decode`.
const DECODERS: [Word<SampleDecoder>; 4] = [
    Word::new("count", "Most spikes", SampleDecoder::Count),
    Word::new("first-spike", "Earliest spike", SampleDecoder::FirstSpike),
    Word::new("voltage", "Largest at the end", SampleDecoder::Voltage),
    Word::new(
        "voltage-max",
        "Largest of all steps",
        SampleDecoder::VoltageMax,
    ),
];

/// A path of rows in a form that can be written.
fn rows_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    RowsForm::of(&path).map(|_| path)
}
