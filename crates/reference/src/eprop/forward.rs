//! One sequence through the network, from rest, in the order of A.1, steps 1 to 7.
//!
//! Order decides the bits: NEST's losses are met to the last digits only because the reset acts one
//! step late, the refractory counter moves before psi is taken, and the readout sees the spikes of
//! its own step. Nothing here learns; [`gradient`](super::gradient) reads what a run leaves behind.

use super::network::{Decays, EpropNetwork, Sequence, Weights};
use super::readout::error_into;
use crate::Matrix;

/// How much of a run is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Every state of every step.
    Everything,
    /// What gradients and losses read: v and the thresholds are left empty.
    WhatGradientsRead,
}

/// What the network did, step after step; matrices are `[step][neuron]`.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceRun {
    /// v after step 2 (before the reset, which acts one step later).
    pub v: Matrix,
    /// A_j, the adaptive threshold.
    pub adaptive_threshold: Matrix,
    /// psi_j, the pseudo-derivative.
    pub psi: Matrix,
    /// Recurrent neurons that spike, for each step.
    pub spikes: Vec<Vec<u32>>,
    /// y_k before any softmax.
    pub y: Matrix,
    /// e_k, 0 before the learning window.
    pub error: Matrix,
}

impl SequenceRun {
    fn empty(network: &EpropNetwork, keep: Keep) -> Self {
        let steps = network.sequence_steps;
        let n = network.recurrent_count();
        let kept = if keep == Keep::Everything { steps } else { 0 };
        Self {
            v: Matrix::zeros(kept, n),
            adaptive_threshold: Matrix::zeros(kept, n),
            psi: Matrix::zeros(steps, n),
            spikes: Vec::with_capacity(steps),
            y: Matrix::zeros(steps, network.outputs),
            error: Matrix::zeros(steps, network.outputs),
        }
    }

    /// Number of recurrent spikes.
    pub fn spike_count(&self) -> usize {
        self.spikes.iter().map(Vec::len).sum()
    }

    /// Spikes of each recurrent neuron over the sequence.
    pub fn spikes_per_neuron(&self) -> Vec<u32> {
        let mut counts = vec![0; self.psi.cols()];
        for &j in self.spikes.iter().flatten() {
            counts[j as usize] += 1;
        }
        counts
    }
}

/// State that one step hands to the next: one value a recurrent neuron, y one an output.
struct State {
    v: Vec<f64>,
    adaptation: Vec<f64>,
    /// Steps until the neuron may spike again, counted down at the start of a step.
    refractory: Vec<u32>,
    /// 1 where the neuron spiked in the step before, else 0: z' of the equations.
    spiked: Vec<f64>,
    /// A_j of this step; kept for the record only.
    threshold: Vec<f64>,
    y: Vec<f64>,
}

impl State {
    fn at_rest(network: &EpropNetwork) -> Self {
        let n = network.recurrent_count();
        Self {
            v: vec![0.0; n],
            adaptation: vec![0.0; n],
            refractory: vec![0; n],
            spiked: vec![0.0; n],
            threshold: vec![0.0; n],
            y: vec![0.0; network.outputs],
        }
    }
}

/// Weights by presynaptic neuron, so that a spike adds one contiguous row.
pub struct Fanout {
    w_in: Matrix,
    w_rec: Matrix,
    w_out: Matrix,
}

impl Fanout {
    /// Transposes the three matrices; the diagonal of W_rec is not connected.
    pub fn new(weights: &Weights) -> Self {
        let mut w_rec = weights.w_rec.transposed();
        w_rec.clear_diagonal();
        Self {
            w_in: weights.w_in.transposed(),
            w_rec,
            w_out: weights.w_out.transposed(),
        }
    }
}

/// Runs one sequence from rest and keeps every state.
pub fn run(network: &EpropNetwork, fanout: &Fanout, sequence: &Sequence) -> SequenceRun {
    run_keeping(network, fanout, sequence, Keep::Everything)
}

