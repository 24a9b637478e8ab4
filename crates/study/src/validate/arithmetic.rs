//! One rule in each arithmetic that an engine can have: that of a chip that exists, one that does
//! not cut products off, and without the second tag that no chip is known to have.

use super::file::RuleFile;
use super::report::SeedRow;
use super::verdict::Check;
use seamount_network::netlist::{LearningProfile, LearningRule};
use seamount_rules::{Origin, Product, disassemble, parse};
use seamount_session::Failure;
use serde::Serialize;
use std::fmt;

/// Arithmetic of a learning engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Arithmetic {
    /// 16-bit sums, long products cut off (LE-005): Loihi 1, confirmed by vectors.
    Loihi1,
    /// 32-bit sums, everything that is written is computed (LE-006): our choice, no chip is known
    /// to have it.
    Wide,
    /// `wide`, with d as the delay that it is on Loihi 1: products with a second tag are left out.
    NoSecondTag,
}

impl Arithmetic {
    /// All of them, in the order of reports.
    pub const ALL: [Arithmetic; 3] = [
        Arithmetic::Loihi1,
        Arithmetic::Wide,
        Arithmetic::NoSecondTag,
    ];

    /// Name in commands and reports.
    pub fn name(self) -> &'static str {
        match self {
            Arithmetic::Loihi1 => "loihi1",
            Arithmetic::Wide => "wide",
            Arithmetic::NoSecondTag => "no-second-tag",
        }
    }

    /// Puts a rule into this arithmetic.
    pub fn put(self, rule: &mut LearningRule) {
        rule.profile = match self {
            Arithmetic::Loihi1 => LearningProfile::Loihi1,
            Arithmetic::Wide | Arithmetic::NoSecondTag => LearningProfile::Wide,
        };
        if self == Arithmetic::NoSecondTag && rule.d_is_tag {
            rule.d_is_tag = false;
            rule.dd = None;
            rule.dw = rule.dw.as_deref().and_then(without_second_tag);
            rule.dt = rule.dt.as_deref().and_then(without_second_tag);
        }
    }

    /// The arithmetic that a file states.
    pub fn of(file: &RuleFile) -> Arithmetic {
        match file.rule.profile {
            LearningProfile::Loihi1 => Arithmetic::Loihi1,
            LearningProfile::Wide => Arithmetic::Wide,
        }
    }

    /// A file whose chip computes in this arithmetic; the meaning stays that of the file.
    pub fn file(self, file: &RuleFile) -> RuleFile {
        let mut file = file.clone();
        let mut rule = file.rule.clone();
        self.put(&mut rule);
        file.rule.profile = rule.profile;
        if self == Arithmetic::NoSecondTag && file.rule.d_is_tag {
            file.on_chip = Some(rule);
        }
        file
    }
}

/// A text without the products that read d; none is left of a text of which all do.
fn without_second_tag(text: &str) -> Option<String> {
    let parsed = parse(text).ok()?;
    let reads_d = |product: &Product| {
        let mut factors = product.factors.iter();
        factors.any(|f| f.variable.origin() == Origin::Delay)
    };
    let kept: Vec<Product> = parsed
        .products
        .into_iter()
        .filter(|product| !reads_d(product))
        .collect();
    let decimation = parsed.decimation.map_or(0, |(k, _)| k);
    (!kept.is_empty()).then(|| disassemble(&kept, decimation))
}

/// A verdict in each arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ArithmeticTable {
    /// Title of the file.
    pub title: String,
    /// Number of seeds.
    pub seeds: u64,
    /// A row for each arithmetic.
    pub arithmetics: Vec<ArithmeticRow>,
    /// Whether the chip passes in the arithmetic that the file states.
    pub passed: bool,
}

/// A verdict in one arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ArithmeticRow {
    /// The arithmetic.
    pub arithmetic: Arithmetic,
    /// Whether it is the one that the file states.
    pub stated: bool,
    /// Why there is no verdict; absent: there is one. A rule without a second tag has none without.
    pub why_not: Option<String>,
    /// Conditions.
    pub checks: Vec<Check>,
    /// Whether all of them hold.
    pub passed: bool,
    /// Medians over the seeds of what reports show first, by key.
    pub medians: Vec<(&'static str, f64)>,
}

