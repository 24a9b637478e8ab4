//! Sums of small products in 16 bits for consecutive synapses of many axons: vectors run on from one axon to the next. With
//! AVX-512 or AVX2 only; elsewhere `learn::arithmetic` computes the same in wider words.

use super::layout::{self, GROUP, LANES};
pub use super::layout::{Layout, Piece};
use super::sums::{Precision, Variables};
use super::{Level, level};
#[cfg(target_arch = "x86_64")]
mod avx2;
use seamount_rules::PRODUCTS_MAX;

/// What synapses multiply a variable of theirs by: a number of the compartment, and maybe one of the axon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    /// w, d, t: 0, 1, 2; no variable: 3.
    pub variable: u8,
    /// Where the number of the compartment of rank 0 is.
    pub array: usize,
    /// Where that of axon 0 is.
    pub scalars: Option<usize>,
}

/// Consecutive synapses of some axons, and what is multiplied with their variables.
pub struct Stripe<'a> {
    /// The synapses.
    pub layout: &'a Layout,
    /// Factors, one a product of a rule at most.
    pub factors: &'a [Factor],
    /// Which of the products w, d and t get.
    pub sums: [&'a [u8]; 3],
    /// Numbers by compartment, and at least 32 of anything on both sides.
    pub arrays: &'a [i16],
    /// Numbers by axon.
    pub scalars: &'a [i16],
    /// Of w, d and t.
    pub precision: &'a [Precision; 3],
    /// For w, d and t: of the draw for the first synapse.
    pub counters: [u64; 3],
}

/// Numbers of some vectors.
type Group = [[i16; LANES]; GROUP];

/// Memory for one group.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub struct Local {
    products: [Group; PRODUCTS_MAX],
    /// w, d and t; where there is no variable, 1.
    old: [Group; 4],
}

impl Default for Local {
    fn default() -> Self {
        let mut old = [[[0; LANES]; GROUP]; 4];
        old[3] = [[1; LANES]; GROUP];
        Local {
            products: [[[0; LANES]; GROUP]; PRODUCTS_MAX],
            old,
        }
    }
}

/// Whether [`apply`] can do it here.
pub fn here() -> bool {
    !matches!(level(), Level::Portable)
}

