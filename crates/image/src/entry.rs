//! What a synapse list is made of: entries, their header and their synapses (NC-023..NC-025).

use crate::model::{Encoding, SynapseFormat};
use seamount_arith::weight::contribution;

/// Bits of the format id; id 0 ends a list.
pub const FORMAT_ID_BITS: u32 = 4;
/// Bits of the count of an entry, minus 1.
pub const COUNT_BITS: u32 = 6;
/// Most synapses of an entry.
pub const ENTRY_SYNAPSES_MAX: usize = 1 << COUNT_BITS;
/// Bits that the last word must leave for the end mark (NC-024).
const END_MARK_BITS: u32 = 6;

/// One synapse as written in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Synapse {
    /// Index before offset, stride and base.
    pub index: u32,
    /// Weight as stored, in units of the full 8-bit weight.
    pub weight: i32,
    /// Steps.
    pub delay: u8,
}

/// A run of synapses of one format.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Format id, 1..=15.
    pub format: u8,
    /// Synapses, 1..=64; ascending where the encoding needs it.
    pub synapses: Vec<Synapse>,
}

impl SynapseFormat {
    /// Bits of one synapse.
    pub fn synapse_bits(&self) -> u32 {
        let place = match self.encoding {
            Encoding::Sparse => self.index_bits,
            Encoding::RunLength(skip_bits) => skip_bits,
            Encoding::Dense => 0,
            Encoding::Generated => return 0,
        };
        u32::from(self.weight_bits)
            + u32::from(self.delay_bits)
            + u32::from(self.tag_bits)
            + u32::from(place)
    }

    /// Bits of an entry before its synapses.
    pub fn header_bits(&self) -> u32 {
        let index = if self.encoding == Encoding::Sparse {
            0
        } else {
            u32::from(self.index_bits)
        };
        FORMAT_ID_BITS + COUNT_BITS + index
    }

    /// Target compartment of an index (NC-025).
    pub fn target(&self, index: u32, base: u16) -> u32 {
        u32::from(self.index_stride)
            .saturating_mul(index)
            .saturating_add(u32::from(base) + u32::from(self.index_offset))
    }

    /// Contribution of a stored weight (NC-021).
    pub fn contribution(&self, weight: i32) -> i32 {
        contribution(weight, self.weight_exponent)
    }
}

/// Words of a list of that many bits of entries (NC-024).
pub const fn list_words(entry_bits: u32) -> u32 {
    let words = entry_bits.div_ceil(64);
    let rest = entry_bits % 64;
    if rest == 0 || rest > 64 - END_MARK_BITS {
        words + 1
    } else {
        words
    }
}
