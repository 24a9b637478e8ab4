//! Instructions as 64-bit words (MC-036), ours: operation in bits 0..6, result in 6..10, then two
//! operands of 26 bits each at 10 and 36. An operand is 2 bits of kind (0 register, 1 number,
//! 2 parameter, 3 surroundings) and 24 of value. Of surroundings the value 0 is the step, 1 to 23
//! so many random bits, 33 to 56 so many less 32 with a sign.

use crate::{
    BinaryOp, CompareOp, Condition, Instruction, Operand, Port, Program, WORD_MAX, WORD_MIN, Word,
};

/// Why a word is no instruction, or an instruction has no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// Bits 0..6.
    #[error("there is no operation {0}")]
    Operation(u8),
    /// A field that no instruction of this kind has.
    #[error("bits {first}..{end} hold {value:#x}, which means nothing")]
    Field {
        /// First bit.
        first: u32,
        /// Bit after the last.
        end: u32,
        /// Value that stands there.
        value: u64,
    },
    /// Bits that must be 0.
    #[error("bits that are not used are set: {0:#018x}")]
    Unused(u64),
    /// A register, number or count that its field cannot hold.
    #[error("{0} does not fit its field")]
    Fits(i64),
}

const MOVE: u64 = 1;
const LOAD: u64 = 2;
const READ_CLEAR: u64 = 3;
const EXCHANGE: u64 = 4;
const SELECT: u64 = 5;
const ADD_SATURATING: u64 = 6;
const NEGATE: u64 = 7;
const MULTIPLY_SHIFT: u64 = 8;
const SKIP: u64 = 9;
const JUMP: u64 = 10;
const SPIKE: u64 = 11;
const PROBE: u64 = 12;
const TRACE: u64 = 13;
const END: u64 = 14;
const BINARY: u64 = 16; // and the four that follow
const COMPARE: u64 = 24; // and the two that follow
const BINARY_OPS: [BinaryOp; 5] = [
    BinaryOp::Add,
    BinaryOp::Min,
    BinaryOp::And,
    BinaryOp::Or,
    BinaryOp::Shl,
];
const COMPARE_OPS: [CompareOp; 3] = [CompareOp::Lt, CompareOp::Ge, CompareOp::Eq];
const CONDITIONS: [Condition; 3] = [Condition::Always, Condition::Set, Condition::Clear];
const A: u32 = 10;
const B: u32 = 36;
const RD: u32 = 6;
/// Kind of operand: random bits, or the step.
const SURROUNDINGS: u64 = 3;
/// Added to the number of random bits where the first is a sign.
const SIGNED: u8 = 32;
/// No second term of ADDS, no result of RMW.
const NONE: u64 = 1 << 4;

/// A word being filled.
struct WordPacker(u64);

impl WordPacker {
    /// The word of an operation with its result register.
    fn new(operation: u64, rd: u8) -> Result<WordPacker, WordError> {
        WordPacker(operation).put(RD, 4, rd.into())
    }

    fn put(self, at: u32, bits: u32, value: u64) -> Result<WordPacker, WordError> {
        if value >> bits != 0 {
            return Err(WordError::Fits(value as i64));
        }
        Ok(WordPacker(self.0 | value << at))
    }

    fn operand(self, at: u32, operand: Operand) -> Result<WordPacker, WordError> {
        let (kind, value) = match operand {
            Operand::Register(r) if r < 16 => (0, u64::from(r)),
            Operand::Register(r) => return Err(WordError::Fits(r.into())),
            Operand::Immediate(x) if (WORD_MIN..=WORD_MAX).contains(&x) => {
                (1, x as u64 & 0xff_ffff)
            }
            Operand::Immediate(x) => return Err(WordError::Fits(x.into())),
            Operand::Parameter(p) => (2, u64::from(p)),
            Operand::Random { .. } | Operand::Step => (SURROUNDINGS, surroundings(operand)?),
        };
        self.put(at, 2, kind)?.put(at + 2, 24, value)
    }

