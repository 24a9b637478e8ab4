//! `all`: the quick form of every entry that needs no training, one line each.
//!
//! A new entry is a function that returns a [`Row`] and a line in `ENTRIES`.

mod learning;

use crate::ib;
use crate::ib::{MnistOptions, SmallOptions, SmallTask, XiForm};
use crate::registry::{QuickRun, REGISTRY};
use seamount_study::experiment::Shared;
use seamount_study::row::Row;
use seamount_study::{LabError, Progress};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct AllOptions {
    /// Folder of all data; default see [`seamount_study::data::data_folder`].
    pub data: Option<PathBuf>,
    /// Only entries whose name has one of these in it; all if empty.
    pub only: Vec<String>,
    /// Threads of each entry.
    pub threads: usize,
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

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct AllReport {
    /// A line for each figure.
    pub rows: Vec<Row>,
    /// Entries that gave none.
    pub skipped: Vec<Skipped>,
    /// Wall clock of everything, seconds.
    pub seconds: f64,
}

/// Name, and how to run what is not in the registry yet.
type Listed = (
    &'static str,
    Option<fn(&AllOptions) -> Result<Row, LabError>>,
);

/// Every entry, in the order of the table.
const ENTRIES: [Listed; 17] = [
    ("lsnn-smnist", None),
    ("ahp", None),
    ("ahp-memory", None),
    ("srnn-ecg", None),
    ("srnn-smnist", None),
    ("qif-mnist", None),
    ("ib-hebbian --task linear", Some(ib_linear)),
    ("ib-hebbian --task xor", Some(ib_xor)),
    ("ib-hebbian --task mnist", Some(ib_mnist)),
    ("eprop-pattern", Some(learning::pattern)),
    ("eprop-cue", Some(learning::cue)),
    ("eprop-evidence", Some(learning::evidence)),
    ("netx-mnist", None),
    ("netx-pilotnet", None),
    ("nir-lif", None),
    ("nir-braille", None),
    ("nir-cnn", None),
];

const QUIET: Progress = &|_, _| ();

fn ib_small(all: &AllOptions, task: SmallTask) -> Result<Row, LabError> {
    let options = SmallOptions {
        task,
        form: XiForm::Released,
        seeds: 5,
        epochs: 25,
        reservoir: None,
        chip: true,
        threads: all.threads,
    };
    Ok(ib::small::run(&options, QUIET)?.row())
}

fn ib_linear(all: &AllOptions) -> Result<Row, LabError> {
    ib_small(all, SmallTask::Linear)
}

fn ib_xor(all: &AllOptions) -> Result<Row, LabError> {
    ib_small(all, SmallTask::Xor)
}

fn ib_mnist(all: &AllOptions) -> Result<Row, LabError> {
    let options = MnistOptions {
        data: all.data.clone(),
        threads: all.threads,
        ..MnistOptions::default()
    };
    Ok(ib::mnist::run(&options, QUIET)?.0.row())
}

/// Every quick form by name, in the order of the table.
fn forms(all: &AllOptions) -> Vec<(&'static str, QuickRun)> {
    let shared = Shared {
        data: all.data.clone(),
        threads: u16::try_from(all.threads).ok(),
    };
    let mut registered: Vec<_> = (REGISTRY.iter())
        .flat_map(|entry| entry.quick(&shared))
        .collect();
    let mut forms: Vec<(&'static str, QuickRun)> = vec![];
    for (name, old) in ENTRIES {
        if let Some(old) = old {
            let all = all.clone();
            forms.push((name, Box::new(move || old(&all))));
        } else if let Some(at) = registered.iter().position(|(n, _)| *n == name) {
            forms.push(registered.remove(at));
        }
    }
    forms
}

/// The entries that are asked for.
fn chosen(all: &AllOptions) -> Result<Vec<(&'static str, QuickRun)>, LabError> {
    let mut forms = forms(all);
    let unknown: Vec<&str> = (all.only.iter())
        .map(String::as_str)
        .filter(|asked| forms.iter().all(|(name, _)| !name.contains(asked)))
        .collect();
    if !unknown.is_empty() {
        let names: Vec<&str> = forms.iter().map(|(name, _)| *name).collect();
        return Err(LabError::Option(format!(
            "--only {}: no such entry; there are {}",
            unknown.join(","),
            names.join(", ")
        )));
    }
    forms.retain(|(name, _)| {
        all.only.is_empty() || all.only.iter().any(|asked| name.contains(asked.as_str()))
    });
    Ok(forms)
}

/// Runs the entries; one that fails does not stop the others.
///
/// # Errors
/// If an entry is asked for that does not exist.
pub fn run(options: &AllOptions, progress: Progress) -> Result<AllReport, LabError> {
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
            Err(error) => {
                let missing_data = matches!(&error, LabError::Missing { .. });
                let reason = error.to_string().replace('\n', "; ");
                report.skipped.push(Skipped {
                    system: system.into(),
                    missing_data,
                    reason,
                });
            }
        }
    }
    report.seconds = start.elapsed().as_secs_f64();
    Ok(report)
}

