//! Which populations learn how, what may share a core, and the learning part of an image.

use super::{keep, trace};
use crate::error::Limit;
use crate::layout::Run;
use crate::map::{Mapped, Mapper};
use crate::memory::Synapses;
use crate::synapse::{Flows, Totals};
use seamount_image as image;
use seamount_image::check_learn::{
    POST_PROFILES_MAX, PRE_TRACE_CONFIGURATIONS, REWARDS_MAX, RULES_MAX,
};
use seamount_image::{
    CoreLearning, LearningAxon, LearningPlan, LearningProbePlan, PlasticProjection, RewardAxon,
    TraceConfig,
};
use seamount_network::netlist::{Learned, LearningProbe, Netlist, Trace};
use std::collections::{BTreeMap, BTreeSet};

/// What the projections that end at a population ask of its core.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PopulationLearning {
    /// Steps of an epoch; absent: nothing learns.
    pub epoch: Option<u8>,
    /// Rules, by index in the netlist.
    pub rules: BTreeSet<usize>,
    /// Those of them with a reward channel.
    pub rewards: BTreeSet<usize>,
    /// Pre-trace configurations.
    pub pre: BTreeSet<[TraceConfig; 2]>,
    /// Post-trace configurations.
    pub post: BTreeSet<[TraceConfig; 3]>,
}

