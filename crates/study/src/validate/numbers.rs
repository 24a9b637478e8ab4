//! Changes of the weights that a user has computed: an array in a file, or a function of theirs
//! that computes one from what the chip saw.
//!
//! Nothing here knows how they came about. That is the point: they are held against the chip
//! without any knowledge of the rule.

use super::chip::Frame;
use seamount_chip::Recording;
use seamount_network::npy;
use seamount_session::Failure;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest array that is read, bytes.
const ARRAY_BYTES_MAX: u64 = 1 << 28;

/// Changes of the weights that a user has computed.
#[derive(Debug, Clone, PartialEq)]
pub enum OwnNumbers {
    /// An array in a file; `{seed}` in its name stands for the seed.
    File(PathBuf),
    /// A function, called for every seed.
    Function(ChangesFunction),
}

/// What a run of one seed saw.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReferenceInput {
    /// Seed.
    pub seed: u64,
    /// Number of steps.
    pub steps: u64,
    /// Steps after which weights are compared; the last is the end of the run.
    pub rows: Vec<u64>,
    /// Projection that is asked for; of a rule file `plastic`.
    pub projection: String,
    /// Source and target of each synapse, by source, then target.
    pub ends: Vec<(u32, u32)>,
    /// Weights at the start, by synapse.
    pub weights: Vec<f64>,
    /// (step, source) of each spike of a rule file's sources, as it reaches the synapses; steps
    /// from 1. Empty for a network, whose input the user has given.
    pub source_spikes: Vec<(u64, u32)>,
    /// (step, target) of each spike of a rule file's targets on the chip.
    pub target_spikes: Vec<(u64, u32)>,
    /// Steps in which a reward of a rule file comes, one for each reward.
    pub rewards: Vec<u64>,
    /// Recordings of the probes of a network.
    pub recordings: Vec<Recording>,
}

impl ReferenceInput {
    /// A run of which nothing but its seed and its weights by row is known yet.
    pub(super) fn new(
        seed: u64,
        projection: &str,
        ends: Vec<(u32, u32)>,
        frames: &[Frame],
    ) -> ReferenceInput {
        let start = frames.first().map(|frame| frame.variables[0].clone());
        let rows = frames.iter().skip(1).map(|frame| frame.step);
        ReferenceInput {
            seed,
            steps: frames.last().map_or(0, |frame| frame.step),
            rows: rows.collect(),
            projection: projection.into(),
            ends,
            weights: start.unwrap_or_default(),
            source_spikes: vec![],
            target_spikes: vec![],
            rewards: vec![],
            recordings: vec![],
        }
    }
}

/// (step, unit) of spikes that are listed by step, from step 1 on.
pub(super) fn events(by_step: &[Vec<usize>]) -> Vec<(u64, u32)> {
    let steps = (1u64..).zip(by_step);
    steps
        .flat_map(|(step, units)| units.iter().map(move |unit| (step, *unit as u32)))
        .collect()
}

/// Changes of the weights since the start: `[synapses]`, over the whole run, or `[rows, synapses]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Shape.
    pub shape: Vec<u64>,
    /// Values, row by row.
    pub data: Vec<f64>,
}

/// Type of the functions.
type Computes = dyn Fn(&ReferenceInput) -> Result<Changes, Failure> + Send + Sync;

/// A user's function that computes the changes of a run.
#[derive(Clone)]
pub struct ChangesFunction(Arc<Computes>);

impl ChangesFunction {
    /// A function; it is called from several threads, in no order.
    pub fn new(
        function: impl Fn(&ReferenceInput) -> Result<Changes, Failure> + Send + Sync + 'static,
    ) -> Self {
        ChangesFunction(Arc::new(function))
    }
}

impl fmt::Debug for ChangesFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChangesFunction")
    }
}

/// Functions are equal if they are the same one.
impl PartialEq for ChangesFunction {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl OwnNumbers {
    /// Whether there are numbers of every seed; else of the file's own alone.
    pub fn of_every_seed(&self) -> bool {
        match self {
            OwnNumbers::File(path) => path.to_string_lossy().contains("{seed}"),
            OwnNumbers::Function(_) => true,
        }
    }

    /// The file, if there is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            OwnNumbers::File(path) => Some(path),
            OwnNumbers::Function(_) => None,
        }
    }

    /// Puts a file in a folder, unless it has a path from the root on.
    pub fn locate(&mut self, folder: &Path) {
        if let OwnNumbers::File(path) = self {
            *path = folder.join(&path);
        }
    }

    /// Puts start and changes in the place of the weights of `frames`, which are the chip's rows.
    /// `seen` says what the run saw; it is asked only if there is a function.
    ///
    /// # Errors
    /// If the array cannot be read, the function fails, or the shape is another.
    pub(super) fn apply(
        &self,
        seed: u64,
        frames: &mut [Frame],
        seen: impl FnOnce(&[Frame]) -> ReferenceInput,
    ) -> Result<(), Failure> {
        match self {
            OwnNumbers::File(path) => {
                let path = of_seed(path, seed);
                let wrong = |problem: String| Failure::input(&path, problem);
                read(&path)?.replace(frames).map_err(wrong)
            }
            OwnNumbers::Function(function) => {
                let changes = (function.0)(&seen(frames))?;
                let wrong = |problem: String| {
                    Failure::option("reference", format!("seed {seed}: returned {problem}"))
                };
                changes.replace(frames).map_err(wrong)
            }
        }
    }
}

/// The path of the array of a seed: `{seed}` in its name stands for the number.
pub fn of_seed(path: &Path, seed: u64) -> PathBuf {
    PathBuf::from(path.to_string_lossy().replace("{seed}", &seed.to_string()))
}

fn read(path: &Path) -> Result<Changes, Failure> {
    let wrong = |problem: String| Failure::input(path, problem);
    let size = std::fs::metadata(path)
        .map_err(|e| wrong(e.to_string()))?
        .len();
    if size > ARRAY_BYTES_MAX {
        return Err(wrong(format!("{size} bytes, at most {ARRAY_BYTES_MAX}")));
    }
    let bytes = std::fs::read(path).map_err(|e| wrong(e.to_string()))?;
    let array = npy::read_floats(&bytes).map_err(|e| wrong(e.to_string()))?;
    Ok(Changes {
        shape: array.shape,
        data: array.data,
    })
}

impl Changes {
    /// Puts start and changes in the place of the weights of the rows. Synapses by source, then
    /// target.
    fn replace(&self, frames: &mut [Frame]) -> Result<(), String> {
        if let Some(at) = self.data.iter().position(|value| !value.is_finite()) {
            let value = self.data[at];
            return Err(format!("element {at} is {value}: wanted finite numbers"));
        }
        let rows = frames.len() - 1;
        let start = frames[0].variables[0].clone();
        let synapses = start.len();
        let shape = &self.shape;
        let whole = *shape == [synapses as u64];
        if !whole && *shape != [rows as u64, synapses as u64] {
            return Err(format!(
                "shape {shape:?}; wanted [{synapses}] (synapses), or [{rows}, {synapses}] (rows of \
                the report after the start, synapses)"
            ));
        }
        for (row, frame) in frames[1..].iter_mut().enumerate() {
            // where only the end is known, a straight line lies in between
            let share = if whole {
                (row + 1) as f64 / rows as f64
            } else {
                1.0
            };
            let first = if whole { 0 } else { row * synapses };
            let changes = &self.data[first..][..synapses];
            let weights = changes.iter().zip(&start);
            frame.variables[0] = weights.map(|(change, w)| w + share * change).collect();
        }
        Ok(())
    }
}
