//! Whole axons: where a pre spike, a reward or the decimation opens a gate.

use super::arithmetic::{BLOCK, Place, Sources, Words};
use super::blocks::{ALL, Block, Blocks, Drawn, Synapses, ZERO, has, note, zeros};
use super::program::{LearnProgram, Rule, Segment};
use super::slots::{SLOTS, Slot};
use super::values::{FLAGS, Seen, at_step, own};
use seamount_image::{Dependency, Variable};
use seamount_spec::EventCounts;
use std::ops::Range;

/// A term whose gate may be open.
#[derive(Clone, Copy)]
struct Open {
    place: Place,
    gate: Dependency,
}

/// Visits every axon that has a term which is not gated by post spikes, and notes it in `done`.
#[inline(always)]
pub(super) fn rows(
    program: &LearnProgram,
    seen: &Seen,
    synapses: &mut Synapses,
    done: &mut [bool],
    blocks: &mut Blocks,
    counts: &mut EventCounts,
) {
    let opened = Opened::new(program, seen);
    let all = opened.rules.iter().any(|r| r.1);
    let mut local = Local { synapses: [ZERO; 3], gathered: [ZERO; SLOTS], inside: ZERO };
    // most axons are silent: eight of them are passed over at a time
    for first in (0..program.axons.len()).step_by(8) {
        let spikes = eight(seen.pre_spike, first);
        let mut left = if all { u64::MAX } else { spikes };
        while left != 0 {
            let byte = left.trailing_zeros() / 8;
            left &= !(0xff << (8 * byte));
            let index = first + byte as usize;
            let Some(axon) = program.axons.get(index) else { break };
            let number = usize::from(axon.rule);
            let (range, standing) = &opened.rules[number];
            if !standing && seen.pre_spike[index] == 0 {
                continue;
            }
            let rule = &program.rules[number];
            if !ready(rule, &opened.terms[range.clone()], index, seen, blocks) {
                continue;
            }
            done[index] = true;
            for segment in &program.segments[axon.segments.start as usize..axon.segments.end as usize] {
                visit(program, rule, index, segment, seen, synapses, blocks, &mut local, counts);
            }
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
struct Opened {
    terms: Vec<Open>,
    /// By rule: its terms, and whether one of them waits for no spike.
    rules: Vec<(Range<usize>, bool)>,
}

impl Opened {
    fn new(program: &LearnProgram, seen: &Seen) -> Opened {
        let mut out = Opened { terms: vec![], rules: Vec::with_capacity(program.rules.len()) };
        for rule in &program.rules {
            let first = out.terms.len();
            out.add(rule, seen);
            let stands = |o: &Open| matches!(o.gate, Dependency::Unconditional | Dependency::Reward);
            out.rules.push((first..out.terms.len(), out.terms[first..].iter().any(stands)));
        }
        out
    }

    /// Terms of a rule with a gate that may be open, and no post trace that is 0 at all compartments.
    fn add(&mut self, rule: &Rule, seen: &Seen) {
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
                self.terms.push(Open { place, gate: term.gate });
            }
        }
    }
}

/// Slots of y1, y2 and y3: at the end of the epoch, at the pre spike, at the compartment's own spike.
const TRACES: [[Slot; 3]; 3] =
    [[Slot::Y1, Slot::PreY1, Slot::OwnY1], [Slot::Y2, Slot::PreY2, Slot::OwnY2], [Slot::Y3, Slot::PreY3, Slot::OwnY3]];
/// Slots of numbers that no array has together.
const SCATTERED: u16 = Slot::X1.bit() | Slot::X2.bit();

/// Collects the terms that can change synapses of an axon; whether one is not gated by post spikes.
#[inline(always)]
fn ready(rule: &Rule, open: &[Open], axon: usize, seen: &Seen, blocks: &mut Blocks) -> bool {
    blocks.clear();
    let spike = seen.pre_spike[axon];
    let mut moves = false;
    for one in open {
        let pre = one.gate == Dependency::Pre;
        if pre && spike == 0 {
            continue;
        }
        let step = if pre { spike.into() } else { seen.epoch };
        let (term, view) = rule.terms(true).at(one.place);
        let scalar = term.shared(rule.width, view, |variable| match variable {
            Variable::X0 => i32::from(spike != 0),
            Variable::X1 => seen.x(rule, 0, axon, step),
            Variable::X2 => seen.x(rule, 1, axon, step),
            Variable::R0 => i32::from(seen.r0(rule)),
            _ => seen.r1(rule),
        });
        moves |= scalar != 0 && one.gate != Dependency::Post;
        blocks.push(one.place, view, scalar);
    }
    moves
}

/// Memory for factors that are not together.
struct Local {
    synapses: [Words; 3],
    gathered: [Words; SLOTS],
    inside: Words,
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "a segment, and what its rule reads and writes")]
fn visit(
    program: &LearnProgram,
    rule: &Rule,
    axon: usize,
    segment: &Segment,
    seen: &Seen,
    synapses: &mut Synapses,
    blocks: &mut Blocks,
    local: &mut Local,
    counts: &mut EventCounts,
) {
    let class = &program.classes[usize::from(segment.class)];
    let (start, end) = (segment.synapses.start as usize, segment.synapses.end as usize);
    let slots = blocks.slots;
    let scattered = slots & if segment.ranked.is_some() { SCATTERED } else { !7 };
    // blocks begin where a draw does, which has the numbers of four synapses
    for first in (start - start % 4..end).step_by(BLOCK) {
        let (from, to) = (start.saturating_sub(first), (end - first).min(BLOCK));
        let Local { synapses: [w, d, t], gathered, inside } = local;
        if scattered != 0 {
            let (targets, ranks) = (&program.targets[first + from..first + to], &program.ranks);
            gather(rule, seen, axon, (targets, ranks), (scattered, from), gathered);
        }
        let mut sources: Sources = [&ZERO; SLOTS];
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
            left |= ranked(segment, (usize::from(rank), done, from), slots, seen, axon, &mut sources, gathered);
        }
        while left != 0 {
            let slot = left.trailing_zeros() as usize % SLOTS;
            sources[slot] = &gathered[slot];
            left &= left - 1;
        }
        if !blocks.narrow(rule.terms(true), zeros(blocks.needs, &sources)) {
            continue;
        }
        let inside = if (from, to) == (0, BLOCK) { &ALL } else { span(from, to, inside) };
        let block = Block { rule, class, terms: rule.terms(true), sources: &sources, inside };
        let visits = blocks.apply(&block, &synapses.numbers, Drawn::Run(first as u32));
        if visits > 0 {
            note(rule, visits, counts);
            store(blocks.new_of(0), synapses.w, first, |x| x);
            store(blocks.new_of(1), synapses.d_of_mut(rule), first, |x| x as u8);
            store(blocks.new_of(2), synapses.t, first, |x| x);
        }
    }
}

