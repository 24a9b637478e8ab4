//! Where cores, tiles and chips are on the routers of fidelity `cycle`: derived, never changes.

use crate::machine::Machine;
use seamount_mesh::{Config, Mesh};
use seamount_spec::{Board, ChosenKey, CoreLocation};
use std::collections::BTreeMap;

/// Everything about the network that never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seats {
    /// Routers of one chip; all chips have the same.
    pub mesh: Mesh,
    /// Physical meshes in use, 1 or 2 (ME-002).
    pub planes: usize,
    /// Picoseconds of a cycle.
    pub cycle_ps: u64,
    /// Flits of a spike.
    pub packet_flits: u16,
    /// Packets that wait in front of a core's axon lookup.
    pub ingress_packets: usize,
    /// Packets that wait behind a core's compartment loop.
    pub egress_packets: usize,
    /// Cycles that a tile handles a barrier message.
    pub message_cycles: u64,
    /// Cycles of a flight between chips, and between two packets on a link.
    pub link_cycles: (u64, u64),
    /// Links side by side.
    pub link_lanes: u16,
    /// Chips: those in use and those between them.
    pub chips: Vec<Chip>,
    /// Tiles that hold cores, or that spikes to other chips pass.
    pub tiles: Vec<Tile>,
    /// Tile of each core.
    pub tile_of: Vec<u32>,
    /// Place of each core.
    pub places: Vec<Place>,
    /// Local part of the barrier, and links in a row between chips with what follows them.
    pub barrier_ps: u64,
}

/// Chip in use, or between chips in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// Place on the board.
    pub place: (u16, u16, u16),
    /// Routers that the barrier sweeps: x from, x to, y from, y to, both included.
    pub region: Option<(u16, u16, u16, u16)>,
    /// Index of the tile at each router.
    pub tiles: Vec<Option<u32>>,
}

/// Tile of a chip, with its router.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Index of its chip.
    pub chip: u32,
    /// Number of the router.
    pub node: u32,
    /// Cores in use at the tile.
    pub cores: Vec<u32>,
}

/// Place of a tile on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Chip on the board.
    pub chip: (u16, u16, u16),
    /// Tile on the chip.
    pub tile: (u16, u16),
}

/// Way of a packet on one chip: to a tile, and perhaps off the chip there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Tile on the chip.
    pub tile: (u16, u16),
    /// The side at which it leaves, and the tile at which it enters the next chip.
    pub leaves: Option<(Side, (u16, u16))>,
}

/// Sides of a chip: two directions in x, y and, on Loihi 2, z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Towards larger x.
    East,
    /// Towards smaller x.
    West,
    /// Towards larger y.
    North,
    /// Towards smaller y.
    South,
    /// Towards larger z.
    Up,
    /// Towards smaller z.
    Down,
}

impl Side {
    /// Number of sides.
    pub const COUNT: usize = 6;

    /// Place of the neighbour of a chip on this side.
    pub fn next(self, chip: (u16, u16, u16)) -> (u16, u16, u16) {
        let (x, y, z) = chip;
        match self {
            Side::East => (x + 1, y, z),
            Side::West => (x - 1, y, z),
            Side::North => (x, y + 1, z),
            Side::South => (x, y - 1, z),
            Side::Up => (x, y, z + 1),
            Side::Down => (x, y, z - 1),
        }
    }
}

/// The way of a packet that is at a tile: x first, then y, then z, over the whole board (ME-034).
pub fn leg(spec: &Board, at: Place, to: Place) -> Leg {
    let last_x = spec.tiles_x - 1;
    let last_y = spec.tiles_y - 1;
    let (x, y, z) = at.chip;
    let leaves = |tile, side, enters| Leg {
        tile,
        leaves: Some((side, enters)),
    };
    if to.chip.0 > x {
        leaves((last_x, at.tile.1), Side::East, (0, at.tile.1))
    } else if to.chip.0 < x {
        leaves((0, at.tile.1), Side::West, (last_x, at.tile.1))
    } else if to.chip.1 > y {
        leaves((to.tile.0, last_y), Side::North, (to.tile.0, 0))
    } else if to.chip.1 < y {
        leaves((to.tile.0, 0), Side::South, (to.tile.0, last_y))
    } else if to.chip.2 > z {
        leaves(to.tile, Side::Up, to.tile)
    } else if to.chip.2 < z {
        leaves(to.tile, Side::Down, to.tile)
    } else {
        Leg {
            tile: to.tile,
            leaves: None,
        }
    }
}

impl Seats {
    /// Derives everything from a machine.
    pub fn new(machine: &Machine) -> Seats {
        let spec = &machine.plan.spec;
        let chosen = &machine.profile.chosen;
        let small = |choice| u16::try_from(chosen.value(choice)).expect("at most 2047");
        let config = Config {
            width: spec.tiles_x,
            height: spec.tiles_y,
            buffer_depth_flits: small(ChosenKey::BufferFlits),
            credit_delay_cycles: small(ChosenKey::CreditDelayCycles),
            routing_delay_cycles: small(ChosenKey::RoutingDelayCycles),
            packet_flits: small(ChosenKey::PacketFlits),
            meshes: small(ChosenKey::Meshes),
        };
        let cycle_ps = chosen.value(ChosenKey::CyclePs);
        let places: Vec<Place> = machine
            .plan
            .locations
            .iter()
            .map(|at| place(spec, *at))
            .collect();
        let (chips, tiles) = grid(spec, &places);
        let tile_of = |p: &Place| tile_at(&chips, spec.tiles_x, p).expect("a tile for every core");
        Seats {
            mesh: Mesh::new(config).expect("boards and profiles hold checked numbers"),
            planes: usize::from(small(ChosenKey::Meshes)),
            cycle_ps,
            packet_flits: config.packet_flits,
            ingress_packets: chosen.value(ChosenKey::IngressPackets) as usize,
            egress_packets: chosen.value(ChosenKey::EgressPackets) as usize,
            message_cycles: chosen.value(ChosenKey::BarrierMessagePs).div_ceil(cycle_ps),
            link_cycles: (
                machine.latencies.hop_ps[2].div_ceil(cycle_ps),
                chosen.value(ChosenKey::LinkPacketPs).div_ceil(cycle_ps),
            ),
            link_lanes: small(ChosenKey::LinkLanes),
            tile_of: places.iter().map(tile_of).collect(),
            barrier_ps: machine
                .profile
                .barrier
                .as_ref()
                .map_or(0, |b| b.latency_ps(1))
                + between_chips(machine, &chips)
                + chosen.value(ChosenKey::ProcessorsPs),
            chips,
            tiles,
            places,
        }
    }

