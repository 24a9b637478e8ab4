//! A rule at work, step by step.
//!
//! In each step: traces decay, then spikes raise them; the reward trace likewise; then every
//! product whose gate is open is evaluated from the values before, and the changes are added.

use super::precision::Precision;
use super::synapses::{Range, Rule, Synapses};
use super::traces::Traces;
use crate::Draws;
use seamount_network::netlist::DwRounding;
use seamount_rules::{Dependency, Origin, Product, Variable};

/// Spikes and rewards of one step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seen<'a> {
    /// Sources that spiked.
    pub pre: &'a [usize],
    /// Targets that spiked.
    pub post: &'a [usize],
    /// Sum of the reward impulses, if any reward came.
    pub reward: Option<f64>,
}

/// What became of the variables in a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// Synapses for which a gate was open.
    pub visits: u64,
    /// Weights that were stopped by their limits.
    pub stopped: u64,
}

/// A rule, its traces and its synapses.
#[derive(Debug, Clone)]
pub struct Engine {
    rule: Rule,
    precision: Precision,
    /// The variables, as they are now.
    pub synapses: Synapses,
    of_pre: Vec<Vec<usize>>,
    of_post: Vec<Vec<usize>>,
    traces: Vec<Traces>,
    last: [Vec<usize>; 2],
    r1: f64,
    r0: bool,
    t: usize,
    draws: Draws,
}

impl Engine {
    /// At rest before step 1. `units`: number of sources and of targets.
    pub fn new(
        rule: Rule,
        precision: Precision,
        synapses: Synapses,
        units: (usize, usize),
        seed: u64,
    ) -> Self {
        let window = if precision.whole_epochs {
            rule.epoch
        } else {
            1
        };
        let of = |(i, trace): (usize, &_)| {
            Traces::new(
                *trace,
                &precision,
                if i < 2 { units.0 } else { units.1 },
                window,
            )
        };
        let traces = rule.traces.iter().enumerate().map(of).collect();
        Engine {
            of_pre: synapses.by(units.0, |ends| ends.0),
            of_post: synapses.by(units.1, |ends| ends.1),
            traces,
            last: [vec![0; units.0], vec![0; units.1]],
            r1: 0.0,
            r0: false,
            t: 0,
            draws: Draws::new(seed, 0x72_756c_6573),
            rule,
            precision,
            synapses,
        }
    }

    /// x1, x2, y1, y2 or y3 of all its units.
    pub fn trace(&self, index: usize) -> &[f64] {
        self.traces[index].now()
    }

    /// Units whose trace is at the limit, of all five traces.
    pub fn full_traces(&self) -> usize {
        self.traces.iter().map(Traces::full).sum()
    }

    /// Synapses of a source: number and target.
    pub fn of_source(&self, source: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.of_pre[source]
            .iter()
            .map(|&s| (s, self.synapses.ends[s].1))
    }

    /// r1.
    pub fn reward(&self) -> f64 {
        self.r1
    }

    /// One step.
    pub fn step(&mut self, seen: Seen) -> Change {
        self.t += 1;
        let window = if self.precision.whole_epochs {
            self.rule.epoch
        } else {
            1
        };
        let now = (self.t - 1) % window + 1;
        for (side, units) in [seen.pre, seen.post].into_iter().enumerate() {
            for &unit in units {
                let earlier = std::mem::replace(&mut self.last[side][unit], now);
                if earlier != 0 && earlier != now {
                    let mine = if side == 0 { 0..2 } else { 2..5 };
                    self.traces[mine]
                        .iter_mut()
                        .for_each(|trace| trace.early(unit, &mut self.draws));
                }
            }
        }
        self.r1 = self.reward_step(seen.reward.unwrap_or(0.0));
        self.r0 |= seen.reward.is_some();
        if now != window {
            return Change::default();
        }
        for (i, trace) in self.traces.iter_mut().enumerate() {
            trace.follow(&self.last[usize::from(i >= 2)], &mut self.draws);
        }
        let change = self.learn();
        self.last.iter_mut().for_each(|last| last.fill(0));
        if self.t.is_multiple_of(self.rule.epoch) {
            self.r0 = false;
        }
        change
    }

