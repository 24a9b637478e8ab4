//! One block of neurons on its way through a program: instruction by instruction over all lanes,
//! with a mask where lanes have gone different ways. Loops are plain so that they become vector
//! instructions; the result does not depend on which.

use super::decode::{Code, Step};
use super::lanes::{each, *};
use super::op::{Op, Slot};
use seamount_microcode::{CompareOp, Condition, SpikeKind};

/// Lanes of one block of neurons, and the slots they work on.
pub(super) struct Block<'a> {
    /// Slots of the program.
    pub file: &'a mut [SlotLanes],
    /// -1 for the lanes with a neuron.
    pub valid: &'a SlotLanes,
    /// Lanes with a neuron.
    pub lanes: usize,
    /// Vectors that hold them.
    pub vectors: usize,
    /// -1 for the lanes at work; meaningful where some lanes may be passing over.
    pub mask: &'a mut SlotLanes,
    /// -1 where the flag is set.
    pub flag: &'a mut SlotLanes,
    /// Index of the instruction at which a lane goes on; kept only if the program needs it.
    pub wake: &'a mut SlotLanes,
}

impl Block<'_> {
    /// Executes all; returns the instructions executed, summed over lanes.
    #[inline(always)]
    pub fn execute(&mut self, code: &Code) -> u64 {
        let mut executed = 0;
        let mut at_work = self.lanes as u64;
        let mut at = 0;
        while let Some(step) = code.steps.get(at) {
            if !step.masked {
                at_work = self.lanes as u64;
            } else if step.joins {
                at_work = self.join(at);
            }
            executed += at_work * u64::from(step.count);
            if let Op::Branch(condition, target) = step.op {
                at_work = self.branch(step, condition, i32::from(target), code.wakes);
                at = if at_work == 0 { step.next_join } else { at + 1 };
                continue;
            }
            // where all are at work no mask is needed
            if at_work < self.lanes as u64 {
                self.apply::<true>(&step.op)
            } else {
                self.apply::<false>(&step.op)
            }
            at += 1;
        }
        executed
    }

    /// Wakes the lanes that go on at `at`; returns how many are at work.
    #[inline(always)]
    fn join(&mut self, at: usize) -> u64 {
        let mut sum = [0; WIDTH];
        each!(k in self.vectors, {
            self.mask[k] = zip(self.wake[k], self.valid[k], |w, v| flag(w <= at as i32) & v);
            sum = zip(sum, self.mask[k], |s, m| s - m);
        });
        sum.iter().sum::<i32>() as u64
    }

    /// Takes out the lanes that go elsewhere; returns how many are left.
    #[inline(always)]
    fn branch(&mut self, step: &Step, condition: Condition, target: i32, wakes: bool) -> u64 {
        let mut sum = [0; WIDTH];
        each!(k in self.vectors, {
            let here = if step.masked { self.mask[k] } else { self.valid[k] };
            let goes = match condition {
                Condition::Always => here,
                Condition::Set => zip(here, self.flag[k], |m, f| m & f),
                Condition::Clear => zip(here, self.flag[k], |m, f| m & !f),
            };
            if wakes {
                let stay = if step.masked { self.wake[k] } else { [0; WIDTH] };
                self.wake[k] = blend(goes, [target; WIDTH], stay);
            }
            self.mask[k] = zip(here, goes, |m, g| m & !g);
            sum = zip(sum, self.mask[k], |s, m| s - m);
        });
        sum.iter().sum::<i32>() as u64
    }

    /// A vector of a slot.
    #[inline(always)]
    fn get(&self, a: Slot, k: usize) -> Lanes {
        self.file[usize::from(a)][k]
    }

    /// Writes a vector of a slot, where the mask is set.
    #[inline(always)]
    fn put<const MASKED: bool>(&mut self, d: Slot, k: usize, new: Lanes) {
        self.file[usize::from(d)][k] = if MASKED {
            blend(self.mask[k], new, self.file[usize::from(d)][k])
        } else {
            new
        };
    }

    #[inline(always)]
    fn put_flag<const MASKED: bool>(&mut self, k: usize, new: Lanes) {
        self.flag[k] = if MASKED {
            blend(self.mask[k], new, self.flag[k])
        } else {
            new
        };
    }

    #[inline(always)]
    fn unary<const MASKED: bool>(&mut self, d: Slot, a: Slot, f: impl Fn(i32) -> i32) {
        each!(k in self.vectors, {
            self.put::<MASKED>(d, k, map(self.get(a, k), &f));
        });
    }

    #[inline(always)]
    fn binary<const MASKED: bool>(
        &mut self,
        d: Slot,
        a: Slot,
        b: Slot,
        f: impl Fn(i32, i32) -> i32,
    ) {
        each!(k in self.vectors, {
            self.put::<MASKED>(d, k, zip(self.get(a, k), self.get(b, k), &f));
        });
    }

    #[inline(always)]
    fn ternary<const MASKED: bool>(
        &mut self,
        d: Slot,
        [a, b, c]: [Slot; 3],
        f: impl Fn(i32, i32, i32) -> i32,
    ) {
        each!(k in self.vectors, {
            self.put::<MASKED>(d, k, zip3(self.get(a, k), self.get(b, k), self.get(c, k), &f));
        });
    }

    #[inline(always)]
    fn compare<const MASKED: bool>(&mut self, op: CompareOp, a: Slot, b: Slot) {
        match op {
            CompareOp::Lt => self.test::<MASKED>(a, b, |a, b| a < b),
            CompareOp::Ge => self.test::<MASKED>(a, b, |a, b| a >= b),
            CompareOp::Eq => self.test::<MASKED>(a, b, |a, b| a == b),
        }
    }

    #[inline(always)]
    fn test<const MASKED: bool>(&mut self, a: Slot, b: Slot, f: impl Fn(i32, i32) -> bool) {
        each!(k in self.vectors, {
            self.put_flag::<MASKED>(k, zip(self.get(a, k), self.get(b, k), |a, b| flag(f(a, b))));
        });
    }

    #[inline(always)]
    fn choose<const MASKED: bool, const FLAG: bool>(
        &mut self,
        op: CompareOp,
        d: Slot,
        [yes, no]: [Slot; 2],
        [a, b]: [Slot; 2],
    ) {
        match op {
            CompareOp::Lt => self.test_and_choose::<MASKED, FLAG>(d, [yes, no, a, b], |a, b| a < b),
            CompareOp::Ge => {
                self.test_and_choose::<MASKED, FLAG>(d, [yes, no, a, b], |a, b| a >= b)
            }
            CompareOp::Eq => {
                self.test_and_choose::<MASKED, FLAG>(d, [yes, no, a, b], |a, b| a == b)
            }
        }
    }

    #[inline(always)]
    fn test_and_choose<const MASKED: bool, const FLAG: bool>(
        &mut self,
        d: Slot,
        [yes, no, a, b]: [Slot; 4],
        f: impl Fn(i32, i32) -> bool,
    ) {
        each!(k in self.vectors, {
            let test = zip(self.get(a, k), self.get(b, k), |a, b| flag(f(a, b)));
            if FLAG {
                self.put_flag::<MASKED>(k, test);
            }
            self.put::<MASKED>(d, k, blend(test, self.get(yes, k), self.get(no, k)));
        });
    }

    /// Clears a slot where a condition holds.
    #[inline(always)]
    fn clear<const MASKED: bool>(&mut self, a: Slot, condition: Condition) {
        each!(k in self.vectors, {
            let new = match condition {
                Condition::Always => [0; WIDTH],
                Condition::Set => zip(self.get(a, k), self.flag[k], |x, f| x & !f),
                Condition::Clear => zip(self.get(a, k), self.flag[k], |x, f| x & f),
            };
            self.put::<MASKED>(a, k, new);
        });
    }

    #[inline(always)]
    fn exchange<const MASKED: bool>(&mut self, d: Slot, state: Slot, a: Slot) {
        each!(k in self.vectors, {
            let new = self.get(a, k);
            let old = self.get(state, k);
            self.put::<MASKED>(state, k, new);
            self.put::<MASKED>(d, k, old);
        });
    }

    #[inline(always)]
    fn select<const MASKED: bool>(&mut self, d: Slot, a: Slot, b: Slot) {
        each!(k in self.vectors, {
            let new = blend(self.flag[k], self.get(a, k), self.get(b, k));
            self.put::<MASKED>(d, k, new);
        });
    }

    #[inline(always)]
    fn clear_if<const MASKED: bool>(&mut self, a: Slot, condition: Option<Condition>) {
        if let Some(condition) = condition {
            self.clear::<MASKED>(a, condition);
        }
    }

    #[inline(always)]
    fn spike<const MASKED: bool>(&mut self, fired: Slot, payload: Slot, a: Slot, kind: SpikeKind) {
        let (min, max) = kind.range();
        self.unary::<MASKED>(payload, a, |x| x.clamp(min, max));
        self.unary::<MASKED>(fired, a, |_| 1);
    }

    /// Executes one operation in all lanes, or where the mask is set.
    #[inline(always)]
    fn apply<const MASKED: bool>(&mut self, op: &Op) {
        match *op {
            Op::Nothing => {}
            Op::Copy(d, a) => self.unary::<MASKED>(d, a, |x| x),
            Op::ReadPort(d, a, true, clear) => {
                self.unary::<MASKED>(d, a, port_scaled);
                self.clear_if::<MASKED>(a, clear);
            }
            Op::ReadPort(d, a, false, clear) => {
                self.unary::<MASKED>(d, a, wrap24);
                self.clear_if::<MASKED>(a, clear);
            }
            Op::ReadClear(d, a, condition) => {
                self.unary::<MASKED>(d, a, |x| x);
                self.clear::<MASKED>(a, condition);
            }
            Op::Exchange(d, state, a) => self.exchange::<MASKED>(d, state, a),
            Op::Select(d, a, b) => self.select::<MASKED>(d, a, b),
            Op::Add(d, a, b) => self.binary::<MASKED>(d, a, b, |a, b| wrap24(a + b)),
            Op::Min(d, a, b) => self.binary::<MASKED>(d, a, b, i32::min),
            Op::Max(d, a, b) => self.binary::<MASKED>(d, a, b, i32::max),
            Op::And(d, a, b) => self.binary::<MASKED>(d, a, b, |a, b| a & b),
            Op::Or(d, a, b) => self.binary::<MASKED>(d, a, b, |a, b| a | b),
            Op::Shift(d, a, b) => self.binary::<MASKED>(d, a, b, shift),
            Op::ShiftLeft(d, a, places) => self.unary::<MASKED>(d, a, |x| wrap24(x << places)),
            Op::ShiftRight(d, a, places) => self.unary::<MASKED>(d, a, |x| x >> places),
            Op::AddSaturating(d, a, b) => self.binary::<MASKED>(d, a, b, |a, b| saturate24(a + b)),
            Op::AddSaturating3(d, a, b, c) => {
                self.ternary::<MASKED>(d, [a, b, c], |a, b, c| saturate24(a + b + c))
            }
            Op::AddMax(d, a, b, c) => {
                self.ternary::<MASKED>(d, [a, b, c], |a, b, c| wrap24(a + b).max(c))
            }
            Op::Negate(d, a) => self.unary::<MASKED>(d, a, |x| wrap24(-x)),
            Op::Keep(d, a, x) => self.binary::<MASKED>(d, a, x, keep),
            Op::KeepAll(d, a, factor) => self.unary::<MASKED>(d, a, |x| keep(x, factor)),
            Op::KeepAllAdd(d, a, factor, b) => {
                self.binary::<MASKED>(d, a, b, |a, b| wrap24(keep(a, factor) + b))
            }
            Op::KeepAllAddLimited(d, a, factor, b, [low, high]) => {
                self.binary::<MASKED>(d, a, b, |a, b| (keep(a, factor) + b).max(low).min(high));
            }
            Op::KeepAllAddLimited3(d, a, factor, [b, c], [low, high]) => {
                self.ternary::<MASKED>(d, [a, b, c], |a, b, c| {
                    (keep(a, factor) + b + c).max(low).min(high)
                });
            }
            Op::MultiplyShift(d, a, x, places) => {
                self.binary::<MASKED>(d, a, x, |a, x| multiply_shift(a, x, places))
            }
            Op::MultiplyShiftBy(d, a, x, by) => {
                self.ternary::<MASKED>(d, [a, x, by], |a, x, by| {
                    multiply_shift(a, x, by.clamp(0, 47))
                });
            }
            Op::Compare(op, a, b) => self.compare::<MASKED>(op, a, b),
            Op::CompareSelect(op, d, choices, of) => {
                self.choose::<MASKED, false>(op, d, choices, of)
            }
            Op::CompareSelectFlag(op, d, choices, of) => {
                self.choose::<MASKED, true>(op, d, choices, of)
            }
            Op::Spike(fired, payload, a, kind) => self.spike::<MASKED>(fired, payload, a, kind),
            Op::Trace(trace, a) => self.unary::<MASKED>(trace, a, |x| x.clamp(0, 127)),
            Op::Branch(..) => unreachable!("taken before"),
        }
    }
}
