//! The command line: every command, flag and help text.

use crate::commands::compile::CompileArgs;
use crate::commands::inspect::InspectArgs;
use crate::commands::mesh::{self, MeshArgs};
use crate::commands::microcode::{AsmArgs, DisasmArgs, ProgramsArgs};
use crate::commands::run::{self, FIDELITIES, RunArgs};
use crate::commands::trace::TraceArgs;
use crate::commands::validate::{self, ValidateArgs};
use crate::import_lab_args::{
    self as imported, CompareArgs, ImportedArgs, NetxMnistArgs, NirLifArgs, StreamArgs,
};
use crate::lab_args::LabArgs;
use crate::qif_args::QifArgs;
use crate::systems_args::{self as systems, AhpArgs, EcgArgs, SmnistArgs};
use crate::word::one_of;
use clap::{Args, Parser, Subcommand};
use seamount_study::experiment::Experiment as _;
use seamount_systems::bench::{Bench, BenchOptions};
use seamount_timing::Fidelity;
use std::path::PathBuf;

/// Help on exit codes, shown below every command's long help.
macro_rules! help {
    ($($example:literal),* $(,)?) => {
        concat!($($example, "\n",)* "\n",
            "Exit codes: 0 ok; 1 the input is wrong (all findings on stderr); 2 wrong usage;\n",
            "3 the network does not fit the chip; 4 a file cannot be read or written.\n",
            "With --json results and errors are JSON on stdout: {\"error\": kind, \"findings\": \
             [...]}.")
    };
}
pub(crate) use help;

/// Bit-exact emulator of Loihi class neuromorphic chips
///
/// Maps an integer network onto a chip, writes the compiled image, loads it, runs it bit-exactly,
/// and says how many synaptic operations and how much energy it took. Without a command it runs the
/// demo.
#[derive(Debug, Parser)]
#[command(name = "seamount", version, max_term_width = 100, after_long_help = help!(
    "A first tour:",
    "  seamount                                        the demo: a network learns on the chip, no \
     file needed",
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
        "Example: seamount compile net.json -o net.img --board kapoho-bay --export-placement \
         where.json",
        "Lists every limit that is broken, where and by how much, if the network does not fit."))]
    Compile(Box<CompileArgs>),
    /// Show what an image (or a network, compiled on the fly) is made of
    #[command(after_long_help = help!(
        "Example: seamount inspect net.img --core 0 --memory",
        "Per core: what is used of every limit, registers, profiles, formats, axons, populations.",
        "--memory disassembles the synapse lists: format, target, weight, delay of every synapse."))]
    Inspect(InspectArgs),
    /// Run an image (or a network, compiled on the fly) and say what it cost
    #[command(after_long_help = run::HELP)]
    Run(Box<RunArgs>),
    /// Float reference beside the chip, or chip beside chip: where they part, and how far
    #[command(after_long_help = imported::COMPARE_HELP)]
    Compare(CompareArgs),
    /// A learning rule on the chip beside its meaning in real numbers, judged by stated tolerances
    #[command(after_long_help = validate::HELP)]
    Validate(ValidateArgs),
    /// Published experiments, rebuilt and compared with what was recorded on silicon
    #[command(after_long_help = help!("Example: seamount lab lsnn-smnist --data loihi-lsnn-smnist --count 100"))]
    Lab(LabArgs),
    /// Traffic on the mesh alone: latency, throughput, link use; or replay of a packet trace
    #[command(after_long_help = mesh::HELP)]
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
        "Example: seamount trace net.json --board loihi2 --neuron hidden[3] --steps 10..12 \
         --input in.csv",
        "What arrived at the ports, every instruction that ran with what it wrote, and the words after it."))]
    Trace(Box<TraceArgs>),
    /// Print a completion script for a shell
    #[command(after_long_help = help!("Example: seamount completions bash > seamount.bash"))]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// The experiments.
