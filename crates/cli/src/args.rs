//! The command line: every command, flag and help text.

use crate::commands::compile::CompileArgs;
use crate::commands::convert::ConvertArgs;
use crate::commands::data::{self, DataArgs};
use crate::commands::eval::{self, EvalArgs};
use crate::commands::inspect::InspectArgs;
use crate::commands::mesh::{self, MeshArgs};
use crate::commands::microcode::{AsmArgs, DisasmArgs, ProgramsArgs};
use crate::commands::run::{self, RunArgs};
use crate::commands::trace::TraceArgs;
use crate::commands::validate::{self, ValidateArgs};
use crate::compare_args::{self, CompareArgs};
use crate::lab_args::LabArgs;
use clap::{Args, Parser, Subcommand};
use seamount_study::chart::PICTURE_FILE;
use seamount_study::experiment::Experiment as _;
use seamount_systems::bench::{Bench, BenchOptions};
use seamount_systems::records::{Records, RecordsOptions};
use std::path::PathBuf;

/// Help on exit codes, shown below every command's long help.
macro_rules! help {
    ($($example:literal),* $(,)?) => {
        concat!($($example, "\n",)* "\n",
            "Exit codes: 0 ok; 1 the input is wrong (all findings on stderr); 2 wrong usage;\n",
            "3 the network does not fit the chip, or memory is too short; 4 a file cannot be read or written;\n",
            "130 a run was stopped by Ctrl-C, and what it had done is written.\n",
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
    /// Most memory the command may use, as 8G, 512M or bytes; default: 3/4 of what is free
    #[arg(long, global = true, value_name = "SIZE", value_parser = memory_size)]
    pub max_memory: Option<u64>,
    /// What to do; the demo if absent
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Least memory that can be given: what the command needs to say anything.
const MEMORY_MIN: u64 = 16 << 20;

/// A number of bytes, with K, M or G for powers of 1,024.
pub fn memory_size(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.to_ascii_uppercase().strip_suffix(['K', 'M', 'G']) {
        None => (text.to_string(), 1),
        Some(number) => {
            let unit = match text.as_bytes()[text.len() - 1].to_ascii_uppercase() {
                b'K' => 1 << 10,
                b'M' => 1 << 20,
                _ => 1 << 30,
            };
            (number.to_string(), unit)
        }
    };
    let bytes = number.parse::<u64>().ok().and_then(|n| n.checked_mul(unit));
    match bytes {
        Some(bytes) if bytes >= MEMORY_MIN => Ok(bytes),
        _ => Err("wanted a number with K, M or G, at least 16M".into()),
    }
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
    /// Write a network as a graph of NIR, with the integers that the chip runs
    #[command(after_long_help = help!(
        "Example: seamount convert net.json -o net.nir --dt 1e-3",
        "The unit of v is 64: a threshold is its mantissa, a weight its mantissa times two to its exponent. \
         Everything",
        "that NIR cannot say (several compartments, learning, noise, programs, ...) is refused at once."))]
    Convert(Box<ConvertArgs>),
    /// Show what an image (or a network, compiled on the fly) is made of
    #[command(after_long_help = help!(
        "Example: seamount inspect net.img --core 0 --memory",
        "Per core: what is used of every limit, registers, profiles, formats, axons, populations.",
        "--memory disassembles the synapse lists: format, target, weight, delay of every synapse."))]
    Inspect(InspectArgs),
    /// Run an image (or a network, compiled on the fly) and say what it cost
    #[command(after_long_help = run::HELP)]
    Run(Box<RunArgs>),
    /// Show a data set to a network: accuracy, operations, energy and time of each inference
    #[command(after_long_help = eval::HELP)]
    Eval(Box<EvalArgs>),
    /// Float reference beside the chip, or chip beside chip: where they part, and how far
    #[command(after_long_help = compare_args::HELP)]
    Compare(CompareArgs),
    /// A learning rule on the chip beside its meaning in real numbers, judged by stated tolerances
    #[command(after_long_help = validate::HELP)]
    Validate(ValidateArgs),
    /// Data sets of others: where they come from, downloads with checksums
    #[command(after_long_help = data::HELP)]
    Data(DataArgs),
    /// Published experiments, rebuilt and compared with what was recorded on silicon
    #[command(after_long_help = help!("Example: seamount lab lsnn-smnist --data loihi-lsnn-smnist --count 100"))]
    Lab(LabArgs),
    /// Every public record of Loihi silicon at hand, beside this emulator, value by value
    #[command(after_long_help = format!("{}\n{}", Records::HELP, help!()))]
    Records(RecordsOptions),
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
    /// Write a man page for every command into a folder
    #[command(after_long_help = help!("Example: seamount manual man1"))]
    Manual {
        /// The folder, which must be there
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Print a completion script for a shell
    #[command(after_long_help = help!("Example: seamount completions bash > seamount.bash"))]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
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
    #[arg(long, value_name = PICTURE_FILE)]
    pub svg: Option<PathBuf>,
}
