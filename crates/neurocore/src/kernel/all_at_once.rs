//! Sums of small products in 16 bits for the synapses of consecutive axons, rounded and written
//! back: the kernel of `learn::fast::all_at_once`. Vectors run on from one axon to the next. With
//! AVX-512 or AVX2; elsewhere `learn::fast::block` computes the same in wider words, and the test
//! of the learning oracle runs all three.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::cut::{self, GROUP, LANES};
pub use super::cut::{Cut, Run};
use super::short_row::Variables;
use super::{Level, level};
use crate::learn::Grid;
use seamount_rules::PRODUCTS_MAX;

/// What the synapses multiply a variable by: a number of the compartment, and maybe one of the
/// axon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedFactor {
    /// w, d, t: 0, 1, 2; no variable: 3.
    pub variable: u8,
    /// Position of the number of rank 0 in [`StripeWork::by_rank`].
    pub by_rank: usize,
    /// Position of the number of axon 0 in [`StripeWork::by_axon`].
    pub(crate) by_axon: Option<usize>,
}

/// A stripe, and what is multiplied with the variables of its synapses.
pub struct StripeWork<'a> {
    /// The synapses.
    pub cut: &'a Cut,
    /// Factors, one a product of a rule at most.
    pub factors: &'a [PlannedFactor],
    /// The products of w, d and t, as indices of factors.
    pub sums: [&'a [u8]; 3],
    /// Arrays of numbers by rank, each with at least 32 of anything on both sides.
    pub by_rank: &'a [i16],
    /// Arrays of numbers by axon.
    pub(crate) by_axon: &'a [i16],
    /// What w, d and t can hold.
    pub grids: &'a [Grid; 3],
    /// Counters of the draws for w, d and t of the first vector.
    pub counters: [u64; 3],
}

/// Numbers of the vectors of a group.
type Group = [[i16; LANES]; GROUP];

/// Memory for one group.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub struct Memory {
    products: [Group; PRODUCTS_MAX],
    /// w, d and t; then 1, for factors without a variable.
    old: [Group; 4],
}

impl Default for Memory {
    fn default() -> Self {
        let mut old = [[[0; LANES]; GROUP]; 4];
        old[3] = [[1; LANES]; GROUP];
        Memory {
            products: [[[0; LANES]; GROUP]; PRODUCTS_MAX],
            old,
        }
    }
}

/// Whether [`apply`] can run on this machine.
pub fn here() -> bool {
    !matches!(level(), Level::Portable)
}

