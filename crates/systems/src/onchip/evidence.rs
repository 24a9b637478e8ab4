//! Evidence accumulation learned on the chip: seven cues, a delay of a second, a decision (A.3).

use super::alif::{EvidenceNetwork, EvidenceRates};
use super::network::Rates;
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_reference::eprop::{Optimiser, Sequence, Target, Trainer, Training};
use seamount_reference::tasks::{Task, evidence};
use seamount_session::PerInference;
use seamount_spec::{Board, EventCounts};
use seamount_study::{LabError, Progress, build_on};
use serde::Serialize;
use std::fmt;
use std::time::Instant;

/// The board.
const BOARD: &str = "loihi2";
/// Steps in which the decision is asked for.
pub(crate) const RECALL_STEPS: u64 = 150;
/// First of the samples that are only tested.
const FRESH: u64 = 1 << 24;

/// What to run.
#[derive(Debug, Clone)]
pub struct EvidenceOptions {
    /// Seed of network, samples and the chip's draws.
    pub seed: u64,
    /// Samples to learn from, at least 1.
    pub samples: u64,
    /// Every how many samples fresh ones are tested, at least 1.
    pub test_every: u64,
    /// How many fresh ones, at least 1.
    pub tests: u64,
    /// Largest weight that is held.
    pub full: f64,
    /// Rates at the start.
    pub rates: EvidenceRates,
    /// After every how many samples the learning rates are halved; 0: never.
    pub halve_every: u64,
}

impl Default for EvidenceOptions {
    fn default() -> Self {
        let rates = EvidenceRates {
            recurrent: 2e-4,
            readout: 3e-4,
            regularisation: 0.5,
            target: 0.5,
        };
        EvidenceOptions {
            seed: 1,
            samples: 2000,
            test_every: 500,
            tests: 100,
            full: 0.6,
            rates,
            halve_every: 1000,
        }
    }
}

