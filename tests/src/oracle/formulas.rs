//! The formulas of the contract, each written from its text. Wide integers; no shared code.

use seamount_network::netlist::{Precision, SignMode};

/// `dec(x, d) = sgn(x) * ((|x| * (4096 - d)) >> 12)`, toward zero (NC-010).
pub fn decayed(x: i64, effective_decay: i64) -> i64 {
    assert!(
        (0..=4096).contains(&effective_decay),
        "decay {effective_decay}"
    );
    x * (4096 - effective_decay) / 4096
}

/// Two's complement wrap to `bits` (NC-001, NC-002), by arithmetic and not by shifting.
pub fn wrapped(x: i64, bits: u32) -> i64 {
    let half = 1i64 << (bits - 1);
    let whole = 1i64 << bits;
    (x + half).rem_euclid(whole) - half
}

/// Smallest v of a core (NC-003).
pub fn v_min(exponent: u8) -> i64 {
    -2i64.pow(exponent.into()) + 1
}

/// Largest v of a core (NC-003).
pub fn v_max(exponent: u8) -> i64 {
    2i64.pow(9 + 2 * u32::from(exponent)) - 1
}

/// Noise from a number 0..=255 (NC-016), truncated toward zero.
pub fn noise(r: u8, mantissa: i8, exponent: u8) -> i64 {
    let effective = if exponent < 7 { exponent + 1 } else { exponent };
    let value = i64::from(r) - 128 + 64 * i64::from(mantissa);
    value * 2i64.pow(effective.into()) / 2i64.pow(7)
}

/// The weight that is stored for a written one (NC-020).
pub fn stored_weight(weight: i64, precision: Precision) -> i64 {
    let Precision::Format {
        sign_mode,
        weight_bits,
    } = precision
    else {
        return weight;
    };
    let is_mixed = i64::from(sign_mode == SignMode::Mixed);
    let step = 2i64.pow((8 - (i64::from(weight_bits) - is_mixed)) as u32);
    match sign_mode {
        SignMode::Mixed => weight.div_euclid(step) * step,
        SignMode::Excitatory | SignMode::Inhibitory => weight / step * step,
    }
}

/// What one synapse adds (NC-021, NC-004): `W * 2^(6+e)` floored to a multiple of 64, clipped.
pub fn contribution(stored_weight: i64, exponent: i8) -> i64 {
    // In units of 2^-2, the finest that e = -8 gives, so that the floor is the only rounding.
    let quarters = stored_weight * 2i64.pow((8 + i32::from(exponent)) as u32);
    let multiple = quarters.div_euclid(4 * 64) * 64;
    let largest = 2i64.pow(21) - 64;
    multiple.clamp(-largest, largest)
}
