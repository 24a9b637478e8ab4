//! Post spikes: the synapses of a compartment whose axons have not been visited.

use super::arithmetic::{BLOCK, LANES, Sources, Words};
use super::blocks::{Block, Blocks, Synapses, ZERO, has, note, zeros};
use super::program::{Chunk, LearnProgram, Rule};
use super::slots::{SLOTS, Slot};
use super::values::{FLAGS, Seen, own};
use crate::kernel::prefetch;
use seamount_image::{Dependency, Variable};
use seamount_spec::EventCounts;

/// Visits the columns of all compartments that spiked.
#[inline(always)]
pub(super) fn columns(
    program: &LearnProgram,
    seen: &Seen,
    synapses: &mut Synapses,
    done: &[bool],
    blocks: &mut Blocks,
    counts: &mut EventCounts,
) {
    let all = &program.columns;
    for (compartment, &spike) in seen.post_spike.iter().enumerate().filter(|(_, s)| **s != 0) {
        let chunks = &all.chunks[all.offsets[compartment] as usize..all.offsets[compartment + 1] as usize];
        for (i, chunk) in chunks.iter().enumerate() {
            if let Some(next) = chunks.get(i + 1) {
                for &synapse in &all.synapses[next.range()] {
                    prefetch(&synapses.w[synapse as usize]);
                }
            }
            let rule = &program.rules[usize::from(chunk.rule)];
            ready(rule, program.ranks[compartment].into(), seen, blocks);
            if !blocks.is_empty() {
                visit(program, rule, seen, spike.into(), chunk, synapses, done, blocks, counts);
            }
        }
    }
}

/// Collects the terms that can change synapses of a compartment; other gates are closed here, or their
/// products are 0 for every synapse of the axon.
#[inline(always)]
fn ready(rule: &Rule, rank: usize, seen: &Seen, blocks: &mut Blocks) {
    blocks.clear();
    for (z, terms) in rule.sums.iter().enumerate() {
        for (index, term) in (0u16..).zip(terms).filter(|(_, t)| t.gate == Dependency::Post) {
            let trace = |j| i32::from(seen.post.one(own(j), rank));
            let scalar = term.shared(rule.width, &term.column, |variable| match variable {
                Variable::Y0 => 1,
                Variable::Y1 => trace(0),
                Variable::Y2 => trace(1),
                Variable::Y3 => trace(2),
                Variable::R0 => i32::from(seen.r0(rule)),
                _ => seen.r1(rule),
            });
            blocks.push(z, index, scalar, (term.column.slots, term.column.needs));
        }
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "a chunk, and what its rule reads and writes")]
fn visit(
    program: &LearnProgram,
    rule: &Rule,
    seen: &Seen,
    step: usize,
    chunk: &Chunk,
    synapses: &mut Synapses,
    done: &[bool],
    blocks: &mut Blocks,
    counts: &mut EventCounts,
) {
    let class = &program.classes[usize::from(chunk.class)];
    let (axons, indices) = (&program.columns.axons[chunk.range()], &program.columns.synapses[chunk.range()]);
    let slots = blocks.slots;
    let (mut old, mut traces, mut inside) = ([ZERO; 3], [ZERO; 3], ZERO);
    let mut sources: Sources = [&ZERO; SLOTS];
    let arrays = [(Slot::X0, FLAGS), (Slot::X1, seen.x_array(rule, 0, step)), (Slot::X2, seen.x_array(rule, 1, step))];
    for ((slot, array), local) in arrays.into_iter().zip(&mut traces).filter(|((slot, _), _)| has(slots, *slot)) {
        sources[slot as usize] = if chunk.consecutive {
            seen.columns.block(array, axons[0].into(), 0)
        } else {
            local.iter_mut().zip(axons).for_each(|(out, axon)| *out = seen.columns.one(array, usize::from(*axon)));
            local
        };
    }
    let [w, d, t] = &mut old;
    if has(slots, Slot::Weight) {
        gather(synapses.w, indices, chunk.stride, w);
        sources[Slot::Weight as usize] = w;
    }
    if has(slots, Slot::Delay) {
        gather(synapses.d_of(rule), indices, chunk.stride, d);
        sources[Slot::Delay as usize] = d;
    }
    if has(slots, Slot::Tag) {
        gather(synapses.t, indices, chunk.stride, t);
        sources[Slot::Tag as usize] = t;
    }
    if !blocks.narrow(rule, false, zeros(blocks.needs, &sources)) {
        return;
    }
    if chunk.consecutive {
        let first = usize::from(axons[0]);
        inside.iter_mut().zip(&done[first..first + axons.len()]).for_each(|(inside, done)| *inside = i16::from(*done) - 1);
    } else {
        inside.iter_mut().zip(axons).for_each(|(inside, axon)| *inside = i16::from(done[usize::from(*axon)]) - 1);
    }
    let block = Block { rule, class, of_row: false, sources: &sources, inside: &inside, groups: indices.len().div_ceil(LANES) };
    let numbers = &synapses.numbers;
    let visits = blocks.apply(&block, |z| numbers[z].list(indices));
    if visits > 0 {
        note(rule, visits, counts);
        scatter(blocks.new_of(0), indices, chunk.stride, synapses.w, |x| x);
        scatter(blocks.new_of(1), indices, chunk.stride, synapses.d_of_mut(rule), |x| x as u8);
        scatter(blocks.new_of(2), indices, chunk.stride, synapses.t, |x| x);
    }
}

/// Variables of some synapses, `stride` apart unless that is 0.
#[inline(always)]
fn gather<T: Copy + Into<i16>>(from: &[T], indices: &[u32], stride: u32, out: &mut Words) {
    // no synapse of the core has the variable, or all have
    let Some(from) = indices.first().and_then(|first| from.get(*first as usize..)).filter(|from| !from.is_empty()) else { return };
    if stride > 0 && indices.len() == BLOCK {
        out.iter_mut().zip(from.iter().step_by(stride as usize)).for_each(|(out, x)| *out = (*x).into());
        return;
    }
    let first = indices[0];
    out.iter_mut().zip(indices).for_each(|(out, index)| *out = from[(index - first) as usize].into());
}

/// And back.
#[inline(always)]
fn scatter<T>(new: Option<&Words>, indices: &[u32], stride: u32, to: &mut [T], word: impl Fn(i16) -> T) {
    let (Some(new), Some(&first)) = (new, indices.first()) else { return };
    let Some(to) = to.get_mut(first as usize..).filter(|to| !to.is_empty()) else { return };
    if stride > 0 && indices.len() == BLOCK {
        to.iter_mut().step_by(stride as usize).zip(new).for_each(|(to, x)| *to = word(*x));
        return;
    }
    indices.iter().zip(new).for_each(|(index, x)| to[(index - first) as usize] = word(*x));
}
