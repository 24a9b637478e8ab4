//! Programs pre-decoded for many lanes: every operand is a slot of one file, which holds
//! registers, state words, ports, parameters, numbers and results side by side.

use super::fuse::fuse;
use seamount_image::microcode::{
    BinaryOp, CompareOp, Condition, Instruction, Operand, ParameterValues, Port, Program, REGISTERS, SpikeKind, VerifiedProgram, Word,
};
use std::collections::BTreeMap;

/// Index of a slot.
pub(super) type Slot = u16;

/// What one instruction does to slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Copy {
        d: Slot,
        a: Slot,
    },
    ReadPort {
        d: Slot,
        a: Slot,
        scaled: bool,
        clear: Option<Condition>,
    },
    ReadClear {
        d: Slot,
        a: Slot,
        clear: Condition,
    },
    Exchange {
        d: Slot,
        state: Slot,
        a: Slot,
    },
    Select {
        d: Slot,
        a: Slot,
        b: Slot,
    },
    Add {
        d: Slot,
        a: Slot,
        b: Slot,
    },
    Min {
        d: Slot,
        a: Slot,
        b: Slot,
    },
    Max {
        d: Slot,
        a: Slot,
        b: Slot,
    },
    And {
        d: Slot,
        a: Slot,
        b: Slot,
    },
    Or {
        d: Slot,
        a: Slot,
        b: Slot,
    },
    Shift {
        d: Slot,
        a: Slot,
        b: Slot,
    },
    ShiftLeft {
        d: Slot,
        a: Slot,
        places: i32,
    },
    ShiftRight {
        d: Slot,
        a: Slot,
        places: i32,
    },
    AddSaturating {
        d: Slot,
        a: Slot,
        b: Slot,
    },
    AddSaturating3 {
        d: Slot,
        a: Slot,
        b: Slot,
        c: Slot,
    },
    Negate {
        d: Slot,
        a: Slot,
    },
    /// Product with a factor in 0..=4096, shifted by 12: fits 32 bit in two halves.
    Keep {
        d: Slot,
        a: Slot,
        x: Slot,
    },
    /// As `Keep`, with one factor for all lanes.
    KeepAll {
        d: Slot,
        a: Slot,
        factor: i32,
    },
    MultiplyShift {
        d: Slot,
        a: Slot,
        x: Slot,
        places: i32,
    },
    MultiplyShiftBy {
        d: Slot,
        a: Slot,
        x: Slot,
        by: Slot,
    },
    Less {
        a: Slot,
        b: Slot,
    },
    NotLess {
        a: Slot,
        b: Slot,
    },
    Equal {
        a: Slot,
        b: Slot,
    },
    Branch {
        condition: Condition,
        target: u16,
    },
    Spike {
        a: Slot,
    },
    Probe {
        probe: Slot,
        a: Slot,
    },
    Trace {
        trace: Slot,
        a: Slot,
    },
}

/// One instruction, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub op: Op,
    /// Instructions that it stands for.
    pub count: u32,
    /// Some lanes may be passing over it.
    pub masked: bool,
    /// Lanes that passed over what is above may wake here.
    pub joins: bool,
    /// The next place below at which any lane may wake.
    pub next_join: usize,
}

/// A column that is loaded into a slot for each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// Index of the state word, or of the parameter.
    pub index: usize,
    /// Its slot.
    pub slot: Slot,
    /// Whether the program writes it.
    pub written: bool,
}

/// A decoded program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    pub steps: Vec<Step>,
    pub slots: usize,
    pub states: Vec<Column>,
    pub parameters: Vec<Column>,
    /// Slots that hold the same number in all lanes.
    pub constants: Vec<(Slot, i32)>,
    pub ports: [Slot; 2],
    /// Slots of y1, y2, y3, those that are written.
    pub traces: [Option<Slot>; 3],
    /// Slots of probes.
    pub probes: Vec<Slot>,
    /// Slots of the spike: whether, and its payload.
    pub fired: Slot,
    pub payload: Slot,
    pub spike: SpikeKind,
    pub may_spike: bool,
}

