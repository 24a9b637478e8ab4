//! Triplets of spikes (Pfister, Gerstner 2006): potentiation by pre-post and post-pre-post,
//! depression by post-pre and pre-post-pre.

use super::Decaying;

/// Amplitudes of the triplet rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amplitudes {
    /// Potentiation by a pair.
    pub pair_plus: f64,
    /// Potentiation by a triplet.
    pub triplet_plus: f64,
    /// Depression by a pair.
    pub pair_minus: f64,
    /// Depression by a triplet.
    pub triplet_minus: f64,
}

/// Time constants of the triplet rule: of r1, r2 (source) and o1, o2 (target).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Times {
    /// tau_plus, of r1.
    pub plus: f64,
    /// tau_x, of r2.
    pub x: f64,
    /// tau_minus, of o1.
    pub minus: f64,
    /// tau_y, of o2.
    pub y: f64,
}

/// A synapse under the triplet rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Triplet {
    /// Weight after the last event.
    pub weight: f64,
    /// Amplitudes of pairs and triplets.
    pub a: Amplitudes,
    r: [Decaying; 2],
    o: [Decaying; 2],
}

impl Triplet {
    /// A synapse that has seen no spike.
    pub fn new(weight: f64, a: Amplitudes, tau: Times) -> Self {
        let decaying = Decaying::new;
        Triplet {
            weight,
            a,
            r: [decaying(tau.plus), decaying(tau.x)],
            o: [decaying(tau.minus), decaying(tau.y)],
        }
    }

    /// The source spikes. r2 is taken just before the spike adds to it.
    pub fn pre(&mut self, time: f64) {
        self.weight -=
            self.o[0].at(time) * (self.a.pair_minus + self.a.triplet_minus * self.r[1].at(time));
        self.r.iter_mut().for_each(|r| r.add(time, 1.0));
    }

    /// The target spikes. o2 is taken just before the spike adds to it.
    pub fn post(&mut self, time: f64) {
        self.weight +=
            self.r[0].at(time) * (self.a.pair_plus + self.a.triplet_plus * self.o[1].at(time));
        self.o.iter_mut().for_each(|o| o.add(time, 1.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Amplitudes = Amplitudes {
        pair_plus: 0.3,
        triplet_plus: 0.7,
        pair_minus: 0.4,
        triplet_minus: 0.2,
    };
    const TAU: Times = Times {
        plus: 16.8,
        x: 101.0,
        minus: 33.7,
        y: 125.0,
    };

    #[test]
    fn post_pre_post_is_the_sum_of_its_parts() {
        let t1 = 5.0;
        let t2 = 12.0;
        let t3 = 20.0;
        let mut synapse = Triplet::new(0.0, A, TAU);
        synapse.post(t1);
        synapse.pre(t2);
        synapse.post(t3);
        let depressed = A.pair_minus * f64::exp((t1 - t2) / TAU.minus);
        let pair = f64::exp((t2 - t3) / TAU.plus);
        let wanted =
            pair * (A.pair_plus + A.triplet_plus * f64::exp((t1 - t3) / TAU.y)) - depressed;
        assert!(
            (synapse.weight - wanted).abs() < 1e-14,
            "{} {wanted}",
            synapse.weight
        );
    }

    #[test]
    fn pre_post_pre_is_the_sum_of_its_parts() {
        let t1 = 2.0;
        let t2 = 3.5;
        let t3 = 9.0;
        let mut synapse = Triplet::new(0.0, A, TAU);
        synapse.pre(t1);
        synapse.post(t2);
        synapse.pre(t3);
        let potentiated = A.pair_plus * f64::exp((t1 - t2) / TAU.plus);
        let wanted = potentiated
            - f64::exp((t2 - t3) / TAU.minus)
                * (A.pair_minus + A.triplet_minus * f64::exp((t1 - t3) / TAU.x));
        assert!(
            (synapse.weight - wanted).abs() < 1e-14,
            "{} {wanted}",
            synapse.weight
        );
    }

    #[test]
    fn without_triplets_it_is_the_pair_rule() {
        let a = Amplitudes {
            triplet_plus: 0.0,
            triplet_minus: 0.0,
            ..A
        };
        let mut triplet = Triplet::new(1.0, a, TAU);
        let mut pair =
            super::super::Pair::new(1.0, (a.pair_plus, TAU.plus), (a.pair_minus, TAU.minus));
        for step in 1..200u32 {
            let time = f64::from(step);
            if step % 7 == 0 {
                triplet.pre(time);
                pair.pre(time);
            }
            if step % 11 == 3 {
                triplet.post(time);
                pair.post(time);
            }
        }
        assert!((triplet.weight - pair.weight).abs() < 1e-12);
    }
}
