//! What is written into an image, read back from its words and independent of how they came there:
//! from the axons of every source through input axons and formats to every synapse.
//!
//! A checker in the manner of those of register allocators. It reads bits one at a time and takes
//! widths, orders and weights from the claims (NC-020 to NC-028, MC-038), not from the crates
//! that write or run an image; [`wanted`] takes its synapses from the oracle, which writes a
//! netlist out on its own. So a mistake that compiler and core share is still seen.
//!
//! What it does *not* know: neuron programs, whose synapses end at ports, and what tags hold.

use crate::oracle::formulas::contribution;
use crate::oracle::synapses::{Wiring, made_weight};
use seamount_image::{CoreImage, Encoding, Image, OutputAxon, PopulationMap, SynapseFormat};
use seamount_network::netlist::{Netlist, Resolved, SignMode};
use std::collections::BTreeMap;

/// From where to where a synapse leads, and when it acts. Sources and targets are the name of an
/// input, or of a population with the number of the compartment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SynapsePlace {
    /// Input or compartment that spikes.
    pub from: String,
    /// Its neuron.
    pub from_neuron: u32,
    /// Compartment that receives.
    pub to: String,
    /// Its neuron.
    pub to_neuron: u32,
    /// Steps from arrival to use (NC-026).
    pub delay: u64,
    /// Whether it takes back what it added (NC-027).
    pub boxed: bool,
}

/// Contributions summed by place; zeros are left out.
pub type Synapses = BTreeMap<SynapsePlace, i64>;

/// Bits of synapse memory, lowest first.
struct Bits<'a> {
    words: &'a [u64],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> u64 {
        let mut value = 0;
        for k in 0..count {
            let word = self.words[self.at / 64];
            value += ((word >> (self.at % 64)) & 1) << k;
            self.at += 1;
        }
        value
    }
}

/// The weight in a field (NC-020): two's complement where signs are mixed, else a magnitude.
fn weight(field: u64, format: &SynapseFormat) -> i64 {
    let bits = u32::from(format.weight_bits);
    if bits == 0 {
        return 0;
    }
    let field = field as i64;
    match format.sign_mode {
        SignMode::Excitatory => field * 2i64.pow(8 - bits),
        SignMode::Inhibitory => -field * 2i64.pow(8 - bits),
        SignMode::Mixed if field >= 2i64.pow(bits - 1) => {
            (field - 2i64.pow(bits)) * 2i64.pow(9 - bits)
        }
        SignMode::Mixed => field * 2i64.pow(9 - bits),
    }
}

/// A synapse of a list: its format, index, weight and delay.
type Listed<'a> = (&'a SynapseFormat, u64, i64, u64);

/// The list that begins at a word of a core's memory (NC-023).
fn list(core: &CoreImage, address: u32) -> Vec<Listed<'_>> {
    let mut bits = Bits {
        words: &core.synapse_memory[address as usize..],
        at: 0,
    };
    let mut all = vec![];
    loop {
        let id = bits.take(4) as usize;
        if id == 0 {
            return all;
        }
        let format = &core.synapse_formats[id - 1];
        let count = bits.take(6) + 1;
        match format.encoding {
            Encoding::Generated => generated(&mut bits, format, &mut all),
            _ => entry(&mut bits, format, count, &mut all),
        }
    }
}

/// The synapses of an entry, written one by one.
fn entry<'a>(bits: &mut Bits, format: &'a SynapseFormat, count: u64, all: &mut Vec<Listed<'a>>) {
    let sparse = format.encoding == Encoding::Sparse;
    let mut cursor = if sparse {
        0
    } else {
        bits.take(format.index_bits.into())
    };
    for _ in 0..count {
        let field = bits.take(format.weight_bits.into());
        let delay = bits.take(format.delay_bits.into());
        let _tag = bits.take(format.tag_bits.into());
        match format.encoding {
            Encoding::Sparse => cursor = bits.take(format.index_bits.into()),
            Encoding::RunLength(skip_bits) => cursor += bits.take(skip_bits.into()),
            Encoding::Dense | Encoding::Generated => {}
        }
        all.push((format, cursor, weight(field, format), delay));
        cursor += 1;
    }
}

