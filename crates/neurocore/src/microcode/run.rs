//! Many neurons at once: blocks of lanes, instruction by instruction, with a mask where lanes have
//! gone different ways. Loops are plain so that they become vector instructions; the result does
//! not depend on which.

use super::decode::{Code, Op, Slot, Step};
use super::group::{GroupProgram, Io, Tally};
use super::lanes::*;
use crate::kernel;
use seamount_image::microcode::{Condition, ParameterValues};

/// One step of a group. `vectors` chooses the widest vectors there are, or the portable baseline;
/// the result is the same.
///
/// # Panics
/// If a slice of `io` does not have the length of the group, or a column is missing.
pub fn run(group: &GroupProgram, io: Io, scratch: &mut LaneScratch, vectors: bool) -> Tally {
    let n = group.len();
    assert!(io.ports.iter().all(|p| p.is_empty() || p.len() == n), "accumulators of ports");
    assert_eq!(io.states.len(), group.program().program().states.len(), "state words");
    assert!(io.states.iter().all(|s| s.len() == n), "columns of state words");
    assert_eq!(io.fired.len(), n, "spikes");
    assert!(io.payload.is_empty() || io.payload.len() == n, "payloads");
    assert!(io.traces.iter().flatten().all(|y| y.len() == n), "traces");
    let probes = group.program().program().probes.len();
    assert!(io.probes.iter().all(|p| p.len() == probes && p.iter().all(|c| c.len() == n)), "columns of probes");
    let code = &group.code;
    scratch.file.clear();
    scratch.file.resize(code.slots, NONE);
    for &(slot, value) in &code.constants {
        scratch.file[usize::from(slot)] = SlotLanes::splat(value);
    }
    kernel::run(vectors, Blocks { group, io, file: &mut scratch.file })
}

/// All blocks of a group.
struct Blocks<'a, 'b> {
    group: &'a GroupProgram,
    io: Io<'a>,
    file: &'b mut [SlotLanes],
}

impl kernel::Work for Blocks<'_, '_> {
    type Output = Tally;

    #[inline(always)]
    fn run(self) -> Tally {
        let Blocks { group, mut io, file } = self;
        let mut tally = Tally::default();
        let mut first = 0;
        while first < group.len() {
            let lanes = BLOCK.min(group.len() - first);
            let input = load(group, &mut io, file, first, lanes);
            let mut block = Block { file, mask: ALL, flag: NONE, wake: NONE, lanes };
            tally.instructions += block.execute(&group.code);
            store(&group.code, &mut io, file, first, lanes, &input, &mut tally);
            first += lanes;
        }
        tally
    }
}

/// Copies `from` into a slot.
#[inline(always)]
fn fill(slot: &mut SlotLanes, from: &[i32]) {
    if let Ok(all) = <&[i32; BLOCK]>::try_from(from) {
        slot.as_flattened_mut().copy_from_slice(all);
    } else {
        slot.as_flattened_mut()[..from.len()].copy_from_slice(from);
    }
}

/// Loads a block; returns which lanes have input. Ports are cleared.
#[inline(always)]
fn load(group: &GroupProgram, io: &mut Io, file: &mut [SlotLanes], first: usize, lanes: usize) -> SlotLanes {
    let code = &group.code;
    let range = first..first + lanes;
    if lanes < BLOCK {
        // lanes without a neuron
        let columns = code.states.iter().chain(&code.parameters).map(|c| c.slot);
        columns.chain(code.traces.into_iter().flatten()).for_each(|slot| file[usize::from(slot)] = NONE);
    }
    let mut input = NONE;
    for (port, slot) in io.ports.iter_mut().zip(code.ports) {
        file[usize::from(slot)] = NONE;
        if !port.is_empty() {
            let due = &mut port[range.clone()];
            fill(&mut file[usize::from(slot)], due);
            due.fill(0);
            for (sum, lanes) in input.iter_mut().zip(file[usize::from(slot)].iter()) {
                *sum = zip(*sum, *lanes, |a, b| a | b);
            }
        }
    }
    for column in &code.states {
        fill(&mut file[usize::from(column.slot)], &io.states[column.index][range.clone()]);
    }
    for column in &code.parameters {
        if let ParameterValues::Each(values) = &group.values()[column.index] {
            fill(&mut file[usize::from(column.slot)], &values[range.clone()]);
        }
    }
    for (index, slot) in code.traces.into_iter().enumerate() {
        if let (Some(slot), Some(traces)) = (slot, &io.traces) {
            let bytes = &traces[index][range.clone()];
            file[usize::from(slot)].as_flattened_mut().iter_mut().zip(bytes).for_each(|(lane, byte)| *lane = i32::from(*byte));
        }
    }
    for slot in code.probes.iter().copied().chain([code.fired, code.payload]) {
        file[usize::from(slot)] = NONE;
    }
    input
}

