//! The tree of a rule: sums of products, as the parser makes them and an image stores them.
//!
//! The tree computes nothing. The learning engine and the float reference each evaluate it with
//! arithmetic of their own. Its types are serialised as they stand (`bincode`), so the order of
//! fields and of variants is part of the format of images.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Products of a rule: of dw, dd and dt together (our choice: not public).
pub const PRODUCTS_MAX: usize = 32;
/// Factors of a product (our choice: not public).
pub const FACTORS_MAX: usize = 6;
/// Mantissas of a scale (LE-002); 0 is none of them.
pub(crate) const MANTISSAS: RangeInclusive<i64> = -8..=7;
/// Exponents of a scale (LE-002).
pub(crate) const EXPONENTS: RangeInclusive<i64> = -7..=8;

/// One product S * F1 * F2 ... of a rule (LE-002). Field order is part of the format of images.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Product {
    /// Mantissa of S, -8..=7, not 0.
    pub mantissa: i8,
    /// Exponent of S, -7..=8.
    pub exponent: i8,
    /// Event that makes the product count.
    pub dependency: Dependency,
    /// Factors in written order.
    pub factors: Vec<Factor>,
}

/// Event that makes a product count (LE-002, LE-003). Variant order is part of the format of
/// images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Dependency {
    /// x0: a pre spike in this epoch.
    Pre,
    /// y0: a post spike in this epoch.
    Post,
    /// uk: every 2^k epochs.
    Unconditional,
    /// r0: a reward spike in this epoch.
    Reward,
}

/// One factor: variable + constant, or the sign of that. Field order is part of the format of
/// images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Factor {
    /// Variable.
    pub variable: Variable,
    /// Added to it: -128..=127, of w and t also even up to -256..=254; absent: none is written.
    pub constant: Option<i16>,
    /// Only the sign of the sum counts; w, d and t only.
    pub sign: bool,
}

/// Variables of factors. Variant order is part of the format of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Variable {
    /// 1 if the source spiked in this epoch, else 0.
    X0,
    /// First trace of the source, 7 bits.
    X1,
    /// Second trace of the source, 7 bits.
    X2,
    /// 1 if the target spiked in this epoch, else 0.
    Y0,
    /// First trace of the target, 7 bits.
    Y1,
    /// Second trace of the target, 7 bits.
    Y2,
    /// Third trace of the target, 7 bits.
    Y3,
    /// 1 if a reward came in this epoch, else 0.
    R0,
    /// Trace of the reward, 7 bits signed.
    R1,
    /// Weight of the synapse.
    Weight,
    /// Delay of the synapse, or its second tag.
    Delay,
    /// Tag of the synapse.
    Tag,
}

/// What the value of a variable is read from, and with that what a rule must define, and which
/// synapses share the value. Several variables may read the same, as r0 and r1 do.
///
/// A variable that reads what another one reads needs nothing of the image, the compiler and the
/// comparison with floats: they ask for the origin, not for the variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Spikes of the source.
    PreSpike,
    /// Trace x1 or x2, by index 0 or 1.
    PreTrace(usize),
    /// Spikes of the target.
    PostSpike,
    /// Trace y1, y2 or y3, by index 0 to 2.
    PostTrace(usize),
    /// The reward channel of the rule: its spikes and its trace.
    Reward,
    /// The synapse's own weight.
    Weight,
    /// The synapse's own delay, or second tag.
    Delay,
    /// The synapse's own tag.
    Tag,
}

impl Origin {
    /// Whether each synapse has a value of its own, which the rule may change.
    pub fn is_of_synapse(self) -> bool {
        matches!(self, Origin::Weight | Origin::Delay | Origin::Tag)
    }
}

