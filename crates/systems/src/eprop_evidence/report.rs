//! The reports of evidence accumulation, as data and in words.

use super::float::STEPS;
use crate::eprop::chip::Rates;
use crate::eprop::controls::ControlsReport;
use seamount_session::{PerInference, WhileLearning};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A test in mid-training, without learning, on samples that are never learned from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Samples learned from so far.
    pub samples: u64,
    /// Share of wrong decisions.
    pub error: f64,
    /// Mean spikes of the recurrent neurons in a trial.
    pub spikes: f64,
}

impl Point {
    /// Means over a number of tests.
    pub(super) fn new(samples: u64, tests: u64, wrong: u64, spikes: u64) -> Point {
        Point {
            samples,
            error: wrong as f64 / tests as f64,
            spikes: spikes as f64 / tests as f64,
        }
    }
}

/// Tests and costs of learning on the chip.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EvidenceReport {
    /// Class of the chip.
    pub board: String,
    /// Seed of network, samples and the chip's draws.
    pub seed: u64,
    /// Fresh samples of each test.
    pub tests: u64,
    /// Tests, before learning and in its course.
    pub points: Vec<Point>,
    /// Rates in force at the start: the nearest to those asked for that the chip's pulses give.
    pub rates_in_force: Rates,
    /// Counts and energy of the last sample that was learned from.
    pub per_inference: PerInference,
    /// Synapses visited and products computed by the learning engine in that sample.
    pub learning: [u64; 2],
    /// Seconds a sample while learning, wall clock.
    pub seconds_per_sample: f64,
    /// State of the chip at the end.
    #[serde(skip)]
    pub snapshot: Vec<u8>,
}

/// Tests of learning in floats.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EvidenceFloatReport {
    /// Seed of network and samples.
    pub seed: u64,
    /// Fresh samples of each test.
    pub tests: u64,
    /// Samples of a batch.
    pub batch: u64,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// Tests, before learning and in its course.
    pub points: Vec<Point>,
}

/// Report of either side.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "there is one report a run")]
pub enum EvidenceOutcome {
    /// Learned on the chip.
    Chip(EvidenceReport),
    /// Learned in floats.
    Float(EvidenceFloatReport),
    /// Errors over seeds, beside controls.
    Controls(ControlsReport),
}

impl fmt::Display for EvidenceOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvidenceOutcome::Chip(report) => report.fmt(f),
            EvidenceOutcome::Float(report) => report.fmt(f),
            EvidenceOutcome::Controls(report) => report.fmt(f),
        }
    }
}

/// Tests as a table.
fn table(f: &mut fmt::Formatter<'_>, tests: u64, points: &[Point]) -> fmt::Result {
    writeln!(
        f,
        "samples learned   wrong of {tests} fresh ones   spikes a trial"
    )?;
    for p in points {
        let percent = p.error * 100.0;
        writeln!(f, "{:15}   {percent:20.1} %   {:14.1}", p.samples, p.spikes)?;
    }
    Ok(())
}

impl fmt::Display for EvidenceFloatReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Evidence accumulation in 64-bit floats, Adam {:e}, batches of {}, seed {}",
            self.learning_rate, self.batch, self.seed
        )?;
        writeln!(f)?;
        table(f, self.tests, &self.points)
    }
}

impl fmt::Display for EvidenceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Evidence accumulation learned on an emulated {} class chip, seed {}",
            self.board, self.seed
        )?;
        writeln!(
            f,
            "40 inputs, 50 LIF and 50 ALIF neurons, 2 readouts: which side had more of seven cues, a second ago?"
        )?;
        writeln!(f)?;
        table(f, self.tests, &self.points)?;
        writeln!(f)?;
        let rates = self.rates_in_force;
        writeln!(
            f,
            "learning rates in force at the start: {:.2e} (input, recurrent), {:.2e} (readout)",
            rates.recurrent, rates.readout
        )?;
        let [visits, products] = self.learning;
        writeln!(
            f,
            "the last sample learned: {visits} synapses visited, {products} products"
        )?;
        writeln!(f, "{}", WhileLearning(&self.per_inference))?;
        write!(
            f,
            "{:.3} s a sample of {STEPS} steps",
            self.seconds_per_sample
        )
    }
}
