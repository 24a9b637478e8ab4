//! Limits and geometry of a chip and of the board it sits on.

use serde::{Deserialize, Serialize};

/// A class of chip on a board: how many cores there are, where, and what each can hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Name of the preset, printed in every report.
    pub name: String,
    /// Class of chip, the same for boards that differ only in the number of chips.
    pub class: String,
    /// Source of the numbers.
    pub source: String,
    /// Chips on the board, west-east.
    pub chips_x: u16,
    /// Chips on the board, north-south.
    pub chips_y: u16,
    /// Layers of chips: Loihi 2 has ports in six directions, Loihi 1 in four (ME-035).
    #[serde(default = "one")]
    pub chips_z: u16,
    /// Tiles of a chip, west-east.
    pub tiles_x: u16,
    /// Tiles of a chip, north-south.
    pub tiles_y: u16,
    /// Neurocores a tile.
    pub cores_per_tile: u16,
    /// Limits of one core.
    pub core: CoreLimits,
    /// Limits of programs of neurons; absent: the neurons of this class are fixed.
    #[serde(default)]
    pub programs: Option<ProgramLimits>,
}

/// Limits of programs of neurons (MC-001, MC-002).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramLimits {
    /// Bytes of a core for states, synapses and programs together.
    pub memory_bytes: u32,
    /// Bytes of one neuron.
    pub neuron_bytes: u32,
}

/// Limits of one core (NC-023..NC-028).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoreLimits {
    /// Number of compartments.
    pub compartments: u32,
    /// Input slots: discrete axons take 1, learning axons 2.
    pub input_slots: u32,
    /// Output slots: discrete and pop16 axons take 1, pop32 2, one more to another chip.
    pub output_slots: u32,
    /// Words of 64 bit of synapse memory.
    pub synapse_words: u32,
    /// Number of compartment profiles.
    pub compartment_profiles: u32,
    /// Number of threshold profiles.
    pub threshold_profiles: u32,
    /// Synapse formats, the reserved id 0 not counted.
    pub synapse_formats: u32,
    /// Accumulators: compartments times delay slots.
    pub accumulators: u32,
}

/// Place of a core: chip on the board and core on the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CoreLocation {
    /// Chip number, row by row over the board, layer by layer.
    pub chip: u16,
    /// Core number on its chip; tiles row by row, `cores_per_tile` consecutive cores a tile.
    pub core: u16,
}

/// Links between two cores on the way of a packet (dimension order, x first).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Route {
    /// Hops between tiles, west-east.
    pub hops_x: u32,
    /// Hops between tiles, north-south.
    pub hops_y: u32,
    /// Borders between chips that are crossed.
    pub crossings: u32,
}

const PRESETS: [(&str, &str); 6] = [
    ("loihi1", include_str!("../presets/loihi1.toml")),
    ("loihi2", include_str!("../presets/loihi2.toml")),
    ("kapoho-bay", include_str!("../presets/kapoho-bay.toml")),
    ("nahuku8", include_str!("../presets/nahuku8.toml")),
    ("nahuku32", include_str!("../presets/nahuku32.toml")),
    (
        "pohoiki-springs",
        include_str!("../presets/pohoiki-springs.toml"),
    ),
];

fn one() -> u16 {
    1
}

impl Board {
    /// Names of the presets.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }

    /// The board with one Loihi 1 chip: fixed neurons, 128 cores.
    pub fn loihi1() -> Board {
        Board::preset("loihi1").expect("a preset")
    }

    /// The board with one chip of the Loihi 2 class: programmable neurons.
    pub fn loihi2() -> Board {
        Board::preset("loihi2").expect("a preset")
    }

    /// The USB board with two Loihi 1 chips.
    pub fn kapoho_bay() -> Board {
        Board::preset("kapoho-bay").expect("a preset")
    }

    /// The board with 8 Loihi 1 chips.
    pub fn nahuku8() -> Board {
        Board::preset("nahuku8").expect("a preset")
    }

    /// The board with 32 Loihi 1 chips.
    pub fn nahuku32() -> Board {
        Board::preset("nahuku32").expect("a preset")
    }

    /// The rack of 24 boards with 32 Loihi 1 chips each.
    pub fn pohoiki_springs() -> Board {
        Board::preset("pohoiki-springs").expect("a preset")
    }

