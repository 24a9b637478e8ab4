//! Trials of the evidence task, learned one after another on the chip, or in batches in floats, and
//! tested on fresh ones in between.

use super::controls::controls;
use super::float::{sequence, task};
use super::network::{SynapseVariables, alif_network};
use super::report::{EvidenceFloatReport, EvidenceOutcome, EvidenceReport, Point};
use crate::eprop::chip::{CARRIED, ChipNetwork, Rates};
use crate::eprop::control::{Intervention, coin};
use crate::eprop::float::{EpropTask, FloatTraining};
use crate::eprop::show::{GradedTarget, present};
use crate::registry::{defaults, positive};
use clap::Args;
use seamount_chip::{Chip, Recording, RunOptions};
use seamount_compile::CompileOptions;
use seamount_reference::eprop::{Optimiser, Sequence, Target, Trainer, Training};
use seamount_session::{Failure, PerInference, build};
use seamount_spec::{Board, EventCounts};
use seamount_study::Progress;
use seamount_study::experiment::Experiment;
use seamount_study::row::Row;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Class of the chip.
const BOARD: &str = "loihi2";
/// Steps in which the decision is asked for.
pub(crate) const RECALL_STEPS: u64 = 150;
/// First of the samples that are only tested.
pub(super) const FRESH: u64 = 1 << 24;

/// Options of evidence accumulation.
#[derive(Debug, Clone, Serialize, Args)]
pub struct EvidenceOptions {
    /// How many samples to learn from
    #[arg(
        long,
        value_name = "N",
        default_value_t = 2000,
        value_parser = clap::value_parser!(u64).range(1..=1 << 24)
    )]
    pub samples: u64,
    /// Test after every N samples
    #[arg(
        long,
        value_name = "N",
        default_value_t = 500,
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    pub test_every: u64,
    /// How many fresh samples each test has
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        value_parser = clap::value_parser!(u64).range(1..=1 << 20)
    )]
    pub tests: u64,
    /// Seed of network, samples and the chip's random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Learning rate of input and recurrent weights at the start; with --float, of Adam [default:
    /// 2e-4; 5e-3]
    #[arg(long, value_name = "X", value_parser = positive)]
    pub learning_rate: Option<f64>,
    /// Learning rate of readout weights at the start [default: 3e-4]
    #[arg(long, value_name = "X", value_parser = positive, conflicts_with = "float")]
    pub readout_rate: Option<f64>,
    /// Halve the learning rates after every N samples; 0: never [default: 1000]
    #[arg(long, value_name = "N", conflicts_with = "float")]
    pub halve_every: Option<u64>,
    /// Learn in 64-bit floats with Adam instead of on the chip
    #[arg(long)]
    pub float: bool,
    /// Samples of a batch, with --float
    #[arg(
        long,
        value_name = "N",
        requires = "float",
        value_parser = clap::value_parser!(u64).range(1..=1024)
    )]
    pub batch: Option<u64>,
    /// The share of wrong decisions over several seeds, beside controls (hidden weights frozen,
    /// feedback removed, flipped and shuffled, targets shuffled) and floats at the rates in force
    #[arg(long, conflicts_with = "float")]
    pub controls: bool,
    /// Seeds of --controls, from --seed on [default: 10]
    #[arg(
        long,
        value_name = "N",
        requires = "controls",
        value_parser = clap::value_parser!(u32).range(1..=100)
    )]
    pub seeds: Option<u32>,
    /// Leave out the second variable of a synapse, eps, which follows the adaptation of its neuron
    #[arg(long, conflicts_with = "float")]
    pub one_variable: bool,
    /// What is taken away from the network
    #[arg(skip)]
    pub intervention: Option<Intervention>,
    /// Largest weight that the chip holds
    #[arg(skip = 0.6)]
    pub full: f64,
    /// Learning signal of one spike a step above the target rate. Published is 300 over the steps
    /// of a sequence, 0.13, with which neurons of the chip fired at 25 Hz instead of 10
    #[arg(skip = 0.5)]
    pub regularisation: f64,
    /// Target of the readout of the right class; minus this for the other
    #[arg(skip = 0.5)]
    pub target: f64,
}

impl Default for EvidenceOptions {
    fn default() -> Self {
        defaults()
    }
}

/// `seamount lab eprop-evidence`
pub struct EpropEvidence;

