//! Training: gradients of a batch on any number of threads, AdaBelief (D.2).

use super::loss::{Scratch, trial_loss};
use super::trial::{Setting, TooManyEvents, Volley};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Trials of a batch whose gradients are summed before they meet others: fixed, so that the sums do
/// not depend on the number of threads.
pub const CHUNK: usize = 25;

/// One trial to learn.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Inputs, in order of time.
    pub volleys: Vec<Volley>,
    /// Output that should fire first.
    pub label: usize,
}

/// Sums over a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BatchSum {
    /// Gradient of the sum of the losses.
    pub gradient: Vec<f64>,
    /// Losses.
    pub loss: f64,
    /// Trials in which the right output fired first.
    pub right: usize,
    /// Spikes of all neurons.
    pub spikes: usize,
}

impl BatchSum {
    fn chunk(
        setting: &Setting,
        parameters: &[f64],
        samples: &[Sample],
        scratch: &mut Scratch,
    ) -> Result<BatchSum, TooManyEvents> {
        let mut sum = BatchSum {
            gradient: vec![0.0; parameters.len()],
            ..BatchSum::default()
        };
        for sample in samples {
            let outcome = trial_loss(
                setting,
                parameters,
                &sample.volleys,
                sample.label,
                scratch,
                Some(&mut sum.gradient),
            )?;
            sum.loss += outcome.loss;
            sum.right += usize::from(outcome.fired == Some(sample.label));
            sum.spikes += scratch.trial.spikes().count();
        }
        Ok(sum)
    }

    fn add(&mut self, other: &BatchSum) {
        self.gradient
            .iter_mut()
            .zip(&other.gradient)
            .for_each(|(a, b)| *a += b);
        self.loss += other.loss;
        self.right += other.right;
        self.spikes += other.spikes;
    }
}

/// Losses and gradients of a batch: the same bits for any number of threads.
pub fn batch_sum(
    setting: &Setting,
    parameters: &[f64],
    samples: &[Sample],
    threads: usize,
) -> Result<BatchSum, TooManyEvents> {
    let chunks: Vec<&[Sample]> = samples.chunks(CHUNK).collect();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![None; chunks.len()]);
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, chunks.len().max(1)) {
            scope.spawn(|| {
                let mut scratch = Scratch::default();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(chunk) = chunks.get(at) else { break };
                    let sum = BatchSum::chunk(setting, parameters, chunk, &mut scratch);
                    done.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(sum);
                }
            });
        }
    });
    let mut total = BatchSum {
        gradient: vec![0.0; parameters.len()],
        ..BatchSum::default()
    };
    for sum in done
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_iter()
        .flatten()
    {
        total.add(&sum?);
    }
    Ok(total)
}

/// AdaBelief (Zhuang et al., NeurIPS 2020): m is a running mean of gradients, s one of (g - m)^2 +
/// eps; a step is rate * mhat / (sqrt(shat) + eps), both corrected for their start at 0.
#[derive(Debug, Clone, PartialEq)]
pub struct AdaBelief {
    /// m.
    pub mean: Vec<f64>,
    /// s.
    pub spread: Vec<f64>,
    /// Steps taken.
    pub steps: u32,
}

impl AdaBelief {
    const MEAN_DECAY: f64 = 0.9;
    const SPREAD_DECAY: f64 = 0.999;
    const EPSILON: f64 = 1e-16;

    /// Before the first step.
    pub fn new(parameters: usize) -> AdaBelief {
        AdaBelief {
            mean: vec![0.0; parameters],
            spread: vec![0.0; parameters],
            steps: 0,
        }
    }

    /// One step down the gradient times `scale`.
    pub fn step(&mut self, rate: f64, gradient: &[f64], scale: f64, parameters: &mut [f64]) {
        self.steps += 1;
        let t = f64::from(self.steps);
        let mean_share = 1.0 - Self::MEAN_DECAY.powf(t);
        let spread_share = 1.0 - Self::SPREAD_DECAY.powf(t);
        let moments = self.mean.iter_mut().zip(&mut self.spread);
        for ((p, g), (m, s)) in parameters.iter_mut().zip(gradient).zip(moments) {
            let g = g * scale;
            *m = Self::MEAN_DECAY * *m + (1.0 - Self::MEAN_DECAY) * g;
            *s = Self::SPREAD_DECAY * *s
                + (1.0 - Self::SPREAD_DECAY) * (g - *m).powi(2)
                + Self::EPSILON;
            *p -= rate * (*m / mean_share) / ((*s / spread_share).sqrt() + Self::EPSILON);
        }
    }
}

/// A network in training.
#[derive(Debug, Clone, PartialEq)]
pub struct Trainer {
    /// The network.
    pub setting: Setting,
    /// Weights, then initial phases.
    pub parameters: Vec<f64>,
    /// The optimiser.
    pub optimiser: AdaBelief,
}

impl Trainer {
    /// Before the first step, from [`Wiring::initial`](super::wiring::Wiring::initial).
    pub fn new(setting: Setting, seed: u64) -> Trainer {
        let parameters = setting.wiring.initial(seed, setting.cell.period() / 2.0);
        let optimiser = AdaBelief::new(parameters.len());
        Trainer {
            setting,
            parameters,
            optimiser,
        }
    }

    /// One step along the mean gradient of a batch; phases stay between 0 and the period.
    pub fn learn(
        &mut self,
        samples: &[Sample],
        rate: f64,
        threads: usize,
    ) -> Result<BatchSum, TooManyEvents> {
        let sum = batch_sum(&self.setting, &self.parameters, samples, threads)?;
        self.optimiser.step(
            rate,
            &sum.gradient,
            1.0 / samples.len().max(1) as f64,
            &mut self.parameters,
        );
        let period = self.setting.cell.period();
        for phase in &mut self.parameters[self.setting.wiring.phases()] {
            *phase = phase.clamp(0.0, period);
        }
        Ok(sum)
    }
}
