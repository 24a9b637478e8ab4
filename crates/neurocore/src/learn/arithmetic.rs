//! Sums of products in both arithmetic profiles, lane by lane (LE-002, LE-005, LE-006, LE-007).

use super::slots::{Each, NO_SLOT, SLOTS, Shape, Slot, View};
use crate::kernel::sums::Precision;
use seamount_image::{Arithmetic, Rounding};
use seamount_rules::{Dependency, Factor, Product, Variable};

/// Synapses of one vector.
pub const LANES: usize = 16;
/// Vectors of a block.
pub const GROUPS: usize = 4;
/// Synapses that are computed together.
pub const BLOCK: usize = LANES * GROUPS;
/// One number a synapse of a vector.
pub type Lane = [i32; LANES];
/// One number a synapse of a block.
pub type Words = [i16; BLOCK];
/// What a factor is, by [`Slot`]; 1 at [`NO_SLOT`].
pub type Sources<'a> = [&'a Words; 2 * SLOTS];

/// Nothing but 0, and 1 where there is no slot.
pub const NO_SOURCES: Sources<'static> = {
    let mut all = [&[0; BLOCK]; 2 * SLOTS];
    all[NO_SLOT as usize] = &[1; BLOCK];
    all
};

/// Bits of fraction in an accumulator.
pub const FRACTION_BITS: u32 = 7;
/// Range of the accumulator of profile `loihi1`. Golden 13 shows that it saturates one below 16
/// bits.
const LOIHI1_RANGE: (i64, i64) = (-32_769, 32_767);
/// That of profile `wide`.
const WIDE_RANGE: (i64, i64) = (i32::MIN as i64, i32::MAX as i64);

/// A product, ready to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// What gates it.
    pub gate: Dependency,
    /// As synapses of one axon see it.
    pub row: View,
    /// As synapses of one compartment see it.
    pub column: View,
    /// Mantissa of S.
    mantissa: i32,
    /// Right shift that loses bits, profile `loihi1` only (LE-005).
    right: u32,
    /// Exponent of S plus 7.
    left: u32,
    /// Largest magnitude of mantissa times factors.
    bound: i64,
}

impl Term {
    /// A product of a checked image, in epochs of so many steps.
    pub fn new(product: &Product, arithmetic: Arithmetic, epoch: u8) -> Term {
        Term {
            gate: product.dependency,
            row: View::of_row(product, epoch),
            column: View::of_column(product),
            mantissa: product.mantissa.into(),
            right: if arithmetic == Arithmetic::Loihi1 {
                product.lost_bits()
            } else {
                0
            },
            left: (i32::from(product.exponent) + FRACTION_BITS as i32) as u32,
            bound: product.factors.iter().map(bound).product::<i64>()
                * i64::from(product.mantissa).abs(),
        }
    }

    /// S, as integer.
    #[inline(always)]
    pub fn scale(&self, width: Width) -> i64 {
        i64::from(self.mantissa) << if width == Width::Plain { self.left } else { 0 }
    }

    /// What all synapses of a block have in common: S, and the factors that they share.
    #[inline(always)]
    pub fn shared(&self, width: Width, view: &View, value: impl Fn(Variable) -> i32) -> i64 {
        let mut product = self.scale(width);
        // a loop: iterators may be left out of line
        for f in &view.shared {
            product *= i64::from(value(f.variable) + i32::from(f.constant.unwrap_or(0)));
        }
        product
    }
}

/// Largest magnitude of a factor.
fn bound(factor: &Factor) -> i64 {
    let (low, high) = match factor.variable {
        Variable::X0 | Variable::Y0 | Variable::R0 => (0, 1),
        Variable::Weight | Variable::Tag => (-256, 255),
        Variable::Delay => (0, 255), // as a second tag
        Variable::R1 => (-64, 63),
        _ => (0, 127),
    };
    let constant = i64::from(factor.constant.unwrap_or(0));
    if factor.sign {
        1
    } else {
        (low + constant).abs().max((high + constant).abs())
    }
}

/// Words that suffice for every intermediate result of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 32 bits, and nothing can saturate: S is shifted before the factors come.
    Plain,
    /// 32 bits; sums saturate.
    Narrow,
    /// 64 bits.
    Full,
}

