//! Whether the chip's rounding is right on average: every update against what it should be on
//! average, given what the chip held before it.

use super::chip::Frame;
use super::file::RuleFile;
use super::float;
use super::stimulus::Stimulus;
use seamount_reference::rules::{Rule, of_reward, scale};
use seamount_rules::{Dependency, Origin, Variable};
use serde::Serialize;

/// Mean difference of updates from their expected values, and how much of them arrives.
///
/// Expected is what is *written*, from the traces that the chip held: rounding of traces has no
/// part in it, cutting off of products has. Means over all synapses hide an update that is lost
/// wherever changes of both signs balance; so there is a mean for each sign and size, and a gain.
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
    /// Slope of actual over expected updates, through 0: 1 if all of an update arrives, 0 if every
    /// update is cut off.
    pub gain: f64,
    /// Its standard error.
    pub gain_standard_error: f64,
    /// The mean by sign and by size of the expected update; classes without updates are left out.
    pub classes: Vec<UpdateClass>,
}

/// Updates of one sign or size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UpdateClass {
    /// The updates in words.
    pub of: &'static str,
    /// Number of updates.
    pub updates: u64,
    /// Mean size of an expected update.
    pub mean_update: f64,
    /// Mean of actual minus expected.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl Bias {
    /// The largest mean in standard errors, of updates of either sign and of all.
    pub fn errors(&self) -> f64 {
        let all = (self.mean, self.standard_error);
        let signs = self.signs().map(|c| (c.mean, c.standard_error));
        let errors = |(mean, error): (f64, f64)| match error > 0.0 {
            true => mean.abs() / error,
            false => 0.0,
        };
        signs.chain([all]).map(errors).fold(0.0, f64::max)
    }

    /// The largest mean with its 95 % interval, of updates of either sign and of all.
    pub fn largest(&self) -> f64 {
        let all = (self.mean, self.standard_error);
        let signs = self.signs().map(|c| (c.mean, c.standard_error));
        let far = |(mean, error): (f64, f64)| mean.abs() + 1.96 * error;
        signs.chain([all]).map(far).fold(0.0, f64::max)
    }

    fn signs(&self) -> impl Iterator<Item = &UpdateClass> {
        let signs = [CLASSES[0].0, CLASSES[1].0];
        self.classes.iter().filter(move |c| signs.contains(&c.of))
    }
}

/// Whether an update of so many steps of the weight belongs to a class.
type IsOfClass = fn(f64) -> bool;

/// Classes of updates: words, and which updates belong, by their size in steps of the weight.
const CLASSES: [(&str, IsOfClass); 6] = [
    ("upward", |steps| steps > 0.0),
    ("downward", |steps| steps < 0.0),
    ("below a quarter of a step", |steps| {
        steps.abs() < 0.25 && steps != 0.0
    }),
    ("a quarter to one step", |steps| {
        (0.25..1.0).contains(&steps.abs())
    }),
    ("one to four steps", |steps| {
        (1.0..4.0).contains(&steps.abs())
    }),
    ("above four steps", |steps| steps.abs() >= 4.0),
];

/// ClassSums over the updates of one class.
#[derive(Debug, Clone, Copy, Default)]
struct ClassSums {
    count: u64,
    size: f64,
    /// Residuals of the epoch that runs.
    epoch: f64,
    residual: f64,
    squares: f64,
}

impl ClassSums {
    fn add(&mut self, expected: f64, residual: f64) {
        self.count += 1;
        self.size += expected.abs();
        self.epoch += residual;
    }

    fn close(&mut self) {
        self.residual += self.epoch;
        self.squares += self.epoch * self.epoch;
        self.epoch = 0.0;
    }

    /// Mean size, mean residual, its standard error.
    fn means(&self) -> [f64; 3] {
        let n = self.count as f64;
        [self.size / n, self.residual / n, self.squares.sqrt() / n]
    }
}

/// Products of expected and actual updates, by epoch, for the gain.
#[derive(Debug, Clone, Default)]
struct Slope {
    expected: f64,
    /// Of each epoch: actual times expected, expected squared.
    epochs: Vec<(f64, f64)>,
}

impl Slope {
    /// Slope through 0 and its standard error; updates of an epoch are one observation.
    fn of(&self) -> (f64, f64) {
        if self.expected == 0.0 {
            return (0.0, 0.0);
        }
        let gain = self.epochs.iter().map(|e| e.0).sum::<f64>() / self.expected;
        let left = self.epochs.iter().map(|e| (e.0 - gain * e.1).powi(2));
        (gain, left.sum::<f64>().sqrt() / self.expected)
    }
}

/// Watches updates of the weights.
///
/// With epoch 1 the traces that the products saw are known, so expected values are exact. With
/// longer epochs they are known at the start of the epoch only; their decay is right on average,
/// and so is a product of different traces, but no square.
pub struct Meter<'a> {
    file: &'a RuleFile,
    stimulus: &'a Stimulus,
    rule: Rule,
    /// k of each trace as the chip has it.
    keep: [f64; 5],
    bias: Bias,
    all: ClassSums,
    classes: [ClassSums; CLASSES.len()],
    slope: Slope,
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
        let spiked_before = file.rule.x_before_impulse
            && (rule.traces[0].impulse.fract() != 0.0 || rule.traces[1].impulse.fract() != 0.0);
        let why_not = match () {
            () if file.rule.dw.is_none() => Some("the rule does not change weights"),
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
            all: ClassSums::default(),
            classes: [ClassSums::default(); CLASSES.len()],
            slope: Slope::default(),
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
        let grain = f64::from(self.file.network.grain());
        let mut products = 0.0;
        let mut squares = 0.0;
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
            self.all.add(expected, actual - expected);
            for (sums, (_, belongs)) in self.classes.iter_mut().zip(CLASSES) {
                if belongs(expected / grain) {
                    sums.add(expected, actual - expected);
                }
            }
            products += actual * expected;
            squares += expected * expected;
        }
        self.all.close();
        self.classes.iter_mut().for_each(ClassSums::close);
        if squares > 0.0 {
            self.slope.expected += squares;
            self.slope.epochs.push((products, squares));
        }
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
            sum += scale(product) * value;
        }
        let (low, high) = self.rule.limits.weight;
        let grain = f64::from(self.file.network.grain());
        let inside = old + sum - grain >= low && old + sum + grain <= high;
        (inside || sum == 0.0).then_some(sum)
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
        self.bias.updates = self.all.count;
        if self.all.count > 0 {
            let [mean_update, mean, standard_error] = self.all.means();
            self.bias.mean_update = mean_update;
            self.bias.mean = mean;
            self.bias.standard_error = standard_error;
            let (gain, error) = self.slope.of();
            self.bias.gain = gain;
            self.bias.gain_standard_error = error;
            let classes = self.classes.iter().zip(CLASSES);
            self.bias.classes = classes
                .filter(|(sums, _)| sums.count > 0)
                .map(|(sums, (of, _))| {
                    let [mean_update, mean, standard_error] = sums.means();
                    UpdateClass {
                        of,
                        updates: sums.count,
                        mean_update,
                        mean,
                        standard_error,
                    }
                })
                .collect();
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
