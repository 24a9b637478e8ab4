//! Sums of products in both arithmetic profiles, lane by lane (LE-002, LE-005, LE-006, LE-007).

use seamount_image::{Arithmetic, Dependency, Factor, Product, Rounding, Variable};

/// Synapses that are computed together.
pub const LANES: usize = 64;
/// One number a synapse.
pub type Lane = [i32; LANES];

/// Bits of fraction in an accumulator.
pub const FRACTION_BITS: u32 = 7;
/// Range of the accumulator of profile `loihi1`. Golden 13 shows that it saturates one below 16
/// bits.
const LOIHI1_RANGE: (i64, i64) = (-32_769, 32_767);

/// A product, ready to compute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Mantissa of S.
    pub mantissa: i32,
    /// What gates it.
    pub gate: Dependency,
    /// Factors in written order.
    pub factors: Vec<Factor>,
    /// Right shift that loses bits, profile `loihi1` only (LE-005).
    right: u32,
    /// Exponent of S plus 7.
    left: u32,
}

impl Term {
    /// A product of a checked image.
    pub fn new(product: &Product, arithmetic: Arithmetic) -> Term {
        Term {
            mantissa: product.mantissa.into(),
            gate: product.dependency,
            factors: product.factors.clone(),
            right: if arithmetic == Arithmetic::Loihi1 { product.lost_bits() } else { 0 },
            left: (i32::from(product.exponent) + FRACTION_BITS as i32) as u32,
        }
    }

    /// Largest magnitude of mantissa times factors.
    fn bound(&self) -> i64 {
        self.factors.iter().map(bound).product::<i64>() * i64::from(self.mantissa.abs())
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
    if factor.sign { 1 } else { (low + constant).abs().max((high + constant).abs()) }
}

/// Whether 32 bits hold every intermediate result of a sum, so that nothing can saturate in profile
/// `wide`.
pub fn is_narrow(terms: &[Term], arithmetic: Arithmetic) -> bool {
    let most = i64::from(i32::MAX);
    match arithmetic {
        Arithmetic::Loihi1 => terms.iter().all(|t| t.bound() <= most && (t.bound() >> t.right) < (most >> 1) >> t.left),
        Arithmetic::Wide => {
            let sum: i128 = terms.iter().map(|t| i128::from(t.bound()) << t.left).sum();
            sum + (1 << 17) <= i128::from(most)
        }
    }
}

/// What the factors and gates of some synapses are.
pub trait Values {
    /// 1 where a gate is open, else 0; whether it is open anywhere.
    fn gate(&self, gate: Dependency, out: &mut Lane) -> bool;
    /// A variable as the products behind a gate see it.
    fn load(&self, variable: Variable, gate: Dependency, out: &mut Lane);
}

/// Words that products are computed in.
pub trait Word: Copy + Default + PartialEq {
    /// From 32 bits.
    fn of(x: i32) -> Self;
    /// Times a factor.
    fn times(self, factor: i32) -> Self;
    /// Shifted right toward minus infinity, then left; limited far beyond any accumulator.
    fn shift(self, right: u32, left: u32) -> Self;
    /// Adds to an accumulator and limits it.
    fn add_to(self, sum: i32, range: (i64, i64)) -> i32;
}

impl Word for i32 {
    #[inline(always)]
    fn of(x: i32) -> Self {
        x
    }
    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        self.wrapping_mul(factor)
    }
    #[inline(always)]
    fn shift(self, right: u32, left: u32) -> Self {
        (self >> right) << left
    }
    #[inline(always)]
    fn add_to(self, sum: i32, range: (i64, i64)) -> i32 {
        sum.wrapping_add(self).max(range.0 as i32).min(range.1 as i32)
    }
}

