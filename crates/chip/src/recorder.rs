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

/// RunValues of the runs of a watch, step by step.
enum RunValues {
    Bits(BitRows),
    Words(Vec<i32>),
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
}

/// Puts the parts of all workers together; each value has its place, so their order is no matter.
pub(crate) fn merge(
    program: &ChipProgram,
    mut recorders: Vec<Recorder>,
) -> (Vec<Recording>, Vec<Reading>) {
    let mut parts = |k: usize| -> Vec<Watch> {
        let parts = recorders.iter_mut().map(|recorder| {
            let watch = &mut recorder.watches[k];
            Watch {
                runs: std::mem::take(&mut watch.runs),
                rows: std::mem::take(&mut watch.rows),
                values: std::mem::replace(&mut watch.values, RunValues::Words(vec![])),
                ..*watch
            }
        });
        parts.collect()
    };
    let mut recording = |k: usize, probe: &ProbeProgram| {
        let (steps, values) = together(parts(k), probe.neurons.len());
        Recording {
            name: probe.plan.name.clone(),
            register: probe.plan.register,
            neurons: probe.neurons.clone(),
            steps,
            values,
        }
    };
    let plain = program.probes.iter().enumerate();
    let mut recordings: Vec<Recording> = plain.map(|(k, probe)| recording(k, probe)).collect();
    let first = program.probes.len() + program.learning_probes.len();
    let reads = (first..).zip(&program.reads);
    let readings = reads
        .map(|(k, (probe, argmax))| Reading::new(recording(k, probe), *argmax))
        .collect();
    for (k, probe) in (program.probes.len()..).zip(&program.learning_probes) {
        let width = probe.synapses.len();
        let (steps, values) = together(parts(k), width);
        recordings.push(Recording {
            name: probe.plan.name.clone(),
            register: probe.plan.register,
            neurons: probe.synapses.clone(),
            steps,
            values,
        });
    }
    (recordings, readings)
}

/// Steps and values of a probe from the parts of all workers.
fn together(mut parts: Vec<Watch>, width: usize) -> (Vec<u64>, Column) {
    let steps = parts.first().map_or(vec![], |part| part.rows.clone());
    let count = |part: &Watch| part.runs.iter().map(|run| run.count).sum::<usize>();
    // one worker has everything, in order: what it has is the recording
    let values = match parts.iter().position(|part| count(part) == width) {
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

/// RunValues of runs of several workers, each in its columns.
fn interleaved(parts: &[Watch], rows: usize, width: usize) -> RunValues {
    // the run, the values that it is among, where it is among them, and how many a row there are
    let mut pieces = vec![];
    for part in parts {
        let count: usize = part.runs.iter().map(|run| run.count).sum();
        let mut before = 0;
        for run in &part.runs {
            pieces.push((*run, &part.values, before, count));
            before += run.count;
        }
    }
    pieces.sort_by_key(|(run, ..)| run.column);
    let bits = matches!(parts.first(), Some(part) if matches!(part.values, RunValues::Bits(_)));
    let mut all_bits = BitRows::default();
    let mut all_words = Vec::with_capacity(if bits { 0 } else { rows * width });
    for row in 0..rows {
        for (run, values, before, count) in &pieces {
            let from = row * count + before;
            match values {
                RunValues::Words(words) => {
                    all_words.extend_from_slice(&words[from..from + run.count])
                }
                RunValues::Bits(bits) => {
                    for at in (0..run.count).step_by(64) {
                        let length = (run.count - at).min(64);
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
