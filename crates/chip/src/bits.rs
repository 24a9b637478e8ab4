//! Bits one after another, appended and read by words: the values of spike probes.
//!
//! A step of a spike probe is so many bits as it has neurons, which are rarely a multiple of 64.
//! Rows follow one another without a gap, so that the memory of a run is the recording.

use serde::{Deserialize, Serialize};

/// Bits in the order in which they were appended; those of the last word beyond them are 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BitRows {
    words: Vec<u64>,
    length: usize,
}

impl BitRows {
    /// Appends the lowest `count` bits of a word; the others are 0.
    #[inline]
    pub(crate) fn push(&mut self, word: u64, count: usize) {
        debug_assert!(count <= 64 && (count == 64 || word >> count == 0));
        let used = self.length % 64;
        match self.words.last_mut().filter(|_| used > 0) {
            Some(last) => {
                *last |= word << used;
                if used + count > 64 {
                    self.words.push(word >> (64 - used));
                }
            }
            None if count > 0 => self.words.push(word),
            None => {}
        }
        self.length += count;
    }

    /// Appends `count` bits, 64 in each word but the last.
    pub(crate) fn extend(&mut self, words: &[u64], count: usize) {
        for (i, word) in words.iter().enumerate() {
            self.push(*word, (count - 64 * i).min(64));
        }
    }

    /// Bits `from..from + count` of at most 64.
    pub(crate) fn get(&self, from: usize, count: usize) -> u64 {
        let low = self.words[from / 64] >> (from % 64);
        let next = match from % 64 {
            0 => None,
            used => (self.words.get(from / 64 + 1)).map(|word| word << (64 - used)),
        };
        let both = low | next.unwrap_or(0);
        match count {
            64 => both,
            _ => both & ((1 << count) - 1),
        }
    }

    /// Number of bits.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// The words.
    pub(crate) fn into_words(self) -> Vec<u64> {
        self.words
    }
}

#[cfg(test)]
mod tests {
    use super::BitRows;

    #[test]
    fn bits_come_back_wherever_they_lie() {
        let bit = |i: usize| (i * i + i / 3) % 5 < 2;
        let mut rows = BitRows::default();
        let mut at = 0;
        for count in (0..=64).chain([64, 64, 1, 63, 64]) {
            let word = (0..count).fold(0u64, |word, i| word | u64::from(bit(at + i)) << i);
            rows.push(word, count);
            at += count;
        }
        assert_eq!(rows.len(), at);
        for from in 0..at {
            for count in [1, 2, 17, 63, 64] {
                let count = count.min(at - from);
                let expected = (0..count).fold(0, |word, i| word | u64::from(bit(from + i)) << i);
                assert_eq!(rows.get(from, count), expected, "{from} {count}");
            }
        }
        assert_eq!(rows.into_words().len(), at.div_ceil(64));
    }
}
