//! The connections of an image, counted from its bits: synapses, pairs, sizes.
//!
//! NeuroBench's sparsity and dense operations are ratios of these. A list of synapses that several
//! axons share is decoded once and counted for each of them.

use seamount_image::{AxonKind, Image, OutputAxon, ThresholdMode, list};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Connections of an image.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Structure {
    /// Synapses from a source to a compartment, shared lists counted once for each source.
    pub synapses: u64,
    /// Those whose contribution is not 0.
    pub synapses_effective: u64,
    /// (source, compartment) pairs of every source group and compartment group with a synapse
    /// between them.
    pub pairs: u64,
    /// Words of 64 bit of synapse memory in use.
    pub synapse_words: u64,
    /// Compartments.
    pub compartments: u64,
    /// Compartments that can spike.
    pub compartments_spiking: u64,
}

/// A group of sources or targets: population (or input) and compartment in the neuron.
pub(crate) type Group = (u32, u32);
/// Synapses of a list by target group: stored, effective.
type Targets = Vec<(Group, (u64, u64))>;

/// Groups of the compartments of one core.
pub(crate) fn groups_of_core(image: &Image, core: usize) -> Vec<Option<Group>> {
    let mut groups = vec![None; image.cores[core].compartments.len()];
    for (population, map) in (0u32..).zip(&image.populations) {
        let parts = map.compartments.len().max(1) as u32;
        for slice in map.slices.iter().filter(|s| s.core as usize == core) {
            for i in 0..slice.neurons * parts {
                groups[(slice.first_compartment + i) as usize] = Some((population, i % parts));
            }
        }
    }
    groups
}

struct ConnectionWalk<'a> {
    image: &'a Image,
    groups: Vec<Vec<Option<Group>>>,
    lists: HashMap<(u32, u64, u16), Targets>,
    between: BTreeMap<(Group, Group), (u64, u64)>,
}

impl<'a> ConnectionWalk<'a> {
    fn new(image: &'a Image) -> ConnectionWalk<'a> {
        let cores = 0..image.cores.len();
        ConnectionWalk {
            image,
            groups: cores.map(|core| groups_of_core(image, core)).collect(),
            lists: HashMap::new(),
            between: BTreeMap::new(),
        }
    }

    fn axons(&mut self, source: Group, axons: &[OutputAxon]) {
        for axon in axons {
            let core = &self.image.cores[axon.core as usize];
            let to = core.input_axons[axon.axon as usize];
            let atom = if to.kind == AxonKind::Discrete {
                0
            } else {
                u64::from(axon.atom)
            };
            let start = u64::from(to.address) + atom * u64::from(to.words);
            let key = (axon.core, start, to.base);
            if !self.lists.contains_key(&key) {
                let targets = self.targets(axon.core as usize, start as usize, to.base);
                self.lists.insert(key, targets);
            }
            for (target, (stored, effective)) in &self.lists[&key] {
                let sum = self.between.entry((source, *target)).or_default();
                sum.0 += stored;
                sum.1 += effective;
            }
        }
    }

    fn targets(&self, core: usize, start: usize, base: u16) -> Targets {
        let image = &self.image.cores[core];
        let mut found: BTreeMap<Group, (u64, u64)> = BTreeMap::new();
        let memory = image.synapse_memory.get(start..).unwrap_or_default();
        let _ = list::decode(memory, &image.synapse_formats, usize::MAX, |id, synapse| {
            let format = &image.synapse_formats[usize::from(id) - 1];
            let target = format.target(synapse.index, base) as usize;
            if let Some(group) = self.groups[core].get(target).copied().flatten() {
                let sum = found.entry(group).or_default();
                sum.0 += 1;
                sum.1 += u64::from(format.contribution(synapse.weight) != 0);
            }
        });
        found.into_iter().collect()
    }
}

impl Structure {
    /// Counts the connections of a proved image.
    pub fn of(image: &Image) -> Structure {
        count(image)
    }
}

/// Synapses whose contribution is not 0, by source of the host over all inputs: what one spike of
/// it is in operations.
pub(crate) fn effective_fan_outs(image: &Image) -> Vec<u64> {
    let mut walk = ConnectionWalk::new(image);
    let mut sums = vec![];
    for port in &image.inputs {
        for range in port.offsets.windows(2) {
            walk.between.clear();
            walk.axons((0, 0), &port.axons[range[0] as usize..range[1] as usize]);
            sums.push(walk.between.values().map(|synapses| synapses.1).sum());
        }
    }
    sums
}

/// Synapses whose contribution is not 0, by neuron of a population: what one spike of its first
/// compartment is in operations.
pub(crate) fn effective_fan_outs_of(image: &Image, population: u32) -> Vec<u64> {
    let mut walk = ConnectionWalk::new(image);
    let map = &image.populations[population as usize];
    let neurons = 0..map.size();
    let fan_outs = neurons.map(|neuron| {
        let (core, compartment) = map.locate(neuron, 0);
        let offsets = &image.cores[core as usize].output_offsets;
        let range =
            offsets[compartment as usize] as usize..offsets[compartment as usize + 1] as usize;
        walk.between.clear();
        walk.axons((0, 0), &image.cores[core as usize].output_axons[range]);
        walk.between.values().map(|synapses| synapses.1).sum()
    });
    fan_outs.collect()
}

fn count(image: &Image) -> Structure {
    let mut walk = ConnectionWalk::new(image);
    let populations = image.populations.len() as u32;
    for (port, number) in image.inputs.iter().zip(populations..) {
        walk.axons((number, 0), &port.axons);
    }
    for (core, image) in image.cores.iter().enumerate() {
        for (compartment, range) in image.output_offsets.windows(2).enumerate() {
            if let Some(source) = walk.groups[core][compartment] {
                walk.axons(
                    source,
                    &image.output_axons[range[0] as usize..range[1] as usize],
                );
            }
        }
    }
    let size = |group: u32| match group.checked_sub(populations) {
        None => u64::from(image.populations[group as usize].size()),
        Some(port) => u64::from(image.inputs[port as usize].size()),
    };
    let spikes = |core: &seamount_image::CoreImage| {
        let spiking = |mode| mode == ThresholdMode::SpikeAndReset;
        core.compartments
            .iter()
            .filter(|c| spiking(core.compartment_profiles[usize::from(c.profile)].mode))
            .count() as u64
    };
    Structure {
        synapses: walk.between.values().map(|n| n.0).sum(),
        synapses_effective: walk.between.values().map(|n| n.1).sum(),
        pairs: walk
            .between
            .keys()
            .fold(0, |sum, (a, b)| sum.saturating_add(size(a.0) * size(b.0))),
        synapse_words: image
            .cores
            .iter()
            .map(|c| c.synapse_memory.len() as u64)
            .sum(),
        compartments: image
            .cores
            .iter()
            .map(|c| c.compartments.len() as u64)
            .sum(),
        compartments_spiking: image.cores.iter().map(spikes).sum(),
    }
}
