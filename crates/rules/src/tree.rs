//! The tree of a rule: sums of products, as the parser makes them and an image stores them.
//!
//! The tree computes nothing. The learning engine and the float reference each evaluate it with
//! arithmetic of their own. Its types are serialised as they stand (`bincode`), so the order of
//! fields and of variants is part of the format of images.

use serde::{Deserialize, Serialize};

/// Products of a rule: of dw, dd and dt together (our choice: not public).
pub const PRODUCTS_MAX: usize = 32;
/// Factors of a product (our choice: not public).
pub const FACTORS_MAX: usize = 6;

/// One product S * F1 * F2 ... of a rule (LE-002).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Product {
    /// Mantissa of S, -8..=7, not 0.
    pub mantissa: i8,
    /// Exponent of S, -7..=8.
    pub exponent: i8,
    /// What gates it.
    pub dependency: Dependency,
    /// Factors in written order.
    pub factors: Vec<Factor>,
}

/// What gates a product (LE-002, LE-003).
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

/// One factor: variable + constant, or its sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Factor {
    /// The variable.
    pub variable: Variable,
    /// Added to it: -128..=127, of w and t also even up to -256..=254; absent: none is written.
    pub constant: Option<i16>,
    /// Only the sign of the sum counts; w, d and t only.
    pub sign: bool,
}

/// Variables of factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Variable {
    X0,
    X1,
    X2,
    Y0,
    Y1,
    Y2,
    Y3,
    R0,
    R1,
    Weight,
    Delay,
    Tag,
}

impl Variable {
    /// Bits that profile `loihi1` counts for a factor of this variable (LE-005).
    pub fn width(self) -> u32 {
        match self {
            Variable::X0 | Variable::Y0 | Variable::R0 => 1,
            Variable::Weight | Variable::Delay | Variable::Tag => 9,
            _ => 7,
        }
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
        let synaptic = matches!(
            self.variable,
            Variable::Weight | Variable::Delay | Variable::Tag
        );
        let doubled = matches!(self.variable, Variable::Weight | Variable::Tag);
        let constant = self.constant.is_none_or(|c| {
            (-128..=127).contains(&c) || (doubled && c % 2 == 0 && (-256..=254).contains(&c))
        });
        constant && (synaptic || !self.sign)
    }
}