    /// Number of the link, of those side by side, of a packet that enters the next chip at this
    /// tile.
    pub fn lane(&self, side: Side, enters: (u16, u16)) -> u16 {
        let lane = match side {
            Side::East | Side::West => enters.1,
            Side::North | Side::South => enters.0,
            Side::Up | Side::Down => enters.0 + enters.1,
        };
        lane % self.link_lanes
    }

    /// The tile at a place, if there is one.
    pub fn tile_of_place(&self, place: &Place) -> Option<u32> {
        tile_at(&self.chips, self.mesh.config().width, place)
    }
}

/// Time of a barrier over several chips beyond that of each: messages over links in a row, then
/// a wave through the largest chip to let it go on (ME-035).
fn between_chips(machine: &Machine, chips: &[Chip]) -> u64 {
    if machine.chips_in_use < 2 {
        return 0;
    }
    let messages = |(x0, x1, y0, y1): (u16, u16, u16, u16)| u64::from(x1 - x0) + u64::from(y1 - y0);
    let longest = chips
        .iter()
        .filter_map(|c| c.region)
        .map(messages)
        .max()
        .unwrap_or(0);
    let chosen = &machine.profile.chosen;
    // two routers from tile to tile
    let router_cycles = 3 + chosen.value(ChosenKey::RoutingDelayCycles);
    let flight_ps = (2 * router_cycles + 2) * chosen.value(ChosenKey::CyclePs);
    machine.links_ps + longest * (flight_ps + chosen.value(ChosenKey::BarrierMessagePs))
}

fn place(spec: &Board, at: CoreLocation) -> Place {
    let tile = at.core / spec.cores_per_tile;
    Place {
        chip: spec.chip_place(at.chip),
        tile: (tile % spec.tiles_x, tile / spec.tiles_x),
    }
}

fn tile_at(chips: &[Chip], width: u16, place: &Place) -> Option<u32> {
    let chip = chips.binary_search_by_key(&place.chip, |c| c.place).ok()?;
    chips[chip].tiles[usize::from(place.tile.1) * usize::from(width) + usize::from(place.tile.0)]
}

/// Chips and tiles: those in use, and where several chips are, every tile of every chip between
/// them.
fn grid(spec: &Board, places: &[Place]) -> (Vec<Chip>, Vec<Tile>) {
    let nodes = usize::from(spec.tiles_x) * usize::from(spec.tiles_y);
    let range = |of: fn(&Place) -> u16| {
        places.iter().map(of).min().unwrap_or(0)..=places.iter().map(of).max().unwrap_or(0)
    };
    let mut used: BTreeMap<(u16, u16, u16), Vec<Vec<u32>>> = BTreeMap::new();
    for z in range(|p| p.chip.2) {
        for y in range(|p| p.chip.1) {
            used.extend(range(|p| p.chip.0).map(|x| ((x, y, z), vec![vec![]; nodes])));
        }
    }
    for (core, p) in (0u32..).zip(places) {
        let node = usize::from(p.tile.1) * usize::from(spec.tiles_x) + usize::from(p.tile.0);
        used.get_mut(&p.chip).expect("inside the box")[node].push(core);
    }
    let many = used.len() > 1;
    let mut chips = vec![];
    let mut tiles = vec![];
    for (place, cores) in used {
        let mut chip = Chip {
            place,
            region: None,
            tiles: vec![None; nodes],
        };
        for (node, cores) in cores.into_iter().enumerate() {
            let x = (node % usize::from(spec.tiles_x)) as u16;
            let y = (node / usize::from(spec.tiles_x)) as u16;
            if !cores.is_empty() {
                let (x0, x1, y0, y1) = chip.region.unwrap_or((x, x, y, y));
                chip.region = Some((x0.min(x), x1.max(x), y0.min(y), y1.max(y)));
            }
            if many || !cores.is_empty() {
                chip.tiles[node] = Some(tiles.len() as u32);
                tiles.push(Tile {
                    chip: chips.len() as u32,
                    node: node as u32,
                    cores,
                });
            }
        }
        // every tile of the region takes part in the barrier
        if let Some((x0, x1, y0, y1)) = chip.region {
            for (x, y) in (y0..=y1).flat_map(|y| (x0..=x1).map(move |x| (x, y))) {
                let node = usize::from(y) * usize::from(spec.tiles_x) + usize::from(x);
                if chip.tiles[node].is_none() {
                    chip.tiles[node] = Some(tiles.len() as u32);
                    tiles.push(Tile {
                        chip: chips.len() as u32,
                        node: node as u32,
                        cores: vec![],
                    });
                }
            }
        }
        chips.push(chip);
    }
    (chips, tiles)
}
