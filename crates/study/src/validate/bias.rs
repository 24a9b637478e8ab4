//! Whether the chip's rounding is right on average: every update against what it should be on
//! average, given what the chip held before it.

use super::chip::Frame;
use super::file::RuleFile;
use super::float;
use super::stimulus::Stimulus;
use seamount_network::netlist::LearningProfile;
use seamount_reference::rules::{Rule, of_reward, scale};
use seamount_rules::{Dependency, Origin, Product, Variable};
use serde::Serialize;

/// Mean difference of updates from their expected values.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Bias {
    /// Why it cannot be measured; absent: it is.
    pub why_not: Option<String>,
    /// Updates of weights that were looked at.
    pub updates: u64,
    /// Updates left out because a limit was near.
    pub left_out: u64,
    /// Mean of actual minus expected.
    pub mean: f64,
    /// Its standard error; updates of one step count as one observation.
    pub standard_error: f64,
    /// Mean minus and plus 1.96 standard errors.
    pub interval: (f64, f64),
    /// Mean size of an expected update.
    pub mean_update: f64,
}

impl Bias {
    /// The mean in standard errors.
    pub fn errors(&self) -> f64 {
        if self.standard_error > 0.0 {
            self.mean / self.standard_error
        } else {
            0.0
        }
    }
}

/// Watches updates of the weights.
///
/// With epoch 1 the traces that the products saw are known, so expected values are exact. With
/// longer epochs they are known at the start of the epoch only; their decay is right on average,
/// and so is a product of different traces, but neither products that a profile cuts off nor
/// squares.
pub struct Meter<'a> {
    file: &'a RuleFile,
    stimulus: &'a Stimulus,
    rule: Rule,
    /// k of each trace as the chip has it.
    keep: [f64; 5],
    bias: Bias,
    sum: f64,
    squares: f64,
    size: f64,
}

/// Spikes of one unit in an epoch: how many, and at which step the last.
type Last = (u32, usize);

impl<'a> Meter<'a> {
    /// Nothing seen yet.
    pub fn new(file: &'a RuleFile, stimulus: &'a Stimulus) -> Self {
        let rule = float::rule(file).unwrap_or_default();
        let is_trace =
            |v: Variable| matches!(v.origin(), Origin::PreTrace(_) | Origin::PostTrace(_));
        let twice = Variable::ALL
            .into_iter()
            .any(|v| is_trace(v) && rule.most(v) > 1);
        let narrow = file.rule.profile == LearningProfile::Loihi1;
        let spiked_before = file.rule.x_before_impulse
            && (rule.traces[0].impulse.fract() != 0.0 || rule.traces[1].impulse.fract() != 0.0);
        let why_not = match () {
            () if file.rule.dw.is_none() => Some("the rule does not change weights"),
            () if file.rule.epoch > 1 && narrow => Some(
                "profile loihi1 cuts products off, and with epochs above 1 the traces inside are \
                not known",
            ),
            () if file.rule.epoch > 1 && twice => Some(
                "a product has a trace twice, and with epochs above 1 the traces inside are not \
                known",
            ),
            () if spiked_before => Some("traces before impulses with fractions are not known"),
            () => None,
        };
        let keep = rule.traces.map(|t| {
            (t.keep * 4096.0)
                .round()
                .min(if t.keep == 1.0 { 4096.0 } else { 4095.0 })
                / 4096.0
        });
        let bias = Bias {
            why_not: why_not.map(Into::into),
            ..Bias::default()
        };
        Meter {
            file,
            stimulus,
            rule,
            keep,
            bias,
            sum: 0.0,
            squares: 0.0,
            size: 0.0,
        }
    }

    /// An epoch that ends in `step`: what the chip held at its start and at its end.
    pub fn epoch(&mut self, step: u64, before: &Frame, now: &Frame, spikes: &[Vec<usize>]) {
        if self.bias.why_not.is_some() {
            return;
        }
        let epoch = usize::from(self.file.rule.epoch);
        let first = step as usize - epoch;
        let last = |lists: &[Vec<usize>], units: u32| {
            let mut out: Vec<Last> = vec![(0, 0); units as usize];
            for (at, list) in (1..).zip(&lists[first..step as usize]) {
                list.iter()
                    .for_each(|&unit| out[unit] = (out[unit].0 + 1, at));
            }
            out
        };
        let pre = last(&self.stimulus.sources, self.file.network.sources);
        let post = last(spikes, self.file.network.targets);
        let rewarded = self.stimulus.rewards[first..step as usize]
            .iter()
            .any(|r| *r > 0);
        let mut residual = 0.0;
        for (synapse, &(source, target)) in self.stimulus.ends.iter().enumerate() {
            let source = source as usize;
            let target = target as usize;
            let gates = Gates {
                pre: pre[source],
                post: post[target],
                unconditional: (step as usize / epoch).is_multiple_of(1 << self.rule.decimation),
                rewarded,
            };
            let Some(expected) = self.expected(synapse, (source, target), &gates, before, now)
            else {
                self.bias.left_out += 1;
                continue;
            };
            let actual = now.variables[0][synapse] - before.variables[0][synapse];
            if expected == 0.0 && actual == 0.0 {
                continue;
            }
            self.bias.updates += 1;
            self.size += expected.abs();
            residual += actual - expected;
        }
        self.sum += residual;
        self.squares += residual * residual;
    }

