//! Post spikes: the synapses of a compartment whose axons have not been visited.

use super::arithmetic::{NO_SOURCES, Sources, Words};
use super::blocks::{Block, Blocks, Drawn, Synapses, ZERO, has, note};
use super::program::{Chunk, LearnProgram, Rule};
use super::slots::{SLOTS, Slot};
use super::values::{FLAGS, Seen, own};
use crate::kernel::prefetch;
use seamount_rules::{Dependency, Variable};
use seamount_spec::EventCounts;

/// Visits the columns of all compartments that spiked.
#[inline(always)]
pub(super) fn columns(
    program: &LearnProgram,
    seen: &Seen,
    synapses: &mut Synapses,
    done: &[u8],
    blocks: &mut Blocks,
    counts: &mut EventCounts,
) {
    let (all, largest) = (&program.columns, seen.largest());
    for (compartment, &spike) in seen.post_spike.iter().enumerate().filter(|(_, s)| **s != 0) {
        let chunks =
            &all.chunks[all.offsets[compartment] as usize..all.offsets[compartment + 1] as usize];
        let mut ready_for = None;
        for (i, chunk) in chunks.iter().enumerate() {
            if let Some(next) = chunks.get(i + 1) {
                fetch(program, next, synapses.w);
            }
            let rule = &program.rules[usize::from(chunk.rule)];
            if ready_for.replace(chunk.rule) != Some(chunk.rule) {
                ready(
                    rule,
                    program.ranks[compartment].into(),
                    seen,
                    &largest,
                    blocks,
                );
            }
            if blocks.all().any() {
                visit(
                    program,
                    rule,
                    seen,
                    spike.into(),
                    chunk,
                    synapses,
                    done,
                    blocks,
                );
                note(rule, blocks.take_visits(), counts);
            }
        }
    }
}

/// Asks for the weights of a chunk.
#[inline(always)]
fn fetch(program: &LearnProgram, chunk: &Chunk, w: &[i16]) {
    match chunk.even {
        Some(even) => w[even.synapse as usize..]
            .iter()
            .step_by(even.stride as usize)
            .take(chunk.range().len())
            .for_each(prefetch),
        None => program.columns.synapses[chunk.range()]
            .iter()
            .for_each(|s| prefetch(&w[*s as usize])),
    }
}

/// Collects the terms that can change synapses of a compartment; other gates are closed here, or their
/// products are 0 for every synapse of the axon.
#[inline(always)]
fn ready(rule: &Rule, rank: usize, seen: &Seen, largest: &[i16; SLOTS], blocks: &mut Blocks) {
    blocks.clear();
    for &place in &rule.places {
        let (term, view) = rule.terms(false).at(place);
        if term.gate != Dependency::Post {
            continue;
        }
        let trace = |j| i32::from(seen.post.one(own(j), rank));
        let scalar = term.shared(rule.width, view, |variable| match variable {
            Variable::Y0 => 1,
            Variable::Y1 => trace(0),
            Variable::Y2 => trace(1),
            Variable::Y3 => trace(2),
            Variable::R0 => i32::from(seen.r0(rule)),
            _ => seen.r1(rule),
        });
        blocks.push(place, (term, view), scalar, view.reach(largest));
    }
}

