//! The end of an epoch, fast: what [`super::contract`] says, in blocks and vectors, and only where
//! something can change.
//!
//! Order: follow the traces ([`levels`]), lay out what the epoch has brought ([`seen`]), find the
//! terms whose gates may be open ([`ready`]); then the synapses: rules that act on all of them
//! ([`all_at_once`]), axons that a pre spike, a reward or the decimation opens ([`by_axon`]), and
//! for post spikes the axons that are left ([`by_target`]).
//!
//! Why this is the contract: a product with a factor of 0 adds 0, and an accumulator without
//! fraction does not round, so synapses without a ready term stay what they are. An axon is visited
//! with all of its terms or not at all before the targets come, so no synapse is visited twice and
//! all read old values (LE-008).

mod all_at_once;
mod block;
mod by_axon;
mod by_target;
mod levels;
mod ready;
mod seen;
mod shared;
mod short_block;
mod short_row;
mod slots;
mod terms;

pub(super) use all_at_once::Stripes;
pub use block::sum_of;
pub(super) use by_target::TargetIndex;
pub(super) use slots::SlotSet;
pub(super) use terms::{BlockSide, Term, Terms, Width};

use super::draws::{LearningDraws, Numbers};
use super::program::{LearnProgram, Rule};
use super::state::LearnState;
use super::strategy::Choice;
use all_at_once::EpochPlan;
use block::BlockMemory;
use levels::{Levels, follow};
use ready::{Opened, ReadyTerms};
use seamount_arith::random::Purpose;
use seamount_spec::EventCounts;
use seen::{Seen, UnitArrays, fill_by_axon, fill_by_rank};

/// What the random numbers of the write-back of w, d and t are drawn for (LE-010).
const PURPOSES: [Purpose; 3] = [Purpose::LearnWeight, Purpose::LearnDelay, Purpose::LearnTag];

/// Memory that learning needs and nobody keeps.
#[derive(Debug, Clone, Default)]
pub struct LearnScratch {
    pre: Levels,
    post: Levels,
    /// y1, y2, y3 of each compartment at its own spike, trace by trace.
    own: Vec<u8>,
    done: Vec<u8>,
    by_rank: UnitArrays,
    by_axon: UnitArrays,
    opened: Opened,
    plan: EpochPlan,
    work: Workspace,
}

/// Memory for the terms and numbers of one block or span.
#[derive(Debug, Clone, Default)]
struct Workspace {
    ready: ReadyTerms,
    block: BlockMemory,
    row: short_row::Memory,
}

/// Variables of all synapses of a core, and the random numbers of their write-back.
struct CoreSynapses<'a> {
    weights: &'a mut [i16],
    delays: &'a mut [u8],
    tags: &'a mut [i16],
    /// d of rules that have it as a second tag.
    second_tags: &'a mut [u8],
    /// For w, d and t.
    numbers: [Numbers; 3],
}

impl CoreSynapses<'_> {
    /// What a rule calls d.
    #[inline(always)]
    fn d(&self, rule: &Rule) -> &[u8] {
        match rule.written.delay_is_tag {
            true => self.second_tags,
            false => self.delays,
        }
    }

    /// What a rule calls d, to change it.
    #[inline(always)]
    fn d_mut(&mut self, rule: &Rule) -> &mut [u8] {
        match rule.written.delay_is_tag {
            true => self.second_tags,
            false => self.delays,
        }
    }

    /// w, d and t as a rule calls them, for kernels.
    #[inline(always)]
    fn variables(&mut self, rule: &Rule) -> crate::kernel::Variables<'_> {
        let d = match rule.written.delay_is_tag {
            true => &mut *self.second_tags,
            false => &mut *self.delays,
        };
        crate::kernel::Variables {
            w: self.weights,
            d,
            t: self.tags,
        }
    }

    /// Counters of the draws for w, d and t from synapse `first` on, a multiple of 4. None where
    /// numbers are recorded.
    #[inline(always)]
    fn counters(&self, first: usize) -> Option<[u64; 3]> {
        let [w, d, t] = &self.numbers;
        let first = first as u32;
        Some([w.counter(first)?, d.counter(first)?, t.counter(first)?])
    }
}

