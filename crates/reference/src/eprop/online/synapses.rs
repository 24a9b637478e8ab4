//! Synapses of A.2: their traces, when they learn, and their own optimiser state.

use super::OnlineRule;
use crate::Matrix;
use crate::eprop::network::Decays;
use crate::eprop::optimise::{Descent, Optimiser};

/// The step whose gradient is applied, and how long synapses stay awake.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    pub(super) step: u64,
    pub(super) cutoff_steps: u64,
}

/// Presynaptic spikes that arrive in the step and in the one after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrivals<'a> {
    pub(super) now: &'a [u32],
    pub(super) next: &'a [u32],
}

/// What the postsynaptic neurons contribute in that step.
pub(super) struct Postsynaptic<'a> {
    pub(super) psi: &'a [f64],
    pub(super) signals: &'a [f64],
    pub(super) rate_errors: &'a [f64],
    pub(super) beta: &'a [f64],
}

/// Optimiser steps that count as done before the first: Adam's bias correction
/// counts from the start of NEST's simulation, asleep or awake, and a spike
/// takes two steps to the recurrent neurons, three to the readout.
const STEPS_BEFORE_RECURRENT: i32 = 2;
const STEPS_BEFORE_READOUT: i32 = 3;

/// One presynaptic neuron's part: its trace and its wakefulness.
#[derive(Debug, Clone)]
struct Presynaptic {
    zbar: f64,
    last_arrival: Option<u64>,
    /// Updates done by each of its synapses.
    updates: i32,
    /// Steps slept through since the last of them.
    missed: i32,
}

impl Presynaptic {
    fn new(steps_before: i32) -> Self {
        Self {
            zbar: 0.0,
            last_arrival: None,
            updates: 0,
            missed: steps_before,
        }
    }

    /// True where the synapses learn in this step: `cutoff_steps` steps from an arrival on.
    fn wake(
        &mut self,
        timing: Timing,
        arrived: bool,
        arrives_next: bool,
        decay: f64,
        gain: f64,
    ) -> bool {
        self.zbar = decay * self.zbar + if arrived { gain } else { 0.0 };
        if arrives_next {
            self.last_arrival = Some(timing.step + 1);
        } else if arrived && self.last_arrival.is_none() {
            self.last_arrival = Some(timing.step);
        }
        let awake = self
            .last_arrival
            .is_some_and(|last| timing.step + 1 - last < timing.cutoff_steps);
        if !awake {
            self.missed += 1;
        }
        awake
    }

    /// To call after the synapses' update.
    fn close(&mut self) {
        self.updates += 1 + self.missed;
        self.missed = 0;
    }
}

/// Weights with first and second moments.
#[derive(Debug, Clone)]
struct Plastic {
    weights: Matrix,
    first: Matrix,
    second: Matrix,
}

impl Plastic {
    fn new(weights: Matrix) -> Self {
        let zeros = Matrix::zeros(weights.rows(), weights.cols());
        Self {
            weights,
            first: zeros.clone(),
            second: zeros,
        }
    }

    /// One update of one synapse. Steps it slept through follow with gradient
    /// zero, in NEST's order: they are caught up on only now.
    fn update(
        &mut self,
        j: usize,
        i: usize,
        gradient: f64,
        pre: &Presynaptic,
        optimiser: &Optimiser,
    ) {
        let eta = optimiser.learning_rate;
        let mut w = self.weights.at(j, i);
        match optimiser.rule {
            Descent::GradientDescent => w -= eta * gradient,
            Descent::Adam {
                beta_1,
                beta_2,
                epsilon,
            } => {
                let mut m = self.first.at(j, i);
                let mut v = self.second.at(j, i);
                let mut g = gradient;
                for t in pre.updates + 1..=pre.updates + 1 + pre.missed {
                    let rate = eta * (1.0 - beta_2.powi(t)).sqrt() / (1.0 - beta_1.powi(t));
                    m = beta_1 * m + (1.0 - beta_1) * g;
                    v = beta_2 * v + (1.0 - beta_2) * g * g;
                    w -= rate * m / (v.sqrt() + epsilon);
                    g = 0.0;
                }
                self.first.set(j, i, m);
                self.second.set(j, i, v);
            }
        }
        self.weights
            .set(j, i, w.max(optimiser.weight_min).min(optimiser.weight_max));
    }
}

