//! Synapses that learn, as memory of a core: formats, lists, axons; and axons of rewards.
//!
//! The weights of these synapses change, so that nothing can be said of them that would save bits:
//! every synapse keeps all weight bits of its projection, and lists are never shared. What is left
//! to choose is how targets are written.

use crate::formats;
use crate::record::PlasticSynapse;
use crate::synapse::{Flows, RowOwner};
use crate::synapses::{CoreSynapses, LearningAxons, PlasticAxon, RowLink};
use seamount_arith::weight::SignMode;
use seamount_image::list::{
    COUNT_BITS, ENTRY_SYNAPSES_MAX, Entry, FORMAT_ID_BITS, Synapse, encode,
};
use seamount_image::{AxonKind, Encoding, InputAxon, RuleProgram, SynapseFormat};
use std::collections::{BTreeMap, BTreeSet};

/// What decides the format of a synapse that learns, its encoding apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PlasticClass {
    sign_mode: SignMode,
    weight_bits: u8,
    weight_exponent: i8,
    delayed: bool,
    tag_bits: u8,
}

/// Classes of the plastic synapses of a core: found once, used to choose formats and to write.
struct PlasticClasses<'a> {
    flows: &'a Flows<'a>,
    rules: &'a [RuleProgram],
    /// Flows with a delay at this core: all their synapses have the field then.
    delayed: BTreeSet<u32>,
}

impl<'a> PlasticClasses<'a> {
    fn new(flows: &'a Flows, rules: &'a [RuleProgram], plastic: &[PlasticSynapse]) -> Self {
        let delayed = plastic.iter().filter(|p| p.delay > 0).map(|p| p.flow);
        PlasticClasses {
            flows,
            rules,
            delayed: delayed.collect(),
        }
    }

    fn of(&self, synapse: &PlasticSynapse) -> PlasticClass {
        let flow = &self.flows.flows[synapse.flow as usize];
        let rule = &self.rules[flow.rule.expect("learns")];
        let (sign_mode, weight_bits) = flow.format();
        PlasticClass {
            sign_mode,
            weight_bits,
            weight_exponent: synapse.exponent,
            // a rule that moves delays needs room for them even where all are 0 now
            delayed: self.delayed.contains(&synapse.flow) || rule.moves_delays(),
            tag_bits: rule.tag_bits(),
        }
    }
}

impl PlasticClass {
    fn format(self, encoding: Encoding, index_bits: u8, delay_bits: u8) -> SynapseFormat {
        SynapseFormat {
            weight_bits: self.weight_bits,
            sign_mode: self.sign_mode,
            weight_exponent: self.weight_exponent,
            delay_bits: if self.delayed { delay_bits } else { 0 },
            tag_bits: self.tag_bits,
            index_bits,
            encoding,
            index_offset: 0,
            index_stride: 1,
            box_synapse: false,
            learn_enable: true,
        }
    }
}

/// What the synapses of a class would take, summed over the lists of a core.
#[derive(Debug, Clone, Copy, Default)]
struct ListSums {
    synapses: u64,
    /// Entries that synapses in any order fill.
    chunks: u64,
    /// Entries of consecutive targets.
    runs: u64,
}

/// The formats that a core's plastic synapses need, each for the class it stands for.
pub(crate) struct PlasticFormats {
    classes: BTreeMap<PlasticClass, SynapseFormat>,
}

impl PlasticFormats {
    /// Chooses one format a class: dense or sparse, whichever takes fewer bits.
    pub(crate) fn new(
        flows: &Flows,
        rules: &[RuleProgram],
        plastic: &[PlasticSynapse],
        delay_bits: u8,
    ) -> Self {
        let classes = PlasticClasses::new(flows, rules, plastic);
        let mut sums: BTreeMap<PlasticClass, ListSums> = BTreeMap::new();
        for row in plastic.chunk_by(|a, b| a.row == b.row) {
            for part in row.chunk_by(|a, b| a.exponent == b.exponent) {
                let sum = sums.entry(classes.of(&part[0])).or_default();
                sum.synapses += part.len() as u64;
                sum.chunks += part.len().div_ceil(ENTRY_SYNAPSES_MAX) as u64;
                sum.runs += runs(part).count() as u64;
            }
        }
        let index_bits = formats::index_bits(plastic.iter().map(|p| p.target).max().unwrap_or(0));
        let header = u64::from(FORMAT_ID_BITS + COUNT_BITS);
        let formats = sums.into_iter().map(|(class, sum)| {
            // both have the same bits for each synapse, those of its target apart
            let sparse = sum.chunks * header + sum.synapses * u64::from(index_bits);
            let dense = sum.runs * (header + u64::from(index_bits));
            let encoding = if dense <= sparse {
                Encoding::Dense
            } else {
                Encoding::Sparse
            };
            (class, class.format(encoding, index_bits, delay_bits))
        });
        PlasticFormats {
            classes: formats.collect(),
        }
    }

