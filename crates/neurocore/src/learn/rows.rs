//! Whole axons: where a pre spike, a reward or the decimation opens a gate.

use super::arithmetic::{BLOCK, NO_SOURCES, Place, Sources, Term, Width, Words};
use super::blocks::{ALL, Block, Blocks, Drawn, Synapses, ZERO, has, note};
use super::program::{LearnProgram, Rule, Segment};
use super::slots::{SLOTS, Slot, View};
use super::stripes::Plan;
use super::values::{FLAGS, Padded, Seen, at_step, own};
use seamount_rules::{Dependency, Factor, Variable};
use seamount_spec::EventCounts;
use std::ops::Range;

/// A term whose gate may be open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    pub place: Place,
    pub gate: Dependency,
    /// S and the factors that all synapses share, where they are the same for all axons.
    pub scalar: Option<i64>,
    /// Largest magnitude of the product of the others.
    pub reach: i64,
}

/// Visits every axon that has a term which is not gated by post spikes, and notes it in `done`: all of a rule together where a
/// plan suits it, others one by one.
#[inline(always)]
pub(super) fn rows(
    program: &LearnProgram,
    seen: &Seen,
    synapses: &mut Synapses,
    done: &mut [u8],
    (opened, plan, blocks): (&mut Opened, &mut Plan, &mut Blocks),
    counts: &mut EventCounts,
) {
    opened.refresh(program, seen);
    if plan.wide {
        for (number, open) in opened.rules.iter_mut().enumerate() {
            let axons = plan.apply(
                (program, number),
                &opened.terms[open.terms.clone()],
                seen,
                synapses,
                done,
                counts,
            );
            open.stands &= axons < program.rules[number].axons;
        }
    }
    let all = opened.rules.iter().any(|r| r.stands);
    let mut local = Local {
        synapses: [ZERO; 3],
        gathered: [ZERO; SLOTS],
        inside: ZERO,
    };
    let mut kept_for = None;
    // most axons are silent: eight of them are passed over at a time
    for first in (0..program.axons.len()).step_by(8) {
        let spikes = eight(seen.pre_spike, first);
        let mut left = if all { u64::MAX } else { spikes } & !eight(done, first);
        while left != 0 {
            let byte = left.trailing_zeros() / 8;
            left &= !(0xff << (8 * byte));
            let index = first + byte as usize;
            let Some(axon) = program.axons.get(index) else {
                break;
            };
            let number = usize::from(axon.rule);
            let open = &opened.rules[number];
            if !open.stands && seen.pre_spike[index] == 0 {
                continue;
            }
            let rule = &program.rules[number];
            if kept_for.replace(number) != Some(number) {
                keep(rule, &opened.terms[open.terms.clone()], blocks);
            }
            ready(
                rule,
                &opened.terms[open.varying.clone()],
                index,
                seen,
                blocks,
            );
            if !blocks.all().moves {
                continue;
            }
            done[index] = u8::MAX;
            for segment in
                &program.segments[axon.segments.start as usize..axon.segments.end as usize]
            {
                visit(
                    program, rule, index, segment, seen, synapses, blocks, &mut local,
                );
            }
            note(rule, blocks.take_visits(), counts);
        }
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

/// Terms that some axon may have ready, rule by rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Opened {
    terms: Vec<Open>,
    rules: Vec<OpenRule>,
}

/// Of one rule.
#[derive(Debug, Clone)]
struct OpenRule {
    /// Its terms.
    terms: Range<usize>,
    /// The last of them, whose common factors differ between axons.
    varying: Range<usize>,
    /// One of them waits for no spike, and axons are left to be visited.
    stands: bool,
}

impl Opened {
    /// Those of this epoch.
    fn refresh(&mut self, program: &LearnProgram, seen: &Seen) {
        self.terms.clear();
        self.rules.clear();
        let largest = seen.largest();
        for rule in &program.rules {
            let first = self.terms.len();
            self.add(rule, seen, &largest);
            let terms = &mut self.terms[first..];
            // sums of 32 bits do not care about the order, others saturate
            terms.sort_by_key(|o| o.scalar.is_none());
            let stands = terms
                .iter()
                .any(|o| matches!(o.gate, Dependency::Unconditional | Dependency::Reward));
            let varying = first + terms.iter().filter(|o| o.scalar.is_some()).count();
            let end = self.terms.len();
            self.rules.push(OpenRule {
                terms: first..end,
                varying: varying..end,
                stands,
            });
        }
    }

    /// Terms of a rule with a gate that may be open, and no post trace that is 0 at all compartments.
    fn add(&mut self, rule: &Rule, seen: &Seen, largest: &[i16; SLOTS]) {
        for &place in &rule.places {
            let (term, view) = rule.terms(true).at(place);
            let opens = match term.gate {
                Dependency::Pre => true,
                Dependency::Post => seen.post_spiked,
                Dependency::Unconditional => seen.due(rule),
                Dependency::Reward => seen.r0(rule),
            };
            let zero = |(j, [end, _, at_own]): (usize, &[Slot; 3])| {
                (has(view.needs, *end) && seen.post.is_zero(at_step(j, seen.epoch)))
                    || (has(view.needs, *at_own) && seen.post.is_zero(own(j)))
            };
            if opens && !TRACES.iter().enumerate().any(zero) {
                let of_axon =
                    |f: &Factor| matches!(f.variable, Variable::X0 | Variable::X1 | Variable::X2);
                let varies = rule.width != Width::Plain
                    || term.gate == Dependency::Pre
                    || view.shared.iter().any(of_axon);
                let scalar = (!varies).then(|| scalar(rule, (term, view), None, seen.epoch, seen));
                self.terms.push(Open {
                    place,
                    gate: term.gate,
                    scalar,
                    reach: view.reach(largest),
                });
            }
        }
    }
}

/// Slots of y1, y2 and y3: at the end of the epoch, at the pre spike, at the compartment's own spike.
const TRACES: [[Slot; 3]; 3] = [
    [Slot::Y1, Slot::PreY1, Slot::OwnY1],
    [Slot::Y2, Slot::PreY2, Slot::OwnY2],
    [Slot::Y3, Slot::PreY3, Slot::OwnY3],
];
/// Slots of numbers that no array has together.
pub(super) const SCATTERED: u16 = Slot::X1.bit() | Slot::X2.bit();

/// Collects the terms that are the same for all axons.
#[inline(always)]
fn keep(rule: &Rule, open: &[Open], blocks: &mut Blocks) {
    blocks.clear();
    for one in open {
        if let Some(scalar) = one.scalar {
            blocks.push(one.place, rule.terms(true).at(one.place), scalar, one.reach);
        }
    }
    blocks.keep();
}

/// Collects the others that can change synapses of an axon.
#[inline(always)]
fn ready(rule: &Rule, varying: &[Open], axon: usize, seen: &Seen, blocks: &mut Blocks) {
    blocks.rewind();
    let spike = seen.pre_spike[axon];
    for one in varying {
        let pre = one.gate == Dependency::Pre;
        if pre && spike == 0 {
            continue;
        }
        let step = if pre { spike.into() } else { seen.epoch };
        let term = rule.terms(true).at(one.place);
        blocks.push(
            one.place,
            term,
            scalar(rule, term, Some(axon), step, seen),
            one.reach,
        );
    }
}

/// What the synapses of an axon share, or those of all where no pre trace is asked for.
#[inline(always)]
fn scalar(
    rule: &Rule,
    (term, view): (&Term, &View),
    axon: Option<usize>,
    step: usize,
    seen: &Seen,
) -> i64 {
    term.shared(rule.width, view, |variable| match (variable, axon) {
        (Variable::X0, Some(axon)) => i32::from(seen.pre_spike[axon] != 0),
        (Variable::X1, Some(axon)) => seen.x(rule, 0, axon, step),
        (Variable::X2, Some(axon)) => seen.x(rule, 1, axon, step),
        (Variable::R0, _) => i32::from(seen.r0(rule)),
        _ => seen.r1(rule),
    })
}

/// Memory for factors that are not together.
struct Local {
    synapses: [Words; 3],
    gathered: [Words; SLOTS],
    inside: Words,
}

#[inline(always)]
#[allow(
    clippy::too_many_arguments,
    reason = "a segment, and what its rule reads and writes"
)]
fn visit(
    program: &LearnProgram,
    rule: &Rule,
    axon: usize,
    segment: &Segment,
    seen: &Seen,
    synapses: &mut Synapses,
    blocks: &mut Blocks,
    local: &mut Local,
) {
    let limits = program.classes[usize::from(segment.class)].limits(rule);
    let (start, end) = (
        segment.synapses.start as usize,
        segment.synapses.end as usize,
    );
    let slots = blocks.all().slots;
    let arrays = Arrays::new(slots, seen, axon);
    let scattered = slots
        & if segment.ranked.is_some() {
            SCATTERED
        } else {
            !7
        };
    if let Some(rank) = segment.ranked.filter(|_| scattered == 0) {
        let places = arrays.places(seen.post, rank.into());
        let gap = segment
            .gap
            .map_or((end - start, 0), |(at, by)| (at as usize, by.into()));
        if blocks.apply_row(
            (rule, limits),
            (start..end, gap),
            (seen.post, &places[..arrays.count]),
            synapses,
        ) {
            return;
        }
    }
    // blocks begin where a draw does, which has the numbers of four synapses
    for first in (start - start % 4..end).step_by(BLOCK) {
        let (from, to) = (start.saturating_sub(first), (end - first).min(BLOCK));
        let Local {
            synapses: [w, d, t],
            gathered,
            inside,
        } = local;
        if scattered != 0 {
            let (targets, ranks) = (&program.targets[first + from..first + to], &program.ranks);
            gather(
                rule,
                seen,
                axon,
                (targets, ranks),
                (&arrays, scattered, from),
                gathered,
            );
        }
        let mut sources: Sources = NO_SOURCES;
        let mut left = scattered;
        if has(slots, Slot::Weight) {
            sources[Slot::Weight as usize] = words(synapses.w, first, w);
        }
        if has(slots, Slot::Delay) {
            bytes(synapses.d_of(rule), first, d);
            sources[Slot::Delay as usize] = d;
        }
        if has(slots, Slot::Tag) {
            sources[Slot::Tag as usize] = words(synapses.t, first, t);
        }
        if let Some(rank) = segment.ranked {
            let done = first.max(start) - start;
            left |= ranked(
                segment,
                (usize::from(rank), done, from),
                &arrays,
                seen.post,
                &mut sources,
                gathered,
            );
        }
        while left != 0 {
            let slot = left.trailing_zeros() as usize % SLOTS;
            sources[slot] = &gathered[slot];
            left &= left - 1;
        }
        let inside = if (from, to) == (0, BLOCK) {
            &ALL
        } else {
            span(from, to, inside)
        };
        let block = Block {
            rule,
            limits,
            terms: rule.terms(true),
            sources: &sources,
            inside,
        };
        blocks.apply(&block, &synapses.numbers, Drawn::Run(first as u32));
        store(blocks.new_of(0), synapses.w, first, |x| x);
        store(blocks.new_of(1), synapses.d_of_mut(rule), first, |x| {
            x as u8
        });
        store(blocks.new_of(2), synapses.t, first, |x| x);
    }
}

