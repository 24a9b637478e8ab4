//! The all-at-once kernel with AVX2: vectors of 16 lanes, so two halves for each vector of the cut.
//! There are no masked loads and stores of 16-bit lanes; only the first and the last vector of a
//! stripe have lanes without a synapse, and those go lane by lane.

use super::{GROUP, Group, LANES, Memory, PlannedFactor, StripeWork, Variables};
use crate::kernel::cut::{Part, Vector};
use crate::learn::{FRACTION_BITS, Grid, Plastic};
use seamount_arith::random::{MULTIPLIERS, STEP};
use std::arch::x86_64::*;

/// Lanes of half a vector.
const HALF: usize = LANES / 2;
/// All lanes of a vector of the cut.
const ALL: u32 = u32::MAX;

/// The rounding of a variable, in vectors.
#[derive(Clone, Copy)]
struct RoundingAvx2 {
    /// Bits of a sum below the variable's step.
    bits: __m128i,
    /// Bits of a random number that rounding does not use.
    unused: __m128i,
    step: __m128i,
    mask: __m256i,
    min: __m256i,
    max: __m256i,
}

impl RoundingAvx2 {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(grid: &Grid) -> RoundingAvx2 {
        let count = |bits: u32| _mm_cvtsi32_si128(bits as i32);
        let bits = FRACTION_BITS + grid.step;
        RoundingAvx2 {
            bits: count(bits),
            unused: count(16 - bits),
            step: count(grid.step),
            mask: _mm256_set1_epi16(((1i32 << bits) - 1) as i16),
            min: _mm256_set1_epi16(grid.min as i16),
            max: _mm256_set1_epi16(grid.max as i16),
        }
    }

    /// The new values of a variable, from its old ones, the sums of its products and random
    /// numbers.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn apply(&self, old: __m256i, sum: __m256i, number: __m256i) -> __m256i {
        // up by one if the number is below the fraction
        let ceiling = _mm256_sub_epi16(self.mask, _mm256_srl_epi16(number, self.unused));
        let floor = _mm256_sra_epi16(_mm256_add_epi16(sum, ceiling), self.bits);
        let new = _mm256_add_epi16(old, _mm256_sll_epi16(floor, self.step));
        _mm256_min_epi16(_mm256_max_epi16(new, self.min), self.max)
    }
}

