//! `seamount mesh`: traffic on the mesh alone, and replay of traces.

mod args;
mod report;

pub use args::{HELP, MeshArgs};

use crate::failure::{Failure, Kind};
use crate::screen::{self, Gauge, Waiting};
use report::{LoadReport, MeshSetting, PointReport, Points, ReplayReport, Search, curve_csv};
use seamount_mesh::{Config, LoadError, Mesh, Protocol, Rate, TraceError, TraceRow};
use seamount_mesh::{replay_rows, write_csv};
use seamount_session::files::same;
use seamount_session::files::{self, Outputs};
use serde::Serialize;
use std::fmt::Display;
use std::io::Write;
use std::path::Path;

/// Largest trace that is read, bytes.
const TRACE_BYTES_MAX: u64 = 1 << 30;
/// Latest cycle of creation: beyond it sums of cycles could overflow.
const CREATE_CYCLE_MAX: u64 = 1 << 48;
/// Largest sum of all buffers of a mesh, flits.
const BUFFERS_FLITS_MAX: u64 = 1 << 27;

/// Runs a load, a sweep, a search or a trace.
pub fn run(args: &MeshArgs, json: bool) -> Result<(), Failure> {
    let config = Config {
        width: args.width,
        height: args.height,
        buffer_depth_flits: args.buffer_depth,
        credit_delay_cycles: args.credit_delay,
        routing_delay_cycles: args.routing_delay,
        packet_flits: args.packet_flits,
        meshes: args.meshes,
    };
    let flits = u64::from(args.width) * u64::from(args.height) * 5 * u64::from(args.buffer_depth);
    if flits > BUFFERS_FLITS_MAX {
        let problem = format!("{flits} flits in all buffers, {BUFFERS_FLITS_MAX} are the most");
        return Err(Failure::usage("--buffer-depth", problem));
    }
    let mesh = Mesh::new(config).map_err(|e| Failure::usage("mesh", e))?;
    check_output(args)?;
    let task = &args.task;
    match (&task.replay, &task.sweep, task.rate) {
        (Some(trace), _, _) => replay(trace, args.out.as_deref(), &mesh, json),
        (_, Some(rates), _) => sweep(args, rates, &mesh, json),
        (_, _, Some(rate)) => one_load(args, rate, &mesh, json),
        _ => saturation(args, &mesh, json),
    }
}

/// Finds out before a long run whether its results can be written.
fn check_output(args: &MeshArgs) -> Result<(), Failure> {
    let Some(out) = &args.out else {
        return Ok(());
    };
    if args
        .task
        .replay
        .as_ref()
        .is_some_and(|trace| same(trace, out))
    {
        return Err(Failure::new(
            Kind::Usage,
            out.display(),
            ["is both read and written"],
        ));
    }
    Outputs::expect(&[out])
}

fn protocol(args: &MeshArgs) -> Protocol {
    let preset = args.protocol;
    Protocol {
        warmup_cycles: args.warmup.unwrap_or(preset.warmup_cycles),
        measure_cycles: args.cycles.unwrap_or(preset.measure_cycles),
        ..preset
    }
}

fn setting(args: &MeshArgs, mesh: &Mesh) -> MeshSetting {
    MeshSetting {
        mesh: *mesh.config(),
        traffic: args.traffic.name.clone(),
        seed: args.seed,
        protocol: protocol(args),
    }
}

fn load_failure(error: LoadError) -> Failure {
    match error {
        LoadError::Traffic(why) => Failure::usage("--traffic", why),
        other => Failure::usage("mesh", other),
    }
}

fn point(args: &MeshArgs, rate: Rate, mesh: &Mesh) -> Result<PointReport, Failure> {
    seamount_mesh::measure(mesh, args.traffic.pattern, rate, args.seed, protocol(args))
        .map(|point| PointReport::new(mesh, point))
        .map_err(load_failure)
}

fn one_load(args: &MeshArgs, rate: Rate, mesh: &Mesh, json: bool) -> Result<(), Failure> {
    let mut point = point(args, rate, mesh)?;
    let setting = setting(args, mesh);
    if let Some(out) = &args.out {
        let csv = curve_csv(&setting, std::slice::from_ref(&point));
        point.files = write(out, &csv)?;
    }
    let result = point;
    show(&LoadReport { setting, result }, json)
}

