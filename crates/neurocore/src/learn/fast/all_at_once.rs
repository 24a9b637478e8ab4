//! All at once: every synapse of a rule in one go, vectors running on from one axon to the next, in
//! words of 16 bits.
//!
//! When: the rule has profile `wide`, stochastic rounding, and a product gated by uk or r0 whose
//! factors are not 0 in this epoch; every product has at most one of w, d and t and reads no trace
//! at a time that differs between axons; sums fit 16 bits ([`Choice::fits_short`]). Needs: AVX2 or
//! AVX-512. Worth: see `docs/decisions/learning.md`.
//!
//! Two things are won. Short axons fill whole vectors: the synapses of consecutive axons are cut
//! into vectors once, at load ([`Stripes`]). And a product of numbers that belong to the
//! compartment is the same for all axons, so it is made once for each compartment; terms that
//! differ in nothing else are added up there ([`EpochPlan`]). What is left for each synapse is one
//! product for each of its variables and each pre trace.

use super::Pass;
use super::block::BLOCK;
use super::ready::{OpenTerm, Opened};
use super::seen::{FLAGS, Seen, at_step, own_spike};
use super::shared::{SharedValue, not_shared, shared};
use super::slots::{FactorSlot, Factors, NO_SLOT};
use super::terms::{BlockSide, Term};
use crate::kernel::all_at_once::{self, Cut, Memory, PlannedFactor, Run};
use crate::learn::program::{Axon, LearnProgram, Rule, Span};
use crate::learn::strategy::{Choice, Strategy};
use crate::learn::variable::PlasticSet;
use seamount_rules::Dependency;
use std::ops::Range;

/// Stripes of fewer synapses would not fill a vector.
const SHORTEST: u32 = 32;

/// The stripes of a core.
#[derive(Debug, Default)]
pub(crate) struct Stripes(Vec<Stripe>);

/// A stripe: consecutive axons of one rule and class, all of whose spans have ranks.
#[derive(Debug)]
struct Stripe {
    rule: u8,
    class: u8,
    axons: Range<usize>,
    /// Number of those axons that have synapses.
    count: usize,
    cut: Cut,
}

impl Stripes {
    /// The stripes of a core whose synapses are all known.
    pub fn new(program: &LearnProgram) -> Stripes {
        let mut stripes = Stripes::default();
        for (number, rule) in (0u8..).zip(&program.rules) {
            if rule.fastest < Strategy::AllAtOnce {
                continue;
            }
            let mut open: Option<(u8, Range<usize>)> = None;
            for (index, axon) in program.axons.iter().enumerate() {
                if axon.synapses.is_empty() {
                    continue;
                }
                let class = class_of(program, axon).filter(|_| axon.rule == number);
                open = match (open, class) {
                    (Some((same, axons)), Some(class)) if same == class => {
                        Some((same, axons.start..index + 1))
                    }
                    (before, class) => {
                        stripes.add(program, number, before);
                        class.map(|class| (class, index..index + 1))
                    }
                };
            }
            stripes.add(program, number, open);
        }
        stripes
    }

    /// Adds a stripe of the axons of a class, unless a vector would hold all of their synapses.
    fn add(&mut self, program: &LearnProgram, rule: u8, open: Option<(u8, Range<usize>)>) {
        let Some((class, axons)) = open else { return };
        let first = program.axons[axons.start].synapses.start;
        let end = program.axons[axons.end - 1].synapses.end;
        if end - first < SHORTEST {
            return;
        }
        let mut runs = vec![];
        let mut count = 0;
        for index in axons.clone() {
            let axon = &program.axons[index];
            count += usize::from(!axon.synapses.is_empty());
            for span in program.spans_of(axon) {
                add_runs(&mut runs, span, index as u32);
            }
        }
        self.0.push(Stripe {
            rule,
            class,
            axons,
            count,
            cut: Cut::new(&runs, end),
        });
    }

    /// The stripes of a rule.
    #[inline(always)]
    fn of(&self, rule: usize) -> impl Iterator<Item = &Stripe> {
        self.0
            .iter()
            .filter(move |stripe| usize::from(stripe.rule) == rule)
    }
}

/// The class of an axon that may be in a stripe.
fn class_of(program: &LearnProgram, axon: &Axon) -> Option<u8> {
    let spans = program.spans_of(axon);
    let class = spans.first()?.class;
    let fits = |span: &Span| span.rank.is_some() && span.class == class;
    spans.iter().all(fits).then_some(class)
}

/// Adds the runs of a span: one, or two if it has a gap.
fn add_runs(runs: &mut Vec<Run>, span: &Span, axon: u32) {
    let first = span.synapses.start;
    let rank = span.rank.unwrap_or_default();
    runs.push(Run { first, rank, axon });
    if let Some(gap) = span.gap {
        runs.push(Run {
            first: first + gap.after as u32,
            rank: rank + (gap.after + gap.by) as u16,
            axon,
        });
    }
}