/// The synapses of an entry that are made from a seed (MC-038).
fn generated<'a>(bits: &mut Bits, format: &'a SynapseFormat, all: &mut Vec<Listed<'a>>) {
    let index = bits.take(format.index_bits.into());
    let seed = bits.take(32);
    let first = bits.take(24);
    let neurons = bits.take(13) + 1;
    let chance = bits.take(16) + 1;
    let low = bits.take(9) as i32 - 256;
    let high = bits.take(9) as i32 - 256;
    let delay = bits.take(format.delay_bits.into());
    for n in 0..neurons {
        if let Some(weight) = made_weight(seed, first + n, chance, [low, high]) {
            all.push((format, index + n, weight.into(), delay));
        }
    }
}

/// Name and neuron of a compartment of a core.
fn owner(image: &Image, core: u32, compartment: u64) -> (String, u32) {
    for population in &image.populations {
        let parts = population.compartments.len() as u64;
        for slice in population.slices.iter().filter(|s| s.core == core) {
            let first = u64::from(slice.first_compartment);
            let end = first + u64::from(slice.neurons) * parts;
            if (first..end).contains(&compartment) {
                let within = compartment - first;
                let neuron = slice.first_neuron + (within / parts) as u32;
                return (
                    part_name(&population.name, (within % parts) as usize),
                    neuron,
                );
            }
        }
    }
    panic!("compartment {compartment} of core {core} has no owner");
}

fn part_name(population: &str, part: usize) -> String {
    format!("{population}/{part}")
}

/// Every synapse of the image, read from the words of the synapse memory.
pub fn synapses(image: &Image) -> Synapses {
    let mut seen = BTreeMap::new();
    for port in &image.inputs {
        for source in 0..port.offsets.len().saturating_sub(1) {
            let range = port.offsets[source] as usize..port.offsets[source + 1] as usize;
            for packet in &port.axons[range] {
                follow(image, &port.name, source as u32, packet, &mut seen);
            }
        }
    }
    for population in &image.populations {
        for_each_compartment(image, population, |name, neuron, packet| {
            follow(image, name, neuron, packet, &mut seen);
        });
    }
    seen.retain(|_, contribution| *contribution != 0);
    seen
}

fn for_each_compartment(
    image: &Image,
    population: &PopulationMap,
    mut see: impl FnMut(&str, u32, &OutputAxon),
) {
    let parts = population.compartments.len() as u32;
    for slice in &population.slices {
        let core = &image.cores[slice.core as usize];
        for k in 0..slice.neurons * parts {
            let at = (slice.first_compartment + k) as usize;
            let range = core.output_offsets[at] as usize..core.output_offsets[at + 1] as usize;
            let name = part_name(&population.name, (k % parts) as usize);
            for packet in &core.output_axons[range] {
                see(&name, slice.first_neuron + k / parts, packet);
            }
        }
    }
}

/// Adds what a packet of a source reaches.
fn follow(image: &Image, from: &str, from_neuron: u32, packet: &OutputAxon, seen: &mut Synapses) {
    let core = &image.cores[packet.core as usize];
    let axon = core.input_axons[packet.axon as usize];
    let address = axon.address + u32::from(packet.atom) * axon.words;
    for (format, index, weight, delay) in list(core, address) {
        let offset = u64::from(axon.base) + u64::from(format.index_offset);
        let target = offset + u64::from(format.index_stride) * index;
        let (to, to_neuron) = owner(image, packet.core, target);
        let place = SynapsePlace {
            from: from.into(),
            from_neuron,
            to,
            to_neuron,
            delay,
            boxed: format.box_synapse,
        };
        *seen.entry(place).or_insert(0) += contribution(weight, format.weight_exponent);
    }
}

/// The same from the netlist, as the oracle writes it out.
///
/// # Panics
/// If a projection ends at a port of a program.
pub fn wanted(net: &Netlist) -> Synapses {
    let mut all = BTreeMap::new();
    for projection in &net.projections {
        let wiring = Wiring::of(net, projection);
        let from = match wiring.source {
            Resolved::Compartment(population, part) => {
                part_name(&net.populations[population].name, part)
            }
            _ => projection.source.name().to_string(),
        };
        let to = part_name(&net.populations[wiring.target.0].name, wiring.target.1);
        for (from_neuron, synapses) in (0..).zip(&wiring.of_source) {
            for synapse in synapses {
                let place = SynapsePlace {
                    from: from.clone(),
                    from_neuron,
                    to: to.clone(),
                    to_neuron: synapse.target as u32,
                    delay: synapse.delay,
                    boxed: wiring.boxed,
                };
                *all.entry(place).or_insert(0) += synapse.contribution;
            }
        }
    }
    all.retain(|_, contribution| *contribution != 0);
    all
}
