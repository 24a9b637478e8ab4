//! E-prop step by step (A.2): there are no sequences, weights move in every step, two steps late.
//!
//! Against A.1: the reset acts in the spike's own step, the running rate replaces the mean over a
//! sequence and has its own filter of e, and the gradient of step h reaches the weights at step
//! h + 2, when the error has travelled to the readout and back. Past a cutoff after a presynaptic
//! spike, traces only decay.
//!
//! [`Online`] is NEST's `eprop_iaf` and is held against its losses. It keeps a history of two
//! steps, which a chip does not have; [`Late`] is the same without it, and is what learning on the
//! chip is compared with.

mod late;
mod synapses;

pub use late::{Eligibility, Late, LateInput, LateRule, Psi};

use serde::Serialize;

use crate::Matrix;
use crate::eprop::forward::surrogate;
use crate::eprop::network::{Decays, EpropNetwork, Feedback, Target, Weights};
use crate::eprop::optimise::Optimiser;
use crate::eprop::readout::error_into;
use synapses::{Arrivals, Postsynaptic, ReadoutSynapses, RecurrentSynapses, Timing};

/// What a spike does to the membrane, in its own step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum SpikeReset {
    /// v <- v - v_th (`eprop_iaf`).
    Subtract,
    /// v <- this value (`eprop_iaf_psc_delta`).
    To(f64),
}

/// Settings that A.2 has beside the network's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OnlineRule {
    /// Decay of ebar.
    pub kappa: f64,
    /// Decay of the filtered e of rate regularisation, and of the running rate.
    pub kappa_reg: f64,
    /// Steps after a presynaptic spike for which its synapses keep learning.
    pub cutoff_steps: u64,
    /// What a spike does to the membrane.
    pub reset: SpikeReset,
}

/// What one step leaves for the update two steps later.
#[derive(Debug, Clone, Default)]
struct Entry {
    input: Vec<u32>,
    /// Recurrent spikes that arrive in this step: those of the step before.
    arriving: Vec<u32>,
    /// Recurrent spikes of this step, which the readout sees at once.
    spikes: Vec<u32>,
    psi: Vec<f64>,
    rate_error: Vec<f64>,
    error: Vec<f64>,
}

/// A network that learns as it runs.
#[derive(Debug, Clone)]
pub struct Online {
    network: EpropNetwork,
    rule: OnlineRule,
    optimiser: Optimiser,
    decays: Decays,
    feedback: Feedback,
    step: u64,
    v: Vec<f64>,
    adaptation: Vec<f64>,
    refractory: Vec<u32>,
    rate: Vec<f64>,
    y: Vec<f64>,
    from_inputs: RecurrentSynapses,
    from_recurrent: RecurrentSynapses,
    to_readout: ReadoutSynapses,
    /// The entry of the step before and of the one before that.
    pending: [Option<Entry>; 2],
}

impl Online {
    /// A network at rest, before its first step. The network's error window is
    /// that of sequences and plays no role here; its gains do (A.2: both `Unit`).
    /// Adaptive feedback stays as drawn: A.2 knows none.
    pub fn new(
        network: EpropNetwork,
        rule: OnlineRule,
        optimiser: Optimiser,
        mut weights: Weights,
        feedback: Feedback,
    ) -> Self {
        weights.w_rec.clear_diagonal();
        let n = network.recurrent_count();
        Self {
            decays: network.decays(),
            step: 0,
            v: vec![0.0; n],
            adaptation: vec![0.0; n],
            refractory: vec![0; n],
            rate: vec![0.0; n],
            y: vec![0.0; network.outputs],
            from_inputs: RecurrentSynapses::new(weights.w_in, 0),
            from_recurrent: RecurrentSynapses::new(weights.w_rec, 1),
            to_readout: ReadoutSynapses::new(weights.w_out),
            pending: [None, None],
            network: EpropNetwork {
                learning_window_steps: network.sequence_steps,
                ..network
            },
            rule,
            optimiser,
            feedback,
        }
    }

    /// The weights as they stand.
    pub fn weights(&self) -> Weights {
        Weights {
            w_in: self.from_inputs.weights().clone(),
            w_rec: self.from_recurrent.weights().clone(),
            w_out: self.to_readout.weights().clone(),
        }
    }

    /// Membranes after the last step.
    pub fn membranes(&self) -> &[f64] {
        &self.v
    }

    /// One step: update, integrate, spike, read out. `target` has one value an
    /// output, or is a class; answers the readout of this step.
    pub fn step(&mut self, input: &[u32], target: &Target) -> &[f64] {
        self.learn();
        let arriving = self.pending[0]
            .as_ref()
            .map(|entry| entry.spikes.clone())
            .unwrap_or_default();
        self.integrate(input, &arriving);
        let mut psi = vec![0.0; self.v.len()];
        let spikes = self.fire(&mut psi);
        let rate_error = self.measure_rates(&spikes);
        self.read_out(&spikes);
        let mut error = vec![0.0; self.y.len()];
        error_into(&self.network, target, 0, &self.y, &mut error);
        let entry = Entry {
            input: input.to_vec(),
            arriving,
            spikes,
            psi,
            rate_error,
            error,
        };
        self.pending[1] = self.pending[0].replace(entry);
        self.step += 1;
        &self.y
    }

