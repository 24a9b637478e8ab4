//! What a chip is: ids, limits, event kinds, prices, presets.
//!
//! What this crate does *not* know: networks, bits, or how anything is computed. Numbers come from
//! TOML tables in `presets/`, each with a source.

pub mod chip;
pub mod event;
pub mod pace;
pub mod price;
pub mod record;

pub use chip::{Board, CoreLimits, CoreLocation};
pub use event::{Event, EventCounts, EventStage, StepClass, Unit};
pub use pace::{Barrier, Choice, Chosen};
pub use price::{Bill, Profile};
pub use record::{Floorplan, Record, StepRecord};
