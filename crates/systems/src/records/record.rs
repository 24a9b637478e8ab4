//! What a record is: what somebody measured, what this emulator says, and how far apart they are.

use seamount_session::{Failure, FailureKind};
use serde::Serialize;

/// One published measurement beside this emulator.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PublishedRecord {
    /// Name: the origin, a slash, and what of it.
    pub name: String,
    /// Who measured.
    pub laboratory: String,
    /// What it was measured on: a chip, or a simulator of one.
    pub machine: String,
    /// Whether that was silicon.
    pub silicon: bool,
    /// Where it was published.
    pub source: String,
    /// What was recorded, in words.
    pub what: String,
    /// This emulator beside it.
    pub result: RecordResult,
}

/// This emulator beside a record.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RecordResult {
    /// Whole numbers that must be equal, one by one.
    Bits(BitsCompared),
    /// A duration or an energy that is predicted.
    Figure(FigureCompared),
    /// The data are not on this machine.
    Absent {
        /// What is missing, and how to get it.
        reason: String,
    },
    /// It cannot be compared, whatever data there are.
    OutOfReach {
        /// Why, in a form that a user can act on.
        reason: String,
    },
    /// Something went wrong that should not.
    Failed {
        /// What went wrong.
        reason: String,
    },
}

/// Whole numbers beside each other.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct BitsCompared {
    /// Values compared.
    pub values: u64,
    /// Values that are equal.
    pub equal: u64,
    /// The first that differs, in words.
    pub first_difference: Option<String>,
}

impl BitsCompared {
    /// So many values, of which so many are equal.
    pub(super) fn counted(values: u64, equal: u64) -> BitsCompared {
        BitsCompared {
            values,
            equal,
            first_difference: None,
        }
    }

    /// Compares pairs of (recorded, found); the first difference is named by its position.
    pub(super) fn of(pairs: impl IntoIterator<Item = (i64, i64)>) -> BitsCompared {
        let mut all = BitsCompared::default();
        for (recorded, found) in pairs {
            if recorded == found {
                all.equal += 1;
            } else if all.first_difference.is_none() {
                let at = all.values;
                all.first_difference =
                    Some(format!("value {at}: recorded {recorded}, found {found}"));
            }
            all.values += 1;
        }
        all
    }

    /// Values that differ.
    pub fn mismatches(&self) -> u64 {
        self.values - self.equal
    }
}

/// A duration or an energy.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FigureCompared {
    /// Unit of all numbers: `us` or `uJ`.
    pub unit: String,
    /// The number that was measured.
    pub recorded: f64,
    /// What the measurement holds beside the neurocores, or that it holds nothing else.
    pub host: String,
    /// Whether the measurement holds time or energy of processors beside the neurocores.
    pub with_host: bool,
    /// What had to be assumed; none where the same input was run.
    pub assumed: Option<String>,
    /// What is predicted, by profile and fidelity.
    pub predictions: Vec<FigurePrediction>,
}

/// A prediction by one profile.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct FigurePrediction {
    /// Name of the profile.
    pub profile: String,
    /// How it was computed: `pipeline` or `cycle` for durations, `count` for energies.
    pub fidelity: String,
    /// The number; none where the profile does not say what an event costs.
    pub predicted: Option<f64>,
    /// Predicted over recorded.
    pub ratio: Option<f64>,
}

impl FigureCompared {
    /// Adds a prediction.
    pub(super) fn predict(&mut self, profile: &str, fidelity: &str, predicted: Option<f64>) {
        self.predictions.push(FigurePrediction {
            profile: profile.into(),
            fidelity: fidelity.into(),
            predicted,
            ratio: predicted.map(|p| p / self.recorded),
        });
    }
}

impl RecordResult {
    /// What is said of a record whose comparison failed: data that are missing are no mistake.
    pub(super) fn of_failure(failure: &Failure, get: &str) -> RecordResult {
        let lines = failure.lines().join("; ").replace('\n', "; ");
        match failure.kind {
            FailureKind::Missing => RecordResult::Absent {
                reason: format!("{lines}; to get it: {get}"),
            },
            _ => RecordResult::Failed { reason: lines },
        }
    }

    /// The compared values, of a record that is compared value by value.
    pub fn bits(&self) -> Option<&BitsCompared> {
        match self {
            RecordResult::Bits(bits) => Some(bits),
            _ => None,
        }
    }

    /// The figure, of a record that is one.
    pub fn figure(&self) -> Option<&FigureCompared> {
        match self {
            RecordResult::Figure(figure) => Some(figure),
            _ => None,
        }
    }
}
