//! Blocks: up to 64 synapses that have an axon or a target, a rule and a class in common, in both
//! arithmetic profiles (LE-002, LE-005, LE-006, LE-007, LE-008).
//!
//! When: always possible; [`super::by_axon`] and [`super::by_target`] come here with what does not
//! go through 16 bits. Needs: nothing of the machine. The loops are written so that compilers make
//! vectors of whatever width there is. Worth: see `docs/decisions/learning.md`, where the contract
//! is the measure.
//!
//! A block's numbers are four vectors of sixteen lanes. Accumulators begin with the old values,
//! take one product after the other, and are rounded and limited together. A sum whose terms are 0
//! in the whole block is left out: an accumulator without fraction does not round.

use super::ready::{ReadyTerm, ReadyTerms};
use super::slots::{FactorShape, FactorSlot, NO_SLOT, OwnFactor, SLOTS, SlotSet};
use super::terms::{BlockSide, Term, Terms, Width};
use crate::learn::draws::Numbers;
use crate::learn::program::Rule;
use crate::learn::strategy::Choice;
use crate::learn::variable::{FRACTION_BITS, Grid, Plastic, PlasticSet};
use seamount_image::{Arithmetic, Rounding};
use seamount_rules::{Product, Variable};

/// Synapses of one vector.
const LANES: usize = 16;
/// Vectors of a block.
const VECTORS: usize = 4;
/// Synapses that are computed together.
pub(super) const BLOCK: usize = LANES * VECTORS;
/// One number a synapse of a vector.
type Lanes = [i32; LANES];
/// One number a synapse of a block.
pub(super) type Words = [i16; BLOCK];
/// The numbers in every slot, by number of the slot; 1 at [`NO_SLOT`].
pub(super) type Sources<'a> = [&'a Words; 2 * SLOTS];

/// 0 for every synapse.
pub(super) const ZERO: Words = [0; BLOCK];
/// -1 for every synapse: all of a block are meant.
pub(super) const ALL: Words = [-1; BLOCK];

/// Nothing in any slot, and 1 where there is none.
pub(super) const NO_SOURCES: Sources<'static> = {
    let mut all = [&ZERO; 2 * SLOTS];
    all[NO_SLOT as usize] = &[1; BLOCK];
    all
};

/// Smallest and largest value of an accumulator, and of a product before it is added.
#[derive(Debug, Clone, Copy)]
struct SumRange {
    min: i64,
    max: i64,
    /// Limits of a product; none where only the sum has limits.
    product: Option<[i64; 2]>,
}

impl SumRange {
    /// Golden 13 shows that `loihi1` saturates one below 16 bits, golden 15 that it does so with
    /// each product too (LE-005); `wide` has 32 bits, and only the sum saturates (LE-006).
    const fn of(arithmetic: Arithmetic) -> SumRange {
        match arithmetic {
            Arithmetic::Loihi1 => SumRange {
                min: -32_769,
                max: 32_767,
                product: Some([-32_769, 32_767]),
            },
            Arithmetic::Wide => SumRange {
                min: i32::MIN as i64,
                max: i32::MAX as i64,
                product: None,
            },
        }
    }
}

/// Words that products are computed in.
trait Word: Copy + Default {
    /// A word of what all synapses have in common.
    fn of(x: i64) -> Self;
    /// The word times a factor.
    fn times(self, factor: i32) -> Self;
    /// A number that is 0 only if the word is.
    fn bits(self) -> i32;
    /// An accumulator plus the word, shifted as the term says, limited to the range.
    fn add_to(self, sum: i32, term: &Term, range: SumRange) -> i32;
}

/// [`Width::Plain`].
#[derive(Clone, Copy, Default)]
struct Plain(i32);

