//! Network and sequence from a seed or a case, learned on the chip, and in float beside it.

use super::fits::fits;
use super::float as drawn;
use super::network::lif_network;
use super::report::{PatternOutcome, PatternReport};
use crate::eprop::chip::{CARRIED, ChipNetwork, Rates, held, limited};
use crate::eprop::control::{Intervention, shuffle};
use crate::eprop::controls::{Better, ControlSide, ControlsReport};
use crate::eprop::float::{EpropTask, FloatTraining};
use crate::eprop::show::{GradedTarget, LATENCY, present};
use crate::eprop_float::case_error;
use crate::registry::{defaults, positive};
use clap::Args;
use seamount_chip::{Chip, Observations, RunOptions};
use seamount_compile::CompileOptions;
use seamount_reference::case::read_case;
use seamount_reference::eprop::{Feedback, Loss, Sequence, Target};
use seamount_session::{Failure, PerInference, build, files::same};
use seamount_spec::{Board, EventCounts};
use seamount_study::chart::{PICTURE_FILE, Picture};
use seamount_study::experiment::{Experiment, ReportForm, RunOutput};
use seamount_study::row::Row;
use seamount_study::trials::Trials;
use seamount_study::{Progress, text};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Class of the chip.
const BOARD: &str = "loihi2";

/// Options of pattern generation.
#[derive(Debug, Clone, Serialize, Args)]
pub struct PatternOptions {
    /// Weights, input spikes and target in the layout of lab eprop-float; else they are drawn from
    /// the seed
    #[arg(long, value_name = "FILE.json")]
    pub case: Option<PathBuf>,
    /// How many sequences to learn from
    #[arg(
        long,
        value_name = "N",
        default_value_t = 200,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    pub sequences: u32,
    /// Seed of the network, its input and the chip's random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Learning rate on the chip
    #[arg(
        long,
        value_name = "X",
        default_value_t = 4e-4,
        hide_default_value = true,
        value_parser = positive
    )]
    pub learning_rate: f64,
    /// Feedback weights equal to the readout's, copied by the host after every sequence, instead of
    /// fixed ones
    #[arg(long)]
    pub symmetric: bool,
    /// Leave the float reference out
    #[arg(long)]
    pub no_float: bool,
    /// The loss over several seeds, beside controls (hidden weights frozen, feedback removed,
    /// flipped and shuffled, targets shuffled) and beside floats at the rates in force
    #[arg(long, conflicts_with_all = ["svg", "no_float"])]
    pub controls: bool,
    /// Seeds of --controls, from --seed on [default: 10]
    #[arg(
        long,
        value_name = "N",
        requires = "controls",
        value_parser = clap::value_parser!(u32).range(1..=100)
    )]
    pub seeds: Option<u32>,
    /// Picture of the losses and the readout
    #[arg(long, value_name = PICTURE_FILE)]
    pub svg: Option<PathBuf>,
    /// Threads of the chip; results do not depend on it
    #[arg(skip = 1usize)]
    pub threads: usize,
    /// Largest weight that the chip holds
    #[arg(skip = 0.5)]
    pub full: f64,
    /// What is taken away from the network
    #[arg(skip)]
    pub intervention: Option<Intervention>,
}

impl Default for PatternOptions {
    fn default() -> Self {
        defaults()
    }
}

impl PatternOptions {
    /// The one rate of this system, for all weights.
    pub(super) fn rates(&self) -> Rates {
        Rates {
            recurrent: self.learning_rate,
            readout: self.learning_rate,
        }
    }

    fn check(&self) -> Result<(), Failure> {
        if self.sequences == 0 {
            return Err(Failure::option("sequences", "0 teach nothing: at least 1"));
        }
        let rate = self.learning_rate;
        match rate > 0.0 && rate <= 1.0 {
            true => Ok(()),
            false => {
                let problem = format!("{rate} is wrong, wanted a number above 0 and at most 1");
                Err(Failure::option("learning-rate", problem))
            }
        }
    }
}

/// `seamount lab eprop-pattern`, and the demonstration.
pub struct EpropPattern;

