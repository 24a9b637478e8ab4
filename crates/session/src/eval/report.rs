//! The report of an evaluation: accuracy, and what each inference cost, as data.
//!
//! Sums are integers and are divided once, where a number is shown, so that neither the order of
//! samples nor a restart can change a digit. NeuroBench's metrics stand under NeuroBench's names
//! and have its definitions: the metrics of a workload are means over samples.

mod text;

use super::plan::EvalPlan;
use super::spread::SampleSpread;
use crate::cost::{Cost, PerInference};
use crate::report::{MANAGEMENT, RunTarget};
use seamount_image::LimitBreach;
use seamount_spec::{EventCounts, Profile};
use serde::Serialize;
use std::time::Duration;

/// What a sample came to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SampleRow {
    /// Index of the sample in its data set, from 0.
    pub sample: u64,
    /// Its class; none without labels.
    pub label: Option<u32>,
    /// Index of the output that answers; none if nothing fired where the first spike decides.
    pub answer: Option<u32>,
    /// Whether another output was as good, so that the order of outputs decided.
    pub tied: bool,
    /// What was decoded of each output: spikes, step of the first one ([`SILENT`](super::SILENT)
    /// without any), or value of the register.
    pub scores: Vec<i64>,
    /// Events of all cores.
    pub counts: EventCounts,
    /// Those of the synaptic operations that NeuroBench calls multiply-accumulates; none where
    /// too many neurons send values to be recorded.
    pub multiplications: Option<u64>,
    /// Those of the synaptic operations that multiply by a value of 0, which NeuroBench does not
    /// count; 0 where nobody knows.
    pub idle: u64,
    /// Duration by each clock, picoseconds; empty without clocks.
    pub duration_ps: Vec<u64>,
}

/// Everything that is said about a data set that was shown to a network.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EvalReport {
    /// Version of this program.
    pub seamount: &'static str,
    /// What was run, and on what.
    pub target: RunTarget,
    /// The samples, and how they were shown and read.
    pub samples: EvalSamples,
    /// Answers beside labels; none without labels.
    pub accuracy: Option<Accuracy>,
    /// NeuroBench's metrics under NeuroBench's names: means per sample.
    pub neurobench: SampleMetrics,
    /// Mean counts and energy of a sample, as published systems report them.
    pub per_inference: PerInference,
    /// Each event, over the samples: only those that happened.
    pub events: Vec<EventSpread>,
    /// Dynamic energy over the samples by each profile, femtojoules.
    pub energy: Vec<EnergySpread>,
    /// Time over the samples by each profile, picoseconds; none with fidelity `count`.
    pub time: Vec<TimeSpread>,
    /// Limits of the chip that the image breaks.
    pub limits_broken: Vec<LimitBreach>,
    /// Files written.
    pub files: Vec<String>,
    /// How long this took on this machine.
    pub wall: EvalWall,
}

/// The samples of an evaluation, and how they were shown and read.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EvalSamples {
    /// Name of the data set.
    pub dataset: String,
    /// Samples of the whole set.
    pub available: u64,
    /// Index of the first sample that was shown.
    pub first: u64,
    /// Number of samples that were shown.
    pub count: u64,
    /// Steps of each.
    pub steps: u64,
    /// From a sample to spikes.
    pub encode: String,
    /// From outputs to an answer.
    pub decode: &'static str,
    /// Probe that is decoded.
    pub output: String,
    /// Number of outputs, and so of classes.
    pub classes: u64,
}

/// Answers beside labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Accuracy {
    /// Share of samples that are right, 0 to 1.
    pub accuracy: f64,
    /// Samples that are right.
    pub right: u64,
    /// Samples in all.
    pub samples: u64,
    /// Samples that nothing answered, counted as wrong.
    pub unanswered: u64,
    /// Samples in which another output was as good as the answer.
    pub tied: u64,
    /// Samples by label (row) and answer (column); the last column is of those without an answer.
    pub confusion: Vec<Vec<u64>>,
}

