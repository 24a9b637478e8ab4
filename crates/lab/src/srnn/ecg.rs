//! `srnn-ecg`: the six waves of an electrocardiogram, step by step, by a 4-36-6 network (QT
//! database, level-crossing events of two leads).
//!
//! The class of a step is the output with the highest membrane (the first of equals). Steps from
//! the eleventh on are scored; a step without a label counts as class 0, as the authors score it.

use super::arithmetic::CostTable;
use super::integer::{IntegerNetwork, Rounding};
use super::{first_largest, folder, weights};
use crate::arrays::Archive;
use crate::row::Row;
use crate::spread::spread;
use crate::{LabError, Progress};
use seamount_reference::srnn::{Network, Operations, Order};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct EcgOptions {
    /// Folder of all data; default see [`crate::data::data_folder`].
    pub data: Option<PathBuf>,
    /// Traces in the layout of the test file, instead of it.
    pub samples: Option<PathBuf>,
    /// Threads that share the traces.
    pub threads: usize,
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
const WEIGHT_BITS: [u32; 5] = [8, 7, 6, 5, 4];

/// Traces and labels.
#[derive(Debug, Clone)]
pub struct Traces {
    /// Steps of a trace.
    pub steps: usize,
    events: Vec<i64>,
    /// Class of each step, trace after trace; 255 without a label.
    pub labels: Vec<u8>,
}

impl Traces {
    /// Reads an archive: x (trace, step, 4 channels) of -1, 0, 1, and y (trace, step) of 0..=5 or 255.
    pub fn read(path: &Path) -> Result<Traces, LabError> {
        let mut archive = Archive::open(path)?;
        let (x_shape, events) = archive.integers("x", &[None, None, Some(CHANNELS as u64)], "-1, 0 or 1", |v| (-1..=1).contains(&v));
        let class = |v| (0..CLASSES as i64).contains(&v) || v == i64::from(UNLABELLED);
        let (y_shape, labels) = archive.integers("y", &[None, None], "a class of 0..=5, or 255 for none", class);
        if x_shape[..2] != y_shape[..] {
            archive.refuse(format!("x has (traces, steps) {:?}, y has {y_shape:?}", &x_shape[..2]));
        }
        if x_shape[0] == 0 || x_shape[1] <= SETTLING {
            archive.refuse(format!("{} traces of {} steps; wanted at least one of more than {SETTLING}", x_shape[0], x_shape[1]));
        }
        archive.end()?;
        Ok(Traces { steps: x_shape[1], events, labels: labels.into_iter().map(|y| y.clamp(0, 255) as u8).collect() })
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

/// What a network did with a trace.
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

fn judge(traces: &Traces, trace: usize, mut step: impl FnMut(&[i64]) -> (usize, usize, usize)) -> TraceResult {
    let mut result = TraceResult { classes: vec![], accuracy: 0.0, hidden_spikes: 0, output_spikes: 0 };
    let mut right = 0;
    for t in 0..traces.steps {
        let (class, hidden, output) = step(traces.events(trace, t));
        result.classes.push(class as u8);
        (result.hidden_spikes, result.output_spikes) = (result.hidden_spikes + hidden as u64, result.output_spikes + output as u64);
        right += usize::from(t >= SETTLING && traces.right(trace, t, class));
    }
    result.accuracy = right as f64 / (traces.steps - SETTLING) as f64;
    result
}

/// A trace through the float network.
pub fn float_trace(network: &Network, traces: &Traces, trace: usize) -> TraceResult {
    let mut state = network.rest();
    judge(traces, trace, |events| {
        let input: Vec<f64> = events.iter().map(|e| *e as f64).collect();
        network.step(&input, Order::SameStep, &mut state);
        (first_largest(&state.layers[1].membrane), state.layers[0].active.len(), state.layers[1].active.len())
    })
}

/// A trace through integers: the result, the largest |u|, and how many sums were clipped.
pub fn integer_trace(network: &IntegerNetwork, traces: &Traces, trace: usize) -> (TraceResult, i64, u64) {
    let (mut state, mut t) = (network.rest(), 0);
    let scale = &network.layers[1].scale;
    let result = judge(traces, trace, |events| {
        network.step(events, Order::SameStep, t, &mut state);
        t += 1;
        let membranes: Vec<f64> = state[1].u.iter().zip(scale).map(|(u, s)| *u as f64 / s).collect();
        (first_largest(&membranes), state[0].active.len(), state[1].active.len())
    });
    (result, state.iter().map(|s| s.peak).max().unwrap_or(0), state.iter().map(|s| s.clipped).sum())
}

/// The integer definition of the neuron at one width of weights.
#[derive(Debug, Clone, Serialize)]
pub struct IntegerFigure {
    /// Bits of a weight, sign included.
    pub weight_bits: u32,
    /// Whether input and recurrent weights have exponents of their own.
    pub separate_exponents: bool,
    /// Share of the scored steps that are right.
    pub accuracy: f64,
    /// Points above (or, negative, below) the floats.
    pub points_to_float: f64,
    /// Hidden spikes a step.
    pub hidden_spikes_per_step: f64,
    /// Largest |u| as a share of what 24 bits hold.
    pub range_used: f64,
    /// Sums that were clipped to 24 bits.
    pub clipped: u64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct EcgReport {
    /// Share of the scored steps that are right, in floats.
    pub accuracy_float: f64,
    /// The same of the integer definition of the chip's neuron, 8-bit weights, a scale per neuron.
    pub accuracy_integer: f64,
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
    /// The integer definition by width of weights.
    pub integer: Vec<IntegerFigure>,
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

fn integers(network: &Network, traces: &Traces, threads: usize, float: f64, tick: &(dyn Fn() + Sync)) -> Vec<IntegerFigure> {
    let variants = WEIGHT_BITS.into_iter().flat_map(|bits| [false, true].map(|separate| Rounding::new(bits, separate, RANGE)));
    let figure = |rounding: Rounding| {
        let integers = IntegerNetwork::new(network, 1.0, &rounding);
        let all = spread(traces.count(), threads, |trace| {
            let result = integer_trace(&integers, traces, trace);
            tick();
            result
        });
        let results: Vec<TraceResult> = all.iter().map(|(r, _, _)| r.clone()).collect();
        let accuracy = mean(&results, |r| r.accuracy);
        IntegerFigure {
            weight_bits: rounding.bits,
            separate_exponents: rounding.separate,
            accuracy,
            points_to_float: (accuracy - float) * 100.0,
            hidden_spikes_per_step: mean(&results, |r| r.hidden_spikes as f64) / traces.steps as f64,
            range_used: all.iter().map(|(_, peak, _)| *peak).max().unwrap_or(0) as f64 / super::integer::WORD_MAX as f64,
            clipped: all.iter().map(|(_, _, clipped)| clipped).sum(),
        }
    };
    variants.map(figure).collect()
}

/// Runs the network on the traces.
pub fn run(options: &EcgOptions, progress: Progress) -> Result<EcgReport, LabError> {
    const FILE: &str = "QTDB_test_0_70.npz";
    let start = Instant::now();
    let network = weights::ecg(options.data.as_deref())?;
    let path = match &options.samples {
        Some(path) => path.clone(),
        None => folder(options.data.as_deref(), "ecg-qtdb", FILE)?.join(FILE),
    };
    let traces = Traces::read(&path)?;
    let (n, threads, done) = (traces.count(), options.threads.max(1), AtomicU64::new(0));
    let total = (n * (1 + 2 * WEIGHT_BITS.len())) as u64;
    let tick = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let results = spread(n, threads, |trace| {
        let result = float_trace(&network, &traces, trace);
        tick();
        result
    });
    let float_seconds = start.elapsed().as_secs_f64();
    let steps = traces.steps as f64;
    let accuracy_float = mean(&results, |r| r.accuracy);
    let integer = integers(&network, &traces, threads, accuracy_float, &tick);
    let (hidden, output) = (mean(&results, |r| r.hidden_spikes as f64) / steps, mean(&results, |r| r.output_spikes as f64) / steps);
    let events = traces.events.iter().filter(|e| **e != 0).count() as f64 / (n as f64 * steps);
    let reached = [36.0 * (events + hidden), 6.0 * hidden];
    let spiking = Operations::spiking(reached[0], 36, hidden, false) + Operations::spiking(reached[1], CLASSES, output, true);
    let readout = Operations::dense(36, CLASSES);
    let cost = CostTable::new(
        traces.steps as u64,
        &[
            ("this network, 4-36-6 spiking", spiking),
            ("LSTM, 4-36-6", Operations::lstm(CHANNELS, 36) + readout),
            ("RNN, 4-36-6", Operations::rnn(CHANNELS, 36) + readout),
        ],
    );
    Ok(EcgReport {
        accuracy_float,
        accuracy_integer: integer.first().map_or(0.0, |f| f.accuracy),
        published: PUBLISHED,
        traces: n,
        steps: traces.steps,
        per_trace_accuracy: results.iter().map(|r| r.accuracy).collect(),
        per_trace_hidden_spikes: results.iter().map(|r| r.hidden_spikes).collect(),
        hidden_spikes_per_step: hidden,
        output_spikes_per_step: output,
        input_events_per_step: events,
        accumulates_per_trace: (reached[0] + reached[1]) * steps,
        integer,
        cost,
        traces_per_second: n as f64 / float_seconds,
        seconds: start.elapsed().as_secs_f64(),
        threads,
    })
}

impl EcgReport {
    /// The line of `lab all`.
    pub fn row(&self) -> Row {
        Row {
            system: "srnn-ecg".into(),
            figure: "steps right".into(),
            value: self.accuracy_float * 100.0,
            published: Some(self.published * 100.0),
            unit: "%".into(),
            samples: self.traces as u64,
            chip: false,
            operations: Some(self.accumulates_per_trace),
            energy_uj: self.cost.networks.first().map(|c| c.energy_nj[0] * 1e-3),
            energy_by: "arithmetic at 3.1/0.1 pJ".into(),
            seconds: self.seconds,
        }
    }
}

impl fmt::Display for EcgReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "srnn-ecg: 4 channels, 36 hidden and 6 adaptive output neurons; {} traces of {} steps", self.traces, self.steps)?;
        let published = self.published * 100.0;
        writeln!(f, "accuracy, floats    {:.2} %  (published: {published:.2} % over 141 traces)", self.accuracy_float * 100.0)?;
        writeln!(f, "hidden spikes       {:.2} a step of 36", self.hidden_spikes_per_step)?;
        writeln!(f, "output spikes       {:.4} a step of 6", self.output_spikes_per_step)?;
        writeln!(f, "input events        {:.3} a step", self.input_events_per_step)?;
        writeln!(f, "synaptic operations {:.0} a trace", self.accumulates_per_trace)?;
        writeln!(f, "integers of the chip's neuron, off chip (24-bit state, 12-bit decays, a scale per neuron):")?;
        writeln!(f, "  weights  exponents  accuracy  to floats  hidden spikes  range of u used")?;
        for i in &self.integer {
            let exponents = if i.separate_exponents { "separate" } else { "shared" };
            writeln!(
                f,
                "  {:>3} bit  {exponents:<9}  {:>6.2} %  {:>+9.2}  {:>13.2}  {:>13.0} %{}",
                i.weight_bits,
                i.accuracy * 100.0,
                i.points_to_float,
                i.hidden_spikes_per_step,
                i.range_used * 100.0,
                if i.clipped > 0 { format!("  {} sums clipped", i.clipped) } else { String::new() },
            )?;
        }
        write!(f, "{}", self.cost)?;
        write!(f, "{:.0} traces/s in floats on {} thread(s); {:.1} s in all", self.traces_per_second, self.threads, self.seconds)
    }
}
