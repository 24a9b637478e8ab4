//! Programs drawn at random: words that mean anything, and programs that are mostly good.

use seamount_arith::random::{Key, Purpose};
use seamount_microcode::*;

/// A source of draws.
pub struct Draws {
    key: Key,
    next: u64,
}

impl Draws {
    pub fn new(seed: u64) -> Draws {
        Draws {
            key: Key::new(seed, Purpose::Stimulus),
            next: 0,
        }
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next += 1;
        self.key.below(self.next, bound)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// A word, often near an end of its range or near 0.
    pub fn word(&mut self) -> i32 {
        let any = self.below(1 << 24) as i32 - (1 << 23);
        match self.below(6) {
            0 => self.pick(&[WORD_MIN, WORD_MIN + 1, -1, 0, 1, WORD_MAX, 4096, -4096]),
            1 | 2 => any >> 12,
            _ => any,
        }
    }

    fn operand(&mut self) -> Operand {
        match self.below(10) {
            8 => self.random(),
            9 => Operand::Step,
            0 => Operand::Immediate(self.word()),
            1 => Operand::Immediate(self.below(64) as i32 - 32),
            2 => Operand::Parameter(self.below(4) as u8),
            _ => Operand::Register(self.below(16) as u8),
        }
    }

    fn random(&mut self) -> Operand {
        let signed = self.below(2) == 1;
        let bits = 1 + self.below(23 + u64::from(signed)) as u8;
        Operand::Random { bits, signed }
    }

    fn condition(&mut self) -> Condition {
        self.pick(&[Condition::Always, Condition::Set, Condition::Clear])
    }

    fn memory(&mut self) -> Word {
        if self.below(2) == 0 {
            Word::State(self.below(3) as u8)
        } else {
            Word::Port(self.pick(&Port::ALL))
        }
    }

    /// An instruction that may stand at `at` of `length`; jumps are conditional so that what
    /// follows is reached.
    fn instruction(&mut self, at: usize, length: usize) -> Instruction {
        let rd = self.below(16) as u8;
        let register = self.below(16) as u8;
        let a = self.operand();
        let b = self.operand();
        let left = (length - at) as u64;
        match self.below(16) {
            0 => Instruction::Load {
                rd,
                word: self.memory(),
            },
            1 => Instruction::ReadClear {
                rd,
                word: self.memory(),
                condition: self.condition(),
            },
            2 => Instruction::Exchange {
                rd: (register > 3).then_some(rd),
                state: self.below(3) as u8,
                x: a,
            },
            3 | 4 => Instruction::Select { rd, a, b },
            5 => Instruction::AddSaturating {
                rd,
                a: register,
                b: None,
                x: a,
            },
            6 => Instruction::AddSaturating {
                rd,
                a: register,
                b: Some(self.below(16) as u8),
                x: a,
            },
            7 => Instruction::Negate { rd, x: a },
            8 => Instruction::MultiplyShift {
                rd,
                a: register,
                x: b,
                shift: Operand::Immediate(self.pick(&[0, 1, 12, 12, 23, 47])),
            },
            9 => Instruction::MultiplyShift {
                rd,
                a: register,
                x: b,
                shift: Operand::Register(self.below(16) as u8),
            },
            10 | 11 => Instruction::Compare {
                op: self.pick(&[CompareOp::Lt, CompareOp::Ge, CompareOp::Eq]),
                a,
                b,
            },
            12 if left > 2 => {
                let condition = self.pick(&[Condition::Set, Condition::Clear]);
                Instruction::Jump {
                    condition,
                    target: (at as u64 + 1 + self.below(left)) as u8,
                }
            }
            13 if left > 2 => Instruction::Skip {
                condition: self.pick(&[Condition::Set, Condition::Clear]),
                count: (1 + self.below(left - 1)) as u8,
            },
            14 => match self.below(3) {
                0 => Instruction::Trace {
                    trace: 1 + self.below(3) as u8,
                    x: a,
                },
                1 => Instruction::Probe {
                    probe: self.below(2) as u8,
                    x: a,
                },
                _ => Instruction::Move { rd, x: a },
            },
            _ => {
                let ops = [
                    BinaryOp::Add,
                    BinaryOp::Min,
                    BinaryOp::And,
                    BinaryOp::Or,
                    BinaryOp::Shl,
                ];
                let op = self.pick(&ops);
                let b = if op == BinaryOp::Shl && self.below(2) == 0 {
                    Operand::Immediate(self.below(47) as i32 - 23)
                } else {
                    b
                };
                Instruction::Binary { op, rd, a, b }
            }
        }
    }
}

/// Names of the program that all of these have: three states, four parameters (two of neurons),
/// two probes.
pub fn frame(instructions: Vec<Instruction>, spike: SpikeKind) -> Program {
    let parameter = |name: &str, scope| Parameter {
        name: name.into(),
        scope,
        default: None,
    };
    Program {
        name: "random".into(),
        states: vec!["u".into(), "v".into(), "w".into()],
        parameters: vec![
            parameter("p", Scope::Neuron),
            parameter("q", Scope::Shared),
            parameter("k", Scope::Neuron),
            parameter("l", Scope::Shared),
        ],
        probes: vec!["x".into(), "y".into()],
        instructions,
        spike,
    }
}

/// A program of which most are good: registers and the flag are written first.
pub fn mostly_good(seed: u64) -> Program {
    let draws = &mut Draws::new(seed);
    let written = 8;
    let length = written + 2 + draws.below(40) as usize;
    let mut all: Vec<Instruction> = (0..written)
        .map(|r| Instruction::Load {
            rd: r as u8,
            word: draws.memory(),
        })
        .collect();
    for r in written..16 {
        let x = Operand::Immediate(draws.word());
        all.push(Instruction::Move { rd: r as u8, x });
    }
    let length = length + 8;
    all.push(Instruction::Compare {
        op: CompareOp::Lt,
        a: Operand::Register(0),
        b: Operand::Register(1),
    });
    while all.len() < length {
        let next = draws.instruction(all.len(), length);
        all.push(next);
    }
    if draws.below(3) > 0 {
        let at = 17 + draws.below((length - 17) as u64) as usize;
        all[at] = Instruction::Spike {
            x: Operand::Register(draws.below(16) as u8),
        };
    }
    frame(all, draws.pick(&SpikeKind::ALL))
}

/// A program that reads state words into a few registers, works on these and writes them back, as
/// programs of neurons do: what can be renamed and fused is in most of them.
pub fn tight(seed: u64) -> Program {
    let draws = &mut Draws::new(seed);
    let register = |draws: &mut Draws| draws.below(4) as u8;
    let source = |draws: &mut Draws| match draws.below(5) {
        0 => Operand::Immediate(draws.pick(&[0, 1, -1, 2, WORD_MAX, -WORD_MAX])),
        1 => Operand::Parameter(draws.below(4) as u8),
        _ => Operand::Register(draws.below(4) as u8),
    };
    let length = 12 + draws.below(44) as usize;
    let mut all: Vec<Instruction> = (0..4)
        .map(|r| Instruction::Load {
            rd: r,
            word: draws.memory(),
        })
        .collect();
    all.push(Instruction::Compare {
        op: CompareOp::Lt,
        a: source(draws),
        b: source(draws),
    });
    while all.len() < length {
        let rd = register(draws);
        let a = register(draws);
        let left = (length - all.len()) as u64;
        let x = source(draws);
        all.push(match draws.below(16) {
            0 | 1 => Instruction::Load {
                rd,
                word: draws.memory(),
            },
            2 => Instruction::ReadClear {
                rd,
                word: draws.memory(),
                condition: draws.condition(),
            },
            3..=5 => Instruction::Exchange {
                rd: None,
                state: draws.below(3) as u8,
                x: Operand::Register(a),
            },
            6 | 7 => Instruction::MultiplyShift {
                rd,
                a,
                x: Operand::Parameter(3),
                shift: Operand::Immediate(12),
            },
            8 => Instruction::AddSaturating {
                rd,
                a,
                b: Some(register(draws)),
                x,
            },
            9 => Instruction::AddSaturating { rd, a, b: None, x },
            10 => Instruction::Binary {
                op: draws.pick(&[BinaryOp::Add, BinaryOp::Add, BinaryOp::Min]),
                rd,
                a: Operand::Register(a),
                b: x,
            },
            11 | 12 => Instruction::Compare {
                op: draws.pick(&[CompareOp::Lt, CompareOp::Ge, CompareOp::Eq]),
                a: Operand::Register(a),
                b: x,
            },
            13 => Instruction::Select {
                rd,
                a: x,
                b: Operand::Register(a),
            },
            14 if left > 2 && draws.below(2) == 0 => {
                let condition = draws.pick(&[Condition::Set, Condition::Clear]);
                Instruction::Jump {
                    condition,
                    target: (all.len() as u64 + 1 + draws.below(left)) as u8,
                }
            }
            14 => Instruction::Move { rd, x },
            _ => Instruction::Probe {
                probe: draws.below(2) as u8,
                x,
            },
        });
        // what fuses comes in pairs
        let follower = match all.last() {
            Some(&Instruction::Compare { a, b, .. }) if draws.below(2) == 0 => {
                Some(Instruction::Select { rd, a: b, b: a })
            }
            Some(&Instruction::MultiplyShift { rd, .. }) if draws.below(2) == 0 => {
                Some(Instruction::AddSaturating {
                    rd,
                    a: rd,
                    b: Some(register(draws)),
                    x,
                })
            }
            _ => None,
        };
        all.extend(follower.filter(|_| all.len() < length));
    }
    if draws.below(2) == 0 {
        let at = 5 + draws.below((length - 5) as u64) as usize;
        all[at] = Instruction::Spike {
            x: Operand::Register(register(draws)),
        };
    }
    frame(all, draws.pick(&SpikeKind::ALL))
}

/// Values of the parameters of [`frame`]; `k` is mostly what a decay keeps.
pub fn values(draws: &mut Draws, neurons: usize) -> Vec<ParameterValues> {
    let each =
        |draws: &mut Draws| ParameterValues::Each((0..neurons).map(|_| draws.word()).collect());
    let p = each(draws);
    let k = match draws.below(3) {
        0 => each(draws),
        1 => ParameterValues::Each((0..neurons).map(|_| draws.below(4097) as i32).collect()),
        _ => ParameterValues::One(draws.below(4097) as i32),
    };
    vec![
        p,
        ParameterValues::One(draws.word()),
        k,
        ParameterValues::One(draws.below(4097) as i32),
    ]
}
