//! What computes the rule, ready to train networks.

use super::chip::{self, ChipReport, OnChip};
use super::{CueSettings, EpropCueOptions, FoldReport};
use crate::cue_chip;
use seamount_reference::cue::{self, Epoch, Samples};
use seamount_spec::EventCounts;
use seamount_study::LabError;
use std::path::Path;

/// An engine and its settings.
pub enum Learners {
    /// The equations in f64.
    Float(CueSettings),
    /// The emulated chip.
    Chip(OnChip),
}

/// One network, trained and tested.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// How it went.
    pub fold: FoldReport,
    /// Events and samples while learning.
    pub learning: (EventCounts, u64),
    /// Events and samples while tested.
    pub inference: (EventCounts, u64),
}

impl Learners {
    /// Reads and compiles what the engine needs; `samples` is the file that is learnt.
    pub fn new(options: &EpropCueOptions, samples: &Path) -> Result<Learners, LabError> {
        match options.chip_settings() {
            None => Ok(Learners::Float(options.settings.clone())),
            Some(settings) => Ok(Learners::Chip(OnChip::new(settings, options, samples)?)),
        }
    }

    /// Trains a network of a seed from its initial weights and tests it.
    pub fn train(
        &self,
        seed: u64,
        tested: &[usize],
        learnt: &Samples,
        test: &Samples,
    ) -> Result<Trained, LabError> {
        let none = (EventCounts::default(), 0);
        let (epochs, learning, inference) = match self {
            Learners::Float(settings) => {
                let epochs = cue::train_on_and_test_on(settings, seed, learnt, test)
                    .map_err(|e| LabError::Option(e.to_string()))?;
                (epochs, none, none)
            }
            Learners::Chip(on_chip) => {
                let t = cue_chip::train_and_test(
                    on_chip.compiled(seed),
                    seed,
                    &learnt.sequences,
                    &test.sequences,
                );
                (t.epochs, (t.learning, t.learnt), (t.inference, t.tested))
            }
        };
        let accuracy = epochs
            .last()
            .and_then(|e: &Epoch| e.test_accuracy)
            .unwrap_or(0.0);
        Ok(Trained {
            fold: FoldReport {
                tested: tested.to_vec(),
                accuracy,
                epochs,
            },
            learning,
            inference,
        })
    }

    /// What the report says of the chip.
    pub fn report(&self, trained: &[Trained]) -> Option<ChipReport> {
        match self {
            Learners::Float(_) => None,
            Learners::Chip(on_chip) => Some(chip::report(on_chip, trained)),
        }
    }
}
