//! `srnn-ecg`: the six waves of an electrocardiogram, step by step, by a 4-36-6 network (QT
//! database, level-crossing events of two leads).
//!
//! The class of a step is the output with the highest membrane (the first of equals). Steps from
//! the eleventh on are scored; a step without a label counts as class 0, as the authors score it.

use super::arithmetic::CostTable;
use super::chip::{ChipCost, SrnnChip, SrnnWatch};
use super::integer::{RoundedNetwork, WORD_MAX, WeightRounding};
use super::{ECG, weights};
use crate::registry::{defaults_of_flags, within};
use crate::srnn::float::{Network, Operations, Order};
use clap::Args;
use seamount_chip::Observations;
use seamount_session::Failure;
use seamount_session::decode::first_largest;
use seamount_study::Progress;
use seamount_study::arrays::Archive;
use seamount_study::datasets::Datasets;
use seamount_study::experiment::{Experiment, threads};
use seamount_study::row::Row;
use seamount_study::trials::Trials;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Traces, and bits of a weight on the chip.
#[derive(Debug, Clone, Serialize, Args)]
pub struct EcgOptions {
    /// Folder of all data (srnn-weights and ecg-qtdb are in it)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Traces in the layout of the test file, instead of it
    #[arg(long, value_name = "FILE.npz")]
    pub samples: Option<PathBuf>,
    /// Bits of a weight on the chip; 8 and, as a table, 7 to 4 if absent
    #[arg(long, value_name = "BITS", value_parser = within!(u32, 2..=8))]
    pub weight_bits: Option<u32>,
    /// Threads that share the traces; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

defaults_of_flags!(EcgOptions);

/// `seamount lab srnn-ecg`
pub struct SrnnEcg;

impl Experiment for SrnnEcg {
    const NAME: &'static str = "srnn-ecg";
    const ABOUT: &'static str = "Electrocardiograms by 36 + 6 spiking neurons with a time constant \
        each: floats, and the chip at 8 to 4 bits a weight";
    const HELP: &'static str = "\
Examples: seamount lab srnn-ecg --data ../shared/data
          seamount lab srnn-ecg --weight-bits 6 --samples traces.npz
Prints accuracy in floats and on the chip (board loihi2) beside the published one, at 8 to 4 bits a
weight, every trace held against the integer definition of the neuron in every word and step;
operations, energy, time; and the arithmetic of an LSTM and an RNN of equal size.
--samples takes an .npz: x (traces, steps, 4) of -1, 0, 1 and y (traces, steps) of 0..5, 255 for no
label.";
    const COUNTS: &'static str = "traces";
    const QUICK: &'static [&'static str] = &["--weight-bits 8"];
    type Options = EcgOptions;
    type Report = EcgReport;

    fn run(options: &EcgOptions, progress: Progress) -> Result<EcgReport, Failure> {
        let start = Instant::now();
        let roundings = roundings(options)?;
        let network = weights::ecg(options.data.as_deref())?;
        let path = match &options.samples {
            Some(path) => path.clone(),
            None => ECG.path(&Datasets::new(options.data.as_deref()))?,
        };
        let traces = EcgTraces::read(&path)?;
        let n = traces.count();
        let threads = threads(options.threads);
        let trials = Trials::new(n * (1 + roundings.len()), threads, progress);
        let results = trials.part(n, |trace| float_trace(&network, &traces, trace));
        let float_seconds = start.elapsed().as_secs_f64();
        let accuracy_float = mean(&results, |r| r.accuracy);
        let floats = Floats {
            results: &results,
            accuracy: accuracy_float,
        };
        let mut chip = vec![];
        let mut costs = vec![];
        for rounding in roundings {
            let (figure, cost) = on_chip(&network, &traces, &trials, &floats, rounding)?;
            chip.push(figure);
            costs.push(cost);
        }
        let steps = traces.steps as f64;
        let hidden = mean(&results, |r| r.hidden_spikes as f64) / steps;
        let output = mean(&results, |r| r.output_spikes as f64) / steps;
        let events = traces.events.iter().filter(|e| **e != 0).count() as f64 / (n as f64 * steps);
        let (cost, accumulates) = arithmetic(traces.steps, events, hidden, output);
        Ok(EcgReport {
            accuracy_float,
            accuracy: chip[0].accuracy,
            weight_bits: chip[0].weight_bits,
            published: PUBLISHED,
            traces: n,
            steps: traces.steps,
            per_trace_accuracy: results.iter().map(|r| r.accuracy).collect(),
            per_trace_hidden_spikes: results.iter().map(|r| r.hidden_spikes).collect(),
            hidden_spikes_per_step: hidden,
            output_spikes_per_step: output,
            input_events_per_step: events,
            accumulates_per_trace: accumulates,
            chip,
            chip_cost: costs.swap_remove(0),
            cost,
            traces_per_second: n as f64 / float_seconds,
            seconds: start.elapsed().as_secs_f64(),
            threads,
        })
    }

