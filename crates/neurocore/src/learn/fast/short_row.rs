//! Short rows: a span of an axon in words of 16 bits, 32 synapses a vector, read and written in
//! place.
//!
//! When: the sums of the terms that are ready for the axon fit 16 bits in this epoch, whatever the
//! synapse ([`super::ready::ReadyTerms::fits_short`]); the rule is of profile `wide` with
//! stochastic rounding; the targets of the span have consecutive ranks but for a gap; no factor has
//! constants or signs, and no term more than two own factors. Needs: AVX-512. Worth: less than 2 %
//! over short blocks where axons have more than a hundred targets, 3 to 9 % where they have few,
//! and 13 % in one workload (two targets, a rule with decay and epochs of 4 steps), which is why it
//! is kept: `docs/decisions/learning.md` has the figures.
//!
//! A variable enters its accumulator without fraction, so only the sum of its products decides how
//! it rounds: `floor((old 2^b + sum + r) / 2^b) = old + floor((sum + r) / 2^b)`. So the old value
//! need not be in the sum, and 16 bits are enough for it.

use super::Pass;
use super::by_axon::TraceArrays;
use crate::kernel::Gap;
use crate::kernel::short_row::{self, Row};
use crate::learn::program::{Rule, Span};

pub(super) use crate::kernel::short_row::Memory;

impl Pass<'_> {
    /// Computes a span of an axon with the terms that are ready, the first of its targets having
    /// rank `rank`. The number of synapses visited; `None` if short rows do not suit the span.
    #[inline(always)]
    pub(super) fn short_row(
        &mut self,
        rule: &Rule,
        span: &Span,
        rank: u16,
        arrays: &TraceArrays,
    ) -> Option<u32> {
        let ready = &self.work.ready;
        let grids = self.program.classes[usize::from(span.class)].grids(rule);
        if !self.choice.short_rows(rule) || !ready.fits_short(grids) {
            return None;
        }
        let synapses = span.synapses.start as usize..span.synapses.end as usize;
        let never = Gap {
            after: synapses.len(),
            by: 0,
        };
        let positions = arrays.positions(self.seen.by_rank, rank.into());
        let row = Row {
            terms: [&ready.short[0], &ready.short[1], &ready.short[2]],
            grids,
            // a draw has the numbers of four synapses
            counters: self.synapses.counters(synapses.start & !3)?,
            synapses,
            reads: ready.totals.slots.bits() as u8 & 7,
            factors: self.seen.by_rank.values(),
            arrays: &positions[..arrays.count()],
            gap: span.gap.unwrap_or(never),
        };
        let mut variables = self.synapses.variables(rule);
        Some(short_row::apply(&row, &mut variables, &mut self.work.row))
    }
}