/// Runs one sequence from rest.
pub fn run_keeping(
    network: &EpropNetwork,
    fanout: &Fanout,
    sequence: &Sequence,
    keep: Keep,
) -> SequenceRun {
    let steps = network.sequence_steps;
    let decays = network.decays();
    let mut state = State::at_rest(network);
    let mut run = SequenceRun::empty(network, keep);
    let mut current = vec![0.0; network.recurrent_count()];
    let mut before: Vec<u32> = Vec::new();
    for t in 0..steps {
        current.fill(0.0);
        add_rows(&mut current, &fanout.w_in, &sequence.input[t]);
        add_rows(&mut current, &fanout.w_rec, &before);
        move_membranes(network, &decays, &current, &mut state);
        derive(network, &mut state, run.psi.row_mut(t));
        before = fire(network, &mut state, run.psi.row_mut(t));
        read_out(&decays, fanout, &before, &mut state.y);
        error_into(network, &sequence.target, t, &state.y, run.error.row_mut(t));
        if keep == Keep::Everything {
            run.v.row_mut(t).copy_from_slice(&state.v);
            run.adaptive_threshold
                .row_mut(t)
                .copy_from_slice(&state.threshold);
        }
        run.y.row_mut(t).copy_from_slice(&state.y);
        run.spikes.push(before.clone());
    }
    run
}

/// sum_i W[j,i] s_i for every j.
fn add_rows(current: &mut [f64], fanout: &Matrix, spikes: &[u32]) {
    for &i in spikes {
        for (c, w) in current.iter_mut().zip(fanout.row(i as usize)) {
            *c += w;
        }
    }
}

/// A.1 steps 2 and 3: v <- alpha v + zeta I - v_th z', a <- rho a + z'.
fn move_membranes(network: &EpropNetwork, decays: &Decays, current: &[f64], state: &mut State) {
    let before = &state.spiked;
    for ((v, i), z) in state.v.iter_mut().zip(current).zip(before) {
        *v = decays.alpha * *v + decays.zeta_rec * i - network.threshold * z;
    }
    for (a, z) in state.adaptation.iter_mut().zip(before) {
        *a = decays.rho * *a + z;
    }
}

/// A.1 steps 3 and 4, before refractoriness: A_j = v_th + beta_j a_j, and psi_j.
fn derive(network: &EpropNetwork, state: &mut State, psi: &mut [f64]) {
    let sources = network.adaptation_strength.iter().zip(&state.adaptation);
    for (threshold, (beta, a)) in state.threshold.iter_mut().zip(sources) {
        *threshold = network.threshold + beta * a;
    }
    for ((psi, v), threshold) in psi.iter_mut().zip(&state.v).zip(&state.threshold) {
        *psi = surrogate(network, v - threshold);
    }
}

/// A.1 steps 1, 4 and 5: refractory neurons have no psi; the others spike at the threshold.
fn fire(network: &EpropNetwork, state: &mut State, psi: &mut [f64]) -> Vec<u32> {
    let mut spikes = Vec::new();
    state.spiked.fill(0.0);
    for (j, refractory) in state.refractory.iter_mut().enumerate() {
        *refractory = refractory.saturating_sub(1);
        if *refractory > 0 {
            psi[j] = 0.0;
            continue;
        }
        let v = state.v[j];
        let threshold = state.threshold[j];
        if v > threshold || (network.spikes_at_equality && v == threshold) {
            *refractory = network.refractory_steps;
            state.spiked[j] = 1.0;
            spikes.push(j as u32);
        }
    }
    spikes
}

/// psi = (gamma / v_th) max(0, 1 - |v - A| / v_th), A.1 step 4.
pub(crate) fn surrogate(network: &EpropNetwork, above_threshold: f64) -> f64 {
    network.surrogate_height * (1.0 - above_threshold.abs() / network.surrogate_width).max(0.0)
}

/// y_k <- kappa y_k + zeta_out sum_j W_out[k,j] z_j, A.1 step 6.
fn read_out(decays: &Decays, fanout: &Fanout, spikes: &[u32], y: &mut [f64]) {
    for (k, y) in y.iter_mut().enumerate() {
        let sum: f64 = spikes.iter().map(|&j| fanout.w_out.at(j as usize, k)).sum();
        *y = decays.kappa * *y + decays.zeta_out * sum;
    }
}