impl Experiment for EpropPattern {
    const NAME: &'static str = "eprop-pattern";
    const ABOUT: &'static str = "E-prop on the chip: a recurrent network learns to follow a sum of \
        sines, the float reference beside it";
    const HELP: &'static str = "\
Example: seamount lab eprop-pattern --sequences 200 --svg pattern.svg
         seamount lab eprop-pattern --case eprop-sine-lif.json --json

Neurons, readout, error, feedback and learning rule run on a chip of the Loihi 2 class in its
integers; the host injects input spikes and the target. Prints the loss of the first and the last
sequence, both curves, synaptic and learning operations and energy of a sequence (with --json:
losses, losses_float, spikes).";
    const QUICK: &'static [&'static str] = &["--sequences 100 --no-float"];
    const RESUMES: bool = true;
    type Options = PatternOptions;
    type Report = PatternOutcome;

    fn check(options: &PatternOptions, _: ReportForm) -> Result<(), Failure> {
        match (&options.case, &options.svg) {
            (Some(case), Some(svg)) if same(case, svg) => Err(Failure::usage(
                &svg.display().to_string(),
                "is both read and written",
            )),
            _ => Ok(()),
        }
    }

    fn counts(options: &PatternOptions) -> &'static str {
        if options.controls {
            "runs (seeds, and each of them without something)"
        } else if options.no_float {
            "sequences"
        } else {
            "sequences (chip and float)"
        }
    }

    fn outputs(options: &PatternOptions) -> Vec<RunOutput<PatternOutcome>> {
        let picture = |path: &PathBuf| {
            let named = path.clone();
            RunOutput::of_report(path, move |outcome: &PatternOutcome| match outcome {
                PatternOutcome::Learned(report) => Ok(report.pictures().file(&named)),
                PatternOutcome::Controls(_) => Err(Failure::option("svg", "not of controls")),
            })
        };
        options.svg.iter().map(picture).collect()
    }

    fn pictures(outcome: &PatternOutcome) -> Vec<(String, Picture)> {
        let PatternOutcome::Learned(report) = outcome else {
            return vec![];
        };
        let names = ["losses".to_string(), "readouts".to_string()];
        let charts = report.pictures().0.into_iter().map(Picture::from);
        names.into_iter().zip(charts).collect()
    }

    fn run(options: &PatternOptions, progress: Progress) -> Result<PatternOutcome, Failure> {
        if options.controls {
            return controls(options, progress).map(PatternOutcome::Controls);
        }
        run(options, progress).map(|report| PatternOutcome::Learned(Box::new(report)))
    }

    fn row(report: &PatternOutcome) -> Option<Row> {
        let PatternOutcome::Learned(report) = report else {
            return None;
        };
        let first = report.losses.first()?;
        let last = *report.losses.last()?;
        let count = report.losses.len();
        let rate = report.rates_in_force.recurrent;
        // what is published is of another network at another rate, and no figure to compare with
        let figure = format!("loss after {count} sequences, {first:.1} before; rate {rate:.1e}");
        let cost = &report.per_inference;
        let row = Row::on_chip(Self::NAME, &figure, last, None, count as u64, cost);
        Some(Row {
            unit: "loss".into(),
            ..row
        })
    }
}

/// Losses, spikes and state of a chip that has learned.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Learned {
    /// Loss of each sequence: half the squared error, summed. The chip learns while it runs.
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

/// A task, its one sequence, and where both are from.
struct Lesson {
    task: EpropTask,
    sequence: Sequence,
    source: String,
}

impl Lesson {
    /// From the case of the options, or the published setting drawn from their seed.
    fn new(options: &PatternOptions) -> Result<Lesson, Failure> {
        let mut lesson = match &options.case {
            Some(path) => Lesson::of_case(path)?,
            None => Lesson {
                task: drawn::task(options.seed),
                sequence: drawn::sequence(options.seed),
                source: format!("drawn from seed {}", options.seed),
            },
        };
        if options.symmetric {
            lesson.task.feedback = Feedback::Symmetric;
        }
        Ok(lesson)
    }

    fn of_case(path: &Path) -> Result<Lesson, Failure> {
        let json = serde_json::from_str(&text::read(path)?).map_err(|e| text::wrong(path, e))?;
        let case = read_case(&json).map_err(|error| case_error(path, error))?;
        let strengths = &case.network.adaptation_strength;
        let adaptive = strengths.iter().any(|beta| *beta != 0.0);
        if adaptive || case.network.loss != Loss::MeanSquared || case.network.outputs != 1 {
            return Err(text::wrong(
                path,
                "LIF neurons, one readout and the mean squared error are what this entry runs on the chip",
            ));
        }
        let sequence = case.sequences.first().cloned();
        Ok(Lesson {
            sequence: sequence.ok_or_else(|| text::wrong(path, "has no sequence"))?,
            task: EpropTask {
                network: case.network,
                training: case.training,
                batch: 1,
                weights: case.weights,
                feedback: case.feedback,
            },
            source: path.display().to_string(),
        })
    }
}

/// The target of every step of a sequence.
fn signal(sequence: &Sequence) -> Result<&[f64], Failure> {
    match &sequence.target {
        Target::Signal(target) if target.len() == sequence.input.len() => Ok(target),
        _ => Err(Failure::call(
            "pattern generation is for cases with one readout and a target signal",
        )),
    }
}

/// Graded targets of a signal, of which `units` are 1.0.
pub(crate) fn targets(signal: &[f64], units: f64) -> impl Iterator<Item = GradedTarget> {
    let integer = move |y: &f64| (y * units).round() as i32;
    signal.iter().zip(0..).map(move |(y, t)| (t, 0, integer(y)))
}

