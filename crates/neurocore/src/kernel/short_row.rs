//! Sums of small products in 16 bits for one span of synapses, rounded and written back, with
//! AVX-512: the kernel of `learn::fast::short_row`. Elsewhere `learn::fast::block` computes the
//! same in wider words; the test of the learning oracle runs both. Instructions are written out:
//! compilers did not make vectors of it reliably.

use super::{Level, level};
use crate::learn::{Grid, Plastic};
use std::ops::Range;

/// Synapses of a vector.
const LANES: usize = 32;
/// Sources: places of factors in [`Memory`].
const SOURCES: usize = 32;
/// The source whose numbers are 1: it stands where a term has no factor.
pub(crate) const NO_SOURCE: u8 = 16;

/// A term of a sum: a number that all synapses have in common, times two factors that each synapse
/// has its own of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShortTerm {
    /// S times the common factors.
    pub common: i16,
    /// Sources of the own factors, [`NO_SOURCE`] where there is none.
    pub slots: [u8; 2],
}

/// Where the factors of consecutive synapses jump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Synapses before the jump.
    pub after: usize,
    /// Numbers that are left out.
    pub by: usize,
}

/// The factors of one source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowArray {
    /// Number of the source.
    pub slot: usize,
    /// Position of the first synapse's factor in [`Row::factors`].
    pub position: usize,
}

/// Consecutive synapses whose factors are consecutive too, but for a gap.
pub struct Row<'a> {
    /// Terms of w, d and t.
    pub terms: [&'a [ShortTerm]; 3],
    /// What w, d and t can hold.
    pub grids: &'a [Grid; 3],
    /// Counters of the draws for w, d and t of the first vector.
    pub counters: [u64; 3],
    /// The synapses; the first vector begins at the multiple of 4 at or before the first of them,
    /// where a draw does.
    pub synapses: Range<usize>,
    /// Which of w, d and t are factors or change, as bits.
    pub reads: u8,
    /// Numbers of all arrays, with room for a vector on both sides of each.
    pub factors: &'a [i16],
    /// The arrays that terms read.
    pub arrays: &'a [RowArray],
    /// Where factors jump; behind the last synapse if they do not.
    pub gap: Gap,
}

/// Variables of all synapses of a core; d and t may be missing: they are 0.
pub struct Variables<'a> {
    /// w.
    pub w: &'a mut [i16],
    /// d.
    pub d: &'a mut [u8],
    /// t.
    pub t: &'a mut [i16],
}

impl Variables<'_> {
    /// Which of w, d and t the core has.
    pub(super) fn there(&self) -> [bool; 3] {
        [!self.w.is_empty(), !self.d.is_empty(), !self.t.is_empty()]
    }

    /// Whether every variable that the core has is there for synapses up to `end`.
    pub(super) fn reach(&self, end: usize) -> bool {
        let within = |all: usize| all == 0 || end <= all;
        within(self.w.len()) && within(self.d.len()) && within(self.t.len())
    }
}

