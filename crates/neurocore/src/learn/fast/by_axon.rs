//! By axon: axons one after another, where a pre spike, a reward or the decimation opens a gate.
//!
//! When: always, for the axons that [`super::all_at_once`] has not visited. An axon is visited if a
//! term that is not gated by post spikes is ready for it, and then with all of its terms. A span
//! goes through 16 bits where it can ([`super::short_row`]), else in blocks. Blocks begin where a
//! draw of random numbers does, which has those of four synapses. Worth: the way of visiting itself
//! has no faster or slower sibling; see `docs/decisions/learning.md` for blocks against the
//! contract and short rows against blocks.
//!
//! Most axons are silent in most epochs, so eight of them are passed over at a time.
//!
//! An axon that is visited has all of its terms computed, also those that wait for post spikes.
//! They could be left to [`super::by_target`], but then a synapse could be written twice in one
//! epoch, and the second time from values that the first has changed; rules read old values
//! (LE-008). So an axon is done with or not begun, and `done` tells the targets which.

use super::Pass;
use super::block::{ALL, BLOCK, NO_SOURCES, Sources, SynapseBlock, Which, Words, ZERO};
use super::ready::{OpenTerm, Opened, common};
use super::seen::{FLAGS, Seen, UnitArrays, at_step, own_spike};
use super::slots::{FactorSlot, SLOTS, SlotSet};
use super::terms::BlockSide;
use crate::kernel::RowArray;
use crate::learn::program::{LearnProgram, Rule, Span};
use crate::learn::variable::Plastic;
use seamount_rules::Dependency;

/// Arrays that a span may read: flags of post spikes, and y1, y2 and y3 at three times.
const MOST_ARRAYS: usize = 10;

