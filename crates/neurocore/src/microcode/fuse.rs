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
    let (first, second) = (steps[at].op, steps[at + 1].op);
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

/// What reads a register from `at` on until it is written again; `None` if something of that would
/// not find the same in `original`.
fn readers(steps: &[Step], at: usize, register: Slot, original: Slot) -> Option<Vec<usize>> {
    let (mut readers, mut changed) = (vec![], false);
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
            I::Load {
                rd: 0,
                word: Word::State(0),
            },
            I::MultiplyShift {
                rd: 0,
                a: 0,
                x: N(3000),
                shift: N(12),
            },
            I::Binary {
                op: BinaryOp::Add,
                rd: 0,
                a: R(0),
                b: R(1),
            },
            I::Exchange {
                rd: None,
                state: 0,
                x: R(0),
            },
            I::Load {
                rd: 2,
                word: Word::State(1),
            },
            I::MultiplyShift {
                rd: 2,
                a: 2,
                x: N(4000),
                shift: N(12),
            },
            I::AddSaturating {
                rd: 2,
                a: 2,
                b: Some(0),
                x: N(7),
            },
            I::Binary {
                op: BinaryOp::Min,
                rd: 2,
                a: R(2),
                b: N(WORD_MAX),
            },
            I::Compare {
                op: CompareOp::Lt,
                a: R(2),
                b: N(-WORD_MAX),
            },
            I::Select {
                rd: 2,
                a: N(-WORD_MAX),
                b: R(2),
            },
            I::Load {
                rd: 3,
                word: Word::State(2),
            },
            I::Compare {
                op: CompareOp::Ge,
                a: R(3),
                b: N(2),
            },
            I::Select {
                rd: 2,
                a: N(0),
                b: R(2),
            },
            I::Binary {
                op: BinaryOp::Add,
                rd: 3,
                a: R(3),
                b: N(-1),
            },
            I::Compare {
                op: CompareOp::Lt,
                a: R(3),
                b: N(0),
            },
            I::Select {
                rd: 3,
                a: N(0),
                b: R(3),
            },
            I::Compare {
                op: CompareOp::Lt,
                a: N(64_000),
                b: R(2),
            },
            I::Select {
                rd: 3,
                a: N(3),
                b: R(3),
            },
            I::Exchange {
                rd: None,
                state: 2,
                x: R(3),
            },
            I::Jump {
                condition: Condition::Clear,
                target: 23,
            },
            I::Spike { x: N(1) },
            I::Move { rd: 2, x: N(0) },
            I::Exchange {
                rd: None,
                state: 1,
                x: R(2),
            },
        ]
    }

    #[test]
    fn a_lif_neuron_takes_few_passes_and_counts_all_instructions() {
        let states = ["u", "v", "hold"].map(String::from).to_vec();
        let (parameters, probes, instructions) = (vec![], vec![], lif());
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
        let limited = |op: &Op| matches!(op, Op::KeepAllAddLimited3(.., [low, WORD_MAX]) if *low == -WORD_MAX);
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
