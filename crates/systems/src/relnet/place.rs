//! The authors' placement, core for core: readers on chip 0, relays and the first layer of the
//! pairs on chips 1 to 10, the other layers of g on chips 11 to 20, the rest on chip 21.

use super::shape::{
    ADAPTIVE, CLASSES, FINAL, PAIR_CHIPS, READER, REGULAR, RELATION, RelNetShape, chip_of, groups,
};
use seamount_compile::{PLACEMENT_FORMAT, PLACEMENT_VERSION, PlacedCore, PlacedSlice, Placement};

/// Neurons of a core of the first layer of g.
const FIRST_LAYER_CORE: u32 = 64;
/// Neurons of a core of the other layers of g.
const LAYER_CORE: u32 = 128;
/// Pairs whose other layers share a chip.
const PAIRS_A_CHIP: usize = 21;

/// Cores while they are filled, with the next free core of every chip.
struct Cores {
    all: Vec<PlacedCore>,
    next: [u16; 22],
}

impl Cores {
    /// Puts neurons of one population on a core of their own.
    fn put(&mut self, chip: usize, population: &str, first_neuron: u32, neurons: u32) {
        let core = self.next[chip];
        self.next[chip] += 1;
        self.all.push(PlacedCore {
            chip: chip as u16,
            core,
            slices: vec![PlacedSlice {
                population: population.into(),
                first_neuron,
                neurons,
            }],
        });
    }

    /// Puts neurons on as many cores as parts are wanted, the first ones larger where it does not
    /// divide.
    fn parts(&mut self, chip: usize, population: &str, run: (u32, u32), parts: u32) {
        let (mut first, neurons) = run;
        for part in 0..parts {
            let size = neurons / parts + u32::from(part < neurons % parts);
            self.put(chip, population, first, size);
            first += size;
        }
    }
}

/// The authors' placement of a network.
pub(super) fn authors(shape: &RelNetShape) -> Placement {
    let mut cores = Cores {
        all: vec![],
        next: [0; 22],
    };
    for reader in 0..shape.readers() {
        cores.put(0, "reader", reader * REGULAR, REGULAR);
        cores.put(0, "adaptive", reader * ADAPTIVE, ADAPTIVE);
    }
    let first = |at: usize, size: u32| at as u32 * size;
    for (p, pair) in shape.pairs.iter().enumerate() {
        let chip = 1 + chip_of(*pair);
        let run = (first(p, RELATION), RELATION);
        cores.parts(chip, "g1", run, RELATION / FIRST_LAYER_CORE);
        let chip = 11 + p / PAIRS_A_CHIP;
        for layer in 2..=4 {
            cores.parts(chip, &format!("g{layer}"), run, RELATION / LAYER_CORE);
        }
    }
    for (at, (reader, chip)) in shape.relays.iter().enumerate() {
        let (a, b) = groups(*chip);
        let parts = match (*reader == shape.sentences, a == b) {
            (true, false) => 5,
            (true, true) => 3,
            (false, false) => 1,
            (false, true) => 2,
        };
        cores.parts(1 + chip, "relay", (first(at, READER), READER), parts);
    }
    for chip in 0..PAIR_CHIPS {
        let run = first(chip, shape.sentences);
        cores.put(1 + chip, "mask", run, shape.sentences);
    }
    cores.parts(21, "sum", (0, RELATION), 16);
    cores.parts(21, "f1", (0, FINAL[0]), 4);
    cores.parts(21, "f2", (0, FINAL[1]), 3);
    cores.put(21, "readout", 0, CLASSES);
    Placement {
        format: PLACEMENT_FORMAT.into(),
        version: PLACEMENT_VERSION,
        board: "nahuku32".into(),
        cores: cores.all,
    }
}

#[cfg(test)]
mod tests {
    use super::authors;
    use crate::relnet::shape::RelNetShape;

    #[test]
    fn the_placement_has_the_published_number_of_cores() {
        let cores = |sentences| {
            let placement = authors(&RelNetShape::new(sentences));
            let mut of_chip = [0; 22];
            placement
                .cores
                .iter()
                .for_each(|c| of_chip[usize::from(c.chip)] += 1);
            (placement.cores.len(), of_chip)
        };
        let (all, of_chip) = cores(20);
        assert_eq!(all, 2318);
        assert_eq!(of_chip[0], 42);
        assert_eq!(of_chip[1..11].iter().sum::<u32>(), 992);
        assert_eq!(of_chip[11..21].iter().sum::<u32>(), 1260);
        assert_eq!(of_chip[21], 24);
        assert!(of_chip.iter().all(|cores| *cores <= 128));
        assert_eq!(cores(2).0, 122);
    }
}
