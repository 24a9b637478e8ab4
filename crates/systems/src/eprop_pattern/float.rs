//! Pattern generation in floats: frozen Poisson input, a sum of four sines to follow
//! (`docs/equations.md` A.3). Weights, input and target are drawn here; the published ones are in
//! `fixtures/golden`.

use std::f64::consts::TAU;

use crate::eprop::float::{EpropTask, INPUTS, SEQUENCES, WEIGHTS, normal_matrix};
use seamount_reference::Draws;
use seamount_reference::eprop::{
    EpropNetwork, Feedback, Gain, Loss, Method, Optimiser, Sequence, Target, Training, Weights,
};

const STEPS: usize = 1000;
const INPUT_COUNT: usize = 100;
const NEURONS: usize = 100;
const INPUT_RATE_PER_STEP: f64 = 0.05;
const PERIODS_STEPS: [usize; 4] = [1000, 500, 333, 200];

/// The published setting: 100 inputs, 100 LIF, 1 readout, plain descent.
pub fn task(seed: u64) -> EpropTask {
    let mut draws = Draws::new(seed, WEIGHTS);
    let w_in = normal_matrix(&mut draws, NEURONS, INPUT_COUNT, INPUT_COUNT as f64);
    let mut w_rec = normal_matrix(&mut draws, NEURONS, NEURONS, NEURONS as f64);
    w_rec.clear_diagonal();
    let w_out = normal_matrix(&mut draws, 1, NEURONS, NEURONS as f64);
    let b = normal_matrix(&mut draws, NEURONS, 1, NEURONS as f64);
    let optimiser = Optimiser::gradient_descent(1e-4);
    EpropTask {
        network: network(),
        training: Training {
            optimiser,
            readout_decay: 0.0,
            method: Method::Adjoint,
        },
        batch: 1,
        weights: Weights { w_in, w_rec, w_out },
        feedback: Feedback::Random(b),
    }
}

fn network() -> EpropNetwork {
    let threshold = 0.03;
    EpropNetwork {
        inputs: INPUT_COUNT,
        outputs: 1,
        sequence_steps: STEPS,
        learning_window_steps: STEPS,
        tau_membrane_ms: 30.0,
        tau_readout_ms: 30.0,
        tau_adaptation_ms: 1.0,
        recurrent_gain: Gain::OneMinusDecay,
        readout_gain: Gain::OneMinusDecay,
        adaptation_strength: vec![0.0; NEURONS],
        threshold,
        surrogate_height: 0.3 / threshold,
        surrogate_width: threshold,
        refractory_steps: 0,
        spikes_at_equality: true,
        loss: Loss::MeanSquared,
        rate_regularisation: 300.0,
        rate_target_hz: 10.0,
        average_gradient: false,
    }
}

/// The one sequence: its input is frozen, its target is fixed.
pub fn sequence(seed: u64) -> Sequence {
    let mut draws = Draws::new(seed, INPUTS);
    let spiking = |draws: &mut Draws| {
        (0..INPUT_COUNT as u32)
            .filter(|_| draws.chance(INPUT_RATE_PER_STEP))
            .collect()
    };
    let input = (0..STEPS).map(|_| spiking(&mut draws)).collect();
    Sequence {
        input,
        target: Target::Signal(superposed_sines(&mut Draws::new(seed, SEQUENCES))),
    }
}

/// Four sines of random amplitude and phase, from 0 at step 0, scaled to 1 at most.
fn superposed_sines(draws: &mut Draws) -> Vec<f64> {
    let amplitudes: Vec<f64> = PERIODS_STEPS
        .iter()
        .map(|_| draws.uniform_in(0.5, 2.0))
        .collect();
    let phases: Vec<f64> = PERIODS_STEPS
        .iter()
        .map(|_| draws.uniform_in(0.0, TAU))
        .collect();
    let at = |t: usize| {
        let share = t as f64 / (STEPS - 1) as f64;
        let waves = amplitudes.iter().zip(&phases).zip(PERIODS_STEPS);
        // Whole periods in a sequence, as the tutorial's integer division has it.
        waves
            .map(|((a, phi), period)| a * (phi + TAU * (STEPS / period) as f64 * share).sin())
            .sum::<f64>()
    };
    let start = at(0);
    let signal: Vec<f64> = (0..STEPS).map(|t| at(t) - start).collect();
    let largest = signal.iter().fold(1e-6_f64, |m, x| m.max(x.abs()));
    signal.iter().map(|x| x / largest).collect()
}
