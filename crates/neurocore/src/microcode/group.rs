//! A group of neurons: its program with values, and what it works on in a step.

use super::decode::{Code, decode};
use seamount_arith::random::{Key, Purpose};
use seamount_microcode::{ParameterFault, ParameterValues, VerifiedProgram};

/// A verified program with the values of its parameters, pre-decoded. Never changes.
#[derive(Debug, Clone)]
pub struct GroupProgram {
    program: VerifiedProgram,
    values: Vec<ParameterValues>,
    neurons: usize,
    pub(super) code: Code,
}

impl GroupProgram {
    /// Pre-decodes a program for `neurons` neurons; `values` has one element for each parameter.
    ///
    /// # Errors
    /// Everything that is wrong with the values.
    pub fn new(
        program: VerifiedProgram,
        values: Vec<ParameterValues>,
        neurons: usize,
    ) -> Result<GroupProgram, Vec<ParameterFault>> {
        let faults = program.program().check_values(&values, neurons);
        if !faults.is_empty() {
            return Err(faults);
        }
        let code = decode(&program, &values);
        Ok(GroupProgram {
            program,
            values,
            neurons,
            code,
        })
    }

    /// Program that all neurons of the group run.
    pub fn program(&self) -> &VerifiedProgram {
        &self.program
    }

    /// Values of the parameters, in their order.
    pub fn values(&self) -> &[ParameterValues] {
        &self.values
    }

    /// Number of neurons.
    pub fn len(&self) -> usize {
        self.neurons
    }

    /// Whether the group has no neurons.
    pub fn is_empty(&self) -> bool {
        self.neurons == 0
    }
}

/// What a program reads that is neither its neuron's memory nor its input: random bits and the
/// number of the step. Plain functions of where and when, so that threads, vectors, restores and
/// steps that were left out change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    key: Key,
    step: u64,
    first_compartment: u32,
    ports: u32,
}

impl Surroundings {
    /// Surroundings of the neurons of a core in step `t` of a sample, one compartment a neuron from
    /// compartment 0 on.
    pub const fn new(seed: u64, sample: u64, core: u64, t: u64) -> Surroundings {
        let key = Key::new(seed, Purpose::Program).part(sample).part(core);
        Surroundings {
            key: key.part(t),
            step: t,
            first_compartment: 0,
            ports: 1,
        }
    }

    /// The same for a group whose neurons have `ports` compartments each from `first` on.
    #[must_use]
    pub const fn of_group(self, first: usize, ports: usize) -> Surroundings {
        Surroundings {
            first_compartment: first as u32,
            ports: ports as u32,
            ..self
        }
    }

    /// The operand `step`: the number of the step modulo 2^23, so that it never is negative
    /// (MC-041).
    pub(super) const fn step(&self) -> i32 {
        (self.step & 0x7f_ffff) as i32
    }

    /// 64 random bits of a neuron for one draw of the program, of which an operand takes the upper
    /// ones (MC-040).
    #[inline(always)]
    pub(super) const fn bits(&self, draw: DrawNumber, neuron: usize) -> u64 {
        let compartment = self.first_compartment as u64 + neuron as u64 * self.ports as u64;
        self.key.draw((draw.0 as u64) << 16 | compartment)
    }
}

/// Number of a draw in a program: four times the index of its instruction, plus the number of
/// random operands that stand before it in the same instruction (MC-040).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DrawNumber(u16);

impl DrawNumber {
    /// The draw of a random operand.
    pub(super) const fn new(instruction: usize, before: usize) -> DrawNumber {
        DrawNumber((instruction * 4 + before) as u16)
    }
}

/// The upper `bits` of a draw as an operand has them (MC-040).
#[inline(always)]
pub(super) const fn random(draw: u64, bits: u8, signed: bool) -> i32 {
    if signed {
        (draw as i64 >> (64 - bits as u32)) as i32
    } else {
        (draw >> (64 - bits as u32)) as i32
    }
}

/// Inputs and outputs of a group in one step. Every slice that is not said to be optional has one
/// element a neuron.
pub struct Io<'a> {
    /// Accumulators that are due, of port 0 and port 1, in weight units; all 0 afterwards, read or
    /// not (MC-029). A port without accumulators is an empty slice and reads 0.
    pub ports: [&'a mut [i32]; 2],
    /// State words: one column for each.
    pub states: &'a mut [Vec<i32>],
    /// 1 for the neurons that spiked, else 0.
    pub fired: &'a mut [u8],
    /// Payloads of those spikes (1 if binary), else 0. May be empty: then they are not wanted.
    pub payload: &'a mut [i32],
    /// y1, y2, y3: written where the program does, else left alone.
    pub traces: Option<[&'a mut [u8]; 3]>,
    /// Values of PROBE instructions, one column for each probe; 0 where none was reached.
    pub probes: Option<&'a mut [Vec<i32>]>,
    /// Random bits and the number of the step.
    pub surroundings: Surroundings,
}

/// Events of a step of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of spikes.
    pub spikes: u32,
    /// Neurons with input, with a state word that changed, or with a spike.
    pub active: u32,
    /// Accumulators read as a0 or a1 whose sum does not fit (NC-002).
    pub q_wraps: u32,
    /// Instructions executed, summed over neurons; those passed over do not count.
    pub instructions: u64,
    /// Whether any state word or written trace changed.
    pub changed: bool,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.spikes += other.spikes;
        self.active += other.active;
        self.q_wraps += other.q_wraps;
        self.instructions += other.instructions;
        self.changed |= other.changed;
    }
}
