//! Pairs of spikes: `dw = a_plus exp(-(t_post - t_pre)/tau_plus)` if the source was first,
//! `-a_minus exp(-(t_pre - t_post)/tau_minus)` if the target was (Song, Miller, Abbott 2000;
//! Morrison, Diesmann, Gerstner 2008).

use super::Decaying;

/// A synapse under pairwise STDP.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Weight after the last event.
    pub weight: f64,
    /// Potentiation by a target spike right behind a source spike.
    pub a_plus: f64,
    /// Depression by a source spike right behind a target spike, as a positive number.
    pub a_minus: f64,
    pub(crate) pre: Decaying,
    pub(crate) post: Decaying,
}

impl Pair {
    /// A synapse that has seen no spike. `plus` and `minus` are amplitude and time constant of
    /// potentiation and of depression.
    pub fn new(weight: f64, plus: (f64, f64), minus: (f64, f64)) -> Self {
        Pair {
            weight,
            a_plus: plus.0,
            a_minus: minus.0,
            pre: Decaying::new(plus.1),
            post: Decaying::new(minus.1),
        }
    }

    /// The source spikes.
    pub fn pre(&mut self, time: f64) {
        self.weight -= self.a_minus * self.post.at(time);
        self.pre.add(time, 1.0);
    }

    /// The target spikes. A source spike at the same time has come before.
    pub fn post(&mut self, time: f64) {
        self.weight += self.a_plus * self.pre.at(time);
        self.post.add(time, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_over_all_pairs() {
        let pre = [3.0, 11.5, 12.0, 40.0];
        let post = [1.0, 11.0, 30.0, 41.25];
        let plus = (0.8, 17.0);
        let minus = (0.5, 34.0);
        let mut synapse = Pair::new(10.0, plus, minus);
        let mut events: Vec<(f64, bool)> = pre
            .iter()
            .map(|t| (*t, true))
            .chain(post.iter().map(|t| (*t, false)))
            .collect();
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        events.iter().for_each(|&(t, is_pre)| {
            if is_pre {
                synapse.pre(t)
            } else {
                synapse.post(t)
            }
        });
        let mut wanted = 10.0;
        for p in pre {
            for q in post {
                wanted += if q >= p {
                    plus.0 * f64::exp((p - q) / plus.1)
                } else {
                    -minus.0 * f64::exp((q - p) / minus.1)
                };
            }
        }
        assert!(
            (synapse.weight - wanted).abs() < 1e-12,
            "{} {wanted}",
            synapse.weight
        );
    }
}