fn sweep(args: &MeshArgs, rates: &[Rate], mesh: &Mesh, json: bool) -> Result<(), Failure> {
    let bar = Gauge::new("loads");
    let total = rates.len() as u64;
    let points = (0..).zip(rates).map(|(done, &rate)| {
        bar.set(done, total);
        point(args, rate, mesh)
    });
    let mut result = Points {
        points: points.collect::<Result<_, _>>()?,
        files: vec![],
    };
    drop(bar);
    let setting = setting(args, mesh);
    if let Some(out) = &args.out {
        result.files = write(out, &curve_csv(&setting, &result.points))?;
    }
    show(&LoadReport { setting, result }, json)
}

fn saturation(args: &MeshArgs, mesh: &Mesh, json: bool) -> Result<(), Failure> {
    let waiting = Waiting::new("searching for the saturation");
    let found = seamount_mesh::saturation(mesh, args.traffic.pattern, args.seed, protocol(args));
    drop(waiting);
    let result = Search(found.map_err(load_failure)?);
    let setting = setting(args, mesh);
    show(&LoadReport { setting, result }, json)
}

fn replay(trace: &Path, out: Option<&Path>, mesh: &Mesh, json: bool) -> Result<(), Failure> {
    let text = files::text(trace, TRACE_BYTES_MAX)?;
    let rows = seamount_mesh::read_csv(&text).map_err(|e| Failure::input(trace, e))?;
    let lines = lines(&text);
    check_rows(&rows, &lines, mesh)
        .map_err(|found| Failure::new(Kind::Input, trace.display(), found))?;
    let replayed = replay_rows(*mesh.config(), &rows).map_err(|error| match error {
        TraceError::Config(why) => Failure::usage("mesh", why),
        TraceError::Packet { index, why } => {
            Failure::input(trace, format!("line {}: {why}", lines[index]))
        }
        other => Failure::input(trace, other),
    })?;
    let mut report = ReplayReport::new(mesh, trace, &rows, &replayed, &lines);
    let written = out.map_or(Ok(vec![]), |out| write(out, &write_csv(&replayed)));
    report.files = written.as_ref().map_or(vec![], Clone::clone);
    show(&report, json)?;
    written.map(|_| ())
}

/// Line of each row, as `read_csv` finds rows: blank lines and comments do not count, the first is
/// the header.
fn lines(text: &str) -> Vec<usize> {
    let lines = (1..).zip(text.lines());
    let kept = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    kept.map(|(number, _)| number).skip(1).collect()
}

/// Problems listed of a trace at most.
const PROBLEMS_MAX: usize = 20;

/// Nodes must exist, and cycles must be small enough to be added up.
fn check_rows(rows: &[TraceRow], lines: &[usize], mesh: &Mesh) -> Result<(), Vec<String>> {
    let nodes = mesh.nodes();
    let mut found = vec![];
    for (row, line) in rows.iter().zip(lines) {
        for (column, node) in [("src", row.src), ("dst", row.dst)] {
            if node >= nodes {
                found.push(format!(
                    "line {line}: {column} is {node}; the mesh has nodes 0 to {}",
                    nodes - 1
                ));
            }
        }
        if row.create_cycle > CREATE_CYCLE_MAX {
            let cycle = row.create_cycle;
            found.push(format!(
                "line {line}: create_cycle is {cycle}, {CREATE_CYCLE_MAX} is the largest"
            ));
        }
    }
    let more = found.len().saturating_sub(PROBLEMS_MAX);
    if more > 0 {
        found.truncate(PROBLEMS_MAX);
        found.push(format!("and {more} more problems"));
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn write(path: &Path, text: &str) -> Result<Vec<String>, Failure> {
    let mut outputs = Outputs::default();
    outputs.stage(path, |out| out.write_all(text.as_bytes()))?;
    outputs.commit()?;
    Ok(vec![path.display().to_string()])
}

fn show(report: &(impl Serialize + Display), json: bool) -> Result<(), Failure> {
    if json {
        screen::print_json(report)
    } else {
        screen::print(&report.to_string())
    }
}
