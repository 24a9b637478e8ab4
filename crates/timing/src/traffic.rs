//! Where packets pass: counts of packets over every output of every router, by the routes alone.

use crate::cycle::seats::Seats;
use crate::machine::Machine;
use crate::route;
use seamount_mesh::PORTS;
use seamount_spec::HOST;
use seamount_spec::Record;
use std::collections::BTreeMap;

/// Packets over outputs, and between cores. Packets of the host do not pass the routers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    seats: Seats,
    /// Packets between cores: (from, to).
    pub pairs: BTreeMap<(u32, u32), u64>,
    /// Packets of the host by receiver.
    pub host: BTreeMap<u32, u64>,
    /// Number of steps seen.
    pub steps: u64,
}

/// Packets over each output of each router of a chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChipTraffic {
    /// Place of the chip on the board.
    pub place: (u16, u16, u16),
    /// By router, row by row.
    pub outputs: Vec<[u64; PORTS]>,
    /// Cores in use at each router.
    pub cores: Vec<u32>,
}

impl Traffic {
    /// Nothing seen yet.
    pub fn new(machine: &Machine) -> Traffic {
        Traffic {
            seats: Seats::new(machine),
            pairs: BTreeMap::new(),
            host: BTreeMap::new(),
            steps: 0,
        }
    }

    /// Adds every packet of a record.
    pub fn observe(&mut self, record: &Record) {
        self.steps += record.len() as u64;
        for p in &record.packets {
            let count = if p.from == HOST {
                self.host.entry(p.to).or_default()
            } else {
                self.pairs.entry((p.from, p.to)).or_default()
            };
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
            let from = self.seats.places[from as usize];
            let to = self.seats.places[to as usize];
            route::links(spec, from, to, |link, _| {
                let Some(port) = link.way.port() else { return };
                let chip = chips
                    .iter_mut()
                    .find(|c| c.place == link.chip)
                    .expect("chips on the way are there");
                chip.outputs[usize::from(link.tile.1) * usize::from(spec.tiles_x)
                    + usize::from(link.tile.0)][port as usize] += packets;
            });
        }
        chips
    }
}