    fn reward_step(&mut self, arrived: f64) -> f64 {
        let left = self.r1 * self.rule.reward_keep;
        if self.precision.trace_bits.is_none() {
            return left + arrived;
        }
        // the size is rounded, so that the sign does not matter
        let size =
            (left.abs() + self.draws.uniform() * f64::from(u8::from(left.fract() != 0.0))).floor();
        (size.copysign(left) + arrived).clamp(-64.0, 63.0)
    }

    /// Whether time or a reward opens a gate for all synapses.
    fn opens_all(&self, gate: Dependency) -> bool {
        let ends = self.t.is_multiple_of(self.rule.epoch);
        match gate {
            Dependency::Unconditional => {
                let epochs = self.t / self.rule.epoch;
                ends && epochs.is_multiple_of(1 << self.rule.decimation)
            }
            Dependency::Reward => ends && self.r0,
            Dependency::Pre | Dependency::Post => false,
        }
    }

    fn learn(&mut self) -> Change {
        let mut change = Change::default();
        if self.rule.has_gate(|gate| self.opens_all(gate)) {
            for synapse in 0..self.synapses.ends.len() {
                self.visit(synapse, &mut change);
            }
            return change;
        }
        for pre in (0..self.of_pre.len())
            .filter(|p| self.last[0][*p] != 0)
            .collect::<Vec<_>>()
        {
            for synapse in self.of_pre[pre].clone() {
                self.visit(synapse, &mut change);
            }
        }
        for post in (0..self.of_post.len())
            .filter(|p| self.last[1][*p] != 0)
            .collect::<Vec<_>>()
        {
            for synapse in self.of_post[post].clone() {
                if self.last[0][self.synapses.ends[synapse].0] == 0 {
                    self.visit(synapse, &mut change);
                }
            }
        }
        change
    }

    fn visit(&mut self, synapse: usize, change: &mut Change) {
        change.visits += 1;
        let old = [
            self.synapses.w[synapse],
            self.synapses.d[synapse],
            self.synapses.t[synapse],
        ];
        let mut new = old;
        for variable in 0..3 {
            if self.rule.sums[variable].is_empty() {
                continue;
            }
            let sum = self.sum(synapse, &self.rule.sums[variable], old[variable], &old);
            let (value, stopped) = self.written(variable, old[variable], sum);
            new[variable] = value;
            change.stopped += u64::from(stopped && variable == 0);
        }
        [
            self.synapses.w[synapse],
            self.synapses.d[synapse],
            self.synapses.t[synapse],
        ] = new;
    }

    /// A variable plus its products.
    fn sum(&self, synapse: usize, products: &[Product], start: f64, old: &[f64; 3]) -> f64 {
        let mut sum = start;
        for product in products {
            let Some(at) = self.time(synapse, product.dependency) else {
                continue;
            };
            let factors: f64 = product
                .factors
                .iter()
                .map(|f| {
                    let constant = f64::from(f.constant.unwrap_or(0));
                    let value = self.value(synapse, f.variable, at, old) + constant;
                    if !f.sign {
                        value
                    } else if value == 0.0 {
                        0.0
                    } else {
                        value.signum()
                    }
                })
                .product();
            sum = match self.precision.narrow_products {
                false => sum + scale(product) * factors,
                true => narrow(sum, product, factors),
            };
        }
        sum
    }

    /// At which step of the window a gate opened.
    fn time(&self, synapse: usize, gate: Dependency) -> Option<usize> {
        let (pre, post) = self.synapses.ends[synapse];
        let end = self.traces[0].levels.len() - 1;
        match gate {
            Dependency::Pre => Some(self.last[0][pre]).filter(|s| *s != 0),
            Dependency::Post => Some(self.last[1][post]).filter(|s| *s != 0),
            _ => self.opens_all(gate).then_some(end),
        }
    }

