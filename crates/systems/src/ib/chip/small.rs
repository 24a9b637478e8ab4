//! The line and exclusive or, learned on the chip.
//!
//! Coordinates have signs and spikes have none: each is two inputs, one for what is above 0 and one
//! for what is below, and the network starts from the float one's weights with both signs.

use super::learner::IbLearner;
use super::network::CountNetwork;
use super::teacher::Teacher;
use crate::ib::float::modulator::Window;
use crate::ib::float::tasks::SmallSamples;
use crate::ib::float::train::one_hot;
use crate::ib::float::{Bottleneck, Mlp};
use seamount_session::Failure;
use seamount_spec::EventCounts;

/// Accuracy of a chip that learned, and its costs.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ib) struct SeedOnChip {
    /// Share of the test samples that are right.
    pub accuracy: f64,
    /// Events of the training, learning included.
    pub training: EventCounts,
    /// Events of the test samples.
    pub inference: EventCounts,
}

/// Both signs of every coordinate.
fn spikes(network: &CountNetwork, sample: &[f64]) -> Vec<u32> {
    sample
        .iter()
        .flat_map(|x| [network.spikes(*x), network.spikes(-x)])
        .collect()
}

/// Initial weights: those of the float network, each coordinate's with both signs.
fn weights(net: &Mlp) -> Vec<Vec<Vec<f64>>> {
    let rows = |k: usize| (0..net.weights[k].rows()).map(move |r| net.weights[k].row(r).to_vec());
    let negative = |row: &Vec<f64>| row.iter().map(|w| -w).collect::<Vec<f64>>();
    let first = rows(0)
        .flat_map(|row| [row.clone(), negative(&row)])
        .collect();
    std::iter::once(first)
        .chain((1..net.layers()).map(|k| rows(k).collect()))
        .collect()
}

/// M of the `samples` before and at each training sample; the first follow the last.
fn windows(task: &SmallSamples, rule: &Bottleneck, samples: usize) -> Vec<Window> {
    let labels = one_hot(&task.train_labels, 2);
    let all = task.train.len();
    let window = |at: usize| {
        let own: Vec<usize> = (0..samples)
            .map(|k| (at + all + 1 + k - samples) % all)
            .collect();
        let inputs: Vec<&[f64]> = own.iter().map(|i| &task.train[*i][..]).collect();
        let labels: Vec<&[f64]> = own.iter().map(|i| &labels[*i][..]).collect();
        rule.window(&inputs, &labels)
    };
    (0..all).map(window).collect()
}

/// Samples, network and rule of one training.
pub(in crate::ib) struct Lesson<'a> {
    /// Samples to learn and to test.
    pub samples: &'a SmallSamples,
    /// Sizes and integers; the first layer is twice the sample's coordinates.
    pub network: &'a CountNetwork,
    /// The objective of hidden layers.
    pub rule: Bottleneck,
    /// Samples of a window.
    pub window: usize,
    /// Passes over the training samples.
    pub epochs: usize,
    /// Whether hidden layers stay as drawn.
    pub frozen: bool,
}

/// Trains on the chip from the float network's initial weights, then tests with learning off.
///
/// # Errors
/// If the network does not compile: our own mistake.
pub(in crate::ib) fn train_and_test(
    lesson: &Lesson,
    net: &Mlp,
    seed: u64,
    tick: &dyn Fn(),
) -> Result<SeedOnChip, Failure> {
    let task = lesson.samples;
    let network = lesson.network;
    let windows = windows(task, &lesson.rule, lesson.window);
    let mut learner = IbLearner::new(network, &weights(net), seed)?;
    let mut teacher = Teacher::new(network, lesson.rule, lesson.window);
    let mut done = SeedOnChip {
        accuracy: 0.0,
        training: EventCounts::default(),
        inference: EventCounts::default(),
    };
    for _ in 0..lesson.epochs {
        for (at, sample) in task.train.iter().enumerate() {
            let seen = learner.show(&spikes(network, sample));
            let ready = teacher.note(&seen);
            let signals = if ready && !lesson.frozen {
                teacher.signals(&windows[at])
            } else {
                vec![]
            };
            let taught = learner.teach(&signals, ready.then_some(task.train_labels[at]));
            done.training += seen.counts;
            done.training += taught;
        }
        tick();
    }
    let mut right = 0;
    for (sample, label) in task.test.iter().zip(&task.test_labels) {
        let seen = learner.show(&spikes(network, sample));
        right += usize::from(seen.class() == *label);
        done.inference += seen.counts;
        done.inference += learner.teach(&[], None);
    }
    done.accuracy = right as f64 / task.test.len().max(1) as f64;
    Ok(done)
}
