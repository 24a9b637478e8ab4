//! A float graph beside itself on the chip, with failures that name its file.
//!
//! The command and Python ask the same question of a graph that a session has read; this is the one
//! place that turns it into a [`Pair`], and what a pair refuses into a failure about the file.

use super::{CompareError, CompareOptions, GraphComparison, Pair, Stimulus};
use seamount_session::{Events, Failure, FloatNetwork, Subject, not_quantised};
use seamount_spec::Board;
use std::path::Path;

/// How a graph is put beside the chip.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BesideChip {
    /// Board that the graph is placed on.
    pub board: Board,
    /// Number of steps.
    pub steps: u64,
    /// Differences of a voltage up to this count as none, in thresholds; the default if absent.
    pub tolerance: Option<f64>,
    /// Whether scales follow what the float graph does with the stimulus instead of the worst case.
    pub calibrate: bool,
    /// Whether [`GraphComparison::floats`] is kept; otherwise it is none.
    pub keep_floats: bool,
}

impl BesideChip {
    /// A number of steps on a board, scales for the worst case, the default tolerance.
    pub fn new(board: Board, steps: u64) -> BesideChip {
        BesideChip {
            board,
            steps,
            tolerance: None,
            calibrate: false,
            keep_floats: false,
        }
    }

    /// Runs a graph as floats, as integers in real arithmetic, and on the chip; `path` is what
    /// failures are about.
    ///
    /// # Errors
    /// A graph that cannot be stepped, quantised or compiled; spikes that do not fit its inputs.
    pub fn compare(
        &self,
        float: FloatNetwork,
        path: &Path,
        events: &Events,
    ) -> Result<GraphComparison, Failure> {
        let refused = |error: CompareError| refused(path, error);
        let defaults = CompareOptions::default();
        let mut options = CompareOptions {
            quantise: float.options,
            tolerance: self.tolerance.unwrap_or(defaults.tolerance),
            calibrate: false,
            board: Some(self.board.clone()),
        };
        // the inputs of a graph are known by name only when it is placed
        let mut pair = Pair::new(&float.graph, &options, &[]).map_err(refused)?;
        let stimulus = Stimulus {
            steps: self.steps,
            events: events.plain(&pair.image)?,
        };
        if self.calibrate {
            options.calibrate = true;
            let samples = std::slice::from_ref(&stimulus);
            pair = Pair::new(&float.graph, &options, samples).map_err(refused)?;
        }
        let mut comparison = pair.compare(&stimulus).map_err(refused)?;
        comparison.quantise.notes.splice(0..0, float.notes);
        if self.keep_floats {
            comparison.floats = Some(pair.floats(&stimulus));
        }
        Ok(comparison)
    }
}

fn refused(path: &Path, error: CompareError) -> Failure {
    match error {
        CompareError::Quantise(error) => not_quantised(path, &error),
        CompareError::Float(error) => Failure::input(path, error),
        CompareError::Failed(mut failure) => {
            failure.what = Subject::Named(path.display().to_string());
            failure
        }
    }
}
