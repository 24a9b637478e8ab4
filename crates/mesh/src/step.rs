//! One cycle of the mesh, and the way from one eventful cycle to the next.
//!
//! In a cycle a router reads and writes only its own fields; what it does to others goes through the
//! calendar to a later cycle, or to buffer places that are not yet visible. So the order of routers
//! within a cycle has no effect, and a router without events whose requests all failed needs no visit.

use crate::calendar::Events;
use crate::mesh::{LOCAL, Mesh, PORTS};
use crate::state::{ALL_INPUTS, Delivery, Flit, NO_PACKET, Router, State};

/// From grant to the next router or the destination, in cycles (rule 5).
const GRANT_TO_VISIBLE: u64 = 3;
/// From injection to the local input, in cycles (rule 2).
const INJECT_TO_VISIBLE: u64 = 2;
/// From grant to the credit upstream, in cycles, without the credit delay (rule 6).
const GRANT_TO_CREDIT: u64 = 2;

/// Simulates one cycle; packets seen by their destinations in it are added to `delivered`, by node.
pub fn step(mesh: &Mesh, state: &mut State, delivered: &mut Vec<Delivery>) {
    let slot = state.calendar.slot(state.cycle);
    for summary in 0..state.busy.summaries() {
        let touched = state.calendar.touched.take_summary(slot, summary);
        let mut words = touched | state.busy.take_summary(0, summary);
        while words != 0 {
            let word = summary * 64 + words.trailing_zeros() as usize;
            words &= words - 1;
            visit(mesh, state, slot, word);
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
    if !state.busy.is_empty(0) {
        return Some(state.cycle);
    }
    let landing = state.landing.front().map(|landing| landing.eject_cycle);
    let event = state.calendar.first_from(state.cycle);
    landing.into_iter().chain(event).min()
}

/// Visits the routers of one word of nodes: those with events and those that may act.
fn visit(mesh: &Mesh, state: &mut State, slot: usize, word: usize) {
    let mut nodes = state.calendar.touched.take_word(slot, word) | state.busy.take_word(0, word);
    let mut busy = 0;
    while nodes != 0 {
        let bit = nodes.trailing_zeros();
        nodes &= nodes - 1;
        let node = word * 64 + bit as usize;
        // Rule 1: what is scheduled for this cycle becomes visible first.
        let events = state.calendar.take(slot, node);
        if events != Events::default() {
            absorb(mesh, state, node, events);
        }
        let sends_more = inject(mesh, state, node);
        let may_grant = arbitrate(mesh, state, node);
        busy |= u64::from(sends_more | may_grant) << bit;
    }
    state.busy.put_word(0, word, busy);
}

/// Rule 1 at one router: flits, credits and routed heads become visible.
#[inline]
fn absorb(mesh: &Mesh, state: &mut State, node: usize, events: Events) {
    let mut credits = events.credits();
    while credits != 0 {
        let output = credits.trailing_zeros() as usize;
        credits &= credits - 1;
        let router = &mut state.routers[node];
        router.credits[output] += 1;
        router.open |= ALL_INPUTS << (8 * output);
    }
    state.sources[node].credits += u16::from(events.source_credit());
    let mut routed = events.heads_routed();
    while routed != 0 {
        let input = routed.trailing_zeros() as usize;
        routed &= routed - 1;
        request(mesh, state, node, input);
    }
    let mut arrivals = events.arrivals();
    while arrivals != 0 {
        let input = arrivals.trailing_zeros() as usize;
        arrivals &= arrivals - 1;
        let visible = &mut state.routers[node].visible[input];
        *visible += 1;
        if *visible == 1 {
            come_to_front(mesh, state, node, input, state.cycle);
        }
    }
}

/// A flit has come to the front of an input and can be requested for from `cycle` on, or later
/// if it is a head that must be routed first (rule 8).
#[inline]
fn come_to_front(mesh: &Mesh, state: &mut State, node: usize, input: usize, cycle: u64) {
    let delay = u64::from(mesh.config().routing_delay_cycles);
    if delay > 0 && front(mesh, state, node, input).is_head() {
        state
            .calendar
            .schedule(cycle + delay, node, Events::routed(input));
    } else {
        request(mesh, state, node, input);
    }
}

/// Rule 3: the front flit of an input asks for its XY output.
#[inline]
fn request(mesh: &Mesh, state: &mut State, node: usize, input: usize) {
    let output = mesh.output(node, front(mesh, state, node, input).to);
    state.routers[node].requests |= 1 << (8 * output + input);
}

/// The flit at the front of an input.
#[inline]
fn front(mesh: &Mesh, state: &State, node: usize, input: usize) -> Flit {
    let place = ring(mesh, node, input) + usize::from(state.routers[node].front[input]);
    state.flits[place]
}

/// Where the ring of an input begins.
#[inline]
fn ring(mesh: &Mesh, node: usize, input: usize) -> usize {
    (node * PORTS + input) * usize::from(mesh.config().buffer_depth_flits)
}

/// Writes a flit behind the others in an input's ring, visible from `cycle` on (rules 2 and 5).
#[inline]
fn send(mesh: &Mesh, state: &mut State, node: usize, input: usize, flit: Flit, cycle: u64) {
    let back = &mut state.routers[node].back[input];
    state.flits[ring(mesh, node, input) + usize::from(*back)] = flit;
    *back = after(*back, mesh.config().buffer_depth_flits);
    state.calendar.schedule(cycle, node, Events::arrival(input));
}

/// The next place of a ring.
#[inline]
const fn after(place: u16, depth: u16) -> u16 {
    if place + 1 == depth { 0 } else { place + 1 }
}

/// Rule 2: the source sends one flit if it has one and holds a credit. Returns whether it could send another.
#[inline]
fn inject(mesh: &Mesh, state: &mut State, node: usize) -> bool {
    let source = &mut state.sources[node];
    if source.first == NO_PACKET || source.credits == 0 {
        return false;
    }
    let index = source.first;
    let slot = &mut state.packets[index as usize];
    let is_head = source.sent_flits == 0;
    if is_head {
        slot.inject_cycle = state.cycle;
    }
    source.credits -= 1;
    source.sent_flits += 1;
    let behind = slot.packet.flits - source.sent_flits;
    let flit = Flit {
        packet: index,
        to: mesh.places[slot.packet.dst as usize],
        behind_and_head: behind << 1 | u16::from(is_head),
    };
    if behind == 0 {
        source.first = slot.next;
        source.packets -= 1;
        source.sent_flits = 0;
    }
    let sends_more = source.first != NO_PACKET && source.credits > 0;
    send(
        mesh,
        state,
        node,
        LOCAL,
        flit,
        state.cycle + INJECT_TO_VISIBLE,
    );
    sends_more
}

/// Rules 3 and 4: every output grants one of the inputs that may have it. Returns whether a grant in
/// the next cycle is possible without any event.
#[inline]
fn arbitrate(mesh: &Mesh, state: &mut State, node: usize) -> bool {
    let router = &state.routers[node];
    // Requests as they are at the start of the cycle (rule 4); an input asks for one output only.
    let mut asking = router.requests & router.owners & router.open;
    if asking == 0 {
        return false;
    }
    while asking != 0 {
        let output = asking.trailing_zeros() as usize / 8;
        let inputs = asking >> (8 * output) & ALL_INPUTS;
        asking &= !(ALL_INPUTS << (8 * output));
        let from_turn = inputs & u64::from(state.routers[node].turn[output]);
        let winner = if from_turn == 0 { inputs } else { from_turn };
        grant(mesh, state, node, output, winner.trailing_zeros() as usize);
    }
    let router = &state.routers[node];
    router.requests & router.owners & router.open != 0
}

/// Moves the front flit of `input` through `output`, and its credit upstream.
#[inline]
fn grant(mesh: &Mesh, state: &mut State, node: usize, output: usize, input: usize) {
    let cycle = state.cycle;
    let flit = front(mesh, state, node, input);
    let router = &mut state.routers[node];
    pop(router, input, output, mesh.config().buffer_depth_flits);
    take(router, input, output, flit.is_tail());
    let promoted = router.visible[input] > 0;
    state.link_flits[node][output] += 1;
    if promoted {
        // Rule 7: the flit behind can request from the next cycle on.
        come_to_front(mesh, state, node, input, cycle + 1);
    }
    return_credit(mesh, state, node, input);
    if output == LOCAL {
        eject(mesh, state, node, flit);
    } else {
        // The input opposite to the output: +x and -x, +y and -y differ in bit 0.
        let to = mesh.neighbours[node][output] as usize;
        send(mesh, state, to, output ^ 1, flit, cycle + GRANT_TO_VISIBLE);
    }
}

/// Takes the front flit out of an input.
#[inline]
fn pop(router: &mut Router, input: usize, output: usize, depth: u16) {
    router.front[input] = after(router.front[input], depth);
    router.visible[input] -= 1;
    router.requests &= !(1 << (8 * output + input));
}

/// The output's side of a grant: a credit spent, the turn moved on (rule 4), ownership taken by a
/// head and freed by a tail (rules 3 and 7).
#[inline]
fn take(router: &mut Router, input: usize, output: usize, is_tail: bool) {
    router.credits[output] -= 1;
    if router.credits[output] == 0 {
        router.open &= !(ALL_INPUTS << (8 * output));
    }
    router.turn[output] = if input == PORTS - 1 {
        0x1f
    } else {
        0x1e << input & 0x1f
    };
    let owners = if is_tail { ALL_INPUTS } else { 1 << input };
    router.owners = router.owners & !(ALL_INPUTS << (8 * output)) | owners << (8 * output);
}

/// Rule 6: the credit of a flit that left an input becomes visible upstream.
#[inline]
fn return_credit(mesh: &Mesh, state: &mut State, node: usize, input: usize) {
    let cycle = state.cycle + GRANT_TO_CREDIT;
    if input == LOCAL {
        state.calendar.schedule(cycle, node, Events::SOURCE_CREDIT);
    } else {
        let delay = u64::from(mesh.config().credit_delay_cycles);
        let upstream = mesh.neighbours[node][input] as usize;
        state
            .calendar
            .schedule(cycle + delay, upstream, Events::credit(input ^ 1));
    }
}

/// Rules 5 and 6 at a destination: it sees the flit, and the flit's credit comes back.
#[inline]
fn eject(mesh: &Mesh, state: &mut State, node: usize, flit: Flit) {
    let eject_cycle = state.cycle + GRANT_TO_VISIBLE;
    let delay = u64::from(mesh.config().credit_delay_cycles);
    state.calendar.schedule(
        eject_cycle + GRANT_TO_CREDIT + delay,
        node,
        Events::credit(LOCAL),
    );
    if flit.is_tail() {
        let slot = state.release(flit.packet);
        debug_assert_eq!(slot.packet.dst as usize, node);
        state.landing.push_back(Delivery {
            packet: slot.packet,
            inject_cycle: slot.inject_cycle,
            eject_cycle,
        });
    }
}
