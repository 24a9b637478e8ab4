//! Fidelity `cycle`: FIFOs, ports and flits, cycle by cycle; nothing is computed for cycles in
//! which nothing can happen (ME-030..ME-036).
//!
//! `Cycle::advance` is the timeline of one cycle, and the only place that knows its order.

mod runs;
pub mod seats;

mod barrier;
mod finish;
mod links;
mod set;
mod signals;
mod tiles;

pub use seats::{Place, Seats, Side};
pub use signals::{Change, Signal};

use crate::machine::Machine;
use crate::{CoreTime, StepTime};
use barrier::Sweep;
use links::Link;
use runs::{CoreRun, Waiting};
use seamount_mesh::{Delivery, PORTS, State, advance, next_eventful, step};
use seamount_spec::ChosenKey;
use seamount_spec::{HOST, StepRecord};
use set::TileSet;
use signals::Watch;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use tiles::TileRun;

/// Event that a core or a link waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The loop of a core reaches its next packet, or its end.
    Loop(u32),
    /// A core has added its packet.
    Served(u32),
    /// A packet comes off a link between chips: index of the flight.
    Landed(u32),
    /// A tile has handled a barrier message that came from this side.
    Handled(u32, u8),
}

/// The machine at work; between steps everything is empty.
#[derive(Debug, Clone)]
pub struct Cycle {
    seats: Seats,
    /// Routers by chip and plane.
    nets: Vec<State>,
    /// Cycle in which the step began.
    begin: u64,
    runs: Vec<CoreRun>,
    tiles: Vec<TileRun>,
    links: BTreeMap<(u32, Side, u16), Link>,
    flights: Vec<links::Flight>,
    events: BinaryHeap<Reverse<(u64, Event)>>,
    sweeps: Vec<Sweep>,
    /// Tiles that have something to send or to take.
    awake: TileSet,
    /// Tiles whose part in the barrier may go on.
    dirty: TileSet,
    /// Tiles at work in this cycle: scratch.
    listed: Vec<u32>,
    /// Time at which each packet of the step was made, and updates up to then, picoseconds.
    made: Vec<(u64, u64)>,
    times: Vec<CoreTime>,
    /// Flits over each output of each router when the step began.
    flits_before: Vec<Vec<[u64; PORTS]>>,
    delivered: Vec<Delivery>,
    watch: Option<Watch>,
}

/// Tag of a barrier message; below it, the index of a packet in the step's record.
const BARRIER_TAG: u64 = 1 << 32;

impl Cycle {
    /// Ready for the first step.
    pub fn new(machine: &Machine) -> Cycle {
        let seats = Seats::new(machine);
        let nets: Vec<State> = (0..seats.chips.len() * seats.planes)
            .map(|_| State::holding(&seats.mesh))
            .collect();
        Cycle {
            flits_before: nets.iter().map(|net| net.link_flits().to_vec()).collect(),
            nets,
            begin: 0,
            runs: vec![CoreRun::default(); machine.cores()],
            tiles: vec![TileRun::new(seats.planes); seats.tiles.len()],
            links: BTreeMap::new(),
            flights: vec![],
            events: BinaryHeap::new(),
            sweeps: vec![Sweep::default(); seats.tiles.len()],
            awake: TileSet::new(seats.tiles.len()),
            dirty: TileSet::new(seats.tiles.len()),
            listed: vec![],
            made: vec![],
            times: vec![CoreTime::default(); machine.cores()],
            delivered: vec![],
            watch: None,
            seats,
        }
    }

    /// The cores in the step that was timed last.
    pub fn cores(&self) -> &[CoreTime] {
        &self.times
    }

    /// Flits over each output of each router since the start, by chip; planes added up.
    pub fn link_flits(&self) -> Vec<Vec<[u64; 5]>> {
        let sum = |nets: &[State]| {
            let mut flits = nets[0].link_flits().to_vec();
            for net in &nets[1..] {
                flits
                    .iter_mut()
                    .zip(net.link_flits())
                    .for_each(|(sum, more)| sum.iter_mut().zip(more).for_each(|(a, b)| *a += b));
            }
            flits
        };
        self.nets.chunks(self.seats.planes).map(sum).collect()
    }

    /// The routers, cores and tiles.
    pub fn seats(&self) -> &Seats {
        &self.seats
    }

    /// Number of cycles simulated.
    pub fn cycles(&self) -> u64 {
        self.begin
    }

    /// The routers by chip and plane, for audits.
    pub fn nets(&self) -> &[State] {
        &self.nets
    }