impl Word for Plain {
    #[inline(always)]
    fn of(x: i64) -> Self {
        Plain(x as i32)
    }
    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        Plain(self.0.wrapping_mul(factor))
    }
    #[inline(always)]
    fn bits(self) -> i32 {
        self.0
    }
    #[inline(always)]
    fn add_to(self, sum: i32, _: &Term, _: SumRange) -> i32 {
        sum.wrapping_add(self.0)
    }
}

/// [`Width::Narrow`].
impl Word for i32 {
    #[inline(always)]
    fn of(x: i64) -> Self {
        x as i32
    }
    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        self.wrapping_mul(factor)
    }
    #[inline(always)]
    fn bits(self) -> i32 {
        self
    }
    #[inline(always)]
    fn add_to(self, sum: i32, term: &Term, range: SumRange) -> i32 {
        // narrow words are of profile `loihi1`, whose products have the range of its sums
        let limited = |x: i32| x.max(range.min as i32).min(range.max as i32);
        limited(sum + limited((self >> term.right) << term.left))
    }
}

/// [`Width::Full`].
impl Word for i64 {
    #[inline(always)]
    fn of(x: i64) -> Self {
        x
    }
    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        // at most 6 factors below 2^9 and a mantissa: 57 bits
        self.wrapping_mul(factor.into())
    }
    #[inline(always)]
    fn bits(self) -> i32 {
        (self | self >> 32) as i32
    }
    #[inline(always)]
    fn add_to(self, sum: i32, term: &Term, range: SumRange) -> i32 {
        // beyond 2^40 the accumulator saturates anyway, and the shift could overflow
        let shifted = (self >> term.right).clamp(-(1 << 40), 1 << 40) << term.left;
        // the same for a whole block, so that the branch is outside of its loops
        let product = match range.product {
            Some([low, high]) => shifted.clamp(low, high),
            None => shifted,
        };
        (i64::from(sum) + product).clamp(range.min, range.max) as i32
    }
}

/// Accumulators of a block.
#[derive(Debug, Clone)]
struct Accumulators {
    /// Sums of w, d and t, in 1/128.
    sums: [[Lanes; VECTORS]; 3],
    /// Not 0 where a product is not 0: the synapse is visited.
    live: [Lanes; VECTORS],
}

impl Accumulators {
    const ZERO: Accumulators = Accumulators {
        sums: [[[0; LANES]; VECTORS]; 3],
        live: [[0; LANES]; VECTORS],
    };

    /// Adds a product to the sums that have it.
    #[inline(always)]
    fn add<W: Word>(
        &mut self,
        product: [W; LANES],
        sums: PlasticSet,
        vector: usize,
        term: &Term,
        range: SumRange,
    ) {
        let mut live = self.live[vector];
        for i in 0..LANES {
            live[i] |= product[i].bits();
        }
        self.live[vector] = live;
        for variable in 0..3 {
            if sums.has(Plastic::ALL[variable]) {
                let mut sum = self.sums[variable][vector];
                for i in 0..LANES {
                    sum[i] = product[i].add_to(sum[i], term, range);
                }
                self.sums[variable][vector] = sum;
            }
        }
    }

    /// Adds the ready terms whose bit in `alive` is set. Synapses of a block that are not meant get
    /// a sum too.
    #[inline(always)]
    fn accumulate(
        &mut self,
        terms: &Terms,
        side: BlockSide,
        ready: &[ReadyTerm],
        alive: u32,
        sources: &Sources,
    ) {
        match terms.width {
            Width::Plain => self.accumulate_in::<Plain>(terms, side, ready, alive, sources),
            Width::Narrow => self.accumulate_in::<i32>(terms, side, ready, alive, sources),
            Width::Full => self.accumulate_in::<i64>(terms, side, ready, alive, sources),
        }
    }

