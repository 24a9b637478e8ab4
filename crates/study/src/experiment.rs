//! The contract of an experiment: options in, a report out, and what an overview of many
//! experiments says of it in one line.
//!
//! Everything else of an experiment (its command line, its place in `seamount lab --help` and in
//! `seamount lab all`, the writing of its files) follows from this contract, so that a new
//! experiment is one type and one line in a list. An experiment neither prints nor writes: it
//! returns what is to be printed and written, and whoever runs it decides where that goes.

use crate::Progress;
use crate::chart::Picture;
use crate::row::Row;
use seamount_session::Failure;
use seamount_session::checkpoint::CheckpointOptions;
use serde::Serialize;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

/// An experiment that can be run by name.
///
/// ```
/// use seamount_study::experiment::Experiment;
/// use seamount_session::Failure;
/// use seamount_study::Progress;
/// use serde::Serialize;
/// use std::fmt;
///
/// /// Rolls a die of so many sides.
/// struct Die;
///
/// #[derive(Serialize)]
/// struct DieOptions {
///     sides: u64,
/// }
///
/// #[derive(Serialize)]
/// struct DieReport {
///     rolled: u64,
/// }
///
/// impl fmt::Display for DieReport {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         write!(f, "rolled {}", self.rolled)
///     }
/// }
///
/// impl Experiment for Die {
///     const NAME: &'static str = "die";
///     const ABOUT: &'static str = "Rolls a die";
///     const HELP: &'static str = "Example: seamount lab die --sides 6";
///     type Options = DieOptions;
///     type Report = DieReport;
///
///     fn run(options: &DieOptions, progress: Progress) -> Result<DieReport, Failure> {
///         if options.sides == 0 {
///             return Err(Failure::option("sides", "a die has at least one side"));
///         }
///         progress(1, 1);
///         Ok(DieReport { rolled: 1 + 3 % options.sides })
///     }
/// }
///
/// let report = Die::run(&DieOptions { sides: 6 }, Progress::UNSEEN)?;
/// assert_eq!(report.to_string(), "rolled 4");
/// # Ok::<(), Failure>(())
/// ```
pub trait Experiment: 'static {
    /// Name on the command line: `seamount lab NAME`.
    const NAME: &'static str;
    /// One line for the list of experiments.
    const ABOUT: &'static str;
    /// Examples, and what is printed and written; lines of at most 100 characters, without a last
    /// line break.
    const HELP: &'static str;
    /// The noun of what a run counts as progress, in the plural.
    const COUNTS: &'static str = "parts";
    /// Quick forms for the overview of all experiments, seconds each: flags as they are typed, to
    /// which the overview adds its `--data` and `--threads`. Without one the experiment is not in
    /// the overview.
    const QUICK: &'static [&'static str] = &[];

    /// Whether the parts of a run can be kept in a file by which it goes on.
    const RESUMES: bool = false;

    /// Options. Each exists once: on the command line, in a program and in the quick form.
    type Options: Serialize + Send + Sync;
    /// Report: JSON for programs, text for people.
    type Report: Serialize + Display;

    /// Refuses options that have no meaning together, before anything is read or computed.
    ///
    /// # Errors
    /// [`Failure`] with the flag that is wrong.
    fn check(_options: &Self::Options, _form: ReportForm) -> Result<(), Failure> {
        Ok(())
    }

    /// The noun of what this run counts as progress, where that depends on its options.
    fn counts(_options: &Self::Options) -> &'static str {
        Self::COUNTS
    }

    /// Files that a run gives beside its report. Their paths are known before the run, so that one
    /// that cannot be written is an error before hours of work and not after.
    fn outputs(_options: &Self::Options) -> Vec<RunOutput<Self::Report>> {
        vec![]
    }

    /// The file by which a run goes on that the experiment itself writes; experiments that
    /// [resume](Self::RESUMES) leave that to whoever runs them.
    fn own_checkpoint(_options: &Self::Options) -> Option<&Path> {
        None
    }

    /// Where whoever runs the experiment keeps its finished parts, for experiments that have flags
    /// of their own for it.
    fn parts_checkpoint(_options: &Self::Options) -> Option<CheckpointOptions> {
        None
    }

    /// Pictures of a report, each with its name.
    fn pictures(_report: &Self::Report) -> Vec<(String, Picture)> {
        vec![]
    }

    /// Runs; `progress` is called from several threads.
    ///
    /// # Errors
    /// If data are missing or wrong, an option has no meaning, or a network does not fit.
    fn run(options: &Self::Options, progress: Progress) -> Result<Self::Report, Failure>;

    /// Whether what was to be shown was shown, for experiments that are a test: the exit code of
    /// the command says so.
    fn passed(_report: &Self::Report) -> bool {
        true
    }

    /// The line of the overview; none if the report holds no figure.
    fn row(_report: &Self::Report) -> Option<Row> {
        None
    }
}