/// Slots as they are given out.
struct Slots<'a> {
    program: &'a Program,
    values: &'a [ParameterValues],
    next: Slot,
    states: BTreeMap<usize, Column>,
    parameters: BTreeMap<usize, Column>,
    constants: BTreeMap<i32, Slot>,
}

impl Slots<'_> {
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
            self.states.insert(index, Column { index, slot, written: false });
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
            Operand::Register(_) => None,
        }
    }

    fn operand(&mut self, operand: Operand) -> Slot {
        match (operand, self.number(operand)) {
            (Operand::Register(r), _) => Slot::from(r),
            (_, Some(x)) => self.constant(x),
            (Operand::Parameter(p), None) => {
                let index = usize::from(p);
                if let Some(column) = self.parameters.get(&index) {
                    return column.slot;
                }
                let slot = self.fresh();
                self.parameters.insert(index, Column { index, slot, written: false });
                slot
            }
            (Operand::Immediate(_), None) => unreachable!("an immediate is a number"),
        }
    }

    /// Whether an operand is in 0..=4096 in every lane: what a decay keeps.
    fn is_keep(&self, operand: Operand) -> bool {
        match operand {
            Operand::Immediate(x) => (0..=4096).contains(&x),
            Operand::Parameter(p) => self.values[usize::from(p)].all().iter().all(|x| (0..=4096).contains(x)),
            Operand::Register(_) => false,
        }
    }
}

/// Decodes a verified program with its values.
pub(super) fn decode(verified: &VerifiedProgram, values: &[ParameterValues]) -> Code {
    let program = verified.program();
    let (states, parameters) = (BTreeMap::new(), BTreeMap::new());
    let mut slots = Slots { program, values, next: REGISTERS as Slot, states, parameters, constants: BTreeMap::new() };
    let ports = [slots.fresh(), slots.fresh()];
    let (fired, payload) = (slots.fresh(), slots.fresh());
    let traces = verified.writes_trace.map(|written| written.then(|| slots.fresh()));
    let probes: Vec<Slot> = program.probes.iter().map(|_| slots.fresh()).collect();
    let mut steps: Vec<Step> = vec![];
    for (at, instruction) in program.instructions.iter().enumerate() {
        let op = op(instruction, at, &mut slots, ports, traces, &probes);
        steps.push(Step { op, count: 1, masked: false, joins: false, next_join: 0 });
    }
    let constants: Vec<(Slot, i32)> = slots.constants.into_iter().map(|(value, slot)| (slot, value)).collect();
    fuse(&mut steps, &constants);
    regions(&mut steps);
    Code {
        steps,
        slots: usize::from(slots.next),
        states: slots.states.into_values().collect(),
        parameters: slots.parameters.into_values().collect(),
        constants,
        ports,
        traces,
        probes,
        fired,
        payload,
        spike: program.spike,
        may_spike: verified.may_spike,
    }
}

/// Marks what a branch can pass over, and where lanes wake.
fn regions(steps: &mut [Step]) {
    let branches: Vec<(usize, usize)> = steps
        .iter()
        .enumerate()
        .filter_map(|(at, step)| if let Op::Branch { target, .. } = step.op { Some((at, usize::from(target))) } else { None })
        .collect();
    for &(at, target) in &branches {
        steps[at + 1..target].iter_mut().for_each(|s| s.masked = true);
        if let Some(step) = steps.get_mut(target) {
            step.joins = true;
        }
    }
    for (at, step) in steps.iter_mut().enumerate() {
        let above = branches.iter().filter(|(from, target)| *from <= at && *target > at).map(|(_, target)| *target);
        step.next_join = above.min().unwrap_or(at + 1);
    }
}

