//! One network on many ranks: processes that have some of the cores each and exchange packets once
//! a step.
//!
//! Rank 0 has a [`RankedChip`], which runs, saves and restores as a [`Chip`](crate::Chip) does; all
//! others are in [`serve_rank`] and do what it says. Only rank 0 knows files, options and results:
//! the image and the spikes of the host reach the others from it, so that no two can be at work on
//! different ones.
//!
//! In a step a rank sends each neighbour one message, which may be empty, and takes one from each.
//! Between the two it begins the next step with the cores that no other rank sends to. Neighbours
//! wait for one another and nobody waits for all: two ranks that are far apart in the network may
//! be some steps apart in time. That the bits are those of one process rests on the same as with
//! threads: sums wrap, random numbers are functions of what they are for, and what is recorded has
//! its place ([`run`](crate::run)).
//!
//! What this module does *not* know: how messages travel. That is a [`Transport`]: channels between
//! threads in tests, MPI in a crate of its own.

mod lead;
mod part;
mod serve;

pub use lead::{RankedChip, dismiss_ranks};
pub use part::ExchangeCost;
pub use serve::serve_rank;

use crate::division::DivisionError;
use crate::replay::ReplayError;
use crate::snapshot::SnapshotError;

/// Messages between ranks. Of two messages from one rank to another the first comes first.
pub trait Transport {
    /// Number of this rank, from 0.
    fn rank(&self) -> usize;

    /// Number of ranks.
    fn ranks(&self) -> usize;

    /// Sends each message, lets `station` work, then gives it one message of each rank that was
    /// sent to, in any order. At the end the messages that were sent may be overwritten.
    ///
    /// # Errors
    /// If a rank is gone.
    fn exchange(&mut self, sent: &[Outgoing], station: &mut dyn Station) -> Result<(), LostRank>;

    /// Sends bytes of any number to a rank.
    ///
    /// # Errors
    /// If it is gone.
    fn send(&mut self, to: usize, bytes: &[u8]) -> Result<(), LostRank>;

    /// Waits for the bytes that a rank sends by [`Transport::send`].
    ///
    /// # Errors
    /// If it is gone.
    fn receive(&mut self, from: usize) -> Result<Vec<u8>, LostRank>;
}

/// Whoever a [`Transport`] exchanges messages for.
pub trait Station {
    /// Does what needs no message. Called once an exchange, when all messages are on their way.
    fn work(&mut self);

    /// Takes the message of a rank.
    fn take(&mut self, from: usize, words: &[u32]);
}

/// A message to a neighbour.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// Rank that it goes to.
    pub to: usize,
    /// The message.
    pub words: Vec<u32>,
}

/// A rank that is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rank {0} is gone")]
pub struct LostRank(pub usize);

/// Why ranks cannot go on together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RankError {
    /// A rank is gone.
    #[error(transparent)]
    Lost(#[from] LostRank),
    /// The cores cannot be divided so.
    #[error(transparent)]
    Division(#[from] DivisionError),
    /// Bytes that are no snapshot of this image.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// Recorded noise that does not fit.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// A rank has less memory left than its cores need.
    #[error("rank {rank}: {problem}")]
    Memory {
        /// Number of the rank.
        rank: usize,
        /// What it would need, and what it has.
        problem: String,
    },
    /// A rank cannot do what it was told.
    #[error("rank {rank}: {problem}")]
    Refused {
        /// Number of the rank.
        rank: usize,
        /// Why.
        problem: String,
    },
}
