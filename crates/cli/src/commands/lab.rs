//! `seamount lab`, `bench`, `demo`: thin covers of the lab.

use super::imported;
use super::systems;
use crate::args::{DemoArgs, Experiment, LsnnArgs};
use crate::failure::{Failure, Kind};
use crate::lab_args::{Asked, LabArgs};
use crate::screen::{self, Progress};
use seamount_compile::CompileError;
use seamount_session::files::Outputs;
use seamount_study::LabError;
use seamount_study::experiment::ReportForm;
use seamount_systems::bench::{Bench, BenchOptions};
use seamount_systems::eprop_pattern::{EpropPattern, PatternOptions};
use seamount_systems::registry::{Prepared, With};
use serde::Serialize;
use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Runs an experiment.
pub fn run(args: &LabArgs, json: bool) -> Result<(), Failure> {
    let experiment = match &args.experiment {
        Asked::Registered(_, prepared) => return registered(&**prepared, json),
        Asked::Other(experiment) => &**experiment,
    };
    match experiment {
        Experiment::LsnnSmnist(args) => lsnn(args, json),
        Experiment::NetxPilotnet(args) => imported::pilotnet(args, json),
        Experiment::NetxPilotnetSdnn(args) => imported::pilotnet_sdnn(args, json),
        Experiment::NetxMnist(args) => imported::mnist(args, json),
        Experiment::NirLif(args) => imported::lif(args, json),
        Experiment::NirBraille(args) => imported::braille(args, json),
        Experiment::NirCnn(args) => imported::cnn(args, json),
        Experiment::QifMnist(args) => super::qif::run(args, json),
        Experiment::SrnnEcg(args) => systems::ecg(args, json),
        Experiment::Ahp(args) => systems::ahp(args, json),
        Experiment::SrnnSmnist(args) => systems::smnist(args, json),
    }
}

/// Runs an experiment of the registry: checks, runs with a progress bar, prints the report, writes
/// its files.
fn registered(prepared: &dyn Prepared, json: bool) -> Result<(), Failure> {
    let form = if json {
        ReportForm::Json
    } else {
        ReportForm::Text
    };
    prepared.check(form).map_err(failure)?;
    let paths = prepared.outputs();
    let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    Outputs::expect(&paths)?;
    let bar = Progress::new(prepared.counts());
    let result = prepared.run(form, &|done, total| bar.set(done, total));
    drop(bar);
    let finished = result.map_err(failure)?;
    screen::print(&finished.printed)?;
    for file in &finished.files {
        Outputs::write_one(&file.path, |out| out.write_all(&file.bytes))?;
    }
    Ok(())
}

fn lsnn(args: &LsnnArgs, json: bool) -> Result<(), Failure> {
    let options = seamount_systems::lsnn::LsnnOptions {
        data: args.data.clone(),
        mnist: args.mnist.clone(),
        indices: args.indices.clone(),
        count: args.count,
        ablate_ahp: args.ablate_ahp,
        board: args.board.clone(),
        fidelity: args.fidelity,
        profiles: seamount_session::profiles(&args.profile)?,
        threads: threads(args.threads),
    };
    show("images", json, |progress| {
        seamount_systems::lsnn::run(&options, progress)
    })
}

/// Measures speed.
pub fn bench(options: &BenchOptions, json: bool) -> Result<(), Failure> {
    registered(&With::<Bench>(options.clone()), json)
}

/// Runs the demo: pattern generation, learned on the chip.
pub fn demo(args: &DemoArgs, json: bool) -> Result<(), Failure> {
    let defaults = PatternOptions::default();
    let options = PatternOptions {
        seed: args.seed.unwrap_or(defaults.seed),
        sequences: args.sequences.unwrap_or(defaults.sequences),
        svg: args.svg.clone(),
        ..defaults
    };
    registered(&With::<EpropPattern>(options), json)
}

/// All the threads there are unless told.
pub fn threads(told: Option<u16>) -> usize {
    told.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        usize::from,
    )
}

/// Runs with a progress bar, then prints the report.
pub fn show<R: Serialize + Display>(
    what: &str,
    json: bool,
    run: impl FnOnce(seamount_study::Progress) -> Result<R, LabError>,
) -> Result<(), Failure> {
    let bar = Progress::new(what);
    let result = run(&|done, total| bar.set(done, total));
    drop(bar);
    let report = result.map_err(failure)?;
    if json {
        return screen::print_json(&report);
    }
    let text = report.to_string();
    screen::print(&if text.ends_with('\n') {
        text
    } else {
        text + "\n"
    })
}

/// What the lab's error is to the caller.
pub fn failure(error: LabError) -> Failure {
    match &error {
        LabError::File { path, problem } => {
            let kind = if path.is_file() {
                Kind::Input
            } else {
                Kind::Io
            };
            Failure::new(kind, path.display(), [problem])
        }
        LabError::Files { folder, problems } => {
            let all_read = problems
                .iter()
                .all(|p| matches!(p, LabError::File { path, .. } if path.is_file()));
            Failure::new(
                if all_read { Kind::Input } else { Kind::Io },
                folder.display(),
                problems,
            )
        }
        LabError::Missing { .. } => Failure::new(Kind::Io, "lab", [error]),
        LabError::Usage { flag, problem } => Failure::usage(flag, problem),
        LabError::Option(_) => Failure::usage("lab", error),
        LabError::Compile(CompileError::Limits(limits)) => {
            Failure::new(Kind::Limits, "lab", limits)
        }
        LabError::Compile(_) | LabError::Image(_) => Failure::new(Kind::Input, "lab", [error]),
    }
}
