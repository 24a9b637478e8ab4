//! `qif-mnist`: theta neurons with exact spike-time gradients on MNIST (Klos and Memmesheimer,
//! Physical Review Letters 134, 027301), in floats and as the integers of a chip.
//!
//! 784-100-100-10; bright pixels fire together once, the class is the output that fires first within
//! the trial. Weights come from [`train`] or are those shipped.

pub mod integer;
pub mod quantise;

pub mod net;
pub mod trial;

pub mod chip;

pub mod checkpoint;
pub mod train;

pub mod curve;
pub mod report;

pub use report::{QifOptions, QifReport, run};

#[cfg(test)]
mod tests;

/// Neurons of each layer.
pub const SIZES: [usize; 4] = [784, 100, 100, 10];
/// When bright pixels fire: T ln(1 / (1 - 0.01)) with T = 2.
pub const INPUT_TIME: f64 = 0.020_100_671_707_002_873;
/// T: outputs that fire later do not count.
pub const DURATION: f64 = 2.0;
/// Pixels from here on are bright.
pub const BRIGHT: u8 = 128;

/// Published figures.
pub mod published {
    /// Accuracy counting real spikes only, mean of ten networks trained on 60,000 images.
    pub const ACCURACY: f64 = 0.973;
    /// Accuracy if pseudospikes count.
    pub const ACCURACY_WITH_PSEUDOSPIKES: f64 = 0.976;
    /// Spikes of a hidden neuron in a trial.
    pub const SPIKES_PER_NEURON: f64 = 0.417;
    /// Those before the first output spike.
    pub const SPIKES_PER_NEURON_BEFORE: f64 = 0.317;
}
