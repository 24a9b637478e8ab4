//! Reading of probes, step by step, and the recordings that come of it.
//!
//! What a probe reads lies side by side mostly: the neurons of a population are consecutive columns
//! of a core. So places are put together to runs once, at the start; in a step a run is a slice
//! that is copied, or, of spikes, packed to bits. Every value has its place in the recording,
//! whoever reads it: that keeps recordings the same for any number of workers.
//!
//! What this module does *not* know: when a step is, and what a register means.

use crate::bits::BitRows;
use crate::observe::{Column, Reading, Recording};
use crate::program::{ChipProgram, LearningProbeProgram, ProbeProgram, SynapsePlace};
use crate::window::Window;
use bitvec::vec::BitVec;
use seamount_image::ImageRegister;
use seamount_neurocore::CoreState;
use seamount_neurocore::kernel::pack_flags;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Reads the probes of a run of cores.
pub(crate) struct Recorder {
    watches: Vec<Watch>,
}

/// One probe, as far as it concerns these cores.
struct Watch {
    window: Window,
    register: ImageRegister,
    /// Whether places are synapses, not compartments.
    learned: bool,
    runs: Vec<ReadRun>,
    rows: Vec<u64>,
    values: RunValues,
}

/// Consecutive values of a recording that are read from consecutive places of a core.
#[derive(Debug, Clone, Copy)]
struct ReadRun {
    /// Core among those of the worker.
    core: usize,
    /// First place on the core.
    place: u32,
    /// First column of the recording.
    column: usize,
    /// Number of values.
    count: usize,
}

/// Values of the runs of a watch, step by step.
#[derive(Debug, Serialize, Deserialize)]
enum RunValues {
    Bits(BitRows),
    Words(Vec<i32>),
}

/// What a worker or a rank recorded of one probe.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RecordedPart {
    /// First column and number of values of each run that was read, in the order of the values.
    columns: Vec<(usize, usize)>,
    /// Step of each row.
    rows: Vec<u64>,
    values: RunValues,
}

/// Places of a probe on some cores, as runs.
fn runs(places: &[(u32, u32)], cores: &Range<usize>) -> Vec<ReadRun> {
    let mut runs: Vec<ReadRun> = vec![];
    for (column, &(core, place)) in places.iter().enumerate() {
        if !cores.contains(&(core as usize)) {
            continue;
        }
        let core = core as usize - cores.start;
        if let Some(run) = runs.last_mut()
            && run.core == core
            && run.column + run.count == column
            && run.place as usize + run.count == place as usize
        {
            run.count += 1;
            continue;
        }
        runs.push(ReadRun {
            core,
            place,
            column,
            count: 1,
        });
    }
    runs
}

/// A learned variable of a synapse.
pub(crate) fn learned(cores: &[CoreState], place: SynapsePlace, register: ImageRegister) -> i32 {
    let (core, synapse) = place;
    let Some(state) = &cores[core as usize].learning else {
        return 0;
    };
    let at = synapse as usize;
    match register {
        ImageRegister::Weight => state.weights.get(at).copied().map_or(0, i32::from),
        ImageRegister::Delay => state.delays.get(at).copied().map_or(0, i32::from),
        ImageRegister::SecondTag => state.second_tags.get(at).copied().map_or(0, i32::from),
        ImageRegister::PreTrace(trace) => state
            .pre
            .get(usize::from(trace))
            .map_or(0, |t| t[at].into()),
        _ => state.tags.get(at).copied().map_or(0, i32::from),
    }
}

impl Watch {
    fn of_compartments(probe: &ProbeProgram, cores: &Range<usize>) -> Watch {
        let register = probe.plan.register;
        Watch {
            window: probe.window(),
            register,
            learned: false,
            runs: runs(&probe.places, cores),
            rows: vec![],
            values: match register {
                ImageRegister::Spike => RunValues::Bits(BitRows::default()),
                _ => RunValues::Words(vec![]),
            },
        }
    }

    fn of_synapses(probe: &LearningProbeProgram, cores: &Range<usize>) -> Watch {
        Watch {
            window: probe.window(),
            register: probe.plan.register,
            learned: true,
            runs: runs(&probe.places, cores),
            rows: vec![],
            values: RunValues::Words(vec![]),
        }
    }

    /// Reads all runs once.
    fn read(&mut self, cores: &[CoreState], packed: &mut Vec<u64>) {
        for run in &self.runs {
            let state = &cores[run.core];
            let places = run.place as usize..run.place as usize + run.count;
            match &mut self.values {
                RunValues::Bits(bits) => {
                    pack_flags(&state.fired[places], packed);
                    bits.extend(packed, run.count);
                }
                RunValues::Words(words) if self.learned => {
                    let place = |place: usize| (run.core as u32, place as u32);
                    words.extend(places.map(|at| learned(cores, place(at), self.register)));
                }
                RunValues::Words(words) => {
                    state.read_run(run.place, run.count, self.register, words);
                }
            }
        }
    }
}

