//! `seamount compile`

use crate::failure::{Failure, Kind};
use crate::import_args::SourceArgs;
use crate::screen::{self, Progress};
use clap::Args;
use seamount_compile::{
    CompileOptions, CompileReport, Compiled, Placement, RuleReport, rule_reports,
};
use seamount_image::{Image, LimitPolicy};
use seamount_session::files::{self, Outputs};
use seamount_session::words::{bar, count, plural};
use seamount_session::{
    Events, IntegerNetwork, NetworkFile, Optimised, TrafficRun, place_by_packets, profile,
};
use seamount_spec::Board;
use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

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

/// Largest placement that is read, bytes.
const PLACEMENT_BYTES_MAX: u64 = 1 << 28;

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
    let given = args.placement.as_deref().unwrap_or(&args.network);
    let mut compiled = network.compile_placed(&options, given)?;
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
    say_warnings(checked.image());
    let breaches: Vec<String> = compiled.breaches.iter().map(ToString::to_string).collect();
    if json {
        return screen::print_json(&serde_json::json!({
            "network": network.netlist.name,
            "image": args.output.display().to_string(),
            "bytes": bytes.len(),
            "fingerprint": format!("{:016x}", checked.fingerprint()),
            "report": compiled.report,
            "optimised": optimised,
            "quantise": network.quantise,
            "limits_broken": breaches,
        }));
    }
    let mut out = text(&network.netlist.name, &compiled.report, &options.board);
    if let Some(optimised) = &optimised {
        out += &optimised.to_string();
    }
    if let Some(report) = &network.quantise {
        let _ = writeln!(out, "quantised: {report}");
    }
    out += &rules(&compiled.report.learning);
    for note in &compiled.report.notes {
        let _ = writeln!(out, "note: {note}");
    }
    for breach in &breaches {
        let _ = writeln!(out, "beyond the chip: {breach}");
    }
    let size = plural(bytes.len() as u64, "byte");
    let _ = writeln!(out, "wrote {} ({size})", args.output.display());
    screen::print(&out)
}

/// The options of the compiler that the flags ask for.
fn options(args: &CompileArgs) -> Result<CompileOptions, Failure> {
    let mut options = CompileOptions::new(args.source.options().board_or_default());
    options.ignore_limits = args.ignore_limits;
    options.placement = args.placement.as_deref().map(placement).transpose()?;
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
    let progress = Progress::new("steps");
    place_by_packets(network, options, compiled, &run, &mut |piece| {
        progress.set(piece.done, piece.steps);
        ControlFlow::Continue(())
    })
}

/// Says what the compiler warns of in the learning rules of an image.
pub fn say_warnings(image: &Image) {
    for warning in rule_reports(image).iter().flat_map(|r| &r.warnings) {
        screen::say(&format!("warning: {warning}\n"));
    }
}

/// The learning rules, disassembled.
pub fn rules(reports: &[RuleReport]) -> String {
    let mut out = String::new();
    for report in reports {
        let _ = writeln!(
            out,
            "  learning rule '{}' ({}):",
            report.name,
            plural(u64::from(report.products), "product")
        );
        report
            .rules
            .iter()
            .for_each(|rule| out += &format!("    {rule}\n"));
        report
            .warnings
            .iter()
            .for_each(|warning| out += &format!("    warning: {warning}\n"));
    }
    out
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

fn placement(path: &Path) -> Result<Placement, Failure> {
    let text = files::text(path, PLACEMENT_BYTES_MAX)?;
    serde_json::from_str(&text).map_err(|e| {
        Failure::input(
            path,
            format!("line {}, column {}: {e}", e.line(), e.column()),
        )
    })
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

fn text(name: &str, report: &CompileReport, board: &Board) -> String {
    let mut out = String::new();
    let cores = plural(u64::from(board.cores()), "core");
    let _ = writeln!(
        out,
        "network '{name}' on board {}: {} of {cores}",
        board.name,
        report.cores.len()
    );
    let _ = writeln!(out, "  fullest core          used of available");
    for usage in report.usage_max() {
        let bar = bar(usage.used, usage.available);
        let _ = writeln!(
            out,
            "  {:<22}{:>7} of {:>7}  {bar}",
            usage.resource,
            count(usage.used),
            count(usage.available)
        );
    }
    let s = &report.synapses;
    let stored = &s.stored;
    let _ = writeln!(
        out,
        "  synapses              {} written; {} contribute nothing and were dropped; {} rounded \
         to their format",
        count(s.written),
        count(s.dropped),
        count(s.rounded)
    );
    let _ = writeln!(
        out,
        "  stored                {} sparse, {} run-length, {} dense",
        count(stored.sparse),
        count(stored.run_length),
        count(stored.dense)
    );
    if stored.generated > 0 {
        let _ = writeln!(
            out,
            "  made from seeds       {} synapses, in no memory",
            count(stored.generated)
        );
    }
    let p = &report.placement;
    let _ = writeln!(
        out,
        "  placement             {} hops if every output axon fired once (first try {})",
        count(p.hops),
        count(p.hops_greedy)
    );
    out
}
