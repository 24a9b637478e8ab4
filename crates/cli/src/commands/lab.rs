//! `seamount lab`, `records`, `bench`, `demo`: experiments, run with a progress bar.

use crate::args::DemoArgs;
use crate::failure::Failure;
use crate::lab_args::LabArgs;
use crate::page_args::PageArgs;
use crate::screen::{self, Gauge};
use crate::signals::{self, Patience};
use seamount_report::{Page, told_cards};
use seamount_session::checkpoint::Checkpoint;
use seamount_session::files::{self, Outputs};
use seamount_session::{FailureKind, Remedy};
use seamount_study::FinishedParts;
use seamount_study::experiment::ReportForm;
use seamount_systems::bench::{Bench, BenchOptions};
use seamount_systems::eprop_pattern::{EpropPattern, PatternOptions};
use seamount_systems::records::{Records, RecordsOptions};
use seamount_systems::registry::{Finished, GoingOn, Prepared, With};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

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
    let mut paths: Vec<&Path> = paths.map(|path| path.as_path()).collect();
    let going_on = experiment.going_on();
    if let GoingOn::ByParts(options) = &going_on {
        paths.push(&options.path);
    }
    Outputs::expect(&paths)?;
    let kept = KeptWork::new(experiment, going_on)?;
    let bar = Gauge::new(experiment.counts());
    let finished = kept.run(experiment, form, json, &bar);
    drop(bar);
    let finished = finished?;
    match form {
        ReportForm::Text => screen::print(&finished.printed)?,
        // a file that cannot be written after this is no second document
        ReportForm::Json => screen::print_document(&finished.printed)?,
    }
    for file in &finished.files {
        Outputs::write_one(&file.path, |out| out.write_all(&file.bytes))?;
    }
    kept.save()?;
    page.write(|| {
        let (name, about) = experiment.titles();
        Page::new(name, about).with(told_cards(&finished.text, finished.pictures.clone()))
    })?;
    Ok(finished.passed)
}

/// How a run goes on if a signal cuts it off.
struct KeptWork {
    parts: Option<FinishedParts>,
    /// The file that holds what is finished, if any does.
    path: Option<PathBuf>,
    /// Held by the thread that ends the command.
    end: Mutex<()>,
}

impl KeptWork {
    fn new(experiment: &dyn Prepared, going_on: GoingOn) -> Result<KeptWork, Failure> {
        let mut kept = KeptWork {
            parts: None,
            path: None,
            end: Mutex::new(()),
        };
        match going_on {
            GoingOn::Never => {}
            GoingOn::WithFile => signals::last_words(
                "stopped by a signal; with --checkpoint FILE a run that is stopped can go on later\n",
            ),
            GoingOn::Itself(path) => kept.path = Some(path),
            GoingOn::ByParts(options) => {
                let checkpoint = Checkpoint::open(&options, experiment.depends_on())?;
                kept.parts = Some(FinishedParts::new(checkpoint, signals::is_asked)?);
                kept.path = Some(options.path);
            }
        }
        Ok(kept)
    }

    /// Runs; a signal ends the command at the next sign of progress, if what is finished is kept.
    fn run(
        &self,
        experiment: &dyn Prepared,
        form: ReportForm,
        json: bool,
        bar: &Gauge,
    ) -> Result<Finished, Failure> {
        let patience = self.path.as_ref().map(|_| Patience::new());
        let seen = |done, total| {
            bar.set(done, total);
            if signals::is_asked() {
                self.stop(done, total, json, bar);
            }
        };
        let mut progress = seamount_study::Progress::seen(&seen);
        if let Some(parts) = &self.parts {
            progress = progress.kept(parts);
        }
        let result = experiment.run(form, progress);
        drop(patience);
        result.map_err(failure)
    }

    /// Writes what is finished, says how to go on, and ends the command.
    fn stop(&self, done: u64, total: u64, json: bool, bar: &Gauge) {
        // whoever comes second waits for the end
        let _end = self.end.lock();
        bar.clear();
        let mut end = self.save();
        if end.is_ok() {
            let path = self.path.as_ref().map(|path| path.display().to_string());
            let lines = [
                format!(
                    "stopped by a signal after {done} of {total}; what is finished is in {}",
                    path.unwrap_or_default()
                ),
                "to go on: the same command with --resume".into(),
            ];
            end = Err(Failure::new(FailureKind::Interrupted, "lab", lines));
        }
        if let Err(failure) = end {
            files::abandon();
            let code = crate::report(&failure, json);
            std::process::exit(code.into());
        }
    }

    /// Writes what is finished.
    fn save(&self) -> Result<(), Failure> {
        self.parts.as_ref().map_or(Ok(()), FinishedParts::save)
    }
}

/// The failure of an experiment as whoever typed the command sees it: there is no flag that lets an
/// experiment ignore limits.
fn failure(failure: Failure) -> Failure {
    let remedy = failure.remedy.filter(|remedy| *remedy == Remedy::NameData);
    failure.named("lab").with_remedy(remedy)
}
