//! Training by sequences: run, gradient, mean over the batch, update (A.1, "Batch" and "Update").
//!
//! A [`Trainer`] owns the weights and the optimiser's moments and nothing of the task: sequences
//! come from outside, one batch at a time.

use serde::Serialize;

use super::forward::{Fanout, Keep, SequenceRun, run, run_keeping};
use super::gradient::{Method, gradient};
use super::network::{EpropNetwork, Feedback, Sequence, Weights};
use super::optimise::{Moments, Optimiser, WeightMoments};
use super::readout::{predicted_class, sequence_loss};
use crate::Matrix;

/// Settings of training, beside the network's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Training {
    /// Step along the gradient, rate and clips.
    pub optimiser: Optimiser,
    /// Adds this times W_out to the gradient of W_out, and times B to that of adaptive feedback.
    pub readout_decay: f64,
    /// How gradients are summed.
    #[serde(skip)]
    pub method: Method,
}

/// A network in training.
#[derive(Debug, Clone)]
pub struct Trainer {
    network: EpropNetwork,
    training: Training,
    weights: Weights,
    feedback: Feedback,
    moments: WeightMoments,
    feedback_moments: Option<Moments>,
}

/// One sequence of a batch after its run.
#[derive(Debug, Clone)]
pub struct SequenceOutcome {
    /// States and spikes of the run.
    pub run: SequenceRun,
    /// Loss of the sequence.
    pub loss: f64,
    /// Gradient of the sequence, before the mean over the batch.
    pub gradient: Weights,
    /// B, the feedback weights that the gradient was taken with.
    pub feedback: Matrix,
}

impl Trainer {
    /// A trainer at its first update. Shapes must agree with the network.
    pub fn new(
        network: EpropNetwork,
        training: Training,
        mut weights: Weights,
        feedback: Feedback,
    ) -> Self {
        weights.w_rec.clear_diagonal();
        let moments = WeightMoments::new(&weights);
        let feedback_moments = match &feedback {
            Feedback::Adaptive(b) => Some(Moments::new(b)),
            Feedback::Symmetric | Feedback::Random(_) => None,
        };
        Self {
            network,
            training,
            weights,
            feedback,
            moments,
            feedback_moments,
        }
    }

    /// Everything that training has changed so far: the numbers of weights, feedback and moments,
    /// and how many updates each set of moments has seen. Settings are not in it.
    pub fn state(&self) -> (Vec<f64>, Vec<u32>) {
        let mut same = self.clone();
        let (matrices, updates) = same.learned();
        let numbers = matrices.iter().flat_map(|m| m.values().iter().copied());
        let numbers = numbers.collect();
        (numbers, updates.iter().map(|count| **count).collect())
    }

    /// Goes back to a state of a trainer with the same settings; whether it can be one.
    #[must_use]
    pub fn restore(&mut self, numbers: &[f64], counts: &[u32]) -> bool {
        let (matrices, updates) = self.learned();
        let wanted: usize = matrices.iter().map(|m| m.values().len()).sum();
        if numbers.len() != wanted || counts.len() != updates.len() {
            return false;
        }
        let mut rest = numbers;
        for matrix in matrices {
            let (own, after) = rest.split_at(matrix.values().len());
            matrix.values_mut().copy_from_slice(own);
            rest = after;
        }
        updates
            .into_iter()
            .zip(counts)
            .for_each(|(own, count)| *own = *count);
        true
    }

    /// What training changes: matrices, and counts of updates, in a fixed order.
    fn learned(&mut self) -> (Vec<&mut Matrix>, Vec<&mut u32>) {
        let mut matrices: Vec<&mut Matrix> = self.weights.layers_mut().into_iter().collect();
        let mut updates = vec![];
        match &mut self.feedback {
            Feedback::Symmetric => {}
            Feedback::Random(b) | Feedback::Adaptive(b) => matrices.push(b),
        }
        let moments = self
            .moments
            .layers_mut()
            .iter_mut()
            .chain(&mut self.feedback_moments);
        for moments in moments {
            let (first, second, count) = moments.parts_mut();
            matrices.extend([first, second]);
            updates.push(count);
        }
        (matrices, updates)
    }

    /// The weights after the last update.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The feedback after the last update.
    pub fn feedback(&self) -> &Feedback {
        &self.feedback
    }

    /// The network's settings.
    pub fn network(&self) -> &EpropNetwork {
        &self.network
    }

    /// Runs one sequence without learning.
    pub fn run(&self, sequence: &Sequence) -> SequenceRun {
        run(&self.network, &Fanout::new(&self.weights), sequence)
    }

    /// The class that the readout of a run says: the largest softmax, summed over the learning
    /// window.
    pub fn class_of(&self, run: &SequenceRun) -> usize {
        predicted_class(&self.network, run.y.values(), self.network.outputs)
    }

    /// Runs a batch and updates the weights once, by the mean gradient. An empty batch changes
    /// nothing.
    pub fn learn(&mut self, batch: &[&Sequence]) -> Vec<SequenceOutcome> {
        let outcomes = self.try_out(batch, Keep::WhatGradientsRead);
        self.close(&outcomes);
        outcomes
    }

    /// Runs and gradients of a batch; the weights stay.
    pub fn try_out(&self, batch: &[&Sequence], keep: Keep) -> Vec<SequenceOutcome> {
        let fanout = Fanout::new(&self.weights);
        let feedback = self.feedback.broadcast(&self.weights);
        let outcome = |sequence: &&Sequence| {
            let run = run_keeping(&self.network, &fanout, sequence, keep);
            let loss = sequence_loss(
                &self.network,
                &sequence.target,
                run.y.values(),
                self.network.outputs,
            );
            let gradient = gradient(
                &self.network,
                self.training.method,
                &feedback,
                sequence,
                &run,
            );
            SequenceOutcome {
                run,
                loss,
                gradient,
                feedback: feedback.clone(),
            }
        };
        batch.iter().map(outcome).collect()
    }

    /// Updates the weights with the mean gradient of the batch.
    pub fn close(&mut self, outcomes: &[SequenceOutcome]) {
        if outcomes.is_empty() {
            return;
        }
        let mut sum = Weights::zeros_like(&self.weights);
        for outcome in outcomes {
            for (total, layer) in sum.layers_mut().into_iter().zip(outcome.gradient.layers()) {
                total.add_scaled(layer, 1.0);
            }
        }
        let mean = 1.0 / outcomes.len() as f64;
        sum.layers_mut()
            .into_iter()
            .for_each(|layer| layer.scale(mean));
        self.align_feedback(&sum.w_out);
        sum.w_out
            .add_scaled(&self.weights.w_out, self.training.readout_decay);
        self.moments
            .update(&self.training.optimiser, &sum, &mut self.weights);
    }

    /// Adaptive feedback receives exactly W_out's gradient, with the same decay.
    fn align_feedback(&mut self, g_out: &Matrix) {
        if let (Feedback::Adaptive(b), Some(moments)) =
            (&mut self.feedback, &mut self.feedback_moments)
        {
            let optimiser = &self.training.optimiser;
            let mut g = g_out.transposed();
            g.add_scaled(b, self.training.readout_decay);
            moments.update(optimiser, optimiser.layer_factors[2], &g, b);
        }
    }
}