/// Adds the products of each variable that has any, rounds by the variable's grid, limits, and
/// writes it in place, unless the sums of a group are all 0: values within their limits would stay
/// what they are. The number of synapses that have a product other than 0.
///
/// # Panics
/// Where [`here`] says no, and if the stripe is not within its variables and arrays.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(unused_variables, reason = "it panics there")
)]
pub fn apply(work: &StripeWork, variables: &mut Variables, memory: &mut Memory) -> u32 {
    let cut = work.cut;
    assert!(variables.reach(cut.end()), "variables of every synapse");
    let by_rank = |f: &PlannedFactor| {
        let behind = work.by_rank.len().saturating_sub(f.by_rank);
        f.by_rank >= cut::ROOM && cut.ranks() + cut::ROOM <= behind
    };
    let by_axon = |f: &PlannedFactor| {
        f.by_axon
            .is_none_or(|first| cut.axons() <= work.by_axon.len().saturating_sub(first))
    };
    let within = |f: &PlannedFactor| f.variable < 4 && by_rank(f) && by_axon(f);
    assert!(work.factors.iter().all(within), "factors of every synapse");
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features; what is read and written was
        // proved just now.
        Level::Avx512 => unsafe { avx512::apply(work, variables, memory) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features.
        Level::Avx2 => unsafe { avx2::apply(work, variables, memory) },
        _ => panic!("the caller asks first"),
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::super::short_row::avx512::{RoundingAvx512, draws, read, store, write};
    use super::{GROUP, Group, LANES, Memory, PlannedFactor, StripeWork, Variables};
    use crate::kernel::cut::{Part, Vector};
    use crate::learn::Plastic;
    use seamount_arith::random::STEP;
    use std::arch::x86_64::*;

    /// # Safety
    /// The synapses are within each variable that is not empty, and what factors read for them is
    /// within its arrays.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
    pub unsafe fn apply(work: &StripeWork, variables: &mut Variables, memory: &mut Memory) -> u32 {
        let rounding = [
            RoundingAvx512::new(&work.grids[0]),
            RoundingAvx512::new(&work.grids[1]),
            RoundingAvx512::new(&work.grids[2]),
        ];
        let there = variables.there();
        for (old, there) in memory.old.iter_mut().zip(there) {
            if !there {
                *old = [[0; LANES]; GROUP];
            }
        }
        let mut visits = 0;
        let mut counters = work.counters;
        let mut first = work.cut.first();
        for vectors in work.cut.groups() {
            // SAFETY: lanes that are inside are within the variables.
            unsafe { load(variables, there, first, vectors, &mut memory.old) };
            // SAFETY: what factors read is within their arrays.
            visits += unsafe { multiply(work, vectors, memory) };
            for at in 0..3 {
                if !there[at] || work.sums[at].is_empty() {
                    continue;
                }
                let Some(sum) = add(work.sums[at], vectors, memory) else {
                    continue;
                };
                for g in 0..GROUP {
                    let counter = counters[at].wrapping_add(STEP.wrapping_mul(8 * g as u64));
                    let old = read(&memory.old[at][g]);
                    let new = rounding[at].apply(old, sum[g], draws(counter));
                    let inside = vectors[g].inside;
                    // SAFETY: lanes that are inside are within the variable.
                    unsafe {
                        store(variables, Plastic::ALL[at], first + g * LANES, inside, new);
                    }
                }
            }
            for counter in &mut counters {
                *counter = counter.wrapping_add(STEP.wrapping_mul(8 * GROUP as u64));
            }
            first += GROUP * LANES;
        }
        visits
    }

    /// Computes the products of a group; the number of synapses with one that is not 0.
    ///
    /// # Safety
    /// What factors read is within their arrays.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
    #[inline]
    unsafe fn multiply(work: &StripeWork, vectors: &[Vector; GROUP], memory: &mut Memory) -> u32 {
        let more = vectors.iter().any(Vector::has_more);
        let mut live = [_mm512_setzero_si512(); GROUP];
        for (factor, product) in work.factors.iter().zip(&mut memory.products) {
            // SAFETY: as the caller proved.
            let numbers = unsafe { numbers(work, factor, vectors, more) };
            let of = &memory.old[usize::from(factor.variable)];
            for g in 0..GROUP {
                let one = _mm512_mullo_epi16(numbers[g], read(&of[g]));
                live[g] = _mm512_or_si512(live[g], one);
                write(one, &mut product[g]);
            }
        }
        let mut visits = 0;
        for g in 0..GROUP {
            let seen = _mm512_mask_test_epi16_mask(vectors[g].inside, live[g], live[g]);
            visits += seen.count_ones();
        }
        visits
    }

    /// The sums of some products of a group, unless all are 0.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    fn add(
        products: &[u8],
        vectors: &[Vector; GROUP],
        memory: &Memory,
    ) -> Option<[__m512i; GROUP]> {
        let mut sum = [_mm512_setzero_si512(); GROUP];
        for which in products {
            let product = &memory.products[usize::from(*which)];
            for g in 0..GROUP {
                sum[g] = _mm512_add_epi16(sum[g], read(&product[g]));
            }
        }
        let mut any = 0;
        for g in 0..GROUP {
            any |= _mm512_mask_test_epi16_mask(vectors[g].inside, sum[g], sum[g]);
        }
        (any != 0).then_some(sum)
    }

    /// Loads the variables that are there, of the vectors from synapse `first` on.
    ///
    /// # Safety
    /// Lanes that are inside are within the variables.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    unsafe fn load(
        variables: &Variables,
        there: [bool; 3],
        first: usize,
        vectors: &[Vector; GROUP],
        old: &mut [Group; 4],
    ) {
        for g in 0..GROUP {
            let at = first + g * LANES;
            let inside = vectors[g].inside;
            // SAFETY: other lanes are not touched.
            unsafe {
                if there[0] {
                    let w = variables.w.as_ptr().wrapping_add(at);
                    write(_mm512_maskz_loadu_epi16(inside, w), &mut old[0][g]);
                }
                if there[1] {
                    let d = variables.d.as_ptr().wrapping_add(at);
                    let d = _mm256_maskz_loadu_epi8(inside, d.cast());
                    write(_mm512_cvtepu8_epi16(d), &mut old[1][g]);
                }
                if there[2] {
                    let t = variables.t.as_ptr().wrapping_add(at);
                    write(_mm512_maskz_loadu_epi16(inside, t), &mut old[2][g]);
                }
            }
        }
    }

    /// The numbers of a factor for the synapses of a group. `more`: some vector has more than two
    /// parts.
    ///
    /// # Safety
    /// What the factor reads is within its arrays.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    unsafe fn numbers(
        work: &StripeWork,
        factor: &PlannedFactor,
        vectors: &[Vector; GROUP],
        more: bool,
    ) -> [__m512i; GROUP] {
        let array = work.by_rank.as_ptr().wrapping_add(factor.by_rank);
        // SAFETY: the part is one of this stripe, so its ranks are within the array and the room
        // beside it.
        let by_rank = |part: &Part| unsafe {
            _mm512_loadu_si512(array.wrapping_offset(part.offset as isize).cast())
        };
        let mut all = [_mm512_setzero_si512(); GROUP];
        // most vectors have one part or two: no branch for these
        for g in 0..GROUP {
            let [first, second] = &vectors[g].parts;
            all[g] = _mm512_mask_mov_epi16(by_rank(first), second.lanes, by_rank(second));
        }
        if more {
            for g in 0..GROUP {
                for part in work.cut.more(&vectors[g]) {
                    all[g] = _mm512_mask_mov_epi16(all[g], part.lanes, by_rank(part));
                }
            }
        }
        let Some(scalars) = factor.by_axon else {
            return all;
        };
        let scalars = work.by_axon.as_ptr().wrapping_add(scalars);
        // SAFETY: the part is one of this stripe, so its axon is within the array.
        let by_axon =
            |part: &Part| unsafe { _mm512_set1_epi16(*scalars.wrapping_add(part.axon as usize)) };
        for g in 0..GROUP {
            let [first, second] = &vectors[g].parts;
            let mut by = _mm512_mask_mov_epi16(by_axon(first), second.lanes, by_axon(second));
            if more {
                for part in work.cut.more(&vectors[g]) {
                    by = _mm512_mask_mov_epi16(by, part.lanes, by_axon(part));
                }
            }
            all[g] = _mm512_mullo_epi16(all[g], by);
        }
        all
    }
}