    #[inline(always)]
    fn accumulate_in<W: Word>(
        &mut self,
        terms: &Terms,
        side: BlockSide,
        ready: &[ReadyTerm],
        alive: u32,
        sources: &Sources,
    ) {
        let range = SumRange::of(terms.arithmetic);
        let words = |slot: u8| sources[usize::from(slot) % sources.len()];
        let mut left = alive;
        while left != 0 {
            let one = &ready[left.trailing_zeros() as usize];
            left &= left - 1;
            let term = &terms.all[one.term];
            let common = [W::of(one.common); LANES];
            let FactorShape {
                slots: [a, b],
                is_long,
            } = one.shape;
            // one vector at a time from factors to sums, so that a product stays in a register
            if !is_long && a != NO_SLOT && b == NO_SLOT {
                let a = words(a);
                for vector in 0..VECTORS {
                    let product = times(common, &lanes(a, vector));
                    self.add(product, one.sums, vector, term, range);
                }
            } else if !is_long && a != NO_SLOT {
                let a = words(a);
                let b = words(b);
                for vector in 0..VECTORS {
                    let product = times(common, &lanes(a, vector));
                    let product = times(product, &lanes(b, vector));
                    self.add(product, one.sums, vector, term, range);
                }
            } else {
                for vector in 0..VECTORS {
                    let mut product = common;
                    for own in &term.factors(side).own {
                        let factor = adjusted(own, lanes(words(own.slot), vector));
                        product = times(product, &factor);
                    }
                    self.add(product, one.sums, vector, term, range);
                }
            }
        }
    }
}

/// One vector of a block.
#[inline(always)]
fn lanes(words: &Words, vector: usize) -> Lanes {
    let part = &words.as_chunks::<LANES>().0[vector];
    let mut out = [0; LANES];
    for i in 0..LANES {
        out[i] = part[i].into();
    }
    out
}

#[inline(always)]
fn times<W: Word>(mut product: [W; LANES], factor: &Lanes) -> [W; LANES] {
    for i in 0..LANES {
        product[i] = product[i].times(factor[i]);
    }
    product
}

/// A factor with its constant, or the sign of that, saturated.
#[inline(always)]
fn adjusted(own: &OwnFactor, mut factor: Lanes) -> Lanes {
    for x in &mut factor {
        *x += own.constant;
        *x = if own.sign { x.signum() } else { *x };
        *x = (*x).max(own.range[0]).min(own.range[1]);
    }
    factor
}

/// New values of a variable from the accumulators of one vector: the rounding asked for, then
/// stochastic to the step of the grid, then limited to the grid (LE-007). `numbers` are 16 uniform
/// bits each.
#[inline(always)]
fn write_back(
    old: &Lanes,
    sums: &Lanes,
    rounding: Rounding,
    numbers: &[u16; LANES],
    grid: Grid,
) -> Lanes {
    let bits = FRACTION_BITS + grid.step;
    let mask = (1i32 << bits) - 1;
    let mut sums = *sums;
    if rounding != Rounding::Stochastic {
        for i in 0..LANES {
            let old = old[i] << FRACTION_BITS;
            let change = sums[i].saturating_sub(old);
            let size = change.unsigned_abs();
            let most = (1u32 << FRACTION_BITS) - 1;
            let size = match rounding {
                Rounding::AwayFromZero => size.saturating_add(most) & !most,
                _ => size & !(mask as u32),
            };
            // beyond the largest value anyway, and sums stay within their words
            let size = size.min(1 << 24) as i32;
            sums[i] = old + if change < 0 { -size } else { size };
        }
    }
    let mut out = [0; LANES];
    for i in 0..LANES {
        let up = (i32::from(numbers[i]) >> (16 - bits)) < (sums[i] & mask);
        let rounded = ((sums[i] >> bits) + i32::from(up)) << grid.step;
        out[i] = rounded.max(grid.min).min(grid.max);
    }
    out
}

/// Up to 64 synapses of one axon or target, one rule and one class.
#[derive(Clone, Copy)]
pub(super) struct SynapseBlock<'a> {
    pub rule: &'a Rule,
    pub side: BlockSide,
    /// What w, d and t can hold.
    pub grids: &'a [Grid; 3],
    /// Numbers in the slots that ready terms read or change.
    pub sources: &'a Sources<'a>,
    /// -1 for the synapses that are meant, 0 for others.
    pub inside: &'a Words,
    /// Which synapses they are.
    pub which: Which<'a>,
}

