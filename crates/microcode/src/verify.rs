//! The proof that a program can run (MC-021): every instruction exists, every path ends, nothing is
//! read before it is written, at most one spike a step. After it nothing fails while running.
//!
//! Jumps go forward only, so one pass from top to bottom sees every path.

use crate::{
    Condition, INSTRUCTIONS_MAX, Instruction, NAMES_MAX, Operand, Program, REGISTERS, Scope,
    WORD_MAX, WORD_MIN, Word,
};
use seamount_diagnose::{Fault, Finding, Place};
use std::fmt;

/// A program that can run, and what its longest path costs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VerifiedProgram {
    program: Program,
    /// Cycles of the longest path: the larger of the two numbers that follow (MC-035).
    pub cycles_worst: u32,
    /// Instructions of the longest path.
    pub instructions_worst: u32,
    /// Accesses of memory of the path that has most.
    pub memory_accesses_worst: u32,
    /// Whether it reads ports 0 and 1.
    pub reads_port: [bool; 2],
    /// Whether it writes y1, y2, y3.
    pub writes_trace: [bool; 3],
    /// Whether it ever spikes.
    pub may_spike: bool,
    /// Whether it reads random bits or the number of the step, so that it may do something in a
    /// step after one in which nothing changed.
    pub reads_surroundings: bool,
}

impl VerifiedProgram {
    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The program, no longer known to be good.
    pub fn into_program(self) -> Program {
        self.program
    }
}

/// What is wrong with a program, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramFault {
    /// Index of the instruction; none if it is about the whole program.
    pub instruction: Option<usize>,
    /// Reason why the program is refused.
    pub reason: FaultReason,
}

impl fmt::Display for ProgramFault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.instruction {
            Some(at) => write!(f, "instruction {at}: {}", self.reason),
            None => self.reason.fmt(f),
        }
    }
}

impl std::error::Error for ProgramFault {}

impl ProgramFault {
    /// The fault as a finding; its place is the instruction.
    pub fn finding(&self) -> Finding {
        let place = match self.instruction {
            Some(at) => Place::from(format!("instruction {at}")),
            None => Place::whole(),
        };
        Finding::new(place, Fault::Rule, self.reason.to_string())
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what each is")]
pub enum FaultReason {
    #[error("the program has no instructions")]
    Empty,
    #[error("{0} instructions; at most {INSTRUCTIONS_MAX}")]
    TooLong(usize),
    #[error("{count} {what}; at most {NAMES_MAX}")]
    TooManyNames { what: &'static str, count: usize },
    #[error("the name '{0}' is used twice")]
    NameTwice(String),
    #[error(
        "'{0}' is not a name: letters, digits and '_', not a digit first, no register, port or instruction"
    )]
    BadName(String),
    #[error("default {value} of parameter '{name}' is outside {WORD_MIN}..={WORD_MAX}")]
    BadDefault { name: String, value: i32 },
    #[error("there is no register r{0}; r0..r15")]
    NoRegister(u8),
    #[error("{0} is outside {WORD_MIN}..={WORD_MAX}")]
    ImmediateRange(i32),
    #[error("random bits: {bits} of them; rng_u1..rng_u23, rng_s1..rng_s24")]
    RandomWidth { bits: u8, signed: bool },
    #[error(
        "the name '{0}' would hide what an instruction reads: random bits or the number of the step"
    )]
    Hides(String),
    #[error("there is no parameter {0}")]
    NoParameter(u8),
    #[error("there is no state word {0}")]
    NoState(u8),
    #[error("there is no probe {0}")]
    NoProbe(u8),
    #[error("there is no trace y{0}; 1, 2 and 3")]
    NoTrace(u8),
    #[error("shift by {0}: MUL_SHR takes 0..=47")]
    ProductShift(i32),
    #[error("shift by {0}: SHL takes -23..=23")]
    Shift(i32),
    #[error("a skip of 0 instructions")]
    SkipsNothing,
    #[error("goes backward, to instruction {0}: jumps go forward only")]
    Backward(usize),
    #[error("goes to instruction {target}, beyond the end of {length}")]
    BeyondEnd { target: usize, length: usize },
    #[error("reads r{0}, which is not written on every path to here")]
    Unwritten(u8),
    #[error("reads the flag, which is not set on every path to here")]
    FlagUnset,
    #[error("is a second spike in one step on some path: a neuron spikes at most once")]
    SecondSpike,
    #[error("is never reached")]
    Unreachable,
}

