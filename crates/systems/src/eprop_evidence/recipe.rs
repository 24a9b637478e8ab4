//! Trials of the evidence task, learned one after another on the chip, or in batches in floats, and tested
//! on fresh ones in between.

use super::float::{sequence, task};
use super::network::alif_network;
use super::report::{EvidenceFloatReport, EvidenceReport, Point};
use crate::eprop::chip::{ChipNetwork, Rates};
use crate::eprop::float::EpropTask;
use crate::eprop::show::{GradedTarget, present};
use seamount_chip::{Chip, Recording, RunOptions};
use seamount_reference::eprop::{Optimiser, Sequence, Target, Trainer, Training};
use seamount_session::PerInference;
use seamount_spec::{Board, EventCounts};
use seamount_study::{LabError, Progress, build_on};
use std::time::Instant;

/// Class of the chip.
const BOARD: &str = "loihi2";
/// Steps in which the decision is asked for.
pub(crate) const RECALL_STEPS: u64 = 150;
/// First of the samples that are only tested.
const FRESH: u64 = 1 << 24;

/// Options of evidence accumulation.
#[derive(Debug, Clone)]
pub struct EvidenceOptions {
    /// Seed of network, samples and the chip's draws.
    pub seed: u64,
    /// Samples to learn from, at least 1.
    pub samples: u64,
    /// Samples between two tests, at least 1.
    pub test_every: u64,
    /// Fresh samples of a test, at least 1.
    pub tests: u64,
    /// Largest weight that is held.
    pub full: f64,
    /// Learning rate of input and recurrent weights at the start.
    pub learning_rate: f64,
    /// Learning rate of readout weights at the start.
    pub readout_rate: f64,
    /// Learning signal of one spike a step above the target rate.
    pub regularisation: f64,
    /// Target of the readout of the right class; minus this for the other.
    pub target: f64,
    /// Samples after which the learning rates are halved, again and again; 0: never.
    pub halve_every: u64,
}

impl Default for EvidenceOptions {
    fn default() -> Self {
        EvidenceOptions {
            seed: 1,
            samples: 2000,
            test_every: 500,
            tests: 100,
            full: 0.6,
            learning_rate: 2e-4,
            readout_rate: 3e-4,
            regularisation: 0.5,
            target: 0.5,
            halve_every: 1000,
        }
    }
}

impl EvidenceOptions {
    /// Whether a test is due after `learned` samples.
    fn tests_after(&self, learned: u64) -> bool {
        learned.is_multiple_of(self.test_every) || learned == self.samples
    }

    /// How often rates have been halved before sample `index`.
    fn halvings(&self, index: u64) -> u64 {
        index.checked_div(self.halve_every).unwrap_or(0)
    }

    fn fresh(&self) -> impl Iterator<Item = Sequence> {
        let seed = self.seed;
        (0..self.tests).map(move |at| sequence(seed, FRESH + at))
    }
}

/// Graded targets of the recall: `target` for the readout of the class, minus that for the other.
pub(crate) fn targets(
    sequence: &Sequence,
    target: i32,
) -> Result<impl Iterator<Item = GradedTarget> + use<>, LabError> {
    let class = class(sequence)?;
    let steps = sequence.input.len() as u64;
    let value = move |k: u32| if k as usize == class { target } else { -target };
    Ok((steps - RECALL_STEPS..steps).flat_map(move |t| (0..2).map(move |k| (t, k, value(k)))))
}

fn class(sequence: &Sequence) -> Result<usize, LabError> {
    match sequence.target {
        Target::Class(class) => Ok(class),
        Target::Signal(_) => Err(LabError::Option("a class to decide".into())),
    }
}

/// A chip that learns, with the integer of the right class's target.
struct Learner {
    chip: Chip,
    target: i32,
}

impl Learner {
    /// A chip that has learned nothing, its rates halved some times.
    fn new(task: &EpropTask, options: &EvidenceOptions, halvings: u64) -> Result<Self, LabError> {
        let network = network(task, options, halvings)?;
        let image = build_on(&network.netlist, Board::preset(BOARD), false)?;
        Ok(Learner {
            chip: Chip::load(&image),
            target: (options.target * network.error_units).round() as i32,
        })
    }

    /// Halves the rates. They are settings of neurons, which a chip has from its image: so a chip with
    /// other settings goes on from the weights of this one.
    fn slow_down(
        &mut self,
        task: &EpropTask,
        options: &EvidenceOptions,
        halvings: u64,
    ) -> Result<(), LabError> {
        let mut slower = Learner::new(task, options, halvings)?;
        assert!(
            slower.chip.write_learned(&self.chip),
            "only settings of neurons differ"
        );
        *self = slower;
        Ok(())
    }

    fn learn(&mut self, sequence: &Sequence) -> Result<EventCounts, LabError> {
        let trial = trial(&mut self.chip, sequence, Some(self.target))?;
        self.chip.rest(&["pulses", "psi_sum"]);
        Ok(trial.counts)
    }

    /// Tests copies of the chip, so that a test leaves no trace in what is learned.
    fn test(&self, options: &EvidenceOptions, samples: u64) -> Result<Point, LabError> {
        let mut wrong = 0;
        let mut spikes = 0;
        for sequence in options.fresh() {
            let trial = trial(&mut self.chip.clone(), &sequence, None)?;
            wrong += u64::from(!trial.right);
            spikes += trial.spikes;
        }
        Ok(Point::new(samples, options.tests, wrong, spikes))
    }
}

