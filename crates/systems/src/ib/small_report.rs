//! The report of the line and exclusive or, as data and in words.

use super::float::XiForm;
use super::recipe::IbTask;
use seamount_session::{MeanEnergy, PerInference};
use seamount_study::row::Row;
use serde::Serialize;
use std::fmt;

/// Accuracies of the networks of one seed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SeedFigure {
    /// Seed of data and weights.
    pub seed: u64,
    /// Share of the 100 test samples that are right.
    pub accuracy: f64,
    /// The same with the hidden layers left as drawn and only the last one trained.
    pub accuracy_frozen: f64,
    /// Share right of a network that learned on the chip.
    pub accuracy_chip: Option<f64>,
    /// Share right of one that learned on the chip with hidden layers as drawn.
    pub accuracy_chip_frozen: Option<f64>,
    /// Of a generated xi: the share of the exact one's power that it misses.
    pub unexplained: Option<f64>,
    /// Of a generated xi: the share of its signs that are right.
    pub signs_right: Option<f64>,
}

/// Medians over the seeds, and costs on the chip.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SmallReport {
    /// The line or exclusive or.
    pub task: IbTask,
    /// Formula of xi in floats.
    pub form: XiForm,
    /// Median accuracy of the seeds.
    pub accuracy_float: f64,
    /// Median accuracy with hidden layers left as drawn.
    pub accuracy_frozen: f64,
    /// Median accuracy on the chip, which learned there.
    pub accuracy: Option<f64>,
    /// Median accuracy on the chip with hidden layers left as drawn.
    pub accuracy_chip_frozen: Option<f64>,
    /// Counts and energy of a test sample on the chip.
    pub per_inference: Option<PerInference>,
    /// Counts and energy of a training sample on the chip, learning included.
    pub per_training_sample: Option<PerInference>,
    /// Published accuracy.
    pub published: f64,
    /// Passes over the training samples.
    pub epochs: usize,
    /// Samples of a window.
    pub window: usize,
    /// Units of the reservoir, if xi was generated.
    pub reservoir: Option<usize>,
    /// Accuracies of each seed.
    pub seeds: Vec<SeedFigure>,
    /// Seconds, wall clock.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// Name of the task.
    #[serde(skip)]
    pub(super) name: &'static str,
    /// Units of the layers: `2-4-2`.
    #[serde(skip)]
    pub(super) network: String,
}

impl SmallReport {
    /// The line of the overview, which is of the chip.
    pub(super) fn row(&self) -> Option<Row> {
        let figure = format!(
            "test samples right, median of {} seeds (floats {:.0} %)",
            self.seeds.len(),
            self.accuracy_float * 100.0
        );
        Some(Row::on_chip(
            &format!("ib-hebbian --task {}", self.name),
            &figure,
            self.accuracy? * 100.0,
            Some(self.published * 100.0),
            self.seeds.len() as u64,
            self.per_inference.as_ref()?,
        ))
    }
}

impl fmt::Display for SeedFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  seed {}: {:.0} %, hidden layers as drawn {:.0} %",
            self.seed,
            self.accuracy * 100.0,
            self.accuracy_frozen * 100.0
        )?;
        if let (Some(missed), Some(signs)) = (self.unexplained, self.signs_right) {
            write!(
                f,
                "; xi: {:.0} % of its power missed, {:.0} % of its signs right",
                missed * 100.0,
                signs * 100.0
            )?;
        }
        if let (Some(chip), Some(frozen)) = (self.accuracy_chip, self.accuracy_chip_frozen) {
            write!(
                f,
                "; chip {:.0} %, as drawn {:.0} %",
                chip * 100.0,
                frozen * 100.0
            )?;
        }
        Ok(())
    }
}

/// One line: operations, spikes and energy by the first profile.
fn write_cost(f: &mut fmt::Formatter<'_>, what: &str, cost: &PerInference) -> fmt::Result {
    write!(
        f,
        "  {what}: {:.0} synaptic operations, {:.0} spikes",
        cost.synaptic_operations(),
        cost.spikes()
    )?;
    let Some(energy) = cost.energy().next() else {
        return writeln!(f);
    };
    let MeanEnergy { profile, .. } = &energy;
    match energy.dynamic_uj {
        Some(uj) => write!(f, ", {uj:.3} uJ by {profile}")?,
        None => write!(f, ", unknown energy by {profile}")?,
    }
    if !energy.unknown.is_empty() {
        write!(f, " as far as it is known")?;
    }
    writeln!(f)
}

impl fmt::Display for SmallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "ib-hebbian, {}: {} in floats, {} epochs, xi over {} samples",
            self.name, self.network, self.epochs, self.window
        )?;
        let xi = match (self.reservoir, self.form) {
            (Some(units), _) => format!(
                "xi said by a reservoir of {units} units that learned it on the network as drawn"
            ),
            (None, XiForm::Released) => "xi exactly, as released (diagonal)".into(),
            (None, XiForm::Row) => "xi exactly, last row".into(),
            (None, XiForm::Gradient) => "xi exactly, the objective's gradient".into(),
        };
        writeln!(f, "{xi}")?;
        writeln!(
            f,
            "accuracy, median     {:.1} %  (published: about {:.0} %)",
            self.accuracy_float * 100.0,
            self.published * 100.0
        )?;
        writeln!(
            f,
            "hidden layers as drawn, only the last trained: {:.1} %",
            self.accuracy_frozen * 100.0
        )?;
        for seed in &self.seeds {
            writeln!(f, "{seed}")?;
        }
        if let (Some(chip), Some(frozen)) = (self.accuracy, self.accuracy_chip_frozen) {
            writeln!(
                f,
                "learned on the chip: {:.1} %; hidden layers as drawn {:.1} %",
                chip * 100.0,
                frozen * 100.0
            )?;
        }
        if let Some(cost) = &self.per_inference {
            write_cost(f, "a test sample", cost)?;
        }
        if let Some(cost) = &self.per_training_sample {
            write_cost(f, "a training sample", cost)?;
        }
        write!(f, "{:.1} s on {} thread(s)", self.seconds, self.threads)
    }
}
