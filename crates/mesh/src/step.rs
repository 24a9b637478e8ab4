//! One cycle of the mesh, and the way from one eventful cycle to the next.
//!
//! In a cycle a router reads and writes only its own fields; what it does to others goes through
//! the calendar to a later cycle, or to buffer places that are not yet visible. So the order of
//! routers within a cycle has no effect, and a router without events whose requests all failed
//! needs no visit.

use std::collections::VecDeque;

use crate::calendar::{BLOCK, Events, Pages};
use crate::mesh::{GRANT_TO_CREDIT, LOCAL, Mesh, PORTS};
use crate::state::{
    ALL_INPUTS, Delivery, Flit, LANE_BITS, NO_PACKET, PacketSlot, Router, Source, State, lane,
    lanes_nonzero, spread,
};

/// From grant to the next router or the destination, in cycles (rule 5).
const GRANT_TO_VISIBLE: u64 = 3;
/// From injection to the local input, in cycles (rule 2).
const INJECT_TO_VISIBLE: u64 = 2;

/// Simulates one cycle; packets seen by their destinations in it are added to `delivered`, by node.
pub fn step(mesh: &Mesh, state: &mut State, delivered: &mut Vec<Delivery>) {
    let mut cycle = Cycle::open(mesh, state);
    for word in 0..cycle.pages.words() {
        let mut blocks = cycle.pages.take_touched(cycle.now, word);
        while blocks != 0 {
            let block = word * 64 + blocks.trailing_zeros() as usize;
            blocks &= blocks - 1;
            cycle.visit(block);
        }
    }
    while state
        .landing
        .front()
        .is_some_and(|landing| landing.eject_cycle <= state.cycle)
    {
        delivered.extend(state.landing.pop_front());
        state.delivered_packets += 1;
    }
    state.cycle += 1;
}

/// Simulates up to, not including, cycle `until`; cycles in which nothing can happen cost nothing.
pub fn advance(mesh: &Mesh, state: &mut State, until: u64, delivered: &mut Vec<Delivery>) {
    while state.cycle < until {
        let next = next_eventful(state).unwrap_or(until);
        if next > state.cycle {
            state.cycle = next.min(until);
        } else {
            step(mesh, state, delivered);
        }
    }
}

/// The first cycle from now on in which anything can happen, if nothing more is offered.
pub fn next_eventful(state: &State) -> Option<u64> {
    let landing = state.landing.front().map(|landing| landing.eject_cycle);
    let event = state.calendar.first_from(state.cycle);
    landing.into_iter().chain(event).min()
}

/// One cycle at work: the parts of a state, each by its own reference.
struct Cycle<'a> {
    now: u64,
    mesh: &'a Mesh,
    routers: &'a mut [Router],
    sources: &'a mut [Source],
    flits: &'a mut [Flit],
    pages: Pages<'a>,
    packets: &'a mut [PacketSlot],
    free: &'a mut u32,
    landing: &'a mut VecDeque<Delivery>,
    link_flits: &'a mut [[u64; PORTS]],
    held: Option<&'a mut Vec<u32>>,
}

impl<'a> Cycle<'a> {
    #[inline]
    fn open(mesh: &'a Mesh, state: &'a mut State) -> Self {
        Cycle {
            now: state.cycle,
            mesh,
            routers: &mut state.routers,
            sources: &mut state.sources,
            flits: &mut state.flits,
            pages: state.calendar.open(),
            packets: &mut state.packets,
            free: &mut state.free,
            landing: &mut state.landing,
            link_flits: &mut state.link_flits,
            held: state.held.as_mut(),
        }
    }

    /// Visits the nodes of a block that have events, phase by phase, port by port: long loops over
    /// nodes with the port known when compiled, in place of short ones over ports.
    #[inline]
    fn visit(&mut self, block: usize) {
        let nodes = Nodes {
            first: block * BLOCK,
            set: self.pages.nodes_of(self.now, block),
        };
        // Rule 1: what is scheduled for this cycle becomes visible first.
        self.absorb(nodes);
        // Rule 3, by output: requests as they are at the start of the cycle.
        let mut asking = [0; BLOCK];
        let mut asked = [0; PORTS];
        let mut sending = Nodes { set: 0, ..nodes };
        for (place, node) in nodes.each() {
            asking[place] = self.routers[node].asking();
            mark(&mut asked, lanes_nonzero(asking[place]), place);
            sending.set |= u64::from(self.sources[node].can_send()) << place;
        }
        for (_, node) in sending.each() {
            self.inject(node);
        }
        self.grant_all::<0>(nodes, &asking, &asked);
        self.grant_all::<1>(nodes, &asking, &asked);
        self.grant_all::<2>(nodes, &asking, &asked);
        self.grant_all::<3>(nodes, &asking, &asked);
        self.grant_all::<LOCAL>(nodes, &asking, &asked);
        // Who can still move something needs no event to be visited again.
        let mut busy = Nodes { set: 0, ..nodes };
        for (place, node) in nodes.each() {
            busy.set |=
                u64::from(self.routers[node].asking() != 0 || self.sources[node].can_send())
                    << place;
        }
        for (_, node) in busy.each() {
            self.pages.schedule(self.now + 1, node, Events::ACT);
        }
    }

