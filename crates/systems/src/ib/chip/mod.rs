//! The rule on a chip of the Loihi 2 class.
//!
//! A value is a number of spikes: a unit sums what comes in, then fires once a step, as often as
//! its value says. Synapses learn by three factors: spikes that came (x1), derivative of the
//! rectifier (y1), modulator (y2, y3). The host says the modulator of hidden layers and the target
//! of readouts, whose error is the chip's own.

mod network;

mod learner;
mod teacher;

mod mnist;
mod small;

pub(super) use mnist::{Inference, MnistChip};
pub use network::{CountNetwork, learning};
pub(super) use small::{Lesson, SeedOnChip, train_and_test};

#[cfg(test)]
mod tests;
