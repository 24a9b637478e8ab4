//! The SRNN neuron in integers: the definition that a program of the chip is written against.
//!
//! State and constants are 24-bit words. `dec(x, keep)` is the whole product x * keep shifted right
//! by 16 toward zero (`MUL_SHR x, keep, 16`), `+` and `-` saturate at 24 bits (`ADDS`). Per step,
//! with `s` the neuron's own spike of the step before and `i` its synaptic input of this step:
//!
//! ```text
//! a <- dec(a, keep_a) + (s ? jump : 0)              adaptation, in units of u
//! B <- threshold + a
//! u <- dec(u, keep_u) + i + bias - (s ? B : 0)
//! s <- u > B
//! ```
//!
//! A neuron that does not adapt has `jump = a = 0`. Every neuron j has a scale S_j, integers per
//! unit of the float membrane, so that its largest weight fills the mantissa; weights carry the
//! factor 1 - alpha_j, so that the input needs no product.

use crate::srnn::float::{Dense, Layer, Network, Order};

/// Largest number of a 24-bit word.
pub const WORD_MAX: i64 = (1 << 23) - 1;
/// Smallest number of a 24-bit word.
pub const WORD_MIN: i64 = -(1 << 23);

/// Rounding of floats to integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightRounding {
    /// Bits of a weight, sign included.
    pub bits: u32,
    /// A mantissa of 1 adds 2^(6 + exponent) to u.
    pub exponent: i32,
    /// Weights from the layer before and recurrent weights have exponents of their own per neuron;
    /// else one scale per neuron for both.
    pub separate: bool,
}

impl WeightRounding {
    /// Weights of `bits` bits; states are as large for any number of bits. `range` is the exponent
    /// at 8 bits: as large as leaves a bit or more of u unused.
    pub fn new(bits: u32, separate: bool, range: i32) -> WeightRounding {
        WeightRounding {
            bits,
            exponent: range + 8 - bits as i32,
            separate,
        }
    }

    fn mantissa_max(&self) -> f64 {
        f64::from((1u32 << (self.bits - 1)) - 1)
    }
}

/// Constants of a neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Constants {
    /// 65536 - round(65536 (1 - alpha)).
    pub keep_u: i64,
    /// 65536 - round(65536 (1 - rho)).
    pub keep_a: i64,
    /// round(base S).
    pub threshold: i64,
    /// round((1 - rho) beta S): what a spike adds to a.
    pub jump: i64,
    /// round((1 - alpha) bias S), of the projections together.
    pub bias: i64,
    /// round(beta b_0 S): a before the first step.
    pub adaptation_start: i64,
}

/// Mantissas by source, and the shift of each neuron.
#[derive(Debug, Clone, PartialEq)]
pub struct Mantissas {
    /// Row s: what source s gives to each neuron.
    pub by_source: Vec<Vec<i32>>,
    /// A mantissa of 1 adds 2^shift to u of the neuron.
    pub shift: Vec<u32>,
    contributions: Vec<Vec<i64>>,
}

/// A layer in integers.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundedLayer {
    /// From the layer before, or the input.
    pub input: Mantissas,
    /// From its own spikes of the step before.
    pub recurrent: Option<Mantissas>,
    /// Constants of each neuron.
    pub neurons: Vec<Constants>,
    /// S of each neuron: u / S is the float membrane.
    pub scale: Vec<f64>,
}

/// State of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundedState {
    /// Membrane potential `u` of each neuron, in fixed point.
    pub u: Vec<i64>,
    /// Adaptation `a` of each neuron, in fixed point.
    pub a: Vec<i64>,
    /// Neurons that fired in the last step, ascending.
    pub active: Vec<u32>,
    /// Largest |u| so far.
    pub peak: i64,
    /// Sums that were clipped to 24 bits so far.
    pub clipped: u64,
}

/// A chain of layers in integers.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundedNetwork {
    /// The layers, input first.
    pub layers: Vec<RoundedLayer>,
}

