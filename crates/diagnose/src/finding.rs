//! One thing wrong, in words for a person and as fields for a program.

use crate::Place;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use std::fmt;

/// One thing wrong with something a user wrote.
///
/// Shown as `place: problem; suggestion`. The problem is whole without the fields below it: they
/// hold the same once more for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The file, line, field or index of the mistake.
    pub place: Place,
    /// The kind of mistake.
    pub fault: Fault,
    /// The mistake in words, the value found and the range allowed included.
    pub problem: String,
    /// The value found, where one value is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The values allowed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Allowed>,
    /// What the user may have meant, in words: `did you mean 'soma'?`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Finding {
    /// A finding in words.
    pub fn new(place: impl Into<Place>, fault: Fault, problem: impl Into<String>) -> Self {
        Finding {
            place: place.into(),
            fault,
            problem: problem.into(),
            value: None,
            range: None,
            suggestion: None,
        }
    }

    /// The same with the value found.
    #[must_use]
    pub fn value(mut self, value: impl Into<Value>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// The same with the values allowed.
    #[must_use]
    pub fn range(mut self, range: Allowed) -> Self {
        self.range = Some(range);
        self
    }

    /// The same with a suggestion, if there is one.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<Option<String>>) -> Self {
        self.suggestion = suggestion.into();
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_whole() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.problem)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

/// Kinds of mistakes, for programs that act on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// A text that is not in its language at all: no JSON, no TOML, no UTF-8.
    Syntax,
    /// A file that cannot be read, or is damaged.
    File,
    /// Something that must be there is not.
    Missing,
    /// A field that has no meaning there and would be ignored.
    UnknownField,
    /// A value of another type.
    WrongType,
    /// A number outside its range.
    OutOfRange,
    /// A list of another length.
    WrongLength,
    /// An array of another shape.
    WrongShape,
    /// Two shapes that would be equal but for axes of length 1.
    UnitAxes,
    /// A name that names nothing.
    UnknownName,
    /// A name that is given twice.
    DuplicateName,
    /// A word that is none of those known there.
    UnknownWord,
    /// Something valid that is not built.
    Unsupported,
    /// Another rule is broken; the problem says which.
    Rule,
    /// More memory than may be taken.
    Memory,
    /// Further findings that are not listed.
    More,
}

/// Values that are allowed at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Allowed {
    /// Numbers of a range, both ends included.
    Between {
        /// Smallest allowed.
        min: Number,
        /// Largest allowed.
        max: Number,
    },
    /// One of some words.
    OneOf(Vec<String>),
    /// In words: `above 0`.
    Words(String),
}

/// Something that cannot be used, with every finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The findings, never none.
    pub findings: Vec<Finding>,
}

impl Refusal {
    /// A refusal for one reason.
    pub fn of(finding: Finding) -> Self {
        Refusal {
            findings: vec![finding],
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.findings.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_a_sentence_and_an_object() {
        let finding = Finding::new("size", Fault::OutOfRange, "0 is outside 1..=9")
            .value(0)
            .range(Allowed::Between {
                min: 1.into(),
                max: 9.into(),
            })
            .suggest("is it 1?".to_string());
        assert_eq!(finding.to_string(), "size: 0 is outside 1..=9; is it 1?");
        let json = serde_json::json!({
            "place": {"path": "size"},
            "fault": "out_of_range",
            "problem": "0 is outside 1..=9",
            "value": 0,
            "range": {"between": {"min": 1, "max": 9}},
            "suggestion": "is it 1?",
        });
        assert_eq!(serde_json::to_value(&finding).unwrap(), json);
        assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), finding);
        let whole = Finding::new(Place::whole(), Fault::Rule, "has no Input");
        assert_eq!(whole.to_string(), "has no Input");
    }
}
