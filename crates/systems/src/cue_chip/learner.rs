//! A chip that learns sample after sample.

use super::network::{ByteWeights, CLASSES, network};
use super::settings::ChipCueSettings;
use seamount_chip::{Chip, ChipProgram, Observations, RunOptions, SnapshotError, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_reference::eprop::{Sequence, Target};
use seamount_spec::{Board, EventCounts};
use seamount_study::LabError;
use std::sync::Arc;

/// Steps at the end of a sample in which the readouts are asked.
const WINDOW: usize = 150;

/// The network of some seed, compiled.
pub struct Compiled {
    program: Arc<ChipProgram>,
    settings: ChipCueSettings,
}

/// What one sample gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The readout with the larger sum of y over the recall window.
    pub class: usize,
    /// Events.
    pub counts: EventCounts,
}

/// A chip between two samples.
#[derive(Clone)]
pub struct Learner {
    chip: Chip,
    target: i32,
    threads: usize,
}

impl Compiled {
    /// Compiles for a chip of the Loihi 2 class.
    pub fn new(
        settings: &ChipCueSettings,
        weights: &ByteWeights,
        seed: u64,
    ) -> Result<Compiled, LabError> {
        let board = Board::preset("loihi2").expect("a preset of ours");
        Compiled::on(settings, weights, seed, board)
    }

    pub(super) fn on(
        settings: &ChipCueSettings,
        weights: &ByteWeights,
        seed: u64,
        board: Board,
    ) -> Result<Compiled, LabError> {
        let options = CompileOptions::new(board);
        let compiled = compile(&network(settings, weights, seed), &options)?;
        let image = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce)
            .map_err(LabError::Image)?;
        Ok(Compiled {
            program: Arc::new(ChipProgram::new(&image)),
            settings: settings.clone(),
        })
    }

    /// What was chosen.
    pub fn settings(&self) -> &ChipCueSettings {
        &self.settings
    }

    /// Recurrent neurons.
    pub fn neurons(&self) -> usize {
        self.program
            .population("rec")
            .map_or(0, |rec| rec.size() as usize)
    }

    /// A chip that has learned nothing.
    pub fn learner(&self, threads: usize) -> Learner {
        Learner {
            chip: Chip::new(self.program.clone()),
            target: self.settings.target,
            threads,
        }
    }
}

impl Learner {
    /// Shows one sample from rest, with targets in the recall window if it is to learn.
    pub fn show(&mut self, sample: &Sequence, learn: bool) -> Shown {
        self.chip.rest(&[]);
        let train = self.train(sample, learn);
        let options = RunOptions {
            threads: self.threads,
            ..RunOptions::default()
        };
        let seen = self.chip.run(sample.input.len() as u64, &train, &options);
        Shown {
            class: answer(&seen),
            counts: seen.total(),
        }
    }

    /// Spikes of a sample, and targets.
    fn train(&self, sample: &Sequence, learn: bool) -> SpikeTrain {
        let (program, start) = (self.chip.program(), self.chip.t());
        let first = |input| program.input(input).expect("the network's own input").0;
        let (inputs, targets) = (first("in"), first("target"));
        let spikes = (start..)
            .zip(&sample.input)
            .flat_map(|(t, spikes)| spikes.iter().map(move |n| (t, inputs + n)));
        let right = match sample.target {
            Target::Class(class) if learn => Some(class as u32),
            _ => None,
        };
        let steps = sample.input.len() as u64;
        let window = start + steps.saturating_sub(WINDOW as u64)..start + steps;
        let of = |t| {
            move |(k, right)| {
                (
                    t,
                    targets + k,
                    if k == right {
                        self.target
                    } else {
                        -self.target
                    },
                )
            }
        };
        let graded = window.flat_map(|t| {
            (0..CLASSES)
                .filter_map(move |k| Some((k, right?)))
                .map(of(t))
        });
        let train =
            SpikeTrain::new(program, spikes.collect()).expect("the reader has checked the inputs");
        train
            .with_graded(program, graded.collect())
            .expect("targets are small and do not learn")
    }

    /// Goes back to a snapshot of the chip.
    ///
    /// # Errors
    /// If it is none of this network.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), SnapshotError> {
        self.chip.restore(snapshot)
    }

    /// The chip.
    pub fn chip(&self) -> &Chip {
        &self.chip
    }
}

/// The readout with the larger sum of y at the end.
fn answer(seen: &Observations) -> usize {
    let y = seen.recording("out.y").expect("the network's own probe");
    let rows = y.steps.len();
    let sum = |k| {
        (rows.saturating_sub(WINDOW)..rows)
            .map(|row| i64::from(y.get(row, k)))
            .sum::<i64>()
    };
    usize::from(sum(1) > sum(0))
}
