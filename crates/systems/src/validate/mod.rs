//! What `seamount validate` compares: a learning rule, or e-prop, on the chip beside its float
//! meaning.
//!
//! Rules are compared by [`seamount_study::validate`], which knows no published system; e-prop is
//! compared on the networks of this crate.

pub mod eprop;

use eprop::EpropReport;
use seamount_session::Failure;
use seamount_study::Progress;
use seamount_study::validate::read::{self, Finding};
use seamount_study::validate::{Report, RuleFile, csv, pictures};
use serde::Serialize;
use std::fmt;

/// What a file asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// A rule on the chip beside its float meaning.
    Rule(Box<RuleFile>),
    /// E-prop on the chip beside float e-prop.
    Eprop(eprop::File),
}

/// Reads a file: with a table `eprop` about e-prop on the chip, else about a rule.
///
/// # Errors
/// Everything that is wrong with it, in order of lines.
pub fn open(text: &str) -> Result<Question, Vec<Finding>> {
    read::read_as(text, |root, found| match root.has("eprop") {
        true => Question::Eprop(eprop::file::read(root, found)),
        false => Question::Rule(Box::new(read::file(root, found))),
    })
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
pub fn answer(question: &Question, progress: Progress) -> Result<Answer, Failure> {
    match question {
        Question::Rule(file) => Ok(Answer::Rule(Box::new(seamount_study::validate::run(
            file, progress,
        )?))),
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
