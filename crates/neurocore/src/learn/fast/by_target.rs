//! By target: the synapses of compartments that spiked, where their axons have not been visited.
//!
//! When: some rule has a product that is gated by post spikes, and a compartment at which something
//! learns spiked. Without this order a post spike would have to visit every axon of the core for
//! one synapse each. Other products of such a synapse need not be looked at: their gates are
//! closed, or they are 0 for every synapse of the axon, else the axon would have been visited.
//! Needs: nothing of the machine. Worth: it is the only way for post spikes.
//!
//! The order in which targets come is no matter: a synapse has one target, so none is met twice.
//!
//! The synapses of a target lie far apart in memory, most often at even distances, so their weights
//! are asked for a block ahead.

use super::Pass;
use super::block::{BLOCK, NO_SOURCES, Sources, SynapseBlock, Which, Words, ZERO};
use super::seen::{FLAGS, Seen};
use super::shared::of_target;
use super::slots::{FactorSlot, SLOTS};
use super::terms::BlockSide;
use crate::kernel::prefetch;
use crate::learn::program::{LearnProgram, Rule};
use crate::learn::variable::Plastic;
use seamount_rules::Dependency;
use std::ops::Range;

/// The synapses of a core by target, and of each target by rule and class. Only those of rules that
/// post spikes matter to.
#[derive(Debug, Default)]
pub(crate) struct TargetIndex {
    /// Blocks of compartment c are `offsets[c]..offsets[c + 1]`.
    offsets: Vec<u32>,
    blocks: Vec<TargetBlock>,
    /// Axon of each synapse, in the order of the blocks.
    axons: Vec<u16>,
    /// Index of each synapse, in the same order.
    synapses: Vec<u32>,
}

/// Up to 64 synapses of one target, rule and class.
#[derive(Debug, Clone, Copy)]
struct TargetBlock {
    rule: u8,
    class: u8,
    /// Set where axons are consecutive and synapses evenly apart.
    even: Option<Even>,
    first: u32,
    end: u32,
}

/// Synapses of consecutive axons that are evenly apart.
#[derive(Debug, Clone, Copy)]
struct Even {
    /// The first axon.
    axon: u16,
    /// The first synapse.
    synapse: u32,
    /// From one synapse to the next, at least 1.
    stride: u32,
}

/// A synapse of the index while it is made.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    target: u16,
    rule: u8,
    class: u8,
    synapse: u32,
    axon: u16,
}

impl Entry {
    fn goes_with(&self, other: &Entry) -> bool {
        self.target == other.target && self.rule == other.rule && self.class == other.class
    }
}

impl TargetIndex {
    /// The index of a core whose synapses are all known.
    pub fn new(program: &LearnProgram) -> TargetIndex {
        let mut entries = vec![];
        for (index, axon) in (0u16..).zip(&program.axons) {
            if !program.rules[usize::from(axon.rule)].has_post {
                continue;
            }
            for span in program.spans_of(axon) {
                entries.extend(span.synapses.clone().map(|synapse| Entry {
                    target: program.targets[synapse as usize],
                    rule: axon.rule,
                    class: span.class,
                    synapse,
                    axon: index,
                }));
            }
        }
        entries.sort_unstable();
        let mut index = TargetIndex {
            offsets: vec![0; program.learns.len() + 1],
            ..TargetIndex::default()
        };
        for group in entries.chunk_by(Entry::goes_with) {
            for part in group.chunks(BLOCK) {
                index.add(part);
            }
        }
        // from numbers of blocks to their sums
        for c in 1..index.offsets.len() {
            index.offsets[c] += index.offsets[c - 1];
        }
        index
    }

    fn add(&mut self, part: &[Entry]) {
        let first = self.axons.len() as u32;
        self.axons.extend(part.iter().map(|e| e.axon));
        self.synapses.extend(part.iter().map(|e| e.synapse));
        let one = &part[0];
        let stride = part.get(1).map_or(1, |next| next.synapse - one.synapse);
        let is_even = part.windows(2).all(|pair| {
            let next = pair[0].axon.checked_add(1) == Some(pair[1].axon);
            next && pair[1].synapse - pair[0].synapse == stride
        });
        let even = is_even.then_some(Even {
            axon: one.axon,
            synapse: one.synapse,
            stride,
        });
        self.blocks.push(TargetBlock {
            rule: one.rule,
            class: one.class,
            even,
            first,
            end: self.axons.len() as u32,
        });
        self.offsets[usize::from(one.target) + 1] += 1;
    }

