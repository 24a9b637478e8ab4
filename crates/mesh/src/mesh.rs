//! What follows from a checked configuration and never changes: neighbours, routes, places.

use crate::config::{Config, ConfigError};

/// Ports of a router, as inputs and as outputs.
pub const PORTS: usize = 5;

/// Number of a port: 0 +x, 1 -x, 2 +y, 3 -y, 4 local. An input is named after the side its flits
/// come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Port {
    /// Towards (or from) larger x.
    East = 0,
    /// Towards (or from) smaller x.
    West = 1,
    /// Towards (or from) larger y.
    North = 2,
    /// Towards (or from) smaller y.
    South = 3,
    /// The node at this router.
    Local = 4,
}

impl Port {
    /// All ports, by number.
    pub const ALL: [Port; PORTS] = [
        Port::East,
        Port::West,
        Port::North,
        Port::South,
        Port::Local,
    ];

    /// The port's name as the reports print it.
    pub const fn name(self) -> &'static str {
        match self {
            Port::East => "+x",
            Port::West => "-x",
            Port::North => "+y",
            Port::South => "-y",
            Port::Local => "local",
        }
    }
}

/// Index of the local port.
pub(crate) const LOCAL: usize = Port::Local as usize;
/// A neighbour that does not exist.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// XY output by comparison bits: 1 = destination has larger x, 2 = smaller x, 4 = larger y, 8 =
/// smaller y. x goes first.
const XY_OUTPUT: [u8; 16] = [4, 0, 1, 4, 2, 0, 1, 4, 3, 0, 1, 4, 4, 4, 4, 4];

/// A checked mesh. Node n sits at router n = y * width + x.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mesh {
    config: Config,
    /// Sites, one a router.
    pub(crate) sites: Vec<Site>,
    /// Places of an input's ring, as a power of two.
    pub(crate) ring_bits: u32,
    /// By input: cycles from a grant to its credit's return (rule 6).
    pub(crate) credit_cycles: [u64; PORTS],
}

/// Place and neighbours of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Site {
    /// Router on each side; the local side is the router itself.
    pub(crate) neighbours: [u32; PORTS],
    /// Column and row (x, y).
    pub(crate) place: (u8, u8),
}

/// From a grant to the credit upstream, in cycles, without the credit delay (rule 6).
pub(crate) const GRANT_TO_CREDIT: u64 = 2;

impl Mesh {
    /// Checks `config` and derives the tables.
    ///
    /// # Errors
    /// As [`Config::check`].
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        let width = u32::from(config.width);
        let height = u32::from(config.height);
        // Rule 6: at a source without the credit delay.
        let link = GRANT_TO_CREDIT + u64::from(config.credit_delay_cycles);
        let mut mesh = Mesh {
            config,
            sites: Vec::new(),
            ring_bits: config
                .buffer_depth_flits
                .next_power_of_two()
                .trailing_zeros(),
            credit_cycles: [link, link, link, link, GRANT_TO_CREDIT],
        };
        for y in 0..height {
            for x in 0..width {
                let node = y * width + x;
                let link = |exists: bool, to: u32| if exists { to } else { NOWHERE };
                let neighbours = [
                    link(x + 1 < width, node + 1),
                    link(x > 0, node.wrapping_sub(1)),
                    link(y + 1 < height, node + width),
                    link(y > 0, node.wrapping_sub(width)),
                    node,
                ];
                let place = ((x & 0xff) as u8, (y & 0xff) as u8);
                mesh.sites.push(Site { neighbours, place });
            }
        }
        Ok(mesh)
    }

    /// The configuration this mesh was made from.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Routers, and so nodes.
    pub fn nodes(&self) -> u32 {
        u32::from(self.config.width) * u32::from(self.config.height)
    }

    /// (x, y) of a node, in routers.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn place(&self, node: u32) -> (u32, u32) {
        let (x, y) = self.sites[node as usize].place;
        (u32::from(x), u32::from(y))
    }

    /// Routers a packet visits: |dx| + |dy| + 1.
    ///
    /// # Panics
    /// If there is no such node.
    pub fn routers(&self, src: u32, dst: u32) -> u32 {
        let ((sx, sy), (dx, dy)) = (self.place(src), self.place(dst));
        sx.abs_diff(dx) + sy.abs_diff(dy) + 1
    }

    /// Cycles from creation to ejection in an empty mesh with enough buffer: 3R + 2, plus the
    /// routing delay R times, plus one a further flit (buffers shorter than the credit loop add
    /// more).
    pub fn latency_cycles_zero_load(&self, src: u32, dst: u32) -> u64 {
        let routers = u64::from(self.routers(src, dst));
        routers * (3 + u64::from(self.config.routing_delay_cycles))
            + 1
            + u64::from(self.config.packet_flits)
    }
}

impl Site {
    /// Output that a flit takes here on its way to a place: x first, then y.
    #[inline]
    pub(crate) fn output(&self, to: (u8, u8)) -> usize {
        let (x, y) = to;
        let (here_x, here_y) = self.place;
        let bits = usize::from(x > here_x)
            | usize::from(x < here_x) << 1
            | usize::from(y > here_y) << 2
            | usize::from(y < here_y) << 3;
        usize::from(XY_OUTPUT[bits])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_go_x_first_and_arrive_in_the_least_hops() {
        let mesh = Mesh::new(Config::a(5, 3)).unwrap();
        for src in 0..mesh.nodes() {
            for dst in 0..mesh.nodes() {
                let mut at = src;
                let mut routers = 1;
                let mut turned = false;
                loop {
                    let port = mesh.sites[at as usize].output(mesh.sites[dst as usize].place);
                    if port == LOCAL {
                        break;
                    }
                    assert!(!(turned && port < 2), "x after y from {src} to {dst}");
                    turned |= port >= 2;
                    at = mesh.sites[at as usize].neighbours[port];
                    routers += 1;
                }
                assert_eq!((at, routers), (dst, mesh.routers(src, dst)));
            }
        }
    }
}
