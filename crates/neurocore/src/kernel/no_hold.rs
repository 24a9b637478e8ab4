//! Plain compartments without a refractory hold, sixteen at a time in AVX-512 instructions.
//!
//! The contract is `columns::block` with `HOLD` off; `update` takes this way only where both
//! decays are above 0 and no compartment is held, and the test compares the two on random columns.
//!
//! What it is worth: 235 instead of 320 ns for the 1,024 columns of `bench W1`. Three things do it.
//! The product of a decay needs 5 instructions and not 10: with 16 * keep in both halves of a word,
//! `|x| * keep >> 12` is `|x| * 16 keep >> 16`, of which a product of 16-bit halves gives all but
//! one carry. Wraps and clips are rare, so one test finds that there was none of three kinds.
//! And whether anything changed is asked only until something did.

use super::columns::{Columns, LANES, Lanes, Settings};
use crate::update::UpdateTally;
use std::arch::x86_64::*;

/// Settings of a segment, each in all lanes.
struct NoHoldConstants {
    /// 16 * keep in both halves of every word.
    keep_u: __m512i,
    keep_v: __m512i,
    threshold: __m512i,
    v_min: __m512i,
    v_max: __m512i,
}

/// NoHoldSums over the blocks of a segment.
struct NoHoldSums {
    active: __m512i,
    tally: UpdateTally,
}

/// Sixteen columns.
struct SixteenColumns<'a> {
    q: &'a mut Lanes,
    input: &'a Lanes,
    u: &'a mut Lanes,
    v: &'a mut Lanes,
    fired: &'a mut [u8; LANES],
}

/// Whether [`update`] computes a segment of these settings: 16 * keep has 16 bits, and nothing is
/// held.
pub(super) fn covers(settings: &Settings) -> bool {
    let held = settings.spikes && settings.refractory_steps > 1;
    !held && settings.keep_u < 4096 && settings.keep_v < 4096
}

