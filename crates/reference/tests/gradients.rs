//! The gradient against itself by another route, and against finite differences where it is exact.

use proptest::prelude::*;
use seamount_reference::Draws;
use seamount_reference::Matrix;
use seamount_reference::eprop::{
    EpropNetwork, Fanout, Feedback, Gain, Loss, Method, Sequence, SequenceRun, Target, Weights,
    gradient, run, sequence_loss,
};

/// A random network, its weights and one sequence: all from one seed.
fn draw(seed: u64, adaptive: bool, loss: Loss) -> (EpropNetwork, Weights, Sequence) {
    let mut draws = Draws::new(seed, 9);
    let inputs = 3;
    let n = 5;
    let outputs = 2;
    let steps = 40;
    let mut gain = || {
        if draws.chance(0.5) {
            Gain::Unit
        } else {
            Gain::OneMinusDecay
        }
    };
    let recurrent_gain = gain();
    let readout_gain = gain();
    let network = EpropNetwork {
        inputs,
        outputs,
        sequence_steps: steps,
        learning_window_steps: 1 + (draws.uniform() * steps as f64) as usize,
        tau_membrane_ms: draws.uniform_in(3.0, 30.0),
        tau_readout_ms: draws.uniform_in(3.0, 30.0),
        tau_adaptation_ms: draws.uniform_in(10.0, 200.0),
        recurrent_gain,
        readout_gain,
        adaptation_strength: (0..n)
            .map(|j| {
                if adaptive && j % 2 == 0 {
                    draws.uniform() * 0.3
                } else {
                    0.0
                }
            })
            .collect(),
        threshold: 0.3,
        surrogate_height: draws.uniform_in(0.3, 2.0),
        surrogate_width: 0.3,
        refractory_steps: (draws.uniform() * 4.0) as u32,
        spikes_at_equality: draws.chance(0.5),
        loss,
        rate_regularisation: draws.uniform() * 5.0,
        rate_target_hz: 20.0,
        average_gradient: draws.chance(0.5),
    };
    let mut normal = |post, pre| Matrix::from_fn(post, pre, |_, _| draws.normal());
    let mut weights = Weights {
        w_in: normal(n, inputs),
        w_rec: normal(n, n),
        w_out: normal(outputs, n),
    };
    weights.w_rec.clear_diagonal();
    let input = (0..steps)
        .map(|_| (0..inputs as u32).filter(|_| draws.chance(0.3)).collect())
        .collect();
    let target = match loss {
        Loss::MeanSquared => Target::Signal((0..steps * outputs).map(|_| draws.normal()).collect()),
        Loss::CrossEntropy => Target::Class((draws.uniform() * outputs as f64) as usize),
    };
    (network, weights, Sequence { input, target })
}

fn closeness(a: &Matrix, b: &Matrix) -> f64 {
    let largest = a.values().iter().fold(1.0_f64, |m, x| m.max(x.abs()));
    a.distance(b) / largest
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn traces_and_adjoint_agree(
        seed in any::<u64>(),
        adaptive in any::<bool>(),
        ce in any::<bool>(),
    ) {
        let loss = if ce { Loss::CrossEntropy } else { Loss::MeanSquared };
        let (network, weights, sequence) = draw(seed, adaptive, loss);
        let run = run(&network, &Fanout::new(&weights), &sequence);
        let b = Feedback::Symmetric.broadcast(&weights);
        let [one, other] = [Method::Traces, Method::Adjoint]
            .map(|m| gradient(&network, m, &b, &sequence, &run));
        for (x, y) in one.layers().into_iter().zip(other.layers()) {
            prop_assert!(closeness(x, y) < 1e-12);
        }
    }

    /// The loss is smooth in W_out, so its gradient is the true one. The squared
    /// loss averages over outputs, where e-prop's error does not; the
    /// cross-entropy averages over the window, as `average_gradient` does.
    #[test]
    fn readout_gradient_is_that_of_the_loss(seed in any::<u64>(), ce in any::<bool>()) {
        let loss = if ce { Loss::CrossEntropy } else { Loss::MeanSquared };
        let (network, weights, sequence) = draw(seed, true, loss);
        let network = EpropNetwork { average_gradient: ce, ..network };
        let at = |weights: &Weights| {
            let run = run(&network, &Fanout::new(weights), &sequence);
            let scale = if ce { 1.0 } else { network.outputs as f64 };
            scale * sequence_loss(&network, &sequence.target, run.y.values(), network.outputs)
        };
        let base = run(&network, &Fanout::new(&weights), &sequence);
        let b = Feedback::Symmetric.broadcast(&weights);
        let exact = gradient(&network, Method::Traces, &b, &sequence, &base).w_out;
        let step = 1e-5;
        let slope = |k, j| {
            let [mut up, mut down] = [weights.clone(), weights.clone()];
            up.w_out.set(k, j, weights.w_out.at(k, j) + step);
            down.w_out.set(k, j, weights.w_out.at(k, j) - step);
            (at(&up) - at(&down)) / (2.0 * step)
        };
        let measured = Matrix::from_fn(exact.rows(), exact.cols(), slope);
        prop_assert!(closeness(&exact, &measured) < 1e-7, "{exact:?} {measured:?}");
    }

    /// e-prop is exact once spikes have psi for a slope, and both the reset and
    /// the recurrent spikes are held at what they were. That is what is
    /// differentiated here, by central differences, for LIF and ALIF neurons.
    #[test]
    fn eprop_is_the_gradient_with_recurrent_spikes_held(
        seed in any::<u64>(),
        adaptive in any::<bool>(),
    ) {
        let (network, weights, sequence) = draw(seed, adaptive, Loss::MeanSquared);
        let network = EpropNetwork { average_gradient: false, ..network };
        let base = run(&network, &Fanout::new(&weights), &sequence);
        let b = Feedback::Symmetric.broadcast(&weights);
        let exact = gradient(&network, Method::Traces, &b, &sequence, &base);
        let step = 1e-6;
        for layer in 0..2 {
            let g = exact.layers()[layer];
            let slope = |j, i| {
                if layer == 1 && i == j {
                    return 0.0;
                }
                let [mut up, mut down] = [weights.clone(), weights.clone()];
                let w = weights.layers()[layer].at(j, i);
                up.layers_mut()[layer].set(j, i, w + step);
                down.layers_mut()[layer].set(j, i, w - step);
                let above = softened(&network, &up, &sequence, &base);
                let below = softened(&network, &down, &sequence, &base);
                (above - below) / (2.0 * step)
            };
            let measured = Matrix::from_fn(g.rows(), g.cols(), slope);
            prop_assert!(closeness(g, &measured) < 1e-4, "layer {layer}: {}", closeness(g, &measured));
        }
    }
}

