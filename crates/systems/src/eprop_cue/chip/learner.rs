//! A chip that is shown one sample after another, to learn it or to say its class.

use super::network::{ByteWeights, CLASSES, network};
use super::settings::ChipCueSettings;
use crate::eprop::control::{Intervention, coin};
use seamount_chip::{Chip, ChipProgram, Observations, RunOptions, SnapshotError, SpikeTrain};
use seamount_compile::CompileOptions;
use seamount_reference::eprop::{Sequence, Target};
use seamount_session::{Failure, build};
use seamount_spec::{Board, EventCounts};
use std::sync::Arc;

/// Steps at the end of a sample in which the readouts are asked.
const WINDOW: usize = 150;

/// The network of one seed, compiled, from which any number of chips can start.
pub struct CompiledCue {
    /// The network at its rates of learning, and halved once, twice and so on.
    programs: Vec<Arc<ChipProgram>>,
    settings: ChipCueSettings,
    seed: u64,
}

/// Answer to one sample, and its costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The readout with the larger sum of y over the recall window.
    pub class: usize,
    /// Events of all steps.
    pub counts: EventCounts,
}

/// A chip between two samples.
#[derive(Clone)]
pub struct CueLearner {
    chip: Chip,
    target: i32,
    threads: usize,
    intervention: Option<Intervention>,
    seed: u64,
    /// Samples that were learned.
    learned: u64,
}

impl CompiledCue {
    /// Compiles for a chip of the Loihi 2 class; `seed` is that of the rounding.
    ///
    /// # Errors
    /// If the network does not fit.
    pub fn new(
        settings: &ChipCueSettings,
        weights: &ByteWeights,
        seed: u64,
    ) -> Result<CompiledCue, Failure> {
        let board = Board::preset("loihi2").expect("a preset of ours");
        CompiledCue::on(settings, weights, seed, board)
    }

    pub(super) fn on(
        settings: &ChipCueSettings,
        weights: &ByteWeights,
        seed: u64,
        board: Board,
    ) -> Result<CompiledCue, Failure> {
        let options = CompileOptions::new(board);
        let last = settings.halvings(settings.epochs.saturating_sub(1));
        let mut programs = vec![];
        for halvings in 0..=last {
            // each has draws of its own: else the same would come again after a halving
            let seed = seed ^ (u64::from(halvings) << 32);
            let netlist = network(&settings.slower(halvings), weights, seed);
            programs.push(Arc::new(ChipProgram::new(&build(&netlist, &options)?)));
        }
        Ok(CompiledCue {
            programs,
            settings: settings.clone(),
            seed,
        })
    }

    /// Settings that the network was made with.
    pub fn settings(&self) -> &ChipCueSettings {
        &self.settings
    }

    /// Number of recurrent neurons.
    pub fn neurons(&self) -> usize {
        let rec = self.programs[0].population("rec");
        rec.map_or(0, |rec| rec.size() as usize)
    }

    /// A chip that has learned nothing; it runs on `threads` threads.
    pub fn learner(&self, threads: usize) -> CueLearner {
        CueLearner {
            chip: Chip::new(self.programs[0].clone()),
            target: self.settings.target,
            threads,
            intervention: self.settings.intervention,
            seed: self.seed,
            learned: 0,
        }
    }
}

impl CueLearner {
    /// Goes on at the rates of learning of an epoch, from the weights as they are: a chip whose
    /// neurons have those settings takes them over.
    pub(super) fn enter(&mut self, compiled: &CompiledCue, epoch: usize) {
        let now = compiled.settings.halvings(epoch);
        if epoch == 0 || now == compiled.settings.halvings(epoch - 1) {
            return;
        }
        let mut slower = Chip::new(compiled.programs[usize::from(now)].clone());
        assert!(
            slower.write_learned(&self.chip),
            "only settings of neurons differ"
        );
        self.chip = slower;
    }

    /// Shows one sample from rest and learns it: the right readout has a target in the recall
    /// window, the other its negative.
    pub fn learn(&mut self, sample: &Sequence) -> Shown {
        let targets = self.targets(sample);
        if let Some(intervention) = self.intervention {
            let changed = intervention.before(&mut self.chip, self.seed, self.learned);
            changed.expect("feedback that is made to be rewritten");
        }
        self.learned += 1;
        self.show(sample, targets)
    }

    /// Shows one sample from rest without targets, so that no weight moves.
    pub fn test(&mut self, sample: &Sequence) -> Shown {
        self.show(sample, vec![])
    }

    fn show(&mut self, sample: &Sequence, targets: Vec<(u64, u32, i32)>) -> Shown {
        self.chip.rest(&[]);
        let train = self.train(sample, targets);
        let options = RunOptions::new().threads(self.threads);
        let seen = self.chip.run(sample.input.len() as u64, &train, &options);
        Shown {
            class: answer(&seen),
            counts: seen.total(),
        }
    }

    /// Targets of a sample: step from its start, readout, value. None if it has no class.
    fn targets(&self, sample: &Sequence) -> Vec<(u64, u32, i32)> {
        let Target::Class(mut class) = sample.target else {
            return vec![];
        };
        if self.intervention == Some(Intervention::TargetsShuffled) {
            class = coin(self.seed, self.learned);
        }
        let value = |k: u32| {
            if k as usize == class {
                self.target
            } else {
                -self.target
            }
        };
        let steps = sample.input.len() as u64;
        let window = steps.saturating_sub(WINDOW as u64)..steps;
        let of_step = |t| (0..CLASSES).map(move |k| (t, k));
        window
            .flat_map(of_step)
            .map(|(t, k)| (t, k, value(k)))
            .collect()
    }

    /// Spikes and targets of a sample as events of the host, from the chip's next step on.
    fn train(&self, sample: &Sequence, targets: Vec<(u64, u32, i32)>) -> SpikeTrain {
        let program = self.chip.program();
        let start = self.chip.t();
        let first = |input| program.input(input).expect("the network's own input").0;
        let inputs = first("in");
        let outputs = first("target");
        let steps = (start..).zip(&sample.input);
        let spikes = steps.flat_map(|(t, spikes)| spikes.iter().map(move |n| (t, inputs + n)));
        let graded = targets
            .into_iter()
            .map(|(t, k, value)| (start + t, outputs + k, value));
        SpikeTrain::new(program, spikes.collect())
            .expect("the reader has checked the inputs")
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

    /// The chip, for its weights and snapshots.
    pub fn chip(&self) -> &Chip {
        &self.chip
    }
}

/// The readout with the larger sum of y over the recall window; the first of equals.
fn answer(seen: &Observations) -> usize {
    let y = seen.recording("out.y").expect("the network's own probe");
    let rows = y.steps.len();
    let window = rows.saturating_sub(WINDOW)..rows;
    let sum = |k| {
        window
            .clone()
            .map(|row| i64::from(y.get(row, k)))
            .sum::<i64>()
    };
    usize::from(sum(1) > sum(0))
}