/// What holds on every path to an instruction, or on some.
#[derive(Clone, Copy)]
struct PathFacts {
    /// Bit i: register i is written on every path; bit 16: the flag.
    written: u32,
    /// Some path has spiked.
    spiked: bool,
    /// Instructions of the longest path, before this one.
    instructions: u32,
    accesses: u32,
}

const FLAG: u32 = 1 << REGISTERS;

impl PathFacts {
    fn meet(&mut self, other: PathFacts) {
        self.written &= other.written;
        self.spiked |= other.spiked;
        self.instructions = self.instructions.max(other.instructions);
        self.accesses = self.accesses.max(other.accesses);
    }
}

/// Proves that a program can run.
///
/// # Errors
/// Everything that is wrong with it.
pub fn verify(program: Program) -> Result<VerifiedProgram, Vec<ProgramFault>> {
    let mut found = vec![];
    let length = program.instructions.len();
    if length == 0 || length > INSTRUCTIONS_MAX {
        let reason = if length == 0 {
            FaultReason::Empty
        } else {
            FaultReason::TooLong(length)
        };
        found.push(ProgramFault {
            instruction: None,
            reason,
        });
    }
    let end = examine(&program, &[], &mut found);
    if !found.is_empty() {
        found.sort_by_key(|f| f.instruction);
        return Err(found);
    }
    let any = |test: &dyn Fn(&Instruction) -> bool| program.instructions.iter().any(test);
    let port = |index| {
        move |i: &Instruction| match i.word() {
            Some(Word::Port(port)) => port.index() == index,
            _ => false,
        }
    };
    let trace =
        |n: u8| move |i: &Instruction| matches!(i, Instruction::Trace { trace, .. } if *trace == n);
    Ok(VerifiedProgram {
        cycles_worst: end.instructions.max(end.accesses),
        instructions_worst: end.instructions,
        memory_accesses_worst: end.accesses,
        reads_port: [any(&port(0)), any(&port(1))],
        writes_trace: [any(&trace(1)), any(&trace(2)), any(&trace(3))],
        may_spike: any(&|i| matches!(i, Instruction::Spike { .. })),
        reads_surroundings: any(&|i| i.reads_surroundings()),
        program,
    })
}

/// What is known of an instruction that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// Bit i: it may write register i; bit 16: it may set the flag.
    pub written: u32,
    /// Whether the instruction may spike.
    pub spikes: bool,
    /// Condition under which it may go on at an instruction that is not known.
    pub jumps: Option<Condition>,
}

/// What is wrong with the instructions of a program that could be read, while `unread` stands for
/// the others (their places hold any instruction). What only follows from those is left out.
pub fn faults(program: &Program, unread: &[Option<Unread>]) -> Vec<ProgramFault> {
    let mut found = vec![];
    examine(program, unread, &mut found);
    found.sort_by_key(|f| f.instruction);
    found
}

fn examine(
    program: &Program,
    unread: &[Option<Unread>],
    found: &mut Vec<ProgramFault>,
) -> PathFacts {
    names(program, found);
    for (at, instruction) in program.instructions.iter().enumerate() {
        if unread.get(at).is_none_or(Option::is_none) {
            let faults = single(program, instruction, at);
            found.extend(faults.into_iter().map(|reason| ProgramFault {
                instruction: Some(at),
                reason,
            }));
        }
    }
    paths(program, unread, found)
}

/// What is known before an instruction that no known path reaches, if something unread may.
fn only_after_unread(
    unread: &[Option<Unread>],
    at: usize,
    lost: Option<PathFacts>,
) -> Option<PathFacts> {
    let jumped = unread[..at.min(unread.len())]
        .iter()
        .flatten()
        .any(|u| u.jumps.is_some());
    lost.or(jumped.then_some(PathFacts {
        written: u32::MAX,
        spiked: false,
        instructions: 0,
        accesses: 0,
    }))
}

