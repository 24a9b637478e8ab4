//! The report of cue accumulation: networks put together by seed and by epoch, as data and in
//! words.

use super::chip::{ChipCueSettings, Rule};
use super::float::{CueSettings, Epoch};
use super::initial::WEIGHTS;
use super::recipe::{Engine, FOLDS};
use crate::eprop::controls::ControlsReport;
use seamount_session::PerInference;
use seamount_spec::EventCounts;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Report of networks that were trained, or of a figure with its controls.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum EpropCueOutcome {
    /// Networks of an engine.
    Trained(Box<EpropCueReport>),
    /// Accuracies over seeds, beside controls.
    Controls(ControlsReport),
}

impl fmt::Display for EpropCueOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EpropCueOutcome::Trained(report) => report.fmt(f),
            EpropCueOutcome::Controls(report) => report.fmt(f),
        }
    }
}

/// One network trained from its initial weights, and its test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldReport {
    /// Samples tested; in cross-validation their places in the file.
    pub tested: Vec<usize>,
    /// Share of the tested samples that are right.
    pub accuracy: f64,
    /// Epoch after epoch.
    pub epochs: Vec<Epoch>,
}

/// All networks of one seed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedReport {
    /// Seed of initial weights, hands and shuffling.
    pub seed: u64,
    /// Share of the samples that were right when tested.
    pub accuracy: f64,
    /// Share right while learning, in the last epoch.
    pub train_accuracy: f64,
    /// Mean rate of the recurrent neurons on the test samples.
    pub rate_hz: f64,
    /// One a fold; just one if there is a test file.
    pub folds: Vec<FoldReport>,
}

impl SeedReport {
    /// Means over folds. Folds count by their size, so that an accuracy is a share of all samples.
    pub(super) fn new(seed: u64, folds: Vec<FoldReport>) -> SeedReport {
        let tested: usize = folds.iter().map(|f| f.tested.len()).sum();
        let mean = |of: fn(&FoldReport) -> f64| {
            let shares = folds.iter().map(|f| of(f) * f.tested.len() as f64);
            shares.sum::<f64>() / tested.max(1) as f64
        };
        SeedReport {
            seed,
            accuracy: mean(|f| f.accuracy),
            train_accuracy: mean(|f| f.epochs.last().map_or(0.0, |e| e.train_accuracy)),
            rate_hz: mean(|f| f.epochs.last().and_then(|e| e.test_rate_hz).unwrap_or(0.0)),
            folds,
        }
    }
}

/// Accuracies of all networks, and costs of those on the chip.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EpropCueReport {
    /// Way the rule was computed.
    pub engine: Engine,
    /// `cross-validation` or `train-test`.
    pub protocol: &'static str,
    /// Files read.
    pub files: Vec<String>,
    /// Samples that were tested, each once a seed.
    pub samples: usize,
    /// Steps of a sample.
    pub steps_per_sample: usize,
    /// Settings of the float engine. Batch and rate are not used on the chip, see `chip`.
    pub settings: CueSettings,
    /// Settings and events of an engine on the chip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chip: Option<ChipReport>,
    /// Mean test accuracy over the seeds.
    pub accuracy: f64,
    /// Median test accuracy of the seeds.
    pub accuracy_median: f64,
    /// Test accuracy of each seed.
    pub accuracies: Vec<f64>,
    /// Share right while learning, epoch after epoch: mean over all networks.
    pub train_curve: Vec<f64>,
    /// Share right of the test samples, epoch after epoch where they were tested: mean over all
    /// networks.
    pub test_curve: Vec<Option<f64>>,
    /// Folds of each seed.
    pub seeds: Vec<SeedReport>,
    /// Threads used.
    pub threads: usize,
    /// Seconds, wall clock.
    pub wall_s: f64,
}

/// Settings and events of the engines on the chip.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ChipReport {
    /// Class of the chip.
    pub board: &'static str,
    /// Integers of network and rule.
    pub settings: ChipCueSettings,
    /// Folder of the initial weights, or `drawn`: He-normal as the float engine's, rounded to 8
    /// bit.
    pub initial_weights: String,
    /// Folders without files of initial weights, if weights are drawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub initial_weights_looked: Vec<String>,
    /// Costs of a sample that is learnt.
    pub learning: Work,
    /// Costs of a sample that is tested.
    pub inference: Work,
}

/// Mean costs of a sample.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Work {
    /// `learning` or `inference`.
    pub kind: &'static str,
    /// Mean visits of synapses by the learning engine.
    pub learning_visits: f64,
    /// Mean products that it computed.
    pub learning_products: f64,
    /// Counts and energy.
    #[serde(flatten)]
    pub per_sample: PerInference,
}

