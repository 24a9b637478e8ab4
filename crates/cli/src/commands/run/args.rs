//! The command line of `seamount run`.

use super::pictures::PictureArgs;
use super::time::TimeArgs;
use crate::args::help;
use crate::import_args::{FileArgs, InputArgs, SourceArgs};
use clap::{Args, ValueEnum};
use seamount::ProbeText;
use seamount_session::RecordingForm;
use seamount_systems::CheckpointArgs;
use std::path::PathBuf;

/// Help of `run`.
pub const HELP: &str = help!(
    "Example: seamount run net.img --steps 100 --input spikes.npz \\",
    "             --probe hidden.spike --probe hidden.ahp.voltage:10..50:5 --out out.npz",
    "",
    "Steps: the first step is 1. An input event of step s is a spike emitted in step s: it \
     arrives in step",
    "s + 1, so the first useful step of an event is 0. After --load-state steps go on from the \
     saved one.",
    "",
    "Input files (--input, may be repeated; the kind follows from the ending):",
    "  .csv  header step,input,neuron; the input column may be missing if there is one input only",
    "  .npy  array of 0 and 1, steps x sources; row r holds step r; sources of all inputs side by \
     side",
    "  .npz  arrays named after inputs, each steps x sources of that input; or events in arrays",
    "        INPUT.steps and INPUT.neurons (just steps and neurons if there is one input only)",
    "  .aer  text, two columns: time (step) and address (source number counted over all inputs)",
    "Graded spikes (board loihi2): a column payload in .csv, an array INPUT.payloads beside the \
     two in .npz.",
    "",
    "Probes: population[.compartment].register[:start..stop[:every]], both ends included; \
     registers are",
    "spike, current, voltage, voltage_hardware, refractory, accumulator; y1, y2, y3 where \
     something learns.",
    "projection.variable of a projection that learns: weight, delay, tag (by synapse), x1, x2 (by \
     source).",
    "Probes add to those of the network.",
    "",
    "Output files (--out):",
    "  .csv    probe,step,neuron,value; of spikes only those that happened",
    "  .npz    per probe: NAME (steps x neurons), NAME.steps, NAME.neurons",
    "  .arrow  the table of .csv as Arrow IPC; needs a build with --features arrow",
    "",
    "Pictures: --html FILE.html is a page of the run that needs no network, --svg DIR the same charts \
     as files.",
    "  A network without any probe is recorded for them: all spikes, and the membranes of a few \
     neurons.",
    "",
    "Time: --fidelity pipeline or cycle says how long each step takes by each profile, and why; \
     add",
    "  --timeline FILE.json (opens in Perfetto), --time-csv, --heat-map FILE.svg, and with cycle \
     --waves FILE.vcd.",
    "  Picoseconds and joules are those of the profile named beside them, with its errors.",
    "",
    "--noise-replay takes a .npy of 0..255, steps x compartments (all cores side by side, in \
     image order);",
    "row 0 is step 1, beyond the end the last row repeats.",
    "--learning-replay takes an .npz with pre, post, reward (traces) and rounding (write-back): one \
     number of",
    "0..65535 a step for all units; element 0 is step 1, beyond the end the last repeats, absent is 0.",
);

/// `run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What to run
    #[command(flatten)]
    pub file: FileArgs,
    /// How many steps to run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 48))]
    pub steps: u64,
    /// What enters
    #[command(flatten)]
    pub input: InputArgs,
    /// Threads that share the cores; results do not depend on it
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=1024),
    )]
    pub threads: u16,
    /// Use vector instructions; results do not depend on it
    #[arg(
        long,
        value_name = "on|off",
        default_value = "on",
        hide_possible_values = true
    )]
    pub simd: Switch,
    /// Record population[.compartment].register[:start..stop[:every]]
    #[arg(long, value_name = "PROBE", value_parser = ProbeText::parse)]
    pub probe: Vec<ProbeText>,
    /// Price by this profile: a built-in name or a .toml file; all built-in ones if absent
    #[arg(long, value_name = "NAME|FILE.toml")]
    pub profile: Vec<String>,
    /// Write the recordings: .csv, .npz or .arrow
    #[arg(long, value_name = "FILE", value_parser = recording_file)]
    pub out: Option<PathBuf>,
    /// Write the events of every step
    #[arg(long, value_name = "FILE.csv")]
    pub per_step: Option<PathBuf>,
    /// Write the state after the last step
    #[arg(long, value_name = "FILE")]
    pub save_state: Option<PathBuf>,
    /// Start from a saved state
    #[arg(long, value_name = "FILE")]
    pub load_state: Option<PathBuf>,
    /// By what the run goes on if it is cut off
    #[command(flatten)]
    pub(super) kept: CheckpointArgs,
    /// Replace the noise generator by recorded draws
    #[arg(long, value_name = "FILE.npy")]
    pub noise_replay: Option<PathBuf>,
    /// Replace the random numbers of the learning engine by recorded ones
    #[arg(long, value_name = "FILE.npz")]
    pub learning_replay: Option<PathBuf>,
    /// Run even if limits of the chip are broken, and say which
    #[arg(long)]
    pub ignore_limits: bool,
    /// Pictures of the run
    #[command(flatten)]
    pub(super) pictures: PictureArgs,
    /// What to know of time
    #[command(flatten)]
    pub time: TimeArgs,
    /// Where to, and how a float graph becomes integers
    #[command(flatten)]
    pub source: SourceArgs,
}

/// A path of recordings in a form that can be written.
fn recording_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    RecordingForm::of(&path).map(|_| path)
}

/// A switch of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Vectors are used.
    On,
    /// One compartment at a time.
    Off,
}
