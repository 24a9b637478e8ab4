//! Between cores and routers: an arbiter that lets the cores of a tile send in turn, and the way
//! out of the network into the FIFOs of the cores, which may be full (ME-036).

use super::runs::CoreRun;
use super::seats::{Leg, leg};
use super::{BARRIER_TAG, Cycle, Event};
use crate::machine::Machine;
use seamount_mesh::{Delivery, Packet, offer, release};
use seamount_spec::StepRecord;
use std::cmp::Reverse;
use std::collections::VecDeque;

/// A tile in one step.
#[derive(Debug, Clone)]
pub(super) struct TileRun {
    /// Core whose turn it is, by plane.
    turn: Vec<usize>,
    /// Packets from other chips that go on here, by plane.
    pub gateway: Vec<VecDeque<u32>>,
    /// Packets that the network has put down and nobody has taken, by plane.
    landed: Vec<VecDeque<u32>>,
}

impl TileRun {
    pub fn new(planes: usize) -> TileRun {
        TileRun {
            turn: vec![0; planes],
            gateway: vec![VecDeque::new(); planes],
            landed: vec![VecDeque::new(); planes],
        }
    }

    pub fn clear(&mut self) {
        self.turn.fill(0);
    }

    /// Nothing waits here on its way in or through.
    pub fn is_empty(&self) -> bool {
        self.gateway
            .iter()
            .chain(&self.landed)
            .all(VecDeque::is_empty)
    }
}

impl Cycle {
    /// From FIFOs into the network: one packet a tile and plane, if the source of its router is
    /// free.
    pub(super) fn send(&mut self, machine: &Machine, record: &StepRecord, now: u64) {
        let mut awake = std::mem::take(&mut self.listed);
        self.awake.list(&mut awake);
        for tile in awake.drain(..) {
            for plane in 0..self.seats.planes {
                self.send_one(machine, record, tile, plane, now);
            }
        }
        self.listed = awake;
    }

    fn send_one(
        &mut self,
        machine: &Machine,
        record: &StepRecord,
        tile: u32,
        plane: usize,
        now: u64,
    ) {
        let seat = &self.seats.tiles[tile as usize];
        let net = seat.chip as usize * self.seats.planes + plane;
        let node = seat.node;
        let cores = seat.cores.len();
        if self.nets[net].queued_packets(node) > 0 {
            return;
        }
        let wants = |slot: usize| match seat.cores.get(slot) {
            Some(&core) => wants(&self.runs[core as usize], plane, self.seats.planes),
            None => self.tiles[tile as usize].gateway[plane].front().copied(),
        };
        let turn = self.tiles[tile as usize].turn[plane];
        let asking = (0..=cores)
            .map(|i| (turn + i) % (cores + 1))
            .find_map(|slot| Some((slot, wants(slot)?)));
        let Some((slot, packet)) = asking else { return };
        let core = seat.cores.get(slot).copied();
        self.tiles[tile as usize].turn[plane] = (slot + 1) % (cores + 1);
        match core {
            Some(core) => {
                let run = &mut self.runs[core as usize];
                run.egress.pop_front();
                run.sent += 1;
                if run.stalled_since_ps.is_some() && !std::mem::replace(&mut run.goes_on, true) {
                    // the place can be used from the next cycle on
                    self.events.push(Reverse((now + 1, Event::Loop(core))));
                }
            }
            None => drop(self.tiles[tile as usize].gateway[plane].pop_front()),
        }
        let to = self.leg_from(machine, record, tile, packet).tile;
        let width = u32::from(machine.plan.spec.tiles_x);
        let dst = u32::from(to.1) * width + u32::from(to.0);
        self.present(net, now);
        let flits = self.seats.packet_flits;
        let packet = Packet {
            src: node,
            dst,
            flits,
            create_cycle: self.begin + now,
            tag: u64::from(packet),
        };
        offer(&self.seats.mesh, &mut self.nets[net], packet)
            .expect("nodes and lengths are checked");
        self.dirty.insert(tile);
    }

