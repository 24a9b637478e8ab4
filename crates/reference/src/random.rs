//! Counter-based random numbers: draw `n` of a stream depends on nothing but (seed, stream, n).
//!
//! The mixing function is SplitMix64's finaliser (Steele, Lea, Flood 2014),
//! applied over the three words in turn. It is this crate's own: the machine's
//! generators are others.

/// A cursor into one stream of draws. Copying it copies the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draws {
    key: u64,
    next: u64,
}

impl Draws {
    /// The stream `stream` of `seed`, at its first draw.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self {
            key: mix(mix(seed) ^ stream),
            next: 0,
        }
    }

    /// 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        let counter = self.next;
        self.next += 1;
        mix(self.key ^ mix(counter))
    }

    /// Uniform in [0, 1), 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in [low, high).
    pub fn uniform_in(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Standard normal (Box and Muller 1958), two draws for each value.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Shuffles in place (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let pick = (self.uniform() * (last + 1) as f64) as usize;
            items.swap(last, pick.min(last));
        }
    }
}

fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Draws;

    #[test]
    fn equal_keys_give_equal_streams_and_others_do_not() {
        let take = |seed, stream| {
            let mut draws = Draws::new(seed, stream);
            [draws.bits(), draws.bits(), draws.bits()]
        };
        assert_eq!(take(1, 2), take(1, 2));
        assert_ne!(take(1, 2), take(2, 1));
        assert_ne!(take(1, 2), take(1, 3));
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut draws = Draws::new(7, 0);
        let n = 200_000;
        let uniform = (0..n).map(|_| draws.uniform()).sum::<f64>() / f64::from(n);
        assert!((uniform - 0.5).abs() < 4.0 * 0.2887 / f64::from(n).sqrt());
        let normals: Vec<f64> = (0..n).map(|_| draws.normal()).collect();
        let mean = normals.iter().sum::<f64>() / f64::from(n);
        let variance = normals.iter().map(|x| x * x).sum::<f64>() / f64::from(n);
        assert!(mean.abs() < 4.0 / f64::from(n).sqrt());
        assert!((variance - 1.0).abs() < 4.0 * (2.0 / f64::from(n)).sqrt());
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<u32> = (0..50).collect();
        Draws::new(3, 1).shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
