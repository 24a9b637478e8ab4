//! A run that is kept while it goes on, so that it can be cut off at any time.
//!
//! What is kept is the state of the chip and everything that was counted and recorded so far, so
//! that a run in two pieces gives the recordings, counts and report of a run in one. Clocks of a
//! fidelity are not kept: theirs is the state of every FIFO and router.

use super::{RecordedSum, RunOutcome, Stepper};
use crate::checkpoint::{Checkpoint, CheckpointOptions};
use crate::failure::Failure;
use seamount_chip::{Column, CoreCounts, Recording, RunOptions, SpikeTrain};
use seamount_spec::EventCounts;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// The checkpoint of a run, and what its caller notes beside it.
pub struct RunKeeping<'a> {
    checkpoint: Checkpoint,
    notes: &'a dyn Fn() -> Vec<u8>,
    begun: Option<RunOutcome>,
    noted: Option<Vec<u8>>,
}

/// A run as it stands in the file.
#[derive(Serialize, Deserialize)]
struct KeptRun<'a> {
    before: u64,
    steps: u64,
    host_spikes: u64,
    cores: Vec<([u64; 3], [EventCounts; 3])>,
    sums: Vec<(i64, u64)>,
    recordings: Vec<KeptRecording<'a>>,
    wall: Duration,
    state: Cow<'a, [u8]>,
    noted: Cow<'a, [u8]>,
}

/// Rows of a recording; its name, register and neurons are those of the program.
#[derive(Serialize, Deserialize)]
struct KeptRecording<'a> {
    steps: Cow<'a, [u64]>,
    values: KeptColumn<'a>,
}

