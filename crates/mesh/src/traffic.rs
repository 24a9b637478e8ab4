//! Synthetic traffic: who sends to whom, and when. Bernoulli sources, one draw a node and cycle.

use serde::{Deserialize, Serialize};

use crate::mesh::Mesh;
use crate::random::Key;
use crate::state::Packet;

/// Rule that gives the destination of a source's packets; names as in BookSim 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pattern {
    /// Any node, the source itself among them.
    Uniform,
    /// (x, y) to (y, x); square meshes only.
    Transpose,
    /// Node n to node N - 1 - n.
    BitComplement,
    /// (x, y) to (x+1, y+1), cyclic.
    Neighbour,
    /// Almost half way round in both directions, cyclic: shift by ceil(k/2) - 1.
    Tornado,
    /// One node with probability weight/sum, every other node equally; weight = sum is all-to-one.
    Hotspot {
        /// The hot node.
        node: u32,
        /// Weight of the hot node.
        weight: u32,
        /// The weight of all nodes together.
        sum: u32,
    },
}

/// Why a generator is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrafficError {
    /// The name of a pattern is unknown.
    #[error(
        "unknown traffic {0:?}: uniform, transpose, bitcomp, neighbor, tornado, alltoone<node>, \
         hotspot<node>w<weight>of<sum>"
    )]
    Unknown(String),
    /// Not a decimal fraction from 0 to 1.
    #[error("rate {0:?} is not a decimal number from 0 to 1")]
    Rate(String),
    /// Transpose on a mesh that is not square.
    #[error("transpose needs a square mesh")]
    NotSquare,
    /// The hot node does not exist, or its weight exceeds the sum, or the sum is zero, or no node
    /// is left for the rest.
    #[error(
        "the hot node must be a node of the mesh, its weight at most the sum, the sum above 0, and a \
         node be left for the rest"
    )]
    Hotspot,
}

/// Packets per node and cycle, an exact multiple of 2^-32, at most 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rate(u64);

impl Rate {
    /// One packet per node and cycle.
    pub const ONE: Rate = Rate(1 << 32);

    /// `packets` per node in `cycles` cycles, rounded down to 2^-32 and to at most 1.
    pub const fn new(packets: u32, cycles: u32) -> Self {
        if packets >= cycles {
            Rate::ONE
        } else {
            Rate(((packets as u64) << 32) / cycles as u64)
        }
    }

    /// The middle of two rates.
    #[must_use]
    pub const fn middle(self, other: Rate) -> Self {
        Rate(self.0.midpoint(other.0))
    }

    /// Twice the rate, at most 1.
    #[must_use]
    pub fn twice(self) -> Self {
        Rate((2 * self.0).min(Rate::ONE.0))
    }

    /// In units of 2^-32 packets per node and cycle.
    pub const fn raw(self) -> u64 {
        self.0
    }
}

impl std::str::FromStr for Rate {
    type Err = TrafficError;

    /// Reads a decimal fraction such as `0.0155` or `1`, with at most nine decimals.
    fn from_str(text: &str) -> Result<Self, TrafficError> {
        let wrong = || TrafficError::Rate(text.to_owned());
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole)
            || !all_digits(decimals)
            || decimals.len() > 9
            || whole.len() + decimals.len() == 0
        {
            return Err(wrong());
        }
        let number: u64 = format!("0{whole}{decimals:0<9}")
            .parse()
            .map_err(|_| wrong())?;
        match u32::try_from(number) {
            Ok(billionths) if billionths <= 1_000_000_000 => {
                Ok(Rate::new(billionths, 1_000_000_000))
            }
            _ => Err(wrong()),
        }
    }
}

impl std::str::FromStr for Pattern {
    type Err = TrafficError;

    /// Reads the names of the shared curves: `uniform`, `transpose`, `bitcomp`, `neighbor`,
    /// `tornado`,
    /// `alltoone27`, `hotspot27w17of80` (node 27 with probability 17/80).
    fn from_str(text: &str) -> Result<Self, TrafficError> {
        let wrong = || TrafficError::Unknown(text.to_owned());
        let number = |part: &str| part.parse::<u32>().map_err(|_| wrong());
        match text {
            "uniform" => return Ok(Pattern::Uniform),
            "transpose" => return Ok(Pattern::Transpose),
            "bitcomp" | "bit-complement" => return Ok(Pattern::BitComplement),
            "neighbor" | "neighbour" => return Ok(Pattern::Neighbour),
            "tornado" => return Ok(Pattern::Tornado),
            _ => {}
        }
        if let Some(node) = text.strip_prefix("alltoone") {
            return Ok(Pattern::Hotspot {
                node: number(node)?,
                weight: 1,
                sum: 1,
            });
        }
        let (node, weights) = text
            .strip_prefix("hotspot")
            .and_then(|rest| rest.split_once('w'))
            .ok_or_else(wrong)?;
        let (weight, sum) = weights.split_once("of").ok_or_else(wrong)?;
        Ok(Pattern::Hotspot {
            node: number(node)?,
            weight: number(weight)?,
            sum: number(sum)?,
        })
    }
}

