//! The command line of `seamount mesh`.

use crate::args::help;
use clap::Args;
use seamount_mesh::{Pattern, Protocol, Rate, TrafficError};
use seamount_systems::word::{Word, one_of};
use std::path::PathBuf;
use std::str::FromStr;

/// Help of `mesh`.
pub const HELP: &str = help!(
    "Examples: seamount mesh --traffic uniform --rate 0.3",
    "          seamount mesh --traffic transpose --sweep 0.02,0.06,0.1,0.14 --out curve.csv",
    "          seamount mesh --traffic hotspot27w17of80 --saturation --buffer-depth 4",
    "          seamount mesh --replay trace.csv --out timed.csv",
    "",
    "An input-buffered wormhole mesh of five-port routers, XY routes, one virtual channel; node y \
     * width + x.",
    "In an empty mesh a packet that visits R routers takes 3 R + 2 cycles (routing delay: + R; \
     each flit after",
    "the first: + 1). Cycle for cycle equal to BookSim 2.",
    "",
    "Traffic: a packet is made at each node and cycle with the chance --rate and goes to",
    "  uniform            any node              neighbour          (x + 1, y + 1), cyclic",
    "  transpose          (y, x); square only   tornado            almost half way round in x and \
     y",
    "  bitcomp            node N - 1 - n        alltoone27         node 27",
    "  hotspot27w17of80   node 27 with probability 17/80, else any other",
    "",
    "--rate prints one load: latency (mean, quantiles, histogram), accepted rate, busiest links.",
    "--sweep prints a table; with --out a CSV with the columns of the BookSim curves.",
    "--saturation looks for the load beyond which the mean latency passes the limit of the \
     protocol.",
    "Protocols: latency = 15,000 cycles to warm up, 15,000 measured, then until they arrive; \
     saturated if the",
    "mean passes 500 cycles; throughput = 9,000 and 9,000, whatever arrives. --warmup and \
     --cycles change them.",
    "",
    "--replay reads a CSV with columns src, dst, create_cycle (others are optional, in any \
     order), runs the",
    "packets through a cold mesh and writes \
     packet,src,dst,create_cycle,inject_cycle,eject_cycle,routers.",
    "inject_cycle: the head leaves the source; eject_cycle: the destination sees the tail. If the \
     file has these",
    "columns already, the command says how many packets moved in the same cycles.",
);

/// `mesh`
#[derive(Debug, Args)]
pub struct MeshArgs {
    /// Where packets go: uniform, transpose, bitcomp, neighbour, tornado, alltoone<N>,
    /// hotspot<N>w<W>of<S>
    #[arg(long, value_name = "PATTERN", default_value = "uniform")]
    pub traffic: NamedTraffic,
    /// What to do
    #[command(flatten)]
    pub task: MeshTask,
    /// Write the table of a load or a sweep, or the replayed trace, as CSV
    #[arg(long, value_name = "FILE.csv", conflicts_with = "saturation")]
    pub out: Option<PathBuf>,
    /// How long a load is run, and what counts
    #[arg(
        long,
        value_name = "NAME",
        default_value = "latency",
        value_parser = one_of(&PROTOCOLS),
    )]
    pub protocol: Protocol,
    /// Cycles measured; as the protocol has it if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 28))]
    pub cycles: Option<u64>,
    /// Cycles before measuring; as the protocol has it if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1 << 28))]
    pub warmup: Option<u64>,
    /// Seed of the traffic
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Routers in x
    #[arg(
        long,
        value_name = "N",
        default_value_t = 8,
        value_parser = clap::value_parser!(u16).range(1..=256),
    )]
    pub width: u16,
    /// Routers in y
    #[arg(
        long,
        value_name = "N",
        default_value_t = 8,
        value_parser = clap::value_parser!(u16).range(1..=256),
    )]
    pub height: u16,
    /// Flits an input of a router can hold
    #[arg(
        long,
        value_name = "FLITS",
        default_value_t = 8,
        value_parser = clap::value_parser!(u16).range(1..=2047),
    )]
    pub buffer_depth: u16,
    /// Cycles added to each credit between routers
    #[arg(
        long,
        value_name = "CYCLES",
        default_value_t = 0,
        value_parser = clap::value_parser!(u16).range(0..=58),
    )]
    pub credit_delay: u16,
    /// Cycles the head of a packet waits before it may ask for an output
    #[arg(
        long,
        value_name = "CYCLES",
        default_value_t = 0,
        value_parser = clap::value_parser!(u16).range(0..=58),
    )]
    pub routing_delay: u16,
    /// Physical meshes side by side: packets of a node take them in turn
    #[arg(
        long,
        value_name = "1|2",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=2),
    )]
    pub meshes: u16,
    /// Flits of a packet
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u16).range(1..=32767),
    )]
    pub packet_flits: u16,
}

/// What to do with the mesh: exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct MeshTask {
    /// Measure one load: packets per node and cycle, 0 to 1
    #[arg(long, value_name = "RATE")]
    pub rate: Option<Rate>,
    /// Measure these loads, and print a table
    #[arg(long, value_name = "RATE,RATE,...", value_delimiter = ',')]
    pub sweep: Option<Vec<Rate>>,
    /// Look for the largest load that the mesh can carry
    #[arg(long)]
    pub saturation: bool,
    /// Run the packets of a trace
    #[arg(
        long,
        value_name = "FILE.csv",
        conflicts_with_all = ["traffic", "protocol", "cycles", "warmup", "seed"],
    )]
    pub replay: Option<PathBuf>,
}

/// A pattern and the name it was given by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedTraffic {
    /// As written.
    pub name: String,
    /// Where packets go.
    pub pattern: Pattern,
}

impl FromStr for NamedTraffic {
    type Err = TrafficError;

    fn from_str(name: &str) -> Result<NamedTraffic, TrafficError> {
        Ok(NamedTraffic {
            name: name.into(),
            pattern: name.parse()?,
        })
    }
}

/// How long a load is run and what counts, by its flag.
const PROTOCOLS: [Word<Protocol>; 2] = [
    Word::new(
        "latency",
        "Until the packets measured have arrived",
        Protocol::LATENCY,
    ),
    Word::new(
        "throughput",
        "A fixed time, for loads beyond saturation",
        Protocol::THROUGHPUT,
    ),
];