/// What the variables of synapses are multiplied by in an epoch.
#[derive(Debug, Clone, Default)]
pub(super) struct EpochPlan {
    factors: Vec<PlannedFactor>,
    /// The sums that have the product of each factor.
    of: Vec<PlasticSet>,
    /// The products of each sum, as indices of factors.
    sums: [Vec<u8>; 3],
    /// Numbers by rank, array after array, with room on both sides of each.
    by_rank: Vec<i16>,
    /// Numbers by axon, array after array.
    by_axon: Vec<i16>,
    /// Numbers by axon while they are computed.
    words: Vec<i32>,
    /// Largest magnitude of each sum, in 1/128.
    reach: [i64; 3],
    memory: Box<Memory>,
}

/// A rule and its number in its core.
#[derive(Clone, Copy)]
struct Numbered<'a> {
    number: usize,
    rule: &'a Rule,
}

impl Pass<'_> {
    /// Visits the stripes of all rules that suit, and notes their axons as done. Where those are
    /// all axons of a rule, `opened` no longer asks for a visit of every axon.
    #[inline(always)]
    pub(super) fn all_at_once(&mut self, opened: &mut Opened, plan: &mut EpochPlan) {
        for (number, open) in opened.rules.iter_mut().enumerate() {
            let rule = &self.program.rules[number];
            let terms = &opened.terms[open.terms.clone()];
            // what waits for post spikes is not reason enough to visit all synapses
            let acts =
                |o: &OpenTerm| o.gate != Dependency::Post && o.common.is_some_and(|c| c != 0);
            if !self.choice.all_at_once(rule) || !terms.iter().any(acts) {
                continue;
            }
            let numbered = Numbered { number, rule };
            let axons = self.apply_stripes(numbered, terms, plan);
            open.every_axon &= axons < rule.axons;
        }
    }

    /// Computes the stripes of a rule; the number of axons with synapses that are done with.
    #[inline(always)]
    fn apply_stripes(&mut self, rule: Numbered, terms: &[OpenTerm], plan: &mut EpochPlan) -> usize {
        let program = self.program;
        if program.stripes.of(rule.number).next().is_none() {
            return 0;
        }
        plan.make(program, rule, terms, self.seen);
        let mut axons = 0;
        let mut visits = 0;
        for stripe in program.stripes.of(rule.number) {
            let grids = program.classes[usize::from(stripe.class)].grids(rule.rule);
            let counters = self.synapses.counters(stripe.cut.first());
            let Some(counters) = counters.filter(|_| Choice::fits_short(&plan.reach, grids[0]))
            else {
                continue;
            };
            let work = all_at_once::StripeWork {
                cut: &stripe.cut,
                factors: &plan.factors,
                sums: [&plan.sums[0], &plan.sums[1], &plan.sums[2]],
                by_rank: &plan.by_rank,
                by_axon: &plan.by_axon,
                grids,
                counters,
            };
            let mut variables = self.synapses.variables(rule.rule);
            visits += all_at_once::apply(&work, &mut variables, &mut plan.memory);
            self.done[stripe.axons.clone()].fill(u8::MAX);
            axons += stripe.count;
        }
        self.count(rule.rule, visits);
        axons
    }
}

impl EpochPlan {
    /// Makes the factors of an epoch from the open terms of a rule.
    #[inline(always)]
    fn make(&mut self, program: &LearnProgram, rule: Numbered, terms: &[OpenTerm], seen: &Seen) {
        self.factors.clear();
        self.of.clear();
        self.by_rank.clear();
        self.by_axon.clear();
        self.reach = [0; 3];
        for open in terms {
            self.add(program, rule, open, seen);
        }
        for (variable, sum) in self.sums.iter_mut().enumerate() {
            sum.clear();
            for (index, of) in (0u8..).zip(&self.of) {
                if of.bits() & 1 << variable != 0 {
                    sum.push(index);
                }
            }
        }
    }

    /// Adds a term. One whose common factor is the same for all axons is added to a factor of the
    /// same variable and the same sums, unless that would make 0 of two numbers that are not: the
    /// synapse would not be counted as visited.
    #[inline(always)]
    fn add(&mut self, program: &LearnProgram, rule: Numbered, open: &OpenTerm, seen: &Seen) {
        let term = &rule.rule.terms.all[open.term];
        let factors = term.factors(BlockSide::Axon);
        let variable = factors.slots.bits().trailing_zeros().min(3) as u8;
        let first = self.by_axon.len();
        let largest = match open.common {
            Some(common) => common.saturating_abs(),
            None => self.push_by_axon(program, rule, term, seen),
        };
        if largest == 0 {
            return;
        }
        for (at, reach) in self.reach.iter_mut().enumerate() {
            if term.sums.bits() & 1 << at != 0 {
                *reach = reach.saturating_add(largest.saturating_mul(open.reach));
            }
        }
        if let Some(common) = open.common
            && let Some(known) = self.known(variable, term.sums)
        {
            let other = Some(self.factors[known].by_rank);
            let pushed = self.push_by_rank(common as i16, factors, other, seen);
            if !pushed.hides {
                self.factors[known].by_rank = pushed.first;
                return;
            }
        }
        let common = open.common.unwrap_or(1) as i16;
        let by_rank = self.push_by_rank(common, factors, None, seen).first;
        self.factors.push(PlannedFactor {
            variable,
            by_rank,
            by_axon: open.common.is_none().then_some(first),
        });
        self.of.push(term.sums);
    }

