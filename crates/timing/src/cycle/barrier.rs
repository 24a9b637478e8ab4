//! The barrier as messages over the mesh (ME-004, ME-033): a tile that is quiet sweeps its row in
//! both directions, and when the row is swept its column. A message passes behind the spikes in
//! every FIFO, and spikes go x first, so that when both sweeps are over no spike is left in the
//! routers.

use super::{BARRIER_TAG, Cycle, Event};
use seamount_mesh::{Packet, offer};
use std::cmp::Reverse;

/// A tile's part in the barrier. Sides: 0 towards +x, 1 -x, 2 +y, 3 -y.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sweep {
    /// Messages sent to each side.
    sent: [bool; 4],
    /// Planes over which a message has come from each side.
    got: [u8; 4],
    /// Cycle in which both sweeps were over.
    pub done_at: Option<u64>,
}

impl Cycle {
    /// A message comes to a tile from `side`.
    pub(super) fn message(&mut self, tile: u32, side: u8, now: u64) {
        self.events.push(Reverse((
            now + self.seats.message_cycles,
            Event::Handled(tile, side),
        )));
    }

    /// A message is handled.
    pub(super) fn handled(&mut self, tile: u32, side: u8) {
        self.sweeps[tile as usize].got[usize::from(side)] += 1;
        self.dirty.insert(tile);
    }

    /// Goes on with the barrier where something has changed.
    pub(super) fn sweep(&mut self, now: u64) {
        let mut dirty = std::mem::take(&mut self.listed);
        self.dirty.drain(&mut dirty);
        for tile in dirty.drain(..) {
            if self.sweeps[tile as usize].done_at.is_none() && self.go_on(tile, now) {
                self.dirty.insert(tile);
            }
        }
        self.listed = dirty;
    }

    /// One tile; whether it must be looked at again in the next cycle.
    fn go_on(&mut self, tile: u32, now: u64) -> bool {
        let seat = &self.seats.tiles[tile as usize];
        let chip = seat.chip as usize;
        let node = seat.node;
        let width = u32::from(self.seats.mesh.config().width);
        let x = (node % width) as u16;
        let y = (node / width) as u16;
        let inside = self.seats.chips[chip]
            .region
            .filter(|&(x0, x1, y0, y1)| (x0..=x1).contains(&x) && (y0..=y1).contains(&y));
        let Some((x0, x1, y0, y1)) = inside else {
            self.sweeps[tile as usize].done_at = Some(0);
            return false;
        };
        if !self.is_quiet(tile) {
            return false;
        }
        let nets = chip * self.seats.planes..(chip + 1) * self.seats.planes;
        if self.nets[nets]
            .iter()
            .any(|net| net.queued_packets(node) > 0)
        {
            return true;
        }
        let edges = [x == x1, x == x0, y == y1, y == y0];
        let sweep = self.sweeps[tile as usize];
        let from = |side: usize| edges[side] || usize::from(sweep.got[side]) == self.seats.planes;
        let row = from(0) && from(1);
        let column = from(2) && from(3);
        // a message goes on to one side when it has come from the other
        let goes = [from(1), from(0), row && from(3), row && from(2)];
        let steps = [
            node + 1,
            node.wrapping_sub(1),
            node + width,
            node.wrapping_sub(width),
        ];
        for side in 0..4 {
            if goes[side] && !edges[side] && !sweep.sent[side] {
                self.sweeps[tile as usize].sent[side] = true;
                self.pass(chip, node, steps[side], side ^ 1, now);
            }
        }
        if row && column {
            self.sweeps[tile as usize].done_at = Some(now);
        }
        false
    }

    /// Sends a message to a neighbour, over every plane.
    fn pass(&mut self, chip: usize, src: u32, dst: u32, from_side: usize, now: u64) {
        for plane in 0..self.seats.planes {
            let net = chip * self.seats.planes + plane;
            self.present(net, now);
            let tag = BARRIER_TAG + from_side as u64;
            // the routers of this cycle have moved already
            let create_cycle = self.nets[net].cycle();
            let packet = Packet {
                src,
                dst,
                flits: 1,
                create_cycle,
                tag,
            };
            offer(&self.seats.mesh, &mut self.nets[net], packet).expect("neighbours are there");
        }
    }
}
