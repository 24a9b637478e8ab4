//! The synapses of a netlist as contributions, streamed projection by projection.
//!
//! A network may hold a hundred million synapses in a few compact forms (dense, all to all). They
//! are visited, never listed: whoever needs them asks for another pass.

use crate::record::SeededRun;
use seamount_arith::weight::{self, CONTRIBUTION_MAX, MixedRounding};
use seamount_image::AxonKind;
use seamount_image::generated::{SeededEntry, row_seed};
use seamount_network::netlist::{
    self, Axons, Connectivity, Edges, Endpoint, Groups, Netlist, NetlistNames, Precision,
    Projection, Resolved, SignMode,
};
use std::borrow::Cow;

/// A contribution is a multiple of this (NC-021).
const UNIT: i32 = 64;

/// One projection, resolved.
///
/// A *row* is what owns a synapse list: a source for discrete axons, a source of one projection for
/// population axons and for learning ones. Rows below [`Flows::senders`] are the sources
/// themselves.
pub(crate) struct Flow<'a> {
    pub(crate) projection: &'a Projection,
    edges: Option<Cow<'a, Edges>>,
    pub(crate) sources: u32,
    targets: u32,
    /// Row of source 0.
    pub(crate) row_base: u32,
    /// Sender of source 0.
    pub(crate) sender_base: u32,
    /// Target population and compartment.
    pub(crate) population: usize,
    pub(crate) part: usize,
    /// Grouping of population axons.
    pub(crate) groups: Option<(AxonKind, &'a Groups)>,
    /// Learning rule, by index in the netlist.
    pub(crate) rule: Option<usize>,
}

/// Spikes that are rewards of a rule (LE-011).
pub(crate) struct RewardFlow {
    pub(crate) rule: usize,
    pub(crate) impulse: i8,
    pub(crate) sources: u32,
    /// Row of source 0.
    pub(crate) row_base: u32,
    sender_base: u32,
}

/// What owns a row that is no sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowOwner {
    /// A flow with population axons, or one that learns.
    Flow(usize),
    /// A reward.
    Reward(usize),
}

/// All projections of a netlist, and the numbering of senders and rows.
pub(crate) struct Flows<'a> {
    pub(crate) flows: Vec<Flow<'a>>,
    /// Sender of source 0 of each input.
    pub(crate) input_base: Vec<u32>,
    /// Sender of neuron 0 of each population and compartment.
    pub(crate) compartment_base: Vec<Vec<u32>>,
    /// Number of senders; rows from here on have other owners.
    pub(crate) senders: u32,
    /// Rewards of rules.
    pub(crate) rewards: Vec<RewardFlow>,
    /// First row and owner of the rows that are no senders, ascending.
    owners: Vec<(u32, RowOwner)>,
}

/// Number of senders and rows, or of synapses, beyond which a network is refused outright.
pub(crate) const SENDERS_MAX: u64 = 1 << 26;
/// See [`SENDERS_MAX`].
pub(crate) const SYNAPSES_MAX: u64 = 1 << 28;

/// Senders plus rows of a netlist, before anything is allocated.
pub(crate) fn row_count(netlist: &Netlist) -> u64 {
    let inputs: u64 = netlist.inputs.iter().map(|i| u64::from(i.size)).sum();
    let apart = netlist.projections.iter().filter(|p| {
        p.axons != Axons::Discrete
            || p.learning.is_some()
            || matches!(p.connectivity, Connectivity::Generated(_))
    });
    let rewards = netlist
        .learning_rules
        .iter()
        .filter_map(|r| r.reward.as_ref())
        .flat_map(|r| &r.sources)
        .map(|s| &s.source);
    let sources = apart.map(|p| &p.source).chain(rewards);
    let names = netlist.names();
    let rows: u64 = sources.map(|s| u64::from(names.size(s))).sum();
    inputs + netlist.compartment_count() + rows
}

/// Synapses of a netlist, before anything is allocated; dense zeros count.
pub(crate) fn synapse_count(netlist: &Netlist) -> u64 {
    let names = netlist.names();
    let size = |endpoint: &Endpoint| u64::from(names.size(endpoint));
    let of = |p: &Projection| match &p.connectivity {
        Connectivity::Lists(edges) => edges.len() as u64,
        Connectivity::Pairs { sources, .. } => sources.as_slice().len() as u64,
        Connectivity::OneToOne { .. } => size(&p.source),
        // every pair is drawn
        Connectivity::Generated(_) => size(&p.source).saturating_mul(size(&p.target)),
        Connectivity::Dense { .. } | Connectivity::AllToAll { .. } => {
            size(&p.source).saturating_mul(size(&p.target))
        }
    };
    netlist
        .projections
        .iter()
        .map(of)
        .fold(0, u64::saturating_add)
}

