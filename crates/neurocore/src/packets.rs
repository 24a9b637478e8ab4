//! Packets that wait for a core: plain spikes and graded ones in one queue.
//!
//! A packet carries the place of its row, so that delivery looks nothing up. On the chip a packet
//! names an input axon, and the core looks up where that axon's list begins. Here the look-up is
//! done once, at load, and its result is stored where the sender keeps its packets: a table of
//! axons beside the rows would be read once a packet in random order, and that cache line would be
//! all that the packet needs of it. With the place in hand the row itself can be fetched a fixed
//! number of packets ahead, which is what the speed of delivery hangs on.
//!
//! What else a packet needs of its row (length, base, cost) many rows of a core have in common. It
//! stands in a small table of [forms](crate::ports), and the packet has its number: so a packet is
//! four bytes, sixteen to a cache line, and a run of packets of one form is decoded once.
//!
//! The queue has two lanes inside, because a plain packet takes 4 bytes and a graded one 8, and
//! rows of plain packets are added by a loop that multiplies nothing. Outside there is one queue:
//! whoever pushes, counts or clears packets cannot forget those of one kind.
//!
//! What this module does *not* know: who sent a packet, and when.

use crate::ports::FORM_BITS;
use serde::{Deserialize, Serialize};

/// Place that a packet arrives at; also a plain packet itself. What it leads to, the core's
/// table of ports says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port(u32);

impl Port {
    /// Port at a place in the units of its form.
    pub(crate) fn new(at: u32, form: usize) -> Port {
        debug_assert!(at >> (32 - FORM_BITS) == 0 && form >> FORM_BITS == 0);
        Port(at << FORM_BITS | form as u32)
    }

    /// Number of the form of its row.
    #[inline(always)]
    pub(crate) fn form(self) -> usize {
        (self.0 & ((1 << FORM_BITS) - 1)) as usize
    }

    /// Port of a core that another process has: it is known there by its number alone, which leads
    /// nowhere here ([`CoreProgram::arrival`](crate::CoreProgram::arrival) is the way back).
    pub fn elsewhere(number: u32) -> Port {
        Port(number)
    }

    /// Number of a port that was made by [`Port::elsewhere`].
    #[inline]
    pub fn number(self) -> u32 {
        self.0
    }

    /// Where its row begins, in the units of its form.
    #[inline(always)]
    pub(crate) fn at(self) -> usize {
        (self.0 >> FORM_BITS) as usize
    }
}

/// Packet of a graded spike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Graded {
    /// Row that the packet reads.
    pub port: Port,
    /// Factor of every contribution of the row, 24 bit (MC-030).
    pub payload: i32,
}

/// Kind of synapses behind a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortKind {
    /// A row of synapses that do not change.
    Fixed,
    /// The learning axon with this index among those of the core.
    Learning(usize),
    /// The reward axon with this index among those of the core.
    Reward(usize),
}

/// A port as snapshots of version 1 have it: the place of the row in synapses that lie one after
/// another in the order of the axons, rows at cache lines where that saves one.
///
/// Rows have lain so in memory once. They do not any more, but a port has to have one name in
/// every snapshot, whatever memory looks like; that place is as good a name as any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SavedPort {
    /// First synapse << 8 | base of the axon; for ports of the learning engine index << 8.
    place: u32,
    /// Synapses of the row.
    len: u16,
    /// Index of its cost.
    cost: u16,
}

/// Costs that stand for ports of the learning engine: no core has that many different ones.
const LEARNING: u16 = u16::MAX;
const REWARD: u16 = u16::MAX - 1;

impl SavedPort {
    /// Row of `len` synapses from `start` on, whose targets begin at `base`.
    pub(crate) fn fixed(start: u32, base: u8, len: u16, cost: u16) -> SavedPort {
        SavedPort {
            place: start << 8 | u32::from(base),
            len,
            cost,
        }
    }

    /// Learning axon `index` of the core.
    pub(crate) fn learning(index: u32) -> SavedPort {
        SavedPort {
            place: index << 8,
            len: 0,
            cost: LEARNING,
        }
    }

    /// Reward axon `index` of the core.
    pub(crate) fn reward(index: u32) -> SavedPort {
        SavedPort {
            cost: REWARD,
            ..SavedPort::learning(index)
        }
    }
}

/// Packets of a core as snapshots of version 1 have them, sorted: with payloads the graded ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedPackets {
    /// Packets of plain spikes.
    pub plain: Vec<SavedPort>,
    /// Packets of graded spikes with their payloads.
    pub graded: Vec<(SavedPort, i32)>,
}

/// Packets that arrive at one core in one step, in no order (NC-002).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Packets {
    /// Packets of plain spikes.
    pub plain: Vec<Port>,
    /// Packets of graded spikes.
    pub graded: Vec<Graded>,
}

impl Packets {
    /// Adds a packet; without a payload it is that of a plain spike.
    #[inline]
    pub fn push(&mut self, port: Port, payload: Option<i32>) {
        match payload {
            None => self.plain.push(port),
            Some(payload) => self.graded.push(Graded { port, payload }),
        }
    }

    /// Number of packets of both kinds.
    pub fn len(&self) -> usize {
        self.plain.len() + self.graded.len()
    }

    /// Whether no packet waits.
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.graded.is_empty()
    }

    /// Removes all packets and keeps the memory.
    pub fn clear(&mut self) {
        self.plain.clear();
        self.graded.clear();
    }

    /// Brings the packets into one order, so that queues with equal packets are equal bits. The
    /// order in which workers fill a queue depends on how many there are; a snapshot must not.
    pub fn sort(&mut self) {
        self.plain.sort_unstable();
        self.graded.sort_unstable();
    }
}
