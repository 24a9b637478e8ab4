//! State of one core: plain owned data. Equal states behave equally.

use crate::learn::LearnState;
use crate::manage::Gate;
use crate::program::CoreProgram;
use seamount_arith::soma::accumulator_read;
use seamount_image::ImageRegister;
use serde::{Deserialize, Serialize};

/// Everything that a core remembers between steps, by column.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CoreState {
    /// u, 24 bit (NC-001).
    pub u: Vec<i32>,
    /// v, within its limits (NC-003).
    pub v: Vec<i32>,
    /// refractory_steps in the step of a spike, then one less each step down to 0; always 0 where
    /// refractory_steps is 1 (NC-008, NC-014).
    pub hold: Vec<u8>,
    /// 1 if the compartment spiked in the last step.
    pub fired: Vec<u8>,
    /// Flag handed to the parent in the last step, where one reads it (NC-040).
    pub flag: Vec<u8>,
    /// Accumulators in units of 64: slots x stride, by compartment (NC-002, NC-026).
    pub accumulators: Vec<i32>,
    /// The accumulator as read in the last step, where a probe wants it: an observation, not state,
    /// and no part of a snapshot.
    #[serde(skip)]
    pub accumulator_read: Vec<i32>,
    /// The last update without input changed nothing, so the next will not either: see the head of
    /// `step.rs`. Part of the state, so that a restored core counts as the saved one would have.
    pub settled: bool,
    /// Active compartments of the last update; a settled core counts them in every step.
    pub active: u32,
    /// Last step in which an accumulator may be non-zero.
    pub(crate) pending_until: u64,
    /// State of the learning engine, if synapses of the core learn.
    pub learning: Option<Box<LearnState>>,
    /// State words of programs: by group, by word, by neuron.
    pub words: Vec<Vec<Vec<i32>>>,
    /// Payloads of the spikes of the last step, by column; empty unless some program sends graded
    /// spikes.
    pub payload: Vec<i32>,
    /// Values that programs showed in the last step, by group, probe and neuron: an observation,
    /// not state.
    #[serde(skip)]
    pub shown: Vec<Vec<Vec<i32>>>,
    /// What management lets the core do; no part of a snapshot, as schedules say what it is.
    #[serde(skip)]
    pub gate: Gate,
}

fn shown(program: &CoreProgram) -> Vec<Vec<Vec<i32>>> {
    let of = |g: &crate::program::Group| {
        vec![vec![0; g.program.len()]; g.program.program().program().probes.len()]
    };
    program.groups.iter().map(of).collect()
}

impl CoreState {
    /// The state before the first step.
    pub fn new(program: &CoreProgram) -> CoreState {
        let count = program.len();
        CoreState {
            u: program.start.iter().map(|s| s.0).collect(),
            v: program.start.iter().map(|s| s.1).collect(),
            hold: vec![0; count],
            fired: vec![0; count],
            flag: vec![0; count],
            accumulators: vec![0; program.slots * program.stride],
            accumulator_read: vec![0; if program.keep_accumulator { count } else { 0 }],
            settled: false,
            active: 0,
            pending_until: 0,
            learning: program
                .learning
                .as_ref()
                .map(|l| Box::new(LearnState::new(l))),
            words: program.groups.iter().map(|g| g.start.clone()).collect(),
            payload: vec![0; if program.has_payload { count } else { 0 }],
            shown: shown(program),
            gate: Gate::default(),
        }
    }

    /// Makes room for what the probes of this program want.
    pub fn make_room(&mut self, program: &CoreProgram) {
        self.accumulator_read = vec![
            0;
            if program.keep_accumulator {
                program.len()
            } else {
                0
            }
        ];
        self.shown = shown(program);
    }

    /// A register at the end of a step; `place` is what [`CoreProgram::place`] gives for it.
    pub fn read(&self, place: u32, register: ImageRegister) -> i32 {
        let group = (place >> 16) as usize;
        let neuron = (place & 0xffff) as usize;
        match register {
            ImageRegister::State(word) => return self.words[group][usize::from(word)][neuron],
            ImageRegister::Probe(probe) => return self.shown[group][usize::from(probe)][neuron],
            ImageRegister::PostTrace(trace) => {
                let traces = self
                    .learning
                    .as_ref()
                    .and_then(|l| l.post.get(usize::from(trace)));
                return traces.map_or(0, |t| t[neuron].into());
            }
            _ => {}
        }
        let column = match register {
            ImageRegister::VoltageHardware => neuron,
            _ => place as usize,
        };
        let hold = i32::from(self.hold[column]);
        match register {
            ImageRegister::Spike => i32::from(self.fired[column]),
            ImageRegister::Current => self.u[column],
            ImageRegister::Voltage => self.v[column],
            // NC-014: refractory_steps * 128, and one more in every step since the spike
            ImageRegister::VoltageHardware if hold > 0 => {
                let steps = (place >> 16) as i32;
                steps * 128 + steps - hold
            }
            ImageRegister::VoltageHardware if self.fired[column] != 0 => 128,
            ImageRegister::VoltageHardware => self.v[column],
            ImageRegister::Refractory => (hold - 1).max(0),
            ImageRegister::Accumulator => self.accumulator_read.get(column).copied().unwrap_or(0),
            ImageRegister::Payload if self.payload.is_empty() => i32::from(self.fired[column]),
            ImageRegister::Payload => self.payload[column],
            ImageRegister::State(_) | ImageRegister::Probe(_) | ImageRegister::PostTrace(_) => {
                unreachable!("read above")
            }
            // of synapses, not of compartments
            ImageRegister::Weight
            | ImageRegister::Delay
            | ImageRegister::Tag
            | ImageRegister::SecondTag
            | ImageRegister::PreTrace(_) => 0,
        }
    }

    /// Appends a register of `count` consecutive places, as [`CoreState::read`] gives it of each.
    pub fn read_run(
        &self,
        place: u32,
        count: usize,
        register: ImageRegister,
        values: &mut Vec<i32>,
    ) {
        let column = place as usize;
        let group = (place >> 16) as usize;
        let neuron = (place & 0xffff) as usize;
        match register {
            ImageRegister::Current => values.extend_from_slice(&self.u[column..column + count]),
            ImageRegister::Voltage => values.extend_from_slice(&self.v[column..column + count]),
            ImageRegister::State(word) => {
                let words = &self.words[group][usize::from(word)];
                values.extend_from_slice(&words[neuron..neuron + count]);
            }
            ImageRegister::Probe(probe) => {
                let shown = &self.shown[group][usize::from(probe)];
                values.extend_from_slice(&shown[neuron..neuron + count]);
            }
            ImageRegister::Accumulator if !self.accumulator_read.is_empty() => {
                values.extend_from_slice(&self.accumulator_read[column..column + count]);
            }
            ImageRegister::Payload if !self.payload.is_empty() => {
                values.extend_from_slice(&self.payload[column..column + count]);
            }
            _ => {
                let places = (place..).take(count);
                values.extend(places.map(|place| self.read(place, register)));
            }
        }
    }
}

/// The accumulator of a sum in units of 64, with noise at the dendrite (NC-002, NC-016).
pub(crate) fn read_accumulator(units: i32, noise: i32) -> i32 {
    accumulator_read(i64::from(units) * 64 + i64::from(noise))
}
