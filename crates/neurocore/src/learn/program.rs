//! The learning of one core, decoded: everything that never changes while it runs.
//!
//! The synapses that learn are numbered in the order of the axons' lists. An axon's synapses are
//! cut into spans, which the strategies of [`super::fast`] turn into blocks and vectors; the
//! indices that they need are built here, once, at load.
//!
//! **Ranks.** A rule multiplies numbers of the synapse, which lie side by side in the order of
//! lists, by traces of the targets, which belong to compartments. Where the targets of consecutive
//! synapses are consecutive too, a vector of traces is one load; where they are not, it is a load
//! for each synapse. Lists are most often in the order of targets, so what breaks the sequence is
//! compartments at which nothing learns: dendrites between somata, other populations on the core,
//! and the source itself where a network has no connection to oneself. So compartments that learn
//! are numbered without the others. That number is the rank; an epoch lays out traces by rank once,
//! and almost every span reads them from there as they lie.
//!
//! **Spans.** What is left are jumps in the ranks. One jump in a span is allowed (oneself): a
//! vector is loaded from both sides of it and put together, which costs two loads instead of one.
//! More of them, or another class of synapses, begin a new span. A short span costs more than its
//! vectors are worth, so neighbours that are short become one span without ranks, whose traces are
//! gathered.

use super::fast::{Stripes, TargetIndex, Terms};
use super::strategy::Strategy;
use super::traces::TraceColumns;
use super::variable::Grid;
use crate::kernel::Gap;
use crate::rows::RowCost;
use seamount_arith::weight::{SignMode, weight_shift};
use seamount_image::list;
use seamount_image::{
    CoreImage, CoreLearning, GradedPre, LearningAxon, Rounding, RuleProgram, SynapseFormat,
    TraceConfig,
};
use seamount_rules::Dependency;
use std::ops::Range;

/// The learning of a core.
#[derive(Debug)]
pub struct LearnProgram {
    /// The fastest strategy that may be used: tests and measurements allow less than all.
    pub fastest: Strategy,
    /// Steps of an epoch, 1 to 63 (LE-009).
    pub epoch: u8,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Learning axons.
    pub axons: Vec<Axon>,
    /// Spans of all axons, axon by axon.
    pub(crate) spans: Vec<Span>,
    /// Classes of synapses: one for each synapse format of the core.
    pub(crate) classes: Vec<SynapseClass>,
    /// Compartment at which each synapse ends.
    pub targets: Vec<u16>,
    /// Number of each synapse among the synapses of its projection.
    pub edges: Vec<u32>,
    /// w of each synapse before the first step.
    pub(crate) weights: Vec<i16>,
    /// d of each synapse before the first step.
    pub(crate) delays: Vec<u8>,
    /// Whether some synapse has a delay or may get one.
    pub(crate) has_delays: bool,
    /// Whether some rule has a tag.
    pub(crate) has_tags: bool,
    /// Whether some rule has d as a second tag.
    pub(crate) has_second_tags: bool,
    /// Whether some rule reads x1 and x2 before the impulse of the step.
    pub(crate) has_x_before: bool,
    /// Configurations of x1 and x2, by axon.
    pub(crate) pre: [TraceColumns; 2],
    /// Configurations of y1, y2 and y3, by compartment.
    pub(crate) post: [TraceColumns; 3],
    /// Whether programs of neurons write y1, y2 and y3 of a compartment (LE-012).
    pub(crate) written: [Vec<bool>; 3],
    /// Whether synapses that learn may end at a compartment.
    pub(crate) learns: Vec<bool>,
    /// The compartments at which they may, ascending: element r is the compartment of rank r.
    pub(crate) learners: Vec<u16>,
    /// Rank of each compartment; 0 where nothing learns, which no synapse of this list ends at.
    pub(crate) ranks: Vec<u16>,
    /// k of each reward channel, in 1/4096.
    pub(crate) reward_keep: Vec<u16>,
    /// Channel and impulse of each reward axon (LE-011).
    pub(crate) rewards: Vec<(u8, i8)>,
    /// Synapses by target, for post spikes.
    pub(crate) by_target: TargetIndex,
    /// Synapses of whole rules, for rules that act on all of them.
    pub(crate) stripes: Stripes,
}

