//! What a run is seen to do: recordings in columns, counts by core, step class and step.

use bitvec::vec::BitVec;
use seamount_image::ImageRegister;
use seamount_spec::{EventCounts, Record, StepClass};
use serde::{Deserialize, Serialize};

/// Everything seen in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observations {
    /// First and last step of the run.
    pub steps: (u64, u64),
    /// Recordings, in the order of the image's probes; those of synapses after those of neurons.
    pub recordings: Vec<Recording>,
    /// What the embedded processors read, in the order of the schedules.
    pub readings: Vec<Reading>,
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// What an act of management read, period by period.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// Name of the act.
    pub name: String,
    /// Register that was read.
    pub register: ImageRegister,
    /// Whether `values` are indices of largest values, the first of equals.
    pub argmax: bool,
    /// Steps at whose end it was read.
    pub steps: Vec<u64>,
    /// For each step one value a neuron, or the index.
    pub values: Vec<i32>,
}

impl Reading {
    /// What was read of a recording.
    pub(crate) fn new(recording: Recording, argmax: bool) -> Reading {
        let words = recording.to_words();
        let width = recording.neurons.len().max(1);
        let first_largest = |row: &[i32]| {
            let largest = row.iter().max();
            let at = row.iter().position(|value| Some(value) == largest);
            at.unwrap_or(0) as i32
        };
        Reading {
            values: match argmax {
                true => words.chunks(width).map(first_largest).collect(),
                false => words,
            },
            name: recording.name,
            register: recording.register,
            argmax,
            steps: recording.steps,
        }
    }

    /// Number of values a step.
    pub fn width(&self) -> usize {
        self.values.len() / self.steps.len().max(1)
    }

    /// The values as a recording, for files of recordings; indices have one column, 0.
    pub fn recording(&self) -> Recording {
        Recording {
            name: self.name.clone(),
            // an index is no spike, which files leave out where it is 0
            register: match self.argmax {
                true => ImageRegister::Voltage,
                false => self.register,
            },
            neurons: (0..self.width() as u32).collect(),
            steps: self.steps.clone(),
            values: Column::Words(self.values.clone()),
        }
    }
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
    /// Puts the rows of a later run of the same probe after these.
    ///
    /// # Panics
    /// If the other recording is of a probe with another kind of register.
    pub fn append(&mut self, later: Recording) {
        self.steps.extend(later.steps);
        match (&mut self.values, later.values) {
            (Column::Bits(all), Column::Bits(part)) => all.extend_from_bitslice(&part),
            (Column::Words(all), Column::Words(part)) => all.extend(part),
            _ => panic!("recordings of different registers"),
        }
    }

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
