//! Synapses that learn, as memory of a core: formats, lists, axons; and reward axons.

use crate::formats;
use crate::record::Plastic;
use crate::synapse::{Flows, Owner};
use crate::synapses::{Learning, Link, PlasticAxon, Synapses};
use seamount_arith::weight::SignMode;
use seamount_image::list::{
    COUNT_BITS, ENTRY_SYNAPSES_MAX, Entry, FORMAT_ID_BITS, Synapse, encode,
};
use seamount_image::{AxonKind, Encoding, InputAxon, RuleProgram, SynapseFormat};
use std::collections::{BTreeMap, BTreeSet};

/// What decides the format of a synapse that learns, its encoding apart.
type Class = (SignMode, u8, i8, bool, u8);

/// The formats that a core's plastic synapses need, each for the classes it stands for.
pub(crate) struct PlasticFormats {
    classes: BTreeMap<Class, SynapseFormat>,
}

impl PlasticFormats {
    /// Chooses one format a class: dense or sparse, whichever takes fewer bits.
    pub fn new(
        flows: &Flows,
        programs: &[RuleProgram],
        plastic: &[Plastic],
        delay_bits: u8,
    ) -> Self {
        let delayed: BTreeSet<u32> = plastic
            .iter()
            .filter(|p| p.delay > 0)
            .map(|p| p.flow)
            .collect();
        let index_bits = formats::index_bits(plastic.iter().map(|p| p.target).max().unwrap_or(0));
        let mut bits: BTreeMap<Class, (u64, u64, u64)> = BTreeMap::new();
        for row in plastic.chunk_by(|a, b| a.row == b.row) {
            for part in row.chunk_by(|a, b| a.exponent == b.exponent) {
                let sums = bits
                    .entry(class(flows, programs, &delayed, &part[0]))
                    .or_default();
                sums.0 += part.len() as u64;
                sums.1 += part.len().div_ceil(ENTRY_SYNAPSES_MAX) as u64;
                sums.2 += runs(part).count() as u64;
            }
        }
        let header = u64::from(FORMAT_ID_BITS + COUNT_BITS);
        let classes = bits.into_iter().map(|(class, (synapses, chunks, runs))| {
            let sparse = chunks * header + synapses * u64::from(index_bits);
            let dense = runs * (header + u64::from(index_bits));
            let encoding = if dense <= sparse {
                Encoding::Dense
            } else {
                Encoding::Sparse
            };
            (class, format(class, encoding, index_bits, delay_bits))
        });
        PlasticFormats {
            classes: classes.collect(),
        }
    }

    /// Number of formats.
    pub fn len(&self) -> usize {
        self.classes.len()
    }
}

fn class(flows: &Flows, programs: &[RuleProgram], delayed: &BTreeSet<u32>, p: &Plastic) -> Class {
    let flow = &flows.flows[p.flow as usize];
    let program = &programs[flow.rule.expect("learns")];
    let (mode, bits) = flow.format();
    (
        mode,
        bits,
        p.exponent,
        delayed.contains(&p.flow) || program.moves_delays(),
        program.tag_bits(),
    )
}

fn format(
    (sign_mode, weight_bits, weight_exponent, delayed, tag_bits): Class,
    encoding: Encoding,
    index_bits: u8,
    delay_bits: u8,
) -> SynapseFormat {
    SynapseFormat {
        weight_bits,
        sign_mode,
        weight_exponent,
        delay_bits: if delayed { delay_bits } else { 0 },
        tag_bits,
        index_bits,
        encoding,
        index_offset: 0,
        index_stride: 1,
        box_synapse: false,
        learn_enable: true,
    }
}

/// Runs of consecutive targets that fit an entry.
fn runs(part: &[Plastic]) -> impl Iterator<Item = &[Plastic]> {
    part.chunk_by(|a, b| a.target.checked_add(1) == Some(b.target))
        .flat_map(|run| run.chunks(ENTRY_SYNAPSES_MAX))
}

/// Appends plastic synapses and reward axons to what a core has; without `write` only the axons.
pub(crate) fn append(
    out: &mut Synapses,
    flows: &Flows,
    programs: &[RuleProgram],
    plastic: &[Plastic],
    formats: &PlasticFormats,
    write: bool,
) {
    let delayed: BTreeSet<u32> = plastic
        .iter()
        .filter(|p| p.delay > 0)
        .map(|p| p.flow)
        .collect();
    let mut ids: BTreeMap<Class, u8> = BTreeMap::new();
    if write {
        for (class, format) in &formats.classes {
            out.formats.push(*format);
            ids.insert(*class, out.formats.len() as u8);
        }
    }
    let mut learning = Learning::default();
    let mut rules = BTreeSet::new();
    for row in plastic.chunk_by(|a, b| a.row == b.row) {
        let axon = out.axons.len() as u32;
        let address = out.memory.len() as u32;
        if write {
            let mut entries = vec![];
            for part in row.chunk_by(|a, b| a.exponent == b.exponent) {
                let class = class(flows, programs, &delayed, &part[0]);
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
        out.links.push(Link {
            row: row[0].row,
            axon,
            atom: 0,
        });
        out.list_max = out.list_max.max(row.len() as u32);
        let flow = row[0].flow as usize;
        rules.extend(flows.flows[flow].rule);
        let (_, source) = flows.owner(row[0].row);
        learning.axons.push(PlasticAxon {
            axon,
            flow,
            source,
            edges: row.iter().map(|p| p.edge).collect(),
        });
    }
    append_rewards(out, flows, &rules, &mut learning, write);
    out.learning = learning;
}

/// One axon with an empty list for every neuron whose spikes are rewards of a rule of this core.
fn append_rewards(
    out: &mut Synapses,
    flows: &Flows,
    rules: &BTreeSet<usize>,
    learning: &mut Learning,
    write: bool,
) {
    let wanted = (0..)
        .zip(&flows.rewards)
        .filter(|(_, r)| rules.contains(&r.rule));
    let wanted: Vec<(usize, u32, u32)> = wanted.map(|(i, r)| (i, r.row_base, r.sources)).collect();
    if wanted.is_empty() {
        return;
    }
    let address = out.memory.len() as u32;
    if write {
        out.memory.push(0);
    }
    for (reward, row_base, sources) in wanted {
        for source in 0..sources {
            let axon = out.axons.len() as u32;
            out.axons.push(InputAxon {
                kind: AxonKind::Discrete,
                base: 0,
                address,
                words: 1,
                atoms: 1,
                learning: false,
            });
            debug_assert!(
                matches!(flows.owner(row_base + source), (Owner::Reward(r), s) if r == reward && s == source)
            );
            out.links.push(Link {
                row: row_base + source,
                axon,
                atom: 0,
            });
            learning.rewards.push((axon, reward));
        }
    }
}

/// The entries of synapses of one format, in order.
fn entry_list(part: &[Plastic], id: u8, format: &SynapseFormat, entries: &mut Vec<Entry>) {
    let synapse = |p: &Plastic| Synapse {
        index: u32::from(p.target),
        weight: i32::from(p.weight),
        delay: p.delay,
    };
    let entry = |chunk: &[Plastic]| Entry {
        format: id,
        synapses: chunk.iter().map(synapse).collect(),
    };
    match format.encoding {
        Encoding::Dense => entries.extend(runs(part).map(entry)),
        _ => entries.extend(part.chunks(ENTRY_SYNAPSES_MAX).map(entry)),
    }
}
