//! STDP modulated by reward (Izhikevich 2007; Florian 2007): pairs change an eligibility that
//! decays, the weight changes by eligibility times reward, `dw/dt = c(t) r(t)`.

use super::{Decaying, Pair};

/// A synapse whose pairwise STDP counts by reward.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rewarded {
    /// Weight after the last time that passed.
    pub weight: f64,
    pair: Pair,
    eligibility: Decaying,
    reward: Decaying,
    now: f64,
}

impl Rewarded {
    /// A synapse that has seen no spike. `tau`: of the eligibility and of the reward.
    pub fn new(weight: f64, plus: (f64, f64), minus: (f64, f64), tau: (f64, f64)) -> Self {
        Rewarded {
            weight,
            pair: Pair::new(0.0, plus, minus),
            eligibility: Decaying::new(tau.0),
            reward: Decaying::new(tau.1),
            now: 0.0,
        }
    }

    /// The eligibility c at a time not before the last event.
    pub fn eligibility(&self, time: f64) -> f64 {
        self.eligibility.at(time)
    }

    /// Lets time pass without events: the integral of c r from the last time to this one.
    pub fn pass(&mut self, time: f64) {
        let rate = 1.0 / self.eligibility.tau + 1.0 / self.reward.tau;
        let start = self.eligibility.at(self.now) * self.reward.at(self.now);
        self.weight -= start * ((self.now - time) * rate).exp_m1() / rate;
        self.now = time;
    }

    /// The source spikes.
    pub fn pre(&mut self, time: f64) {
        self.event(time, Pair::pre);
    }

    /// The target spikes.
    pub fn post(&mut self, time: f64) {
        self.event(time, Pair::post);
    }

    fn event(&mut self, time: f64, spike: impl Fn(&mut Pair, f64)) {
        self.pass(time);
        let before = self.pair.weight;
        spike(&mut self.pair, time);
        self.eligibility.add(time, self.pair.weight - before);
    }

    /// A reward comes.
    pub fn reward(&mut self, time: f64, amount: f64) {
        self.pass(time);
        self.reward.add(time, amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One pair, then one reward: the weight in closed form.
    #[test]
    fn a_pair_and_a_late_reward() {
        let tau_c = 100.0;
        let tau_r = 20.0;
        let mut synapse = Rewarded::new(0.0, (1.0, 20.0), (1.0, 20.0), (tau_c, tau_r));
        synapse.pre(10.0);
        synapse.post(15.0);
        synapse.reward(60.0, 0.5);
        synapse.pass(400.0);
        let c = f64::exp(-5.0 / 20.0) * f64::exp(-45.0 / tau_c);
        let rate = 1.0 / tau_c + 1.0 / tau_r;
        let wanted = c * 0.5 * (1.0 - f64::exp(-340.0 * rate)) / rate;
        assert!(
            (synapse.weight - wanted).abs() < 1e-13,
            "{} {wanted}",
            synapse.weight
        );
    }

    #[test]
    fn it_is_the_limit_of_small_steps() {
        let mut exact = Rewarded::new(0.0, (1.0, 20.0), (0.7, 30.0), (80.0, 25.0));
        let mut pieces = exact;
        let mut weight = 0.0;
        let dt = 1e-3;
        let end = 100.0;
        let events = [
            (5.0, 0),
            (9.0, 1),
            (20.0, 2),
            (31.0, 1),
            (33.0, 0),
            (60.0, 2),
            (90.0, 1),
        ];
        let mut next = 0;
        for step in 0..(end / dt) as u32 {
            let time = f64::from(step) * dt;
            while next < events.len() && events[next].0 <= time + 1e-9 {
                for synapse in [&mut exact, &mut pieces] {
                    match events[next].1 {
                        0 => synapse.pre(events[next].0),
                        1 => synapse.post(events[next].0),
                        _ => synapse.reward(events[next].0, 0.4),
                    }
                }
                next += 1;
            }
            let middle = time + dt / 2.0;
            weight += pieces.eligibility.at(middle) * pieces.reward.at(middle) * dt;
        }
        exact.pass(end);
        assert!(
            (exact.weight - weight).abs() < 1e-6,
            "{} {weight}",
            exact.weight
        );
        assert!(weight.abs() > 0.1);
    }
}
