//! Strategies: ways to compute the end of an epoch, all with the same bits.

/// A way to compute the end of an epoch. In order: each is faster than the one before it where it applies, and leaves
/// what it does not apply to to the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// One synapse and one product at a time: [`super::contract`]. For tests.
    Contract,
    /// Blocks of 64 synapses of one axon or of one target.
    Blocks,
    /// Whole axons in words of 16 bits, with AVX-512.
    ShortRows,
    /// All synapses of a rule at once in words of 16 bits, with AVX2 or AVX-512.
    AllAtOnce,
}
