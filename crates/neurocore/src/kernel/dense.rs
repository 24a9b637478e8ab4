//! Dense rows into accumulators, block by block.
//!
//! The rows of a batch all span the same targets. For each block of 64 targets the batch is added
//! up in registers, and the accumulators are read and written once. The contract is [`add_plain`],
//! one row and one target at a time; the test holds the vectors to it.
//!
//! Bytes are summed in 16 bits: 64 rows of -128 are -8,192, so that a batch of [`ROWS_MAX`] rows is
//! exact whatever is in it.
//!
//! What it is worth: 100 synapses among 1,024 targets (`bench W1`) are added at 13.9 billion a
//! second, where sparse rows come to 5.0; of the command 1.4 times the speed. Without vectors it is
//! worth nothing unless most targets have a synapse.

use super::{Level, level};
use crate::dense::{BLOCK, ByteBlock, DenseRows, HalfBlock};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// Rows that are added together at most.
pub(super) const ROWS_MAX: usize = 64;

/// Synapses a block from which on a dense row is faster than a sparse one; found by measurement
/// for AVX-512, by counting instructions else.
pub(crate) fn worth_from() -> usize {
    match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => 5,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => 10,
        Level::Portable => 32,
    }
}

/// Adds dense rows to the accumulators of the targets that they all span; `starts` are their first
/// blocks.
///
/// # Panics
/// If there are more than [`ROWS_MAX`] rows, one ends beyond the blocks, or the accumulators are no
/// whole number of blocks.
pub(super) fn add(sums: &mut [i32], rows: &DenseRows, starts: &[u32]) {
    assert!(starts.len() <= ROWS_MAX && sums.len().is_multiple_of(BLOCK));
    match (level(), rows) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features.
        (Level::Avx512, DenseRows::Bytes { blocks, shift }) => unsafe {
            bytes_avx512(sums, blocks, starts, *shift);
        },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        (Level::Avx512, DenseRows::Halves { blocks }) => unsafe {
            halves_avx512(sums, blocks, starts);
        },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        (Level::Avx2, DenseRows::Bytes { blocks, shift }) => unsafe {
            bytes_avx2(sums, blocks, starts, *shift);
        },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        (Level::Avx2, DenseRows::Halves { blocks }) => unsafe {
            halves_avx2(sums, blocks, starts);
        },
        (Level::Portable, _) => add_plain(sums, rows, starts),
    }
}

/// The rows one after another.
fn add_plain(sums: &mut [i32], rows: &DenseRows, starts: &[u32]) {
    for &start in starts {
        for (sums, at) in sums.as_chunks_mut::<BLOCK>().0.iter_mut().zip(start..) {
            for (sum, units) in sums.iter_mut().zip(rows.units(at as usize)) {
                *sum = sum.wrapping_add(units);
            }
        }
    }
}

