//! NumPy's legacy generator (MT19937, polar Gauss), to draw the inputs of NEST's own tests again.
//!
//! Matsumoto and Nishimura 1998; the streams are frozen by NumPy's NEP 19.

/// `numpy.random.RandomState(seed)`.
pub struct Legacy {
    state: [u32; 624],
    at: usize,
    spare: Option<f64>,
}

impl Legacy {
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; 624];
        for i in 1..624 {
            let before = state[i - 1];
            state[i] = 1_812_433_253_u32
                .wrapping_mul(before ^ (before >> 30))
                .wrapping_add(i as u32);
        }
        Self {
            state,
            at: 624,
            spare: None,
        }
    }

    fn twist(&mut self) {
        for i in 0..624 {
            let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % 624] & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + 397) % 624] ^ (y >> 1) ^ odd;
        }
        self.at = 0;
    }

    fn word(&mut self) -> u32 {
        if self.at == 624 {
            self.twist();
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// `rand()`: 53 bits.
    pub fn uniform(&mut self) -> f64 {
        let a = self.word() >> 5;
        let b = self.word() >> 6;
        (f64::from(a) * 67_108_864.0 + f64::from(b)) / 9_007_199_254_740_992.0
    }

    /// `uniform(low, high)`.
    pub fn uniform_in(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// `randn()`: the polar method, the second value kept for the next call.
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let a = 2.0 * self.uniform() - 1.0;
            let b = 2.0 * self.uniform() - 1.0;
            let radius = a * a + b * b;
            if radius < 1.0 && radius != 0.0 {
                let factor = (-2.0 * radius.ln() / radius).sqrt();
                self.spare = Some(factor * a);
                return factor * b;
            }
        }
    }

    /// `choice([0, 1], n)`: one masked bit of a word each.
    pub fn coins(&mut self, n: usize) -> Vec<usize> {
        (0..n).map(|_| (self.word() & 1) as usize).collect()
    }

    /// `choice([0, 1], n, p=[p0, 1 - p0])`: a search in the cumulated probabilities.
    pub fn biased_coins(&mut self, n: usize, p0: f64) -> Vec<usize> {
        (0..n).map(|_| usize::from(self.uniform() >= p0)).collect()
    }
}
