//! The gradient of one sequence (A.1, "Gradient"), by either of two ways, and what they share:
//! learning signals, the term of the rate, averaging.

use serde::Serialize;

use super::adjoint;
use super::eligibility;
use super::forward::SequenceRun;
use super::network::{EpropNetwork, Sequence, Weights};
use crate::Matrix;

/// Way to sum the gradient of one sequence. Both give the same numbers up to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Eligibility traces forward in time, synapse by synapse, as A.1 states them.
    Traces,
    /// The same sum rearranged: filters run backwards, neuron by neuron, read at
    /// presynaptic spikes. Equal up to rounding, and cheap where spikes are few.
    Adjoint,
}

/// The gradient g of one sequence, in the shape of the weights.
pub fn gradient(
    network: &EpropNetwork,
    method: Method,
    feedback: &Matrix,
    sequence: &Sequence,
    run: &SequenceRun,
) -> Weights {
    let mut gradient = match method {
        Method::Traces => eligibility::gradient(network, feedback, sequence, run),
        Method::Adjoint => adjoint::gradient(network, feedback, sequence, run),
    };
    gradient.w_rec.clear_diagonal();
    if network.average_gradient && network.learning_window_steps > 0 {
        let factor = 1.0 / network.learning_window_steps as f64;
        gradient
            .layers_mut()
            .into_iter()
            .for_each(|layer| layer.scale(factor));
    }
    gradient
}

/// `L_j = sum_k B[j,k] e_k` of every step (A.1 step 8), `[step][neuron]`.
pub fn learning_signals(feedback: &Matrix, error: &Matrix) -> Matrix {
    Matrix::from_fn(error.rows(), feedback.rows(), |t, j| {
        feedback
            .row(j)
            .iter()
            .zip(error.row(t))
            .map(|(b, e)| b * e)
            .sum()
    })
}

/// The factor of sum_t e_ji^t in the gradient: c_reg (f_av - f_target) / T.
pub(crate) fn rate_factors(network: &EpropNetwork, run: &SequenceRun) -> Vec<f64> {
    let steps = network.sequence_steps as f64;
    let target = network.rate_target_hz / 1000.0;
    let counts = run.spikes_per_neuron();
    let factor =
        |count: &u32| network.rate_regularisation * (f64::from(*count) / steps - target) / steps;
    counts.iter().map(factor).collect()
}