    /// Rule 1: flits, credits and routed heads become visible.
    #[inline]
    fn absorb(&mut self, nodes: Nodes) {
        let mut fronts = [0; PORTS];
        let mut routed = [0; PORTS];
        for (place, node) in nodes.each() {
            let events = self.pages.take(self.now, node);
            self.sources[node].credits += events.source_credits();
            let router = &mut self.routers[node];
            router.credits += spread(events.credits());
            let arrivals = spread(events.arrivals());
            mark(
                &mut fronts,
                arrivals & !lanes_nonzero(router.visible),
                place,
            );
            router.visible += arrivals;
            if events.heads_routed() != 0 {
                mark(&mut routed, spread(events.heads_routed()), place);
            }
        }
        for input in 0..PORTS {
            for (_, node) in (Nodes {
                set: fronts[input],
                ..nodes
            })
            .each()
            {
                self.come_to_front(node, input, self.now);
            }
            for (_, node) in (Nodes {
                set: routed[input],
                ..nodes
            })
            .each()
            {
                self.request(node, input);
            }
        }
    }

    /// A flit has come to the front of an input and can be requested for from `cycle` on, or later
    /// if it is a head that must be routed first (rule 8).
    #[inline(always)]
    fn come_to_front(&mut self, node: usize, input: usize, cycle: u64) {
        let delay = u64::from(self.mesh.config().routing_delay_cycles);
        if delay > 0 && self.front(node, input).is_head() {
            self.pages
                .schedule(cycle + delay, node, Events::routed(input));
        } else {
            self.request(node, input);
        }
    }

    /// Rule 3: the front flit of an input asks for its XY output.
    #[inline(always)]
    fn request(&mut self, node: usize, input: usize) {
        let output = self.mesh.sites[node].output(self.front(node, input).to);
        self.routers[node].requests |= 1 << (LANE_BITS * output + input);
    }

    /// The flit at the front of an input.
    #[inline(always)]
    fn front(&self, node: usize, input: usize) -> Flit {
        self.flits[self.place(node, input, self.routers[node].front[input])]
    }

    /// Index of place `count` of an input's ring; counts go on for ever.
    #[inline(always)]
    fn place(&self, node: usize, input: usize, count: u16) -> usize {
        let bits = self.mesh.ring_bits;
        ((node * PORTS + input) << bits) | (usize::from(count) & ((1 << bits) - 1))
    }

    /// Writes a flit behind the others in an input's ring, visible from `cycle` on (rules 2 and 5).
    #[inline(always)]
    fn send(&mut self, node: usize, input: usize, flit: Flit, cycle: u64) {
        let back = self.routers[node].back[input];
        self.routers[node].back[input] = back.wrapping_add(1);
        let place = self.place(node, input, back);
        self.flits[place] = flit;
        self.pages.schedule(cycle, node, Events::arrival(input));
    }

    /// Rule 2: the source sends one flit.
    #[inline(always)]
    fn inject(&mut self, node: usize) {
        let source = &mut self.sources[node];
        let index = source.first;
        let slot = &mut self.packets[index as usize];
        let is_head = source.sent_flits == 0;
        if is_head {
            slot.inject_cycle = self.now;
        }
        source.credits -= 1;
        source.sent_flits += 1;
        let behind = slot.packet.flits - source.sent_flits;
        let to = self.mesh.sites[slot.packet.dst as usize].place;
        let flit = Flit {
            packet: index,
            to,
            behind_and_head: behind << 1 | u16::from(is_head),
        };
        if behind == 0 {
            source.first = slot.next;
            source.packets -= 1;
            source.sent_flits = 0;
        }
        self.send(node, LOCAL, flit, self.now + INJECT_TO_VISIBLE);
    }

    /// Rule 4 for one output of every node that is asked for it.
    #[inline]
    fn grant_all<const OUTPUT: usize>(
        &mut self,
        nodes: Nodes,
        asking: &[u64; BLOCK],
        asked: &[u64; PORTS],
    ) {
        for (place, node) in (Nodes {
            set: asked[OUTPUT],
            ..nodes
        })
        .each()
        {
            let inputs = lane(asking[place], OUTPUT);
            let from_turn = inputs & lane(self.routers[node].turns, OUTPUT);
            let winner = if from_turn == 0 { inputs } else { from_turn };
            self.grant::<OUTPUT>(node, winner.trailing_zeros() as usize);
        }
    }

