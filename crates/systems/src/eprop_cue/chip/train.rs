//! Training and test of one network on the chip.

use super::learner::{CompiledCue, CueLearner, Shown};
use crate::eprop_cue::float::{self, Epoch};
use seamount_reference::eprop::{Sequence, Target};
use seamount_spec::EventCounts;

/// A network trained from its initial weights, and its test.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedOnChip {
    /// Accuracies epoch after epoch.
    pub epochs: Vec<Epoch>,
    /// Events of the samples that were learnt.
    pub learning: EventCounts,
    /// Number of samples that were learnt, each as often as it was.
    pub learnt: u64,
    /// Events of the samples that were tested.
    pub inference: EventCounts,
    /// Number of samples that were tested.
    pub tested: u64,
}

/// Learns `train`, shuffled anew every epoch, then tests `test`.
pub fn train_and_test(
    compiled: &CompiledCue,
    seed: u64,
    train: &[Sequence],
    test: &[Sequence],
) -> TrainedOnChip {
    let settings = compiled.settings();
    let mut learner = compiled.learner(1);
    let mut order: Vec<&Sequence> = train.iter().collect();
    let mut trained = TrainedOnChip {
        epochs: vec![],
        learning: EventCounts::default(),
        learnt: 0,
        inference: EventCounts::default(),
        tested: 0,
    };
    for epoch in 0..settings.epochs {
        float::shuffle(&mut order, seed, epoch);
        learner.enter(compiled, epoch);
        let learned = show_all(order.iter().copied(), |sample| learner.learn(sample));
        trained.learning += learned.counts;
        trained.learnt += order.len() as u64;
        let mut done = Epoch {
            train_accuracy: share(learned.right, order.len()),
            test_accuracy: None,
            test_rate_hz: None,
        };
        if settings.test_every_epoch || epoch + 1 == settings.epochs {
            let tested = examine(&learner, test);
            trained.inference += tested.counts;
            trained.tested += test.len() as u64;
            let steps: usize = test.iter().map(|s| s.input.len()).sum();
            let neuron_seconds = (steps * compiled.neurons()) as f64 / 1e3;
            // without targets readouts do not spike, so that all spikes are the neurons'
            let rate = tested.counts.spikes as f64 / neuron_seconds.max(f64::MIN_POSITIVE);
            done.test_accuracy = Some(share(tested.right, test.len()));
            done.test_rate_hz = Some(rate);
        }
        trained.epochs.push(done);
    }
    trained
}

fn share(right: usize, of: usize) -> f64 {
    right as f64 / of.max(1) as f64
}

/// Tests a copy: tests leave no trace in what is learned, not even in t.
fn examine(learner: &CueLearner, test: &[Sequence]) -> Answers {
    let mut copy = learner.clone();
    show_all(test.iter(), |sample| copy.test(sample))
}

/// Answers to several samples.
#[derive(Default)]
struct Answers {
    right: usize,
    counts: EventCounts,
}

/// Shows samples one after another.
fn show_all<'a>(
    samples: impl Iterator<Item = &'a Sequence>,
    mut show: impl FnMut(&Sequence) -> Shown,
) -> Answers {
    let mut answers = Answers::default();
    for sample in samples {
        let shown = show(sample);
        answers.right += usize::from(sample.target == Target::Class(shown.class));
        answers.counts += shown.counts;
    }
    answers
}
