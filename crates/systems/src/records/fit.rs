//! Two numbers fitted to the figures, each tested on figures that it was not fitted to.
//!
//! What no source gives is what the embedded processors add to a step, and by how much energies
//! measured on a chip differ from those that a profile took from elsewhere. The first is fitted as
//! a constant to durations that hold those processors, the second as a factor to energies that hold
//! the neurocores alone. With so few figures each is left out once: it is predicted from all the
//! others.

use super::{FigureCompared, PublishedRecord};
use serde::Serialize;

/// Profile whose predictions are fitted.
const BASE: &str = "sanafe-loihi";

/// Both numbers, and what they predict of figures that they were not fitted to.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FiguresFit {
    /// Name of the profile that was fitted.
    pub profile: String,
    /// Microseconds that embedded processors add to a step; none with fewer than two figures.
    pub processors_us: Option<f64>,
    /// Factor of all energies; none with fewer than two figures.
    pub energy_factor: Option<f64>,
    /// Every figure, predicted by numbers that were fitted to the others.
    pub left_out: Vec<LeftOut>,
    /// Durations without processors, which nothing is fitted to.
    pub without_host: Vec<LeftOut>,
}

/// A figure that was left out of a fit.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LeftOut {
    /// Name of the record.
    pub record: String,
    /// The number that was measured, in `unit`.
    pub recorded: f64,
    /// The number that is predicted.
    pub predicted: f64,
    /// Predicted over recorded.
    pub ratio: f64,
    /// Unit of both.
    pub unit: String,
}

/// A figure as the base profile predicts it.
struct PredictedFigure<'a> {
    name: &'a str,
    figure: &'a FigureCompared,
    predicted: f64,
}

impl PredictedFigure<'_> {
    fn left_out(&self, predicted: f64) -> LeftOut {
        LeftOut {
            record: self.name.into(),
            recorded: self.figure.recorded,
            predicted,
            ratio: predicted / self.figure.recorded,
            unit: self.figure.unit.clone(),
        }
    }
}

impl FiguresFit {
    /// The fit to the figures among some records.
    pub(super) fn of(records: &[PublishedRecord]) -> FiguresFit {
        let points: Vec<PredictedFigure> = records.iter().filter_map(point).collect();
        let kind = |unit: &str, with_host: bool| -> Vec<&PredictedFigure> {
            let wanted =
                |p: &&PredictedFigure| p.figure.unit == unit && p.figure.with_host == with_host;
            points.iter().filter(wanted).collect()
        };
        let durations = kind("us", true);
        let energies = kind("uJ", false);
        let mut left_out = each_left_out(&durations, processors_us, |p, x| p + x);
        left_out.extend(each_left_out(&energies, energy_factor, |p, x| p * x));
        let alone = kind("us", false).into_iter();
        FiguresFit {
            profile: BASE.into(),
            processors_us: fitted(&durations, processors_us),
            energy_factor: fitted(&energies, energy_factor),
            left_out,
            without_host: alone.map(|p| p.left_out(p.predicted)).collect(),
        }
    }

    /// Median of the errors of the energies that were left out, as shares of what was recorded.
    pub fn median_energy_error(&self) -> Option<f64> {
        let energies = self.left_out.iter().filter(|one| one.unit == "uJ");
        let mut errors: Vec<f64> = energies.map(|one| (one.ratio - 1.0).abs()).collect();
        errors.sort_by(f64::total_cmp);
        let middle = errors.len() / 2;
        match errors.len() {
            0 => None,
            n if n % 2 == 1 => Some(errors[middle]),
            _ => Some((errors[middle - 1] + errors[middle]) / 2.0),
        }
    }
}

fn point(record: &PublishedRecord) -> Option<PredictedFigure<'_>> {
    let figure = record.result.figure()?;
    let own = |fidelity: &str| fidelity != "cycle";
    let mut predictions = figure.predictions.iter();
    let base = predictions.find(|p| p.profile == BASE && own(&p.fidelity))?;
    Some(PredictedFigure {
        name: &record.name,
        figure,
        predicted: base.predicted?,
    })
}

/// Mean of what the records hold beyond the predictions.
fn processors_us(points: &[&PredictedFigure]) -> f64 {
    let beyond = points.iter().map(|p| p.figure.recorded - p.predicted);
    beyond.sum::<f64>() / points.len() as f64
}

/// Geometric mean of recorded over predicted.
fn energy_factor(points: &[&PredictedFigure]) -> f64 {
    let logs = points
        .iter()
        .map(|p| (p.figure.recorded / p.predicted).ln());
    (logs.sum::<f64>() / points.len() as f64).exp()
}

/// The number fitted to all, where there are at least two.
fn fitted(points: &[&PredictedFigure], fit: fn(&[&PredictedFigure]) -> f64) -> Option<f64> {
    (points.len() > 1).then(|| fit(points))
}

/// Every figure, predicted by the number that was fitted to all others.
fn each_left_out(
    points: &[&PredictedFigure],
    fit: fn(&[&PredictedFigure]) -> f64,
    apply: fn(f64, f64) -> f64,
) -> Vec<LeftOut> {
    let one = |i: usize| {
        let others: Vec<&PredictedFigure> = (0..points.len())
            .filter(|k| *k != i)
            .map(|k| points[k])
            .collect();
        let point = points[i];
        (!others.is_empty()).then(|| point.left_out(apply(point.predicted, fit(&others))))
    };
    (0..points.len()).filter_map(one).collect()
}