/// [`super::apply`]; what is read and written is checked here.
#[target_feature(enable = "avx2,popcnt")]
pub fn apply(work: &StripeWork, variables: &mut Variables, memory: &mut Memory) -> u32 {
    let rounding = [
        RoundingAvx2::new(&work.grids[0]),
        RoundingAvx2::new(&work.grids[1]),
        RoundingAvx2::new(&work.grids[2]),
    ];
    let there = variables.there();
    let mut visits = 0;
    let mut counters = work.counters;
    let mut first = work.cut.first();
    for vectors in work.cut.groups() {
        load(variables, there, first, vectors, &mut memory.old);
        visits += multiply(work, vectors, memory);
        for at in 0..3 {
            if !there[at] || work.sums[at].is_empty() {
                continue;
            }
            let Some(sum) = add(work.sums[at], vectors, memory) else {
                continue;
            };
            for g in 0..GROUP {
                let mut new = [0; LANES];
                for h in 0..2 {
                    let ahead = STEP.wrapping_mul((8 * g + 4 * h) as u64);
                    let numbers = draws(counters[at].wrapping_add(ahead));
                    let old = half(&memory.old[at][g], h);
                    put(
                        rounding[at].apply(old, sum[2 * g + h], numbers),
                        &mut new,
                        h,
                    );
                }
                let inside = vectors[g].inside;
                store(variables, Plastic::ALL[at], first + g * LANES, inside, &new);
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
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn multiply(work: &StripeWork, vectors: &[Vector; GROUP], memory: &mut Memory) -> u32 {
    let mut live = [_mm256_setzero_si256(); 2 * GROUP];
    for (factor, product) in work.factors.iter().zip(&mut memory.products) {
        let of = &memory.old[usize::from(factor.variable) % 4];
        for g in 0..GROUP {
            for h in 0..2 {
                let numbers = numbers(work, factor, &vectors[g], h);
                let one = _mm256_mullo_epi16(numbers, half(&of[g], h));
                live[2 * g + h] = _mm256_or_si256(live[2 * g + h], one);
                put(one, &mut product[g], h);
            }
        }
    }
    let mut visits = 0;
    for g in 0..GROUP {
        let seen = not_zero(live[2 * g], live[2 * g + 1]) & vectors[g].inside;
        visits += seen.count_ones();
    }
    visits
}

/// The sums of some products of a group, unless all are 0.
#[target_feature(enable = "avx2")]
#[inline]
fn add(
    products: &[u8],
    vectors: &[Vector; GROUP],
    memory: &Memory,
) -> Option<[__m256i; 2 * GROUP]> {
    let mut sum = [_mm256_setzero_si256(); 2 * GROUP];
    for which in products {
        let product = &memory.products[usize::from(*which)];
        for g in 0..GROUP {
            sum[2 * g] = _mm256_add_epi16(sum[2 * g], half(&product[g], 0));
            sum[2 * g + 1] = _mm256_add_epi16(sum[2 * g + 1], half(&product[g], 1));
        }
    }
    let mut any = 0;
    for g in 0..GROUP {
        any |= not_zero(sum[2 * g], sum[2 * g + 1]) & vectors[g].inside;
    }
    (any != 0).then_some(sum)
}

/// Loads the variables that are there, of the vectors from synapse `first` on; others are 0.
#[target_feature(enable = "avx2")]
#[inline]
fn load(
    variables: &Variables,
    there: [bool; 3],
    first: usize,
    vectors: &[Vector; GROUP],
    old: &mut [Group; 4],
) {
    for at in 0..3 {
        if !there[at] {
            old[at] = [[0; LANES]; GROUP];
        }
    }
    for g in 0..GROUP {
        let at = first + g * LANES;
        let inside = vectors[g].inside;
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

/// Writes lanes of a variable of the vector that begins with synapse `at`.
#[target_feature(enable = "avx2")]
#[inline]
fn store(variables: &mut Variables, variable: Plastic, at: usize, inside: u32, new: &[i16; LANES]) {
    if inside != ALL {
        for lane in (0..LANES).filter(|lane| inside & 1 << lane != 0) {
            match variable {
                Plastic::Weight => variables.w[at + lane] = new[lane],
                Plastic::Delay => variables.d[at + lane] = new[lane] as u8,
                Plastic::Tag => variables.t[at + lane] = new[lane],
            }
        }
        return;
    }
    match variable {
        Plastic::Weight => variables.w[at..at + LANES].copy_from_slice(new),
        Plastic::Delay => {
            let d: &mut [u8; LANES] = variables.d[at..]
                .first_chunk_mut()
                .expect("the caller asked");
            // the instruction packs quarters of both halves in turn; values are 0 to 255
            let packed = _mm256_packus_epi16(half(new, 0), half(new, 1));
            let bytes = _mm256_permute4x64_epi64::<0b1101_1000>(packed);
            // SAFETY: 32 bytes that may be written, aligned or not.
            unsafe { _mm256_storeu_si256(d.as_mut_ptr().cast(), bytes) }
        }
        Plastic::Tag => variables.t[at..at + LANES].copy_from_slice(new),
    }
}

/// The numbers of a factor for half `h` of a vector.
#[target_feature(enable = "avx2")]
#[inline]
fn numbers(work: &StripeWork, factor: &PlannedFactor, vector: &Vector, h: usize) -> __m256i {
    let of = |part: &Part| {
        let at = (factor.by_rank + HALF * h).wrapping_add_signed(part.offset as isize);
        let numbers = read(
            work.by_rank[at..]
                .first_chunk()
                .expect("room behind the last"),
        );
        match factor.by_axon {
            None => numbers,
            Some(first) => _mm256_mullo_epi16(
                numbers,
                _mm256_set1_epi16(work.by_axon[first + part.axon as usize]),
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
        work.cut.more(vector).iter().for_each(later);
    }
    all
}

/// -1 in the lanes whose bit is set.
#[target_feature(enable = "avx2")]
#[inline]
fn spread(lanes: u16) -> __m256i {
    #[rustfmt::skip]
    let bits = _mm256_setr_epi16(
        1, 2, 4, 8, 16, 32, 64, 128,
        256, 512, 1024, 2048, 4096, 8192, 16384, i16::MIN,
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

/// Four draws, the numbers of 16 synapses, from a counter on: SplitMix64's finaliser, see
/// `seamount_arith::random`.
#[target_feature(enable = "avx2")]
#[inline]
fn draws(first: u64) -> __m256i {
    const fn lane(i: u64) -> i64 {
        i.wrapping_mul(STEP).cast_signed()
    }
    let each = _mm256_setr_epi64x(lane(0), lane(1), lane(2), lane(3));
    let mut z = _mm256_add_epi64(_mm256_set1_epi64x(first.cast_signed()), each);
    z = _mm256_xor_si256(z, _mm256_srli_epi64::<30>(z));
    z = times(z, MULTIPLIERS[0]);
    z = _mm256_xor_si256(z, _mm256_srli_epi64::<27>(z));
    z = times(z, MULTIPLIERS[1]);
    _mm256_xor_si256(z, _mm256_srli_epi64::<31>(z))
}

/// The lower 64 bits of products: AVX2 multiplies 32 bits by 32.
#[target_feature(enable = "avx2")]
#[inline]
fn times(a: __m256i, by: u64) -> __m256i {
    let low = _mm256_set1_epi64x(by.cast_signed());
    let high = _mm256_set1_epi64x((by >> 32).cast_signed());
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