impl ArithmeticRow {
    /// A row without a verdict.
    pub fn without(arithmetic: Arithmetic, why_not: impl Into<String>) -> ArithmeticRow {
        ArithmeticRow {
            arithmetic,
            stated: false,
            why_not: Some(why_not.into()),
            checks: vec![],
            passed: false,
            medians: vec![],
        }
    }

    /// A row of seeds and conditions; a run that measured nothing is one without a verdict.
    pub fn new(
        arithmetic: Arithmetic,
        stated: bool,
        seeds: Result<Vec<SeedRow>, Failure>,
        shown: &[&'static str],
        checks: impl Fn(&[SeedRow]) -> Vec<Check>,
    ) -> ArithmeticRow {
        let seeds = match seeds {
            Ok(seeds) => seeds,
            Err(error) => {
                let mut row = ArithmeticRow::without(arithmetic, error.lines().join("\n"));
                row.stated = stated;
                return row;
            }
        };
        let median = |key: &&'static str| {
            let values: Option<Vec<f64>> = seeds
                .iter()
                .map(|seed| seed.values.get(*key).copied())
                .collect();
            Some((*key, super::median::Median::of(&values?)?.value))
        };
        let checks = checks(&seeds);
        ArithmeticRow {
            arithmetic,
            stated,
            why_not: None,
            passed: !checks.is_empty() && checks.iter().all(|c| c.holds),
            checks,
            medians: shown.iter().filter_map(median).collect(),
        }
    }
}

impl ArithmeticTable {
    /// Puts the rows together.
    pub fn new(title: &str, seeds: u64, rows: Vec<ArithmeticRow>) -> ArithmeticTable {
        ArithmeticTable {
            title: title.into(),
            seeds,
            passed: rows.iter().any(|row| row.stated && row.passed),
            arithmetics: rows,
        }
    }
}

impl fmt::Display for ArithmeticTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: each arithmetic over {} seeds",
            self.title, self.seeds
        )?;
        for row in &self.arithmetics {
            let stated = if row.stated { "*" } else { " " };
            write!(f, "\n {stated}{:<15}", row.arithmetic.name())?;
            if let Some(why_not) = &row.why_not {
                write!(f, "-       {}", why_not.lines().next().unwrap_or_default())?;
                continue;
            }
            let failed: Vec<&str> = row
                .checks
                .iter()
                .filter(|c| !c.holds)
                .map(|c| c.key)
                .collect();
            let medians: Vec<String> = row
                .medians
                .iter()
                .map(|(key, value)| format!("{} {value:.3}", key.trim_end_matches("_min")))
                .collect();
            let word = if row.passed { "passes" } else { "FAILS " };
            write!(f, "{word}  {}", medians.join(", "))?;
            if !failed.is_empty() {
                write!(f, "; exceeded: {}", failed.join(", "))?;
            }
        }
        write!(f, "\n(* what the file states)")
    }
}

/// Runs a file in every arithmetic, over seeds 1 to `seeds`.
///
/// # Errors
/// If the file states no tolerances.
pub fn table(file: &RuleFile, seeds: u64) -> Result<ArithmeticTable, Failure> {
    if file.tolerances.is_empty() {
        let problem = "states no tolerances: there is no verdict";
        return Err(Failure::call(problem));
    }
    let shown = ["gain_min", "correlation_min", "update_gain_min"];
    let row = |arithmetic: Arithmetic| {
        if arithmetic == Arithmetic::NoSecondTag && !file.rule.d_is_tag {
            return ArithmeticRow::without(arithmetic, "as wide: the rule has no second tag");
        }
        let stated = Arithmetic::of(file) == arithmetic;
        let file = arithmetic.file(file);
        let rows = super::over_seeds(&file, seeds, &|_| ());
        let checks = |seeds: &[SeedRow]| super::verdict::checks(&file, seeds);
        ArithmeticRow::new(arithmetic, stated, rows, &shown, checks)
    };
    let rows = Arithmetic::ALL.into_iter().map(row).collect();
    Ok(ArithmeticTable::new(&file.title, seeds, rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_with_the_second_tag_are_left_out() {
        let left = without_second_tag("2^-2*x1*y0 - 2^-3*d*x0 + 2*(d+1)*y0").unwrap();
        assert_eq!(left, "2^-2*x1*y0");
        assert_eq!(without_second_tag("d*u3"), None);
        assert_eq!(without_second_tag("2^-4*t*u3 - d*u3").unwrap(), "2^-4*t*u3");
    }
}
