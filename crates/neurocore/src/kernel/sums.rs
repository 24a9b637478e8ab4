//! Sums of small products in 16 bits, rounded and written back, with AVX-512. Elsewhere `learn::arithmetic` computes the
//! same in wider words; the oracle of learning runs both.

use super::{Level, level};
use std::ops::Range;

/// Synapses that are computed together.
const BLOCK: usize = 64;
/// Places of factors.
const SOURCES: usize = 32;
/// Which of them is 1 for all synapses.
pub const NO_SOURCE: u8 = 16;

/// A number that all synapses share, times two that each has its own of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Product {
    /// The former.
    pub scalar: i16,
    /// Where the latter are.
    pub slots: [u8; 2],
}

/// How a variable rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Precision {
    /// Bits below the precision.
    pub bits: u8,
    /// How many of them the variable has (as zeros).
    pub step: u8,
    /// Smallest value.
    pub min: i16,
    /// Largest value.
    pub max: i16,
}

/// Where the 16 random bits of each synapse come from.
#[derive(Debug, Clone, Copy)]
pub enum Bits<'a> {
    /// Those of sixteen consecutive draws, counters of which the first is this (`Key::counter`).
    Draws(u64),
    /// These.
    Given(&'a [u16; BLOCK]),
}

/// One block.
pub struct Block<'a> {
    /// Those of w, d and t.
    pub products: [&'a [Product]; 3],
    /// Factors; the first three are the old w, d and t.
    pub sources: &'a [&'a [i16; BLOCK]; SOURCES],
    /// -1 for the synapses meant, 0 for others.
    pub inside: &'a [i16; BLOCK],
    /// Of w, d and t.
    pub precision: &'a [Precision; 3],
    /// For w, d and t.
    pub bits: [Bits<'a>; 3],
}

/// Consecutive synapses whose factors are consecutive too, but for a gap.
pub struct Row<'a> {
    /// Those of w, d and t.
    pub products: [&'a [Product]; 3],
    /// Of w, d and t.
    pub precision: &'a [Precision; 3],
    /// For w, d and t: of the draw for the first synapse.
    pub counters: [u64; 3],
    /// The synapses; the first vector of 32 begins at the multiple of 4 at or before the first of them.
    pub synapses: Range<usize>,
    /// Which of w, d and t are factors or change, as bits.
    pub reads: u8,
    /// Other factors.
    pub factors: &'a [i16],
    /// Sources, and where the factor of the first synapse is.
    pub arrays: &'a [(usize, usize)],
    /// Synapses before factors jump, and by how much.
    pub gap: (usize, usize),
}

/// Variables of all synapses; one may be missing: it is 0.
pub struct Variables<'a> {
    /// w.
    pub w: &'a mut [i16],
    /// d.
    pub d: &'a mut [u8],
    /// t.
    pub t: &'a mut [i16],
}

/// Whether [`apply`] can do it here.
pub fn here() -> bool {
    #[cfg(target_arch = "x86_64")]
    return matches!(level(), Level::Avx512);
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Adds the products of each variable that has any, rounds by its bits, limits, and writes it to `new`, unless all are 0.
/// The number of synapses meant that have a product other than 0, and for each variable other than 0 if it was written.
///
/// # Panics
/// Where [`here`] says no.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(unused_variables, reason = "it panics there")
)]
pub fn apply(block: &Block, new: &mut [[i16; BLOCK]; 3]) -> (u32, [u32; 3]) {
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features.
        Level::Avx512 => unsafe { avx512::apply(block, new) },
        _ => panic!("the caller asks first"),
    }
}

/// Memory for the factors of a vector of a row.
#[derive(Debug, Clone, Default)]
#[repr(align(64))]
pub struct Loaded([[i16; BLOCK / 2]; SOURCES]);

