//! Up to 64 synapses at a time: what is ready, accumulators, write-back.

use super::arithmetic::{
    BLOCK, FRACTION_BITS, GROUPS, LANES, Lane, Place, Ready, Sources, Sums, Target, Term, Terms,
    Width, Words, accumulate, lanes, write_back,
};
use super::draws::Numbers;
use super::program::{Limits, Rule};
use super::slots::{Slot, View};
use super::values::Padded;
use crate::kernel::sums::{self, Bits, Loaded, Product, Row, Variables};
use seamount_image::Rounding;
use seamount_rules::Dependency;
use seamount_spec::EventCounts;
use std::ops::Range;

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
        if rule.delay_is_tag {
            self.second
        } else {
            self.d
        }
    }

    /// The same, to change it.
    #[inline(always)]
    pub fn d_of_mut(&mut self, rule: &Rule) -> &mut [u8] {
        if rule.delay_is_tag {
            self.second
        } else {
            self.d
        }
    }
}

/// Terms that have something to add, and memory for it.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    /// Those whose gate is open for a row or column.
    ready: Vec<Ready>,
    /// By sum: of those of them that are not 0 in all of a block, a bit.
    alive: [u32; 3],
    /// What the ready ones come to together.
    all: Together,
    /// Those of each sum of the usual shape, for sums in 16 bits.
    simple: [Vec<Product>; 3],
    /// How many of the first are ready for all rows of a rule, also among the simple ones, and what they come to.
    standing: (usize, [usize; 3], Together),
    sums: Sums,
    /// New values of w, d and t.
    new: [Words; 3],
    /// Use vectors that not every machine has.
    pub wide: bool,
    /// Factors of a vector.
    loaded: Loaded,
    /// Visits since they were last taken.
    visits: u32,
}

/// Terms that are ready.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Together {
    /// Slots that they read.
    pub slots: u16,
    /// Those without which one of them is 0.
    pub needs: u16,
    /// Largest magnitude of the sums of their products.
    reach: [i64; 3],
    /// One of them has more than two factors by synapse, or other factors than plain ones.
    others: bool,
    /// One of them is not gated by post spikes.
    pub moves: bool,
}

impl Together {
    /// Whether there are any.
    #[inline(always)]
    pub fn any(&self) -> bool {
        self.slots != 0
    }
}

impl Default for Blocks {
    fn default() -> Self {
        Blocks {
            ready: vec![],
            alive: [0; 3],
            all: Together::default(),
            simple: [const { Vec::new() }; 3],
            standing: (0, [0; 3], Together::default()),
            sums: Sums::new(),
            new: [ZERO; 3],
            wide: false,
            loaded: Loaded::default(),
            visits: 0,
        }
    }
}