    fn value(&self, synapse: usize, variable: Variable, at: usize, old: &[f64; 3]) -> f64 {
        let (pre, post) = self.synapses.ends[synapse];
        let x = |index: usize| {
            let traces = &self.traces[index];
            if self.rule.x_before {
                traces.before[at][pre]
            } else {
                traces.levels[at][pre]
            }
        };
        let y = |index: usize| self.traces[index].levels[at][post];
        match variable.origin() {
            Origin::PreSpike => f64::from(u8::from(self.last[0][pre] != 0)),
            Origin::PostSpike => f64::from(u8::from(self.last[1][post] != 0)),
            Origin::PreTrace(which) => x(which),
            Origin::PostTrace(which) => y(2 + which),
            Origin::Reward => {
                of_reward(variable, self.r0, self.r1).expect("a variable of the reward")
            }
            Origin::Weight => old[0],
            Origin::Delay => old[1],
            Origin::Tag => old[2],
        }
    }

    /// Back to the variable: its grid, then its limits; whether a limit stopped it.
    fn written(&mut self, variable: usize, old: f64, sum: f64) -> (f64, bool) {
        let limits = [
            self.rule.limits.weight,
            self.rule.limits.delay,
            self.rule.limits.tag,
        ];
        let (low, high): Range = limits[variable];
        let Some(weight_grid) = self.precision.weight_grid else {
            return (sum.clamp(low, high), !(low..=high).contains(&sum));
        };
        let grid = if variable == 0 { weight_grid } else { 1.0 };
        let change = sum - old;
        let aimed = match self.precision.rounding {
            DwRounding::TowardZero => old + (change / grid).trunc() * grid,
            DwRounding::AwayFromZero if variable == 0 => {
                old + change.signum() * change.abs().ceil()
            }
            _ => sum,
        };
        let cells = aimed / grid;
        let up = cells.fract() != 0.0 && self.draws.uniform() < cells - cells.floor();
        let value = (cells.floor() + f64::from(u8::from(up))) * grid;
        (value.clamp(low, high), !(low..=high).contains(&value))
    }
}

/// The value of a variable of the reward, from whether a reward came in the epoch and from the
/// trace of rewards at its end; none for other variables. Whoever knows what a channel has seen
/// needs not know its variables one by one.
pub fn of_reward(variable: Variable, came: bool, trace: f64) -> Option<f64> {
    match variable {
        Variable::R0 => Some(f64::from(u8::from(came))),
        Variable::R1 => Some(trace),
        Variable::X0 | Variable::X1 | Variable::X2 => None,
        Variable::Y0 | Variable::Y1 | Variable::Y2 | Variable::Y3 => None,
        Variable::Weight | Variable::Delay | Variable::Tag => None,
    }
}

/// The scale of a product as one number: mantissa times a power of 2.
pub fn scale(product: &Product) -> f64 {
    f64::from(product.mantissa) * f64::from(product.exponent).exp2()
}

/// A product into a 16-bit sum with 7 bits of fraction: what exceeds 15 bits of widths is cut off
/// below and not given back.
fn narrow(sum: f64, product: &Product, factors: f64) -> f64 {
    let width = |variable| match variable {
        Variable::X0 | Variable::Y0 | Variable::R0 => 1,
        Variable::Weight | Variable::Delay | Variable::Tag => 9,
        Variable::X1 | Variable::X2 | Variable::Y1 | Variable::Y2 | Variable::Y3 => 7,
        Variable::R1 => 7,
    };
    let widths: i32 = product.factors.iter().map(|f| width(f.variable)).sum();
    let lost = (widths + 4 - 15).max(0);
    let whole = f64::from(product.mantissa) * factors / f64::from(lost).exp2();
    // a product of whole numbers that fits loses nothing; one of real traces must not lose more
    let cut = if lost == 0 { whole } else { whole.floor() };
    let added = sum * 128.0 + cut * f64::from(i32::from(product.exponent) + 7).exp2();
    added.clamp(-32_768.0, 32_767.0) / 128.0
}
