//! The synapse lists that arrive at one core: gathered, grouped into axons, identical ones found.

use crate::partition::Partition;
use crate::record::{FixedSynapse, PlasticSynapse, SeededRun};
use crate::synapse::{Flow, Flows};
use seamount_image::AxonKind;
use seamount_network::netlist::Netlist;
use std::collections::BTreeMap;
use std::ops::Range;

/// The synapses of a core, sorted by row and target.
#[derive(Debug, Clone, Default)]
pub(crate) struct GatheredSynapses {
    pub(crate) fixed: Vec<FixedSynapse>,
    pub(crate) plastic: Vec<PlasticSynapse>,
    pub(crate) generated: Vec<SeededRun>,
}

/// The synapses of the cores asked for.
///
/// Cores are gathered some at a time, so that the records of a large network need not all be in
/// memory beside its image. The price is one pass over the synapses of every flow that reaches one
/// of them.
pub(crate) fn gather(
    netlist: &Netlist,
    flows: &Flows,
    layout: &Partition,
    cores: &[usize],
) -> Vec<GatheredSynapses> {
    let mut slots = vec![usize::MAX; layout.cores.len()];
    for (slot, &core) in cores.iter().enumerate() {
        slots[core] = slot;
    }
    let mut gatherer = Gatherer {
        layout,
        slots,
        gathered: vec![GatheredSynapses::default(); cores.len()],
    };
    for (index, flow) in (0u32..).zip(&flows.flows) {
        if !gatherer.wants(flow) {
            continue;
        }
        let parts = netlist.populations[flow.population].compartments.len() as u32;
        if flow.generated().is_some() {
            gatherer.seeded(index, flow, parts);
        } else {
            gatherer.written(index, flow, parts);
        }
    }
    for records in &mut gatherer.gathered {
        records.fixed.sort_unstable();
        records.plastic.sort_unstable();
        records.generated.sort_unstable_by_key(|g| (g.row, g.place));
    }
    gatherer.gathered
}

/// Sorts the synapses of flows by the core of their target.
struct Gatherer<'a> {
    layout: &'a Partition,
    /// Where each core of the layout stands in `gathered`; `usize::MAX`: it is not asked for.
    slots: Vec<usize>,
    gathered: Vec<GatheredSynapses>,
}

impl Gatherer<'_> {
    /// Whether a flow ends at one of the cores.
    fn wants(&self, flow: &Flow) -> bool {
        let runs = self.layout.runs(flow.population);
        runs.iter()
            .any(|(core, _)| self.slots[*core as usize] != usize::MAX)
    }

    /// Takes in synapses that cores make from a seed: one record for each source and run of
    /// targets.
    fn seeded(&mut self, index: u32, flow: &Flow, parts: u32) {
        for (core, run) in self.layout.runs(flow.population) {
            let slot = self.slots[*core as usize];
            if slot == usize::MAX {
                continue;
            }
            let of_source = |source| SeededRun {
                row: flow.row_base + source,
                flow: index,
                first_neuron: run.first_neuron,
                neurons: run.neurons,
                place: (run.first_compartment + flow.part as u32) as u16,
                stride: parts as u8,
            };
            let all = (0..flow.sources).map(of_source);
            let some = all.filter(|seeded| !flow.entry(seeded, 0).is_empty());
            self.gathered[slot].generated.extend(some);
        }
    }

    /// Takes in synapses that the netlist writes.
    fn written(&mut self, index: u32, flow: &Flow, parts: u32) {
        let boxed = flow.projection.box_synapse;
        let exponents = &flow.projection.weight_exponent;
        // targets mostly come in order: the run of the last one is looked at before any other
        let (mut core, mut run) = self.layout.runs(flow.population)[0];
        let mut next_edge = 0;
        flow.each(|source, target, weight, delay| {
            let edge = next_edge;
            next_edge += 1;
            if target.wrapping_sub(run.first_neuron) >= run.neurons {
                (core, run) = self.layout.find(flow.population, target);
            }
            let slot = self.slots[core as usize];
            if slot == usize::MAX {
                return;
            }
            let row = flow.row_base + source;
            let neuron = target - run.first_neuron;
            let place = (run.first_compartment + neuron * parts + flow.part as u32) as u16;
            if flow.rule.is_some() {
                self.gathered[slot].plastic.push(PlasticSynapse {
                    row,
                    exponent: exponents.get(target as usize),
                    target: place,
                    edge,
                    flow: index,
                    delay,
                    weight: flow.stored(weight) as i16,
                });
                return;
            }
            // a contribution of 0 never changes anything, so it takes no memory; a synapse that
            // learns is kept whatever it is now
            let value = flow.value(target, weight);
            if value != 0 {
                self.gathered[slot].fixed.push(FixedSynapse {
                    row,
                    target: place,
                    boxed,
                    delay,
                    value,
                });
            }
        });
    }
}