impl Work {
    /// Means of a total over a number of samples.
    pub(super) fn new(kind: &'static str, total: &EventCounts, samples: u64) -> Work {
        let samples = samples.max(1);
        Work {
            kind,
            learning_visits: total.learning_visits as f64 / samples as f64,
            learning_products: total.learning_products as f64 / samples as f64,
            per_sample: PerInference::new(total, samples),
        }
    }
}

/// Accuracy while learning and when tested, epoch after epoch, over all folds of all seeds.
pub(super) fn curves(seeds: &[SeedReport]) -> (Vec<f64>, Vec<Option<f64>>) {
    let folds: Vec<&FoldReport> = seeds.iter().flat_map(|s| &s.folds).collect();
    let epochs = folds.iter().map(|f| f.epochs.len()).min().unwrap_or(0);
    let tested = folds.iter().map(|f| f.tested.len()).sum::<usize>().max(1) as f64;
    let mut train = vec![];
    let mut test = vec![];
    for e in 0..epochs {
        let learned = folds.iter().map(|f| f.epochs[e].train_accuracy);
        train.push(learned.sum::<f64>() / folds.len() as f64);
        let right = folds
            .iter()
            .map(|f| Some(f.epochs[e].test_accuracy? * f.tested.len() as f64));
        test.push(right.sum::<Option<f64>>().map(|right| right / tested));
    }
    (train, test)
}

impl fmt::Display for EpropCueReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = &self.settings;
        match &self.chip {
            None => {
                writeln!(
                    f,
                    "cue accumulation, e-prop in f64: 40 inputs, {} LIF neurons, 2 outputs",
                    s.neurons
                )?;
                writeln!(f, "initial weights: drawn from the seed")?;
            }
            Some(chip) => writeln!(f, "{chip}")?,
        }
        match &self.files[..] {
            [file] => writeln!(
                f,
                "{file}: {} samples of {} steps, each tested once by a network that has not seen it ({FOLDS} folds)",
                self.samples, self.steps_per_sample
            )?,
            files => writeln!(
                f,
                "{}: {} samples of {} steps",
                files.join(" is learnt, tested is "),
                self.samples,
                self.steps_per_sample
            )?,
        }
        match &self.chip {
            None => writeln!(
                f,
                "{} epochs, {} samples an update, Adam at {}",
                s.epochs, s.batch, s.learning_rate
            )?,
            Some(_) => writeln!(f, "{} epochs, weights move within each sample", s.epochs)?,
        }
        writeln!(f, "seed  accuracy  while learning  rate")?;
        for seed in &self.seeds {
            writeln!(
                f,
                "{:>4}  {:>6.1} %  {:>12.1} %  {:.1} Hz",
                seed.seed,
                seed.accuracy * 100.0,
                seed.train_accuracy * 100.0,
                seed.rate_hz
            )?;
        }
        writeln!(f, "median {:>5.1} %", self.accuracy_median * 100.0)?;
        if let Some(chip) = &self.chip {
            write!(f, "{}{}", chip.learning, chip.inference)?;
        }
        write!(
            f,
            "mean  {:>6.1} %  (chance 50 %); {:.1} s on {} thread(s)",
            self.accuracy * 100.0,
            self.wall_s,
            self.threads
        )
    }
}

impl fmt::Display for ChipReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = match self.settings.rule {
            Rule::Tag => "engine a, eligibility in tags",
            Rule::Traces => "engine c, eligibility from traces of neurons",
        };
        writeln!(
            f,
            "cue accumulation, e-prop on an emulated chip of the {} class: {rule}",
            self.board
        )?;
        write!(f, "initial weights: {}", self.initial_weights)?;
        match &self.initial_weights_looked[..] {
            [] => Ok(()),
            looked => write!(
                f,
                " from the seed, NOT the published ones: {} are not in {}",
                WEIGHTS.join(", "),
                looked.join(", ")
            ),
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = &self.per_sample;
        write!(
            f,
            "a sample of {}: {:.0} synaptic operations, {:.0} spikes, ",
            self.kind,
            p.synaptic_operations(),
            p.spikes()
        )?;
        writeln!(
            f,
            "{:.0} synapses visited to learn ({:.0} products)",
            self.learning_visits, self.learning_products
        )?;
        for energy in p.energy() {
            let amount = energy
                .dynamic_uj
                .map_or("unknown".into(), |uj| format!("{uj:.2} uJ"));
            write!(f, "  dynamic energy {amount} by profile {}", energy.profile)?;
            writeln!(
                f,
                "{}",
                if energy.unknown.is_empty() {
                    String::new()
                } else {
                    format!("; no price of {}", energy.unknown.join(", "))
                }
            )?;
        }
        Ok(())
    }
}
