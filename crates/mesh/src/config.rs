//! What a user may ask of a mesh, and the proof that it makes sense.

use serde::{Deserialize, Serialize};

/// Largest width or height, in routers.
pub const SIDE_ROUTERS_MAX: u16 = 256;
/// Largest input buffer, in flits.
pub const BUFFER_FLITS_MAX: u16 = 2047;
/// Largest credit or routing delay, in cycles.
pub const DELAY_CYCLES_MAX: u16 = 58;
/// Longest packet, in flits.
pub const PACKET_FLITS_MAX: u16 = 32_767;

/// A mesh as the user describes it; [`crate::Mesh::new`] checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Routers in x.
    pub width: u16,
    /// Routers in y.
    pub height: u16,
    /// Flits an input can hold, and credits of an output (rule 2's D).
    pub buffer_depth_flits: u16,
    /// Cycles added to every credit between routers (rule 6).
    pub credit_delay_cycles: u16,
    /// Cycles a head waits at the front before it may request (rule 8).
    pub routing_delay_cycles: u16,
    /// Flits of a packet made by a generator or a replay.
    pub packet_flits: u16,
    /// Physical meshes side by side, 1 or 2; packets of a node take them in turn.
    #[serde(default = "one")]
    pub meshes: u16,
}

const fn one() -> u16 {
    1
}

/// Why a [`Config`] is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A number lies outside its range.
    #[error("{name} is {value}, must be {least}..={most}")]
    Range {
        /// The field of [`Config`].
        name: &'static str,
        /// Value given.
        value: u16,
        /// Least allowed value.
        least: u16,
        /// Largest allowed value.
        most: u16,
    },
}

impl Config {
    /// BookSim configuration A (3 cycles a router, 8-flit buffers, 1-flit packets) of any size.
    pub const fn a(width: u16, height: u16) -> Self {
        Config {
            width,
            height,
            buffer_depth_flits: 8,
            credit_delay_cycles: 0,
            routing_delay_cycles: 0,
            packet_flits: 1,
            meshes: 1,
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// The first number out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let numbers = [
            ("width", self.width, 1, SIDE_ROUTERS_MAX),
            ("height", self.height, 1, SIDE_ROUTERS_MAX),
            (
                "buffer_depth_flits",
                self.buffer_depth_flits,
                1,
                BUFFER_FLITS_MAX,
            ),
            (
                "credit_delay_cycles",
                self.credit_delay_cycles,
                0,
                DELAY_CYCLES_MAX,
            ),
            (
                "routing_delay_cycles",
                self.routing_delay_cycles,
                0,
                DELAY_CYCLES_MAX,
            ),
            ("packet_flits", self.packet_flits, 1, PACKET_FLITS_MAX),
            ("meshes", self.meshes, 1, 2),
        ];
        match numbers
            .into_iter()
            .find(|&(_, value, least, most)| value < least || value > most)
        {
            Some((name, value, least, most)) => Err(ConfigError::Range {
                name,
                value,
                least,
                most,
            }),
            None => Ok(()),
        }
    }
}

impl Default for Config {
    /// Configuration A, 8x8.
    fn default() -> Self {
        Config::a(8, 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_cannot_run() {
        assert!(Config::default().check().is_ok());
        for bad in [
            Config {
                width: 0,
                ..Config::default()
            },
            Config {
                height: 257,
                ..Config::default()
            },
            Config {
                buffer_depth_flits: 0,
                ..Config::default()
            },
            Config {
                credit_delay_cycles: 59,
                ..Config::default()
            },
            Config {
                packet_flits: 0,
                ..Config::default()
            },
            Config {
                meshes: 3,
                ..Config::default()
            },
        ] {
            assert!(
                matches!(bad.check(), Err(ConfigError::Range { .. })),
                "{bad:?}"
            );
        }
    }
}