    /// Number of formats.
    pub(crate) fn len(&self) -> usize {
        self.classes.len()
    }
}

/// Runs of consecutive targets that fit an entry.
fn runs(part: &[PlasticSynapse]) -> impl Iterator<Item = &[PlasticSynapse]> {
    part.chunk_by(|a, b| a.target.checked_add(1) == Some(b.target))
        .flat_map(|run| run.chunks(ENTRY_SYNAPSES_MAX))
}

/// Appends plastic synapses and axons of rewards to what a core has; without `write` only the
/// axons: a core with too many formats is cut, and then only the number of its axons matters.
pub(crate) fn append(
    out: &mut CoreSynapses,
    flows: &Flows,
    rules: &[RuleProgram],
    plastic: &[PlasticSynapse],
    formats: &PlasticFormats,
    write: bool,
) {
    let classes = PlasticClasses::new(flows, rules, plastic);
    let mut ids: BTreeMap<PlasticClass, u8> = BTreeMap::new();
    if write {
        for (class, format) in &formats.classes {
            out.formats.push(*format);
            ids.insert(*class, out.formats.len() as u8);
        }
    }
    let mut learning = LearningAxons::default();
    let mut rules_here = BTreeSet::new();
    for row in plastic.chunk_by(|a, b| a.row == b.row) {
        let axon = out.axons.len() as u32;
        let address = out.memory.len() as u32;
        if write {
            let mut entries = vec![];
            for part in row.chunk_by(|a, b| a.exponent == b.exponent) {
                let class = classes.of(&part[0]);
                entry_list(part, ids[&class], &formats.classes[&class], &mut entries);
            }
            out.note(&entries);
            out.memory.extend(encode(&entries, &out.formats));
        }
        let words = out.memory.len() as u32 - address;
        out.axons.push(InputAxon {
            kind: AxonKind::Discrete,
            base: 0,
            address,
            words,
            atoms: 1,
            learning: true,
        });
        out.links.push(RowLink {
            row: row[0].row,
            axon,
            atom: 0,
        });
        out.list_max = out.list_max.max(row.len() as u32);
        let flow = row[0].flow as usize;
        rules_here.extend(flows.flows[flow].rule);
        let (_, source) = flows.owner(row[0].row);
        learning.axons.push(PlasticAxon {
            axon,
            flow,
            source,
            edges: row.iter().map(|p| p.edge).collect(),
        });
    }
    append_rewards(out, flows, &rules_here, &mut learning, write);
    out.learning = learning;
}

/// One axon with an empty list for every neuron whose spikes are rewards of a rule of this core.
/// The empty lists are one and the same word of memory.
fn append_rewards(
    out: &mut CoreSynapses,
    flows: &Flows,
    rules: &BTreeSet<usize>,
    learning: &mut LearningAxons,
    write: bool,
) {
    let here = |reward: &usize| rules.contains(&flows.rewards[*reward].rule);
    let wanted: Vec<usize> = (0..flows.rewards.len()).filter(here).collect();
    if wanted.is_empty() {
        return;
    }
    let address = out.memory.len() as u32;
    if write {
        out.memory.push(0);
    }
    for index in wanted {
        let reward = &flows.rewards[index];
        for source in 0..reward.sources {
            let axon = out.axons.len() as u32;
            out.axons.push(InputAxon {
                kind: AxonKind::Discrete,
                base: 0,
                address,
                words: 1,
                atoms: 1,
                learning: false,
            });
            let row = reward.row_base + source;
            debug_assert_eq!(flows.owner(row), (RowOwner::Reward(index), source));
            out.links.push(RowLink { row, axon, atom: 0 });
            learning.rewards.push((axon, index));
        }
    }
}

/// The entries of synapses of one format, in order.
fn entry_list(part: &[PlasticSynapse], id: u8, format: &SynapseFormat, entries: &mut Vec<Entry>) {
    let synapse = |p: &PlasticSynapse| Synapse {
        index: u32::from(p.target),
        weight: i32::from(p.weight),
        delay: p.delay,
    };
    let entry = |chunk: &[PlasticSynapse]| Entry {
        format: id,
        synapses: chunk.iter().map(synapse).collect(),
    };
    match format.encoding {
        Encoding::Dense => entries.extend(runs(part).map(entry)),
        _ => entries.extend(part.chunks(ENTRY_SYNAPSES_MAX).map(entry)),
    }
}
