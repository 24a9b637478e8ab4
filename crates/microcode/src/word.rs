//! Instructions as 64-bit words (MC-036), ours: operation in bits 0..6, result in 6..10, then two
//! operands of 26 bits each at 10 and 36. An operand is 2 bits of kind (0 register, 1 number,
//! 2 parameter) and 24 of value.

use super::{BinaryOp, CompareOp, Condition, Instruction, Operand, Port, WORD_MAX, WORD_MIN, Word};

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
        /// What it holds.
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
/// No second term of ADDS, no result of RMW.
const NONE: u64 = 1 << 4;

/// A word being filled.
struct Packer(u64);

impl Packer {
    fn put(self, at: u32, bits: u32, value: u64) -> Result<Packer, WordError> {
        if value >> bits != 0 {
            return Err(WordError::Fits(value as i64));
        }
        Ok(Packer(self.0 | value << at))
    }

    fn operand(self, at: u32, operand: Operand) -> Result<Packer, WordError> {
        let (kind, value) = match operand {
            Operand::Register(r) if r < 16 => (0, u64::from(r)),
            Operand::Register(r) => return Err(WordError::Fits(r.into())),
            Operand::Immediate(x) if (WORD_MIN..=WORD_MAX).contains(&x) => {
                (1, x as u64 & 0xff_ffff)
            }
            Operand::Immediate(x) => return Err(WordError::Fits(x.into())),
            Operand::Parameter(p) => (2, u64::from(p)),
        };
        self.put(at, 2, kind)?.put(at + 2, 24, value)
    }
}

/// A word being read; every bit that is read is taken away, so that what is left is not used.
struct Fields(u64);

impl Fields {
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
        let kind = self.below(at, 2, 3)?;
        Ok(match kind {
            0 => Operand::Register(self.below(at + 2, 24, 16)? as u8),
            1 => Operand::Immediate((self.take(at + 2, 24) as i32) << 8 >> 8),
            _ => Operand::Parameter(self.below(at + 2, 24, 256)? as u8),
        })
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

    fn optional_register(&mut self, at: u32) -> Result<Option<u8>, WordError> {
        let value = self.below(at, 5, NONE + 1)?;
        Ok((value < NONE).then_some(value as u8))
    }
}

fn word_fields(word: Word) -> (u64, u64) {
    match word {
        Word::State(s) => (0, u64::from(s)),
        Word::Port(p) => (
            1,
            Port::ALL.iter().position(|q| *q == p).expect("one of them") as u64,
        ),
    }
}

impl Instruction {
    /// The 64-bit word of this instruction.
    ///
    /// # Errors
    /// If a register, number or count does not fit its field: then no program with this
    /// instruction is good.
    pub fn encode(&self) -> Result<u64, WordError> {
        use Instruction::*;
        let start = |operation: u64, rd: u8| Packer(operation).put(RD, 4, u64::from(rd));
        let condition = |c: Condition| {
            CONDITIONS
                .iter()
                .position(|d| *d == c)
                .expect("one of them") as u64
        };
        let none = |r: Option<u8>| {
            r.map_or(Ok(NONE), |r| {
                if r < 16 {
                    Ok(u64::from(r))
                } else {
                    Err(WordError::Fits(r.into()))
                }
            })
        };
        let packed = match *self {
            Move { rd, x } => start(MOVE, rd)?.operand(A, x)?,
            Load { rd, word } => {
                let (kind, value) = word_fields(word);
                start(LOAD, rd)?.put(A, 2, kind)?.put(A + 2, 24, value)?
            }
            ReadClear {
                rd,
                word,
                condition: when,
            } => {
                let (kind, value) = word_fields(word);
                start(READ_CLEAR, rd)?
                    .put(A, 2, kind)?
                    .put(A + 2, 24, value)?
                    .put(B, 2, condition(when))?
            }
            Exchange { rd, state, x } => start(EXCHANGE, 0)?
                .operand(A, x)?
                .put(B, 8, state.into())?
                .put(B + 8, 5, none(rd)?)?,
            Select { rd, a, b } => start(SELECT, rd)?.operand(A, a)?.operand(B, b)?,
            Binary { op, rd, a, b } => {
                let index = BINARY_OPS
                    .iter()
                    .position(|o| *o == op)
                    .expect("one of them") as u64;
                start(BINARY + index, rd)?.operand(A, a)?.operand(B, b)?
            }
            AddSaturating { rd, a, b, x } => start(ADD_SATURATING, rd)?
                .put(A, 4, a.into())?
                .put(A + 4, 5, none(b)?)?
                .operand(B, x)?,
            Negate { rd, x } => start(NEGATE, rd)?.operand(A, x)?,
            MultiplyShift { rd, a, x, shift } => {
                let (kind, value) = match shift {
                    Operand::Register(r) if r < 16 => (0, u64::from(r)),
                    Operand::Immediate(s) if (0..256).contains(&s) => (1, s as u64),
                    Operand::Parameter(p) => (2, u64::from(p)),
                    Operand::Register(r) => return Err(WordError::Fits(r.into())),
                    Operand::Immediate(s) => return Err(WordError::Fits(s.into())),
                };
                start(MULTIPLY_SHIFT, rd)?
                    .put(A, 4, a.into())?
                    .put(A + 4, 2, kind)?
                    .put(A + 6, 8, value)?
                    .operand(B, x)?
            }
            Compare { op, a, b } => {
                let index = COMPARE_OPS
                    .iter()
                    .position(|o| *o == op)
                    .expect("one of them") as u64;
                start(COMPARE + index, 0)?.operand(A, a)?.operand(B, b)?
            }
            Skip {
                condition: when,
                count,
            } => start(SKIP, 0)?
                .put(A, 2, condition(when))?
                .put(A + 2, 8, count.into())?,
            Jump {
                condition: when,
                target,
            } => start(JUMP, 0)?
                .put(A, 2, condition(when))?
                .put(A + 2, 8, target.into())?,
            Spike { x } => start(SPIKE, 0)?.operand(A, x)?,
            Probe { probe, x } => start(PROBE, 0)?.operand(A, x)?.put(B, 8, probe.into())?,
            Trace { trace, x } => start(TRACE, 0)?.operand(A, x)?.put(B, 8, trace.into())?,
            End => start(END, 0)?,
        };
        Ok(packed.0)
    }