impl Pass<'_> {
    /// Visits every axon that has a ready term which is not gated by post spikes, and notes it as
    /// done.
    #[inline(always)]
    pub(super) fn by_axon(&mut self, opened: &Opened) {
        let every_axon = opened.rules.iter().any(|rule| rule.every_axon);
        let mut gathered = Gathered::new();
        let mut kept_for = None;
        for first in (0..self.program.axons.len()).step_by(8) {
            let spikes = eight(self.seen.pre_spike, first);
            let wanted = if every_axon { u64::MAX } else { spikes };
            let mut left = wanted & !eight(self.done, first);
            while left != 0 {
                let byte = left.trailing_zeros() / 8;
                left &= !(0xff << (8 * byte));
                let index = first + byte as usize;
                let Some(axon) = self.program.axons.get(index) else {
                    break;
                };
                let number = usize::from(axon.rule);
                let open = &opened.rules[number];
                if !open.every_axon && self.seen.pre_spike[index] == 0 {
                    continue;
                }
                let rule = &self.program.rules[number];
                if kept_for.replace(number) != Some(number) {
                    self.keep(rule, &opened.terms[open.terms.clone()]);
                }
                self.ready_for_axon(rule, &opened.terms[open.varying.clone()], index);
                if !self.work.ready.totals.moves {
                    continue;
                }
                self.done[index] = u8::MAX;
                let mut visits = 0;
                for span in self.program.spans_of(axon) {
                    visits += self.visit_span(rule, index, span, &mut gathered);
                }
                self.count(rule, visits);
            }
        }
    }

    /// Makes those terms ready whose common factor is the same for all axons of a rule.
    #[inline(always)]
    fn keep(&mut self, rule: &Rule, open: &[OpenTerm]) {
        let ready = &mut self.work.ready;
        ready.clear();
        for one in open {
            if let Some(common) = one.common {
                let term = &rule.terms.all[one.term];
                ready.push(one.term, term, BlockSide::Axon, common, one.reach);
            }
        }
        ready.keep();
    }

    /// Adds those terms that are ready for one axon.
    #[inline(always)]
    fn ready_for_axon(&mut self, rule: &Rule, varying: &[OpenTerm], axon: usize) {
        let ready = &mut self.work.ready;
        ready.rewind();
        let spike = self.seen.pre_spike[axon];
        for one in varying {
            let pre = one.gate == Dependency::Pre;
            if pre && spike == 0 {
                continue;
            }
            let step = if pre { spike.into() } else { self.seen.epoch };
            let term = &rule.terms.all[one.term];
            let common = common(rule, term, Some(axon), step, self.seen);
            ready.push(one.term, term, BlockSide::Axon, common, one.reach);
        }
    }

    /// Visits the synapses of a span; the number of those with a product that is not 0.
    #[inline(always)]
    fn visit_span(
        &mut self,
        rule: &Rule,
        axon: usize,
        span: &Span,
        gathered: &mut Gathered,
    ) -> u32 {
        let slots = self.work.ready.totals.slots;
        let arrays = TraceArrays::new(slots, self.seen, axon);
        // without ranks nothing but w, d and t lies together
        let scattered = match span.rank {
            Some(_) => slots.and(SlotSet::ALWAYS_GATHERED),
            None => slots.without(SlotSet::PLASTIC),
        };
        if let Some(rank) = span.rank
            && scattered.is_empty()
            && let Some(visits) = self.short_row(rule, span, rank, &arrays)
        {
            return visits;
        }
        let visit = SpanVisit {
            rule,
            axon,
            span,
            arrays,
            scattered,
        };
        let start = span.synapses.start as usize;
        let mut visits = 0;
        for first in (start & !3..span.synapses.end as usize).step_by(BLOCK) {
            visits += self.visit_block(&visit, first, gathered);
        }
        visits
    }

    /// Visits the block of a span that begins with synapse `first`, maybe before the span.
    #[inline(always)]
    fn visit_block(&mut self, visit: &SpanVisit, first: usize, gathered: &mut Gathered) -> u32 {
        let SpanVisit { rule, span, .. } = visit;
        let lanes = visit.lanes(first);
        let Gathered {
            plastic: [w, d, t],
            numbers,
            inside,
        } = gathered;
        if !visit.scattered.is_empty() {
            visit.gather(self.program, self.seen, first, numbers);
        }
        let slots = self.work.ready.totals.slots;
        let synapses = &mut self.synapses;
        let mut sources: Sources = NO_SOURCES;
        if slots.has(FactorSlot::Weight) {
            sources[FactorSlot::Weight as usize] = words(synapses.weights, first, w);
        }
        if slots.has(FactorSlot::Delay) {
            bytes(synapses.d(rule), first, d);
            sources[FactorSlot::Delay as usize] = d;
        }
        if slots.has(FactorSlot::Tag) {
            sources[FactorSlot::Tag as usize] = words(synapses.tags, first, t);
        }
        let mut left = visit.scattered;
        if span.rank.is_some() {
            let joined = visit.find_traces(first, self.seen.by_rank, &mut sources, numbers);
            left = left.with(joined);
        }
        while let Some(slot) = left.pop() {
            sources[slot] = &numbers[slot % SLOTS];
        }
        let block = SynapseBlock {
            rule,
            side: BlockSide::Axon,
            grids: self.program.classes[usize::from(span.class)].grids(rule),
            sources: &sources,
            inside: lanes.mask(inside),
            which: Which::From(first as u32),
        };
        let memory = &mut self.work.block;
        let visits = memory.apply(&block, &self.work.ready, &synapses.numbers, self.choice);
        store(
            memory.new_of(Plastic::Weight),
            synapses.weights,
            first,
            |x| x,
        );
        store(
            memory.new_of(Plastic::Delay),
            synapses.d_mut(rule),
            first,
            |x| x as u8,
        );
        store(memory.new_of(Plastic::Tag), synapses.tags, first, |x| x);
        visits
    }
}

/// A span of an axon, visited in blocks.
struct SpanVisit<'a> {
    rule: &'a Rule,
    axon: usize,
    span: &'a Span,
    arrays: TraceArrays,
    /// Slots whose numbers are gathered one by one.
    scattered: SlotSet,
}