/// What the terms of one sum need.
pub fn width(terms: &[Term], arithmetic: Arithmetic) -> Width {
    let most = i64::from(i32::MAX);
    match arithmetic {
        Arithmetic::Loihi1 => {
            let fits = |t: &Term| t.bound <= most && (t.bound >> t.right) < (most >> 1) >> t.left;
            if terms.iter().all(fits) {
                Width::Narrow
            } else {
                Width::Full
            }
        }
        Arithmetic::Wide => {
            let sum: i128 = terms.iter().map(|t| i128::from(t.bound) << t.left).sum();
            if sum + (1 << 17) <= i128::from(most) {
                Width::Plain
            } else {
                Width::Full
            }
        }
    }
}

/// Words that products are computed in.
pub trait Word: Copy + Default {
    /// What all synapses share.
    fn of(x: i64) -> Self;
    /// Times a factor.
    fn times(self, factor: i32) -> Self;
    /// Not 0 if the word is not.
    fn bits(self) -> i32;
    /// Shifted as S says, added to an accumulator, limited.
    fn add_to(self, sum: i32, term: &Term, range: (i64, i64)) -> i32;
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
    fn add_to(self, sum: i32, _: &Term, _: (i64, i64)) -> i32 {
        sum.wrapping_add(self.0)
    }
}

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
    fn add_to(self, sum: i32, term: &Term, range: (i64, i64)) -> i32 {
        sum.wrapping_add((self >> term.right) << term.left)
            .max(range.0 as i32)
            .min(range.1 as i32)
    }
}

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
    fn add_to(self, sum: i32, term: &Term, range: (i64, i64)) -> i32 {
        let shifted = (self >> term.right).clamp(-(1 << 40), 1 << 40) << term.left;
        (i64::from(sum) + shifted).clamp(range.0, range.1) as i32
    }
}

/// A term of a rule, and every sum that has it: in 32 bits without saturation a product is computed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The first sum that has it.
    pub z: u8,
    /// Index in that sum.
    pub term: u16,
    /// All sums that have it, as bits.
    pub sums: u8,
}

impl Place {
    /// The different terms of three sums, in written order.
    pub fn all(sums: &[Vec<Term>; 3], width: Width) -> Vec<Place> {
        let mut out: Vec<Place> = vec![];
        for (z, terms) in (0u8..).zip(sums) {
            for (term, t) in (0u16..).zip(terms) {
                let same = |p: &&mut Place| {
                    sums[usize::from(p.z)][usize::from(p.term)] == *t && p.sums & 1 << z == 0
                };
                match out.iter_mut().find(same).filter(|_| width == Width::Plain) {
                    Some(place) => place.sums |= 1 << z,
                    None => out.push(Place {
                        z,
                        term,
                        sums: 1 << z,
                    }),
                }
            }
        }
        out
    }
}

/// A term whose gate is open, and what all synapses of the block have in common.
#[derive(Debug, Clone, Copy)]
pub struct Ready {
    /// The term.
    pub place: Place,
    /// S and the common factors; not 0.
    pub scalar: i64,
    /// What each synapse has its own of.
    pub shape: Shape,
    /// Slots without which it is 0.
    pub needs: u16,
}

/// Numbers of some synapses while a rule is applied.
#[derive(Debug, Clone)]
pub struct Sums {
    /// Accumulators of w, d and t.
    pub sums: [[Lane; GROUPS]; 3],
    /// Not 0 where a product is not 0.
    pub live: [Lane; GROUPS],
}

impl Default for Sums {
    fn default() -> Self {
        Sums::new()
    }
}

impl Sums {
    /// Nothing yet.
    pub fn new() -> Sums {
        Sums {
            sums: [[[0; LANES]; GROUPS]; 3],
            live: [[0; LANES]; GROUPS],
        }
    }

    /// Starts variable `z` from its old values.
    #[inline(always)]
    pub fn begin(&mut self, z: usize, old: &Words) {
        for group in 0..GROUPS {
            self.sums[z][group] = lanes(old, group).map(|x| x << FRACTION_BITS);
        }
    }
}

