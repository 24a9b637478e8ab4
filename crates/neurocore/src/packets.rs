//! Packets that wait for a core: plain spikes and graded ones in one queue.
//!
//! A packet carries the place of its row, so that delivery looks nothing up. On the chip a packet
//! names an input axon, and the core looks up where that axon's list begins. Here the look-up is
//! done once, at load, and its result is stored where the sender keeps its packets: a table of
//! axons beside the rows would be read once a packet in random order, and that cache line would be
//! all that the packet needs of it. With the place in hand the row itself can be fetched a fixed
//! number of packets ahead, which is what the speed of delivery hangs on.
//!
//! The queue has two lanes inside, because a plain packet takes 8 bytes and a graded one 12, and
//! rows of plain packets are added by a loop that multiplies nothing. Outside there is one queue:
//! whoever pushes, counts or clears packets cannot forget those of one kind.
//!
//! What this module does *not* know: who sent a packet, and when.

use serde::{Deserialize, Serialize};

/// Row of synapses that a packet reads; also a plain packet itself.
///
/// Eight bytes, so that eight packets share a cache line. The base of an axon is below 256 (the
/// proof of the image holds that), and a core's synapse memory has far fewer than 2^24 synapses, so
/// both fit one word. Ports of the learning engine have no row: they keep an index where rows have
/// their start, and a cost that no core can have tells them apart, which costs no bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Port {
    /// First synapse << 8 | base of the axon.
    place: u32,
    /// Synapses of the row.
    len: u16,
    /// Index of its cost.
    cost: u16,
}

/// Packet of a graded spike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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

/// Costs that stand for ports of the learning engine: no core has that many different ones.
const LEARNING: u16 = u16::MAX;
const REWARD: u16 = u16::MAX - 1;

impl Port {
    /// Row of `len` synapses from `start` on, whose targets begin at `base`.
    pub(crate) fn fixed(start: u32, base: u16, len: u16, cost: u16) -> Port {
        Port {
            place: start << 8 | u32::from(base),
            len,
            cost,
        }
    }

    /// Learning axon `index` of the core.
    pub(crate) fn learning(index: u32) -> Port {
        Port {
            place: index << 8,
            len: 0,
            cost: LEARNING,
        }
    }

    /// Reward axon `index` of the core.
    pub(crate) fn reward(index: u32) -> Port {
        Port {
            cost: REWARD,
            ..Port::learning(index)
        }
    }

    /// Kind of synapses behind the port.
    #[inline]
    pub fn kind(self) -> PortKind {
        match self.cost {
            LEARNING => PortKind::Learning(self.start()),
            REWARD => PortKind::Reward(self.start()),
            _ => PortKind::Fixed,
        }
    }

    /// Base added to the targets of the row.
    #[inline]
    pub(crate) fn base(self) -> u32 {
        self.place & 0xff
    }

    /// Index of the first synapse of the row.
    #[inline]
    pub(crate) fn start(self) -> usize {
        (self.place >> 8) as usize
    }

    /// Number of pre-decoded synapses of the row.
    #[inline]
    pub(crate) fn len(self) -> usize {
        usize::from(self.len)
    }

    /// Index of the row's cost.
    #[inline]
    pub(crate) fn cost(self) -> usize {
        usize::from(self.cost)
    }
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

    /// Ports of all packets.
    pub fn ports(&self) -> impl Iterator<Item = Port> {
        let graded = self.graded.iter().map(|packet| packet.port);
        self.plain.iter().copied().chain(graded)
    }
}
