//! What one step of a decoded program does to slots: registers, state words, ports, parameters,
//! numbers and results side by side in one file.

use seamount_microcode::{CompareOp, Condition, SpikeKind};

/// Index of a slot.
pub(super) type Slot = u16;

/// An operation. The first slot is the result where there is one; all sources are read before
/// anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// Nothing; stands where instructions were that need no pass of their own.
    Nothing,
    Copy(Slot, Slot),
    /// A port that the program reads both scaled (if true) and plain, and when it is cleared.
    ReadPort(Slot, Slot, bool, Option<Condition>),
    ReadClear(Slot, Slot, Condition),
    /// Result, state, new value.
    Exchange(Slot, Slot, Slot),
    /// The first source if the flag is set.
    Select(Slot, Slot, Slot),
    Add(Slot, Slot, Slot),
    Min(Slot, Slot, Slot),
    Max(Slot, Slot, Slot),
    And(Slot, Slot, Slot),
    Or(Slot, Slot, Slot),
    Shift(Slot, Slot, Slot),
    ShiftLeft(Slot, Slot, i32),
    ShiftRight(Slot, Slot, i32),
    AddSaturating(Slot, Slot, Slot),
    AddSaturating3(Slot, Slot, Slot, Slot),
    /// The larger of a third source and `Add` of two.
    AddMax(Slot, Slot, Slot, Slot),
    Negate(Slot, Slot),
    /// Product with a factor in 0..=4096, shifted by 12: fits 32 bit in two halves.
    Keep(Slot, Slot, Slot),
    /// As `Keep`, with one factor for all lanes.
    KeepAll(Slot, Slot, i32),
    /// `KeepAll`, then `Add` of the last source.
    KeepAllAdd(Slot, Slot, i32, Slot),
    /// `KeepAll`, then `AddSaturating` of the last sources, then a limit below and above.
    KeepAllAddLimited(Slot, Slot, i32, Slot, [i32; 2]),
    KeepAllAddLimited3(Slot, Slot, i32, [Slot; 2], [i32; 2]),
    MultiplyShift(Slot, Slot, Slot, i32),
    MultiplyShiftBy(Slot, Slot, Slot, Slot),
    /// A written trace.
    Trace(Slot, Slot),
    /// Spike: slots of the flag and of the payload, and the slot that the payload is taken from.
    Spike(Slot, Slot, Slot, SpikeKind),
    /// Sets the flag.
    Compare(CompareOp, Slot, Slot),
    /// Compares the last two, then selects: result, value if true, value if false.
    CompareSelect(CompareOp, Slot, [Slot; 2], [Slot; 2]),
    /// As `CompareSelect`, and sets the flag.
    CompareSelectFlag(CompareOp, Slot, [Slot; 2], [Slot; 2]),
    Branch(Condition, u16),
}

/// How an operation uses a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Read,
    Write,
    /// Read, then written, perhaps in some lanes only.
    Change,
}

impl Op {
    /// Shows every slot that is used, sources first.
    pub fn visit(&mut self, mut f: impl FnMut(Use, &mut Slot)) {
        match self {
            Op::Nothing | Op::Branch(..) => {}
            Op::Copy(d, a)
            | Op::ShiftLeft(d, a, _)
            | Op::ShiftRight(d, a, _)
            | Op::Negate(d, a) => uses([a], d, f),
            Op::KeepAll(d, a, _) | Op::Trace(d, a) | Op::ReadPort(d, a, _, None) => uses([a], d, f),
            Op::ReadPort(d, a, _, Some(_)) | Op::ReadClear(d, a, _) => {
                f(Use::Change, a);
                f(Use::Write, d);
            }
            Op::Exchange(d, state, a) => {
                f(Use::Read, a);
                f(Use::Change, state);
                f(Use::Write, d);
            }
            Op::Spike(fired, payload, a, _) => {
                f(Use::Read, a);
                f(Use::Write, fired);
                f(Use::Write, payload);
            }
            Op::Select(d, a, b) | Op::Add(d, a, b) | Op::Min(d, a, b) | Op::Max(d, a, b) => {
                uses([a, b], d, f)
            }
            Op::And(d, a, b)
            | Op::Or(d, a, b)
            | Op::Shift(d, a, b)
            | Op::AddSaturating(d, a, b) => uses([a, b], d, f),
            Op::Keep(d, a, b)
            | Op::KeepAllAdd(d, a, _, b)
            | Op::KeepAllAddLimited(d, a, _, b, _) => uses([a, b], d, f),
            Op::MultiplyShift(d, a, b, _) => uses([a, b], d, f),
            Op::AddSaturating3(d, a, b, c)
            | Op::AddMax(d, a, b, c)
            | Op::KeepAllAddLimited3(d, a, _, [b, c], _) => uses([a, b, c], d, f),
            Op::MultiplyShiftBy(d, a, b, c) => uses([a, b, c], d, f),
            Op::Compare(_, a, b) => [a, b].into_iter().for_each(|s| f(Use::Read, s)),
            Op::CompareSelect(_, d, [yes, no], [a, b])
            | Op::CompareSelectFlag(_, d, [yes, no], [a, b]) => uses([yes, no, a, b], d, f),
        }
    }

    /// Whether the operation uses a slot in one of these ways.
    pub fn has(mut self, slot: Slot, ways: &[Use]) -> bool {
        let mut found = false;
        self.visit(|how, s| found |= *s == slot && ways.contains(&how));
        found
    }

    /// Reads a slot, whatever else it does with it.
    pub fn reads(self, slot: Slot) -> bool {
        self.has(slot, &[Use::Read, Use::Change])
    }

    /// Writes a slot, at least in some lanes.
    pub fn writes(self, slot: Slot) -> bool {
        self.has(slot, &[Use::Write, Use::Change])
    }

    /// Uses another slot in place of `from` where it uses that in one of these ways.
    pub fn rename(&mut self, ways: &[Use], from: Slot, to: Slot) {
        self.visit(|how, s| {
            if *s == from && ways.contains(&how) {
                *s = to;
            }
        });
    }

    /// Whether the operation reads the flag.
    pub fn reads_flag(self) -> bool {
        let conditional = |c: Condition| c != Condition::Always;
        match self {
            Op::Select(..) => true,
            Op::Branch(c, _) | Op::ReadClear(_, _, c) | Op::ReadPort(_, _, _, Some(c)) => {
                conditional(c)
            }
            _ => false,
        }
    }

    /// Whether the operation sets the flag.
    pub(crate) fn sets_flag(self) -> bool {
        matches!(self, Op::Compare(..) | Op::CompareSelectFlag(..))
    }
}

fn uses<const N: usize>(sources: [&mut Slot; N], d: &mut Slot, mut f: impl FnMut(Use, &mut Slot)) {
    sources.into_iter().for_each(|s| f(Use::Read, s));
    f(Use::Write, d);
}
