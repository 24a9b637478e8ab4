//! Findings in the text of a program: place, line and mark, as a compiler shows them.

use seamount_diagnose::{Fault, Finding, Place};
use std::fmt;
use std::ops::Range;

/// A finding while the text is read: it still knows its line and the characters that are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextFinding {
    /// File, or the name of a shipped program that was included.
    pub file: String,
    /// Number of the line, from 1.
    pub line: usize,
    /// Characters of the line, from 0, that are meant.
    pub columns: Range<usize>,
    /// Text of the line.
    pub source: String,
    /// Word that is meant, where it is one.
    pub word: Option<String>,
    /// Problem in words.
    pub message: String,
}

impl TextFinding {
    /// The line with its number, and below it what is meant: two lines.
    fn marked(&self) -> String {
        // tabs and control characters would move the caret
        let source: String = self
            .source
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let number = self.line;
        let width = self.columns.len().max(1);
        format!(
            "{number:>5} | {source}\n{:>5} | {}{}",
            "",
            " ".repeat(self.columns.start),
            "^".repeat(width)
        )
    }

    /// The finding with its place and, below the problem, the marked line.
    pub fn finding(self) -> Finding {
        let problem = format!("{}\n{}", self.message, self.marked());
        let place = Place::text(self.line, self.columns.start + 1).in_file(self.file);
        let finding = Finding::new(place, Fault::Rule, problem);
        match self.word {
            Some(word) => finding.value(word),
            None => finding,
        }
    }
}

/// Everything that is wrong with a program's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssembleError {
    /// In the order of the text; never empty. Each has file, line and column; its problem ends
    /// with the line itself and a mark below it.
    pub findings: Vec<Finding>,
}

impl fmt::Display for AssembleError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (i, finding) in self.findings.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for AssembleError {}
