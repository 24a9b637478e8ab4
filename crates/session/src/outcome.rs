//! A run in pieces, so that somebody can watch it, stop it, and memory stays bounded.
//!
//! A long run is cut into pieces of 20 to 40 ms. After each, the caller is shown what happened in
//! it and says whether to go on: a progress bar moves, a timer sees every packet, Ctrl-C stops at
//! the end of a step. Results do not depend on where a run is cut.

use crate::failure::Failure;
use crate::spread::rank_failure;
use seamount_chip::{Chip as Machine, ChipProgram, RankedChip, Transport};
use seamount_chip::{Column, CoreCounts, Observations, Recording, RunOptions, SpikeTrain};
use seamount_spec::{EventCounts, Record, StepClass};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Most values of all recordings together.
const VALUES_MAX: u64 = 1 << 29;
/// Most values recorded in one piece of a run.
const PIECE_VALUES_MAX: u64 = 1 << 23;
/// Most events of single cores in single steps that are kept at a time, where a record is asked
/// for.
const RECORD_COUNTS_MAX: u64 = 1 << 17;
/// How long one piece takes at least, if it has not the most steps: a piece of less is followed by
/// one of twice as many steps. So a piece is over within twice this time, and whoever stops a run
/// waits no longer than that.
const PIECE: Duration = Duration::from_millis(20);
/// Steps of the first piece; the next ones are twice as long each, until they take long enough.
const PIECE_STEPS_FIRST: u64 = 64;
/// Most steps of a piece.
const PIECE_STEPS_MAX: u64 = 1 << 16;

/// What a run keeps of its recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Every value.
    Values,
    /// Of each recording the sum of its values and the number of its rows.
    Sums,
}

/// A piece of a run as its watcher sees it.
#[derive(Debug)]
#[non_exhaustive]
pub struct RunPiece<'a> {
    /// Steps done so far, this piece included.
    pub done: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// Number of the first step of this piece.
    pub first: u64,
    /// Events of each core in each step and every packet, if the options ask for a record.
    pub record: &'a Record,
    /// Events of each step of the piece, if the options ask for them.
    pub per_step: &'a [EventCounts],
}

/// Sum of the values of a recording.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordedSum {
    /// Sum of all values; of a spike probe the number of spikes.
    pub sum: i64,
    /// Number of steps recorded.
    pub rows: u64,
}

/// What a run did, all pieces together.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RunOutcome {
    /// Number of the last step before the run.
    pub before: u64,
    /// Number of steps that were run.
    pub steps: u64,
    /// Events of each core.
    pub cores: Vec<CoreCounts>,
    /// Spikes that the host injected.
    pub host_spikes: u64,
    /// Recordings in the order of the probes, if kept.
    pub recordings: Vec<Recording>,
    /// Sum of each recording, kept or not.
    pub sums: Vec<RecordedSum>,
    /// Events of every step, if the options ask for them and the run was not in pieces.
    pub per_step: Vec<EventCounts>,
    /// Time it took on this machine.
    pub wall: Duration,
}

impl RunOutcome {
    /// Events of the whole chip.
    pub fn total(&self) -> EventCounts {
        let mut total = EventCounts {
            host_spikes: self.host_spikes,
            ..EventCounts::default()
        };
        self.cores.iter().for_each(|core| total += core.total());
        total
    }

    /// The recording of a probe by its name, if it was kept.
    pub fn recording(&self, probe: &str) -> Option<&Recording> {
        self.recordings.iter().find(|r| r.name == probe)
    }

    /// Steps of all cores in each class, in the order of [`StepClass::ALL`].
    pub(crate) fn classes(&self) -> [u64; 3] {
        StepClass::ALL.map(|class| self.cores.iter().map(|c| c.steps[class as usize]).sum())
    }

    fn add(&mut self, piece: Observations, kept: Kept) {
        let (first, last) = piece.steps;
        self.steps += (last + 1) - first;
        self.host_spikes += piece.host_spikes;
        for (sum, part) in self.cores.iter_mut().zip(piece.cores) {
            for class in 0..sum.steps.len() {
                sum.steps[class] += part.steps[class];
                sum.counts[class] += part.counts[class];
            }
        }
        for (sum, recording) in self.sums.iter_mut().zip(&piece.recordings) {
            sum.sum += recording.sum();
            sum.rows += recording.steps.len() as u64;
        }
        if kept == Kept::Sums {
            return;
        }
        if self.recordings.is_empty() {
            self.recordings = piece.recordings;
        } else {
            for (all, part) in self.recordings.iter_mut().zip(piece.recordings) {
                append(all, part);
            }
        }
    }
}

