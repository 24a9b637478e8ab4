//! The list of findings while it is made.

use crate::finding::{Allowed, Fault, Finding, Refusal};
use crate::nearest::did_you_mean;
use crate::place::{Here, Place};
use serde_json::{Number, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Findings listed of the elements of one array; the rest is counted.
const LISTED_PER_ARRAY: usize = 5;

/// Names for which the nearest known name is looked for. A search compares with every name there
/// is, so that a file in which all names are wrong would take time by the square of its size; and
/// whoever reads the first hundred knows what went wrong.
const SUGGESTIONS_MAX: usize = 100;

/// Everything found so far.
///
/// Written by shared reference: the readers of a file hold tables within tables, and each of them
/// files into the same list.
#[derive(Debug)]
pub struct Findings {
    list: RefCell<Vec<Finding>>,
    listed_max: usize,
    unlisted: Cell<u64>,
    suggested: Cell<usize>,
}

impl Default for Findings {
    fn default() -> Self {
        Findings::new()
    }
}

impl Findings {
    /// An empty list without a limit.
    pub fn new() -> Self {
        Findings::at_most(usize::MAX)
    }

    /// An empty list that counts what comes after the first `listed_max` findings: for files that a
    /// hostile or broken writer can fill with mistakes.
    pub fn at_most(listed_max: usize) -> Self {
        Findings {
            list: RefCell::new(vec![]),
            listed_max,
            unlisted: Cell::new(0),
            suggested: Cell::new(0),
        }
    }

    /// Adds a finding.
    pub fn push(&self, finding: Finding) {
        let mut list = self.list.borrow_mut();
        if list.len() < self.listed_max {
            list.push(finding);
        } else {
            self.unlisted.set(self.unlisted.get() + 1);
        }
    }

    /// Adds a finding in words.
    pub fn add(&self, place: impl Into<Place>, fault: Fault, problem: impl Into<String>) {
        self.push(Finding::new(place, fault, problem));
    }

    /// A rule that is broken, in words.
    pub fn rule(&self, place: impl Into<Place>, problem: impl Into<String>) {
        self.add(place, Fault::Rule, problem);
    }

    /// Something that must be there and is not.
    pub fn missing(&self, place: impl Into<Place>) {
        self.add(place, Fault::Missing, "is missing");
    }

    /// A value of another type; both in words.
    pub fn wrong_type(&self, place: impl Into<Place>, found: &str, wanted: &str) {
        let problem = format!("holds {found}, wanted {wanted}");
        self.push(Finding::new(place, Fault::WrongType, problem).value(found));
    }

    /// A condition on a value: files `{value} must be {wanted}` unless it holds, which is returned.
    pub fn must<N: Quantity>(
        &self,
        place: impl Into<Place>,
        value: N,
        holds: bool,
        wanted: &str,
    ) -> bool {
        if !holds {
            let problem = format!("{value} must be {wanted}");
            self.push(
                Finding::new(place, Fault::OutOfRange, problem)
                    .value(value.number())
                    .range(Allowed::Words(wanted.into())),
            );
        }
        holds
    }

    /// A number that must lie in a range; returns whether it does.
    pub fn range<N: Quantity>(
        &self,
        place: impl Into<Place>,
        value: N,
        allowed: RangeInclusive<N>,
    ) -> bool {
        let inside = allowed.contains(&value);
        if !inside {
            let (min, max) = allowed.into_inner();
            let problem = format!("{value} is outside {min}..={max}");
            let finding = Finding::new(place, Fault::OutOfRange, problem).value(value.number());
            self.push(match (min.number(), max.number()) {
                (Value::Number(min), Value::Number(max)) => {
                    finding.range(Allowed::Between { min, max })
                }
                _ => finding,
            });
        }
        inside
    }

    /// A list that must have a number of elements; returns whether it has.
    pub fn length(&self, place: impl Into<Place>, found: usize, wanted: u64) -> bool {
        let fits = found as u64 == wanted;
        if !fits {
            let problem = format!("has {found} elements, wanted {wanted}");
            self.push(
                Finding::new(place, Fault::WrongLength, problem)
                    .value(found)
                    .range(Allowed::Between {
                        min: wanted.into(),
                        max: wanted.into(),
                    }),
            );
        }
        fits
    }

    /// Numbers that must all lie in a range. The first few outside are listed with their index, the
    /// rest is counted; a list of one element is named without an index.
    pub fn each<T: Copy + Into<N>, N: Quantity>(
        &self,
        place: &Here<'_>,
        values: &[T],
        allowed: RangeInclusive<N>,
    ) {
        let mut outside = values
            .iter()
            .map(|&value| -> N { value.into() })
            .enumerate()
            .filter(|(_, value)| !allowed.contains(value));
        for (i, value) in outside.by_ref().take(LISTED_PER_ARRAY) {
            if values.len() == 1 {
                self.range(place, value, allowed.clone());
            } else {
                self.range(format!("{place}[{i}]"), value, allowed.clone());
            }
        }
        self.more_like_this(place, outside.count() as u64);
    }

    /// Findings of one array that are not listed; none is filed for 0.
    pub fn more_like_this(&self, place: impl Into<Place>, count: u64) {
        if count > 0 {
            self.add(place, Fault::More, format!("{count} more like this"));
        }
    }

    /// A name that must not have been used before.
    pub fn unique<'a>(&self, place: impl Into<Place>, name: &'a str, names: &mut HashSet<&'a str>) {
        if !names.insert(name) {
            let problem = format!("'{name}' is used before");
            self.push(Finding::new(place, Fault::DuplicateName, problem).value(name));
        }
    }

    /// A name that names nothing, with the nearest of those that name something.
    pub fn unknown_name(
        &self,
        place: impl Into<Place>,
        name: &str,
        known: impl IntoIterator<Item = impl AsRef<str>>,
    ) {
        let problem = format!("'{name}' names nothing here");
        let suggestion = self.suggests().then(|| did_you_mean(name, known)).flatten();
        self.push(
            Finding::new(place, Fault::UnknownName, problem)
                .value(name)
                .suggest(suggestion),
        );
    }

    /// Whether one more name may be searched for; counts the search.
    fn suggests(&self) -> bool {
        self.suggested.set(self.suggested.get().saturating_add(1));
        self.suggested.get() <= SUGGESTIONS_MAX
    }

    /// A word that is none of those known at a place.
    pub fn unknown_word(&self, place: impl Into<Place>, word: &str, known: &[&str]) {
        let problem = format!("'{word}' is none of {}", known.join(", "));
        self.push(
            Finding::new(place, Fault::UnknownWord, problem)
                .value(word)
                .range(Allowed::OneOf(
                    known.iter().map(ToString::to_string).collect(),
                ))
                .suggest(did_you_mean(word, known.iter().copied())),
        );
    }

    /// A field that has no meaning at a place: the nearest of those that have one, or all of them.
    pub fn unknown_field(&self, place: impl Into<Place>, name: &str, known: &[&str]) {
        let all = (!known.is_empty()).then(|| format!("there are {}", known.join(", ")));
        self.push(
            Finding::new(place, Fault::UnknownField, "is not known here")
                .value(name)
                .range(Allowed::OneOf(
                    known.iter().map(ToString::to_string).collect(),
                ))
                .suggest(did_you_mean(name, known.iter().copied()).or(all)),
        );
    }

    /// Whether nothing has been found.
    pub fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    /// Number of findings listed so far.
    pub fn len(&self) -> usize {
        self.list.borrow().len()
    }

    /// The findings in the order in which they were made; a last one counts those not listed.
    pub fn into_vec(self) -> Vec<Finding> {
        let mut list = self.list.into_inner();
        if self.unlisted.get() > 0 {
            let problem = format!("{} more findings", self.unlisted.get());
            list.push(Finding::new(Place::whole(), Fault::More, problem));
        }
        list
    }

    /// The value, if nothing was found.
    ///
    /// # Errors
    /// Everything that was found.
    pub fn or<T>(self, value: T) -> Result<T, Refusal> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(Refusal {
                findings: self.into_vec(),
            })
        }
    }
}

