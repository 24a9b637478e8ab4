//! The verdict of a validation: each measured number against the limit that the file states for it.
//! A file without limits is not judged.
//!
//! A number is that of several seeds, and a limit holds if the whole interval of the median is on
//! its right side: a verdict that a few more seeds could overturn is none. Seeds are counted from 1
//! and not chosen.

use super::file::{Quantity, RuleFile};
use super::median::Median;
use super::report::SeedRow;
use serde::Serialize;
use std::fmt;

/// Least gain of a file that states limits, but none of the gain: half of every change has to
/// arrive. Whoever means less has to say so.
pub const GAIN_LEAST: f64 = 0.5;

/// One condition and whether it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// Key of the limit in the file.
    pub key: &'static str,
    /// Number that is limited, in words.
    pub what: &'static str,
    /// Median over the seeds; absent: a seed had nothing to measure, which is a failure.
    pub value: Option<f64>,
    /// Interval of the median, and the probability that it holds the median of all seeds.
    pub interval: Option<Median>,
    /// The limit.
    pub limit: f64,
    /// Whether the limit is a least value.
    pub at_least: bool,
    /// Whether the whole interval is on the right side of the limit.
    pub holds: bool,
}

impl Check {
    /// Holds the values of all seeds against a limit.
    pub fn new(
        key: &'static str,
        what: &'static str,
        at_least: bool,
        limit: f64,
        values: &[Option<f64>],
    ) -> Check {
        let all: Option<Vec<f64>> = values.iter().copied().collect();
        let all = all.filter(|all| all.iter().all(|value| !value.is_nan()));
        let interval = all.and_then(|all| Median::of(&all));
        let is_right = |value: f64| {
            if at_least {
                value >= limit
            } else {
                value <= limit
            }
        };
        Check {
            key,
            what,
            value: interval.map(|i| i.value),
            interval,
            limit,
            at_least,
            holds: interval.is_some_and(|i| is_right(i.low) && is_right(i.high)),
        }
    }
}

/// All conditions of a file, over its seeds.
pub fn checks(file: &RuleFile, seeds: &[SeedRow]) -> Vec<Check> {
    let check = |quantity: Quantity, limit: f64| {
        let wording = quantity.wording();
        let values: Vec<Option<f64>> = seeds.iter().map(|seed| seed.value(quantity)).collect();
        let key = wording.key;
        Check::new(key, wording.words, wording.at_least, limit, &values)
    };
    let mut checks: Vec<Check> = file
        .tolerances
        .iter()
        .map(|t| check(t.quantity, t.limit))
        .collect();
    let states_gain = file
        .tolerances
        .iter()
        .any(|t| t.quantity == Quantity::GainLeast);
    if !checks.is_empty() && !states_gain && file.rule.dw.is_some() {
        checks.push(check(Quantity::GainLeast, GAIN_LEAST));
    }
    checks
}

/// The conditions and the verdict in words, after an empty line.
pub fn words(f: &mut fmt::Formatter<'_>, checks: &[Check], passed: bool) -> fmt::Result {
    writeln!(f)?;
    for c in checks {
        let sign = if c.at_least { ">=" } else { "<=" };
        let value = c.interval.map_or("nothing measured".into(), |i| {
            if i.level > 0.0 {
                format!("{:.4} ({:.4} to {:.4})", i.value, i.low, i.high)
            } else {
                format!("{:.5}", i.value)
            }
        });
        let word = if c.holds { "holds" } else { "FAILS" };
        writeln!(
            f,
            "  {word}  {:<18}{value} {sign} {}  {}",
            c.key, c.limit, c.what
        )?;
    }
    if let Some(level) = checks.iter().find_map(|c| c.interval).map(|i| i.level)
        && level > 0.0
    {
        let level = 100.0 * level;
        writeln!(
            f,
            "  (medians over seeds; in brackets where the median of all seeds is, with {level:.1} %)"
        )?;
    }
    match (checks.len(), passed) {
        (0, _) => write!(f, "no tolerances are stated: nothing is judged"),
        (_, true) => write!(f, "verdict: within all tolerances"),
        (all, false) => {
            let failed = checks.iter().filter(|c| !c.holds).count();
            write!(f, "verdict: {failed} of {all} tolerances are exceeded")
        }
    }
}
