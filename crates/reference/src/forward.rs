//! One sequence through the network: the order of A.1, steps 1 to 7.

use crate::matrix::Matrix;
use crate::network::{Decays, Network, Sequence, Weights};
use crate::readout::error_into;

/// What the network did, step after step; matrices are `[step][neuron]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
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
    /// e_k.
    pub error: Matrix,
}

impl Run {
    /// Number of recurrent spikes.
    pub fn spike_count(&self) -> usize {
        self.spikes.iter().map(Vec::len).sum()
    }

    /// Spikes of each recurrent neuron over the sequence.
    pub fn spikes_per_neuron(&self) -> Vec<u32> {
        let mut counts = vec![0; self.v.cols()];
        for &j in self.spikes.iter().flatten() {
            counts[j as usize] += 1;
        }
        counts
    }
}

/// State that one step hands to the next.
struct State {
    v: Vec<f64>,
    adaptation: Vec<f64>,
    refractory: Vec<u32>,
    spiked: Vec<f64>,
    y: Vec<f64>,
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

/// Runs one sequence from rest.
pub fn run(network: &Network, fanout: &Fanout, sequence: &Sequence) -> Run {
    let (steps, n, outputs) = (
        network.sequence_steps,
        network.recurrent_count(),
        network.outputs,
    );
    let decays = network.decays();
    let mut state = State {
        v: vec![0.0; n],
        adaptation: vec![0.0; n],
        refractory: vec![0; n],
        spiked: vec![0.0; n],
        y: vec![0.0; outputs],
    };
    let mut run = Run {
        v: Matrix::zeros(steps, n),
        adaptive_threshold: Matrix::zeros(steps, n),
        psi: Matrix::zeros(steps, n),
        spikes: Vec::with_capacity(steps),
        y: Matrix::zeros(steps, outputs),
        error: Matrix::zeros(steps, outputs),
    };
    let mut current = vec![0.0; n];
    let mut before: Vec<u32> = Vec::new();
    for t in 0..steps {
        current.fill(0.0);
        add_rows(&mut current, &fanout.w_in, &sequence.input[t]);
        add_rows(&mut current, &fanout.w_rec, &before);
        move_membranes(network, &decays, &current, &mut state);
        before = fire(
            network,
            &mut state,
            run.psi.row_mut(t),
            run.adaptive_threshold.row_mut(t),
        );
        read_out(&decays, fanout, &before, &mut state.y);
        error_into(network, &sequence.target, t, &state.y, run.error.row_mut(t));
        run.v.row_mut(t).copy_from_slice(&state.v);
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
fn move_membranes(network: &Network, decays: &Decays, current: &[f64], state: &mut State) {
    let before = &state.spiked;
    for ((v, i), z) in state.v.iter_mut().zip(current).zip(before) {
        *v = decays.alpha * *v + decays.zeta_rec * i - network.threshold * z;
    }
    for (a, z) in state.adaptation.iter_mut().zip(before) {
        *a = decays.rho * *a + z;
    }
}

/// A.1 steps 1, 3, 4, 5: thresholds, pseudo-derivatives, and who spikes.
fn fire(
    network: &Network,
    state: &mut State,
    psi: &mut [f64],
    adaptive_threshold: &mut [f64],
) -> Vec<u32> {
    let mut spikes = Vec::new();
    for j in 0..state.v.len() {
        let refractory = state.refractory[j].saturating_sub(1);
        let threshold = network.threshold + network.adaptation_strength[j] * state.adaptation[j];
        let (v, free) = (state.v[j], refractory == 0);
        psi[j] = if free {
            surrogate(network, v - threshold)
        } else {
            0.0
        };
        adaptive_threshold[j] = threshold;
        let reaches = if network.spikes_at_equality {
            v >= threshold
        } else {
            v > threshold
        };
        let fires = free && reaches;
        state.refractory[j] = if fires {
            network.refractory_steps
        } else {
            refractory
        };
        state.spiked[j] = f64::from(u8::from(fires));
        if fires {
            spikes.push(j as u32);
        }
    }
    spikes
}

/// psi = (gamma / v_th) max(0, 1 - |v - A| / v_th), A.1 step 4.
pub(crate) fn surrogate(network: &Network, above_threshold: f64) -> f64 {
    network.surrogate_height * (1.0 - above_threshold.abs() / network.surrogate_width).max(0.0)
}

/// y_k <- kappa y_k + zeta_out sum_j W_out[k,j] z_j, A.1 step 6.
fn read_out(decays: &Decays, fanout: &Fanout, spikes: &[u32], y: &mut [f64]) {
    for (k, y) in y.iter_mut().enumerate() {
        let sum: f64 = spikes.iter().map(|&j| fanout.w_out.at(j as usize, k)).sum();
        *y = decays.kappa * *y + decays.zeta_out * sum;
    }
}