    fn row(report: &EcgReport) -> Option<Row> {
        let figure = format!(
            "steps right, {}-bit weights (floats {:.2} %)",
            report.weight_bits,
            report.accuracy_float * 100.0
        );
        Some(Row::on_chip(
            Self::NAME,
            &figure,
            report.accuracy * 100.0,
            Some(report.published * 100.0),
            report.traces as u64,
            &report.chip_cost.per_inference,
        ))
    }
}

/// Steps that are run before the first scored one.
pub const SETTLING: usize = 10;
const CHANNELS: usize = 4;
const CLASSES: usize = 6;
const UNLABELLED: u8 = 255;
/// The accuracy in the name of the authors' file of weights.
const PUBLISHED: f64 = 0.8589;
/// A mantissa of 1 adds 2^(6 + 1) to u at 8 bits: u then uses a quarter of its range.
const RANGE: i32 = 1;
/// Widths of the table.
pub const WEIGHT_BITS: [u32; 5] = [8, 7, 6, 5, 4];
const LAYERS: [&str; 2] = ["hidden", "output"];

/// Traces and labels.
#[derive(Debug, Clone)]
pub struct EcgTraces {
    /// Steps of a trace.
    pub steps: usize,
    events: Vec<i64>,
    /// Class of each step, trace after trace; 255 without a label.
    pub labels: Vec<u8>,
}

impl EcgTraces {
    /// Reads an archive: x (trace, step, 4 channels) of -1, 0, 1, and y (trace, step) of 0..=5 or
    /// 255.
    pub fn read(path: &Path) -> Result<EcgTraces, Failure> {
        let mut archive = Archive::open(path)?;
        let (x_shape, events) = archive.integers(
            "x",
            &[None, None, Some(CHANNELS as u64)],
            "-1, 0 or 1",
            |v| (-1..=1).contains(&v),
        );
        let class = |v| (0..CLASSES as i64).contains(&v) || v == i64::from(UNLABELLED);
        let (y_shape, labels) = archive.integers(
            "y",
            &[None, None],
            "a class of 0..=5, or 255 for none",
            class,
        );
        if x_shape[..2] != y_shape[..] {
            archive.refuse(format!(
                "x has (traces, steps) {:?}, y has {y_shape:?}",
                &x_shape[..2]
            ));
        }
        if x_shape[0] == 0 || x_shape[1] <= SETTLING {
            archive.refuse(format!(
                "{} traces of {} steps; wanted at least one of more than {SETTLING}",
                x_shape[0], x_shape[1]
            ));
        }
        archive.end()?;
        Ok(EcgTraces {
            steps: x_shape[1],
            events,
            labels: labels.into_iter().map(|y| y.clamp(0, 255) as u8).collect(),
        })
    }

    /// Number of traces.
    pub fn count(&self) -> usize {
        self.labels.len() / self.steps
    }

    /// Events of a step of a trace, -1, 0 or 1 per channel.
    pub fn events(&self, trace: usize, step: usize) -> &[i64] {
        let at = (trace * self.steps + step) * CHANNELS;
        &self.events[at..at + CHANNELS]
    }

    /// Whether `class` is right in a step.
    fn right(&self, trace: usize, step: usize, class: usize) -> bool {
        let label = self.labels[trace * self.steps + step];
        usize::from(if label == UNLABELLED { 0 } else { label }) == class
    }
}

/// Classes, accuracy and spikes of a network on one trace.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceResult {
    /// Class of each step.
    pub classes: Vec<u8>,
    /// Share of the scored steps that are right.
    pub accuracy: f64,
    /// Spikes of the hidden neurons.
    pub hidden_spikes: u64,
    /// Spikes of the outputs.
    pub output_spikes: u64,
}

