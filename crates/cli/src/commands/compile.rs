//! `seamount compile`

use crate::args::CompileArgs;
use crate::failure::{Failure, Kind};
use crate::files::{self, Outputs};
use crate::network::{self, Network};
use crate::optimise;
use crate::screen;
use crate::words::{count, plural};
use seamount_compile::{
    CompileOptions, CompileReport, Compiled, Placement, RuleReport, rule_reports,
};
use seamount_image::Image;
use seamount_spec::Board;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

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
    if let Some(path) = outputs.iter().find(|o| super::run::same(o, &args.network)) {
        return Err(Failure::new(
            Kind::Usage,
            path.display(),
            ["is both read and written"],
        ));
    }
    Outputs::expect(&outputs)?;
    let network = read(args)?;
    let board = network::board(&args.source)?;
    let placement = args.placement.as_deref().map(placement).transpose()?;
    let defaults = CompileOptions::default();
    let (ignore_limits, seed) = (args.ignore_limits, args.seed.unwrap_or(defaults.seed));
    let options = CompileOptions {
        board,
        ignore_limits,
        placement,
        seed,
        ..defaults
    };
    let mut compiled =
        network::compile(&args.network, &network, &options, args.placement.as_deref())?;
    let optimised = if args.optimise_placement {
        Some(optimise::run(args, &network, &options, &mut compiled)?)
    } else {
        None
    };
    let policy = network::policy(args.ignore_limits);
    let checked = network::prove(
        &args.network,
        compiled.image.clone(),
        &options.board,
        policy,
    )?;
    let bytes = checked.image().to_bytes();
    write(args, &network, &compiled, &bytes)?;
    say_warnings(checked.image());
    let breaches: Vec<String> = compiled.breaches.iter().map(ToString::to_string).collect();
    if json {
        let image = args.output.display().to_string();
        let fingerprint = format!("{:016x}", checked.fingerprint());
        return screen::print_json(&serde_json::json!({
            "network": network.netlist.name, "image": image, "bytes": bytes.len(), "fingerprint": fingerprint,
            "report": compiled.report, "optimised": optimised, "quantise": network.quantise, "limits_broken": breaches,
        }));
    }
    let mut out = text(&network.netlist.name, &compiled.report, &options.board);
    if let Some(optimised) = &optimised {
        out += &optimised.text();
    }
    if let Some(report) = &network.quantise {
        let _ = writeln!(out, "quantised: {report}");
    }
    out += &rules(&compiled.report.learning);
    compiled
        .report
        .notes
        .iter()
        .for_each(|note| out += &format!("note: {note}\n"));
    breaches
        .iter()
        .for_each(|b| out += &format!("beyond the chip: {b}\n"));
    let _ = writeln!(
        out,
        "wrote {} ({})",
        args.output.display(),
        plural(bytes.len() as u64, "byte")
    );
    screen::print(&out)
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
fn read(args: &CompileArgs) -> Result<Network, Failure> {
    let network = network::network(&args.network, &args.source)?;
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
    network: &Network,
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
        let bar = crate::words::bar(usage.used, usage.available);
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
        "  synapses              {} written; {} contribute nothing and were dropped; {} rounded to their format",
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
