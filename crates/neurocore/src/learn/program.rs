//! Learning of one core, pre-decoded.

use super::arithmetic::{BLOCK, Place, Target, Term, Terms, Width, width};
use super::blocks::{SECOND_TAG, TAG};
use super::strategy::Strategy;
use super::stripes::Stripes;
use super::traces::TraceColumns;
use crate::kernel::sums::Precision;
use crate::program::RowCost;
use seamount_arith::weight::{SignMode, weight_shift};
use seamount_image::list;
use seamount_image::{
    Arithmetic, CoreImage, CoreLearning, GradedPre, Rounding, RuleProgram, TraceConfig,
};
use seamount_rules::Dependency;
use std::ops::Range;

/// Everything about the learning of a core that never changes.
#[derive(Debug)]
pub struct LearnProgram {
    /// The fastest strategy that may be used: tests and measurements take less.
    pub fastest: Strategy,
    /// Steps of an epoch (LE-009).
    pub epoch: u8,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Learning axons.
    pub axons: Vec<Axon>,
    /// Runs of synapses of equal class, axon by axon.
    pub segments: Vec<Segment>,
    /// Different classes of synapses.
    pub classes: Vec<Class>,
    /// Compartment of each synapse.
    pub targets: Vec<u16>,
    /// Number of each synapse in its projection.
    pub edges: Vec<u32>,
    /// w at the start.
    pub weights: Vec<i16>,
    /// d at the start.
    pub delays: Vec<u8>,
    /// Some synapse has a delay or may get one.
    pub has_delays: bool,
    /// Some rule has a tag.
    pub has_tags: bool,
    /// Some rule has d as a second tag.
    pub has_second_tags: bool,
    /// Some rule reads x traces before the impulse of the step.
    pub has_x_before: bool,
    /// Configurations of x1 and x2, by axon.
    pub pre: [TraceColumns; 2],
    /// Configurations of y1, y2 and y3, by compartment.
    pub post: [TraceColumns; 3],
    /// Whether programs write y1, y2 and y3 of a compartment (LE-012).
    pub written: [Vec<bool>; 3],
    /// Whether synapses that learn may end at a compartment.
    pub learns: Vec<bool>,
    /// Compartments at which they may, in order.
    pub learners: Vec<u16>,
    /// Place of each compartment among them; 0 for others.
    pub ranks: Vec<u16>,
    /// k of each reward channel.
    pub reward_keep: Vec<u16>,
    /// Channel and impulse of each reward axon.
    pub rewards: Vec<(u8, i8)>,
    /// Synapses by compartment.
    pub columns: Columns,
    /// Axons that are computed together.
    pub stripes: Stripes,
}

/// A rule, ready to compute.
#[derive(Debug)]
pub struct Rule {
    /// The rule as the image has it.
    pub written: RuleProgram,
    /// Arithmetic profile.
    pub arithmetic: Arithmetic,
    /// Rounding at write-back.
    pub rounding: Rounding,
    /// Mask of the epochs in which uk terms act (LE-003).
    pub decimation_mask: u64,
    /// Terms of dw, dd, dt.
    pub sums: [Vec<Term>; 3],
    /// The different terms.
    pub places: Vec<Place>,
    /// Number of terms.
    pub products: u32,
    /// Words that suffice for every sum.
    pub width: Width,
    /// Some product is gated by post spikes.
    pub has_post: bool,
    /// Reward channel.
    pub reward: Option<u8>,
    /// d is the second tag.
    pub delay_is_tag: bool,
    /// x traces are those before the impulse of the step.
    pub x_before: bool,
    /// What payloads do to x1.
    pub graded_pre: GradedPre,
    /// Number of axons that have it, and synapses.
    pub axons: usize,
}

impl Rule {
    /// How its terms are computed in blocks of one axon, or else of one compartment.
    #[inline(always)]
    pub fn terms(&self, of_row: bool) -> Terms<'_> {
        Terms {
            sums: &self.sums,
            arithmetic: self.arithmetic,
            width: self.width,
            of_row,
        }
    }
}

/// A learning axon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axon {
    /// Index of its rule.
    pub rule: u8,
    /// Its synapses.
    pub synapses: Range<u32>,
    /// Its segments.
    pub segments: Range<u32>,
    /// What reading its list costs; operations are counted as they happen.
    pub cost: RowCost,
    /// Index of its projection in the image.
    pub projection: u32,
    /// Source neuron in that projection.
    pub source: u32,
}

/// Runs of fewer synapses are not worth a segment.
const SHORT: u32 = 16;

