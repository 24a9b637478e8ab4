//! The experiment: floats, then the integers at several lengths of step.

use super::chip::{self, ChipFigures};
use super::quantise::SynapsePrecision;
use super::trial::{QuantisedTheta, STEPS, Stepped, ThetaForm};
use super::{DURATION, QifOptions, SIZES, curve, net, published};
use crate::qif::float::loss::Scratch;
use crate::qif::float::trial::Setting;
use seamount_session::Failure;
use seamount_study::Progress;
use seamount_study::chart::Chart;
use seamount_study::data::Mnist;
use seamount_study::datasets::Datasets;
use seamount_study::experiment::threads;
use seamount_study::trials::Trials;
use serde::Serialize;
use std::cell::RefCell;
use std::fmt;
use std::time::Instant;

/// Numbers of steps per trial, if none are asked for.
const STEPS_TRIED: [usize; 9] = [8, 16, 32, 64, 128, 256, 512, 1024, 2048];
/// Steps per trial on the chip, if none are asked for.
const CHIP_STEPS: usize = 128;

/// The float network.
#[derive(Debug, Clone, Serialize)]
pub struct FloatFigures {
    /// Counting real spikes only: no output spike is wrong.
    pub accuracy: f64,
    /// If pseudospikes count.
    pub accuracy_with_pseudospikes: f64,
    /// Images without an output spike.
    pub silent: usize,
    /// Mean spikes of a hidden neuron in a trial.
    pub spikes_per_neuron: f64,
    /// Mean spikes of a hidden neuron before the first output spike.
    pub spikes_per_neuron_before: f64,
    /// Mean (spike, synapse) pairs.
    pub synaptic_operations: f64,
    /// Milliseconds of an image, one thread's wall clock.
    pub ms_per_image: f64,
}

/// The integers at one length of step.
#[derive(Debug, Clone, Serialize)]
pub struct StepFigures {
    /// Steps of a trial.
    pub steps: usize,
    /// Accuracy; no output spike is wrong.
    pub accuracy: f64,
    /// Images with the class of the float network.
    pub agreement: f64,
    /// Images without an output spike.
    pub silent: usize,
    /// Mean spikes of a hidden neuron in a trial.
    pub spikes_per_neuron: f64,
    /// Mean (spike, synapse) pairs.
    pub synaptic_operations: f64,
    /// Neuron updates of an image.
    pub neuron_updates: usize,
    /// Milliseconds of an image, one thread's wall clock.
    pub ms_per_image: f64,
}

/// The float network, the integers and the chip, each beside the one before.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct QifReport {
    /// Images.
    pub images: usize,
    /// Accuracy of the float network, real spikes only.
    pub accuracy_float: f64,
    /// Accuracy on the chip; of the integers at the finest step if the chip was not run.
    pub accuracy: f64,
    /// Published accuracy, real spikes only.
    pub accuracy_published: f64,
    /// Synapses of a connection, each of 8 bits.
    pub synapses_per_connection: usize,
    /// The float network.
    pub float: FloatFigures,
    /// The chip.
    pub chip: Option<ChipFigures>,
    /// The rotor, by steps.
    pub rotor: Vec<StepFigures>,
    /// The Euler form, by steps, if asked for.
    pub euler: Vec<StepFigures>,
    /// Threads used.
    pub threads: usize,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The images to run.
fn images(options: &QifOptions) -> Result<Mnist, Failure> {
    let data = Datasets::new(options.data.as_deref());
    let mnist = data.mnist(None, options.samples.as_deref())?;
    if mnist.labels.is_empty() || options.count == Some(0) {
        return Err(Failure::call("at least one image"));
    }
    Ok(mnist)
}

/// Numbers of steps per trial, each once and in order.
fn steps(options: &QifOptions) -> Vec<usize> {
    let mut steps = options.steps.clone();
    if steps.is_empty() {
        steps.extend(STEPS_TRIED);
    }
    steps.sort_unstable();
    steps.dedup();
    steps
}

/// The parameters to run with.
pub fn parameters(options: &QifOptions) -> Result<Vec<f64>, Failure> {
    options
        .weights
        .as_ref()
        .map_or_else(net::shipped, |path| net::read(path))
}

fn check(options: &QifOptions, net: &QuantisedTheta) -> Result<(), Failure> {
    let chip = Some(options.chip_steps.unwrap_or(CHIP_STEPS)).filter(|s| *s != 0);
    let mut all = options.steps.iter().copied().chain(chip);
    if let Some(steps) = all.find(|s| !STEPS.contains(s)) {
        return Err(Failure::call(format!(
            "{steps} steps; wanted {} to {}",
            STEPS.start(),
            STEPS.end()
        )));
    }
    let kick = net.largest_kick();
    if kick > 125.0 {
        let problem =
            format!("a neuron's weights add up to {kick:.1}; words of 24 bit hold sums up to 125");
        return Err(Failure::call(problem));
    }
    Ok(())
}