    /// A preset by name.
    pub fn preset(name: &str) -> Option<Board> {
        let (_, text) = PRESETS.iter().find(|(n, _)| *n == name)?;
        Some(toml::from_str(text).expect("presets are tested"))
    }

    /// Neurocores on one chip.
    pub fn cores_per_chip(&self) -> u32 {
        u32::from(self.tiles_x) * u32::from(self.tiles_y) * u32::from(self.cores_per_tile)
    }

    /// Chips on the board.
    pub fn chips(&self) -> u32 {
        u32::from(self.chips_x) * u32::from(self.chips_y) * u32::from(self.chips_z)
    }

    /// Neurocores on the board.
    pub fn cores(&self) -> u32 {
        self.chips() * self.cores_per_chip()
    }

    /// Whether a location exists on this board.
    pub fn holds(&self, at: CoreLocation) -> bool {
        u32::from(at.chip) < self.chips() && u32::from(at.core) < self.cores_per_chip()
    }

    /// Tile coordinates over a whole layer of the board.
    pub fn tile(&self, at: CoreLocation) -> (u32, u32) {
        let tile = u32::from(at.core) / u32::from(self.cores_per_tile);
        let x = tile % u32::from(self.tiles_x);
        let y = tile / u32::from(self.tiles_x);
        let (chip_x, chip_y, _) = self.chip_place(at.chip);
        (
            u32::from(chip_x) * u32::from(self.tiles_x) + x,
            u32::from(chip_y) * u32::from(self.tiles_y) + y,
        )
    }

    /// Place of a chip on the board: west-east, north-south, layer.
    pub fn chip_place(&self, chip: u16) -> (u16, u16, u16) {
        let row = chip / self.chips_x;
        (chip % self.chips_x, row % self.chips_y, row / self.chips_y)
    }

    /// The way of a packet from one core to another.
    pub fn route(&self, from: CoreLocation, to: CoreLocation) -> Route {
        let ((ax, ay), (bx, by)) = (self.tile(from), self.tile(to));
        let chip = self.chip_place(from.chip);
        let other = self.chip_place(to.chip);
        let crossings = [
            chip.0.abs_diff(other.0),
            chip.1.abs_diff(other.1),
            chip.2.abs_diff(other.2),
        ];
        Route {
            hops_x: ax.abs_diff(bx),
            hops_y: ay.abs_diff(by),
            crossings: crossings.iter().map(|n| u32::from(*n)).sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_parse_and_count() {
        for name in Board::names() {
            assert_eq!(Board::preset(name).unwrap().name, name);
        }
        let cores = |name| Board::preset(name).unwrap().cores();
        assert_eq!(
            [cores("loihi1"), cores("kapoho-bay"), cores("nahuku32")],
            [128, 256, 4096]
        );
        assert_eq!(Board::pohoiki_springs().chips(), 768);
        let named = [
            Board::loihi1(),
            Board::loihi2(),
            Board::kapoho_bay(),
            Board::nahuku8(),
            Board::nahuku32(),
            Board::pohoiki_springs(),
        ];
        assert_eq!(
            named.map(|board| board.name),
            Vec::from_iter(Board::names())[..]
        );
    }

    #[test]
    fn routes_count_tiles_and_borders() {
        let spec = Board::preset("kapoho-bay").unwrap();
        let at = |chip, core| CoreLocation { chip, core };
        assert_eq!(spec.route(at(0, 0), at(0, 3)), Route::default());
        assert_eq!(
            spec.route(at(0, 0), at(0, 127)),
            Route {
                hops_x: 7,
                hops_y: 3,
                crossings: 0
            }
        );
        assert_eq!(
            spec.route(at(0, 28), at(1, 0)),
            Route {
                hops_x: 1,
                hops_y: 0,
                crossings: 1
            }
        );
        let cube = Board {
            chips_x: 2,
            chips_y: 2,
            chips_z: 2,
            ..spec
        };
        assert_eq!((cube.chips(), cube.chip_place(6)), (8, (0, 1, 1)));
        assert_eq!(
            cube.route(at(0, 0), at(4, 4)),
            Route {
                hops_x: 1,
                hops_y: 0,
                crossings: 1
            }
        );
        assert_eq!(
            cube.route(at(1, 0), at(6, 0)),
            Route {
                hops_x: 8,
                hops_y: 4,
                crossings: 3
            }
        );
    }
}
