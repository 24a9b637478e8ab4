//! What `seamount validate` compares: a learning rule, or e-prop, on the chip beside its float
//! meaning.
//!
//! Rules are compared by [`seamount_study::validate`], which knows no published system; e-prop is
//! compared on the networks of this crate.

pub mod eprop;

use eprop::EpropReport;
use seamount_diagnose::Finding;
use seamount_session::Failure;
pub use seamount_study::validate::arithmetic::Arithmetic;

use seamount_study::Progress;
use seamount_study::chart::Picture;
use seamount_study::validate::arithmetic::{self, ArithmeticTable};
use seamount_study::validate::file::Spikes;
use seamount_study::validate::meaning::Meaning;
use seamount_study::validate::netlist::{self, NetlistFile, NetlistReport};
use seamount_study::validate::numbers::{ChangesFunction, OwnNumbers};
use seamount_study::validate::read::{self, FloatSide, Table};
use seamount_study::validate::sabotage::{self, SelfTest};
use seamount_study::validate::{Report, RuleFile, csv, pictures};
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// What a file asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// A rule on the chip beside its float meaning.
    Rule(Box<RuleFile>),
    /// E-prop on the chip beside float e-prop.
    Eprop(eprop::File),
    /// A network on the chip beside a user's numbers.
    Netlist(Box<NetlistFile>),
}

impl Question {
    /// The same question in another arithmetic of the learning engine.
    #[must_use]
    pub fn computed_in(self, arithmetic: Arithmetic) -> Question {
        match self {
            Question::Rule(file) => Question::Rule(Box::new(arithmetic.file(&file))),
            Question::Eprop(mut file) => {
                file.arithmetic = arithmetic;
                Question::Eprop(file)
            }
            // the rules of a network say it themselves
            netlist => netlist,
        }
    }

    /// The same question with a user's changes of the weights as reference.
    ///
    /// # Errors
    /// If the question is about e-prop, whose float side is a network.
    pub fn against(self, path: &Path) -> Result<Question, &'static str> {
        match self {
            Question::Rule(mut file) => {
                file.meaning = Meaning::Changes(OwnNumbers::File(path.into()));
                Ok(Question::Rule(file))
            }
            Question::Eprop(_) => Err("is for rules; the float side of e-prop is a network"),
            Question::Netlist(_) => Err("is for rules; a network has a table `reference`"),
        }
    }

    /// The same question with the files that it names in a folder, unless they have paths from the
    /// root on.
    #[must_use]
    pub fn located(self, folder: &Path) -> Question {
        match self {
            Question::Rule(mut file) => {
                if let Meaning::Changes(numbers) = &mut file.meaning {
                    numbers.locate(folder);
                }
                Question::Rule(file)
            }
            Question::Netlist(file) => Question::Netlist(Box::new(file.located(folder))),
            eprop => eprop,
        }
    }
}

/// Reads a file: with a table `eprop` about e-prop on the chip, with a table `netlist` about
/// any network, else about a rule.
///
/// # Errors
/// Everything that is wrong with it, in order of lines.
pub fn open(text: &str) -> Result<Question, Vec<Finding>> {
    read::read_as(text, |root| question(root, FloatSide::OfFile))
}

fn question(root: &Table, side: FloatSide) -> Question {
    if root.has("eprop") {
        Question::Eprop(eprop::file::read(root))
    } else if root.has("netlist") {
        Question::Netlist(Box::new(netlist::read(root, side)))
    } else {
        Question::Rule(Box::new(read::file(root, side)))
    }
}

/// Functions of a user that compute the float side.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Functions {
    /// Of a rule.
    Rule(ChangesFunction),
    /// Of each projection of a network that is judged, by name.
    Projections(Vec<(String, ChangesFunction)>),
}

