//! NEST's own test losses, from inputs drawn again with NumPy's generator (seed 1).
//!
//! References: nest-simulator 3.10, testsuite/pytests, `test_eprop_bsshslm_2020_plasticity.py`
//! (evidence accumulation) and `synapses/test_eprop_plasticity.py` (per-step e-prop).

mod numpy_legacy;

use numpy_legacy::Legacy;
use seamount_reference::Matrix;
use seamount_reference::eprop::{
    Descent, EpropNetwork, Feedback, Gain, Loss, Method, Online, OnlineRule, Optimiser, Sequence,
    SpikeReset, Target, Trainer, Training, Weights,
};

fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

/// `randn(pre, post).T / sqrt(divisor)` as float32; the transpose makes it `[post][pre]`.
fn normals(draws: &mut Legacy, pre: usize, post: usize, divisor: f64) -> Matrix {
    Matrix::from_fn(pre, post, |_, _| single(draws.normal() / divisor.sqrt())).transposed()
}

fn worst(losses: &[f64], references: &[f64]) -> f64 {
    assert_eq!(losses.len(), references.len());
    losses
        .iter()
        .zip(references)
        .fold(0.0, |worst, (a, b)| ((a - b) / b).abs().max(worst))
}

fn evidence_network() -> EpropNetwork {
    let beta = 1.7 * (1.0 - (-1.0_f64 / 2000.0).exp()) / (1.0 - (-1.0_f64 / 20.0).exp());
    EpropNetwork {
        inputs: 40,
        outputs: 2,
        sequence_steps: 2250,
        learning_window_steps: 150,
        tau_membrane_ms: 20.0,
        tau_readout_ms: 20.0,
        tau_adaptation_ms: 2000.0,
        recurrent_gain: Gain::Unit,
        readout_gain: Gain::OneMinusDecay,
        adaptation_strength: (0..100).map(|j| if j < 50 { 0.0 } else { beta }).collect(),
        threshold: 0.6,
        surrogate_height: 0.5,
        surrogate_width: 0.6,
        refractory_steps: 5,
        spikes_at_equality: true,
        loss: Loss::CrossEntropy,
        rate_regularisation: 300.0,
        rate_target_hz: 10.0,
        average_gradient: true,
    }
}

/// One batch of evidence sequences, in NEST's order of draws.
fn evidence_batch(draws: &mut Legacy, batch: usize) -> Vec<Sequence> {
    let sides = draws.coins(batch);
    let low = [single(0.3), single(0.7)];
    let cues: Vec<Vec<usize>> = sides
        .iter()
        .map(|&side| draws.biased_coins(7, low[side]))
        .collect();
    let sequence = |cues: &Vec<usize>| {
        let mut input = vec![Vec::new(); 2250];
        for (t, spikes) in input.iter_mut().enumerate() {
            for i in 0..40_u32 {
                let p = spike_probability(cues, t, i as usize / 10);
                if p > draws.uniform() && t > 0 {
                    spikes.push(i);
                }
            }
        }
        Sequence {
            input,
            target: Target::Class(usize::from(cues.iter().sum::<usize>() > 3)),
        }
    };
    cues.iter().map(sequence).collect()
}

/// Groups: two sides, recall, noise; each cue has 50 ms of silence, then 100 ms of spikes.
fn spike_probability(cues: &[usize], t: usize, group: usize) -> f64 {
    let cued = || t < 1050 && t % 150 >= 50 && cues[t / 150] == group;
    match group {
        0 | 1 if cued() => 0.04,
        2 if t >= 2100 => 0.04,
        3 => 0.01,
        _ => 0.0,
    }
}

fn evidence_losses(batch: usize, method: Method) -> Vec<f64> {
    let mut draws = Legacy::new(1);
    let w_in = normals(&mut draws, 40, 100, 40.0);
    let mut w_rec = normals(&mut draws, 100, 100, 100.0);
    w_rec.clear_diagonal();
    let limit = (3.0_f64 / 51.0).sqrt();
    let w_out =
        Matrix::from_fn(100, 2, |_, _| single(draws.uniform_in(-limit, limit))).transposed();
    let b = Matrix::from_fn(100, 2, |_, _| single(draws.normal()));
    let training = Training {
        optimiser: Optimiser::adam(5e-3),
        readout_decay: 0.0,
        method,
    };
    let weights = Weights { w_in, w_rec, w_out };
    let mut trainer = Trainer::new(evidence_network(), training, weights, Feedback::Random(b));
    let mut losses = Vec::new();
    for _ in 0..5 {
        let sequences = evidence_batch(&mut draws, batch);
        let outcomes = trainer.learn(&sequences.iter().collect::<Vec<_>>());
        losses.push(outcomes.iter().map(|o| o.loss).sum::<f64>() / batch as f64);
    }
    losses
}

#[test]
fn evidence_accumulation_losses() {
    let single = [
        0.741152550006,
        0.740388187700,
        0.665785233177,
        0.663644193322,
        0.729428962844,
    ];
    let double = [
        0.702163370672,
        0.735555303152,
        0.740354864111,
        0.683882815282,
        0.707841122268,
    ];
    for (batch, references) in [(1, single), (2, double)] {
        for method in [Method::Traces, Method::Adjoint] {
            let off = worst(&evidence_losses(batch, method), &references);
            println!("evidence, batch {batch}, {method:?}: largest relative deviation {off:e}");
            assert!(off < 1e-10);
        }
    }
}

