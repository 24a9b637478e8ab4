//! The end of an epoch: traces followed, rules applied where they can change anything (LE-008,
//! LE-009, LE-013).

use super::arithmetic::{FRACTION_BITS, LANES, Lane, Values, accumulate, write_back};
use super::draws::{Numbers, Source};
use super::program::{Class, LearnProgram, Rule, Segment};
use super::state::LearnState;
use super::traces::{Table, follow};
use super::values::{Column, Row, Seen, take};
use crate::kernel::{Work, run};
use seamount_arith::random::Purpose;
use seamount_image::{Dependency, Rounding};
use seamount_spec::EventCounts;

/// Memory that learning needs and nobody keeps.
#[derive(Debug, Clone, Default)]
pub struct LearnScratch {
    pre: Table,
    post: Table,
    /// y1, y2, y3 of each compartment at its own spike.
    own: Vec<u8>,
    /// Axons all of whose synapses have been visited.
    done: Vec<bool>,
}

/// Phase 4 of step `t`, the last of an epoch (NC-050). `vectors`: use the widest vectors there are;
/// the result is the same.
pub fn learn(
    program: &LearnProgram,
    state: &mut LearnState,
    scratch: &mut LearnScratch,
    t: u64,
    source: &Source,
    vectors: bool,
) -> EventCounts {
    run(vectors, Phase { program, state, scratch, t, source })
}

struct Phase<'a> {
    program: &'a LearnProgram,
    state: &'a mut LearnState,
    scratch: &'a mut LearnScratch,
    t: u64,
    source: &'a Source<'a>,
}

impl Work for Phase<'_> {
    type Output = EventCounts;

    #[inline(always)]
    fn run(self) -> EventCounts {
        let Phase { program, state, scratch, t, source } = self;
        follow(program, state, t, source, &mut scratch.pre, &mut scratch.post);
        own_traces(state, &scratch.post, &mut scratch.own);
        scratch.done.clear();
        scratch.done.resize(program.axons.len(), false);
        let LearnScratch { pre, post, own, done } = scratch;
        let numbers = [Purpose::LearnWeight, Purpose::LearnDelay, Purpose::LearnTag].map(|p| source.numbers(p, t));
        let epoch = usize::from(program.epoch);
        let seen = Seen {
            pre,
            post,
            own,
            pre_spike: &state.pre_spike,
            post_spike: &state.post_spike,
            epoch,
            number: t / epoch as u64,
            reward: &state.reward,
            rewarded: &state.rewarded,
        };
        let mut synapses =
            Synapses { w: &mut state.weights, d: &mut state.delays, t: &mut state.tags, second: &mut state.second_tags, numbers };
        let mut counts = EventCounts::default();
        rows(program, &seen, &mut synapses, done, &mut counts);
        columns(program, &seen, &mut synapses, done, &mut counts);
        for (j, trace) in state.pre.iter_mut().enumerate() {
            trace.copy_from_slice(&pre.level::<2>(epoch)[j * pre.units..(j + 1) * pre.units]);
        }
        for (j, trace) in state.post.iter_mut().enumerate() {
            trace.copy_from_slice(&post.level::<3>(epoch)[j * post.units..(j + 1) * post.units]);
        }
        state.pre_spike.fill(0);
        state.post_spike.fill(0);
        state.rewarded.fill(false);
        counts
    }
}

/// The post traces of each compartment at its own last spike.
#[inline(always)]
fn own_traces(state: &LearnState, post: &Table, own: &mut Vec<u8>) {
    let units = post.units;
    own.clear();
    own.resize(3 * units, 0);
    for (unit, &spike) in state.post_spike.iter().enumerate().filter(|(_, s)| **s != 0) {
        let level = post.level::<3>(usize::from(spike));
        (0..3).for_each(|j| own[j * units + unit] = level[j * units + unit]);
    }
}

/// Variables of all synapses.
struct Synapses<'a> {
    w: &'a mut [i16],
    d: &'a mut [u8],
    t: &'a mut [i16],
    /// d of rules that have it as a second tag.
    second: &'a mut [u8],
    /// For the write-back of w, d, t.
    numbers: [Numbers; 3],
}