impl PopulationLearning {
    /// Of every population of a checked netlist.
    pub fn all(netlist: &Netlist, flows: &Flows) -> Vec<PopulationLearning> {
        let mut all = vec![PopulationLearning::default(); netlist.populations.len()];
        for flow in &flows.flows {
            let Some(index) = flow.rule else { continue };
            let (rule, population) = (&netlist.learning_rules[index], &mut all[flow.population]);
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
    pub fn suits(&self, other: &PopulationLearning, enforce: bool) -> bool {
        let union = |a: &BTreeSet<usize>, b: &BTreeSet<usize>| a.union(b).count();
        let epochs = matches!((self.epoch, other.epoch), (Some(a), Some(b)) if a != b);
        !epochs
            && union(&self.rules, &other.rules) <= RULES_MAX
            && union(&self.rewards, &other.rewards) <= REWARDS_MAX
            && self.post.union(&other.post).count() <= POST_PROFILES_MAX
            && (!enforce || self.pre.union(&other.pre).count() as u64 <= PRE_TRACE_CONFIGURATIONS)
    }

    /// Takes in what another asks.
    pub fn add(&mut self, other: &PopulationLearning) {
        self.epoch = self.epoch.or(other.epoch);
        self.rules.extend(&other.rules);
        self.rewards.extend(&other.rewards);
        self.pre.extend(&other.pre);
        self.post.extend(&other.post);
    }

    /// Of all populations of a core.
    pub fn of(plan: &[Run], totals: &Totals) -> PopulationLearning {
        let mut sum = PopulationLearning::default();
        plan.iter()
            .for_each(|run| sum.add(&totals.learning[run.population as usize]));
        sum
    }

    /// Whether the populations of a core suit each other.
    pub fn consistent(plan: &[Run], totals: &Totals, enforce: bool) -> bool {
        let mut sum = PopulationLearning::default();
        plan.iter().all(|run| {
            let one = &totals.learning[run.population as usize];
            let suits = sum.suits(one, enforce);
            sum.add(one);
            suits
        })
    }
}

/// y1, y2 and y3 of every compartment at which something learns, by population and part.
fn post_traces(netlist: &Netlist, flows: &Flows) -> BTreeMap<(usize, usize), [Option<Trace>; 3]> {
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
pub(crate) fn limits(netlist: &Netlist, totals: &Totals, enforce: bool) -> Vec<Limit> {
    let mut found = vec![];
    for (population, learning) in netlist.populations.iter().zip(&totals.learning) {
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

impl Mapper<'_> {
    /// The learning part of the image.
    pub fn learning(&self, mapped: &mut Mapped) -> LearningPlan {
        let flows = &self.flows.flows;
        let plastic: Vec<usize> = (0..flows.len())
            .filter(|&f| flows[f].rule.is_some())
            .collect();
        let mut plan = LearningPlan::default();
        for &flow in &plastic {
            let mut ends = vec![];
            flows[flow].each(|source, target, _, _| ends.push((source, target)));
            plan.projections.push(PlasticProjection {
                name: flows[flow].projection.name.clone(),
                ends,
            });
        }
        for core in 0..mapped.layout.cores.len() {
            let synapses = std::mem::take(&mut mapped.synapses[core].learning);
            if !synapses.axons.is_empty() {
                plan.cores.push(self.core_learning(
                    &mapped.layout.cores[core],
                    core as u32,
                    synapses,
                    &plastic,
                ));
            }
        }
        let index =
            |p: &LearningProbe| plan.projections.iter().position(|q| q.name == p.projection);
        for of in &self.netlist.learning_probes {
            let projection = index(of).expect("a checked netlist");
            let rule = &self.programs[flows[plastic[projection]].rule.expect("learns")];
            plan.probes
                .push(probe(of, projection as u32, rule.delay_is_tag));
        }
        plan
    }

    fn core_learning(
        &self,
        plan: &[Run],
        core: u32,
        synapses: crate::memory::Learning,
        plastic: &[usize],
    ) -> CoreLearning {
        let used: BTreeSet<usize> = synapses
            .axons
            .iter()
            .filter_map(|a| self.flows.flows[a.flow].rule)
            .collect();
        let used: Vec<usize> = used.into_iter().collect();
        let mut out = CoreLearning {
            core,
            rules: vec![],
            post_profiles: vec![],
            post: vec![],
            axons: vec![],
            rewards: vec![],
            reward_axons: vec![],
        };
        let mut channels: BTreeMap<usize, u8> = BTreeMap::new();
        for &rule in &used {
            let mut program = self.programs[rule].clone();
            if let Some(reward) = &self.netlist.learning_rules[rule].reward {
                channels.insert(rule, out.rewards.len() as u8);
                program.reward = Some(out.rewards.len() as u8);
                let keep = keep(reward.tau, reward.linear, reward.k);
                out.rewards.push(TraceConfig {
                    keep,
                    ..TraceConfig::default()
                });
            }
            out.rules.push(program);
        }
        let local = |rule: usize| {
            used.iter()
                .position(|r| *r == rule)
                .expect("a rule of this core") as u8
        };
        let projection =
            |flow: usize| plastic.iter().position(|f| *f == flow).expect("learns") as u32;
        out.axons = (synapses.axons.into_iter())
            .map(|a| LearningAxon {
                axon: a.axon,
                rule: local(self.flows.flows[a.flow].rule.expect("learns")),
                projection: projection(a.flow),
                source: a.source,
                edges: a.edges,
            })
            .collect();
        out.reward_axons = (synapses.rewards.iter())
            .map(|&(axon, reward)| {
                let reward = &self.flows.rewards[reward];
                RewardAxon {
                    axon,
                    channel: channels[&reward.rule],
                    impulse: reward.impulse,
                }
            })
            .collect();
        self.post(plan, &mut out);
        out
    }

    /// Post traces of every compartment of this core at which a projection that learns ends.
    fn post(&self, plan: &[Run], out: &mut CoreLearning) {
        let traces = post_traces(self.netlist, self.flows);
        for run in plan {
            let population = run.population as usize;
            let parts = self.netlist.populations[population].compartments.len() as u32;
            for neuron in 0..run.neurons {
                for part in 0..parts {
                    let Some(config) = traces.get(&(population, part as usize)) else {
                        continue;
                    };
                    let config = config.map(trace);
                    let known = out.post_profiles.iter().position(|p| *p == config);
                    let profile = known.unwrap_or_else(|| {
                        out.post_profiles.push(config);
                        out.post_profiles.len() - 1
                    });
                    out.post
                        .push((run.first_compartment + neuron * parts + part, profile as u8));
                }
            }
        }
        out.post.sort_unstable();
    }
}

fn probe(probe: &LearningProbe, projection: u32, delay_is_tag: bool) -> LearningProbePlan {
    LearningProbePlan {
        name: probe.name.clone(),
        projection,
        register: match probe.variable {
            Learned::Weight => image::Register::Weight,
            Learned::Delay if delay_is_tag => image::Register::SecondTag,
            Learned::Delay => image::Register::Delay,
            Learned::Tag => image::Register::Tag,
        },
        synapses: probe
            .synapses
            .as_ref()
            .map_or(vec![], |s| s.as_slice().to_vec()),
        start: probe.start,
        stop: probe.stop.unwrap_or(u64::MAX),
        every: probe.every,
    }
}

impl Synapses {
    /// Input slots: learning axons take two (NC-028).
    pub fn input_slots(&self) -> u64 {
        self.axons
            .iter()
            .map(|a| if a.learning { 2 } else { 1 })
            .sum()
    }
}
