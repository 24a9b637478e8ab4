//! Programs pre-decoded for many lanes: instructions as operations on slots of one file.

use super::fuse::fuse;
use super::group::DrawNumber;
use super::op::{Op, Slot};
use seamount_microcode::{
    BinaryOp, Condition, Instruction, Operand, ParameterValues, Port, Program, REGISTERS,
    SpikeKind, VerifiedProgram, Word,
};
use std::collections::BTreeMap;

/// One instruction, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) op: Op,
    /// Instructions that it stands for.
    pub(super) count: u32,
    /// Some lanes may be passing over it.
    pub(super) masked: bool,
    /// Lanes that passed over what is above may wake here.
    pub(super) joins: bool,
    /// The next place below at which any lane may wake.
    pub(super) next_join: usize,
}

/// A column that is loaded into a slot for each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// Index of the state word, or of the parameter.
    pub(super) index: usize,
    /// Slot of the column.
    pub(super) slot: Slot,
    /// Whether the program writes it.
    pub(super) written: bool,
}

/// A slot that is filled with random bits for each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RandomColumn {
    pub(super) draw: DrawNumber,
    pub(super) bits: u8,
    pub(super) signed: bool,
    pub(super) slot: Slot,
}

/// Slot that an accumulator is loaded to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PortSlot {
    pub(super) slot: Slot,
    pub(super) how: PortRead,
}

/// Unit in which an accumulator is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PortRead {
    /// Weight units times 64, as a0 and a1: every reader wants those.
    Scaled,
    /// Weight units, as s0 and s1.
    Plain,
    /// As stored: readers differ.
    Mixed,
}

impl PortRead {
    fn of(program: &Program, index: usize) -> PortRead {
        let port = |i: &Instruction| match i.word() {
            Some(Word::Port(port)) if port.index() == index => Some(port.is_scaled()),
            _ => None,
        };
        let mut reads = program.instructions.iter().filter_map(port);
        match reads.next() {
            Some(first) if reads.any(|other| other != first) => PortRead::Mixed,
            Some(true) => PortRead::Scaled,
            Some(false) | None => PortRead::Plain,
        }
    }
}

/// A decoded program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) steps: Vec<Step>,
    pub(super) slots: usize,
    pub(super) states: Vec<Column>,
    pub(super) parameters: Vec<Column>,
    /// Slots that hold the same number in all lanes.
    pub(super) constants: Vec<(Slot, i32)>,
    /// Slots of random operands.
    pub(super) random: Vec<RandomColumn>,
    /// Slot of the number of the step, if it is read.
    pub(super) step: Option<Slot>,
    pub(super) ports: [PortSlot; 2],
    /// Some lanes may wake while others are still passing over.
    pub(super) wakes: bool,
    /// Slots of y1, y2, y3, those that are written.
    pub(super) traces: [Option<Slot>; 3],
    /// Slots of probes.
    pub(super) probes: Vec<Slot>,
    /// Slots of the spike: whether, and its payload; the same if that is 1.
    pub(super) fired: Slot,
    pub(super) payload: Slot,
}

/// Slots as they are given out.
struct Slots<'a> {
    program: &'a Program,
    values: &'a [ParameterValues],
    next: Slot,
    states: BTreeMap<usize, Column>,
    parameters: BTreeMap<usize, Column>,
    constants: BTreeMap<i32, Slot>,
    random: Vec<RandomColumn>,
    step: Option<Slot>,
    /// The next random operand, if one comes.
    draw: [usize; 2],
}

