//! Short blocks: a block of an axon or of a target in words of 16 bits.
//!
//! When: the sums of the terms that are ready fit 16 bits in this epoch
//! ([`ReadyTerms::fits_short`]); the rule is of profile `wide` with stochastic rounding; no factor
//! has constants or signs, and no term more than two own factors. So the same as short rows, but
//! the factors may come from anywhere: targets are scattered, traces are taken at each target's own
//! spike, or the block is one of a target. Needs: AVX-512. Worth: see `docs/decisions/learning.md`.
//!
//! Why the old value need not be in the sum stands in [`super::short_row`].

use super::block::{BLOCK, BlockMemory, SynapseBlock, Which};
use super::ready::ReadyTerms;
use crate::kernel::short_block::{self, RoundingBits, ShortBlock};
use crate::learn::draws::Numbers;

impl BlockMemory {
    /// Computes the new values of a block; the number of synapses for which some product was not 0.
    /// `None` with recorded random numbers.
    #[inline(always)]
    pub(super) fn apply_short(
        &mut self,
        block: &SynapseBlock,
        ready: &ReadyTerms,
        numbers: &[Numbers; 3],
    ) -> Option<u32> {
        let mut given = [[0; BLOCK]; 3];
        let bits = match block.which {
            // consecutive synapses have consecutive draws, which the kernel makes itself
            Which::From(first) => [
                RoundingBits::Draws(numbers[0].counter(first)?),
                RoundingBits::Draws(numbers[1].counter(first)?),
                RoundingBits::Draws(numbers[2].counter(first)?),
            ],
            which => {
                for variable in 0..3 {
                    if !ready.short[variable].is_empty() {
                        given[variable] = which.draw(&numbers[variable]);
                    }
                }
                let [w, d, t] = &given;
                [
                    RoundingBits::Given(w),
                    RoundingBits::Given(d),
                    RoundingBits::Given(t),
                ]
            }
        };
        let short = ShortBlock {
            terms: [&ready.short[0], &ready.short[1], &ready.short[2]],
            sources: block.sources,
            inside: block.inside,
            grids: block.grids,
            bits,
        };
        let outcome = short_block::apply(&short, &mut self.new);
        self.changed = outcome.written;
        Some(outcome.visits)
    }
}