/// Places of a decay: 1 is 2^16.
pub const DECAY_SHIFT: u32 = 16;
const DECAY_ONE: i64 = 1 << DECAY_SHIFT;

/// x * keep >> 16 toward zero.
pub fn dec(x: i64, keep: i64) -> i64 {
    x * keep / DECAY_ONE
}

fn largest(weights: &Dense, gain: &[f64], target: usize) -> f64 {
    (0..weights.sources())
        .map(|s| (gain[target] * weights.weight(target, s)).abs())
        .fold(0.0, f64::max)
}

/// Mantissas of weights with `scale` of u per unit of membrane, in units of 2^shift; an input of
/// `unit` stands for 1.
fn mantissas(
    weights: &Dense,
    gain: &[f64],
    scale: &[f64],
    shift: Vec<u32>,
    unit: f64,
    rounding: &WeightRounding,
) -> Mantissas {
    let most = rounding.mantissa_max();
    let mantissa = |target: usize, source: usize| {
        let exact = gain[target] * weights.weight(target, source) * scale[target]
            / unit
            / f64::from(shift[target]).exp2();
        exact.round().clamp(-most - 1.0, most) as i32
    };
    let row = |source: usize| {
        (0..weights.targets())
            .map(|t| mantissa(t, source))
            .collect::<Vec<i32>>()
    };
    let by_source: Vec<Vec<i32>> = (0..weights.sources()).map(row).collect();
    let shifted = |row: &Vec<i32>| {
        row.iter()
            .zip(&shift)
            .map(|(m, s)| i64::from(*m) << s)
            .collect()
    };
    Mantissas {
        contributions: by_source.iter().map(shifted).collect(),
        by_source,
        shift,
    }
}

/// The words of a neuron: decays in 16 bits, all else in 24 bits and in units of its own scale.
fn constants(layer: &Layer, neuron: usize, gain: f64, scale: f64) -> Constants {
    let of = &layer.neurons;
    let word = |x: f64| x.round().clamp(WORD_MIN as f64, WORD_MAX as f64) as i64;
    let keep = |factor: f64| DECAY_ONE - (DECAY_ONE as f64 * (1.0 - factor)).round() as i64;
    let recurrent = layer.recurrent.as_ref();
    let bias = layer.input.bias[neuron] + recurrent.map_or(0.0, |r| r.bias[neuron]);
    Constants {
        keep_u: keep(of.alpha[neuron]),
        keep_a: keep(of.rho[neuron]),
        threshold: word(of.base * scale),
        jump: word((1.0 - of.rho[neuron]) * of.beta * scale),
        bias: word(gain * bias * scale),
        adaptation_start: word(of.beta * of.adaptation_start * scale),
    }
}

impl RoundedLayer {
    /// Rounds a layer whose input `unit` stands for 1 (1 for spikes, 255 for pixels).
    pub fn new(layer: &Layer, unit: f64, rounding: &WeightRounding) -> RoundedLayer {
        let n = layer.size();
        let neurons = &layer.neurons;
        let gain: Vec<f64> = neurons.alpha.iter().map(|alpha| 1.0 - alpha).collect();
        let shift = (6 + rounding.exponent).max(0) as u32;
        let entering: Vec<f64> = (0..n)
            .map(|j| largest(&layer.input, &gain, j) / unit)
            .collect();
        let own: Vec<f64> = (0..n)
            .map(|j| {
                layer
                    .recurrent
                    .as_ref()
                    .map_or(0.0, |r| largest(r, &gain, j))
            })
            .collect();
        // the weights that decide the scale: the recurrent ones where they have an exponent of
        // their own
        let leading = |j: usize| {
            if rounding.separate && own[j] > 0.0 {
                own[j]
            } else {
                entering[j].max(own[j])
            }
        };
        let scale_of = |largest: f64| {
            if largest > 0.0 {
                rounding.mantissa_max() * f64::from(shift).exp2() / largest
            } else {
                1.0
            }
        };
        let scale: Vec<f64> = (0..n).map(|j| scale_of(leading(j))).collect();
        let entering_shift = |j: usize| {
            let relative = if rounding.separate && own[j] > 0.0 && entering[j] > 0.0 {
                (entering[j] / own[j]).log2().ceil()
            } else {
                0.0
            };
            (f64::from(shift) + relative).clamp(0.0, 13.0) as u32
        };
        let input = mantissas(
            &layer.input,
            &gain,
            &scale,
            (0..n).map(entering_shift).collect(),
            unit,
            rounding,
        );
        let recurrent = layer
            .recurrent
            .as_ref()
            .map(|r| mantissas(r, &gain, &scale, vec![shift; n], 1.0, rounding));
        let constants = |j: usize| constants(layer, j, gain[j], scale[j]);
        RoundedLayer {
            input,
            recurrent,
            neurons: (0..n).map(constants).collect(),
            scale,
        }
    }