impl<'a> Slots<'a> {
    /// Slots of a program, of which registers have been given out.
    fn new(program: &'a Program, values: &'a [ParameterValues]) -> Slots<'a> {
        Slots {
            program,
            values,
            next: REGISTERS as Slot,
            states: BTreeMap::new(),
            parameters: BTreeMap::new(),
            constants: BTreeMap::new(),
            random: vec![],
            step: None,
            draw: [0, 0],
        }
    }

    fn fresh(&mut self) -> Slot {
        self.next += 1;
        self.next - 1
    }

    fn constant(&mut self, value: i32) -> Slot {
        if let Some(&slot) = self.constants.get(&value) {
            return slot;
        }
        let slot = self.fresh();
        self.constants.insert(value, slot);
        slot
    }

    fn state(&mut self, index: u8, write: bool) -> Slot {
        let index = usize::from(index);
        if !self.states.contains_key(&index) {
            let slot = self.fresh();
            self.states.insert(
                index,
                Column {
                    index,
                    slot,
                    written: false,
                },
            );
        }
        let column = self.states.get_mut(&index).expect("inserted above");
        column.written |= write;
        column.slot
    }

    /// The one number that an operand is in all lanes.
    fn number(&self, operand: Operand) -> Option<i32> {
        match operand {
            Operand::Immediate(x) => Some(x),
            Operand::Parameter(p) => match &self.values[usize::from(p)] {
                ParameterValues::One(x) => Some(*x),
                ParameterValues::Each(_) => None,
            },
            Operand::Register(_) | Operand::Random { .. } | Operand::Step => None,
        }
    }

    /// The slot of a random operand; operands of an instruction come from left to right.
    fn random(&mut self, bits: u8, signed: bool) -> Slot {
        let slot = self.fresh();
        let [instruction, before] = self.draw;
        self.draw[1] += 1;
        self.random.push(RandomColumn {
            draw: DrawNumber::new(instruction, before),
            bits,
            signed,
            slot,
        });
        slot
    }

    /// The slot of the number of the step.
    fn step(&mut self) -> Slot {
        let slot = self.step.unwrap_or_else(|| self.fresh());
        self.step = Some(slot);
        slot
    }

    fn operand(&mut self, operand: Operand) -> Slot {
        match (operand, self.number(operand)) {
            (Operand::Register(r), _) => Slot::from(r),
            (Operand::Random { bits, signed }, _) => self.random(bits, signed),
            (Operand::Step, _) => self.step(),
            (_, Some(x)) => self.constant(x),
            (Operand::Parameter(p), None) => {
                let index = usize::from(p);
                if let Some(column) = self.parameters.get(&index) {
                    return column.slot;
                }
                let slot = self.fresh();
                self.parameters.insert(
                    index,
                    Column {
                        index,
                        slot,
                        written: false,
                    },
                );
                slot
            }
            (Operand::Immediate(_), None) => unreachable!("an immediate is a number"),
        }
    }

    /// Whether an operand is in 0..=4096 in every lane, as the factor of a decay is.
    fn is_keep(&self, operand: Operand) -> bool {
        match operand {
            Operand::Immediate(x) => (0..=4096).contains(&x),
            Operand::Parameter(p) => self.values[usize::from(p)]
                .all()
                .iter()
                .all(|x| (0..=4096).contains(x)),
            Operand::Register(_) | Operand::Random { .. } | Operand::Step => false,
        }
    }
}

/// Slots of outputs and inputs that no operand names.
struct Places {
    ports: [PortSlot; 2],
    traces: [Option<Slot>; 3],
    probes: Vec<Slot>,
    fired: Slot,
    payload: Slot,
}

/// Decodes a verified program with its values.
pub(super) fn decode(verified: &VerifiedProgram, values: &[ParameterValues]) -> Code {
    let program = verified.program();
    let mut slots = Slots::new(program, values);
    let ports = [0, 1].map(|index| PortSlot {
        slot: slots.fresh(),
        how: PortRead::of(program, index),
    });
    let fired = slots.fresh();
    let payload = if program.spike == SpikeKind::Binary {
        fired
    } else {
        slots.fresh()
    };
    let traces = verified
        .writes_trace
        .map(|written| written.then(|| slots.fresh()));
    let probes: Vec<Slot> = program.probes.iter().map(|_| slots.fresh()).collect();
    let places = Places {
        ports,
        traces,
        probes,
        fired,
        payload,
    };
    let mut steps: Vec<Step> = vec![];
    for (at, instruction) in program.instructions.iter().enumerate() {
        slots.draw = [at, 0];
        let op = op(instruction, at, &mut slots, &places);
        steps.push(Step {
            op,
            count: 1,
            masked: false,
            joins: false,
            next_join: 0,
        });
    }
    let constants: Vec<(Slot, i32)> = slots
        .constants
        .into_iter()
        .map(|(value, slot)| (slot, value))
        .collect();
    fuse(&mut steps, &constants);
    regions(&mut steps);
    let mut code = Code {
        wakes: steps.iter().any(|s| s.joins && s.masked),
        steps,
        slots: 0,
        states: slots.states.into_values().collect(),
        parameters: slots.parameters.into_values().collect(),
        constants,
        random: slots.random,
        step: slots.step,
        ports,
        traces,
        probes: places.probes,
        fired,
        payload,
    };
    code.pack();
    code
}

