//! The verdict of a validation: each measured number against the limit that the rule file states
//! for it. A file without limits is not judged.

use super::file::{Quantity, RuleFile};
use super::report::Report;
use serde::Serialize;
use std::fmt;

/// One condition and whether it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Key of the limit in the file.
    pub key: &'static str,
    /// Number that is limited, in words.
    pub what: &'static str,
    /// Measured; absent: there is nothing to measure, which is a failure.
    pub value: Option<f64>,
    /// The limit.
    pub limit: f64,
    /// Whether the limit is a least value.
    pub at_least: bool,
    /// Whether it holds.
    pub holds: bool,
}

/// All conditions of a file.
pub fn checks(file: &RuleFile, report: &Report) -> Vec<Check> {
    let check = |quantity: Quantity, limit: f64| {
        let (key, what, at_least) = quantity.words();
        let value = measured(quantity, report);
        let holds = value.is_some_and(|v| if at_least { v >= limit } else { v <= limit });
        Check {
            key,
            what,
            value,
            limit,
            at_least,
            holds,
        }
    };
    file.tolerances
        .iter()
        .map(|t| check(t.quantity, t.limit))
        .collect()
}

/// The conditions and the verdict in words, after an empty line.
pub fn words(f: &mut fmt::Formatter<'_>, checks: &[Check], passed: bool) -> fmt::Result {
    writeln!(f)?;
    for c in checks {
        let sign = if c.at_least { ">=" } else { "<=" };
        let value = c
            .value
            .map_or("nothing measured".into(), |v| format!("{v:.5}"));
        let word = if c.holds { "holds" } else { "FAILS" };
        writeln!(
            f,
            "  {word}  {:<18}{value} {sign} {}  {}",
            c.key, c.limit, c.what
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

fn measured(quantity: Quantity, report: &Report) -> Option<f64> {
    let course = |name: &str| report.variables.iter().find(|c| c.name == name);
    let traces = || report.traces.iter();
    match quantity {
        Quantity::WeightMean => Some(course("w")?.last().errors.mean),
        Quantity::WeightMax => Some(course("w")?.last().errors.max),
        Quantity::WeightP99 => Some(course("w")?.last().errors.p99),
        Quantity::DelayMean => Some(course("d")?.last().errors.mean),
        Quantity::TagMean => Some(course("t")?.mean_error()),
        Quantity::TagMax => Some(course("t")?.max_error()),
        Quantity::TraceMean => traces()
            .map(super::measure::Course::mean_error)
            .reduce(f64::max),
        Quantity::TraceMax => traces()
            .map(super::measure::Course::max_error)
            .reduce(f64::max),
        Quantity::Cosine => course("w")?.last().cosine,
        Quantity::SignAgreement => course("w")?.last().same_sign,
        Quantity::Bias => report.bias.why_not.is_none().then(|| {
            report
                .bias
                .interval
                .0
                .abs()
                .max(report.bias.interval.1.abs())
        }),
        Quantity::BiasErrors => report
            .bias
            .why_not
            .is_none()
            .then(|| report.bias.errors().abs()),
        Quantity::AtLimit => Some(report.saturation.weights_at_limit_share),
        Quantity::MeanWeight => Some((course("w")?.last().chip - course("w")?.last().float).abs()),
        Quantity::Rate => Some(report.spikes.relative_difference),
        Quantity::LostSpikes => Some(report.spikes.lost_share),
    }
}
