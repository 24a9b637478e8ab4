//! The learning part of an image.

use super::population::post_traces;
use super::rule::{keep, trace};
use crate::map::{Mapped, Mapper};
use crate::plan::NeuronRun;
use crate::synapses::LearningAxons;
use seamount_image as image;
use seamount_image::{
    CoreLearning, LearningAxon, LearningPlan, LearningProbePlan, PlasticProjection, RewardAxon,
    TraceConfig,
};
use seamount_network::netlist::{Learned, LearningProbe};
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Mapper<'_> {
    /// The learning part of the image.
    pub(crate) fn learning(&self, mapped: &mut Mapped) -> LearningPlan {
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
        let names = plan.projections.iter().map(|p| p.name.clone());
        let index: HashMap<String, usize> = names.zip(0..).collect();
        for of in &self.netlist.learning_probes {
            let projection = index[&of.projection];
            let rule = &self.rules[flows[plastic[projection]].rule.expect("learns")];
            plan.probes
                .push(probe(of, projection as u32, rule.delay_is_tag));
        }
        plan
    }

    fn core_learning(
        &self,
        plan: &[NeuronRun],
        core: u32,
        synapses: LearningAxons,
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
            let mut program = self.rules[rule].clone();
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
    fn post(&self, plan: &[NeuronRun], out: &mut CoreLearning) {
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
            Learned::Weight => image::ImageRegister::Weight,
            Learned::Delay if delay_is_tag => image::ImageRegister::SecondTag,
            Learned::Delay => image::ImageRegister::Delay,
            Learned::Tag => image::ImageRegister::Tag,
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
