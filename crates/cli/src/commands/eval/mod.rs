//! `seamount eval`

mod args;

pub use args::{EvalArgs, HELP};

use crate::commands::run::Switch;
use crate::failure::{Failure, Kind};
use crate::screen::{self, Progress};
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
    let bar = Progress::new("samples");
    let evaluation = evaluate(placed, limits, &data, &options, &mut |done, all| {
        bar.set(done, all);
        ControlFlow::Continue(())
    })?;
    drop(bar);
    let evaluation = evaluation.expect("nobody stops it");
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
    options.resume = args.resume.clone();
    Ok(options)
}

/// Finds out before a long run whether its results can be written.
fn check_files(args: &EvalArgs) -> Result<(), Failure> {
    let page = &args.page.html;
    let outputs: Vec<&PathBuf> = args.rows.iter().chain(&args.resume).chain(page).collect();
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
