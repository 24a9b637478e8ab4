//! Two's complement words of `BITS` bits held in an `i32`.

/// `x` reduced to a `BITS`-bit two's complement word (1..=32): the bits above are dropped.
///
/// `wrap::<24>` is NC-001, `wrap::<22>` is NC-002.
pub const fn wrap<const BITS: u32>(x: i64) -> i32 {
    let unused = 64 - BITS;
    ((x << unused) >> unused) as i32
}

/// `x` limited to the range of a `BITS`-bit two's complement word (1..=32).
pub const fn saturate<const BITS: u32>(x: i64) -> i32 {
    let max = (1i64 << (BITS - 1)) - 1;
    clip(x, -max - 1, max)
}

/// `x` limited to `[min, max]`; both must fit an `i32`.
pub const fn clip(x: i64, min: i64, max: i64) -> i32 {
    if x < min {
        min as i32
    } else if x > max {
        max as i32
    } else {
        x as i32
    }
}

/// `x * 2^shift` with a negative shift dividing and rounding toward minus infinity.
pub const fn shift_floor(x: i64, shift: i32) -> i64 {
    if shift >= 0 { x << shift } else { x >> -shift }
}

/// `x * 2^shift` with a negative shift dividing and rounding toward zero.
pub const fn shift_toward_zero(x: i64, shift: i32) -> i64 {
    if shift >= 0 {
        x << shift
    } else if x >= 0 {
        x >> -shift
    } else {
        -((-x) >> -shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_keeps_low_bits() {
        assert_eq!(wrap::<22>(2_097_152), -2_097_152);
        assert_eq!(wrap::<24>(8_388_608), -8_388_608);
        assert_eq!(wrap::<24>(-8_388_609), 8_388_607);
    }

    #[test]
    fn saturate_stops_at_the_ends() {
        assert_eq!(saturate::<24>(1 << 40), 8_388_607);
        assert_eq!(saturate::<24>(-(1 << 40)), -8_388_608);
        assert_eq!(saturate::<8>(-128), -128);
    }

    #[test]
    fn shifts_round_as_named() {
        assert_eq!(shift_floor(-3, -1), -2);
        assert_eq!(shift_toward_zero(-3, -1), -1);
        assert_eq!(shift_toward_zero(3, 2), 12);
    }
}
