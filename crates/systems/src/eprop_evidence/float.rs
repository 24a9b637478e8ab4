//! Evidence accumulation in floats: seven cues, a delay of a second, a decision
//! (`docs/equations.md` A.3). Weights and sequences are drawn here; some published ones are in
//! `fixtures/golden`.

use crate::eprop::float::{EpropTask, SEQUENCES, WEIGHTS, normal_matrix};
use seamount_reference::eprop::{
    EpropNetwork, Feedback, Gain, Loss, Method, Optimiser, Sequence, Target, Training, Weights,
};
use seamount_reference::{Draws, Matrix};

const CUES: usize = 7;
const SILENCE_STEPS: usize = 50;
const CUE_STEPS: usize = 100;
const DELAY_STEPS: usize = 1050;
const RECALL_STEPS: usize = 150;
/// Steps of one sequence: seven cues, the delay, the recall.
pub const STEPS: usize = CUES * (SILENCE_STEPS + CUE_STEPS) + DELAY_STEPS + RECALL_STEPS;

const INPUT_COUNT: usize = 40;
/// Left, right, recall, noise.
const GROUP_SIZE: usize = 10;
const LIF: usize = 50;
const ALIF: usize = 50;
const OUTPUTS: usize = 2;
const RATE_PER_STEP: f64 = 0.04;
const NOISE_PER_STEP: f64 = 0.01;
/// Probability of a cue on the side that has fewer of them.
const MINOR_SIDE: f64 = 0.3;

/// The published setting: 40 inputs, 50 LIF and 50 ALIF, 2 readouts, Adam, random feedback.
pub fn task(seed: u64) -> EpropTask {
    let n = LIF + ALIF;
    let mut draws = Draws::new(seed, WEIGHTS);
    let w_in = normal_matrix(&mut draws, n, INPUT_COUNT, INPUT_COUNT as f64);
    let mut w_rec = normal_matrix(&mut draws, n, n, n as f64);
    w_rec.clear_diagonal();
    let glorot = (6.0 / (n + OUTPUTS) as f64).sqrt();
    let w_out = Matrix::from_fn(OUTPUTS, n, |_, _| draws.uniform_in(-glorot, glorot));
    let b = normal_matrix(&mut draws, n, OUTPUTS, 1.0);
    let optimiser = Optimiser::adam(5e-3);
    EpropTask {
        network: network(),
        training: Training {
            optimiser,
            readout_decay: 0.0,
            method: Method::Adjoint,
        },
        batch: 64,
        weights: Weights { w_in, w_rec, w_out },
        feedback: Feedback::Random(b),
    }
}

/// The network: beta = 1.7 (1 - rho) / (1 - alpha) for the adaptive half.
pub fn network() -> EpropNetwork {
    let threshold = 0.6;
    let tau_membrane_ms: f64 = 20.0;
    let tau_adaptation_ms: f64 = 2000.0;
    let beta =
        1.7 * (1.0 - (-1.0 / tau_adaptation_ms).exp()) / (1.0 - (-1.0 / tau_membrane_ms).exp());
    EpropNetwork {
        inputs: INPUT_COUNT,
        outputs: OUTPUTS,
        sequence_steps: STEPS,
        learning_window_steps: RECALL_STEPS,
        tau_membrane_ms,
        tau_readout_ms: 20.0,
        tau_adaptation_ms,
        recurrent_gain: Gain::Unit,
        readout_gain: Gain::OneMinusDecay,
        adaptation_strength: (0..LIF + ALIF)
            .map(|j| if j < LIF { 0.0 } else { beta })
            .collect(),
        threshold,
        surrogate_height: 0.3 / threshold,
        surrogate_width: threshold,
        refractory_steps: 5,
        spikes_at_equality: true,
        loss: Loss::CrossEntropy,
        rate_regularisation: 300.0,
        rate_target_hz: 10.0,
        average_gradient: true,
    }
}

/// Sequence `index` of `seed`: class 1 where side 1 has the more cues.
pub fn sequence(seed: u64, index: u64) -> Sequence {
    let mut draws = Draws::new(seed, SEQUENCES + index);
    let side_one = if draws.chance(0.5) {
        MINOR_SIDE
    } else {
        1.0 - MINOR_SIDE
    };
    let cues: Vec<usize> = (0..CUES)
        .map(|_| usize::from(draws.chance(side_one)))
        .collect();
    let mut spiking = |t: usize| -> Vec<u32> {
        (0..INPUT_COUNT)
            .filter(|i| draws.chance(probability(&cues, t, i / GROUP_SIZE)))
            .map(|i| i as u32)
            .collect()
    };
    let input = (0..STEPS)
        .map(|t| if t == 0 { Vec::new() } else { spiking(t) })
        .collect();
    let class = usize::from(2 * cues.iter().sum::<usize>() > CUES);
    Sequence {
        input,
        target: Target::Class(class),
    }
}

fn probability(cues: &[usize], t: usize, group: usize) -> f64 {
    let period = SILENCE_STEPS + CUE_STEPS;
    match group {
        0 | 1 => match cues.get(t / period) {
            Some(&side) if side == group && t % period >= SILENCE_STEPS => RATE_PER_STEP,
            _ => 0.0,
        },
        2 if t >= STEPS - RECALL_STEPS => RATE_PER_STEP,
        3 => NOISE_PER_STEP,
        _ => 0.0,
    }
}