impl Variable {
    /// All variables, in the order of the format. The parser finds names here: a variable that is
    /// left out cannot be written.
    pub const ALL: [Variable; 12] = [
        Variable::X0,
        Variable::X1,
        Variable::X2,
        Variable::Y0,
        Variable::Y1,
        Variable::Y2,
        Variable::Y3,
        Variable::R0,
        Variable::R1,
        Variable::Weight,
        Variable::Delay,
        Variable::Tag,
    ];

    /// Origin of the value.
    pub fn origin(self) -> Origin {
        match self {
            Variable::X0 => Origin::PreSpike,
            Variable::X1 => Origin::PreTrace(0),
            Variable::X2 => Origin::PreTrace(1),
            Variable::Y0 => Origin::PostSpike,
            Variable::Y1 => Origin::PostTrace(0),
            Variable::Y2 => Origin::PostTrace(1),
            Variable::Y3 => Origin::PostTrace(2),
            Variable::R0 | Variable::R1 => Origin::Reward,
            Variable::Weight => Origin::Weight,
            Variable::Delay => Origin::Delay,
            Variable::Tag => Origin::Tag,
        }
    }

    /// Values that the variable can have (LE-001, LE-002). The delay has those of a second tag,
    /// which reach further.
    pub fn range(self) -> RangeInclusive<i32> {
        match self {
            Variable::X0 | Variable::Y0 | Variable::R0 => 0..=1,
            Variable::X1 | Variable::X2 => 0..=127,
            Variable::Y1 | Variable::Y2 | Variable::Y3 => 0..=127,
            Variable::R1 => -64..=63,
            Variable::Weight | Variable::Tag => -256..=255,
            Variable::Delay => 0..=255,
        }
    }

    /// Bits that profile `loihi1` counts for a factor of this variable (LE-005).
    pub fn width(self) -> u32 {
        match self {
            Variable::X0 | Variable::Y0 | Variable::R0 => 1,
            Variable::X1 | Variable::X2 => 7,
            Variable::Y1 | Variable::Y2 | Variable::Y3 => 7,
            Variable::R1 => 7,
            Variable::Weight | Variable::Delay | Variable::Tag => 9,
        }
    }

    /// Values to which profile `loihi1` saturates a factor of this variable after its constant is
    /// added: as many bits as [`width`](Variable::width) says, and a sign (LE-005).
    pub fn saturated_range(self) -> RangeInclusive<i32> {
        let size = 1 << self.width();
        -size..=size - 1
    }

    /// Name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Variable::X0 => "x0",
            Variable::X1 => "x1",
            Variable::X2 => "x2",
            Variable::Y0 => "y0",
            Variable::Y1 => "y1",
            Variable::Y2 => "y2",
            Variable::Y3 => "y3",
            Variable::R0 => "r0",
            Variable::R1 => "r1",
            Variable::Weight => "w",
            Variable::Delay => "d",
            Variable::Tag => "t",
        }
    }
}

impl Product {
    /// Whether the scale has a mantissa and an exponent that the engine has (LE-002).
    pub fn scale_exists(&self) -> bool {
        let mantissa = i64::from(self.mantissa);
        mantissa != 0
            && MANTISSAS.contains(&mantissa)
            && EXPONENTS.contains(&i64::from(self.exponent))
    }

    /// Bits by which profile `loihi1` shifts this product right and does not shift back:
    /// max(0, W - 15), W the widths of the factors plus 4 (LE-005).
    pub fn lost_bits(&self) -> u32 {
        let widths: u32 = self.factors.iter().map(|f| f.variable.width()).sum();
        (widths + 4).saturating_sub(15)
    }
}

impl Factor {
    /// Whether variable, constant and sign exist together (LE-002).
    pub fn exists(&self) -> bool {
        let synaptic = self.variable.origin().is_of_synapse();
        let doubled = matches!(self.variable, Variable::Weight | Variable::Tag);
        let constant = self.constant.is_none_or(|c| {
            (-128..=127).contains(&c) || (doubled && c % 2 == 0 && (-256..=254).contains(&c))
        });
        constant && (synaptic || !self.sign)
    }
}
