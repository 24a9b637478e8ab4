//! The command line: every command, flag and help text.

use crate::compare_args::{self, CompareArgs};
use crate::eprop_args::{EpropCueArgs, EpropEvidenceArgs, EpropFloatArgs, EpropPatternArgs};
use crate::import_args::SourceArgs;
use crate::lab_args::LabArgs;
use crate::mesh_args::MeshArgs;
use crate::microcode_args::{AsmArgs, DisasmArgs, ProgramsArgs, TraceArgs};
use crate::systems_args::{self as systems, IbArgs};
use crate::time_args::TimeArgs;
use crate::validate_args::ValidateArgs;
use clap::{Args, Parser, Subcommand, ValueEnum};
use seamount_session::ProbeText;
use seamount_session::RecordingForm;
use seamount_study::experiment::Experiment as _;
use seamount_systems::bench::{Bench, BenchOptions};
use std::path::PathBuf;

/// Help on exit codes, shown below every command's long help.
macro_rules! help {
    ($($example:literal),* $(,)?) => {
        concat!($($example, "\n",)* "\n",
            "Exit codes: 0 ok; 1 the input is wrong (all findings on stderr); 2 wrong usage;\n",
            "3 the network does not fit the chip; 4 a file cannot be read or written.\n",
            "With --json results and errors are JSON on stdout: {\"error\": kind, \"findings\": [...]}.")
    };
}
pub(crate) use help;

/// Bit-exact emulator of Loihi class neuromorphic chips
///
/// Maps an integer network onto a chip, writes the compiled image, loads it, runs it bit-exactly, and
/// says how many synaptic operations and how much energy it took. Without a command it runs the demo.
#[derive(Debug, Parser)]
#[command(name = "seamount", version, max_term_width = 100, after_long_help = help!(
    "A first tour:",
    "  seamount                                        the demo: a network learns on the chip, no file needed",
    "  seamount schema > netlist.schema.json           the form of a network",
    "  seamount compile net.json -o net.img            place it on a chip",
    "  seamount inspect net.img                        what it uses of every limit",
    "  seamount run net.img --steps 100 --input spikes.csv --probe hidden.spike --out out.csv"))]
pub struct Cli {
    /// Print results (and errors) as JSON on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do; the demo if absent
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Place a network on a chip and write the image
    #[command(after_long_help = help!(
        "Example: seamount compile net.json -o net.img --board kapoho-bay --export-placement where.json",
        "Lists every limit that is broken, where and by how much, if the network does not fit."))]
    Compile(Box<CompileArgs>),
    /// Show what an image (or a network, compiled on the fly) is made of
    #[command(after_long_help = help!(
        "Example: seamount inspect net.img --core 0 --memory",
        "Per core: what is used of every limit, registers, profiles, formats, axons, populations.",
        "--memory disassembles the synapse lists: format, target, weight, delay of every synapse."))]
    Inspect(InspectArgs),
    /// Run an image (or a network, compiled on the fly) and say what it cost
    #[command(after_long_help = RUN_HELP)]
    Run(Box<RunArgs>),
    /// Float reference beside the chip, or chip beside chip: where they part, and how far
    #[command(after_long_help = compare_args::HELP)]
    Compare(CompareArgs),
    /// A learning rule on the chip beside its meaning in real numbers, judged by stated tolerances
    #[command(after_long_help = crate::validate_args::HELP)]
    Validate(ValidateArgs),
    /// Published experiments, rebuilt and compared with what was recorded on silicon
    #[command(after_long_help = help!("Example: seamount lab lsnn-smnist --data loihi-lsnn-smnist --count 100"))]
    Lab(LabArgs),
    /// Traffic on the mesh alone: latency, throughput, link use; or replay of a packet trace
    #[command(after_long_help = crate::mesh_args::HELP)]
    Mesh(MeshArgs),
    /// Measure the speed of the emulator on a standard workload
    #[command(after_long_help = format!("{}\n{}", Bench::HELP, help!()))]
    Bench(BenchOptions),
    /// An untrained network learns a task on the emulated chip by e-prop, explained
    #[command(after_long_help = help!("Example: seamount demo --sequences 100 --svg demo.svg"))]
    Demo(DemoArgs),
    /// Print the JSON schema of the network form
    #[command(after_long_help = help!("Example: seamount schema > netlist.schema.json"))]
    Schema,
    /// List the chips and boards that are built in
    #[command(after_long_help = help!("Example: seamount boards --json"))]
    Boards,
    /// List the energy profiles that are built in, with every price and its source
    #[command(after_long_help = help!("Example: seamount profiles"))]
    Profiles,
    /// Assemble and verify a neuron's program (Loihi 2 class)
    #[command(after_long_help = help!(
        "Example: seamount asm neuron.asm --listing -o neuron.json",
        "Every finding comes with its line and column; .include finds shipped programs and files beside FILE."))]
    Asm(AsmArgs),
    /// Turn an assembled program back into text
    #[command(after_long_help = help!("Example: seamount disasm neuron.json -o neuron.asm"))]
    Disasm(DisasmArgs),
    /// List the programs of neurons that are built in, or print one
    #[command(after_long_help = help!("Example: seamount programs lif > my-lif.asm"))]
    Programs(ProgramsArgs),
    /// Show one neuron's program at work, instruction by instruction: registers, flag, state words
    #[command(after_long_help = help!(
        "Example: seamount trace net.json --board loihi2 --neuron hidden[3] --steps 10..12 --input in.csv",
        "What arrived at the ports, every instruction that ran with what it wrote, and the words after it."))]
    Trace(Box<TraceArgs>),
    /// Print a completion script for a shell
    #[command(after_long_help = help!("Example: seamount completions bash > seamount.bash"))]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

