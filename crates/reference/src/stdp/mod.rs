//! Spike-timing dependent plasticity of one synapse, event by event in continuous time: what the
//! published models say, without sums of products. Times and time constants in one unit, steps here.
//!
//! All spikes interact with all. Between events nothing is computed: exponentials are taken over the
//! whole interval.

pub mod pair;
pub mod reward;
pub mod triplet;

pub use pair::Pair;
pub use reward::Rewarded;
pub use triplet::Triplet;

/// A value that decays: its size after the last event, and when that was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Decaying {
    value: f64,
    at: f64,
    tau: f64,
}

impl Decaying {
    pub fn new(tau: f64) -> Self {
        Decaying {
            value: 0.0,
            at: 0.0,
            tau,
        }
    }

    pub fn at(&self, time: f64) -> f64 {
        self.value * ((self.at - time) / self.tau).exp()
    }

    pub fn add(&mut self, time: f64, amount: f64) {
        (self.value, self.at) = (self.at(time) + amount, time);
    }
}
