//! JSON as a [`Tree`]: values that are parsed already, and texts in which every node has its line.
//!
//! A text is not parsed into a tree of its own: a node is a byte in it, and what lies between is
//! skipped. The readers of findings come after serde has refused a text, and then a netlist of many
//! megabytes would take a multiple of that as a tree.

use crate::finding::{Fault, Finding};
use crate::place::{Place, Position};
use crate::tree::{Member, Tree, View};
use serde_json::{Error, Value};
use std::borrow::Cow;

impl<'a> Tree<'a> for &'a Value {
    const TABLE: &'static str = "an object";
    const LIST: &'static str = "an array";

    fn view(self) -> View<'a> {
        match self {
            Value::Null => View::Nothing,
            Value::Bool(flag) => View::Flag(*flag),
            Value::Number(number) => match number.as_i128() {
                Some(integer) => View::Integer(integer),
                None => View::Number(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => View::Text(Cow::Borrowed(text)),
            Value::Array(_) => View::List,
            Value::Object(_) => View::Table,
        }
    }

    fn items(self) -> impl Iterator<Item = Self> {
        self.as_array().into_iter().flatten()
    }

    fn members(self) -> impl Iterator<Item = Member<'a, Self>> {
        let members = self.as_object().into_iter().flatten();
        members.map(|(name, value)| Member {
            name: Cow::Borrowed(name.as_str()),
            position: None,
            value,
        })
    }

    fn member(self, name: &str) -> Option<Self> {
        self.get(name)
    }

    fn position(self) -> Option<Position> {
        None
    }
}

/// Bytes of a line between two marks.
const MARK_BYTES: usize = 1 << 10;

/// Where the lines of a text begin.
///
/// A column is a number of characters, and a program writes a whole file on one line: to count from
/// its beginning for every finding would take time by the square of the file. So long lines have
/// marks.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    marks: Vec<LineMark>,
}

/// A byte within a line and the characters of the line before it.
#[derive(Debug)]
struct LineMark {
    byte: usize,
    characters: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let starts: Vec<usize> = std::iter::once(0).chain(after_breaks).collect();
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        let mut marks = vec![];
        for (start, end) in starts.iter().zip(ends) {
            mark(text, *start, end, &mut marks);
        }
        Lines {
            text,
            starts,
            marks,
        }
    }

    /// The position of a byte, which must begin a character or end the text.
    pub(crate) fn position(&self, byte: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts[line - 1];
        let marked = self.marks.partition_point(|mark| mark.byte <= byte);
        let (from, before) = match self.marks[..marked].last() {
            Some(mark) if mark.byte > start => (mark.byte, mark.characters),
            _ => (start, 0),
        };
        let rest = self.text.get(from..byte).unwrap_or_default();
        Position {
            line,
            column: Some(before + rest.chars().count() + 1),
        }
    }
}

/// Adds the marks of the line from `start` to `end`.
fn mark(text: &str, start: usize, end: usize, marks: &mut Vec<LineMark>) {
    let mut characters = 0;
    let mut from = start;
    while from + MARK_BYTES < end {
        let mut byte = from + MARK_BYTES;
        while !text.is_char_boundary(byte) {
            byte += 1;
        }
        characters += text[from..byte].chars().count();
        marks.push(LineMark { byte, characters });
        from = byte;
    }
}

/// An error of serde as a finding: its words, with the place in front and not once more behind.
pub fn by_serde(error: &Error, fault: Fault) -> Finding {
    let words = error.to_string();
    let problem = match words.rsplit_once(" at line ") {
        Some((problem, _)) => problem,
        None => &words,
    };
    let place = match error.line() {
        0 => Place::whole(),
        line => Place::text(line, error.column().max(1)),
    };
    Finding::new(place, fault, problem)
}

/// A JSON text, proved to be JSON.
#[derive(Debug)]
pub struct JsonText<'a> {
    text: &'a str,
    lines: Lines<'a>,
}

