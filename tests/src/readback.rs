//! What is written into an image, read back from its words and independent of how they came there:
//! from the axons of every source through input axons and formats to every synapse.

use seamount_image::{Image, OutputAxon, list};
use seamount_network::netlist::{Netlist, Resolved};
use std::collections::BTreeMap;

/// (source, its neuron, target `population/compartment`, its neuron, delay) -> contribution,
/// summed; zeros are left out.
pub type Synapses = BTreeMap<(String, u32, String, u32, u8), i64>;

/// Every synapse of the image, by name of source and target population; read from the words of the
/// synapse memory.
pub fn synapses(image: &Image) -> Synapses {
    let mut seen = BTreeMap::new();
    let owner = |core: u32, compartment: u32| {
        for population in &image.populations {
            let parts = population.compartments.len() as u32;
            for slice in population.slices.iter().filter(|s| s.core == core) {
                let (first, end) = (
                    slice.first_compartment,
                    slice.first_compartment + slice.neurons * parts,
                );
                if (first..end).contains(&compartment) {
                    let (neuron, part) =
                        ((compartment - first) / parts, (compartment - first) % parts);
                    return (
                        format!("{}/{part}", population.name),
                        slice.first_neuron + neuron,
                    );
                }
            }
        }
        panic!("compartment {compartment} of core {core} has no owner");
    };
    let mut follow = |name: &str, source: u32, packet: &OutputAxon| {
        let core = &image.cores[packet.core as usize];
        let axon = core.input_axons[packet.axon as usize];
        let address = axon.address + u32::from(packet.atom) * axon.words;
        let visit = |id: u8, synapse: list::Synapse| {
            let format = core.synapse_formats[usize::from(id) - 1];
            let (target, neuron) = owner(
                packet.core,
                format.target(synapse.index, u32::from(axon.base) as u16),
            );
            let key = (name.to_string(), source, target, neuron, synapse.delay);
            *seen.entry(key).or_insert(0) += i64::from(format.contribution(synapse.weight));
        };
        list::decode(
            &core.synapse_memory[address as usize..],
            &core.synapse_formats,
            1 << 20,
            visit,
        )
        .unwrap();
    };
    for port in &image.inputs {
        for source in 0..port.size() {
            let range =
                port.offsets[source as usize] as usize..port.offsets[source as usize + 1] as usize;
            port.axons[range]
                .iter()
                .for_each(|packet| follow(&port.name, source, packet));
        }
    }
    for population in &image.populations {
        for neuron in 0..population.size() {
            for part in 0..population.compartments.len() {
                let (core, compartment) = population.locate(neuron, part);
                let core = &image.cores[core as usize];
                let offsets = &core.output_offsets[compartment as usize..];
                core.output_axons[offsets[0] as usize..offsets[1] as usize]
                    .iter()
                    .for_each(|p| follow(&population.name, neuron, p));
            }
        }
    }
    seen.retain(|_, contribution| *contribution != 0);
    seen
}

/// The same from the netlist.
pub fn wanted(net: &Netlist) -> Synapses {
    let mut all = BTreeMap::new();
    for p in &net.projections {
        let size = net.size(net.resolve(&p.source).unwrap());
        let Resolved::Compartment(population, part) = net.resolve(&p.target).unwrap() else {
            panic!()
        };
        let to = format!("{}/{part}", net.populations[population].name);
        for source in 0..size {
            for (target, weight, delay) in p.edges(net).of(source) {
                let unit = 64.0 * f64::from(p.weight_exponent.get(target as usize)).exp2();
                let contribution = (f64::from(weight) * unit) as i64;
                *all.entry((p.source.name().into(), source, to.clone(), target, delay))
                    .or_insert(0) += contribution;
            }
        }
    }
    all.retain(|_, contribution| *contribution != 0);
    all
}
