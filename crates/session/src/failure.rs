//! The one type of failure for everything that a person can get wrong.
//!
//! A failure says what it is about, carries every finding at once, and has a kind: the command
//! turns the kind into an exit code, other languages into an exception. It does *not* know what
//! either of them looks like: an option is named `dt`, and the command writes `--dt`.

use seamount_diagnose::{Fault, Finding, Place};
use seamount_network::memory::MemoryShort;
use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};

/// Kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// A file or a value holds something wrong.
    Input,
    /// An option is wrong, or has no meaning beside the others.
    Usage,
    /// The network does not fit the chip.
    Limits,
    /// A file cannot be read or written.
    Io,
    /// More memory would be needed than may be taken.
    Memory,
    /// Data are not where they were looked for.
    Missing,
    /// The work was stopped before its end; what was done is kept.
    Interrupted,
}

/// What all findings of a failure are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An option, by its name with hyphens and without any sign before it: `weight-bits`.
    Option(String),
    /// A file, or anything else that has a name of its own.
    Named(String),
    /// The call as a whole: only its caller knows what it is called.
    Call,
}

/// An option that would let a failed call go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remedy {
    /// More memory can be allowed.
    AllowMemory,
    /// Limits of the chip can be reported instead of enforced.
    IgnoreLimits,
    /// Axes of length 1 of Inputs and Outputs can be taken as their neighbours have them.
    IgnoreUnitAxes,
    /// Programs of neurons that are built in can be listed.
    ListPrograms,
    /// The folder of a data set can be named.
    NameData,
}

/// Why a call fails: every finding at once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Kind of the failure.
    pub kind: FailureKind,
    /// File, option or name that all findings are about.
    pub what: Subject,
    /// The findings, at least one.
    pub findings: Vec<Finding>,
    /// An option that would help, if there is one.
    pub remedy: Option<Remedy>,
}

/// Whether a line is a numbered line of a source text, or the marks below one.
fn shows_source(line: &str) -> bool {
    line.trim_start()
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start()
        .starts_with("| ")
}

impl Failure {
    /// A failure in words about something with a name.
    ///
    /// Each line of each problem becomes a finding, but lines of a source text with what is meant
    /// below (`3 | ...`) belong to the finding before and stay as they are.
    pub fn new(
        kind: FailureKind,
        named: impl Display,
        problems: impl IntoIterator<Item = impl Display>,
    ) -> Failure {
        let mut lines: Vec<String> = vec![];
        for problem in problems {
            let text = problem.to_string();
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                match lines.last_mut() {
                    Some(finding) if shows_source(line) => {
                        *finding += &format!("\n{}", line.trim_end());
                    }
                    _ => lines.push(line.trim().into()),
                }
            }
        }
        if lines.is_empty() {
            lines.push("failed".into());
        }
        Failure::whole(kind, named, lines)
    }

    /// A failure in words where each text is one finding, of however many lines.
    pub fn whole(
        kind: FailureKind,
        named: impl Display,
        texts: impl IntoIterator<Item = String>,
    ) -> Failure {
        let finding = |text| Finding::new(Place::whole(), Fault::Rule, text);
        Failure::of(kind, named, texts.into_iter().map(finding).collect())
    }

    /// A failure with findings that know their places. If memory is among them, that is its kind.
    pub fn of(kind: FailureKind, named: impl Display, findings: Vec<Finding>) -> Failure {
        let short = findings.iter().any(|f| f.fault == Fault::Memory);
        Failure {
            kind: if short { FailureKind::Memory } else { kind },
            what: Subject::Named(named.to_string()),
            findings,
            remedy: short.then_some(Remedy::AllowMemory),
        }
    }

    /// Less memory is left than is needed.
    pub fn memory(named: impl Display, short: MemoryShort) -> Failure {
        Failure::of(FailureKind::Memory, named, vec![short.into()])
    }

    /// A file or a value holds something wrong.
    pub fn input(path: &Path, problem: impl Display) -> Failure {
        Failure::new(FailureKind::Input, path.display(), [problem])
    }

    /// An option is wrong, or has no meaning beside the others.
    pub fn option(name: &str, problem: impl Display) -> Failure {
        Failure {
            what: Subject::Option(name.into()),
            ..Failure::new(FailureKind::Usage, name, [problem])
        }
    }

    /// A call is wrong as a whole, or several of its options together.
    pub fn usage(named: &str, problem: impl Display) -> Failure {
        Failure::new(FailureKind::Usage, named, [problem])
    }

    /// A call has no meaning, for a reason that is about no option alone.
    pub fn call(problem: impl Display) -> Failure {
        Failure {
            what: Subject::Call,
            ..Failure::usage("", problem)
        }
    }

    /// A data set is in none of the folders that were looked in, which are given in order.
    pub fn missing(what: impl Display, looked: &[PathBuf]) -> Failure {
        let looked: Vec<String> = looked.iter().map(|f| f.display().to_string()).collect();
        let problem = format!("{what} not found; looked in {}", looked.join(", "));
        Failure {
            kind: FailureKind::Missing,
            remedy: Some(Remedy::NameData),
            ..Failure::call(problem)
        }
    }

    /// A file cannot be read.
    pub fn read(path: &Path, error: &io::Error) -> Failure {
        let problem = format!("cannot be read: {error}");
        Failure::new(FailureKind::Io, path.display(), [problem])
    }

    /// A file cannot be written.
    pub fn write(path: &Path, error: &io::Error) -> Failure {
        let problem = format!("cannot be written: {error}");
        Failure::new(FailureKind::Io, path.display(), [problem])
    }

    /// The same failure with an option that would help.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<Option<Remedy>>) -> Failure {
        self.remedy = remedy.into();
        self
    }

    /// The same failure, about `caller` if it is about the call as a whole.
    #[must_use]
    pub fn named(mut self, caller: &str) -> Failure {
        if self.what == Subject::Call {
            self.what = Subject::Named(caller.into());
        }
        self
    }

    /// The findings as lines of text, without what they are about.
    pub fn lines(&self) -> Vec<String> {
        self.findings.iter().map(ToString::to_string).collect()
    }
}

impl Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Option(name) => write!(f, "option {name}"),
            Subject::Named(name) => f.write_str(name),
            Subject::Call => Ok(()),
        }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, line) in self.lines().iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            if self.what != Subject::Call {
                write!(f, "{}: ", self.what)?;
            }
            f.write_str(line)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_finding_but_source_text_stays_with_its_own() {
        let text = "line 3: no such word\n  3 | SPIKY\n    | ^^^^^\n\nline 9: and another";
        let failure = Failure::new(FailureKind::Input, "a.asm", [text]);
        let wanted = [
            "line 3: no such word\n  3 | SPIKY\n    | ^^^^^",
            "line 9: and another",
        ];
        assert_eq!(failure.lines(), wanted);
        assert_eq!(failure.what, Subject::Named("a.asm".into()));
        assert_eq!(
            Failure::option("dt", "is no time").to_string(),
            "option dt: is no time"
        );
        let nothing = Failure::new(FailureKind::Io, "x", Vec::<String>::new());
        assert_eq!(nothing.lines(), ["failed"]);
    }
}
