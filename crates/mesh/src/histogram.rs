//! Latency histograms: exact counts of small latencies, so quantiles are exact.

use serde::{Deserialize, Serialize};

/// Counts of latencies in cycles, one bin a cycle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    packets: Vec<u64>,
    count: u64,
    sum_cycles: u64,
}

/// Bins kept; longer latencies are counted in the last one (their sum stays exact).
const BINS_MAX: usize = 1 << 20;

impl Histogram {
    /// An empty histogram.
    pub fn new() -> Self {
        Histogram::default()
    }

    /// Counts one latency, in cycles.
    pub fn add(&mut self, latency_cycles: u64) {
        let bin = usize::try_from(latency_cycles)
            .unwrap_or(BINS_MAX)
            .min(BINS_MAX - 1);
        if bin >= self.packets.len() {
            self.packets.resize(bin + 1, 0);
        }
        self.packets[bin] += 1;
        self.count += 1;
        self.sum_cycles += latency_cycles;
    }

    /// Number of packets counted.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Sum of all latencies, in cycles.
    pub const fn sum_cycles(&self) -> u64 {
        self.sum_cycles
    }

    /// Mean latency in cycles; nothing if empty.
    pub fn mean_cycles(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_cycles as f64 / self.count as f64)
    }

    /// The least latency in cycles that at least `per_mille` thousandths of the packets do not
    /// exceed: 0 the minimum, 500 the median, 1000 the maximum. Nothing if empty.
    pub fn quantile_cycles(&self, per_mille: u32) -> Option<u64> {
        let wanted = (u128::from(self.count) * u128::from(per_mille.min(1000)))
            .div_ceil(1000)
            .max(1);
        let mut seen = 0u128;
        let bin = self.packets.iter().position(|&packets| {
            seen += u128::from(packets);
            seen >= wanted
        })?;
        Some(bin as u64)
    }

    /// (latency in cycles, packets) of every latency that occurred, ascending.
    pub fn bins(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        (0..)
            .zip(self.packets.iter().copied())
            .filter(|&(_, packets)| packets > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.quantile_cycles(500), None);
        for latency in [5, 5, 8, 11, 300] {
            histogram.add(latency);
        }
        let quantiles =
            [0, 400, 401, 800, 1000].map(|per_mille| histogram.quantile_cycles(per_mille));
        assert_eq!(quantiles, [Some(5), Some(5), Some(8), Some(11), Some(300)]);
        assert_eq!(histogram.mean_cycles(), Some(65.8));
        assert_eq!(histogram.bins().last(), Some((300, 1)));
    }
}
