//! Cue accumulation learned on the emulated chip by e-prop: neurons and readouts run programs,
//! synapses learn, and the host injects spikes and targets and tells the chip to rest between
//! samples.

mod learner;
mod network;
mod settings;
mod train;

pub use learner::{Compiled, Learner, Shown};
pub use network::{ByteWeights, FINER, ONE, READOUT_ONE, by_source, network};
pub use settings::{ChipCueSettings, Rule};
pub use train::{Trained, train_and_test};

#[cfg(test)]
mod tests;
