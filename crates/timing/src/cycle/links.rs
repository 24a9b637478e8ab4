//! Links between chips: their own latency and bandwidth, and queues without an end (ME-034). A
//! queue with an end could wait for itself in a circle; how silicon avoids that is not public.

use super::seats::{Place, Side};
use super::{Cycle, Event};
use crate::route::{self, Way};
use std::cmp::Reverse;

/// One link out of a chip.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Link {
    /// Cycle of the step from which on it can take the next packet.
    pub free_at: u64,
    /// Packets since the start.
    pub packets: u64,
    /// Packets when the step began.
    pub packets_before: u64,
}

/// A packet between two chips.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    packet: u32,
    /// Tile at which it enters.
    tile: u32,
    plane: usize,
}

impl Cycle {
    /// A packet leaves a chip.
    pub(super) fn depart(
        &mut self,
        packet: u32,
        tile: u32,
        side: Side,
        enters: (u16, u16),
        plane: usize,
        now: u64,
    ) {
        let chip = self.seats.tiles[tile as usize].chip;
        let (latency, interval) = self.seats.link_cycles;
        let link = self
            .links
            .entry((chip, side, self.seats.lane(side, enters)))
            .or_default();
        let start = link.free_at.max(now);
        link.free_at = start + interval;
        link.packets += 1;
        let next = Place {
            chip: side.next(self.seats.chips[chip as usize].place),
            tile: enters,
        };
        let tile = self
            .seats
            .tile_of_place(&next)
            .expect("every tile of a board of several chips is there");
        let flight = self.flights.len() as u32;
        self.flights.push(Flight {
            packet,
            tile,
            plane,
        });
        self.events
            .push(Reverse((start + latency, Event::Landed(flight))));
    }

    /// Cycles of this step in which the link that enters the next chip at a tile was in use.
    pub(super) fn link_busy_cycles(&self, from: &route::Link, enters: (u16, u16)) -> u64 {
        let (Ok(chip), Way::Chip(side)) = (
            self.seats
                .chips
                .binary_search_by_key(&from.chip, |c| c.place),
            from.way,
        ) else {
            return 0;
        };
        let link = self
            .links
            .get(&(chip as u32, side, self.seats.lane(side, enters)));
        link.map_or(0, |link| {
            (link.packets - link.packets_before) * self.seats.link_cycles.1
        })
    }

    /// A packet comes off a link.
    pub(super) fn land(&mut self, flight: u32) {
        let Flight {
            packet,
            tile,
            plane,
        } = self.flights[flight as usize];
        self.tiles[tile as usize].gateway[plane].push_back(packet);
        self.awake.insert(tile);
    }

    /// Packets over each link since the start: chip, side, lane.
    pub fn link_packets(&self) -> impl Iterator<Item = ((u32, Side, u16), u64)> {
        self.links.iter().map(|(key, link)| (*key, link.packets))
    }
}
