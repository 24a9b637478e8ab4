//! Names beyond what a program may have: the first too many of each kind, where it stands.

use crate::error::TextFinding;
use crate::include::SourceLine;
use crate::lines::SourceToken;
use crate::{NAMES_MAX, Parameter};

/// Kinds of names, in the order of the counts.
const KINDS: [&str; 3] = ["state words", "parameters", "probes"];

/// The first name too many of each kind.
#[derive(Default)]
pub(crate) struct ExcessNames([Option<TextFinding>; 3]);

impl ExcessNames {
    /// One more name of a kind that has `known` already.
    pub fn count(&mut self, kind: usize, known: usize, line: &SourceLine, token: &SourceToken) {
        if known == NAMES_MAX {
            self.0[kind] = Some(line.finding(Some(token), ""));
        }
    }

    /// What there is too much of, given how many names of each kind there are.
    pub fn findings(&mut self, counts: [usize; 3]) -> Vec<TextFinding> {
        let mut findings = vec![];
        for (kind, count) in counts.into_iter().enumerate() {
            if let Some(finding) = self.0[kind].take() {
                let what = KINDS[kind];
                let message =
                    format!("{count} {what}; at most {NAMES_MAX}: this is the first too many");
                findings.push(TextFinding { message, ..finding });
            }
        }
        findings
    }

    /// Whether a name is one of too many.
    pub fn has(
        &self,
        name: &str,
        states: &[String],
        parameters: &[Parameter],
        probes: &[String],
    ) -> bool {
        let beyond = NAMES_MAX;
        let mut names = states
            .iter()
            .skip(beyond)
            .chain(parameters.iter().skip(beyond).map(|p| &p.name))
            .chain(probes.iter().skip(beyond));
        names.any(|n| n == name)
    }
}