impl Experiment for EpropEvidence {
    const NAME: &'static str = "eprop-evidence";
    const ABOUT: &'static str =
        "E-prop on the chip with adaptive neurons: seven cues, a second of silence, a decision";
    const HELP: &'static str = "\
Examples: seamount lab eprop-evidence
          seamount lab eprop-evidence --float --samples 1000 --learning-rate 1e-3

50 LIF and 50 ALIF neurons learn which side had more cues; neurons, errors, feedback and the rule
with two variables a synapse are on the chip. Tests are on samples that are never learned from,
without learning. With --float the reference learns from the same samples in 64-bit floats, by
Adam.";
    const COUNTS: &'static str = "samples";
    const RESUMES: bool = true;
    const QUICK: &'static [&'static str] = &["--samples 20 --test-every 20 --tests 20"];
    type Options = EvidenceOptions;
    type Report = EvidenceOutcome;

    fn counts(options: &EvidenceOptions) -> &'static str {
        if options.controls {
            "runs (seeds, and each of them without something)"
        } else {
            "samples"
        }
    }

    fn run(options: &EvidenceOptions, progress: Progress) -> Result<EvidenceOutcome, Failure> {
        if options.controls {
            Ok(EvidenceOutcome::Controls(controls(options, progress)?))
        } else if options.float {
            Ok(EvidenceOutcome::Float(run_float(options, progress)?))
        } else {
            Ok(EvidenceOutcome::Chip(run(options, progress)?))
        }
    }

    fn row(report: &EvidenceOutcome) -> Option<Row> {
        let EvidenceOutcome::Chip(report) = report else {
            return None;
        };
        let right = 1.0 - report.points.last()?.error;
        let figure = "fresh trials right after 20 samples: still guessing, 400 and more are needed";
        let cost = &report.per_inference;
        Some(Row::on_chip(
            Self::NAME,
            figure,
            right * 100.0,
            None,
            report.tests,
            cost,
        ))
    }
}

impl EvidenceOptions {
    /// Rates of the chip at the start.
    fn rates(&self) -> Rates {
        Rates {
            recurrent: self.learning_rate.unwrap_or(2e-4),
            readout: self.readout_rate.unwrap_or(3e-4),
        }
    }

    fn variables(&self) -> SynapseVariables {
        if self.one_variable {
            SynapseVariables::One
        } else {
            SynapseVariables::Two
        }
    }

    pub(super) fn halve_every(&self) -> u64 {
        self.halve_every.unwrap_or(1000)
    }

    fn check(&self, batch: u64, problem: &str) -> Result<(), Failure> {
        if self.samples == 0 || self.tests == 0 || self.test_every == 0 || batch == 0 {
            return Err(Failure::call(problem));
        }
        Ok(())
    }

    /// Whether a test is due after `learned` samples.
    fn tests_after(&self, learned: u64) -> bool {
        learned.is_multiple_of(self.test_every) || learned == self.samples
    }

    /// How often rates have been halved before sample `index`.
    pub(super) fn halvings(&self, index: u64) -> u64 {
        index.checked_div(self.halve_every()).unwrap_or(0)
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
) -> Result<impl Iterator<Item = GradedTarget> + use<>, Failure> {
    let class = class(sequence)?;
    let steps = sequence.input.len() as u64;
    let value = move |k: u32| if k as usize == class { target } else { -target };
    Ok((steps - RECALL_STEPS..steps).flat_map(move |t| (0..2).map(move |k| (t, k, value(k)))))
}

pub(super) fn class(sequence: &Sequence) -> Result<usize, Failure> {
    match sequence.target {
        Target::Class(class) => Ok(class),
        Target::Signal(_) => Err(Failure::call("a class to decide")),
    }
}

/// A chip that learns, with the integer of the right class's target.
struct Learner {
    chip: Chip,
    target: i32,
    intervention: Option<Intervention>,
    seed: u64,
}

impl Learner {
    /// A chip that has learned nothing, its rates halved some times.
    fn new(task: &EpropTask, options: &EvidenceOptions, halvings: u64) -> Result<Self, Failure> {
        let network = network(task, options, halvings)?;
        let image = build(&network.netlist, &CompileOptions::new(Board::loihi2()))?;
        Ok(Learner {
            chip: Chip::load(&image),
            target: (options.target * network.error_units).round() as i32,
            intervention: options.intervention,
            seed: options.seed,
        })
    }

    /// Halves the rates. They are settings of neurons, which a chip has from its image: so a chip
    /// with other settings goes on from the weights of this one.
    fn slow_down(
        &mut self,
        task: &EpropTask,
        options: &EvidenceOptions,
        halvings: u64,
    ) -> Result<(), Failure> {
        let mut slower = Learner::new(task, options, halvings)?;
        assert!(
            slower.chip.write_learned(&self.chip),
            "only settings of neurons differ"
        );
        *self = slower;
        Ok(())
    }

    /// Learns from sample `index`.
    fn learn(&mut self, sequence: &Sequence, index: u64) -> Result<EventCounts, Failure> {
        let mut target = self.target;
        match self.intervention {
            // the other class is minus the target
            Some(Intervention::TargetsShuffled) if coin(self.seed, index) == 1 => target = -target,
            Some(other) => other.before(&mut self.chip, self.seed, index)?,
            None => {}
        }
        let trial = trial(&mut self.chip, sequence, Some(target))?;
        self.chip.rest(CARRIED);
        Ok(trial.counts)
    }