/// The integral of the triangle psi: what a spike is, if psi is its slope.
fn soft_spike(network: &EpropNetwork, above: f64) -> f64 {
    let h = network.surrogate_height;
    let w = network.surrogate_width;
    match above {
        x if x <= -w => 0.0,
        x if x <= 0.0 => h * (x + w).powi(2) / (2.0 * w),
        x if x <= w => h * w - h * (w - x).powi(2) / (2.0 * w),
        _ => h * w,
    }
}

/// sum_t e y + c_reg/2 sum_j (f_j - f*)^2 for perturbed weights, with the errors, the
/// reset and the recurrent spikes of `base`; each spike is its old value plus
/// the change of the soft one.
fn softened(
    network: &EpropNetwork,
    weights: &Weights,
    sequence: &Sequence,
    base: &SequenceRun,
) -> f64 {
    let n = network.recurrent_count();
    let steps = network.sequence_steps;
    let decays = network.decays();
    let mut v = vec![0.0; n];
    let mut a = vec![0.0; n];
    let mut y = vec![0.0; network.outputs];
    let mut before = vec![0.0; n];
    let mut counts = vec![0.0; n];
    let mut objective = 0.0;
    for t in 0..steps {
        let held: &[u32] = if t > 0 { &base.spikes[t - 1] } else { &[] };
        let mut soft = vec![0.0; n];
        for j in 0..n {
            let from_inputs: f64 = sequence.input[t]
                .iter()
                .map(|&i| weights.w_in.at(j, i as usize))
                .sum();
            let from_neurons: f64 = held.iter().map(|&i| weights.w_rec.at(j, i as usize)).sum();
            let reset = if held.contains(&(j as u32)) {
                network.threshold
            } else {
                0.0
            };
            v[j] = decays.alpha * v[j] + decays.zeta_rec * (from_inputs + from_neurons) - reset;
            a[j] = decays.rho * a[j] + before[j];
            let above = v[j] - network.threshold - network.adaptation_strength[j] * a[j];
            let was = base.v.at(t, j) - base.adaptive_threshold.at(t, j);
            let hard = f64::from(u8::from(base.spikes[t].contains(&(j as u32))));
            let refractory = base.psi.at(t, j) == 0.0;
            let change = if refractory {
                0.0
            } else {
                soft_spike(network, above) - soft_spike(network, was)
            };
            soft[j] = hard + change;
            counts[j] += soft[j];
        }
        for (k, y) in y.iter_mut().enumerate() {
            let sum: f64 = soft
                .iter()
                .enumerate()
                .map(|(j, z)| weights.w_out.at(k, j) * z)
                .sum();
            *y = decays.kappa * *y + decays.zeta_out * sum;
            objective += base.error.at(t, k) * *y;
        }
        before = soft;
    }
    let target = network.rate_target_hz / 1000.0;
    let penalty: f64 = counts
        .iter()
        .map(|c| (c / steps as f64 - target).powi(2))
        .sum();
    objective + 0.5 * network.rate_regularisation * penalty
}
