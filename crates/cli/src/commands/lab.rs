//! `seamount lab`, `bench`, `demo`: thin covers of the lab.

use crate::args::{DemoArgs, Experiment};
use crate::eprop_args::{EpropCueArgs, EpropEvidenceArgs, EpropPatternArgs};
use crate::failure::{Failure, Kind};
use crate::lab_args::{Asked, LabArgs};
use crate::screen::{self, Progress};
use seamount_compile::CompileError;
use seamount_session::files::Outputs;
use seamount_session::files::same;
use seamount_study::LabError;
use seamount_study::experiment::ReportForm;
use seamount_systems::bench::{Bench, BenchOptions};
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
        Experiment::EpropCue(args) => eprop_cue(args, json),
        Experiment::EpropPattern(args) => eprop_pattern(args, json),
        Experiment::EpropEvidence(args) => eprop_evidence(args, json),
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

fn eprop_cue(args: &EpropCueArgs, json: bool) -> Result<(), Failure> {
    let engine: seamount_systems::eprop_cue::Engine = args.engine.into();
    if args.learning_rate.is_some() && engine != seamount_systems::eprop_cue::Engine::Float {
        let problem =
            "only engine float has Adam's rate; those on the chip have integers, see --json";
        return Err(Failure::usage("--learning-rate", problem));
    }
    let defaults = seamount_systems::eprop_cue::EpropCueOptions::default();
    let options = seamount_systems::eprop_cue::EpropCueOptions {
        engine,
        data: args.data.clone(),
        files: args.train.clone().zip(args.test.clone()),
        seeds: u64::from(args.seeds),
        settings: seamount_systems::eprop_cue::CueSettings {
            epochs: args.epochs as usize,
            learning_rate: args
                .learning_rate
                .unwrap_or(defaults.settings.learning_rate),
            test_every_epoch: args.every_epoch,
            ..defaults.settings
        },
        threads: threads(args.threads),
    };
    show("networks trained", json, |progress| {
        seamount_systems::eprop_cue::run(&options, progress)
    })
}

/// Measures speed.
pub fn bench(options: &BenchOptions, json: bool) -> Result<(), Failure> {
    registered(&With::<Bench>(options.clone()), json)
}

/// Runs the demo.
pub fn demo(args: &DemoArgs, json: bool) -> Result<(), Failure> {
    let defaults = seamount_systems::eprop_pattern::PatternOptions::default();
    let options = seamount_systems::eprop_pattern::PatternOptions {
        seed: args.seed.unwrap_or(defaults.seed),
        sequences: args.sequences.map_or(defaults.sequences, |n| n as usize),
        ..defaults
    };
    pattern(&options, args.svg.as_deref(), json)
}

/// Learns, prints the report, draws it.
fn pattern(
    options: &seamount_systems::eprop_pattern::PatternOptions,
    svg: Option<&Path>,
    json: bool,
) -> Result<(), Failure> {
    if let (Some(case), Some(svg)) = (&options.case, svg)
        && same(case, svg)
    {
        return Err(Failure::new(
            Kind::Usage,
            svg.display(),
            ["is both read and written"],
        ));
    }
    Outputs::expect(svg.as_slice())?;
    let mut picture = String::new();
    let what = if options.float {
        "sequences (chip and float)"
    } else {
        "sequences"
    };
    show(what, json, |progress| {
        let report = seamount_systems::eprop_pattern::run(options, progress)?;
        picture = report.svg();
        Ok(report)
    })?;
    svg.map_or(Ok(()), |path| {
        Outputs::write_one(path, |out| out.write_all(picture.as_bytes()))
    })
}

fn eprop_pattern(args: &EpropPatternArgs, json: bool) -> Result<(), Failure> {
    let defaults = seamount_systems::eprop_pattern::PatternOptions::default();
    let options = seamount_systems::eprop_pattern::PatternOptions {
        case: args.case.clone(),
        seed: args.seed,
        sequences: args.sequences as usize,
        learning_rate: args.learning_rate.unwrap_or(defaults.learning_rate),
        symmetric: args.symmetric,
        float: !args.no_float,
        ..defaults
    };
    pattern(&options, args.svg.as_deref(), json)
}

fn eprop_evidence(args: &EpropEvidenceArgs, json: bool) -> Result<(), Failure> {
    let defaults = seamount_systems::eprop_evidence::EvidenceOptions::default();
    let (samples, test_every, tests) = (args.samples, args.test_every, args.tests);
    let halve_every = args.halve_every.unwrap_or(defaults.halve_every);
    let options = seamount_systems::eprop_evidence::EvidenceOptions {
        seed: args.seed,
        samples,
        test_every,
        tests,
        learning_rate: args.learning_rate.unwrap_or(defaults.learning_rate),
        readout_rate: args.readout_rate.unwrap_or(defaults.readout_rate),
        halve_every,
        ..defaults
    };
    if args.float {
        let (batch, rate) = (args.batch.unwrap_or(1), args.learning_rate.unwrap_or(5e-3));
        return show("samples", json, |progress| {
            seamount_systems::eprop_evidence::run_float(&options, batch, rate, progress)
        });
    }
    show("samples", json, |progress| {
        seamount_systems::eprop_evidence::run(&options, progress)
    })
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
        LabError::Session(failure) => failure.clone(),
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
