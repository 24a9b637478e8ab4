//! Up to 64 synapses at a time: what is ready, accumulators, write-back.

use super::arithmetic::{BLOCK, GROUPS, LANES, Lane, Place, Ready, Sources, Sums, Terms, Words, accumulate, lanes, write_back};
use super::draws::Numbers;
use super::program::{Class, Rule};
use super::slots::{Slot, View};
use seamount_image::Rounding;
use seamount_spec::EventCounts;

/// No factor.
pub(super) const ZERO: Words = [0; BLOCK];
/// Every synapse of a block.
pub(super) const ALL: Words = [-1; BLOCK];

/// Variables of all synapses.
pub(super) struct Synapses<'a> {
    pub w: &'a mut [i16],
    pub d: &'a mut [u8],
    pub t: &'a mut [i16],
    /// d of rules that have it as a second tag.
    pub second: &'a mut [u8],
    /// For the write-back of w, d, t.
    pub numbers: [Numbers; 3],
}

impl Synapses<'_> {
    /// What a rule calls d.
    #[inline(always)]
    pub fn d_of(&self, rule: &Rule) -> &[u8] {
        if rule.delay_is_tag { self.second } else { self.d }
    }

    /// The same, to change it.
    #[inline(always)]
    pub fn d_of_mut(&mut self, rule: &Rule) -> &mut [u8] {
        if rule.delay_is_tag { self.second } else { self.d }
    }
}

/// Terms that have something to add, and memory for it.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    /// Those whose gate is open for a row or column.
    ready: Vec<Ready>,
    /// Indices of those of them that are not 0 in all of a block.
    alive: Vec<u16>,
    /// Sums that have such terms, as bits.
    touched: u8,
    /// Slots that the ready ones read, and those without which one of them is 0.
    pub slots: u16,
    pub needs: u16,
    sums: Sums,
    /// New values of w, d and t.
    new: [Words; 3],
}

impl Default for Blocks {
    fn default() -> Self {
        Blocks { ready: vec![], alive: vec![], touched: 0, slots: 0, needs: 0, sums: Sums::new(), new: [ZERO; 3] }
    }
}

impl Blocks {
    /// Nothing is ready.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.ready.clear();
        (self.slots, self.needs) = (0, 0);
    }

    /// A term is ready if what its synapses share is not 0.
    #[inline(always)]
    pub fn push(&mut self, place: Place, view: &View, scalar: i64) {
        if scalar != 0 {
            self.ready.push(Ready { place, scalar });
            self.slots |= view.slots | u16::from(place.sums);
            self.needs |= view.needs;
        }
    }

    /// Whether nothing is.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    /// Drops what is 0 in all of a block, whose slots `zero` are; whether anything is left.
    #[inline(always)]
    pub fn narrow(&mut self, terms: Terms, zero: u16) -> bool {
        self.alive.clear();
        self.touched = 0;
        for (index, one) in (0u16..).zip(&self.ready) {
            if zero == 0 || terms.at(one.place).1.needs & zero == 0 {
                self.alive.push(index);
                self.touched |= one.place.sums;
            }
        }
        self.touched != 0
    }

    /// Applies the sums of a rule to some synapses, all from old values (LE-008); the number of synapses for
    /// which some product is not 0.
    #[inline(always)]
    pub fn apply(&mut self, block: &Block, numbers: &[Numbers; 3], drawn: Drawn) -> u32 {
        let Block { rule, class, terms, sources, inside } = *block;
        let sums = &mut self.sums;
        sums.live = [[0; LANES]; GROUPS];
        for z in 0..3 {
            if self.touched & 1 << z != 0 {
                sums.begin(z, sources[z]);
            }
        }
        accumulate(terms, &self.ready, &self.alive, sources, sums);
        let mut visits = [0; LANES];
        for group in 0..GROUPS {
            let mask = lanes(inside, group);
            for i in 0..LANES {
                visits[i] += i32::from(sums.live[group][i] != 0) & mask[i];
            }
        }
        let visits = total(&visits);
        if visits == 0 {
            return 0;
        }
        for z in 0..3 {
            if self.touched & 1 << z == 0 {
                continue;
            }
            let rounding = match rule.rounding {
                Rounding::AwayFromZero if z > 0 => Rounding::Stochastic,
                rounding => rounding,
            };
            let target = [class.weight, if rule.delay_is_tag { SECOND_TAG } else { class.delay }, TAG][z];
            let drawn = drawn.of(&numbers[z]);
            let new = &mut self.new[z];
            for group in 0..GROUPS {
                let (old, mask) = (lanes(sources[z], group), lanes(inside, group));
                let drawn = &drawn.as_chunks::<LANES>().0[group];
                let out = write_back(&old, &sums.sums[z][group], rounding, drawn, target);
                let place = &mut new.as_chunks_mut::<LANES>().0[group];
                for i in 0..LANES {
                    place[i] = ((out[i] & mask[i]) | (old[i] & !mask[i])) as i16;
                }
            }
        }
        visits as u32
    }

    /// What has become of w, d or t, if a term acted on it; otherwise it stays as it is: an accumulator
    /// without fraction does not round.
    #[inline(always)]
    pub fn new_of(&self, z: usize) -> Option<&Words> {
        if self.touched & 1 << z == 0 { None } else { Some(&self.new[z]) }
    }
}

/// Up to 64 synapses of one rule and class.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub rule: &'a Rule,
    pub class: &'a Class,
    pub terms: Terms<'a>,
    pub sources: &'a Sources<'a>,
    /// -1 for the synapses meant.
    pub inside: &'a Words,
}

/// Whose random numbers a block takes.
#[derive(Clone, Copy)]
pub(super) enum Drawn<'a> {
    /// Those of the synapses from here on, a multiple of 4.
    Run(u32),
    /// From the first, so far apart.
    Every(u32, u32),
    /// These.
    List(&'a [u32]),
}

impl Drawn<'_> {
    #[inline(always)]
    fn of(self, numbers: &Numbers) -> [u16; BLOCK] {
        match self {
            Drawn::Run(first) => numbers.run(first),
            Drawn::Every(first, stride) => numbers.every(first, stride),
            Drawn::List(indices) => numbers.list(indices),
        }
    }
}

/// A loop, not an iterator: those may be left out of line, in code without wide vectors.
#[inline(always)]
fn total(lane: &Lane) -> i32 {
    let mut sum = 0;
    for i in 0..LANES {
        sum += lane[i];
    }
    sum
}

/// Slots among `asked` that are 0 in all of a block.
#[inline(always)]
pub(super) fn zeros(asked: u16, sources: &Sources) -> u16 {
    let (mut left, mut zero) = (asked, 0);
    while left != 0 {
        let slot = left.trailing_zeros() as usize;
        left &= left - 1;
        zero |= u16::from(*sources[slot % sources.len()] == ZERO) << slot;
    }
    zero
}

/// LE-013: a visited synapse is priced for every product of its rule.
#[inline(always)]
pub(super) fn note(rule: &Rule, visits: u32, counts: &mut EventCounts) {
    counts.learning_visits += u64::from(visits);
    counts.learning_products += u64::from(visits) * u64::from(rule.products);
}

/// Whether a set has a slot.
#[inline(always)]
pub(super) fn has(slots: u16, slot: Slot) -> bool {
    slots & slot.bit() != 0
}

/// d as a second tag: 8 bits unsigned.
const SECOND_TAG: super::arithmetic::Target = super::arithmetic::Target { step: 0, min: 0, max: 255 };
/// A tag: 9 bits signed.
const TAG: super::arithmetic::Target = super::arithmetic::Target { step: 0, min: -256, max: 255 };
