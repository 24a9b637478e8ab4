//! Values of a case file by the names that its layout gives them.

use seamount_diagnose::{Fault, Field, Fields, Finding, Tree, View};
use serde_json::Value;

use crate::matrix::Matrix;

/// An object of a case file.
pub(super) type Object<'f, 'a> = Fields<'f, &'a Value>;
/// A field of an object, or an element of an array.
pub(super) type Entry<'f, 'a> = Field<'f, &'a Value>;

/// What a number may be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    /// Above 0.
    Positive,
    /// From 0 on.
    NotNegative,
    /// From 0 to below 1: what a step of a moving average keeps.
    BelowOne,
    /// Any finite number.
    Finite,
}

impl Bound {
    fn words(self) -> &'static str {
        match self {
            Bound::Positive => "above 0",
            Bound::NotNegative => "0 or more",
            Bound::BelowOne => "from 0 to below 1",
            Bound::Finite => "a finite number",
        }
    }

    fn holds(self, number: f64) -> bool {
        match self {
            // a subnormal time constant is no time constant
            Bound::Positive => number >= f64::MIN_POSITIVE,
            Bound::NotNegative => number >= 0.0,
            Bound::BelowOne => (0.0..1.0).contains(&number),
            Bound::Finite => true,
        }
    }
}

/// A number that may have one of several names. Absent: `default`, or missing without one.
pub(super) fn number(
    within: &Object,
    names: &[&str],
    bound: Bound,
    default: Option<f64>,
) -> Option<f64> {
    let field = within.may_any(names);
    if field.is_present() || default.is_none() {
        let field = within.need_any(names);
        return field.number_that(bound.words(), |number| bound.holds(number));
    }
    default
}

/// A whole number of `low..=high`. Absent: `default`, or missing without one.
pub(super) fn count(
    within: &Object,
    name: &str,
    [low, high]: [usize; 2],
    default: Option<usize>,
) -> Option<usize> {
    if !within.may(name).is_present()
        && let Some(default) = default
    {
        return Some(default);
    }
    let limit = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let number = within.need(name).whole_number(limit(low)..=limit(high))?;
    usize::try_from(number).ok()
}

/// true or false; `default` where the field is absent.
pub(super) fn flag(within: &Object, name: &str, default: bool) -> Option<bool> {
    let field = within.may(name);
    if field.is_present() {
        field.flag()
    } else {
        Some(default)
    }
}

/// A whole number from 0 on, also where it is written `3.0`.
pub(super) fn whole(value: &Value) -> Option<usize> {
    value
        .view()
        .as_whole()
        .and_then(|number| usize::try_from(number).ok())
}

/// A matrix of `rows` by `cols` where those are known already.
pub(super) fn matrix(
    within: &Object,
    name: &str,
    rows: Option<usize>,
    cols: Option<usize>,
) -> Option<Matrix> {
    let field = within.need(name);
    let items = match rows {
        Some(rows) => field.items_of(rows)?,
        None => field.items()?,
    };
    let mut width = cols;
    let mut values = Vec::new();
    for item in &items {
        let row = item.numbers()?;
        let wanted = *width.get_or_insert(row.len());
        if !within
            .found()
            .length(item.place(), row.len(), wanted as u64)
        {
            return None;
        }
        values.extend(row);
    }
    let cols = width.unwrap_or(0);
    Some(Matrix::from_fn(items.len(), cols, |r, c| {
        values[r * cols + c]
    }))
}

/// Files a number that is not what its field means, in words: `60 is not a step below T = 60`.
pub(super) fn is_not<T>(entry: &Entry, within: &Object, value: usize, allowed: &str) -> Option<T> {
    let problem = format!("{value} is not {allowed}");
    within
        .found()
        .push(Finding::new(entry.place(), Fault::OutOfRange, problem).value(value));
    None
}

/// Whether a value is an array.
pub(super) fn is_list(value: &Value) -> bool {
    value.view() == View::List
}