/// A rule, decoded.
#[derive(Debug)]
pub struct Rule {
    /// The rule as the image has it.
    pub(crate) written: RuleProgram,
    /// Its products, decoded.
    pub(crate) terms: Terms,
    /// The fastest strategy that suits the rule.
    pub(crate) fastest: Strategy,
    /// An epoch whose number has none of these bits is one in which uk acts (LE-003).
    pub(crate) decimation_mask: u64,
    /// Number of products: what a visit costs (LE-013).
    pub(crate) products: u32,
    /// Whether some product is gated by post spikes.
    pub(crate) has_post: bool,
    /// Reward channel of r0 and r1.
    pub reward: Option<u8>,
    /// Number of axons with synapses that have the rule.
    pub(crate) axons: usize,
}

impl Rule {
    fn new(written: &RuleProgram, epoch: u8) -> Rule {
        let terms = Terms::new(
            [&written.dw, &written.dd, &written.dt],
            written.profile,
            epoch,
        );
        Rule {
            fastest: Strategy::of_rule(written, &terms, epoch),
            terms,
            decimation_mask: (1 << written.decimation) - 1,
            products: written.products().count() as u32,
            has_post: written.products().any(|p| p.dependency == Dependency::Post),
            reward: written.reward,
            axons: 0,
            written: written.clone(),
        }
    }

    /// Rounding at write-back (LE-007).
    #[inline(always)]
    pub(crate) fn rounding(&self) -> Rounding {
        self.written.rounding
    }

    /// What payloads do to x1 (LE-014).
    pub(crate) fn graded_pre(&self) -> GradedPre {
        self.written.graded_pre
    }
}

/// A learning axon: the synapses of one source neuron on this core, all with one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axon {
    /// Index of its rule.
    pub rule: u8,
    /// Its synapses.
    pub synapses: Range<u32>,
    /// Its spans.
    pub(crate) spans: Range<u32>,
    /// What reading its list costs; operations are counted as they happen.
    pub(crate) cost: RowCost,
    /// Index of its projection in the image.
    pub projection: u32,
    /// Source neuron in that projection.
    pub source: u32,
}

/// Spans of fewer synapses cost more than they save: neighbours are joined to one without ranks.
const SHORT: u32 = 16;

/// A span: consecutive synapses of one axon that share a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its synapses.
    pub synapses: Range<u32>,
    /// First compartment, where the targets are consecutive compartments.
    pub dense: Option<u16>,
    /// Rank of the first target, where ranks are consecutive but for the gap; none: targets are
    /// scattered.
    pub rank: Option<u16>,
    /// Where ranks jump; once a span at most: two loads a vector are worth it, three were not
    /// built.
    pub gap: Option<Gap>,
    /// Index of the class.
    pub class: u8,
}

impl Span {
    fn len(&self) -> u32 {
        self.synapses.end - self.synapses.start
    }

    /// Whether neighbours of this span may be joined to it.
    fn is_short(&self) -> bool {
        self.rank.is_none() || self.len() < SHORT
    }

    /// Whether a synapse goes on where the span ends: at the next compartment, or at a later one
    /// that learns (a network without connections to oneself leaves out one), unless that would
    /// make a long dense span end early.
    fn continues(&self, class: u8, target: u16, program: &LearnProgram) -> bool {
        let last = program.targets[self.synapses.end as usize - 1];
        let next = last.checked_add(1) == Some(target);
        let ranks = [last, target].map(|c| u32::from(program.ranks[usize::from(c)]));
        let follows = ranks[1] == ranks[0] + 1 || (self.gap.is_none() && ranks[1] > ranks[0]);
        let long = self.dense.is_some() && self.len() >= SHORT;
        self.class == class && follows && (next || !long)
    }

    /// Takes the synapse `at`, which ends at `target`; `last` is the target of the one before.
    fn extend(&mut self, at: u32, last: u16, target: u16, ranks: &[u16]) {
        self.dense = self.dense.filter(|_| last.checked_add(1) == Some(target));
        let jump = ranks[usize::from(target)] - ranks[usize::from(last)] - 1;
        if jump > 0 && self.gap.is_none() {
            self.gap = Some(Gap {
                after: (at - self.synapses.start) as usize,
                by: jump.into(),
            });
        }
        self.synapses.end = at + 1;
    }
}

