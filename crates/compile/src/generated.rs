//! Synapses that a core makes from a seed, as its memory: formats, and a list of a few words a source.

use crate::formats;
use crate::record::Seeded;
use crate::synapse::Flows;
use crate::synapses::{Link, Synapses};
use seamount_arith::weight::SignMode;
use seamount_image::generated::encode;
use seamount_image::{AxonKind, Encoding, InputAxon, SynapseFormat};
use std::collections::BTreeMap;

/// What decides the format: weight exponent, compartments from neuron to neuron, offset of the first,
/// whether it has a delay.
type Class = (i8, u8, u8, bool);

/// The formats that a core's generated synapses need.
pub(crate) struct Formats {
    classes: BTreeMap<Class, SynapseFormat>,
}

fn class(flows: &Flows, seeded: &Seeded) -> Class {
    let flow = &flows.flows[seeded.flow as usize];
    let delayed = flow.generated().is_some_and(|g| g.delay > 0);
    (
        flow.projection.weight_exponent.get(0),
        seeded.stride,
        (seeded.place % u16::from(seeded.stride)) as u8,
        delayed,
    )
}

/// Index of the first neuron.
fn index(seeded: &Seeded) -> u32 {
    u32::from(seeded.place) / u32::from(seeded.stride)
}

impl Formats {
    /// One format a class.
    pub fn new(flows: &Flows, generated: &[Seeded], delay_bits: u8) -> Formats {
        let index_bits =
            formats::index_bits(generated.iter().map(|g| index(g) as u16).max().unwrap_or(0));
        let format =
            |(weight_exponent, index_stride, index_offset, delayed): Class| SynapseFormat {
                weight_bits: 8,
                sign_mode: SignMode::Mixed,
                weight_exponent,
                delay_bits: if delayed { delay_bits } else { 0 },
                tag_bits: 0,
                index_bits,
                encoding: Encoding::Generated,
                index_offset,
                index_stride,
                box_synapse: false,
                learn_enable: false,
            };
        Formats {
            classes: generated
                .iter()
                .map(|g| class(flows, g))
                .map(|c| (c, format(c)))
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
    out: &mut Synapses,
    flows: &Flows,
    generated: &[Seeded],
    formats: &Formats,
    write: bool,
) {
    let mut ids: BTreeMap<Class, u8> = BTreeMap::new();
    if write {
        for (class, format) in &formats.classes {
            out.formats.push(*format);
            ids.insert(*class, out.formats.len() as u8);
        }
    }
    for row in generated.chunk_by(|a, b| a.row == b.row) {
        let (axon, address) = (out.axons.len() as u32, out.memory.len() as u32);
        let entry =
            |seeded: &Seeded| flows.flows[seeded.flow as usize].entry(seeded, index(seeded));
        if write {
            let entries: Vec<_> = row
                .iter()
                .map(|seeded| (ids[&class(flows, seeded)], entry(seeded)))
                .collect();
            let (words, bits) = encode(&entries, &out.formats);
            out.memory.extend(words);
            out.bits += u64::from(bits);
        }
        let mut synapses = 0;
        for seeded in row {
            let format = &formats.classes[&class(flows, seeded)];
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
        out.links.push(Link {
            row: row[0].row,
            axon,
            atom: 0,
        });
        out.list_max = out.list_max.max(synapses);
    }
}
