//! Lines of a program with what it includes.

use crate::error::TextFinding;
use crate::lines::{SourceToken, tokens};
use crate::shipped::shipped_text;
use std::path::{Component, Path};

/// How deep files include files.
const DEPTH_MAX: usize = 8;
/// Inclusions of a program, the inclusions of what it includes counted. Eight levels of files that
/// include each other many times would otherwise be read for ever, without a line being kept.
const INCLUSIONS_MAX: usize = 100;
/// Findings after which reading ends: a text with more is none of this language.
const FINDINGS_MAX: usize = 100;
/// Lines of a program with all it includes.
const LINES_MAX: usize = 10_000;
/// Characters of a line.
const LINE_MAX: usize = 1000;

/// Where `.include "name"` looks, after the shipped programs.
pub trait Includes {
    /// Text of a file, or why there is none. The name is relative and has no `..`.
    ///
    /// # Errors
    /// Why it cannot be read, in a user's words.
    fn text(&self, name: &str) -> Result<String, String>;
}

/// Shipped programs only.
pub(crate) struct ShippedOnly;

impl Includes for ShippedOnly {
    fn text(&self, name: &str) -> Result<String, String> {
        Err(format!("there is no shipped program or fragment '{name}'"))
    }
}

/// One line that is not empty.
#[derive(Debug, Clone)]
pub(crate) struct SourceLine {
    pub file: String,
    /// Number of the inclusion that the line is of, 0 the program itself: labels are seen within
    /// one inclusion only.
    pub inclusion: usize,
    pub number: usize,
    pub source: String,
    pub tokens: Vec<SourceToken>,
}

impl SourceLine {
    pub fn finding(&self, token: Option<&SourceToken>, message: impl Into<String>) -> TextFinding {
        let all = || {
            self.tokens.first().map_or(0, |t| t.columns.start)
                ..self.tokens.last().map_or(0, |t| t.columns.end)
        };
        TextFinding {
            file: self.file.clone(),
            line: self.number,
            columns: token.map_or_else(all, |t| t.columns.clone()),
            source: self.source.clone(),
            word: token.map(|token| token.text.clone()),
            message: message.into(),
        }
    }
}

/// Whether a name stays in the folder it is looked up in: a program that somebody else wrote must
/// not show other files of whoever assembles it.
fn is_relative(name: &str) -> bool {
    let within = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    Path::new(name).components().all(within)
}

/// Reads lines, and the lines of what they include.
pub(crate) struct LineReader<'a> {
    pub includes: &'a dyn Includes,
    pub lines: Vec<SourceLine>,
    pub found: Vec<TextFinding>,
    open: Vec<String>,
    inclusions: usize,
}

impl<'a> LineReader<'a> {
    pub fn new(includes: &'a dyn Includes) -> Self {
        LineReader {
            includes,
            lines: vec![],
            found: vec![],
            open: vec![],
            inclusions: 0,
        }
    }

    /// Reads a file and what it includes.
    pub fn read(&mut self, file: &str, text: &str) {
        self.open.push(file.to_string());
        let inclusion = self.inclusions;
        self.inclusions += 1;
        for (number, source) in (1..).zip(text.lines()) {
            if self.found.len() >= FINDINGS_MAX {
                break;
            }
            let line = SourceLine {
                file: file.into(),
                inclusion,
                number,
                source: source.into(),
                tokens: vec![],
            };
            if source.chars().count() > LINE_MAX {
                let short = SourceLine {
                    source: source.chars().take(80).collect(),
                    ..line
                };
                self.found.push(
                    short.finding(None, format!("a line of more than {LINE_MAX} characters")),
                );
                continue;
            }
            let line = SourceLine {
                tokens: tokens(source),
                ..line
            };
            if line.tokens.is_empty() {
                continue;
            }
            if self.lines.len() >= LINES_MAX {
                self.found.push(line.finding(
                    None,
                    format!("more than {LINES_MAX} lines, all that is included counted"),
                ));
                break;
            }
            match line.tokens[0].text.eq_ignore_ascii_case(".include") {
                true => self.include(&line),
                false => self.lines.push(line),
            }
        }
        self.open.pop();
    }

    fn include(&mut self, line: &SourceLine) {
        let quoted = |t: &SourceToken| {
            t.text
                .strip_prefix('"')
                .and_then(|t| t.strip_suffix('"'))
                .map(String::from)
        };
        let name = match &line.tokens[..] {
            [_, name] => quoted(name),
            _ => None,
        };
        let Some(name) = name.filter(|n| !n.is_empty()) else {
            return self
                .found
                .push(line.finding(None, "a name in quotes: .include \"lif\""));
        };
        let token = line.tokens.get(1);
        if self.open.contains(&name) {
            return self
                .found
                .push(line.finding(token, format!("'{name}' includes itself")));
        }
        if self.open.len() >= DEPTH_MAX {
            return self
                .found
                .push(line.finding(token, format!("more than {DEPTH_MAX} files deep")));
        }
        if self.inclusions > INCLUSIONS_MAX {
            let problem = format!("more than {INCLUSIONS_MAX} inclusions, all levels counted");
            // Once is enough: the same is true of every line that follows.
            if !self.found.iter().any(|found| found.message == problem) {
                self.found.push(line.finding(token, problem));
            }
            return;
        }
        if !is_relative(&name) {
            let problem = "wanted a name within the folder of the program, without '..'";
            return self.found.push(line.finding(token, problem));
        }
        let text = match shipped_text(&name) {
            Some(text) => Ok(text.to_string()),
            None => self.includes.text(&name),
        };
        match text {
            Ok(text) => self.read(&name, &text),
            Err(why) => self.found.push(line.finding(token, why)),
        }
    }
}
