//! Random numbers that one core uses in one step.
//!
//! They come from a generator, or from a recording that stands in for it: silicon's own draws, or
//! those of a second implementation that is compared with this one. A core cannot tell which.
//!
//! What this module does *not* know: what the numbers are used for.

use crate::learn::LearningDraws;
use crate::microcode::Surroundings;
use seamount_arith::random::{Key, Purpose};

/// Random numbers of one core in one step: of its noise unit, of its learning engine, and of the
/// programs of its neurons.
#[derive(Debug, Clone, Copy)]
pub struct CoreDraws<'a> {
    /// Bytes of the noise unit, one for each compartment.
    pub noise: NoiseDraws<'a>,
    /// Numbers of the learning engine (LE-010).
    pub learning: LearningDraws<'a>,
}

impl CoreDraws<'_> {
    /// What programs read beside their own memory in step `t`. They share seed, sample and core
    /// with the learning engine, and have a purpose of their own.
    pub fn surroundings(&self, t: u64) -> Surroundings {
        let LearningDraws {
            seed, sample, core, ..
        } = self.learning;
        Surroundings::new(seed, sample, core, t)
    }
}

/// Bytes r of the noise unit (NC-017).
#[derive(Debug, Clone, Copy)]
pub enum NoiseDraws<'a> {
    /// Generated: a function of the key, the step and the compartment.
    Generated {
        /// Key of seed, sample and core.
        key: Key,
        /// Number of the step.
        step: u64,
    },
    /// Recorded: one byte for each compartment of the core.
    Recorded(&'a [u8]),
}

impl NoiseDraws<'_> {
    /// Generated noise of a core in step `step` of a sample.
    pub fn generated(seed: u64, sample: u64, core: u64, step: u64) -> Self {
        let key = Key::new(seed, Purpose::Noise).part(sample).part(core);
        NoiseDraws::Generated { key, step }
    }

    /// Uniform byte of a compartment.
    pub(crate) fn byte(&self, compartment: u16) -> u8 {
        match self {
            NoiseDraws::Generated { key, step } => key.byte(*step, u32::from(compartment)),
            NoiseDraws::Recorded(bytes) => bytes[usize::from(compartment)],
        }
    }
}
