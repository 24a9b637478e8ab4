//! Traces: decay in each step, jump with each spike.

use super::precision::Precision;
use crate::Draws;

/// What a trace is made of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Trace {
    /// Added by a spike, the fraction included.
    pub impulse: f64,
    /// What a step leaves, exactly.
    pub keep: f64,
}

impl Trace {
    /// A trace with a time constant in steps: a step leaves exp(-1/tau).
    pub fn new(impulse: f64, tau: f64) -> Self {
        Trace {
            impulse,
            keep: (-1.0 / tau).exp(),
        }
    }
}

/// One trace of many units, through the steps of one window.
#[derive(Debug, Clone)]
pub(crate) struct Traces {
    trace: Trace,
    limit: f64,
    whole: bool,
    /// At the start of the window, plus the impulses of all but the last spike in it.
    start: Vec<f64>,
    /// `levels[s][unit]`: after step s of the window.
    pub levels: Vec<Vec<f64>>,
    /// As `levels`, without the impulse of that very step.
    pub before: Vec<Vec<f64>>,
}

impl Traces {
    pub fn new(trace: Trace, precision: &Precision, units: usize, window: usize) -> Self {
        let keep = if precision.coarse_decay {
            (trace.keep * 4096.0).round().min(4095.0) / 4096.0
        } else {
            trace.keep
        };
        // a trace that never decays is meant so
        let keep = if trace.keep == 1.0 { 1.0 } else { keep };
        Traces {
            trace: Trace { keep, ..trace },
            limit: precision
                .trace_bits
                .map_or(f64::INFINITY, |bits| f64::from(bits).exp2() - 1.0),
            whole: precision.trace_bits.is_some(),
            start: vec![0.0; units],
            levels: vec![vec![0.0; units]; window + 1],
            before: vec![vec![0.0; units]; window + 1],
        }
    }

    fn rounded(&self, value: f64, draws: &mut Draws) -> f64 {
        if !self.whole || value.fract() == 0.0 {
            return value;
        }
        (value + draws.uniform()).floor()
    }

    fn raised(&self, value: f64, draws: &mut Draws) -> f64 {
        (value + self.rounded(self.trace.impulse, draws)).min(self.limit)
    }

    /// A spike that is followed by another in the same window: its impulse comes at once.
    pub fn early(&mut self, unit: usize, draws: &mut Draws) {
        self.start[unit] = self.raised(self.start[unit], draws);
    }

    /// Follows the window; `last[unit]` is the step of its last spike, 0 for none.
    pub fn follow(&mut self, last: &[usize], draws: &mut Draws) {
        for (unit, &last) in last.iter().enumerate() {
            let mut x = self.start[unit];
            self.levels[0][unit] = x;
            for step in 1..self.levels.len() {
                x = self.rounded(x * self.trace.keep, draws);
                self.before[step][unit] = x;
                if last == step {
                    x = self.raised(x, draws);
                }
                self.levels[step][unit] = x;
            }
            self.start[unit] = x;
        }
    }

    /// Values now, that of units with early spikes raised already.
    pub fn now(&self) -> &[f64] {
        &self.start
    }

    /// How many units are at the limit.
    pub fn full(&self) -> usize {
        self.start.iter().filter(|x| **x >= self.limit).count()
    }
}
