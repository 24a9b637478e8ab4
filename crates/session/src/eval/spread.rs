//! A number over many samples: mean, spread and percentiles.

use serde::Serialize;

/// A number of each sample, over all samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SampleSpread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of the samples, with their number less one below; 0 of a single sample.
    pub sd: f64,
    /// Smallest.
    pub min: u64,
    /// 5th percentile.
    pub p5: f64,
    /// 25th percentile.
    pub p25: f64,
    /// Median.
    pub median: f64,
    /// 75th percentile.
    pub p75: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Largest.
    pub max: u64,
}

impl SampleSpread {
    /// The spread of some numbers; all 0 of none. A percentile lies between its two neighbours, as
    /// `numpy.percentile` has it by default.
    pub fn of(mut numbers: Vec<u64>) -> SampleSpread {
        numbers.sort_unstable();
        let count = numbers.len();
        // 128 bits: femtojoules of many samples
        let sum: u128 = numbers.iter().map(|n| u128::from(*n)).sum();
        let mean = sum as f64 / count.max(1) as f64;
        let squares = numbers.iter().map(|n| (*n as f64 - mean).powi(2));
        let variance = squares.sum::<f64>() / count.saturating_sub(1).max(1) as f64;
        let percentile = |percent: f64| percentile(&numbers, percent);
        SampleSpread {
            mean,
            sd: variance.sqrt(),
            min: numbers.first().copied().unwrap_or(0),
            p5: percentile(5.0),
            p25: percentile(25.0),
            median: percentile(50.0),
            p75: percentile(75.0),
            p95: percentile(95.0),
            max: numbers.last().copied().unwrap_or(0),
        }
    }
}

/// A percentile of sorted numbers.
fn percentile(sorted: &[u64], percent: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let at = percent / 100.0 * last as f64;
    let below = at.floor();
    let low = sorted[below as usize] as f64;
    let high = sorted[(below as usize + 1).min(last)] as f64;
    low + (high - low) * (at - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_those_of_numpy() {
        // numpy 2: a = [3, 1, 4, 1, 5, 9, 2, 6]; a.mean(), a.std(ddof=1), percentiles
        let spread = SampleSpread::of(vec![3, 1, 4, 1, 5, 9, 2, 6]);
        assert_eq!([spread.mean, spread.median], [3.875, 3.5]);
        assert_eq!([spread.p25, spread.p75], [1.75, 5.25]);
        assert!((spread.p5 - 1.0).abs() < 1e-12 && (spread.p95 - 7.95).abs() < 1e-12);
        assert!(
            (spread.sd - 2.748_376_143_938_713_3).abs() < 1e-12,
            "{}",
            spread.sd
        );
        assert_eq!([spread.min, spread.max], [1, 9]);
        let one = SampleSpread::of(vec![7]);
        assert_eq!([one.mean, one.sd, one.p5, one.p95], [7.0, 0.0, 7.0, 7.0]);
        assert_eq!(SampleSpread::of(vec![]).mean, 0.0);
    }
}
