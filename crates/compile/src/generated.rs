//! Synapses that a core makes from a seed, as its memory: formats, and a list of a few words a
//! source.

use crate::formats;
use crate::record::SeededRun;
use crate::synapse::Flows;
use crate::synapses::{CoreSynapses, RowLink};
use seamount_arith::weight::SignMode;
use seamount_image::generated::encode;
use seamount_image::{AxonKind, Encoding, InputAxon, SynapseFormat};
use std::collections::BTreeMap;

/// What decides the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct SeedClass {
    weight_exponent: i8,
    /// Compartments from one neuron to the next.
    stride: u8,
    /// Compartment of the target in its neuron.
    offset: u8,
    delayed: bool,
}

impl SeedClass {
    fn of(flows: &Flows, seeded: &SeededRun) -> SeedClass {
        let flow = &flows.flows[seeded.flow as usize];
        SeedClass {
            weight_exponent: flow.projection.weight_exponent.get(0),
            stride: seeded.stride,
            offset: (seeded.place % u16::from(seeded.stride)) as u8,
            delayed: flow.generated().is_some_and(|g| g.delay > 0),
        }
    }

    /// The format of the class. Index, stride and offset of the format count neurons, so that one
    /// entry reaches the same compartment of many neurons (NC-025).
    fn format(self, index_bits: u8, delay_bits: u8) -> SynapseFormat {
        SynapseFormat {
            weight_bits: 8,
            sign_mode: SignMode::Mixed,
            weight_exponent: self.weight_exponent,
            delay_bits: if self.delayed { delay_bits } else { 0 },
            tag_bits: 0,
            index_bits,
            encoding: Encoding::Generated,
            index_offset: self.offset,
            index_stride: self.stride,
            box_synapse: false,
            learn_enable: false,
        }
    }
}

/// Index of the first neuron.
fn index(seeded: &SeededRun) -> u32 {
    u32::from(seeded.place) / u32::from(seeded.stride)
}

/// The formats that a core's generated synapses need.
pub(crate) struct SeedFormats {
    classes: BTreeMap<SeedClass, SynapseFormat>,
}

impl SeedFormats {
    /// One format a class.
    pub fn new(flows: &Flows, generated: &[SeededRun], delay_bits: u8) -> SeedFormats {
        let last = generated.iter().map(|g| index(g) as u16).max().unwrap_or(0);
        let index_bits = formats::index_bits(last);
        let classes = generated.iter().map(|g| SeedClass::of(flows, g));
        SeedFormats {
            classes: classes
                .map(|class| (class, class.format(index_bits, delay_bits)))
                .collect(),
        }
    }

    /// Number of formats.
    pub fn len(&self) -> usize {
        self.classes.len()
    }
}

/// Appends an axon for each source; without `write` only the axons.
pub(crate) fn append(
    out: &mut CoreSynapses,
    flows: &Flows,
    generated: &[SeededRun],
    formats: &SeedFormats,
    write: bool,
) {
    let mut ids: BTreeMap<SeedClass, u8> = BTreeMap::new();
    if write {
        for (class, format) in &formats.classes {
            out.formats.push(*format);
            ids.insert(*class, out.formats.len() as u8);
        }
    }
    for row in generated.chunk_by(|a, b| a.row == b.row) {
        let axon = out.axons.len() as u32;
        let address = out.memory.len() as u32;
        let entry =
            |seeded: &SeededRun| flows.flows[seeded.flow as usize].entry(seeded, index(seeded));
        if write {
            let entries: Vec<_> = row
                .iter()
                .map(|seeded| (ids[&SeedClass::of(flows, seeded)], entry(seeded)))
                .collect();
            let (words, bits) = encode(&entries, &out.formats);
            out.memory.extend(words);
            out.bits += u64::from(bits);
        }
        let mut synapses = 0;
        for seeded in row {
            let format = &formats.classes[&SeedClass::of(flows, seeded)];
            entry(seeded)
                .each(|synapse| synapses += u32::from(format.contribution(synapse.weight) != 0));
        }
        out.counts.generated += u64::from(synapses);
        let words = out.memory.len() as u32 - address;
        out.axons.push(InputAxon {
            kind: AxonKind::Discrete,
            base: 0,
            address,
            words,
            atoms: 1,
            learning: false,
        });
        out.links.push(RowLink {
            row: row[0].row,
            axon,
            atom: 0,
        });
        out.list_max = out.list_max.max(synapses);
    }
}