    /// Expected change of a weight; `None` where a limit may be met on the way.
    fn expected(
        &self,
        synapse: usize,
        ends: (usize, usize),
        gates: &Gates,
        before: &Frame,
        now: &Frame,
    ) -> Option<f64> {
        let old = before.variables[0][synapse];
        let mut sum = 0.0;
        for product in &self.rule.sums[0] {
            let Some(at) = gates.opened(product.dependency, self.file.rule.epoch.into()) else {
                continue;
            };
            let mut value = 1.0;
            for f in &product.factors {
                let x = self.value(f.variable, synapse, ends, gates, at, before, now)?
                    + f64::from(f.constant.unwrap_or(0));
                value *= match (f.sign, x == 0.0) {
                    (false, _) => x,
                    (true, true) => 0.0,
                    (true, false) => x.signum(),
                };
            }
            sum += self.scaled(product, value);
        }
        let (low, high) = self.rule.limits.weight;
        let grain = f64::from(self.file.network.grain());
        let inside = old + sum - grain >= low && old + sum + grain <= high;
        (inside || sum == 0.0).then_some(sum)
    }

    /// A product as the profile computes it (LE-005, LE-006).
    fn scaled(&self, product: &Product, value: f64) -> f64 {
        if self.file.rule.profile == LearningProfile::Wide {
            return scale(product) * value;
        }
        let lost = f64::from(product.lost_bits()).exp2();
        (f64::from(product.mantissa) * value / lost).floor() * f64::from(product.exponent).exp2()
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "a factor depends on all of an epoch"
    )]
    fn value(
        &self,
        variable: Variable,
        synapse: usize,
        ends: (usize, usize),
        gates: &Gates,
        at: usize,
        before: &Frame,
        now: &Frame,
    ) -> Option<f64> {
        let (source, target) = ends;
        let spiked = |last: Last| f64::from(u8::from(last.0 > 0));
        Some(match variable.origin() {
            Origin::PreSpike => spiked(gates.pre),
            Origin::PostSpike => spiked(gates.post),
            Origin::Reward => {
                of_reward(variable, gates.rewarded, now.reward).expect("a variable of the reward")
            }
            Origin::Weight => before.variables[0][synapse],
            Origin::Delay => before.variables[1][synapse],
            Origin::Tag => before.variables[2][synapse],
            Origin::PreTrace(which) => {
                return self.trace(which, source, gates.pre, at, before, now);
            }
            Origin::PostTrace(which) => {
                return self.trace(2 + which, target, gates.post, at, before, now);
            }
        })
    }

    /// A trace at a step of the epoch: known if that is one step long, else expected.
    fn trace(
        &self,
        index: usize,
        unit: usize,
        spikes: Last,
        at: usize,
        before: &Frame,
        now: &Frame,
    ) -> Option<f64> {
        let (count, last) = spikes;
        let impulse = self.rule.traces[index].impulse;
        if self.file.rule.epoch == 1 {
            let after = now.traces[index][unit];
            let hidden = self.rule.x_before && index < 2 && count > 0;
            // what was clipped cannot be told from what was not
            return if !hidden {
                Some(after)
            } else {
                (after < 127.0).then_some(after - impulse)
            };
        }
        let start = before.traces[index][unit];
        if count > 0 && start + f64::from(count) * (impulse + 1.0) > 127.0 {
            return None;
        }
        let keep = self.keep[index];
        let early = f64::from(count.saturating_sub(1)) * impulse;
        let raised = if count > 0 && last <= at {
            impulse * keep.powi((at - last) as i32)
        } else {
            0.0
        };
        Some((start + early) * keep.powi(at as i32) + raised)
    }

    /// The measured bias.
    pub fn done(mut self) -> Bias {
        let n = self.bias.updates as f64;
        if n > 0.0 {
            self.bias.mean = self.sum / n;
            self.bias.standard_error = self.squares.sqrt() / n;
            self.bias.mean_update = self.size / n;
        } else if self.bias.why_not.is_none() {
            self.bias.why_not = Some("no weight was updated away from its limits".into());
        }
        let half = 1.96 * self.bias.standard_error;
        self.bias.interval = (self.bias.mean - half, self.bias.mean + half);
        self.bias
    }
}

/// Spikes and rewards that opened gates in an epoch.
struct Gates {
    pre: Last,
    post: Last,
    /// Whether uk counts in this epoch.
    unconditional: bool,
    rewarded: bool,
}

impl Gates {
    /// At which step of the epoch.
    fn opened(&self, gate: Dependency, epoch: usize) -> Option<usize> {
        match gate {
            Dependency::Pre => (self.pre.0 > 0).then_some(self.pre.1),
            Dependency::Post => (self.post.0 > 0).then_some(self.post.1),
            Dependency::Reward => self.rewarded.then_some(epoch),
            Dependency::Unconditional => self.unconditional.then_some(epoch),
        }
    }
}
