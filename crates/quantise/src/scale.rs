//! Threshold mantissas and weight exponents of neurons.
//!
//! All numbers of a neuron are relative to its threshold (to its largest jump, if it has none).
//! With threshold mantissa T a jump of j thresholds is j T units of 64 in v; a weight W with
//! exponent e contributes W 2^e of them. So T is free, up to the widths of the registers; it is
//! chosen such that the largest weight comes close to 255 2^e from below, out of few values, for a
//! core has only 8 thresholds.

/// Largest weight (NC-022) and weight exponent (NC-021).
pub(crate) const WEIGHT_MAX: f64 = 255.0;
const EXPONENT_MAX: u32 = 7;
/// Room of the registers in units of 64: q (NC-002), u (NC-001), v (NC-003), bias (NC-006).
const ACCUMULATOR: f64 = 32_767.0;
const CURRENT: f64 = 131_071.0;
const VOLTAGE: f64 = 131_071.0;
const BIAS: f64 = 8_190.0;

/// What neurons that share a scale demand, in thresholds; largest absolute values.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct ScaleDemand {
    /// One weight's jump.
    pub jump: f64,
    /// All that arrives in one step.
    pub arriving: f64,
    /// u.
    pub current: f64,
    /// v.
    pub voltage: f64,
    /// Bias.
    pub bias: f64,
}

impl ScaleDemand {
    /// What two that share a scale demand.
    pub fn max(self, other: ScaleDemand) -> ScaleDemand {
        ScaleDemand {
            jump: self.jump.max(other.jump),
            arriving: self.arriving.max(other.arriving),
            current: self.current.max(other.current),
            voltage: self.voltage.max(other.voltage),
            bias: self.bias.max(other.bias),
        }
    }

    /// Largest T with which nothing overflows.
    pub fn ceiling(&self, mantissa_max: u32) -> f64 {
        let limits = [
            (WEIGHT_MAX * f64::from(1 << EXPONENT_MAX), self.jump),
            (ACCUMULATOR, self.arriving),
            (CURRENT, self.current),
            (VOLTAGE, self.voltage),
            (BIAS, self.bias),
        ];
        let room = limits.iter().filter(|l| l.1 > 0.0).map(|l| l.0 / l.1);
        room.fold(f64::from(mantissa_max), f64::min)
            .max(1.0)
            .floor()
    }

    /// Smallest exponent that holds the largest weight with threshold T.
    pub fn exponent(&self, mantissa: f64) -> u32 {
        let fits = |e: &u32| (self.jump * mantissa / f64::from(1 << e)).round() <= WEIGHT_MAX;
        (0..EXPONENT_MAX).find(fits).unwrap_or(EXPONENT_MAX)
    }

    /// Bits of the largest weight that are lost with T, and a little for a coarse v.
    fn cost(&self, mantissa: f64, ceiling: f64) -> f64 {
        if mantissa > ceiling {
            return INFEASIBLE;
        }
        let exponent = f64::from(1 << self.exponent(mantissa));
        let lost = if self.jump > 0.0 {
            (WEIGHT_MAX * exponent / (self.jump * mantissa))
                .log2()
                .max(0.0)
        } else {
            0.0
        };
        lost + COARSE * (ceiling / mantissa).log2()
    }
}

/// More bits than any weight has.
const INFEASIBLE: f64 = 64.0;
/// What half the resolution of v costs, in bits of a weight.
const COARSE: f64 = 0.05;
/// Candidates in an octave.
const STEPS_PER_OCTAVE: u32 = 8;
/// Up to so many demands the best threshold of each is a candidate too.
const OWN_CANDIDATES_MAX: usize = 64;

