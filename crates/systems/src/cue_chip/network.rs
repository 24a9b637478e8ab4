//! The network of 40 inputs, recurrent neurons and two readouts, as it learns on the chip.

use super::settings::{ChipCueSettings, Rule};
use seamount_network::netlist::{LearningRule, Netlist, Population, Programmed, SignMode, Trace};
use seamount_reference::Matrix;
use seamount_reference::cue::{self, CueSettings};

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
        let weights = cue::initial_weights(
            &CueSettings {
                neurons,
                ..CueSettings::default()
            },
            seed,
        );
        let of = |matrix| by_source(matrix, f64::from(ONE));
        ByteWeights {
            input: of(&weights.w_in),
            recurrent: of(&weights.w_rec),
            output: of(&weights.w_out),
        }
    }
}

/// Rows of whole numbers by source of a matrix by target.
pub fn by_source(matrix: &Matrix, scale: f64) -> Vec<Vec<i32>> {
    let one = |post: usize, pre: usize| {
        (matrix.row(post)[pre] * scale)
            .round()
            .clamp(-32768.0, 32767.0) as i32
    };
    (0..matrix.cols())
        .map(|pre| (0..matrix.rows()).map(|post| one(post, pre)).collect())
        .collect()
}

/// What 1.0 is in the files' weights.
pub const ONE: i32 = 128;
/// Mantissas of a unit of a file: inputs, recurrent neurons, readouts. Exponents make up for it.
pub const FINER: [i32; 3] = [4, 16, 4];
/// What 1.0 is in the word `v` of a readout.
pub const READOUT_ONE: i32 = ONE << 8;
/// What 1.0 is in membranes: the unit of a file is 1024.
const MEMBRANE_ONE: i32 = ONE << 10;
/// A step of a membrane with a time constant of 2 s leaves so much of 4096.
const KEEP_MEMBRANE: i32 = 4094;
/// A step of a readout with 20 ms leaves so much of 4096: exp(-1/20).
const KEEP_READOUT: i32 = 3896;
const INPUTS: u32 = 40;
/// Readouts.
pub const CLASSES: u32 = 2;

/// The whole network; `seed` is that of the rounding.
pub fn network(settings: &ChipCueSettings, weights: &ByteWeights, seed: u64) -> Netlist {
    let mut net = Netlist::new("cue accumulation");
    net.seed = seed;
    net.input("in", INPUTS).input("target", CLASSES);
    net.program("cue_readout", READOUT);
    net.add(recurrent(settings, weights.recurrent.len() as u32));
    let readout = Programmed {
        ports: 2,
        ..Programmed::new("cue_readout")
    };
    let readout = Population::programmed("out", CLASSES, readout)
        .parameter("keep_v", KEEP_READOUT)
        .parameter("y_shift", 8);
    let limit = settings.target * settings.overshoot_percent / 100;
    net.add(
        readout
            .parameter("limit", limit)
            .parameter("trace_shift", i32::from(settings.readout_shift)),
    );
    net.rule(recurrent_rule(settings))
        .rule(readout_rule(settings));
    let [finer_in, finer_rec, finer_out] = FINER;
    plastic(&mut net, "in", "rec", (&weights.input, finer_in), 2);
    plastic(&mut net, "rec", "rec", (&weights.recurrent, finer_rec), 0);
    plastic(&mut net, "rec", "out", (&weights.output, finer_out), 0);
    net.connect("target", "out.feedback").one_to_one(1);
    net.connect("out", "rec.feedback")
        .dense(transposed(&weights.output));
    net.probe_state("out", "y");
    net
}

fn recurrent(settings: &ChipCueSettings, neurons: u32) -> Population {
    let threshold = MEMBRANE_ONE * 6 / 10;
    let programmed = |name| {
        Population::programmed(
            "rec",
            neurons,
            Programmed {
                ports: 2,
                ..Programmed::new(name)
            },
        )
    };
    let population = match settings.rule {
        // psi is a triangle as wide as the threshold is high
        Rule::Tag => {
            let gain = (i64::from(settings.psi_max) << 20) / i64::from(threshold) + 1;
            programmed("eprop_lif")
                .parameter("psi_gain", gain as i32)
                .parameter("psi_shift", 20)
        }
        // psi is a step from a third of the threshold on, as in ReckOn's test bench
        Rule::Traces => programmed("eprop_reckon")
            .parameter("psi_from", threshold / 3)
            .parameter("psi_value", i32::from(settings.psi_max))
            .parameter("v_shift", 12)
            .parameter("v_min", -(1 << 22))
            .parameter("v_max", 1 << 22),
    };
    population
        .parameter("keep_v", KEEP_MEMBRANE)
        .parameter("threshold", threshold)
        .parameter("l_shift", i32::from(settings.signal_shift))
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
    let [y1, y2, y3] = [Some(Trace::written()); 3];
    LearningRule {
        epoch: settings.epoch,
        x1: Some(x1),
        y1,
        y2,
        y3,
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
        y2: Some(Trace::written()),
        y3: Some(Trace::written()),
        ..LearningRule::new("out")
    }
}

/// Synapses that learn by the rule of their targets' name: all to all, but none to oneself.
/// Mantissas are the file's times a factor, limited to what a synapse holds.
fn plastic(
    net: &mut Netlist,
    from: &str,
    to: &str,
    (weights, factor): (&[Vec<i32>], i32),
    exponent: i8,
) {
    let row = |(pre, row): (usize, &Vec<i32>)| {
        let of =
            |(post, w): (usize, &i32)| (pre as u32, post as u32, (w * factor).clamp(-256, 254));
        row.iter()
            .enumerate()
            .filter(|(post, _)| from != to || pre != *post)
            .map(of)
            .collect::<Vec<_>>()
    };
    let pairs: Vec<_> = weights.iter().enumerate().flat_map(row).collect();
    net.connect(from, to)
        .pairs(pairs)
        .weight_exponent(exponent)
        .format(SignMode::Mixed, 8)
        .learn(to);
}

fn transposed(weights: &[Vec<i32>]) -> Vec<Vec<i32>> {
    (0..CLASSES as usize)
        .map(|k| weights.iter().map(|row| row[k]).collect())
        .collect()
}