/// NeuroBench's metrics; the names of the fields are those of its classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
#[allow(non_snake_case)]
pub struct SampleMetrics {
    /// Bytes of synapse memory in use, 8 a word. NeuroBench counts parameters and buffers of a
    /// model; a chip stores synapses as packed words.
    pub Footprint: u64,
    /// Share of the possible connections between connected layers that is absent or 0; none
    /// without connections.
    pub ConnectionSparsity: Option<f64>,
    /// Share of samples that are right; none without labels.
    pub ClassificationAccuracy: Option<f64>,
    /// Share of (neuron that can spike, step) without a spike, over all samples; none if no neuron
    /// can spike.
    pub ActivationSparsity: Option<f64>,
    /// Synaptic operations.
    pub SynapticOperations: SampleOperations,
}

/// NeuroBench's synaptic operations: means per sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
#[allow(non_snake_case)]
pub struct SampleOperations {
    /// Operations of inputs that are other values than -1, 0 and 1; none where too many neurons
    /// send values to be recorded.
    pub Effective_MACs: Option<f64>,
    /// (spike, synapse) pairs with a contribution that is not 0; none as above.
    pub Effective_ACs: Option<f64>,
    /// Operations if every source fired in every step and every possible connection was there.
    pub Dense: f64,
}

/// A kind of event over the samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EventSpread {
    /// Name of the event.
    pub event: &'static str,
    /// Its number in each sample.
    #[serde(flatten)]
    pub each: SampleSpread,
}

/// Dynamic energy over the samples by one profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EnergySpread {
    /// Name of the profile.
    pub profile: String,
    /// Dynamic energy of each sample, femtojoules; none if the profile prices nothing of what
    /// happened.
    pub each_fj: Option<SampleSpread>,
    /// Events that happened and whose energy the profile does not know: not in the numbers.
    pub unknown: Vec<String>,
}

/// Time over the samples by one profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TimeSpread {
    /// Name of the profile.
    pub profile: String,
    /// Duration of each sample, picoseconds.
    pub each_ps: SampleSpread,
}

/// How long an evaluation took on this machine. Nothing else of a report depends on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EvalWall {
    /// Threads that shared the samples.
    pub threads: usize,
    /// Samples that a run before had finished.
    pub resumed: u64,
    /// Seconds of the others.
    pub seconds: f64,
    /// Samples a second.
    pub samples_per_second: f64,
}

impl SampleRow {
    /// Synaptic operations that NeuroBench calls accumulates; none where nobody knows.
    pub fn accumulates(&self) -> Option<u64> {
        let of_values = self.multiplications?;
        Some(self.counts.synaptic_operations - of_values - self.idle)
    }
}

impl EvalReport {
    pub(super) fn new(
        plan: &EvalPlan<'_>,
        rows: &[SampleRow],
        resumed: u64,
        wall: Duration,
    ) -> EvalReport {
        let profiles = &plan.options.profiles;
        let mut total = EventCounts::default();
        rows.iter().for_each(|row| total += row.counts);
        let accuracy = plan.data.has_labels().then(|| Accuracy::of(plan, rows));
        let fresh = rows.len() as u64 - resumed;
        let seconds = wall.as_secs_f64();
        let mut cost = Cost::new(total, profiles).in_pieces(rows.len().max(1) as u64);
        let managed = plan.machine.program().managed(0, plan.steps);
        // what embedded processors do has no price, so that sums are those of what is known
        let unpriced = managed.acts + managed.reads > 0;
        if unpriced {
            let bills = cost.energy.iter_mut();
            bills.for_each(|bill| bill.unknown.push(MANAGEMENT.into()));
        }
        EvalReport {
            seamount: env!("CARGO_PKG_VERSION"),
            target: RunTarget::of(&plan.image, plan.machine.program()),
            samples: EvalSamples {
                dataset: plan.data.name().into(),
                available: plan.data.samples(),
                first: plan.range.start,
                count: rows.len() as u64,
                steps: plan.steps,
                encode: plan.options.encoder.to_string(),
                decode: plan.options.decoder.name(),
                output: plan.probe.clone(),
                classes: plan.classes,
            },
            neurobench: SampleMetrics::of(plan, rows, &total, accuracy.as_ref()),
            accuracy,
            per_inference: PerInference(cost),
            events: events(rows),
            energy: profiles
                .iter()
                .map(|p| EnergySpread::of(p, rows, &total))
                .map(|spread| spread.beside_management(unpriced))
                .collect(),
            time: times(plan, rows),
            limits_broken: plan.image.breaches().to_vec(),
            files: vec![],
            wall: EvalWall {
                threads: plan.options.threads.max(1),
                resumed,
                seconds,
                samples_per_second: fresh as f64 / seconds.max(1e-9),
            },
        }
    }
}

