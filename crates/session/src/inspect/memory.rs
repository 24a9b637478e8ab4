//! Synapse memory taken apart, entry by entry.

use super::names::{CoreNeurons, format_words};
use crate::words::plural;
use seamount_arith::weight::decode_field;
use seamount_image::bits::BitReader;
use seamount_image::generated::SeededEntry;
use seamount_image::list::{COUNT_BITS, FORMAT_ID_BITS, Synapse};
use seamount_image::{CoreImage, Encoding, Image, InputAxon, SynapseFormat};
use std::io::{self, Write};

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// Format id.
    pub format: u8,
    /// Its synapses.
    pub synapses: Vec<Synapse>,
}

/// The entries of the list at a word of a core's memory; stops where there is no list.
pub(super) fn entries(core: &CoreImage, start: u64) -> Vec<ListEntry> {
    let memory = usize::try_from(start)
        .ok()
        .and_then(|s| core.synapse_memory.get(s..))
        .unwrap_or_default();
    let mut bits = BitReader::new(memory);
    std::iter::from_fn(|| entry(&mut bits, &core.synapse_formats)).collect()
}

fn entry(bits: &mut BitReader, formats: &[SynapseFormat]) -> Option<ListEntry> {
    let id = bits.take(FORMAT_ID_BITS)? as u8;
    let format = formats.get(usize::from(id).checked_sub(1)?)?;
    let count = bits.take(COUNT_BITS)? + 1;
    if format.encoding == Encoding::Generated {
        let mut synapses = vec![];
        SeededEntry::read(bits, format)?.each(|synapse| synapses.push(synapse));
        return Some(ListEntry {
            format: id,
            synapses,
        });
    }
    let sparse = format.encoding == Encoding::Sparse;
    let mut cursor = if sparse {
        0
    } else {
        bits.take(u32::from(format.index_bits))? as u32
    };
    let mut synapses = vec![];
    for _ in 0..count {
        let field = bits.take(u32::from(format.weight_bits))?;
        let delay = bits.take(u32::from(format.delay_bits))? as u8;
        bits.take(u32::from(format.tag_bits))?;
        let index = match format.encoding {
            Encoding::Sparse => bits.take(u32::from(format.index_bits))? as u32,
            Encoding::RunLength(skip) => cursor.saturating_add(bits.take(u32::from(skip))? as u32),
            Encoding::Dense | Encoding::Generated => cursor,
        };
        cursor = index.saturating_add(1);
        synapses.push(Synapse {
            index,
            weight: decode_field(field, format.sign_mode, format.weight_bits),
            delay,
        });
    }
    Some(ListEntry {
        format: id,
        synapses,
    })
}

/// Word at which the list of an atom starts.
pub(super) fn list_start(axon: &InputAxon, atom: u16) -> u64 {
    u64::from(axon.address) + u64::from(atom) * u64::from(axon.words)
}

/// Every list of every input axon of one core.
pub(super) fn write(out: &mut impl Write, image: &Image, index: usize) -> io::Result<()> {
    let core = &image.cores[index];
    let neurons = CoreNeurons::of(image, index);
    writeln!(
        out,
        "\nsynapse memory of core {index}: {}",
        plural(core.synapse_memory.len() as u64, "word")
    )?;
    for (i, axon) in core.input_axons.iter().enumerate() {
        for atom in 0..axon.atoms {
            let start = list_start(axon, atom);
            let atom = if axon.atoms > 1 {
                format!(", atom {atom}")
            } else {
                String::new()
            };
            writeln!(
                out,
                "axon {i}{atom} ({:?}, base {}): list at word {start}",
                axon.kind, axon.base
            )?;
            for entry in entries(core, start) {
                write_entry(out, core, axon, &entry, &neurons)?;
            }
        }
    }
    Ok(())
}

fn write_entry(
    out: &mut impl Write,
    core: &CoreImage,
    axon: &InputAxon,
    entry: &ListEntry,
    neurons: &CoreNeurons,
) -> io::Result<()> {
    let format = &core.synapse_formats[usize::from(entry.format) - 1];
    let count = plural(entry.synapses.len() as u64, "synapse");
    writeln!(
        out,
        "  entry of format {} ({}): {count}",
        entry.format,
        format_words(format)
    )?;
    for s in &entry.synapses {
        let target = format.target(s.index, axon.base);
        let name = neurons.name(target);
        let effect = format.contribution(s.weight);
        writeln!(
            out,
            "    {target:>5}  {name:<24}weight {:>4} (adds {effect}), delay {}",
            s.weight, s.delay
        )?;
    }
    Ok(())
}
