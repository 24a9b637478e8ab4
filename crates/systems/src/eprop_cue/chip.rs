//! The engines on the chip: where weights come from, and what the report says.

use super::learners::Trained;
use super::{EpropCueOptions, FOLDER};
use crate::cue_chip::{ByteWeights, ChipCueSettings, Compiled, Rule, by_source};
use seamount_reference::cue::{self, CLASSES, INPUTS};
use seamount_session::PerInference;
use seamount_spec::EventCounts;
use seamount_study::{LabError, data, text};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The files of the initial weights.
const WEIGHTS: [&str; 3] = [
    "init_rand_weights_inp_cueAcc.dat",
    "init_rand_weights_rec_cueAcc.dat",
    "init_rand_weights_out_cueAcc.dat",
];

/// A network of each seed, compiled.
pub struct OnChip {
    settings: ChipCueSettings,
    initial_weights: InitialWeights,
    by_seed: Vec<Compiled>,
}

/// Where the initial weights are from.
enum InitialWeights {
    /// The three files of this folder.
    Folder(PathBuf),
    /// Nowhere: these folders have none of the files.
    Drawn(Vec<PathBuf>),
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
    /// Where files of initial weights were looked for in vain, if they are drawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub initial_weights_looked: Vec<String>,
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
    pub fn new(
        settings: ChipCueSettings,
        options: &EpropCueOptions,
        samples: &Path,
    ) -> Result<OnChip, LabError> {
        let neurons = options.settings.neurons;
        let initial_weights = weights_folder(options.data.as_deref(), samples)?;
        let shared = match &initial_weights {
            InitialWeights::Folder(folder) => Some(read(folder, neurons)?),
            InitialWeights::Drawn(_) => None,
        };
        let weights = |seed| {
            shared
                .clone()
                .unwrap_or_else(|| ByteWeights::drawn(neurons, seed))
        };
        let by_seed = (0..options.seeds).map(|seed| Compiled::new(&settings, &weights(seed), seed));
        let by_seed = by_seed.collect::<Result<_, _>>()?;
        Ok(OnChip {
            settings,
            initial_weights,
            by_seed,
        })
    }

    /// The network of a seed.
    pub fn compiled(&self, seed: u64) -> &Compiled {
        &self.by_seed[seed as usize]
    }
}

/// Where the initial weights lie: in the data folder, or beside the samples. A folder that was
/// named must have them; some of the files without the others are an error anywhere.
fn weights_folder(given: Option<&Path>, samples: &Path) -> Result<InitialWeights, LabError> {
    let root = data::data_folder(given);
    let mut folders = vec![root.join(FOLDER), root];
    if given.is_none() {
        let beside = samples.parent().unwrap_or(Path::new(""));
        folders.push(if beside.as_os_str().is_empty() {
            ".".into()
        } else {
            beside.into()
        });
    }
    let missing = |folder: &Path| {
        WEIGHTS
            .into_iter()
            .filter(|name| !folder.join(name).is_file())
            .collect::<Vec<_>>()
    };
    let not_found = |names: Vec<&str>, looked| LabError::Missing {
        what: format!("the initial weights ({})", names.join(", ")),
        looked,
    };
    match folders
        .iter()
        .map(|folder| (folder, missing(folder)))
        .find(|(_, missing)| missing.len() < WEIGHTS.len())
    {
        Some((folder, missing)) if missing.is_empty() => Ok(InitialWeights::Folder(folder.clone())),
        Some((folder, missing)) => Err(not_found(missing, vec![folder.clone()])),
        None if given.is_some() => Err(not_found(WEIGHTS.to_vec(), folders)),
        None => Ok(InitialWeights::Drawn(folders)),
    }
}

fn read(folder: &Path, neurons: usize) -> Result<ByteWeights, LabError> {
    let one = |name: &str, sources: usize, targets: usize| {
        let file = folder.join(name);
        let parsed = cue::parse_weights(&text::read(&file).map_err(|e| vec![e])?, sources, targets);
        let wrong = |problems: Vec<_>| {
            problems
                .iter()
                .map(|p| text::wrong(&file, p))
                .collect::<Vec<_>>()
        };
        parsed.map(|matrix| by_source(&matrix, 1.0)).map_err(wrong)
    };
    let [input, recurrent, output] = WEIGHTS;
    match (
        one(input, INPUTS, neurons),
        one(recurrent, neurons, neurons),
        one(output, neurons, CLASSES),
    ) {
        (Ok(input), Ok(recurrent), Ok(output)) => Ok(ByteWeights {
            input,
            recurrent,
            output,
        }),
        (input, recurrent, output) => {
            let problems = [input.err(), recurrent.err(), output.err()];
            Err(LabError::Files {
                folder: folder.into(),
                problems: problems.into_iter().flatten().flatten().collect(),
            })
        }
    }
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
    let (initial_weights, initial_weights_looked) = match &on_chip.initial_weights {
        InitialWeights::Folder(folder) => (folder.display().to_string(), vec![]),
        InitialWeights::Drawn(looked) => (
            "drawn".into(),
            looked.iter().map(|f| f.display().to_string()).collect(),
        ),
    };
    ChipReport {
        board: "loihi2",
        settings: on_chip.settings.clone(),
        initial_weights,
        initial_weights_looked,
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
        writeln!(
            f,
            "cue accumulation, e-prop on an emulated chip of the {} class: {rule}",
            self.board
        )?;
        write!(f, "initial weights: {}", self.initial_weights)?;
        match &self.initial_weights_looked[..] {
            [] => Ok(()),
            looked => write!(
                f,
                " from the seed, NOT the published ones: {} are not in {}",
                WEIGHTS.join(", "),
                looked.join(", ")
            ),
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let p = &self.per_sample;
        write!(
            f,
            "a sample of {}: {:.0} synaptic operations, {:.0} spikes, ",
            self.kind,
            p.synaptic_operations(),
            p.spikes()
        )?;
        writeln!(
            f,
            "{:.0} synapses visited to learn ({:.0} products)",
            self.learning_visits, self.learning_products
        )?;
        for energy in p.energy() {
            let amount = energy
                .dynamic_uj
                .map_or("unknown".into(), |uj| format!("{uj:.2} uJ"));
            write!(f, "  dynamic energy {amount} by profile {}", energy.profile)?;
            writeln!(
                f,
                "{}",
                if energy.unknown.is_empty() {
                    String::new()
                } else {
                    format!("; unknown: {}", energy.unknown.join(", "))
                }
            )?;
        }
        Ok(())
    }
}
