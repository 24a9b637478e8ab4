//! `seamount validate`: a learning rule on the chip beside its float meaning.

use crate::failure::{Failure, Kind};
use crate::screen::{self, Progress};
use crate::validate_args::ValidateArgs;
use seamount_session::files::{self, Outputs};
use seamount_systems::validate::{self, Answer};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Largest rule file that is read, bytes.
const FILE_BYTES_MAX: u64 = 1 << 24;

/// Runs a rule file; whether it passes.
pub fn run(args: &ValidateArgs, json: bool) -> Result<bool, Failure> {
    let text = files::text(&args.file, FILE_BYTES_MAX).map_err(|mut failure| {
        // a rule file that is not there is as wrong as one that is no rule: codes 0 and 1 are verdicts
        failure.kind = Kind::Input;
        failure
    })?;
    let wrong = |problem: String| Failure::new(Kind::Input, args.file.display(), [problem]);
    let file = validate::open(&text)
        .map_err(|found| Failure::new(Kind::Input, args.file.display(), found))?;
    [&args.csv, &args.svg]
        .into_iter()
        .flatten()
        .try_for_each(|folder| make(folder))?;
    let progress = Progress::new(if matches!(file, validate::Question::Eprop(_)) {
        "sequences"
    } else {
        "parts"
    });
    let report = validate::answer(&file, &|done, all| progress.set(done, all))
        .map_err(|e| wrong(e.to_string()))?;
    drop(progress);
    report
        .warnings()
        .iter()
        .for_each(|warning| screen::say(&format!("warning: {warning}\n")));
    if json {
        screen::print_json(&report)?;
    } else {
        screen::print(&format!("{report}\n"))?;
    }
    write(args, &report)?;
    Ok(report.passed())
}

/// Makes a folder, and finds out before the work whether files can be written there.
fn make(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|e| Failure::write(folder, &e))?;
    Outputs::expect(&[&folder.join("table.csv")])
}

/// All files, or none.
fn write(args: &ValidateArgs, report: &Answer) -> Result<(), Failure> {
    let mut all: Vec<(PathBuf, String)> = vec![];
    if let Some(folder) = &args.csv {
        all.extend(
            report
                .tables()
                .into_iter()
                .map(|(name, text)| (folder.join(name), text)),
        );
    }
    if let Some(folder) = &args.svg {
        all.extend(
            report
                .pictures()
                .into_iter()
                .map(|(name, text)| (folder.join(name), text)),
        );
    }
    let mut outputs = Outputs::default();
    for (path, text) in &all {
        outputs.stage(path, |out| out.write_all(text.as_bytes()))?;
    }
    outputs.commit()
}
