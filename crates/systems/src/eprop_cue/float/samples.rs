//! Parser of ReckOn's sample and weight files, which lists every problem with its line.
//!
//! Samples: the first line says how many; then lines `address, time`. An
//! address from 0 on is an input spike at that step; `-2, L` names the class;
//! `-1, T` ends the sample after T steps. Weights: one whole number of 8 bit
//! with sign a line, source by source. Lines may end in CR LF; blank lines are skipped.

use thiserror::Error;

use seamount_reference::Matrix;
use seamount_reference::eprop::{Sequence, Target};

/// Input neurons of the layout.
pub const INPUTS: usize = 40;
/// Classes of the layout.
pub const CLASSES: usize = 2;
const STEPS_MAX: i64 = 1 << 20;

/// Samples as sequences, all of one length.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Steps of every sample.
    pub sequence_steps: usize,
    /// The samples in file order; targets are classes.
    pub sequences: Vec<Sequence>,
}

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Problem {
    /// Not `number, number`.
    #[error("expected 'address, time', found '{0}'")]
    NotAPair(String),
    /// Not one whole number.
    #[error("expected one whole number, found '{0}'")]
    NotANumber(String),
    /// An address that means nothing.
    #[error("address {0} is neither an input (0..39) nor -1 nor -2")]
    Address(i64),
    /// A class other than 0 and 1.
    #[error("class {0} is neither 0 nor 1")]
    Class(i64),
    /// A second class for one sample.
    #[error("the sample has a class already")]
    ClassTwice,
    /// A sample without a class.
    #[error("the sample ends without a class (-2, L)")]
    NoClass,
    /// A length no sample can have, or not that of the first.
    #[error("the sample ends at step {found}, expected {expected}")]
    Length {
        /// What it should be.
        expected: String,
        /// The time written.
        found: i64,
    },
    /// A spike outside of the sample.
    #[error("time {time} lies outside of the sample's {steps} steps")]
    Time {
        /// The time written.
        time: i64,
        /// The sample's length.
        steps: i64,
    },
    /// One input twice in one step.
    #[error("input {address} spikes twice at step {time}")]
    Twice {
        /// Number of the input.
        address: i64,
        /// Step of both spikes.
        time: i64,
    },
    /// The file stops within a sample.
    #[error("the file ends within a sample (no -1, T)")]
    Unfinished,
    /// The count in the first line is wrong.
    #[error("the first line says {said} samples, the file has {found}")]
    Count {
        /// Number of samples that the first line says.
        said: i64,
        /// Number of samples in the file.
        found: usize,
    },
    /// A weight of more than 8 bit.
    #[error("weight {0} is outside -128..=127")]
    WeightRange(i64),
    /// A weight file of the wrong length.
    #[error("expected {expected} weights, found {found}")]
    Weights {
        /// Sources times targets.
        expected: usize,
        /// Number of weights in the file.
        found: usize,
    },
}

/// A problem and the line it is in, from 1.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("line {line}: {problem}")]
pub struct LineProblem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// Parses the text of a weight file as `[target][source]`.
pub fn parse_weights(
    text: &str,
    sources: usize,
    targets: usize,
) -> Result<Matrix, Vec<LineProblem>> {
    let mut problems = Vec::new();
    let mut values = Vec::new();
    let mut found = 0;
    for (line, content) in numbered(text) {
        found += 1;
        match content.parse::<i64>() {
            Ok(value) => match i8::try_from(value) {
                Ok(value) => values.push(f64::from(value)),
                Err(_) => problems.push(LineProblem {
                    line,
                    problem: Problem::WeightRange(value),
                }),
            },
            Err(_) => problems.push(LineProblem {
                line,
                problem: Problem::NotANumber(content.into()),
            }),
        }
    }
    let expected = sources * targets;
    if found != expected {
        let problem = Problem::Weights { expected, found };
        problems.push(LineProblem {
            line: text.lines().count(),
            problem,
        });
    }
    if problems.is_empty() {
        Ok(Matrix::from_fn(targets, sources, |target, source| {
            values[source * targets + target]
        }))
    } else {
        Err(problems)
    }
}

