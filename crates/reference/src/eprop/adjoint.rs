//! The gradient of A.1 rearranged into filters that run backwards (A.1, "Off-line form").
//!
//! Traces forward in time cost an update of three numbers for every synapse in every step. The sum
//! over time can as well be taken from the end: then what is kept is one or two numbers a *neuron*,
//! and a synapse is only touched where its source spikes, which is seldom. The result is the same
//! but for rounding.
//!
//! With R_j^s = L_j^s + kappa R_j^{s+1} and S_j = zeta_out R_j + c_reg (f_av - f_target) / T,
//! g_ji = sum_s S_j^s e_ji^s. The trace eps is linear in zbar, so its adjoint
//! lambda^t = -S psi beta + (rho - psi beta) lambda^{t+1} extends A.1's form from
//! LIF to ALIF, and the adjoint of zbar itself, Q^t = psi (S + lambda^{t+1}) + alpha Q^{t+1},
//! leaves one read at each presynaptic spike: g_ji = zeta_rec sum over spikes of Q_j.

use super::forward::SequenceRun;
use super::gradient::rate_factors;
use super::network::{Decays, EpropNetwork, Sequence, Weights};
use crate::Matrix;

/// The backward filters at one step.
struct Adjoints {
    /// E_k = e_k + kappa E_k(next), one an output. R_j is sum_k B_jk E_k, so that filtering the
    /// outputs, of which there are few, replaces filtering the neurons.
    errors: Vec<f64>,
    /// Adjoint of eps of all synapses onto a neuron, one a neuron.
    lambda: Vec<f64>,
    /// Adjoint of zbar of all synapses onto a neuron, one a neuron.
    q: Vec<f64>,
}

/// Gradient of one sequence, before averaging; the diagonal of W_rec is not cleared.
pub fn gradient(
    network: &EpropNetwork,
    feedback: &Matrix,
    sequence: &Sequence,
    run: &SequenceRun,
) -> Weights {
    let n = network.recurrent_count();
    let outputs = network.outputs;
    let decays = network.decays();
    let rates = rate_factors(network, run);
    let by_output = feedback.transposed();
    let mut adjoints = Adjoints {
        errors: vec![0.0; outputs],
        lambda: vec![0.0; n],
        q: vec![0.0; n],
    };
    let mut from_inputs = Matrix::zeros(network.inputs, n);
    let mut from_recurrent = Matrix::zeros(n, n);
    let mut g_out = Matrix::zeros(outputs, n);
    let mut sensitivity = vec![0.0; n];
    for t in (0..network.sequence_steps).rev() {
        for (sum, error) in adjoints.errors.iter_mut().zip(run.error.row(t)) {
            *sum = decays.kappa * *sum + error;
        }
        sensitivity.copy_from_slice(&rates);
        for (k, sum) in adjoints.errors.iter().enumerate() {
            let scaled = decays.zeta_out * sum;
            sensitivity
                .iter_mut()
                .zip(by_output.row(k))
                .for_each(|(s, b)| *s += b * scaled);
        }
        step_back(
            network,
            &decays,
            run.psi.row(t),
            &sensitivity,
            &mut adjoints,
        );
        collect(&mut from_inputs, &sequence.input[t], &adjoints.q);
        if t > 0 {
            collect(&mut from_recurrent, &run.spikes[t - 1], &adjoints.q);
        }
        for &j in &run.spikes[t] {
            for (k, sum) in adjoints.errors.iter().enumerate() {
                g_out.row_mut(k)[j as usize] += decays.zeta_out * sum;
            }
        }
    }
    from_inputs.scale(decays.zeta_rec);
    from_recurrent.scale(decays.zeta_rec);
    Weights {
        w_in: from_inputs.transposed(),
        w_rec: from_recurrent.transposed(),
        w_out: g_out,
    }
}

/// Moves lambda and Q of every neuron one step back. `sensitivity` is S_j of this step.
fn step_back(
    network: &EpropNetwork,
    decays: &Decays,
    psi: &[f64],
    sensitivity: &[f64],
    adjoints: &mut Adjoints,
) {
    let neurons = psi
        .iter()
        .zip(sensitivity)
        .zip(&network.adaptation_strength);
    let state = adjoints.q.iter_mut().zip(&mut adjoints.lambda);
    for (((psi, s), beta), (q, lambda)) in neurons.zip(state) {
        // lambda still is that of the step after: eps of step t is read before it is moved.
        let pull = psi * (s + *lambda);
        *q = decays.alpha * *q + pull;
        *lambda = decays.rho * *lambda - beta * pull;
    }
}

/// Adds Q to the row of every presynaptic neuron that spiked.
fn collect(gradient: &mut Matrix, spikes: &[u32], q: &[f64]) {
    for &i in spikes {
        gradient
            .row_mut(i as usize)
            .iter_mut()
            .zip(q)
            .for_each(|(g, q)| *g += q);
    }
}
