//! A data set of one's own in one call: accuracy, and the operations, energy and time of each
//! inference.
//!
//! Whoever asks what a network costs asks it of an inference and of a whole test set, not of one
//! run. [`evaluate`] takes a network that is placed ([`Placed`](crate::Placed)), samples with
//! labels ([`EvalData`]), a way in ([`SampleEncoder`]) and a way out ([`SampleDecoder`]), and
//! gives an [`EvalReport`] with a [`SampleRow`] for each sample. Every sample begins on a chip
//! that was reset and has noise of its own by its index in the set, so that the same sample gives
//! the same bits whichever samples are shown beside it, on any number of threads, and after a
//! restart.
//!
//! What this module does *not* know: terminals, command lines, Python; which systems were
//! published, though these use its encoders.

mod data;
mod encode;
mod journal;
mod option;
mod plan;
mod read;
mod report;
mod rows;
mod run;
mod sent;
mod spread;
#[cfg(test)]
mod tests;

pub use data::{EvalData, LABELS, SAMPLES};
pub use encode::{SampleEncoder, WHITE, random_events};
pub use plan::EvalOptions;
pub use read::{SILENT, SampleDecoder};
pub use report::{
    Accuracy, EnergySpread, EvalReport, EvalSamples, EvalWall, EventSpread, SampleMetrics,
    SampleOperations, SampleRow, TimeSpread,
};
pub use rows::{RowsForm, write_rows};
pub use run::{EvalWatch, Evaluation, evaluate};
pub use spread::SampleSpread;

pub(crate) use run::share;
