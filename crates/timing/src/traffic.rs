//! Where packets pass: counts of packets over every output of every router, by the routes alone.

use crate::cycle::seats::{Place, Seats, leg};
use crate::machine::Machine;
use seamount_mesh::{PORTS, Port};
use seamount_spec::Record;
use seamount_spec::record::HOST;
use std::collections::BTreeMap;

/// Packets over outputs, and between cores. Packets of the host do not pass the routers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    seats: Seats,
    /// Packets between cores: (from, to).
    pub pairs: BTreeMap<(u32, u32), u64>,
    /// Packets of the host by receiver.
    pub host: BTreeMap<u32, u64>,
    /// Steps seen.
    pub steps: u64,
}

/// Packets over each output of each router of a chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChipTraffic {
    /// Where the chip is on the board.
    pub place: (u16, u16, u16),
    /// By router, row by row.
    pub outputs: Vec<[u64; PORTS]>,
    /// Cores in use at each router.
    pub cores: Vec<u32>,
}

impl Traffic {
    /// Nothing seen yet.
    pub fn new(machine: &Machine) -> Traffic {
        Traffic { seats: Seats::new(machine), pairs: BTreeMap::new(), host: BTreeMap::new(), steps: 0 }
    }

    /// Adds every packet of a record.
    pub fn observe(&mut self, record: &Record) {
        self.steps += record.len() as u64;
        for p in &record.packets {
            let count = if p.from == HOST { self.host.entry(p.to).or_default() } else { self.pairs.entry((p.from, p.to)).or_default() };
            *count += 1;
        }
    }

    /// Packets over every output, with each between-core packet on its route.
    pub fn chips(&self, machine: &Machine) -> Vec<ChipTraffic> {
        let spec = &machine.plan.spec;
        let nodes = usize::from(spec.tiles_x) * usize::from(spec.tiles_y);
        let mut cores = vec![vec![0; nodes]; self.seats.chips.len()];
        for tile in &self.seats.tiles {
            cores[tile.chip as usize][tile.node as usize] = tile.cores.len() as u32;
        }
        let empty = |(chip, cores): (&crate::cycle::seats::Chip, Vec<u32>)| ChipTraffic {
            place: chip.place,
            outputs: vec![[0; PORTS]; nodes],
            cores,
        };
        let mut chips: Vec<ChipTraffic> = self.seats.chips.iter().zip(cores).map(empty).collect();
        for (&(from, to), &packets) in &self.pairs {
            let (mut at, end) = (self.seats.places[from as usize], self.seats.places[to as usize]);
            loop {
                let leg = leg(spec, at, end);
                let chip = chips.iter_mut().find(|c| c.place == at.chip).expect("chips on the way are there");
                walk(&mut chip.outputs, spec.tiles_x, at.tile, leg.tile, packets);
                match leg.leaves {
                    None => break,
                    Some((side, tile)) => at = Place { chip: side.next(at.chip), tile },
                }
            }
        }
        chips
    }
}

/// Adds packets to every output on the way, x first, the local one at the end.
fn walk(outputs: &mut [[u64; PORTS]], width: u16, (mut x, mut y): (u16, u16), to: (u16, u16), packets: u64) {
    loop {
        let port = match ((x, y), to) {
            ((x, _), (to, _)) if to > x => Port::East,
            ((x, _), (to, _)) if to < x => Port::West,
            ((_, y), (_, to)) if to > y => Port::North,
            ((_, y), (_, to)) if to < y => Port::South,
            _ => Port::Local,
        };
        outputs[usize::from(y) * usize::from(width) + usize::from(x)][port as usize] += packets;
        match port {
            Port::East => x += 1,
            Port::West => x -= 1,
            Port::North => y += 1,
            Port::South => y -= 1,
            Port::Local => return,
        }
    }
}
