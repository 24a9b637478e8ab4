//! Runs a chip piece by piece, so that a progress bar can move and memory stays bounded.

use crate::failure::Failure;
use crate::screen::Progress;
use seamount_chip::observe::CoreCounts;
use seamount_chip::{Chip, Column, Observations, Recording, RunOptions, SpikeTrain};
use seamount_spec::{EventCounts, Record, StepClass};
use std::time::{Duration, Instant};

/// Most values of all recordings together.
const VALUES_MAX: u64 = 1 << 29;
/// Most values recorded in one piece of a run.
const PIECE_VALUES_MAX: u64 = 1 << 23;
/// Most steps whose events are kept one by one.
const PER_STEP_MAX: u64 = 20_000_000;
/// How long one piece should take.
const PIECE: Duration = Duration::from_millis(100);

/// What a run was seen to do, all pieces together.
#[derive(Debug, Default)]
pub struct Seen {
    /// Last step before the run.
    pub before: u64,
    /// Number of steps.
    pub steps: u64,
    /// Events of each core.
    pub cores: Vec<CoreCounts>,
    /// Spikes that the host injected.
    pub host_spikes: u64,
    /// Events of every step as lines of CSV, if asked for.
    pub per_step: Vec<u8>,
    /// Recordings, if kept.
    pub recordings: Vec<Recording>,
    /// Sum of the values of each recording, and the number of rows.
    pub sums: Vec<(i64, u64)>,
    /// Time it took.
    pub wall: Duration,
}

impl Seen {
    /// Events of the whole chip.
    pub fn total(&self) -> EventCounts {
        let mut total = EventCounts {
            host_spikes: self.host_spikes,
            ..EventCounts::default()
        };
        self.cores.iter().for_each(|c| total += c.total());
        total
    }

    /// Steps of all cores in each class.
    pub fn classes(&self) -> [u64; 3] {
        StepClass::ALL.map(|class| self.cores.iter().map(|c| c.steps[class as usize]).sum())
    }

    fn add(&mut self, piece: Observations, keep: bool) {
        self.steps += (piece.steps.1 + 1) - piece.steps.0;
        self.host_spikes += piece.host_spikes;
        for (sum, part) in self.cores.iter_mut().zip(piece.cores) {
            for class in 0..sum.steps.len() {
                sum.steps[class] += part.steps[class];
                sum.counts[class] += part.counts[class];
            }
        }
        for (step, counts) in (piece.steps.0..).zip(&piece.per_step) {
            self.per_step.extend(step.to_string().bytes());
            counts
                .values()
                .iter()
                .for_each(|value| self.per_step.extend(format!(",{value}").bytes()));
            self.per_step.push(b'\n');
        }
        for ((value, rows), recording) in self.sums.iter_mut().zip(&piece.recordings) {
            *value += recording.sum();
            *rows += recording.steps.len() as u64;
        }
        if keep && self.recordings.is_empty() {
            self.recordings = piece.recordings;
        } else if keep {
            self.recordings
                .iter_mut()
                .zip(piece.recordings)
                .for_each(|(all, part)| append(all, part));
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

/// Most events of single cores in single steps that are kept at a time.
const RECORD_COUNTS_MAX: u64 = 1 << 17;

/// Runs `steps` steps; keeps recordings if asked; shows `watch` the record of each piece, if the
/// options ask for one.
pub fn run(
    chip: &mut Chip,
    steps: u64,
    input: &SpikeTrain,
    options: &RunOptions,
    keep: bool,
    watch: &mut dyn FnMut(&Record),
) -> Result<Seen, Failure> {
    let before = chip.t();
    let last = before.checked_add(steps);
    if last.is_none_or(|last| last == u64::MAX) {
        return Err(Failure::usage(
            "--steps",
            format!("{steps} steps after step {before} are too many"),
        ));
    }
    let program = chip.program().clone();
    let values = program.recorded_values(before, steps);
    if keep && values > VALUES_MAX {
        let problem = format!(
            "{values} values would be recorded; at most {VALUES_MAX} are kept. Use windows, or fewer steps"
        );
        return Err(Failure::usage("--out", problem));
    }
    if options.per_step && steps > PER_STEP_MAX {
        return Err(Failure::usage(
            "--per-step",
            format!("at most {PER_STEP_MAX} steps; run in pieces with --save-state"),
        ));
    }
    let width = program.recorded_columns() + 1;
    let cores = if options.record {
        chip.program().cores.len().max(1) as u64
    } else {
        1
    };
    let piece_max = (PIECE_VALUES_MAX / width)
        .min(if options.record {
            RECORD_COUNTS_MAX / cores
        } else {
            u64::MAX
        })
        .max(1);
    let mut seen = Seen {
        before,
        ..Seen::default()
    };
    seen.sums = vec![(0, 0); program.probes.len() + program.learning_probes.len()];
    seen.cores = vec![CoreCounts::default(); chip.program().cores.len()];
    let (progress, start) = (Progress::new("steps"), Instant::now());
    let (mut done, mut piece) = (0, 64.min(piece_max));
    while done < steps {
        let piece_start = Instant::now();
        let now = piece.min(steps - done);
        let piece_seen = chip.run(now, input, options);
        watch(&piece_seen.record);
        seen.add(piece_seen, keep);
        done += now;
        progress.set(done, steps);
        if piece_start.elapsed() < PIECE {
            piece = (piece * 2).min(piece_max).min(1 << 16);
        }
    }
    if keep && seen.recordings.is_empty() {
        seen.recordings = chip.run(0, input, options).recordings;
    }
    seen.wall = start.elapsed();
    Ok(seen)
}
