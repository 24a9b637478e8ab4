//! The synapses of a netlist as contributions, streamed projection by projection.

use crate::learn::plan::PopulationLearning;
use crate::lists::Seeded;
use seamount_arith::weight::{self, CONTRIBUTION_MAX, MixedRounding};
use seamount_image::AxonKind;
use seamount_image::generated::{Generated, row_seed};
use seamount_network::netlist::{
    self, Axons, Connectivity, Edges, Endpoint, Groups, Netlist, Precision, Projection, Resolved,
    SignMode,
};
use std::borrow::Cow;

/// A contribution is a multiple of this (NC-021).
const UNIT: i32 = 64;

/// One projection, resolved.
///
/// A *row* is what owns a synapse list: a source for discrete axons, a source of one projection for
/// population axons and for learning ones. Rows below [`Flows::senders`] are the sources themselves.
pub(crate) struct Flow<'a> {
    pub projection: &'a Projection,
    edges: Option<Cow<'a, Edges>>,
    pub sources: u32,
    targets: u32,
    /// Row of source 0.
    pub row_base: u32,
    /// Sender of source 0.
    pub sender_base: u32,
    /// Target population and compartment.
    pub population: usize,
    pub part: usize,
    /// Grouping of population axons.
    pub groups: Option<(AxonKind, &'a Groups)>,
    /// Learning rule, by index in the netlist.
    pub rule: Option<usize>,
}

/// Spikes that are rewards of a rule (LE-011).
pub(crate) struct RewardFlow {
    pub rule: usize,
    pub impulse: i8,
    pub sources: u32,
    /// Row of source 0.
    pub row_base: u32,
    sender_base: u32,
}

/// What owns a row that is no sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A flow with population axons, or one that learns.
    Flow(usize),
    /// A reward.
    Reward(usize),
}

/// All projections of a netlist, and the numbering of senders and rows.
pub(crate) struct Flows<'a> {
    pub flows: Vec<Flow<'a>>,
    /// Sender of source 0 of each input.
    pub input_base: Vec<u32>,
    /// Sender of neuron 0 of each population and compartment.
    pub compartment_base: Vec<Vec<u32>>,
    /// Number of senders; rows from here on have other owners.
    pub senders: u32,
    /// Rewards of rules.
    pub rewards: Vec<RewardFlow>,
    /// First row and owner of the rows that are no senders, ascending.
    owners: Vec<(u32, Owner)>,
}

/// What one pass over all synapses finds out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    /// Synapses that contribute, per population and neuron.
    pub degree: Vec<Vec<u32>>,
    /// Largest delay that arrives, per population and neuron.
    pub delay_max: Vec<Vec<u8>>,
    /// Synapses written in the netlist.
    pub written: u64,
    /// Synapses that contribute nothing.
    pub dropped: u64,
    /// Weights changed by their format.
    pub rounded: u64,
    /// Largest change of a weight.
    pub rounding_error_max: u32,
    /// What the populations ask of their cores.
    pub learning: Vec<PopulationLearning>,
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
    let rows: u64 = sources
        .map(|s| netlist.resolve(s).map_or(0, |r| u64::from(netlist.size(r))))
        .sum();
    inputs + netlist.compartment_count() + rows
}

