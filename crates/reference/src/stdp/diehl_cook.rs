//! The rule of Diehl and Cook (Frontiers in Computational Neuroscience 9, 99, 2015): at a target
//! spike `dw = eta (x_pre - x_tar) (w_max - w)^mu`.
//!
//! x_pre is a trace of the source that each of its spikes raises by one. Sources that were silent
//! lose weight at x_tar. The adaptive threshold and the competition of the paper are matters of the
//! network and not of this rule.

use super::Decaying;

/// A synapse under the rule of Diehl and Cook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiehlCook {
    /// Weight after the last event.
    pub weight: f64,
    /// eta.
    pub rate: f64,
    /// x_tar.
    pub target_trace: f64,
    /// w_max.
    pub weight_max: f64,
    /// mu.
    pub dependence: f64,
    pre: Decaying,
}

impl DiehlCook {
    /// A synapse that has seen no spike, with mu = 1. `rate` is eta, `tau` that of x_pre.
    pub fn new(weight: f64, rate: f64, tau: f64, target_trace: f64, weight_max: f64) -> Self {
        DiehlCook {
            weight,
            rate,
            target_trace,
            weight_max,
            dependence: 1.0,
            pre: Decaying::new(tau),
        }
    }

    /// The source spikes.
    pub fn pre(&mut self, time: f64) {
        self.pre.add(time, 1.0);
    }

    /// The target spikes. A source spike at the same time has come before.
    pub fn post(&mut self, time: f64) {
        let room = (self.weight_max - self.weight)
            .max(0.0)
            .powf(self.dependence);
        self.weight += self.rate * (self.pre.at(time) - self.target_trace) * room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_sources_that_fire_approach_the_largest_and_others_sink() {
        let mut used = DiehlCook::new(10.0, 0.1, 20.0, 0.4, 100.0);
        let mut idle = used;
        used.pre(0.0);
        used.post(0.0);
        idle.post(0.0);
        assert!((used.weight - (10.0 + 0.1 * 0.6 * 90.0)).abs() < 1e-12);
        assert!((idle.weight - (10.0 - 0.1 * 0.4 * 90.0)).abs() < 1e-12);
    }
}
