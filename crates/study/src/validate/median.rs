//! One number of several seeds: its median, with an interval that needs no form of distribution.

use serde::Serialize;

/// Probability that an interval may miss the median of all seeds.
const MISS: f64 = 0.05;

/// Median over seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Median {
    /// The median of the seeds that were run.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Probability that the interval holds the median of all seeds: 0.979 for the second smallest
    /// and second largest of ten, 0.75 for the smallest and largest of three, 0 for one seed.
    pub level: f64,
}

impl Median {
    /// The median of some values, none of which is NaN; absent without values.
    ///
    /// A value lies below the median of all seeds with probability 1/2, so that the number of
    /// values below is binomial, and two order statistics are an interval, whatever the
    /// distribution.
    pub fn of(values: &[f64]) -> Option<Median> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        let last = count.checked_sub(1)?;
        // values cut off at either end, as many as the level allows
        let mut cut = 0;
        while 2 * (cut + 1) < count && 2.0 * at_most(cut + 1, count) <= MISS {
            cut += 1;
        }
        Some(Median {
            value: 0.5 * (sorted[last / 2] + sorted[count / 2]),
            low: sorted[cut],
            high: sorted[last - cut],
            level: 1.0 - 2.0 * at_most(cut, count),
        })
    }
}

/// Probability of at most `k` heads of `n`.
fn at_most(k: usize, n: usize) -> f64 {
    let mut term = 0.5f64.powi(n as i32);
    let mut sum = term;
    for i in 0..k {
        term *= (n - i) as f64 / (i + 1) as f64;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_order_statistics_of_the_binomial() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        let median = Median::of(&ten).unwrap();
        assert_eq!((median.value, median.low, median.high), (5.5, 2.0, 9.0));
        assert!((median.level - (1.0 - 22.0 / 1024.0)).abs() < 1e-12);
        let three = Median::of(&[3.0, 1.0, 2.0]).unwrap();
        let ends = (three.low, three.high);
        assert_eq!((three.value, ends, three.level), (2.0, (1.0, 3.0), 0.75));
        let one = Median::of(&[7.0]).unwrap();
        assert_eq!(
            (one.value, one.low, one.high, one.level),
            (7.0, 7.0, 7.0, 0.0)
        );
        assert_eq!(Median::of(&[]), None);
    }
}
