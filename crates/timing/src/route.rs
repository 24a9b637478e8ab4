//! The way of a packet, output by output: what everything that speaks of links walks along.

use crate::cycle::seats::{Place, Side, leg};
use seamount_mesh::Port;
use seamount_spec::Board;
use serde::Serialize;
use std::fmt;

/// A way out of a tile: an output of its router, or a link to the next chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// To the tile at larger x.
    East,
    /// To the tile at smaller x.
    West,
    /// To the tile at larger y.
    North,
    /// To the tile at smaller y.
    South,
    /// To the cores of this tile, or to its link between chips.
    Local,
    /// To the chip on this side.
    Chip(Side),
}

/// A link, by where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Link {
    /// Chip on the board: x, y, z.
    pub chip: (u16, u16, u16),
    /// Tile on the chip: x, y.
    pub tile: (u16, u16),
    /// Way out of the tile.
    pub way: Way,
}

impl Way {
    /// The port of the router; `None` for links between chips.
    pub const fn port(self) -> Option<Port> {
        match self {
            Way::East => Some(Port::East),
            Way::West => Some(Port::West),
            Way::North => Some(Port::North),
            Way::South => Some(Port::South),
            Way::Local => Some(Port::Local),
            Way::Chip(_) => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Way::East => "east",
            Way::West => "west",
            Way::North => "north",
            Way::South => "south",
            Way::Local => "to its cores",
            Way::Chip(Side::East) => "to the chip in the east",
            Way::Chip(Side::West) => "to the chip in the west",
            Way::Chip(Side::North) => "to the chip in the north",
            Way::Chip(Side::South) => "to the chip in the south",
            Way::Chip(Side::Up) => "to the chip above",
            Way::Chip(Side::Down) => "to the chip below",
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((cx, cy, cz), (x, y)) = (self.chip, self.tile);
        write!(
            f,
            "chip ({cx}, {cy}, {cz}) tile ({x}, {y}) {}",
            self.way.name()
        )
    }
}

/// Every link from a tile to another, in order: x first, then y, on every chip; the last one leads
/// to the cores (ME-002, ME-034). `enters` of a link between chips is the tile at its far end.
pub fn links(spec: &Board, from: Place, to: Place, mut see: impl FnMut(Link, Option<Place>)) {
    let mut at = from;
    loop {
        let leg = leg(spec, at, to);
        while let Some(way) = towards(at.tile, leg.tile) {
            see(
                Link {
                    chip: at.chip,
                    tile: at.tile,
                    way,
                },
                None,
            );
            match way {
                Way::East => at.tile.0 += 1,
                Way::West => at.tile.0 -= 1,
                Way::North => at.tile.1 += 1,
                _ => at.tile.1 -= 1,
            }
        }
        see(
            Link {
                chip: at.chip,
                tile: at.tile,
                way: Way::Local,
            },
            None,
        );
        let Some((side, tile)) = leg.leaves else {
            return;
        };
        let enters = Place {
            chip: side.next(at.chip),
            tile,
        };
        see(
            Link {
                chip: at.chip,
                tile: at.tile,
                way: Way::Chip(side),
            },
            Some(enters),
        );
        at = enters;
    }
}

/// The next way on a chip, x first; none at the goal.
fn towards(tile: (u16, u16), goal: (u16, u16)) -> Option<Way> {
    let (x, y) = tile;
    let (to_x, to_y) = goal;
    match () {
        () if to_x > x => Some(Way::East),
        () if to_x < x => Some(Way::West),
        () if to_y > y => Some(Way::North),
        () if to_y < y => Some(Way::South),
        () => None,
    }
}