/// Synapses of an axon that share a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its synapses.
    pub synapses: Range<u32>,
    /// First compartment, where targets are consecutive.
    pub dense: Option<u16>,
    /// Rank of the first compartment, where those of targets are consecutive but for the gap.
    pub ranked: Option<u16>,
    /// Synapses before ranks jump, and by how much more than one; once a segment at most.
    pub gap: Option<(u32, u16)>,
    /// Index of the class.
    pub class: u8,
}

/// What synapses of one format have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// Exponent of the contribution (NC-021).
    pub exponent: i8,
    /// What w, d and t can be; then where d is a second tag.
    limits: [Limits; 2],
}

/// What w, d and t can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub targets: [Target; 3],
    /// The same for sums in 16 bits.
    pub precision: [Precision; 3],
}

impl Class {
    fn new(exponent: i8, weight: Target, delay: Target) -> Class {
        let limits = |d| {
            let targets = [weight, d, TAG];
            Limits {
                targets,
                precision: targets.map(Target::precision),
            }
        };
        Class {
            exponent,
            limits: [limits(delay), limits(SECOND_TAG)],
        }
    }

    /// What w, d and t can be where a rule learns them.
    #[inline(always)]
    pub(super) fn limits(&self, rule: &Rule) -> &Limits {
        &self.limits[usize::from(rule.delay_is_tag)]
    }

    /// What w can be.
    fn weight(&self) -> Target {
        self.limits[0].targets[0]
    }

    /// What d can be, as a delay.
    fn delay(&self) -> Target {
        self.limits[0].targets[1]
    }
}

/// Synapses by compartment, and within it by rule and class.
#[derive(Debug, Default)]
pub struct Columns {
    /// Chunks of compartment c are `offsets[c]..offsets[c + 1]`.
    pub offsets: Vec<u32>,
    /// Synapses that are computed together.
    pub chunks: Vec<Chunk>,
    /// Axon of each synapse.
    pub axons: Vec<u16>,
    /// Index of each.
    pub synapses: Vec<u32>,
}

/// Up to 64 synapses of one compartment, rule and class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Index of the rule.
    pub rule: u8,
    /// Index of the class.
    pub class: u8,
    /// Where they are, if one rule says so.
    pub even: Option<Even>,
    first: u32,
    end: u32,
}

/// Synapses of consecutive axons that are evenly apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Even {
    /// The first axon.
    pub axon: u16,
    /// The first synapse.
    pub synapse: u32,
    /// From one synapse to the next, at least 1.
    pub stride: u32,
}

impl Chunk {
    /// Its synapses.
    #[inline(always)]
    pub fn range(&self) -> Range<usize> {
        self.first as usize..self.end as usize
    }
}

impl LearnProgram {
    /// Pre-decodes the learning of a core of a checked image.
    pub fn new(core: &CoreImage, learning: &CoreLearning) -> LearnProgram {
        let count = core.compartments.len();
        let (mut post, mut learns): ([_; 3], _) = (
            std::array::from_fn(|_| vec![TraceConfig::default(); count]),
            vec![false; count],
        );
        for (c, profile) in &learning.post {
            learns[*c as usize] = true;
            for (column, config) in post
                .iter_mut()
                .zip(learning.post_profiles[usize::from(*profile)])
            {
                column[*c as usize] = config;
            }
        }
        let written = post.each_ref().map(|column: &Vec<TraceConfig>| {
            column
                .iter()
                .zip(&learns)
                .map(|(config, learns)| *learns && *config == TraceConfig::WRITTEN)
                .collect()
        });
        let learners: Vec<u16> = (0..count as u16)
            .filter(|c| learns[usize::from(*c)])
            .collect();
        let mut ranks = vec![0; count];
        (0u16..)
            .zip(&learners)
            .for_each(|(rank, c)| ranks[usize::from(*c)] = rank);
        let of_axon = |j: usize| {
            learning
                .axons
                .iter()
                .map(|a| learning.rules[usize::from(a.rule)].pre[j])
                .collect()
        };
        let mut program = LearnProgram {
            fastest: Strategy::AllAtOnce,
            epoch: core.registers.learning_epoch,
            rules: learning
                .rules
                .iter()
                .map(|r| rule(r, core.registers.learning_epoch))
                .collect(),
            axons: vec![],
            segments: vec![],
            classes: core
                .synapse_formats
                .iter()
                .map(|f| class(f, core.registers.delay_bits))
                .collect(),
            targets: vec![],
            edges: vec![],
            weights: vec![],
            delays: vec![],
            has_delays: learning.rules.iter().any(RuleProgram::moves_delays),
            has_tags: learning.rules.iter().any(RuleProgram::has_tag),
            has_second_tags: learning.rules.iter().any(RuleProgram::has_second_tag),
            has_x_before: learning.rules.iter().any(|r| r.x_before_impulse),
            pre: std::array::from_fn(of_axon),
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
            columns: Columns::default(),
            stripes: Stripes::default(),
        };
        learning
            .axons
            .iter()
            .for_each(|axon| program.add(core, axon));
        program.has_delays |= program.delays.iter().any(|d| *d > 0);
        program.columns = program.by_column();
        program.stripes = Stripes::new(&program);
        program
    }

