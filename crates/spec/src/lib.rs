//! What a chip is: ids, limits, event kinds, prices, presets; and the words that a netlist, an image
//! and the machine share.
//!
//! What this crate does *not* know: networks, bits, or how anything is computed. Numbers come from
//! TOML tables in `presets/`, each with a source.

pub mod chip;
pub mod count;
pub mod pace;
pub mod price;
pub mod record;
mod vocabulary;

pub use chip::{Board, CoreLimits, CoreLocation};
pub use count::{EventCounts, StepClass};
pub use pace::{Barrier, Chosen};
pub use price::{Bill, Profile};
pub use record::{Floorplan, Record, StepRecord};
pub use vocabulary::{DwRounding, GradedPre, Join, LearningProfile, ThresholdMode};