/// Finds the post traces of targets whose ranks are consecutive but for a gap, `done` of them passed. Slots of
/// blocks with the gap are gathered; which those are.
#[inline(always)]
fn ranked<'a>(
    segment: &Segment,
    (rank, done, from): (usize, usize, usize),
    slots: u16,
    seen: &'a Seen,
    axon: usize,
    sources: &mut Sources<'a>,
    gathered: &mut [Words; SLOTS],
) -> u16 {
    let rank = rank + done;
    match segment.gap.map(|(at, by)| (at as usize, usize::from(by))) {
        Some((at, by)) if at <= done => {
            each_array(slots, seen, axon, |array, slot| sources[slot as usize] = seen.post.block(array, rank + by, from));
            0
        }
        Some((at, by)) if at < done + BLOCK - from => {
            each_array(slots, seen, axon, |array, slot| {
                let parts = [rank, rank + by].map(|rank| seen.post.block(array, rank, from));
                joined(parts, at - done + from, &mut gathered[slot as usize]);
            });
            slots & !7
        }
        _ => {
            each_array(slots, seen, axon, |array, slot| sources[slot as usize] = seen.post.block(array, rank, from));
            0
        }
    }
}

/// The first `count` numbers of one part, then those of the other.
#[inline(always)]
fn joined(parts: [&Words; 2], count: usize, out: &mut Words) {
    for i in 0..BLOCK {
        out[i] = if i < count { parts[0][i] } else { parts[1][i] };
    }
}

/// Finds the array of every post trace in a set of slots.
#[inline(always)]
fn each_array(slots: u16, seen: &Seen, axon: usize, mut found: impl FnMut(usize, Slot)) {
    if has(slots, Slot::Y0) {
        found(FLAGS, Slot::Y0);
    }
    for (j, [end, at_pre, at_own]) in TRACES.into_iter().enumerate() {
        if has(slots, end) {
            found(at_step(j, seen.epoch), end);
        }
        if has(slots, at_pre) {
            found(at_step(j, seen.pre_spike[axon].into()), at_pre);
        }
        if has(slots, at_own) {
            found(own(j), at_own);
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
    (slots, from): (u16, usize),
    out: &mut [Words; SLOTS],
) {
    each_array(slots, seen, axon, |array, slot| {
        for (out, c) in out[slot as usize][from..].iter_mut().zip(compartments) {
            *out = seen.post.one(array, ranks[usize::from(*c)].into());
        }
    });
    for (j, slot) in [Slot::X1, Slot::X2].into_iter().enumerate().filter(|(_, slot)| has(slots, *slot)) {
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
            out.iter_mut().zip(rest).for_each(|(out, x)| *out = (*x).into());
        }
    }
}

/// -1 from `from` to `to`.
#[inline(always)]
fn span(from: usize, to: usize, out: &mut Words) -> &Words {
    for i in 0..BLOCK {
        out[i] = -i16::from(i >= from && i < to);
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
