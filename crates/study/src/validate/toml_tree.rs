//! A TOML text as a tree in which every key knows its line, read with all findings at once.

use super::read::Finding;
use std::collections::BTreeSet;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One table of the tree, and what of it has been asked for.
pub struct Table<'a> {
    text: &'a str,
    table: &'a DeTable<'a>,
    place: String,
    line: usize,
    known: BTreeSet<&'static str>,
}

/// Line of a byte of a text, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

impl<'a> Table<'a> {
    /// The whole text.
    pub fn root(text: &'a str, table: &'a DeTable<'a>) -> Self {
        Table {
            text,
            table,
            place: String::new(),
            line: 1,
            known: BTreeSet::new(),
        }
    }

    fn finding(&self, line: usize, key: &str, problem: impl Into<String>) -> Finding {
        let dot = if self.place.is_empty() || key.is_empty() {
            ""
        } else {
            "."
        };
        Finding {
            line,
            key: format!("{}{dot}{key}", self.place),
            problem: problem.into(),
        }
    }

    fn get(&mut self, key: &'static str) -> Option<(usize, &'a Spanned<DeValue<'a>>)> {
        self.known.insert(key);
        let (_, value) = self.table.iter().find(|(k, _)| k.get_ref() == key)?;
        Some((line_of(self.text, value.span().start), value))
    }

    /// Whether a key is there.
    pub fn has(&self, key: &str) -> bool {
        self.table.iter().any(|(k, _)| k.get_ref() == key)
    }

    /// A finding at a key, or at the table if the key is absent.
    pub fn complain(
        &mut self,
        found: &mut Vec<Finding>,
        key: &'static str,
        problem: impl Into<String>,
    ) {
        let line = self.get(key).map_or(self.line, |(line, _)| line);
        let finding = self.finding(line, key, problem);
        found.push(finding);
    }

    /// A table within; `None` if it is absent.
    pub fn table(&mut self, found: &mut Vec<Finding>, key: &'static str) -> Option<Table<'a>> {
        let (line, value) = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => {
                let dot = if self.place.is_empty() { "" } else { "." };
                Some(Table {
                    text: self.text,
                    table,
                    place: format!("{}{dot}{key}", self.place),
                    line,
                    known: BTreeSet::new(),
                })
            }
            _ => {
                found.push(self.finding(line, key, "is no table"));
                None
            }
        }
    }