impl Synapses<'_> {
    /// What a rule calls d.
    #[inline(always)]
    fn d_of(&mut self, rule: &Rule) -> &mut [u8] {
        if rule.delay_is_tag { self.second } else { self.d }
    }
}

/// Variables of some synapses: w, d, t.
pub(super) type Old = [Lane; 3];

/// Whole axons: where a pre spike, a reward or the decimation opens a gate.
#[inline(always)]
fn rows(program: &LearnProgram, seen: &Seen, synapses: &mut Synapses, done: &mut [bool], counts: &mut EventCounts) {
    let open = |rule: &Rule| {
        let opens = |gate| match gate {
            Dependency::Unconditional => seen.due(rule),
            Dependency::Reward => seen.r0(rule),
            _ => false,
        };
        rule.sums.iter().flatten().any(|term| opens(term.gate))
    };
    let open: Vec<bool> = program.rules.iter().map(open).collect();
    for (index, axon) in program.axons.iter().enumerate() {
        if !open[usize::from(axon.rule)] && seen.pre_spike[index] == 0 {
            continue;
        }
        let rule = &program.rules[usize::from(axon.rule)];
        let mut row = Row { rule, seen, axon: index, targets: &[], dense: None, old: [[0; LANES]; 3], inside: [0; LANES] };
        if !rule.sums.iter().flatten().any(|term| row.moves(term.gate, &term.factors)) {
            continue;
        }
        done[index] = true;
        for segment in &program.segments[axon.segments.start as usize..axon.segments.end as usize] {
            visit_segment(program, &mut row, segment, synapses, counts);
        }
    }
}

#[inline(always)]
fn visit_segment<'a>(program: &'a LearnProgram, row: &mut Row<'a>, segment: &Segment, synapses: &mut Synapses, counts: &mut EventCounts) {
    let class = &program.classes[usize::from(segment.class)];
    let (start, end) = (segment.synapses.start as usize, segment.synapses.end as usize);
    for first in (start..end).step_by(LANES) {
        let range = first..(first + LANES).min(end);
        row.targets = &program.targets[range.clone()];
        row.dense = segment.dense.map(|c| usize::from(c) + first - start);
        row.inside = std::array::from_fn(|i| i32::from(i < range.len()));
        take(&synapses.w[range.clone()], &mut row.old[0]);
        take(synapses.d_of(row.rule).get(range.clone()).unwrap_or(&[]), &mut row.old[1]);
        take(synapses.t.get(range.clone()).unwrap_or(&[]), &mut row.old[2]);
        let mut new = row.old;
        let index = |i: usize| (first + i) as u32;
        let visits = apply(row.rule, class, row, &row.old, &synapses.numbers, index, &mut new);
        if visits > 0 {
            note(row.rule, visits, counts);
            put(&new[0], &mut synapses.w[range.clone()], |x| x as i16);
            put(&new[1], synapses.d_of(row.rule).get_mut(range.clone()).unwrap_or(&mut []), |x| x as u8);
            put(&new[2], synapses.t.get_mut(range).unwrap_or(&mut []), |x| x as i16);
        }
    }
}

