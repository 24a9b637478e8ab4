//! All that changes while a mesh runs, as plain owned data: equal states behave equally.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Events};
use crate::config::PACKET_FLITS_MAX;
use crate::mesh::{GRANT_TO_CREDIT, LOCAL, Mesh, PORTS};

/// A packet as its source makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    /// Number of the source node.
    pub src: u32,
    /// Number of the destination node.
    pub dst: u32,
    /// Length in flits, 1 or more.
    pub flits: u16,
    /// Cycle of creation, at or before the cycle it is offered in.
    pub create_cycle: u64,
    /// The caller's name for it; the mesh does not read it.
    pub tag: u64,
}

/// A packet that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Packet as it was offered.
    pub packet: Packet,
    /// Cycle its head left the source (rule 2).
    pub inject_cycle: u64,
    /// Cycle its tail was seen by the destination (rule 5).
    pub eject_cycle: u64,
}

/// Why a packet is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// Source or destination does not exist.
    #[error("node {node} does not exist: the mesh has {nodes}")]
    Node {
        /// The node asked for.
        node: u32,
        /// Nodes of the mesh.
        nodes: u32,
    },
    /// Zero flits, or more than 32,767.
    #[error("a packet of {flits} flits, must be 1..={PACKET_FLITS_MAX}")]
    Length {
        /// The length asked for.
        flits: u16,
    },
    /// Created after the cycle about to be simulated.
    #[error("created in cycle {create_cycle}, offered in cycle {now_cycle}")]
    Early {
        /// Creation cycle of the packet.
        create_cycle: u64,
        /// Cycle about to be simulated.
        now_cycle: u64,
    },
    /// 2^32 - 1 packets are under way.
    #[error("too many packets under way")]
    Full,
}

/// Mark of a place without a packet.
pub(crate) const NO_PACKET: u32 = u32::MAX;

/// One flit: where it goes, whose it is, how many of its packet follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Flit {
    /// Index into [`State::packets`].
    pub(crate) packet: u32,
    /// (x, y) of the destination.
    pub(crate) to: (u8, u8),
    /// Flits of the packet behind this one, times two; plus one for a head.
    pub(crate) behind_and_head: u16,
}

impl Flit {
    /// The first flit of its packet.
    #[inline]
    pub(crate) const fn is_head(self) -> bool {
        self.behind_and_head & 1 != 0
    }

    /// The last flit of its packet.
    #[inline]
    pub(crate) const fn is_tail(self) -> bool {
        self.behind_and_head < 2
    }
}

/// Bits of a lane: a router's word holds one small number a port, in lanes.
pub(crate) const LANE_BITS: usize = 12;
/// One in every lane.
pub(crate) const LANES: u64 = 0x1_0010_0100_1001;
/// All inputs, one bit each.
pub(crate) const ALL_INPUTS: u64 = 0x1f;

/// Spreads one bit a port to one a lane.
#[inline]
pub(crate) const fn spread(ports: u64) -> u64 {
    // Copy k, shifted by 11 k, has port k's bit in lane k; no two bits of the product meet.
    ports.wrapping_mul(0x1002_0040_0801) & LANES
}

/// One in every lane where `numbers` (each at most 2047) is not zero.
#[inline]
pub(crate) const fn lanes_nonzero(numbers: u64) -> u64 {
    (numbers + LANES * 0x7ff) >> 11 & LANES
}

/// The number in a lane.
#[inline]
pub(crate) const fn lane(numbers: u64, port: usize) -> u64 {
    numbers >> (LANE_BITS * port) & 0xfff
}

