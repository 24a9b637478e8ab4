//! What the populations of a network ask of learning, and which of them may share a core.

use super::rule::trace;
use crate::limit::Limit;
use crate::plan::NeuronRun;
use crate::synapse::Flows;
use seamount_image::TraceConfig;
use seamount_image::limits::{POST_PROFILES_MAX, PRE_TRACE_CONFIGURATIONS, REWARDS_MAX, RULES_MAX};
use seamount_network::netlist::{Netlist, Trace};
use std::collections::{BTreeMap, BTreeSet};

/// What the projections that end at a population ask of its core.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PopulationLearning {
    /// Steps of an epoch; absent: nothing learns.
    pub(crate) epoch: Option<u8>,
    /// Rules, by index in the netlist.
    pub(crate) rules: BTreeSet<usize>,
    /// Rules with a reward channel.
    pub(crate) rewards: BTreeSet<usize>,
    /// Pre-trace configurations.
    pub(crate) pre: BTreeSet<[TraceConfig; 2]>,
    /// Post-trace configurations.
    pub(crate) post: BTreeSet<[TraceConfig; 3]>,
}

impl PopulationLearning {
    /// The demands of every population of a checked netlist.
    pub(crate) fn all(netlist: &Netlist, flows: &Flows) -> Vec<PopulationLearning> {
        let mut all = vec![PopulationLearning::default(); netlist.populations.len()];
        for flow in &flows.flows {
            let Some(index) = flow.rule else { continue };
            let rule = &netlist.learning_rules[index];
            let population = &mut all[flow.population];
            population.epoch = Some(rule.epoch);
            population.rules.insert(index);
            population.pre.insert([rule.x1, rule.x2].map(trace));
            if rule.reward.is_some() {
                population.rewards.insert(index);
            }
        }
        for ((population, _), traces) in post_traces(netlist, flows) {
            all[population].post.insert(traces.map(trace));
        }
        all
    }

    /// Whether a core can hold both; `enforce`: the chip's limits count, not only the emulator's.
    pub(crate) fn suits(&self, other: &PopulationLearning, enforce: bool) -> bool {
        let union = |a: &BTreeSet<usize>, b: &BTreeSet<usize>| a.union(b).count();
        let epochs = matches!((self.epoch, other.epoch), (Some(a), Some(b)) if a != b);
        !epochs
            && union(&self.rules, &other.rules) <= RULES_MAX
            && union(&self.rewards, &other.rewards) <= REWARDS_MAX
            && self.post.union(&other.post).count() <= POST_PROFILES_MAX
            && (!enforce || self.pre.union(&other.pre).count() as u64 <= PRE_TRACE_CONFIGURATIONS)
    }

    /// Takes in what another asks.
    pub(crate) fn add(&mut self, other: &PopulationLearning) {
        self.epoch = self.epoch.or(other.epoch);
        self.rules.extend(&other.rules);
        self.rewards.extend(&other.rewards);
        self.pre.extend(&other.pre);
        self.post.extend(&other.post);
    }

    /// The demands of all populations of a core together.
    pub(crate) fn of(plan: &[NeuronRun], learning: &[PopulationLearning]) -> PopulationLearning {
        let mut sum = PopulationLearning::default();
        plan.iter()
            .for_each(|run| sum.add(&learning[run.population as usize]));
        sum
    }

    /// Whether the populations of a core suit each other.
    pub(crate) fn consistent(
        plan: &[NeuronRun],
        learning: &[PopulationLearning],
        enforce: bool,
    ) -> bool {
        let mut sum = PopulationLearning::default();
        plan.iter().all(|run| {
            let one = &learning[run.population as usize];
            let suits = sum.suits(one, enforce);
            sum.add(one);
            suits
        })
    }
}

/// y1, y2 and y3 of every compartment at which something learns, by population and part.
pub(crate) fn post_traces(
    netlist: &Netlist,
    flows: &Flows,
) -> BTreeMap<(usize, usize), [Option<Trace>; 3]> {
    let mut traces: BTreeMap<(usize, usize), [Option<Trace>; 3]> = BTreeMap::new();
    for flow in &flows.flows {
        let Some(rule) = flow.rule else { continue };
        let known = traces.entry((flow.population, flow.part)).or_default();
        for (known, new) in known.iter_mut().zip(netlist.learning_rules[rule].post()) {
            *known = known.or(new);
        }
    }
    traces
}

/// Limits that a single population breaks: no partition can help.
pub(crate) fn limits(
    netlist: &Netlist,
    learning: &[PopulationLearning],
    enforce: bool,
) -> Vec<Limit> {
    let mut found = vec![];
    for (population, learning) in netlist.populations.iter().zip(learning) {
        let pre = if enforce {
            PRE_TRACE_CONFIGURATIONS
        } else {
            u64::MAX
        };
        let wanted = [
            (
                "learning rules",
                learning.rules.len() as u64,
                RULES_MAX as u64,
            ),
            (
                "reward channels",
                learning.rewards.len() as u64,
                REWARDS_MAX as u64,
            ),
            ("pre-trace configurations", learning.pre.len() as u64, pre),
            (
                "post-trace configurations",
                learning.post.len() as u64,
                POST_PROFILES_MAX as u64,
            ),
        ];
        let broken = wanted
            .into_iter()
            .filter(|(_, wanted, available)| wanted > available);
        found.extend(broken.map(|(resource, wanted, available)| Limit {
            core: None,
            resource: resource.into(),
            wanted,
            available,
            who: vec![population.name.clone()],
        }));
    }
    found
}
