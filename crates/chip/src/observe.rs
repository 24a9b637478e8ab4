//! What a run is seen to do: recordings in columns, counts by core, step class and step.

use crate::program::{ChipProgram, LearningProbeProgram, ProbeProgram, SynapsePlace};
use crate::window::Window;
use bitvec::vec::BitVec;
use seamount_image::ImageRegister;
use seamount_neurocore::CoreState;
use seamount_spec::{EventCounts, Record, StepClass};
use std::ops::Range;

/// Everything seen in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observations {
    /// First and last step of the run.
    pub steps: (u64, u64),
    /// Recordings, in the order of the image's probes; those of synapses after those of neurons.
    pub recordings: Vec<Recording>,
    /// Events of each core.
    pub cores: Vec<CoreCounts>,
    /// Spikes that the host injected.
    pub host_spikes: u64,
    /// Events of each step, if asked for.
    pub per_step: Vec<EventCounts>,
    /// Events of each core in each step and every packet sent, if asked for.
    pub record: Record,
}

/// Events of one core by step class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoreCounts {
    /// Number of steps of each class, in the order of [`StepClass::ALL`].
    pub steps: [u64; 3],
    /// Events of each class.
    pub counts: [EventCounts; 3],
}

impl CoreCounts {
    /// Adds a step.
    pub(crate) fn add(&mut self, class: StepClass, counts: EventCounts) {
        self.steps[class as usize] += 1;
        self.counts[class as usize] += counts;
    }

    /// Events of all classes.
    pub fn total(&self) -> EventCounts {
        let mut total = EventCounts::default();
        self.counts.iter().for_each(|c| total += *c);
        total
    }
}

impl Observations {
    /// Events of the whole chip.
    pub fn total(&self) -> EventCounts {
        let mut total = EventCounts {
            host_spikes: self.host_spikes,
            ..EventCounts::default()
        };
        self.cores.iter().for_each(|c| total += c.total());
        total
    }

    /// A recording by the name of its probe.
    pub fn recording(&self, name: &str) -> Option<&Recording> {
        self.recordings.iter().find(|r| r.name == name)
    }
}

/// One recording: a table of steps x neurons.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recording {
    /// Name of the probe.
    pub name: String,
    /// Register that the probe reads.
    pub register: ImageRegister,
    /// Neuron of each column; of a learned variable its synapse, of a pre trace its source.
    pub neurons: Vec<u32>,
    /// Step of each row.
    pub steps: Vec<u64>,
    /// The values, row by row.
    pub values: Column,
}

/// Values of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// Spikes, one bit each.
    Bits(BitVec<u64>),
    /// Registers, one word each.
    Words(Vec<i32>),
}

impl Recording {
    /// Value of column `neuron` in row `row`.
    pub fn get(&self, row: usize, neuron: usize) -> i32 {
        let at = row * self.neurons.len() + neuron;
        match &self.values {
            Column::Bits(bits) => i32::from(bits[at]),
            Column::Words(words) => words[at],
        }
    }

    /// All values as integers, row by row.
    pub fn to_words(&self) -> Vec<i32> {
        match &self.values {
            Column::Bits(bits) => bits.iter().map(|b| i32::from(*b)).collect(),
            Column::Words(words) => words.clone(),
        }
    }

    /// Sum of all values: the number of spikes of a spike probe.
    pub fn sum(&self) -> i64 {
        match &self.values {
            Column::Bits(bits) => bits.count_ones() as i64,
            Column::Words(words) => words.iter().map(|&w| i64::from(w)).sum(),
        }
    }
}

/// Reads the probes of a run of cores.
pub(crate) struct Recorder<'a> {
    watches: Vec<Watch<'a>>,
    first_core: usize,
}

/// One probe, as far as it concerns these cores.
struct Watch<'a> {
    window: Window,
    reads: Reads<'a>,
    /// Places on these cores.
    mine: Vec<usize>,
    rows: Vec<u64>,
    values: Vec<i32>,
}