impl Blocks {
    /// Nothing is ready.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.ready.clear();
        self.simple.iter_mut().for_each(Vec::clear);
        self.all = Together::default();
    }

    /// What is ready now stays so for all rows until the next call.
    #[inline(always)]
    pub fn keep(&mut self) {
        self.standing = (
            self.ready.len(),
            self.simple.each_ref().map(Vec::len),
            self.all,
        );
    }

    /// Only what was kept is ready.
    #[inline(always)]
    pub fn rewind(&mut self) {
        if self.ready.len() == self.standing.0 {
            return;
        }
        let (ready, simple, all) = self.standing;
        self.ready.truncate(ready);
        self.simple
            .iter_mut()
            .zip(simple)
            .for_each(|(all, first)| all.truncate(first));
        self.all = all;
    }

    /// A term is ready if what its synapses share is not 0; `reach` is the largest magnitude of the rest of it.
    #[inline(always)]
    pub fn push(&mut self, place: Place, (term, view): (&Term, &View), scalar: i64, reach: i64) {
        if scalar != 0 {
            let all = &mut self.all;
            all.slots |= view.slots | u16::from(place.sums);
            all.needs |= view.needs;
            all.moves |= term.gate != Dependency::Post;
            let reach = scalar.saturating_abs().saturating_mul(reach);
            for z in 0..3 {
                if place.sums & 1 << z != 0 {
                    all.reach[z] = all.reach[z].saturating_add(reach);
                    if !view.shape.other {
                        self.simple[z].push(Product {
                            scalar: scalar as i16,
                            slots: view.shape.slots,
                        });
                    }
                }
            }
            all.others |= view.shape.other;
            self.ready.push(Ready {
                place,
                scalar,
                shape: view.shape,
                needs: view.needs,
            });
        }
    }

    /// What the ready terms come to together.
    #[inline(always)]
    pub fn all(&self) -> &Together {
        &self.all
    }

    /// Drops sums whose terms are 0 in all of a block; whether anything is left.
    #[inline(always)]
    fn narrow(&mut self, sources: &Sources) -> bool {
        let zero = zeros(self.all.needs, sources);
        let (mut of_sum, mut live) = ([0u32; 3], [false; 3]);
        for (index, one) in self.ready.iter().enumerate() {
            for z in 0..3 {
                let has = one.place.sums & 1 << z != 0;
                of_sum[z] |= u32::from(has) << index;
                live[z] |= has && one.needs & zero == 0;
            }
        }
        // all terms of a sum or none: computing a term that is 0 costs less than a choice by chance
        for z in 0..3 {
            self.alive[z] = if live[z] { of_sum[z] } else { 0 };
        }
        self.alive != [0; 3]
    }

    /// Whether 16 bits hold every sum of the ready terms of a rule, and this machine has wide vectors of them.
    #[inline(always)]
    fn is_short(&self, rule: &Rule, weight: &Target) -> bool {
        let ([w, d, t], room) = (self.all.reach, room(weight));
        let usual =
            rule.width == Width::Plain && rule.rounding == Rounding::Stochastic && !self.all.others;
        self.wide && usual && w <= room && d <= room && t <= room
    }

    /// Applies the sums of a rule to some synapses, all from old values (LE-008).
    #[inline(always)]
    pub fn apply(&mut self, block: &Block, numbers: &[Numbers; 3], drawn: Drawn) {
        let targets = &block.limits.targets;
        if self.is_short(block.rule, &targets[0]) && self.apply_short(block, numbers, drawn)
            || !self.narrow(block.sources)
        {
            return;
        }
        let sums = &mut self.sums;
        sums.live = [[0; LANES]; GROUPS];
        for z in 0..3 {
            if self.alive[z] != 0 {
                sums.begin(z, block.sources[z]);
            }
        }
        let [w, d, t] = self.alive;
        accumulate(block.terms, &self.ready, w | d | t, block.sources, sums);
        let mut visits = [0; LANES];
        for group in 0..GROUPS {
            let mask = lanes(block.inside, group);
            for i in 0..LANES {
                visits[i] += i32::from(sums.live[group][i] != 0) & mask[i];
            }
        }
        self.visits += total(&visits) as u32;
        for z in 0..3 {
            if self.alive[z] != 0 {
                self.write_back(z, block, &drawn.of(&numbers[z]), targets[z]);
            }
        }
    }

    /// Applies the sums of a rule to consecutive synapses whose post traces `arrays` are consecutive from a rank on, but for
    /// a gap, in 16 bits; not with recorded numbers. Whether it did.
    #[inline(always)]
    pub fn apply_row(
        &mut self,
        (rule, limits): (&Rule, &Limits),
        (range, gap): (Range<usize>, (usize, usize)),
        (post, arrays): (&Padded, &[(usize, usize)]),
        synapses: &mut Synapses,
    ) -> bool {
        let base = (range.start - range.start % 4) as u32;
        let [w, d, t] = &synapses.numbers;
        let (Some(w), Some(d), Some(t)) = (w.counter(base), d.counter(base), t.counter(base))
        else {
            return false;
        };
        if !self.is_short(rule, &limits.targets[0]) {
            return false;
        }
        let row = Row {
            products: [&self.simple[0], &self.simple[1], &self.simple[2]],
            precision: &limits.precision,
            counters: [w, d, t],
            synapses: range,
            reads: self.all.slots as u8 & 7,
            factors: post.values(),
            arrays,
            gap,
        };
        let d = if rule.delay_is_tag {
            &mut synapses.second[..]
        } else {
            &mut synapses.d[..]
        };
        self.visits += sums::apply_row(
            &row,
            &mut Variables {
                w: synapses.w,
                d,
                t: synapses.t,
            },
            &mut self.loaded,
        );
        true
    }

    /// The same of a block, in 16 bits; not with recorded numbers.
    ///
    /// A variable enters its accumulator without fraction, so only the sum of its products decides how it rounds:
    /// `floor((old 2^b + sum + r) / 2^b) = old + floor((sum + r) / 2^b)`, and the old value need not be in it.
    #[inline(always)]
    fn apply_short(&mut self, block: &Block, numbers: &[Numbers; 3], drawn: Drawn) -> bool {
        let mut given = [[0; BLOCK]; 3];
        let bits = match drawn {
            Drawn::Run(first) => {
                let [Some(w), Some(d), Some(t)] = [
                    numbers[0].counter(first),
                    numbers[1].counter(first),
                    numbers[2].counter(first),
                ] else {
                    return false;
                };
                [Bits::Draws(w), Bits::Draws(d), Bits::Draws(t)]
            }
            _ => {
                for z in 0..3 {
                    if !self.simple[z].is_empty() {
                        given[z] = drawn.of(&numbers[z]);
                    }
                }
                [
                    Bits::Given(&given[0]),
                    Bits::Given(&given[1]),
                    Bits::Given(&given[2]),
                ]
            }
        };
        let products = [&self.simple[0][..], &self.simple[1], &self.simple[2]];
        let block = sums::Block {
            products,
            sources: block.sources,
            inside: block.inside,
            precision: &block.limits.precision,
            bits,
        };
        let (visits, touched) = sums::apply(&block, &mut self.new);
        self.visits += visits;
        self.alive = touched;
        true
    }

    /// Writes accumulators of 32 bits back.
    #[inline(always)]
    fn write_back(&mut self, z: usize, block: &Block, drawn: &[u16; BLOCK], target: Target) {
        let rounding = match block.rule.rounding {
            Rounding::AwayFromZero if z > 0 => Rounding::Stochastic,
            rounding => rounding,
        };
        for group in 0..GROUPS {
            let (old, mask) = (lanes(block.sources[z], group), lanes(block.inside, group));
            let drawn = &drawn.as_chunks::<LANES>().0[group];
            let out = write_back(&old, &self.sums.sums[z][group], rounding, drawn, target);
            let place = &mut self.new[z].as_chunks_mut::<LANES>().0[group];
            for i in 0..LANES {
                place[i] = ((out[i] & mask[i]) | (old[i] & !mask[i])) as i16;
            }
        }
    }

    /// The number of synapses for which some product was not 0, since the last call.
    #[inline(always)]
    pub fn take_visits(&mut self) -> u32 {
        std::mem::take(&mut self.visits)
    }

    /// What has become of w, d or t, if a term acted on it; otherwise it stays as it is: an accumulator
    /// without fraction does not round.
    #[inline(always)]
    pub fn new_of(&self, z: usize) -> Option<&Words> {
        if self.alive[z] == 0 {
            None
        } else {
            Some(&self.new[z])
        }
    }
}

/// Up to 64 synapses of one rule and class.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub rule: &'a Rule,
    /// What w, d and t can be.
    pub limits: &'a Limits,
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

/// What a sum may come to so that its rounding does not leave 16 bits.
#[inline(always)]
pub(super) fn room(target: &Target) -> i64 {
    (1 << 15) - (1 << (FRACTION_BITS + target.step))
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
fn zeros(asked: u16, sources: &Sources) -> u16 {
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
pub(super) const SECOND_TAG: Target = Target {
    step: 0,
    min: 0,
    max: 255,
};
/// A tag: 9 bits signed.
pub(super) const TAG: Target = Target {
    step: 0,
    min: -256,
    max: 255,
};
