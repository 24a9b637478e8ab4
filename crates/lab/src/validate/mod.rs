//! A learning rule on the chip beside what it means in real numbers: `seamount validate`.
//!
//! A file names rule, network, stimulus and tolerances. The chip runs it; [`seamount_reference::rules`]
//! evaluates the same text in f64 with exact traces; the report says how far the two are apart, what
//! costs most, and whether that is within the tolerances.

pub mod file;
pub mod read;
mod toml_tree;

pub mod stimulus;

pub mod chip;
pub mod float;

pub mod ablate;
pub mod bias;
pub mod measure;
pub mod verdict;

pub mod eprop;

pub mod csv;
pub mod pictures;
pub mod report;

pub use file::RuleFile;
pub use read::{Finding, Question, open, read};
pub use report::Report;

use crate::{LabError, Progress};
use eprop::EpropReport;
use serde::Serialize;
use std::fmt;

/// Runs everything a rule file asks for.
///
/// # Errors
/// If the rule does not parse or the network does not fit a chip.
pub fn run(file: &RuleFile, progress: Progress) -> Result<Report, LabError> {
    let parts = 4;
    progress(0, parts);
    let stimulus = stimulus::Stimulus::new(file);
    let chip = chip::run(file, &stimulus, file.rule.dw_rounding)?;
    progress(1, parts);
    let float = float::run(file, &stimulus, &chip)?;
    progress(2, parts);
    let cut = chip::run(
        file,
        &stimulus,
        seamount_network::netlist::DwRounding::TowardZero,
    )?;
    progress(3, parts);
    let ablation = ablate::run(file, &stimulus, &chip)?;
    progress(parts, parts);
    Ok(Report::new(file, &chip, &float, &cut, ablation))
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Of a rule.
    Rule(Box<Report>),
    /// Of e-prop on the chip.
    Eprop(Box<EpropReport>),
}

/// Runs whatever a file asks for.
///
/// # Errors
/// If the rule does not parse or the network does not fit a chip.
pub fn answer(question: &Question, progress: Progress) -> Result<Answer, LabError> {
    match question {
        Question::Rule(file) => Ok(Answer::Rule(Box::new(run(file, progress)?))),
        Question::Eprop(file) => Ok(Answer::Eprop(Box::new(eprop::run(file, progress)?))),
    }
}

impl Answer {
    /// Whether all tolerances hold.
    pub fn passed(&self) -> bool {
        match self {
            Answer::Rule(report) => report.passed,
            Answer::Eprop(report) => report.passed,
        }
    }

    /// What the compiler warns of.
    pub fn warnings(&self) -> &[String] {
        match self {
            Answer::Rule(report) => &report.warnings,
            Answer::Eprop(_) => &[],
        }
    }

    /// Tables: file names and contents.
    pub fn tables(&self) -> Vec<(&'static str, String)> {
        match self {
            Answer::Rule(report) => csv::files(report),
            Answer::Eprop(report) => eprop::outputs::tables(report),
        }
    }

    /// Pictures: file names and contents.
    pub fn pictures(&self) -> Vec<(String, String)> {
        match self {
            Answer::Rule(report) => pictures::files(report),
            Answer::Eprop(report) => eprop::outputs::pictures(report),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Rule(report) => report.fmt(f),
            Answer::Eprop(report) => report.fmt(f),
        }
    }
}
