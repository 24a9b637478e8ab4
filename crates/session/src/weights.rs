//! The weights of an image as its memories hold them, counted by value and by the population that
//! they act on, and those that a chip has learned.

use crate::chip::Chip;
use crate::structure::groups_of_core;
use seamount_image::{AxonKind, CoreImage, Image, list};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How often each weight occurs at the synapses onto one population.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WeightCounts {
    /// Name of the population that the synapses act on.
    pub population: String,
    /// Number of synapses by weight: mantissa times two to the exponent of the format, in the units
    /// of accumulators, 64 of v (NC-004). A list that several axons share counts once.
    pub counts: BTreeMap<i64, u64>,
}

impl WeightCounts {
    /// The weights onto each population that has synapses, in the order of the network.
    pub fn of(image: &Image) -> Vec<WeightCounts> {
        let population = |map: &seamount_image::PopulationMap| WeightCounts {
            population: map.name.clone(),
            ..WeightCounts::default()
        };
        let mut all: Vec<WeightCounts> = image.populations.iter().map(population).collect();
        for (index, core) in image.cores.iter().enumerate() {
            let groups = groups_of_core(image, index);
            for (start, base) in lists(core) {
                let memory = core.synapse_memory.get(start..).unwrap_or_default();
                let formats = &core.synapse_formats;
                // the image is proved: every list decodes
                let _ = list::decode(memory, formats, usize::MAX, |id, synapse| {
                    let format = &formats[usize::from(id) - 1];
                    let target = format.target(synapse.index, base) as usize;
                    let Some((population, _)) = groups.get(target).copied().flatten() else {
                        return;
                    };
                    let weight = i64::from(format.contribution(synapse.weight)) / 64;
                    *all[population as usize].counts.entry(weight).or_default() += 1;
                });
            }
        }
        all.retain(|population| !population.counts.is_empty());
        all
    }
}

/// The weights of a projection that learns, before step 1 and now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LearnedWeights {
    /// Name of the projection.
    pub projection: String,
    /// Number of synapses by weight, in units of w (LE-007), in the image.
    pub before: BTreeMap<i64, u64>,
    /// The same as the chip has them.
    pub now: BTreeMap<i64, u64>,
}

impl LearnedWeights {
    /// Every projection of a chip that learns, in the order of the image.
    pub fn of(chip: &Chip) -> Vec<LearnedWeights> {
        let program = chip.machine().program();
        if program.plastic.is_empty() {
            return vec![];
        }
        // what a rule starts from stands in the image: a chip that has run no step has it
        let untouched = seamount_chip::Chip::new(Arc::clone(program));
        let count = |machine: &seamount_chip::Chip, projection: &str| {
            let mut counts = BTreeMap::new();
            for weight in machine
                .learned(projection)
                .into_iter()
                .flat_map(|l| l.weights)
            {
                *counts.entry(i64::from(weight)).or_default() += 1;
            }
            counts
        };
        let projections = program.plastic.iter();
        projections
            .map(|projection| LearnedWeights {
                projection: projection.name.clone(),
                before: count(&untouched, &projection.name),
                now: count(chip.machine(), &projection.name),
            })
            .collect()
    }
}

/// Word and base of every list of a core, each once.
fn lists(core: &CoreImage) -> BTreeSet<(usize, u16)> {
    let of_axon = |axon: &seamount_image::InputAxon| {
        let atoms = match axon.kind {
            AxonKind::Discrete => 1,
            _ => axon.atoms,
        };
        let axon = *axon;
        (0..atoms).map(move |atom| {
            let start = u64::from(axon.address) + u64::from(atom) * u64::from(axon.words);
            (start as usize, axon.base)
        })
    };
    core.input_axons.iter().flat_map(of_axon).collect()
}