/// What synapses of one format have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SynapseClass {
    /// Exponent of the contribution (NC-021).
    pub exponent: i8,
    /// What w, d and t can hold; first where d is a delay, then where it is a second tag.
    grids: [[Grid; 3]; 2],
}

impl SynapseClass {
    fn new(format: &SynapseFormat, delay_bits: u8) -> SynapseClass {
        let step = u32::from(weight_shift(format.sign_mode, format.weight_bits));
        let one = 1 << step;
        let weight = match format.sign_mode {
            SignMode::Mixed => -256..=256 - one,
            SignMode::Excitatory => 0..=256 - one,
            SignMode::Inhibitory => one - 256..=0,
        };
        let weight = Grid {
            step,
            min: *weight.start(),
            max: *weight.end(),
        };
        let has_delay = format.delay_bits > 0;
        let delay = Grid {
            step: 0,
            min: 0,
            max: if has_delay { (1 << delay_bits) - 2 } else { 0 },
        };
        SynapseClass {
            exponent: format.weight_exponent,
            grids: [
                [weight, delay, Grid::TAG],
                [weight, Grid::SECOND_TAG, Grid::TAG],
            ],
        }
    }

    /// What w, d and t can hold where a rule learns them.
    #[inline(always)]
    pub fn grids(&self, rule: &Rule) -> &[Grid; 3] {
        &self.grids[usize::from(rule.written.delay_is_tag)]
    }

    /// What w can hold.
    fn weight(&self) -> Grid {
        self.grids[0][0]
    }

    /// What d can hold, as a delay.
    fn delay(&self) -> Grid {
        self.grids[0][1]
    }
}

impl LearnProgram {
    /// The learning of a core of a checked image, decoded.
    pub fn new(core: &CoreImage, learning: &CoreLearning) -> LearnProgram {
        let mut program = LearnProgram::without_synapses(core, learning);
        for axon in &learning.axons {
            program.add(core, axon);
        }
        program.has_delays |= program.delays.iter().any(|d| *d > 0);
        program.by_target = TargetIndex::new(&program);
        program.stripes = Stripes::new(&program);
        program
    }

    fn without_synapses(core: &CoreImage, learning: &CoreLearning) -> LearnProgram {
        let count = core.compartments.len();
        let mut learns = vec![false; count];
        let mut post = [(); 3].map(|()| vec![TraceConfig::default(); count]);
        for (compartment, profile) in &learning.post {
            let at = *compartment as usize;
            learns[at] = true;
            let configs = learning.post_profiles[usize::from(*profile)];
            for (column, config) in post.iter_mut().zip(configs) {
                column[at] = config;
            }
        }
        let written = post.each_ref().map(|column| {
            let both = column.iter().zip(&learns);
            both.map(|(config, learns)| *learns && *config == TraceConfig::WRITTEN)
                .collect()
        });
        let learners: Vec<u16> = (0..count as u16)
            .filter(|c| learns[usize::from(*c)])
            .collect();
        let mut ranks = vec![0; count];
        for (rank, compartment) in (0u16..).zip(&learners) {
            ranks[usize::from(*compartment)] = rank;
        }
        let pre = [0, 1].map(|which| {
            let rules = learning.axons.iter().map(|a| usize::from(a.rule));
            rules.map(|rule| learning.rules[rule].pre[which]).collect()
        });
        let epoch = core.registers.learning_epoch;
        let any = |has: fn(&RuleProgram) -> bool| learning.rules.iter().any(has);
        LearnProgram {
            fastest: Strategy::AllAtOnce,
            epoch,
            rules: learning.rules.iter().map(|r| Rule::new(r, epoch)).collect(),
            axons: vec![],
            spans: vec![],
            classes: core
                .synapse_formats
                .iter()
                .map(|f| SynapseClass::new(f, core.registers.delay_bits))
                .collect(),
            targets: vec![],
            edges: vec![],
            weights: vec![],
            delays: vec![],
            has_delays: any(RuleProgram::moves_delays),
            has_tags: any(RuleProgram::has_tag),
            has_second_tags: any(RuleProgram::has_second_tag),
            has_x_before: any(|r| r.x_before_impulse),
            pre,
            post: post.map(TraceColumns::from_iter),
            written,
            learns,
            learners,
            ranks,
            reward_keep: learning.rewards.iter().map(|r| r.keep).collect(),
            rewards: learning
                .reward_axons
                .iter()
                .map(|r| (r.channel, r.impulse))
                .collect(),
            by_target: TargetIndex::default(),
            stripes: Stripes::default(),
        }
    }