/// The network with its rates halved some times, if it can have them.
fn network(
    task: &EpropTask,
    options: &EvidenceOptions,
    halvings: u64,
) -> Result<ChipNetwork, LabError> {
    let slower = 0.5f64.powi(halvings.try_into().unwrap_or(i32::MAX));
    let rates = Rates {
        recurrent: options.learning_rate * slower,
        readout: options.readout_rate * slower,
    };
    let mut network = alif_network(task, options.full, rates, options.regularisation);
    network.one_pulse.check(rates)?;
    network.netlist.seed = options.seed ^ halvings << 32;
    Ok(network)
}

/// One trial on the chip.
struct Trial {
    right: bool,
    spikes: u64,
    counts: EventCounts,
}

/// Runs one trial; right if the readout of the right class is higher in the mean over the recall. With a
/// target it learns: the readouts' errors come in steps with a target only.
fn trial(chip: &mut Chip, sequence: &Sequence, target: Option<i32>) -> Result<Trial, LabError> {
    let class = class(sequence)?;
    let given = target.map(|target| targets(sequence, target)).transpose()?;
    let train = present(chip, sequence, given.into_iter().flatten())?;
    let recall = sequence.input.len() as u64 - RECALL_STEPS;
    let early = chip.run(recall + 1, &train, &RunOptions::default());
    let late = chip.run(RECALL_STEPS + 1, &train, &RunOptions::default());
    let v = late.recording("out.v").expect("the network's own probe");
    let mut counts = early.total();
    counts += late.total();
    let spikes = [&early, &late].map(|seen| {
        let spikes = seen
            .recording("rec.spike")
            .expect("the network's own probe");
        spikes.sum() as u64
    });
    Ok(Trial {
        right: (sum(v, 1) > sum(v, 0)) == (class == 1),
        spikes: spikes.iter().sum(),
        counts,
    })
}

/// Sum of one readout over all recorded steps.
fn sum(v: &Recording, readout: usize) -> i64 {
    let rows = 0..v.steps.len();
    rows.map(|row| i64::from(v.get(row, readout))).sum()
}

/// Learns from fresh samples, one after another; tests others without learning.
///
/// # Errors
/// If a number of the options is 0, or the network cannot have the rates of the start or of the end.
pub fn run(options: &EvidenceOptions, progress: Progress) -> Result<EvidenceReport, LabError> {
    if options.samples == 0 || options.tests == 0 || options.test_every == 0 {
        return Err(LabError::Option(
            "samples, tests and the samples between tests are at least 1".into(),
        ));
    }
    let task = task(options.seed);
    let mut learner = Learner::new(&task, options, 0)?;
    if options.halve_every > 0 {
        // the rates of the end, before the work
        let halvings = options.halvings(options.samples - 1);
        network(&task, options, halvings).map_err(|e| {
            let problem = e.to_string().replace('\n', "; ");
            LabError::Option(format!("after {halvings} halvings: {problem}"))
        })?;
    }
    let mut points = vec![learner.test(options, 0)?];
    let mut last = EventCounts::default();
    let mut seconds = 0.0;
    for index in 0..options.samples {
        let halvings = options.halvings(index);
        if index > 0 && halvings > options.halvings(index - 1) {
            learner.slow_down(&task, options, halvings)?;
        }
        let start = Instant::now();
        last = learner.learn(&sequence(options.seed, index))?;
        seconds += start.elapsed().as_secs_f64();
        if options.tests_after(index + 1) {
            points.push(learner.test(options, index + 1)?);
        }
        progress(index + 1, options.samples);
    }
    Ok(EvidenceReport {
        board: BOARD.into(),
        seed: options.seed,
        tests: options.tests,
        points,
        per_inference: PerInference::new(&last, 1),
        learning: [last.learning_visits, last.learning_products],
        seconds_per_sample: seconds / options.samples as f64,
        snapshot: learner.chip.snapshot(),
    })
}

/// Learns from the same samples in 64-bit floats with the published optimiser, in batches, and tests on the
/// same fresh samples as on the chip.
///
/// # Errors
/// If a number of the options is 0.
pub fn run_float(
    options: &EvidenceOptions,
    batch: u64,
    learning_rate: f64,
    progress: Progress,
) -> Result<EvidenceFloatReport, LabError> {
    if options.samples == 0 || options.tests == 0 || options.test_every == 0 || batch == 0 {
        return Err(LabError::Option(
            "samples, tests, the samples between tests and of a batch are at least 1".into(),
        ));
    }
    let task = task(options.seed);
    let training = Training {
        optimiser: Optimiser::adam(learning_rate),
        ..task.training
    };
    let mut trainer = Trainer::new(task.network, training, task.weights, task.feedback);
    let mut points = vec![test_float(&trainer, options, 0)];
    let mut waiting = vec![];
    for index in 0..options.samples {
        waiting.push(sequence(options.seed, index));
        if waiting.len() as u64 == batch {
            trainer.learn(&waiting.iter().collect::<Vec<_>>());
            waiting.clear();
        }
        if options.tests_after(index + 1) {
            points.push(test_float(&trainer, options, index + 1));
        }
        progress(index + 1, options.samples);
    }
    Ok(EvidenceFloatReport {
        seed: options.seed,
        tests: options.tests,
        batch,
        learning_rate,
        points,
    })
}

fn test_float(trainer: &Trainer, options: &EvidenceOptions, samples: u64) -> Point {
    let mut wrong = 0;
    let mut spikes = 0;
    for sequence in options.fresh() {
        let run = trainer.run(&sequence);
        wrong += u64::from(sequence.target != Target::Class(trainer.class_of(&run)));
        spikes += run.spike_count() as u64;
    }
    Point::new(samples, options.tests, wrong, spikes)
}
