//! The command `seamount-mpi`: one network on many ranks, started by `mpiexec`.
//!
//! Rank 0 is the command: it reads files and prints, by the code of `seamount run`. All others
//! serve it. If a rank panics, it ends the others too; if it is killed, `mpiexec` does.
//!
//! What this program does *not* know: how anything is computed, and what ranks say to each other.

mod transport;

use clap::{Args, Parser, Subcommand, ValueEnum};
use mpi::Threading;
use mpi::topology::{Communicator, SimpleCommunicator};
use seamount::LimitPolicy;
use seamount_cli::{RunArgs, memory_size, prepare, report, run_on};
use seamount_network::memory;
use seamount_session::{
    Division, DivisionKind, Failure, NetworkFile, RunsNetwork, SourceOptions, SpreadChip,
    dismiss_ranks, serve,
};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use transport::Mpi;

/// Run one network on many ranks: mpiexec -n 4 seamount-mpi run net.img --steps 100
#[derive(Debug, Parser)]
#[command(name = "seamount-mpi", version)]
struct MpiArgs {
    /// Print results (and errors) as JSON on standard output
    #[arg(long, global = true)]
    json: bool,
    /// Most memory a rank may use, as 8G, 512M or bytes; default: its share of 3/4 of what is free
    #[arg(long, global = true, value_name = "SIZE", value_parser = memory_size)]
    max_memory: Option<u64>,
    #[command(subcommand)]
    command: MpiCommand,
}

#[derive(Debug, Subcommand)]
enum MpiCommand {
    /// Run an image or a network; the same options, files and results as `seamount run`
    Run(Box<SpreadRunArgs>),
    /// Show which share of the packets each way to divide a network cuts; needs no other rank
    Cut(CutArgs),
}

#[derive(Debug, Args)]
struct SpreadRunArgs {
    /// How cores are given to ranks; results do not depend on it
    #[arg(long, value_name = "HOW", default_value = "least-cut")]
    divide: Divide,
    /// Say on standard error what the exchanges of each rank came to
    #[arg(long)]
    exchanges: bool,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Args)]
struct CutArgs {
    /// The image or network
    file: PathBuf,
    /// Numbers of ranks
    #[arg(
        long,
        value_name = "N,..",
        value_delimiter = ',',
        default_value = "2,4,8"
    )]
    ranks: Vec<usize>,
}

/// How cores are given to ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Divide {
    /// Consecutive cores of about equally many compartments.
    Runs,
    /// Cores that exchange much come to one rank.
    LeastCut,
}

impl Divide {
    fn kind(self) -> DivisionKind {
        match self {
            Divide::Runs => DivisionKind::Runs,
            Divide::LeastCut => DivisionKind::LeastCut,
        }
    }
}

fn main() -> ExitCode {
    let Some((universe, _)) = mpi::initialize_with_threading(Threading::Funneled) else {
        eprintln!("MPI: cannot be initialised");
        return ExitCode::FAILURE;
    };
    // who waits for a rank that panics would wait for ever
    let say = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        say(info);
        SimpleCommunicator::world().abort(101);
    }));
    let world = universe.world();
    let sharing = world.split_shared(0).size().max(1) as u64;
    let mut transport = Mpi::new(world.duplicate());
    let args = MpiArgs::try_parse();
    let given = args.as_ref().ok().and_then(|args| args.max_memory);
    let share = memory::share_of_machine().map(|bytes| bytes / sharing);
    let limit = given.or(share);
    if world.rank() != 0 {
        if let Some(bytes) = limit {
            memory::set_limit(bytes);
        }
        return match serve(&mut transport) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => ExitCode::from(report(&failure, false)),
        };
    }
    match args {
        Ok(args) => match lead(&args, limit, transport) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => ExitCode::from(report(&failure, args.json)),
        },
        Err(error) => {
            dismiss_ranks(&mut transport);
            // help and version are no errors
            let _ = error.print();
            ExitCode::from(if error.use_stderr() { 2 } else { 0 })
        }
    }
}

/// Does the command as rank 0.
fn lead(args: &MpiArgs, memory: Option<u64>, transport: Mpi) -> Result<(), Failure> {
    let mut transport = Some(transport);
    let done = prepare(memory).and_then(|()| match &args.command {
        MpiCommand::Run(run) => spread(run, args.json, &mut transport),
        MpiCommand::Cut(cut) => cuts(cut),
    });
    // whoever had no use for the others lets them go
    if let Some(transport) = &mut transport {
        dismiss_ranks(transport);
    }
    done
}

/// Runs a network on all ranks.
fn spread(args: &SpreadRunArgs, json: bool, transport: &mut Option<Mpi>) -> Result<(), Failure> {
    if args.run.threads != 1 {
        let problem = "a rank is one thread: start more ranks instead";
        return Err(Failure::option("threads", problem));
    }
    let waited = transport.as_ref().map(Mpi::clock).unwrap_or_default();
    let load = |placed, limits| {
        let transport = transport.take().expect("one network is loaded");
        SpreadChip::load(placed, limits, args.divide.kind(), transport)
    };
    run_on(&args.run, json, load, |chip| {
        if args.exchanges {
            exchanges(chip, waited.get());
        }
    })
}

/// Says what the exchanges of each rank came to, a step on average.
fn exchanges(chip: &SpreadChip<Mpi>, waited: Duration) {
    eprintln!("{}", chip.division());
    let steps = chip.step().max(1) as f64;
    let each = waited.as_secs_f64() * 1e6 / steps;
    eprintln!("rank 0: {each:.2} us a step to send and to wait");
    for (rank, cost) in chip.exchange_costs().iter().enumerate() {
        eprintln!(
            "rank {rank}: {} cores, {} neighbours; a step {:.1} packets, {:.0} bytes",
            chip.division().cores(rank).len(),
            chip.division().neighbours(rank).len(),
            cost.packets as f64 / steps,
            cost.bytes as f64 / steps
        );
    }
}

/// Shows what each way to divide a network cuts.
fn cuts(args: &CutArgs) -> Result<(), Failure> {
    let file = NetworkFile::read(&args.file)?;
    let limits = LimitPolicy::Enforce;
    let placed = file.image(&SourceOptions::default(), limits)?;
    for &ranks in &args.ranks {
        for (name, kind) in [
            ("runs", DivisionKind::Runs),
            ("least-cut", DivisionKind::LeastCut),
        ] {
            let division = Division::new(&placed.image, ranks, kind);
            let division = division.map_err(|error| Failure::option("ranks", error))?;
            println!("{name:<10} {division}");
        }
    }
    Ok(())
}
