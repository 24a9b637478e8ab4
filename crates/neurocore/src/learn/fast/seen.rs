//! What an epoch has brought, laid out as the factors of blocks are read (LE-009).
//!
//! Traces are kept in bytes by compartment and are read as words by rank. That they are copied,
//! once an epoch, costs a pass over the compartments; each number is then read by every axon that
//! is visited. Largest numbers come with the copy: from them follows whether sums fit 16 bits.
//!
//! Traces by rank and by axon lie in arrays with room on both sides, so that a block of 64 may
//! begin before the first unit and end behind the last without a test.

use super::block::{BLOCK, Words};
use super::levels::Levels;
use super::slots::{FactorSlot, SLOTS};
use crate::learn::program::Rule;

/// Arrays of small numbers, one a unit (an axon, or a compartment by rank).
#[derive(Debug, Clone, Default)]
pub(super) struct UnitArrays {
    values: Vec<i16>,
    /// Numbers of an array.
    units: usize,
    /// Largest number of each array.
    largest: Vec<i16>,
}

impl UnitArrays {
    /// No arrays, of so many units each from now on.
    fn clear(&mut self, units: usize) {
        self.values.clear();
        self.largest.clear();
        self.units = units;
    }

    /// Adds an array.
    #[inline(always)]
    fn push(&mut self, units: &[u8]) {
        self.push_all(units.len(), |i| units[i]);
    }

    /// Adds an array of the units `which`.
    #[inline(always)]
    fn push_some(&mut self, units: &[u8], which: &[u16]) {
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

    /// Adds an array of zeros.
    fn push_zeros(&mut self) {
        let room = self.units + 2 * BLOCK;
        self.values.resize(self.values.len() + room, 0);
        self.largest.push(0);
    }

    /// Makes 1 of all that is not 0 in the last array.
    #[inline(always)]
    fn flag_last(&mut self) {
        let first = self.values.len() - self.units - 2 * BLOCK;
        for x in &mut self.values[first..] {
            *x = i16::from(*x != 0);
        }
    }

    /// Number of units.
    #[inline(always)]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Whether all numbers of an array are 0.
    #[inline(always)]
    pub(crate) fn is_zero(&self, array: usize) -> bool {
        self.largest[array] == 0
    }

    /// All arrays, with the room between them.
    #[inline(always)]
    pub fn values(&self) -> &[i16] {
        &self.values
    }

    /// Position in [`Self::values`] of one unit of an array.
    #[inline(always)]
    pub fn position(&self, array: usize, unit: usize) -> usize {
        array * (self.units + 2 * BLOCK) + BLOCK + unit
    }

    /// 64 numbers of an array from unit `first - lead` on; `lead` is at most 64.
    #[inline(always)]
    pub fn block(&self, array: usize, first: usize, lead: usize) -> &Words {
        self.values[self.position(array, first) - lead..]
            .first_chunk()
            .expect("there is room behind the last unit")
    }

    /// The number of one unit.
    #[inline(always)]
    pub fn one(&self, array: usize, unit: usize) -> i16 {
        self.values[self.position(array, unit)]
    }
}

/// Array of the flags of spikes: y0 by rank, x0 by axon.
pub(super) const FLAGS: usize = 0;

/// Array of y1, y2 or y3 (`which` 0, 1 or 2) at each target's own spike, by rank.
pub(super) const fn own_spike(which: usize) -> usize {
    1 + which
}

/// Array of y1, y2 or y3 at the end of a step of the epoch, 1 for the first, by rank.
pub(super) const fn at_step(which: usize, step: usize) -> usize {
    1 + 3 * step + which
}

/// What an epoch has brought.
pub(super) struct Seen<'a> {
    pub pre: &'a Levels,
    /// Flags of post spikes, post traces at each target's own spike, then those at the end of each
    /// step: see [`at_step`].
    pub by_rank: &'a UnitArrays,
    /// Flags of pre spikes, then x1 and x2 at the end of each step, then those without impulse;
    /// empty without post spikes.
    pub(crate) by_axon: &'a UnitArrays,
    /// Step of the epoch of each axon's last spike; 0: none.
    pub(crate) pre_spike: &'a [u8],
    /// Step of the epoch of each compartment's last spike; 0: none.
    pub(crate) post_spike: &'a [u8],
    /// Steps of the epoch.
    pub epoch: usize,
    /// Number of the epoch, 1 for the first.
    pub number: u64,
    /// Some compartment at which something learns spiked, and some rule asks.
    pub(crate) post_spiked: bool,
    /// r1 of each channel.
    pub reward: &'a [i8],
    /// r0 of each channel.
    pub rewarded: &'a [bool],
}

impl Seen<'_> {
    /// Largest magnitude that the numbers of each slot can have in this epoch.
    pub fn largest(&self) -> [i16; SLOTS] {
        let trace = |which| self.by_rank.largest[at_step(which, self.epoch)];
        FactorSlot::ALL.map(|slot| match slot {
            FactorSlot::Weight | FactorSlot::Tag => 256,
            FactorSlot::Delay => 255,
            FactorSlot::Y0 | FactorSlot::X0 => 1,
            FactorSlot::Y1 => trace(0),
            FactorSlot::Y2 => trace(1),
            FactorSlot::Y3 => trace(2),
            // at times of their own: whatever a trace can be
            FactorSlot::PreY1 | FactorSlot::PreY2 | FactorSlot::PreY3 => 127,
            FactorSlot::OwnY1 | FactorSlot::OwnY2 | FactorSlot::OwnY3 => 127,
            FactorSlot::X1 | FactorSlot::X2 => 127,
        })
    }

    /// Whether uk acts in this epoch (LE-003).
    #[inline(always)]
    pub fn is_due(&self, rule: &Rule) -> bool {
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

    /// x1 or x2 (`which` 0 or 1) of an axon at the end of a step of the epoch.
    #[inline(always)]
    pub fn x(&self, rule: &Rule, which: usize, axon: usize, step: usize) -> i32 {
        self.x_all(rule, which, step)[axon].into()
    }

    /// x1 or x2 of all axons at the end of a step of the epoch.
    #[inline(always)]
    pub(crate) fn x_all(&self, rule: &Rule, which: usize, step: usize) -> &[u8] {
        match rule.written.x_before_impulse {
            false => &self.pre.values[(step * 2 + which) * self.pre.units..][..self.pre.units],
            true => &self.pre.before[which * self.pre.units..][..self.pre.units], // epoch 1
        }
    }

    /// Array of x1 or x2 by axon, at the end of a step of the epoch.
    #[inline(always)]
    pub(crate) fn x_array(&self, rule: &Rule, which: usize, step: usize) -> usize {
        let level = match rule.written.x_before_impulse {
            false => step.max(1) - 1,
            true => self.epoch,
        };
        1 + which + 2 * level
    }
}

/// Fills the arrays by rank; those at the targets' own spikes only if `own`, post traces there by
/// compartment, has any.
#[inline(always)]
pub(super) fn fill_by_rank(
    out: &mut UnitArrays,
    learners: &[u16],
    post: &Levels,
    own: &[u8],
    spikes: &[u8],
    steps: usize,
) {
    let units = post.units;
    out.clear(learners.len());
    out.push_some(spikes, learners);
    out.flag_last();
    for which in 0..3 {
        match own.get(which * units..(which + 1) * units) {
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
pub(super) fn fill_by_axon(out: &mut UnitArrays, pre: &Levels, spikes: &[u8], steps: usize) {
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
