//! One synapse list as entries: which format for which synapse.

use crate::formats::FormatSet;
use crate::lists::Record;
use seamount_image::list::{ENTRY_SYNAPSES_MAX, Entry, Synapse};

/// A list as entries, the base taken out of the targets.
pub(crate) fn entries(set: &FormatSet, records: &[Record], base: u16) -> Vec<Entry> {
    let mut entries = vec![];
    for (c, class) in set.classes.iter().enumerate() {
        let members: Vec<Synapse> = records
            .iter()
            .filter(|r| set.cheapest(r) == c)
            .map(|r| Synapse { index: u32::from(r.target - base), weight: class.values.weight(r.value), delay: r.delay })
            .collect();
        for chunk in members.chunks(ENTRY_SYNAPSES_MAX) {
            entries.push(Entry { format: class.encodings[0].1, synapses: chunk.to_vec() });
        }
    }
    entries
}