/// A number in as many digits as say something.
fn number(value: f64) -> String {
    if value >= 1000.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

impl fmt::Display for AllReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "the quick form of every entry; chip: the figure is the emulated chip's, else that of floats"
        )?;
        let head = [
            "entry",
            "",
            "figure",
            "published",
            "operations",
            "energy, uJ",
        ];
        writeln!(
            f,
            "{:<25} {:<5} {:>14} {:>10} {:>11} {:>11}  seconds  what",
            head[0], head[1], head[2], head[3], head[4], head[5]
        )?;
        for row in &self.rows {
            let value = format!("{:.2} {}", row.value, row.unit);
            let published = row.published.map_or("-".into(), |p| format!("{p:.2}"));
            let operations = row.operations.map_or("-".into(), number);
            let energy = row.energy_uj.map_or("-".into(), number);
            let place = if row.chip { "chip" } else { "float" };
            let by = if row.energy_by.is_empty() {
                String::new()
            } else {
                format!("; energy: {}", row.energy_by)
            };
            writeln!(
                f,
                "{:<25} {place:<5} {value:>14} {published:>10} {operations:>11} {energy:>11} {:>8.1}  {}, {} sample(s){by}",
                row.system, row.seconds, row.figure, row.samples
            )?;
        }
        for skipped in &self.skipped {
            let what = if skipped.missing_data {
                "skipped"
            } else {
                "failed"
            };
            writeln!(f, "{:<25} {what}: {}", skipped.system, skipped.reason)?;
        }
        write!(
            f,
            "operations: synaptic ones an inference; energy of a profile is dynamic, of arithmetic no chip's; {:.1} s",
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
        let options = AllOptions {
            data: Some(nowhere),
            only: vec!["nir".into()],
            threads: 1,
        };
        let report = run(&options, QUIET).unwrap();
        let skipped: Vec<&str> = report.skipped.iter().map(|s| s.system.as_str()).collect();
        assert_eq!(skipped, ["nir-lif", "nir-braille", "nir-cnn"]);
        assert!(report.skipped.iter().all(|s| s.missing_data));
    }

    #[test]
    fn entries_are_chosen_by_name() {
        let names = |only: &[&str]| {
            let only: Vec<String> = only.iter().map(|o| (*o).to_string()).collect();
            let all = AllOptions {
                only,
                ..AllOptions::default()
            };
            chosen(&all).map(|entries| entries.iter().map(|(name, _)| *name).collect::<Vec<_>>())
        };
        assert_eq!(
            names(&["srnn", "qif"]).unwrap(),
            ["srnn-ecg", "srnn-smnist", "qif-mnist"]
        );
        assert_eq!(names(&[]).unwrap().len(), ENTRIES.len());
        let message = names(&["srnn", "none", "such"]).unwrap_err().to_string();
        assert!(
            message.contains("--only none,such: no such entry; there are lsnn-smnist"),
            "{message}"
        );
    }
}