/// Hands out numbers of senders and rows.
#[derive(Default)]
struct RowNumbers {
    next: u32,
}

impl RowNumbers {
    /// The first of `count` numbers that nobody has yet.
    fn take(&mut self, count: u32) -> u32 {
        let first = self.next;
        self.next += count;
        first
    }
}

impl<'a> Flows<'a> {
    /// Resolves a checked netlist.
    pub(crate) fn new(netlist: &'a Netlist) -> Self {
        let mut numbers = RowNumbers::default();
        let input_base = netlist.inputs.iter().map(|i| numbers.take(i.size));
        let input_base: Vec<u32> = input_base.collect();
        let mut compartment_base: Vec<Vec<u32>> = vec![];
        for population in &netlist.populations {
            let bases = population.compartments.iter();
            compartment_base.push(bases.map(|_| numbers.take(population.size)).collect());
        }
        // from here on numbers are rows that are no senders
        let mut flows = Flows {
            flows: vec![],
            input_base,
            compartment_base,
            senders: numbers.next,
            rewards: vec![],
            owners: vec![],
        };
        let names = netlist.names();
        for projection in &netlist.projections {
            let flow = flows.resolve(netlist, &names, projection, &mut numbers);
            if flow.has_own_rows() {
                let owner = RowOwner::Flow(flows.flows.len());
                flows.owners.push((flow.row_base, owner));
            }
            flows.flows.push(flow);
        }
        flows.add_rewards(netlist, &mut numbers);
        flows
    }

    /// One projection, with rows of its own where it needs them.
    fn resolve(
        &self,
        netlist: &'a Netlist,
        names: &NetlistNames<'_>,
        projection: &'a Projection,
        numbers: &mut RowNumbers,
    ) -> Flow<'a> {
        let source = names.resolve(&projection.source);
        let source = source.expect("a checked netlist");
        let Some(Resolved::Compartment(population, part)) = names.resolve(&projection.target)
        else {
            unreachable!("a checked netlist")
        };
        let groups = match &projection.axons {
            Axons::Discrete => None,
            Axons::Pop16(groups) => Some((AxonKind::Pop16, groups)),
            Axons::Pop32(groups) => Some((AxonKind::Pop32, groups)),
        };
        let named = |name: &String| netlist.learning_rules.iter().position(|r| &r.name == name);
        let targets = netlist.populations[population].size;
        // forms that do not say their synapses in order are brought into lists once
        let edges = match projection.connectivity {
            Connectivity::Pairs { .. } | Connectivity::Lists(_) | Connectivity::Generated(_) => {
                Some(projection.edges_between(netlist.size(source), targets))
            }
            _ => None,
        };
        let mut flow = Flow {
            projection,
            edges,
            sources: netlist.size(source),
            targets,
            row_base: self.sender_base(source),
            sender_base: self.sender_base(source),
            population,
            part,
            groups,
            rule: projection.learning.as_ref().and_then(named),
        };
        if flow.has_own_rows() {
            flow.row_base = numbers.take(flow.sources);
        }
        flow
    }

    /// The rewards of all rules, each with rows of its own: an axon that rewards carries no
    /// synapses.
    fn add_rewards(&mut self, netlist: &Netlist, numbers: &mut RowNumbers) {
        for (rule, learning_rule) in netlist.learning_rules.iter().enumerate() {
            let Some(reward) = &learning_rule.reward else {
                continue;
            };
            for source in &reward.sources {
                let resolved = netlist.resolve(&source.source).expect("a checked netlist");
                let sources = netlist.size(resolved);
                let row_base = numbers.take(sources);
                let owner = RowOwner::Reward(self.rewards.len());
                self.owners.push((row_base, owner));
                self.rewards.push(RewardFlow {
                    rule,
                    impulse: source.impulse,
                    sources,
                    row_base,
                    sender_base: self.sender_base(resolved),
                });
            }
        }
    }

    /// The sender of neuron or source 0 of an endpoint.
    fn sender_base(&self, source: Resolved) -> u32 {
        match source {
            Resolved::Input(i) => self.input_base[i],
            Resolved::Compartment(p, c) => self.compartment_base[p][c],
        }
    }

    /// Owner and source neuron of a row that is no sender.
    pub(crate) fn owner(&self, row: u32) -> (RowOwner, u32) {
        let after = self.owners.partition_point(|(base, _)| *base <= row);
        let (base, owner) = self.owners[after - 1];
        (owner, row - base)
    }

    /// The flow and source neuron of a row of a population axon.
    pub(crate) fn grouped(&self, row: u32) -> (usize, u32) {
        match self.owner(row) {
            (RowOwner::Flow(flow), source) => (flow, source),
            (RowOwner::Reward(_), _) => unreachable!("rewards have no synapses"),
        }
    }

    /// The sender whose spikes use a row.
    pub(crate) fn sender(&self, row: u32) -> u32 {
        if row < self.senders {
            return row;
        }
        match self.owner(row) {
            (RowOwner::Flow(flow), source) => self.flows[flow].sender_base + source,
            (RowOwner::Reward(reward), source) => self.rewards[reward].sender_base + source,
        }
    }
}

