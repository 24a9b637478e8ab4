//! `seamount lab`, `records`, `bench`, `demo`: experiments, run with a progress bar.

use crate::args::DemoArgs;
use crate::failure::Failure;
use crate::lab_args::LabArgs;
use crate::page_args::PageArgs;
use crate::screen::{self, Progress};
use seamount_report::{Page, told_cards};
use seamount_session::files::Outputs;
use seamount_study::experiment::ReportForm;
use seamount_systems::bench::{Bench, BenchOptions};
use seamount_systems::eprop_pattern::{EpropPattern, PatternOptions};
use seamount_systems::records::{Records, RecordsOptions};
use seamount_systems::registry::{Prepared, With};
use std::io::Write as _;
use std::path::Path;

/// Runs an experiment.
pub fn run(args: &LabArgs, json: bool) -> Result<bool, Failure> {
    prepared(&*args.experiment.prepared, &args.page, json)
}

/// Compares with every record of silicon; whether all values are equal.
pub fn records(options: &RecordsOptions, json: bool) -> Result<bool, Failure> {
    prepared(
        &With::<Records>(options.clone()),
        &PageArgs::default(),
        json,
    )
}

/// Measures speed.
pub fn bench(options: &BenchOptions, json: bool) -> Result<bool, Failure> {
    prepared(&With::<Bench>(options.clone()), &PageArgs::default(), json)
}

/// Runs the demo: pattern generation, learned on the chip.
pub fn demo(args: &DemoArgs, json: bool) -> Result<bool, Failure> {
    let defaults = PatternOptions::default();
    let options = PatternOptions {
        seed: args.seed.unwrap_or(defaults.seed),
        sequences: args.sequences.unwrap_or(defaults.sequences),
        svg: args.svg.clone(),
        ..defaults
    };
    prepared(&With::<EpropPattern>(options), &PageArgs::default(), json)
}

/// Checks an experiment, runs it with a progress bar, prints its report, writes its files; whether
/// it passed, where it is a test.
fn prepared(experiment: &dyn Prepared, page: &PageArgs, json: bool) -> Result<bool, Failure> {
    let form = if json {
        ReportForm::Json
    } else {
        ReportForm::Text
    };
    experiment.check(form).map_err(failure)?;
    let paths = experiment.outputs();
    let paths = paths.iter().chain(&page.html);
    let paths: Vec<&Path> = paths.map(|path| path.as_path()).collect();
    Outputs::expect(&paths)?;
    let bar = Progress::new(experiment.counts());
    let result = experiment.run(form, &|done, total| bar.set(done, total));
    drop(bar);
    let finished = result.map_err(failure)?;
    match form {
        ReportForm::Text => screen::print(&finished.printed)?,
        // a file that cannot be written after this is no second document
        ReportForm::Json => screen::print_document(&finished.printed)?,
    }
    for file in &finished.files {
        Outputs::write_one(&file.path, |out| out.write_all(&file.bytes))?;
    }
    page.write(|| {
        let (name, about) = experiment.titles();
        Page::new(name, about).with(told_cards(&finished.text, finished.pictures.clone()))
    })?;
    Ok(finished.passed)
}

/// The failure of an experiment as whoever typed the command sees it: there is no flag that lets an
/// experiment ignore limits.
fn failure(failure: Failure) -> Failure {
    failure.named("lab").with_remedy(None)
}