    /// State of the layer before its first step.
    pub fn rest(&self) -> RoundedState {
        let a = self.neurons.iter().map(|c| c.adaptation_start).collect();
        RoundedState {
            u: vec![0; self.neurons.len()],
            a,
            active: vec![],
            peak: 0,
            clipped: 0,
        }
    }

    /// One step; `input` is what the synapses add to each neuron.
    fn update(&self, state: &mut RoundedState, input: &[i64]) {
        let fired = std::mem::take(&mut state.active);
        let mut next = fired.iter().peekable();
        let mut clipped = 0;
        let mut adds = |x: i64, y: i64| {
            let clipped_sum = (x + y).clamp(WORD_MIN, WORD_MAX);
            clipped += u64::from(clipped_sum != x + y);
            clipped_sum
        };
        for (j, constants) in self.neurons.iter().enumerate() {
            let spiked = next.next_if(|k| **k == j as u32).is_some();
            let a = adds(
                dec(state.a[j], constants.keep_a),
                if spiked { constants.jump } else { 0 },
            );
            let threshold = adds(constants.threshold, a);
            let driven = adds(dec(state.u[j], constants.keep_u), input[j]);
            let biased = adds(driven, constants.bias);
            let u = adds(biased, if spiked { -threshold } else { 0 });
            if u > threshold {
                state.active.push(j as u32);
            }
            (state.u[j], state.a[j], state.peak) = (u, a, state.peak.max(u.abs()));
        }
        state.clipped += clipped;
    }
}

fn add(rows: &Mantissas, source: usize, times: i64, sum: &mut [i64]) {
    for (s, c) in sum.iter_mut().zip(&rows.contributions[source]) {
        *s += times * c;
    }
}

impl RoundedNetwork {
    /// Rounds a network whose first layer's input `unit` stands for 1.
    pub fn new(network: &Network, unit: f64, rounding: &WeightRounding) -> RoundedNetwork {
        let unit_of = |k: usize| if k == 0 { unit } else { 1.0 };
        let layers = network
            .layers
            .iter()
            .enumerate()
            .map(|(k, l)| RoundedLayer::new(l, unit_of(k), rounding));
        RoundedNetwork {
            layers: layers.collect(),
        }
    }

    /// States of all layers before the first step.
    pub fn rest(&self) -> Vec<RoundedState> {
        self.layers.iter().map(RoundedLayer::rest).collect()
    }

