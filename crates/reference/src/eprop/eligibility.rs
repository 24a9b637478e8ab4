//! The gradient by eligibility traces, forward in time (A.1, "Eligibility").
//!
//! This is the form of the paper, and of a chip: every synapse keeps eps and ebar, and no step
//! needs a later one. [`adjoint`](super::adjoint) gives the same sum faster and is checked against
//! this one.

use serde::Serialize;

use super::forward::SequenceRun;
use super::gradient::{learning_signals, rate_factors};
use super::network::{Decays, EpropNetwork, Sequence, Weights};
use crate::Matrix;

/// Gradient of one sequence, before averaging; the diagonal of W_rec is not cleared.
pub fn gradient(
    network: &EpropNetwork,
    feedback: &Matrix,
    sequence: &Sequence,
    run: &SequenceRun,
) -> Weights {
    let n = network.recurrent_count();
    let decays = network.decays();
    let zbar = presynaptic_traces(network, &decays, sequence, run);
    let signals = learning_signals(feedback, &run.error);
    let rates = rate_factors(network, run);
    let mut g_in = Matrix::zeros(n, network.inputs);
    let mut g_rec = Matrix::zeros(n, n);
    for (j, rate) in rates.iter().enumerate() {
        let row = row_gradient(network, &decays, &zbar, run, &signals, j, *rate);
        let (from_inputs, from_recurrent) = row.split_at(network.inputs);
        g_in.row_mut(j).copy_from_slice(from_inputs);
        g_rec.row_mut(j).copy_from_slice(from_recurrent);
    }
    Weights {
        w_in: g_in,
        w_rec: g_rec,
        w_out: readout_gradient(network, &decays, run),
    }
}

/// zbar_i <- alpha zbar_i + zeta_rec s_i for inputs, then recurrent neurons.
///
/// s_i is x_i of the same step for an input, z_i of the step before for a neuron.
pub fn presynaptic_traces(
    network: &EpropNetwork,
    decays: &Decays,
    sequence: &Sequence,
    run: &SequenceRun,
) -> Matrix {
    let inputs = network.inputs;
    let mut zbar = Matrix::zeros(network.sequence_steps, inputs + network.recurrent_count());
    let mut trace = vec![0.0; zbar.cols()];
    let mut spikes_before: &[u32] = &[];
    for t in 0..network.sequence_steps {
        trace.iter_mut().for_each(|z| *z *= decays.alpha);
        for &i in &sequence.input[t] {
            trace[i as usize] += decays.zeta_rec;
        }
        for &i in spikes_before {
            trace[inputs + i as usize] += decays.zeta_rec;
        }
        spikes_before = &run.spikes[t];
        zbar.row_mut(t).copy_from_slice(&trace);
    }
    zbar
}

/// g_ji of every presynaptic i for one neuron j:
/// sum_t L_j ebar_ji + c_reg (f_av - f_target) / T sum_t e_ji.
fn row_gradient(
    network: &EpropNetwork,
    decays: &Decays,
    zbar: &Matrix,
    run: &SequenceRun,
    signals: &Matrix,
    j: usize,
    rate_factor: f64,
) -> Vec<f64> {
    let sources = zbar.cols();
    let beta = network.adaptation_strength[j];
    let mut eps = vec![0.0; sources];
    let mut ebar = vec![0.0; sources];
    let mut gradient = vec![0.0; sources];
    let mut e_sum = vec![0.0; sources];
    for t in 0..network.sequence_steps {
        let psi = run.psi.at(t, j);
        let signal = signals.at(t, j);
        let row = zbar.row(t);
        for i in 0..sources {
            let e = psi * (row[i] - beta * eps[i]);
            eps[i] = decays.rho * eps[i] + e;
            ebar[i] = decays.kappa * ebar[i] + decays.zeta_out * e;
            gradient[i] += signal * ebar[i];
            e_sum[i] += e;
        }
    }
    gradient
        .iter_mut()
        .zip(&e_sum)
        .for_each(|(g, e)| *g += rate_factor * e);
    gradient
}

/// g_kj = sum_t e_k zbar_j^(kappa), zbar^(kappa) <- kappa zbar^(kappa) + zeta_out z_j.
fn readout_gradient(network: &EpropNetwork, decays: &Decays, run: &SequenceRun) -> Matrix {
    let n = network.recurrent_count();
    let mut gradient = Matrix::zeros(network.outputs, n);
    let mut trace = vec![0.0; n];
    for t in 0..network.sequence_steps {
        trace.iter_mut().for_each(|z| *z *= decays.kappa);
        for &j in &run.spikes[t] {
            trace[j as usize] += decays.zeta_out;
        }
        for (k, &error) in run.error.row(t).iter().enumerate() {
            gradient
                .row_mut(k)
                .iter_mut()
                .zip(&trace)
                .for_each(|(g, z)| *g += error * z);
        }
    }
    gradient
}

/// Every variable of one synapse, step by step over one sequence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SynapseTrace {
    /// Filtered presynaptic spikes.
    pub zbar: Vec<f64>,
    /// Eligibility trace.
    pub e: Vec<f64>,
    /// Adaptation part, as step t reads it.
    pub eps: Vec<f64>,
    /// Eligibility behind the readout's filter.
    pub ebar: Vec<f64>,
}

/// The traces of the synapse from `source` (inputs first, then neurons) to neuron `j`.
pub fn synapse_trace(
    network: &EpropNetwork,
    sequence: &Sequence,
    run: &SequenceRun,
    source: usize,
    j: usize,
) -> SynapseTrace {
    let decays = network.decays();
    let zbar_all = presynaptic_traces(network, &decays, sequence, run);
    let beta = network.adaptation_strength[j];
    let mut trace = SynapseTrace {
        zbar: Vec::new(),
        e: Vec::new(),
        eps: Vec::new(),
        ebar: Vec::new(),
    };
    let mut eps = 0.0;
    let mut ebar = 0.0;
    for t in 0..network.sequence_steps {
        let zbar = zbar_all.at(t, source);
        let e = run.psi.at(t, j) * (zbar - beta * eps);
        trace.eps.push(eps);
        eps = decays.rho * eps + e;
        ebar = decays.kappa * ebar + decays.zeta_out * e;
        trace.zbar.push(zbar);
        trace.e.push(e);
        trace.ebar.push(ebar);
    }
    trace
}
