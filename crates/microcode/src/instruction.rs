//! The instructions (MC-003 lists the published classes; operands and details are ours).
//!
//! An image stores instructions as these types (`bincode`), and the JSON form of a program as words
//! (`word`). The order of variants and fields here is therefore part of the format of images: new
//! variants go to the end of their enum.

use serde::{Deserialize, Serialize};

/// Where an instruction takes a value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operand {
    /// Register 0..=15.
    Register(u8),
    /// A number of 24 bit.
    Immediate(i32),
    /// Parameter with this index.
    Parameter(u8),
    /// Random bits: `rng_u8` is 8 of them as a number from 0 on, `rng_s8` the same in two's
    /// complement, `rng` all 24 of a word (MC-040). Each place where an operand stands is a draw of
    /// its own.
    Random {
        /// Number of bits, at least 1; at most 23, or 24 with a sign.
        bits: u8,
        /// Whether the first of them is a sign.
        signed: bool,
    },
    /// Number of the step, `step`: from 0 to 2^23 - 1, then from 0 again (MC-041).
    Step,
}

impl Operand {
    /// Random bits of a whole word, `rng`.
    pub(crate) const RANDOM_WORD: Operand = Operand::Random {
        bits: 24,
        signed: true,
    };

    /// Whether there are random operands of so many bits.
    pub(crate) const fn is_random_width(bits: u8, signed: bool) -> bool {
        1 <= bits && bits <= 23 + signed as u8
    }

    /// The operand of a word that stands for random bits or the step, if it does: `rng`, `rng_u1`
    /// to `rng_u23`, `rng_s1` to `rng_s24`, `step`. Widths that do not exist are read too, for the
    /// verifier to name.
    pub(crate) fn of_surroundings(word: &str) -> Option<Operand> {
        let lower = word.to_ascii_lowercase();
        if lower == "step" {
            return Some(Operand::Step);
        }
        let width = match lower.strip_prefix("rng")? {
            "" => return Some(Operand::RANDOM_WORD),
            rest => rest.strip_prefix('_')?,
        };
        let (signed, digits) = match width.split_at_checked(1)? {
            ("u", digits) => (false, digits),
            ("s", digits) => (true, digits),
            _ => return None,
        };
        let plain = digits.chars().all(|c| c.is_ascii_digit()) && !digits.starts_with('0');
        let bits = digits.parse().ok().filter(|_| plain)?;
        Some(Operand::Random { bits, signed })
    }

    /// Whether the operand is another in each step, whatever the neuron remembers.
    pub(crate) const fn is_of_surroundings(self) -> bool {
        matches!(self, Operand::Random { .. } | Operand::Step)
    }
}

/// A place in memory that an instruction reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Word {
    /// State word with this index.
    State(u8),
    /// Accumulator of an input port.
    Port(Port),
}

/// An accumulator and how it is read (MC-029, MC-030). The accumulator is a sum in weight units:
/// weight x payload x 2^exponent of everything that arrived for this step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Port {
    /// Port 0 as the fixed compartment reads q: the sum times 64, wrapped to 22 bit (NC-002).
    A0,
    /// Port 1, read as `A0` is.
    A1,
    /// Port 0 as a plain sum, wrapped to 24 bit.
    S0,
    /// Port 1, read as `S0` is.
    S1,
}

impl Port {
    /// All ports.
    pub const ALL: [Port; 4] = [Port::A0, Port::A1, Port::S0, Port::S1];

    /// 0: synaptic input, 1: feedback or third-factor input.
    pub const fn index(self) -> usize {
        match self {
            Port::A0 | Port::S0 => 0,
            Port::A1 | Port::S1 => 1,
        }
    }

    /// Whether it is read in units of 1/64 of a weight, 22 bit.
    pub const fn is_scaled(self) -> bool {
        matches!(self, Port::A0 | Port::A1)
    }

    /// Name in program text.
    pub const fn name(self) -> &'static str {
        match self {
            Port::A0 => "a0",
            Port::A1 => "a1",
            Port::S0 => "s0",
            Port::S1 => "s1",
        }
    }
}

