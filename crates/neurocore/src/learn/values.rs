//! What an epoch has brought, as the factors of rules want it (LE-009).

use super::arithmetic::{BLOCK, Words};
use super::program::Rule;
use super::slots::{SLOTS, Slot};
use super::traces::Table;

/// Arrays of small numbers, one a unit, with room on both sides: a block may begin before the first unit
/// and end after the last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Padded {
    values: Vec<i16>,
    units: usize,
    /// Largest number of each array.
    largest: Vec<i16>,
}

impl Padded {
    /// No arrays, of so many units each from now on.
    pub fn clear(&mut self, units: usize) {
        self.values.clear();
        self.largest.clear();
        self.units = units;
    }

    /// One array more.
    #[inline(always)]
    pub fn push(&mut self, units: &[u8]) {
        self.push_all(units.len(), |i| units[i]);
    }

    /// One array more, of the units `which`.
    #[inline(always)]
    pub fn push_some(&mut self, units: &[u8], which: &[u16]) {
        if units.len() == self.units {
            return self.push(units);
        }
        self.push_all(which.len(), |i| units[usize::from(which[i])]);
    }

    #[inline(always)]
    fn push_all(&mut self, count: usize, unit: impl Fn(usize) -> u8) {
        let first = self.values.len() + BLOCK;
        self.values.resize(first + self.units + BLOCK, 0);
        let to = &mut self.values[first..first + count];
        let mut largest = 0;
        // a loop: iterators may be left out of line
        for i in 0..count {
            to[i] = unit(i).into();
            largest = largest.max(to[i]);
        }
        self.largest.push(largest);
    }

    /// An array of zeros more.
    fn push_zeros(&mut self) {
        self.values
            .resize(self.values.len() + self.units + 2 * BLOCK, 0);
        self.largest.push(0);
    }

    /// Makes 1 of all that is not 0 in the last array.
    #[inline(always)]
    pub fn flag_last(&mut self) {
        let first = self.values.len() - self.units - 2 * BLOCK;
        for x in &mut self.values[first..] {
            *x = i16::from(*x != 0);
        }
    }

    /// Numbers of an array.
    #[inline(always)]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Whether an array has only zeros.
    #[inline(always)]
    pub fn is_zero(&self, array: usize) -> bool {
        self.largest[array] == 0
    }

    /// Largest number of an array of traces.
    #[inline(always)]
    pub fn largest(&self, array: usize) -> i16 {
        self.largest[array]
    }

    /// All arrays, with the room between them.
    #[inline(always)]
    pub fn values(&self) -> &[i16] {
        &self.values
    }

    /// Where in them one unit of an array is.
    #[inline(always)]
    pub fn place(&self, array: usize, unit: usize) -> usize {
        array * (self.units + 2 * BLOCK) + BLOCK + unit
    }

    /// 64 numbers of an array from unit `first - lead` on, `lead` at most 64.
    #[inline(always)]
    pub fn block(&self, array: usize, first: usize, lead: usize) -> &Words {
        self.values[self.place(array, first) - lead..]
            .first_chunk()
            .expect("there is room behind the last unit")
    }

    /// The number of one unit.
    #[inline(always)]
    pub fn one(&self, array: usize, unit: usize) -> i16 {
        self.values[self.place(array, unit)]
    }
}

/// Where y0, the post traces at the own spike, and y1, y2, y3 at the end of step 1, 2... are.
pub(crate) const FLAGS: usize = 0;
const OWN: usize = 1;

/// Array of y1, y2 or y3 (j = 0, 1, 2) at each compartment's own spike.
pub(crate) const fn own(j: usize) -> usize {
    OWN + j
}

/// Array of y1, y2 or y3 at a step of the epoch.
pub(crate) const fn at_step(j: usize, step: usize) -> usize {
    OWN + 3 * step + j
}