const RUN_HELP: &str = help!(
    "Example: seamount run net.img --steps 100 --input spikes.npz \\",
    "             --probe hidden.spike --probe hidden.ahp.voltage:10..50:5 --out out.npz",
    "",
    "Steps: the first step is 1. An input event of step s is a spike emitted in step s: it arrives in step",
    "s + 1, so the first useful step of an event is 0. After --load-state steps go on from the saved one.",
    "",
    "Input files (--input, may be repeated; the kind follows from the ending):",
    "  .csv  header step,input,neuron; the input column may be missing if there is one input only",
    "  .npy  array of 0 and 1, steps x sources; row r holds step r; sources of all inputs side by side",
    "  .npz  arrays named after inputs, each steps x sources of that input; or events in arrays",
    "        INPUT.steps and INPUT.neurons (just steps and neurons if there is one input only)",
    "  .aer  text, two columns: time (step) and address (source number counted over all inputs)",
    "Graded spikes (board loihi2): a column payload in .csv, an array INPUT.payloads beside the two in .npz.",
    "",
    "Probes: population[.compartment].register[:start..stop[:every]], both ends included; registers are",
    "spike, current, voltage, voltage_hardware, refractory, accumulator; y1, y2, y3 where something learns.",
    "projection.variable of a projection that learns: weight, delay, tag (by synapse), x1, x2 (by source).",
    "Probes add to those of the network.",
    "",
    "Output files (--out):",
    "  .csv    probe,step,neuron,value; of spikes only those that happened",
    "  .npz    per probe: NAME (steps x neurons), NAME.steps, NAME.neurons",
    "  .arrow  the table of .csv as Arrow IPC; needs a build with --features arrow",
    "",
    "Time: --fidelity pipeline or cycle says how long each step takes by each profile, and why; add",
    "  --timeline FILE.json (opens in Perfetto), --time-csv, --heat-map FILE.svg, and with cycle --waves FILE.vcd.",
    "  Picoseconds and joules are those of the profile named beside them, with its errors.",
    "",
    "--noise-replay takes a .npy of 0..255, steps x compartments (all cores side by side, in image order);",
    "row 0 is step 1, beyond the end the last row repeats.",
);