/// The synapses of a core at the end of an epoch, and what is done with them.
struct Pass<'a> {
    program: &'a LearnProgram,
    seen: &'a Seen<'a>,
    choice: Choice,
    synapses: CoreSynapses<'a>,
    /// 255 for axons all of whose synapses have been visited, 0 for others.
    done: &'a mut [u8],
    work: &'a mut Workspace,
    counts: EventCounts,
}

impl Pass<'_> {
    /// Counts visits: a visited synapse is priced for every product of its rule (LE-013).
    #[inline(always)]
    fn count(&mut self, rule: &Rule, visits: u32) {
        self.counts.learning_visits += u64::from(visits);
        self.counts.learning_products += u64::from(visits) * u64::from(rule.products);
    }
}

/// Phase 4 of step `t`, the last of an epoch (NC-050). Inlined into code for the widest vectors of
/// the machine, and so must be all that it calls in its loops.
#[inline(always)]
pub(super) fn learn(
    program: &LearnProgram,
    state: &mut LearnState,
    scratch: &mut LearnScratch,
    t: u64,
    source: &LearningDraws,
    choice: Choice,
) -> EventCounts {
    let epoch = usize::from(program.epoch);
    follow(
        program,
        state,
        t,
        source,
        &mut scratch.pre,
        &mut scratch.post,
    );
    let post_spiked = program.has_post() && state.post_spike.iter().any(|s| *s != 0);
    scratch.own.clear();
    if post_spiked {
        own_spikes(state, &scratch.post, &mut scratch.own);
        fill_by_axon(&mut scratch.by_axon, &scratch.pre, &state.pre_spike, epoch);
    }
    fill_by_rank(
        &mut scratch.by_rank,
        &program.learners,
        &scratch.post,
        &scratch.own,
        &state.post_spike,
        epoch,
    );
    scratch.done.clear();
    scratch.done.resize(program.axons.len(), 0);
    let seen = Seen {
        pre: &scratch.pre,
        by_rank: &scratch.by_rank,
        by_axon: &scratch.by_axon,
        pre_spike: &state.pre_spike,
        post_spike: &state.post_spike,
        epoch,
        number: t / epoch as u64,
        post_spiked,
        reward: &state.reward,
        rewarded: &state.rewarded,
    };
    scratch.opened.refresh(program, &seen);
    let mut pass = Pass {
        program,
        seen: &seen,
        choice,
        synapses: CoreSynapses {
            weights: &mut state.weights,
            delays: &mut state.delays,
            tags: &mut state.tags,
            second_tags: &mut state.second_tags,
            numbers: PURPOSES.map(|purpose| source.numbers(purpose, t)),
        },
        done: &mut scratch.done,
        work: &mut scratch.work,
        counts: EventCounts::default(),
    };
    pass.all_at_once(&mut scratch.opened, &mut scratch.plan);
    pass.by_axon(&scratch.opened);
    if post_spiked {
        pass.by_target();
    }
    let counts = pass.counts;
    close(state, &scratch.pre, &scratch.post, epoch);
    counts
}

/// Writes the post traces of each compartment at its own last spike to `own`, trace by trace.
#[inline(always)]
fn own_spikes(state: &LearnState, post: &Levels, own: &mut Vec<u8>) {
    let units = post.units;
    own.resize(3 * units, 0);
    for (unit, &spike) in state.post_spike.iter().enumerate() {
        if spike != 0 {
            let level = post.level::<3>(usize::from(spike));
            for which in 0..3 {
                own[which * units + unit] = level[which * units + unit];
            }
        }
    }
}

/// The next epoch begins with the traces of this one's end, and without spikes and rewards
/// (LE-009).
#[inline(always)]
fn close(state: &mut LearnState, pre: &Levels, post: &Levels, epoch: usize) {
    for (which, trace) in state.pre.iter_mut().enumerate() {
        let first = which * pre.units;
        trace.copy_from_slice(&pre.level::<2>(epoch)[first..first + pre.units]);
    }
    for (which, trace) in state.post.iter_mut().enumerate() {
        let first = which * post.units;
        trace.copy_from_slice(&post.level::<3>(epoch)[first..first + post.units]);
    }
    state.pre_spike.fill(0);
    state.post_spike.fill(0);
    state.rewarded.fill(false);
}
