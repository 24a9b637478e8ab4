//! Oja's rule with spikes (Oja 1982): `dw = eta y (x - y w)`.
//!
//! One y of the product is the target's spike train itself, x and the other y are its running
//! rates, traces that a spike raises by one: at a target spike `w += a xbar - b ybar w`, where ybar
//! does not know that spike yet. The weights' squares settle at a sum of a/b.

use super::Decaying;

/// A synapse under Oja's rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Oja {
    /// Weight after the last event.
    pub weight: f64,
    /// a: growth by a target spike right behind a source spike.
    pub growth: f64,
    /// b: share of the weight that a target spike right behind another takes.
    pub decay: f64,
    pre: Decaying,
    post: Decaying,
}

impl Oja {
    /// A synapse that has seen no spike. `growth` and `decay` are amplitude and time constant.
    pub fn new(weight: f64, growth: (f64, f64), decay: (f64, f64)) -> Self {
        Oja {
            weight,
            growth: growth.0,
            decay: decay.0,
            pre: Decaying::new(growth.1),
            post: Decaying::new(decay.1),
        }
    }

    /// The source spikes.
    pub fn pre(&mut self, time: f64) {
        self.pre.add(time, 1.0);
    }

    /// The target spikes. A source spike at the same time has come before.
    pub fn post(&mut self, time: f64) {
        let decay = self.decay * self.post.at(time) * self.weight;
        self.weight += self.growth * self.pre.at(time) - decay;
        self.post.add(time, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spikes in pairs, source one step before target, at a regular distance: the weight goes where
    /// growth and decay balance.
    #[test]
    fn growth_and_decay_balance() {
        let mut synapse = Oja::new(3.0, (2.0, 10.0), (0.5, 20.0));
        for pair in 0..2000 {
            let time = 40.0 * f64::from(pair);
            synapse.pre(time);
            synapse.post(time + 1.0);
        }
        let x = f64::exp(-0.1) / (1.0 - f64::exp(-4.0));
        let y = f64::exp(-2.0) / (1.0 - f64::exp(-2.0));
        let wanted = 2.0 * x / (0.5 * y);
        assert!((synapse.weight - wanted).abs() < 1e-9, "{}", synapse.weight);
    }
}
