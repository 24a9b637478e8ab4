//! Steps that do the same with fewer passes over the lanes. Each keeps count of the instructions it
//! stands for, so that what a program is seen to execute does not change.
//!
//! Two steps become one only if all lanes that reach one reach the other: no branch in between, no
//! branch to the second. Slots are renamed only between steps that all lanes reach.

use super::decode::Step;
use super::op::{Op, Slot, Use};
use seamount_microcode::{CompareOp, REGISTERS, WORD_MAX, WORD_MIN};

/// Shortens a decoded program; `constants` are slots with one number in all lanes.
pub(super) fn fuse(steps: &mut Vec<Step>, constants: &[(Slot, i32)]) {
    let constant = |slot: Slot| {
        constants
            .iter()
            .find(|(s, _)| *s == slot)
            .map(|(_, value)| *value)
    };
    for at in 0..steps.len() {
        propagate(steps, at);
    }
    for at in 0..steps.len() {
        coalesce(steps, at);
    }
    drop_nothing(steps);
    let mut at = 0;
    while at + 1 < steps.len() {
        // the second of the two is always reached with the first
        let together = !is_branch(&steps[at]) && !is_target(steps, at + 1);
        let fused = together.then(|| pair(steps, at, &constant)).flatten();
        match fused {
            Some(op) => {
                steps[at + 1].op = op;
                steps[at].op = Op::Nothing;
                drop_nothing(steps);
                // what is before may now have a partner
                at = at.saturating_sub(1);
            }
            None => at += 1,
        }
    }
}

/// One operation for the two at `at`.
fn pair(steps: &[Step], at: usize, constant: &impl Fn(Slot) -> Option<i32>) -> Option<Op> {
    let first = steps[at].op;
    let second = steps[at + 1].op;
    let others = |all: [Slot; 3], one: Slot| {
        let left = |i: usize| (all[i] == one).then(|| (all[(i + 1) % 3], all[(i + 2) % 3]));
        left(0)
            .or(left(1))
            .or(left(2))
            .filter(|(b, c)| *b != one && *c != one)
    };
    let other = |a: Slot, b: Slot, one: Slot| match (a == one, b == one) {
        (true, false) => Some(b),
        (false, true) => Some(a),
        _ => None,
    };
    match (first, second) {
        // the smaller of a word and the largest word
        (Op::Min(d, a, b), second)
            if d == a && constant(b) == Some(WORD_MAX) && !is_branch(&steps[at + 1]) =>
        {
            Some(second)
        }
        // LT x, k; SEL x, k, x: the larger
        (Op::Compare(CompareOp::Lt, a, b), Op::Select(d, yes, no))
            if no == a && yes == b && flag_is_dead(steps, at + 2) =>
        {
            Some(Op::Max(d, a, b))
        }
        (Op::Compare(op, a, b), Op::Select(d, yes, no)) => {
            Some(match flag_is_dead(steps, at + 2) {
                true => Op::CompareSelect(op, d, [yes, no], [a, b]),
                false => Op::CompareSelectFlag(op, d, [yes, no], [a, b]),
            })
        }
        // a decay, and what is added to it
        (Op::KeepAll(r, a, factor), Op::Add(d, x, y)) if d == r => {
            other(x, y, r).map(|b| Op::KeepAllAdd(d, a, factor, b))
        }
        (Op::KeepAll(r, a, factor), Op::AddSaturating(d, x, y)) if d == r => {
            other(x, y, r).map(|b| Op::KeepAllAddLimited(d, a, factor, b, [WORD_MIN, WORD_MAX]))
        }
        (Op::KeepAll(r, a, factor), Op::AddSaturating3(d, x, y, z)) if d == r => {
            others([x, y, z], r)
                .map(|(b, c)| Op::KeepAllAddLimited3(d, a, factor, [b, c], [WORD_MIN, WORD_MAX]))
        }
        (Op::Add(r, a, b), Op::Max(d, x, y)) if d == r => {
            other(x, y, r).map(|c| Op::AddMax(d, a, b, c))
        }
        (Op::KeepAllAddLimited(r, a, factor, b, limits), second) => {
            limited(second, r, limits, constant)
                .map(|limits| Op::KeepAllAddLimited(r, a, factor, b, limits))
        }
        (Op::KeepAllAddLimited3(r, a, factor, b, limits), second) => {
            limited(second, r, limits, constant)
                .map(|limits| Op::KeepAllAddLimited3(r, a, factor, b, limits))
        }
        _ => None,
    }
}

