//! Vectors of 16: two a vector of the layout. Only the first and the last of a stripe have lanes without a synapse.

use super::{Factor, GROUP, Group, LANES, Local, Stripe, Variables};
use crate::kernel::layout::{Part, Vector};
use crate::kernel::sums::Precision;
use seamount_arith::random::{MULTIPLIERS, STEP};
use std::arch::x86_64::*;

/// Lanes of one.
const HALF: usize = LANES / 2;
/// All of a layout's vector.
const ALL: u32 = u32::MAX;

/// A [`Precision`] in vectors.
#[derive(Clone, Copy)]
struct Rounding {
    bits: __m128i,
    unused: __m128i,
    step: __m128i,
    mask: __m256i,
    min: __m256i,
    max: __m256i,
}

impl Rounding {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(precision: &Precision) -> Rounding {
        let count = |bits: u8| _mm_cvtsi32_si128(bits.into());
        Rounding {
            bits: count(precision.bits),
            unused: count(16 - precision.bits),
            step: count(precision.step),
            mask: _mm256_set1_epi16(((1i32 << precision.bits) - 1) as i16),
            min: _mm256_set1_epi16(precision.min),
            max: _mm256_set1_epi16(precision.max),
        }
    }

    /// What has become of `old`.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn apply(&self, old: __m256i, sum: __m256i, number: __m256i) -> __m256i {
        let ceiling = _mm256_sub_epi16(self.mask, _mm256_srl_epi16(number, self.unused));
        let change = _mm256_sll_epi16(
            _mm256_sra_epi16(_mm256_add_epi16(sum, ceiling), self.bits),
            self.step,
        );
        _mm256_min_epi16(
            _mm256_max_epi16(_mm256_add_epi16(old, change), self.min),
            self.max,
        )
    }
}