fn judge(
    traces: &EcgTraces,
    trace: usize,
    mut step: impl FnMut(&[i64]) -> (usize, usize, usize),
) -> TraceResult {
    let mut result = TraceResult {
        classes: vec![],
        accuracy: 0.0,
        hidden_spikes: 0,
        output_spikes: 0,
    };
    let mut right = 0;
    for t in 0..traces.steps {
        let (class, hidden, output) = step(traces.events(trace, t));
        result.classes.push(class as u8);
        result.hidden_spikes += hidden as u64;
        result.output_spikes += output as u64;
        right += usize::from(t >= SETTLING && traces.right(trace, t, class));
    }
    result.accuracy = right as f64 / (traces.steps - SETTLING) as f64;
    result
}

/// A trace through the float network.
pub fn float_trace(network: &Network, traces: &EcgTraces, trace: usize) -> TraceResult {
    let mut state = network.rest();
    judge(traces, trace, |events| {
        let input: Vec<f64> = events.iter().map(|e| *e as f64).collect();
        network.step(&input, Order::SameStep, &mut state);
        (
            first_largest(&state.layers[1].membrane),
            state.layers[0].active.len(),
            state.layers[1].active.len(),
        )
    })
}

/// Inputs of a trace, an integer for each step and channel.
fn stimulus(traces: &EcgTraces, trace: usize) -> Vec<i64> {
    (0..traces.steps)
        .flat_map(|t| traces.events(trace, t))
        .copied()
        .collect()
}

/// A trace as the chip saw it: outputs are compared as u / S, one step after the hidden spikes.
fn chip_trace(
    chip: &SrnnChip,
    traces: &EcgTraces,
    trace: usize,
    seen: &Observations,
) -> TraceResult {
    let scale = chip.integers().layers.last().map_or(&[][..], |l| &l.scale);
    let recording = |name: &str| seen.recording(name);
    let (Some(u), Some(hidden), Some(output)) = (
        recording("output.u"),
        recording("hidden.spike"),
        recording("output.spike"),
    ) else {
        return judge(traces, trace, |_| (0, 0, 0));
    };
    let spikes = |r: &seamount_chip::Recording, step: usize| {
        (0..r.neurons.len())
            .filter(|j| r.get(step, *j) != 0)
            .count()
    };
    let mut t = 0;
    judge(traces, trace, |_| {
        let late = t + chip.lag(1);
        let membranes: Vec<f64> = scale
            .iter()
            .enumerate()
            .map(|(k, s)| f64::from(u.get(late, k)) / s)
            .collect();
        t += 1;
        (
            first_largest(&membranes),
            spikes(hidden, late - chip.lag(1)),
            spikes(output, late),
        )
    })
}

/// The chip at one width of weights.
#[derive(Debug, Clone, Serialize)]
pub struct EcgOnChip {
    /// Bits of a weight, sign included.
    pub weight_bits: u32,
    /// Whether input and recurrent weights have exponents of their own.
    pub separate_exponents: bool,
    /// Share of the scored steps that are right.
    pub accuracy: f64,
    /// Points above (or, negative, below) the floats.
    pub points_to_float: f64,
    /// Share of the scored steps that are right, of each trace.
    pub per_trace_accuracy: Vec<f64>,
    /// Share of all steps with the class of the floats.
    pub classes_as_float: f64,
    /// Traces with every word and spike of every neuron in every step as the integer definition has
    /// it.
    pub equal_to_integers: usize,
    /// Where the first trace that is not so differs.
    pub first_difference: Option<String>,
    /// Hidden spikes a step.
    pub hidden_spikes_per_step: f64,
    /// Largest |u| as a share of what 24 bits hold.
    pub range_used: f64,
    /// Sums that were clipped to 24 bits.
    pub clipped: u64,
}

/// Whether input weights have an exponent of their own by default: as did better on the 618
/// training traces at this width.
pub fn separate_exponents(bits: u32) -> bool {
    !matches!(bits, 8 | 5)
}

