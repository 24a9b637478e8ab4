//! A declared network on a board, and the runner of many inputs.

use super::Readout;
use crate::kept_batch::KeptBatch;
use seamount_chip::{Chip, ChipProgram, Observations, RunOptions, SpikeTrain, run_batch_with};
use seamount_image::CheckedImage;
use seamount_session::decode::accuracy;
use seamount_session::eval::SampleEncoder;
use seamount_session::{Failure, PerInference};
use seamount_spec::EventCounts;
use seamount_study::trials::Trials;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::sync::Arc;

/// A network compiled for its board, with the way in and the way out.
#[derive(Debug, Clone)]
pub struct PlacedSystem {
    pub(super) image: CheckedImage,
    pub(super) program: Arc<ChipProgram>,
    pub(super) encoder: Option<SampleEncoder>,
    pub(super) readout: Readout,
    pub(super) steps: u64,
}

/// One input after its last step.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inference<T> {
    /// Index of the output that is the answer.
    pub answer: usize,
    /// Events of all cores.
    pub counts: EventCounts,
    /// Observation of the caller.
    pub also: T,
}

/// Many inputs, each of which began on a fresh chip.
#[derive(Debug, Clone)]
pub struct Inferences<T> {
    /// One for each input, in their order.
    pub shown: Vec<Inference<T>>,
}

impl PlacedSystem {
    /// Name of the board.
    pub fn board(&self) -> &str {
        &self.image.spec().name
    }

    /// Cores in use.
    pub fn cores(&self) -> usize {
        self.image.image().cores.len()
    }

    /// The program of the chip.
    pub fn program(&self) -> &Arc<ChipProgram> {
        &self.program
    }

    /// The readout of the network.
    pub fn readout(&self) -> &Readout {
        &self.readout
    }

    /// Spikes of an image by the declared encoder; none if no encoder is declared.
    pub fn encode(&self, pixels: &[u8]) -> Vec<(u64, u32)> {
        let encoder = self.encoder.as_ref();
        encoder.map_or(vec![], |encoder| encoder.image(pixels, self.steps))
    }

    /// Runs `count` inputs, each on a fresh chip and over the declared number of steps. `events`
    /// are the spikes (step, source) of an input by its index; `also` looks at the chip after the
    /// last step. Both are called from several threads; the results do not depend on how many there
    /// are.
    ///
    /// # Errors
    /// If the spikes of the first input name a source that the network does not have.
    pub fn run<T: Send>(
        &self,
        count: usize,
        trials: &Trials<'_>,
        options: &RunOptions,
        events: impl Fn(usize) -> Vec<(u64, u32)> + Sync,
        also: impl Fn(&Chip, &Observations) -> T + Sync,
    ) -> Result<Inferences<T>, Failure> {
        let train = |input| SpikeTrain::new(&self.program, events(input));
        // all inputs of a system have the same sources, so the first one tells for all
        if count > 0 {
            train(0).map_err(Failure::call)?;
        }
        let shown = run_batch_with(
            options,
            &self.program,
            count,
            self.steps,
            trials.threads(),
            |input| train(input).unwrap_or_default(),
            |_, chip, seen| {
                trials.finish_one();
                Inference {
                    answer: self.readout.answer(chip, seen),
                    counts: seen.total(),
                    also: also(chip, seen),
                }
            },
        );
        Ok(Inferences { shown })
    }

    /// As [`run`](Self::run), with each input kept under a name where the experiment keeps its
    /// finished parts.
    ///
    /// # Errors
    /// As [`run`](Self::run); kept results of another form.
    pub fn run_kept<T: Send + Serialize + DeserializeOwned>(
        &self,
        name: &str,
        count: usize,
        trials: &Trials<'_>,
        events: impl Fn(usize) -> Vec<(u64, u32)> + Sync,
        also: impl Fn(&Chip, &Observations) -> T + Sync,
    ) -> Result<Inferences<T>, Failure> {
        let train = |input| SpikeTrain::new(&self.program, events(input));
        if count > 0 {
            train(0).map_err(Failure::call)?;
        }
        let batch = KeptBatch {
            name,
            program: &self.program,
            options: &RunOptions::default(),
            steps: self.steps,
        };
        let shown = batch.run(
            trials,
            count,
            |input| train(input).unwrap_or_default(),
            |_, chip, seen| Inference {
                answer: self.readout.answer(chip, seen),
                counts: seen.total(),
                also: also(chip, seen),
            },
        )?;
        Ok(Inferences { shown })
    }
}

impl<T> Inferences<T> {
    /// Number of inputs, at least 1 so that means are numbers.
    fn inputs(&self) -> u64 {
        self.shown.len().max(1) as u64
    }

    /// Answers as classes of at most 256, in the order of the inputs.
    pub fn classes(&self) -> Vec<u8> {
        self.shown.iter().map(|s| s.answer as u8).collect()
    }

    /// Share of answers that equal the labels, 0 to 1.
    ///
    /// # Panics
    /// If there are not as many labels as inputs.
    pub fn accuracy(&self, labels: &[u8]) -> f64 {
        accuracy(&self.classes(), labels)
    }

    /// Events of all inputs together.
    pub fn counts(&self) -> EventCounts {
        let mut counts = EventCounts::default();
        self.shown.iter().for_each(|s| counts += s.counts);
        counts
    }

    /// Mean counts and energy of an input.
    pub fn per_inference(&self) -> PerInference {
        PerInference::new(&self.counts(), self.inputs())
    }
}