impl Word for i64 {
    #[inline(always)]
    fn of(x: i32) -> Self {
        x.into()
    }
    #[inline(always)]
    fn times(self, factor: i32) -> Self {
        // at most 6 factors below 2^9 and a mantissa: 57 bits
        self.wrapping_mul(factor.into())
    }
    #[inline(always)]
    fn shift(self, right: u32, left: u32) -> Self {
        (self >> right).clamp(-(1 << 40), 1 << 40) << left
    }
    #[inline(always)]
    fn add_to(self, sum: i32, range: (i64, i64)) -> i32 {
        (i64::from(sum) + self).clamp(range.0, range.1) as i32
    }
}

/// Adds the terms to the accumulators of some synapses; `live` becomes not 0 where a product is
/// not 0.
#[inline(always)]
pub fn accumulate<W: Word>(terms: &[Term], arithmetic: Arithmetic, values: &impl Values, sums: &mut Lane, live: &mut Lane) {
    let range = match arithmetic {
        Arithmetic::Loihi1 => LOIHI1_RANGE,
        Arithmetic::Wide => (i32::MIN.into(), i32::MAX.into()),
    };
    let mut factor = [0; LANES];
    for term in terms {
        if !values.gate(term.gate, &mut factor) {
            continue; // adds 0 everywhere
        }
        let mut product = [W::default(); LANES];
        for i in 0..LANES {
            product[i] = W::of(factor[i] * term.mantissa);
        }
        for one in &term.factors {
            values.load(one.variable, term.gate, &mut factor);
            let constant = i32::from(one.constant.unwrap_or(0));
            if one.sign {
                factor.iter_mut().for_each(|x| *x = (*x + constant).signum());
            } else if constant != 0 {
                factor.iter_mut().for_each(|x| *x += constant);
            }
            for i in 0..LANES {
                product[i] = product[i].times(factor[i]);
            }
        }
        for i in 0..LANES {
            live[i] |= i32::from(product[i] != W::default());
            sums[i] = product[i].shift(term.right, term.left).add_to(sums[i], range);
        }
    }
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
    /// Whether a value is one of its own.
    pub fn allows(self, value: i32) -> bool {
        (self.min..=self.max).contains(&value) && value & ((1 << self.step) - 1) == 0
    }
}

/// Accumulators back to variables: the rounding asked for, then stochastic to the precision, then
/// saturation (LE-007). `numbers` are 16 uniform bits each.
#[inline(always)]
pub fn write_back(old: &Lane, sums: &Lane, rounding: Rounding, numbers: &Lane, target: Target, out: &mut Lane) {
    let bits = FRACTION_BITS + target.step;
    let (mask, most) = ((1i32 << bits) - 1, (1u32 << FRACTION_BITS) - 1);
    for i in 0..LANES {
        let change = sums[i].saturating_sub(old[i] << FRACTION_BITS);
        let size = change.unsigned_abs();
        let size = match rounding {
            Rounding::Stochastic => size as i32,
            Rounding::AwayFromZero => (size.saturating_add(most) & !most).min(1 << 24) as i32,
            Rounding::TowardZero => (size & !(mask as u32)).min(1 << 24) as i32,
        };
        let sum = match rounding {
            Rounding::Stochastic => sums[i],
            _ => (old[i] << FRACTION_BITS) + if change < 0 { -size } else { size },
        };
        let up = (numbers[i] >> (16 - bits)) < (sum & mask);
        let rounded = ((sum >> bits) + i32::from(up)) << target.step;
        out[i] = rounded.max(target.min).min(target.max);
    }
}

/// The accumulator of one synapse after all products of a sum: for tests and for comparison.
pub fn sum_of(products: &[Product], arithmetic: Arithmetic, start: i32, values: &impl Values) -> i32 {
    let terms: Vec<Term> = products.iter().map(|p| Term::new(p, arithmetic)).collect();
    let (mut sums, mut live) = ([start; LANES], [0; LANES]);
    let mut narrow = sums;
    accumulate::<i64>(&terms, arithmetic, values, &mut sums, &mut live);
    if is_narrow(&terms, arithmetic) {
        accumulate::<i32>(&terms, arithmetic, values, &mut narrow, &mut live);
        assert_eq!(narrow, sums, "32 bits hold what 64 bits hold");
    }
    sums[0]
}
