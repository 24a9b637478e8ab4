//! Spike-timing dependent plasticity of one synapse, event by event in continuous time, as its
//! authors write it: pairs, triplets, pairs that reward turns into changes; and rules of rates
//! (Oja, BCM, Diehl and Cook) with spikes in the place of one rate.
//!
//! Rules on the chip are sums of products of traces that decay step by step. These models are not,
//! on purpose: exponentials are taken over the whole interval between two events, and all spikes
//! interact with all. So they say whether the text of a rule *is* the published rule, which no
//! second reading of the same text can say. Times and time constants are in one unit; the tests use
//! steps.

pub mod bcm;
pub mod diehl_cook;
pub mod oja;
pub mod pair;
pub mod reward;
pub mod triplet;

pub use bcm::{Bcm, BcmTimes};
pub use diehl_cook::DiehlCook;
pub use oja::Oja;
pub use pair::Pair;
pub use reward::Rewarded;
pub use triplet::Triplet;

/// A trace: its value right after the last event, and the time of that event.
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
