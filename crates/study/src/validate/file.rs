//! The content of a rule file as data: rule, network, stimulus, tolerances. Reading and checking is
//! in [`read`](mod@super::read); what is here is known to be within its ranges.

use super::meaning::Meaning;
use seamount_network::netlist::{LearningProfile, LearningRule, SignMode};

/// A rule, a network and a stimulus to try it in, and how far chip and float may differ.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleFile {
    /// For reports.
    pub title: String,
    /// The rule as it is meant, its reward apart. Without a word of the file its arithmetic is
    /// `loihi1`: what a chip that exists computes.
    pub rule: LearningRule,
    /// Texts that the chip runs instead in arithmetic `loihi1`, which computes less than is written
    /// of long products (LE-005); the meaning stays that of `rule`.
    pub narrow: Option<Texts>,
    /// A rule that the chip runs whatever the arithmetic; absent: the one above.
    pub on_chip: Option<LearningRule>,
    /// Where the float side's weights come from.
    pub meaning: Meaning,
    /// Reward: time constant of r1 and impulse of a reward spike.
    pub reward: Option<RewardSettings>,
    /// The network.
    pub network: Network,
    /// The stimulus.
    pub stimulus: Stimuli,
    /// Whose spikes the float rule sees.
    pub spikes: Spikes,
    /// Steps between the rows of the report.
    pub every: u64,
    /// Limits that must hold.
    pub tolerances: Vec<Tolerance>,
}

impl RuleFile {
    /// The rule as the chip runs it.
    pub fn rule_on_chip(&self) -> LearningRule {
        if let Some(rule) = &self.on_chip {
            let mut rule = rule.clone();
            rule.dw_rounding = self.rule.dw_rounding;
            return rule;
        }
        let mut rule = self.rule.clone();
        if rule.profile == LearningProfile::Loihi1
            && let Some(narrow) = &self.narrow
        {
            narrow.clone().put(&mut rule);
        }
        rule
    }

    /// The files of the seeds that a verdict is about: 1 to `seeds`; of a user's array that has no
    /// `{seed}` in its name, the file itself alone.
    pub fn judged(&self, seeds: u64) -> Vec<RuleFile> {
        match &self.meaning {
            Meaning::Changes(numbers) if !numbers.of_every_seed() => vec![self.clone()],
            _ => (1..=seeds).map(|seed| self.seeded(seed)).collect(),
        }
    }

    /// The same file with network, initial weights, stimulus and chip drawn from another seed.
    #[must_use]
    pub fn seeded(&self, seed: u64) -> RuleFile {
        let mut file = self.clone();
        file.network.seed = seed;
        file.stimulus.seed = seed;
        file
    }
}

/// Texts of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    /// Change of the weight.
    pub dw: Option<String>,
    /// Change of the delay or second tag.
    pub dd: Option<String>,
    /// Change of the tag.
    pub dt: Option<String>,
}

impl Texts {
    /// Puts all three into a rule, absent ones too.
    pub fn put(self, rule: &mut LearningRule) {
        rule.dw = self.dw;
        rule.dd = self.dd;
        rule.dt = self.dt;
    }
}

/// A reward channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RewardSettings {
    /// Time constant of r1 in steps, or k in 4096ths.
    pub decay: Decay,
    /// Added to r1 by a reward spike, -64..=63.
    pub impulse: i8,
}

/// How something decays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decay {
    /// exp(-1/tau) a step.
    Tau(f64),
    /// k/4096 a step.
    K(u16),
}

impl Decay {
    /// Share of a trace that a step leaves, without the rounding of the chip.
    pub fn keep(self) -> f64 {
        match self {
            Decay::Tau(tau) => (-1.0 / tau).exp(),
            Decay::K(k) => f64::from(k) / 4096.0,
        }
    }
}

/// Sources, plastic synapses, targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// Number of sources.
    pub sources: u32,
    /// Number of targets.
    pub targets: u32,
    /// Probability of a synapse between a source and a target.
    pub probability: f64,
    /// Weights at the start are uniform between these, both included.
    pub weights: (i32, i32),
    /// Signs.
    pub sign_mode: SignMode,
    /// Bits of a weight.
    pub weight_bits: u8,
    /// Exponent of the weights' effect on the target.
    pub weight_exponent: i8,
    /// Delay of every synapse in steps.
    pub delay: u8,
    /// Seed of synapses and initial weights; also that of the chip.
    pub seed: u64,
    /// The targets.
    pub neuron: Neuron,
}