impl<'a> JsonText<'a> {
    /// Proves a text. JSON that is nested deeper than 128 levels is refused, as serde_json does.
    ///
    /// # Errors
    /// The first mistake in the language: what is between the mistakes of a text that is no JSON is
    /// anybody's guess.
    pub fn new(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<serde::de::IgnoredAny>(text)?;
        Ok(JsonText {
            text,
            lines: Lines::new(text),
        })
    }

    /// As [`JsonText::new`], with the mistake as the only finding.
    ///
    /// # Errors
    /// As there, with its line and column.
    pub fn proved(text: &'a str) -> Result<Self, Vec<Finding>> {
        JsonText::new(text).map_err(|error| vec![by_serde(&error, Fault::Syntax)])
    }

    /// The outermost value.
    pub fn root(&self) -> JsonNode<'_> {
        JsonNode {
            json: self,
            start: after_space(self.text, 0),
        }
    }
}

/// A value in a JSON text.
#[derive(Debug, Clone, Copy)]
pub struct JsonNode<'t> {
    json: &'t JsonText<'t>,
    /// Its first byte.
    start: usize,
}

impl<'t> JsonNode<'t> {
    /// The text of the value.
    fn text(self) -> &'t str {
        &self.json.text[self.start..end_of_value(self.json.text, self.start)]
    }

    fn first_byte(self) -> u8 {
        self.json.text.as_bytes()[self.start]
    }

    /// The first bytes of the elements of a list or of the names of a table.
    fn entries(self, open: u8) -> Entries<'t> {
        let text = self.json.text;
        let next = (self.first_byte() == open).then(|| after_space(text, self.start + 1));
        Entries { text, next }
    }
}

impl<'t> Tree<'t> for JsonNode<'t> {
    const TABLE: &'static str = "an object";
    const LIST: &'static str = "an array";

    fn view(self) -> View<'t> {
        match self.first_byte() {
            b'n' => View::Nothing,
            b't' => View::Flag(true),
            b'f' => View::Flag(false),
            b'"' => View::Text(unescape(self.text())),
            b'[' => View::List,
            b'{' => View::Table,
            _ => match self.text().parse() {
                // -0 is a fraction to serde: an integer has no sign of its own for 0
                Ok(integer) if self.text() != "-0" => View::Integer(integer),
                _ => View::Number(self.text().parse().unwrap_or(f64::NAN)),
            },
        }
    }

    fn items(self) -> impl Iterator<Item = Self> {
        self.entries(b'[')
            .map(move |start| JsonNode { start, ..self })
    }

    fn members(self) -> impl Iterator<Item = Member<'t, Self>> {
        let text = self.json.text;
        self.entries(b'{').map(move |name| {
            let name_end = end_of_value(text, name);
            let colon = after_space(text, name_end);
            Member {
                name: unescape(&text[name..name_end]),
                position: Some(self.json.lines.position(name)),
                value: JsonNode {
                    start: after_space(text, colon + 1),
                    ..self
                },
            }
        })
    }

    fn position(self) -> Option<Position> {
        Some(self.json.lines.position(self.start))
    }
}

/// Elements of a list, or the names of a table, by their first bytes.
struct Entries<'t> {
    text: &'t str,
    /// First byte of the next entry, or the bracket that ends all.
    next: Option<usize>,
}

impl Iterator for Entries<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let start = self.next?;
        if matches!(self.text.as_bytes()[start], b']' | b'}') {
            self.next = None;
            return None;
        }
        let mut at = after_space(self.text, end_of_value(self.text, start));
        if self.text.as_bytes()[at] == b':' {
            let value = after_space(self.text, at + 1);
            at = after_space(self.text, end_of_value(self.text, value));
        }
        // a comma has another entry behind it, the bracket at the end has none
        let comma = self.text.as_bytes()[at] == b',';
        self.next = Some(if comma {
            after_space(self.text, at + 1)
        } else {
            at
        });
        Some(start)
    }
}