    /// Step `step` (the first is 0) with an integer per input.
    pub fn step(&self, input: &[i64], order: Order, step: usize, state: &mut [RoundedState]) {
        let n = self.layers.len();
        for i in 0..n {
            let k = if order == Order::SameStep {
                i
            } else {
                n - 1 - i
            };
            if order == Order::Pipelined && step < k {
                continue;
            }
            let layer = &self.layers[k];
            let mut sum = vec![0; self.layers[k].neurons.len()];
            match k.checked_sub(1) {
                None => input
                    .iter()
                    .enumerate()
                    .filter(|(_, x)| **x != 0)
                    .for_each(|(s, x)| add(&layer.input, s, *x, &mut sum)),
                Some(before) => state[before]
                    .active
                    .iter()
                    .for_each(|s| add(&layer.input, *s as usize, 1, &mut sum)),
            }
            if let Some(own) = &layer.recurrent {
                state[k]
                    .active
                    .iter()
                    .for_each(|s| add(own, *s as usize, 1, &mut sum));
            }
            layer.update(&mut state[k], &sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srnn::float::Neurons;
    use seamount_reference::Matrix;

    fn layer() -> Layer {
        let input = Dense::new(
            &Matrix::from_fn(2, 1, |r, _| [1.0, -0.5][r]),
            vec![0.1, 0.2],
        );
        let recurrent = Some(Dense::new(
            &Matrix::from_fn(2, 2, |r, c| [[0.25, -0.125], [0.5, 0.25]][r][c]),
            vec![0.0, 0.0],
        ));
        let neurons = Neurons {
            alpha: vec![0.75, 0.5],
            rho: vec![0.875, 0.5],
            base: 0.1,
            beta: 1.8,
            adaptation_start: 0.01,
        };
        Layer {
            name: "x".into(),
            input,
            recurrent,
            neurons,
        }
    }

    #[test]
    fn the_largest_weight_of_each_neuron_fills_the_mantissa() {
        let shared = RoundedLayer::new(&layer(), 1.0, &WeightRounding::new(8, false, 1));
        assert_eq!(shared.input.by_source, [[127, -127]]);
        assert_eq!(
            shared.recurrent.as_ref().map(|r| r.by_source[0].clone()),
            Some(vec![32, 127])
        );
        assert_eq!(
            (
                shared.input.shift[0],
                shared.neurons[0].keep_u,
                shared.neurons[0].keep_a
            ),
            (7, 49_152, 57_344)
        );
        // S = 127 * 2^7 / 0.25, so the threshold is 0.1 S
        assert_eq!(
            shared.neurons[0].threshold,
            (0.1f64 * 127.0 * 128.0 / 0.25).round() as i64
        );
        let separate = RoundedLayer::new(&layer(), 1.0, &WeightRounding::new(8, true, 1));
        assert_eq!(
            separate.recurrent.as_ref().map(|r| r.by_source[0].clone()),
            Some(vec![127, 127])
        );
        assert_eq!(
            (separate.input.shift[0], separate.input.by_source[0][0]),
            (9, 127)
        );
    }

    #[test]
    fn integers_follow_the_floats() {
        let net = Network {
            layers: vec![layer()],
        };
        let integers = RoundedNetwork::new(&net, 1.0, &WeightRounding::new(8, true, 1));
        let mut float = net.rest();
        let mut state = integers.rest();
        for step in 0..40 {
            let x = i64::from(step % 3 == 0);
            net.step(&[x as f64], Order::SameStep, &mut float);
            integers.step(&[x], Order::SameStep, step, &mut state);
            let u = state[0].u[0] as f64 / integers.layers[0].scale[0];
            assert!(
                (u - float.layers[0].membrane[0]).abs() < 0.01,
                "step {step}: {u} {}",
                float.layers[0].membrane[0]
            );
            assert_eq!(state[0].active, float.layers[0].active);
        }
        assert_eq!(state[0].clipped, 0);
    }

    #[test]
    fn decay_goes_toward_zero_and_sums_saturate() {
        assert_eq!(
            [dec(4095, 65_520), dec(-4095, 65_520), dec(-1, 65_535)],
            [4094, -4094, 0]
        );
        let layer = RoundedLayer::new(&layer(), 1.0, &WeightRounding::new(8, false, 1));
        let mut state = layer.rest();
        layer.update(&mut state, &[WORD_MAX, WORD_MIN]);
        // the bias is added after the input has gone to the limit
        assert_eq!(
            (state.u[0], state.u[1]),
            (WORD_MAX, WORD_MIN + layer.neurons[1].bias)
        );
        assert_eq!((state.peak, state.clipped), (WORD_MAX, 1));
    }
}