    /// Way of a packet from the tile where it is.
    pub(super) fn leg_from(
        &self,
        machine: &Machine,
        record: &StepRecord,
        tile: u32,
        packet: u32,
    ) -> Leg {
        let seat = &self.seats.tiles[tile as usize];
        let width = u32::from(machine.plan.spec.tiles_x);
        let at = super::Place {
            chip: self.seats.chips[seat.chip as usize].place,
            tile: ((seat.node % width) as u16, (seat.node / width) as u16),
        };
        leg(
            &machine.plan.spec,
            at,
            self.seats.places[record.packets[packet as usize].to as usize],
        )
    }

    /// A router hands a packet to its tile.
    pub(super) fn put_down(&mut self, net: usize, delivery: &Delivery, now: u64) {
        let chip = net / self.seats.planes;
        let plane = net % self.seats.planes;
        let node = delivery.packet.dst;
        let tile = self.seats.chips[chip].tiles[node as usize]
            .expect("packets go to tiles that are there");
        if delivery.packet.tag >= BARRIER_TAG {
            self.message(tile, (delivery.packet.tag - BARRIER_TAG) as u8, now);
            let taken = release(
                &self.seats.mesh,
                &mut self.nets[net],
                node,
                self.begin + now,
            );
            debug_assert!(taken, "one flit a cycle comes out, and messages have one");
            return;
        }
        self.tiles[tile as usize].landed[plane].push_back(delivery.packet.tag as u32);
        self.awake.insert(tile);
    }

    /// Out of the network: one packet a tile and plane, if there is a place for it. Tiles that have
    /// nothing more to do now go to sleep.
    pub(super) fn receive(&mut self, machine: &Machine, record: &StepRecord, now: u64) {
        let mut awake = std::mem::take(&mut self.listed);
        self.awake.drain(&mut awake);
        for tile in awake.drain(..) {
            let mut again = false;
            for plane in 0..self.seats.planes {
                again |= self.receive_one(machine, record, tile, plane, now);
            }
            let sends = |core: &u32| !self.runs[*core as usize].egress.is_empty();
            again |= self.seats.tiles[tile as usize].cores.iter().any(sends);
            again |= self.tiles[tile as usize]
                .gateway
                .iter()
                .any(|queue| !queue.is_empty());
            if again {
                self.awake.insert(tile);
            }
        }
        self.listed = awake;
    }

    /// Whether more may be taken in the next cycle.
    fn receive_one(
        &mut self,
        machine: &Machine,
        record: &StepRecord,
        tile: u32,
        plane: usize,
        now: u64,
    ) -> bool {
        let Some(&packet) = self.tiles[tile as usize].landed[plane].front() else {
            return false;
        };
        let seat = &self.seats.tiles[tile as usize];
        let net = seat.chip as usize * self.seats.planes + plane;
        let node = seat.node;
        let to = record.packets[packet as usize].to;
        let leaves = self.leg_from(machine, record, tile, packet).leaves;
        let run = &self.runs[to as usize];
        let full = leaves.is_none()
            && run.serving.is_some()
            && run.ingress.len() >= self.seats.ingress_packets;
        if full {
            // the core wakes the tile when there is a place
            return false;
        }
        self.present(net, now);
        if !release(
            &self.seats.mesh,
            &mut self.nets[net],
            node,
            self.begin + now,
        ) {
            return true;
        }
        self.tiles[tile as usize].landed[plane].pop_front();
        match leaves {
            None => self.arrive(machine, record, packet, now * self.seats.cycle_ps),
            Some((side, enters)) => self.depart(packet, tile, side, enters, plane, now),
        }
        self.dirty.insert(tile);
        !self.tiles[tile as usize].landed[plane].is_empty()
    }

    /// Nothing left to send or to take at a tile, as far as it can tell.
    pub(super) fn is_quiet(&self, tile: u32) -> bool {
        let seat = &self.seats.tiles[tile as usize];
        seat.cores
            .iter()
            .all(|core| self.runs[*core as usize].is_quiet())
            && self.tiles[tile as usize].is_empty()
    }
}

/// The packet that a core sends next, if on this plane: planes take turns (ME-002).
fn wants(run: &CoreRun, plane: usize, planes: usize) -> Option<u32> {
    run.egress
        .front()
        .copied()
        .filter(|_| run.sent as usize % planes == plane)
}