/// `compile`
#[derive(Debug, Args)]
pub struct CompileArgs {
    /// The network: JSON (see `seamount schema`), a float graph (.nir), or Lava-DL's netx (.net);
    /// .h5 is either of the last two
    #[arg(value_name = "NET.json|.nir|.net")]
    pub network: PathBuf,
    /// Where to write the image
    #[arg(short, long, value_name = "FILE.img")]
    pub output: PathBuf,
    /// Take the placement from this file instead of searching for one
    #[arg(long, value_name = "FILE.json")]
    pub placement: Option<PathBuf>,
    /// Write the placement, to be edited or used again
    #[arg(long, value_name = "FILE.json")]
    pub export_placement: Option<PathBuf>,
    /// Run the network, count its packets, and place the cores by them; says hops, congestion and the
    /// step's time before and after
    #[arg(long, conflicts_with = "placement")]
    pub optimise_placement: bool,
    /// Steps of that run; 100 if absent
    #[arg(long, value_name = "N", requires = "optimise_placement", value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    pub traffic_steps: Option<u64>,
    /// Input spikes of that run: .npy, .npz, .csv or .aer
    #[arg(long, value_name = "FILE", requires = "optimise_placement")]
    pub traffic_input: Vec<PathBuf>,
    /// Profile of the step's time: a built-in name or a .toml file; davies2018 if absent
    #[arg(long, value_name = "NAME|FILE.toml", requires = "optimise_placement")]
    pub profile: Option<String>,
    /// Write the image even if it breaks limits of the chip, and say which
    #[arg(long)]
    pub ignore_limits: bool,
    /// Seed of the placement's search
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Write the compiler's report as JSON; of a float graph with what quantising changed
    #[arg(long, value_name = "FILE.json")]
    pub report: Option<PathBuf>,
    /// Write what quantising a float graph changed: JSON if it ends in .json, else text
    #[arg(long, value_name = "FILE")]
    pub quantise_report: Option<PathBuf>,
    /// Where to, and how a float graph becomes integers
    #[command(flatten)]
    pub source: SourceArgs,
}

/// `inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The image, or a network that is compiled first
    #[arg(value_name = "FILE.img|NET.json|.nir|.net")]
    pub file: PathBuf,
    /// Show only this core (its index in the image)
    #[arg(long, value_name = "K")]
    pub core: Option<usize>,
    /// Disassemble the synapse memory of the chosen core
    #[arg(long)]
    pub memory: bool,
    /// Where to, and how a float graph becomes integers
    #[command(flatten)]
    pub source: SourceArgs,
}

/// `run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The image, or a network that is compiled first
    #[arg(value_name = "FILE.img|NET.json|.nir|.net")]
    pub file: PathBuf,
    /// How many steps to run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1 << 48))]
    pub steps: u64,
    /// Input spikes: .npy, .npz, .csv or .aer
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// Threads that share the cores; results do not depend on it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
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
    /// Replace the noise generator by recorded draws
    #[arg(long, value_name = "FILE.npy")]
    pub noise_replay: Option<PathBuf>,
    /// Run even if limits of the chip are broken, and say which
    #[arg(long)]
    pub ignore_limits: bool,
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

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// The experiments.
#[derive(Debug, Subcommand)]
pub enum Experiment {
    /// E-prop in f64 on a case file: weights, input spikes and targets in, losses out
    #[command(after_long_help = crate::eprop_args::FLOAT_HELP)]
    EpropFloat(EpropFloatArgs),
    /// E-prop learns to accumulate evidence: ReckOn's fifty samples, each tested by a network that never saw it
    #[command(after_long_help = crate::eprop_args::CUE_HELP)]
    EpropCue(EpropCueArgs),
    /// E-prop on the chip: a recurrent network learns to follow a sum of sines, the float reference beside it
    #[command(after_long_help = crate::eprop_args::PATTERN_HELP)]
    EpropPattern(EpropPatternArgs),
    /// E-prop on the chip with adaptive neurons: seven cues, a second of silence, a decision
    #[command(after_long_help = crate::eprop_args::EVIDENCE_HELP)]
    EpropEvidence(EpropEvidenceArgs),
    /// The information-bottleneck Hebbian rule, in floats and on the chip: a line, exclusive or, MNIST
    #[command(after_long_help = systems::IB_HELP)]
    IbHebbian(IbArgs),
}

/// `demo`
#[derive(Debug, Args, Default)]
pub struct DemoArgs {
    /// How many sequences to learn from
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub sequences: Option<u32>,
    /// Seed of the network, its input and the chip's random numbers
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Picture of the losses and the readout
    #[arg(long, value_name = "FILE.svg")]
    pub svg: Option<PathBuf>,
}