/// One router. A word's lane o belongs to output o, or input i.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(align(64))]
pub(crate) struct Router {
    /// By output: inputs whose front flit asks for it, one bit each (rule 3).
    pub(crate) requests: u64,
    /// By output: inputs it may be granted to, all, or the one whose packet owns it (rule 3).
    pub(crate) owners: u64,
    /// By output: inputs with index >= rr (rule 4).
    pub(crate) turns: u64,
    /// By output: credits, in flits.
    pub(crate) credits: u64,
    /// By input: visible flits.
    pub(crate) visible: u64,
    /// Place of the front flit in each input's ring.
    pub(crate) front: [u16; PORTS],
    /// Place in each input's ring for the next flit sent to it.
    pub(crate) back: [u16; PORTS],
}

/// A source: a FIFO of packets, linked through [`PacketSlot::next`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Source {
    /// The packet being sent.
    pub(crate) first: u32,
    /// The packet created last; meaningless if there is no first.
    pub(crate) last: u32,
    /// Packets in the FIFO, the one being sent among them.
    pub(crate) packets: u32,
    /// Flits of `first` already sent.
    pub(crate) sent_flits: u16,
    /// Credits for the router's local input, in flits.
    pub(crate) credits: u16,
}

/// A packet under way, or a free place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PacketSlot {
    pub(crate) packet: Packet,
    pub(crate) inject_cycle: u64,
    /// The packet behind in the source FIFO, or the next free place.
    pub(crate) next: u32,
}

/// The whole state of one mesh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub(crate) cycle: u64,
    pub(crate) routers: Vec<Router>,
    pub(crate) sources: Vec<Source>,
    /// Input buffers: ring of 2^`ring_bits` places for each input of each router. A flit is written
    /// when it is granted upstream, to a place its credit has reserved, and counts once visible.
    pub(crate) flits: Vec<Flit>,
    pub(crate) calendar: Calendar,
    pub(crate) packets: Vec<PacketSlot>,
    pub(crate) free: u32,
    /// Granted to the local output, not yet seen by the destination, by eject cycle and node.
    pub(crate) landing: VecDeque<Delivery>,
    pub(crate) link_flits: Vec<[u64; PORTS]>,
    /// By node: packets whose last credit waits until the destination takes them; none if
    /// destinations take everything at once, as BookSim's do.
    pub(crate) held: Option<Vec<u32>>,
    pub(crate) offered_packets: u64,
    pub(crate) delivered_packets: u64,
}

impl State {
    /// An empty mesh about to simulate cycle 0.
    pub fn new(mesh: &Mesh) -> Self {
        let config = mesh.config();
        let nodes = mesh.nodes() as usize;
        let depth = config.buffer_depth_flits;
        let router = Router {
            requests: 0,
            owners: LANES * ALL_INPUTS,
            turns: LANES * ALL_INPUTS,
            credits: LANES * u64::from(depth),
            visible: 0,
            front: [0; PORTS],
            back: [0; PORTS],
        };
        let source = Source {
            first: NO_PACKET,
            last: NO_PACKET,
            packets: 0,
            sent_flits: 0,
            credits: depth,
        };
        let ahead = (5 + config.credit_delay_cycles).max(1 + config.routing_delay_cycles);
        State {
            cycle: 0,
            routers: vec![router; nodes],
            sources: vec![source; nodes],
            flits: vec![Flit::default(); (nodes * PORTS) << mesh.ring_bits],
            calendar: Calendar::new(usize::from(ahead), nodes),
            packets: Vec::new(),
            free: NO_PACKET,
            landing: VecDeque::new(),
            link_flits: vec![[0; PORTS]; nodes],
            held: None,
            offered_packets: 0,
            delivered_packets: 0,
        }
    }

    /// An empty mesh whose destinations take a packet only when told ([`release`]): until then its
    /// last flit keeps a place of the destination's buffer.
    pub fn holding(mesh: &Mesh) -> Self {
        State {
            held: Some(vec![0; mesh.nodes() as usize]),
            ..State::new(mesh)
        }
    }

    /// The cycle about to be simulated.
    pub const fn cycle(&self) -> u64 {
        self.cycle
    }

