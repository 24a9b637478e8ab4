//! The end of an epoch: traces followed, rules applied where they can change anything (LE-008,
//! LE-009, LE-013).

use super::blocks::{Blocks, Synapses};
use super::columns::columns;
use super::contract;
use super::draws::Source;
use super::program::LearnProgram;
use super::rows::{Opened, rows};
use super::state::LearnState;
use super::strategy::Strategy;
use super::stripes::Plan;
use super::traces::{Table, follow};
use super::values::{Padded, Seen, by_axon, by_compartment};
use crate::kernel::{Work, run, stripe, sums};
use seamount_arith::random::Purpose;
use seamount_spec::EventCounts;

/// Memory that learning needs and nobody keeps.
#[derive(Debug, Clone, Default)]
pub struct LearnScratch {
    pre: Table,
    post: Table,
    /// y1, y2, y3 of each compartment at its own spike.
    own: Vec<u8>,
    /// Axons all of whose synapses have been visited: 255, others 0.
    done: Vec<u8>,
    by_compartment: Padded,
    by_axon: Padded,
    opened: Opened,
    plan: Plan,
    blocks: Blocks,
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
    if program.fastest == Strategy::Contract {
        return contract::learn(program, state, t, source);
    }
    scratch.blocks.wide = vectors && sums::here() && program.fastest >= Strategy::ShortRows;
    scratch.plan.wide = vectors && stripe::here() && program.fastest >= Strategy::AllAtOnce;
    run(
        vectors,
        Phase {
            program,
            state,
            scratch,
            t,
            source,
        },
    )
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
        let Phase {
            program,
            state,
            scratch,
            t,
            source,
        } = self;
        let LearnScratch {
            pre,
            post,
            own,
            done,
            by_compartment: compartments,
            by_axon: axons,
            opened,
            plan,
            blocks,
        } = scratch;
        let epoch = usize::from(program.epoch);
        follow(program, state, t, source, pre, post);
        let post_spiked = program.has_post() && state.post_spike.iter().any(|s| *s != 0);
        if post_spiked {
            own_traces(state, post, own);
            by_axon(axons, pre, &state.pre_spike, epoch);
        } else {
            own.clear();
        }
        by_compartment(
            compartments,
            &program.learners,
            post,
            own,
            &state.post_spike,
            epoch,
        );
        done.clear();
        done.resize(program.axons.len(), 0);
        let numbers = [Purpose::LearnWeight, Purpose::LearnDelay, Purpose::LearnTag]
            .map(|p| source.numbers(p, t));
        let seen = Seen {
            pre,
            post: compartments,
            columns: axons,
            pre_spike: &state.pre_spike,
            post_spike: &state.post_spike,
            epoch,
            number: t / epoch as u64,
            post_spiked,
            reward: &state.reward,
            rewarded: &state.rewarded,
        };
        let mut synapses = Synapses {
            w: &mut state.weights,
            d: &mut state.delays,
            t: &mut state.tags,
            second: &mut state.second_tags,
            numbers,
        };
        let mut counts = EventCounts::default();
        rows(
            program,
            &seen,
            &mut synapses,
            done,
            (opened, plan, blocks),
            &mut counts,
        );
        if post_spiked {
            columns(program, &seen, &mut synapses, done, blocks, &mut counts);
        }
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
    for (unit, &spike) in state
        .post_spike
        .iter()
        .enumerate()
        .filter(|(_, s)| **s != 0)
    {
        let level = post.level::<3>(usize::from(spike));
        (0..3).for_each(|j| own[j * units + unit] = level[j * units + unit]);
    }
}
