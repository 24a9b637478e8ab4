//! Pattern generation learned on the chip: frozen Poisson input, a sum of four sines to follow
//! (A.3), the float reference beside it.

use super::fits::fits;
use super::network::{ChipNetwork, Rates, held, limited};
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_reference::case::{CaseError, read_case};
use seamount_reference::eprop::{Feedback, Loss, Sequence, Target};
use seamount_reference::tasks::{Task, pattern};
use seamount_session::PerInference;
use seamount_spec::{Board, EventCounts};
use seamount_study::{LabError, Progress, build_on, text};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Steps beyond a sequence in which its last spikes reach the readout.
pub(crate) const LATENCY: u64 = 2;

/// What to run.
#[derive(Debug, Clone)]
pub struct PatternOptions {
    /// A case in the layout of the golden `eprop-*.json` instead of a network drawn from the seed.
    pub case: Option<PathBuf>,
    /// Seed of the network and its input, and of the chip's draws.
    pub seed: u64,
    /// Sequences to learn from, at least 1.
    pub sequences: usize,
    /// Threads of the chip.
    pub threads: usize,
    /// Largest weight that is held.
    pub full: f64,
    /// Learning rate of the chip.
    pub learning_rate: f64,
    /// Feedback weights as the readout's, brought up to date after every sequence, instead of the task's own.
    pub symmetric: bool,
    /// Whether the float reference learns beside it.
    pub float: bool,
}

impl Default for PatternOptions {
    fn default() -> Self {
        PatternOptions {
            case: None,
            seed: 1,
            sequences: 200,
            threads: 1,
            full: 0.5,
            learning_rate: 4e-4,
            symmetric: false,
            float: true,
        }
    }
}