/// [`super::apply`]; what is read and written is checked here.
#[target_feature(enable = "avx2,popcnt")]
pub fn apply(stripe: &Stripe, variables: &mut Variables, local: &mut Local) -> u32 {
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
    let (mut visits, mut counters, mut first) = (0, stripe.counters, stripe.layout.first());
    for vectors in stripe.layout.groups() {
        load(variables, there, first, vectors, &mut local.old);
        let mut live = [_mm256_setzero_si256(); 2 * GROUP];
        for (factor, product) in stripe.factors.iter().zip(&mut local.products) {
            let of = &local.old[usize::from(factor.variable) % 4];
            for g in 0..GROUP {
                for h in 0..2 {
                    let one = _mm256_mullo_epi16(
                        numbers(stripe, factor, &vectors[g], h),
                        half(&of[g], h),
                    );
                    live[2 * g + h] = _mm256_or_si256(live[2 * g + h], one);
                    put(one, &mut product[g], h);
                }
            }
        }
        for g in 0..GROUP {
            visits += (not_zero(live[2 * g], live[2 * g + 1]) & vectors[g].inside).count_ones();
        }
        for z in 0..3 {
            if !there[z] || stripe.sums[z].is_empty() {
                continue;
            }
            let mut any = 0;
            let mut sum = [_mm256_setzero_si256(); 2 * GROUP];
            for which in stripe.sums[z] {
                let product = &local.products[usize::from(*which)];
                for g in 0..GROUP {
                    sum[2 * g] = _mm256_add_epi16(sum[2 * g], half(&product[g], 0));
                    sum[2 * g + 1] = _mm256_add_epi16(sum[2 * g + 1], half(&product[g], 1));
                }
            }
            for g in 0..GROUP {
                any |= not_zero(sum[2 * g], sum[2 * g + 1]) & vectors[g].inside;
            }
            if any == 0 {
                continue;
            }
            for g in 0..GROUP {
                let mut new = [0; LANES];
                for h in 0..2 {
                    let counter =
                        counters[z].wrapping_add(STEP.wrapping_mul((8 * g + 4 * h) as u64));
                    put(
                        rounding[z].apply(
                            half(&local.old[z][g], h),
                            sum[2 * g + h],
                            draws(counter),
                        ),
                        &mut new,
                        h,
                    );
                }
                store(variables, z, first + g * LANES, vectors[g].inside, &new);
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
#[target_feature(enable = "avx2")]
#[inline]
fn load(
    variables: &Variables,
    there: [bool; 3],
    first: usize,
    vectors: &[Vector; GROUP],
    old: &mut [Group; 4],
) {
    for (z, _) in there.iter().enumerate().filter(|(_, there)| !**there) {
        old[z] = [[0; LANES]; GROUP];
    }
    for g in 0..GROUP {
        let (at, inside) = (first + g * LANES, vectors[g].inside);
        if inside != ALL {
            for lane in (0..LANES).filter(|lane| inside & 1 << lane != 0) {
                old[0][g][lane] = variables.w.get(at + lane).copied().unwrap_or(0);
                old[1][g][lane] = variables.d.get(at + lane).copied().unwrap_or(0).into();
                old[2][g][lane] = variables.t.get(at + lane).copied().unwrap_or(0);
            }
            continue;
        }
        if there[0] {
            old[0][g].copy_from_slice(&variables.w[at..at + LANES]);
        }
        if there[1] {
            let d: &[u8; LANES] = variables.d[at..].first_chunk().expect("the caller asked");
            for h in 0..2 {
                let bytes: &[u8; HALF] = &d.as_chunks().0[h];
                // SAFETY: 16 bytes that may be read, aligned or not.
                let bytes = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
                put(_mm256_cvtepu8_epi16(bytes), &mut old[1][g], h);
            }
        }
        if there[2] {
            old[2][g].copy_from_slice(&variables.t[at..at + LANES]);
        }
    }
}

/// A variable of the vector at `at`.
#[target_feature(enable = "avx2")]
#[inline]
fn store(variables: &mut Variables, z: usize, at: usize, inside: u32, new: &[i16; LANES]) {
    if inside != ALL {
        for lane in (0..LANES).filter(|lane| inside & 1 << lane != 0) {
            match z {
                0 => variables.w[at + lane] = new[lane],
                1 => variables.d[at + lane] = new[lane] as u8,
                _ => variables.t[at + lane] = new[lane],
            }
        }
        return;
    }
    match z {
        0 => variables.w[at..at + LANES].copy_from_slice(new),
        1 => {
            let d: &mut [u8; LANES] = variables.d[at..]
                .first_chunk_mut()
                .expect("the caller asked");
            // packs quarters of both in turn; values are 0 to 255
            let bytes = _mm256_permute4x64_epi64::<0b1101_1000>(_mm256_packus_epi16(
                half(new, 0),
                half(new, 1),
            ));
            // SAFETY: 32 bytes that may be written, aligned or not.
            unsafe { _mm256_storeu_si256(d.as_mut_ptr().cast(), bytes) }
        }
        _ => variables.t[at..at + LANES].copy_from_slice(new),
    }
}

/// A factor of half of a vector.
#[target_feature(enable = "avx2")]
#[inline]
fn numbers(stripe: &Stripe, factor: &Factor, vector: &Vector, h: usize) -> __m256i {
    let of = |part: &Part| {
        let at = (factor.array + HALF * h).wrapping_add_signed(part.offset as isize);
        let numbers = read(
            stripe.arrays[at..]
                .first_chunk()
                .expect("room behind the last"),
        );
        match factor.scalars {
            None => numbers,
            Some(first) => _mm256_mullo_epi16(
                numbers,
                _mm256_set1_epi16(stripe.scalars[first + part.axon as usize]),
            ),
        }
    };
    let [first, second] = &vector.parts;
    let mut all = of(first);
    let mut later = |part: &Part| {
        let lanes = (part.lanes >> (HALF * h)) as u16;
        if lanes != 0 {
            all = _mm256_blendv_epi8(all, of(part), spread(lanes));
        }
    };
    later(second);
    if vector.has_more() {
        stripe.layout.more(vector).iter().for_each(later);
    }
    all
}

/// -1 in the lanes whose bit is set.
#[target_feature(enable = "avx2")]
#[inline]
fn spread(lanes: u16) -> __m256i {
    let bits = _mm256_setr_epi16(
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        128,
        256,
        512,
        1024,
        2048,
        4096,
        8192,
        16384,
        i16::MIN,
    );
    _mm256_cmpeq_epi16(
        _mm256_and_si256(_mm256_set1_epi16(lanes as i16), bits),
        bits,
    )
}

/// Lanes of both halves that are not 0, as bits.
#[target_feature(enable = "avx2")]
#[inline]
fn not_zero(low: __m256i, high: __m256i) -> u32 {
    let zero = _mm256_setzero_si256();
    let both = _mm256_packs_epi16(
        _mm256_cmpeq_epi16(low, zero),
        _mm256_cmpeq_epi16(high, zero),
    );
    !(_mm256_movemask_epi8(_mm256_permute4x64_epi64::<0b1101_1000>(both)) as u32)
}

/// Four draws: the numbers of 16 synapses. SplitMix64's finaliser, see `seamount_arith::random`.
#[target_feature(enable = "avx2")]
#[inline]
fn draws(first: u64) -> __m256i {
    let lane = |i: u64| i.wrapping_mul(STEP) as i64;
    let mut z = _mm256_add_epi64(
        _mm256_set1_epi64x(first as i64),
        _mm256_setr_epi64x(lane(0), lane(1), lane(2), lane(3)),
    );
    z = times(
        _mm256_xor_si256(z, _mm256_srli_epi64::<30>(z)),
        MULTIPLIERS[0],
    );
    z = times(
        _mm256_xor_si256(z, _mm256_srli_epi64::<27>(z)),
        MULTIPLIERS[1],
    );
    _mm256_xor_si256(z, _mm256_srli_epi64::<31>(z))
}

/// Lower 64 bits of products.
#[target_feature(enable = "avx2")]
#[inline]
fn times(a: __m256i, by: u64) -> __m256i {
    let (low, high) = (
        _mm256_set1_epi64x(by as i64),
        _mm256_set1_epi64x((by >> 32) as i64),
    );
    let cross = _mm256_add_epi64(
        _mm256_mul_epu32(_mm256_srli_epi64::<32>(a), low),
        _mm256_mul_epu32(a, high),
    );
    _mm256_add_epi64(_mm256_mul_epu32(a, low), _mm256_slli_epi64::<32>(cross))
}

#[target_feature(enable = "avx2")]
#[inline]
fn half(words: &[i16; LANES], h: usize) -> __m256i {
    read(&words.as_chunks().0[h])
}

#[target_feature(enable = "avx2")]
#[inline]
fn read(from: &[i16; HALF]) -> __m256i {
    // SAFETY: 32 bytes that may be read, aligned or not.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn put(from: __m256i, to: &mut [i16; LANES], h: usize) {
    let to: &mut [i16; HALF] = &mut to.as_chunks_mut().0[h];
    // SAFETY: 32 bytes that may be written, aligned or not.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), from) }
}