impl Code {
    /// Gives slots only to what is used.
    fn pack(&mut self) {
        let mut places: BTreeMap<Slot, Slot> = BTreeMap::new();
        let mut place = |slot: &mut Slot| {
            let next = places.len() as Slot;
            *slot = *places.entry(*slot).or_insert(next);
        };
        self.steps
            .iter_mut()
            .for_each(|step| step.op.visit(|_, slot| place(slot)));
        let used = places.clone();
        self.constants.retain(|(slot, _)| used.contains_key(slot));
        self.states.retain(|column| used.contains_key(&column.slot));
        self.parameters
            .retain(|column| used.contains_key(&column.slot));
        self.random.retain(|column| used.contains_key(&column.slot));
        self.step = self.step.filter(|slot| used.contains_key(slot));
        let mut place = |slot: &mut Slot| {
            let next = places.len() as Slot;
            *slot = *places.entry(*slot).or_insert(next);
        };
        self.constants.iter_mut().for_each(|(slot, _)| place(slot));
        self.states
            .iter_mut()
            .chain(&mut self.parameters)
            .for_each(|column| place(&mut column.slot));
        self.random
            .iter_mut()
            .for_each(|column| place(&mut column.slot));
        self.step.iter_mut().for_each(&mut place);
        self.ports.iter_mut().for_each(|port| place(&mut port.slot));
        self.traces
            .iter_mut()
            .flatten()
            .chain(&mut self.probes)
            .for_each(&mut place);
        [&mut self.fired, &mut self.payload]
            .into_iter()
            .for_each(&mut place);
        self.slots = places.len();
    }
}

/// Marks what a branch can pass over, and where lanes wake.
fn regions(steps: &mut [Step]) {
    let branch = |(at, step): (usize, &Step)| match step.op {
        Op::Branch(_, target) => Some((at, usize::from(target))),
        _ => None,
    };
    let branches: Vec<(usize, usize)> = steps.iter().enumerate().filter_map(branch).collect();
    for &(at, target) in &branches {
        steps[at + 1..target]
            .iter_mut()
            .for_each(|s| s.masked = true);
        if let Some(step) = steps.get_mut(target) {
            step.joins = true;
        }
    }
    for (at, step) in steps.iter_mut().enumerate() {
        let above = branches
            .iter()
            .filter(|(from, target)| *from <= at && *target > at)
            .map(|(_, target)| *target);
        step.next_join = above.min().unwrap_or(at + 1);
    }
}

