//! Pattern generation learned on the chip: frozen Poisson input, a sum of four sines to follow
//! (A.3), the float reference beside it.

use super::network::{ChipNetwork, Rates};
use crate::{LabError, Progress};
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_reference::network::{Sequence, Target};
use seamount_reference::tasks::{Task, pattern};
use seamount_spec::{ChipSpec, EventCounts};
use serde::Serialize;

/// Steps beyond a sequence in which its last spikes reach the readout.
const LATENCY: u64 = 2;

/// What to run.
#[derive(Debug, Clone)]
pub struct PatternOptions {
    /// Seed of network, input and draws.
    pub seed: u64,
    /// Sequences to learn from.
    pub sequences: usize,
    /// Threads of the chip.
    pub threads: usize,
    /// Largest weight that is held.
    pub full: f64,
    /// Learning rates.
    pub rates: Rates,
}

impl Default for PatternOptions {
    fn default() -> Self {
        PatternOptions { seed: 1, sequences: 200, threads: 1, full: 0.5, rates: Rates { recurrent: 1e-4, readout: 1e-4 } }
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct PatternReport {
    /// Loss of each sequence on the chip, before its own learning has acted.
    pub losses: Vec<f64>,
    /// Spikes of the recurrent neurons in each sequence.
    pub spikes: Vec<u64>,
    /// Events of the last sequence.
    #[serde(skip)]
    pub last: EventCounts,
    /// Readout of the last sequence, step by step.
    pub readout: Vec<f64>,
}

/// Builds the chip of a task.
///
/// # Errors
/// If the network does not compile: our own mistake.
pub fn build(task: &Task, seed: u64, full: f64, rates: Rates) -> Result<(ChipNetwork, Chip), LabError> {
    let mut network = ChipNetwork::new(task, full, rates);
    network.netlist.seed = seed;
    let options = CompileOptions { board: ChipSpec::preset("loihi2").expect("a preset"), ..CompileOptions::default() };
    let compiled = compile(&network.netlist, &options)?;
    let checked = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce).map_err(LabError::Image)?;
    let chip = Chip::load(&checked);
    Ok((network, chip))
}

/// Learns from the same sequence again and again.
///
/// # Errors
/// If the network does not compile.
pub fn learn(task: &Task, sequence: &Sequence, options: &PatternOptions, progress: Progress) -> Result<PatternReport, LabError> {
    let (network, mut chip) = build(task, options.seed, options.full, options.rates)?;
    let Target::Signal(target) = &sequence.target else { return Err(LabError::Option("a signal to follow".into())) };
    let steps = sequence.input.len() as u64;
    let mut report = PatternReport { losses: vec![], spikes: vec![], last: EventCounts::default(), readout: vec![] };
    let run = RunOptions { threads: options.threads, ..RunOptions::default() };
    for index in 0..options.sequences {
        let base = chip.t();
        let spikes = sequence.input.iter().zip(base..).flat_map(|(neurons, t)| neurons.iter().map(move |n| (t, *n)));
        let first_target = chip.program().input("target").map_or(0, |(first, _)| first);
        let graded = (0..steps as usize).map(|t| {
            let value = target[t] * network.error_units;
            (base + t as u64 + 1, first_target, value.round() as i32)
        });
        let input = SpikeTrain::new(chip.program(), spikes.collect()).and_then(|i| i.with_graded(chip.program(), graded.collect()));
        let input = input.map_err(|e| LabError::Option(e.to_string()))?;
        let seen = chip.run(steps + LATENCY, &input, &run);
        let v = seen.recording("out.v").expect("probed");
        let y: Vec<f64> = (0..steps as usize).map(|t| f64::from(v.get(t + 1, 0)) / network.readout_units).collect();
        let loss = 0.5 * y.iter().enumerate().map(|(t, y)| (y - target[t]).powi(2)).sum::<f64>();
        report.losses.push(loss);
        report.last = seen.total();
        report.spikes.push(report.last.spikes);
        report.readout = y;
        // what a pulse still lacks is carried on: else signals below a pulse a sequence would teach nothing
        chip.rest(&["pulses"]);
        progress(index as u64 + 1, options.sequences as u64);
    }
    Ok(report)
}

/// The published setting, drawn from a seed.
pub fn task(seed: u64) -> (Task, Sequence) {
    (pattern::task(seed), pattern::sequence(seed))
}