impl Default for Network {
    fn default() -> Self {
        Network {
            sources: 32,
            targets: 16,
            probability: 1.0,
            weights: (100, 100),
            sign_mode: SignMode::Excitatory,
            weight_bits: 8,
            weight_exponent: -8,
            delay: 0,
            seed: 1,
            neuron: Neuron {
                tau_u: None,
                tau_v: None,
                threshold: 100,
                refractory: 1,
            },
        }
    }
}

impl Network {
    /// Distance of two neighbouring weights of the format (NC-020).
    pub fn grain(&self) -> i32 {
        match self.sign_mode {
            SignMode::Mixed => 1 << (9 - self.weight_bits.clamp(1, 8)),
            SignMode::Excitatory | SignMode::Inhibitory => 1 << (8 - self.weight_bits.clamp(1, 8)),
        }
    }
}

/// Settings of a target neuron: u and v decay, v is compared with the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neuron {
    /// Time constant of u in steps; absent: u is what arrived in this step.
    pub tau_u: Option<f64>,
    /// Time constant of v in steps; absent: v is u.
    pub tau_v: Option<f64>,
    /// Threshold in units of 64.
    pub threshold: u32,
    /// Least distance of two spikes in steps.
    pub refractory: u8,
}

/// Spikes and rewards from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Stimuli {
    /// Number of steps.
    pub steps: u64,
    /// Spikes of the sources.
    pub sources: Pattern,
    /// Of the targets: spikes they are made to fire.
    pub targets: Pattern,
    /// Rewards.
    pub rewards: Pattern,
    /// Seed of random spikes.
    pub seed: u64,
}

impl Stimuli {
    /// One step without a spike.
    pub(super) fn silent() -> Stimuli {
        Stimuli {
            steps: 1,
            sources: Pattern::Silent,
            targets: Pattern::Silent,
            rewards: Pattern::Silent,
            seed: 1,
        }
    }
}

/// When units spike.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// Never.
    Silent,
    /// Each unit in each step with this probability.
    Rate(f64),
    /// Every so many steps, unit i at phase + i * shift.
    Every {
        /// Steps between spikes.
        every: u64,
        /// Step of the first spike of unit 0.
        phase: u64,
        /// Steps by which the next unit is later.
        shift: u64,
    },
    /// (step, unit), steps from 1.
    List(Vec<(u64, u32)>),
}

/// Whose spikes the float rule sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spikes {
    /// Those of the chip's targets: only the rule is compared.
    Chip,
    /// Those of float neurons under float weights: the whole loop is compared.
    Own,
}

/// One condition of the verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Tolerance {
    /// Number of the report that is limited.
    pub quantity: Quantity,
    /// Its limit.
    pub limit: f64,
}

/// Numbers that can have a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each has its words in `wording`")]
pub enum Quantity {
    WeightMean,
    WeightMax,
    WeightP99,
    DelayMean,
    TagMean,
    TagMax,
    TraceMean,
    TraceMax,
    Cosine,
    SignAgreement,
    Bias,
    BiasErrors,
    AtLimit,
    MeanWeight,
    Rate,
    LostSpikes,
    GainLeast,
    GainMost,
    Correlation,
    Noise,
    Offset,
    UpdateGainLeast,
    UpdateGainMost,
    Text,
}

/// How a file and a report speak of a quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wording {
    /// Key of its limit in a file.
    pub key: &'static str,
    /// Its words in a report.
    pub words: &'static str,
    /// Whether the limit is from below.
    pub at_least: bool,
}