    /// A state word or a port, where operand A of other instructions is.
    fn word(self, word: Word) -> Result<WordPacker, WordError> {
        let (kind, value) = match word {
            Word::State(state) => (0, u64::from(state)),
            Word::Port(port) => (1, code(&Port::ALL, port)),
        };
        self.put(A, 2, kind)?.put(A + 2, 24, value)
    }

    fn condition(self, at: u32, condition: Condition) -> Result<WordPacker, WordError> {
        self.put(at, 2, code(&CONDITIONS, condition))
    }

    /// A register, or [`NONE`]: a register beyond 15 must not become it.
    fn optional_register(self, at: u32, register: Option<u8>) -> Result<WordPacker, WordError> {
        match register {
            None => self.put(at, 5, NONE),
            Some(r) => self.put(at, 4, r.into()),
        }
    }

    /// The shift of `MUL_SHR`: an operand with 8 bits of value in place of 24.
    fn shift(self, at: u32, shift: Operand) -> Result<WordPacker, WordError> {
        let (kind, value) = match shift {
            Operand::Register(r) if r < 16 => (0, u64::from(r)),
            Operand::Immediate(s) if (0..256).contains(&s) => (1, s as u64),
            Operand::Parameter(p) => (2, u64::from(p)),
            Operand::Register(r) => return Err(WordError::Fits(r.into())),
            Operand::Immediate(s) => return Err(WordError::Fits(s.into())),
            Operand::Random { .. } | Operand::Step => (SURROUNDINGS, surroundings(shift)?),
        };
        self.put(at, 2, kind)?.put(at + 2, 8, value)
    }
}

/// The value that stands for random bits or the step.
fn surroundings(operand: Operand) -> Result<u64, WordError> {
    match operand {
        Operand::Random { bits, signed } if Operand::is_random_width(bits, signed) => {
            Ok(u64::from(bits + if signed { SIGNED } else { 0 }))
        }
        Operand::Random { bits, .. } => Err(WordError::Fits(bits.into())),
        _ => Ok(0),
    }
}

/// A word being read; every bit that is read is taken away, so that what is left is not used.
struct WordFields(u64);

impl WordFields {
    fn take(&mut self, at: u32, bits: u32) -> u64 {
        let mask = (1 << bits) - 1;
        let value = self.0 >> at & mask;
        self.0 &= !(mask << at);
        value
    }

    fn below(&mut self, at: u32, bits: u32, limit: u64) -> Result<u64, WordError> {
        let value = self.take(at, bits);
        if value < limit {
            Ok(value)
        } else {
            Err(WordError::Field {
                first: at,
                end: at + bits,
                value,
            })
        }
    }

    fn register(&mut self, at: u32) -> u8 {
        self.take(at, 4) as u8
    }

    fn operand(&mut self, at: u32) -> Result<Operand, WordError> {
        Ok(match self.take(at, 2) {
            0 => Operand::Register(self.below(at + 2, 24, 16)? as u8),
            1 => Operand::Immediate((self.take(at + 2, 24) as i32) << 8 >> 8),
            2 => Operand::Parameter(self.below(at + 2, 24, 256)? as u8),
            _ => self.surroundings(at + 2, 24)?,
        })
    }

    /// Random bits or the step, from a value of so many bits.
    fn surroundings(&mut self, at: u32, width: u32) -> Result<Operand, WordError> {
        let value = self.below(at, width, 256)? as u8;
        let signed = value >= SIGNED;
        let bits = if signed { value - SIGNED } else { value };
        match value {
            0 => Ok(Operand::Step),
            _ if Operand::is_random_width(bits, signed) => Ok(Operand::Random { bits, signed }),
            _ => Err(WordError::Field {
                first: at,
                end: at + width,
                value: value.into(),
            }),
        }
    }

    fn word(&mut self) -> Result<Word, WordError> {
        Ok(match self.below(A, 2, 2)? {
            0 => Word::State(self.below(A + 2, 24, 256)? as u8),
            _ => Word::Port(Port::ALL[self.below(A + 2, 24, 4)? as usize]),
        })
    }

