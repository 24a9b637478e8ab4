//! Samples on fresh chips, kept as they are finished.
//!
//! The results are those of a batch of the chip: a sample begins on a chip that was reset with its
//! own index, whoever ran before it on the same one. What was kept of a sample is not run again.

use seamount_chip::{Chip, ChipProgram, Observations, RunOptions, SpikeTrain};
use seamount_session::Failure;
use seamount_study::trials::Trials;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{Arc, Mutex, PoisonError};

/// What every sample of a batch has in common.
pub(crate) struct KeptBatch<'a> {
    /// Name of the parts; one of its own for each batch of an experiment.
    pub name: &'a str,
    /// The program of the chip.
    pub program: &'a Arc<ChipProgram>,
    /// Options of each run.
    pub options: &'a RunOptions,
    /// Steps of a sample.
    pub steps: u64,
}

impl KeptBatch<'_> {
    /// Runs `count` of the trials: `input` gives what enters, `finish` sees what came of it.
    ///
    /// # Errors
    /// Kept results of another form.
    pub fn run<R: Send + Serialize + DeserializeOwned>(
        &self,
        trials: &Trials<'_>,
        count: usize,
        input: impl Fn(usize) -> SpikeTrain + Sync,
        finish: impl Fn(usize, &Chip, &Observations) -> R + Sync,
    ) -> Result<Vec<R>, Failure> {
        let idle: Mutex<Vec<Chip>> = Mutex::new(vec![]);
        let chips = || idle.lock().unwrap_or_else(PoisonError::into_inner);
        trials.kept(self.name, count, |sample| {
            let waiting = chips().pop();
            let mut chip = waiting.unwrap_or_else(|| Chip::new(Arc::clone(self.program)));
            chip.reset(sample as u64);
            let seen = chip.run(self.steps, &input(sample), self.options);
            let result = finish(sample, &chip, &seen);
            chips().push(chip);
            Ok(result)
        })
    }
}