/// Reads a file as [`open`] does, with functions of the caller as its float side.
///
/// # Errors
/// As [`open`]; a table `reference`, and functions of another kind than the file asks for.
pub fn open_against(text: &str, functions: &Functions) -> Result<Question, Vec<Finding>> {
    read::read_as(text, |root| {
        if root.has("reference") {
            let problem = "the caller gives a reference too; one of them is enough";
            root.may("reference").rule(problem);
        }
        match (question(root, FloatSide::OfCaller), functions) {
            (Question::Rule(mut file), Functions::Rule(function)) => {
                if file.spikes == Spikes::Own {
                    let problem =
                        "a reference sees the chip's spikes: float.spikes must be \"chip\"";
                    root.may("float").rule(problem);
                }
                file.meaning = Meaning::Changes(OwnNumbers::Function(function.clone()));
                Question::Rule(file)
            }
            (Question::Netlist(file), Functions::Projections(functions)) => {
                if functions.is_empty() {
                    let problem = "no function: one for each projection that is judged";
                    root.found().rule(root.place(), problem);
                }
                Question::Netlist(Box::new(file.against(functions.clone())))
            }
            (asked, _) => {
                let problem = match asked {
                    Question::Rule(_) => "a rule needs one function, not one for each projection",
                    Question::Netlist(_) => "a network needs a function for each projection",
                    Question::Eprop(_) => "the float side of e-prop is a network, not a function",
                };
                root.found().rule(root.place(), problem);
                asked
            }
        }
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
    /// Of a network.
    Netlist(Box<NetlistReport>),
    /// Of a verdict in each arithmetic.
    Arithmetics(Box<ArithmeticTable>),
    /// Of the verdict of either, held against chips that are broken on purpose.
    SelfTest(Box<SelfTest>),
}

/// How a file is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manner {
    /// Seeds 1 to this one are judged.
    pub seeds: u64,
    /// What is asked of the file.
    pub asked: Demand,
}

impl Manner {
    /// A verdict over seeds 1 to `seeds`.
    pub fn over(seeds: u64) -> Manner {
        Manner {
            seeds,
            asked: Demand::Verdict,
        }
    }

    /// The same, asked for something else.
    #[must_use]
    pub fn asking(self, asked: Demand) -> Manner {
        Manner { asked, ..self }
    }
}

impl Default for Manner {
    fn default() -> Self {
        Manner::over(seamount_study::validate::SEEDS)
    }
}

/// What is asked of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Demand {
    /// Whether the chip is within its tolerances.
    Verdict,
    /// Whether the chip would be in each arithmetic that an engine can have.
    EveryArithmetic,
    /// Whether its verdict fails for chips that are broken on purpose.
    SelfTest,
}

/// Runs whatever a file asks for.
///
/// # Errors
/// If the rule does not parse, the network does not fit a chip, or a run measured nothing.
pub fn answer(question: &Question, manner: Manner, progress: Progress) -> Result<Answer, Failure> {
    let seeds = manner.seeds;
    Ok(match (question, manner.asked) {
        (Question::Rule(file), Demand::Verdict) => {
            let report = seamount_study::validate::run(file, seeds, progress)?;
            Answer::Rule(Box::new(report))
        }
        (Question::Rule(file), Demand::SelfTest) => {
            Answer::SelfTest(Box::new(sabotage::self_test(file, seeds)?))
        }
        (Question::Rule(file), Demand::EveryArithmetic) => {
            Answer::Arithmetics(Box::new(arithmetic::table(file, seeds)?))
        }
        (Question::Netlist(file), Demand::Verdict) => {
            Answer::Netlist(Box::new(netlist::run(file, seeds, progress)?))
        }
        (Question::Netlist(file), Demand::SelfTest) => {
            Answer::SelfTest(Box::new(netlist::self_test(file, seeds)?))
        }
        (Question::Netlist(_), Demand::EveryArithmetic) => {
            let problem = "the arithmetic of a network is that of its rules, each for itself";
            return Err(Failure::option("arithmetic", problem));
        }
        (Question::Eprop(file), Demand::EveryArithmetic) => {
            Answer::Arithmetics(Box::new(eprop::arithmetics(file, seeds)?))
        }
        (Question::Eprop(file), Demand::Verdict) => {
            Answer::Eprop(Box::new(eprop::run(file, seeds, progress)?))
        }
        (Question::Eprop(file), Demand::SelfTest) => {
            Answer::SelfTest(Box::new(eprop::self_test(file, seeds)?))
        }
    })
}

impl Answer {
    /// Whether all tolerances hold.
    pub fn passed(&self) -> bool {
        match self {
            Answer::Rule(report) => report.passed,
            Answer::Eprop(report) => report.passed,
            Answer::SelfTest(report) => report.passed,
            Answer::Arithmetics(table) => table.passed,
            Answer::Netlist(report) => report.passed,
        }
    }

    /// What the compiler warns of.
    pub fn warnings(&self) -> &[String] {
        match self {
            Answer::Rule(report) => &report.warnings,
            _ => &[],
        }
    }

    /// Tables: file names and contents.
    pub fn tables(&self) -> Vec<(&'static str, String)> {
        match self {
            Answer::Rule(report) => csv::files(report),
            Answer::Eprop(report) => eprop::outputs::tables(report),
            Answer::SelfTest(report) => vec![("verdict.csv", csv::checks(&report.checks))],
            Answer::Netlist(report) => vec![("verdict.csv", csv::checks(&report.checks))],
            Answer::Arithmetics(_) => vec![],
        }
    }

    /// Pictures, each with its name, which is that of its file without the ending.
    pub fn pictures(&self) -> Vec<(String, Picture)> {
        match self {
            Answer::Rule(report) => pictures::all(report),
            Answer::Eprop(report) => eprop::outputs::pictures(report),
            Answer::SelfTest(_) | Answer::Arithmetics(_) | Answer::Netlist(_) => vec![],
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Rule(report) => report.fmt(f),
            Answer::Eprop(report) => report.fmt(f),
            Answer::SelfTest(report) => report.fmt(f),
            Answer::Arithmetics(table) => table.fmt(f),
            Answer::Netlist(report) => report.fmt(f),
        }
    }
}
