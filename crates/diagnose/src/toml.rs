//! TOML as a [`Tree`] in which every node has its line.

use crate::finding::{Fault, Finding};
use crate::json::Lines;
use crate::place::{Place, Position};
use crate::tree::{Member, Tree, View};
use std::borrow::Cow;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A TOML text, parsed.
#[derive(Debug)]
pub struct TomlText<'a> {
    table: Spanned<DeTable<'a>>,
    lines: Lines<'a>,
}

impl<'a> TomlText<'a> {
    /// Parses a text.
    ///
    /// # Errors
    /// Every mistake in the language, in order of lines.
    pub fn new(text: &'a str) -> Result<Self, Vec<Finding>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let lines = Lines::new(text);
        if errors.is_empty() {
            return Ok(TomlText { table, lines });
        }
        let mut found: Vec<Finding> = errors
            .iter()
            .map(|e| {
                let line = e.span().map_or(1, |s| lines.position(s.start).line);
                Finding::new(Place::line(line), Fault::Syntax, e.message().trim())
            })
            .collect();
        found.sort_by_key(|f| f.place.position);
        Err(found)
    }

    /// The outermost table.
    pub fn root(&self) -> TomlNode<'_> {
        TomlNode {
            lines: &self.lines,
            start: 0,
            kind: TomlKind::Table(self.table.get_ref()),
        }
    }
}

/// A value in a TOML text.
#[derive(Debug, Clone, Copy)]
pub struct TomlNode<'t> {
    lines: &'t Lines<'t>,
    start: usize,
    kind: TomlKind<'t>,
}

#[derive(Debug, Clone, Copy)]
enum TomlKind<'t> {
    Table(&'t DeTable<'t>),
    Value(&'t DeValue<'t>),
}

impl<'t> TomlNode<'t> {
    fn of(lines: &'t Lines<'t>, value: &'t Spanned<DeValue<'t>>) -> Self {
        TomlNode {
            lines,
            start: value.span().start,
            kind: match value.get_ref() {
                DeValue::Table(table) => TomlKind::Table(table),
                other => TomlKind::Value(other),
            },
        }
    }

    /// The line of a byte. Columns are not told: keys of TOML stand one a line.
    fn line_of(self, byte: usize) -> Option<Position> {
        Some(Position::line(self.lines.position(byte).line))
    }
}

impl<'t> Tree<'t> for TomlNode<'t> {
    const TABLE: &'static str = "a table";
    const LIST: &'static str = "an array";

    fn view(self) -> View<'t> {
        let value = match self.kind {
            TomlKind::Table(_) => return View::Table,
            TomlKind::Value(value) => value,
        };
        match value {
            DeValue::String(text) => View::Text(Cow::Borrowed(text)),
            DeValue::Integer(n) => {
                match i128::from_str_radix(&n.as_str().replace('_', ""), n.radix()) {
                    Ok(integer) => View::Integer(integer),
                    Err(_) => View::Other("an integer that no program reads"),
                }
            }
            DeValue::Float(f) => {
                View::Number(f.as_str().replace('_', "").parse().unwrap_or(f64::NAN))
            }
            DeValue::Boolean(flag) => View::Flag(*flag),
            DeValue::Datetime(_) => View::Other("a date"),
            DeValue::Array(_) => View::List,
            DeValue::Table(_) => View::Table,
        }
    }

    fn items(self) -> impl Iterator<Item = Self> {
        let items = match self.kind {
            TomlKind::Value(DeValue::Array(items)) => Some(items),
            _ => None,
        };
        let lines = self.lines;
        items
            .into_iter()
            .flat_map(|items| items.iter())
            .map(move |item| TomlNode::of(lines, item))
    }

    fn members(self) -> impl Iterator<Item = Member<'t, Self>> {
        let table = match self.kind {
            TomlKind::Table(table) => Some(table),
            TomlKind::Value(_) => None,
        };
        let mut members: Vec<_> = table.into_iter().flatten().collect();
        // the parser sorts names; a reader of findings wants the order of the file
        members.sort_by_key(|(name, _)| name.span().start);
        members.into_iter().map(move |(name, value)| Member {
            name: Cow::Borrowed(name.get_ref().as_ref()),
            position: self.line_of(name.span().start),
            value: TomlNode::of(self.lines, value),
        })
    }

    /// Looked up by its name: a table in the order of the file is sorted for each look.
    fn member(self, name: &str) -> Option<Self> {
        match self.kind {
            TomlKind::Table(table) => table.get(name).map(|value| TomlNode::of(self.lines, value)),
            TomlKind::Value(_) => None,
        }
    }

    fn position(self) -> Option<Position> {
        self.line_of(self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_the_order_of_the_file_with_their_lines() {
        let toml = TomlText::new("b = 1_000\na = 0x10\n[t]\nx = [1.5, \"y\", true]\n").unwrap();
        let told: Vec<(String, usize, View)> = toml
            .root()
            .members()
            .map(|m| (m.name.into(), m.position.unwrap().line, m.value.view()))
            .collect();
        assert_eq!(
            told,
            [
                ("b".to_string(), 1, View::Integer(1000)),
                ("a".to_string(), 2, View::Integer(16)),
                ("t".to_string(), 3, View::Table),
            ]
        );
        let x = toml.root().member("t").and_then(|t| t.member("x")).unwrap();
        let items: Vec<View> = x.items().map(Tree::view).collect();
        assert_eq!(
            items,
            [View::Number(1.5), View::Text("y".into()), View::Flag(true)]
        );
    }

    #[test]
    fn every_mistake_in_the_language_has_its_line() {
        let found = TomlText::new("a = 1\nb = \nc = 3\nd = = 4\n").unwrap_err();
        let mut lines: Vec<usize> = found
            .iter()
            .map(|f| f.place.position.unwrap().line)
            .collect();
        // the parser may say several things of one line
        lines.dedup();
        assert_eq!(lines, [2, 4]);
    }
}