/// Stores a block, and adds up what it did.
#[inline(always)]
fn store(code: &Code, io: &mut Io, file: &[SlotLanes], first: usize, lanes: usize, input: &SlotLanes, tally: &mut Tally) {
    let range = first..first + lanes;
    let mut different = NONE;
    for column in code.states.iter().filter(|c| c.written) {
        let memory = &mut io.states[column.index][range.clone()];
        let words = file[usize::from(column.slot)].as_flattened();
        let sums = different.as_flattened_mut().iter_mut();
        for ((sum, memory), word) in sums.zip(memory).zip(words) {
            *sum |= *memory ^ *word;
            *memory = *word;
        }
    }
    for (index, slot) in code.traces.into_iter().enumerate() {
        if let (Some(slot), Some(traces)) = (slot, &mut io.traces) {
            let mut moved = 0;
            for (byte, lane) in traces[index][range.clone()].iter_mut().zip(file[usize::from(slot)].as_flattened()) {
                moved |= i32::from(*byte) ^ *lane;
                *byte = *lane as u8;
            }
            tally.changed |= moved != 0;
        }
    }
    let fired = file[usize::from(code.fired)].as_flattened();
    io.fired[range.clone()].iter_mut().zip(fired).for_each(|(byte, lane)| *byte = (*lane & 1) as u8);
    if !io.payload.is_empty() {
        io.payload[range.clone()].copy_from_slice(&file[usize::from(code.payload)].as_flattened()[..lanes]);
    }
    if let Some(probes) = &mut io.probes {
        for (column, slot) in probes.iter_mut().zip(&code.probes) {
            column[range.clone()].copy_from_slice(&file[usize::from(*slot)].as_flattened()[..lanes]);
        }
    }
    let (mut spikes, mut active, mut changed) = (0, 0, 0);
    let columns = fired.iter().zip(different.as_flattened()).zip(input.as_flattened());
    for ((fired, different), input) in columns.take(lanes) {
        spikes += *fired & 1;
        active += i32::from((*fired | *different | *input) != 0);
        changed |= *different;
    }
    tally.spikes += spikes as u32;
    tally.active += active as u32;
    tally.changed |= changed != 0;
}

/// One block on its way through the program.
struct Block<'a> {
    file: &'a mut [SlotLanes],
    /// -1 for the lanes at work; meaningful where some lanes may be passing over.
    mask: SlotLanes,
    /// -1 where the flag is set.
    flag: SlotLanes,
    /// Index of the instruction at which a lane goes on.
    wake: SlotLanes,
    /// Lanes with a neuron.
    lanes: usize,
}