/// Follows all paths at once; returns what holds at the end.
fn paths(program: &Program, unread: &[Option<Unread>], found: &mut Vec<ProgramFault>) -> PathFacts {
    let length = program.instructions.len();
    let start = PathFacts {
        written: 0,
        spiked: false,
        instructions: 0,
        accesses: 0,
    };
    let mut before: Vec<Option<PathFacts>> = vec![None; length + 1];
    before[0] = Some(start);
    // behind a jump that could not be read: its label most likely stands there, if nothing else
    // leads there
    let mut lost = None;
    for (at, instruction) in program.instructions.iter().enumerate() {
        let mut fault = |reason| {
            found.push(ProgramFault {
                instruction: Some(at),
                reason,
            })
        };
        let Some(mut here) = before[at].or(only_after_unread(unread, at, lost.take())) else {
            fault(FaultReason::Unreachable);
            continue;
        };
        if let Some(unknown) = unread.get(at).copied().flatten() {
            here.written |= unknown.written;
            here.spiked |= unknown.spikes;
            if unknown.jumps == Some(Condition::Always) {
                lost = Some(here);
            } else {
                reach(&mut before[at + 1], here);
            }
            continue;
        }
        for reason in follow(program, instruction, &mut here) {
            fault(reason);
        }
        let jump = instruction.goes_to(at, length);
        match jump {
            Some((_, to)) if to > at && to <= length => reach(&mut before[to], here),
            _ => {}
        }
        if !matches!(jump, Some((Condition::Always, _))) {
            reach(&mut before[at + 1], here);
        }
    }
    before[length].unwrap_or(start)
}

/// Lets one instruction happen: what is known after it is left in `here`. Returns what is wrong
/// with it in this place.
fn follow(program: &Program, instruction: &Instruction, here: &mut PathFacts) -> Vec<FaultReason> {
    let sources = instruction.sources().into_iter().flatten();
    let mut unwritten: Vec<u8> = sources.filter_map(register).collect();
    unwritten.retain(|r| usize::from(*r) < REGISTERS && here.written & 1 << r == 0);
    unwritten.dedup();
    let mut found: Vec<FaultReason> = unwritten.into_iter().map(FaultReason::Unwritten).collect();
    if instruction.reads_flag() && here.written & FLAG == 0 {
        found.push(FaultReason::FlagUnset);
    }
    if matches!(instruction, Instruction::Spike { .. }) {
        if here.spiked {
            found.push(FaultReason::SecondSpike);
        }
        here.spiked = true;
    }
    if matches!(instruction, Instruction::Compare { .. }) {
        here.written |= FLAG;
    }
    let result = instruction.result().filter(|r| usize::from(*r) < REGISTERS);
    here.written |= result.map_or(0, |r| 1 << r);
    here.instructions += 1;
    here.accesses += accesses(program, instruction);
    found
}

/// Joins what one path knows at an instruction with what others know there.
fn reach(there: &mut Option<PathFacts>, here: PathFacts) {
    match there {
        Some(there) => there.meet(here),
        None => *there = Some(here),
    }
}

fn register(operand: Operand) -> Option<u8> {
    if let Operand::Register(r) = operand {
        Some(r)
    } else {
        None
    }
}

/// Accesses of memory of one instruction (MC-035): a word read or written is one, and so is a
/// parameter of the neuron; shared parameters stand in the instruction.
fn accesses(program: &Program, instruction: &Instruction) -> u32 {
    let own = |o: Operand| match o {
        Operand::Parameter(p) => program
            .parameters
            .get(usize::from(p))
            .is_some_and(|p| p.scope == Scope::Neuron),
        _ => false,
    };
    let parameters = instruction
        .sources()
        .into_iter()
        .flatten()
        .filter(|o| own(*o))
        .count() as u32;
    parameters
        + match instruction {
            Instruction::Load { .. } | Instruction::Trace { .. } => 1,
            Instruction::ReadClear { .. } => 2,
            Instruction::Exchange { rd, .. } => 1 + u32::from(rd.is_some()),
            _ => 0,
        }
}

