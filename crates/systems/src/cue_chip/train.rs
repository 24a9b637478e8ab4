//! Training and testing of one network on the chip.

use super::learner::{Compiled, Learner};
use seamount_reference::cue::{self, Epoch};
use seamount_reference::eprop::{Sequence, Target};
use seamount_spec::EventCounts;

/// A network trained from its initial weights, and its test.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// Epoch after epoch.
    pub epochs: Vec<Epoch>,
    /// Events of the samples that were learnt.
    pub learning: EventCounts,
    /// Samples that were learnt, each as often as it was.
    pub learnt: u64,
    /// Events of the samples that were tested.
    pub inference: EventCounts,
    /// Samples that were tested.
    pub tested: u64,
}

/// Learns `train`, shuffled anew every epoch, then tests `test`.
pub fn train_and_test(
    compiled: &Compiled,
    seed: u64,
    train: &[Sequence],
    test: &[Sequence],
) -> Trained {
    let settings = compiled.settings();
    let mut learner = compiled.learner(1);
    let mut order: Vec<&Sequence> = train.iter().collect();
    let none = EventCounts::default();
    let mut trained = Trained {
        epochs: vec![],
        learning: none,
        learnt: 0,
        inference: none,
        tested: 0,
    };
    for epoch in 0..settings.epochs {
        cue::shuffle(&mut order, seed, epoch);
        let (right, counts) = show(&mut learner, &order, true);
        trained.learning += counts;
        trained.learnt += order.len() as u64;
        let mut done = Epoch {
            train_accuracy: share(right, order.len()),
            test_accuracy: None,
            test_rate_hz: None,
        };
        if settings.test_every_epoch || epoch + 1 == settings.epochs {
            // on a copy: tests leave no trace in what is learned, not even in t
            let test: Vec<&Sequence> = test.iter().collect();
            let (right, counts) = show(&mut learner.clone(), &test, false);
            trained.inference += counts;
            trained.tested += test.len() as u64;
            let steps: usize = test.iter().map(|s| s.input.len()).sum();
            let neuron_seconds = (steps * compiled.neurons()) as f64 / 1e3;
            done.test_accuracy = Some(share(right, test.len()));
            // without targets readouts do not spike
            done.test_rate_hz = Some(counts.spikes as f64 / neuron_seconds.max(f64::MIN_POSITIVE));
        }
        trained.epochs.push(done);
    }
    trained
}

fn share(right: usize, of: usize) -> f64 {
    right as f64 / of.max(1) as f64
}

/// Shows samples one after another; how many were right, and events.
fn show(learner: &mut Learner, samples: &[&Sequence], learn: bool) -> (usize, EventCounts) {
    let (mut right, mut counts) = (0, EventCounts::default());
    for sample in samples {
        let shown = learner.show(sample, learn);
        right += usize::from(sample.target == Target::Class(shown.class));
        counts += shown.counts;
    }
    (right, counts)
}