/// The synapses of a block, as random numbers are drawn for them (LE-010).
#[derive(Clone, Copy)]
pub(super) enum Which<'a> {
    /// Consecutive synapses from this one on, a multiple of 4.
    From(u32),
    /// Synapses at even distances.
    Every { first: u32, stride: u32 },
    /// Any synapses.
    List(&'a [u32]),
}

impl Which<'_> {
    #[inline(always)]
    pub fn draw(self, numbers: &Numbers) -> [u16; BLOCK] {
        match self {
            Which::From(first) => numbers.run(first),
            Which::Every { first, stride } => numbers.every(first, stride),
            Which::List(indices) => numbers.list(indices),
        }
    }
}

/// Memory for one block.
#[derive(Debug, Clone)]
pub(super) struct BlockMemory {
    accumulators: Accumulators,
    /// The variables that some term acted on.
    pub(super) changed: [bool; 3],
    /// Their new values.
    pub(super) new: [Words; 3],
}

impl Default for BlockMemory {
    fn default() -> Self {
        BlockMemory {
            accumulators: Accumulators::ZERO,
            changed: [false; 3],
            new: [ZERO; 3],
        }
    }
}

impl BlockMemory {
    /// Computes the new values of a block, all from old values (LE-008), in 16 bits where those
    /// suffice: see [`Self::new_of`]. The number of synapses for which some product was not 0
    /// (LE-013).
    #[inline(always)]
    pub fn apply(
        &mut self,
        block: &SynapseBlock,
        ready: &ReadyTerms,
        numbers: &[Numbers; 3],
        choice: Choice,
    ) -> u32 {
        if choice.short_blocks(block.rule)
            && ready.fits_short(block.grids)
            && let Some(visits) = self.apply_short(block, ready, numbers)
        {
            return visits;
        }
        let alive = alive(ready, block.sources);
        let any = alive[0] | alive[1] | alive[2];
        self.changed = [alive[0] != 0, alive[1] != 0, alive[2] != 0];
        if any == 0 {
            return 0;
        }
        let accumulators = &mut self.accumulators;
        accumulators.live = [[0; LANES]; VECTORS];
        for variable in 0..3 {
            if self.changed[variable] {
                for vector in 0..VECTORS {
                    let mut old = lanes(block.sources[variable], vector);
                    for i in 0..LANES {
                        old[i] <<= FRACTION_BITS;
                    }
                    accumulators.sums[variable][vector] = old;
                }
            }
        }
        let terms = &block.rule.terms;
        accumulators.accumulate(terms, block.side, &ready.all, any, block.sources);
        let mut visits = [0; LANES];
        for vector in 0..VECTORS {
            let mask = lanes(block.inside, vector);
            for i in 0..LANES {
                visits[i] += i32::from(accumulators.live[vector][i] != 0) & mask[i];
            }
        }
        for variable in 0..3 {
            if self.changed[variable] {
                self.write_back(Plastic::ALL[variable], block, &numbers[variable]);
            }
        }
        total(&visits) as u32
    }

    #[inline(always)]
    fn write_back(&mut self, variable: Plastic, block: &SynapseBlock, numbers: &Numbers) {
        let rounding = match block.rule.rounding() {
            Rounding::AwayFromZero if variable != Plastic::Weight => Rounding::Stochastic,
            rounding => rounding,
        };
        let at = variable.index();
        let drawn = block.which.draw(numbers);
        for vector in 0..VECTORS {
            let old = lanes(block.sources[at], vector);
            let mask = lanes(block.inside, vector);
            let drawn = &drawn.as_chunks::<LANES>().0[vector];
            let sums = &self.accumulators.sums[at][vector];
            let new = write_back(&old, sums, rounding, drawn, block.grids[at]);
            let place = &mut self.new[at].as_chunks_mut::<LANES>().0[vector];
            for i in 0..LANES {
                place[i] = ((new[i] & mask[i]) | (old[i] & !mask[i])) as i16;
            }
        }
    }

