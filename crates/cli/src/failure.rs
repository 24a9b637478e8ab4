//! Why a command stops, and what the world sees of it: lines on stderr, JSON, an exit code.

use std::fmt::Display;
use std::io;
use std::path::Path;

/// Kind of a failure; each has its own, stable exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file holds something wrong.
    Input,
    /// The command line is wrong.
    Usage,
    /// The network does not fit the chip.
    Limits,
    /// A file cannot be read or written.
    Io,
    /// What `validate` was given is wrong: its codes are 0 and 1 for the verdict.
    Rule,
}

impl Kind {
    /// Exit code.
    pub fn code(self) -> u8 {
        match self {
            Kind::Input => 1,
            Kind::Usage | Kind::Rule => 2,
            Kind::Limits => 3,
            Kind::Io => 4,
        }
    }

    /// Name in the JSON form.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Input | Kind::Rule => "input",
            Kind::Usage => "usage",
            Kind::Limits => "limits",
            Kind::Io => "io",
        }
    }
}

/// Whether a line is a numbered line of a source text, or the marks below one.
fn shows_source(line: &str) -> bool {
    line.trim_start()
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start()
        .starts_with("| ")
}

/// Why a command stops: every finding at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Kind.
    pub kind: Kind,
    /// File (or flag) that all findings are about.
    pub place: String,
    /// What is wrong, one line each.
    pub findings: Vec<String>,
    /// What could help.
    pub hint: Option<&'static str>,
    /// The report has been printed; standard output takes no second document.
    pub after_report: bool,
}

impl Failure {
    /// A failure; each line of each problem becomes a finding, but lines of a source text with what
    /// is meant below (`3 | ...`) belong to the finding before and stay as they are.
    pub fn new(
        kind: Kind,
        place: impl Display,
        problems: impl IntoIterator<Item = impl Display>,
    ) -> Failure {
        let mut findings: Vec<String> = vec![];
        for problem in problems {
            for line in problem
                .to_string()
                .lines()
                .filter(|line| !line.trim().is_empty())
            {
                match findings.last_mut() {
                    Some(finding) if shows_source(line) => {
                        *finding += &format!("\n{}", line.trim_end());
                    }
                    _ => findings.push(line.trim().into()),
                }
            }
        }
        if findings.is_empty() {
            findings.push("failed".into());
        }
        Failure {
            kind,
            place: place.to_string(),
            findings,
            hint: None,
            after_report: false,
        }
    }

    /// A file holds something wrong.
    pub fn input(path: &Path, problem: impl Display) -> Failure {
        Failure::new(Kind::Input, path.display(), [problem])
    }

    /// The command line is wrong.
    pub fn usage(flag: &str, problem: impl Display) -> Failure {
        Failure::new(Kind::Usage, flag, [problem])
    }

    /// A file cannot be read.
    pub fn read(path: &Path, error: &io::Error) -> Failure {
        Failure::new(
            Kind::Io,
            path.display(),
            [format!("cannot be read: {error}")],
        )
    }

    /// A file cannot be written.
    pub fn write(path: &Path, error: &io::Error) -> Failure {
        Failure::new(
            Kind::Io,
            path.display(),
            [format!("cannot be written: {error}")],
        )
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: &'static str) -> Failure {
        self.hint = Some(hint);
        self
    }

    /// Says that the report has been printed.
    #[must_use]
    pub fn after_report(self) -> Failure {
        Failure {
            after_report: true,
            ..self
        }
    }

    /// The lines for people.
    pub fn lines(&self) -> String {
        let mut out = String::new();
        for finding in &self.findings {
            // a finding may name the file, line and column itself, or a file of the folder
            match finding
                .strip_prefix(&self.place)
                .is_some_and(|rest| rest.starts_with([':', '/']))
            {
                true => out += &format!("{finding}\n"),
                false => out += &format!("{}: {finding}\n", self.place),
            }
        }
        if let Some(hint) = self.hint {
            out += &format!("hint: {hint}\n");
        }
        out
    }

    /// The object for programs.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "error": self.kind.name(),
            "place": self.place,
            "findings": self.findings,
            "exit_code": self.kind.code(),
        })
    }
}
