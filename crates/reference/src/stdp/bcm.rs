//! The BCM rule with spikes (Bienenstock, Cooper, Munro 1982): `dw = eta x y (y - theta)`, where
//! theta is a slow mean of y squared.
//!
//! One y of each product is the target's spike train itself, the other and x are traces that a
//! spike raises by one: at a target spike `w += eta xbar (ybar - theta)`, then theta rises by
//! `ybar / reference`; ybar does not know that spike yet. Without spikes theta decays.

use super::Decaying;

/// A synapse under the BCM rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bcm {
    /// Weight after the last event.
    pub weight: f64,
    /// eta: change of the weight for traces of one.
    pub rate: f64,
    /// What a target spike adds to theta for a ybar of one.
    pub threshold_rise: f64,
    pre: Decaying,
    post: Decaying,
    threshold: Decaying,
}

/// Time constants of the BCM rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BcmTimes {
    /// Of the source's trace.
    pub pre: f64,
    /// Of the target's trace.
    pub post: f64,
    /// Of theta.
    pub threshold: f64,
}

impl Bcm {
    /// A synapse that has seen no spike.
    pub fn new(weight: f64, rate: f64, threshold_rise: f64, tau: BcmTimes) -> Self {
        Bcm {
            weight,
            rate,
            threshold_rise,
            pre: Decaying::new(tau.pre),
            post: Decaying::new(tau.post),
            threshold: Decaying::new(tau.threshold),
        }
    }

    /// The source spikes.
    pub fn pre(&mut self, time: f64) {
        self.pre.add(time, 1.0);
    }

    /// The target spikes. A source spike at the same time has come before.
    pub fn post(&mut self, time: f64) {
        let ybar = self.post.at(time);
        self.weight += self.rate * self.pre.at(time) * (ybar - self.threshold.at(time));
        self.threshold.add(time, self.threshold_rise * ybar);
        self.post.add(time, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(gap: f64, theta_first: bool) -> f64 {
        let tau = BcmTimes {
            pre: 1e9,
            post: 20.0,
            threshold: 1000.0,
        };
        let mut synapse = Bcm::new(0.0, 1.0, 0.5, tau);
        let mut time = 0.0;
        if theta_first {
            // a burst that lifts theta
            (0..20).for_each(|i| synapse.post(f64::from(i)));
            time = 200.0;
        }
        synapse.pre(time);
        let before = synapse.weight;
        synapse.post(time);
        synapse.post(time + gap);
        synapse.weight - before
    }

    /// The same pair of target spikes strengthens where theta is low and weakens where it is high.
    #[test]
    fn the_threshold_slides() {
        assert!((after(5.0, false) - f64::exp(-0.25)).abs() < 1e-6);
        assert!(after(5.0, true) < 0.0);
    }
}