#[derive(Debug, Subcommand)]
pub enum Experiment {
    /// Intel's published AHP network on sequential MNIST: 240 hidden neurons on one core
    #[command(after_long_help = help!(
        "Example: seamount lab lsnn-smnist --data ../shared/data/loihi-lsnn-smnist --mnist \
         ../shared/data/mnist",
        "Prints classes, agreement with those recorded on Loihi, accuracy, synaptic operations, \
         energy per",
        "inference by profile, images per second."))]
    LsnnSmnist(LsnnArgs),
    /// PilotNet (Lava-DL) on the chip against every recorded current, voltage and spike
    #[command(after_long_help = imported::PILOTNET_HELP)]
    NetxPilotnet(ImportedArgs),
    /// PilotNet of sigma-delta neurons (Lava-DL) on the chip, in graded spikes, against the
    /// recording
    #[command(after_long_help = imported::SDNN_HELP)]
    NetxPilotnetSdnn(ImportedArgs),
    /// Lava-DL's perceptron on the MNIST test images, beside the same integers in f64
    #[command(after_long_help = imported::MNIST_HELP)]
    NetxMnist(NetxMnistArgs),
    /// One LIF neuron of the NIR paper beside an exact trace and a recording on Loihi
    #[command(after_long_help = imported::LIF_HELP)]
    NirLif(Box<NirLifArgs>),
    /// The NIR paper's Braille network on random streams: chip beside float reference
    #[command(after_long_help = imported::STREAM_HELP)]
    NirBraille(Box<StreamArgs>),
    /// The NIR paper's N-MNIST network on random streams: chip beside float reference
    #[command(after_long_help = imported::STREAM_HELP)]
    NirCnn(Box<StreamArgs>),
    /// Theta neurons trained by exact spike-time gradients on MNIST: floats, the chip's integers,
    /// the chip
    #[command(after_long_help = crate::qif_args::HELP)]
    QifMnist(QifArgs),
    /// Electrocardiograms by 36 + 6 spiking neurons with a time constant each: floats, and the chip
    /// at 8 to 4 bits a weight
    #[command(after_long_help = systems::ECG_HELP)]
    SrnnEcg(EcgArgs),
    /// MNIST pixel by pixel by 586 adaptive spiking neurons in four layers: floats, and the chip
    #[command(after_long_help = systems::SMNIST_HELP)]
    SrnnSmnist(SmnistArgs),
    /// What after-hyperpolarisation does in Intel's network: ablation, sparsity, memory time scale
    #[command(after_long_help = systems::AHP_HELP)]
    Ahp(AhpArgs),
}

/// `lab lsnn-smnist`
#[derive(Debug, Args)]
pub struct LsnnArgs {
    /// Folder of the published network
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of the MNIST test images
    #[arg(long, value_name = "DIR")]
    pub mnist: Option<PathBuf>,
    /// Which test images to run: a .npy of indices
    #[arg(long, value_name = "FILE.npy")]
    pub indices: Option<PathBuf>,
    /// Only the first N images
    #[arg(long, value_name = "N")]
    pub count: Option<usize>,
    /// Cut the after-hyperpolarisation path: it must hurt
    #[arg(long)]
    pub ablate_ahp: bool,
    /// Board; on loihi2 the neurons run the programs lif and cuba_ahp
    #[arg(
        long,
        value_name = "BOARD",
        default_value = "loihi1",
        value_parser = ["loihi1", "loihi2"],
    )]
    pub board: String,
    /// What to know of time: count, pipeline or cycle; prints it beside what was recorded on Loihi
    #[arg(
        long,
        value_name = "count|pipeline|cycle",
        default_value = "count",
        value_parser = one_of(&FIDELITIES),
        hide_possible_values = true
    )]
    pub fidelity: Fidelity,
    /// Profile of that time: a built-in name or a .toml file; all built-in ones if absent
    #[arg(long, value_name = "NAME|FILE.toml")]
    pub profile: Vec<String>,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
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