/// Post spikes: the synapses of the compartment whose axons have not been visited.
#[inline(always)]
fn columns(program: &LearnProgram, seen: &Seen, synapses: &mut Synapses, done: &[bool], counts: &mut EventCounts) {
    let all = &program.columns;
    for (compartment, &spike) in seen.post_spike.iter().enumerate().filter(|(_, s)| **s != 0) {
        let end = all.offsets[compartment + 1] as usize;
        let mut first = all.offsets[compartment] as usize;
        while first < end {
            let kind = all.kinds[first];
            let same = all.kinds[first..end.min(first + LANES)].iter().take_while(|k| **k == kind).count();
            let range = first..first + same;
            first += same;
            let (rule, class) = (&program.rules[usize::from(kind.0)], &program.classes[usize::from(kind.1)]);
            visit_column(rule, class, seen, (compartment, spike), &all.axons[range.clone()], &all.synapses[range], synapses, done, counts);
        }
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "a column is two lists, its place and what all columns share")]
fn visit_column(
    rule: &Rule,
    class: &Class,
    seen: &Seen,
    (compartment, spike): (usize, u8),
    axons: &[u16],
    indices: &[u32],
    synapses: &mut Synapses,
    done: &[bool],
    counts: &mut EventCounts,
) {
    let mut column = Column { rule, seen, compartment, step: usize::from(spike), axons, old: [[0; LANES]; 3], inside: [0; LANES] };
    for (i, (&axon, &index)) in axons.iter().zip(indices).enumerate() {
        column.inside[i] = i32::from(!done[usize::from(axon)]);
        column.old[0][i] = synapses.w[index as usize].into();
    }
    let d = synapses.d_of(rule);
    if !d.is_empty() {
        indices.iter().enumerate().for_each(|(i, &index)| column.old[1][i] = d[index as usize].into());
    }
    if !synapses.t.is_empty() {
        indices.iter().enumerate().for_each(|(i, &index)| column.old[2][i] = synapses.t[index as usize].into());
    }
    let mut new = column.old;
    let index = |i: usize| indices.get(i).copied().unwrap_or(0);
    let visits = apply(rule, class, &column, &column.old, &synapses.numbers, index, &mut new);
    if visits == 0 {
        return;
    }
    note(rule, visits, counts);
    for (i, &index) in indices.iter().enumerate().filter(|(i, _)| column.inside[*i] != 0) {
        synapses.w[index as usize] = new[0][i] as i16;
        if let Some(d) = synapses.d_of(rule).get_mut(index as usize) {
            *d = new[1][i] as u8;
        }
        if !synapses.t.is_empty() {
            synapses.t[index as usize] = new[2][i] as i16;
        }
    }
}

/// LE-013: a visited synapse is priced for every product of its rule.
fn note(rule: &Rule, visits: u32, counts: &mut EventCounts) {
    counts.learning_visits += u64::from(visits);
    counts.learning_products += u64::from(visits) * u64::from(rule.products);
}

/// Applies the three sums of a rule to some synapses, all from old values (LE-008); the number of
/// synapses for which some product is not 0.
#[inline(always)]
fn apply(
    rule: &Rule,
    class: &Class,
    values: &impl Values,
    old: &Old,
    numbers: &[Numbers; 3],
    index: impl Fn(usize) -> u32,
    new: &mut Old,
) -> u32 {
    let mut live = [0; LANES];
    let mut sums = [[0; LANES]; 3];
    for ((sum, old), terms) in sums.iter_mut().zip(old).zip(&rule.sums).filter(|(_, terms)| !terms.is_empty()) {
        *sum = old.map(|z| z << FRACTION_BITS);
        if rule.narrow {
            accumulate::<i32>(terms, rule.arithmetic, values, sum, &mut live);
        } else {
            accumulate::<i64>(terms, rule.arithmetic, values, sum, &mut live);
        }
    }
    let visits = live.iter().map(|l| u32::from(*l != 0)).sum();
    if visits == 0 {
        return 0;
    }
    let targets = [class.weight, if rule.delay_is_tag { SECOND_TAG } else { class.delay }, TAG];
    for z in (0..3).filter(|z| !rule.sums[*z].is_empty()) {
        let rounding = match rule.rounding {
            Rounding::AwayFromZero if z > 0 => Rounding::Stochastic,
            rounding => rounding,
        };
        let drawn = std::array::from_fn(|i| numbers[z].one(index(i)).into());
        write_back(&old[z], &sums[z], rounding, &drawn, targets[z], &mut new[z]);
    }
    visits
}

/// d as a second tag: 8 bits unsigned.
const SECOND_TAG: super::arithmetic::Target = super::arithmetic::Target { step: 0, min: 0, max: 255 };
/// A tag: 9 bits signed.
const TAG: super::arithmetic::Target = super::arithmetic::Target { step: 0, min: -256, max: 255 };

#[inline(always)]
fn put<T>(from: &Lane, to: &mut [T], narrow: impl Fn(i32) -> T) {
    to.iter_mut().zip(from).for_each(|(to, x)| *to = narrow(*x));
}
