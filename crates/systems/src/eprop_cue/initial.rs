//! The initial weights of the engines on the chip: published files, or drawn if they are nowhere.

use super::chip::{ByteWeights, by_source};
use super::float::{CLASSES, INPUTS, parse_weights};
use super::recipe::FOLDER;
use seamount_session::{Failure, FailureKind};
use seamount_study::datasets::Datasets;
use seamount_study::text;
use std::path::{Path, PathBuf};

/// The files of the initial weights: of inputs, of recurrent neurons, of readouts.
pub(super) const WEIGHTS: [&str; 3] = [
    "init_rand_weights_inp_cueAcc.dat",
    "init_rand_weights_rec_cueAcc.dat",
    "init_rand_weights_out_cueAcc.dat",
];

/// Source of the initial weights.
pub(super) enum InitialWeights {
    /// The three files of this folder; equal for all seeds.
    Folder(PathBuf, ByteWeights),
    /// A draw for each seed, because these folders have none of the files.
    Drawn(Vec<PathBuf>),
}

impl InitialWeights {
    /// Looks in the data folder, then beside the samples. A folder that was named must have the
    /// files; some of them without the others are an error anywhere.
    ///
    /// # Errors
    /// Every file that is not there, or every weight that is wrong.
    pub fn find(given: Option<&Path>, samples: &Path, neurons: usize) -> Result<Self, Failure> {
        let folders = folders(given, samples);
        let found = folders
            .iter()
            .map(|folder| (folder, missing(folder)))
            .find(|(_, missing)| missing.len() < WEIGHTS.len());
        match found {
            Some((folder, missing)) if missing.is_empty() => {
                let weights = read(folder, neurons)?;
                Ok(InitialWeights::Folder(folder.clone(), weights))
            }
            Some((folder, missing)) => Err(not_found(&missing, vec![folder.clone()])),
            None if given.is_some() => Err(not_found(&WEIGHTS, folders)),
            None => Ok(InitialWeights::Drawn(folders)),
        }
    }

    /// The weights of a seed.
    pub fn of_seed(&self, neurons: usize, seed: u64) -> ByteWeights {
        match self {
            InitialWeights::Folder(_, weights) => weights.clone(),
            InitialWeights::Drawn(_) => ByteWeights::drawn(neurons, seed),
        }
    }
}

/// Folders in the order in which they are searched.
fn folders(given: Option<&Path>, samples: &Path) -> Vec<PathBuf> {
    let places = Datasets::new(given);
    let root = places.root();
    let mut folders = vec![root.join(FOLDER), root.to_path_buf()];
    if given.is_none() {
        let beside = samples.parent().unwrap_or(Path::new(""));
        folders.push(if beside.as_os_str().is_empty() {
            ".".into()
        } else {
            beside.into()
        });
    }
    folders
}

/// The files that a folder lacks.
fn missing(folder: &Path) -> Vec<&'static str> {
    let absent = |name: &&str| !folder.join(name).is_file();
    WEIGHTS.into_iter().filter(absent).collect()
}

fn not_found(names: &[&str], looked: Vec<PathBuf>) -> Failure {
    let what = format!("the initial weights ({})", names.join(", "));
    Failure::missing(what, &looked)
}

/// Reads the three files, or says what is wrong with each.
fn read(folder: &Path, neurons: usize) -> Result<ByteWeights, Failure> {
    let mut problems = vec![];
    let mut one = |name: &str, sources: usize, targets: usize| {
        let file = folder.join(name);
        let weights = text::read(&file).map_err(|e| vec![e]).and_then(|content| {
            parse_weights(&content, sources, targets)
                .map_err(|lines| lines.iter().map(|p| text::wrong(&file, p)).collect())
        });
        match weights {
            Ok(matrix) => by_source(&matrix, 1.0),
            Err(wrong) => {
                problems.extend(wrong);
                vec![]
            }
        }
    };
    let [input, recurrent, output] = WEIGHTS;
    let weights = ByteWeights {
        input: one(input, INPUTS, neurons),
        recurrent: one(recurrent, neurons, neurons),
        output: one(output, neurons, CLASSES),
    };
    if problems.is_empty() {
        return Ok(weights);
    }
    let unread = problems.iter().any(|p| p.kind == FailureKind::Io);
    let kind = if unread {
        FailureKind::Io
    } else {
        FailureKind::Input
    };
    Err(Failure::new(kind, folder.display(), problems))
}