impl Accuracy {
    fn of(plan: &EvalPlan<'_>, rows: &[SampleRow]) -> Accuracy {
        let classes = plan.classes as usize;
        let mut confusion = vec![vec![0; classes + 1]; classes];
        for row in rows {
            let column = row.answer.map_or(classes, |answer| answer as usize);
            if let Some(label) = row.label {
                confusion[label as usize][column] += 1;
            }
        }
        let right = (0..classes).map(|class| confusion[class][class]).sum();
        let number = |of: fn(&SampleRow) -> bool| rows.iter().filter(|row| of(row)).count() as u64;
        Accuracy {
            accuracy: right as f64 / rows.len().max(1) as f64,
            right,
            samples: rows.len() as u64,
            unanswered: number(|row| row.answer.is_none()),
            tied: number(|row| row.tied),
            confusion,
        }
    }
}

impl SampleMetrics {
    fn of(
        plan: &EvalPlan<'_>,
        rows: &[SampleRow],
        total: &EventCounts,
        accuracy: Option<&Accuracy>,
    ) -> SampleMetrics {
        let structure = &plan.structure;
        let absent = |part: u64, all: u64| (all > 0).then(|| 1.0 - part as f64 / all as f64);
        let samples = rows.len().max(1) as u64;
        let mean = |sum: u64| sum as f64 / samples as f64;
        let multiplications: Option<u64> = rows.iter().map(|row| row.multiplications).sum();
        let accumulates: Option<u64> = rows.iter().map(SampleRow::accumulates).sum();
        let possible = structure.compartments_spiking.saturating_mul(plan.steps);
        SampleMetrics {
            Footprint: structure.synapse_words * 8,
            ConnectionSparsity: absent(structure.synapses_effective, structure.pairs),
            ClassificationAccuracy: accuracy.map(|accuracy| accuracy.accuracy),
            ActivationSparsity: absent(total.spikes, possible.saturating_mul(samples)),
            SynapticOperations: SampleOperations {
                Effective_MACs: multiplications.map(mean),
                Effective_ACs: accumulates.map(mean),
                Dense: structure.pairs.saturating_mul(plan.steps) as f64,
            },
        }
    }
}

/// Every kind of event that happened.
fn events(rows: &[SampleRow]) -> Vec<EventSpread> {
    let mut spreads = vec![];
    for (at, event) in EventCounts::NAMES.iter().enumerate() {
        let numbers: Vec<u64> = rows.iter().map(|row| row.counts.array()[at]).collect();
        if numbers.iter().any(|n| *n > 0) {
            let each = SampleSpread::of(numbers);
            spreads.push(EventSpread { event, each });
        }
    }
    spreads
}

impl EnergySpread {
    fn of(profile: &Profile, rows: &[SampleRow], total: &EventCounts) -> EnergySpread {
        let whole = profile.price(total);
        let known = whole.dynamic_fj > 0 || whole.unknown.is_empty();
        EnergySpread {
            profile: profile.name.clone(),
            each_fj: known.then(|| SampleSpread::of(energies_fj(profile, rows))),
            unknown: whole.unknown,
        }
    }

    /// The same, with what embedded processors did among what is unknown, if they did something.
    fn beside_management(mut self, unpriced: bool) -> EnergySpread {
        if unpriced {
            self.unknown.push(MANAGEMENT.into());
        }
        self
    }
}

/// Dynamic energy of each sample by a profile, femtojoules.
pub(super) fn energies_fj(profile: &Profile, rows: &[SampleRow]) -> Vec<u64> {
    let each = rows.iter().map(|row| profile.price(&row.counts).dynamic_fj);
    each.collect()
}

fn times(plan: &EvalPlan<'_>, rows: &[SampleRow]) -> Vec<TimeSpread> {
    let clocks = plan.clocks.durations_ps().len();
    let profiles = plan.options.profiles.iter().take(clocks).enumerate();
    let time = |(at, profile): (usize, &Profile)| TimeSpread {
        profile: profile.name.clone(),
        each_ps: SampleSpread::of(rows.iter().map(|row| row.duration_ps[at]).collect()),
    };
    profiles.map(time).collect()
}
