//! Synapse lists in memory: entries of a format id, a count, an index and synapses (NC-023,
//! NC-024).

pub use crate::entry::{
    COUNT_BITS, ENTRY_SYNAPSES_MAX, Entry, FORMAT_ID_BITS, Synapse, list_words,
};

use crate::bits::{BitReader, BitWriter};
use crate::generated::SeededEntry;
use crate::model::{Encoding, SynapseFormat};
use seamount_arith::weight::{decode_field, encode_field};

/// Bits of a list of `synapses` synapses of one format by nengo-loihi's cost model, which rounds
/// every entry up to whole words and counts no index for dense entries. Real lists are packed and
/// have the index (NC-023, NC-024); this is kept to compare with (golden 10).
pub fn padded_bits(format: &SynapseFormat, synapses: u32) -> u32 {
    let entry = |count: u32| {
        (FORMAT_ID_BITS + COUNT_BITS + count * format.synapse_bits()).div_ceil(64) * 64
    };
    let full = ENTRY_SYNAPSES_MAX as u32;
    let rest = synapses % full;
    synapses / full * entry(full) + if rest == 0 { 0 } else { entry(rest) }
}

/// Packs entries into words. `formats[k - 1]` is the format with id k.
///
/// # Panics
/// If an entry does not fit its format: the caller has chosen it so that it does.
pub fn encode(entries: &[Entry], formats: &[SynapseFormat]) -> Vec<u64> {
    let mut out = BitWriter::default();
    for entry in entries {
        let format = &formats[usize::from(entry.format) - 1];
        assert!(
            (1..=ENTRY_SYNAPSES_MAX).contains(&entry.synapses.len()),
            "count of an entry"
        );
        out.put(u64::from(entry.format), FORMAT_ID_BITS);
        out.put(entry.synapses.len() as u64 - 1, COUNT_BITS);
        let mut cursor = entry.synapses[0].index;
        if format.encoding != Encoding::Sparse {
            out.put(u64::from(cursor), u32::from(format.index_bits));
        }
        for synapse in &entry.synapses {
            let field = encode_field(synapse.weight, format.sign_mode, format.weight_bits);
            debug_assert_eq!(
                decode_field(field, format.sign_mode, format.weight_bits),
                synapse.weight
            );
            out.put(field, u32::from(format.weight_bits));
            out.put(u64::from(synapse.delay), u32::from(format.delay_bits));
            out.put(0, u32::from(format.tag_bits));
            match format.encoding {
                Encoding::Sparse => out.put(u64::from(synapse.index), u32::from(format.index_bits)),
                Encoding::RunLength(bits) => {
                    out.put(u64::from(synapse.index - cursor), u32::from(bits))
                }
                Encoding::Dense => {
                    assert_eq!(synapse.index, cursor, "dense entries are consecutive")
                }
                Encoding::Generated => {
                    panic!("has no synapses that are written; see the module generated")
                }
            }
            cursor = synapse.index + 1;
        }
    }
    let words = list_words(out.len());
    let mut packed = out.into_words();
    packed.resize(words as usize, 0);
    packed
}

/// Why words are no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No end mark before the memory ends.
    #[error("runs beyond the end of the synapse memory")]
    NoEnd,
    /// A format id that the core does not define.
    #[error("uses synapse format {0}, which the core does not define")]
    Format(u8),
    /// More synapses than any list may have.
    #[error(
        "lists of this core overlap so much that they have more synapses than its memory can hold"
    )]
    TooLong,
}

/// Unpacks the list at the start of `memory`, at most `synapses_max` of it; calls `visit` with
/// (format id, synapse) for each. Returns the number of words read.
pub fn decode(
    memory: &[u64],
    formats: &[SynapseFormat],
    synapses_max: usize,
    mut visit: impl FnMut(u8, Synapse),
) -> Result<u32, ListError> {
    let mut input = BitReader::new(memory);
    let mut total = 0;
    loop {
        let id = input.take(FORMAT_ID_BITS).ok_or(ListError::NoEnd)? as u8;
        if id == 0 {
            return Ok(input.words_read() as u32);
        }
        let format = formats
            .get(usize::from(id) - 1)
            .ok_or(ListError::Format(id))?;
        let count = input.take(COUNT_BITS).ok_or(ListError::NoEnd)? as usize + 1;
        let generated = match format.encoding {
            Encoding::Generated => {
                Some(SeededEntry::read(&mut input, format).ok_or(ListError::NoEnd)?)
            }
            _ => None,
        };
        // what a hostile image can make us do is bounded by synapses, not by bytes: a generated
        // entry of three words has thousands, and neurons without a synapse are work as well
        total += generated.map_or(count, |g| g.neurons as usize);
        if total > synapses_max {
            return Err(ListError::TooLong);
        }
        if let Some(generated) = generated {
            generated.each(|synapse| visit(id, synapse));
            continue;
        }
        decode_entry(&mut input, format, count, |synapse| visit(id, synapse))
            .ok_or(ListError::NoEnd)?;
    }
}

fn decode_entry(
    input: &mut BitReader,
    format: &SynapseFormat,
    count: usize,
    mut visit: impl FnMut(Synapse),
) -> Option<()> {
    let mut cursor = match format.encoding {
        Encoding::Sparse => 0,
        _ => input.take(u32::from(format.index_bits))? as u32,
    };
    for _ in 0..count {
        let field = input.take(u32::from(format.weight_bits))?;
        let delay = input.take(u32::from(format.delay_bits))? as u8;
        input.take(u32::from(format.tag_bits))?;
        let index = match format.encoding {
            Encoding::Sparse => input.take(u32::from(format.index_bits))? as u32,
            Encoding::RunLength(bits) => cursor.saturating_add(input.take(u32::from(bits))? as u32),
            Encoding::Dense | Encoding::Generated => cursor,
        };
        cursor = index.saturating_add(1);
        visit(Synapse {
            index,
            weight: decode_field(field, format.sign_mode, format.weight_bits),
            delay,
        });
    }
    Some(())
}