/// Finds the post traces of targets whose ranks are consecutive but for a gap, `done` of them passed. Slots of
/// blocks with the gap are gathered; which those are.
#[inline(always)]
fn ranked<'a>(
    segment: &Segment,
    (rank, done, from): (usize, usize, usize),
    arrays: &Arrays,
    post: &'a Padded,
    sources: &mut Sources<'a>,
    gathered: &mut [Words; SLOTS],
) -> u16 {
    let (mut rank, all) = (rank + done, &arrays.all[..arrays.count]);
    if let Some((at, by)) = segment.gap {
        let (at, by) = (at as usize, usize::from(by));
        if at > done && at < done + BLOCK - from {
            for &(array, slot) in all {
                let parts = [
                    post.block(array, rank, from),
                    post.block(array, rank + by, from),
                ];
                joined(parts, at - done + from, &mut gathered[slot as usize]);
            }
            return arrays.slots;
        }
        rank += if at <= done { by } else { 0 };
    }
    for &(array, slot) in all {
        sources[slot as usize] = post.block(array, rank, from);
    }
    0
}

/// The first `count` numbers of one part, then those of the other.
#[inline(always)]
fn joined(parts: [&Words; 2], count: usize, out: &mut Words) {
    let first = below(count);
    for i in 0..BLOCK {
        out[i] = (parts[0][i] & first[i]) | (parts[1][i] & !first[i]);
    }
}

