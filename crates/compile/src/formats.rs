//! The synapse formats of one core: which values, which way to say targets.

use crate::record::FixedSynapse;
use crate::value::{ValueFormat, cover};
use seamount_image::{Encoding, SynapseFormat};
use std::collections::BTreeMap;

/// Formats a core can have: id 0 ends a list (NC-025).
pub(crate) const FORMATS_MAX: usize = 15;

/// A value format and the encodings it has, each with its format id.
#[derive(Debug, Clone)]
pub(crate) struct ValueClass {
    pub(crate) values: ValueFormat,
    pub(crate) encodings: Vec<(Encoding, u8)>,
}

/// The formats of a core.
#[derive(Debug, Clone)]
pub(crate) struct FormatSet {
    /// Fewest value bits first, so that the first class that holds a value is the cheapest.
    pub(crate) classes: Vec<ValueClass>,
    pub(crate) index_bits: u8,
    pub(crate) delay_bits: u8,
    /// Format with id k is element k - 1.
    pub(crate) formats: Vec<SynapseFormat>,
}

impl FormatSet {
    /// Numbers the formats.
    pub(crate) fn new(
        mut chosen: Vec<(ValueFormat, Encoding)>,
        index_bits: u8,
        delay_bits: u8,
    ) -> Self {
        chosen.sort_unstable_by_key(|(v, e)| (v.synapse_bits(delay_bits), *v, *e));
        chosen.dedup();
        let mut set = FormatSet {
            classes: vec![],
            index_bits,
            delay_bits,
            formats: vec![],
        };
        for (values, encoding) in chosen {
            set.formats
                .push(values.format(encoding, index_bits, delay_bits));
            let id = set.formats.len() as u8;
            match set.classes.last_mut() {
                Some(class) if class.values == values => class.encodings.push((encoding, id)),
                _ => set.classes.push(ValueClass {
                    values,
                    encodings: vec![(encoding, id)],
                }),
            }
        }
        set
    }

    /// Whether a class can hold a synapse.
    pub(crate) fn holds(&self, class: usize, record: &FixedSynapse) -> bool {
        let values = &self.classes[class].values;
        values.boxed == record.boxed
            && (values.delayed || record.delay == 0)
            && values.holds(record.value)
    }
}

/// Index bits that hold all targets of a core (NC-025).
pub(crate) fn index_bits(target_max: u16) -> u8 {
    (6..=13)
        .find(|bits| u32::from(target_max) < 1 << bits)
        .unwrap_or(13)
}

/// The fewest formats that hold all synapses of a core.
pub(crate) fn minimal(records: &[FixedSynapse]) -> Vec<(ValueFormat, Encoding)> {
    let mut values: [BTreeMap<i16, u64>; 2] = Default::default();
    let mut delayed = [false; 2];
    for record in records {
        let group = usize::from(record.boxed);
        *values[group].entry(record.value).or_default() += 1;
        delayed[group] |= record.delay != 0;
    }
    let classes = [false, true].into_iter().flat_map(|boxed| {
        let group = usize::from(boxed);
        cover(&values[group], boxed, delayed[group])
    });
    classes.map(|values| (values, Encoding::Sparse)).collect()
}
