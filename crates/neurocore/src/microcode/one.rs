//! One neuron, instruction by instruction, as plainly as it can be said: what `seamount trace`
//! shows, and what the vector interpreter is tested against.

use super::group::{DrawNumber, GroupProgram, Surroundings, random};
use seamount_arith::word::{saturate, wrap};
use seamount_microcode::{BinaryOp, CompareOp, Condition, Instruction, Operand, REGISTERS, Word};

/// Outputs of one step of one neuron.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Payload of its spike.
    pub spike: Option<i32>,
    /// y1, y2, y3, where written.
    pub traces: [Option<u8>; 3],
    /// Values of PROBE instructions; 0 where none was reached.
    pub probes: Vec<i32>,
    /// Number of instructions executed.
    pub instructions: u32,
}

/// The machine after one instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceLine {
    /// Index of the instruction.
    pub at: usize,
    /// Instruction as written.
    pub instruction: Instruction,
    /// Registers after it; 0 if not written yet.
    pub registers: [i32; REGISTERS],
    /// The flag after it; false if not set yet.
    pub flag: bool,
    /// Index of the instruction that follows.
    pub next: usize,
}

/// One step of neuron `neuron` of a group: its state words and its accumulators (in weight units,
/// 0 afterwards) are given and changed; `surroundings` are those of the group; `observe` sees the
/// machine after every instruction.
///
/// # Panics
/// If `states` does not have one word for each of the program's, or the neuron does not exist.
pub fn trace_one(
    group: &GroupProgram,
    neuron: usize,
    states: &mut [i32],
    ports: &mut [i32; 2],
    surroundings: &Surroundings,
    mut observe: impl FnMut(&TraceLine),
) -> Outcome {
    let program = group.program().program();
    assert_eq!(states.len(), program.states.len(), "state words");
    assert!(neuron < group.len(), "neuron {neuron} of {}", group.len());
    let mut outcome = Outcome {
        probes: vec![0; program.probes.len()],
        ..Outcome::default()
    };
    let mut machine = Machine {
        group,
        neuron,
        surroundings,
        draw: [0, 0],
        registers: [0; REGISTERS],
        flag: false,
    };
    let mut at = 0;
    while let Some(&instruction) = program.instructions.get(at) {
        outcome.instructions += 1;
        let next = match instruction.goes_to(at, program.instructions.len()) {
            Some((condition, target)) if machine.holds(condition) => target,
            _ => at + 1,
        };
        machine.draw = [at, 0];
        machine.execute(&instruction, states, ports, &mut outcome);
        observe(&TraceLine {
            at,
            instruction,
            registers: machine.registers,
            flag: machine.flag,
            next,
        });
        at = next;
    }
    *ports = [0, 0]; // MC-029
    outcome
}

struct Machine<'a> {
    group: &'a GroupProgram,
    neuron: usize,
    surroundings: &'a Surroundings,
    /// The next random operand: its instruction, and how many came before it in that.
    draw: [usize; 2],
    registers: [i32; REGISTERS],
    flag: bool,
}

/// Result of an instruction with two operands; shifts to the left by a negative number go right.
fn binary(op: BinaryOp, a: i32, b: i32) -> i32 {
    match op {
        BinaryOp::Add => wrap::<24>(i64::from(a) + i64::from(b)),
        BinaryOp::Min => a.min(b),
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Shl if b >= 24 => 0,
        BinaryOp::Shl if b >= 0 => wrap::<24>(i64::from(a) << b),
        BinaryOp::Shl => a >> (-b).min(31),
    }
}

/// The flag after a comparison.
fn compare(op: CompareOp, a: i32, b: i32) -> bool {
    match op {
        CompareOp::Lt => a < b,
        CompareOp::Ge => a >= b,
        CompareOp::Eq => a == b,
    }
}

impl Machine<'_> {
    /// Value of an operand. Operands of an instruction must be asked for once each, from left to
    /// right.
    fn value(&mut self, operand: Operand) -> i32 {
        match operand {
            Operand::Register(r) => self.registers[usize::from(r)],
            Operand::Immediate(x) => x,
            Operand::Parameter(p) => self.group.values()[usize::from(p)].of(self.neuron),
            Operand::Random { bits, signed } => {
                let [instruction, before] = self.draw;
                self.draw[1] += 1;
                let draw = DrawNumber::new(instruction, before);
                random(self.surroundings.bits(draw, self.neuron), bits, signed)
            }
            Operand::Step => self.surroundings.step(),
        }
    }

    fn holds(&self, condition: Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::Set => self.flag,
            Condition::Clear => !self.flag,
        }
    }

    /// Value of a word as an instruction reads it (MC-030).
    fn read(&self, word: Word, states: &[i32], ports: &[i32; 2]) -> i32 {
        match word {
            Word::State(s) => states[usize::from(s)],
            Word::Port(p) if p.is_scaled() => wrap::<22>(i64::from(ports[p.index()]) * 64),
            Word::Port(p) => wrap::<24>(i64::from(ports[p.index()])),
        }
    }

    /// Executes one instruction that stays in line; branches are taken by the caller.
    fn execute(
        &mut self,
        instruction: &Instruction,
        states: &mut [i32],
        ports: &mut [i32; 2],
        outcome: &mut Outcome,
    ) {
        use Instruction::*;
        let at = usize::from;
        let long = |x: i32| i64::from(x);
        match *instruction {
            Move { rd, x } => self.registers[at(rd)] = self.value(x),
            Load { rd, word } => self.registers[at(rd)] = self.read(word, states, ports),
            ReadClear {
                rd,
                word,
                condition,
            } => {
                self.registers[at(rd)] = self.read(word, states, ports);
                if self.holds(condition) {
                    match word {
                        Word::State(s) => states[at(s)] = 0,
                        Word::Port(p) => ports[p.index()] = 0,
                    }
                }
            }
            Exchange { rd, state, x } => {
                let old = std::mem::replace(&mut states[at(state)], self.value(x));
                if let Some(rd) = rd {
                    self.registers[at(rd)] = old;
                }
            }
            Select { rd, a, b } => {
                let choices = [self.value(a), self.value(b)];
                self.registers[at(rd)] = choices[usize::from(!self.flag)];
            }
            Binary { op, rd, a, b } => {
                let sources = [self.value(a), self.value(b)];
                self.registers[at(rd)] = binary(op, sources[0], sources[1]);
            }
            AddSaturating { rd, a, b, x } => {
                let sum = long(self.registers[at(a)])
                    + b.map_or(0, |b| long(self.registers[at(b)]))
                    + long(self.value(x));
                self.registers[at(rd)] = saturate::<24>(sum);
            }
            Negate { rd, x } => self.registers[at(rd)] = wrap::<24>(-long(self.value(x))),
            MultiplyShift { rd, a, x, shift } => {
                let product = long(self.registers[at(a)]) * long(self.value(x));
                let magnitude = product.abs() >> self.value(shift).clamp(0, 47);
                self.registers[at(rd)] =
                    wrap::<24>(if product < 0 { -magnitude } else { magnitude });
            }
            Compare { op, a, b } => {
                let sides = [self.value(a), self.value(b)];
                self.flag = compare(op, sides[0], sides[1]);
            }
            Spike { x } => {
                let kind = self.group.program().program().spike;
                outcome.spike = Some(kind.payload(self.value(x)))
            }
            Probe { probe, x } => outcome.probes[at(probe)] = self.value(x),
            Trace { trace, x } => {
                outcome.traces[at(trace) - 1] = Some(self.value(x).clamp(0, 127) as u8)
            } // MC-032
            Skip { .. } | Jump { .. } | End => {}
        }
    }
}
