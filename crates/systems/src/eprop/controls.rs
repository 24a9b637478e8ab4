//! A figure over seeds beside the same figure with something taken away, and beside floats: whether
//! what is claimed to learn is what learns.
//!
//! What this module does *not* know: what the figure is, and how it comes about.

use super::control::Intervention;
use seamount_study::paired::{MedianInterval, SignedRank};
use seamount_study::table::{Column, Table};
use serde::Serialize;
use std::fmt;

/// Which of two figures is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// The larger: accuracies.
    Larger,
    /// The smaller: losses, errors.
    Smaller,
}

/// A network, whole or with something taken away, that every seed is run with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlSide {
    /// The network with nothing taken away.
    Whole,
    /// In 64-bit floats, by the same rates.
    Float,
    /// With an intervention.
    Without(Intervention),
}

impl ControlSide {
    /// All sides, the whole network first, then floats.
    pub fn all() -> impl Iterator<Item = ControlSide> {
        let rest = Intervention::ALL.map(ControlSide::Without);
        [ControlSide::Whole, ControlSide::Float]
            .into_iter()
            .chain(rest)
    }

    /// Name in a report.
    pub fn name(self) -> &'static str {
        match self {
            ControlSide::Whole => "e-prop on the chip",
            ControlSide::Float => "e-prop in floats, equal rates",
            ControlSide::Without(intervention) => intervention.name(),
        }
    }

    /// What is taken away.
    pub fn intervention(self) -> Option<Intervention> {
        match self {
            ControlSide::Without(intervention) => Some(intervention),
            ControlSide::Whole | ControlSide::Float => None,
        }
    }
}

/// Figures of one side, seed by seed, beside those of the whole network.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SideFigures {
    /// The side.
    pub side: ControlSide,
    /// One figure a seed.
    pub figures: Vec<f64>,
    /// Their median.
    pub median: MedianInterval,
    /// The whole network's figures first, this side's second; none for the whole network.
    pub test: Option<SignedRank>,
}

/// A figure with its controls.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ControlsReport {
    /// Figure, in words.
    pub figure: String,
    /// Which of two figures is the better one.
    pub better: Better,
    /// Factor of a figure as it is printed: 100 for percent.
    pub factor: f64,
    /// Seeds, in the order of the figures.
    pub seeds: Vec<u64>,
    /// All sides, the whole network first.
    pub sides: Vec<SideFigures>,
    /// Remarks, such as the rates in force.
    pub notes: Vec<String>,
}

impl ControlsReport {
    /// A report of figures by side, seed by seed; the first side is the whole network.
    ///
    /// # Panics
    /// If there are no seeds or no sides.
    pub fn new(
        figure: impl Into<String>,
        better: Better,
        seeds: Vec<u64>,
        sides: Vec<(ControlSide, Vec<f64>)>,
    ) -> ControlsReport {
        let whole = sides[0].1.clone();
        let of = |(side, figures): (ControlSide, Vec<f64>)| {
            let pairs: Vec<[f64; 2]> = whole
                .iter()
                .zip(&figures)
                .map(|(whole, other)| [*whole, *other])
                .collect();
            SideFigures {
                side,
                median: MedianInterval::of(&figures).expect("at least one seed"),
                test: (side != ControlSide::Whole).then(|| SignedRank::of(&pairs)),
                figures,
            }
        };
        ControlsReport {
            figure: figure.into(),
            better,
            factor: 1.0,
            seeds,
            sides: sides.into_iter().map(of).collect(),
            notes: vec![],
        }
    }

    /// The figures of a side.
    pub fn side(&self, side: ControlSide) -> Option<&SideFigures> {
        self.sides.iter().find(|figures| figures.side == side)
    }

    /// Seeds in which the whole network is better than a side, and in which it is worse.
    fn wins(&self, test: &SignedRank) -> [usize; 2] {
        match self.better {
            Better::Larger => [test.first_larger, test.second_larger],
            Better::Smaller => [test.second_larger, test.first_larger],
        }
    }
}

impl fmt::Display for ControlsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let better = match self.better {
            Better::Larger => "larger is better",
            Better::Smaller => "smaller is better",
        };
        writeln!(f, "{} ({better}), {} seeds", self.figure, self.seeds.len())?;
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        writeln!(f)?;
        let mut table = Table::new([
            Column::left("", 29),
            Column::right("median", 8),
            Column::right("interval", 15).gap(2),
            Column::right("better, worse", 13).gap(2),
            Column::right("p", 6).gap(2),
        ]);
        for side in &self.sides {
            let MedianInterval {
                median, low, high, ..
            } = side.median;
            let shown = |figure: f64| format!("{:.1}", figure * self.factor);
            let [wins, p] = match &side.test {
                None => [String::new(), String::new()],
                Some(test) => {
                    let [better, worse] = self.wins(test);
                    [format!("{better}, {worse}"), format!("{:.4}", test.p)]
                }
            };
            let interval = format!("{} to {}", shown(low), shown(high));
            let name = side.side.name().to_string();
            table.row([name, shown(median), interval, wins, p]);
        }
        writeln!(f, "{table}")?;
        let coverage = self.sides[0].median.coverage * 100.0;
        write!(
            f,
            "interval: of the median, between two of the seeds' figures, {coverage:.1} %\n\
             better, worse: seeds in which e-prop on the chip is better than this, and worse\n\
             p: exact Wilcoxon signed-rank test of these pairs, two-sided"
        )
    }
}
