//! The network of 40 inputs, recurrent neurons and two readouts, as it learns on the chip.
//!
//! A file's weight is 1/128 of 1.0. A synapse holds a multiple of it as its mantissa, so that
//! learning can move a weight by less than a unit of the file; the exponent of the projection takes
//! the multiple back.

use super::settings::{ChipCueSettings, Rule};
use crate::eprop::chip::{programmed, written};
use crate::eprop_cue::float::{CueSettings, initial_weights};
use seamount_network::netlist::{LearningRule, Netlist, Population, SignMode, Trace};
use seamount_reference::Matrix;

/// Program of the readouts.
const READOUT: &str = include_str!("readout.asm");

/// Weights as ReckOn's files have them, 8 bit signed, 1.0 being 128: by source, then target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteWeights {
    /// Inputs to recurrent neurons.
    pub input: Vec<Vec<i32>>,
    /// Recurrent neurons to one another; nothing to themselves.
    pub recurrent: Vec<Vec<i32>>,
    /// Recurrent neurons to readouts.
    pub output: Vec<Vec<i32>>,
}

impl ByteWeights {
    /// The float engine's initial weights of a seed.
    pub fn drawn(neurons: usize, seed: u64) -> ByteWeights {
        let settings = CueSettings {
            neurons,
            ..CueSettings::default()
        };
        let weights = initial_weights(&settings, seed);
        let of = |matrix| by_source(matrix, f64::from(ONE));
        ByteWeights {
            input: of(&weights.w_in),
            recurrent: of(&weights.w_rec),
            output: of(&weights.w_out),
        }
    }
}

/// Integers by source, then target, of a float matrix `[target][source]` times `scale`, rounded to
/// 16 bits.
pub fn by_source(matrix: &Matrix, scale: f64) -> Vec<Vec<i32>> {
    let integer = |w: f64| (w * scale).round().clamp(-32768.0, 32767.0) as i32;
    let to_targets = |pre| {
        (0..matrix.rows())
            .map(|post| integer(matrix.at(post, pre)))
            .collect()
    };
    (0..matrix.cols()).map(to_targets).collect()
}

/// Integer of 1.0 in the files' weights.
pub const ONE: i32 = 128;
/// Mantissas of a unit of a file: inputs, recurrent neurons, readouts. Exponents make up for it.
pub const FINER: [i32; 3] = [4, 16, 4];
/// Integer of 1.0 in the word `v` of a readout.
pub const READOUT_ONE: i32 = ONE << 8;
/// Integer of 1.0 in membranes: a unit of a file is 1024.
const MEMBRANE_ONE: i32 = ONE << 10;
/// Share of 4096 that a step of a membrane with a time constant of 2 s leaves.
const KEEP_MEMBRANE: i32 = 4094;
/// Share of 4096 that a step of a readout with 20 ms leaves: exp(-1/20).
const KEEP_READOUT: i32 = 3896;
const INPUTS: u32 = 40;
/// Number of readouts.
pub const CLASSES: u32 = 2;

/// The whole network; `seed` is that of the rounding.
pub fn network(settings: &ChipCueSettings, weights: &ByteWeights, seed: u64) -> Netlist {
    let mut net = Netlist::new("cue accumulation");
    net.seed = seed;
    net.input("in", INPUTS).input("target", CLASSES);
    net.program("cue_readout", READOUT);
    net.add(recurrent(settings, weights.recurrent.len()));
    net.add(
        programmed("out", CLASSES as usize, "cue_readout")
            .parameter("keep_v", KEEP_READOUT)
            .parameter("y_shift", 8)
            .parameter("limit", settings.target * settings.overshoot_percent / 100)
            .parameter("pulse_shift", i32::from(settings.readout_shift)),
    );
    net.rule(recurrent_rule(settings))
        .rule(readout_rule(settings));
    let [finer_in, finer_rec, finer_out] = FINER;
    plastic(&mut net, "in", "rec", pairs(&weights.input, finer_in), 2);
    let mut recurrent = pairs(&weights.recurrent, finer_rec);
    recurrent.retain(|(pre, post, _)| pre != post);
    plastic(&mut net, "rec", "rec", recurrent, 0);
    plastic(&mut net, "rec", "out", pairs(&weights.output, finer_out), 0);
    net.connect("target", "out.feedback").one_to_one(1);
    net.connect("out", "rec.feedback")
        .dense(transposed(&weights.output));
    net.probe_state("out", "y");
    if let Some(intervention) = settings.intervention {
        intervention.change(&mut net);
    }
    net
}