/// A test in mid-training, on samples that are never learned from, without learning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Samples learned from.
    pub samples: u64,
    /// Share of wrong decisions.
    pub error: f64,
    /// Mean spikes of the recurrent neurons in a trial.
    pub spikes: f64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct EvidenceReport {
    /// Board.
    pub board: String,
    /// Seed.
    pub seed: u64,
    /// Fresh samples of each test.
    pub tests: u64,
    /// Tests, before learning and in its course.
    pub points: Vec<Point>,
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

/// Learns from fresh samples, one after another; tests others without learning.
///
/// # Errors
/// If a number of the options is 0.
pub fn run(options: &EvidenceOptions, progress: Progress) -> Result<EvidenceReport, LabError> {
    if options.samples == 0 || options.tests == 0 || options.test_every == 0 {
        return Err(LabError::Option(
            "samples, tests and the samples between tests are at least 1".into(),
        ));
    }
    let task = evidence::task(options.seed);
    let (mut chip, mut target) = load(&task, options, 0)?;
    if let Some(halvings) = (options.samples - 1).checked_div(options.halve_every) {
        // the rates of the end, before the work
        let end = network(&task, options, halvings.try_into().unwrap_or(i32::MAX));
        end.map_err(|e| {
            LabError::Option(format!(
                "after {halvings} halvings: {}",
                e.to_string().replace('\n', "; ")
            ))
        })?;
    }
    let (mut points, mut last, mut seconds) =
        (vec![test(&chip, options, 0)?], EventCounts::default(), 0.0);
    for index in 0..options.samples {
        if options.halve_every > 0 && index > 0 && index.is_multiple_of(options.halve_every) {
            let (slower, its_target) = load(&task, options, (index / options.halve_every) as i32)?;
            let before = std::mem::replace(&mut chip, slower);
            assert!(
                chip.write_learned(&before),
                "only settings of neurons differ"
            );
            target = its_target;
        }
        let start = Instant::now();
        last = trial(
            &mut chip,
            &evidence::sequence(options.seed, index),
            Some(target),
        )?
        .counts;
        chip.rest(&["pulses", "psi_sum"]);
        seconds += start.elapsed().as_secs_f64();
        if (index + 1) % options.test_every == 0 || index + 1 == options.samples {
            points.push(test(&chip, options, index + 1)?);
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
        snapshot: chip.snapshot(),
    })
}

/// The chip with its rates halved some times, and the target of the right class.
fn load(task: &Task, options: &EvidenceOptions, halvings: i32) -> Result<(Chip, i32), LabError> {
    let network = network(task, options, halvings)?;
    let image = build_on(&network.netlist, Board::preset(BOARD), false)?;
    Ok((
        Chip::load(&image),
        (network.rates.target * network.error_units).round() as i32,
    ))
}

/// Its network, if there are such rates.
fn network(
    task: &Task,
    options: &EvidenceOptions,
    halvings: i32,
) -> Result<EvidenceNetwork, LabError> {
    let slower = 0.5f64.powi(halvings);
    let EvidenceRates {
        recurrent, readout, ..
    } = options.rates;
    let rates = EvidenceRates {
        recurrent: recurrent * slower,
        readout: readout * slower,
        ..options.rates
    };
    let mut network = EvidenceNetwork::new(task, options.full, rates);
    network.one_pulse.check(Rates {
        recurrent: rates.recurrent,
        readout: rates.readout,
    })?;
    network.netlist.seed = options.seed ^ (halvings as u64) << 32;
    Ok(network)
}

/// The same network in 64-bit floats with the published optimiser, on the same samples: wrong decisions on the
/// same fresh samples, tested as on the chip.
///
/// # Errors
/// If a number of the options is 0.
pub fn float(
    options: &EvidenceOptions,
    batch: u64,
    learning_rate: f64,
    progress: Progress,
) -> Result<FloatReport, LabError> {
    if options.samples == 0 || options.tests == 0 || options.test_every == 0 || batch == 0 {
        return Err(LabError::Option(
            "samples, tests, the samples between tests and of a batch are at least 1".into(),
        ));
    }
    let task = evidence::task(options.seed);
    let training = Training {
        optimiser: Optimiser::adam(learning_rate),
        ..task.training
    };
    let mut trainer = Trainer::new(task.network, training, task.weights, task.feedback);
    let test = |trainer: &Trainer, samples| {
        let (mut wrong, mut spikes) = (0, 0);
        for fresh in 0..options.tests {
            let sequence = evidence::sequence(options.seed, FRESH + fresh);
            let run = trainer.run(&sequence);
            wrong += u64::from(
                !matches!(sequence.target, Target::Class(class) if class == trainer.class_of(&run)),
            );
            spikes += run.spikes.iter().map(|s| s.len() as u64).sum::<u64>();
        }
        let share = |count: u64| count as f64 / options.tests as f64;
        Point {
            samples,
            error: share(wrong),
            spikes: share(spikes),
        }
    };
    let mut points = vec![test(&trainer, 0)];
    let mut waiting = vec![];
    for index in 0..options.samples {
        waiting.push(evidence::sequence(options.seed, index));
        if waiting.len() as u64 == batch {
            trainer.learn(&waiting.iter().collect::<Vec<_>>());
            waiting.clear();
        }
        if (index + 1) % options.test_every == 0 || index + 1 == options.samples {
            points.push(test(&trainer, index + 1));
        }
        progress(index + 1, options.samples);
    }
    Ok(FloatReport {
        seed: options.seed,
        tests: options.tests,
        batch,
        learning_rate,
        points,
    })
}

/// What came of learning in floats.
#[derive(Debug, Clone, Serialize)]
pub struct FloatReport {
    /// Seed.
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

impl fmt::Display for FloatReport {
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

/// Tests by samples learned.
fn table(f: &mut fmt::Formatter<'_>, tests: u64, points: &[Point]) -> fmt::Result {
    writeln!(
        f,
        "samples learned   wrong of {tests} fresh ones   spikes a trial"
    )?;
    points.iter().try_for_each(|p| {
        writeln!(
            f,
            "{:15}   {:20.1} %   {:14.1}",
            p.samples,
            p.error * 100.0,
            p.spikes
        )
    })
}

fn test(chip: &Chip, options: &EvidenceOptions, samples: u64) -> Result<Point, LabError> {
    let (mut wrong, mut spikes) = (0, 0);
    for fresh in 0..options.tests {
        let outcome = trial(
            &mut chip.clone(),
            &evidence::sequence(options.seed, FRESH + fresh),
            None,
        )?;
        wrong += u64::from(!outcome.right);
        spikes += outcome.spikes;
    }
    let share = |count: u64| count as f64 / options.tests as f64;
    Ok(Point {
        samples,
        error: share(wrong),
        spikes: share(spikes),
    })
}

struct Outcome {
    right: bool,
    spikes: u64,
    counts: EventCounts,
}

/// Inputs of one trial from the chip's next step on, and with a target, graded, those of the recall.
pub(crate) fn present(
    chip: &Chip,
    sequence: &Sequence,
    target: Option<i32>,
) -> Result<SpikeTrain, LabError> {
    let Target::Class(class) = sequence.target else {
        return Err(LabError::Option("a class to decide".into()));
    };
    let (base, steps) = (chip.t(), sequence.input.len() as u64);
    let recall = steps - RECALL_STEPS;
    let program = chip.program().clone();
    let spikes = sequence
        .input
        .iter()
        .zip(base..)
        .flat_map(|(neurons, t)| neurons.iter().map(move |n| (t, *n)));
    let source = program.input("target").map_or(0, |(first, _)| first);
    let sign = |k: u32| if k as usize == class { 1 } else { -1 };
    let both = |t: u64| (0..2u32).map(move |k| (base + t + 1, source + k, k));
    let graded = (recall..steps).flat_map(both);
    let graded = target.map_or(vec![], |target| {
        graded
            .map(|(t, source, k)| (t, source, sign(k) * target))
            .collect()
    });
    let train = SpikeTrain::new(&program, spikes.collect())
        .and_then(|train| train.with_graded(&program, graded));
    train.map_err(|e| LabError::Option(e.to_string()))
}

/// One trial; right if the readout of the right class is higher in the mean over the recall. With a
/// target it learns: the readouts' errors come in steps with a target only.
fn trial(chip: &mut Chip, sequence: &Sequence, target: Option<i32>) -> Result<Outcome, LabError> {
    let Target::Class(class) = sequence.target else {
        return Err(LabError::Option("a class to decide".into()));
    };
    let recall = sequence.input.len() as u64 - RECALL_STEPS;
    let train = present(chip, sequence, target)?;
    let early = chip.run(recall + 1, &train, &RunOptions::default());
    let late = chip.run(RECALL_STEPS + 1, &train, &RunOptions::default());
    let v = late.recording("out.v").expect("probed");
    let sum = |k: usize| {
        (0..v.steps.len())
            .map(|row| i64::from(v.get(row, k)))
            .sum::<i64>()
    };
    let spikes =
        [&early, &late].map(|seen| seen.recording("rec.spike").expect("probed").sum() as u64);
    let mut counts = early.total();
    counts += late.total();
    Ok(Outcome {
        right: (sum(1) > sum(0)) == (class == 1),
        spikes: spikes.iter().sum(),
        counts,
    })
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
        writeln!(
            f,
            "the last sample learned: {} synapses visited, {} products",
            self.learning[0], self.learning[1]
        )?;
        writeln!(
            f,
            "{}",
            seamount_session::WhileLearning(&self.per_inference)
        )?;
        write!(
            f,
            "{:.3} s a sample of {} steps",
            self.seconds_per_sample,
            evidence::STEPS
        )
    }
}
