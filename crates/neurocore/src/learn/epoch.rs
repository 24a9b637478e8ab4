//! The end of an epoch: the contract, or the fast strategies in code for the widest vectors of the
//! machine (LE-009).

use super::contract;
use super::draws::LearningDraws;
use super::fast::{self, LearnScratch};
use super::program::LearnProgram;
use super::state::LearnState;
use super::strategy::Choice;
use crate::kernel::{VectorWork, Vectors, run};
use seamount_spec::EventCounts;

/// Phase 4 of step `t`, the last of an epoch (NC-050): rules act, traces move on, spikes and
/// rewards are forgotten; the visits and products (LE-013). The result is
/// the same with and without vectors.
pub fn learn(
    program: &LearnProgram,
    state: &mut LearnState,
    scratch: &mut LearnScratch,
    t: u64,
    source: &LearningDraws,
    vectors: Vectors,
) -> EventCounts {
    let choice = Choice::of_epoch(program, source, vectors);
    if choice.contract {
        return contract::learn(program, state, t, source);
    }
    let end = EndOfEpoch {
        program,
        state,
        scratch,
        t,
        source,
        choice,
    };
    run(vectors, end)
}

struct EndOfEpoch<'a> {
    program: &'a LearnProgram,
    state: &'a mut LearnState,
    scratch: &'a mut LearnScratch,
    t: u64,
    source: &'a LearningDraws<'a>,
    choice: Choice,
}

impl VectorWork for EndOfEpoch<'_> {
    type Output = EventCounts;

    #[inline(always)]
    fn run(self) -> EventCounts {
        fast::learn(
            self.program,
            self.state,
            self.scratch,
            self.t,
            self.source,
            self.choice,
        )
    }
}