/// Compiles and loads the network of a task.
fn load(task: &EpropTask, options: &PatternOptions) -> Result<(ChipNetwork, Chip), Failure> {
    let mut network = lif_network(task, options.full, options.rates());
    network.one_pulse.check(options.rates())?;
    network.netlist.seed = options.seed;
    if let Some(intervention) = options.intervention {
        intervention.change(&mut network.netlist);
    }
    let image = build(&network.netlist, &CompileOptions::new(Board::loihi2()))?;
    Ok((network, Chip::load(&image)))
}

/// Name under which a training on the chip is kept.
const ON_CHIP: &str = "training on the chip";
/// Name under which a training in floats is kept.
const IN_FLOATS: &str = "training in floats";

/// Learns on the chip, from the same sequence again and again; calls `done` after each. A training
/// that was kept in `kept` goes on.
///
/// # Errors
/// If the network does not compile, or cannot have the learning rate; a kept state of another form.
pub fn learn(
    task: &EpropTask,
    sequence: &Sequence,
    options: &PatternOptions,
    kept: Progress,
    done: &dyn Fn(),
) -> Result<Learned, Failure> {
    let (network, mut chip) = load(task, options)?;
    let wanted = signal(sequence)?;
    let steps = sequence.input.len();
    let run = RunOptions::new().threads(options.threads);
    let found: Option<Learned> = kept.find(ON_CHIP)?;
    let mut learned = found.unwrap_or_default();
    if !learned.snapshot.is_empty() {
        chip.restore(&learned.snapshot).map_err(Failure::call)?;
    }
    let mut shown = wanted.to_vec();
    for index in 0..learned.losses.len() as u32 {
        if options.intervention == Some(Intervention::TargetsShuffled) {
            shuffle(&mut shown, options.seed, index.into());
        }
        done();
    }
    for index in learned.losses.len() as u32..options.sequences {
        match options.intervention {
            Some(Intervention::TargetsShuffled) => {
                shuffle(&mut shown, options.seed, index.into());
            }
            Some(other) => other.before(&mut chip, options.seed, index.into())?,
            None => {}
        }
        let input = present(&chip, sequence, targets(&shown, network.error_units))?;
        let seen = chip.run(steps as u64 + LATENCY, &input, &run);
        let y = readout(&seen, steps, network.readout_units);
        learned.losses.push(half_squared_error(&y, wanted));
        learned.last = seen.total();
        let spikes = seen
            .recording("rec.spike")
            .expect("the network's own probe");
        learned.spikes.push(spikes.sum() as u64);
        learned.readouts[usize::from(index > 0)] = y;
        chip.rest(CARRIED);
        if matches!(task.feedback, Feedback::Symmetric) {
            mirror(&mut chip)?;
        }
        kept.put(ON_CHIP, || Learned {
            snapshot: chip.snapshot(),
            ..learned.clone()
        });
        done();
    }
    learned.snapshot = chip.snapshot();
    Ok(learned)
}

/// The readout of each step of a sequence, in float units; the word lies one step behind.
fn readout(seen: &Observations, steps: usize, units: f64) -> Vec<f64> {
    let v = seen.recording("out.v").expect("the network's own probe");
    (0..steps)
        .map(|t| f64::from(v.get(t + 1, 0)) / units)
        .collect()
}

fn half_squared_error(y: &[f64], wanted: &[f64]) -> f64 {
    let squares = y.iter().zip(wanted).map(|(y, wanted)| (y - wanted).powi(2));
    0.5 * squares.sum::<f64>()
}

/// Copies the readout weights to the feedback synapses, as the processors beside the cores would.
fn mirror(chip: &mut Chip) -> Result<(), Failure> {
    let out = chip.learned("rec->out").expect("learns");
    let back = chip.learned("out->rec.feedback").expect("learns");
    let weight = |(k, j): &(u32, u32)| {
        let at = out.ends.iter().position(|ends| *ends == (*j, *k));
        at.map_or(0, |at| out.weights[at])
    };
    let weights: Vec<i32> = back.ends.iter().map(weight).collect();
    chip.write_weights("out->rec.feedback", &weights)
        .map_err(Failure::call)
}