/// A threshold mantissa for each demand, from at most `distinct` different ones.
pub(crate) fn thresholds(demands: &[ScaleDemand], mantissa_max: u32, distinct: usize) -> Vec<u32> {
    let ceilings: Vec<f64> = demands.iter().map(|d| d.ceiling(mantissa_max)).collect();
    let candidates = candidates(demands, &ceilings);
    let mut best: Vec<(f64, f64)> = vec![(f64::INFINITY, 1.0); demands.len()];
    for _ in 0..distinct {
        let price = |t: f64| {
            demands
                .iter()
                .zip(&ceilings)
                .zip(&best)
                .map(|((d, &c), b)| d.cost(t, c).min(b.0))
                .sum::<f64>()
        };
        let chosen = candidates
            .iter()
            .map(|&t| (price(t), t))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, t)) = chosen else { break };
        for ((demand, &ceiling), best) in demands.iter().zip(&ceilings).zip(&mut best) {
            let cost = demand.cost(t, ceiling);
            if cost < best.0 {
                *best = (cost, t);
            }
        }
    }
    best.iter().map(|b| b.1 as u32).collect()
}

fn candidates(demands: &[ScaleDemand], ceilings: &[f64]) -> Vec<f64> {
    let top = ceilings.iter().copied().fold(1.0, f64::max);
    let octaves = top.log2().floor() as u32 * STEPS_PER_OCTAVE + STEPS_PER_OCTAVE;
    let ladder = (0..=octaves).map(|k| (f64::from(k) / f64::from(STEPS_PER_OCTAVE)).exp2().floor());
    let lowest = ceilings
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min)
        .max(1.0);
    let mut all: Vec<f64> = ladder
        .chain([lowest.min(top), top])
        .filter(|t| *t <= top)
        .collect();
    if demands.len() <= OWN_CANDIDATES_MAX {
        let own = |d: &ScaleDemand| {
            let jump = d.jump;
            (0..=EXPONENT_MAX).map(move |e| (WEIGHT_MAX * f64::from(1 << e) / jump).floor())
        };
        all.extend(
            demands
                .iter()
                .filter(|d| d.jump > 0.0)
                .flat_map(own)
                .filter(|t| (1.0..=top).contains(t)),
        );
    }
    all.sort_by(|a, b| b.total_cmp(a));
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_neuron_uses_all_bits() {
        let demand = ScaleDemand {
            jump: 0.3,
            arriving: 2.0,
            current: 2.0,
            voltage: 8.0,
            bias: 0.0,
        };
        let t = thresholds(&[demand], 1 << 14, 8)[0];
        let largest = 0.3 * f64::from(t) / f64::from(1 << demand.exponent(f64::from(t)));
        assert!(largest > 254.0 && largest < 255.5, "{t} {largest}");
        assert!(f64::from(t) > demand.ceiling(1 << 14) / 2.0);
    }

    #[test]
    fn many_neurons_share_few_thresholds_and_lose_little() {
        let demand = |k: usize| ScaleDemand {
            jump: 1.37f64.powi(k as i32 % 17) * 0.01,
            arriving: 3.0,
            voltage: 8.0,
            ..ScaleDemand::default()
        };
        let demands: Vec<ScaleDemand> = (0..300).map(demand).collect();
        let chosen = thresholds(&demands, 1 << 14, 8);
        let distinct: std::collections::BTreeSet<u32> = chosen.iter().copied().collect();
        assert!(distinct.len() <= 8, "{distinct:?}");
        for (d, &t) in demands.iter().zip(&chosen) {
            let t = f64::from(t);
            assert!(t <= d.ceiling(1 << 14));
            let largest = d.jump * t / f64::from(1 << d.exponent(t));
            assert!(
                largest > 0.75 * WEIGHT_MAX || d.exponent(t) == 0,
                "{d:?} {t} {largest}"
            );
        }
    }

    #[test]
    fn registers_never_overflow() {
        let demand = ScaleDemand {
            jump: 1.0,
            arriving: 1000.0,
            ..ScaleDemand::default()
        };
        assert_eq!(thresholds(&[demand], 1 << 14, 8), [32]);
        let beyond = ScaleDemand {
            jump: 1.0,
            arriving: 1e9,
            ..ScaleDemand::default()
        };
        assert_eq!(thresholds(&[beyond], 1 << 14, 8), [1]);
    }
}
