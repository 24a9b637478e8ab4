//! Structured values as their readers see them, whatever the format of the file.

use crate::place::Position;
use std::borrow::Cow;
use std::fmt;

/// A node of a structured value: a table, a list or a scalar. Nodes are references, cheap to copy.
pub trait Tree<'a>: Copy {
    /// What the format calls a table: "an object", "a table", "a group".
    const TABLE: &'static str;
    /// What the format calls a list: "a list", "an array".
    const LIST: &'static str;

    /// The value of a scalar, or that the node is a list or a table.
    fn view(self) -> View<'a>;

    /// The elements of a list; none of anything else.
    fn items(self) -> impl Iterator<Item = Self>;

    /// The members of a table in the order of the file; none of anything else.
    fn members(self) -> impl Iterator<Item = Member<'a, Self>>;

    /// The member of a table with a name, the first if there are several.
    fn member(self, name: &str) -> Option<Self> {
        self.members().find(|m| m.name == name).map(|m| m.value)
    }

    /// Where the node begins in its text, if it has one.
    fn position(self) -> Option<Position>;

    /// The node in a few words, as a finding shows it: `'abc'`, `1.5`, `a list of 3`.
    fn describe(self) -> String {
        match self.view() {
            View::List => format!("{} of {}", Self::LIST, self.items().count()),
            View::Table => Self::TABLE.into(),
            scalar => scalar.to_string(),
        }
    }
}

/// A member of a table.
#[derive(Debug, Clone)]
pub struct Member<'a, N> {
    /// The name that leads to the member.
    pub name: Cow<'a, str>,
    /// Where its name stands in the text.
    pub position: Option<Position>,
    /// Its value.
    pub value: N,
}

/// The value of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum View<'a> {
    /// Nothing: JSON's null. Readers take it as absent.
    Nothing,
    /// true or false.
    Flag(bool),
    /// A number that is written as an integer.
    Integer(i128),
    /// A number that is written as a fraction or is no `i128`.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// Several values in order.
    List,
    /// Values by name.
    Table,
    /// Something that the format has and no reader asks for, in words: "a date".
    Other(&'static str),
}

impl View<'_> {
    /// The number, if it is one and finite.
    pub fn as_number(&self) -> Option<f64> {
        match *self {
            View::Integer(integer) => Some(integer as f64),
            View::Number(number) => Some(number).filter(|n| n.is_finite()),
            _ => None,
        }
    }

    /// The whole number, also where it is written `3.0`.
    pub fn as_whole(&self) -> Option<i64> {
        /// Integers up to this are exact in a float.
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        match *self {
            View::Integer(integer) => i64::try_from(integer).ok(),
            View::Number(number) if number.fract() == 0.0 && number.abs() <= EXACT_MAX => {
                Some(number as i64)
            }
            _ => None,
        }
    }
}

/// Characters of a text that a finding shows.
const SHOWN_CHARACTERS: usize = 40;

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            View::Nothing => f.write_str("null"),
            View::Flag(flag) => flag.fmt(f),
            View::Integer(integer) => integer.fmt(f),
            // as JSON and TOML write it: 1.0 is not the integer 1
            View::Number(number) => write!(f, "{number:?}"),
            View::Text(text) => {
                let shown: String = text.chars().take(SHOWN_CHARACTERS).collect();
                write!(f, "'{shown}'")
            }
            View::List => f.write_str("a list"),
            View::Table => f.write_str("a table"),
            View::Other(words) => f.write_str(words),
        }
    }
}