impl Pattern {
    /// Checks the pattern against a mesh.
    ///
    /// # Errors
    /// [`TrafficError::NotSquare`] or [`TrafficError::Hotspot`].
    pub fn check(self, mesh: &Mesh) -> Result<(), TrafficError> {
        match self {
            Pattern::Transpose if mesh.config().width != mesh.config().height => {
                Err(TrafficError::NotSquare)
            }
            Pattern::Hotspot { node, weight, sum } => {
                let rest_fits = weight == sum || (weight < sum && mesh.nodes() > 1);
                if node < mesh.nodes() && sum > 0 && rest_fits {
                    Ok(())
                } else {
                    Err(TrafficError::Hotspot)
                }
            }
            _ => Ok(()),
        }
    }

    /// Destination of the packet made by `src` with the random number `draw` of `key`.
    fn destination(self, mesh: &Mesh, src: u32, key: Key, draw: u64) -> u32 {
        let width = u32::from(mesh.config().width);
        let height = u32::from(mesh.config().height);
        let (x, y) = mesh.place(src);
        match self {
            Pattern::Uniform => (key.below(draw, u64::from(mesh.nodes())) & 0xffff_ffff) as u32,
            Pattern::Transpose => x * width + y,
            Pattern::BitComplement => mesh.nodes() - 1 - src,
            Pattern::Neighbour => (y + 1) % height * width + (x + 1) % width,
            Pattern::Tornado => {
                let shift = |at: u32, side: u32| (at + side.div_ceil(2) - 1) % side;
                shift(y, height) * width + shift(x, width)
            }
            Pattern::Hotspot { node, weight, sum } => {
                let others = u64::from(mesh.nodes() - 1).max(1);
                let drawn = key.below(draw, u64::from(sum) * others);
                if drawn < u64::from(weight) * others {
                    return node;
                }
                let other = ((drawn % others) & 0xffff_ffff) as u32;
                other + u32::from(other >= node)
            }
        }
    }
}

/// A source at every node. What it makes is a function of seed, node and cycle only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generator {
    pattern: Pattern,
    rate: Rate,
    when: Key,
    whither: Key,
}

impl Generator {
    /// Checks the pattern against the mesh.
    ///
    /// # Errors
    /// As [`Pattern::check`].
    pub fn new(mesh: &Mesh, pattern: Pattern, rate: Rate, seed: u64) -> Result<Self, TrafficError> {
        pattern.check(mesh)?;
        let key = Key::new(seed);
        Ok(Generator {
            pattern,
            rate,
            when: key.part(0),
            whither: key.part(1),
        })
    }

    /// Calls `make` for each packet created in `cycle`, by source; tags count nodes and cycles.
    pub fn create(&self, mesh: &Mesh, cycle: u64, mut make: impl FnMut(Packet)) {
        let nodes = mesh.nodes();
        let pairs = nodes.div_ceil(2);
        for pair in 0..pairs {
            let draw = self.when.draw(cycle * u64::from(pairs) + u64::from(pair));
            for (src, chance) in [(2 * pair, draw >> 32), (2 * pair + 1, draw & 0xffff_ffff)] {
                if chance < self.rate.0 && src < nodes {
                    let tag = cycle * u64::from(nodes) + u64::from(src);
                    let dst = self.pattern.destination(mesh, src, self.whither, tag);
                    make(Packet {
                        src,
                        dst,
                        flits: mesh.config().packet_flits,
                        create_cycle: cycle,
                        tag,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn reads_the_names_and_rates_of_the_curves() {
        assert_eq!(
            "hotspot27w17of80".parse(),
            Ok(Pattern::Hotspot {
                node: 27,
                weight: 17,
                sum: 80
            })
        );
        assert_eq!(
            "alltoone27".parse(),
            Ok(Pattern::Hotspot {
                node: 27,
                weight: 1,
                sum: 1
            })
        );
        assert!("hotspot".parse::<Pattern>().is_err());
        assert_eq!("0.25".parse(), Ok(Rate::new(1, 4)));
        assert_eq!("1.0".parse(), Ok(Rate::ONE));
        for bad in ["", ".", "1.1", "-0.1", "0.0000000001", "1e-3"] {
            assert!(bad.parse::<Rate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn patterns_send_where_they_say() {
        let mesh = Mesh::new(Config::a(8, 8)).unwrap();
        let to = |pattern: Pattern, src| pattern.destination(&mesh, src, Key::new(1), 0);
        assert_eq!(to(Pattern::Transpose, 1), 8);
        assert_eq!(to(Pattern::BitComplement, 5), 58);
        assert_eq!(to(Pattern::Neighbour, 63), 0);
        assert_eq!(to(Pattern::Tornado, 0), 27);
        let hot = Pattern::Hotspot {
            node: 27,
            weight: 17,
            sum: 80,
        };
        let mut seen = [0u32; 64];
        for draw in 0..80_000 {
            seen[hot.destination(&mesh, 3, Key::new(2), draw) as usize] += 1;
        }
        assert!(seen[27].abs_diff(17_000) < 500, "{seen:?}");
        assert!(
            (0..64).all(|node| node == 27 || seen[node].abs_diff(1000) < 200),
            "{seen:?}"
        );
    }
}