/// All quantities in the order of reports, each with its words.
const WORDINGS: [(Quantity, Wording); 24] = [
    (
        Quantity::WeightMean,
        most("weight_mean", "mean weight error at the end"),
    ),
    (
        Quantity::WeightMax,
        most("weight_max", "largest weight error at the end"),
    ),
    (
        Quantity::WeightP99,
        most(
            "weight_p99",
            "99 % quantile of the weight errors at the end",
        ),
    ),
    (
        Quantity::DelayMean,
        most("delay_mean", "mean error of d at the end"),
    ),
    (
        Quantity::TagMean,
        most("tag_mean", "mean tag error over time"),
    ),
    (Quantity::TagMax, most("tag_max", "largest tag error")),
    (
        Quantity::TraceMean,
        most("trace_mean", "mean trace error over time"),
    ),
    (Quantity::TraceMax, most("trace_max", "largest trace error")),
    (
        Quantity::Cosine,
        least("cosine_min", "cosine of the accumulated weight updates"),
    ),
    (
        Quantity::SignAgreement,
        least("sign_min", "share of weights that moved the same way"),
    ),
    (
        Quantity::Bias,
        most(
            "bias_max",
            "bias of updates of either sign, its 95 % interval included",
        ),
    ),
    (
        Quantity::BiasErrors,
        most(
            "bias_errors_max",
            "bias of updates of either sign in standard errors",
        ),
    ),
    (
        Quantity::AtLimit,
        most("at_limit_max", "share of weights at a limit at the end"),
    ),
    (
        Quantity::MeanWeight,
        most(
            "mean_weight_max",
            "difference of the mean weights at the end",
        ),
    ),
    (
        Quantity::Rate,
        most(
            "rate_max",
            "relative difference of the numbers of target spikes",
        ),
    ),
    (
        Quantity::LostSpikes,
        most("lost_spikes_max", "share of spikes whose time was lost"),
    ),
    (
        Quantity::GainLeast,
        least(
            "gain_min",
            "gain: slope of the chip's weight changes over the float ones",
        ),
    ),
    (
        Quantity::GainMost,
        most(
            "gain_max",
            "gain: slope of the chip's weight changes over the float ones",
        ),
    ),
    (
        Quantity::Correlation,
        least(
            "correlation_min",
            "correlation of the weight changes, common change taken off",
        ),
    ),
    (
        Quantity::Noise,
        most(
            "noise_max",
            "noise: what gain and offset leave, by the size of the float changes",
        ),
    ),
    (
        Quantity::Offset,
        most(
            "offset_max",
            "offset: common change beyond the gain, by the size of the float changes",
        ),
    ),
    (
        Quantity::UpdateGainLeast,
        least(
            "update_gain_min",
            "gain of single updates, given what the chip held",
        ),
    ),
    (
        Quantity::UpdateGainMost,
        most(
            "update_gain_max",
            "gain of single updates, given what the chip held",
        ),
    ),
    (
        Quantity::Text,
        most(
            "text_max",
            "difference of the text from its meaning, both in float, by the size of changes",
        ),
    ),
];

const fn most(key: &'static str, words: &'static str) -> Wording {
    Wording {
        key,
        words,
        at_least: false,
    }
}

const fn least(key: &'static str, words: &'static str) -> Wording {
    Wording {
        key,
        words,
        at_least: true,
    }
}

impl Quantity {
    /// All of them, in the order of reports.
    pub const ALL: [Quantity; 24] = [
        Quantity::WeightMean,
        Quantity::WeightMax,
        Quantity::WeightP99,
        Quantity::DelayMean,
        Quantity::TagMean,
        Quantity::TagMax,
        Quantity::TraceMean,
        Quantity::TraceMax,
        Quantity::Cosine,
        Quantity::SignAgreement,
        Quantity::Bias,
        Quantity::BiasErrors,
        Quantity::AtLimit,
        Quantity::MeanWeight,
        Quantity::Rate,
        Quantity::LostSpikes,
        Quantity::GainLeast,
        Quantity::GainMost,
        Quantity::Correlation,
        Quantity::Noise,
        Quantity::Offset,
        Quantity::UpdateGainLeast,
        Quantity::UpdateGainMost,
        Quantity::Text,
    ];

    /// Key, words, sense of the limit.
    pub fn wording(self) -> Wording {
        let mut all = WORDINGS.into_iter();
        let found = all.find(|(quantity, _)| *quantity == self);
        found.expect("all are listed").1
    }
}