/// Synapses onto recurrent neurons.
#[derive(Debug, Clone)]
pub(super) struct RecurrentSynapses {
    plastic: Plastic,
    pre: Vec<Presynaptic>,
    eps: Matrix,
    ebar: Matrix,
    ebar_reg: Matrix,
    layer_factor: usize,
}

impl RecurrentSynapses {
    /// `layer_factor` says which of the optimiser's layer factors holds.
    pub(super) fn new(weights: Matrix, layer_factor: usize) -> Self {
        let zeros = Matrix::zeros(weights.rows(), weights.cols());
        Self {
            pre: vec![Presynaptic::new(STEPS_BEFORE_RECURRENT); weights.cols()],
            plastic: Plastic::new(weights),
            eps: zeros.clone(),
            ebar: zeros.clone(),
            ebar_reg: zeros,
            layer_factor,
        }
    }

    pub(super) fn weights(&self) -> &Matrix {
        &self.plastic.weights
    }

    pub(super) fn clear_autapses(&mut self) {
        self.plastic.weights.clear_diagonal();
    }

    /// e = psi (zbar - beta eps); ebar <- kappa ebar + e; g = L ebar + c_reg (f - f*) ebar_reg.
    pub(super) fn learn(
        &mut self,
        timing: Timing,
        arrivals: Arrivals,
        post: &Postsynaptic,
        decays: &Decays,
        rule: &OnlineRule,
        optimiser: &Optimiser,
    ) {
        let factor = optimiser.layer_factors[self.layer_factor];
        for i in 0..self.pre.len() {
            let now = contains(arrivals.now, i);
            let next = contains(arrivals.next, i);
            let awake = self.pre[i].wake(timing, now, next, decays.alpha, decays.zeta_rec);
            let zbar = self.pre[i].zbar;
            for j in 0..post.psi.len() {
                let eps = self.eps.at(j, i);
                let e = if awake {
                    post.psi[j] * (zbar - post.beta[j] * eps)
                } else {
                    0.0
                };
                let ebar = rule.kappa * self.ebar.at(j, i) + decays.zeta_out * e;
                let ebar_reg = rule.kappa_reg * self.ebar_reg.at(j, i) + (1.0 - rule.kappa_reg) * e;
                self.eps.set(j, i, decays.rho * eps + e);
                self.ebar.set(j, i, ebar);
                self.ebar_reg.set(j, i, ebar_reg);
                if awake {
                    let gradient = post.signals[j] * ebar + post.rate_errors[j] * ebar_reg;
                    self.plastic
                        .update(j, i, factor * gradient, &self.pre[i], optimiser);
                }
            }
            if awake {
                self.pre[i].close();
            }
        }
    }
}

/// Synapses onto the readout.
#[derive(Debug, Clone)]
pub(super) struct ReadoutSynapses {
    plastic: Plastic,
    pre: Vec<Presynaptic>,
}

impl ReadoutSynapses {
    pub(super) fn new(weights: Matrix) -> Self {
        let pre = vec![Presynaptic::new(STEPS_BEFORE_READOUT); weights.cols()];
        Self {
            pre,
            plastic: Plastic::new(weights),
        }
    }

    pub(super) fn weights(&self) -> &Matrix {
        &self.plastic.weights
    }

    /// g_kj = e_k zbar_j, zbar behind the readout's own filter.
    pub(super) fn learn(
        &mut self,
        timing: Timing,
        arrivals: Arrivals,
        error: &[f64],
        decays: &Decays,
        optimiser: &Optimiser,
    ) {
        let factor = optimiser.layer_factors[2];
        for j in 0..self.pre.len() {
            let now = contains(arrivals.now, j);
            let next = contains(arrivals.next, j);
            if !self.pre[j].wake(timing, now, next, decays.kappa, decays.zeta_out) {
                continue;
            }
            for (k, error) in error.iter().enumerate() {
                let gradient = factor * error * self.pre[j].zbar;
                self.plastic.update(k, j, gradient, &self.pre[j], optimiser);
            }
            self.pre[j].close();
        }
    }
}

fn contains(spikes: &[u32], i: usize) -> bool {
    spikes.iter().any(|&s| s as usize == i)
}