/// One vector of a block.
#[inline(always)]
pub fn lanes(words: &Words, group: usize) -> Lane {
    let part = &words.as_chunks::<LANES>().0[group];
    let mut out = [0; LANES];
    for i in 0..LANES {
        out[i] = part[i].into();
    }
    out
}

/// How the terms of a rule are computed.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Those of w, d and t.
    pub sums: &'a [Vec<Term>; 3],
    /// Arithmetic profile.
    pub arithmetic: Arithmetic,
    /// Words.
    pub width: Width,
    /// For a block of one axon, not of one compartment.
    pub of_row: bool,
}

impl<'a> Terms<'a> {
    /// A term, and its factors.
    #[inline(always)]
    pub fn at(self, place: Place) -> (&'a Term, &'a View) {
        let term = &self.sums[usize::from(place.z)][usize::from(place.term)];
        (term, if self.of_row { &term.row } else { &term.column })
    }
}

/// Adds those of the terms that are ready whose bit in `alive` is set to the accumulators. What is not meant to be visited
/// gets a sum too.
#[inline(always)]
pub fn accumulate(terms: Terms, ready: &[Ready], alive: u32, sources: &Sources, out: &mut Sums) {
    match terms.width {
        Width::Plain => accumulate_in::<Plain>(terms, ready, alive, sources, out),
        Width::Narrow => accumulate_in::<i32>(terms, ready, alive, sources, out),
        Width::Full => accumulate_in::<i64>(terms, ready, alive, sources, out),
    }
}

#[inline(always)]
fn accumulate_in<W: Word>(
    terms: Terms,
    ready: &[Ready],
    alive: u32,
    sources: &Sources,
    out: &mut Sums,
) {
    let range = match terms.arithmetic {
        Arithmetic::Loihi1 => LOIHI1_RANGE,
        Arithmetic::Wide => WIDE_RANGE,
    };
    let words = |slot: u8| sources[usize::from(slot) % sources.len()];
    let mut left = alive;
    while left != 0 {
        let one = &ready[left.trailing_zeros() as usize];
        left &= left - 1;
        let (term, view) = terms.at(one.place);
        // one vector at a time from factors to sums, so that a product stays in a register
        match one.shape {
            Shape {
                slots: [a, NO_SLOT],
                other: false,
            } if a != NO_SLOT => {
                let a = words(a);
                for group in 0..GROUPS {
                    let product = times([W::of(one.scalar); LANES], &lanes(a, group));
                    add(product, one.place.sums, group, term, range, out);
                }
            }
            Shape {
                slots: [a, b],
                other: false,
            } if a != NO_SLOT => {
                let (a, b) = (words(a), words(b));
                for group in 0..GROUPS {
                    let product = times([W::of(one.scalar); LANES], &lanes(a, group));
                    add(
                        times(product, &lanes(b, group)),
                        one.place.sums,
                        group,
                        term,
                        range,
                        out,
                    );
                }
            }
            _ => {
                for group in 0..GROUPS {
                    let mut product = [W::of(one.scalar); LANES];
                    for each in &view.each {
                        product = times(product, &adjusted(each, lanes(words(each.slot), group)));
                    }
                    add(product, one.place.sums, group, term, range, out);
                }
            }
        }
    }
}

#[inline(always)]
fn times<W: Word>(mut product: [W; LANES], factor: &Lane) -> [W; LANES] {
    for i in 0..LANES {
        product[i] = product[i].times(factor[i]);
    }
    product
}

/// Adds a product to the sums that have it.
#[inline(always)]
fn add<W: Word>(
    product: [W; LANES],
    sums: u8,
    group: usize,
    term: &Term,
    range: (i64, i64),
    out: &mut Sums,
) {
    let mut live = out.live[group];
    for i in 0..LANES {
        live[i] |= product[i].bits();
    }
    out.live[group] = live;
    for z in 0..3 {
        if sums & 1 << z != 0 {
            let mut acc = out.sums[z][group];
            for i in 0..LANES {
                acc[i] = product[i].add_to(acc[i], term, range);
            }
            out.sums[z][group] = acc;
        }
    }
}