/// What an epoch has brought.
pub(crate) struct Seen<'a> {
    pub pre: &'a Table,
    /// By rank of the compartment: see [`at_step`].
    pub post: &'a Padded,
    /// By axon: x0, then x1 and x2 at the end of each step, then those without impulse; empty without post
    /// spikes.
    pub columns: &'a Padded,
    pub pre_spike: &'a [u8],
    pub post_spike: &'a [u8],
    pub epoch: usize,
    /// Number of the epoch that ends, from 1.
    pub number: u64,
    /// Some compartment at which something learns spiked.
    pub post_spiked: bool,
    pub reward: &'a [i8],
    pub rewarded: &'a [bool],
}

impl Seen<'_> {
    /// Largest magnitude of every slot.
    pub fn largest(&self) -> [i16; SLOTS] {
        Slot::ALL.map(|slot| match slot {
            Slot::Weight | Slot::Tag => 256,
            Slot::Delay => 255,
            Slot::Y0 | Slot::X0 => 1,
            Slot::Y1 => self.post.largest(at_step(0, self.epoch)),
            Slot::Y2 => self.post.largest(at_step(1, self.epoch)),
            Slot::Y3 => self.post.largest(at_step(2, self.epoch)),
            _ => 127,
        })
    }

    #[inline(always)]
    pub fn due(&self, rule: &Rule) -> bool {
        self.number & rule.decimation_mask == 0
    }

    #[inline(always)]
    pub fn r0(&self, rule: &Rule) -> bool {
        rule.reward
            .is_some_and(|channel| self.rewarded[usize::from(channel)])
    }

    #[inline(always)]
    pub fn r1(&self, rule: &Rule) -> i32 {
        rule.reward
            .map_or(0, |channel| self.reward[usize::from(channel)].into())
    }

    /// x1 or x2 of an axon at a step of the epoch.
    #[inline(always)]
    pub fn x(&self, rule: &Rule, j: usize, axon: usize, step: usize) -> i32 {
        self.x_all(rule, j, step)[axon].into()
    }

    /// The same of all axons.
    #[inline(always)]
    pub fn x_all(&self, rule: &Rule, j: usize, step: usize) -> &[u8] {
        match rule.x_before {
            false => &self.pre.values[(step * 2 + j) * self.pre.units..][..self.pre.units],
            true => &self.pre.before[j * self.pre.units..][..self.pre.units], // epoch 1
        }
    }

    /// Array of x1 or x2 of all axons at a step of the epoch.
    #[inline(always)]
    pub fn x_array(&self, rule: &Rule, j: usize, step: usize) -> usize {
        1 + j
            + 2 * if rule.x_before {
                self.epoch
            } else {
                step.max(1) - 1
            }
    }
}

/// Fills the arrays by compartment that learns; those at the own spike only where there are any.
#[inline(always)]
pub(crate) fn by_compartment(
    out: &mut Padded,
    learners: &[u16],
    post: &Table,
    own: &[u8],
    spikes: &[u8],
    steps: usize,
) {
    let units = post.units;
    out.clear(learners.len());
    out.push_some(spikes, learners);
    out.flag_last();
    for j in 0..3 {
        match own.get(j * units..(j + 1) * units) {
            Some(own) if !own.is_empty() => out.push_some(own, learners),
            _ => out.push_zeros(),
        }
    }
    for step in 1..=steps {
        for trace in post.level::<3>(step).chunks_exact(units.max(1)) {
            out.push_some(trace, learners);
        }
    }
}

/// Fills the arrays by axon.
#[inline(always)]
pub(crate) fn by_axon(out: &mut Padded, pre: &Table, spikes: &[u8], steps: usize) {
    out.clear(pre.units);
    out.push(spikes);
    out.flag_last();
    for step in 1..=steps {
        for trace in pre.level::<2>(step).chunks_exact(pre.units.max(1)) {
            out.push(trace);
        }
    }
    for trace in pre.before.chunks_exact(pre.units.max(1)) {
        out.push(trace);
    }
}
