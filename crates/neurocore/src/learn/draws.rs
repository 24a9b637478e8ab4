//! Random numbers of the learning engine: functions of (seed, sample, core, unit, step, purpose),
//! or a recording (LE-010). Every number is 16 uniform bits; a use takes as many of the upper ones
//! as it needs.

use seamount_arith::random::{Key, Purpose};
use serde::{Deserialize, Serialize};

/// The source of the random numbers of one core.
#[derive(Debug, Clone, Copy)]
pub struct LearningDraws<'a> {
    /// Seed of the image.
    pub seed: u64,
    /// Number of the sample.
    pub sample: u64,
    /// Index of the core.
    pub core: u64,
    /// A recording that is used instead of draws.
    pub replay: Option<&'a LearningReplay>,
}

/// Recorded numbers, the same for every unit; beyond a recording its last number repeats.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearningReplay {
    /// For all pre traces: element k is used in step k + 1.
    pub pre: Vec<u16>,
    /// For all post traces: element k is used in step k + 1.
    pub post: Vec<u16>,
    /// For all reward traces: element k is used in step k + 1.
    pub reward: Vec<u16>,
    /// For the write-back of w, d and t: element k is used in step k + 1.
    pub rounding: Vec<u16>,
}

impl LearningReplay {
    /// The number for step `t`; 0 from an empty recording.
    fn at(numbers: &[u16], t: u64) -> u16 {
        let at = (t - 1).min(numbers.len().saturating_sub(1) as u64) as usize;
        numbers.get(at).copied().unwrap_or(0)
    }
}

/// The numbers of one purpose in one step.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    key: Key,
    fixed: Option<u16>,
}

impl LearningDraws<'_> {
    /// Numbers of `purpose` in step `t`.
    pub fn numbers(&self, purpose: Purpose, t: u64) -> Numbers {
        let fixed = self.replay.map(|replay| match purpose {
            Purpose::LearnPre => LearningReplay::at(&replay.pre, t),
            Purpose::LearnPost => LearningReplay::at(&replay.post, t),
            Purpose::LearnReward => LearningReplay::at(&replay.reward, t),
            _ => LearningReplay::at(&replay.rounding, t),
        });
        Numbers {
            key: Key::new(self.seed, purpose)
                .part(self.sample)
                .part(self.core)
                .part(t),
            fixed,
        }
    }
}

impl Numbers {
    /// The draw of unit `index`: four numbers, the first lowest.
    #[inline(always)]
    pub fn four(&self, index: u32) -> u64 {
        match self.fixed {
            None => self.key.draw(u64::from(index)),
            Some(number) => u64::from(number) * 0x0001_0001_0001_0001,
        }
    }

    /// The draws of sixteen units, `stride` apart from `first` on: four numbers each.
    #[inline(always)]
    pub fn sixteen(&self, first: u64, stride: u64) -> [u64; 16] {
        let mut out = [0; 16];
        match self.fixed {
            None => {
                for (i, out) in (0u64..).zip(&mut out) {
                    *out = self.key.draw(first + i * stride);
                }
            }
            Some(number) => out.fill(u64::from(number) * 0x0001_0001_0001_0001),
        }
        out
    }

    /// The numbers of the 64 synapses from `first` on, a multiple of 4: a draw has those of four.
    #[inline(always)]
    pub fn run(&self, first: u32) -> [u16; 64] {
        debug_assert!(first.is_multiple_of(4), "blocks begin where a draw does");
        if let Some(number) = self.fixed {
            return [number; 64];
        }
        let mut draws = [[0u8; 8]; 16];
        for i in 0..16 {
            draws[i] = self
                .key
                .draw(u64::from(first >> 2) + i as u64)
                .to_le_bytes();
        }
        let pairs = draws.as_flattened().as_chunks::<2>().0;
        let mut out = [0; 64];
        for i in 0..64 {
            out[i] = u16::from_le_bytes(pairs[i]);
        }
        out
    }

    /// Counter of the draw with the number of synapse `first`, a multiple of 4, for kernels that
    /// draw themselves; none from recordings.
    #[inline(always)]
    pub fn counter(&self, first: u32) -> Option<u64> {
        debug_assert!(first.is_multiple_of(4), "blocks begin where a draw does");
        match self.fixed {
            Some(_) => None,
            None => Some(self.key.counter(u64::from(first >> 2))),
        }
    }

    /// The numbers of 64 synapses, `stride` apart from `first` on.
    #[inline(always)]
    pub fn every(&self, first: u32, stride: u32) -> [u16; 64] {
        if let Some(number) = self.fixed {
            return [number; 64];
        }
        let mut out = [0; 64];
        for i in 0..64 {
            // numbers beyond the last synapse are for nobody
            out[i] = self
                .key
                .quarter(first.wrapping_add((i as u32).wrapping_mul(stride)));
        }
        out
    }

    /// The numbers of the synapses `indices`, 64 at most; behind the last of them anything.
    #[inline(always)]
    pub fn list(&self, indices: &[u32]) -> [u16; 64] {
        if let Some(number) = self.fixed {
            return [number; 64];
        }
        let mut out = [0; 64];
        if let Some(all) = indices.first_chunk::<64>() {
            for i in 0..64 {
                out[i] = self.key.quarter(all[i]);
            }
            return out;
        }
        for (out, index) in out.iter_mut().zip(indices) {
            *out = self.key.quarter(*index);
        }
        out
    }
}