#[inline(always)]
#[allow(
    clippy::too_many_arguments,
    reason = "a chunk, and what its rule reads and writes"
)]
fn visit(
    program: &LearnProgram,
    rule: &Rule,
    seen: &Seen,
    step: usize,
    chunk: &Chunk,
    synapses: &mut Synapses,
    done: &[u8],
    blocks: &mut Blocks,
) {
    let limits = program.classes[usize::from(chunk.class)].limits(rule);
    let all = &program.columns;
    let place = Place {
        chunk,
        indices: if chunk.even.is_some() {
            &[]
        } else {
            &all.synapses[chunk.range()]
        },
    };
    let slots = blocks.all().slots;
    let (mut old, mut traces, mut inside) = ([ZERO; 3], [ZERO; 3], ZERO);
    let mut sources: Sources = NO_SOURCES;
    let arrays = [
        (Slot::X0, FLAGS),
        (Slot::X1, seen.x_array(rule, 0, step)),
        (Slot::X2, seen.x_array(rule, 1, step)),
    ];
    for ((slot, array), local) in arrays
        .into_iter()
        .zip(&mut traces)
        .filter(|((slot, _), _)| has(slots, *slot))
    {
        sources[slot as usize] = if let Some(even) = chunk.even {
            seen.columns.block(array, even.axon.into(), 0)
        } else {
            let axons = &all.axons[chunk.range()];
            local
                .iter_mut()
                .zip(axons)
                .for_each(|(out, axon)| *out = seen.columns.one(array, usize::from(*axon)));
            local
        };
    }
    let [w, d, t] = &mut old;
    if has(slots, Slot::Weight) {
        place.gather(synapses.w, w);
        sources[Slot::Weight as usize] = w;
    }
    if has(slots, Slot::Delay) {
        place.gather(synapses.d_of(rule), d);
        sources[Slot::Delay as usize] = d;
    }
    if has(slots, Slot::Tag) {
        place.gather(synapses.t, t);
        sources[Slot::Tag as usize] = t;
    }
    if let Some(even) = chunk.even {
        let done = &done[usize::from(even.axon)..][..chunk.range().len()];
        inside
            .iter_mut()
            .zip(done)
            .for_each(|(inside, done)| *inside = !i16::from(*done as i8));
    } else {
        let axons = &all.axons[chunk.range()];
        inside
            .iter_mut()
            .zip(axons)
            .for_each(|(inside, axon)| *inside = !i16::from(done[usize::from(*axon)] as i8));
    }
    let block = Block {
        rule,
        limits,
        terms: rule.terms(false),
        sources: &sources,
        inside: &inside,
    };
    let drawn = match chunk.even {
        Some(even) => Drawn::Every(even.synapse, even.stride),
        None => Drawn::List(place.indices),
    };
    blocks.apply(&block, &synapses.numbers, drawn);
    place.scatter(blocks.new_of(0), synapses.w, |x| x);
    place.scatter(blocks.new_of(1), synapses.d_of_mut(rule), |x| x as u8);
    place.scatter(blocks.new_of(2), synapses.t, |x| x);
}

/// Where the synapses of a chunk are.
struct Place<'a> {
    chunk: &'a Chunk,
    /// Each of them, where they are not even.
    indices: &'a [u32],
}

impl Place<'_> {
    /// Variables of the synapses; 0 where no synapse of the core has the variable.
    #[inline(always)]
    fn gather<T: Copy + Into<i16>>(&self, from: &[T], out: &mut Words) {
        if from.is_empty() {
            return;
        }
        match self.chunk.even {
            Some(even) => {
                let from = from[even.synapse as usize..]
                    .iter()
                    .step_by(even.stride as usize);
                out[..self.chunk.range().len()]
                    .iter_mut()
                    .zip(from)
                    .for_each(|(out, x)| *out = (*x).into());
            }
            None => out
                .iter_mut()
                .zip(self.indices)
                .for_each(|(out, index)| *out = from[*index as usize].into()),
        }
    }

    /// And back.
    #[inline(always)]
    fn scatter<T>(&self, new: Option<&Words>, to: &mut [T], word: impl Fn(i16) -> T) {
        let Some(new) = new.filter(|_| !to.is_empty()) else {
            return;
        };
        match self.chunk.even {
            Some(even) => {
                let to = to[even.synapse as usize..]
                    .iter_mut()
                    .step_by(even.stride as usize);
                to.zip(&new[..self.chunk.range().len()])
                    .for_each(|(to, x)| *to = word(*x));
            }
            None => self
                .indices
                .iter()
                .zip(new)
                .for_each(|(index, x)| to[*index as usize] = word(*x)),
        }
    }
}