    /// The factor of a variable for some sums that is the same for all axons, if there is one.
    #[inline(always)]
    fn known(&self, variable: u8, sums: PlasticSet) -> Option<usize> {
        (0..self.factors.len()).find(|&i| {
            let factor = &self.factors[i];
            factor.by_axon.is_none() && factor.variable == variable && self.of[i] == sums
        })
    }

    /// Adds the array of what the synapses of each axon have in common in a term; the largest
    /// magnitude among axons in stripes.
    #[inline(always)]
    fn push_by_axon(
        &mut self,
        program: &LearnProgram,
        rule: Numbered,
        term: &Term,
        seen: &Seen,
    ) -> i64 {
        let Numbered { number, rule } = rule;
        let count = seen.pre_spike.len();
        self.words.clear();
        self.words
            .resize(count, term.scale(rule.terms.width) as i32);
        let all = &mut self.words[..count];
        for factor in &term.factors(BlockSide::Axon).common {
            let constant = i32::from(factor.constant.unwrap_or(0));
            // at the end of the epoch: terms that read x at another time do not come here
            match shared(factor.variable, rule, seen.epoch, seen) {
                Some(SharedValue::Rule(value)) => times(all, value + constant),
                Some(SharedValue::Axon { values, most }) => times_all(all, values, most, constant),
                Some(SharedValue::Target { .. }) | None => not_shared(factor.variable),
            }
        }
        if term.gate == Dependency::Pre {
            times_all(all, seen.pre_spike, 1, 0);
        }
        let first = self.by_axon.len();
        self.by_axon.resize(first + count, 0);
        let out = &mut self.by_axon[first..];
        let mut largest = 0;
        for stripe in program.stripes.of(number) {
            for i in stripe.axons.clone() {
                out[i] = all[i] as i16;
                largest = largest.max(all[i].unsigned_abs());
            }
        }
        largest.into()
    }

    /// Adds the array of a number times the post traces of a term, plus the array `other`.
    #[inline(always)]
    fn push_by_rank(
        &mut self,
        common: i16,
        factors: &Factors,
        other: Option<usize>,
        seen: &Seen,
    ) -> Pushed {
        let units = seen.by_rank.units();
        let first = self.by_rank.len() + BLOCK;
        self.by_rank.resize(first + units + BLOCK, 0);
        let (before, new) = self.by_rank.split_at_mut(first);
        let new = &mut new[..units];
        new.fill(common);
        for slot in factors.shape.slots {
            if slot <= FactorSlot::Tag as u8 || slot == NO_SLOT {
                continue;
            }
            let at = seen.by_rank.position(trace_array(slot, seen.epoch), 0);
            let trace = &seen.by_rank.values()[at..at + units];
            for i in 0..units {
                new[i] = new[i].wrapping_mul(trace[i]);
            }
        }
        let mut hides = 0;
        if let Some(other) = other {
            let other = &before[other..other + units];
            for i in 0..units {
                let sum = new[i].wrapping_add(other[i]);
                hides |= if sum == 0 { new[i] | other[i] } else { 0 };
                new[i] = sum;
            }
        }
        Pushed {
            first,
            hides: hides != 0,
        }
    }
}

/// An array that was added.
struct Pushed {
    /// Position of the number of rank 0 in [`EpochPlan::by_rank`].
    first: usize,
    /// Two numbers that are not 0 came to 0 together.
    hides: bool,
}

/// Array by rank of a post trace.
#[inline(always)]
fn trace_array(slot: u8, epoch: usize) -> usize {
    const END: u8 = FactorSlot::Y1 as u8;
    const OWN: u8 = FactorSlot::OwnY1 as u8;
    match slot {
        END.. if slot < END + 3 => at_step(usize::from(slot - END), epoch),
        OWN.. if slot < OWN + 3 => own_spike(usize::from(slot - OWN)),
        _ => FLAGS,
    }
}

#[inline(always)]
fn times(all: &mut [i32], by: i32) {
    for x in all {
        *x = x.wrapping_mul(by);
    }
}

/// Multiplies the number of each axon by its trace, `most` at most, plus a constant.
#[inline(always)]
fn times_all(all: &mut [i32], by: &[u8], most: u8, constant: i32) {
    let by = &by[..all.len()];
    for i in 0..all.len() {
        all[i] = all[i].wrapping_mul(i32::from(by[i].min(most)) + constant);
    }
}