    fn condition(&mut self, at: u32) -> Result<Condition, WordError> {
        Ok(CONDITIONS[self.below(at, 2, 3)? as usize])
    }

    fn shift(&mut self, at: u32) -> Result<Operand, WordError> {
        Ok(match self.take(at, 2) {
            0 => Operand::Register(self.below(at + 2, 8, 16)? as u8),
            1 => Operand::Immediate(self.take(at + 2, 8) as i32),
            2 => Operand::Parameter(self.take(at + 2, 8) as u8),
            _ => self.surroundings(at + 2, 8)?,
        })
    }

    fn optional_register(&mut self, at: u32) -> Result<Option<u8>, WordError> {
        let value = self.below(at, 5, NONE + 1)?;
        Ok((value < NONE).then_some(value as u8))
    }
}

/// The place of an entry of a table of codes.
fn code<T: PartialEq>(table: &[T], entry: T) -> u64 {
    let place = table.iter().position(|other| *other == entry);
    place.expect("the tables hold every variant") as u64
}

impl Instruction {
    /// The 64-bit word of this instruction.
    ///
    /// # Errors
    /// If a register, number or count does not fit its field: then no program with this
    /// instruction is good.
    pub fn encode(&self) -> Result<u64, WordError> {
        use Instruction::*;
        let packed =
            match *self {
                Move { rd, x } => WordPacker::new(MOVE, rd)?.operand(A, x)?,
                Load { rd, word } => WordPacker::new(LOAD, rd)?.word(word)?,
                ReadClear {
                    rd,
                    word,
                    condition,
                } => WordPacker::new(READ_CLEAR, rd)?
                    .word(word)?
                    .condition(B, condition)?,
                Exchange { rd, state, x } => WordPacker::new(EXCHANGE, 0)?
                    .operand(A, x)?
                    .put(B, 8, state.into())?
                    .optional_register(B + 8, rd)?,
                Select { rd, a, b } => WordPacker::new(SELECT, rd)?.operand(A, a)?.operand(B, b)?,
                Binary { op, rd, a, b } => WordPacker::new(BINARY + code(&BINARY_OPS, op), rd)?
                    .operand(A, a)?
                    .operand(B, b)?,
                AddSaturating { rd, a, b, x } => WordPacker::new(ADD_SATURATING, rd)?
                    .put(A, 4, a.into())?
                    .optional_register(A + 4, b)?
                    .operand(B, x)?,
                Negate { rd, x } => WordPacker::new(NEGATE, rd)?.operand(A, x)?,
                MultiplyShift { rd, a, x, shift } => WordPacker::new(MULTIPLY_SHIFT, rd)?
                    .put(A, 4, a.into())?
                    .shift(A + 4, shift)?
                    .operand(B, x)?,
                Compare { op, a, b } => WordPacker::new(COMPARE + code(&COMPARE_OPS, op), 0)?
                    .operand(A, a)?
                    .operand(B, b)?,
                Skip { condition, count } => WordPacker::new(SKIP, 0)?
                    .condition(A, condition)?
                    .put(A + 2, 8, count.into())?,
                Jump { condition, target } => WordPacker::new(JUMP, 0)?
                    .condition(A, condition)?
                    .put(A + 2, 8, target.into())?,
                Spike { x } => WordPacker::new(SPIKE, 0)?.operand(A, x)?,
                Probe { probe, x } => {
                    WordPacker::new(PROBE, 0)?
                        .operand(A, x)?
                        .put(B, 8, probe.into())?
                }
                Trace { trace, x } => {
                    WordPacker::new(TRACE, 0)?
                        .operand(A, x)?
                        .put(B, 8, trace.into())?
                }
                End => WordPacker::new(END, 0)?,
            };
        Ok(packed.0)
    }

