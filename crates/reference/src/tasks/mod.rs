//! The two tasks of the e-prop paper's tutorials (A.3): everything but the data is drawn here.
//!
//! Draws come from this crate's own counter-based numbers, so a (seed, index)
//! always gives the same sequence, whatever was drawn before.

pub mod evidence;
pub mod pattern;

use crate::Draws;
use crate::Matrix;
use crate::eprop::{Feedback, Network, Trainer, Training, Weights};

/// A network ready to learn a task.
#[derive(Debug, Clone)]
pub struct Task {
    /// The network's settings.
    pub network: Network,
    /// The training's settings.
    pub training: Training,
    /// Sequences per update, as published.
    pub batch: usize,
    /// Initial weights.
    pub weights: Weights,
    /// Initial feedback.
    pub feedback: Feedback,
}

impl Task {
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
fn normal_matrix(draws: &mut Draws, post: usize, pre: usize, divisor: f64) -> Matrix {
    let scale = 1.0 / divisor.sqrt();
    Matrix::from_fn(post, pre, |_, _| scale * draws.normal())
}

/// Streams of the tasks' draws; sequence `i` of evidence accumulation has stream `SEQUENCES + i`.
const WEIGHTS: u64 = 0;
const INPUTS: u64 = 1;
const SEQUENCES: u64 = 1 << 32;