impl Block<'_> {
    /// Executes all; returns the instructions executed, summed over lanes.
    #[inline(always)]
    fn execute(&mut self, code: &Code) -> u64 {
        let (mut executed, mut at_work) = (0, self.lanes as u64);
        let mut at = 0;
        while let Some(step) = code.steps.get(at) {
            if !step.masked {
                at_work = self.lanes as u64;
            } else if step.joins {
                for (mask, wake) in self.mask.iter_mut().zip(self.wake.iter()) {
                    *mask = map(*wake, |w| flag(w <= at as i32));
                }
                at_work = self.count();
            }
            executed += at_work * u64::from(step.count);
            if let Op::Branch { condition, target } = step.op {
                self.branch(step, condition, i32::from(target));
                at_work = self.count();
                at = if at_work == 0 { step.next_join } else { at + 1 };
                continue;
            }
            if step.masked {
                self.apply::<true>(code, &step.op)
            } else {
                self.apply::<false>(code, &step.op)
            }
            at += 1;
        }
        executed
    }

    /// Lanes with a neuron that are at work.
    #[inline(always)]
    fn count(&self) -> u64 {
        let mut sum = 0;
        for (i, lane) in self.mask.as_flattened().iter().enumerate() {
            sum -= if i < self.lanes { *lane } else { 0 };
        }
        sum as u64
    }

    #[inline(always)]
    fn branch(&mut self, step: &Step, condition: Condition, target: i32) {
        for k in 0..VECTORS {
            let here = if step.masked { self.mask[k] } else { [-1; WIDTH] };
            let goes = match condition {
                Condition::Always => here,
                Condition::Set => zip(here, self.flag[k], |m, f| m & f),
                Condition::Clear => zip(here, self.flag[k], |m, f| m & !f),
            };
            let stay = if step.masked { self.wake[k] } else { [0; WIDTH] };
            self.wake[k] = blend(goes, [target; WIDTH], stay);
            self.mask[k] = zip(here, goes, |m, g| m & !g);
        }
    }

    /// Writes a vector of a slot, where the mask is set.
    #[inline(always)]
    fn put<const MASKED: bool>(&mut self, d: Slot, k: usize, new: Lanes) {
        self.file[usize::from(d)][k] = if MASKED { blend(self.mask[k], new, self.file[usize::from(d)][k]) } else { new };
    }

    #[inline(always)]
    fn unary<const MASKED: bool>(&mut self, d: Slot, a: Slot, f: impl Fn(i32) -> i32) {
        for k in 0..VECTORS {
            let a = self.file[usize::from(a)][k];
            self.put::<MASKED>(d, k, map(a, &f));
        }
    }

    #[inline(always)]
    fn binary<const MASKED: bool>(&mut self, d: Slot, a: Slot, b: Slot, f: impl Fn(i32, i32) -> i32) {
        for k in 0..VECTORS {
            let (a, b) = (self.file[usize::from(a)][k], self.file[usize::from(b)][k]);
            self.put::<MASKED>(d, k, zip(a, b, &f));
        }
    }

    #[inline(always)]
    fn ternary<const MASKED: bool>(&mut self, d: Slot, a: Slot, b: Slot, c: Slot, f: impl Fn(i32, i32, i32) -> i32) {
        for k in 0..VECTORS {
            let (a, b, c) = (self.file[usize::from(a)][k], self.file[usize::from(b)][k], self.file[usize::from(c)][k]);
            self.put::<MASKED>(d, k, zip3(a, b, c, &f));
        }
    }

    #[inline(always)]
    fn compare<const MASKED: bool>(&mut self, a: Slot, b: Slot, f: impl Fn(i32, i32) -> bool) {
        for k in 0..VECTORS {
            let new = zip(self.file[usize::from(a)][k], self.file[usize::from(b)][k], |a, b| flag(f(a, b)));
            self.flag[k] = if MASKED { blend(self.mask[k], new, self.flag[k]) } else { new };
        }
    }

    /// Clears a slot where a condition holds.
    #[inline(always)]
    fn clear<const MASKED: bool>(&mut self, a: Slot, condition: Condition) {
        for k in 0..VECTORS {
            let old = self.file[usize::from(a)][k];
            let new = match condition {
                Condition::Always => [0; WIDTH],
                Condition::Set => zip(old, self.flag[k], |x, f| x & !f),
                Condition::Clear => zip(old, self.flag[k], |x, f| x & f),
            };
            self.put::<MASKED>(a, k, new);
        }
    }

    #[inline(always)]
    fn apply<const MASKED: bool>(&mut self, code: &Code, op: &Op) {
        match *op {
            Op::Copy { d, a } => self.unary::<MASKED>(d, a, |x| x),
            Op::ReadPort { d, a, scaled, clear } => {
                if scaled {
                    self.unary::<MASKED>(d, a, port_scaled);
                } else {
                    self.unary::<MASKED>(d, a, wrap24);
                }
                if let Some(condition) = clear {
                    self.clear::<MASKED>(a, condition);
                }
            }
            Op::ReadClear { d, a, clear } => {
                self.unary::<MASKED>(d, a, |x| x);
                self.clear::<MASKED>(a, clear);
            }
            Op::Exchange { d, state, a } => {
                for k in 0..VECTORS {
                    let (new, old) = (self.file[usize::from(a)][k], self.file[usize::from(state)][k]);
                    self.put::<MASKED>(state, k, new);
                    self.put::<MASKED>(d, k, old);
                }
            }
            Op::Select { d, a, b } => {
                for k in 0..VECTORS {
                    let new = blend(self.flag[k], self.file[usize::from(a)][k], self.file[usize::from(b)][k]);
                    self.put::<MASKED>(d, k, new);
                }
            }
            Op::Add { d, a, b } => self.binary::<MASKED>(d, a, b, |a, b| wrap24(a + b)),
            Op::Min { d, a, b } => self.binary::<MASKED>(d, a, b, i32::min),
            Op::Max { d, a, b } => self.binary::<MASKED>(d, a, b, i32::max),
            Op::And { d, a, b } => self.binary::<MASKED>(d, a, b, |a, b| a & b),
            Op::Or { d, a, b } => self.binary::<MASKED>(d, a, b, |a, b| a | b),
            Op::Shift { d, a, b } => self.binary::<MASKED>(d, a, b, shift),
            Op::ShiftLeft { d, a, places } => self.unary::<MASKED>(d, a, |x| wrap24(x << places)),
            Op::ShiftRight { d, a, places } => self.unary::<MASKED>(d, a, |x| x >> places),
            Op::AddSaturating { d, a, b } => self.binary::<MASKED>(d, a, b, |a, b| saturate24(a + b)),
            Op::AddSaturating3 { d, a, b, c } => self.ternary::<MASKED>(d, a, b, c, |a, b, c| saturate24(a + b + c)),
            Op::Negate { d, a } => self.unary::<MASKED>(d, a, |x| wrap24(-x)),
            Op::Keep { d, a, x } => self.binary::<MASKED>(d, a, x, keep),
            Op::KeepAll { d, a, factor } => self.unary::<MASKED>(d, a, |x| keep(x, factor)),
            Op::MultiplyShift { d, a, x, places } => self.binary::<MASKED>(d, a, x, |a, x| multiply_shift(a, x, places)),
            Op::MultiplyShiftBy { d, a, x, by } => {
                self.ternary::<MASKED>(d, a, x, by, |a, x, by| multiply_shift(a, x, by.clamp(0, 47)));
            }
            Op::Less { a, b } => self.compare::<MASKED>(a, b, |a, b| a < b),
            Op::NotLess { a, b } => self.compare::<MASKED>(a, b, |a, b| a >= b),
            Op::Equal { a, b } => self.compare::<MASKED>(a, b, |a, b| a == b),
            Op::Spike { a } => {
                let (min, max) = code.spike.range();
                self.unary::<MASKED>(code.payload, a, |x| x.clamp(min, max));
                self.unary::<MASKED>(code.fired, a, |_| 1);
            }
            Op::Probe { probe, a } => self.unary::<MASKED>(probe, a, |x| x),
            Op::Trace { trace, a } => self.unary::<MASKED>(trace, a, |x| x.clamp(0, 127)),
            Op::Branch { .. } => unreachable!("taken before"),
        }
    }
}