    /// The instruction of a 64-bit word. It need not be good in a program: [`crate::verify`] says
    /// that.
    ///
    /// # Errors
    /// Why it is none.
    pub fn decode(word: u64) -> Result<Instruction, WordError> {
        let mut fields = WordFields(word);
        let operation = fields.take(0, 6);
        let instruction = match operation {
            MOVE..=MULTIPLY_SHIFT => fields.with_result(operation)?,
            SKIP..=END => fields.without_result(operation)?,
            _ => fields.pair(operation)?,
        };
        // every field that an instruction has was taken away: what is left means nothing
        if fields.0 != 0 {
            return Err(WordError::Unused(fields.0));
        }
        Ok(instruction)
    }
}

impl WordFields {
    /// One of the instructions from `MOV` to `MUL_SHR`.
    fn with_result(&mut self, operation: u64) -> Result<Instruction, WordError> {
        Ok(match operation {
            MOVE => Instruction::Move {
                rd: self.register(RD),
                x: self.operand(A)?,
            },
            LOAD => Instruction::Load {
                rd: self.register(RD),
                word: self.word()?,
            },
            READ_CLEAR => Instruction::ReadClear {
                rd: self.register(RD),
                word: self.word()?,
                condition: self.condition(B)?,
            },
            EXCHANGE => Instruction::Exchange {
                x: self.operand(A)?,
                state: self.take(B, 8) as u8,
                rd: self.optional_register(B + 8)?,
            },
            SELECT => Instruction::Select {
                rd: self.register(RD),
                a: self.operand(A)?,
                b: self.operand(B)?,
            },
            ADD_SATURATING => Instruction::AddSaturating {
                rd: self.register(RD),
                a: self.register(A),
                b: self.optional_register(A + 4)?,
                x: self.operand(B)?,
            },
            NEGATE => Instruction::Negate {
                rd: self.register(RD),
                x: self.operand(A)?,
            },
            MULTIPLY_SHIFT => Instruction::MultiplyShift {
                rd: self.register(RD),
                a: self.register(A),
                shift: self.shift(A + 4)?,
                x: self.operand(B)?,
            },
            other => return Err(WordError::Operation(other as u8)),
        })
    }

    /// One of the instructions from `SKP` to `END`.
    fn without_result(&mut self, operation: u64) -> Result<Instruction, WordError> {
        Ok(match operation {
            SKIP => Instruction::Skip {
                condition: self.condition(A)?,
                count: self.take(A + 2, 8) as u8,
            },
            JUMP => Instruction::Jump {
                condition: self.condition(A)?,
                target: self.take(A + 2, 8) as u8,
            },
            SPIKE => Instruction::Spike {
                x: self.operand(A)?,
            },
            PROBE => Instruction::Probe {
                x: self.operand(A)?,
                probe: self.take(B, 8) as u8,
            },
            TRACE => Instruction::Trace {
                x: self.operand(A)?,
                trace: self.take(B, 8) as u8,
            },
            END => Instruction::End,
            other => return Err(WordError::Operation(other as u8)),
        })
    }

    /// An instruction of two operands: its operation is that of the first of its kind plus its
    /// place in the table.
    fn pair(&mut self, operation: u64) -> Result<Instruction, WordError> {
        let entry = |first: u64| operation.checked_sub(first).map(|place| place as usize);
        if let Some(&op) = entry(COMPARE).and_then(|place| COMPARE_OPS.get(place)) {
            return Ok(Instruction::Compare {
                op,
                a: self.operand(A)?,
                b: self.operand(B)?,
            });
        }
        if let Some(&op) = entry(BINARY).and_then(|place| BINARY_OPS.get(place)) {
            return Ok(Instruction::Binary {
                op,
                rd: self.register(RD),
                a: self.operand(A)?,
                b: self.operand(B)?,
            });
        }
        Err(WordError::Operation(operation as u8))
    }
}

impl Program {
    /// The instructions as 64-bit words (MC-036).
    ///
    /// # Errors
    /// The index of the first instruction that has no encoding, and why.
    pub fn words(&self) -> Result<Vec<u64>, (usize, WordError)> {
        self.instructions
            .iter()
            .enumerate()
            .map(|(i, op)| op.encode().map_err(|e| (i, e)))
            .collect()
    }
}