    /// A text.
    pub fn text(&mut self, found: &mut Vec<Finding>, key: &'static str) -> Option<String> {
        let (line, value) = self.get(key)?;
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.to_string());
        }
        found.push(self.finding(line, key, "is no text"));
        None
    }

    /// true or false; absent: false.
    pub fn flag(&mut self, found: &mut Vec<Finding>, key: &'static str) -> bool {
        let Some((line, value)) = self.get(key) else {
            return false;
        };
        if let DeValue::Boolean(value) = value.get_ref() {
            return *value;
        }
        found.push(self.finding(line, key, "is neither true nor false"));
        false
    }

    /// One of some words.
    pub fn word<T: Copy>(
        &mut self,
        found: &mut Vec<Finding>,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(found, key)?;
        let meaning = words.iter().find(|(word, _)| *word == text).map(|w| w.1);
        if meaning.is_none() {
            let all: Vec<String> = words
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            self.complain(
                found,
                key,
                format!("is \"{text}\"; there are {}", all.join(", ")),
            );
        }
        meaning
    }

    /// A number within a range.
    pub fn number(
        &mut self,
        found: &mut Vec<Finding>,
        key: &'static str,
        range: (f64, f64),
    ) -> Option<f64> {
        let (low, high) = range;
        let (line, value) = self.get(key)?;
        let Some(number) = number(value.get_ref()) else {
            found.push(self.finding(line, key, "is no number"));
            return None;
        };
        if (low..=high).contains(&number) {
            return Some(number);
        }
        found.push(self.finding(line, key, format!("{number} is outside {low}..={high}")));
        None
    }

    /// A whole number within a range.
    pub fn whole(
        &mut self,
        found: &mut Vec<Finding>,
        key: &'static str,
        range: (i64, i64),
    ) -> Option<i64> {
        let number = self.number(found, key, (range.0 as f64, range.1 as f64))?;
        if number.fract() == 0.0 {
            return Some(number as i64);
        }
        self.complain(found, key, format!("{number} is no whole number"));
        None
    }

    /// One whole number or two, low and high.
    pub fn span(
        &mut self,
        found: &mut Vec<Finding>,
        key: &'static str,
        range: (i64, i64),
    ) -> Option<(i64, i64)> {
        let (_, value) = self.get(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            return self.whole(found, key, range).map(|w| (w, w));
        };
        let numbers: Option<Vec<f64>> = items.iter().map(|v| number(v.get_ref())).collect();
        match numbers.as_deref() {
            Some(&[low, high]) if low <= high && low.fract() == 0.0 && high.fract() == 0.0 => {
                if low >= range.0 as f64 && high <= range.1 as f64 {
                    return Some((low as i64, high as i64));
                }
                self.complain(found, key, format!("is outside {}..={}", range.0, range.1));
            }
            _ => self.complain(
                found,
                key,
                "is neither a whole number nor [lowest, highest]",
            ),
        }
        None
    }

    /// A list of pairs of whole numbers from 0.
    pub fn pairs(
        &mut self,
        found: &mut Vec<Finding>,
        key: &'static str,
    ) -> Option<Vec<(u64, u32)>> {
        let (line, value) = self.get(key)?;
        let pair = |v: &Spanned<DeValue>| match v.get_ref() {
            DeValue::Array(items) => match items
                .iter()
                .map(|i| number(i.get_ref()))
                .collect::<Option<Vec<f64>>>()?[..]
            {
                [step, unit]
                    if step >= 0.0
                        && (0.0..4e9).contains(&unit)
                        && step.fract() + unit.fract() == 0.0 =>
                {
                    Some((step as u64, unit as u32))
                }
                _ => None,
            },
            _ => None,
        };
        let pairs = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(pair).collect(),
            _ => None,
        };
        if pairs.is_none() {
            found.push(self.finding(line, key, "is no list of [step, unit]"));
        }
        pairs
    }

    /// Every key with a number, in order of lines: key, value.
    pub fn numbers(&self, found: &mut Vec<Finding>) -> Vec<(usize, String, f64)> {
        let mut out = vec![];
        for (key, value) in self.table {
            let line = line_of(self.text, value.span().start);
            match number(value.get_ref()) {
                Some(number) => out.push((line, key.get_ref().to_string(), number)),
                None => found.push(self.finding(line, key.get_ref(), "is no number")),
            }
        }
        out.sort_by_key(|entry| entry.0);
        out
    }

    /// A finding at a key that is not known when this is written.
    pub fn at(&self, line: usize, key: &str, problem: String) -> Finding {
        self.finding(line, key, problem)
    }

    /// Keys that nobody asked for.
    pub fn rest(&self, found: &mut Vec<Finding>) {
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if !self.known.contains(name) {
                let known: Vec<&str> = self.known.iter().copied().collect();
                let line = line_of(self.text, key.span().start);
                found.push(self.finding(
                    line,
                    name,
                    format!("is unknown; there are {}", known.join(", ")),
                ));
            }
        }
    }
}

fn number(value: &DeValue) -> Option<f64> {
    match value {
        DeValue::Integer(n) => i64::from_str_radix(&n.as_str().replace('_', ""), n.radix())
            .ok()
            .map(|n| n as f64),
        DeValue::Float(f) => f
            .as_str()
            .replace('_', "")
            .parse()
            .ok()
            .filter(|f: &f64| f.is_finite()),
        _ => None,
    }
}