/// Whether [`apply`] can run on this machine.
pub fn here() -> bool {
    #[cfg(target_arch = "x86_64")]
    return matches!(level(), Level::Avx512);
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Memory for the factors of a vector.
#[derive(Debug, Clone, Default)]
#[repr(align(64))]
pub struct Memory([[i16; LANES]; SOURCES]);

/// Adds the products of each variable that has terms, rounds by the variable's grid, limits, and
/// writes it in place, unless all products of a vector are 0. The number of synapses that have a
/// product other than 0.
///
/// # Panics
/// Where [`here`] says no, and if the row is not within its variables and arrays.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(unused_variables, reason = "it panics there")
)]
pub fn apply(row: &Row, variables: &mut Variables, memory: &mut Memory) -> u32 {
    let Range { start, end } = row.synapses;
    assert!(
        start < end && variables.reach(end),
        "variables of every synapse"
    );
    // a vector reads up to three numbers before the first factor, and after the gap there is one
    // array only
    let last = (end - start).saturating_add(row.gap.by);
    let within = |array: &RowArray| {
        array.position >= LANES && last <= row.factors.len().saturating_sub(array.position)
    };
    assert!(row.arrays.iter().all(within), "factors of every synapse");
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features; what is read and written was
        // proved just now.
        Level::Avx512 => unsafe { avx512::apply(row, variables, &mut memory.0) },
        _ => panic!("the caller asks first"),
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod avx512 {
    use super::{LANES, Plastic, Row, RowArray, SOURCES, ShortTerm, Variables};
    use crate::learn::{FRACTION_BITS, Grid};
    use seamount_arith::random::{MULTIPLIERS, STEP};
    use std::arch::x86_64::*;

    /// The rounding of a variable, in vectors.
    #[derive(Clone, Copy)]
    pub struct RoundingAvx512 {
        /// Bits of a sum below the variable's step.
        bits: __m128i,
        /// Bits of a random number that rounding does not use.
        unused: __m128i,
        step: __m128i,
        mask: __m512i,
        min: __m512i,
        max: __m512i,
    }

    impl RoundingAvx512 {
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
        #[inline]
        pub fn new(grid: &Grid) -> RoundingAvx512 {
            let count = |bits: u32| _mm_cvtsi32_si128(bits as i32);
            let bits = FRACTION_BITS + grid.step;
            RoundingAvx512 {
                bits: count(bits),
                unused: count(16 - bits),
                step: count(grid.step),
                mask: _mm512_set1_epi16(((1i32 << bits) - 1) as i16),
                min: _mm512_set1_epi16(grid.min as i16),
                max: _mm512_set1_epi16(grid.max as i16),
            }
        }

        /// The new values of a variable, from its old ones, the sums of its products and random
        /// numbers.
        #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
        #[inline]
        pub fn apply(&self, old: __m512i, sum: __m512i, number: __m512i) -> __m512i {
            // up by one if the number is below the fraction
            let ceiling = _mm512_sub_epi16(self.mask, _mm512_srl_epi16(number, self.unused));
            let floor = _mm512_sra_epi16(_mm512_add_epi16(sum, ceiling), self.bits);
            let new = _mm512_add_epi16(old, _mm512_sll_epi16(floor, self.step));
            _mm512_min_epi16(_mm512_max_epi16(new, self.min), self.max)
        }
    }

    /// # Safety
    /// The synapses are within each variable that is not empty, and so are their factors within
    /// their arrays.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
    pub unsafe fn apply(
        row: &Row,
        variables: &mut Variables,
        sources: &mut [[i16; LANES]; SOURCES],
    ) -> u32 {
        let start = row.synapses.start;
        let end = row.synapses.end;
        let rounding = [
            RoundingAvx512::new(&row.grids[0]),
            RoundingAvx512::new(&row.grids[1]),
            RoundingAvx512::new(&row.grids[2]),
        ];
        let there = variables.there();
        let mut reads = [false; 3];
        for at in 0..3 {
            reads[at] = there[at] && row.reads & 1 << at != 0;
            if !there[at] {
                sources[at] = [0; LANES];
            }
        }
        sources[usize::from(super::NO_SOURCE)] = [1; LANES];
        let mut visits = 0;
        let mut counters = row.counters;
        // a vector begins where a draw does, which has the numbers of four synapses
        for first in (start - start % 4..end).step_by(LANES) {
            let inside = u32::MAX >> (LANES - (end - first).min(LANES))
                & u32::MAX << start.saturating_sub(first);
            // SAFETY: lanes that are not inside are not touched, and the others are within, as the
            // caller proved.
            unsafe {
                load_variables(variables, reads, first, inside, sources);
                load_factors(row, first, inside, sources);
            }
            let mut visited = 0;
            for at in 0..3 {
                let sum = sum(row.terms[at], sources, inside, &mut visited);
                if let Some(sum) = sum
                    && there[at]
                {
                    let new = rounding[at].apply(read(&sources[at]), sum, draws(counters[at]));
                    // SAFETY: lanes that are not inside are not touched, and the others are within
                    // the variable.
                    unsafe { store(variables, Plastic::ALL[at], first, inside, new) };
                }
            }
            for counter in &mut counters {
                *counter = counter.wrapping_add(STEP.wrapping_mul(8));
            }
            visits += visited.count_ones();
        }
        visits
    }

    /// Loads the variables that are read, for the vector that begins with synapse `first`.
    ///
    /// # Safety
    /// Lanes that are inside are within each variable that is read.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    unsafe fn load_variables(
        variables: &Variables,
        reads: [bool; 3],
        first: usize,
        inside: u32,
        sources: &mut [[i16; LANES]; SOURCES],
    ) {
        // SAFETY: other lanes are not touched.
        unsafe {
            if reads[0] {
                let w = variables.w.as_ptr().wrapping_add(first);
                write(_mm512_maskz_loadu_epi16(inside, w), &mut sources[0]);
            }
            if reads[1] {
                let d = variables.d.as_ptr().wrapping_add(first);
                let d = _mm256_maskz_loadu_epi8(inside, d.cast());
                write(_mm512_cvtepu8_epi16(d), &mut sources[1]);
            }
            if reads[2] {
                let t = variables.t.as_ptr().wrapping_add(first);
                write(_mm512_maskz_loadu_epi16(inside, t), &mut sources[2]);
            }
        }
    }

    /// Loads the factors of a vector: lanes before the gap from one place, those behind it from
    /// another.
    ///
    /// # Safety
    /// The factors of lanes that are inside are within their arrays.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    unsafe fn load_factors(
        row: &Row,
        first: usize,
        inside: u32,
        sources: &mut [[i16; LANES]; SOURCES],
    ) {
        let start = row.synapses.start;
        let count = (start + row.gap.after).saturating_sub(first).min(LANES);
        let before = (u64::from(u32::MAX) >> (LANES - count)) as u32 & inside;
        for &RowArray { slot, position } in row.arrays {
            let at = row.factors.as_ptr().wrapping_add(position + first - start);
            let behind = at.wrapping_add(row.gap.by);
            // SAFETY: other lanes are not touched.
            let all = unsafe {
                let near = _mm512_maskz_loadu_epi16(before, at);
                _mm512_mask_loadu_epi16(near, inside & !before, behind)
            };
            write(all, &mut sources[slot % SOURCES]);
        }
    }

    /// Writes lanes of a variable of the vector that begins with synapse `first`.
    ///
    /// # Safety
    /// Lanes that are inside are within the variable.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    pub unsafe fn store(
        variables: &mut Variables,
        variable: Plastic,
        first: usize,
        inside: u32,
        new: __m512i,
    ) {
        // SAFETY: other lanes are not touched.
        unsafe {
            match variable {
                Plastic::Weight => {
                    let w = variables.w.as_mut_ptr().wrapping_add(first);
                    _mm512_mask_storeu_epi16(w, inside, new);
                }
                Plastic::Delay => {
                    let d = variables.d.as_mut_ptr().wrapping_add(first);
                    _mm256_mask_storeu_epi8(d.cast(), inside, _mm512_cvtepi16_epi8(new));
                }
                Plastic::Tag => {
                    let t = variables.t.as_mut_ptr().wrapping_add(first);
                    _mm512_mask_storeu_epi16(t, inside, new);
                }
            }
        }
    }

    /// The sum of some terms, unless all products inside are 0. Lanes with a product other than 0
    /// are added to `visited`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    fn sum(
        terms: &[ShortTerm],
        sources: &[[i16; LANES]; SOURCES],
        inside: u32,
        visited: &mut u32,
    ) -> Option<__m512i> {
        let mut live = _mm512_setzero_si512();
        let mut sum = _mm512_setzero_si512();
        for term in terms {
            let a = read(&sources[usize::from(term.slots[0]) % SOURCES]);
            let b = read(&sources[usize::from(term.slots[1]) % SOURCES]);
            let common = _mm512_set1_epi16(term.common);
            let product = _mm512_mullo_epi16(_mm512_mullo_epi16(common, a), b);
            live = _mm512_or_si512(live, product);
            sum = _mm512_add_epi16(sum, product);
        }
        let seen = _mm512_mask_test_epi16_mask(inside, live, live);
        *visited |= seen;
        (seen != 0).then_some(sum)
    }

    /// Eight draws, the numbers of 32 synapses, from a counter on: SplitMix64's finaliser, see
    /// `seamount_arith::random`.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    pub fn draws(first: u64) -> __m512i {
        const fn lane(i: u64) -> i64 {
            i.wrapping_mul(STEP).cast_signed()
        }
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
        let by = [
            _mm512_set1_epi64(MULTIPLIERS[0].cast_signed()),
            _mm512_set1_epi64(MULTIPLIERS[1].cast_signed()),
        ];
        let mut z = _mm512_add_epi64(_mm512_set1_epi64(first.cast_signed()), each);
        z = _mm512_mullo_epi64(_mm512_xor_si512(z, _mm512_srli_epi64::<30>(z)), by[0]);
        z = _mm512_mullo_epi64(_mm512_xor_si512(z, _mm512_srli_epi64::<27>(z)), by[1]);
        _mm512_xor_si512(z, _mm512_srli_epi64::<31>(z))
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    pub fn read(from: &[i16; LANES]) -> __m512i {
        // SAFETY: 64 bytes that may be read, aligned or not.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    pub fn write(from: __m512i, to: &mut [i16; LANES]) {
        // SAFETY: 64 bytes that may be written, aligned or not.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), from) }
    }
}