#[derive(Clone, Copy)]
enum Reads<'a> {
    Compartments(&'a ProbeProgram),
    Synapses(&'a LearningProbeProgram),
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

impl<'a> Recorder<'a> {
    pub(crate) fn new(program: &'a ChipProgram, cores: Range<usize>) -> Self {
        let places = |cores_of: &mut dyn Iterator<Item = u32>| {
            let mine = cores_of
                .enumerate()
                .filter(|(_, core)| cores.contains(&(*core as usize)));
            mine.map(|(i, _)| i).collect()
        };
        let of = |p: &'a ProbeProgram| Watch {
            window: p.window(),
            reads: Reads::Compartments(p),
            mine: places(&mut p.places.iter().map(|place| place.0)),
            rows: vec![],
            values: vec![],
        };
        let of_synapses = |p: &'a LearningProbeProgram| Watch {
            window: p.window(),
            reads: Reads::Synapses(p),
            mine: places(&mut p.places.iter().map(|place| place.0)),
            rows: vec![],
            values: vec![],
        };
        let watches = program
            .probes
            .iter()
            .map(of)
            .chain(program.learning_probes.iter().map(of_synapses));
        Recorder {
            watches: watches.collect(),
            first_core: cores.start,
        }
    }

    /// Reads the probes that are due in step `t`.
    pub(crate) fn record(&mut self, t: u64, cores: &[CoreState]) {
        for watch in &mut self.watches {
            if !watch.window.reads(t) {
                continue;
            }
            watch.rows.push(t);
            match watch.reads {
                Reads::Compartments(probe) => watch.values.extend(watch.mine.iter().map(|&i| {
                    let (core, place) = probe.places[i];
                    cores[core as usize - self.first_core].read(place, probe.plan.register)
                })),
                Reads::Synapses(probe) => watch.values.extend(watch.mine.iter().map(|&i| {
                    let (core, synapse) = probe.places[i];
                    learned(
                        cores,
                        (core - self.first_core as u32, synapse),
                        probe.plan.register,
                    )
                })),
            }
        }
    }
}

/// Puts the parts of all workers together; each value has its place, so their order is no matter.
pub(crate) fn merge(program: &ChipProgram, recorders: Vec<Recorder>) -> Vec<Recording> {
    let table = |k: usize, width: usize| {
        let steps = recorders
            .first()
            .map_or(vec![], |r| r.watches[k].rows.clone());
        let mut table = vec![0i32; steps.len() * width];
        for watch in recorders.iter().map(|r| &r.watches[k]) {
            for (row, values) in watch.values.chunks(watch.mine.len().max(1)).enumerate() {
                for (&i, &value) in watch.mine.iter().zip(values) {
                    table[row * width + i] = value;
                }
            }
        }
        (steps, table)
    };
    let recording = |(k, probe): (usize, &ProbeProgram)| {
        let (steps, table) = table(k, probe.neurons.len());
        let values = match probe.plan.register {
            ImageRegister::Spike => Column::Bits(table.iter().map(|&v| v != 0).collect()),
            _ => Column::Words(table),
        };
        Recording {
            name: probe.plan.name.clone(),
            register: probe.plan.register,
            neurons: probe.neurons.clone(),
            steps,
            values,
        }
    };
    let of_synapses = |(k, probe): (usize, &LearningProbeProgram)| {
        let (steps, table) = table(program.probes.len() + k, probe.synapses.len());
        let name = probe.plan.name.clone();
        let register = probe.plan.register;
        Recording {
            name,
            register,
            neurons: probe.synapses.clone(),
            steps,
            values: Column::Words(table),
        }
    };
    let compartments = program.probes.iter().enumerate().map(recording);
    compartments
        .chain(program.learning_probes.iter().enumerate().map(of_synapses))
        .collect()
}
