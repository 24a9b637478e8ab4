//! The synapse side of one core, as it is being built: formats, axons, lists in memory, counts.

use seamount_image::{Encoding, InputAxon, SynapseFormat, list};
use serde::{Deserialize, Serialize};

/// A row that reaches a core: its input axon there and the atom that selects its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowLink {
    pub row: u32,
    pub axon: u32,
    pub atom: u16,
}

/// Synapses by how they are written in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EncodingCounts {
    /// In sparse entries.
    pub sparse: u64,
    /// In run-length entries.
    pub run_length: u64,
    /// In dense entries.
    pub dense: u64,
    /// Made from a seed: in no memory.
    pub generated: u64,
    /// Zeros that fill gaps of run-length and dense entries; not in the numbers above.
    pub zeros: u64,
}

/// The synapse side of a core.
#[derive(Debug, Clone, Default)]
pub(crate) struct CoreSynapses {
    pub formats: Vec<SynapseFormat>,
    /// Formats needed; more than [`FORMATS_MAX`] means that nothing is encoded.
    pub(crate) formats_wanted: usize,
    pub axons: Vec<InputAxon>,
    pub links: Vec<RowLink>,
    pub memory: Vec<u64>,
    /// Bits of all entries in memory.
    pub bits: u64,
    pub counts: EncodingCounts,
    /// Axons whose lists are those of another axon.
    pub(crate) shared_axons: u32,
    /// Synapses of the longest list.
    pub(crate) list_max: u32,
    /// Most axons that reach one compartment.
    pub(crate) fan_in_max: u32,
    /// Axons that learn and axons of rewards.
    pub learning: LearningAxons,
}

/// The learning side of a core.
#[derive(Debug, Clone, Default)]
pub(crate) struct LearningAxons {
    pub axons: Vec<PlasticAxon>,
    /// Axons with the index of their reward.
    pub rewards: Vec<(u32, usize)>,
}

/// An input axon whose synapses learn.
#[derive(Debug, Clone)]
pub(crate) struct PlasticAxon {
    pub axon: u32,
    pub flow: usize,
    pub source: u32,
    /// Numbers of its synapses in their projection, in list order.
    pub edges: Vec<u32>,
}

impl CoreSynapses {
    /// Input slots: learning axons take two (NC-028).
    pub fn input_slots(&self) -> u64 {
        self.axons
            .iter()
            .map(|a| if a.learning { 2 } else { 1 })
            .sum()
    }

    /// Counts entries of synapses that learn: their zeros are synapses.
    pub fn note(&mut self, entries: &[list::Entry]) {
        let formats = std::mem::take(&mut self.formats);
        entries
            .iter()
            .for_each(|entry| self.count(&formats[usize::from(entry.format) - 1], entry, false));
        self.formats = formats;
    }

    pub fn count(&mut self, format: &SynapseFormat, entry: &list::Entry, zeros_fill: bool) {
        let zeros = entry
            .synapses
            .iter()
            .filter(|s| zeros_fill && s.weight == 0)
            .count() as u64;
        let synapses = entry.synapses.len() as u64;
        self.bits += u64::from(format.header_bits()) + synapses * u64::from(format.synapse_bits());
        self.counts.zeros += zeros;
        let counter = match format.encoding {
            Encoding::Sparse => &mut self.counts.sparse,
            Encoding::RunLength(_) => &mut self.counts.run_length,
            Encoding::Dense => &mut self.counts.dense,
            Encoding::Generated => &mut self.counts.generated,
        };
        *counter += synapses - zeros;
    }
}
