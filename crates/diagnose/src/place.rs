//! Places: where in a file, and where in what it says, a finding lies.
//!
//! A [`Place`] owns its text and travels with a finding. A [`Here`] borrows from those above it and
//! costs nothing: a check of a large network names thousands of places, and almost none of them is
//! ever written down.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A line and a column of a text, both from 1. Columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1; absent where only the line is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

impl Position {
    /// A line as a whole.
    pub fn line(line: usize) -> Self {
        Position { line, column: None }
    }
}

/// Where a finding lies. Shown as `file:line:column: path`, without what is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Place {
    /// The file, as the user named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Where in the text of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// Path in the value, such as `populations[3] 'hidden'.current_decay` or `node/nodes/lif1/tau`;
    /// empty: the whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
}

impl Place {
    /// The whole of what is read.
    pub fn whole() -> Self {
        Place::default()
    }

    /// A position in a text, without a path.
    pub fn text(line: usize, column: usize) -> Self {
        Place {
            position: Some(Position {
                line,
                column: Some(column),
            }),
            ..Place::default()
        }
    }

    /// A line of a text, without a path.
    pub fn line(line: usize) -> Self {
        Place {
            position: Some(Position::line(line)),
            ..Place::default()
        }
    }

    /// The same place in a file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// The same place with its position in the text, where that is known.
    #[must_use]
    pub fn positioned(mut self, position: Option<Position>) -> Self {
        self.position = position.or(self.position);
        self
    }

    /// Whether nothing is known of it: a finding of the whole.
    pub fn is_whole(&self) -> bool {
        *self == Place::default()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.position.and_then(|p| p.column);
        match (&self.file, self.position) {
            (Some(file), Some(position)) => {
                write!(f, "{file}:{}", position.line)?;
                column.map_or(Ok(()), |column| write!(f, ":{column}"))?;
            }
            (Some(file), None) => write!(f, "{file}")?,
            (None, Some(position)) => {
                write!(f, "line {}", position.line)?;
                column.map_or(Ok(()), |column| write!(f, ", column {column}"))?;
            }
            (None, None) => return f.write_str(&self.path),
        }
        if self.path.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.path)
        }
    }
}

impl From<&str> for Place {
    fn from(path: &str) -> Self {
        Place::from(path.to_string())
    }
}

impl From<String> for Place {
    fn from(path: String) -> Self {
        Place {
            path,
            ..Place::default()
        }
    }
}

impl From<&Place> for Place {
    fn from(place: &Place) -> Self {
        place.clone()
    }
}

impl From<Here<'_>> for Place {
    fn from(here: Here<'_>) -> Self {
        Place::from(here.to_string())
    }
}

impl From<&Here<'_>> for Place {
    fn from(here: &Here<'_>) -> Self {
        Place::from(here.to_string())
    }
}

/// A path that is built while walking and written down only for a finding.
///
/// Each part is a field, the index in it where it is a list, and the name of that element where it
/// has one: `populations[3] 'hidden'.compartments[0] 'soma'.current_decay` has three parts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Here<'a> {
    above: Option<&'a Here<'a>>,
    field: &'a str,
    index: Option<usize>,
    name: Option<&'a str>,
}

impl<'a> Here<'a> {
    /// The whole: an empty path.
    pub fn root() -> Here<'static> {
        Here::default()
    }

    /// A field of this place.
    pub fn field<'b>(&'b self, field: &'b str) -> Here<'b> {
        Here {
            above: Some(self),
            field,
            index: None,
            name: None,
        }
    }

    /// An element of this place where it is itself an element: `weights[3][5]`.
    pub fn inner<'b>(&'b self, index: usize) -> Here<'b> {
        self.field("").at(index)
    }

    /// The element of this field with an index, from 0.
    #[must_use]
    pub fn at(mut self, index: usize) -> Self {
        self.index = Some(index);
        self
    }

    /// The same element with its name beside its index.
    #[must_use]
    pub fn named(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }
}

impl fmt::Display for Here<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
            // the root writes nothing, so there is nothing to separate from
            let below_root = above.above.is_none() && above.field.is_empty();
            if !below_root && !self.field.is_empty() {
                f.write_str(".")?;
            }
        }
        f.write_str(self.field)?;
        if let Some(index) = self.index {
            write!(f, "[{index}]")?;
        }
        if let Some(name) = self.name {
            write!(f, " '{name}'")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_fields_indices_and_names() {
        let root = Here::root();
        assert_eq!(root.to_string(), "");
        let list = root.field("populations").at(3).named("h");
        let soma = list.field("compartments").at(0).named("soma");
        assert_eq!(
            soma.field("current_decay").to_string(),
            "populations[3] 'h'.compartments[0] 'soma'.current_decay"
        );
        let row = root.field("weights").at(2);
        assert_eq!(row.inner(5).to_string(), "weights[2][5]");
    }

    #[test]
    fn a_place_shows_what_is_known_of_it() {
        let shown = |place: Place| place.to_string();
        assert_eq!(shown(Place::from("params.T")), "params.T");
        assert_eq!(shown(Place::line(3)), "line 3");
        assert_eq!(shown(Place::text(5, 64)), "line 5, column 64");
        assert_eq!(shown(Place::line(3).in_file("a.csv")), "a.csv:3");
        let all = Place::from("size")
            .positioned(Place::text(5, 64).position)
            .in_file("net.json");
        assert_eq!(shown(all), "net.json:5:64: size");
    }
}
