//! Random numbers of a run: generated, or recorded ones in their place.

use crate::program::ChipProgram;
use seamount_neurocore::learn::{LearningDraws, LearningReplay};
use seamount_neurocore::{CoreDraws, NoiseDraws};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Recorded draws of the noise unit instead of generated ones (NC-017): r of every compartment of
/// every core, step by step from step 1; beyond the recording the last step repeats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoiseReplay {
    /// For each core in image order: steps x compartments bytes, compartments fastest.
    pub cores: Vec<Vec<u8>>,
}

/// Why a recording cannot be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// Another number of cores.
    #[error("noise for {found} cores, the image has {wanted}")]
    Cores {
        /// Cores in the recording.
        found: usize,
        /// Cores of the image.
        wanted: usize,
    },
    /// Not a whole number of steps, or none.
    #[error(
        "noise of core {core} has {found} bytes, wanted a positive multiple of its {compartments} \
         compartments"
    )]
    Length {
        /// Index of the core.
        core: usize,
        /// Bytes in the recording.
        found: usize,
        /// Compartments of the core.
        compartments: usize,
    },
}

impl NoiseReplay {
    pub(crate) fn check(&self, program: &ChipProgram) -> Result<(), ReplayError> {
        let found = self.cores.len();
        let wanted = program.widths.len();
        if found != wanted {
            return Err(ReplayError::Cores { found, wanted });
        }
        for (core, (bytes, width)) in self.cores.iter().zip(&program.widths).enumerate() {
            let found = bytes.len();
            let compartments = *width as usize;
            if compartments > 0 && (found == 0 || found % compartments != 0) {
                return Err(ReplayError::Length {
                    core,
                    found,
                    compartments,
                });
            }
        }
        Ok(())
    }
}

/// Recordings that stand in for generated numbers; none at first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replays {
    pub(crate) noise: Option<Arc<NoiseReplay>>,
    pub(crate) learning: Option<Arc<LearningReplay>>,
}

impl Replays {
    /// Random numbers of a core, by its place here, in step `t` of a sample.
    pub(crate) fn draws<'a>(
        &'a self,
        program: &ChipProgram,
        sample: u64,
        core: usize,
        t: u64,
    ) -> CoreDraws<'a> {
        let compartments = program.cores[core].len();
        let number = program.numbers[core];
        let noise = match &self.noise {
            Some(replay) if compartments > 0 => {
                let bytes = &replay.cores[number as usize];
                let steps = (bytes.len() / compartments) as u64;
                // beyond the recording its last step repeats
                let at = (t - 1).min(steps - 1) as usize * compartments;
                NoiseDraws::Recorded(&bytes[at..at + compartments])
            }
            _ => NoiseDraws::generated(program.seed, sample, number.into(), t),
        };
        CoreDraws {
            noise,
            learning: LearningDraws {
                seed: program.seed,
                sample,
                core: number.into(),
                replay: self.learning.as_deref(),
            },
        }
    }
}
