//! Weights: what a format can store, and what a stored weight contributes.

use crate::word::{clip, shift_floor};
use serde::{Deserialize, Serialize};

/// Sign of the weights of a format (NC-020).
// The order of variants is the format of images, the names are that of netlists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignMode {
    /// Even weights -256..=254.
    Mixed,
    /// Weights 0..=255.
    Excitatory,
    /// Weights -255..=0.
    Inhibitory,
}

/// How a mixed-sign weight loses the bits its format does not store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MixedRounding {
    /// Toward minus infinity: the documented rule (NC-020).
    Floor,
    /// Toward zero, as brian2-loihi does; kept for comparison with it.
    TowardZero,
}

/// Largest contribution of one synapse, `2^21 - 64` (NC-004).
pub const CONTRIBUTION_MAX: i32 = (1 << 21) - 64;

/// Whether a format may have this many weight bits: 0..=6 and 8 (NC-022).
pub const fn weight_bits_exist(bits: u8) -> bool {
    bits <= 6 || bits == 8
}

/// Bits of a weight that a format of `bits` weight bits drops: `8 - (bits - is_mixed)` (NC-020).
///
/// Zero weight bits store nothing in any mode: shift 8, all weights 0.
pub const fn weight_shift(mode: SignMode, bits: u8) -> u8 {
    match (mode, bits) {
        (_, 0) => 8,
        (SignMode::Mixed, _) => 9 - bits,
        _ => 8 - bits,
    }
}

/// Smallest and largest weight a user may give a format, before rounding (NC-022).
pub const fn weight_range(mode: SignMode) -> (i32, i32) {
    match mode {
        SignMode::Mixed => (-256, 255),
        SignMode::Excitatory => (0, 255),
        SignMode::Inhibitory => (-255, 0),
    }
}

/// The weight a format stores for `weight`: the top bits of it (NC-020).
///
/// Magnitude truncation in the shared-sign modes, `rounding` in mixed mode; values outside
/// [`weight_range`] are limited to it first. The result counts the same unit as `weight`.
pub const fn stored_weight(weight: i32, mode: SignMode, bits: u8, rounding: MixedRounding) -> i32 {
    let (min, max) = weight_range(mode);
    let weight = clip(weight as i64, min as i64, max as i64);
    if bits == 0 {
        return 0;
    }
    let shift = weight_shift(mode, bits);
    match (mode, rounding) {
        (SignMode::Mixed, MixedRounding::Floor) => (weight >> shift) << shift,
        _ if weight < 0 => -((-weight >> shift) << shift),
        _ => (weight >> shift) << shift,
    }
}

/// Contribution of a stored weight: `W * 2^(6 + e)` floored to a multiple of 64, then limited to
/// [`CONTRIBUTION_MAX`] (NC-021, NC-004). `exponent` is -8..=7.
pub const fn contribution(stored: i32, exponent: i8) -> i32 {
    let scaled = shift_floor(stored as i64, exponent as i32) << 6;
    clip(scaled, -(CONTRIBUTION_MAX as i64), CONTRIBUTION_MAX as i64)
}

/// The field of `bits` bits that stores `stored`; the inverse of [`decode_field`].
///
/// Mixed weights are two's complement, the shared-sign modes store the magnitude.
pub const fn encode_field(stored: i32, mode: SignMode, bits: u8) -> u64 {
    if bits == 0 {
        return 0;
    }
    let mask = (1u64 << bits) - 1;
    let magnitude = match mode {
        SignMode::Inhibitory => -stored,
        _ => stored,
    };
    (magnitude >> weight_shift(mode, bits)) as u64 & mask
}

/// The weight in a field of `bits` bits (NC-020).
pub const fn decode_field(field: u64, mode: SignMode, bits: u8) -> i32 {
    if bits == 0 {
        return 0;
    }
    let shift = weight_shift(mode, bits);
    let field = (field & ((1 << bits) - 1)) as i32;
    match mode {
        SignMode::Excitatory => field << shift,
        SignMode::Inhibitory => -(field << shift),
        SignMode::Mixed => {
            let unused = 32 - bits as u32;
            ((field << unused) >> unused) << shift
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    const MODES: [SignMode; 3] = [SignMode::Mixed, SignMode::Excitatory, SignMode::Inhibitory];

    #[test]
    fn nc_020_fields_round_trip() {
        for mode in MODES {
            for bits in (0..=8).filter(|&b| weight_bits_exist(b)) {
                let (min, max) = weight_range(mode);
                for w in min..=max {
                    let stored = stored_weight(w, mode, bits, MixedRounding::Floor);
                    assert_eq!(
                        decode_field(encode_field(stored, mode, bits), mode, bits),
                        stored,
                        "{mode:?} {bits} {w}"
                    );
                }
            }
        }
    }

    #[test]
    fn nc_022_mixed_weights_are_even() {
        assert_eq!(
            stored_weight(-255, SignMode::Mixed, 8, MixedRounding::Floor),
            -256
        );
        assert_eq!(
            stored_weight(255, SignMode::Mixed, 8, MixedRounding::Floor),
            254
        );
        assert_eq!(
            stored_weight(255, SignMode::Excitatory, 8, MixedRounding::Floor),
            255
        );
    }

    #[test]
    fn nc_004_contribution_is_limited() {
        assert_eq!(contribution(255, 7), 255 << 13);
        assert_eq!(contribution(-256, 7), -CONTRIBUTION_MAX);
        assert_eq!(contribution(-3, -1), -128);
    }
}