/// Runs the experiment.
///
/// # Errors
/// If data are missing or wrong, an option has no meaning, or the weights do not fit the words.
pub fn run(options: &QifOptions, progress: Progress) -> Result<QifReport, Failure> {
    let parameters = parameters(options)?;
    let precision = options.precision();
    let net = QuantisedTheta::new(&parameters, precision);
    check(options, &net)?;
    let mnist = images(options)?;
    let count = options.count.unwrap_or(usize::MAX).min(mnist.labels.len());
    let steps = steps(options);
    let threads = threads(options.threads);
    let forms = 1 + usize::from(options.euler);
    let trials = Trials::new(count * (1 + forms * steps.len()), threads, progress);
    let (float, classes) = float_figures(&parameters, &mnist, count, &trials)?;
    let figures = |form: ThetaForm| {
        let at = |s: &usize| {
            let stepped = Stepped::new(&net, form, *s);
            step_figures(
                &stepped,
                &mnist,
                &classes,
                &trials,
                &format!("{form:?} {s} image"),
            )
        };
        steps.iter().map(at).collect::<Result<Vec<_>, Failure>>()
    };
    let rotor = figures(ThetaForm::Rotor)?;
    let mut euler = vec![];
    if options.euler {
        euler = figures(ThetaForm::Euler)?;
    }
    let chip = match options.chip_steps.unwrap_or(CHIP_STEPS) {
        0 => None,
        s => {
            let images = options.chip_count.unwrap_or(count).clamp(1, count);
            let stepped = Stepped::new(&net, ThetaForm::Rotor, s);
            Some(chip::run(&stepped, &mnist, images, threads, progress)?)
        }
    };
    let finest = || rotor.last().map_or(0.0, |f| f.accuracy);
    Ok(QifReport {
        images: count,
        accuracy_float: float.accuracy,
        accuracy: chip.as_ref().map_or_else(finest, |c| c.accuracy),
        accuracy_published: published::ACCURACY,
        synapses_per_connection: 1 + usize::from(precision == SynapsePrecision::Double),
        float,
        chip,
        rotor,
        euler,
        threads,
    })
}

/// Milliseconds of one thread for an image, of `count` that were shared among threads.
pub(super) fn ms_of_one(clock: Instant, count: usize, threads: usize) -> f64 {
    clock.elapsed().as_secs_f64() * 1e3 / count as f64 * threads.min(count) as f64
}

/// Mean of a count over images.
fn mean(sum: usize, images: usize) -> f64 {
    sum as f64 / images as f64
}

fn hidden() -> usize {
    SIZES[1] + SIZES[2]
}

type Classes = Vec<Option<usize>>;

fn float_figures(
    parameters: &[f64],
    mnist: &Mnist,
    count: usize,
    trials: &Trials<'_>,
) -> Result<(FloatFigures, Classes), Failure> {
    let setting = Setting::published(&SIZES);
    let clock = Instant::now();
    let outcomes = trials.kept("float image", count, |i| {
        SCRATCH.with_borrow_mut(|scratch| {
            net::float_trial(&setting, parameters, mnist.image(i), scratch)
        })
    })?;
    let ms_per_image = ms_of_one(clock, count, trials.threads());
    let label = |i: usize| usize::from(mnist.labels[i]);
    let share =
        |right: &dyn Fn(usize) -> bool| mean((0..count).filter(|i| right(*i)).count(), count);
    let sum = |of: &dyn Fn(&net::FloatOutcome) -> usize| mean(outcomes.iter().map(of).sum(), count);
    let figures = FloatFigures {
        accuracy: share(&|i| outcomes[i].fired == Some(label(i))),
        accuracy_with_pseudospikes: share(&|i| outcomes[i].with_pseudospikes == label(i)),
        silent: outcomes.iter().filter(|o| o.fired.is_none()).count(),
        spikes_per_neuron: sum(&|o| o.hidden_spikes) / hidden() as f64,
        spikes_per_neuron_before: sum(&|o| o.hidden_spikes_before) / hidden() as f64,
        synaptic_operations: sum(&|o| o.synaptic_operations),
        ms_per_image,
    };
    Ok((figures, outcomes.iter().map(|o| o.fired).collect()))
}