impl Flow<'_> {
    /// Number of target neurons.
    pub(crate) fn targets(&self) -> u32 {
        self.targets
    }

    /// Whether its lists belong to its own rows and not to its senders: lists that an atom selects,
    /// that learn, or that are made from a seed are not merged with other lists of the same sender.
    fn has_own_rows(&self) -> bool {
        self.groups.is_some() || self.rule.is_some() || self.generated().is_some()
    }

    /// Visits every synapse as (source, target, weight, delay), by source.
    pub(crate) fn each(&self, mut visit: impl FnMut(u32, u32, i32, u8)) {
        match &self.projection.connectivity {
            Connectivity::Dense { weights, delay } => {
                for (source, row) in (0..).zip(weights.rows()) {
                    for (target, &weight) in (0..).zip(row).filter(|(_, w)| **w != 0) {
                        visit(source, target, weight, *delay);
                    }
                }
            }
            Connectivity::OneToOne { weights, delays } => {
                for i in 0..self.sources {
                    visit(i, i, weights.get(i as usize), delays.get(i as usize));
                }
            }
            Connectivity::AllToAll { weight, delay } => {
                for source in 0..self.sources {
                    (0..self.targets).for_each(|target| visit(source, target, *weight, *delay));
                }
            }
            Connectivity::Pairs { .. } | Connectivity::Lists(_) | Connectivity::Generated(_) => {
                let edges = self.edges.as_ref().expect("made for these forms");
                for source in 0..self.sources {
                    edges
                        .of(source)
                        .for_each(|(target, weight, delay)| visit(source, target, weight, delay));
                }
            }
        }
    }

    /// How its synapses are made, if they are.
    pub(crate) fn generated(&self) -> Option<&netlist::Generated> {
        match &self.projection.connectivity {
            Connectivity::Generated(generated) => Some(generated),
            _ => None,
        }
    }

    /// What memory holds of synapses that are made from a seed; `index` is that of the first
    /// neuron.
    pub(crate) fn entry(&self, seeded: &SeededRun, index: u32) -> SeededEntry {
        let how = self.generated().expect("a projection that is generated");
        SeededEntry {
            index,
            seed: row_seed(how.seed, seeded.row - self.row_base),
            first: seeded.first_neuron,
            neurons: seeded.neurons,
            chance: how.chance,
            weights: how.weights,
            delay: how.delay,
        }
    }

    /// The weight after the rounding of its format, if it has one (NC-020).
    pub(crate) fn stored(&self, weight: i32) -> i32 {
        match self.projection.precision {
            Precision::Exact => weight,
            Precision::Format {
                sign_mode,
                weight_bits,
            } => weight::stored_weight(weight, sign_mode, weight_bits, MixedRounding::Floor),
        }
    }

    /// Sign mode and weight bits of a projection that learns.
    pub(crate) fn format(&self) -> (SignMode, u8) {
        match self.projection.precision {
            Precision::Exact => unreachable!("a checked netlist"),
            Precision::Format {
                sign_mode,
                weight_bits,
            } => (sign_mode, weight_bits),
        }
    }

    /// The contribution in units of 64, unlimited: -32768 stands for the limit -32767 (NC-004).
    pub(crate) fn value(&self, target: u32, weight: i32) -> i16 {
        let exponent = self.projection.weight_exponent.get(target as usize);
        match weight::contribution(self.stored(weight), exponent) {
            // what was clipped to the limit is kept unclipped: -32768 is a power of 2, which
            // formats hold in few bits, and reading clips it again; no format of 8 bits holds
            // -32767
            c if c == -CONTRIBUTION_MAX => i16::MIN,
            c => (c / UNIT) as i16,
        }
    }
}