    /// Packets offered and not yet seen by their destination.
    pub const fn under_way_packets(&self) -> u64 {
        self.offered_packets - self.delivered_packets
    }

    /// Packets offered since the start.
    pub const fn offered_packets(&self) -> u64 {
        self.offered_packets
    }

    /// Packets seen by their destinations since the start.
    pub const fn delivered_packets(&self) -> u64 {
        self.delivered_packets
    }

    /// Packets waiting in a node's source FIFO, the one being sent among them.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn queued_packets(&self, node: u32) -> u32 {
        self.sources[node as usize].packets
    }

    /// Flits granted to each output of each router since the start, ports numbered as
    /// [`crate::Port`].
    pub fn link_flits(&self) -> &[[u64; PORTS]] {
        &self.link_flits
    }

    /// Flit-hops since the start: grants over all routers, ejections among them.
    pub fn flit_hops(&self) -> u64 {
        self.link_flits.iter().flatten().sum()
    }
}

/// Puts a packet at the end of its source's FIFO (rule 2); its head leaves in the coming cycle at
/// the earliest.
///
/// # Errors
/// See [`OfferError`]; the state is then unchanged.
pub fn offer(mesh: &Mesh, state: &mut State, packet: Packet) -> Result<(), OfferError> {
    let nodes = mesh.nodes();
    if let Some(node) = [packet.src, packet.dst]
        .into_iter()
        .find(|&node| node >= nodes)
    {
        return Err(OfferError::Node { node, nodes });
    }
    if packet.flits == 0 || packet.flits > PACKET_FLITS_MAX {
        return Err(OfferError::Length {
            flits: packet.flits,
        });
    }
    if packet.create_cycle > state.cycle {
        return Err(OfferError::Early {
            create_cycle: packet.create_cycle,
            now_cycle: state.cycle,
        });
    }
    let slot = PacketSlot {
        packet,
        inject_cycle: 0,
        next: NO_PACKET,
    };
    let index = if state.free == NO_PACKET {
        let index = u32::try_from(state.packets.len())
            .ok()
            .filter(|&index| index != NO_PACKET);
        let index = index.ok_or(OfferError::Full)?;
        state.packets.push(slot);
        index
    } else {
        let index = state.free;
        state.free = std::mem::replace(&mut state.packets[index as usize], slot).next;
        index
    };
    let node = packet.src as usize;
    let source = &mut state.sources[node];
    if source.first == NO_PACKET {
        source.first = index;
    } else {
        state.packets[source.last as usize].next = index;
    }
    source.last = index;
    source.packets += 1;
    state.offered_packets += 1;
    state.calendar.schedule(state.cycle, node, Events::ACT);
    Ok(())
}

/// A destination takes a packet that it saw in cycle `cycle` or before: its last flit's credit
/// becomes visible at `cycle` + 2 + credit delay (rule 6). Returns false, and does nothing, if
/// another credit of that node becomes visible then: try again a cycle later.
///
/// # Panics
/// If the state does not hold packets, or holds none of this node.
pub fn release(mesh: &Mesh, state: &mut State, node: u32, cycle: u64) -> bool {
    let visible = cycle + GRANT_TO_CREDIT + u64::from(mesh.config().credit_delay_cycles);
    let credit = Events::credit(LOCAL);
    if visible < state.cycle || state.calendar.has(visible, node as usize, credit) {
        return false;
    }
    let held = state.held.as_mut().expect("a state that holds packets");
    held[node as usize] = held[node as usize]
        .checked_sub(1)
        .expect("a packet that is held");
    state.calendar.schedule(visible, node as usize, credit);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_hold_what_ports_have() {
        for ports in 0..32u64 {
            let lanes = spread(ports);
            assert_eq!(lanes_nonzero(lanes * 2047), lanes);
            for port in 0..PORTS {
                assert_eq!(lane(lanes, port), ports >> port & 1);
            }
        }
    }
}