/// Accuracy of floats and chip beside the published one, and what a trace costs.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct EcgReport {
    /// Share of the scored steps that are right, in floats.
    pub accuracy_float: f64,
    /// Share of the scored steps that are right on the chip, at the first width of weights.
    pub accuracy: f64,
    /// Bits of those weights.
    pub weight_bits: u32,
    /// The accuracy in the name of the authors' file, over all 141 test traces.
    pub published: f64,
    /// Traces.
    pub traces: usize,
    /// Steps of a trace.
    pub steps: usize,
    /// Accuracy of each trace, in floats.
    pub per_trace_accuracy: Vec<f64>,
    /// Hidden spikes of each trace, in floats.
    pub per_trace_hidden_spikes: Vec<u64>,
    /// Hidden spikes a step.
    pub hidden_spikes_per_step: f64,
    /// Output spikes a step.
    pub output_spikes_per_step: f64,
    /// Input events a step.
    pub input_events_per_step: f64,
    /// Synaptic accumulates of a trace.
    pub accumulates_per_trace: f64,
    /// The chip by width of weights and kind of exponents, that of `accuracy` first.
    pub chip: Vec<EcgOnChip>,
    /// Cost of a trace on the chip.
    pub chip_cost: ChipCost,
    /// Arithmetic beside an LSTM and an RNN of equal size.
    pub cost: CostTable,
    /// Traces a second in floats, wall clock, all threads.
    pub traces_per_second: f64,
    /// Wall clock of everything, seconds.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
}

fn mean(results: &[TraceResult], of: impl Fn(&TraceResult) -> f64) -> f64 {
    results.iter().map(of).sum::<f64>() / results.len() as f64
}

/// Floats beside the chip.
struct Floats<'a> {
    results: &'a [TraceResult],
    accuracy: f64,
}

/// The chip with weights of one rounding, and what a trace takes.
fn on_chip(
    network: &Network,
    traces: &EcgTraces,
    trials: &Trials<'_>,
    floats: &Floats,
    rounding: WeightRounding,
) -> Result<(EcgOnChip, ChipCost), Failure> {
    let integers = RoundedNetwork::new(network, 1.0, &rounding);
    let chip = SrnnChip::new(
        "srnn-ecg",
        integers,
        &LAYERS,
        Order::Pipelined,
        SrnnWatch::All,
    )?;
    let of = |trace: usize| stimulus(traces, trace);
    let batch = chip.run(trials, traces.count(), traces.steps, of, |trace, seen| {
        (
            chip_trace(&chip, traces, trace, seen),
            chip.compare(seen, &of(trace)),
        )
    });
    let results: Vec<TraceResult> = batch.results.iter().map(|(r, _)| r.clone()).collect();
    let accuracy = mean(&results, |r| r.accuracy);
    let pairs = || {
        results
            .iter()
            .zip(floats.results)
            .flat_map(|(a, b)| a.classes.iter().zip(&b.classes))
    };
    let comparisons = || batch.results.iter().map(|(_, c)| c);
    let different = || {
        batch
            .results
            .iter()
            .enumerate()
            .filter_map(|(i, (_, c))| Some((i, c.first.as_ref()?)))
    };
    let figure = EcgOnChip {
        weight_bits: rounding.bits,
        separate_exponents: rounding.separate,
        accuracy,
        points_to_float: (accuracy - floats.accuracy) * 100.0,
        per_trace_accuracy: results.iter().map(|r| r.accuracy).collect(),
        classes_as_float: pairs().filter(|(a, b)| a == b).count() as f64 / pairs().count() as f64,
        equal_to_integers: traces.count() - different().count(),
        first_difference: different()
            .next()
            .map(|(trace, difference)| format!("trace {trace}, {difference}")),
        hidden_spikes_per_step: mean(&results, |r| r.hidden_spikes as f64) / traces.steps as f64,
        range_used: comparisons().map(|c| c.peak).max().unwrap_or(0) as f64 / WORD_MAX as f64,
        clipped: comparisons().map(|c| c.clipped).sum(),
    };
    Ok((
        figure,
        chip.cost(&batch, traces.steps, trials.threads(), &of(0)),
    ))
}