    /// The new values of a variable, if a term acted on it; of synapses that are not meant, the old
    /// ones.
    #[inline(always)]
    pub(crate) fn new_of(&self, variable: Plastic) -> Option<&Words> {
        match self.changed[variable.index()] {
            true => Some(&self.new[variable.index()]),
            false => None,
        }
    }
}

/// By sum: the ready terms to compute, a bit each. All terms of a sum or none: computing a term
/// that is 0 costs less than a branch that cannot be foreseen.
#[inline(always)]
fn alive(ready: &ReadyTerms, sources: &Sources) -> [u32; 3] {
    let zero = zeros(ready.totals.needs, sources);
    let mut of_sum = [0u32; 3];
    let mut live = [false; 3];
    for (index, one) in ready.all.iter().enumerate() {
        for variable in 0..3 {
            let has = one.sums.has(Plastic::ALL[variable]);
            of_sum[variable] |= u32::from(has) << index;
            live[variable] |= has && one.needs.and(zero).is_empty();
        }
    }
    for variable in 0..3 {
        if !live[variable] {
            of_sum[variable] = 0;
        }
    }
    of_sum
}

/// The slots among `asked` whose numbers are 0 in the whole block.
#[inline(always)]
fn zeros(asked: SlotSet, sources: &Sources) -> SlotSet {
    let mut left = asked;
    let mut zero = 0;
    while let Some(slot) = left.pop() {
        zero |= u16::from(*sources[slot % sources.len()] == ZERO) << slot;
    }
    SlotSet::from_bits(zero)
}

/// The sum of the lanes. A loop, not an iterator: those may be left out of line, in code without
/// wide vectors.
#[inline(always)]
fn total(lanes: &Lanes) -> i32 {
    let mut sum = 0;
    for i in 0..LANES {
        sum += lanes[i];
    }
    sum
}

/// The accumulator of one synapse after all products of a sum, every gate open, from `start` on:
/// for tests. `value` is what a variable is.
///
/// # Panics
/// If words as wide as needed give another result than the widest.
pub fn sum_of(
    products: &[Product],
    arithmetic: Arithmetic,
    start: i32,
    value: impl Fn(Variable) -> i32,
) -> i32 {
    let products = products.to_vec();
    let mut terms = Terms::new([&products, &vec![], &vec![]], arithmetic, 1);
    let needed = terms.width;
    let used = terms.all.iter().fold(SlotSet::NONE, |used, t| {
        used.with(t.factors(BlockSide::Axon).slots)
    });
    let numbers = FactorSlot::ALL.map(|slot| match slot {
        FactorSlot::Y0 => [1; BLOCK],
        _ if !used.has(slot) => ZERO,
        _ => [value(slot.variable()) as i16; BLOCK],
    });
    let mut sources: Sources = NO_SOURCES;
    sources[..SLOTS].copy_from_slice(&numbers.each_ref());
    let [widest, least] = [Width::Full, needed].map(|width| {
        terms.width = width;
        let mut ready = ReadyTerms::default();
        for (index, term) in terms.all.iter().enumerate() {
            let common = term.common(width, BlockSide::Axon, &value);
            ready.push(index, term, BlockSide::Axon, common, 0);
        }
        let mut out = Accumulators::ZERO;
        out.sums[0] = [[start; LANES]; VECTORS];
        let alive = ((1u64 << ready.all.len()) - 1) as u32;
        out.accumulate(&terms, BlockSide::Axon, &ready.all, alive, &sources);
        out.sums[0][0][0]
    });
    assert_eq!(widest, least, "32 bits hold what 64 bits hold");
    widest
}
