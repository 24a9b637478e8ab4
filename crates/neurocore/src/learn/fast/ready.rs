//! Terms with something to add: open terms, once an epoch, and ready terms, for each axon or
//! target.
//!
//! A term is open where its gate may be open somewhere in this epoch and no post trace that it
//! needs is 0 everywhere. It is ready for an axon (or a target) where its gate is open there and
//! its common factor is not 0. Most terms are neither most of the time, and that is where the time
//! is won: a product with a factor of 0 adds 0.

use super::seen::{Seen, at_step, own_spike};
use super::shared::{is_of_rule, of_axon};
use super::slots::{FactorShape, FactorSlot, Factors, SLOTS, SlotSet};
use super::terms::{BlockSide, Term, Width};
use crate::kernel::short_row::ShortTerm;
use crate::learn::program::{LearnProgram, Rule};
use crate::learn::strategy::Choice;
use crate::learn::variable::{Grid, Plastic, PlasticSet};
use seamount_rules::{Dependency, Factor};
use std::ops::Range;

/// A term whose gate may be open.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenTerm {
    /// Index among the terms of its rule.
    pub term: usize,
    pub gate: Dependency,
    /// S times the common factors, where those are the same for all axons.
    pub common: Option<i64>,
    /// Largest magnitude of the product of the own factors.
    pub reach: i64,
}

/// The open terms of one rule. Those whose common factor is the same for all axons come first: they
/// are made ready once and kept from one axon to the next, see [`ReadyTerms::keep`]. A rule with
/// decay (`- 2^-4*t*u0`) has such terms for every axon of the core.
#[derive(Debug, Clone)]
pub(super) struct OpenRule {
    pub terms: Range<usize>,
    /// The last of them: those whose common factor differs between axons.
    pub(crate) varying: Range<usize>,
    /// One of them waits for no spike: every axon of the rule is to be visited.
    pub(crate) every_axon: bool,
}

/// The open terms of an epoch, rule by rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Opened {
    pub terms: Vec<OpenTerm>,
    pub rules: Vec<OpenRule>,
}

impl Opened {
    /// Finds the open terms of an epoch. Once an epoch and rule, so that what is said of every axon
    /// is not asked of every axon.
    pub(crate) fn refresh(&mut self, program: &LearnProgram, seen: &Seen) {
        self.terms.clear();
        self.rules.clear();
        let largest = seen.largest();
        for rule in &program.rules {
            let first = self.terms.len();
            let terms = rule.terms.all.iter().enumerate();
            let open = terms.filter_map(|(index, term)| open(rule, index, term, seen, &largest));
            self.terms.extend(open);
            let terms = &mut self.terms[first..];
            // sums of 32 bits do not care about the order; others saturate, and have no term that
            // is the same for all axons
            terms.sort_by_key(|o| o.common.is_none());
            let same = terms.iter().filter(|o| o.common.is_some()).count();
            let waits = |gate| matches!(gate, Dependency::Pre | Dependency::Post);
            let every_axon = terms.iter().any(|o| !waits(o.gate));
            let end = self.terms.len();
            self.rules.push(OpenRule {
                terms: first..end,
                varying: first + same..end,
                every_axon,
            });
        }
    }
}

/// The term, if its gate may be open and it needs no post trace that is 0 at all targets.
fn open(
    rule: &Rule,
    index: usize,
    term: &Term,
    seen: &Seen,
    largest: &[i16; SLOTS],
) -> Option<OpenTerm> {
    let opens = match term.gate {
        Dependency::Pre => true,
        Dependency::Post => seen.post_spiked,
        Dependency::Unconditional => seen.is_due(rule),
        Dependency::Reward => seen.r0(rule),
    };
    let factors = term.factors(BlockSide::Axon);
    if !opens || needs_silent_trace(factors, seen) {
        return None;
    }
    let of_rule = |f: &Factor| is_of_rule(f.variable);
    let varies = rule.terms.width != Width::Plain
        || term.gate == Dependency::Pre
        || !factors.common.iter().all(of_rule);
    Some(OpenTerm {
        term: index,
        gate: term.gate,
        common: (!varies).then(|| common(rule, term, None, seen.epoch, seen)),
        reach: factors.reach(largest),
    })
}

/// Whether a product has a post trace as factor that is 0 at all targets. Not asked of traces at
/// the pre spike: those are of another step for each axon, and all of their levels would have to be
/// looked through.
fn needs_silent_trace(factors: &Factors, seen: &Seen) -> bool {
    let [end, _, at_own] = FactorSlot::POST_TRACES;
    (0..3).any(|j| {
        let at_end = factors.needs.has(end[j]) && seen.by_rank.is_zero(at_step(j, seen.epoch));
        let at_spike = factors.needs.has(at_own[j]) && seen.by_rank.is_zero(own_spike(j));
        at_end || at_spike
    })
}

