//! `eprop-cue`: cue accumulation on the samples of ReckOn's test bench, in floats or learned on the
//! chip.
//!
//! 40 inputs, 100 LIF neurons with membranes of two seconds, two readouts (`docs/equations.md` A.3,
//! A.5). Engine `float` is e-prop in f64 with softmax and Adam; `a` keeps eligibility in the tag of
//! every synapse; `c` makes it from traces of the neurons, as ReckOn does. The page is
//! `docs/eprop-cue.md`.
//!
//! The host adds up the readouts over the recall to a class, shuffles samples, and tells the chip
//! to rest between them; nothing else of the engines on the chip is computed outside.

pub mod chip;
mod controls;
mod engines;
pub mod float;
mod initial;
mod recipe;
mod report;

pub use float::CueSettings;
pub use recipe::{Engine, EpropCue, EpropCueOptions, FOLDS, run};
pub use report::{ChipReport, EpropCueReport, FoldReport, SeedReport, Work};
