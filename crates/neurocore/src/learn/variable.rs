//! The variables of a synapse that rules change, and the values that each of them can hold.

/// Bits of fraction in an accumulator: sums of products are in 1/128 (LE-005).
pub(crate) const FRACTION_BITS: u32 = 7;

/// A variable of a synapse: w, d or t.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Plastic {
    /// w, in the steps of its format.
    Weight,
    /// d, a delay in steps, or the second tag of rules that say `d_is_tag`.
    Delay,
    /// t, 9 bits signed.
    Tag,
}

impl Plastic {
    /// All variables, in the order in which arrays of three hold them.
    pub(crate) const ALL: [Plastic; 3] = [Plastic::Weight, Plastic::Delay, Plastic::Tag];

    /// Position in an array of three.
    #[inline(always)]
    pub(crate) const fn index(self) -> usize {
        self as usize
    }
}

/// A set of variables: which sums have a product, say. One bit a variable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PlasticSet(u8);

impl PlasticSet {
    /// The set of one variable.
    pub const fn of(variable: Plastic) -> PlasticSet {
        PlasticSet(1 << variable as u8)
    }

    /// The set as bits, w lowest.
    #[inline(always)]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether the variable is in the set.
    #[inline(always)]
    pub const fn has(self, variable: Plastic) -> bool {
        self.0 & 1 << variable as u8 != 0
    }

    /// Adds a variable.
    pub fn insert(&mut self, variable: Plastic) {
        self.0 |= 1 << variable as u8;
    }
}

/// The values that a variable can hold: multiples of 2^step from `min` to `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Bits that are always 0: those that a format of fewer weight bits drops.
    pub step: u32,
    /// Smallest value.
    pub min: i32,
    /// Largest value.
    pub max: i32,
}

impl Grid {
    /// A tag: 9 bits signed.
    pub(crate) const TAG: Grid = Grid {
        step: 0,
        min: -256,
        max: 255,
    };
    /// d as a second tag: 8 bits unsigned.
    pub(crate) const SECOND_TAG: Grid = Grid {
        step: 0,
        min: 0,
        max: 255,
    };

    /// Whether a variable can hold the value.
    pub fn allows(self, value: i32) -> bool {
        (self.min..=self.max).contains(&value) && value & ((1 << self.step) - 1) == 0
    }
}