/// A factor with its constant, or the sign of that.
#[inline(always)]
fn adjusted(each: &Each, mut factor: Lane) -> Lane {
    for x in &mut factor {
        *x += each.constant;
        *x = if each.sign { x.signum() } else { *x };
    }
    factor
}

/// What a variable can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Its values are multiples of 2^step.
    pub step: u32,
    /// Smallest value.
    pub min: i32,
    /// Largest value.
    pub max: i32,
}

impl Target {
    /// The same for sums in 16 bits.
    pub fn precision(self) -> Precision {
        let bits = (FRACTION_BITS + self.step) as u8;
        Precision {
            bits,
            step: self.step as u8,
            min: self.min as i16,
            max: self.max as i16,
        }
    }

    /// Whether a value is one of its own.
    pub fn allows(self, value: i32) -> bool {
        (self.min..=self.max).contains(&value) && value & ((1 << self.step) - 1) == 0
    }
}

/// Accumulators of one vector back to variables: the rounding asked for, then stochastic to the
/// precision, then saturation (LE-007). `numbers` are 16 uniform bits each.
#[inline(always)]
pub fn write_back(
    old: &Lane,
    sums: &Lane,
    rounding: Rounding,
    numbers: &[u16; LANES],
    target: Target,
) -> Lane {
    let bits = FRACTION_BITS + target.step;
    let (mask, most) = ((1i32 << bits) - 1, (1u32 << FRACTION_BITS) - 1);
    let mut sums = *sums;
    if rounding != Rounding::Stochastic {
        for i in 0..LANES {
            let change = sums[i].saturating_sub(old[i] << FRACTION_BITS);
            let size = change.unsigned_abs();
            let size = match rounding {
                Rounding::AwayFromZero => size.saturating_add(most) & !most,
                _ => size & !(mask as u32),
            };
            let size = size.min(1 << 24) as i32;
            sums[i] = (old[i] << FRACTION_BITS) + if change < 0 { -size } else { size };
        }
    }
    let mut out = [0; LANES];
    for i in 0..LANES {
        let up = (i32::from(numbers[i]) >> (16 - bits)) < (sums[i] & mask);
        let rounded = ((sums[i] >> bits) + i32::from(up)) << target.step;
        out[i] = rounded.max(target.min).min(target.max);
    }
    out
}

/// The accumulator of one synapse after all products of a sum, every gate open: for tests and for
/// comparison. `value` is what a variable is.
///
/// # Panics
/// If words as wide as needed give another result than the widest.
pub fn sum_of(
    products: &[Product],
    arithmetic: Arithmetic,
    start: i32,
    value: impl Fn(Variable) -> i32,
) -> i32 {
    let terms: Vec<Term> = products
        .iter()
        .map(|p| Term::new(p, arithmetic, 1))
        .collect();
    let used = terms.iter().fold(0, |used, t| used | t.row.slots);
    let number = |slot: Slot| match slot {
        Slot::Y0 => 1,
        _ if used & slot.bit() == 0 => 0,
        _ => value(slot.variable()) as i16,
    };
    let numbers = Slot::ALL.map(|slot| [number(slot); BLOCK]);
    let mut sources: Sources = NO_SOURCES;
    sources[..SLOTS].copy_from_slice(&numbers.each_ref());
    let sums = [terms, vec![], vec![]];
    let all = |width| {
        let terms = Terms {
            sums: &sums,
            arithmetic,
            width,
            of_row: true,
        };
        let one = |place: Place| {
            let (term, view) = terms.at(place);
            Ready {
                place,
                scalar: term.shared(width, view, &value),
                shape: view.shape,
                needs: view.needs,
            }
        };
        let ready: Vec<Ready> = Place::all(&sums, width).into_iter().map(one).collect();
        let mut out = Sums::new();
        out.sums[0] = [[start; LANES]; GROUPS];
        let alive = u32::MAX >> (32 - ready.len());
        accumulate(terms, &ready, alive, &sources, &mut out);
        out.sums[0][0][0]
    };
    let (widest, least) = (all(Width::Full), all(width(&sums[0], arithmetic)));
    assert_eq!(widest, least, "32 bits hold what 64 bits hold");
    widest
}
