//! Columns that fired, from one byte a column.
//!
//! Most steps few columns fire, and in some many do. A branch a column would be guessed wrong once
//! a spike, so there is none. With AVX-512 VBMI2 an instruction writes the numbers of 32 columns
//! that fired side by side. Elsewhere eight flags are folded to a byte and a table says which of
//! its bits are set: all eight entries are written whatever their number, and the next byte's begin
//! where this one's end.
//!
//! Worth of the instruction: 450 instead of 2,390 ns for the 16,384 columns of `bench W2L`, a tenth
//! of its step. Both ways give the same; the test compares them.

use super::{Level, level};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    _mm512_add_epi16, _mm512_loadu_si512, _mm512_maskz_compress_epi16, _mm512_maskz_loadu_epi8,
    _mm512_set1_epi16, _mm512_storeu_si512, _mm512_test_epi8_mask,
};
use std::sync::OnceLock;

/// Places behind the last column found that may be written to.
const SLACK: usize = 64;

/// The set bits of every byte, ascending, the rest 0.
const BITS_OF: [[u16; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        let mut count = 0;
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte][count] = bit;
                count += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// Writes the columns whose byte is 1 to the front of `out`, ascending, and returns how many.
///
/// # Panics
/// If there are more than 65,536 columns.
pub fn fired_columns(fired: &[u8], out: &mut Vec<u16>) -> usize {
    assert!(fired.len() <= 1 << 16, "columns have 16 bits");
    if out.len() < fired.len() + SLACK {
        out.resize(fired.len() + SLACK, 0);
    }
    #[cfg(target_arch = "x86_64")]
    if compresses() {
        // SAFETY: `compresses` has asked the processor for these features.
        return unsafe { compressed(fired, out) };
    }
    by_table(fired, out)
}

/// Whether there are instructions that compress 16-bit lanes.
fn compresses() -> bool {
    static COMPRESSES: OnceLock<bool> = OnceLock::new();
    *COMPRESSES.get_or_init(|| match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => is_x86_feature_detected!("avx512vbmi2"),
        _ => false,
    })
}

fn by_table(fired: &[u8], out: &mut [u16]) -> usize {
    let (eights, rest) = fired.as_chunks::<8>();
    let mut count = 0;
    for (bytes, first) in eights.iter().zip((0u16..).step_by(8)) {
        // the product gathers the lowest bit of every byte in the highest byte
        let mask = u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        out[count..count + 8].copy_from_slice(&BITS_OF[mask as usize].map(|bit| first + bit));
        count += mask.count_ones() as usize;
    }
    let last = (eights.len() * 8..).zip(rest);
    for (column, _) in last.filter(|(_, byte)| **byte != 0) {
        out[count] = column as u16;
        count += 1;
    }
    count
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi2,popcnt")]
fn compressed(fired: &[u8], out: &mut [u16]) -> usize {
    assert!(out.len() >= fired.len() + SLACK);
    let first: [u16; 32] = std::array::from_fn(|i| i as u16);
    // SAFETY: 64 bytes of an array of 64 bytes.
    let mut low = unsafe { _mm512_loadu_si512(first.as_ptr().cast()) };
    let mut high = _mm512_add_epi16(low, _mm512_set1_epi16(32));
    let mut count = 0;
    for chunk in fired.chunks(64) {
        let lanes = u64::MAX >> (64 - chunk.len());
        // SAFETY: only lanes within the chunk are read.
        let bytes = unsafe { _mm512_maskz_loadu_epi8(lanes, chunk.as_ptr().cast()) };
        let mask = _mm512_test_epi8_mask(bytes, bytes);
        for (part, columns) in [(mask as u32, low), ((mask >> 32) as u32, high)] {
            let found = _mm512_maskz_compress_epi16(part, columns);
            // SAFETY: `count` is at most the number of columns before this half, and `out` has room
            // for as many and 64 more.
            unsafe { _mm512_storeu_si512(out.as_mut_ptr().add(count).cast(), found) };
            count += part.count_ones() as usize;
        }
        low = _mm512_add_epi16(low, _mm512_set1_epi16(64));
        high = _mm512_add_epi16(high, _mm512_set1_epi16(64));
    }
    count
}

/// Packs flags of 0 or 1 to bits, 64 in each word but the last: `words` is replaced.
pub fn pack_flags(flags: &[u8], words: &mut Vec<u64>) {
    words.clear();
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features.
        Level::Avx512 => unsafe { pack_avx512(flags, words) },
        _ => pack_plain(flags, words),
    }
}

fn pack_plain(flags: &[u8], words: &mut Vec<u64>) {
    words.extend(flags.chunks(64).map(|flags| {
        let (eights, rest) = flags.as_chunks::<8>();
        let mut word = 0u64;
        for (i, bytes) in eights.iter().enumerate() {
            let byte = u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            word |= byte << (8 * i);
        }
        for (i, flag) in (8 * eights.len()..).zip(rest) {
            word |= u64::from(*flag) << i;
        }
        word
    }));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn pack_avx512(flags: &[u8], words: &mut Vec<u64>) {
    words.extend(flags.chunks(64).map(|flags| {
        let lanes = u64::MAX >> (64 - flags.len());
        // SAFETY: only lanes within the chunk are read.
        let bytes = unsafe { _mm512_maskz_loadu_epi8(lanes, flags.as_ptr().cast()) };
        _mm512_test_epi8_mask(bytes, bytes)
    }));
}

#[cfg(test)]
mod tests {
    use super::{SLACK, by_table, fired_columns, pack_flags, pack_plain};
    use seamount_arith::random::{Key, Purpose};

    #[test]
    fn every_pattern_of_short_rows_is_found() {
        let mut out = vec![];
        for length in 0..12usize {
            for bits in 0..1u32 << length {
                let fired: Vec<u8> = (0..length).map(|i| (bits >> i & 1) as u8).collect();
                let count = fired_columns(&fired, &mut out);
                let wanted: Vec<u16> = (0..length as u16).filter(|i| bits >> i & 1 == 1).collect();
                assert_eq!(out[..count], wanted);
            }
        }
    }

    #[test]
    fn both_ways_find_the_same_in_random_flags() {
        let key = Key::new(5, Purpose::Stimulus);
        let mut out = vec![];
        for (case, length) in [63, 64, 65, 200, 1024, 1027, 65_536]
            .into_iter()
            .enumerate()
        {
            for one_in in [1, 2, 50] {
                let key = key.part(case as u64).part(one_in);
                let fired: Vec<u8> = (0..length)
                    .map(|i| u8::from(key.below(i, one_in) == 0))
                    .collect();
                let wanted: Vec<u16> = (0..length)
                    .filter(|i| fired[*i as usize] != 0)
                    .map(|i| i as u16)
                    .collect();
                let count = fired_columns(&fired, &mut out);
                assert_eq!(out[..count], wanted, "{length} columns, one in {one_in}");
                let mut plain = vec![0; fired.len() + SLACK];
                let count = by_table(&fired, &mut plain);
                assert_eq!(plain[..count], wanted, "{length} columns, one in {one_in}");
                let mut words = vec![7];
                pack_flags(&fired, &mut words);
                let bit = |i: u64| (words[i as usize / 64] >> (i % 64) & 1) as u8;
                assert_eq!((0..length).map(bit).collect::<Vec<u8>>(), fired);
                let mut plain = vec![];
                pack_plain(&fired, &mut plain);
                assert_eq!(plain, words);
            }
        }
    }
}