impl SpanVisit<'_> {
    /// The lanes of the block from synapse `first` on that belong to the span.
    #[inline(always)]
    fn lanes(&self, first: usize) -> LaneRange {
        LaneRange {
            from: (self.span.synapses.start as usize).saturating_sub(first),
            to: (self.span.synapses.end as usize - first).min(BLOCK),
        }
    }

    /// Gathers the numbers of the compartments of a block: of targets that are scattered, and x1
    /// and x2 at the time of each target's post spike.
    #[inline(always)]
    fn gather(&self, program: &LearnProgram, seen: &Seen, first: usize, out: &mut [Words; SLOTS]) {
        let LaneRange { from, to } = self.lanes(first);
        let targets = &program.targets[first + from..first + to];
        for one in self.arrays.all() {
            if self.scattered.has(one.slot) {
                let out = &mut out[one.slot as usize][from..];
                for (out, target) in out.iter_mut().zip(targets) {
                    let rank = program.ranks[usize::from(*target)];
                    *out = seen.by_rank.one(one.array, rank.into());
                }
            }
        }
        for (which, slot) in [FactorSlot::X1, FactorSlot::X2].into_iter().enumerate() {
            if self.scattered.has(slot) {
                let out = &mut out[slot as usize][from..];
                for (out, target) in out.iter_mut().zip(targets) {
                    let step = seen.post_spike[usize::from(*target)].into();
                    *out = seen.x(self.rule, which, self.axon, step) as i16;
                }
            }
        }
    }

    /// Finds the post traces of a block whose ranks are consecutive but for a gap. In a block with
    /// the gap they are joined from two parts into `joined`; the slots of those.
    #[inline(always)]
    fn find_traces<'t>(
        &self,
        first: usize,
        by_rank: &'t UnitArrays,
        sources: &mut Sources<'t>,
        joined: &mut [Words; SLOTS],
    ) -> SlotSet {
        let start = self.span.synapses.start as usize;
        let from = self.lanes(first).from;
        let passed = first.max(start) - start;
        let mut rank = usize::from(self.span.rank.unwrap_or_default()) + passed;
        if let Some(gap) = self.span.gap {
            if gap.after > passed && gap.after < passed + BLOCK - from {
                for one in self.arrays.all() {
                    let parts = [
                        by_rank.block(one.array, rank, from),
                        by_rank.block(one.array, rank + gap.by, from),
                    ];
                    let count = gap.after - passed + from;
                    join(parts, count, &mut joined[one.slot as usize]);
                }
                return self.arrays.slots;
            }
            rank += if gap.after <= passed { gap.by } else { 0 };
        }
        for one in self.arrays.all() {
            sources[one.slot as usize] = by_rank.block(one.array, rank, from);
        }
        SlotSet::NONE
    }
}

/// Memory for factors of a block that do not lie together.
struct Gathered {
    plastic: [Words; 3],
    numbers: [Words; SLOTS],
    inside: Words,
}

impl Gathered {
    fn new() -> Gathered {
        Gathered {
            plastic: [ZERO; 3],
            numbers: [ZERO; SLOTS],
            inside: ZERO,
        }
    }
}

/// An array of post traces by rank, and the slot that it is for.
#[derive(Clone, Copy)]
struct TraceArray {
    array: usize,
    slot: FactorSlot,
}

/// The arrays of the post traces in a set of slots, as an axon reads them.
pub(super) struct TraceArrays {
    all: [TraceArray; MOST_ARRAYS],
    count: usize,
    /// Their slots.
    slots: SlotSet,
}

impl TraceArrays {
    #[inline(always)]
    fn new(slots: SlotSet, seen: &Seen, axon: usize) -> TraceArrays {
        let none = TraceArray {
            array: FLAGS,
            slot: FactorSlot::Y0,
        };
        let mut out = TraceArrays {
            all: [none; MOST_ARRAYS],
            count: 0,
            slots: SlotSet::NONE,
        };
        out.add(slots, FLAGS, FactorSlot::Y0);
        let spike = usize::from(seen.pre_spike[axon]);
        let [end, at_pre, at_own] = FactorSlot::POST_TRACES;
        for which in 0..3 {
            out.add(slots, at_step(which, seen.epoch), end[which]);
            out.add(slots, at_step(which, spike), at_pre[which]);
            out.add(slots, own_spike(which), at_own[which]);
        }
        out
    }