/// Slots of post traces.
const MOST: usize = 10;

/// The arrays of the post traces in a set of slots.
struct Arrays {
    all: [(usize, Slot); MOST],
    count: usize,
    /// Their slots.
    slots: u16,
}

impl Arrays {
    #[inline(always)]
    fn new(slots: u16, seen: &Seen, axon: usize) -> Arrays {
        let mut out = Arrays {
            all: [(0, Slot::Y0); MOST],
            count: 0,
            slots: 0,
        };
        out.add(slots, FLAGS, Slot::Y0);
        let spike = usize::from(seen.pre_spike[axon]);
        for (j, [end, at_pre, at_own]) in TRACES.into_iter().enumerate() {
            out.add(slots, at_step(j, seen.epoch), end);
            out.add(slots, at_step(j, spike), at_pre);
            out.add(slots, own(j), at_own);
        }
        out
    }

    /// The slots, and where the traces are from a rank on.
    #[inline(always)]
    fn places(&self, post: &Padded, rank: usize) -> [(usize, usize); MOST] {
        let mut out = [(0, 0); MOST];
        for i in 0..self.count.min(MOST) {
            out[i] = (self.all[i].1 as usize, post.place(self.all[i].0, rank));
        }
        out
    }

    #[inline(always)]
    fn add(&mut self, slots: u16, array: usize, slot: Slot) {
        if has(slots, slot) {
            self.all[self.count % MOST] = (array, slot);
            self.count += 1;
            self.slots |= slot.bit();
        }
    }
}