fn op(instruction: &Instruction, at: usize, slots: &mut Slots, ports: [Slot; 2], traces: [Option<Slot>; 3], probes: &[Slot]) -> Op {
    let slot = Slot::from;
    if let Some((condition, target)) = instruction.goes_to(at, slots.program.instructions.len()) {
        return Op::Branch { condition, target: target as u16 };
    }
    match *instruction {
        Instruction::Move { rd, x } => Op::Copy { d: slot(rd), a: slots.operand(x) },
        Instruction::Load { rd, word: Word::State(s) } => Op::Copy { d: slot(rd), a: slots.state(s, false) },
        Instruction::Load { rd, word: Word::Port(p) } => read_port(rd, p, ports, None),
        Instruction::ReadClear { rd, word: Word::State(s), condition } => {
            Op::ReadClear { d: slot(rd), a: slots.state(s, true), clear: condition }
        }
        Instruction::ReadClear { rd, word: Word::Port(p), condition } => read_port(rd, p, ports, Some(condition)),
        Instruction::Exchange { rd, state, x } => {
            let (a, state) = (slots.operand(x), slots.state(state, true));
            match rd {
                None => Op::Copy { d: state, a },
                Some(rd) => Op::Exchange { d: slot(rd), state, a },
            }
        }
        Instruction::Select { rd, a, b } => Op::Select { d: slot(rd), a: slots.operand(a), b: slots.operand(b) },
        Instruction::Binary { op, rd, a, b } => binary(op, slot(rd), a, b, slots),
        Instruction::AddSaturating { rd, a, b, x } => {
            let (d, a, c) = (slot(rd), slot(a), slots.operand(x));
            match b {
                None => Op::AddSaturating { d, a, b: c },
                Some(b) => Op::AddSaturating3 { d, a, b: slot(b), c },
            }
        }
        Instruction::Negate { rd, x } => Op::Negate { d: slot(rd), a: slots.operand(x) },
        Instruction::MultiplyShift { rd, a, x, shift } => {
            let (d, a, keep) = (slot(rd), slot(a), slots.is_keep(x));
            match (slots.number(shift), slots.number(x)) {
                (Some(12), Some(factor)) if keep => Op::KeepAll { d, a, factor },
                (Some(12), None) if keep => Op::Keep { d, a, x: slots.operand(x) },
                (Some(places), _) => Op::MultiplyShift { d, a, x: slots.operand(x), places: places.clamp(0, 47) },
                (None, _) => Op::MultiplyShiftBy { d, a, x: slots.operand(x), by: slots.operand(shift) },
            }
        }
        Instruction::Compare { op, a, b } => {
            let (a, b) = (slots.operand(a), slots.operand(b));
            match op {
                CompareOp::Lt => Op::Less { a, b },
                CompareOp::Ge => Op::NotLess { a, b },
                CompareOp::Eq => Op::Equal { a, b },
            }
        }
        Instruction::Spike { x } => Op::Spike { a: slots.operand(x) },
        Instruction::Probe { probe, x } => Op::Probe { probe: probes[usize::from(probe)], a: slots.operand(x) },
        Instruction::Trace { trace, x } => {
            Op::Trace { trace: traces[usize::from(trace) - 1].expect("the verifier saw it"), a: slots.operand(x) }
        }
        Instruction::Skip { .. } | Instruction::Jump { .. } | Instruction::End => unreachable!("they go elsewhere"),
    }
}

fn read_port(rd: u8, port: Port, ports: [Slot; 2], clear: Option<Condition>) -> Op {
    Op::ReadPort { d: Slot::from(rd), a: ports[port.index()], scaled: port.is_scaled(), clear }
}

fn binary(op: BinaryOp, d: Slot, a: Operand, b: Operand, slots: &mut Slots) -> Op {
    let (number, a, b) = (slots.number(b), slots.operand(a), slots.operand(b));
    match (op, number) {
        (BinaryOp::Add, _) => Op::Add { d, a, b },
        (BinaryOp::Min, _) => Op::Min { d, a, b },
        (BinaryOp::And, _) => Op::And { d, a, b },
        (BinaryOp::Or, _) => Op::Or { d, a, b },
        (BinaryOp::Shl, Some(n)) if n >= 0 => Op::ShiftLeft { d, a, places: n.min(24) },
        (BinaryOp::Shl, Some(n)) => Op::ShiftRight { d, a, places: (-n).min(24) },
        (BinaryOp::Shl, None) => Op::Shift { d, a, b },
    }
}