    /// Moves the front flit of `input` through the output, and its credit upstream.
    #[inline(always)]
    fn grant<const OUTPUT: usize>(&mut self, node: usize, input: usize) {
        let flit = self.front(node, input);
        let router = &mut self.routers[node];
        router.pop(OUTPUT, input);
        router.take(OUTPUT, input, flit.is_tail());
        if lane(router.visible, input) > 0 {
            // Rule 7: the flit behind can request from the next cycle on.
            self.come_to_front(node, input, self.now + 1);
        }
        self.link_flits[node][OUTPUT] += 1;
        // Rule 6. A neighbour's port towards this one differs in bit 0: +x and -x, +y and -y.
        let neighbours = &self.mesh.sites[node].neighbours;
        let upstream = neighbours[input] as usize;
        let downstream = neighbours[OUTPUT] as usize;
        self.pages.schedule(
            self.now + self.mesh.credit_cycles[input],
            upstream,
            Events::credit(input ^ 1),
        );
        if OUTPUT == LOCAL {
            self.eject(node, flit);
        } else {
            self.send(downstream, OUTPUT ^ 1, flit, self.now + GRANT_TO_VISIBLE);
        }
    }

    /// Rules 5 and 6 at a destination: it sees the flit, and the flit's credit comes back.
    #[inline]
    fn eject(&mut self, node: usize, flit: Flit) {
        let eject_cycle = self.now + GRANT_TO_VISIBLE;
        let delay = u64::from(self.mesh.config().credit_delay_cycles);
        match &mut self.held {
            Some(held) if flit.is_tail() => held[node] += 1,
            _ => self.pages.schedule(
                eject_cycle + GRANT_TO_CREDIT + delay,
                node,
                Events::credit(LOCAL),
            ),
        }
        if flit.is_tail() {
            let slot = &mut self.packets[flit.packet as usize];
            debug_assert_eq!(slot.packet.dst as usize, node);
            slot.next = std::mem::replace(self.free, flit.packet);
            let packet = slot.packet;
            let inject_cycle = slot.inject_cycle;
            self.landing.push_back(Delivery {
                packet,
                inject_cycle,
                eject_cycle,
            });
        }
    }
}

/// Some nodes of a block.
#[derive(Debug, Clone, Copy)]
struct Nodes {
    /// First node of the block.
    first: usize,
    /// One bit a node.
    set: u64,
}

impl Nodes {
    /// (place in the block, node), ascending.
    #[inline]
    fn each(self) -> impl Iterator<Item = (usize, usize)> {
        let mut set = self.set;
        std::iter::from_fn(move || {
            let place = set.trailing_zeros() as usize;
            (set != 0).then(|| {
                set &= set - 1;
                (place, self.first + place)
            })
        })
    }
}

/// Adds `place` to the set of every port whose lane has its lowest bit set.
#[inline(always)]
fn mark(sets: &mut [u64; PORTS], lanes: u64, place: usize) {
    for (port, set) in sets.iter_mut().enumerate() {
        *set |= (lanes >> (LANE_BITS * port) & 1) << place;
    }
}

impl Source {
    /// Rule 2: it has a packet and holds a credit.
    #[inline]
    fn can_send(&self) -> bool {
        (self.first != NO_PACKET) & (self.credits > 0)
    }
}

impl Router {
    /// Rule 3: the requests that outputs may grant, by output.
    #[inline]
    fn asking(&self) -> u64 {
        self.requests & self.owners & (lanes_nonzero(self.credits) * ALL_INPUTS)
    }

    /// Takes the front flit out of an input.
    #[inline]
    fn pop(&mut self, output: usize, input: usize) {
        self.front[input] = self.front[input].wrapping_add(1);
        self.visible -= 1 << (LANE_BITS * input);
        self.requests &= !(1 << (LANE_BITS * output + input));
    }

    /// The output's side of a grant: a credit spent, the turn moved on (rule 4), ownership taken by
    /// a head and freed by a tail (rules 3 and 7).
    #[inline]
    fn take(&mut self, output: usize, input: usize, is_tail: bool) {
        let shift = LANE_BITS * output;
        let others = !(ALL_INPUTS << shift);
        let after = 0x1e << input & ALL_INPUTS;
        let turn = if after == 0 { ALL_INPUTS } else { after };
        let owners = if is_tail { ALL_INPUTS } else { 1 << input };
        self.credits -= 1 << shift;
        self.turns = self.turns & others | turn << shift;
        self.owners = self.owners & others | owners << shift;
    }
}