    fn blocks_of(&self, compartment: usize) -> &[TargetBlock] {
        let first = self.offsets[compartment] as usize;
        &self.blocks[first..self.offsets[compartment + 1] as usize]
    }
}

impl TargetBlock {
    /// Where its synapses are in the index.
    #[inline(always)]
    fn range(&self) -> Range<usize> {
        self.first as usize..self.end as usize
    }

    /// Number of its synapses.
    #[inline(always)]
    fn len(&self) -> usize {
        (self.end - self.first) as usize
    }
}

impl Pass<'_> {
    /// Visits the synapses of all compartments that spiked.
    #[inline(always)]
    pub(super) fn by_target(&mut self) {
        let largest = self.seen.largest();
        let program = self.program;
        for (compartment, &spike) in self.seen.post_spike.iter().enumerate() {
            if spike == 0 {
                continue;
            }
            let blocks = program.by_target.blocks_of(compartment);
            let rank = program.ranks[compartment].into();
            let mut ready_for = None;
            for (i, block) in blocks.iter().enumerate() {
                if let Some(next) = blocks.get(i + 1) {
                    fetch(program, next, self.synapses.weights);
                }
                let rule = &program.rules[usize::from(block.rule)];
                if ready_for.replace(block.rule) != Some(block.rule) {
                    self.ready_for_target(rule, rank, &largest);
                }
                if !self.work.ready.totals.slots.is_empty() {
                    let visits = self.visit_target_block(rule, spike.into(), block);
                    self.count(rule, visits);
                }
            }
        }
    }

    /// Makes those terms ready that are gated by the spike of a target, whose rank is given.
    #[inline(always)]
    fn ready_for_target(&mut self, rule: &Rule, rank: usize, largest: &[i16; SLOTS]) {
        let ready = &mut self.work.ready;
        let seen = self.seen;
        ready.clear();
        for (index, term) in rule.terms.all.iter().enumerate() {
            if term.gate != Dependency::Post {
                continue;
            }
            let common = term.common(rule.terms.width, BlockSide::Target, |variable| {
                of_target(variable, rule, rank, seen)
            });
            let reach = term.factors(BlockSide::Target).reach(largest);
            ready.push(index, term, BlockSide::Target, common, reach);
        }
    }

    /// Visits a block of a target that spiked in step `step` of the epoch; the number of synapses
    /// that are not done and have a product other than 0.
    #[inline(always)]
    fn visit_target_block(&mut self, rule: &Rule, step: usize, block: &TargetBlock) -> u32 {
        let place = Place {
            index: &self.program.by_target,
            block,
        };
        let slots = self.work.ready.totals.slots;
        let mut old = [ZERO; 3];
        let mut traces = [ZERO; 3];
        let mut inside = ZERO;
        let mut sources: Sources = NO_SOURCES;
        let arrays = [
            (FactorSlot::X0, FLAGS),
            (FactorSlot::X1, self.seen.x_array(rule, 0, step)),
            (FactorSlot::X2, self.seen.x_array(rule, 1, step)),
        ];
        for ((slot, array), local) in arrays.into_iter().zip(&mut traces) {
            if slots.has(slot) {
                sources[slot as usize] = place.traces(self.seen, array, local);
            }
        }
        let synapses = &mut self.synapses;
        let [w, d, t] = &mut old;
        if slots.has(FactorSlot::Weight) {
            place.gather(synapses.weights, w);
            sources[FactorSlot::Weight as usize] = w;
        }
        if slots.has(FactorSlot::Delay) {
            place.gather(synapses.d(rule), d);
            sources[FactorSlot::Delay as usize] = d;
        }
        if slots.has(FactorSlot::Tag) {
            place.gather(synapses.tags, t);
            sources[FactorSlot::Tag as usize] = t;
        }
        place.not_done(self.done, &mut inside);
        let block = SynapseBlock {
            rule,
            side: BlockSide::Target,
            grids: self.program.classes[usize::from(block.class)].grids(rule),
            sources: &sources,
            inside: &inside,
            which: place.which(),
        };
        let memory = &mut self.work.block;
        let visits = memory.apply(&block, &self.work.ready, &synapses.numbers, self.choice);
        place.scatter(memory.new_of(Plastic::Weight), synapses.weights, |x| x);
        place.scatter(memory.new_of(Plastic::Delay), synapses.d_mut(rule), |x| {
            x as u8
        });
        place.scatter(memory.new_of(Plastic::Tag), synapses.tags, |x| x);
        visits
    }
}

