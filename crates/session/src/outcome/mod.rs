//! A run in pieces, so that somebody can watch it, stop it, and memory stays bounded.
//!
//! A long run is cut into pieces of 5 to 10 ms. After each, the caller is shown what happened in
//! it and says whether to go on: a progress bar moves, a timer sees every packet, Ctrl-C stops at
//! the end of a step. Results do not depend on where a run is cut.

mod keeping;
mod stepper;

pub use keeping::RunKeeping;
pub(crate) use stepper::Stepper;

use crate::failure::Failure;
use seamount_chip::ChipProgram;
use seamount_chip::{CoreCounts, Observations, Reading, Recording, RunOptions, SpikeTrain};
use seamount_network::memory::allow;
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
/// one of twice as many steps, a piece of more than twice this time by a shorter one. So whoever
/// stops a run waits for twice this time, as long as steps cost what they did before. It is far
/// below the 50 ms in which Ctrl-C must be heard, as a busy machine makes every piece longer, and
/// far above the microseconds that a piece costs by itself.
const PIECE: Duration = Duration::from_millis(5);
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
    /// What the embedded processors read, in the order of the schedules; always kept.
    pub readings: Vec<Reading>,
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

    /// All recordings, what the embedded processors read among them.
    pub fn recorded(&self) -> Vec<Recording> {
        let readings = self.readings.iter().map(Reading::recording);
        self.recordings.iter().cloned().chain(readings).collect()
    }

    /// What the embedded processors read by the name of the read.
    pub fn reading(&self, name: &str) -> Option<&Reading> {
        self.readings.iter().find(|r| r.name == name)
    }

    /// The recording of a probe by its name, if it was kept.
    pub fn recording(&self, probe: &str) -> Option<&Recording> {
        self.recordings.iter().find(|r| r.name == probe)
    }

    /// Steps of all cores in each class, in the order of [`StepClass::ALL`].
    pub(crate) fn classes(&self) -> [u64; 3] {
        StepClass::ALL.map(|class| self.cores.iter().map(|c| c.steps[class as usize]).sum())
    }

    /// The outcome of a run that has not begun.
    fn begin(machine: &impl Stepper) -> RunOutcome {
        RunOutcome {
            before: machine.last_step(),
            cores: vec![CoreCounts::default(); machine.its_program().cores_of_all_ranks()],
            sums: vec![RecordedSum::default(); machine.its_program().recordings().count()],
            ..RunOutcome::default()
        }
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
        if self.readings.is_empty() {
            self.readings = piece.readings;
        } else {
            for (all, part) in self.readings.iter_mut().zip(piece.readings) {
                all.steps.extend(part.steps);
                all.values.extend(part.values);
            }
        }
        if kept == Kept::Sums {
            return;
        }
        if self.recordings.is_empty() {
            self.recordings = piece.recordings;
        } else {
            for (all, part) in self.recordings.iter_mut().zip(piece.recordings) {
                all.append(part);
            }
        }
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
    go_on(machine, steps, input, options, kept, None, watch)
}

/// As [`run`], with the run kept in a file; one that was kept before goes on, up to `steps` in all.
///
/// # Errors
/// As [`run`]; a run that is longer than `steps` already; a file that cannot be written.
pub(crate) fn go_on(
    machine: &mut impl Stepper,
    steps: u64,
    input: &SpikeTrain,
    options: &RunOptions,
    kept: Kept,
    mut keeping: Option<&mut RunKeeping<'_>>,
    watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
) -> Result<RunOutcome, Failure> {
    let begun = keeping.as_mut().and_then(|keeping| keeping.begin());
    let mut outcome = begun.unwrap_or_else(|| RunOutcome::begin(machine));
    let before = outcome.before;
    if outcome.steps > steps {
        let problem = format!(
            "the checkpoint is of {} steps, and {steps} are asked for",
            outcome.steps
        );
        return Err(Failure::option("steps", problem));
    }
    let last = before.checked_add(steps);
    if last.is_none_or(|last| last == u64::MAX) {
        let problem = format!("{steps} steps after step {before} are too many");
        return Err(Failure::option("steps", problem));
    }
    let program = machine.its_program();
    if kept == Kept::Values {
        recordings_must_fit(program, before, steps)?;
    }
    values_must_fit(program.managed(before, steps).reads)?;
    let piece_max = piece_steps_max(program, options);
    let earlier = outcome.wall;
    let start = Instant::now();
    let mut done = outcome.steps;
    let mut length = PIECE_STEPS_FIRST.min(piece_max);
    while done < steps {
        let piece_start = Instant::now();
        let mut now = length.min(steps - done);
        if let Some(keeping) = &keeping {
            now = now.min(keeping.steps_left(done));
        }
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
        if let Some(keeping) = &mut keeping {
            outcome.wall = earlier + start.elapsed();
            keeping.keep(machine, &outcome, verdict.is_break())?;
        }
        if verdict.is_break() {
            break;
        }
        // a piece that a checkpoint or the end cut short says nothing of one of full length
        if now == length {
            length = next_length(length, piece_start.elapsed()).min(piece_max);
        }
    }
    if kept == Kept::Values && outcome.recordings.is_empty() {
        // a run of no steps has recordings too: their names, neurons and no rows
        outcome.recordings = machine.steps(0, input, options)?.recordings;
    }
    outcome.wall = earlier + start.elapsed();
    Ok(outcome)
}

/// Steps of the next piece, after one of `length` steps that took `took`.
///
/// Steps get dearer when a network wakes up: a piece that was measured in silence would keep
/// whoever wants to stop it waiting for as many steps in a storm.
fn next_length(length: u64, took: Duration) -> u64 {
    if took < PIECE {
        return (length * 2).min(PIECE_STEPS_MAX);
    }
    if took <= 2 * PIECE {
        return length;
    }
    let share = PIECE.as_secs_f64() / took.as_secs_f64();
    ((length as f64 * share) as u64).max(1)
}

/// Asks for what the probes record in `steps` steps after step `before`.
fn recordings_must_fit(program: &ChipProgram, before: u64, steps: u64) -> Result<(), Failure> {
    values_must_fit(program.recorded_values(before, steps))?;
    // a recording that grows has its old and its new place for a moment
    let bytes = program.recorded_bytes(before, steps);
    allow("the recordings of the run", bytes, 2).map_err(|short| Failure::memory("run", short))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_grow_to_their_time_and_shrink_when_steps_get_dearer() {
        // a step of a microsecond, then one of a hundred
        let length = |mut length: u64, step: Duration, turns: usize| {
            for _ in 0..turns {
                length = next_length(length, step * length as u32);
            }
            length
        };
        let quiet = length(PIECE_STEPS_FIRST, Duration::from_micros(1), 20);
        assert!((5000..10_000).contains(&quiet), "{quiet}");
        let storm = length(quiet, Duration::from_micros(100), 1);
        assert!((25..=100).contains(&storm), "{storm}");
        assert_eq!(length(1, Duration::from_secs(1), 3), 1);
        assert_eq!(
            length(PIECE_STEPS_MAX, Duration::from_nanos(1), 3),
            PIECE_STEPS_MAX
        );
    }
}