/// Limits of a slot with an operation that limits it further.
fn limited(
    op: Op,
    slot: Slot,
    [low, high]: [i32; 2],
    constant: &impl Fn(Slot) -> Option<i32>,
) -> Option<[i32; 2]> {
    let bound = |d: Slot, a: Slot, b: Slot| (d == slot && a == slot).then(|| constant(b)).flatten();
    match op {
        // the smaller or larger of a limit and one bound is again between two limits
        Op::Min(d, a, b) => bound(d, a, b).map(|b| [low.min(b), high.min(b)]),
        Op::Max(d, a, b) => bound(d, a, b).map(|b| [low.max(b), high.max(b)]),
        _ => None,
    }
}

/// A register that is a copy: what reads it reads the original, as long as that stays.
fn propagate(steps: &mut [Step], at: usize) {
    let Op::Copy(register, original) = steps[at].op else {
        return;
    };
    if usize::from(register) >= REGISTERS || is_masked(steps, at) {
        return;
    }
    let Some(readers) = readers(steps, at + 1, register, original) else {
        return;
    };
    readers
        .into_iter()
        .for_each(|j| steps[j].op.rename(&[Use::Read], register, original));
    steps[at].op = Op::Nothing;
}

/// A register that is stored to a word: it lives in the word's slot from where it is computed.
fn coalesce(steps: &mut [Step], at: usize) {
    let Op::Copy(word, register) = steps[at].op else {
        return;
    };
    if usize::from(word) < REGISTERS || usize::from(register) >= REGISTERS || is_masked(steps, at) {
        return;
    }
    let mut from = at;
    loop {
        let Some(above) = from.checked_sub(1) else {
            return;
        };
        from = above;
        let op = steps[from].op;
        if op.writes(register) && !op.reads(register) && !is_masked(steps, from) {
            break;
        }
        if op.reads(word) || op.writes(word) {
            return;
        }
    }
    if steps[from].op.writes(word) {
        return;
    }
    let Some(readers) = readers(steps, at + 1, register, word) else {
        return;
    };
    steps[from].op.rename(&[Use::Write], register, word);
    steps[from + 1..at]
        .iter_mut()
        .for_each(|s| s.op.rename(&[Use::Read, Use::Write], register, word));
    readers
        .into_iter()
        .for_each(|j| steps[j].op.rename(&[Use::Read], register, word));
    steps[at].op = Op::Nothing;
}

/// Steps that read a register from `at` on until it is written again; `None` if one of them would
/// not find the same in `original`.
fn readers(steps: &[Step], at: usize, register: Slot, original: Slot) -> Option<Vec<usize>> {
    let mut readers = vec![];
    let mut changed = false;
    for (j, step) in steps.iter().enumerate().skip(at) {
        if step.op.reads(register) {
            if changed {
                return None;
            }
            readers.push(j);
        }
        changed |= step.op.writes(original);
        if step.op.writes(register) {
            return (!is_masked(steps, j)).then_some(readers);
        }
    }
    Some(readers)
}

/// Whether the flag is set anew before anything reads it, from `at` on, on every path.
fn flag_is_dead(steps: &[Step], at: usize) -> bool {
    for (index, step) in steps.iter().enumerate().skip(at) {
        if is_target(steps, index) || step.op.reads_flag() || is_branch(step) {
            return false;
        }
        if step.op.sets_flag() {
            return true;
        }
    }
    true
}

fn is_branch(step: &Step) -> bool {
    matches!(step.op, Op::Branch(..))
}

/// Whether some lanes may pass over the step at `at`.
fn is_masked(steps: &[Step], at: usize) -> bool {
    steps[..at]
        .iter()
        .any(|s| matches!(s.op, Op::Branch(_, target) if usize::from(target) > at))
}

fn is_target(steps: &[Step], at: usize) -> bool {
    steps
        .iter()
        .any(|s| matches!(s.op, Op::Branch(_, target) if usize::from(target) == at))
}

/// Takes out steps that do nothing; a neighbour that the same lanes reach counts for them.
fn drop_nothing(steps: &mut Vec<Step>) {
    for at in (0..steps.len()).rev() {
        let idle =
            matches!(steps[at].op, Op::Nothing) || matches!(steps[at].op, Op::Copy(d, a) if d == a);
        if !idle {
            continue;
        }
        let heir = if at + 1 < steps.len() && !is_target(steps, at + 1) {
            at + 1
        } else if at > 0 && !is_target(steps, at) && !is_branch(&steps[at - 1]) {
            at - 1
        } else {
            steps[at].op = Op::Nothing;
            continue;
        };
        steps[heir].count += steps[at].count;
        remove(steps, at);
    }
}

