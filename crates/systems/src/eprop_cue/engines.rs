//! The engines: what trains a network of a seed, in floats or on the chip.

use super::chip::{self, ChipCueSettings, CompiledCue};
use super::float::{self, CueSettings, Epoch, Samples};
use super::initial::InitialWeights;
use super::recipe::EpropCueOptions;
use super::report::{ChipReport, FoldReport, Work};
use seamount_session::Failure;
use seamount_spec::EventCounts;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// An engine, ready to train networks.
pub(super) enum Engines {
    /// The equations in f64.
    Float(CueSettings),
    /// The emulated chip, with a compiled network for each seed.
    Chip {
        settings: ChipCueSettings,
        initial: InitialWeights,
        by_seed: Vec<CompiledCue>,
    },
}

/// One network, trained and tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Trained {
    /// Accuracy of the network.
    pub fold: FoldReport,
    /// Events and samples while learning; none in floats.
    pub learning: (EventCounts, u64),
    /// Events and samples while tested; none in floats.
    pub inference: (EventCounts, u64),
}

impl Engines {
    /// Reads and compiles what the engine needs; `samples` is the file that is learnt.
    ///
    /// # Errors
    /// If initial weights are missing or wrong, or the network does not compile.
    pub fn new(options: &EpropCueOptions, samples: &Path) -> Result<Engines, Failure> {
        let Some(settings) = options.chip_settings() else {
            return Ok(Engines::Float(options.settings()));
        };
        let neurons = options.neurons;
        let initial = InitialWeights::find(options.data.as_deref(), samples, neurons)?;
        let compile = |seed| CompiledCue::new(&settings, &initial.of_seed(neurons, seed), seed);
        Ok(Engines::Chip {
            by_seed: (0..u64::from(options.seeds))
                .map(compile)
                .collect::<Result<_, _>>()?,
            settings,
            initial,
        })
    }

    /// Trains a network of a seed from its initial weights and tests it. `tested` are the places of
    /// the test samples, for the report.
    pub fn train(&self, seed: u64, tested: &[usize], learn: &Samples, test: &Samples) -> Trained {
        let none = (EventCounts::default(), 0);
        let (epochs, learning, inference) = match self {
            Engines::Float(settings) => {
                let epochs = float::train_and_test(settings, seed, learn, test);
                (epochs, none, none)
            }
            Engines::Chip { by_seed, .. } => {
                let compiled = &by_seed[seed as usize];
                let t = chip::train_and_test(compiled, seed, &learn.sequences, &test.sequences);
                (t.epochs, (t.learning, t.learnt), (t.inference, t.tested))
            }
        };
        let accuracy = epochs.last().and_then(|e: &Epoch| e.test_accuracy);
        Trained {
            fold: FoldReport {
                tested: tested.to_vec(),
                accuracy: accuracy.unwrap_or(0.0),
                epochs,
            },
            learning,
            inference,
        }
    }

    /// Settings and mean costs over all networks; none in floats.
    pub fn report(&self, trained: &[Trained]) -> Option<ChipReport> {
        let Engines::Chip {
            settings, initial, ..
        } = self
        else {
            return None;
        };
        let (initial_weights, initial_weights_looked) = match initial {
            InitialWeights::Folder(folder, _) => (folder.display().to_string(), vec![]),
            InitialWeights::Drawn(looked) => {
                let looked = looked.iter().map(|f| f.display().to_string());
                ("drawn".into(), looked.collect())
            }
        };
        Some(ChipReport {
            board: "loihi2",
            settings: settings.clone(),
            initial_weights,
            initial_weights_looked,
            learning: work("learning", trained.iter().map(|t| t.learning)),
            inference: work("inference", trained.iter().map(|t| t.inference)),
        })
    }
}

fn work(kind: &'static str, parts: impl Iterator<Item = (EventCounts, u64)>) -> Work {
    let mut total = EventCounts::default();
    let mut samples = 0;
    for (counts, number) in parts {
        total += counts;
        samples += number;
    }
    Work::new(kind, &total, samples)
}
