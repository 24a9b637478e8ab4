//! Training and testing of one float network on cue samples, and the deal of samples into hands.

use serde::{Deserialize, Serialize};

use super::samples::{CLASSES, INPUTS, Samples};
use seamount_reference::eprop::{
    EpropNetwork, Feedback, Gain, Loss, Method, Optimiser, Sequence, SequenceRun, Target, Trainer,
    Training, Weights,
};
use seamount_reference::{Draws, Matrix};

/// Streams of draws below one seed; epoch `e` has stream `EPOCHS + e`.
const INITIAL_WEIGHTS: u64 = 0;
const DEALING: u64 = 1;
const EPOCHS: u64 = 1 << 16;

/// Sizes and rates of the float network and its training.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CueSettings {
    /// Number of recurrent neurons.
    pub neurons: usize,
    /// Passes over the training samples.
    pub epochs: usize,
    /// Sequences per update.
    pub batch: usize,
    /// Learning rate of Adam.
    pub learning_rate: f64,
    /// Test after every epoch, not just after the last.
    pub test_every_epoch: bool,
}

impl Default for CueSettings {
    /// 100 neurons, 20 epochs, batches of 5, Adam at 3e-4: between the two rates of
    /// `eprop-reckon-cue-curves.json`, of which 1e-4 is still rising after 20 epochs
    /// and 1e-3 swings by a tenth from epoch to epoch.
    fn default() -> Self {
        Self {
            neurons: 100,
            epochs: 20,
            batch: 5,
            learning_rate: 3e-4,
            test_every_epoch: false,
        }
    }
}

/// One pass over the training samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Share right while learning.
    pub train_accuracy: f64,
    /// Share right afterwards on the test samples.
    pub test_accuracy: Option<f64>,
    /// Mean rate of the recurrent neurons on the test samples.
    pub test_rate_hz: Option<f64>,
}

/// 40-100-2 with membranes of 2 s (A.3, third row).
pub fn network(settings: &CueSettings, sequence_steps: usize) -> EpropNetwork {
    let threshold = 0.6;
    EpropNetwork {
        inputs: INPUTS,
        outputs: CLASSES,
        sequence_steps,
        learning_window_steps: sequence_steps.min(150),
        tau_membrane_ms: 2000.0,
        tau_readout_ms: 20.0,
        tau_adaptation_ms: 1.0,
        recurrent_gain: Gain::Unit,
        readout_gain: Gain::Unit,
        adaptation_strength: vec![0.0; settings.neurons],
        threshold,
        surrogate_height: 0.3,
        surrogate_width: threshold,
        refractory_steps: 0,
        spikes_at_equality: false,
        loss: Loss::CrossEntropy,
        rate_regularisation: 0.0,
        rate_target_hz: 0.0,
        average_gradient: false,
    }
}

/// He-normal (He et al. 2015) times .5, .1, .5 for W_in, W_rec, W_out.
pub fn initial_weights(settings: &CueSettings, seed: u64) -> Weights {
    let mut draws = Draws::new(seed, INITIAL_WEIGHTS);
    let mut he = |post: usize, pre: usize, factor: f64| {
        let scale = factor * (2.0 / pre as f64).sqrt();
        Matrix::from_fn(post, pre, |_, _| scale * draws.normal())
    };
    let n = settings.neurons;
    Weights {
        w_in: he(n, INPUTS, 0.5),
        w_rec: he(n, n, 0.1),
        w_out: he(CLASSES, n, 0.5),
    }
}

/// Trains a fresh network of `seed` on `train`, then tests it on `test`, whose samples are as long.
pub fn train_and_test(
    settings: &CueSettings,
    seed: u64,
    train: &Samples,
    test: &Samples,
) -> Vec<Epoch> {
    let optimiser = Optimiser {
        layer_factors: [0.05, 0.05, 1.0],
        ..Optimiser::adam(settings.learning_rate)
    };
    let training = Training {
        optimiser,
        readout_decay: 0.0,
        method: Method::Adjoint,
    };
    let network = network(settings, train.sequence_steps);
    let mut trainer = Trainer::new(
        network,
        training,
        initial_weights(settings, seed),
        Feedback::Symmetric,
    );
    let mut order: Vec<&Sequence> = train.sequences.iter().collect();
    let mut epochs = Vec::with_capacity(settings.epochs);
    for epoch in 0..settings.epochs {
        shuffle(&mut order, seed, epoch);
        let mut right = 0;
        for batch in order.chunks(settings.batch.max(1)) {
            let outcomes = trainer.learn(batch);
            right += outcomes
                .iter()
                .zip(batch)
                .filter(|(o, s)| is_right(&trainer, &o.run, s))
                .count();
        }
        let tested = settings.test_every_epoch || epoch + 1 == settings.epochs;
        let (test_accuracy, test_rate_hz) =
            tested.then(|| examine(&trainer, &test.sequences)).unzip();
        let train_accuracy = right as f64 / order.len().max(1) as f64;
        epochs.push(Epoch {
            train_accuracy,
            test_accuracy,
            test_rate_hz,
        });
    }
    epochs
}

/// Shuffles what the epoch before has left, for epoch `epoch` from 0.
pub fn shuffle<T>(order: &mut [T], seed: u64, epoch: usize) {
    Draws::new(seed, EPOCHS + epoch as u64).shuffle(order);
}

fn is_right(trainer: &Trainer, run: &SequenceRun, sequence: &Sequence) -> bool {
    sequence.target == Target::Class(trainer.class_of(run))
}

/// Accuracy and mean rate on `test`; the network does not learn.
fn examine(trainer: &Trainer, test: &[Sequence]) -> (f64, f64) {
    let mut right = 0;
    let mut spikes = 0;
    for sequence in test {
        let run = trainer.run(sequence);
        right += usize::from(is_right(trainer, &run, sequence));
        spikes += run.spike_count();
    }
    let count = test.len().max(1) as f64;
    let neuron_seconds = count
        * trainer.network().recurrent_count() as f64
        * trainer.network().sequence_steps as f64
        / 1e3;
    (right as f64 / count, spikes as f64 / neuron_seconds)
}

/// Deals sample indices into `folds` hands, each class evenly, after shuffling.
pub fn deal(samples: &Samples, folds: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..samples.sequences.len()).collect();
    Draws::new(seed, DEALING).shuffle(&mut order);
    order.sort_by_key(|&s| samples.sequences[s].target != Target::Class(0));
    let folds = folds.max(1);
    (0..folds)
        .map(|fold| order.iter().copied().skip(fold).step_by(folds).collect())
        .collect()
}