    #[inline(always)]
    fn add(&mut self, slots: SlotSet, array: usize, slot: FactorSlot) {
        if slots.has(slot) {
            self.all[self.count % MOST_ARRAYS] = TraceArray { array, slot };
            self.count += 1;
            self.slots = self.slots.with(SlotSet::of(slot));
        }
    }

    #[inline(always)]
    fn all(&self) -> &[TraceArray] {
        &self.all[..self.count]
    }

    /// Number of arrays.
    #[inline(always)]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The slots, and where in the arrays by rank the traces are from a rank on; the first
    /// [`Self::count`] of them.
    #[inline(always)]
    pub(crate) fn positions(&self, by_rank: &UnitArrays, rank: usize) -> [RowArray; MOST_ARRAYS] {
        let mut out = [RowArray::default(); MOST_ARRAYS];
        for i in 0..self.count.min(MOST_ARRAYS) {
            out[i] = RowArray {
                slot: self.all[i].slot as usize,
                position: by_rank.position(self.all[i].array, rank),
            };
        }
        out
    }
}

/// Lanes of a block, `from` included, `to` not.
#[derive(Clone, Copy)]
struct LaneRange {
    from: usize,
    to: usize,
}

impl LaneRange {
    /// -1 in the lanes, 0 in others.
    #[inline(always)]
    fn mask(self, out: &mut Words) -> &Words {
        if self.from == 0 && self.to == BLOCK {
            return &ALL;
        }
        let before = below(self.from);
        let all = below(self.to);
        for i in 0..BLOCK {
            out[i] = all[i] & !before[i];
        }
        out
    }
}

/// Eight bytes from `first` on, the first lowest; 0 beyond the end.
#[inline(always)]
fn eight(from: &[u8], first: usize) -> u64 {
    let rest = &from[first..];
    if let Some(all) = rest.first_chunk() {
        return u64::from_le_bytes(*all);
    }
    let mut out = [0; 8];
    out[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(out)
}

/// The first `count` numbers of one part, then those of the other.
#[inline(always)]
fn join(parts: [&Words; 2], count: usize, out: &mut Words) {
    let first = below(count);
    for i in 0..BLOCK {
        out[i] = (parts[0][i] & first[i]) | (parts[1][i] & !first[i]);
    }
}

/// -1 in the first `count` lanes, at most 64, and 0 in others.
#[inline(always)]
fn below(count: usize) -> &'static Words {
    const EDGE: [Words; 2] = [ALL, ZERO];
    EDGE.as_flattened()[BLOCK - count..]
        .first_chunk()
        .expect("64 numbers follow")
}

/// 64 numbers from `first` on; 0 beyond the end.
#[inline(always)]
fn words<'a>(all: &'a [i16], first: usize, local: &'a mut Words) -> &'a Words {
    let rest = all.get(first..).unwrap_or(&[]);
    match rest.first_chunk() {
        Some(block) => block,
        None => {
            *local = ZERO;
            local[..rest.len()].copy_from_slice(rest);
            local
        }
    }
}

/// 64 bytes from `first` on as numbers; 0 beyond the end.
#[inline(always)]
fn bytes(all: &[u8], first: usize, out: &mut Words) {
    let rest = all.get(first..).unwrap_or(&[]);
    match rest.first_chunk::<BLOCK>() {
        Some(block) => {
            for i in 0..BLOCK {
                out[i] = block[i].into();
            }
        }
        None => {
            *out = ZERO;
            for (out, x) in out.iter_mut().zip(rest) {
                *out = (*x).into();
            }
        }
    }
}

/// Writes the new values of a block back, if there are any; lanes beyond the last synapse have
/// none.
#[inline(always)]
fn store<T>(new: Option<&Words>, to: &mut [T], first: usize, word: impl Fn(i16) -> T) {
    let Some(new) = new else { return };
    let to = to.get_mut(first..).unwrap_or(&mut []);
    match to.first_chunk_mut::<BLOCK>() {
        Some(block) => {
            for i in 0..BLOCK {
                block[i] = word(new[i]);
            }
        }
        None => {
            for (to, x) in to.iter_mut().zip(new) {
                *to = word(*x);
            }
        }
    }
}
