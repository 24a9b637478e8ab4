//! Fields of bits in 64-bit words, lowest bits first.

/// Writes fields one after another.
#[derive(Debug, Clone, Default)]
pub struct BitWriter {
    words: Vec<u64>,
    used: u32,
}

impl BitWriter {
    /// Appends the low `bits` bits of `value`, 0..=57.
    pub fn put(&mut self, value: u64, bits: u32) {
        debug_assert!(bits <= 57 && value >> bits == 0, "{value} in {bits} bits");
        if bits == 0 {
            return;
        }
        let at = self.used % 64;
        if at == 0 {
            self.words.push(0);
        }
        *self.words.last_mut().expect("just pushed") |= value << at;
        // the rest of a field that crosses the border of words
        if at + bits > 64 {
            self.words.push(value >> (64 - at));
        }
        self.used += bits;
    }

    /// Bits written.
    pub fn len(&self) -> u32 {
        self.used
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// The words.
    pub fn into_words(self) -> Vec<u64> {
        self.words
    }
}

/// Reads fields one after another; `None` beyond the end.
#[derive(Debug, Clone)]
pub struct BitReader<'a> {
    words: &'a [u64],
    at: usize,
}

impl<'a> BitReader<'a> {
    /// Starts at the first bit.
    pub fn new(words: &'a [u64]) -> Self {
        BitReader { words, at: 0 }
    }

    /// The next `bits` bits, 0..=57.
    pub fn take(&mut self, bits: u32) -> Option<u64> {
        if bits == 0 {
            return Some(0);
        }
        let word = self.at / 64;
        let shift = self.at % 64;
        let mut value = self.words.get(word)? >> shift;
        if shift + bits as usize > 64 {
            value |= self.words.get(word + 1)? << (64 - shift);
        }
        self.at += bits as usize;
        Some(value & ((1 << bits) - 1))
    }

    /// Words touched so far.
    pub fn words_read(&self) -> usize {
        self.at.div_ceil(64)
    }
}
