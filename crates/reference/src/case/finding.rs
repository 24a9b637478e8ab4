//! What can be wrong with a case file.

use thiserror::Error;

/// One thing wrong, with the place it is at (`params.tau_m`, `weights.w_in[3]`).
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Finding {
    /// A key that must be there is not.
    #[error("{path}: missing")]
    Missing {
        /// Where.
        path: String,
    },
    /// A value of another JSON type.
    #[error("{path}: expected {expected}, found {found}")]
    Kind {
        /// Where.
        path: String,
        /// What was wanted.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// An array of another length.
    #[error("{path}: expected {expected} entries, found {found}")]
    Length {
        /// Where.
        path: String,
        /// The length that fits the rest.
        expected: usize,
        /// The length it has.
        found: usize,
    },
    /// A number outside of what has a meaning.
    #[error("{path}: {value} is not {allowed}")]
    Range {
        /// Where.
        path: String,
        /// The number, as written.
        value: String,
        /// What it must be.
        allowed: String,
    },
    /// A word that is none of the known ones.
    #[error("{path}: '{value}' is none of {allowed}")]
    Choice {
        /// Where.
        path: String,
        /// The word.
        value: String,
        /// The known words.
        allowed: &'static str,
    },
    /// Two entries that do not go together.
    #[error("{path}: {reason}")]
    Conflict {
        /// Where.
        path: String,
        /// Why.
        reason: String,
    },
}

/// Why a case cannot be run. `Findings` lists everything found, not just the first.
#[derive(Debug, Error)]
pub enum CaseError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// JSON, but not a case.
    #[error("{} finding(s):\n{}", .0.len(), lines(.0))]
    Findings(Vec<Finding>),
}

impl CaseError {
    /// The findings; empty when the text is not JSON at all.
    pub fn findings(&self) -> &[Finding] {
        match self {
            CaseError::Syntax(_) => &[],
            CaseError::Findings(findings) => findings,
        }
    }
}

fn lines(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(|f| format!("  {f}"))
        .collect::<Vec<_>>()
        .join("\n")
}
