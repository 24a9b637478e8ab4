//! Counter-based random numbers: a draw is a function of its key and its index, never of earlier
//! draws.

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A key for draws, derived from a seed and who draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key of a seed.
    pub const fn new(seed: u64) -> Self {
        Key(mix(seed ^ GOLDEN))
    }

    /// Key of one part of this key's owner.
    #[must_use]
    pub const fn part(self, index: u64) -> Self {
        Key(mix(self.0 ^ mix(index.wrapping_add(1).wrapping_mul(GOLDEN))))
    }

    /// 64 uniform bits: number `index` of this key.
    #[inline]
    pub const fn draw(self, index: u64) -> u64 {
        mix(self
            .0
            .wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
    }

    /// Uniform integer in `0..bound` (bound >= 1); bias below 2^-32 for bounds below 2^32.
    #[inline]
    pub const fn below(self, index: u64, bound: u64) -> u64 {
        ((self.draw(index) as u128 * bound as u128) >> 64) as u64
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64-bit words.
#[inline]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_uniform_enough() {
        let key = Key::new(7).part(3);
        let mut seen = [0u32; 16];
        for index in 0..160_000 {
            seen[key.below(index, 16) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| n.abs_diff(10_000) < 500), "{seen:?}");
        assert_ne!(Key::new(7).part(4).draw(0), key.draw(0));
    }
}