fn step_figures(
    net: &Stepped,
    mnist: &Mnist,
    float: &Classes,
    trials: &Trials<'_>,
    name: &str,
) -> Result<StepFigures, Failure> {
    let count = float.len();
    let clock = Instant::now();
    let outcomes = trials.kept(name, count, |i| {
        let outcome = net.run(mnist.image(i));
        let hidden_spikes = outcome.spikes.iter().filter(|s| s.0 < hidden()).count();
        let fired = outcome.fired.map(|f| f.0);
        Ok((fired, hidden_spikes, outcome.synaptic_operations))
    })?;
    let ms_per_image = ms_of_one(clock, count, trials.threads());
    let right = outcomes
        .iter()
        .zip(&mnist.labels)
        .filter(|(o, l)| o.0 == Some(usize::from(**l)))
        .count();
    let agree = outcomes
        .iter()
        .zip(float)
        .filter(|(o, f)| o.0 == **f)
        .count();
    Ok(StepFigures {
        steps: net.steps,
        accuracy: mean(right, count),
        agreement: mean(agree, count),
        silent: outcomes.iter().filter(|o| o.0.is_none()).count(),
        spikes_per_neuron: mean(outcomes.iter().map(|o| o.1).sum(), count) / hidden() as f64,
        synaptic_operations: mean(outcomes.iter().map(|o| o.2).sum(), count),
        neuron_updates: (net.steps - 1) * SIZES[1..].iter().sum::<usize>(),
        ms_per_image,
    })
}

impl QifReport {
    /// Accuracy against steps per trial as a picture.
    pub fn figure(&self) -> Chart {
        let points =
            |figures: &[StepFigures]| figures.iter().map(|f| (f.steps, f.accuracy)).collect();
        let mut lines = vec![curve::Line {
            name: "the chip's integers, a rotation a step",
            points: points(&self.rotor),
        }];
        if !self.euler.is_empty() {
            lines.push(curve::Line {
                name: "the chip's integers, Euler steps of V",
                points: points(&self.euler),
            });
        }
        curve::chart(
            &lines,
            self.accuracy_float,
            self.accuracy_published,
            self.images,
            weights(self.synapses_per_connection),
        )
    }
}

/// Words for the synapses that store a connection.
fn weights(synapses: usize) -> &'static str {
    if synapses == 1 {
        "8-bit weights"
    } else {
        "two 8-bit synapses a connection"
    }
}

fn table(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    synapses: usize,
    figures: &[StepFigures],
) -> fmt::Result {
    writeln!(
        f,
        "{name}, {}, an exponent a neuron, time to first spike:",
        weights(synapses)
    )?;
    writeln!(
        f,
        "  steps  accuracy  as float  silent  spikes/neuron  syn. ops  updates  ms/image"
    )?;
    for s in figures {
        writeln!(
            f,
            "  {:>5}  {:>6.2} %  {:>6.2} %  {:>6}  {:>13.3}  {:>8.0}  {:>7}  {:>8.3}",
            s.steps,
            s.accuracy * 100.0,
            s.agreement * 100.0,
            s.silent,
            s.spikes_per_neuron,
            s.synaptic_operations,
            s.neuron_updates,
            s.ms_per_image
        )?;
    }
    Ok(())
}

impl fmt::Display for QifReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "784-100-100-10 oscillating QIF (theta) neurons, {} images, T = {DURATION}",
            self.images
        )?;
        write!(f, "{}", self.float)?;
        table(f, "rotor form", self.synapses_per_connection, &self.rotor)?;
        if !self.euler.is_empty() {
            table(f, "Euler form", self.synapses_per_connection, &self.euler)?;
        }
        if let Some(chip) = &self.chip {
            writeln!(
                f,
                "on chip: board {}, {} core(s), {} steps a trial, {} images",
                chip.board, chip.cores, chip.steps, chip.images
            )?;
            writeln!(
                f,
                "  accuracy {:.2} %; {} images equal to the integers in every spike",
                chip.accuracy * 100.0,
                chip.equal_to_integers
            )?;
            writeln!(f, "  {:.3} ms an image, one thread", chip.ms_per_image)?;
            writeln!(f, "{}", chip.per_inference)?;
        }
        write!(
            f,
            "an image without an output spike within the trial counts as wrong"
        )
    }
}

impl fmt::Display for FloatFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "floats, event by event                          here    \
             published (60,000 training images)"
        )?;
        writeln!(
            f,
            "  accuracy, real spikes only                {:>6.2} %    {:.1} %",
            self.accuracy * 100.0,
            published::ACCURACY * 100.0
        )?;
        writeln!(
            f,
            "  accuracy, pseudospikes too                {:>6.2} %    {:.1} %",
            self.accuracy_with_pseudospikes * 100.0,
            published::ACCURACY_WITH_PSEUDOSPIKES * 100.0
        )?;
        writeln!(
            f,
            "  spikes of a hidden neuron, whole trial    {:>6.3}      {}",
            self.spikes_per_neuron,
            published::SPIKES_PER_NEURON
        )?;
        writeln!(
            f,
            "  ... before the first output spike         {:>6.3}      {}",
            self.spikes_per_neuron_before,
            published::SPIKES_PER_NEURON_BEFORE
        )?;
        writeln!(
            f,
            "  images without an output spike            {:>6}",
            self.silent
        )?;
        writeln!(
            f,
            "  synaptic operations an image              {:>6.0}",
            self.synaptic_operations
        )?;
        writeln!(
            f,
            "  ms an image, one thread                   {:>6.3}",
            self.ms_per_image
        )
    }
}
