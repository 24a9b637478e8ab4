//! The synapse lists that arrive at one core: gathered, grouped into axons, identical ones found.

use crate::layout::Layout;
use crate::synapse::Flows;
use seamount_image::AxonKind;
use seamount_network::netlist::Netlist;
use std::collections::BTreeMap;
use std::ops::Range;

/// One synapse that arrives at a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record {
    pub row: u32,
    pub target: u16,
    pub boxed: bool,
    pub delay: u8,
    /// See [`crate::synapse::Flow::value`].
    pub value: i16,
}

impl Record {
    /// Equal but for the row and a shift of the target.
    fn same(&self, base: u16, other: &Record, other_base: u16) -> bool {
        (self.boxed, self.delay, self.value) == (other.boxed, other.delay, other.value)
            && self.target - base == other.target - other_base
    }
}

/// One synapse that arrives at a core and learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Plastic {
    pub row: u32,
    pub exponent: i8,
    pub target: u16,
    /// Number among the synapses of its projection.
    pub edge: u32,
    pub flow: u32,
    pub delay: u8,
    /// As stored by its format.
    pub weight: i16,
}

/// Synapses of one source that a core makes from a seed: those at one run of neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seeded {
    pub row: u32,
    pub flow: u32,
    pub first_neuron: u32,
    pub neurons: u32,
    /// Compartment of the first of them.
    pub place: u16,
    /// Compartments from one to the next.
    pub stride: u8,
}

/// The synapses of a core, sorted by row and target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathered {
    pub fixed: Vec<Record>,
    pub plastic: Vec<Plastic>,
    pub generated: Vec<Seeded>,
}

/// The synapses of the cores asked for.
pub(crate) fn gather(
    netlist: &Netlist,
    flows: &Flows,
    layout: &Layout,
    cores: &[usize],
) -> Vec<Gathered> {
    let mut gathered: Vec<Gathered> = vec![Gathered::default(); cores.len()];
    let mut slots = vec![usize::MAX; layout.cores.len()];
    (0..)
        .zip(cores)
        .for_each(|(slot, &core)| slots[core] = slot);
    for (index, flow) in (0u32..).zip(&flows.flows) {
        if layout
            .runs(flow.population)
            .iter()
            .all(|(core, _)| slots[*core as usize] == usize::MAX)
        {
            continue;
        }
        let (parts, part) = (
            netlist.populations[flow.population].compartments.len() as u32,
            flow.part as u32,
        );
        let (mut core, mut run) = layout.runs(flow.population)[0];
        if flow.generated().is_some() {
            for (core, run) in layout
                .runs(flow.population)
                .iter()
                .filter(|(core, _)| slots[*core as usize] != usize::MAX)
            {
                let place = (run.first_compartment + part) as u16;
                let of = |source| Seeded {
                    row: flow.row_base + source,
                    flow: index,
                    first_neuron: run.first_neuron,
                    neurons: run.neurons,
                    place,
                    stride: parts as u8,
                };
                let all = (0..flow.sources)
                    .map(of)
                    .filter(|seeded| !flow.entry(seeded, 0).is_empty());
                gathered[slots[*core as usize]].generated.extend(all);
            }
            continue;
        }
        let boxed = flow.projection.box_synapse;
        let mut next = 0;
        flow.each(|source, target, weight, delay| {
            let edge = next;
            next += 1;
            if target.wrapping_sub(run.first_neuron) >= run.neurons {
                (core, run) = layout.find(flow.population, target);
            }
            let slot = slots[core as usize];
            if slot == usize::MAX {
                return;
            }
            let row = flow.row_base + source;
            let place = (run.first_compartment + (target - run.first_neuron) * parts + part) as u16;
            if flow.rule.is_some() {
                let (exponent, weight) = (
                    flow.projection.weight_exponent.get(target as usize),
                    flow.stored(weight) as i16,
                );
                let plastic = Plastic {
                    row,
                    exponent,
                    target: place,
                    edge,
                    flow: index,
                    delay,
                    weight,
                };
                return gathered[slot].plastic.push(plastic);
            }
            let value = flow.value(target, weight);
            if value != 0 {
                gathered[slot].fixed.push(Record {
                    row,
                    target: place,
                    boxed,
                    delay,
                    value,
                });
            }
        });
    }
    gathered.iter_mut().for_each(|records| {
        records.fixed.sort_unstable();
        records.plastic.sort_unstable();
        records.generated.sort_unstable_by_key(|g| (g.row, g.place));
    });
    gathered
}

/// One list of an axon: the records of a row.
#[derive(Debug, Clone)]
pub(crate) struct List {
    pub atom: u16,
    pub row: u32,
    pub records: Range<usize>,
}

/// One input axon before it has memory.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub kind: AxonKind,
    /// By atom; atoms without synapses are left out.
    pub lists: Vec<List>,
    /// Added to targets.
    pub base: u16,
    /// Which of the different contents this axon has.
    pub content: usize,
}

/// The axons of a core in the order of their rows. Sources without synapses here have none.
pub(crate) fn arrivals(flows: &Flows, records: &[Record]) -> Vec<Arrival> {
    let mut discrete = vec![];
    let mut groups: BTreeMap<(usize, u32), Vec<List>> = BTreeMap::new();
    let mut start = 0;
    for run in records.chunk_by(|a, b| a.row == b.row) {
        let (row, range) = (run[0].row, start..start + run.len());
        start = range.end;
        if row < flows.senders {
            let lists = vec![List {
                atom: 0,
                row,
                records: range,
            }];
            discrete.push(Arrival {
                kind: AxonKind::Discrete,
                lists,
                base: 0,
                content: 0,
            });
        } else {
            let (flow, source) = flows.grouped(row);
            let (_, by) = flows.flows[flow].groups.expect("a grouped row");
            let (group, atom) = (
                by.group.as_slice()[source as usize],
                by.atom.as_slice()[source as usize],
            );
            groups.entry((flow, group)).or_default().push(List {
                atom,
                row,
                records: range,
            });
        }
    }
    for ((flow, _), mut lists) in groups {
        lists.sort_by_key(|list| list.atom);
        let (kind, _) = flows.flows[flow].groups.expect("a grouped row");
        discrete.push(Arrival {
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
pub(crate) fn share(arrivals: &mut [Arrival], records: &[Record]) -> Vec<usize> {
    let mut contents: Vec<usize> = vec![];
    let mut shifted: Vec<bool> = vec![];
    let mut known: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for i in 0..arrivals.len() {
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
    for arrival in arrivals {
        if !shifted[arrival.content] {
            arrival.base = 0;
        }
    }
    contents
}

/// The largest base that can be taken out of all lists of an axon (NC-028).
fn base_of(arrival: &Arrival, records: &[Record]) -> u16 {
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

fn equal(a: &Arrival, b: &Arrival, records: &[Record]) -> bool {
    a.lists.len() == b.lists.len()
        && a.lists.iter().zip(&b.lists).all(|(x, y)| {
            let (left, right) = (&records[x.records.clone()], &records[y.records.clone()]);
            x.atom == y.atom
                && left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(l, r)| l.same(a.base, r, b.base))
        })
}

fn hash(arrival: &Arrival, records: &[Record]) -> u64 {
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
