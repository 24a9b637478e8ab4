//! Strategies: ways to compute the end of an epoch, all with the same bits, and the one place where
//! they are chosen.
//!
//! What a rule needs is known when it is loaded ([`Strategy::of_rule`]); what the machine can do,
//! and whether random numbers are drawn or recorded, when an epoch ends ([`Choice::of_epoch`]); how
//! large sums can become, only from the traces as they are then ([`Choice::fits_short`]). What each
//! strategy is worth stands at the head of its file and in `docs/decisions/learning.md`.

use super::draws::LearningDraws;
use super::fast::{BlockSide, SlotSet, Term, Terms, Width};
use super::program::{LearnProgram, Rule};
use super::variable::{FRACTION_BITS, Grid};
use crate::kernel::{Vectors, all_at_once, short_row};
use seamount_image::{Rounding, RuleProgram};
use seamount_rules::Dependency;

/// A way to compute the end of an epoch. In order: each strategy leaves to the ones before it what
/// it does not suit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// One synapse and one product at a time, whatever the rule is: `learn/contract.rs`. For tests.
    Contract,
    /// Blocks of 64 synapses of one axon or of one target, in words of 32 or 64 bits: any rule, any
    /// machine.
    Blocks,
    /// Blocks in words of 16 bits, where sums fit those; with AVX-512.
    ShortBlocks,
    /// Spans of an axon in words of 16 bits, where sums fit those and factors lie together; with
    /// AVX-512.
    ShortRows,
    /// All synapses of a rule at once in words of 16 bits, where sums fit those and the rule acts
    /// on all synapses; with AVX2 or AVX-512.
    AllAtOnce,
}

impl Strategy {
    /// The fastest strategy that suits a rule.
    pub(super) fn of_rule(written: &RuleProgram, terms: &Terms, epoch: u8) -> Strategy {
        if terms.width != Width::Plain || written.rounding != Rounding::Stochastic {
            return Strategy::Blocks;
        }
        let everywhere =
            |t: &Term| matches!(t.gate, Dependency::Unconditional | Dependency::Reward);
        let suits = terms.all.iter().all(|term| suits_all_at_once(term, epoch));
        match suits && terms.all.iter().any(everywhere) {
            true => Strategy::AllAtOnce,
            false => Strategy::ShortRows,
        }
    }
}

/// Whether a term can be computed for all synapses of a rule at once: it has at most one variable
/// of the synapse (the product of two would not fit 16 bits anyway), and reads no trace at a time
/// that differs between axons.
fn suits_all_at_once(term: &Term, epoch: u8) -> bool {
    let factors = term.factors(BlockSide::Axon);
    let variables = factors.own.iter().filter(|own| own.slot < 3).count();
    !factors.shape.is_long
        && factors.slots.and(SlotSet::ALWAYS_GATHERED).is_empty()
        && variables < 2
        && (term.gate != Dependency::Pre || epoch == 1)
}

/// The strategies that a core may use in the epoch that ends.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Choice {
    /// Everything goes through the contract.
    pub contract: bool,
    short_blocks: bool,
    short_rows: bool,
    all_at_once: bool,
}

impl Choice {
    /// The strategies that program and machine allow. Kernels of 16-bit words draw random numbers
    /// themselves, so recorded numbers (LE-010) rule them out.
    pub(crate) fn of_epoch(
        program: &LearnProgram,
        source: &LearningDraws,
        vectors: Vectors,
    ) -> Choice {
        let kernels = vectors == Vectors::Widest && source.replay.is_none();
        let allows = |strategy| program.fastest >= strategy;
        Choice {
            contract: program.fastest == Strategy::Contract,
            short_blocks: kernels && short_row::here() && allows(Strategy::ShortBlocks),
            short_rows: kernels && short_row::here() && allows(Strategy::ShortRows),
            all_at_once: kernels && all_at_once::here() && allows(Strategy::AllAtOnce),
        }
    }

    /// Whether a rule may be computed all at once, if sums fit 16 bits and some term acts on all
    /// synapses.
    #[inline(always)]
    pub fn all_at_once(self, rule: &Rule) -> bool {
        self.all_at_once && rule.fastest >= Strategy::AllAtOnce
    }

    /// Whether spans of axons may be computed in 16 bits, if sums fit those.
    #[inline(always)]
    pub(crate) fn short_rows(self, rule: &Rule) -> bool {
        self.short_rows && rule.fastest >= Strategy::ShortRows
    }

    /// Whether blocks may be computed in 16 bits, if sums fit those.
    #[inline(always)]
    pub(crate) fn short_blocks(self, rule: &Rule) -> bool {
        self.short_blocks && rule.fastest >= Strategy::ShortBlocks
    }

    /// Whether sums of w, d and t of at most these magnitudes, in 1/128, can be rounded without
    /// leaving 16 bits. Weights have the largest step, so what is said of them holds for all.
    #[inline(always)]
    pub(crate) fn fits_short(reach: &[i64; 3], weight: Grid) -> bool {
        let room = (1 << 15) - (1 << (FRACTION_BITS + weight.step));
        reach[0] <= room && reach[1] <= room && reach[2] <= room
    }
}