/// The roundings that are run, that of the figure first.
fn roundings(options: &EcgOptions) -> Result<Vec<WeightRounding>, Failure> {
    let asked = options.weight_bits.as_ref();
    let widths = asked.map_or(&WEIGHT_BITS[..], std::slice::from_ref);
    if let Some(bits) = widths.iter().find(|bits| !(2..=8).contains(*bits)) {
        return Err(Failure::call(format!(
            "--weight-bits {bits}: weights have 2 to 8 bits"
        )));
    }
    let both = |bits: &u32| {
        let separate = separate_exponents(*bits);
        [separate, !separate].map(|separate| WeightRounding::new(*bits, separate, RANGE))
    };
    Ok(widths.iter().flat_map(both).collect())
}

/// The papers' table by events, hidden and output spikes a step, and accumulates of a trace.
fn arithmetic(steps: usize, events: f64, hidden: f64, output: f64) -> (CostTable, f64) {
    let reached = [36.0 * (events + hidden), 6.0 * hidden];
    let spiking = Operations::spiking(reached[0], 36, hidden, false)
        + Operations::spiking(reached[1], CLASSES, output, true);
    let readout = Operations::dense(36, CLASSES);
    let table = CostTable::new(
        steps as u64,
        &[
            ("this network, 4-36-6 spiking", spiking),
            ("LSTM, 4-36-6", Operations::lstm(CHANNELS, 36) + readout),
            ("RNN, 4-36-6", Operations::rnn(CHANNELS, 36) + readout),
        ],
    );
    (table, (reached[0] + reached[1]) * steps as f64)
}

impl fmt::Display for EcgReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "srnn-ecg: 4 channels, 36 hidden and 6 adaptive output neurons; {} traces of {} steps",
            self.traces, self.steps
        )?;
        self.accuracies(f)?;
        writeln!(
            f,
            "the chip by its weights; equal: traces with every word of every neuron in every step \
             as the integer definition"
        )?;
        writeln!(
            f,
            "has it (24-bit state, 16-bit decays, a scale per neuron):"
        )?;
        writeln!(
            f,
            "  weights  exponents  accuracy  to floats  class of floats  hidden spikes  \
             range of u used     equal"
        )?;
        for figure in &self.chip {
            figure.line(f, self.traces)?;
        }
        writeln!(
            f,
            "on board {} ({} core), {}-bit weights, a trace:",
            self.chip_cost.board, self.chip_cost.cores, self.weight_bits
        )?;
        write!(f, "{}", self.chip_cost)?;
        write!(f, "{}", self.cost)?;
        write!(
            f,
            "{:.0} traces/s in floats on {} thread(s); {:.1} s in all",
            self.traces_per_second, self.threads, self.seconds
        )
    }
}

impl EcgReport {
    /// The lines of accuracy, spikes and operations.
    fn accuracies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "accuracy, floats    {:.2} %  (published: {:.2} % over 141 traces)",
            self.accuracy_float * 100.0,
            self.published * 100.0
        )?;
        writeln!(
            f,
            "accuracy, chip      {:.2} %  ({:+.2} points; {}-bit weights)",
            self.accuracy * 100.0,
            (self.accuracy - self.accuracy_float) * 100.0,
            self.weight_bits
        )?;
        writeln!(
            f,
            "floats, a step      {:.2} hidden spikes of 36, {:.4} output spikes of 6, \
             {:.3} input events",
            self.hidden_spikes_per_step, self.output_spikes_per_step, self.input_events_per_step
        )?;
        writeln!(
            f,
            "floats, a trace     {:.0} synaptic operations",
            self.accumulates_per_trace
        )
    }
}

impl EcgOnChip {
    /// The line of the table.
    fn line(&self, f: &mut fmt::Formatter<'_>, traces: usize) -> fmt::Result {
        let exponents = if self.separate_exponents {
            "separate"
        } else {
            "shared"
        };
        write!(
            f,
            "  {:>3} bit  {exponents:<9}  {:>6.2} %  {:>+9.2}  {:>13.2} %  {:>13.2}  {:>13.0} %  \
             {:>4} of {traces}",
            self.weight_bits,
            self.accuracy * 100.0,
            self.points_to_float,
            self.classes_as_float * 100.0,
            self.hidden_spikes_per_step,
            self.range_used * 100.0,
            self.equal_to_integers,
        )?;
        if self.clipped > 0 {
            write!(f, "  {} sums clipped", self.clipped)?;
        }
        if let Some(difference) = &self.first_difference {
            write!(f, "  differs first in {difference}")?;
        }
        writeln!(f)
    }
}