    fn add(&mut self, core: &CoreImage, axon: &seamount_image::LearningAxon) {
        let (first, first_segment) = (self.targets.len() as u32, self.segments.len() as u32);
        let input = &core.input_axons[axon.axon as usize];
        let mut cost = RowCost::default();
        let words = list::decode(
            &core.synapse_memory[input.address as usize..],
            &core.synapse_formats,
            usize::MAX,
            |id, s| {
                let format = &core.synapse_formats[usize::from(id) - 1];
                cost.read(format.encoding);
                let (at, target) = (
                    self.targets.len() as u32,
                    format.target(s.index, input.base) as u16,
                );
                let class = id - 1;
                match self.segments[first_segment as usize..].last_mut() {
                    Some(open) if open.continues(class, target, &self.targets, &self.ranks) => {
                        let last = self.targets[at as usize - 1];
                        open.dense = open.dense.filter(|_| last.checked_add(1) == Some(target));
                        let jump =
                            self.ranks[usize::from(target)] - self.ranks[usize::from(last)] - 1;
                        open.gap = open
                            .gap
                            .or_else(|| (jump > 0).then_some((at - open.synapses.start, jump)));
                        open.synapses.end = at + 1;
                    }
                    _ => {
                        let ranked = Some(self.ranks[usize::from(target)]);
                        self.segments.push(Segment {
                            synapses: at..at + 1,
                            dense: Some(target),
                            ranked,
                            gap: None,
                            class,
                        });
                    }
                }
                self.targets.push(target);
                self.weights.push(s.weight as i16);
                self.delays.push(s.delay);
            },
        );
        cost.words(words.expect("the image is checked"));
        self.join_scattered(first_segment as usize);
        self.edges.extend_from_slice(&axon.edges);
        self.rules[usize::from(axon.rule)].axons +=
            usize::from(self.targets.len() > first as usize);
        self.axons.push(Axon {
            rule: axon.rule,
            synapses: first..self.targets.len() as u32,
            segments: first_segment..self.segments.len() as u32,
            cost,
            projection: axon.projection,
            source: axon.source,
        });
    }

    /// Makes one listed segment of neighbouring short ones.
    fn join_scattered(&mut self, first: usize) {
        let mut joined: Vec<Segment> = vec![];
        for segment in self.segments.drain(first..) {
            let short =
                |s: &Segment| s.ranked.is_none() || s.synapses.end - s.synapses.start < SHORT;
            match joined.last_mut() {
                Some(last) if last.class == segment.class && short(last) && short(&segment) => {
                    last.synapses.end = segment.synapses.end;
                    (last.dense, last.ranked, last.gap) = (None, None, None);
                }
                _ => joined.push(segment),
            }
        }
        self.segments.extend(joined);
    }