/// Synapses of a netlist, before anything is allocated; dense zeros count.
pub(crate) fn synapse_count(netlist: &Netlist) -> u64 {
    let size = |endpoint: &Endpoint| {
        netlist
            .resolve(endpoint)
            .map_or(0, |r| u64::from(netlist.size(r)))
    };
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

impl<'a> Flows<'a> {
    /// Resolves a checked netlist.
    pub fn new(netlist: &'a Netlist) -> Self {
        let mut next = 0u32;
        let mut take = |count: u32| {
            let base = next;
            next += count;
            base
        };
        let input_base: Vec<u32> = netlist.inputs.iter().map(|i| take(i.size)).collect();
        let bases = netlist
            .populations
            .iter()
            .map(|p| p.compartments.iter().map(|_| take(p.size)).collect());
        let compartment_base: Vec<Vec<u32>> = bases.collect();
        let senders = take(0);
        let sender_base = |source: Resolved| match source {
            Resolved::Input(i) => input_base[i],
            Resolved::Compartment(p, c) => compartment_base[p][c],
        };
        let mut flows = vec![];
        for projection in &netlist.projections {
            let source = netlist
                .resolve(&projection.source)
                .expect("a checked netlist");
            let Some(Resolved::Compartment(population, part)) = netlist.resolve(&projection.target)
            else {
                unreachable!("a checked netlist")
            };
            let sender_base = sender_base(source);
            let groups = match &projection.axons {
                Axons::Discrete => None,
                Axons::Pop16(groups) => Some((AxonKind::Pop16, groups)),
                Axons::Pop32(groups) => Some((AxonKind::Pop32, groups)),
            };
            let sources = netlist.size(source);
            let named = |name: &String| netlist.learning_rules.iter().position(|r| &r.name == name);
            let rule = projection.learning.as_ref().and_then(named);
            let seeded = matches!(projection.connectivity, Connectivity::Generated(_));
            let row_base = if groups.is_some() || rule.is_some() || seeded {
                take(sources)
            } else {
                sender_base
            };
            let edges = match projection.connectivity {
                Connectivity::Pairs { .. }
                | Connectivity::Lists(_)
                | Connectivity::Generated(_) => Some(projection.edges(netlist)),
                _ => None,
            };
            let targets = netlist.populations[population].size;
            flows.push(Flow {
                projection,
                edges,
                sources,
                targets,
                row_base,
                sender_base,
                population,
                part,
                groups,
                rule,
            });
        }
        let mut rewards = vec![];
        for (rule, reward) in netlist
            .learning_rules
            .iter()
            .enumerate()
            .filter_map(|(i, r)| Some((i, r.reward.as_ref()?)))
        {
            for source in &reward.sources {
                let resolved = netlist.resolve(&source.source).expect("a checked netlist");
                let sources = netlist.size(resolved);
                let (row_base, sender_base) = (take(sources), sender_base(resolved));
                rewards.push(RewardFlow {
                    rule,
                    impulse: source.impulse,
                    sources,
                    row_base,
                    sender_base,
                });
            }
        }
        let apart = flows.iter().enumerate().filter(|(_, f): &(usize, &Flow)| {
            f.groups.is_some() || f.rule.is_some() || f.generated().is_some()
        });
        let mut owners: Vec<(u32, Owner)> =
            apart.map(|(i, f)| (f.row_base, Owner::Flow(i))).collect();
        owners.extend(
            rewards
                .iter()
                .enumerate()
                .map(|(i, r): (usize, &RewardFlow)| (r.row_base, Owner::Reward(i))),
        );
        Flows {
            flows,
            input_base,
            compartment_base,
            senders,
            rewards,
            owners,
        }
    }

    /// Owner and source neuron of a row that is no sender.
    pub fn owner(&self, row: u32) -> (Owner, u32) {
        let after = self.owners.partition_point(|(base, _)| *base <= row);
        let (base, owner) = self.owners[after - 1];
        (owner, row - base)
    }

    /// The flow and source neuron of a row of a population axon.
    pub fn grouped(&self, row: u32) -> (usize, u32) {
        match self.owner(row) {
            (Owner::Flow(flow), source) => (flow, source),
            (Owner::Reward(_), _) => unreachable!("rewards have no synapses"),
        }
    }

    /// The sender whose spikes use a row.
    pub fn sender(&self, row: u32) -> u32 {
        if row < self.senders {
            return row;
        }
        match self.owner(row) {
            (Owner::Flow(flow), source) => self.flows[flow].sender_base + source,
            (Owner::Reward(reward), source) => self.rewards[reward].sender_base + source,
        }
    }

    /// One pass over all synapses.
    pub fn totals(&self, netlist: &Netlist) -> Totals {
        let sizes = || netlist.populations.iter().map(|p| p.size as usize);
        let mut totals = Totals {
            degree: sizes().map(|n| vec![0; n]).collect(),
            delay_max: sizes().map(|n| vec![0; n]).collect(),
            learning: PopulationLearning::all(netlist, self),
            ..Totals::default()
        };
        for flow in &self.flows {
            let (mut degree, mut delays) = (
                std::mem::take(&mut totals.degree),
                std::mem::take(&mut totals.delay_max),
            );
            flow.each(|_, target, weight, delay| {
                totals.written += 1;
                let error = flow.stored(weight).abs_diff(weight);
                totals.rounded += u64::from(error != 0);
                totals.rounding_error_max = totals.rounding_error_max.max(error);
                if flow.rule.is_none() && flow.value(target, weight) == 0 {
                    totals.dropped += 1;
                } else {
                    degree[flow.population][target as usize] += 1;
                    let latest = &mut delays[flow.population][target as usize];
                    *latest = delay.max(*latest);
                }
            });
            (totals.degree, totals.delay_max) = (degree, delays);
        }
        totals
    }
}

impl Flow<'_> {
    /// Visits every synapse as (source, target, weight, delay), by source.
    pub fn each(&self, mut visit: impl FnMut(u32, u32, i32, u8)) {
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
    pub fn generated(&self) -> Option<&netlist::Generated> {
        match &self.projection.connectivity {
            Connectivity::Generated(generated) => Some(generated),
            _ => None,
        }
    }

    /// What memory holds of synapses that are made from a seed; `index` is that of the first neuron.
    pub fn entry(&self, seeded: &Seeded, index: u32) -> Generated {
        let how = self.generated().expect("a projection that is generated");
        Generated {
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
    pub fn stored(&self, weight: i32) -> i32 {
        match self.projection.precision {
            Precision::Exact => weight,
            Precision::Format {
                sign_mode,
                weight_bits,
            } => weight::stored_weight(weight, sign_mode, weight_bits, MixedRounding::Floor),
        }
    }

    /// Sign mode and weight bits of a projection that learns.
    pub fn format(&self) -> (SignMode, u8) {
        match self.projection.precision {
            Precision::Exact => unreachable!("a checked netlist"),
            Precision::Format {
                sign_mode,
                weight_bits,
            } => (sign_mode, weight_bits),
        }
    }

    /// The contribution in units of 64, unlimited: -32768 stands for the limit -32767 (NC-004).
    pub fn value(&self, target: u32, weight: i32) -> i16 {
        let exponent = self.projection.weight_exponent.get(target as usize);
        match weight::contribution(self.stored(weight), exponent) {
            c if c == -CONTRIBUTION_MAX => i16::MIN,
            c => (c / UNIT) as i16,
        }
    }
}
