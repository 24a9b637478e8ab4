//! Evidence accumulation learned on the chip: seven cues, a delay of a second, a decision (A.3).

use super::alif::{EvidenceNetwork, EvidenceRates};
use crate::{LabError, Progress, build_on};
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_reference::network::{Sequence, Target};
use seamount_reference::tasks::evidence;
use seamount_spec::ChipSpec;

/// First of the samples that are only tested.
const FRESH: u64 = 1 << 24;

/// What to run.
#[derive(Debug, Clone)]
pub struct EvidenceOptions {
    /// Seed of network, samples and the chip's draws.
    pub seed: u64,
    /// Samples to learn from.
    pub samples: u64,
    /// Every how many samples fresh ones are tested.
    pub test_every: u64,
    /// How many fresh ones.
    pub tests: u64,
    /// Largest weight that is held.
    pub full: f64,
    /// Rates.
    pub rates: EvidenceRates,
}

/// A test in mid-training: samples learned, share of wrong decisions, spikes a trial.
pub type Point = (u64, f64, f64);

/// Learns from fresh samples, one after another; tests others without learning.
///
/// # Errors
/// If the network does not compile.
pub fn learn(options: &EvidenceOptions, seen: &mut dyn FnMut(Point), progress: Progress) -> Result<Vec<Point>, LabError> {
    let task = evidence::task(options.seed);
    let mut network = EvidenceNetwork::new(&task, options.full, options.rates);
    network.netlist.seed = options.seed;
    let image = build_on(&network.netlist, ChipSpec::preset("loihi2").expect("a preset"))?;
    let mut chip = Chip::load(&image);
    let target = options.rates.target * network.error_units;
    let mut points = vec![];
    for index in 0..=options.samples {
        if index % options.test_every == 0 {
            let (mut wrong, mut spikes) = (0, 0);
            for fresh in 0..options.tests {
                let (right, fired) = trial(&mut chip.clone(), &evidence::sequence(options.seed, FRESH + fresh), None)?;
                wrong += u64::from(!right);
                spikes += fired;
            }
            let point = (index, wrong as f64 / options.tests as f64, spikes as f64 / options.tests as f64);
            seen(point);
            points.push(point);
        }
        trial(&mut chip, &evidence::sequence(options.seed, index), Some(target.round() as i32))?;
        chip.rest(&["pulses", "psi_sum"]);
        progress(index, options.samples);
    }
    Ok(points)
}

/// One trial; whether the readout of the right class was higher in the mean over the recall, and
/// the spikes of the recurrent neurons. With a target it learns.
fn trial(chip: &mut Chip, sequence: &Sequence, target: Option<i32>) -> Result<(bool, u64), LabError> {
    let Target::Class(class) = sequence.target else { return Err(LabError::Option("a class to decide".into())) };
    let (base, steps) = (chip.t(), sequence.input.len() as u64);
    let program = chip.program().clone();
    let spikes = sequence.input.iter().zip(base..).flat_map(|(neurons, t)| neurons.iter().map(move |n| (t, *n)));
    let source = program.input("target").map_or(0, |(first, _)| first);
    let window = steps - 150..steps;
    let graded = window.flat_map(|t| (0..2u32).map(move |k| (base + t + 1, source + k, if k as usize == class { 1 } else { -1 })));
    let graded = target.map_or(vec![], |target| graded.map(|(t, k, sign)| (t, k, sign * target)).collect());
    let train = SpikeTrain::new(&program, spikes.collect()).and_then(|train| train.with_graded(&program, graded));
    let train = train.map_err(|e| LabError::Option(e.to_string()))?;
    let mut sums = [0i64; 2];
    let early = chip.run(steps - 150 + 1, &train, &RunOptions::default()).recording("rec.spike").expect("probed").sum() as u64;
    let seen = chip.run(150 + 1, &train, &RunOptions::default());
    let v = seen.recording("out.v").expect("probed");
    for row in 0..v.steps.len() {
        sums.iter_mut().enumerate().for_each(|(k, sum)| *sum += i64::from(v.get(row, k)));
    }
    let spikes = seen.recording("rec.spike").expect("probed").sum() as u64 + early;
    Ok(((sums[1] > sums[0]) == (class == 1), spikes))
}