/// Updates the columns of one segment that [`covers`] allows.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
pub(super) fn update(settings: Settings, columns: Columns) -> UpdateTally {
    let Columns {
        q,
        input,
        u,
        v,
        hold: _,
        fired,
    } = columns;
    let count = q.len();
    assert!([input.len(), u.len(), v.len(), fired.len()] == [count; 4]);
    assert!(covers(&settings));
    let constants = constants(&settings);
    let mut sums = NoHoldSums {
        active: _mm512_setzero_si512(),
        tally: UpdateTally::default(),
    };
    let (q, q_rest) = q.as_chunks_mut::<LANES>();
    let (input, input_rest) = input.as_chunks::<LANES>();
    let (u, u_rest) = u.as_chunks_mut::<LANES>();
    let (v, v_rest) = v.as_chunks_mut::<LANES>();
    let (fired, fired_rest) = fired.as_chunks_mut::<LANES>();
    let blocks = q.iter_mut().zip(input).zip(u).zip(v).zip(fired);
    for ((((q, input), u), v), fired) in blocks {
        let block = SixteenColumns {
            q,
            input,
            u,
            v,
            fired,
        };
        if sums.tally.changed == 0 {
            step::<true>(&constants, block, &mut sums);
        } else {
            step::<false>(&constants, block, &mut sums);
        }
    }
    if !q_rest.is_empty() {
        // lanes beyond the columns are at rest without input: they do nothing and count nothing
        let rest = q_rest.len();
        let mut words = [[0; LANES]; 4];
        let mut flags = [0; LANES];
        let sources = [&*q_rest, input_rest, &*u_rest, &*v_rest];
        for (copy, from) in words.iter_mut().zip(sources) {
            copy[..rest].copy_from_slice(from);
        }
        let [q, input, u, v] = &mut words;
        let block = SixteenColumns {
            q,
            input,
            u,
            v,
            fired: &mut flags,
        };
        step::<true>(&constants, block, &mut sums);
        q_rest.fill(0);
        u_rest.copy_from_slice(&words[2][..rest]);
        v_rest.copy_from_slice(&words[3][..rest]);
        fired_rest.copy_from_slice(&flags[..rest]);
    }
    UpdateTally {
        active: _mm512_reduce_add_epi32(sums.active) as u32,
        ..sums.tally
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
fn constants(settings: &Settings) -> NoHoldConstants {
    // no v is beyond the largest word, so that where nothing spikes nothing is above the threshold
    let threshold = match settings.spikes {
        true => settings.threshold,
        false => i32::MAX,
    };
    NoHoldConstants {
        keep_u: _mm512_set1_epi16((settings.keep_u << 4) as i16),
        keep_v: _mm512_set1_epi16((settings.keep_v << 4) as i16),
        threshold: _mm512_set1_epi32(threshold),
        v_min: _mm512_set1_epi32(settings.v_limits.0),
        v_max: _mm512_set1_epi32(settings.v_limits.1),
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(lanes: &Lanes) -> __m512i {
    // SAFETY: 64 bytes of an array of 64 bytes.
    unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(lanes: &mut Lanes, value: __m512i) {
    // SAFETY: 64 bytes of an array of 64 bytes.
    unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), value) }
}

/// `sgn(x) * ((|x| * keep) >> 12)` for |x| <= 2^23 (NC-010); `halves` has 16 * keep in both halves
/// of a word.
///
/// With |x| = h * 2^16 + l the result is `h * 16 keep + (l * 16 keep >> 16)`. The upper halves of
/// the 16-bit products are `(h * 16 keep >> 16) * 2^16 + (l * 16 keep >> 16)`; what is missing is
/// the lower half of `h * 16 keep`, which the lower products hold in their upper half.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
fn keep(x: __m512i, halves: __m512i) -> __m512i {
    let magnitude = _mm512_abs_epi32(x);
    let high: __m512i;
    // of `_mm512_mulhi_epu16` compilers make nine instructions, since they take it apart and do not
    // find it again
    // SAFETY: arithmetic of two registers.
    unsafe {
        std::arch::asm!(
            "vpmulhuw {}, {}, {}",
            lateout(zmm_reg) high,
            in(zmm_reg) magnitude,
            in(zmm_reg) halves,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    let low = _mm512_mullo_epi16(magnitude, halves);
    let kept = _mm512_add_epi32(high, _mm512_srli_epi32::<16>(low));
    _mm512_mask_sub_epi32(kept, _mm512_movepi32_mask(x), _mm512_setzero_si512(), kept)
}

/// Sixteen columns; `TRACK` says whether changes are still asked for.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
fn step<const TRACK: bool>(
    constants: &NoHoldConstants,
    block: SixteenColumns,
    sums: &mut NoHoldSums,
) {
    let units = load(block.q);
    let u_old = load(block.u);
    let v_old = load(block.v);
    let wrapped = _mm512_srai_epi32::<16>(_mm512_slli_epi32::<16>(units)); // NC-002
    let q_read = _mm512_slli_epi32::<6>(wrapped);
    let u_sum = _mm512_add_epi32(keep(u_old, constants.keep_u), q_read);
    let u_new = _mm512_srai_epi32::<8>(_mm512_slli_epi32::<8>(u_sum)); // NC-001
    let drive = _mm512_add_epi32(u_new, load(block.input));
    let v_sum = _mm512_add_epi32(keep(v_old, constants.keep_v), drive);
    let above = _mm512_max_epi32(v_sum, constants.v_min);
    let limited = _mm512_min_epi32(above, constants.v_max); // NC-003
    let spikes = _mm512_cmpgt_epi32_mask(limited, constants.threshold);
    let v_new = _mm512_maskz_mov_epi32(!spikes, limited);
    // q | u | v before the reset: where it spikes, v is not 0
    let at_work = _mm512_ternarylogic_epi32::<0xfe>(q_read, u_new, limited);
    let working = _mm512_test_epi32_mask(at_work, at_work);
    let minus_one = _mm512_set1_epi32(-1);
    sums.active = _mm512_mask_sub_epi32(sums.active, working, sums.active, minus_one);
    // 0xf6: a | (b ^ c)
    let q_or_u = _mm512_xor_si512(wrapped, units);
    let q_or_u = _mm512_ternarylogic_epi32::<0xf6>(q_or_u, u_new, u_sum);
    let beyond = _mm512_ternarylogic_epi32::<0xf6>(q_or_u, limited, v_sum);
    if _mm512_test_epi32_mask(beyond, beyond) != 0 {
        count_beyond(sums, [wrapped, units], [u_new, u_sum], [limited, v_sum]);
    }
    if TRACK {
        let u_changed = _mm512_xor_si512(u_new, u_old);
        let changed = _mm512_ternarylogic_epi32::<0xf6>(u_changed, v_new, v_old);
        sums.tally.changed |= u32::from(_mm512_test_epi32_mask(changed, changed));
    }
    sums.tally.spikes += spikes.count_ones();
    store(block.q, _mm512_setzero_si512());
    store(block.u, u_new);
    store(block.v, v_new);
    // SAFETY: 16 bytes of an array of 16 bytes.
    unsafe {
        _mm_storeu_si128(
            block.fired.as_mut_ptr().cast(),
            _mm_maskz_set1_epi8(spikes, 1),
        );
    }
}

/// Counts lanes in which what is kept differs from what was computed.
#[cold]
#[inline(never)]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
fn count_beyond(sums: &mut NoHoldSums, q: [__m512i; 2], u: [__m512i; 2], v: [__m512i; 2]) {
    sums.tally.q_wraps += _mm512_cmpneq_epi32_mask(q[0], q[1]).count_ones();
    sums.tally.u_wraps += _mm512_cmpneq_epi32_mask(u[0], u[1]).count_ones();
    sums.tally.v_clips += _mm512_cmpneq_epi32_mask(v[0], v[1]).count_ones();
}