/// The same of a row, in place; the number of synapses that have a product other than 0.
///
/// # Panics
/// Where [`here`] says no, and if the row is not within its arrays.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(unused_variables, reason = "it panics there")
)]
pub fn apply_row(row: &Row, variables: &mut Variables, loaded: &mut Loaded) -> u32 {
    let Range { start, end } = row.synapses;
    let within = |all: usize| all == 0 || end <= all;
    let [w, d, t] = [variables.w.len(), variables.d.len(), variables.t.len()];
    assert!(
        start < end && within(w) && within(d) && within(t),
        "variables of every synapse"
    );
    let last = (end - start).saturating_add(row.gap.1);
    assert!(
        row.arrays
            .iter()
            .all(|(_, at)| *at >= BLOCK && last <= row.factors.len().saturating_sub(*at)),
        "factors of every synapse"
    );
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features; what is read and written was proved just now.
        Level::Avx512 => unsafe { avx512::apply_row(row, variables, &mut loaded.0) },
        _ => panic!("the caller asks first"),
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod avx512 {
    use super::{BLOCK, Bits, Block, Precision, Product, Row, SOURCES, Variables};
    use seamount_arith::random::{MULTIPLIERS, STEP};
    use std::arch::x86_64::*;

    /// A [`Precision`] in vectors.
    #[derive(Clone, Copy)]
    pub struct Rounding {
        bits: __m128i,
        unused: __m128i,
        step: __m128i,
        mask: __m512i,
        min: __m512i,
        max: __m512i,
    }

    impl Rounding {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
        #[inline]
        pub fn new(precision: &Precision) -> Rounding {
            let count = |bits: u8| _mm_cvtsi32_si128(bits.into());
            Rounding {
                bits: count(precision.bits),
                unused: count(16 - precision.bits),
                step: count(precision.step),
                mask: _mm512_set1_epi16(((1i32 << precision.bits) - 1) as i16),
                min: _mm512_set1_epi16(precision.min),
                max: _mm512_set1_epi16(precision.max),
            }
        }

        /// What has become of `old`.
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
        #[inline]
        pub fn apply(&self, old: __m512i, sum: __m512i, number: __m512i) -> __m512i {
            // up by one if the number is below the fraction
            let ceiling = _mm512_sub_epi16(self.mask, _mm512_srl_epi16(number, self.unused));
            let change = _mm512_sll_epi16(
                _mm512_sra_epi16(_mm512_add_epi16(sum, ceiling), self.bits),
                self.step,
            );
            _mm512_min_epi16(
                _mm512_max_epi16(_mm512_add_epi16(old, change), self.min),
                self.max,
            )
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
    pub fn apply(block: &Block, new: &mut [[i16; BLOCK]; 3]) -> (u32, [u32; 3]) {
        let inside = [half(block.inside, 0), half(block.inside, 1)];
        let (mut visited, mut written) = ([0u32; 2], [0; 3]);
        for z in 0..3 {
            if block.products[z].is_empty() {
                continue;
            }
            let (mut live, mut sum) = ([_mm512_setzero_si512(); 2], [_mm512_setzero_si512(); 2]);
            for product in block.products[z] {
                let scalar = _mm512_set1_epi16(product.scalar);
                let [a, b] = product.slots;
                let (a, b) = (
                    block.sources[usize::from(a) % SOURCES],
                    block.sources[usize::from(b) % SOURCES],
                );
                for h in 0..2 {
                    let product =
                        _mm512_mullo_epi16(_mm512_mullo_epi16(scalar, half(a, h)), half(b, h));
                    live[h] = _mm512_or_si512(live[h], product);
                    sum[h] = _mm512_add_epi16(sum[h], product);
                }
            }
            let seen = [
                _mm512_test_epi16_mask(live[0], inside[0]),
                _mm512_test_epi16_mask(live[1], inside[1]),
            ];
            written[z] = seen[0] | seen[1];
            if written[z] == 0 {
                continue;
            }
            (visited[0], visited[1]) = (visited[0] | seen[0], visited[1] | seen[1]);
            let rounding = Rounding::new(&block.precision[z]);
            for h in 0..2 {
                let number = match block.bits[z] {
                    Bits::Draws(first) => {
                        draws(first.wrapping_add((8 * h as u64).wrapping_mul(STEP)))
                    }
                    Bits::Given(all) => given(all, h),
                };
                let old = half(block.sources[z], h);
                // inside ? rounded : old
                put(
                    _mm512_ternarylogic_epi32::<0xca>(
                        inside[h],
                        rounding.apply(old, sum[h], number),
                        old,
                    ),
                    &mut new[z],
                    h,
                );
            }
        }
        (visited[0].count_ones() + visited[1].count_ones(), written)
    }

    /// # Safety
    /// The synapses are within each variable that is not empty, and so are their factors.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
    pub unsafe fn apply_row(
        row: &Row,
        variables: &mut Variables,
        sources: &mut [[i16; BLOCK / 2]; SOURCES],
    ) -> u32 {
        let (start, end) = (row.synapses.start, row.synapses.end);
        let rounding = [
            Rounding::new(&row.precision[0]),
            Rounding::new(&row.precision[1]),
            Rounding::new(&row.precision[2]),
        ];
        let (w, d, t) = (
            variables.w.as_mut_ptr(),
            variables.d.as_mut_ptr(),
            variables.t.as_mut_ptr(),
        );
        let there = [
            !variables.w.is_empty(),
            !variables.d.is_empty(),
            !variables.t.is_empty(),
        ];
        let reads = |z: usize| there[z] && row.reads & 1 << z != 0;
        let reads = [reads(0), reads(1), reads(2)];
        for z in 0..3 {
            if !there[z] {
                sources[z] = [0; BLOCK / 2];
            }
        }
        sources[usize::from(super::NO_SOURCE)] = [1; BLOCK / 2];
        let (mut visits, mut counters) = (0, row.counters);
        // a vector begins where a draw does, which has the numbers of four synapses
        for first in (start - start % 4..end).step_by(32) {
            let inside =
                u32::MAX >> (32 - (end - first).min(32)) & u32::MAX << start.saturating_sub(first);
            let before = (start + row.gap.0).saturating_sub(first).min(32);
            let before = (u64::from(u32::MAX) >> (32 - before)) as u32 & inside;
            // SAFETY: lanes that are not inside are not touched, and the others are within, see above.
            unsafe {
                if reads[0] {
                    write(
                        _mm512_maskz_loadu_epi16(inside, w.wrapping_add(first)),
                        &mut sources[0],
                    );
                }
                if reads[1] {
                    write(
                        _mm512_cvtepu8_epi16(_mm256_maskz_loadu_epi8(
                            inside,
                            d.wrapping_add(first).cast(),
                        )),
                        &mut sources[1],
                    );
                }
                if reads[2] {
                    write(
                        _mm512_maskz_loadu_epi16(inside, t.wrapping_add(first)),
                        &mut sources[2],
                    );
                }
                for &(source, at) in row.arrays {
                    let at = row.factors.as_ptr().wrapping_add(at + first - start);
                    let near = _mm512_maskz_loadu_epi16(before, at);
                    let all =
                        _mm512_mask_loadu_epi16(near, inside & !before, at.wrapping_add(row.gap.1));
                    write(all, &mut sources[source % SOURCES]);
                }
            }
            let mut visited = 0;
            for z in 0..3 {
                let Some(sum) = sum(row.products[z], sources, inside, &mut visited) else {
                    continue;
                };
                let new = rounding[z].apply(read(&sources[z]), sum, draws(counters[z]));
                // SAFETY: as above.
                unsafe {
                    match z {
                        0 if there[0] => {
                            _mm512_mask_storeu_epi16(w.wrapping_add(first), inside, new)
                        }
                        1 if there[1] => _mm256_mask_storeu_epi8(
                            d.wrapping_add(first).cast(),
                            inside,
                            _mm512_cvtepi16_epi8(new),
                        ),
                        2 if there[2] => {
                            _mm512_mask_storeu_epi16(t.wrapping_add(first), inside, new)
                        }
                        _ => {}
                    }
                }
            }
            for counter in &mut counters {
                *counter = counter.wrapping_add(STEP.wrapping_mul(8));
            }
            visits += visited.count_ones();
        }
        visits
    }

    /// The sum of some products, unless all are 0 inside.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    fn sum(
        products: &[Product],
        sources: &[[i16; BLOCK / 2]; SOURCES],
        inside: u32,
        visited: &mut u32,
    ) -> Option<__m512i> {
        let (mut live, mut sum) = (_mm512_setzero_si512(), _mm512_setzero_si512());
        for product in products {
            let (a, b) = (
                &sources[usize::from(product.slots[0]) % SOURCES],
                &sources[usize::from(product.slots[1]) % SOURCES],
            );
            let product = _mm512_mullo_epi16(
                _mm512_mullo_epi16(_mm512_set1_epi16(product.scalar), read(a)),
                read(b),
            );
            live = _mm512_or_si512(live, product);
            sum = _mm512_add_epi16(sum, product);
        }
        let seen = _mm512_mask_test_epi16_mask(inside, live, live);
        *visited |= seen;
        (seen != 0).then_some(sum)
    }

    /// Eight draws: the numbers of 32 synapses. SplitMix64's finaliser, see `seamount_arith::random`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    pub fn draws(first: u64) -> __m512i {
        let lane = |i: u64| i.wrapping_mul(STEP) as i64;
        let each = _mm512_setr_epi64(
            lane(0),
            lane(1),
            lane(2),
            lane(3),
            lane(4),
            lane(5),
            lane(6),
            lane(7),
        );
        let mut z = _mm512_add_epi64(_mm512_set1_epi64(first as i64), each);
        z = _mm512_mullo_epi64(
            _mm512_xor_si512(z, _mm512_srli_epi64::<30>(z)),
            _mm512_set1_epi64(MULTIPLIERS[0] as i64),
        );
        z = _mm512_mullo_epi64(
            _mm512_xor_si512(z, _mm512_srli_epi64::<27>(z)),
            _mm512_set1_epi64(MULTIPLIERS[1] as i64),
        );
        _mm512_xor_si512(z, _mm512_srli_epi64::<31>(z))
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

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    fn put(from: __m512i, to: &mut [i16; BLOCK], h: usize) {
        write(from, &mut to.as_chunks_mut().0[h]);
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    pub fn read(from: &[i16; BLOCK / 2]) -> __m512i {
        // SAFETY: 64 bytes that may be read, aligned or not.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    pub fn write(from: __m512i, to: &mut [i16; BLOCK / 2]) {
        // SAFETY: 64 bytes that may be written, aligned or not.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), from) }
    }
}