/// One list of an axon: the records of a row.
#[derive(Debug, Clone)]
pub(crate) struct SynapseList {
    pub(crate) atom: u16,
    pub(crate) row: u32,
    pub(crate) records: Range<usize>,
}

/// One input axon before it has memory.
#[derive(Debug, Clone)]
pub(crate) struct AxonLists {
    pub(crate) kind: AxonKind,
    /// By atom; atoms without synapses are left out.
    pub(crate) lists: Vec<SynapseList>,
    /// Number that is added to all targets (NC-028).
    pub(crate) base: u16,
    /// Number of the content among the different ones; axons with the same number share memory.
    pub(crate) content: usize,
}

/// The axons of a core in the order of their rows. Sources without synapses here have none.
pub(crate) fn arrivals(flows: &Flows, records: &[FixedSynapse]) -> Vec<AxonLists> {
    let mut discrete = vec![];
    let mut groups: BTreeMap<(usize, u32), Vec<SynapseList>> = BTreeMap::new();
    let mut start = 0;
    for run in records.chunk_by(|a, b| a.row == b.row) {
        let row = run[0].row;
        let range = start..start + run.len();
        start = range.end;
        if row < flows.senders {
            let lists = vec![SynapseList {
                atom: 0,
                row,
                records: range,
            }];
            discrete.push(AxonLists {
                kind: AxonKind::Discrete,
                lists,
                base: 0,
                content: 0,
            });
        } else {
            let (flow, source) = flows.grouped(row);
            let (_, by) = flows.flows[flow].groups.expect("a grouped row");
            let group = by.group.as_slice()[source as usize];
            let atom = by.atom.as_slice()[source as usize];
            groups.entry((flow, group)).or_default().push(SynapseList {
                atom,
                row,
                records: range,
            });
        }
    }
    for ((flow, _), mut lists) in groups {
        lists.sort_by_key(|list| list.atom);
        let (kind, _) = flows.flows[flow].groups.expect("a grouped row");
        discrete.push(AxonLists {
            kind,
            lists,
            base: 0,
            content: 0,
        });
    }
    discrete
}

/// Finds axons with the same lists up to a shift of the targets (NC-029). Returns, per different
/// content, the axon whose records stand for it. Bases are only used where that shares memory.
pub(crate) fn share(arrivals: &mut [AxonLists], records: &[FixedSynapse]) -> Vec<usize> {
    // a convolution gives every source of a channel the same list, shifted: stored once, all of
    // them take the memory of one
    let mut contents: Vec<usize> = vec![];
    let mut shifted: Vec<bool> = vec![];
    let mut known: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for i in 0..arrivals.len() {
        // every list is compared from its own first target on
        let base = base_of(&arrivals[i], records);
        arrivals[i].base = base;
        let same_hash = known.entry(hash(&arrivals[i], records)).or_default();
        let found = same_hash
            .iter()
            .find(|&&c| equal(&arrivals[contents[c]], &arrivals[i], records));
        let content = found.copied().unwrap_or_else(|| {
            contents.push(i);
            shifted.push(false);
            same_hash.push(contents.len() - 1);
            contents.len() - 1
        });
        arrivals[i].content = content;
        shifted[content] |= arrivals[contents[content]].base != base;
    }
    // a list that nobody shares at another place needs no base
    for arrival in arrivals {
        if !shifted[arrival.content] {
            arrival.base = 0;
        }
    }
    contents
}

/// The largest base that can be taken out of all lists of an axon (NC-028).
fn base_of(arrival: &AxonLists, records: &[FixedSynapse]) -> u16 {
    let first = arrival
        .lists
        .iter()
        .map(|list| records[list.records.start].target)
        .min()
        .unwrap_or(0)
        % 256;
    if arrival.kind == AxonKind::Pop16 {
        first - first % 4
    } else {
        first
    }
}

fn equal(a: &AxonLists, b: &AxonLists, records: &[FixedSynapse]) -> bool {
    a.lists.len() == b.lists.len()
        && a.lists.iter().zip(&b.lists).all(|(x, y)| {
            let left = &records[x.records.clone()];
            let right = &records[y.records.clone()];
            x.atom == y.atom
                && left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(l, r)| l.same(a.base, r, b.base))
        })
}

fn hash(arrival: &AxonLists, records: &[FixedSynapse]) -> u64 {
    // decides nothing, `equal` does: it has to be fast on long lists and the same for equal ones
    let mut state = 0xcbf2_9ce4_8422_2325u64;
    let mut add = |word: u64| {
        state = (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        state ^= state >> 29;
    };
    for list in &arrival.lists {
        add(u64::from(list.atom) << 32 | list.records.len() as u64);
        for r in &records[list.records.clone()] {
            let target = u64::from(r.target - arrival.base);
            add(target << 32
                | u64::from(r.delay) << 24
                | u64::from(r.boxed) << 16
                | u64::from(r.value as u16));
        }
    }
    state
}
