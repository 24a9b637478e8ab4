//! What a run is seen to do: recordings in columns, counts by core, step class and step.

use crate::program::{ChipProgram, ProbeProgram};
use bitvec::vec::BitVec;
use seamount_image::Register;
use seamount_neurocore::CoreState;
use seamount_spec::{EventCounts, StepClass};
use std::ops::Range;

/// Everything seen in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observations {
    /// First and last step of the run.
    pub steps: (u64, u64),
    /// Recordings, in the order of the image's probes.
    pub recordings: Vec<Recording>,
    /// Events of each core.
    pub cores: Vec<CoreCounts>,
    /// Spikes that the host injected.
    pub host_spikes: u64,
    /// Events of each step, if asked for.
    pub per_step: Vec<EventCounts>,
}

/// Events of one core by step class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
        let mut total = EventCounts { host_spikes: self.host_spikes, ..EventCounts::default() };
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
pub struct Recording {
    /// Name of the probe.
    pub name: String,
    /// What was read.
    pub register: Register,
    /// Neuron of each column.
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
    /// Registers.
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
    probes: Vec<(&'a ProbeProgram, Vec<usize>)>,
    first_core: usize,
    rows: Vec<Vec<u64>>,
    values: Vec<Vec<i32>>,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(program: &'a ChipProgram, cores: Range<usize>) -> Self {
        let own = |p: &'a ProbeProgram| {
            let mine = p.places.iter().enumerate().filter(|(_, place)| cores.contains(&(place.0 as usize)));
            (p, mine.map(|(i, _)| i).collect::<Vec<_>>())
        };
        let probes: Vec<_> = program.probes.iter().map(own).collect();
        let count = probes.len();
        Recorder { probes, first_core: cores.start, rows: vec![vec![]; count], values: vec![vec![]; count] }
    }

    /// Phase 5: reads what is due in step `t`.
    pub(crate) fn record(&mut self, t: u64, cores: &[CoreState]) {
        for (k, (probe, mine)) in self.probes.iter().enumerate() {
            let plan = &probe.plan;
            if t < plan.start || t > plan.stop || !(t - plan.start).is_multiple_of(plan.every) {
                continue;
            }
            self.rows[k].push(t);
            self.values[k].extend(mine.iter().map(|&i| {
                let (core, column) = probe.places[i];
                cores[core as usize - self.first_core].read(usize::from(column), plan.register)
            }));
        }
    }
}

/// Puts the parts of all workers together; each value has its place, so their order is no matter.
pub(crate) fn merge(program: &ChipProgram, recorders: Vec<Recorder>) -> Vec<Recording> {
    let recording = |(k, probe): (usize, &ProbeProgram)| {
        let steps = recorders.first().map_or(vec![], |r| r.rows[k].clone());
        let width = probe.neurons.len();
        let mut table = vec![0i32; steps.len() * width];
        for recorder in &recorders {
            let mine = &recorder.probes[k].1;
            for (row, values) in recorder.values[k].chunks(mine.len().max(1)).enumerate() {
                for (&i, &value) in mine.iter().zip(values) {
                    table[row * width + i] = value;
                }
            }
        }
        let values = match probe.plan.register {
            Register::Spike => Column::Bits(table.iter().map(|&v| v != 0).collect()),
            _ => Column::Words(table),
        };
        Recording { name: probe.plan.name.clone(), register: probe.plan.register, neurons: probe.neurons.clone(), steps, values }
    };
    program.probes.iter().enumerate().map(recording).collect()
}
