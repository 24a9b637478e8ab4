//! `seamount eval`

mod args;

pub use args::{EvalArgs, HELP};

use crate::commands::run::Switch;
use crate::failure::{Failure, Kind};
use crate::screen::{self, Gauge};
use crate::signals::Patience;
use seamount::{LimitPolicy, NetworkFile};
use seamount_report::{Page, evaluation_cards};
use seamount_session::eval::{EvalData, EvalOptions, EvalReport, RowsForm, evaluate, write_rows};
use seamount_session::files::{Outputs, same};
use seamount_session::profiles;
use seamount_study::experiment::threads;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Shows a data set to a network.
pub fn run(args: &EvalArgs, json: bool) -> Result<(), Failure> {
    check_files(args)?;
    let options = options(args)?;
    let limits = if args.ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    };
    let file = NetworkFile::read(&args.file.file)?;
    let placed = file.image(&args.source.options(), limits)?;
    let labels = args.labels.as_deref();
    let data = EvalData::read(&args.dataset, args.samples.as_deref(), labels)?;
    let bar = Gauge::new("samples");
    let patience = Patience::new();
    let mut reached = (0, 0);
    let evaluation = evaluate(placed, limits, &data, &options, &mut |done, all| {
        bar.set(done, all);
        reached = (done, all);
        match patience.is_asked() && done < all {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    drop(bar);
    drop(patience);
    let Some(evaluation) = evaluation else {
        return Err(interrupted(reached, options.resume.as_deref()));
    };
    let mut report = evaluation.report;
    let mut written = Ok(());
    if let Some(path) = &args.rows {
        let form = RowsForm::of(path).map_err(|problem| Failure::option("rows", problem))?;
        let rows = &evaluation.rows;
        written = Outputs::write_one(path, |out| write_rows(form, rows, &options, out));
        if written.is_ok() {
            report.files.push(path.display().to_string());
        }
    }
    if let Some(path) = args.page.html.as_ref().filter(|_| written.is_ok()) {
        written = args.page.write(|| page(&report));
        if written.is_ok() {
            report.files.push(path.display().to_string());
        }
    }
    if json {
        screen::print_json(&report)?;
    } else {
        screen::print(&report.to_string())?;
    }
    written
}

/// That a signal stopped the evaluation, and how to go on.
fn interrupted(reached: (u64, u64), file: Option<&Path>) -> Failure {
    let mut stopped = format!(
        "stopped by a signal after {} of {} samples",
        reached.0, reached.1
    );
    let go_on = match file {
        Some(file) => {
            stopped += &format!("; what is finished is in {}", file.display());
            "to go on: the same command with --resume"
        }
        None => "with --checkpoint FILE.jsonl an evaluation that is stopped can go on later",
    };
    Failure::new(Kind::Interrupted, "eval", [stopped, go_on.to_string()])
}

/// The file of finished samples. One that is there is only gone on from if that is asked for.
fn checkpoint(args: &EvalArgs) -> Result<Option<PathBuf>, Failure> {
    let path = match (&args.checkpoint, &args.resume) {
        (None, None) => return Ok(None),
        (None, Some(Some(path))) => path,
        (None, Some(None)) => {
            return Err(Failure::option(
                "resume",
                "from which file? add --checkpoint FILE.jsonl",
            ));
        }
        (Some(path), None) => {
            if path.metadata().is_ok_and(|file| file.len() > 0) {
                let problem = format!(
                    "{} is there already: add --resume to go on from it, or remove it",
                    path.display()
                );
                return Err(Failure::option("checkpoint", problem));
            }
            path
        }
        (Some(path), Some(None)) => path,
        (Some(_), Some(Some(_))) => {
            let problem = "one file is enough: --checkpoint FILE.jsonl --resume";
            return Err(Failure::option("resume", problem));
        }
    };
    Ok(Some(path.clone()))
}

/// The page of an evaluation.
fn page(report: &EvalReport) -> Page {
    let samples = &report.samples;
    let title = format!("{} on {}", report.target.network, samples.dataset);
    let lead = format!(
        "{} samples shown to network '{}' on board {}.",
        samples.count, report.target.network, report.target.board
    );
    Page::new(title, lead).with(evaluation_cards(report))
}

fn options(args: &EvalArgs) -> Result<EvalOptions, Failure> {
    let mut options = EvalOptions::new(args.encode, args.decode);
    options.output = args.output.clone();
    options.steps = args.steps;
    options.first = args.start;
    options.limit = args.limit;
    options.threads = threads(args.threads);
    options.vectors = args.simd == Switch::On;
    options.profiles = profiles(&args.profile)?;
    options.fidelity = args.fidelity;
    options.resume = checkpoint(args)?;
    Ok(options)
}

/// Finds out before a long run whether its results can be written.
fn check_files(args: &EvalArgs) -> Result<(), Failure> {
    let page = &args.page.html;
    let kept = args.resume.iter().flatten().chain(&args.checkpoint);
    let outputs: Vec<&PathBuf> = args.rows.iter().chain(kept).chain(page).collect();
    let labels = args.labels.as_deref().map(Path::new);
    let inputs = [args.file.file.as_path(), args.dataset.as_path()];
    for path in inputs.into_iter().chain(labels) {
        if outputs.iter().any(|output| same(output, path)) {
            let problem = "is both read and written";
            return Err(Failure::new(Kind::Usage, path.display(), [problem]));
        }
    }
    for (index, one) in outputs.iter().enumerate() {
        let other = outputs[..index].iter().find(|o| *o == one || same(o, one));
        if let Some(other) = other {
            let problem = "is named for two outputs";
            return Err(Failure::new(Kind::Usage, other.display(), [problem]));
        }
    }
    let written = args.rows.iter().chain(page).map(PathBuf::as_path);
    Outputs::expect(&written.collect::<Vec<_>>())
}
