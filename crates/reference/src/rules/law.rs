//! Rules as their authors write them, for all synapses of a network: the side that says whether a
//! text *is* a rule.
//!
//! [`Law`] is what a comparison asks of anybody's equations: step by step the spikes and rewards,
//! and the weights whenever it likes. The models of [`crate::stdp`] have that form here; a function
//! in another language can have it as well, as it needs nothing but lists of numbers.

use super::engine::Seen;
use super::synapses::Range;
use crate::stdp::{Bcm, DiehlCook, Oja, Pair, Rewarded, Triplet};

/// Equations of a rule, by step.
pub trait Law: Send {
    /// One step: sources and targets that spiked in it, and the reward that came.
    fn step(&mut self, seen: Seen);

    /// Weights after the last step, by synapse.
    fn weights(&self) -> Vec<f64>;
}

/// A synapse that changes with single events. Times are steps, from 1.
pub trait SynapseLaw: Send {
    /// The source spikes.
    fn pre(&mut self, time: f64);

    /// The target spikes; a source spike of the same step has come before.
    fn post(&mut self, time: f64);

    /// A reward comes.
    fn reward(&mut self, _time: f64, _amount: f64) {}

    /// The step ends.
    fn pass(&mut self, _time: f64) {}

    /// The weight, to be read and to be limited.
    fn weight(&mut self) -> &mut f64;
}

macro_rules! plastic {
    ($($model:ty)*) => {
        $(impl SynapseLaw for $model {
            fn pre(&mut self, time: f64) {
                <$model>::pre(self, time);
            }

            fn post(&mut self, time: f64) {
                <$model>::post(self, time);
            }

            fn weight(&mut self) -> &mut f64 {
                &mut self.weight
            }
        })*
    };
}

plastic!(Pair Triplet Oja Bcm DiehlCook);

impl SynapseLaw for Rewarded {
    fn pre(&mut self, time: f64) {
        Rewarded::pre(self, time);
    }

    fn post(&mut self, time: f64) {
        Rewarded::post(self, time);
    }

    fn reward(&mut self, time: f64, amount: f64) {
        Rewarded::reward(self, time, amount);
    }

    fn pass(&mut self, time: f64) {
        Rewarded::pass(self, time);
    }

    fn weight(&mut self) -> &mut f64 {
        &mut self.weight
    }
}

/// A law of synapses that do not know each other.
#[derive(Debug, Clone)]
pub struct PerSynapse<S> {
    synapses: Vec<S>,
    of_pre: Vec<Vec<usize>>,
    of_post: Vec<Vec<usize>>,
    limits: Range,
    steps: u64,
}

impl<S: SynapseLaw> PerSynapse<S> {
    /// Synapses with their source and target each. `units`: number of sources and of targets.
    /// Weights end at the limits: one of one sign stops at 0, whoever computes it.
    pub fn new(
        ends: &[(usize, usize)],
        synapses: Vec<S>,
        units: (usize, usize),
        limits: Range,
    ) -> Self {
        assert_eq!(ends.len(), synapses.len(), "a model a synapse");
        let mut of_pre = vec![vec![]; units.0];
        let mut of_post = vec![vec![]; units.1];
        for (synapse, (pre, post)) in ends.iter().enumerate() {
            of_pre[*pre].push(synapse);
            of_post[*post].push(synapse);
        }
        PerSynapse {
            synapses,
            of_pre,
            of_post,
            limits,
            steps: 0,
        }
    }
}

impl<S: SynapseLaw + Copy> Law for PerSynapse<S> {
    fn step(&mut self, seen: Seen) {
        self.steps += 1;
        let time = self.steps as f64;
        let limits = self.limits;
        let limit = |synapse: &mut S| {
            let weight = synapse.weight();
            *weight = weight.clamp(limits.0, limits.1);
        };
        for synapse in seen.pre.iter().flat_map(|pre| &self.of_pre[*pre]) {
            self.synapses[*synapse].pre(time);
            limit(&mut self.synapses[*synapse]);
        }
        for synapse in seen.post.iter().flat_map(|post| &self.of_post[*post]) {
            self.synapses[*synapse].post(time);
            limit(&mut self.synapses[*synapse]);
        }
        for synapse in &mut self.synapses {
            if let Some(reward) = seen.reward {
                synapse.reward(time, reward);
            }
            synapse.pass(time);
            limit(synapse);
        }
    }

    fn weights(&self) -> Vec<f64> {
        let synapses = self.synapses.iter().copied();
        synapses.map(|mut synapse| *synapse.weight()).collect()
    }
}
