//! Terms: the products of a rule, decoded for blocks of synapses (LE-002, LE-005, LE-006).
//!
//! Why decode at all: a product in the image is a list of factors by name. Asked of each synapse,
//! the names would cost more than the multiplications. A term has them sorted out: what a whole
//! block shares is one number, made before the block; what is left are one or two columns of
//! numbers to multiply, for nearly all rules that people write.
//!
//! A term knows its gate, its factors in both splits ([`Factors`]), S as a number and shifts, and
//! which sums have it. In words of 32 bits that cannot saturate the order of additions does not
//! matter, so a product that dw, dd and dt share is one term there and computed once.

use super::slots::Factors;
use crate::learn::variable::{FRACTION_BITS, Plastic, PlasticSet};
use seamount_image::Arithmetic;
use seamount_rules::{Dependency, Factor, Product, Variable};

/// How the synapses of a block belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockSide {
    /// They have one axon.
    Axon,
    /// They have one target.
    Target,
}

/// A product of a rule, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term {
    /// What gates it.
    pub gate: Dependency,
    /// The sums that have it.
    pub sums: PlasticSet,
    by_axon: Factors,
    by_target: Factors,
    /// Factors saturate to the width of their variable; profile `loihi1` only (LE-005).
    saturates: bool,
    /// Mantissa of S.
    mantissa: i32,
    /// Right shift of the product that loses bits; profile `loihi1` only (LE-005).
    pub right: u32,
    /// Left shift of the product into an accumulator: exponent of S plus 7.
    pub left: u32,
    /// Largest magnitude of mantissa times factors.
    bound: i64,
}

impl Term {
    /// A product of one sum, in epochs of so many steps.
    fn new(product: &Product, sum: Plastic, arithmetic: Arithmetic, epoch: u8) -> Term {
        let right = match arithmetic {
            Arithmetic::Loihi1 => product.lost_bits(),
            Arithmetic::Wide => 0,
        };
        let factors: i64 = product.factors.iter().map(bound).product();
        Term {
            gate: product.dependency,
            sums: PlasticSet::of(sum),
            by_axon: Factors::by_axon(product, epoch, arithmetic),
            by_target: Factors::by_target(product, arithmetic),
            saturates: arithmetic == Arithmetic::Loihi1,
            mantissa: product.mantissa.into(),
            right,
            left: (i32::from(product.exponent) + FRACTION_BITS as i32) as u32,
            bound: factors * i64::from(product.mantissa).abs(),
        }
    }

    /// The factors, split for blocks of a side.
    #[inline(always)]
    pub fn factors(&self, side: BlockSide) -> &Factors {
        match side {
            BlockSide::Axon => &self.by_axon,
            BlockSide::Target => &self.by_target,
        }
    }

    /// S in words of that width: a whole number where products are shifted before they are
    /// computed, else its mantissa.
    #[inline(always)]
    pub fn scale(&self, width: Width) -> i64 {
        i64::from(self.mantissa) << if width == Width::Plain { self.left } else { 0 }
    }

    /// What all synapses of a block of a side have in common: S times the common factors. `value`
    /// is what a variable is.
    #[inline(always)]
    pub fn common(&self, width: Width, side: BlockSide, value: impl Fn(Variable) -> i32) -> i64 {
        let mut product = self.scale(width);
        // a loop: iterators may be left out of line
        for f in &self.factors(side).common {
            let mut factor = value(f.variable) + i32::from(f.constant.unwrap_or(0));
            if self.saturates {
                let range = f.variable.saturated_range();
                factor = factor.max(*range.start()).min(*range.end());
            }
            product *= i64::from(factor);
        }
        product
    }

    /// Whether the terms differ in nothing but the sum that has them.
    fn is_same(&self, other: &Term) -> bool {
        self.gate == other.gate
            && self.by_axon == other.by_axon
            && self.by_target == other.by_target
            && self.mantissa == other.mantissa
            && self.right == other.right
            && self.left == other.left
    }
}

/// Largest magnitude of a factor, if nothing saturates it.
fn bound(factor: &Factor) -> i64 {
    if factor.sign {
        return 1;
    }
    let range = factor.variable.range();
    let low = i64::from(*range.start());
    let high = i64::from(*range.end());
    let constant = i64::from(factor.constant.unwrap_or(0));
    i64::abs(low + constant).max(i64::abs(high + constant))
}

/// Words that suffice for every intermediate result of a rule. Found from the ranges of all
/// factors, once: no epoch, whatever its traces, can then leave these words, and no loop has to
/// ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// 32 bits, and nothing can saturate: S is shifted before the factors come.
    Plain,
    /// 32 bits; sums saturate.
    Narrow,
    /// 64 bits.
    Full,
}

impl Width {
    /// The narrowest words that suffice for a sum of these terms.
    fn of_sum(terms: &[Term], arithmetic: Arithmetic) -> Width {
        let most = i64::from(i32::MAX);
        match arithmetic {
            Arithmetic::Loihi1 => {
                let fits =
                    |t: &Term| t.bound <= most && (t.bound >> t.right) < (most >> 1) >> t.left;
                match terms.iter().all(fits) {
                    true => Width::Narrow,
                    false => Width::Full,
                }
            }
            Arithmetic::Wide => {
                let sum: i128 = terms.iter().map(|t| i128::from(t.bound) << t.left).sum();
                // 2^17 for the old value of a variable, 10 bits and 7 of fraction
                match sum + (1 << 17) <= i128::from(most) {
                    true => Width::Plain,
                    false => Width::Full,
                }
            }
        }
    }
}

/// The terms of a rule.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// All terms: of dw, then of dd, then of dt, each in written order.
    pub all: Vec<Term>,
    /// Arithmetic profile.
    pub arithmetic: Arithmetic,
    /// Words that suffice for every sum.
    pub width: Width,
}

impl Terms {
    /// The terms of dw, dd and dt, in epochs of so many steps.
    pub fn new(sums: [&Vec<Product>; 3], arithmetic: Arithmetic, epoch: u8) -> Terms {
        let narrowest = match arithmetic {
            Arithmetic::Wide => Width::Plain,
            Arithmetic::Loihi1 => Width::Narrow,
        };
        let mut terms = Terms {
            all: vec![],
            arithmetic,
            width: narrowest,
        };
        let of_sums = Plastic::ALL.map(|variable| {
            let products = sums[variable.index()].iter();
            products
                .map(|p| Term::new(p, variable, arithmetic, epoch))
                .collect::<Vec<Term>>()
        });
        let needs_more = |sum: &Vec<Term>| Width::of_sum(sum, arithmetic) == Width::Full;
        if of_sums.iter().any(needs_more) {
            terms.width = Width::Full;
        }
        for (variable, sum) in Plastic::ALL.into_iter().zip(of_sums) {
            for term in sum {
                terms.add(term, variable);
            }
        }
        terms
    }

    /// Adds a term of the sum of a variable, or the sum to an equal term that other sums have.
    fn add(&mut self, term: Term, variable: Plastic) {
        let equal = |other: &&mut Term| !other.sums.has(variable) && other.is_same(&term);
        match self.all.iter_mut().find(equal) {
            Some(other) if self.width == Width::Plain => other.sums.insert(variable),
            _ => self.all.push(term),
        }
    }
}
