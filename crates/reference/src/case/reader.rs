//! Reading JSON values while collecting every finding.

use serde_json::{Map, Value};

use super::finding::Finding;
use crate::Matrix;

/// Collects findings; every reading function answers `None` where it filed one.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) findings: Vec<Finding>,
    pub(super) ignored: Vec<String>,
}

/// An object and its place in the file.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    pub(super) entries: &'a Map<String, Value>,
    pub(super) path: &'a str,
}

impl<'a> Section<'a> {
    /// The path of `key` in here.
    pub(super) fn at(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_string()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// The first entry whose key begins with `prefix` and that is not null.
    pub(super) fn find(&self, prefix: &str) -> Option<(&'a str, &'a Value)> {
        let mut entries = self.entries.iter();
        let found = entries.find(|(key, value)| key.starts_with(prefix) && !value.is_null());
        found.map(|(key, value)| (key.as_str(), value))
    }

    /// The value of the first of `keys` that is there and not null.
    pub(super) fn get(&self, keys: &[&'static str]) -> Option<(&'static str, &'a Value)> {
        keys.iter()
            .find_map(|&k| self.entries.get(k).filter(|v| !v.is_null()).map(|v| (k, v)))
    }
}

impl Reader {
    pub(super) fn file<T>(&mut self, finding: Finding) -> Option<T> {
        self.findings.push(finding);
        None
    }

    pub(super) fn kind<T>(
        &mut self,
        path: String,
        expected: &'static str,
        found: &Value,
    ) -> Option<T> {
        self.file(Finding::Kind {
            path,
            expected,
            found: describe(found),
        })
    }

    pub(super) fn range<T>(
        &mut self,
        path: String,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> Option<T> {
        self.file(Finding::Range {
            path,
            value: value.to_string(),
            allowed: allowed.into(),
        })
    }

    pub(super) fn missing<T>(&mut self, path: String) -> Option<T> {
        self.file(Finding::Missing { path })
    }

    /// The object under `key`.
    pub(super) fn object<'a>(
        &mut self,
        within: Section<'a>,
        key: &'static str,
    ) -> Option<&'a Map<String, Value>> {
        match within.get(&[key]) {
            None => self.missing(within.at(key)),
            Some((_, Value::Object(entries))) => Some(entries),
            Some((_, other)) => self.kind(within.at(key), "an object", other),
        }
    }

    /// A number within `low..=high`; `default` where the key is absent or null.
    pub(super) fn number(
        &mut self,
        within: Section,
        keys: &[&'static str],
        [low, high]: [f64; 2],
        default: Option<f64>,
    ) -> Option<f64> {
        let Some((key, value)) = within.get(keys) else {
            return default.or_else(|| self.missing(within.at(keys[0])));
        };
        let Some(number) = value.as_f64() else {
            return self.kind(within.at(key), "a number", value);
        };
        if number.is_finite() && number >= low && number <= high {
            return Some(number);
        }
        self.range(
            within.at(key),
            value,
            format!("within {low:e} ..= {high:e}"),
        )
    }

    /// A whole number within `low..=high`.
    pub(super) fn count(
        &mut self,
        within: Section,
        key: &'static str,
        [low, high]: [usize; 2],
        default: Option<usize>,
    ) -> Option<usize> {
        let Some((_, value)) = within.get(&[key]) else {
            return default.or_else(|| self.missing(within.at(key)));
        };
        let Some(count) = whole(value) else {
            return self.kind(within.at(key), "a whole number, not negative", value);
        };
        if (low..=high).contains(&count) {
            return Some(count);
        }
        self.range(within.at(key), count, format!("within {low} ..= {high}"))
    }

    /// true or false.
    pub(super) fn flag(
        &mut self,
        within: Section,
        key: &'static str,
        default: bool,
    ) -> Option<bool> {
        match within.get(&[key]) {
            None => Some(default),
            Some((_, Value::Bool(flag))) => Some(*flag),
            Some((_, other)) => self.kind(within.at(key), "true or false", other),
        }
    }

    /// A word.
    pub(super) fn word<'a>(&mut self, within: Section<'a>, key: &'static str) -> Option<&'a str> {
        match within.get(&[key]) {
            None => self.missing(within.at(key)),
            Some((_, Value::String(word))) => Some(word),
            Some((_, other)) => self.kind(within.at(key), "a word", other),
        }
    }

    /// An array.
    pub(super) fn array<'a>(&mut self, path: &str, value: &'a Value) -> Option<&'a [Value]> {
        match value {
            Value::Array(items) => Some(items),
            other => self.kind(path.to_string(), "an array", other),
        }
    }

    /// An array of exactly `length` entries.
    pub(super) fn array_of<'a>(
        &mut self,
        path: &str,
        value: &'a Value,
        length: usize,
    ) -> Option<&'a [Value]> {
        let items = self.array(path, value)?;
        if items.len() == length {
            return Some(items);
        }
        self.file(Finding::Length {
            path: path.to_string(),
            expected: length,
            found: items.len(),
        })
    }

    /// An array of finite numbers; the first that is none is filed.
    pub(super) fn numbers(&mut self, path: &str, value: &Value) -> Option<Vec<f64>> {
        let items = self.array(path, value)?;
        let read: Vec<f64> = items
            .iter()
            .map_while(|v| v.as_f64().filter(|x| x.is_finite()))
            .collect();
        match items.get(read.len()) {
            None => Some(read),
            Some(other) => self.kind(format!("{path}[{}]", read.len()), "a finite number", other),
        }
    }

    /// A matrix of `rows` by `cols` where those are known already.
    pub(super) fn matrix(
        &mut self,
        within: Section,
        key: &'static str,
        rows: Option<usize>,
        cols: Option<usize>,
    ) -> Option<Matrix> {
        let path = within.at(key);
        let Some((_, value)) = within.get(&[key]) else {
            return self.missing(path);
        };
        let items = match rows {
            Some(rows) => self.array_of(&path, value, rows)?,
            None => self.array(&path, value)?,
        };
        let mut width = cols;
        let mut values = Vec::new();
        for (r, item) in items.iter().enumerate() {
            let path = format!("{path}[{r}]");
            let row = self.numbers(&path, item)?;
            let expected = *width.get_or_insert(row.len());
            if row.len() != expected {
                return self.file(Finding::Length {
                    path,
                    expected,
                    found: row.len(),
                });
            }
            values.extend(row);
        }
        let cols = width.unwrap_or(0);
        Some(Matrix::from_fn(items.len(), cols, |r, c| {
            values[r * cols + c]
        }))
    }

    /// Notes the keys of `within` that nothing reads.
    pub(super) fn note_unknown(&mut self, within: Section, known: &[&str]) {
        let unknown = within
            .entries
            .keys()
            .filter(|k| !known.contains(&k.as_str()));
        self.ignored.extend(unknown.map(|k| within.at(k)));
    }
}

/// A whole number, also where written 3.0.
pub(super) fn whole(value: &Value) -> Option<usize> {
    let float = || {
        value
            .as_f64()
            .filter(|x| x.fract() == 0.0 && (0.0..9e15).contains(x))
            .map(|x| x as u64)
    };
    value
        .as_u64()
        .or_else(float)
        .and_then(|n| usize::try_from(n).ok())
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{}'", text.chars().take(40).collect::<String>()),
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(_) => "an object".into(),
    }
}
