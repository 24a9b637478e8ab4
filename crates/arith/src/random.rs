//! Counter-based random numbers: a draw is a function of its key and its index, never of the
//! draws before it (NC-017). So skipping work, or doing it on another thread, changes nothing.

/// From the counter of one draw to that of the next: 2^64 divided by the golden ratio.
pub const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
/// Multipliers of the finaliser, for vectors of it.
pub const MULTIPLIERS: [u64; 2] = [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb];

/// Purpose of a draw; part of its key, so that two uses never share numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// Compartment noise (NC-016).
    Noise = 1,
    /// Stimuli and generated networks; not part of the chip.
    Stimulus = 2,
    /// Placement refinement; not part of the chip.
    Placement = 3,
    /// Stochastic rounding of learned weights (LE-007, LE-010).
    LearnWeight = 4,
    /// Stochastic rounding of learned delays.
    LearnDelay = 5,
    /// Stochastic rounding of tags.
    LearnTag = 6,
    /// Pre traces: decay and fraction of the impulse (LE-001).
    LearnPre = 7,
    /// Rounding of post traces.
    LearnPost = 8,
    /// Rounding of reward traces.
    LearnReward = 9,
    /// Random operands of neuron programs (MC-040).
    Program = 10,
}

/// A key for draws, derived from a seed and the identity of whoever draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// Key of `purpose` in the world of `seed`.
    pub const fn new(seed: u64, purpose: Purpose) -> Self {
        Key(mix(seed ^ mix((purpose as u64).wrapping_mul(STEP))))
    }

    /// Key that is a seed itself, for draws that networks name (MC-038).
    pub const fn of(seed: u64) -> Self {
        Key(seed)
    }

    /// Key of one part (a core, a sample, a unit) of this key's owner.
    #[must_use]
    pub const fn part(self, index: u64) -> Self {
        Key(mix(self.0 ^ mix(index.wrapping_add(1).wrapping_mul(STEP))))
    }

    /// Counter of draw `index`, before the finaliser.
    #[inline(always)]
    pub const fn counter(self, index: u64) -> u64 {
        self.0
            .wrapping_add(index.wrapping_add(1).wrapping_mul(STEP))
    }

    /// 64 uniform bits: number `index` of this key.
    #[inline(always)]
    pub const fn draw(self, index: u64) -> u64 {
        mix(self.counter(index))
    }

    /// Uniform integer in `0..bound` (bound >= 1), by multiplication; bias below 2^-32 for bounds
    /// below 2^32.
    pub const fn below(self, index: u64, bound: u64) -> u64 {
        ((self.draw(index) as u128 * bound as u128) >> 64) as u64
    }

    /// Uniform byte, the noise unit's r (NC-016): number `step` x `compartment` of this key.
    pub const fn byte(self, step: u64, compartment: u32) -> u8 {
        (self.draw((step << 16) ^ compartment as u64) >> 56) as u8
    }
}

impl Key {
    /// Sixteen uniform bits for synapse `index` of this key: a quarter of draw `index / 4`.
    #[inline(always)]
    pub const fn quarter(self, index: u32) -> u16 {
        (self.draw((index >> 2) as u64) >> (16 * (index & 3))) as u16
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64-bit words.
#[inline(always)]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(MULTIPLIERS[0]);
    z = (z ^ (z >> 27)).wrapping_mul(MULTIPLIERS[1]);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nc_017_bytes_are_uniform_and_keyed() {
        let key = Key::new(7, Purpose::Noise).part(3);
        let mut seen = [0u32; 256];
        for step in 0..256 {
            for compartment in 0..256 {
                seen[usize::from(key.byte(step, compartment))] += 1;
            }
        }
        // 65,536 draws, 256 expected in each bin, standard deviation 16
        assert!(seen.iter().all(|&n| (160..352).contains(&n)), "{seen:?}");
        assert_ne!(key.draw(0), Key::new(7, Purpose::Noise).part(4).draw(0));
        assert_ne!(key.draw(0), Key::new(8, Purpose::Noise).part(3).draw(0));
    }
}
