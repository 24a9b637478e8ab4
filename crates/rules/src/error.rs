//! What is wrong with the text of a rule, with the character at which it is wrong.

use std::fmt;

/// What is wrong with the text of a rule, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// Place of the character that is wrong, from 0.
    pub at: usize,
    /// Problem in words.
    pub problem: String,
}

impl RuleError {
    /// An error at a character of a text, counted from 0.
    pub fn new(at: usize, problem: impl Into<String>) -> Self {
        RuleError {
            at,
            problem: problem.into(),
        }
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {}: {}", self.at + 1, self.problem)
    }
}
