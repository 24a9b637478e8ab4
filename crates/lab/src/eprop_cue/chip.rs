//! The engines on the chip: where weights come from, and what the report says.

use super::learners::Trained;
use super::{EpropCueOptions, FOLDER};
use crate::cue_chip::{ByteWeights, ChipCueSettings, Compiled, Rule, by_source};
use crate::measure::PerInference;
use crate::{LabError, data, text};
use seamount_reference::cue::{self, CLASSES, INPUTS};
use seamount_spec::EventCounts;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The files of the initial weights.
const WEIGHTS: [&str; 3] = ["init_rand_weights_inp_cueAcc.dat", "init_rand_weights_rec_cueAcc.dat", "init_rand_weights_out_cueAcc.dat"];

/// A network of each seed, compiled.
pub struct OnChip {
    settings: ChipCueSettings,
    initial_weights: String,
    by_seed: Vec<Compiled>,
}

/// Settings and events of the engines on the chip.
#[derive(Debug, Clone, Serialize)]
pub struct ChipReport {
    /// Board.
    pub board: &'static str,
    /// Settings.
    pub settings: ChipCueSettings,
    /// Folder of the initial weights, or `drawn`: He-normal as the float engine's, rounded to 8 bit.
    pub initial_weights: String,
    /// A sample that is learnt.
    pub learning: Work,
    /// A sample that is tested.
    pub inference: Work,
}

/// Means of a sample.
#[derive(Debug, Clone, Serialize)]
pub struct Work {
    /// `learning` or `inference`.
    pub kind: &'static str,
    /// Mean visits of synapses by the learning engine.
    pub learning_visits: f64,
    /// Mean products that it computed.
    pub learning_products: f64,
    /// Counts and energy.
    #[serde(flatten)]
    pub per_sample: PerInference,
}

impl OnChip {
    /// Reads the initial weights, or draws them if they are nowhere, and compiles a network a seed.
    pub fn new(settings: ChipCueSettings, options: &EpropCueOptions, samples: &Path) -> Result<OnChip, LabError> {
        let neurons = options.settings.neurons;
        let folder = weights_folder(options.data.as_deref(), samples)?;
        let shared = folder.as_deref().map(|folder| read(folder, neurons)).transpose()?;
        let weights = |seed| shared.clone().unwrap_or_else(|| ByteWeights::drawn(neurons, seed));
        let by_seed = (0..options.seeds).map(|seed| Compiled::new(&settings, &weights(seed), seed));
        let by_seed = by_seed.collect::<Result<_, _>>()?;
        let initial_weights = folder.map_or_else(|| "drawn".into(), |f| f.display().to_string());
        Ok(OnChip { settings, initial_weights, by_seed })
    }

    /// The network of a seed.
    pub fn compiled(&self, seed: u64) -> &Compiled {
        &self.by_seed[seed as usize]
    }
}

/// Where the initial weights lie: beside the samples, or in the data folder. Some of the files
/// without the others are an error.
fn weights_folder(given: Option<&Path>, samples: &Path) -> Result<Option<PathBuf>, LabError> {
    let given = data::data_folder(given);
    let beside = samples.parent().map(Path::to_path_buf);
    let folders: Vec<PathBuf> = beside.into_iter().chain([given.join(FOLDER), given]).collect();
    let found = folders.iter().find(|folder| WEIGHTS.iter().any(|name| folder.join(name).is_file()));
    let Some(folder) = found else { return Ok(None) };
    match WEIGHTS.iter().find(|name| !folder.join(name).is_file()) {
        Some(_) => Err(LabError::Missing { what: "the initial weights".into(), looked: WEIGHTS.map(|w| folder.join(w)).into() }),
        None => Ok(Some(folder.clone())),
    }
}

fn read(folder: &Path, neurons: usize) -> Result<ByteWeights, LabError> {
    let one = |name: &str, sources: usize, targets: usize| {
        let file = folder.join(name);
        let parsed = cue::parse_weights(&text::read(&file)?, sources, targets);
        let matrix = parsed.map_err(|problems| text::wrong(&file, text::lines(problems)))?;
        let rows = by_source(&matrix, 1.0);
        match rows.iter().flatten().find(|w| !(-128..=127).contains(*w)) {
            Some(w) => Err(text::wrong(&file, format!("weight {w} is outside -128..=127"))),
            None => Ok(rows),
        }
    };
    let [input, recurrent, output] = WEIGHTS;
    Ok(ByteWeights {
        input: one(input, INPUTS, neurons)?,
        recurrent: one(recurrent, neurons, neurons)?,
        output: one(output, neurons, CLASSES)?,
    })
}

/// Means over all networks.
pub fn report(on_chip: &OnChip, trained: &[Trained]) -> ChipReport {
    let work = |kind, of: fn(&Trained) -> (EventCounts, u64)| {
        let (mut counts, mut samples) = (EventCounts::default(), 0);
        for (some, number) in trained.iter().map(of) {
            counts += some;
            samples += number;
        }
        let samples = samples.max(1);
        Work {
            kind,
            learning_visits: counts.learning_visits as f64 / samples as f64,
            learning_products: counts.learning_products as f64 / samples as f64,
            per_sample: PerInference::new(&counts, samples),
        }
    };
    ChipReport {
        board: "loihi2",
        settings: on_chip.settings.clone(),
        initial_weights: on_chip.initial_weights.clone(),
        learning: work("learning", |t| t.learning),
        inference: work("inference", |t| t.inference),
    }
}

impl fmt::Display for ChipReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = match self.settings.rule {
            Rule::Tag => "engine a, eligibility in tags",
            Rule::Traces => "engine c, eligibility from traces of neurons",
        };
        writeln!(f, "cue accumulation, e-prop on an emulated chip of the {} class: {rule}", self.board)?;
        write!(f, "initial weights: {}", self.initial_weights)
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = &self.per_sample;
        write!(f, "a sample of {}: {:.0} synaptic operations, {:.0} spikes, ", self.kind, p.synaptic_operations, p.spikes)?;
        writeln!(f, "{:.0} synapses visited to learn ({:.0} products)", self.learning_visits, self.learning_products)?;
        for energy in &p.energy {
            write!(f, "  dynamic energy {:.2} uJ by profile {}", energy.dynamic_uj, energy.profile)?;
            writeln!(f, "{}", if energy.unknown.is_empty() { String::new() } else { format!("; unknown: {}", energy.unknown.join(", ")) })?;
        }
        Ok(())
    }
}