fn append(all: &mut Recording, part: Recording) {
    all.steps.extend(part.steps);
    match (&mut all.values, part.values) {
        (Column::Bits(all), Column::Bits(part)) => all.extend_from_bitslice(&part),
        (Column::Words(all), Column::Words(part)) => all.extend(part),
        _ => unreachable!("a probe keeps its register"),
    }
}

/// Whoever steps the cores of a program: one process, or many ranks.
pub(crate) trait Stepper {
    /// Number of the last step.
    fn last_step(&self) -> u64;

    fn its_program(&self) -> &ChipProgram;

    /// Runs so many steps.
    ///
    /// # Errors
    /// If a rank is gone.
    fn steps(
        &mut self,
        steps: u64,
        input: &SpikeTrain,
        options: &RunOptions,
    ) -> Result<Observations, Failure>;
}

impl Stepper for Machine {
    fn last_step(&self) -> u64 {
        self.t()
    }

    fn its_program(&self) -> &ChipProgram {
        self.program()
    }

    fn steps(
        &mut self,
        steps: u64,
        input: &SpikeTrain,
        options: &RunOptions,
    ) -> Result<Observations, Failure> {
        Ok(self.run(steps, input, options))
    }
}

/// The input is what the ranks were fed before the run.
impl<T: Transport> Stepper for RankedChip<T> {
    fn last_step(&self) -> u64 {
        self.t()
    }

    fn its_program(&self) -> &ChipProgram {
        self.program()
    }

    fn steps(
        &mut self,
        steps: u64,
        _input: &SpikeTrain,
        options: &RunOptions,
    ) -> Result<Observations, Failure> {
        self.run(steps, options).map_err(rank_failure)
    }
}

/// Runs `steps` steps and shows each piece to `watch`, which may stop the run at its end.
///
/// # Errors
/// More steps than can be numbered, or more values than are kept; a rank that is gone.
pub(crate) fn run(
    machine: &mut impl Stepper,
    steps: u64,
    input: &SpikeTrain,
    options: &RunOptions,
    kept: Kept,
    watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
) -> Result<RunOutcome, Failure> {
    let before = machine.last_step();
    let last = before.checked_add(steps);
    if last.is_none_or(|last| last == u64::MAX) {
        let problem = format!("{steps} steps after step {before} are too many");
        return Err(Failure::option("steps", problem));
    }
    let program = machine.its_program();
    let probes = program.recordings().count();
    if kept == Kept::Values {
        values_must_fit(program.recorded_values(before, steps))?;
    }
    let piece_max = piece_steps_max(program, options);
    let mut outcome = RunOutcome {
        before,
        cores: vec![CoreCounts::default(); machine.its_program().cores_of_all_ranks()],
        sums: vec![RecordedSum::default(); probes],
        ..RunOutcome::default()
    };
    let start = Instant::now();
    let mut done = 0;
    let mut length = PIECE_STEPS_FIRST.min(piece_max);
    while done < steps {
        let piece_start = Instant::now();
        let now = length.min(steps - done);
        let seen = machine.steps(now, input, options)?;
        done += now;
        let verdict = watch(&RunPiece {
            done,
            steps,
            first: seen.steps.0,
            record: &seen.record,
            per_step: &seen.per_step,
        });
        outcome.add(seen, kept);
        if verdict.is_break() {
            break;
        }
        if piece_start.elapsed() < PIECE {
            length = (length * 2).min(piece_max).min(PIECE_STEPS_MAX);
        }
    }
    if kept == Kept::Values && outcome.recordings.is_empty() {
        // a run of no steps has recordings too: their names, neurons and no rows
        outcome.recordings = machine.steps(0, input, options)?.recordings;
    }
    outcome.wall = start.elapsed();
    Ok(outcome)
}

fn values_must_fit(values: u64) -> Result<(), Failure> {
    if values <= VALUES_MAX {
        return Ok(());
    }
    let problem = format!(
        "{values} values would be recorded; at most {VALUES_MAX} are kept. \
         Use windows, or fewer steps"
    );
    Err(Failure::option("out", problem))
}

/// Most steps of a piece, so that what it records fits a bounded memory.
fn piece_steps_max(program: &ChipProgram, options: &RunOptions) -> u64 {
    let by_values = PIECE_VALUES_MAX / (program.recorded_columns() + 1);
    let by_record = if options.record {
        RECORD_COUNTS_MAX / program.cores_of_all_ranks().max(1) as u64
    } else {
        u64::MAX
    };
    by_values.min(by_record).max(1)
}