    /// Tests copies of the chip, so that a test leaves no trace in what is learned.
    fn test(&self, options: &EvidenceOptions, samples: u64) -> Result<Point, Failure> {
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
pub(super) fn network(
    task: &EpropTask,
    options: &EvidenceOptions,
    halvings: u64,
) -> Result<ChipNetwork, Failure> {
    let slower = 0.5f64.powi(halvings.try_into().unwrap_or(i32::MAX));
    let start = options.rates();
    let rates = Rates {
        recurrent: start.recurrent * slower,
        readout: start.readout * slower,
    };
    let mut network = alif_network(
        task,
        options.full,
        rates,
        options.regularisation,
        options.variables(),
    );
    network.one_pulse.check(rates)?;
    network.netlist.seed = options.seed ^ halvings << 32;
    if let Some(intervention) = options.intervention {
        intervention.change(&mut network.netlist);
    }
    Ok(network)
}

/// A training on the chip as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptTraining {
    /// Samples that are learned.
    samples: u64,
    points: Vec<Point>,
    last: EventCounts,
    seconds: f64,
    state: Vec<u8>,
}

/// Name under which a training is kept.
const TRAINING: &str = "training";

/// One trial on the chip.
struct Trial {
    right: bool,
    spikes: u64,
    counts: EventCounts,
}

/// Runs one trial; right if the readout of the right class is higher in the mean over the recall.
/// With a target it learns: the readouts' errors come in steps with a target only.
fn trial(chip: &mut Chip, sequence: &Sequence, target: Option<i32>) -> Result<Trial, Failure> {
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
/// If a number of the options is 0, or the network cannot have the rates of the start or of the
/// end.
pub fn run(options: &EvidenceOptions, progress: Progress) -> Result<EvidenceReport, Failure> {
    options.check(
        1,
        "samples, tests and the samples between tests are at least 1",
    )?;
    let task = task(options.seed);
    let mut learner = Learner::new(&task, options, 0)?;
    if options.halve_every() > 0 {
        // the rates of the end, before the work
        let halvings = options.halvings(options.samples - 1);
        network(&task, options, halvings).map_err(|e| {
            let problem = e.to_string().replace('\n', "; ");
            Failure::call(format!("after {halvings} halvings: {problem}"))
        })?;
    }
    let mut points = vec![];
    let mut last = EventCounts::default();
    let mut seconds = 0.0;
    let mut first = 0;
    let kept: Option<KeptTraining> = progress.find(TRAINING)?;
    if let Some(kept) = kept {
        learner = Learner::new(&task, options, options.halvings(kept.samples.max(1) - 1))?;
        learner.chip.restore(&kept.state).map_err(Failure::call)?;
        first = kept.samples;
        points = kept.points;
        last = kept.last;
        seconds = kept.seconds;
    } else {
        points.push(learner.test(options, 0)?);
    }
    for index in first..options.samples {
        let halvings = options.halvings(index);
        if index > 0 && halvings > options.halvings(index - 1) {
            learner.slow_down(&task, options, halvings)?;
        }
        let start = Instant::now();
        last = learner.learn(&sequence(options.seed, index), index)?;
        seconds += start.elapsed().as_secs_f64();
        if options.tests_after(index + 1) {
            points.push(learner.test(options, index + 1)?);
        }
        progress.put(TRAINING, || KeptTraining {
            samples: index + 1,
            points: points.clone(),
            last,
            seconds,
            state: learner.chip.snapshot(),
        });
        progress(index + 1, options.samples);
    }
    Ok(EvidenceReport {
        board: BOARD.into(),
        seed: options.seed,
        tests: options.tests,
        points,
        rates_in_force: network(&task, options, 0)?.rates,
        per_inference: PerInference::new(&last, 1),
        learning: [last.learning_visits, last.learning_products],
        seconds_per_sample: seconds / options.samples as f64,
        snapshot: learner.chip.snapshot(),
    })
}

/// Learns from the same samples in 64-bit floats with the published optimiser, in batches, and
/// tests on the same fresh samples as on the chip.
///
/// # Errors
/// If a number of the options is 0.
pub fn run_float(
    options: &EvidenceOptions,
    progress: Progress,
) -> Result<EvidenceFloatReport, Failure> {
    let batch = options.batch.unwrap_or(1);
    let learning_rate = options.learning_rate.unwrap_or(5e-3);
    let problem = "samples, tests, the samples between tests and of a batch are at least 1";
    options.check(batch, problem)?;
    let task = task(options.seed);
    let training = Training {
        optimiser: Optimiser::adam(learning_rate),
        ..task.training
    };
    let mut trainer = Trainer::new(task.network, training, task.weights, task.feedback);
    let kept: Option<FloatTraining<Point>> = progress.find(TRAINING)?;
    let mut points = vec![];
    let mut first = 0;
    if let Some(kept) = kept {
        if !trainer.restore(&kept.numbers, &kept.updates) {
            return Err(Failure::call("the checkpoint is of another network"));
        }
        first = kept.units;
        points = kept.done;
    } else {
        points.push(test_float(&trainer, options, 0));
    }
    let mut waiting = vec![];
    for index in first..options.samples {
        waiting.push(sequence(options.seed, index));
        if waiting.len() as u64 == batch {
            trainer.learn(&waiting.iter().collect::<Vec<_>>());
            waiting.clear();
        }
        if options.tests_after(index + 1) {
            points.push(test_float(&trainer, options, index + 1));
        }
        if waiting.is_empty() {
            progress.put(TRAINING, || FloatTraining::of(&trainer, index + 1, &points));
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
