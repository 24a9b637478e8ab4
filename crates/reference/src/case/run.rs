//! Running a case, and what it gives.

use serde::Serialize;
use serde_json::Value;

use super::error::CaseError;
use super::layout::{Case, read_case};
use crate::Matrix;
use crate::eprop::{
    Keep, Method, Sequence, SequenceOutcome, Target, Trainer, Weights, learning_signals,
};

/// What the caller decides about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunOptions {
    /// How many sequences; else what the file asks for. Given ones repeat.
    pub sequences: Option<usize>,
    /// Keep every state, gradient and weight of every sequence.
    pub record: bool,
    /// How gradients are summed.
    pub method: Method,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            sequences: None,
            record: false,
            method: Method::Traces,
        }
    }
}

/// What a case gives.
#[derive(Debug, Clone, Serialize)]
pub struct CaseResult {
    /// One loss for each weight update: the mean over its batch.
    pub losses: Vec<f64>,
    /// Recurrent spikes of each sequence.
    pub spike_counts: Vec<usize>,
    /// Where targets are classes: the share of sequences whose readout said so, for each update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracies: Option<Vec<f64>>,
    /// Every sequence, where recording was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequences: Option<Vec<SequenceRecord>>,
    /// The weights at the end.
    pub final_weights: Weights,
    /// Keys of the file's `params` that nothing reads.
    pub ignored: Vec<String>,
}

/// One sequence, in the names and layouts of `eprop-tiny-lif-alif.json`.
#[derive(Debug, Clone, Serialize)]
pub struct SequenceRecord {
    /// Membranes, `[step][neuron]`.
    #[serde(rename = "V")]
    pub v: Matrix,
    /// Spikes, 0 or 1.
    #[serde(rename = "Z")]
    pub z: Matrix,
    /// Pseudo-derivatives.
    pub psi: Matrix,
    /// Adaptive thresholds.
    pub thr: Matrix,
    /// Readouts, before any softmax.
    pub y: Matrix,
    /// Errors.
    pub error: Matrix,
    /// Learning signals.
    #[serde(rename = "L")]
    pub learning_signal: Matrix,
    /// Gradient of W_in.
    pub g_in: Matrix,
    /// Gradient of W_rec.
    pub g_rec: Matrix,
    /// Gradient of W_out.
    pub g_out: Matrix,
    /// W_in after this sequence (and, at the end of a batch, its update).
    pub w_in_after: Matrix,
    /// W_rec after.
    pub w_rec_after: Matrix,
    /// W_out after.
    pub w_out_after: Matrix,
}

/// Reads and runs a case.
pub fn run_case(json: &Value, options: &RunOptions) -> Result<CaseResult, CaseError> {
    Ok(read_case(json)?.run(options))
}

/// Parses, reads and runs a case.
pub fn run_case_text(text: &str, options: &RunOptions) -> Result<CaseResult, CaseError> {
    run_case(&serde_json::from_str(text)?, options)
}

impl Case {
    /// Runs the case. A last batch that stays incomplete gives a loss, but no update.
    pub fn run(&self, options: &RunOptions) -> CaseResult {
        let training = crate::eprop::Training {
            method: options.method,
            ..self.training.clone()
        };
        let mut trainer = Trainer::new(
            self.network.clone(),
            training,
            self.weights.clone(),
            self.feedback.clone(),
        );
        let total = options.sequences.unwrap_or(self.sequences_to_run);
        let mut result = CaseResult {
            losses: Vec::new(),
            spike_counts: Vec::new(),
            accuracies: matches!(self.sequences[0].target, Target::Class(_)).then(Vec::new),
            sequences: options.record.then(Vec::new),
            final_weights: Weights::zeros_like(&self.weights),
            ignored: self.ignored.clone(),
        };
        for first in (0..total).step_by(self.batch) {
            let batch = first..total.min(first.saturating_add(self.batch));
            let given = self.sequences.len();
            let batch: Vec<&Sequence> = batch.map(|s| &self.sequences[s % given]).collect();
            self.run_batch(&mut trainer, &batch, &mut result);
        }
        result.final_weights = trainer.weights().clone();
        result
    }

    fn run_batch(&self, trainer: &mut Trainer, batch: &[&Sequence], result: &mut CaseResult) {
        let keep = if result.sequences.is_some() {
            Keep::Everything
        } else {
            Keep::WhatGradientsRead
        };
        let outcomes = trainer.try_out(batch, keep);
        let count = outcomes.len() as f64;
        result
            .losses
            .push(outcomes.iter().map(|o| o.loss).sum::<f64>() / count);
        result
            .spike_counts
            .extend(outcomes.iter().map(|o| o.run.spike_count()));
        if let Some(accuracies) = &mut result.accuracies {
            let right = |(o, s): &(&SequenceOutcome, &&Sequence)| {
                s.target == Target::Class(trainer.class_of(&o.run))
            };
            accuracies.push(outcomes.iter().zip(batch).filter(right).count() as f64 / count);
        }
        let before = trainer.weights().clone();
        if batch.len() == self.batch {
            trainer.close(&outcomes);
        }
        if let Some(records) = &mut result.sequences {
            let last = outcomes.len() - 1;
            let after = |at: usize| {
                if at == last {
                    trainer.weights()
                } else {
                    &before
                }
            };
            records.extend(
                outcomes
                    .into_iter()
                    .enumerate()
                    .map(|(at, outcome)| record(outcome, after(at))),
            );
        }
    }
}

fn record(outcome: SequenceOutcome, after: &Weights) -> SequenceRecord {
    let SequenceOutcome {
        run,
        gradient,
        feedback,
        ..
    } = outcome;
    let mut z = Matrix::zeros(run.psi.rows(), run.psi.cols());
    for (t, spikes) in run.spikes.iter().enumerate() {
        spikes.iter().for_each(|&j| z.set(t, j as usize, 1.0));
    }
    SequenceRecord {
        learning_signal: learning_signals(&feedback, &run.error),
        v: run.v,
        z,
        psi: run.psi,
        thr: run.adaptive_threshold,
        y: run.y,
        error: run.error,
        g_in: gradient.w_in,
        g_rec: gradient.w_rec,
        g_out: gradient.w_out,
        w_in_after: after.w_in.clone(),
        w_rec_after: after.w_rec.clone(),
        w_out_after: after.w_out.clone(),
    }
}