/// What the synapses of an axon have in common in a term that is evaluated at a step of the epoch;
/// without an axon, what all synapses of the rule have in common.
#[inline(always)]
pub(super) fn common(
    rule: &Rule,
    term: &Term,
    axon: Option<usize>,
    step: usize,
    seen: &Seen,
) -> i64 {
    term.common(rule.terms.width, BlockSide::Axon, |variable| {
        of_axon(variable, rule, axon, step, seen)
    })
}

/// A term that has something to add to the synapses of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReadyTerm {
    /// Index among the terms of its rule.
    pub term: usize,
    pub sums: PlasticSet,
    /// S times the common factors; not 0.
    pub common: i64,
    pub shape: FactorShape,
    /// Slots without which the term is 0.
    pub needs: SlotSet,
}

/// What the ready terms come to together.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Totals {
    /// Slots of factors that they read, and of variables that they change.
    pub slots: SlotSet,
    /// Slots without which one of them is 0.
    pub needs: SlotSet,
    /// Largest magnitude of each sum, in 1/128.
    pub reach: [i64; 3],
    /// One of them has another shape than kernels of 16 bits know.
    pub(crate) is_long: bool,
    /// One of them is not gated by post spikes.
    pub moves: bool,
}

/// The ready terms of an axon or a target.
#[derive(Debug, Clone, Default)]
pub(super) struct ReadyTerms {
    pub all: Vec<ReadyTerm>,
    pub totals: Totals,
    /// The terms of each sum in words of 16 bits.
    pub short: [Vec<ShortTerm>; 3],
    kept: KeptTerms,
}

/// The first of the ready terms: those that all axons of a rule have in common.
#[derive(Debug, Clone, Copy, Default)]
struct KeptTerms {
    all: usize,
    short: [usize; 3],
    totals: Totals,
}

impl ReadyTerms {
    /// Nothing is ready.
    #[inline(always)]
    pub fn clear(&mut self) {
        self.all.clear();
        self.short.iter_mut().for_each(Vec::clear);
        self.totals = Totals::default();
    }

    /// Whether kernels of 16 bits can compute the ready terms: shapes that they know, and sums that
    /// fit.
    #[inline(always)]
    pub(crate) fn fits_short(&self, grids: &[Grid; 3]) -> bool {
        !self.totals.is_long && Choice::fits_short(&self.totals.reach, grids[0])
    }

    /// What is ready now is ready for all axons of the rule: see [`Self::rewind`].
    #[inline(always)]
    pub fn keep(&mut self) {
        self.kept = KeptTerms {
            all: self.all.len(),
            short: self.short.each_ref().map(Vec::len),
            totals: self.totals,
        };
    }

    /// Only what was kept is ready.
    #[inline(always)]
    pub(crate) fn rewind(&mut self) {
        if self.all.len() == self.kept.all {
            return;
        }
        self.all.truncate(self.kept.all);
        for (all, kept) in self.short.iter_mut().zip(self.kept.short) {
            all.truncate(kept);
        }
        self.totals = self.kept.totals;
    }

    /// Adds term number `index` of a rule, unless its common factor is 0. `reach` is the largest
    /// magnitude of the product of its own factors.
    #[inline(always)]
    pub fn push(&mut self, index: usize, term: &Term, side: BlockSide, common: i64, reach: i64) {
        if common == 0 {
            return;
        }
        let factors = term.factors(side);
        let totals = &mut self.totals;
        // the slots of w, d and t have the bits that the variables have
        let changes = SlotSet::from_bits(term.sums.bits().into());
        totals.slots = totals.slots.with(factors.slots).with(changes);
        totals.needs = totals.needs.with(factors.needs);
        totals.moves |= term.gate != Dependency::Post;
        totals.is_long |= factors.shape.is_long;
        let reach = common.saturating_abs().saturating_mul(reach);
        for variable in 0..3 {
            if term.sums.has(Plastic::ALL[variable]) {
                totals.reach[variable] = totals.reach[variable].saturating_add(reach);
                if !factors.shape.is_long {
                    // where it does not fit, reach says so
                    self.short[variable].push(ShortTerm {
                        common: common as i16,
                        slots: factors.shape.slots,
                    });
                }
            }
        }
        self.all.push(ReadyTerm {
            term: index,
            sums: term.sums,
            common,
            shape: factors.shape,
            needs: factors.needs,
        });
    }
}