    /// The update of step h = now - 2, which knows the arrivals of step h + 1.
    fn learn(&mut self) {
        let (Some(next), Some(now)) = (&self.pending[0], &self.pending[1]) else {
            return;
        };
        let b = match &self.feedback {
            Feedback::Symmetric => self.to_readout.weights().transposed(),
            Feedback::Random(b) | Feedback::Adaptive(b) => b.clone(),
        };
        let signals = signals(&b, &now.error);
        let post = Postsynaptic {
            psi: &now.psi,
            signals: &signals,
            rate_errors: &now.rate_error,
            beta: &self.network.adaptation_strength,
        };
        let timing = Timing {
            step: self.step - 2,
            cutoff_steps: self.rule.cutoff_steps,
        };
        let decays = &self.decays;
        let rule = &self.rule;
        let optimiser = &self.optimiser;
        let input = Arrivals {
            now: &now.input,
            next: &next.input,
        };
        self.from_inputs
            .learn(timing, input, &post, decays, rule, optimiser);
        let recurrent = Arrivals {
            now: &now.arriving,
            next: &next.arriving,
        };
        self.from_recurrent
            .learn(timing, recurrent, &post, decays, rule, optimiser);
        self.from_recurrent.clear_autapses();
        let out = Arrivals {
            now: &now.spikes,
            next: &next.spikes,
        };
        self.to_readout
            .learn(timing, out, &now.error, decays, optimiser);
    }

    /// v <- alpha v + zeta_rec I; a <- rho a + z' (the reset has acted already).
    fn integrate(&mut self, input: &[u32], arriving: &[u32]) {
        let mut current = vec![0.0; self.v.len()];
        for (synapses, spikes) in [(&self.from_inputs, input), (&self.from_recurrent, arriving)] {
            for (j, c) in current.iter_mut().enumerate() {
                *c += spikes
                    .iter()
                    .map(|&i| synapses.weights().at(j, i as usize))
                    .sum::<f64>();
            }
        }
        for (v, c) in self.v.iter_mut().zip(&current) {
            *v = self.decays.alpha * *v + self.decays.zeta_rec * c;
        }
        self.adaptation
            .iter_mut()
            .for_each(|a| *a *= self.decays.rho);
        arriving
            .iter()
            .for_each(|&j| self.adaptation[j as usize] += 1.0);
    }

    fn fire(&mut self, psi: &mut [f64]) -> Vec<u32> {
        let mut spikes = Vec::new();
        for (j, psi) in psi.iter_mut().enumerate() {
            let refractory = self.refractory[j].saturating_sub(1);
            let threshold =
                self.network.threshold + self.network.adaptation_strength[j] * self.adaptation[j];
            let free = refractory == 0;
            *psi = if free {
                surrogate(&self.network, self.v[j] - threshold)
            } else {
                0.0
            };
            let reaches = if self.network.spikes_at_equality {
                self.v[j] >= threshold
            } else {
                self.v[j] > threshold
            };
            self.refractory[j] = refractory;
            if free && reaches {
                self.refractory[j] = self.network.refractory_steps;
                self.v[j] = match self.rule.reset {
                    SpikeReset::Subtract => self.v[j] - self.network.threshold,
                    SpikeReset::To(v) => v,
                };
                spikes.push(j as u32);
            }
        }
        spikes
    }

    /// f <- kappa_reg f + (1 - kappa_reg) z; answers c_reg (f - f_target).
    fn measure_rates(&mut self, spikes: &[u32]) -> Vec<f64> {
        let kappa = self.rule.kappa_reg;
        self.rate.iter_mut().for_each(|f| *f *= kappa);
        spikes
            .iter()
            .for_each(|&j| self.rate[j as usize] += 1.0 - kappa);
        let target = self.network.rate_target_hz / 1000.0;
        self.rate
            .iter()
            .map(|f| self.network.rate_regularisation * (f - target))
            .collect()
    }

    fn read_out(&mut self, spikes: &[u32]) {
        for (k, y) in self.y.iter_mut().enumerate() {
            let sum: f64 = spikes
                .iter()
                .map(|&j| self.to_readout.weights().at(k, j as usize))
                .sum();
            *y = self.decays.kappa * *y + self.decays.zeta_out * sum;
        }
    }
}

fn signals(b: &Matrix, error: &[f64]) -> Vec<f64> {
    (0..b.rows())
        .map(|j| b.row(j).iter().zip(error).map(|(b, e)| b * e).sum())
        .collect()
}
