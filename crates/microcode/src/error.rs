//! Findings in the text of a program: place, line and mark, as a compiler shows them.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a program's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFinding {
    /// File, or the name of a shipped program that was included.
    pub file: String,
    /// Number of the line, from 1.
    pub line: usize,
    /// Characters of the line, from 0, that are meant.
    pub columns: Range<usize>,
    /// Text of the line.
    pub source: String,
    /// Problem in words.
    pub message: String,
}

impl TextFinding {
    /// Column of the first character that is meant, from 1.
    pub fn column(&self) -> usize {
        self.columns.start + 1
    }
}

impl TextFinding {
    /// The line with its number, and below it what is meant: two lines.
    pub fn marked(&self) -> String {
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
}

impl fmt::Display for TextFinding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}: {}\n{}",
            self.file,
            self.line,
            self.column(),
            self.message,
            self.marked()
        )
    }
}

/// Everything that is wrong with a program's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssembleError {
    /// In the order of the text; never empty.
    pub findings: Vec<TextFinding>,
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