fn online_network(beta: f64, tau_adaptation_ms: f64, threshold: f64, c_reg: f64) -> EpropNetwork {
    EpropNetwork {
        inputs: 100,
        outputs: 1,
        sequence_steps: 1,
        learning_window_steps: 1,
        tau_membrane_ms: 30.0,
        tau_readout_ms: 30.0,
        tau_adaptation_ms,
        recurrent_gain: Gain::Unit,
        readout_gain: Gain::Unit,
        adaptation_strength: vec![beta; 100],
        threshold,
        surrogate_height: 10.0,
        surrogate_width: 1.0 / 33.3,
        refractory_steps: 0,
        spikes_at_equality: true,
        loss: Loss::MeanSquared,
        rate_regularisation: c_reg,
        rate_target_hz: 10.0,
        average_gradient: false,
    }
}

/// Four sines of 1000, 500, 333 and 200 ms in 100 steps: integer division leaves each flat.
fn online_target(draws: &mut Legacy) -> Vec<f64> {
    let amplitudes: Vec<f64> = (0..4).map(|_| draws.uniform_in(0.5, 2.0)).collect();
    let phases: Vec<f64> = (0..4)
        .map(|_| draws.uniform_in(0.0, std::f64::consts::TAU))
        .collect();
    let value = |_| {
        amplitudes
            .iter()
            .zip(&phases)
            .map(|(a, phi)| a * phi.sin())
            .sum::<f64>()
    };
    let sum: Vec<f64> = (0..100).map(value).collect();
    let start = sum[0];
    let shifted: Vec<f64> = sum.iter().map(|x| x - start).collect();
    let largest = shifted.iter().fold(1e-6_f64, |m, x| m.max(x.abs()));
    shifted.iter().map(|x| x / largest).collect()
}

/// Losses of five times 100 steps. NEST records the readout one step late
/// against the target, and this error is what the network learns from.
fn online_losses(network: EpropNetwork, reset: SpikeReset, rule: Descent) -> Vec<f64> {
    let mut draws = Legacy::new(1);
    let scale = single(1.0 - 0.97);
    let scaled =
        |m: Matrix, by: f64| Matrix::from_fn(m.rows(), m.cols(), |r, c| single(m.at(r, c) * by));
    let w_in = normals(&mut draws, 100, 100, 100.0);
    let mut w_rec = normals(&mut draws, 100, 100, 100.0);
    w_rec.clear_diagonal();
    let w_out = scaled(normals(&mut draws, 100, 1, 100.0), scale);
    let b = normals(&mut draws, 100, 1, 100.0).transposed();
    let soft = reset == SpikeReset::Subtract;
    let (w_in, w_rec) = if soft {
        (scaled(w_in, scale), scaled(w_rec, scale))
    } else {
        (w_in, w_rec)
    };
    let b = if soft {
        scaled(b, scale)
    } else {
        Matrix::from_fn(100, 1, |r, c| f64::from(b.at(r, c) as f32 / scale as f32))
    };
    let input: Vec<Vec<u32>> = (0..100)
        .map(|_| (0..100).filter(|_| draws.uniform() < 0.05).collect())
        .collect();
    let target = online_target(&mut draws);
    let optimiser = Optimiser {
        rule,
        ..Optimiser::gradient_descent(1e-4 * (1.0_f64 - 0.97).powi(2))
    };
    let settings = OnlineRule {
        kappa: 0.97,
        kappa_reg: 0.97,
        cutoff_steps: 100,
        reset,
    };
    let weights = Weights { w_in, w_rec, w_out };
    let mut online = Online::new(network, settings, optimiser, weights, Feedback::Random(b));
    let mut losses = vec![0.5 * target[0] * target[0]; 1];
    losses.resize(5, 0.0);
    for k in 1..500 {
        let wanted = target[k % 100];
        let y = online.step(&input[(k - 1) % 100], &Target::Signal(vec![wanted]))[0];
        losses[k / 100] += 0.5 * (y - wanted).powi(2);
    }
    losses
}

const ADAM: Descent = Descent::Adam {
    beta_1: 0.9,
    beta_2: 0.999,
    epsilon: 1e-7,
};

#[test]
fn per_step_losses() {
    let c_delta = 2.0 / 100.0 / (1.0_f64 - 0.97).powi(2);
    let cases = [
        (
            "eprop_iaf adam",
            online_network(0.0, 10.0, 0.03, 3.0),
            SpikeReset::Subtract,
            ADAM,
            [
                0.14000491891386,
                0.28735818029752,
                0.22263713699860,
                0.23015072431384,
                0.17565248170694,
            ],
        ),
        (
            "eprop_iaf_adapt gd",
            online_network(0.0174, 2000.0, 0.03, 3.0),
            SpikeReset::Subtract,
            Descent::GradientDescent,
            [
                0.02242584487453,
                0.01916753791522,
                0.00571493935652,
                0.00037875376195,
                0.00037823157578,
            ],
        ),
        (
            "eprop_iaf_psc_delta gd",
            online_network(0.0, 10.0, 0.5, c_delta),
            SpikeReset::To(-0.5),
            Descent::GradientDescent,
            [
                0.27039631749159,
                0.51390204375229,
                0.53473859833866,
                0.53608474802202,
                0.49323580244201,
            ],
        ),
        (
            "eprop_iaf_psc_delta_adapt gd",
            online_network(1.0, 10.0, 0.5, c_delta),
            SpikeReset::To(-0.5),
            Descent::GradientDescent,
            [
                0.16416646182675,
                0.27952159282830,
                0.29937515524341,
                0.26160957500433,
                0.26384514215024,
            ],
        ),
    ];
    for (name, network, reset, rule, references) in cases {
        let losses = online_losses(network, reset, rule);
        let off = worst(&losses, &references);
        println!("per step, {name}: largest relative deviation {off:e}");
        // References carry 14 decimals, and the smallest is 3.8e-4.
        assert!(off < 1e-10, "{name}: {losses:?}");
    }
}
