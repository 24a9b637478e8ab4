//! Sums of small products in 16 bits for one block of 64 synapses, whose factors may come from
//! anywhere, with AVX-512: the kernel of `learn::fast::short_block`. Elsewhere `learn::fast::block`
//! computes the same in wider words.

use super::short_row::{ShortTerm, here};
use super::{Level, level};
use crate::learn::Grid;

/// Synapses of a block.
const BLOCK: usize = 64;
/// Sources: places of factors.
const SOURCES: usize = 32;

/// Where the 16 random bits of each synapse come from.
#[derive(Debug, Clone, Copy)]
pub enum RoundingBits<'a> {
    /// Sixteen consecutive draws, the first of which has this counter (`Key::counter`).
    Draws(u64),
    /// One number a synapse.
    Given(&'a [u16; BLOCK]),
}

/// A block, and what is done with it.
pub struct ShortBlock<'a> {
    /// Terms of w, d and t.
    pub terms: [&'a [ShortTerm]; 3],
    /// Numbers of each source; the first three are the old w, d and t.
    pub sources: &'a [&'a [i16; BLOCK]; SOURCES],
    /// -1 for the synapses that are meant, 0 for others.
    pub inside: &'a [i16; BLOCK],
    /// What w, d and t can hold.
    pub grids: &'a [Grid; 3],
    /// For the rounding of w, d and t.
    pub bits: [RoundingBits<'a>; 3],
}

/// What came of a block.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// Number of synapses that are meant and have a product other than 0.
    pub visits: u32,
    /// Whether w, d and t were written.
    pub written: [bool; 3],
}

/// Adds the products of each variable that has terms, rounds by the variable's grid, limits, and
/// writes it to `new`, unless all of its products are 0. Synapses that are not meant keep their old
/// values.
///
/// # Panics
/// Where [`here`] says no.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(unused_variables, reason = "it panics there")
)]
pub fn apply(block: &ShortBlock, new: &mut [[i16; BLOCK]; 3]) -> Outcome {
    debug_assert!(here(), "the caller asks first");
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features.
        Level::Avx512 => unsafe { avx512::apply(block, new) },
        _ => panic!("the caller asks first"),
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::super::short_row::avx512::{RoundingAvx512, draws, read, write};
    use super::{BLOCK, Outcome, RoundingBits, SOURCES, ShortBlock};
    use seamount_arith::random::STEP;
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
    pub fn apply(block: &ShortBlock, new: &mut [[i16; BLOCK]; 3]) -> Outcome {
        let inside = [half(block.inside, 0), half(block.inside, 1)];
        let mut visited = [0u32; 2];
        let mut written = [false; 3];
        for at in 0..3 {
            if block.terms[at].is_empty() {
                continue;
            }
            let mut live = [_mm512_setzero_si512(); 2];
            let mut sum = [_mm512_setzero_si512(); 2];
            for term in block.terms[at] {
                let common = _mm512_set1_epi16(term.common);
                let a = block.sources[usize::from(term.slots[0]) % SOURCES];
                let b = block.sources[usize::from(term.slots[1]) % SOURCES];
                for h in 0..2 {
                    let product = _mm512_mullo_epi16(common, half(a, h));
                    let product = _mm512_mullo_epi16(product, half(b, h));
                    live[h] = _mm512_or_si512(live[h], product);
                    sum[h] = _mm512_add_epi16(sum[h], product);
                }
            }
            let seen = [
                _mm512_test_epi16_mask(live[0], inside[0]),
                _mm512_test_epi16_mask(live[1], inside[1]),
            ];
            written[at] = seen[0] | seen[1] != 0;
            if !written[at] {
                continue;
            }
            visited[0] |= seen[0];
            visited[1] |= seen[1];
            let rounding = RoundingAvx512::new(&block.grids[at]);
            for h in 0..2 {
                let numbers = match block.bits[at] {
                    RoundingBits::Draws(first) => {
                        draws(first.wrapping_add((8 * h as u64).wrapping_mul(STEP)))
                    }
                    RoundingBits::Given(all) => given(all, h),
                };
                let old = half(block.sources[at], h);
                let rounded = rounding.apply(old, sum[h], numbers);
                // inside ? rounded : old
                let kept = _mm512_ternarylogic_epi32::<0xca>(inside[h], rounded, old);
                write(kept, &mut new[at].as_chunks_mut().0[h]);
            }
        }
        Outcome {
            visits: visited[0].count_ones() + visited[1].count_ones(),
            written,
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    fn half(words: &[i16; BLOCK], h: usize) -> __m512i {
        read(&words.as_chunks().0[h])
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    fn given(numbers: &[u16; BLOCK], h: usize) -> __m512i {
        let half: &[u16; BLOCK / 2] = &numbers.as_chunks().0[h];
        // SAFETY: 64 bytes that may be read, aligned or not.
        unsafe { _mm512_loadu_si512(half.as_ptr().cast()) }
    }
}