    fn by_column(&self) -> Columns {
        let mut all: Vec<(u16, (u8, u8), u32, u16)> = vec![];
        for (index, axon) in (0u16..)
            .zip(&self.axons)
            .filter(|(_, a)| self.rules[usize::from(a.rule)].has_post)
        {
            for segment in &self.segments[axon.segments.start as usize..axon.segments.end as usize]
            {
                let each = segment.synapses.clone();
                all.extend(each.map(|s| {
                    (
                        self.targets[s as usize],
                        (axon.rule, segment.class),
                        s,
                        index,
                    )
                }));
            }
        }
        all.sort_unstable();
        let mut columns = Columns {
            offsets: vec![0; self.learns.len() + 1],
            ..Columns::default()
        };
        for group in all.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            for part in group.chunks(BLOCK) {
                let first = columns.axons.len() as u32;
                columns.axons.extend(part.iter().map(|e| e.3));
                columns.synapses.extend(part.iter().map(|e| e.2));
                let (target, (rule, class), synapse, axon) = part[0];
                let stride = part.get(1).map_or(1, |next| next.2 - synapse);
                let is_even = part
                    .windows(2)
                    .all(|p| p[0].3.checked_add(1) == Some(p[1].3) && p[1].2 - p[0].2 == stride);
                let even = is_even.then_some(Even {
                    axon,
                    synapse,
                    stride,
                });
                columns.chunks.push(Chunk {
                    rule,
                    class,
                    even,
                    first,
                    end: columns.axons.len() as u32,
                });
                columns.offsets[usize::from(target) + 1] += 1;
            }
        }
        for c in 1..columns.offsets.len() {
            columns.offsets[c] += columns.offsets[c - 1];
        }
        columns
    }

    /// The segments of an axon.
    #[inline(always)]
    pub fn segments_of(&self, axon: usize) -> &[Segment] {
        let range = &self.axons[axon].segments;
        &self.segments[range.start as usize..range.end as usize]
    }

    /// What the weight of a synapse can be.
    pub fn weight_format(&self, synapse: u32) -> Target {
        let at = self
            .segments
            .partition_point(|segment| segment.synapses.end <= synapse);
        self.classes[usize::from(self.segments[at].class)].weight()
    }

    /// Whether post spikes can change synapses.
    pub fn has_post(&self) -> bool {
        !self.columns.chunks.is_empty()
    }

    /// Whether these are weights and delays that the formats of the synapses can hold.
    pub fn allows(&self, weights: &[i16], delays: &[u8]) -> bool {
        self.segments.iter().all(|segment| {
            let class = self.classes[usize::from(segment.class)];
            let range = segment.synapses.start as usize..segment.synapses.end as usize;
            let delays = delays.get(range.clone()).unwrap_or(&[]);
            weights[range]
                .iter()
                .all(|w| class.weight().allows((*w).into()))
                && delays.iter().all(|d| class.delay().allows((*d).into()))
        })
    }
}

impl Segment {
    /// Whether a synapse goes on where this ends: at the next compartment, or at a later one that learns (a network
    /// without connections to oneself leaves out one) unless that would make an end of a long run.
    fn continues(&self, class: u8, target: u16, targets: &[u16], ranks: &[u16]) -> bool {
        let last = targets[self.synapses.end as usize - 1];
        let next = last.checked_add(1) == Some(target);
        let ranks = [last, target].map(|c| u32::from(ranks[usize::from(c)]));
        let follows = ranks[1] == ranks[0] + 1 || (self.gap.is_none() && ranks[1] > ranks[0]);
        let long = self.dense.is_some() && self.synapses.end - self.synapses.start >= SHORT;
        self.class == class && follows && (next || !long)
    }
}

fn rule(rule: &RuleProgram, epoch: u8) -> Rule {
    let sums = [&rule.dw, &rule.dd, &rule.dt].map(|s| {
        s.iter()
            .map(|p| Term::new(p, rule.profile, epoch))
            .collect::<Vec<_>>()
    });
    let widths = sums.each_ref().map(|s| width(s, rule.profile));
    // the narrowest that all have; an empty sum takes any
    let most = if rule.profile == Arithmetic::Wide {
        Width::Plain
    } else {
        Width::Narrow
    };
    let width = if widths.contains(&Width::Full) {
        Width::Full
    } else {
        most
    };
    Rule {
        written: rule.clone(),
        places: Place::all(&sums, width),
        arithmetic: rule.profile,
        rounding: rule.rounding,
        decimation_mask: (1 << rule.decimation) - 1,
        products: rule.products().count() as u32,
        width,
        has_post: rule.products().any(|p| p.dependency == Dependency::Post),
        reward: rule.reward,
        delay_is_tag: rule.delay_is_tag,
        x_before: rule.x_before_impulse,
        graded_pre: rule.graded_pre,
        axons: 0,
        sums,
    }
}

fn class(format: &seamount_image::SynapseFormat, delay_bits: u8) -> Class {
    let step = u32::from(weight_shift(format.sign_mode, format.weight_bits));
    let (min, max) = match format.sign_mode {
        SignMode::Mixed => (-256, 256 - (1 << step)),
        SignMode::Excitatory => (0, 256 - (1 << step)),
        SignMode::Inhibitory => ((1 << step) - 256, 0),
    };
    let most = if format.delay_bits > 0 {
        (1 << delay_bits) - 2
    } else {
        0
    };
    Class::new(
        format.weight_exponent,
        Target { step, min, max },
        Target {
            step: 0,
            min: 0,
            max: most,
        },
    )
}