/// Takes a step out; all below move up, and branches to it go to what followed.
fn remove(steps: &mut Vec<Step>, at: usize) {
    steps.remove(at);
    for step in steps.iter_mut() {
        if let Op::Branch(_, target) = &mut step.op
            && usize::from(*target) > at
        {
            *target -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode::decode;
    use super::*;
    use seamount_microcode::{
        BinaryOp, Condition, Instruction as I, Operand, Port, Program, SpikeKind, Word, verify,
    };

    fn load(rd: u8, word: Word) -> I {
        I::Load { rd, word }
    }

    fn binary(op: BinaryOp, rd: u8, a: Operand, b: Operand) -> I {
        I::Binary { op, rd, a, b }
    }

    fn compare(op: CompareOp, a: Operand, b: Operand) -> I {
        I::Compare { op, a, b }
    }

    fn select(rd: u8, a: Operand, b: Operand) -> I {
        I::Select { rd, a, b }
    }

    /// Decay of a register: times `factor`, shifted right by 12.
    fn keep(rd: u8, factor: i32) -> I {
        let x = Operand::Immediate(factor);
        let shift = Operand::Immediate(12);
        I::MultiplyShift {
            rd,
            a: rd,
            x,
            shift,
        }
    }

    fn store(state: u8, register: u8) -> I {
        let x = Operand::Register(register);
        I::Exchange { rd: None, state, x }
    }

    /// The shipped program `lif` with numbers in place of its parameters.
    fn lif() -> Vec<I> {
        const R: fn(u8) -> Operand = Operand::Register;
        const N: fn(i32) -> Operand = Operand::Immediate;
        vec![
            I::ReadClear {
                rd: 1,
                word: Word::Port(Port::A0),
                condition: Condition::Always,
            },
            load(0, Word::State(0)),
            keep(0, 3000),
            binary(BinaryOp::Add, 0, R(0), R(1)),
            store(0, 0),
            load(2, Word::State(1)),
            keep(2, 4000),
            I::AddSaturating {
                rd: 2,
                a: 2,
                b: Some(0),
                x: N(7),
            },
            binary(BinaryOp::Min, 2, R(2), N(WORD_MAX)),
            compare(CompareOp::Lt, R(2), N(-WORD_MAX)),
            select(2, N(-WORD_MAX), R(2)),
            load(3, Word::State(2)),
            compare(CompareOp::Ge, R(3), N(2)),
            select(2, N(0), R(2)),
            binary(BinaryOp::Add, 3, R(3), N(-1)),
            compare(CompareOp::Lt, R(3), N(0)),
            select(3, N(0), R(3)),
            compare(CompareOp::Lt, N(64_000), R(2)),
            select(3, N(3), R(3)),
            store(2, 3),
            I::Jump {
                condition: Condition::Clear,
                target: 23,
            },
            I::Spike { x: N(1) },
            I::Move { rd: 2, x: N(0) },
            store(1, 2),
        ]
    }

    #[test]
    fn a_lif_neuron_takes_few_passes_and_counts_all_instructions() {
        let states = ["u", "v", "hold"].map(String::from).to_vec();
        let parameters = vec![];
        let probes = vec![];
        let instructions = lif();
        let program = Program {
            name: "lif".into(),
            states,
            parameters,
            probes,
            instructions,
            spike: SpikeKind::Binary,
        };
        let steps = decode(&verify(program).expect("a good program"), &[]).steps;
        assert_eq!(steps.iter().map(|s| s.count).sum::<u32>(), 24);
        let limited = |op: &Op| match op {
            Op::KeepAllAddLimited3(.., [low, WORD_MAX]) => *low == -WORD_MAX,
            _ => false,
        };
        let wanted: [&dyn Fn(&Op) -> bool; 9] = [
            &|op| matches!(op, Op::KeepAllAdd(..)),
            &limited,
            &|op| matches!(op, Op::CompareSelect(CompareOp::Ge, ..)),
            &|op| matches!(op, Op::AddMax(..)),
            &|op| matches!(op, Op::CompareSelectFlag(CompareOp::Lt, ..)),
            &|op| matches!(op, Op::Branch(..)),
            &|op| matches!(op, Op::Copy(..)),
            &|op| matches!(op, Op::Copy(..)),
            // where all lanes meet again: counted, no pass
            &|op| matches!(op, Op::Nothing),
        ];
        assert_eq!(steps.len(), wanted.len(), "{steps:#?}");
        assert!(
            steps.iter().zip(wanted).all(|(step, good)| good(&step.op)),
            "{steps:#?}"
        );
    }
}
