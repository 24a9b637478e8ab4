//! Steps that do the same with fewer passes over the lanes. Each keeps count of the instructions it
//! stands for, so that what a program is seen to execute does not change.
//!
//! Everything happens within a run of steps that all lanes enter and leave together: no branch in
//! it, no branch to its inside.

use super::decode::{Op, Slot, Step};
use seamount_image::microcode::{REGISTERS, WORD_MAX};

/// Shortens a decoded program; `constants` are slots with one number in all lanes.
pub(super) fn fuse(steps: &mut Vec<Step>, constants: &[(Slot, i32)]) {
    let constant = |slot: Slot| constants.iter().find(|(s, _)| *s == slot).map(|(_, value)| *value);
    ports_read_once(steps);
    let mut at = 0;
    while at + 1 < steps.len() {
        // the second of the two is always reached with the first
        let together = !is_branch(&steps[at]) && !is_target(steps, at + 1);
        let fused = together.then(|| pair(steps, at, &constant)).flatten();
        match fused {
            Some(op) => {
                let count = steps[at].count + steps[at + 1].count;
                steps[at + 1] = Step { op, count, ..steps[at + 1] };
                remove(steps, at);
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
    match (first, second) {
        // the smaller of a word and the largest word
        (Op::Min { d, a, b }, other) if d == a && constant(b) == Some(WORD_MAX) && !is_branch(&steps[at + 1]) => Some(other),
        // LT x, k; SEL x, k, x: the larger
        (Op::Less { a, b }, Op::Select { d, a: yes, b: no }) if d == a && no == a && yes == b && a != b && flag_is_dead(steps, at + 2) => {
            Some(Op::Max { d, a, b })
        }
        // MOV r, word; OP r, r, ...
        (Op::Copy { d, a }, other) if usize::from(d) < REGISTERS => renamed(other, d, a),
        _ => None,
    }
}

/// `op` with `from` read in place of the register `d`, if it overwrites d.
fn renamed(op: Op, d: Slot, from: Slot) -> Option<Op> {
    let name = |s: Slot| if s == d { from } else { s };
    match op {
        Op::KeepAll { d: to, a, factor } if to == d => Some(Op::KeepAll { d, a: name(a), factor }),
        Op::Keep { d: to, a, x } if to == d => Some(Op::Keep { d, a: name(a), x: name(x) }),
        Op::Add { d: to, a, b } if to == d => Some(Op::Add { d, a: name(a), b: name(b) }),
        Op::AddSaturating { d: to, a, b } if to == d => Some(Op::AddSaturating { d, a: name(a), b: name(b) }),
        Op::AddSaturating3 { d: to, a, b, c } if to == d => Some(Op::AddSaturating3 { d, a: name(a), b: name(b), c: name(c) }),
        Op::MultiplyShift { d: to, a, x, places } if to == d => Some(Op::MultiplyShift { d, a: name(a), x: name(x), places }),
        _ => None,
    }
}

/// Whether the flag is set anew before anything reads it, from `at` on, on every path.
fn flag_is_dead(steps: &[Step], at: usize) -> bool {
    for (index, step) in steps.iter().enumerate().skip(at) {
        if is_target(steps, index) {
            return false;
        }
        match step.op {
            Op::Less { .. } | Op::NotLess { .. } | Op::Equal { .. } => return true,
            Op::Select { .. } | Op::Branch { .. } | Op::ReadClear { .. } => return false,
            Op::ReadPort { clear: Some(_), .. } => return false,
            _ => {}
        }
    }
    true
}

/// A port that is read once need not be cleared: it is 0 after the step in any case (MC-029).
fn ports_read_once(steps: &mut [Step]) {
    for at in 0..steps.len() {
        let Op::ReadPort { a, .. } = steps[at].op else { continue };
        let again = steps[at + 1..].iter().any(|s| matches!(s.op, Op::ReadPort { a: other, .. } if other == a));
        if let (Op::ReadPort { clear, .. }, false) = (&mut steps[at].op, again) {
            *clear = None;
        }
    }
}

fn is_branch(step: &Step) -> bool {
    matches!(step.op, Op::Branch { .. })
}

fn is_target(steps: &[Step], at: usize) -> bool {
    steps.iter().any(|s| matches!(s.op, Op::Branch { target, .. } if usize::from(target) == at))
}

/// Takes a step out; it is no target, and all below move up.
fn remove(steps: &mut Vec<Step>, at: usize) {
    steps.remove(at);
    for step in steps.iter_mut() {
        if let Op::Branch { target, .. } = &mut step.op
            && usize::from(*target) > at
        {
            *target -= 1;
        }
    }
}
