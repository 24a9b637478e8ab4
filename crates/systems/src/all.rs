//! `seamount lab all`: the quick form of every experiment of the registry, one line each.
//!
//! An experiment is in the overview if it has a quick form; nothing is written here for it.

use crate::registry::{Entry, QuickRun, REGISTRY, within};
use clap::Args;
use seamount_session::{Failure, FailureKind, Subject};
use seamount_study::Progress;
use seamount_study::experiment::Experiment;
use seamount_study::row::Row;
use seamount_study::table::{Column, Table};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

/// Entries to run, and options that they share.
#[derive(Debug, Clone, Default, Serialize, Args)]
pub struct OverviewOptions {
    /// Folder of all data
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Only entries whose name has one of these in it
    #[arg(long, value_name = "NAME,NAME,...", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Threads of each entry; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

/// `seamount lab all`
pub struct All;

impl Experiment for All {
    const NAME: &'static str = "all";
    const ABOUT: &'static str = "Every entry in its quick form, one line each";
    const HELP: &'static str = "\
Examples: seamount lab all --data ../shared/data
          seamount lab all --only srnn,qif --data ../shared/data
Runs the quick form of every entry (fewer images, less practice than the entry's own command) \
and prints a line
each: figure, published figure, operations, energy, time. Entries whose data are not there are \
named as skipped.";
    const COUNTS: &'static str = "entries";
    type Options = OverviewOptions;
    type Report = AllReport;

    fn run(options: &OverviewOptions, progress: Progress) -> Result<AllReport, Failure> {
        let start = Instant::now();
        let entries = chosen(options)?;
        let count = entries.len() as u64;
        let mut report = AllReport {
            rows: vec![],
            skipped: vec![],
            seconds: 0.0,
        };
        for (done, (system, entry)) in entries.into_iter().enumerate() {
            progress(done as u64, count);
            let begun = Instant::now();
            match entry() {
                Ok(row) => report.rows.push(Row {
                    seconds: begun.elapsed().as_secs_f64(),
                    ..row
                }),
                Err(error) => report.skipped.push(Skipped {
                    system,
                    missing_data: error.kind == FailureKind::Missing,
                    reason: reason(&error),
                }),
            }
        }
        report.seconds = start.elapsed().as_secs_f64();
        Ok(report)
    }
}

/// An entry that gave no figure.
#[derive(Debug, Clone, Serialize)]
pub struct Skipped {
    /// Name of the entry.
    pub system: String,
    /// Its data are not there; else something is wrong.
    pub missing_data: bool,
    /// Why.
    pub reason: String,
}

/// Figures of the entries that gave one, and why others did not.
#[derive(Debug, Clone, Serialize)]
pub struct AllReport {
    /// A line for each figure.
    pub rows: Vec<Row>,
    /// Entries that gave none.
    pub skipped: Vec<Skipped>,
    /// Wall clock of everything, seconds.
    pub seconds: f64,
}

/// Every quick form by name, in the order of the registry.
fn forms(options: &OverviewOptions) -> Vec<(String, QuickRun)> {
    let entries = REGISTRY.iter();
    let quick = |entry: &&dyn Entry| entry.quick(options.data.as_deref(), options.threads);
    entries.flat_map(quick).collect()
}

/// The entries that are asked for.
fn chosen(options: &OverviewOptions) -> Result<Vec<(String, QuickRun)>, Failure> {
    let mut forms = forms(options);
    let unknown: Vec<&str> = (options.only.iter())
        .map(String::as_str)
        .filter(|asked| forms.iter().all(|(name, _)| !name.contains(asked)))
        .collect();
    if !unknown.is_empty() {
        let names: Vec<&str> = forms.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Failure::call(format!(
            "--only {}: no such entry; there are {}",
            unknown.join(","),
            names.join(", ")
        )));
    }
    forms.retain(|(name, _)| {
        let asked = |asked: &String| name.contains(asked.as_str());
        options.only.is_empty() || options.only.iter().any(asked)
    });
    Ok(forms)
}

/// Why an entry gave no figure, in one line.
fn reason(failure: &Failure) -> String {
    let lines = failure.lines().join("; ").replace('\n', "; ");
    match &failure.what {
        Subject::Call => lines,
        what => format!("{what}: {lines}"),
    }
}

/// A number in as many digits as say something.
fn number(value: f64) -> String {
    if value >= 1000.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

impl AllReport {
    /// A line for each figure.
    fn figures(&self) -> Table {
        let columns = [
            Column::left("entry", 25),
            Column::left("", 5),
            Column::right("figure", 14),
            Column::right("published", 10),
            Column::right("operations", 11),
            Column::right("energy, uJ", 11),
            Column::right("seconds", 8),
            Column::left("what", 0).gap(2),
        ];
        let mut table = Table::new(columns);
        for row in &self.rows {
            let by = match row.energy_by.as_str() {
                "" => String::new(),
                by => format!("; energy: {by}"),
            };
            table.row([
                row.system.clone(),
                if row.chip { "chip" } else { "float" }.to_string(),
                format!("{:.2} {}", row.value, row.unit),
                row.published.map_or("-".into(), |p| format!("{p:.2}")),
                row.operations.map_or("-".into(), number),
                row.energy_uj.map_or("-".into(), number),
                format!("{:.1}", row.seconds),
                format!("{}, {} sample(s){by}", row.figure, row.samples),
            ]);
        }
        table
    }
}

impl fmt::Display for AllReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "the quick form of every entry; chip: the figure is the emulated chip's, else that \
            of floats"
        )?;
        write!(f, "{}", self.figures())?;
        for skipped in &self.skipped {
            let what = match skipped.missing_data {
                true => "skipped",
                false => "failed",
            };
            writeln!(f, "{:<25} {what}: {}", skipped.system, skipped.reason)?;
        }
        write!(
            f,
            "operations: synaptic ones an inference; energy of a profile is dynamic, of \
            arithmetic no chip's; {:.1} s",
            self.seconds
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_data_is_named_and_the_rest_goes_on() {
        let nowhere = std::env::temp_dir().join("seamount-no-such-data");
        let options = OverviewOptions {
            data: Some(nowhere),
            only: vec!["nir".into()],
            threads: Some(1),
        };
        let report = All::run(&options, Progress::UNSEEN).unwrap();
        let skipped: Vec<&str> = report.skipped.iter().map(|s| s.system.as_str()).collect();
        assert_eq!(skipped, ["nir-lif", "nir-braille", "nir-cnn"]);
        assert!(report.skipped.iter().all(|s| s.missing_data));
    }

    #[test]
    fn entries_are_chosen_by_name() {
        let names = |only: &[&str]| {
            let only: Vec<String> = only.iter().map(|o| (*o).to_string()).collect();
            let options = OverviewOptions {
                only,
                ..OverviewOptions::default()
            };
            chosen(&options).map(|entries| {
                entries
                    .into_iter()
                    .map(|(name, _)| name)
                    .collect::<Vec<_>>()
            })
        };
        assert_eq!(
            names(&["srnn", "qif"]).unwrap(),
            ["srnn-ecg", "srnn-smnist", "qif-mnist"]
        );
        let all = names(&[]).unwrap();
        assert_eq!(all.len(), 17, "{all:?}");
        assert_eq!(all[0], "lsnn-smnist");
        assert_eq!(all[6], "ib-hebbian --task linear");
        let message = names(&["srnn", "none", "such"]).unwrap_err().to_string();
        assert!(
            message.contains("--only none,such: no such entry; there are lsnn-smnist"),
            "{message}"
        );
    }
}