fn recurrent(settings: &ChipCueSettings, neurons: usize) -> Population {
    let threshold = MEMBRANE_ONE * 6 / 10;
    let population = match settings.rule {
        // psi is a triangle as wide as the threshold is high
        Rule::Tag => {
            let gain = (i64::from(settings.psi_max) << 20) / i64::from(threshold) + 1;
            programmed("rec", neurons, "eprop_lif_pulses")
                .parameter("psi_gain", gain as i32)
                .parameter("psi_shift", 20)
        }
        // psi is a step from a third of the threshold on, as in ReckOn's test bench
        Rule::Traces => programmed("rec", neurons, "eprop_reckon_pulses")
            .parameter("psi_from", threshold / 3)
            .parameter("psi_value", i32::from(settings.psi_max))
            .parameter("v_shift", 12)
            .parameter("v_min", -(1 << 22))
            .parameter("v_max", 1 << 22),
    };
    population
        .parameter("keep_v", KEEP_MEMBRANE)
        .parameter("threshold", threshold)
        .parameter("pulse_shift", i32::from(settings.signal_shift))
}

/// The rule of synapses onto recurrent neurons.
fn recurrent_rule(settings: &ChipCueSettings) -> LearningRule {
    let rule = match settings.rule {
        Rule::Tag => LearningRule {
            dt: Some(format!(
                "2^{}*x1*y1*u0 - {}*t*u0",
                settings.eligibility_exponent, settings.tag_decay
            )),
            dw: Some("2^-7*t*y3*u0 - 2^-7*t*y2*u0".into()),
            ..LearningRule::new("rec")
        },
        Rule::Traces => LearningRule {
            dw: Some("2^-7*x1*y1*y3*u0 - 2^-7*x1*y1*y2*u0".into()),
            ..LearningRule::new("rec")
        },
    };
    let x1 = Trace {
        impulse_fraction: settings.pre_fraction,
        ..Trace::keeping(settings.pre_impulse, KEEP_MEMBRANE as u16)
    };
    LearningRule {
        epoch: settings.epoch,
        x1: Some(x1),
        y1: written(),
        y2: written(),
        y3: written(),
        ..rule
    }
}

/// The rule of synapses onto readouts: their own error times the presynaptic trace.
fn readout_rule(settings: &ChipCueSettings) -> LearningRule {
    let impulse = Trace::keeping(settings.readout_impulse, KEEP_READOUT as u16);
    LearningRule {
        dw: Some("2^-7*x1*y3*u0 - 2^-7*x1*y2*u0".into()),
        epoch: settings.epoch,
        x1: Some(Trace {
            impulse_fraction: settings.readout_fraction,
            ..impulse
        }),
        y2: written(),
        y3: written(),
        ..LearningRule::new("out")
    }
}

/// Connects synapses that learn by the rule of their targets' name.
fn plastic(net: &mut Netlist, from: &str, to: &str, pairs: Vec<(u32, u32, i32)>, exponent: i8) {
    net.connect(from, to)
        .pairs(pairs)
        .weight_exponent(exponent)
        .format(SignMode::Mixed, 8)
        .learn(to);
}

/// All pairs of source and target, with the file's weight times `finer` as the mantissa, limited to
/// what a synapse holds.
fn pairs(weights: &[Vec<i32>], finer: i32) -> Vec<(u32, u32, i32)> {
    let mut pairs = vec![];
    for (row, pre) in weights.iter().zip(0..) {
        for (w, post) in row.iter().zip(0..) {
            pairs.push((pre, post, (w * finer).clamp(-256, 254)));
        }
    }
    pairs
}

/// Feedback weights `[readout][neuron]` from those of the readout.
fn transposed(weights: &[Vec<i32>]) -> Vec<Vec<i32>> {
    (0..CLASSES as usize)
        .map(|k| weights.iter().map(|row| row[k]).collect())
        .collect()
}
