//! Proof that the learning of an image can run (LE-001..LE-012).

use super::finding::ImageProof;
use super::lists::ProvedLists;
use crate::learn::*;
use crate::limits::{POST_PROFILES_MAX, REWARDS_MAX, RULES_MAX};
use crate::list;
use crate::model::*;
use crate::probe::ImageRegister;
use seamount_rules::{FACTORS_MAX, Factor, PRODUCTS_MAX};
use seamount_spec::GradedPre;
use std::collections::BTreeMap;

impl ImageProof<'_> {
    /// Everything about learning.
    pub(crate) fn learning(&mut self) {
        let plan = &self.image.learning;
        let rising = plan.cores.windows(2).all(|w| w[0].core < w[1].core);
        self.need(rising, "learning", || "cores do not ascend".into());
        let mut by_core: BTreeMap<u32, &CoreLearning> =
            plan.cores.iter().map(|c| (c.core, c)).collect();
        for (index, core) in (0u32..).zip(&self.image.cores) {
            let place = format!("core {index}");
            match by_core.remove(&index) {
                Some(learning) => self.core_learning(&place, core, learning),
                None => {
                    let none = core.input_axons.iter().all(|a| !a.learning);
                    self.need(none, &place, || "has learning axons but no rules".into());
                }
            }
        }
        self.need(by_core.is_empty(), "learning", || {
            "of a core that does not exist".into()
        });
        for probe in &plan.probes {
            let place = format!("learning probe '{}'", probe.name);
            use ImageRegister::{Delay, PreTrace, SecondTag, Tag, Weight};
            let learned = matches!(
                probe.register,
                Weight | Delay | Tag | SecondTag | PreTrace(0 | 1)
            );
            self.need(learned, &place, || "register is not learned".into());
            self.need(probe.every >= 1 && probe.start >= 1, &place, || {
                "start and every are at least 1".into()
            });
            let Some(projection) = plan.projections.get(probe.projection as usize) else {
                self.fail(&place, format!("no projection {}", probe.projection));
                continue;
            };
            let count = projection.ends.len();
            let exist = probe.synapses.iter().all(|s| (*s as usize) < count);
            self.need(exist, &place, || {
                format!("a synapse is beyond the {count} there are")
            });
        }
    }

    fn core_learning(&mut self, place: &str, core: &CoreImage, learning: &CoreLearning) {
        let before = self.failures;
        self.need(learning.rules.len() <= RULES_MAX, place, || {
            format!("more than {RULES_MAX} learning rules")
        });
        self.need(learning.rewards.len() <= REWARDS_MAX, place, || {
            format!("more than {REWARDS_MAX} reward channels")
        });
        let profiles = learning.post_profiles.len();
        self.need(profiles <= POST_PROFILES_MAX, place, || {
            format!("more than {POST_PROFILES_MAX} post-trace configurations")
        });
        self.rules(place, core, learning);
        for trace in learning
            .post_profiles
            .iter()
            .flatten()
            .chain(&learning.rewards)
        {
            self.trace(place, trace);
        }
        self.post_traces(place, core, learning);
        self.reward_axons(place, core, learning);
        let learns: Vec<u32> = (0u32..)
            .zip(&core.input_axons)
            .filter(|(_, a)| a.learning)
            .map(|(i, _)| i)
            .collect();
        let named = learning.axons.iter().map(|a| a.axon).eq(learns);
        self.need(named, place, || {
            "learning axons and those marked as such differ".into()
        });
        if self.failures > before || !self.readable {
            return;
        }
        let mut lists = ProvedLists::new(core);
        for axon in &learning.axons {
            self.learning_axon(
                &format!("{place}, learning axon {}", axon.axon),
                core,
                learning,
                axon,
                &mut lists,
            );
        }
    }

    fn rules(&mut self, place: &str, core: &CoreImage, learning: &CoreLearning) {
        for rule in &learning.rules {
            let place = format!("{place}, rule '{}'", rule.name);
            self.rule(&place, rule, learning);
            let one = core.registers.learning_epoch == 1;
            self.need(one || !rule.x_before_impulse, &place, || {
                "x traces before the impulse are for epoch 1".into()
            });
        }
        for rule in learning
            .rules
            .iter()
            .filter(|r| r.graded_pre != GradedPre::Impulse)
        {
            let bare = rule.pre[0].impulse == 0
                && rule.pre[0].impulse_fraction == 0
                && !rule.x_before_impulse;
            self.need(bare, place, || {
                format!(
                    "rule '{}': x1 of payloads has an impulse, or is read before it",
                    rule.name
                )
            });
        }
    }

    fn post_traces(&mut self, place: &str, core: &CoreImage, learning: &CoreLearning) {
        let profiles = learning.post_profiles.len();
        let post = &learning.post;
        let rising = post.windows(2).all(|w| w[0].0 < w[1].0);
        let exist = post
            .iter()
            .all(|(c, p)| (*c as usize) < core.compartments.len() && usize::from(*p) < profiles);
        self.need(rising && exist, place, || {
            "post traces of compartments that do not exist, or not in order".into()
        });
    }

    fn trace(&mut self, place: &str, trace: &TraceConfig) {
        let good = trace.impulse <= 127 && trace.impulse_fraction <= 127 && trace.keep <= 4096;
        self.need(good, place, || {
            format!("trace configuration {trace:?} is out of range")
        });
    }

    fn rule(&mut self, place: &str, rule: &RuleProgram, learning: &CoreLearning) {
        self.need(rule.decimation <= 9, place, || {
            format!("decimation {} exceeds 9", rule.decimation)
        });
        rule.pre.iter().for_each(|trace| self.trace(place, trace));
        let products = rule.products().count();
        self.need((1..=PRODUCTS_MAX).contains(&products), place, || {
            format!("{products} products; 1..={PRODUCTS_MAX}")
        });
        let channel = rule.reward.map(|c| usize::from(c) < learning.rewards.len());
        self.need(channel != Some(false), place, || {
            "no such reward channel".into()
        });
        self.need(channel.is_some() || !rule.has_reward(), place, || {
            "uses rewards without a channel".into()
        });
        for product in rule.products() {
            self.need(product.scale_exists(), place, || {
                format!(
                    "scale {} * 2^{} does not exist",
                    product.mantissa, product.exponent
                )
            });
            self.need(product.factors.len() <= FACTORS_MAX, place, || {
                format!("a product of more than {FACTORS_MAX} factors")
            });
            let exist = product.factors.iter().all(Factor::exists);
            self.need(exist, place, || "a factor that does not exist".into());
        }
    }

    fn reward_axons(&mut self, place: &str, core: &CoreImage, learning: &CoreLearning) {
        let rising = learning
            .reward_axons
            .windows(2)
            .all(|w| w[0].axon < w[1].axon);
        self.need(rising, place, || "reward axons do not ascend".into());
        for reward in &learning.reward_axons {
            let place = format!("{place}, reward axon {}", reward.axon);
            let axon = core.input_axons.get(reward.axon as usize);
            let plain = axon.is_some_and(|a| !a.learning && a.kind == AxonKind::Discrete);
            self.need(plain, &place, || "is no plain input axon".into());
            self.need(
                usize::from(reward.channel) < learning.rewards.len(),
                &place,
                || "no such reward channel".into(),
            );
            self.need((-64..=63).contains(&reward.impulse), &place, || {
                "impulse is outside -64..=63".into()
            });
        }
    }

    /// The list of a learning axon: its formats learn, its synapses are numbered, its targets have
    /// post traces.
    fn learning_axon(
        &mut self,
        place: &str,
        core: &CoreImage,
        learning: &CoreLearning,
        axon: &LearningAxon,
        lists: &mut ProvedLists,
    ) {
        let input = &core.input_axons[axon.axon as usize];
        self.need(input.kind == AxonKind::Discrete, place, || {
            "is a population axon: their lists cannot learn".into()
        });
        let rule = learning.rules.get(usize::from(axon.rule));
        let projections = &self.image.learning.projections;
        let projection = projections.get(axon.projection as usize);
        let Some((rule, projection)) = rule.zip(projection) else {
            return self.fail(place, "names a rule or a projection that does not exist");
        };
        let exist = axon.edges.iter().all(|e| {
            projection
                .ends
                .get(*e as usize)
                .is_some_and(|ends| ends.0 == axon.source)
        });
        self.need(exist, place, || {
            "names synapses that are not of its source".into()
        });
        let Ok(facts) = lists.facts(core, u64::from(input.address)) else {
            return;
        };
        if facts.synapses != axon.edges.len() {
            return self.fail(
                place,
                format!(
                    "{} synapses, {} of them numbered",
                    facts.synapses,
                    axon.edges.len()
                ),
            );
        }
        if let Some(problem) = unsuitable(core, learning, rule, input, facts.synapses) {
            self.fail(place, problem);
        }
    }
}

/// What is wrong with the formats or the targets of the list of a learning axon; the last if there
/// is more than one.
fn unsuitable(
    core: &CoreImage,
    learning: &CoreLearning,
    rule: &RuleProgram,
    input: &InputAxon,
    synapses: usize,
) -> Option<&'static str> {
    let mut problem = None;
    let words = &core.synapse_memory[input.address as usize..];
    let _ = list::decode(words, &core.synapse_formats, synapses, |id, synapse| {
        let format = &core.synapse_formats[usize::from(id) - 1];
        let target = format.target(synapse.index, input.base);
        if !format.learn_enable {
            problem = Some("a format that does not learn");
        } else if format.tag_bits < rule.tag_bits() {
            problem = Some("a format without the tags of its rule");
        } else if rule.moves_delays() && format.delay_bits == 0 {
            problem = Some("a format without a delay");
        } else if learning
            .post
            .binary_search_by_key(&target, |p| p.0)
            .is_err()
        {
            problem = Some("a target without post traces");
        }
    });
    problem
}