/// Adds the products of each variable that has any, rounds by its bits, limits, and writes it, unless they come to 0: values
/// within their limits would stay what they are. The number of synapses that have a product other than 0.
///
/// # Panics
/// Where [`here`] says no, and if the stripe is not within its variables and arrays.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(unused_variables, reason = "it panics there")
)]
pub fn apply(stripe: &Stripe, variables: &mut Variables, local: &mut Local) -> u32 {
    let layout = stripe.layout;
    let within = |all: usize| all == 0 || layout.end() <= all;
    let [w, d, t] = [variables.w.len(), variables.d.len(), variables.t.len()];
    assert!(
        within(w) && within(d) && within(t),
        "variables of every synapse"
    );
    let by_rank = |f: &Factor| {
        f.array >= layout::ROOM
            && layout.ranks() + layout::ROOM <= stripe.arrays.len().saturating_sub(f.array)
    };
    let by_axon = |f: &Factor| {
        f.scalars
            .is_none_or(|first| layout.axons() <= stripe.scalars.len().saturating_sub(first))
    };
    assert!(
        stripe
            .factors
            .iter()
            .all(|f| f.variable < 4 && by_rank(f) && by_axon(f)),
        "factors of every synapse"
    );
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features; what is read and written was proved just now.
        Level::Avx512 => unsafe { avx512::apply(stripe, variables, local) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features.
        Level::Avx2 => unsafe { avx2::apply(stripe, variables, local) },
        _ => panic!("the caller asks first"),
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::super::sums::avx512::{Rounding, draws, read, write};
    use super::{Factor, GROUP, Group, LANES, Local, Stripe, Variables};
    use crate::kernel::layout::{Part, Vector};
    use seamount_arith::random::STEP;
    use std::arch::x86_64::*;

    /// # Safety
    /// The synapses are within each variable that is not empty, and what factors read for them is within its arrays.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,popcnt")]
    pub unsafe fn apply(stripe: &Stripe, variables: &mut Variables, local: &mut Local) -> u32 {
        let rounding = [
            Rounding::new(&stripe.precision[0]),
            Rounding::new(&stripe.precision[1]),
            Rounding::new(&stripe.precision[2]),
        ];
        let there = [
            !variables.w.is_empty(),
            !variables.d.is_empty(),
            !variables.t.is_empty(),
        ];
        for (old, _) in local.old.iter_mut().zip(there).filter(|(_, there)| !there) {
            *old = [[0; LANES]; GROUP];
        }
        let (mut visits, mut counters, mut first) = (0, stripe.counters, stripe.layout.first());
        for vectors in stripe.layout.groups() {
            // SAFETY: see above.
            unsafe { load(variables, there, first, vectors, &mut local.old) };
            let more = vectors.iter().any(Vector::has_more);
            let mut live = [_mm512_setzero_si512(); GROUP];
            for (factor, product) in stripe.factors.iter().zip(&mut local.products) {
                // SAFETY: see above.
                let numbers = unsafe { numbers(stripe, factor, vectors, more) };
                let of = &local.old[usize::from(factor.variable)];
                for g in 0..GROUP {
                    let one = _mm512_mullo_epi16(numbers[g], read(&of[g]));
                    live[g] = _mm512_or_si512(live[g], one);
                    write(one, &mut product[g]);
                }
            }
            for g in 0..GROUP {
                visits +=
                    _mm512_mask_test_epi16_mask(vectors[g].inside, live[g], live[g]).count_ones();
            }
            for z in 0..3 {
                if !there[z] || stripe.sums[z].is_empty() {
                    continue;
                }
                let (mut sum, mut any) = ([_mm512_setzero_si512(); GROUP], 0);
                for which in stripe.sums[z] {
                    let product = &local.products[usize::from(*which)];
                    for g in 0..GROUP {
                        sum[g] = _mm512_add_epi16(sum[g], read(&product[g]));
                    }
                }
                for g in 0..GROUP {
                    any |= _mm512_mask_test_epi16_mask(vectors[g].inside, sum[g], sum[g]);
                }
                if any == 0 {
                    continue;
                }
                for g in 0..GROUP {
                    let counter = counters[z].wrapping_add(STEP.wrapping_mul(8 * g as u64));
                    let new = rounding[z].apply(read(&local.old[z][g]), sum[g], draws(counter));
                    // SAFETY: see above.
                    unsafe { store(variables, z, first + g * LANES, vectors[g].inside, new) };
                }
            }
            for counter in &mut counters {
                *counter = counter.wrapping_add(STEP.wrapping_mul(8 * GROUP as u64));
            }
            first += GROUP * LANES;
        }
        visits
    }

    /// Variables that are there, of some vectors from `first` on.
    ///
    /// # Safety
    /// Lanes that are inside are within them.
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
            let (at, inside) = (first + g * LANES, vectors[g].inside);
            // SAFETY: other lanes are not touched.
            unsafe {
                if there[0] {
                    write(
                        _mm512_maskz_loadu_epi16(inside, variables.w.as_ptr().wrapping_add(at)),
                        &mut old[0][g],
                    );
                }
                if there[1] {
                    let d = _mm256_maskz_loadu_epi8(
                        inside,
                        variables.d.as_ptr().wrapping_add(at).cast(),
                    );
                    write(_mm512_cvtepu8_epi16(d), &mut old[1][g]);
                }
                if there[2] {
                    write(
                        _mm512_maskz_loadu_epi16(inside, variables.t.as_ptr().wrapping_add(at)),
                        &mut old[2][g],
                    );
                }
            }
        }
    }

    /// A variable of the vector at `at`.
    ///
    /// # Safety
    /// Lanes that are inside are within it.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    unsafe fn store(variables: &mut Variables, z: usize, at: usize, inside: u32, new: __m512i) {
        // SAFETY: other lanes are not touched.
        unsafe {
            match z {
                0 => {
                    _mm512_mask_storeu_epi16(variables.w.as_mut_ptr().wrapping_add(at), inside, new)
                }
                1 => {
                    let d = variables.d.as_mut_ptr().wrapping_add(at);
                    _mm256_mask_storeu_epi8(d.cast(), inside, _mm512_cvtepi16_epi8(new));
                }
                _ => {
                    _mm512_mask_storeu_epi16(variables.t.as_mut_ptr().wrapping_add(at), inside, new)
                }
            }
        }
    }

    /// A factor of the synapses of some vectors.
    ///
    /// # Safety
    /// What it reads is within the arrays.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
    #[inline]
    unsafe fn numbers(
        stripe: &Stripe,
        factor: &Factor,
        vectors: &[Vector; GROUP],
        more: bool,
    ) -> [__m512i; GROUP] {
        let array = stripe.arrays.as_ptr().wrapping_add(factor.array);
        // SAFETY: see above.
        let by_rank = |part: &Part| unsafe {
            _mm512_loadu_si512(array.wrapping_offset(part.offset as isize).cast())
        };
        let mut all = [_mm512_setzero_si512(); GROUP];
        // most vectors have one part or two: no choice for these
        for g in 0..GROUP {
            let [first, second] = &vectors[g].parts;
            all[g] = _mm512_mask_mov_epi16(by_rank(first), second.lanes, by_rank(second));
        }
        if more {
            for g in 0..GROUP {
                for part in stripe.layout.more(&vectors[g]) {
                    all[g] = _mm512_mask_mov_epi16(all[g], part.lanes, by_rank(part));
                }
            }
        }
        let Some(scalars) = factor.scalars else {
            return all;
        };
        let scalars = stripe.scalars.as_ptr().wrapping_add(scalars);
        // SAFETY: see above.
        let by_axon =
            |part: &Part| unsafe { _mm512_set1_epi16(*scalars.wrapping_add(part.axon as usize)) };
        for g in 0..GROUP {
            let [first, second] = &vectors[g].parts;
            let mut by = _mm512_mask_mov_epi16(by_axon(first), second.lanes, by_axon(second));
            if more {
                for part in stripe.layout.more(&vectors[g]) {
                    by = _mm512_mask_mov_epi16(by, part.lanes, by_axon(part));
                }
            }
            all[g] = _mm512_mullo_epi16(all[g], by);
        }
        all
    }
}