/// Lines with their numbers, blank ones left out.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty())
}

/// Parses the text of a sample file, or lists every problem in it.
pub fn parse_samples(text: &str) -> Result<Samples, Vec<LineProblem>> {
    let mut parser = Parser::default();
    let mut lines = numbered(text);
    let first = lines.next().unwrap_or((1, ""));
    let said = first.1.parse::<i64>();
    if said.is_err() {
        parser.note(first.0, Problem::NotANumber(first.1.into()));
    }
    for (line, content) in lines {
        parser.line = line;
        match pair(content) {
            Some((address, time)) => parser.take(address, time),
            None => parser.note(line, Problem::NotAPair(content.into())),
        }
    }
    if !parser.spikes.is_empty() || parser.class.is_some() {
        parser.note(parser.line, Problem::Unfinished);
    }
    let found = parser.ends;
    match said {
        Ok(said) if usize::try_from(said) != Ok(found) || found == 0 => {
            parser.note(first.0, Problem::Count { said, found });
        }
        _ => {}
    }
    if parser.problems.is_empty() {
        Ok(Samples {
            sequence_steps: parser.steps.unwrap_or(0) as usize,
            sequences: parser.done,
        })
    } else {
        parser.problems.sort_by_key(|p| p.line);
        Err(parser.problems)
    }
}

fn pair(content: &str) -> Option<(i64, i64)> {
    let (address, time) = content.split_once(',')?;
    Some((address.trim().parse().ok()?, time.trim().parse().ok()?))
}

/// The sample being read, and what has been found so far.
#[derive(Default)]
struct Parser {
    line: usize,
    spikes: Vec<(usize, i64, i64)>,
    class: Option<i64>,
    steps: Option<i64>,
    ends: usize,
    done: Vec<Sequence>,
    problems: Vec<LineProblem>,
}

impl Parser {
    fn note(&mut self, line: usize, problem: Problem) {
        self.problems.push(LineProblem { line, problem });
    }

    fn take(&mut self, address: i64, time: i64) {
        match address {
            -1 => self.end_sample(time),
            -2 if self.class.is_some() => self.note(self.line, Problem::ClassTwice),
            -2 => {
                if !(0..CLASSES as i64).contains(&time) {
                    self.note(self.line, Problem::Class(time));
                }
                self.class = Some(time);
            }
            0..40 => self.spikes.push((self.line, address, time)),
            _ => self.note(self.line, Problem::Address(address)),
        }
    }

    fn end_sample(&mut self, time: i64) {
        self.ends += 1;
        let spikes = std::mem::take(&mut self.spikes);
        let class = self.class.take();
        if class.is_none() {
            self.note(self.line, Problem::NoClass);
        }
        let expected = *self.steps.get_or_insert(time.clamp(1, STEPS_MAX));
        if time != expected {
            let expected = if self.ends == 1 {
                format!("1 to {STEPS_MAX}")
            } else {
                expected.to_string()
            };
            return self.note(
                self.line,
                Problem::Length {
                    expected,
                    found: time,
                },
            );
        }
        let mut input = vec![Vec::new(); expected as usize];
        for (line, address, time) in spikes {
            match usize::try_from(time).ok().and_then(|t| input.get_mut(t)) {
                None => self.note(
                    line,
                    Problem::Time {
                        time,
                        steps: expected,
                    },
                ),
                Some(step) if step.contains(&(address as u32)) => {
                    self.note(line, Problem::Twice { address, time })
                }
                Some(step) => step.push(address as u32),
            }
        }
        if let Some(class) = class {
            self.done.push(Sequence {
                input,
                target: Target::Class(class.max(0) as usize),
            });
        }
    }
}
