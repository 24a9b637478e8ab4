//! Rules with their settings, and the synapses they act on.

use super::traces::Trace;
use seamount_rules::{Dependency, Product, Variable};

/// Range of a variable.
pub type Range = (f64, f64);

/// Where variables end: a weight of one sign stops at 0, whatever computes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Smallest and largest weight.
    pub weight: Range,
    /// Smallest and largest delay.
    pub delay: Range,
    /// Smallest and largest tag.
    pub tag: Range,
}

impl Limits {
    /// None at all.
    pub const NONE: Limits = Limits {
        weight: (f64::NEG_INFINITY, f64::INFINITY),
        delay: (f64::NEG_INFINITY, f64::INFINITY),
        tag: (f64::NEG_INFINITY, f64::INFINITY),
    };
}

/// A rule: what happens to w, d and t, and the traces it reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Changes of w, d and t.
    pub sums: [Vec<Product>; 3],
    /// x1, x2, y1, y2, y3.
    pub traces: [Trace; 5],
    /// What a step leaves of the reward trace.
    pub reward_keep: f64,
    /// Steps of an epoch: how often uk and r0 count.
    pub epoch: usize,
    /// x traces are read before the impulse of the step.
    pub x_before: bool,
    /// k of uk, 0..=9: uk products count every 2^k epochs.
    pub decimation: u8,
    /// Limits of the variables.
    pub limits: Limits,
}

impl Rule {
    /// A rule without products and traces: epoch 1, no limits.
    pub fn new() -> Self {
        Rule {
            sums: [vec![], vec![], vec![]],
            traces: [Trace::default(); 5],
            reward_keep: 0.0,
            epoch: 1,
            x_before: false,
            decimation: 0,
            limits: Limits::NONE,
        }
    }

    pub(crate) fn products(&self) -> impl Iterator<Item = &Product> {
        self.sums.iter().flatten()
    }

    /// How many times the variable stands in a product, at most.
    pub fn most(&self, variable: Variable) -> usize {
        let count = |p: &Product| {
            let here = p.factors.iter().filter(|f| f.variable == variable);
            here.count()
        };
        self.products().map(count).max().unwrap_or(0)
    }

    pub(crate) fn has_gate(&self, gate: impl Fn(Dependency) -> bool) -> bool {
        self.products().any(|p| gate(p.dependency))
    }
}

impl Default for Rule {
    fn default() -> Self {
        Rule::new()
    }
}

/// Synapses, each with its source and target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Synapses {
    /// Source and target of each.
    pub ends: Vec<(usize, usize)>,
    /// w.
    pub w: Vec<f64>,
    /// d.
    pub d: Vec<f64>,
    /// t.
    pub t: Vec<f64>,
}

impl Synapses {
    /// Synapses with weights; d and t are 0.
    pub fn new(ends: Vec<(usize, usize)>, w: Vec<f64>) -> Self {
        let count = ends.len();
        assert_eq!(w.len(), count, "a weight a synapse");
        Synapses {
            ends,
            w,
            d: vec![0.0; count],
            t: vec![0.0; count],
        }
    }

    /// Numbers of the synapses of every unit on one side.
    pub(crate) fn by(
        &self,
        units: usize,
        side: impl Fn(&(usize, usize)) -> usize,
    ) -> Vec<Vec<usize>> {
        let mut lists = vec![vec![]; units];
        for (synapse, ends) in self.ends.iter().enumerate() {
            lists[side(ends)].push(synapse);
        }
        lists
    }
}
