//! Figures over seeds: their median with an interval, and whether one side beats the other seed by
//! seed. Both are exact and assume no distribution.
//!
//! What this module does *not* know: what the figures measure, and which of two is better.

use serde::Serialize;

/// Median of figures, with the narrowest interval between two of them that covers the true median
/// in at least 95 % of cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MedianInterval {
    /// Median of the figures: of an even number the mean of the middle two.
    pub median: f64,
    /// Lower end of the interval, one of the figures.
    pub low: f64,
    /// Upper end of the interval, one of the figures.
    pub high: f64,
    /// Chance that such an interval covers the median of the whole population; less than 0.95 where
    /// there are fewer than six figures.
    pub coverage: f64,
}

impl MedianInterval {
    /// Median and interval of figures; none if there are no figures.
    ///
    /// The k-th smallest and the k-th largest of n enclose the true median unless fewer than k of
    /// them fall on one side of it, which is a binomial with chance 1/2.
    pub fn of(figures: &[f64]) -> Option<MedianInterval> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        let middle = [n.checked_sub(1)? / 2, n / 2].map(|at| sorted[at]);
        let covered = |outside: usize| 1.0 - 2.0 * at_most(n, outside);
        // a figure more left out at each end, as long as enough is covered
        let mut outside = 0;
        while outside < (n - 1) / 2 && covered(outside + 1) >= 0.95 {
            outside += 1;
        }
        Some(MedianInterval {
            median: (middle[0] + middle[1]) / 2.0,
            low: sorted[outside],
            high: sorted[n - 1 - outside],
            coverage: covered(outside).max(0.0),
        })
    }
}

/// Chance of at most `k` heads in `n` throws of a fair coin.
fn at_most(n: usize, k: usize) -> f64 {
    let mut chance = 0.5f64.powi(n as i32);
    let mut sum = 0.0;
    for heads in 0..=k {
        sum += chance;
        chance *= (n - heads) as f64 / (heads + 1) as f64;
    }
    sum
}

/// Wilcoxon's signed-rank test of pairs: Wilcoxon, Individual comparisons by ranking methods,
/// Biometrics Bulletin 1(6), 1945. Exact, with midranks for ties; pairs without a difference are
/// left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SignedRank {
    /// Pairs whose first figure is the larger.
    pub first_larger: usize,
    /// Pairs whose second figure is the larger.
    pub second_larger: usize,
    /// Sum of the ranks of pairs whose first figure is the larger.
    pub first_ranks: f64,
    /// Sum of the ranks of pairs whose second figure is the larger.
    pub second_ranks: f64,
    /// Chance of sums at least as far apart if it were a coin toss which figure is the larger, both
    /// ways counted.
    pub p: f64,
}

/// Most pairs of an exact test: sums of ranks are counted one by one.
const PAIRS_MAX: usize = 1000;

impl SignedRank {
    /// The test of pairs of figures, of which 1000 at most differ.
    ///
    /// # Panics
    /// If more than 1000 pairs differ, or a figure is none.
    pub fn of(pairs: &[[f64; 2]]) -> SignedRank {
        let differences = pairs.iter().map(|[first, second]| first - second);
        let mut different: Vec<f64> = differences.filter(|d| *d != 0.0).collect();
        assert!(different.len() <= PAIRS_MAX, "{} pairs", different.len());
        assert!(different.iter().all(|d| !d.is_nan()), "a figure is none");
        different.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let doubled = doubled_ranks(&different);
        let ranked = || different.iter().zip(&doubled);
        let sum = |test: fn(f64) -> bool| -> usize {
            let counted = ranked().filter(|(d, _)| test(**d));
            counted.map(|(_, rank)| rank).sum()
        };
        let first = sum(|d| d > 0.0);
        let second = sum(|d| d < 0.0);
        let larger = different.iter().filter(|d| **d > 0.0).count();
        SignedRank {
            first_larger: larger,
            second_larger: different.len() - larger,
            first_ranks: first as f64 / 2.0,
            second_ranks: second as f64 / 2.0,
            p: two_sided(&doubled, first.min(second)),
        }
    }
}