/// Learns the same sequences with the float reference, by the method of the task and the rates that
/// are in force on the chip.
fn learn_in_float(
    lesson: &Lesson,
    rates: Rates,
    sequences: u32,
    kept: Progress,
    done: &dyn Fn(),
) -> Result<Vec<f64>, Failure> {
    let mut task = lesson.task.clone();
    task.training.optimiser.learning_rate = rates.recurrent;
    task.training.optimiser.layer_factors = [1.0, 1.0, rates.readout / rates.recurrent];
    let mut trainer = task.trainer();
    let found: Option<FloatTraining<f64>> = kept.find(IN_FLOATS)?;
    let mut losses = vec![];
    if let Some(found) = found {
        if !trainer.restore(&found.numbers, &found.updates) {
            return Err(Failure::call("the checkpoint is of another network"));
        }
        losses = found.done;
        losses.iter().for_each(|_| done());
    }
    for _ in losses.len() as u32..sequences {
        losses.push(trainer.learn(&[&lesson.sequence])[0].loss);
        kept.put(IN_FLOATS, || {
            FloatTraining::of(&trainer, losses.len() as u64, &losses)
        });
        done();
    }
    Ok(losses)
}

/// Learns on the chip and in float, side by side.
///
/// # Errors
/// If the case cannot be used, or the options have no meaning.
pub fn run(options: &PatternOptions, progress: Progress) -> Result<PatternReport, Failure> {
    options.check()?;
    let lesson = Lesson::new(options)?;
    let target = signal(&lesson.sequence)?.to_vec();
    if let Some(path) = &options.case {
        fits(path, &lesson.task, &target, options)?;
    }
    let rates = lif_network(&lesson.task, options.full, options.rates()).rates;
    let sides = if options.no_float { 1 } else { 2 };
    let trials = Trials::new(sides * options.sequences as usize, sides, progress);
    let done = || trials.finish_one();
    let mut seconds = 0.0;
    let (learned, losses_float) = std::thread::scope(|scope| {
        let float = || learn_in_float(&lesson, rates, options.sequences, progress, &done);
        let float = (!options.no_float).then(|| scope.spawn(float));
        let learned = learn(&lesson.task, &lesson.sequence, options, progress, &done);
        seconds = trials.seconds();
        let losses = float.map(|f| f.join().expect("the reference does not panic"));
        (learned, losses.unwrap_or_else(|| Ok(vec![])))
    });
    let learned = learned?;
    let losses_float = losses_float?;
    let network = &lesson.task.network;
    let (weights_limited, weight_largest) = limited(&lesson.task, options.full);
    Ok(PatternReport {
        board: BOARD.into(),
        size: [network.inputs, network.recurrent_count(), network.outputs],
        steps: target.len(),
        learning_rates: [options.learning_rate, rates.recurrent],
        rates_in_force: rates,
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
        source: lesson.source,
    })
}

/// Seeds of the controls, if the options name no number.
const SEEDS: u32 = 10;

/// The loss of the last sequence over seeds: of the whole network, in floats, and with something
/// taken away.
///
/// # Errors
/// As [`run`].
pub fn controls(options: &PatternOptions, progress: Progress) -> Result<ControlsReport, Failure> {
    options.check()?;
    let last_seed = options.seed + u64::from(options.seeds.unwrap_or(SEEDS));
    let seeds: Vec<u64> = (options.seed..last_seed).collect();
    let sides: Vec<ControlSide> = ControlSide::all().collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let trials = Trials::new(seeds.len() * sides.len(), threads, progress);
    let losses = trials.kept("run", seeds.len() * sides.len(), |at| {
        last_loss(options, seeds[at / sides.len()], sides[at % sides.len()])
    })?;
    let of = |(at, side): (usize, &ControlSide)| {
        let own = losses.iter().skip(at).step_by(sides.len());
        (*side, own.copied().collect())
    };
    let by_side = sides.iter().enumerate().map(of).collect();
    let figure = format!("loss of sequence {}", options.sequences);
    let mut report = ControlsReport::new(figure, Better::Smaller, seeds, by_side);
    let lesson = Lesson::new(options)?;
    let rates = lif_network(&lesson.task, options.full, options.rates()).rates;
    report.notes.push(format!(
        "network and input {}, the other seeds likewise; learning rate {:.2e} asked for, in force \
         {:.2e} (input, recurrent) and {:.2e} (readout)",
        lesson.source, options.learning_rate, rates.recurrent, rates.readout
    ));
    Ok(report)
}

/// The loss of the last sequence of one seed and side.
fn last_loss(options: &PatternOptions, seed: u64, side: ControlSide) -> Result<f64, Failure> {
    let own = PatternOptions {
        seed,
        intervention: side.intervention(),
        threads: 1,
        ..options.clone()
    };
    let lesson = Lesson::new(&own)?;
    let losses = if side == ControlSide::Float {
        let rates = lif_network(&lesson.task, own.full, own.rates()).rates;
        learn_in_float(&lesson, rates, own.sequences, Progress::UNSEEN, &|| ())?
    } else {
        let unkept = Progress::UNSEEN;
        learn(&lesson.task, &lesson.sequence, &own, unkept, &|| ())?.losses
    };
    Ok(losses.last().copied().unwrap_or(f64::NAN))
}
