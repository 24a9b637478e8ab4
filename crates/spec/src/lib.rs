//! Internal crate of seamount, without promise of stability.
//!
//! What a chip is: ids, limits, event kinds, prices, presets; and the words that a netlist, an
//! image and the machine share.
//!
//! What this crate does *not* know: networks, bits, or how anything is computed. Numbers come from
//! TOML tables in `presets/`, each with a source.

mod chip;
mod event;
mod pace;
mod price;
mod record;
mod vocabulary;

pub use chip::{Board, CoreLimits, CoreLocation, ProgramLimits, Route};
pub use event::{Event, EventCounts, EventStage, StepClass, Unit};
pub use pace::{
    Barrier, BarrierStep, Chosen, ChosenKey, ChosenNumber, ENERGY_FJ_MAX, LATENCY_PS_MAX,
};
pub use price::{Bill, BillLine, Price, Profile, ProfileError, StaticPower};
pub use record::{Floorplan, HOST, LearningPlace, PopulationPlace, Record, SentPacket, StepRecord};
pub use vocabulary::{DwRounding, GradedPre, Join, LearningProfile, ThresholdMode};