/// Condition of an instruction. Variant order is part of the format of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Condition {
    /// Always.
    Always,
    /// If the flag is set.
    Set,
    /// If the flag is clear.
    Clear,
}

/// Instructions with two sources and a register for the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BinaryOp {
    /// a + b, wrapped to 24 bit (MC-022).
    Add,
    /// The smaller (MC-025).
    Min,
    /// Bitwise and (MC-025).
    And,
    /// Bitwise or (MC-025).
    Or,
    /// a * 2^b: the bits above 24 are dropped; b < 0 is an arithmetic right shift. From 24 places
    /// on nothing is left but 0 or the sign (MC-024).
    Shl,
}

/// Comparisons; they set the flag (MC-026).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CompareOp {
    /// a < b.
    Lt,
    /// a >= b.
    Ge,
    /// a = b.
    Eq,
}

/// One instruction. Registers are numbers 0..=15.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Instruction {
    /// `MOV rd, x`.
    Move {
        /// Register 0..=15 of the result.
        rd: u8,
        /// Operand.
        x: Operand,
    },
    /// `MOV rd, word`: reads a state word or a port and leaves it as it is.
    Load {
        /// Register 0..=15 of the result.
        rd: u8,
        /// Word that is read.
        word: Word,
    },
    /// `RDC rd, word`, `RDC_C`, `RDC_NC`: reads, then clears the word if the condition holds
    /// (MC-029).
    ReadClear {
        /// Register 0..=15 of the result.
        rd: u8,
        /// Word that is read and cleared.
        word: Word,
        /// Condition under which the word is cleared.
        condition: Condition,
    },
    /// `RMW rd, state, x`: rd takes the old value of the state word, which takes x; x is read
    /// first. `_` for rd drops the old value (MC-028).
    Exchange {
        /// Register 0..=15 of the old value; absent: the old value is dropped.
        rd: Option<u8>,
        /// State word with this index.
        state: u8,
        /// The new value.
        x: Operand,
    },
    /// `SEL rd, a, b`: a if the flag is set, else b (MC-026).
    Select {
        /// Register 0..=15 of the result.
        rd: u8,
        /// Value if the flag is set.
        a: Operand,
        /// Value if the flag is clear.
        b: Operand,
    },
    /// `ADD`, `MIN`, `AND`, `OR`, `SHL rd, a, b`.
    Binary {
        /// Operation.
        op: BinaryOp,
        /// Register 0..=15 of the result.
        rd: u8,
        /// First source.
        a: Operand,
        /// Second source.
        b: Operand,
    },
    /// `ADDS rd, ra, x` and `ADDS rd, ra, rb, x`: the full sum, saturated once at 24 bit (MC-022).
    AddSaturating {
        /// Register 0..=15 of the result.
        rd: u8,
        /// Register of the first term.
        a: u8,
        /// Register of the second of three terms.
        b: Option<u8>,
        /// Last term.
        x: Operand,
    },
    /// `NEG rd, x`: -x, wrapped to 24 bit: -2^23 stays as it is (MC-025).
    Negate {
        /// Register 0..=15 of the result.
        rd: u8,
        /// Operand.
        x: Operand,
    },
    /// `MUL_SHR rd, ra, x, s`: the full product, shifted right by s toward zero, then wrapped to
    /// 24 bit (MC-023). Shifts that come from registers and parameters are limited to 0..=47.
    MultiplyShift {
        /// Register 0..=15 of the result.
        rd: u8,
        /// Register of the first factor.
        a: u8,
        /// Second factor.
        x: Operand,
        /// Number of places, 0..=47.
        shift: Operand,
    },
    /// `LT`, `GE`, `EQ a, b`.
    Compare {
        /// Comparison.
        op: CompareOp,
        /// Left side.
        a: Operand,
        /// Right side.
        b: Operand,
    },
    /// `SKP n`, `SKP_C`, `SKP_NC`: the next n instructions are passed over if the condition holds
    /// (MC-027).
    Skip {
        /// Condition under which it happens.
        condition: Condition,
        /// Number of instructions that are passed over, at least 1.
        count: u8,
    },
    /// `JMP label`, `JMP_C`, `JMP_NC`: goes on at an instruction further down if the condition
    /// holds (MC-027).
    Jump {
        /// Condition under which it happens.
        condition: Condition,
        /// Index of the instruction; the number of instructions for the end.
        target: u8,
    },
    /// `SPIKE x`: sends a spike with payload x, at most once a step (MC-031).
    Spike {
        /// Payload.
        x: Operand,
    },
    /// `PROBE name, x`: shows x to whoever records it (MC-033).
    Probe {
        /// Index of the probe in [`crate::Program::probes`].
        probe: u8,
        /// Value that is shown, 24 bit.
        x: Operand,
    },
    /// `TRC n, x`: writes y1, y2 or y3 of the neuron for the learning engine, limited to 0..=127
    /// (MC-032).
    Trace {
        /// Number of the trace: 1, 2 or 3.
        trace: u8,
        /// Value that is written, limited to 0..=127.
        x: Operand,
    },
    /// `END`: the program is over for this step.
    End,
}

