//! The arithmetic of the machine beside the crate `fixed`, which knows binary points, roundings and
//! overflow as types. It is an oracle here and in no program: the widths of the machine end in
//! the middle of words, and there each place has to say what happens (docs/decisions/0001-dependencies.md).
//!
//! A property here is the sentence of the claim in the words of `fixed`: a word of 24 bits is the integer part
//! of 24 + 8 bits, a decay is a multiplication by a number with 12 bits behind the point, a
//! contribution is a shift and a floor.

use fixed::types::{I22F10, I24F8, I42F22, I52F12};
use proptest::prelude::*;
use seamount_arith::soma::{self, DECAY_ONE};
use seamount_arith::weight::{
    CONTRIBUTION_MAX, MixedRounding, SignMode, contribution, decode_field, encode_field,
    stored_weight, weight_bits_exist, weight_range,
};
use seamount_arith::word::{saturate, shift_floor, shift_toward_zero, wrap};

/// Numbers of any size, small ones and ends of words as often as others.
fn integers() -> impl Strategy<Value = i64> {
    let near = (0u32..50, -2i64..=2).prop_map(|(bit, off)| (1i64 << bit) + off);
    prop_oneof![
        -300i64..=300,
        any::<i32>().prop_map(i64::from),
        near.clone(),
        near.prop_map(|x| -x),
    ]
}

/// A voltage or current: 24 bits with a sign.
fn states() -> impl Strategy<Value = i32> {
    let low = -(1i32 << 23);
    prop_oneof![Just(low), Just(-low - 1), -5000..5000, low..-low]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn nc_001_nc_002_words_wrap_as_integers_of_their_width(x in integers()) {
        prop_assert_eq!(wrap::<24>(x), I24F8::wrapping_from_num(x).to_num::<i32>());
        prop_assert_eq!(wrap::<22>(x), I22F10::wrapping_from_num(x).to_num::<i32>());
        prop_assert_eq!(soma::accumulator_read(x), I22F10::wrapping_from_num(x).to_num::<i32>());
    }

    #[test]
    fn words_saturate_as_integers_of_their_width(x in integers()) {
        prop_assert_eq!(saturate::<24>(x), I24F8::saturating_from_num(x).to_num::<i32>());
        prop_assert_eq!(saturate::<22>(x), I22F10::saturating_from_num(x).to_num::<i32>());
    }

    #[test]
    fn nc_010_a_decay_is_a_product_that_loses_its_fraction(x in states(), d in 0..=DECAY_ONE) {
        let keep = I42F22::from_num(DECAY_ONE - d) / i64::from(DECAY_ONE);
        // exact: 24 bits of an integer times 12 behind the point
        let product = I42F22::from_num(x) * keep;
        prop_assert_eq!(soma::decay(x, d), product.round_to_zero().to_num::<i32>());
    }

    #[test]
    fn shifts_are_powers_of_two_and_a_rounding(x in integers(), shift in -12i32..=12) {
        let x = x % (1 << 35);
        let number = I52F12::from_num(x);
        let scaled = if shift < 0 { number >> -shift } else { number << shift };
        prop_assert_eq!(shift_floor(x, shift), scaled.floor().to_num::<i64>());
        prop_assert_eq!(shift_toward_zero(x, shift), scaled.round_to_zero().to_num::<i64>());
    }

    #[test]
    fn nc_006_a_split_bias_is_rounded_to_even(bias in -600_000i64..=600_000) {
        let rounded = |exponent: u8| {
            let scaled = I52F12::from_num(bias) >> u32::from(exponent);
            (scaled.round_ties_even().to_num::<i64>(), exponent)
        };
        let wanted = (0..=7).map(rounded).find(|(mantissa, _)| mantissa.abs() <= 4095);
        let found = soma::bias_split(bias).map(|(mantissa, exponent)| (i64::from(mantissa), exponent));
        prop_assert_eq!(found, wanted);
        if let Some((mantissa, exponent)) = soma::bias_split(bias) {
            let value = I52F12::from_num(mantissa) << u32::from(exponent);
            prop_assert_eq!(soma::bias(mantissa, exponent), value.to_num::<i32>());
        }
    }

    #[test]
    fn nc_016_noise_is_scaled_and_loses_its_fraction(
        r in any::<u8>(), mantissa in -64i8..=63, exponent in 0u8..=15,
    ) {
        let centred = I52F12::from_num(i32::from(r) - 128 + 64 * i32::from(mantissa));
        let effective = if exponent < 7 { exponent + 1 } else { exponent };
        let scaled = (centred << u32::from(effective)) >> 7u32;
        prop_assert_eq!(soma::noise(r, mantissa, exponent), scaled.round_to_zero().to_num::<i32>());
    }

    #[test]
    fn nc_021_a_contribution_is_a_scaled_weight_in_units_of_64(
        weight in -256i32..=255, exponent in -8i8..=7,
    ) {
        let shift = 6 + i32::from(exponent);
        let number = I52F12::from_num(weight);
        let scaled = if shift < 0 { number >> -shift } else { number << shift };
        let units: I52F12 = (scaled >> 6u32).floor();
        let most = I52F12::from_num(CONTRIBUTION_MAX / 64);
        let wanted: I52F12 = units.clamp(-most, most) << 6u32;
        prop_assert_eq!(contribution(weight, exponent), wanted.to_num::<i32>());
    }

    #[test]
    fn nc_020_a_stored_weight_is_rounded_at_the_bits_that_are_kept(
        weight in -256i32..=255, bits in (1u8..=8).prop_filter("7", |b| weight_bits_exist(*b)),
        mode in prop_oneof![
            Just(SignMode::Mixed), Just(SignMode::Excitatory), Just(SignMode::Inhibitory),
        ],
    ) {
        let lost = if mode == SignMode::Mixed { 9 - u32::from(bits) } else { 8 - u32::from(bits) };
        let range = weight_range(mode);
        let limited = I52F12::from_num(weight).clamp(I52F12::from_num(range.0), I52F12::from_num(range.1));
        let units: I52F12 = limited >> lost;
        let kept = if mode == SignMode::Mixed { units.floor() } else { units.round_to_zero() };
        let wanted = (kept << lost).to_num::<i32>();
        let stored = stored_weight(weight, mode, bits, MixedRounding::Floor);
        prop_assert_eq!(stored, wanted);
        prop_assert_eq!(decode_field(encode_field(stored, mode, bits), mode, bits), wanted);
    }

    #[test]
    fn nc_003_limits_of_v_are_the_ends_of_words(exponent in 1u8..=7) {
        let most = (I52F12::ONE << (9 + 2 * u32::from(exponent))) - I52F12::ONE;
        prop_assert_eq!(soma::v_max(exponent), most.to_num::<i32>());
        let least = I52F12::ONE - (I52F12::ONE << u32::from(exponent));
        prop_assert_eq!(soma::v_min(exponent), least.to_num::<i32>());
    }
}
