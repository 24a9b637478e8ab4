//! From the float network to integers: 8-bit weights with an exponent for each neuron, one or two
//! of them for a connection, and the constants of a step of a given length.

use super::integer::{Euler, GUARD, Rotor, RotorState, WORD_MAX};
use std::f64::consts::PI;

/// Scale of the rotor's (c, s): 2^20.
const ROTOR_ONE: f64 = (1 << 20) as f64;
/// Largest mantissa.
pub const MANTISSA_MAX: f64 = 127.0;

/// Places by which the second synapse of a connection is finer than the first: two exponents of
/// synapses on one chip can be so far apart.
pub const FINE_SHIFT: u32 = 7;

/// Synapses of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SynapsePrecision {
    /// One, of 8 bits.
    #[default]
    Single,
    /// Two of 8 bits each, the second [`FINE_SHIFT`] places below the first: about 15 bits.
    Double,
}

/// Weights that reach one neuron: w = mantissa / 2^shift, or (mantissa + fine / 2^7) / 2^shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeuronWeights {
    /// -127..=127, in the order of the sources.
    pub mantissas: Vec<i8>,
    /// Mantissas of the second synapses, -64..=64; empty if there are none.
    pub fine: Vec<i8>,
    /// Exponent of the first synapses, negated.
    pub shift: u32,
}

impl NeuronWeights {
    /// Weight from a source, in units of 2^-[`NeuronWeights::sum_shift`].
    pub fn sum(&self, source: usize) -> i64 {
        let coarse = i64::from(self.mantissas[source]);
        self.fine
            .get(source)
            .map_or(coarse, |fine| (coarse << FINE_SHIFT) + i64::from(*fine))
    }

    /// Places of the sum of all that arrives.
    pub fn sum_shift(&self) -> u32 {
        self.shift + if self.fine.is_empty() { 0 } else { FINE_SHIFT }
    }
}

/// The largest shift at which the largest weight still fits 8 bits; the second synapses, if there
/// are any, hold what the first leave.
pub fn quantise(weights: &[f64], precision: SynapsePrecision) -> NeuronWeights {
    let largest = weights.iter().fold(0.0f64, |a, w| a.max(w.abs()));
    let fits = |shift: &u32| (largest * f64::from(1u32 << shift)).round() <= MANTISSA_MAX;
    let shift = (0..=20).rev().find(fits).unwrap_or(0);
    let scale = f64::from(1u32 << shift);
    let coarse = |w: &f64| (w * scale).round().clamp(-MANTISSA_MAX, MANTISSA_MAX);
    let fine = |w: &f64| {
        ((w * scale - coarse(w)) * f64::from(1u32 << FINE_SHIFT))
            .round()
            .clamp(-MANTISSA_MAX, MANTISSA_MAX)
    };
    NeuronWeights {
        mantissas: weights.iter().map(|w| coarse(w) as i8).collect(),
        fine: if precision == SynapsePrecision::Double {
            weights.iter().map(|w| fine(w) as i8).collect()
        } else {
            vec![]
        },
        shift,
    }
}

/// The largest number of places at which x still is a word, at most 47, and x there.
fn scaled(x: f64) -> (i64, u32) {
    let places = (0..=47)
        .rev()
        .find(|&p| (x * (1u64 << p) as f64).round() <= WORD_MAX as f64)
        .unwrap_or(0);
    ((x * (1u64 << places) as f64).round() as i64, places)
}

/// The rotor that turns by `delta` a step.
pub fn rotor(delta: f64) -> Rotor {
    let tangent = 2.0 * (delta / 2.0).tan();
    let (tangent_word, places) = scaled(tangent);
    let sine = (delta.sin() * (1u64 << places) as f64).round() as i64;
    let (early, early_shift) = scaled((1.5 * delta).sin() * (delta / 2.0).cos() / delta.cos());
    Rotor {
        sine,
        tangent: tangent_word,
        turn_shift: places - GUARD,
        early,
        early_shift,
    }
}

/// The state of a rotor neuron at an angle theta = pi phi / period.
pub fn rotor_state(theta: f64, delta: f64) -> RotorState {
    let c = theta.cos() - (delta / 2.0).tan() * theta.sin();
    RotorState {
        c: (c * ROTOR_ONE).round() as i64,
        s: (theta.sin() * ROTOR_ONE).round() as i64,
    }
}

/// The Euler form with `bits` bits below V = 1 and V cut at `v_max`.
pub fn euler(delta: f64, bits: u32, v_max: f64) -> Euler {
    let one = f64::from(1u32 << bits);
    let square = v_max * v_max * one * one;
    let square_shift = (0..48)
        .find(|&s| square * 1.1 / (1u64 << s) as f64 <= WORD_MAX as f64)
        .unwrap_or(47);
    let (rate, rate_shift) = scaled(delta / one * (1u64 << square_shift) as f64);
    Euler {
        one: 1 << bits,
        square_shift,
        rate,
        rate_shift,
        drive: (delta * 1.25 * one).round() as i64,
        v_max: (v_max * one).round() as i64,
    }
}

/// The state of an Euler neuron at an angle theta.
pub fn euler_state(theta: f64, euler: &Euler) -> i64 {
    let v = 0.5 - 1.0 / theta.clamp(1e-9, PI - 1e-9).tan();
    ((v * euler.one as f64).round() as i64).clamp(-euler.v_max, euler.v_max - 1)
}