/// Twice the rank of each size, so that the ranks of ties are whole numbers; sizes ascend.
fn doubled_ranks(ascending: &[f64]) -> Vec<usize> {
    let mut ranks = vec![];
    for group in ascending.chunk_by(|a, b| a.abs() == b.abs()) {
        // ranks first .. last have the mean (first + last) / 2
        let first = ranks.len() + 1;
        let last = ranks.len() + group.len();
        ranks.extend(group.iter().map(|_| first + last));
    }
    ranks
}

/// Chance that a sum of ranks, each counted by the toss of a coin, is at most `least`, or as far at
/// the other end.
fn two_sided(ranks: &[usize], least: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    // chance of each sum
    let mut chances = vec![0.0; total + 1];
    chances[0] = 1.0;
    let mut largest = 0;
    for rank in ranks {
        largest += rank;
        for sum in (0..=largest).rev() {
            let with = sum.checked_sub(*rank).map_or(0.0, |rest| chances[rest]);
            chances[sum] = (chances[sum] + with) / 2.0;
        }
    }
    let lower: f64 = chances[..=least].iter().sum();
    (2.0 * lower).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs with the differences 1, 2, ... n, of which those in `negative` are turned round.
    fn p_of(n: i32, negative: &[i32]) -> SignedRank {
        let pair = |d: i32| match negative.contains(&d) {
            true => [0.0, f64::from(d)],
            false => [f64::from(d), 0.0],
        };
        SignedRank::of(&(1..=n).map(pair).collect::<Vec<_>>())
    }

    /// Published tables: the largest smaller sum that is significant at 5 % two-sided is 0, 2, 3,
    /// 5, 8, 13, 25 and 52 for 6, 7, 8, 9, 10, 12, 15 and 20 pairs, and one more is not.
    #[test]
    fn critical_values_are_those_of_the_tables() {
        let table = [
            (6, 0),
            (7, 2),
            (8, 3),
            (9, 5),
            (10, 8),
            (12, 13),
            (15, 25),
            (20, 52),
        ];
        for (n, critical) in table {
            let ranks: Vec<usize> = (1..=n).map(|rank| 2 * rank).collect();
            let at = two_sided(&ranks, 2 * critical);
            let beyond = two_sided(&ranks, 2 * (critical + 1));
            assert!(at <= 0.05 && beyond > 0.05, "{n}: {at} and {beyond}");
        }
        // five pairs cannot be significant, however they fall: 2 / 32
        assert_eq!(p_of(5, &[]).p, 0.0625);
        assert_eq!(p_of(10, &[]).p, 2.0 / 1024.0);
        // sums of at most 8 of ten ranks: 25 of 1024 ways
        assert_eq!(p_of(10, &[8]).p, 50.0 / 1024.0);
    }

    #[test]
    fn ties_share_their_ranks_and_equal_pairs_are_left_out() {
        let test = SignedRank::of(&[[1.0, 1.0], [2.0, 1.0], [1.0, 2.0], [5.0, 1.0]]);
        assert_eq!((test.first_larger, test.second_larger), (2, 1));
        assert_eq!((test.first_ranks, test.second_ranks), (4.5, 1.5));
        // sums of 1.5, 1.5 and 3: 0, 1.5 twice, 3 twice, 4.5 twice, 6; at most 1.5 in 3 of 8
        assert_eq!(test.p, 0.75);
        let none = SignedRank::of(&[[3.0, 3.0]]);
        assert_eq!((none.first_larger + none.second_larger, none.p), (0, 1.0));
    }

    #[test]
    fn intervals_of_the_median_leave_out_what_they_may() {
        let ten: Vec<f64> = (1..=10).rev().map(f64::from).collect();
        let interval = MedianInterval::of(&ten).unwrap();
        assert_eq!(
            (interval.median, interval.low, interval.high),
            (5.5, 2.0, 9.0)
        );
        // 1 - 2 (1 + 10) / 1024
        assert!((interval.coverage - 0.978_515_625).abs() < 1e-12);
        let three = MedianInterval::of(&[4.0, 1.0, 2.0]).unwrap();
        assert_eq!((three.median, three.low, three.high), (2.0, 1.0, 4.0));
        assert_eq!(three.coverage, 0.75);
        assert_eq!(MedianInterval::of(&[7.0]).unwrap().coverage, 0.0);
        assert_eq!(MedianInterval::of(&[]), None);
    }
}