#[derive(Serialize, Deserialize)]
enum KeptColumn<'a> {
    /// Spikes: how many values, and their bits.
    Bits(u64, Cow<'a, [u64]>),
    Words(Cow<'a, [i32]>),
}

impl<'a> RunKeeping<'a> {
    /// Keeps a run in a file, and goes on from it if that is asked for: the machine is then where
    /// the run was cut off. `what` names everything else that the result depends on. `notes` gives
    /// what the caller wants back beside it.
    ///
    /// # Errors
    /// As [`Checkpoint::open`]; a file that cannot be of this machine.
    pub(crate) fn open(
        machine: &mut impl Stepper,
        options: &CheckpointOptions,
        what: impl IntoIterator<Item = (&'static str, String)>,
        notes: &'a dyn Fn() -> Vec<u8>,
    ) -> Result<RunKeeping<'a>, Failure> {
        let program = machine.its_program();
        let image = ("image", format!("{:016x}", program.fingerprint));
        let head = [("work", "run".to_string()), image];
        let mut checkpoint = Checkpoint::open(options, head.into_iter().chain(what))?;
        let kept: Option<KeptRun<'_>> = checkpoint.take()?;
        let mut keeping = RunKeeping {
            checkpoint,
            notes,
            begun: None,
            noted: None,
        };
        if let Some(kept) = kept {
            let path = keeping.checkpoint.path();
            let wrong = |problem: String| Failure::input(path, problem);
            let noted = kept.noted.to_vec();
            let begun = kept.outcome(machine).map_err(wrong)?;
            keeping.begun = Some(begun);
            keeping.noted = Some(noted);
        }
        Ok(keeping)
    }

    /// What the caller noted when the file was written; none of a new run.
    pub fn noted(&mut self) -> Option<Vec<u8>> {
        self.noted.take()
    }

    /// Steps that were done before.
    pub fn steps_done(&self) -> u64 {
        self.begun.as_ref().map_or(0, |begun| begun.steps)
    }

    /// The outcome so far; none of a new run. Units are counted from here on.
    pub(super) fn begin(&mut self) -> Option<RunOutcome> {
        self.checkpoint.begin(self.steps_done());
        self.begun.take()
    }

    /// Most steps until the next writing.
    pub(super) fn steps_left(&self, done: u64) -> u64 {
        self.checkpoint.units_left(done).unwrap_or(u64::MAX)
    }

    /// Writes the run down, if it is time to or it ends here.
    pub(super) fn keep(
        &mut self,
        machine: &mut impl Stepper,
        outcome: &RunOutcome,
        is_last: bool,
    ) -> Result<(), Failure> {
        if !is_last && !self.checkpoint.is_due(outcome.steps) {
            return Ok(());
        }
        let cores = outcome.cores.iter().map(|core| (core.steps, core.counts));
        let sums = outcome.sums.iter().map(|sum| (sum.sum, sum.rows));
        let kept = KeptRun {
            before: outcome.before,
            steps: outcome.steps,
            host_spikes: outcome.host_spikes,
            cores: cores.collect(),
            sums: sums.collect(),
            recordings: outcome.recordings.iter().map(KeptRecording::of).collect(),
            wall: outcome.wall,
            state: machine.state()?.into(),
            noted: (self.notes)().into(),
        };
        self.checkpoint.save(outcome.steps, &kept)
    }
}

impl KeptRun<'_> {
    /// Puts the machine where the run was, and gives what it had come to.
    fn outcome(self, machine: &mut impl Stepper) -> Result<RunOutcome, String> {
        machine.go_back(&self.state)?;
        let end = self.before.checked_add(self.steps);
        if end != Some(machine.last_step()) {
            let problem = "its number of steps is not that of its state";
            return Err(problem.into());
        }
        let mut outcome = RunOutcome::begin(machine);
        if self.cores.len() != outcome.cores.len() || self.sums.len() != outcome.sums.len() {
            return Err("is of another number of cores or probes".into());
        }
        outcome.before = self.before;
        outcome.steps = self.steps;
        outcome.host_spikes = self.host_spikes;
        outcome.wall = self.wall;
        for (core, (steps, counts)) in outcome.cores.iter_mut().zip(self.cores) {
            *core = CoreCounts::default();
            core.steps = steps;
            core.counts = counts;
        }
        for (sum, (total, rows)) in outcome.sums.iter_mut().zip(self.sums) {
            *sum = RecordedSum { sum: total, rows };
        }
        if self.recordings.is_empty() {
            return Ok(outcome);
        }
        // names, registers and neurons, without rows
        let none = machine.steps(0, &SpikeTrain::default(), &RunOptions::default());
        outcome.recordings = none
            .map_err(|failure| failure.lines().join("; "))?
            .recordings;
        if outcome.recordings.len() != self.recordings.len() {
            return Err("is of another number of probes".into());
        }
        for (recording, kept) in outcome.recordings.iter_mut().zip(self.recordings) {
            kept.fill(recording)?;
        }
        Ok(outcome)
    }
}

impl<'a> KeptRecording<'a> {
    fn of(recording: &'a Recording) -> KeptRecording<'a> {
        let values = match &recording.values {
            Column::Bits(bits) => KeptColumn::Bits(bits.len() as u64, bits.as_raw_slice().into()),
            Column::Words(words) => KeptColumn::Words(words.into()),
        };
        KeptRecording {
            steps: (&recording.steps).into(),
            values,
        }
    }

    /// Fills a recording that has no rows.
    fn fill(self, recording: &mut Recording) -> Result<(), String> {
        let wanted = self.steps.len() as u64 * recording.neurons.len() as u64;
        let found = match (&mut recording.values, self.values) {
            (Column::Bits(bits), KeptColumn::Bits(count, words)) => {
                let all = words
                    .iter()
                    .flat_map(|word| (0..64).map(move |at| word >> at & 1 == 1));
                bits.extend(all.take(count as usize));
                bits.len()
            }
            (Column::Words(all), KeptColumn::Words(words)) => {
                *all = words.into_owned();
                all.len()
            }
            _ => return Err(format!("recording '{}' is of another kind", recording.name)),
        };
        recording.steps = self.steps.into_owned();
        match found as u64 == wanted {
            true => Ok(()),
            false => Err(format!(
                "recording '{}' has {found} values, wanted {wanted}",
                recording.name
            )),
        }
    }
}
