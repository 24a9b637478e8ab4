//! A program of a neuron as data: its names, its instructions, what it sends; and the limits of all
//! programs. An image stores these types as they are: the order of fields and variants is format.

use crate::instruction::Instruction;
use serde::{Deserialize, Serialize};

/// Registers of the machine, r0..r15 (MC-020).
pub const REGISTERS: usize = 16;
/// Instructions of a program (MC-021).
pub const INSTRUCTIONS_MAX: usize = 64;
/// State words of a program, parameters of a program, and probes of a program, each.
pub const NAMES_MAX: usize = 256;
/// Smallest word, -2^23 (MC-020).
pub const WORD_MIN: i32 = -(1 << 23);
/// Largest word, 2^23 - 1 (MC-020).
pub const WORD_MAX: i32 = (1 << 23) - 1;
/// Bytes of a state word or of a parameter of a neuron (MC-034).
pub const WORD_BYTES: u32 = 3;
/// Bytes of an instruction (MC-036).
pub const INSTRUCTION_BYTES: u32 = 8;

/// A program of a neuron: what every neuron of a group does once a step.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Program {
    /// Name of the program.
    pub name: String,
    /// Names of the state words, 24 bit each; they start at 0 unless the network says otherwise.
    pub states: Vec<String>,
    /// Parameters: words that the program reads and never writes.
    pub parameters: Vec<Parameter>,
    /// Names of what PROBE instructions show.
    pub probes: Vec<String>,
    /// The instructions, the first first.
    pub instructions: Vec<Instruction>,
    /// Kind of spike that SPIKE sends.
    pub spike: SpikeKind,
}

/// A word that a program reads and never writes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Parameter {
    /// Name of the parameter.
    pub name: String,
    /// Whether every neuron has its own.
    pub scope: Scope,
    /// Value if the network gives none, 24 bit; absent: the network must give one.
    pub default: Option<i32>,
}

/// Whose a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Each neuron has its own, in its memory.
    Neuron,
    /// All neurons of a group share one, which is written into the instructions that read it.
    Shared,
}

/// Kind of spike that SPIKE sends (MC-004, MC-031): the published kinds that programs can send.
/// Payloads are signed and saturate at the width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SpikeKind {
    /// No payload; the spike counts as 1.
    Binary,
    /// Payload of 8 bits, -128..=127.
    Graded8,
    /// Payload of 16 bits, -32768..=32767.
    Graded16,
    /// Payload of 24 bits.
    Graded24,
    /// Payload of 32 bits on the wire; registers have 24, sign-extended.
    Graded32,
}

impl SpikeKind {
    /// All kinds.
    pub const ALL: [SpikeKind; 5] = [
        SpikeKind::Binary,
        SpikeKind::Graded8,
        SpikeKind::Graded16,
        SpikeKind::Graded24,
        SpikeKind::Graded32,
    ];

    /// Name in program text.
    pub const fn name(self) -> &'static str {
        match self {
            SpikeKind::Binary => "binary",
            SpikeKind::Graded8 => "graded8",
            SpikeKind::Graded16 => "graded16",
            SpikeKind::Graded24 => "graded24",
            SpikeKind::Graded32 => "graded32",
        }
    }

    /// Bits of the payload, 0 if there is none.
    pub const fn bits(self) -> u32 {
        match self {
            SpikeKind::Binary => 0,
            SpikeKind::Graded8 => 8,
            SpikeKind::Graded16 => 16,
            SpikeKind::Graded24 => 24,
            SpikeKind::Graded32 => 32,
        }
    }

    /// Smallest and largest payload.
    pub const fn range(self) -> (i32, i32) {
        match self {
            SpikeKind::Binary => (1, 1),
            SpikeKind::Graded8 => (-128, 127),
            SpikeKind::Graded16 => (-32_768, 32_767),
            SpikeKind::Graded24 | SpikeKind::Graded32 => (WORD_MIN, WORD_MAX),
        }
    }

    /// What a register's value becomes on the wire (MC-031): 1 for binary spikes, else saturated.
    pub const fn payload(self, value: i32) -> i32 {
        let (min, max) = self.range();
        if value < min {
            min
        } else if value > max {
            max
        } else {
            value
        }
    }
}

impl Program {
    /// Index of a state word.
    pub fn state(&self, name: &str) -> Option<usize> {
        self.states.iter().position(|s| s == name)
    }

    /// Index of a parameter.
    pub fn parameter(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|p| p.name == name)
    }

    /// Index of a probe.
    pub fn probe(&self, name: &str) -> Option<usize> {
        self.probes.iter().position(|p| p == name)
    }

    /// Bytes of one neuron: its state words and its own parameters (MC-034).
    pub fn neuron_bytes(&self) -> u32 {
        let own = self
            .parameters
            .iter()
            .filter(|p| p.scope == Scope::Neuron)
            .count();
        (self.states.len() + own) as u32 * WORD_BYTES
    }

    /// Bytes of the program itself (MC-036).
    pub fn bytes(&self) -> u32 {
        self.instructions.len() as u32 * INSTRUCTION_BYTES
    }
}