/// Up to three operands.
pub type Operands = [Option<Operand>; 3];

impl Instruction {
    /// Operands that the instruction reads: registers, numbers and parameters.
    pub fn sources(&self) -> Operands {
        use Instruction::*;
        let register = Operand::Register;
        match *self {
            Move { x, .. }
            | Exchange { x, .. }
            | Negate { x, .. }
            | Spike { x }
            | Probe { x, .. }
            | Trace { x, .. } => [Some(x), None, None],
            Select { a, b, .. } | Binary { a, b, .. } | Compare { a, b, .. } => {
                [Some(a), Some(b), None]
            }
            AddSaturating { a, b, x, .. } => [Some(register(a)), b.map(register), Some(x)],
            MultiplyShift { a, x, shift, .. } => [Some(register(a)), Some(x), Some(shift)],
            Load { .. } | ReadClear { .. } | Skip { .. } | Jump { .. } | End => [None; 3],
        }
    }

    /// Register that the instruction writes, if it writes one.
    pub fn result(&self) -> Option<u8> {
        use Instruction::*;
        match *self {
            Move { rd, .. }
            | Load { rd, .. }
            | ReadClear { rd, .. }
            | Select { rd, .. }
            | Binary { rd, .. } => Some(rd),
            AddSaturating { rd, .. } | Negate { rd, .. } | MultiplyShift { rd, .. } => Some(rd),
            Exchange { rd, .. } => rd,
            Compare { .. }
            | Skip { .. }
            | Jump { .. }
            | Spike { .. }
            | Probe { .. }
            | Trace { .. }
            | End => None,
        }
    }

    /// Whether the instruction reads random bits or the number of the step.
    pub(crate) fn reads_surroundings(&self) -> bool {
        let sources = self.sources().into_iter().flatten();
        sources.into_iter().any(Operand::is_of_surroundings)
    }

    /// Condition of the instruction; `Always` for those that have none.
    pub fn condition(&self) -> Condition {
        use Instruction::*;
        match *self {
            ReadClear { condition, .. } | Skip { condition, .. } | Jump { condition, .. } => {
                condition
            }
            _ => Condition::Always,
        }
    }

    /// Whether the instruction reads the flag.
    pub(crate) fn reads_flag(&self) -> bool {
        matches!(self, Instruction::Select { .. }) || self.condition() != Condition::Always
    }

    /// Index at which the program may go on, beside the next instruction, and the condition. `at`
    /// is the index of this instruction; END is a jump to the end, `length`.
    pub fn goes_to(&self, at: usize, length: usize) -> Option<(Condition, usize)> {
        match *self {
            Instruction::Skip { condition, count } => {
                Some((condition, at + 1 + usize::from(count)))
            }
            Instruction::Jump { condition, target } => Some((condition, usize::from(target))),
            Instruction::End => Some((Condition::Always, length)),
            _ => None,
        }
    }

    /// Word of memory that the instruction names, if it names one.
    pub fn word(&self) -> Option<Word> {
        match *self {
            Instruction::Load { word, .. } | Instruction::ReadClear { word, .. } => Some(word),
            Instruction::Exchange { state, .. } => Some(Word::State(state)),
            _ => None,
        }
    }
}