/// Numbers of the compartments of some synapses: of targets that are not consecutive, and x1 and x2 at the
/// time of each target's post spike.
#[inline(always)]
fn gather(
    rule: &Rule,
    seen: &Seen,
    axon: usize,
    (compartments, ranks): (&[u16], &[u16]),
    (arrays, slots, from): (&Arrays, u16, usize),
    out: &mut [Words; SLOTS],
) {
    for &(array, slot) in arrays.all[..arrays.count]
        .iter()
        .filter(|(_, slot)| has(slots, *slot))
    {
        for (out, c) in out[slot as usize][from..].iter_mut().zip(compartments) {
            *out = seen.post.one(array, ranks[usize::from(*c)].into());
        }
    }
    for (j, slot) in [Slot::X1, Slot::X2]
        .into_iter()
        .enumerate()
        .filter(|(_, slot)| has(slots, *slot))
    {
        for (out, c) in out[slot as usize][from..].iter_mut().zip(compartments) {
            *out = seen.x(rule, j, axon, seen.post_spike[usize::from(*c)].into()) as i16;
        }
    }
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

/// The same of bytes, none where there are none.
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
            out.iter_mut()
                .zip(rest)
                .for_each(|(out, x)| *out = (*x).into());
        }
    }
}

/// -1 for the first `count`, at most 64.
#[inline(always)]
fn below(count: usize) -> &'static Words {
    const EDGE: [Words; 2] = [ALL, ZERO];
    EDGE.as_flattened()[BLOCK - count..]
        .first_chunk()
        .expect("64 numbers follow")
}

/// -1 from `from` to `to`.
#[inline(always)]
fn span(from: usize, to: usize, out: &mut Words) -> &Words {
    let (before, all) = (below(from), below(to));
    for i in 0..BLOCK {
        out[i] = all[i] & !before[i];
    }
    out
}

/// New values of a block; those beyond the end are not there.
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
        None => to.iter_mut().zip(new).for_each(|(to, x)| *to = word(*x)),
    }
}
