//! `seamount compile`

use crate::failure::{Failure, Kind};
use crate::form_args;
use crate::import_args::SourceArgs;
use crate::screen::{self, Gauge, Waiting};
use clap::Args;
use seamount::{CompileOptions, Compiled, Events, IntegerNetwork, LimitPolicy, NetworkFile};
use seamount_session::files::{self, Outputs};
use seamount_session::{
    CompilationReport, Optimised, TrafficRun, place_by_packets, profile, read_placement,
};
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// `compile`
#[derive(Debug, Args)]
pub struct CompileArgs {
    #[arg(value_name = form_args::NETWORK.as_str(), help = form_args::forms())]
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
    /// Run the network, count its packets, and place the cores by them; says hops, congestion and
    /// the step's time before and after
    #[arg(long, conflicts_with = "placement")]
    pub optimise_placement: bool,
    /// Steps of that run; 100 if absent
    #[arg(
        long,
        value_name = "N",
        requires = "optimise_placement",
        value_parser = clap::value_parser!(u64).range(1..=1 << 24),
    )]
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

/// Compiles a network and writes its image.
pub fn run(args: &CompileArgs, json: bool) -> Result<(), Failure> {
    let outputs: Vec<&Path> = [
        Some(&args.output),
        args.export_placement.as_ref(),
        args.report.as_ref(),
        args.quantise_report.as_ref(),
    ]
    .into_iter()
    .flatten()
    .map(AsRef::as_ref)
    .collect();
    if let Some(path) = outputs.iter().find(|o| files::same(o, &args.network)) {
        return Err(Failure::new(
            Kind::Usage,
            path.display(),
            ["is both read and written"],
        ));
    }
    Outputs::expect(&outputs)?;
    let network = read(args)?;
    let options = options(args)?;
    // Which arrays the network names is known only now.
    Outputs::expect(&outputs)?;
    let given = args.placement.as_deref().unwrap_or(&args.network);
    let waiting = Waiting::new("compiling");
    let mut compiled = network.compile_placed(&options, given)?;
    drop(waiting);
    let optimised = if args.optimise_placement {
        Some(optimise(args, &network, &options, &mut compiled)?)
    } else {
        None
    };
    let limits = if args.ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    };
    let checked = network.placed(&compiled, &options.board).prove(limits)?;
    let bytes = checked.image().to_bytes();
    write(args, &network, &compiled, &bytes)?;
    let mut report = CompilationReport::new(&network, &compiled, &checked);
    report.image = args.output.display().to_string();
    report.bytes = bytes.len() as u64;
    report.optimised = optimised;
    super::say_warnings(report.warnings());
    if json {
        screen::print_json(&report.data())
    } else {
        screen::print(&report.to_string())
    }
}

/// The options of the compiler that the flags ask for.
fn options(args: &CompileArgs) -> Result<CompileOptions, Failure> {
    let mut options = CompileOptions::new(args.source.options().board_or_default());
    options.ignore_limits = args.ignore_limits;
    options.placement = args.placement.as_deref().map(read_placement).transpose()?;
    options.seed = args.seed.unwrap_or(options.seed);
    Ok(options)
}

/// Places the cores anew by the packets of a run.
fn optimise(
    args: &CompileArgs,
    network: &IntegerNetwork,
    options: &CompileOptions,
    compiled: &mut Compiled,
) -> Result<Optimised, Failure> {
    let profile = profile(args.profile.as_deref().unwrap_or("davies2018"))?;
    let steps = args.traffic_steps.unwrap_or(100);
    let run = TrafficRun::new(steps, Events::files(&args.traffic_input), profile);
    let progress = Gauge::new("steps");
    place_by_packets(network, options, compiled, &run, &mut |piece| {
        progress.set(piece.done, piece.steps);
        ControlFlow::Continue(())
    })
}

/// Reads the network, and finds out whether there will be something to report.
fn read(args: &CompileArgs) -> Result<IntegerNetwork, Failure> {
    let network = NetworkFile::read(&args.network)?.network(&args.source.options())?;
    if args.quantise_report.is_some() && network.quantise.is_none() {
        let problem = "nothing to report: only a float graph (.nir) is quantised";
        return Err(Failure::usage("--quantise-report", problem));
    }
    Ok(network)
}

fn write(
    args: &CompileArgs,
    network: &IntegerNetwork,
    compiled: &Compiled,
    bytes: &[u8],
) -> Result<(), Failure> {
    let mut outputs = Outputs::default();
    outputs.stage(&args.output, |out| out.write_all(bytes))?;
    if let Some(path) = &args.export_placement {
        outputs.stage(path, |out| {
            writeln!(out, "{}", compiled.placement.to_json())
        })?;
    }
    if let Some(path) = &args.report {
        outputs.stage(path, |out| {
            let mut report = serde_json::to_value(&compiled.report)?;
            if let (Some(fields), Some(quantise)) = (report.as_object_mut(), &network.quantise) {
                fields.insert("quantise".into(), serde_json::to_value(quantise)?);
            }
            serde_json::to_writer_pretty(&mut *out, &report)?;
            writeln!(out)
        })?;
    }
    if let (Some(path), Some(report)) = (&args.quantise_report, &network.quantise) {
        outputs.stage(path, |out| {
            if path.extension().is_some_and(|e| e == "json") {
                serde_json::to_writer_pretty(&mut *out, report)?;
                writeln!(out)
            } else {
                writeln!(out, "{report}")
            }
        })?;
    }
    outputs.commit()
}
