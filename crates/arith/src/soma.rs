//! Arithmetic of one compartment: decay, bias, threshold, limits of v, noise.

use crate::word::{shift_toward_zero, wrap};

/// The decay of 1.0: a state that loses everything in one step (NC-007).
pub const DECAY_ONE: u16 = 4096;

/// One step of decay, `sgn(x) * ((|x| * (4096 - d)) >> 12)`: rounds toward zero (NC-010).
///
/// `x` is any 24-bit state, `d` the effective decay 0..=4096 (register plus offset bit).
pub const fn decay(x: i32, d: u16) -> i32 {
    let keep = (DECAY_ONE - d) as i64;
    let magnitude = ((x as i64).abs() * keep) >> 12;
    if x < 0 {
        -magnitude as i32
    } else {
        magnitude as i32
    }
}

/// Effective decay 0..=4096 of a 12-bit register and its core's 1-bit offset (NC-007).
pub const fn effective_decay(register: u16, offset: bool) -> u16 {
    register + offset as u16
}

/// The accumulator as read: 22-bit two's complement (NC-002).
pub const fn accumulator_read(sum: i64) -> i32 {
    wrap::<22>(sum)
}

/// Bias in units of v: `mantissa << exponent` (NC-006); mantissa 13-bit signed, exponent 0..=7.
pub const fn bias(mantissa: i16, exponent: u8) -> i32 {
    (mantissa as i32) << exponent
}

/// Splits a bias into mantissa (|m| <= 4095) and exponent, rounding half to even (golden 12).
///
/// `None` when |bias| is beyond 4095 * 2^7 = 524160 after rounding.
pub fn bias_split(bias: i64) -> Option<(i16, u8)> {
    (0..=7u8).find_map(|exponent| {
        let mantissa = round_half_even(bias, exponent);
        i16::try_from(mantissa)
            .ok()
            .filter(|m| m.abs() <= 4095)
            .map(|m| (m, exponent))
    })
}

fn round_half_even(x: i64, exponent: u8) -> i64 {
    if exponent == 0 {
        return x;
    }
    let floor = x >> exponent;
    let half = 1i64 << (exponent - 1);
    let rest = x - (floor << exponent);
    floor + i64::from(rest > half || (rest == half && floor & 1 == 1))
}

/// Threshold in units of v: `mantissa << 6` (NC-005); mantissa 17 bit unsigned.
pub const fn threshold(mantissa: u32) -> i32 {
    (mantissa << 6) as i32
}

/// Lower limit of v, `-(2^n) + 1`, n 0..=23 (NC-003).
pub const fn v_min(exponent: u8) -> i32 {
    -(1i32 << exponent) + 1
}

/// Upper limit of v, `2^(9 + 2m) - 1`, m 0..=7 (NC-003).
pub const fn v_max(exponent: u8) -> i32 {
    (1i32 << (9 + 2 * exponent)) - 1
}

/// Noise of a centred draw `x` = r - 128: `(x + 64 * mantissa) * 2^(exponent - 7)` toward zero
/// (NC-016).
///
/// This is the formula as written; the chip uses [`noise_exponent_effective`] for its exponent.
pub const fn noise_value(x: i32, mantissa: i8, exponent: u8) -> i32 {
    shift_toward_zero(x as i64 + 64 * mantissa as i64, exponent as i32 - 7) as i32
}

/// The exponent the chip acts by: one larger for exponents below 7 (NC-016).
pub const fn noise_exponent_effective(exponent: u8) -> u8 {
    if exponent < 7 { exponent + 1 } else { exponent }
}

/// Noise added by the chip for a uniform draw `r` in 0..=255 (NC-016).
pub const fn noise(r: u8, mantissa: i8, exponent: u8) -> i32 {
    noise_value(r as i32 - 128, mantissa, noise_exponent_effective(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nc_003_limits_of_v() {
        assert_eq!((v_min(23), v_min(0)), (-8_388_607, 0));
        assert_eq!((v_max(7), v_max(0)), (8_388_607, 511));
    }

    #[test]
    fn nc_010_decay_rounds_toward_zero() {
        assert_eq!(decay(-1, 1), 0);
        assert_eq!(decay(100, 409), 90);
        assert_eq!(decay(-100, 409), -90);
        assert_eq!(decay(-8_388_608, 0), -8_388_608);
        assert_eq!(decay(12_345, 4096), 0);
    }

    #[test]
    fn nc_016_small_exponents_act_one_larger() {
        assert_eq!(noise(255, 0, 6), 127);
        assert_eq!(noise(255, 0, 7), 127);
        assert_eq!(noise(0, 0, 7), -128);
    }
}