/// Numbers that findings speak of.
pub trait Quantity: Copy + PartialOrd + Display {
    /// The number as a value of JSON; null where JSON has none for it (infinities, NaN).
    fn number(self) -> Value;
}

macro_rules! quantities {
    ($($integer:ty)*) => {
        $(impl Quantity for $integer {
            fn number(self) -> Value {
                Value::Number(Number::from(self))
            }
        })*
    };
}

quantities!(i32 i64 u8 u32 u64 usize);

impl Quantity for f64 {
    fn number(self) -> Value {
        Number::from_f64(self).map_or(Value::Null, Value::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(found: Findings) -> Vec<String> {
        found.into_vec().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn everything_is_kept_in_order() {
        let found = Findings::new();
        assert!(found.range("a", 3, 0..=3));
        assert!(!found.range("a", 4, 0..=3));
        assert!(!found.range("b", 0.5, 1.0..=2.0));
        assert!(!found.must("dt", 0.0, false, "above 0"));
        found.unknown_name("source", "inn", ["in", "hidden"]);
        found.unknown_word("mode", "ad", &["add", "max"]);
        found.unknown_field("sizee", "sizee", &["name", "size"]);
        found.unknown_field("other", "other", &["name", "size"]);
        found.missing("name");
        found.wrong_type("size", "'5'", "a whole number");
        assert_eq!(
            shown(found),
            [
                "a: 4 is outside 0..=3",
                "b: 0.5 is outside 1..=2",
                "dt: 0 must be above 0",
                "source: 'inn' names nothing here; did you mean 'in'?",
                "mode: 'ad' is none of add, max; did you mean 'add'?",
                "sizee: is not known here; did you mean 'size'?",
                "other: is not known here; there are name, size",
                "name: is missing",
                "size: holds '5', wanted a whole number",
            ]
        );
    }

    #[test]
    fn elements_are_listed_a_few_and_then_counted() {
        let found = Findings::new();
        let root = Here::root();
        found.each::<i16, i64>(&root.field("w"), &[1, 2, 3, 4, 5, 6, 7, 0], 0..=0);
        found.each::<i16, i64>(&root.field("one"), &[1], 0..=0);
        let shown = shown(found);
        assert_eq!(shown.len(), 7);
        assert_eq!(shown[4], "w[4]: 5 is outside 0..=0");
        assert_eq!(shown[5], "w: 2 more like this");
        assert_eq!(shown[6], "one: 1 is outside 0..=0");
    }

    #[test]
    fn beyond_the_limit_findings_are_counted() {
        let found = Findings::at_most(2);
        for i in 0..5 {
            found.rule(format!("[{i}]"), "is wrong");
        }
        assert_eq!(shown(found)[1..], ["[1]: is wrong", "3 more findings"]);
        assert_eq!(Findings::new().or(7), Ok(7));
        let found = Findings::new();
        found.missing("x");
        assert_eq!(found.or(7).unwrap_err().to_string(), "x: is missing");
    }
}