    /// Decodes the list of a learning axon.
    fn add(&mut self, core: &CoreImage, axon: &LearningAxon) {
        let first = self.targets.len() as u32;
        let first_span = self.spans.len();
        let input = &core.input_axons[axon.axon as usize];
        let mut cost = RowCost::default();
        let words = list::decode(
            &core.synapse_memory[input.address as usize..],
            &core.synapse_formats,
            usize::MAX,
            |id, synapse| {
                let class = id - 1;
                let format = &core.synapse_formats[usize::from(class)];
                cost.read(format.encoding);
                let target = format.target(synapse.index, input.base) as u16;
                self.add_synapse(class, target, first_span);
                self.weights.push(synapse.weight as i16);
                self.delays.push(synapse.delay);
            },
        );
        cost.words(words.expect("the image is checked"));
        self.join_short(first_span);
        self.edges.extend_from_slice(&axon.edges);
        let end = self.targets.len() as u32;
        self.rules[usize::from(axon.rule)].axons += usize::from(end > first);
        self.axons.push(Axon {
            rule: axon.rule,
            synapses: first..end,
            spans: first_span as u32..self.spans.len() as u32,
            cost,
            projection: axon.projection,
            source: axon.source,
        });
    }

    /// Adds a synapse to the last span of its axon, whose spans begin at `first_span`, or to a new
    /// one.
    fn add_synapse(&mut self, class: u8, target: u16, first_span: usize) {
        let at = self.targets.len() as u32;
        let open = self.spans[first_span..].last();
        if open.is_some_and(|span| span.continues(class, target, self)) {
            let last = self.targets[at as usize - 1];
            let span = self.spans.last_mut().expect("an open one");
            span.extend(at, last, target, &self.ranks);
        } else {
            self.spans.push(Span {
                synapses: at..at + 1,
                dense: Some(target),
                rank: Some(self.ranks[usize::from(target)]),
                gap: None,
                class,
            });
        }
        self.targets.push(target);
    }

    /// Joins neighbouring short spans of an axon to one whose targets are scattered.
    fn join_short(&mut self, first_span: usize) {
        let mut joined: Vec<Span> = vec![];
        for span in self.spans.drain(first_span..) {
            match joined.last_mut() {
                Some(last) if last.class == span.class && last.is_short() && span.is_short() => {
                    last.synapses.end = span.synapses.end;
                    last.dense = None;
                    last.rank = None;
                    last.gap = None;
                }
                _ => joined.push(span),
            }
        }
        self.spans.extend(joined);
    }

    /// The spans of an axon.
    #[inline(always)]
    pub(crate) fn spans_of(&self, axon: &Axon) -> &[Span] {
        &self.spans[axon.spans.start as usize..axon.spans.end as usize]
    }

    /// What the weight of a synapse can hold.
    pub fn weight_format(&self, synapse: u32) -> Grid {
        let at = self.spans.partition_point(|s| s.synapses.end <= synapse);
        self.classes[usize::from(self.spans[at].class)].weight()
    }

    /// Whether post spikes can change synapses.
    pub(crate) fn has_post(&self) -> bool {
        self.rules
            .iter()
            .any(|rule| rule.has_post && rule.axons > 0)
    }

    /// Whether the synapses can hold these weights and delays.
    pub fn allows(&self, weights: &[i16], delays: &[u8]) -> bool {
        self.spans.iter().all(|span| {
            let class = self.classes[usize::from(span.class)];
            let range = span.synapses.start as usize..span.synapses.end as usize;
            let delays = delays.get(range.clone()).unwrap_or(&[]);
            let weight = |w: &i16| class.weight().allows((*w).into());
            let delay = |d: &u8| class.delay().allows((*d).into());
            weights[range].iter().all(weight) && delays.iter().all(delay)
        })
    }
}
