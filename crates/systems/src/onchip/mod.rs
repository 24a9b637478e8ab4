//! E-prop learned on the emulated chip: neurons, readouts, errors, feedback and the learning engine
//! are on the chip; the host injects inputs and targets and looks on.

pub mod alif;
pub mod evidence;
mod fits;
pub mod network;
pub mod pattern;
mod picture;
mod report;

pub use evidence::{EvidenceOptions, EvidenceReport};
pub use network::{ChipNetwork, Rates};
pub use pattern::{PatternOptions, PatternReport};