/// What the chip did.
#[derive(Debug, Clone, Default)]
pub struct Learned {
    /// Loss of each sequence: half the squared error, summed; it learns while it runs.
    pub losses: Vec<f64>,
    /// Spikes of the recurrent neurons in each sequence.
    pub spikes: Vec<u64>,
    /// Events of the last sequence.
    pub last: EventCounts,
    /// Readout of the first and of the last sequence, step by step.
    pub readouts: [Vec<f64>; 2],
    /// State of the chip at the end.
    pub snapshot: Vec<u8>,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct PatternReport {
    /// Board.
    pub board: String,
    /// Where network and input come from.
    pub source: String,
    /// Inputs, recurrent neurons, readouts.
    pub size: [usize; 3],
    /// Steps of a sequence.
    pub steps: usize,
    /// Learning rate of the chip and of the reference.
    pub learning_rates: [f64; 2],
    /// Smallest and largest weight that the chip holds.
    pub weights_held: [f64; 2],
    /// Initial weights beyond, which were limited to it.
    pub weights_limited: usize,
    /// Size of the largest initial weight.
    pub weight_largest: f64,
    /// Loss of each sequence on the chip.
    pub losses: Vec<f64>,
    /// Loss of each sequence of the float reference; empty if it did not run.
    pub losses_float: Vec<f64>,
    /// Spikes of the recurrent neurons in each sequence.
    pub spikes: Vec<u64>,
    /// Synapses visited by the learning engine in the last sequence.
    pub learning_visits: u64,
    /// Products evaluated by the learning engine in the last sequence.
    pub learning_products: u64,
    /// Instructions of the neurons' programs in the last sequence.
    pub microcode_instructions: u64,
    /// Counts and energy of the last sequence.
    pub per_inference: PerInference,
    /// Seconds, wall clock, chip alone.
    pub chip_wall_s: f64,
    /// Readout of the first and of the last sequence.
    #[serde(skip)]
    pub readouts: [Vec<f64>; 2],
    /// What it should follow.
    #[serde(skip)]
    pub target: Vec<f64>,
}

/// Builds the chip of a task.
///
/// # Errors
/// If the network does not compile: our own mistake.
pub fn build(
    task: &Task,
    seed: u64,
    full: f64,
    rates: Rates,
) -> Result<(ChipNetwork, Chip), LabError> {
    let mut network = ChipNetwork::new(task, full, rates);
    network.one_pulse.check(rates)?;
    network.netlist.seed = seed;
    let image = build_on(&network.netlist, Board::preset("loihi2"), false)?;
    Ok((network, Chip::load(&image)))
}

/// Learns from the same sequence again and again.
///
/// # Errors
/// If the network does not compile.
pub fn learn(
    task: &Task,
    sequence: &Sequence,
    options: &PatternOptions,
    done: &dyn Fn(),
) -> Result<Learned, LabError> {
    let rates = Rates {
        recurrent: options.learning_rate,
        readout: options.learning_rate,
    };
    let (network, mut chip) = build(task, options.seed, options.full, rates)?;
    let target = signal(sequence)?;
    let steps = sequence.input.len() as u64;
    let mut learned = Learned::default();
    let run = RunOptions {
        threads: options.threads,
        ..RunOptions::default()
    };
    for index in 0..options.sequences {
        let input = present(&chip, network.error_units, sequence, target)?;
        let seen = chip.run(steps + LATENCY, &input, &run);
        let v = seen.recording("out.v").expect("probed");
        let y: Vec<f64> = (0..steps as usize)
            .map(|t| f64::from(v.get(t + 1, 0)) / network.readout_units)
            .collect();
        learned.losses.push(
            0.5 * y
                .iter()
                .zip(target)
                .map(|(y, wanted)| (y - wanted).powi(2))
                .sum::<f64>(),
        );
        learned.last = seen.total();
        learned
            .spikes
            .push(seen.recording("rec.spike").expect("probed").sum() as u64);
        learned.readouts[usize::from(index > 0)] = y;
        // what a pulse still lacks is carried on: else signals below a pulse a sequence would teach nothing
        chip.rest(&["pulses"]);
        if matches!(task.feedback, Feedback::Symmetric) {
            mirror(&mut chip)?;
        }
        done();
    }
    learned.snapshot = chip.snapshot();
    Ok(learned)
}

/// Copies the readout weights to the feedback synapses, as the processors beside the cores would.
fn mirror(chip: &mut Chip) -> Result<(), LabError> {
    let (out, back) = (
        chip.learned("rec->out").expect("learns"),
        chip.learned("out->rec.feedback").expect("learns"),
    );
    let weight = |(k, j): &(u32, u32)| {
        out.ends
            .iter()
            .position(|ends| *ends == (*j, *k))
            .map_or(0, |at| out.weights[at])
    };
    let weights: Vec<i32> = back.ends.iter().map(weight).collect();
    chip.write_weights("out->rec.feedback", &weights)
        .map_err(|e| LabError::Option(e.to_string()))
}

/// Inputs and targets of one sequence, from the chip's next step on. A spike of step t is read in
/// step t + 1 by the neurons, and theirs in t + 2 by the readout; so targets are sent a step later.
pub(crate) fn present(
    chip: &Chip,
    error_units: f64,
    sequence: &Sequence,
    target: &[f64],
) -> Result<SpikeTrain, LabError> {
    let (base, program) = (chip.t(), chip.program());
    let spikes = sequence
        .input
        .iter()
        .zip(base..)
        .flat_map(|(neurons, t)| neurons.iter().map(move |n| (t, *n)));
    let source = program.input("target").map_or(0, |(first, _)| first);
    let graded = target
        .iter()
        .zip(base + 1..)
        .map(|(y, t)| (t, source, (y * error_units).round() as i32));
    let train = SpikeTrain::new(program, spikes.collect())
        .and_then(|train| train.with_graded(program, graded.collect()));
    train.map_err(|e| LabError::Option(e.to_string()))
}

fn signal(sequence: &Sequence) -> Result<&[f64], LabError> {
    match &sequence.target {
        Target::Signal(target) if target.len() == sequence.input.len() => Ok(target),
        _ => Err(LabError::Option(
            "pattern generation is for cases with one readout and a target signal".into(),
        )),
    }
}

/// Network and sequence: from a file, or the published setting drawn from a seed.
fn task(options: &PatternOptions) -> Result<(Task, Sequence, String), LabError> {
    let Some(path) = &options.case else {
        let source = format!("drawn from seed {}", options.seed);
        return Ok((
            pattern::task(options.seed),
            pattern::sequence(options.seed),
            source,
        ));
    };
    let json = serde_json::from_str(&text::read(path)?).map_err(|e| text::wrong(path, e))?;
    let case = read_case(&json).map_err(|error| match error {
        CaseError::Findings(findings) => text::wrong(path, text::lines(findings)),
        syntax => text::wrong(path, syntax),
    })?;
    let adaptive = case
        .network
        .adaptation_strength
        .iter()
        .any(|beta| *beta != 0.0);
    if adaptive || case.network.loss != Loss::MeanSquared || case.network.outputs != 1 {
        return Err(text::wrong(
            path,
            "LIF neurons, one readout and the mean squared error are what this entry runs on the chip",
        ));
    }
    let sequence = case
        .sequences
        .first()
        .cloned()
        .ok_or_else(|| text::wrong(path, "has no sequence"))?;
    let task = Task {
        network: case.network,
        training: case.training,
        batch: 1,
        weights: case.weights,
        feedback: case.feedback,
    };
    Ok((task, sequence, path.display().to_string()))
}

/// Learns on the chip and in float, side by side.
///
/// # Errors
/// If the case cannot be used.
pub fn run(options: &PatternOptions, progress: Progress) -> Result<PatternReport, LabError> {
    if options.sequences == 0 || !(options.learning_rate > 0.0 && options.learning_rate <= 1.0) {
        return Err(LabError::Option(
            "at least one sequence, and a learning rate above 0 and at most 1".into(),
        ));
    }
    let (mut task, sequence, source) = task(options)?;
    if options.symmetric {
        task.feedback = Feedback::Symmetric;
    }
    let target = signal(&sequence)?.to_vec();
    if let Some(path) = &options.case {
        fits(path, &task, &target, options)?;
    }
    let (weights_limited, weight_largest) = limited(&task, options.full);
    let (finished, total) = (
        AtomicU64::new(0),
        options.sequences as u64 * (1 + u64::from(options.float)),
    );
    let done = || progress(finished.fetch_add(1, Ordering::Relaxed) + 1, total);
    let start = Instant::now();
    let (learned, seconds, losses_float) = std::thread::scope(|scope| {
        let reference = options
            .float
            .then(|| scope.spawn(|| float(&task, &sequence, options.sequences, &done)));
        let learned = learn(&task, &sequence, options, &done);
        let seconds = start.elapsed().as_secs_f64();
        (
            learned,
            seconds,
            reference.map_or(vec![], |r| r.join().expect("the reference does not panic")),
        )
    });
    let learned = learned?;
    Ok(PatternReport {
        board: "loihi2".into(),
        source,
        size: [
            task.network.inputs,
            task.network.recurrent_count(),
            task.network.outputs,
        ],
        steps: target.len(),
        learning_rates: [options.learning_rate, task.training.optimiser.learning_rate],
        weights_held: held(options.full),
        weights_limited,
        weight_largest,
        losses: learned.losses,
        losses_float,
        spikes: learned.spikes,
        learning_visits: learned.last.learning_visits,
        learning_products: learned.last.learning_products,
        microcode_instructions: learned.last.microcode_instructions,
        per_inference: PerInference::new(&learned.last, 1),
        chip_wall_s: seconds,
        readouts: learned.readouts,
        target,
    })
}

impl PatternReport {
    /// Picture of the losses and the readouts, as SVG.
    pub fn svg(&self) -> String {
        super::picture::svg(self)
    }
}

/// The same sequences with the float reference, by the method and rate of the task.
fn float(task: &Task, sequence: &Sequence, sequences: usize, done: &dyn Fn()) -> Vec<f64> {
    let mut trainer = task.trainer();
    let one = |_| {
        let loss = trainer.learn(&[sequence])[0].loss;
        done();
        loss
    };
    (0..sequences).map(one).collect()
}