/// The first byte from `at` on that is no white space.
fn after_space(text: &str, at: usize) -> usize {
    let rest = &text.as_bytes()[at..];
    let spaces = rest
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
    at + spaces.count()
}

/// The byte behind the value that begins at `start`, in a text that is JSON.
fn end_of_value(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    match bytes[start] {
        b'"' => end_of_string(bytes, start),
        b'[' | b'{' => {
            let mut depth = 0usize;
            let mut at = start;
            loop {
                match bytes[at] {
                    b'"' => at = end_of_string(bytes, at) - 1,
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    return at;
                }
            }
        }
        _ => {
            let ends = |b: &u8| matches!(b, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
            let length = bytes[start..].iter().position(ends);
            length.map_or(bytes.len(), |length| start + length)
        }
    }
}

/// The byte behind the string that begins at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
}

/// A string with its quotes as the text that it stands for.
fn unescape(quoted: &str) -> Cow<'_, str> {
    let inner = &quoted[1..quoted.len() - 1];
    if inner.contains('\\') {
        serde_json::from_str(quoted).map_or(Cow::Borrowed(inner), Cow::Owned)
    } else {
        Cow::Borrowed(inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#" {"a" : [1, -2.5,"x\"]}y" , [ ], {}],
  "ä\n": {"b":true,"c":null}, "n":18446744073709551615 } "#;

    /// A tree as a value, by the methods of the trait only.
    fn value<'a>(node: impl Tree<'a>) -> Value {
        match node.view() {
            View::Nothing => Value::Null,
            View::Flag(flag) => flag.into(),
            View::Integer(integer) => u64::try_from(integer)
                .map(Value::from)
                .unwrap_or_else(|_| i64::try_from(integer).unwrap().into()),
            View::Number(number) => number.into(),
            View::Text(text) => text.into(),
            View::List => node.items().map(value).collect(),
            View::Table => node
                .members()
                .map(|m| (m.name.into_owned(), value(m.value)))
                .collect(),
            View::Other(words) => unreachable!("{words}"),
        }
    }

    #[test]
    fn columns_are_characters_also_far_into_a_long_line() {
        let long: String = (0..9000).map(|k| ['a', 'ü', '語', '𝄞'][k % 4]).collect();
        let text = format!("short\n{long}\nend {long}");
        let lines = Lines::new(&text);
        let mut line = 1;
        let mut column = 1;
        for (byte, character) in text.char_indices() {
            let wanted = Position {
                line,
                column: Some(column),
            };
            assert_eq!(lines.position(byte), wanted, "byte {byte}");
            column += 1;
            if character == '\n' {
                line += 1;
                column = 1;
            }
        }
    }

    #[test]
    fn a_text_is_the_value_that_serde_reads() {
        let parsed: Value = serde_json::from_str(TEXT).unwrap();
        let json = JsonText::new(TEXT).unwrap();
        assert_eq!(value(json.root()), parsed);
        assert_eq!(value(&parsed), parsed);
        for scalar in ["3", " null ", "\"\"", "[]", "{}", "-1e3"] {
            let json = JsonText::new(scalar).unwrap();
            let parsed: Value = serde_json::from_str(scalar).unwrap();
            assert_eq!(value(json.root()), parsed);
        }
    }

    #[test]
    fn nodes_know_their_lines_and_columns() {
        let json = JsonText::new(TEXT).unwrap();
        let places: Vec<(String, Position)> = json
            .root()
            .members()
            .map(|m| (m.name.into_owned(), m.value.position().unwrap()))
            .collect();
        let place = |line, column| Position {
            line,
            column: Some(column),
        };
        assert_eq!(
            places,
            [
                ("a".to_string(), place(1, 9)),
                ("ä\n".to_string(), place(2, 10)),
                ("n".to_string(), place(2, 35)),
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_no_tree() {
        for bad in ["", "{", "[1,]", "{\"a\":1} x", &"[".repeat(200)] {
            assert!(JsonText::new(bad).is_err(), "{bad}");
        }
    }
}