impl Recorder {
    /// Nothing recorded yet of the cores.
    pub(crate) fn new(program: &ChipProgram, cores: Range<usize>) -> Recorder {
        let compartments = program.probes.iter();
        let synapses = program.learning_probes.iter();
        Recorder {
            watches: compartments
                .map(|probe| Watch::of_compartments(probe, &cores))
                .chain(synapses.map(|probe| Watch::of_synapses(probe, &cores)))
                .chain((program.reads.iter()).map(|(p, _)| Watch::of_compartments(p, &cores)))
                .collect(),
        }
    }

    /// Reads the probes that are due in step `t`; `packed` is memory that is used again.
    pub(crate) fn record(&mut self, t: u64, cores: &[CoreState], packed: &mut Vec<u64>) {
        for watch in &mut self.watches {
            if watch.window.reads(t) {
                watch.rows.push(t);
                watch.read(cores, packed);
            }
        }
    }

    /// What was recorded of each probe.
    pub(crate) fn finish(self) -> Vec<RecordedPart> {
        let part = |watch: Watch| RecordedPart {
            columns: (watch.runs.iter())
                .map(|run| (run.column, run.count))
                .collect(),
            rows: watch.rows,
            values: watch.values,
        };
        self.watches.into_iter().map(part).collect()
    }
}

/// Puts the parts of all workers together, each by probe; each value has its place, so the order of
/// the workers is no matter.
pub(crate) fn merge(
    program: &ChipProgram,
    workers: Vec<Vec<RecordedPart>>,
) -> (Vec<Recording>, Vec<Reading>) {
    let mut workers: Vec<_> = workers.into_iter().map(Vec::into_iter).collect();
    let mut next = || workers.iter_mut().filter_map(Iterator::next).collect();
    let recording = |probe: &ProbeProgram, parts: Vec<RecordedPart>| {
        let (steps, values) = together(parts, probe.neurons.len());
        Recording {
            name: probe.plan.name.clone(),
            register: probe.plan.register,
            neurons: probe.neurons.clone(),
            steps,
            values,
        }
    };
    let mut recordings = vec![];
    for probe in &program.probes {
        recordings.push(recording(probe, next()));
    }
    for probe in &program.learning_probes {
        let width = probe.synapses.len();
        let (steps, values) = together(next(), width);
        recordings.push(Recording {
            name: probe.plan.name.clone(),
            register: probe.plan.register,
            neurons: probe.synapses.clone(),
            steps,
            values,
        });
    }
    let reads = program.reads.iter();
    let readings = reads.map(|(probe, argmax)| Reading::new(recording(probe, next()), *argmax));
    let readings = readings.collect();
    (recordings, readings)
}

impl RecordedPart {
    /// Number of values of a row.
    fn width(&self) -> usize {
        self.columns.iter().map(|run| run.1).sum()
    }
}

/// Steps and values of a probe from the parts of all workers.
fn together(mut parts: Vec<RecordedPart>, width: usize) -> (Vec<u64>, Column) {
    let steps = parts.first().map_or(vec![], |part| part.rows.clone());
    // one worker has everything, in order: what it has is the recording
    let values = match parts.iter().position(|part| part.width() == width) {
        Some(whole) => parts.swap_remove(whole).values,
        None => interleaved(&parts, steps.len(), width),
    };
    let values = match values {
        RunValues::Words(words) => Column::Words(words),
        RunValues::Bits(bits) => {
            let length = bits.len();
            let mut bits = BitVec::from_vec(bits.into_words());
            bits.truncate(length);
            Column::Bits(bits)
        }
    };
    (steps, values)
}

/// A run of a recording, among the values of whoever read it.
struct Piece<'a> {
    /// First column of the recording.
    column: usize,
    /// Number of values.
    count: usize,
    /// All values of the part.
    values: &'a RunValues,
    /// Place of the first value in a row of the part, and values of such a row.
    place: (usize, usize),
}

/// Values of runs of several workers, each in its columns.
fn interleaved(parts: &[RecordedPart], rows: usize, width: usize) -> RunValues {
    let mut pieces = vec![];
    for part in parts {
        let row = part.width();
        let mut before = 0;
        for &(column, count) in &part.columns {
            pieces.push(Piece {
                column,
                count,
                values: &part.values,
                place: (before, row),
            });
            before += count;
        }
    }
    pieces.sort_by_key(|piece| piece.column);
    let bits = matches!(parts.first(), Some(part) if matches!(part.values, RunValues::Bits(_)));
    let mut all_bits = BitRows::default();
    let mut all_words = Vec::with_capacity(if bits { 0 } else { rows * width });
    for row in 0..rows {
        for piece in &pieces {
            let from = row * piece.place.1 + piece.place.0;
            match piece.values {
                RunValues::Words(words) => {
                    all_words.extend_from_slice(&words[from..from + piece.count])
                }
                RunValues::Bits(bits) => {
                    for at in (0..piece.count).step_by(64) {
                        let length = (piece.count - at).min(64);
                        all_bits.push(bits.get(from + at, length), length);
                    }
                }
            }
        }
    }
    match bits {
        true => RunValues::Bits(all_bits),
        false => RunValues::Words(all_words),
    }
}