    /// Times one step.
    pub fn step(&mut self, machine: &Machine, record: StepRecord) -> StepTime {
        self.look_at_step(record.step);
        self.open(machine, &record);
        let mut now = 0;
        loop {
            self.advance(machine, &record, now);
            match self.next(now) {
                Some(next) => now = next,
                None => break,
            }
        }
        self.close(machine, &record, now)
    }

    /// One cycle, in this order: cores and links whose time has come; packets from FIFOs into the
    /// network; the routers; packets out of the network; the barrier.
    fn advance(&mut self, machine: &Machine, record: &StepRecord, now: u64) {
        while self
            .events
            .peek()
            .is_some_and(|Reverse((cycle, _))| *cycle <= now)
        {
            let Some(Reverse((_, event))) = self.events.pop() else {
                break;
            };
            match event {
                Event::Loop(core) => self.make(machine, record, core, now),
                Event::Served(core) => self.served(core),
                Event::Landed(flight) => self.land(flight),
                Event::Handled(tile, side) => self.handled(tile, side),
            }
        }
        self.send(machine, record, now);
        self.route(now);
        self.receive(machine, record, now);
        self.sweep(now);
        self.look(now);
    }

    /// The next cycle in which anything can happen.
    fn next(&self, now: u64) -> Option<u64> {
        if !self.awake.is_empty() || !self.dirty.is_empty() || self.looks() {
            return Some(now + 1);
        }
        let routers = self
            .nets
            .iter()
            .filter_map(next_eventful)
            .map(|cycle| cycle.saturating_sub(self.begin).max(now + 1))
            .min();
        let events = self
            .events
            .peek()
            .map(|Reverse((cycle, _))| (*cycle).max(now + 1));
        match (routers, events) {
            // credits on their way home, and nothing else
            (Some(_), None) if self.is_over() => None,
            (routers, events) => routers.into_iter().chain(events).min(),
        }
    }

    /// Nothing is left to be done in this step.
    fn is_over(&self) -> bool {
        self.runs.iter().all(|run| run.end_ps.is_some())
            && self.sweeps.iter().all(|sweep| sweep.done_at.is_some())
    }

    /// The routers of all chips; what comes out is put down at its tile.
    fn route(&mut self, now: u64) {
        let mut delivered = std::mem::take(&mut self.delivered);
        for index in 0..self.nets.len() {
            let due =
                next_eventful(&self.nets[index]).is_some_and(|cycle| cycle <= self.begin + now);
            if due {
                if self.nets[index].cycle() < self.begin + now {
                    advance(
                        &self.seats.mesh,
                        &mut self.nets[index],
                        self.begin + now,
                        &mut delivered,
                    );
                }
                step(&self.seats.mesh, &mut self.nets[index], &mut delivered);
                for delivery in delivered.drain(..) {
                    self.put_down(index, &delivery, now);
                }
            }
        }
        self.delivered = delivered;
    }

    /// Brings a chip's routers up to the present, so that something can be offered.
    fn present(&mut self, net: usize, now: u64) {
        if self.nets[net].cycle() >= self.begin + now {
            return;
        }
        let mut delivered = std::mem::take(&mut self.delivered);
        advance(
            &self.seats.mesh,
            &mut self.nets[net],
            self.begin + now,
            &mut delivered,
        );
        debug_assert!(
            delivered.is_empty(),
            "every cycle with a delivery is simulated"
        );
        self.delivered = delivered;
    }

    /// The loop of a core has come to its next packet, or to its end.
    fn make(&mut self, machine: &Machine, record: &StepRecord, core: u32, now: u64) {
        let run = &mut self.runs[core as usize];
        let now_ps = now * self.seats.cycle_ps;
        if run.to_make.is_empty() {
            let at_ps = run.ready_ps(record.packets, &machine.latencies);
            run.reach(record.packets, &machine.latencies, at_ps);
            run.loop_done = true;
            self.finish(core);
            return;
        }
        if run.egress.len() >= self.seats.egress_packets {
            let ready_ps = run.ready_ps(record.packets, &machine.latencies);
            run.reach(record.packets, &machine.latencies, ready_ps);
            run.stalled_since_ps = Some(ready_ps);
            return;
        }
        let at_ps = match run.stalled_since_ps.take() {
            Some(since_ps) => {
                run.goes_on = false;
                run.stalled_ps += now_ps - since_ps.min(now_ps);
                run.clock_ps = now_ps.max(since_ps);
                run.clock_ps
            }
            None => {
                let ready_ps = run.ready_ps(record.packets, &machine.latencies);
                run.reach(record.packets, &machine.latencies, ready_ps);
                ready_ps
            }
        };
        let packet = run.to_make.start;
        run.egress.push_back(packet as u32);
        run.to_make.start += 1;
        let next_ps = run.ready_ps(record.packets, &machine.latencies);
        self.made[packet] = (at_ps, run.updates_done_ps());
        self.awake.insert(self.seats.tile_of[core as usize]);
        self.at_ps(next_ps, Event::Loop(core));
    }