    /// The instruction of a 64-bit word. It need not be good in a program: [`super::verify`] says that.
    ///
    /// # Errors
    /// Why it is none.
    pub fn decode(word: u64) -> Result<Instruction, WordError> {
        use Instruction::*;
        let mut f = Fields(word);
        let operation = f.take(0, 6);
        let instruction = match operation {
            MOVE => Move {
                rd: f.register(RD),
                x: f.operand(A)?,
            },
            LOAD => Load {
                rd: f.register(RD),
                word: f.word()?,
            },
            READ_CLEAR => ReadClear {
                rd: f.register(RD),
                word: f.word()?,
                condition: f.condition(B)?,
            },
            EXCHANGE => Exchange {
                x: f.operand(A)?,
                state: f.take(B, 8) as u8,
                rd: f.optional_register(B + 8)?,
            },
            SELECT => Select {
                rd: f.register(RD),
                a: f.operand(A)?,
                b: f.operand(B)?,
            },
            ADD_SATURATING => AddSaturating {
                rd: f.register(RD),
                a: f.register(A),
                b: f.optional_register(A + 4)?,
                x: f.operand(B)?,
            },
            NEGATE => Negate {
                rd: f.register(RD),
                x: f.operand(A)?,
            },
            MULTIPLY_SHIFT => {
                let (rd, a) = (f.register(RD), f.register(A));
                let shift = match f.below(A + 4, 2, 3)? {
                    0 => Operand::Register(f.below(A + 6, 8, 16)? as u8),
                    1 => Operand::Immediate(f.take(A + 6, 8) as i32),
                    _ => Operand::Parameter(f.take(A + 6, 8) as u8),
                };
                MultiplyShift {
                    rd,
                    a,
                    x: f.operand(B)?,
                    shift,
                }
            }
            SKIP => Skip {
                condition: f.condition(A)?,
                count: f.take(A + 2, 8) as u8,
            },
            JUMP => Jump {
                condition: f.condition(A)?,
                target: f.take(A + 2, 8) as u8,
            },
            SPIKE => Spike { x: f.operand(A)? },
            PROBE => Probe {
                x: f.operand(A)?,
                probe: f.take(B, 8) as u8,
            },
            TRACE => Trace {
                x: f.operand(A)?,
                trace: f.take(B, 8) as u8,
            },
            END => End,
            _ => match (
                operation.checked_sub(BINARY),
                operation.checked_sub(COMPARE),
            ) {
                (_, Some(i)) if i < 3 => Compare {
                    op: COMPARE_OPS[i as usize],
                    a: f.operand(A)?,
                    b: f.operand(B)?,
                },
                (Some(i), _) if i < 5 => Binary {
                    op: BINARY_OPS[i as usize],
                    rd: f.register(RD),
                    a: f.operand(A)?,
                    b: f.operand(B)?,
                },
                _ => return Err(WordError::Operation(operation as u8)),
            },
        };
        if f.0 != 0 {
            Err(WordError::Unused(f.0))
        } else {
            Ok(instruction)
        }
    }
}
