//! A float e-prop network that is ready to learn a task (`docs/equations.md` A.3), and the streams
//! its numbers are drawn from.
//!
//! Draws are counter-based, so that (seed, index) always gives the same sequence, whatever was
//! drawn before.

use seamount_reference::eprop::{EpropNetwork, Feedback, Trainer, Training, Weights};
use seamount_reference::{Draws, Matrix};
use serde::{Deserialize, Serialize};

/// A network before its first update, with the settings it was published with.
#[derive(Debug, Clone)]
pub struct EpropTask {
    /// Sizes, time constants and loss of the network.
    pub network: EpropNetwork,
    /// Optimiser and way of the gradient.
    pub training: Training,
    /// Sequences per update.
    pub batch: usize,
    /// Weights before the first update.
    pub weights: Weights,
    /// Feedback before the first update.
    pub feedback: Feedback,
}

impl EpropTask {
    /// A trainer at its first update.
    pub fn trainer(&self) -> Trainer {
        Trainer::new(
            self.network.clone(),
            self.training.clone(),
            self.weights.clone(),
            self.feedback.clone(),
        )
    }
}

/// N(0, 1) / sqrt(divisor), `[post][pre]`.
pub(crate) fn normal_matrix(draws: &mut Draws, post: usize, pre: usize, divisor: f64) -> Matrix {
    let scale = 1.0 / divisor.sqrt();
    Matrix::from_fn(post, pre, |_, _| scale * draws.normal())
}

/// Stream of initial weights and feedback.
pub(crate) const WEIGHTS: u64 = 0;
/// Stream of frozen input.
pub(crate) const INPUTS: u64 = 1;
/// Stream of sequence 0; sequence i has stream `SEQUENCES + i`.
pub(crate) const SEQUENCES: u64 = 1 << 32;

/// A training in floats as it is kept: what the trainer has learned, how many units it learned
/// from, and what was found while it did.
#[derive(Serialize, Deserialize)]
pub(crate) struct FloatTraining<T> {
    /// Weights, feedback and moments.
    pub numbers: Vec<f64>,
    /// Updates of each set of moments.
    pub updates: Vec<u32>,
    /// Sequences or samples.
    pub units: u64,
    /// Losses, or tests.
    pub done: Vec<T>,
}

impl<T: Clone> FloatTraining<T> {
    /// As it stands now.
    pub fn of(trainer: &Trainer, units: u64, done: &[T]) -> FloatTraining<T> {
        let (numbers, updates) = trainer.state();
        FloatTraining {
            numbers,
            updates,
            units,
            done: done.to_vec(),
        }
    }
}