/// Whether a report is for people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportForm {
    /// Text, as [`Display`] writes it.
    Text,
    /// JSON, indented.
    Json,
}

impl ReportForm {
    /// A report in this form, with a line break at its end.
    ///
    /// # Panics
    /// If a report has a map whose keys are not text; no report of this workspace has.
    pub fn print(self, report: &(impl Serialize + Display)) -> String {
        let mut printed = match self {
            ReportForm::Text => report.to_string(),
            ReportForm::Json => serde_json::to_string_pretty(report).expect("keys are text"),
        };
        if !printed.ends_with('\n') {
            printed.push('\n');
        }
        printed
    }
}

/// A file that a run writes or that is made of its report.
pub struct RunOutput<R> {
    path: PathBuf,
    wanted: Option<Ending>,
    made: Option<Made<R>>,
}

/// Bytes of a file, from the finished report.
type Made<R> = Box<dyn Fn(&R) -> Result<Vec<u8>, Failure>>;

/// Endings that the option of a file wants of its name.
struct Ending {
    option: &'static str,
    endings: &'static [&'static str],
}

impl<R> RunOutput<R> {
    /// A file that the run writes itself, such as a checkpoint.
    pub fn of_run(path: impl Into<PathBuf>) -> RunOutput<R> {
        RunOutput {
            path: path.into(),
            wanted: None,
            made: None,
        }
    }

    /// A file that is made of the finished report.
    pub fn of_report(
        path: impl Into<PathBuf>,
        made: impl Fn(&R) -> Result<Vec<u8>, Failure> + 'static,
    ) -> RunOutput<R> {
        RunOutput {
            made: Some(Box::new(made)),
            ..RunOutput::of_run(path)
        }
    }

    /// The same file, refused before the run unless its name has one of these endings, which are
    /// without a point: `svg`.
    #[must_use]
    pub fn must_end(self, option: &'static str, endings: &'static [&'static str]) -> RunOutput<R> {
        RunOutput {
            wanted: Some(Ending { option, endings }),
            ..self
        }
    }

    /// Where the file goes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses a name without the ending that is wanted of it.
    ///
    /// # Errors
    /// A failure of the option with the path.
    pub fn check(&self) -> Result<(), Failure> {
        let Some(Ending { option, endings }) = &self.wanted else {
            return Ok(());
        };
        let found = self.path.extension().unwrap_or_default();
        if endings.iter().any(|ending| found == *ending) {
            return Ok(());
        }
        let wanted = endings.join(" or .");
        let problem = format!(
            "{}: wanted a file that ends in .{wanted}",
            self.path.display()
        );
        Err(Failure::option(option, problem))
    }

    /// Path and bytes, unless the run has written the file.
    ///
    /// # Errors
    /// If the file cannot be made of the report.
    pub fn file(&self, report: &R) -> Result<Option<OutputFile>, Failure> {
        let Some(made) = &self.made else {
            return Ok(None);
        };
        Ok(Some(OutputFile {
            path: self.path.clone(),
            bytes: made(report)?,
        }))
    }
}

/// A file to be written after a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Path that it is written to.
    pub path: PathBuf,
    /// Its whole content.
    pub bytes: Vec<u8>,
}

/// How many threads an option asks for: all there are where it is absent.
pub fn threads(asked: Option<u16>) -> usize {
    asked.map_or_else(
        || available_parallelism().map_or(1, usize::from),
        usize::from,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_refused_by_its_ending_and_made_of_the_report() {
        let made = |report: &u8| Ok(vec![*report]);
        let output =
            |path: &str| RunOutput::of_report(path, made).must_end("figure", &["svg", "json"]);
        for path in ["a.svg", "a.vl.json"] {
            assert!(output(path).check().is_ok(), "{path}");
        }
        for path in ["a.png", "svg", "a"] {
            let refused = output(path).check().unwrap_err().to_string();
            let wanted = format!("option figure: {path}: wanted a file that ends in .svg or .json");
            assert_eq!(refused, wanted);
        }
        let file = output("a.svg").file(&7).unwrap();
        let wanted = OutputFile {
            path: "a.svg".into(),
            bytes: vec![7],
        };
        assert_eq!(file, Some(wanted));
        assert_eq!(RunOutput::<u8>::of_run("a").file(&7).unwrap(), None);
    }
}
