//! The network in integers, step by step: what a chip must do, bit for bit.
//!
//! A spike of step k reaches its targets in step k + 1. Neurons fire early by that step (and half
//! of one, since a spike is somewhere in its step), so that it arrives when it should.

use super::integer::{Euler, Rotor, RotorState};
use super::quantise::{self, NeuronWeights, SynapsePrecision};
use super::{DURATION, INPUT_TIME, SIZES, net};
use std::f64::consts::PI;

/// Steps of a trial: no fewer, no more.
pub const STEPS: std::ops::RangeInclusive<usize> = 4..=4096;
/// The period of a neuron.
const PERIOD: f64 = 6.0;

/// Form of the neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThetaForm {
    /// (c, s), exact for any step.
    Rotor,
    /// V, one Euler step a step.
    Euler,
}

/// The network with 8-bit weights, before a length of step is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantisedTheta {
    /// Weights that reach each neuron.
    pub neurons: Vec<NeuronWeights>,
    /// Initial phases.
    pub phases: Vec<f64>,
    rows: Vec<Vec<i64>>,
    precision: SynapsePrecision,
}

impl QuantisedTheta {
    /// From the parameters of the float network.
    pub fn new(parameters: &[f64], precision: SynapsePrecision) -> QuantisedTheta {
        let mut neurons = vec![];
        let mut rows = vec![];
        let mut at = 0;
        for pair in SIZES.windows(2) {
            let sources = pair[0];
            let targets = pair[1];
            let to = |target: usize| {
                (0..sources)
                    .map(|i| parameters[at + i * targets + target])
                    .collect::<Vec<f64>>()
            };
            let layer: Vec<NeuronWeights> = (0..targets)
                .map(|target| quantise::quantise(&to(target), precision))
                .collect();
            rows.extend((0..sources).map(|i| layer.iter().map(|n| n.sum(i)).collect()));
            neurons.extend(layer);
            at += sources * targets;
        }
        QuantisedTheta {
            neurons,
            phases: parameters[at..].to_vec(),
            rows,
            precision,
        }
    }

    /// Synapses of a connection.
    pub fn precision(&self) -> SynapsePrecision {
        self.precision
    }

    /// Weights from each source, inputs first, to every neuron of the layer after it, in the units
    /// of the neuron's sums.
    pub fn rows(&self) -> &[Vec<i64>] {
        &self.rows
    }

    /// Largest |sum of weights| that any set of sources can bring a neuron, in units of V.
    pub fn largest_kick(&self) -> f64 {
        let side = |n: &NeuronWeights, sign: i64| {
            (0..n.mantissas.len())
                .map(|i| (n.sum(i) * sign).max(0))
                .sum::<i64>()
        };
        let kick = |n: &NeuronWeights| {
            side(n, 1).max(side(n, -1)) as f64 / f64::from(1u32 << n.sum_shift())
        };
        self.neurons.iter().map(kick).fold(0.0, f64::max)
    }
}

/// States of all neurons.
#[derive(Debug, Clone, PartialEq, Eq)]
enum States {
    Rotor(Rotor, Vec<RotorState>),
    Euler(Euler, u32, Vec<i64>),
}

/// The network at a length of step.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped<'a> {
    net: &'a QuantisedTheta,
    start: States,
    /// Steps of a trial; the last in which a spike counts is one before, since it stands for the
    /// time of the step after it.
    pub steps: usize,
    /// Step in which pixels arrive.
    pub input_step: usize,
}

/// Class and spikes of the integers on one image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegerOutcome {
    /// First output to fire (the lowest of equals), and its step.
    pub fired: Option<(usize, usize)>,
    /// Spikes: neuron and step.
    pub spikes: Vec<(usize, usize)>,
    /// (spike, synapse) pairs.
    pub synaptic_operations: usize,
}

impl<'a> Stepped<'a> {
    /// T is divided into `steps`. Pixels arrive in the nearest step; the phases make up for the
    /// rest.
    pub fn new(net: &'a QuantisedTheta, form: ThetaForm, steps: usize) -> Stepped<'a> {
        let dt = DURATION / steps as f64;
        let delta = PI * dt / PERIOD;
        let input_step = ((INPUT_TIME / dt).round() as usize).max(1);
        let offset = INPUT_TIME - input_step as f64 * dt;
        let angles = net
            .phases
            .iter()
            .map(|phase| PI * (phase + offset).clamp(0.0, PERIOD) / PERIOD);
        let start = match form {
            ThetaForm::Rotor => States::Rotor(
                quantise::rotor(delta),
                angles.map(|a| quantise::rotor_state(a, delta)).collect(),
            ),
            ThetaForm::Euler => {
                let v_max = 0.25 / delta;
                let bits = ((22.9 - v_max.max(4.0).log2()) as u32).min(16);
                let euler = quantise::euler(delta, bits, v_max.max(4.0));
                States::Euler(
                    euler,
                    bits,
                    angles.map(|a| quantise::euler_state(a, &euler)).collect(),
                )
            }
        };
        Stepped {
            net,
            start,
            steps,
            input_step,
        }
    }

    /// The network with its weights.
    pub fn quantised(&self) -> &QuantisedTheta {
        self.net
    }

    /// The rotor's constants and initial states, if it is one.
    pub fn rotor(&self) -> Option<(Rotor, &[RotorState])> {
        match &self.start {
            States::Rotor(rotor, states) => Some((*rotor, states)),
            States::Euler(..) => None,
        }
    }

    /// Runs one image; every spike of every step is in the outcome.
    pub fn run(&self, image: &[u8]) -> IntegerOutcome {
        let pixels = SIZES[0];
        let hidden = SIZES[1] + SIZES[2];
        let mut outcome = IntegerOutcome::default();
        let mut states = self.start.clone();
        let mut sums = vec![0i64; self.net.neurons.len()];
        let mut fired = vec![];
        for step in 1..self.steps {
            if step == self.input_step {
                for pixel in net::bright(image) {
                    add(&mut sums, &self.net.rows[pixel]);
                    outcome.synaptic_operations += SIZES[1];
                }
            }
            fired.clear();
            self.update(&mut states, &sums, &mut fired);
            sums.fill(0);
            for &neuron in &fired {
                outcome.spikes.push((neuron, step));
                if neuron >= hidden {
                    outcome.fired.get_or_insert((neuron - hidden, step));
                    continue;
                }
                let first = if neuron < SIZES[1] { SIZES[1] } else { hidden };
                let row = &self.net.rows[pixels + neuron];
                add(&mut sums[first..], row);
                outcome.synaptic_operations += row.len();
            }
        }
        outcome
    }

    /// One step of all neurons.
    fn update(&self, states: &mut States, sums: &[i64], fired: &mut Vec<usize>) {
        let inputs = sums.iter().zip(&self.net.neurons);
        match states {
            States::Rotor(rotor, states) => {
                for (neuron, (state, (sum, weights))) in states.iter_mut().zip(inputs).enumerate() {
                    if rotor.step(state, *sum, weights.sum_shift()) {
                        fired.push(neuron);
                    }
                }
            }
            States::Euler(euler, bits, states) => {
                for (neuron, (v, (sum, weights))) in states.iter_mut().zip(inputs).enumerate() {
                    let by = *bits as i32 - weights.sum_shift() as i32;
                    if euler.step(v, if by >= 0 { sum << by } else { sum >> -by }) {
                        fired.push(neuron);
                    }
                }
            }
        }
    }
}

fn add(sums: &mut [i64], row: &[i64]) {
    for (sum, w) in sums.iter_mut().zip(row) {
        *sum += w;
    }
}
