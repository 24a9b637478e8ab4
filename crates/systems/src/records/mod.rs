//! `seamount records`: every public record of Loihi silicon that is at hand, beside this emulator.
//!
//! A record is spikes, voltages, classes, a duration or an energy that somebody measured and
//! published. Whole numbers must be equal, one by one; durations and energies are predictions, and
//! their ratio is shown. What has no data here is named with the way to get it, and what cannot be
//! compared with the reason. Recordings of simulators are in the table too, and are counted apart.
//!
//! Networks that are published systems of their own are run by their experiments; this module only
//! lays their figures beside those of others.

mod exported;
mod figures;
mod fit;
pub mod nmnist;
mod origins;
mod picture;
mod record;
mod run;
mod show;
mod slayer;

pub use fit::{FiguresFit, LeftOut};
pub use record::{BitsCompared, FigureCompared, FigurePrediction, PublishedRecord, RecordResult};

use crate::registry::{defaults_of_flags, within};
use clap::Args;
use origins::{ORIGINS, RecordOrigin};
use seamount_session::Failure;
use seamount_study::Progress;
use seamount_study::experiment::{Experiment, ReportForm, RunOutput, threads};
use serde::Serialize;
use std::path::PathBuf;

/// Which records, and where their data are.
#[derive(Debug, Clone, Serialize, Args)]
pub struct RecordsOptions {
    /// Folder of all data
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Only origins whose name has one of these in it
    #[arg(long, value_name = "NAME,NAME,...", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Draw predicted against measured durations and energies: .svg, or .json for Vega-Lite
    #[arg(long, value_name = "OUT.svg|OUT.json")]
    pub picture: Option<PathBuf>,
    /// Threads; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

defaults_of_flags!(RecordsOptions);

/// `seamount records`
pub struct Records;

impl Experiment for Records {
    const NAME: &'static str = "records";
    const ABOUT: &'static str =
        "Every public record of Loihi silicon at hand beside this emulator, value by value";
    const HELP: &'static str = "\
Examples: seamount records --data ../shared/data
          seamount records --only slayer,lsnn --picture predicted.svg
          seamount --json records > records.json
Prints for every record what was measured on which machine, how many values were compared and how
many differ; for durations and energies the prediction of every profile and its ratio to the
record; and why a record is not compared. The exit code is 0 only if all compared values are equal.";
    const COUNTS: &'static str = "origins";
    type Options = RecordsOptions;
    type Report = RecordsReport;

    fn check(options: &RecordsOptions, _: ReportForm) -> Result<(), Failure> {
        chosen(options).map(drop)
    }

    fn outputs(options: &RecordsOptions) -> Vec<RunOutput<RecordsReport>> {
        let picture = options.picture.iter().map(|path| {
            let named = path.clone();
            let made = move |report: &RecordsReport| Ok(picture::of(report).file(&named));
            RunOutput::of_report(path, made).must_end("picture", &["svg", "json"])
        });
        picture.collect()
    }

    fn run(options: &RecordsOptions, progress: Progress) -> Result<RecordsReport, Failure> {
        let chosen = chosen(options)?;
        let threads = threads(options.threads);
        let mut records = vec![];
        for (done, origin) in chosen.iter().enumerate() {
            progress(done as u64, chosen.len() as u64);
            records.extend(origin.records(options, threads));
        }
        progress(chosen.len() as u64, chosen.len() as u64);
        Ok(RecordsReport::new(records))
    }

    fn passed(report: &RecordsReport) -> bool {
        report.equal
    }
}

/// The origins that are asked for.
fn chosen(options: &RecordsOptions) -> Result<Vec<&'static RecordOrigin>, Failure> {
    let has = |origin: &RecordOrigin, asked: &String| origin.name.contains(asked.as_str());
    let unknown = |asked: &&String| !ORIGINS.iter().any(|origin| has(origin, asked));
    let unknown: Vec<&str> = (options.only.iter())
        .filter(unknown)
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        let names: Vec<&str> = ORIGINS.iter().map(|origin| origin.name).collect();
        let problem = format!(
            "{}: no such origin; there are {}",
            unknown.join(","),
            names.join(", ")
        );
        return Err(Failure::option("only", problem));
    }
    let wanted = |origin: &&RecordOrigin| {
        options.only.is_empty() || options.only.iter().any(|asked| has(origin, asked))
    };
    Ok(ORIGINS.iter().filter(wanted).collect())
}

/// Every record that was asked for, and what they come to.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct RecordsReport {
    /// The records, in the order of their origins.
    pub records: Vec<PublishedRecord>,
    /// Records whose values were compared one by one.
    pub compared: u64,
    /// Laboratories that those come from.
    pub laboratories: u64,
    /// Values compared.
    pub values: u64,
    /// Values that differ.
    pub mismatches: u64,
    /// Those of the values that were recorded on silicon.
    pub silicon_values: u64,
    /// Those of the differing values that were recorded on silicon.
    pub silicon_mismatches: u64,
    /// Whether every compared value is equal and nothing failed.
    pub equal: bool,
    /// What can be fitted to the figures, tested on figures that were left out.
    pub fit: FiguresFit,
}

impl RecordsReport {
    fn new(records: Vec<PublishedRecord>) -> RecordsReport {
        let mut report = RecordsReport {
            fit: FiguresFit::of(&records),
            records,
            compared: 0,
            laboratories: 0,
            values: 0,
            mismatches: 0,
            silicon_values: 0,
            silicon_mismatches: 0,
            equal: true,
        };
        let mut laboratories: Vec<&str> = vec![];
        for record in &report.records {
            report.equal &= !matches!(record.result, RecordResult::Failed { .. });
            let Some(bits) = record.result.bits() else {
                continue;
            };
            laboratories.push(&record.laboratory);
            report.compared += 1;
            report.values += bits.values;
            report.mismatches += bits.mismatches();
            if record.silicon {
                report.silicon_values += bits.values;
                report.silicon_mismatches += bits.mismatches();
            }
        }
        laboratories.sort_unstable();
        laboratories.dedup();
        report.laboratories = laboratories.len() as u64;
        report.equal &= report.mismatches == 0;
        report
    }
}