/// Asks for the weights of a block.
#[inline(always)]
fn fetch(program: &LearnProgram, block: &TargetBlock, weights: &[i16]) {
    match block.even {
        Some(even) => weights[even.synapse as usize..]
            .iter()
            .step_by(even.stride as usize)
            .take(block.len())
            .for_each(prefetch),
        None => program.by_target.synapses[block.range()]
            .iter()
            .for_each(|synapse| prefetch(&weights[*synapse as usize])),
    }
}

/// Where the synapses of a block are.
struct Place<'a> {
    index: &'a TargetIndex,
    block: &'a TargetBlock,
}

impl Place<'_> {
    /// The synapses, for random numbers.
    #[inline(always)]
    fn which(&self) -> Which<'_> {
        match self.block.even {
            Some(even) => Which::Every {
                first: even.synapse,
                stride: even.stride,
            },
            None => Which::List(self.synapses()),
        }
    }

    #[inline(always)]
    fn synapses(&self) -> &[u32] {
        &self.index.synapses[self.block.range()]
    }

    #[inline(always)]
    fn axons(&self) -> &[u16] {
        &self.index.axons[self.block.range()]
    }

    /// Numbers of the synapses' axons, of an array by axon.
    #[inline(always)]
    fn traces<'t>(&self, seen: &Seen<'t>, array: usize, local: &'t mut Words) -> &'t Words {
        if let Some(even) = self.block.even {
            return seen.by_axon.block(array, even.axon.into(), 0);
        }
        for (out, axon) in local.iter_mut().zip(self.axons()) {
            *out = seen.by_axon.one(array, usize::from(*axon));
        }
        local
    }

    /// -1 for the synapses whose axons are not done.
    #[inline(always)]
    fn not_done(&self, done: &[u8], out: &mut Words) {
        match self.block.even {
            Some(even) => {
                let done = &done[usize::from(even.axon)..][..self.block.len()];
                for (out, done) in out.iter_mut().zip(done) {
                    *out = !i16::from(*done as i8);
                }
            }
            None => {
                for (out, axon) in out.iter_mut().zip(self.axons()) {
                    *out = !i16::from(done[usize::from(*axon)] as i8);
                }
            }
        }
    }

    /// Reads a variable of the synapses; 0 where no synapse of the core has the variable.
    #[inline(always)]
    fn gather<T: Copy + Into<i16>>(&self, from: &[T], out: &mut Words) {
        if from.is_empty() {
            return;
        }
        match self.block.even {
            Some(even) => {
                let from = from[even.synapse as usize..]
                    .iter()
                    .step_by(even.stride as usize);
                // `for_each`: a `for` over strides asks at every number whether there is one more
                out[..self.block.len()]
                    .iter_mut()
                    .zip(from)
                    .for_each(|(out, x)| *out = (*x).into());
            }
            None => {
                out.iter_mut()
                    .zip(self.synapses())
                    .for_each(|(out, index)| *out = from[*index as usize].into());
            }
        }
    }

    /// Writes new values of a variable of the synapses, if there are any.
    #[inline(always)]
    fn scatter<T>(&self, new: Option<&Words>, to: &mut [T], word: impl Fn(i16) -> T) {
        let Some(new) = new.filter(|_| !to.is_empty()) else {
            return;
        };
        match self.block.even {
            Some(even) => {
                let to = to[even.synapse as usize..]
                    .iter_mut()
                    .step_by(even.stride as usize);
                to.zip(&new[..self.block.len()])
                    .for_each(|(to, x)| *to = word(*x));
            }
            None => {
                self.synapses()
                    .iter()
                    .zip(new)
                    .for_each(|(index, x)| to[*index as usize] = word(*x));
            }
        }
    }
}
