//! Cue accumulation on the chip, integer for integer: network and rules, a chip that is shown
//! samples, its training and test.
//!
//! Neurons and readouts run programs and synapses learn. The integers are those of ReckOn's files,
//! whose unit is 1/128; mantissas are finer than that and exponents make up for it, because a
//! learning rule moves mantissas.

mod learner;
mod network;
mod settings;
mod train;

pub use learner::{CompiledCue, CueLearner, Shown};
pub use network::{ByteWeights, FINER, ONE, READOUT_ONE, by_source, network};
pub use settings::{ChipCueSettings, Rule};
pub use train::{TrainedOnChip, train_and_test};

#[cfg(test)]
mod tests;
