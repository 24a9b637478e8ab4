//! Errors and losses of the readout (A.1 step 7).

use super::network::{EpropNetwork, Loss, Target};

/// Writes e_k of step `step` from y_k; zero before the learning window.
pub fn error_into(
    network: &EpropNetwork,
    target: &Target,
    step: usize,
    y: &[f64],
    error: &mut [f64],
) {
    if step < network.window_start() {
        error.fill(0.0);
        return;
    }
    match network.loss {
        Loss::MeanSquared => error.copy_from_slice(y),
        Loss::CrossEntropy => softmax_into(y, error),
    }
    for (k, e) in error.iter_mut().enumerate() {
        *e -= wanted(target, step, k, y.len());
    }
}

/// y*_k of step `step`: the signal, or the one-hot code of the class.
fn wanted(target: &Target, step: usize, k: usize, outputs: usize) -> f64 {
    match target {
        Target::Signal(signal) => signal[step * outputs + k],
        Target::Class(class) => f64::from(u8::from(*class == k)),
    }
}

/// softmax(y), shifted by its maximum so that no exponential overflows.
pub fn softmax_into(y: &[f64], out: &mut [f64]) {
    let largest = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for (o, &value) in out.iter_mut().zip(y) {
        *o = (value - largest).exp();
        sum += *o;
    }
    for o in out {
        *o /= sum;
    }
}

/// The loss of one sequence from its readout (`y`, step after step).
///
/// Mean squared error: 1/2 sum over the window of err^2, averaged over outputs.
/// Cross-entropy: mean over the window of -log softmax(y)_class.
pub fn sequence_loss(network: &EpropNetwork, target: &Target, y: &[f64], outputs: usize) -> f64 {
    if outputs == 0 || network.learning_window_steps == 0 {
        return 0.0;
    }
    let window = network.window_start()..network.sequence_steps;
    let steps = window.len() as f64;
    let sum: f64 = window
        .map(|t| step_loss(network.loss, target, t, &y[t * outputs..(t + 1) * outputs]))
        .sum();
    match network.loss {
        Loss::MeanSquared => 0.5 * sum / outputs as f64,
        Loss::CrossEntropy => sum / steps,
    }
}

fn step_loss(loss: Loss, target: &Target, step: usize, y: &[f64]) -> f64 {
    match loss {
        Loss::MeanSquared => (0..y.len())
            .map(|k| (y[k] - wanted(target, step, k, y.len())).powi(2))
            .sum(),
        Loss::CrossEntropy => {
            let largest = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let log_sum = y.iter().map(|v| (v - largest).exp()).sum::<f64>().ln() + largest;
            (0..y.len())
                .map(|k| wanted(target, step, k, y.len()) * (log_sum - y[k]))
                .sum()
        }
    }
}

/// The class whose softmax output, summed over the learning window, is largest.
pub fn predicted_class(network: &EpropNetwork, y: &[f64], outputs: usize) -> usize {
    let mut total = vec![0.0; outputs];
    let mut probability = vec![0.0; outputs];
    for t in network.window_start()..network.sequence_steps {
        softmax_into(&y[t * outputs..(t + 1) * outputs], &mut probability);
        total
            .iter_mut()
            .zip(&probability)
            .for_each(|(sum, p)| *sum += p);
    }
    let better = |best: usize, k: usize| if total[k] > total[best] { k } else { best };
    (1..outputs).fold(0, better)
}