/// What is wrong with an instruction by itself.
fn single(program: &Program, instruction: &Instruction, at: usize) -> Vec<FaultReason> {
    let mut found = vec![];
    let length = program.instructions.len();
    for operand in instruction.sources().into_iter().flatten() {
        match operand {
            Operand::Register(r) if usize::from(r) >= REGISTERS => {
                found.push(FaultReason::NoRegister(r))
            }
            Operand::Immediate(x) if !(WORD_MIN..=WORD_MAX).contains(&x) => {
                found.push(FaultReason::ImmediateRange(x))
            }
            Operand::Parameter(p) if usize::from(p) >= program.parameters.len() => {
                found.push(FaultReason::NoParameter(p))
            }
            Operand::Random { bits, signed } if !Operand::is_random_width(bits, signed) => {
                found.push(FaultReason::RandomWidth { bits, signed })
            }
            _ => {}
        }
    }
    found.extend(
        instruction
            .result()
            .filter(|r| usize::from(*r) >= REGISTERS)
            .map(FaultReason::NoRegister),
    );
    if let Some(Word::State(s)) = instruction.word()
        && usize::from(s) >= program.states.len()
    {
        found.push(FaultReason::NoState(s));
    }
    match *instruction {
        Instruction::MultiplyShift {
            shift: Operand::Immediate(s),
            ..
        } if !(0..=47).contains(&s) => {
            found.push(FaultReason::ProductShift(s));
        }
        Instruction::Binary {
            op: crate::BinaryOp::Shl,
            b: Operand::Immediate(s),
            ..
        } if !(-23..=23).contains(&s) => {
            found.push(FaultReason::Shift(s));
        }
        Instruction::Probe { probe, .. } if usize::from(probe) >= program.probes.len() => {
            found.push(FaultReason::NoProbe(probe))
        }
        Instruction::Trace { trace, .. } if !(1..=3).contains(&trace) => {
            found.push(FaultReason::NoTrace(trace))
        }
        Instruction::Skip { count: 0, .. } => found.push(FaultReason::SkipsNothing),
        _ => {}
    }
    match instruction.goes_to(at, length) {
        Some((_, target)) if target > length => {
            found.push(FaultReason::BeyondEnd { target, length })
        }
        Some((_, target)) if target <= at => found.push(FaultReason::Backward(target)),
        _ => {}
    }
    found
}

/// Names of states, parameters and probes: identifiers, each used once among states and
/// parameters, and once among probes.
fn names(program: &Program, found: &mut Vec<ProgramFault>) {
    let mut fault = |reason| {
        found.push(ProgramFault {
            instruction: None,
            reason,
        })
    };
    let parameters = || program.parameters.iter().map(|p| &p.name);
    let counts = [
        ("state words", program.states.len()),
        ("parameters", program.parameters.len()),
        ("probes", program.probes.len()),
    ];
    for (what, count) in counts {
        if count > NAMES_MAX {
            fault(FaultReason::TooManyNames { what, count });
        }
    }
    for group in [
        program
            .states
            .iter()
            .chain(parameters())
            .collect::<Vec<_>>(),
        program.probes.iter().collect(),
    ] {
        let mut seen = std::collections::BTreeSet::new();
        for name in group {
            if !is_name(name) {
                fault(FaultReason::BadName(name.clone()));
            }
            if !seen.insert(name) {
                fault(FaultReason::NameTwice(name.clone()));
            }
        }
    }
    for parameter in &program.parameters {
        if let Some(value) = parameter
            .default
            .filter(|v| !(WORD_MIN..=WORD_MAX).contains(v))
        {
            fault(FaultReason::BadDefault {
                name: parameter.name.clone(),
                value,
            });
        }
    }
    if !is_name(&program.name) {
        fault(FaultReason::BadName(program.name.clone()));
    }
    for name in program.states.iter().chain(parameters()) {
        let hidden = Operand::of_surroundings(name);
        let reads = |i: &Instruction| i.sources().contains(&hidden);
        if hidden.is_some() && program.instructions.iter().any(reads) {
            fault(FaultReason::Hides(name.clone()));
        }
    }
}

/// Whether text is an identifier that means nothing else: no register, port or instruction.
pub(crate) fn is_name(text: &str) -> bool {
    let first = text
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let rest = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    first && rest && text != "_" && text.len() <= 64 && !crate::text::is_reserved(text)
}