/// The operation of one instruction, which stands at `at`.
fn op(instruction: &Instruction, at: usize, slots: &mut Slots, places: &Places) -> Op {
    let slot = Slot::from;
    if let Some((condition, target)) = instruction.goes_to(at, slots.program.instructions.len()) {
        return Op::Branch(condition, target as u16);
    }
    match *instruction {
        Instruction::Move { rd, x } => Op::Copy(slot(rd), slots.operand(x)),
        Instruction::Load {
            rd,
            word: Word::State(s),
        } => Op::Copy(slot(rd), slots.state(s, false)),
        Instruction::Load {
            rd,
            word: Word::Port(p),
        } => read_port(rd, p, places, None),
        Instruction::ReadClear {
            rd,
            word: Word::State(s),
            condition,
        } => Op::ReadClear(slot(rd), slots.state(s, true), condition),
        Instruction::ReadClear {
            rd,
            word: Word::Port(p),
            condition,
        } => {
            let later = &slots.program.instructions[at + 1..];
            let clear = reads_again(later, p).then_some(condition);
            read_port(rd, p, places, clear)
        }
        Instruction::Exchange { rd, state, x } => {
            let a = slots.operand(x);
            let state = slots.state(state, true);
            rd.map_or(Op::Copy(state, a), |rd| Op::Exchange(slot(rd), state, a))
        }
        Instruction::Select { rd, a, b } => {
            Op::Select(slot(rd), slots.operand(a), slots.operand(b))
        }
        Instruction::Binary { op, rd, a, b } => binary(op, slot(rd), a, b, slots),
        Instruction::AddSaturating { rd, a, b: None, x } => {
            Op::AddSaturating(slot(rd), slot(a), slots.operand(x))
        }
        Instruction::AddSaturating {
            rd,
            a,
            b: Some(b),
            x,
        } => Op::AddSaturating3(slot(rd), slot(a), slot(b), slots.operand(x)),
        Instruction::Negate { rd, x } => Op::Negate(slot(rd), slots.operand(x)),
        Instruction::MultiplyShift { rd, a, x, shift } => {
            multiply_shift(slot(rd), slot(a), x, shift, slots)
        }
        Instruction::Compare { op, a, b } => Op::Compare(op, slots.operand(a), slots.operand(b)),
        Instruction::Spike { x } => match slots.program.spike {
            SpikeKind::Binary => Op::Copy(places.fired, slots.constant(1)),
            kind => Op::Spike(places.fired, places.payload, slots.operand(x), kind),
        },
        Instruction::Probe { probe, x } => {
            Op::Copy(places.probes[usize::from(probe)], slots.operand(x))
        }
        Instruction::Trace { trace, x } => Op::Trace(
            places.traces[usize::from(trace) - 1].expect("the verifier saw it"),
            slots.operand(x),
        ),
        Instruction::Skip { .. } | Instruction::Jump { .. } | Instruction::End => {
            unreachable!("they go elsewhere")
        }
    }
}

/// Whether one of these instructions reads a port. A port that is read for the last time need not
/// be cleared: it is 0 after the step in any case (MC-029).
fn reads_again(later: &[Instruction], port: Port) -> bool {
    later.iter().any(|instruction| {
        matches!(instruction.word(), Some(Word::Port(other)) if other.index() == port.index())
    })
}

/// A product that is shifted right: the decay of a word (a factor of at most 4096, shifted by 12)
/// has operations of its own, which stay within 32 bit.
fn multiply_shift(d: Slot, a: Slot, x: Operand, shift: Operand, slots: &mut Slots) -> Op {
    let keep = slots.is_keep(x);
    match (slots.number(shift), slots.number(x)) {
        (Some(12), Some(factor)) if keep => Op::KeepAll(d, a, factor),
        (Some(12), None) if keep => Op::Keep(d, a, slots.operand(x)),
        (Some(places), _) => Op::MultiplyShift(d, a, slots.operand(x), places.clamp(0, 47)),
        (None, _) => Op::MultiplyShiftBy(d, a, slots.operand(x), slots.operand(shift)),
    }
}

fn read_port(rd: u8, port: Port, places: &Places, clear: Option<Condition>) -> Op {
    let PortSlot { slot, how } = places.ports[port.index()];
    let d = Slot::from(rd);
    match (how, clear) {
        (PortRead::Mixed, _) => Op::ReadPort(d, slot, port.is_scaled(), clear),
        (_, None) => Op::Copy(d, slot),
        (_, Some(condition)) => Op::ReadClear(d, slot, condition),
    }
}

fn binary(op: BinaryOp, d: Slot, a: Operand, b: Operand, slots: &mut Slots) -> Op {
    let number = slots.number(b);
    let a = slots.operand(a);
    let b = slots.operand(b);
    match (op, number) {
        (BinaryOp::Add, _) => Op::Add(d, a, b),
        (BinaryOp::Min, _) => Op::Min(d, a, b),
        (BinaryOp::And, _) => Op::And(d, a, b),
        (BinaryOp::Or, _) => Op::Or(d, a, b),
        (BinaryOp::Shl, Some(n)) if n >= 0 => Op::ShiftLeft(d, a, n.min(24)),
        (BinaryOp::Shl, Some(n)) => Op::ShiftRight(d, a, (-n).min(24)),
        (BinaryOp::Shl, None) => Op::Shift(d, a, b),
    }
}