/// Whether all rows that begin at these blocks and are so long end within the blocks.
#[cfg(target_arch = "x86_64")]
fn within(starts: &[u32], length: usize, blocks: usize) -> bool {
    starts
        .iter()
        .all(|start| *start as usize + length <= blocks)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn bytes_avx512(sums: &mut [i32], blocks: &[ByteBlock], starts: &[u32], shift: u32) {
    let (sums, _) = sums.as_chunks_mut::<BLOCK>();
    assert!(within(starts, sums.len(), blocks.len()));
    let shift = _mm_cvtsi32_si128(shift as i32);
    for (block, sums) in sums.iter_mut().enumerate() {
        let mut low = _mm512_setzero_si512();
        let mut high = _mm512_setzero_si512();
        for &start in starts {
            // SAFETY: `start + block` is within the blocks, as asserted.
            let row = unsafe { blocks.get_unchecked(start as usize + block) };
            let row = row.0.as_ptr();
            // SAFETY: a block has 64 bytes.
            let bytes = unsafe {
                [
                    _mm256_loadu_si256(row.cast()),
                    _mm256_loadu_si256(row.add(32).cast()),
                ]
            };
            low = _mm512_add_epi16(low, _mm512_cvtepi8_epi16(bytes[0]));
            high = _mm512_add_epi16(high, _mm512_cvtepi8_epi16(bytes[1]));
        }
        let quarters = [
            _mm512_castsi512_si256(low),
            _mm512_extracti64x4_epi64::<1>(low),
            _mm512_castsi512_si256(high),
            _mm512_extracti64x4_epi64::<1>(high),
        ];
        for (sums, added) in sums.as_chunks_mut::<16>().0.iter_mut().zip(quarters) {
            let added = _mm512_sll_epi32(_mm512_cvtepi16_epi32(added), shift);
            // SAFETY: 64 bytes of an array of 64 bytes.
            unsafe {
                let sum = _mm512_loadu_si512(sums.as_ptr().cast());
                _mm512_storeu_si512(sums.as_mut_ptr().cast(), _mm512_add_epi32(sum, added));
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn halves_avx512(sums: &mut [i32], blocks: &[HalfBlock], starts: &[u32]) {
    let (sums, _) = sums.as_chunks_mut::<BLOCK>();
    assert!(within(starts, sums.len(), blocks.len()));
    for (block, sums) in sums.iter_mut().enumerate() {
        let (sums, _) = sums.as_chunks_mut::<16>();
        let mut added = [_mm512_setzero_si512(); 4];
        for &start in starts {
            // SAFETY: `start + block` is within the blocks, as asserted.
            let row = unsafe { blocks.get_unchecked(start as usize + block) };
            for (added, row) in added.iter_mut().zip(row.0.as_chunks::<16>().0) {
                // SAFETY: 32 bytes of an array of 32 bytes.
                let row = unsafe { _mm256_loadu_si256(row.as_ptr().cast()) };
                *added = _mm512_add_epi32(*added, _mm512_cvtepi16_epi32(row));
            }
        }
        for (sums, added) in sums.iter_mut().zip(added) {
            // SAFETY: 64 bytes of an array of 64 bytes.
            unsafe {
                let sum = _mm512_loadu_si512(sums.as_ptr().cast());
                _mm512_storeu_si512(sums.as_mut_ptr().cast(), _mm512_add_epi32(sum, added));
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn bytes_avx2(sums: &mut [i32], blocks: &[ByteBlock], starts: &[u32], shift: u32) {
    let (sums, _) = sums.as_chunks_mut::<BLOCK>();
    assert!(within(starts, sums.len(), blocks.len()));
    let shift = _mm_cvtsi32_si128(shift as i32);
    for (block, sums) in sums.iter_mut().enumerate() {
        let mut added = [_mm256_setzero_si256(); 4];
        for &start in starts {
            // SAFETY: `start + block` is within the blocks, as asserted.
            let row = unsafe { blocks.get_unchecked(start as usize + block) };
            for (added, row) in added.iter_mut().zip(row.0.as_chunks::<16>().0) {
                // SAFETY: 16 bytes of an array of 16 bytes.
                let row = unsafe { _mm_loadu_si128(row.as_ptr().cast()) };
                *added = _mm256_add_epi16(*added, _mm256_cvtepi8_epi16(row));
            }
        }
        for (sums, added) in sums.as_chunks_mut::<16>().0.iter_mut().zip(added) {
            let halves = [
                _mm256_castsi256_si128(added),
                _mm256_extracti128_si256::<1>(added),
            ];
            for (sums, added) in sums.as_chunks_mut::<8>().0.iter_mut().zip(halves) {
                let added = _mm256_sll_epi32(_mm256_cvtepi16_epi32(added), shift);
                add_eight(sums, added);
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn halves_avx2(sums: &mut [i32], blocks: &[HalfBlock], starts: &[u32]) {
    let (sums, _) = sums.as_chunks_mut::<BLOCK>();
    assert!(within(starts, sums.len(), blocks.len()));
    for (block, sums) in sums.iter_mut().enumerate() {
        let mut added = [_mm256_setzero_si256(); 8];
        for &start in starts {
            // SAFETY: `start + block` is within the blocks, as asserted.
            let row = unsafe { blocks.get_unchecked(start as usize + block) };
            for (added, row) in added.iter_mut().zip(row.0.as_chunks::<8>().0) {
                // SAFETY: 16 bytes of an array of 16 bytes.
                let row = unsafe { _mm_loadu_si128(row.as_ptr().cast()) };
                *added = _mm256_add_epi32(*added, _mm256_cvtepi16_epi32(row));
            }
        }
        for (sums, added) in sums.as_chunks_mut::<8>().0.iter_mut().zip(added) {
            add_eight(sums, added);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2")]
fn add_eight(sums: &mut [i32; 8], added: __m256i) {
    // SAFETY: 32 bytes of an array of 32 bytes.
    unsafe {
        let sum = _mm256_loadu_si256(sums.as_ptr().cast());
        _mm256_storeu_si256(sums.as_mut_ptr().cast(), _mm256_add_epi32(sum, added));
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, ByteBlock, DenseRows, HalfBlock, ROWS_MAX, add, add_plain};
    use seamount_arith::random::{Key, Purpose};

    /// Random rows of bytes and of halves, the extremes of both among them.
    fn rows(key: Key) -> [DenseRows; 2] {
        let draw = |block: u64, i: usize| key.part(block).draw(i as u64);
        let byte = |draw: u64| [i8::MIN, i8::MAX, 0, draw as i8][(draw >> 32) as usize % 4];
        let half = |draw: u64| [i16::MIN, i16::MAX, 0, draw as i16][(draw >> 32) as usize % 4];
        let bytes = |b| ByteBlock(std::array::from_fn(|i| byte(draw(b, i))));
        let halves = |b| HalfBlock(std::array::from_fn(|i| half(draw(b, i))));
        [
            DenseRows::Bytes {
                blocks: (0..40).map(bytes).collect(),
                shift: key.below(1, 9) as u32,
            },
            DenseRows::Halves {
                blocks: (0..40).map(halves).collect(),
            },
        ]
    }

    #[test]
    fn every_instruction_set_adds_random_rows_alike() {
        for case in 0..60 {
            let key = Key::new(8, Purpose::Stimulus).part(case);
            let length = 1 + key.below(2, 5);
            let count = [1, 2, 17, ROWS_MAX as u64][key.below(3, 4) as usize];
            let start = |i| key.part(9).below(i, 41 - length) as u32;
            let starts: Vec<u32> = (0..count).map(start).collect();
            // sums wrap at 32 bits
            let before = (0..length * BLOCK as u64).map(|i| key.part(10).draw(i) as i32);
            let before: Vec<i32> = before.collect();
            for rows in rows(key) {
                let mut found = before.clone();
                add(&mut found, &rows, &starts);
                let mut expected = before.clone();
                add_plain(&mut expected, &rows, &starts);
                assert_eq!(
                    found, expected,
                    "case {case}, {count} rows of {length} blocks"
                );
            }
        }
    }

    #[test]
    fn the_largest_batch_of_the_least_bytes_is_exact() {
        let blocks = vec![ByteBlock([i8::MIN; BLOCK])];
        let rows = DenseRows::Bytes { blocks, shift: 8 };
        let mut sums = vec![0; BLOCK];
        add(&mut sums, &rows, &[0; ROWS_MAX]);
        assert_eq!(sums, vec![-128 * 64 * 256; BLOCK]);
    }
}