    /// A core has added a packet.
    fn served(&mut self, core: u32) {
        let run = &mut self.runs[core as usize];
        let done_ps = run.served_at_ps;
        run.last = run.serving.take();
        run.outstanding -= 1;
        run.ingress_end_ps = done_ps;
        if let Some(next_ps) = run.serve(done_ps) {
            self.at_ps(next_ps, Event::Served(core));
            // a place in the FIFO is free
            self.awake.insert(self.seats.tile_of[core as usize]);
        }
        self.finish(core);
    }

    /// A packet comes to a core's FIFO.
    fn arrive(&mut self, machine: &Machine, record: &StepRecord, packet: u32, came_ps: u64) {
        let sent = &record.packets[packet as usize];
        let service_ps = machine.service_ps[sent.to as usize][sent.row as usize];
        let run = &mut self.runs[sent.to as usize];
        run.ingress_begin_ps.get_or_insert(came_ps);
        run.ingress.push_back(Waiting {
            packet,
            came_ps,
            service_ps,
        });
        if run.serving.is_none()
            && let Some(done_ps) = run.serve(came_ps)
        {
            self.at_ps(done_ps, Event::Served(sent.to));
        }
    }

    /// Notes the end of a core that is done.
    fn finish(&mut self, core: u32) {
        let run = &mut self.runs[core as usize];
        if run.loop_done && run.outstanding == 0 && run.end_ps.is_none() {
            run.end_ps = Some(run.clock_ps.max(run.ingress_end_ps) + run.learning_ps);
        }
        self.dirty.insert(self.seats.tile_of[core as usize]);
    }

    /// Schedules an event for the cycle in which this time falls.
    fn at_ps(&mut self, ps: u64, event: Event) {
        self.events
            .push(Reverse((ps.div_ceil(self.seats.cycle_ps), event)));
    }

    /// The start of a step: every core begins its loop, the host's packets wait at their cores.
    fn open(&mut self, machine: &Machine, record: &StepRecord) {
        let latencies = &machine.latencies;
        for (core, (run, counts)) in self.runs.iter_mut().zip(record.counts).enumerate() {
            let counts = &counts.array();
            let egress = std::mem::take(&mut run.egress);
            let ingress = std::mem::take(&mut run.ingress);
            *run = CoreRun {
                update_ps: crate::latency::sum(&latencies.update, counts),
                spike_ps: crate::latency::sum(&latencies.spike, counts),
                learning_ps: machine.learning_ps(core, record),
                compartments: u64::from(machine.plan.compartments[core]),
                egress,
                ingress,
                ..CoreRun::default()
            };
        }
        self.tiles.iter_mut().for_each(TileRun::clear);
        self.sweeps.fill(Sweep::default());
        (0..self.tiles.len() as u32).for_each(|tile| self.dirty.insert(tile));
        self.made.clear();
        self.made.resize(record.packets.len(), (0, 0));
        self.flights.clear();
        self.links
            .values_mut()
            .for_each(|link| (link.free_at, link.packets_before) = (0, link.packets));
        for (before, net) in self.flits_before.iter_mut().zip(&self.nets) {
            before.copy_from_slice(net.link_flits());
        }
        let mut start = 0;
        while start < record.packets.len() {
            let from = record.packets[start].from;
            let end = start + record.packets[start..].partition_point(|p| p.from == from);
            if from != HOST {
                self.runs[from as usize].to_make = start..end;
            }
            start = end;
        }
        record
            .packets
            .iter()
            .for_each(|p| self.runs[p.to as usize].outstanding += 1);
        let host = record.packets.partition_point(|p| p.from == HOST);
        let gap_ps = machine.profile.chosen.value(ChosenKey::HostPacketPs);
        (0..host)
            .for_each(|packet| self.arrive(machine, record, packet as u32, packet as u64 * gap_ps));
        for core in 0..self.runs.len() {
            let ready_ps = self.runs[core].ready_ps(record.packets, latencies);
            self.at_ps(ready_ps, Event::Loop(core as u32));
        }
    }
}
