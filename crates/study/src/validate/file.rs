//! The content of a rule file as data: rule, network, stimulus, tolerances. Reading and checking is
//! in [`read`](mod@super::read); what is here is known to be within its ranges.

use seamount_network::netlist::{LearningRule, SignMode};

/// A rule, a network and a stimulus to try it in, and how far chip and float may differ.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleFile {
    /// For reports.
    pub title: String,
    /// The rule, its reward apart.
    pub rule: LearningRule,
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
#[allow(missing_docs, reason = "each has its words in `words`")]
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
}

impl Quantity {
    /// All of them: key in a file, words in a report, whether the limit is from below.
    pub const ALL: [(Quantity, &'static str, &'static str, bool); 16] = [
        (
            Quantity::WeightMean,
            "weight_mean",
            "mean weight error at the end",
            false,
        ),
        (
            Quantity::WeightMax,
            "weight_max",
            "largest weight error at the end",
            false,
        ),
        (
            Quantity::WeightP99,
            "weight_p99",
            "99 % quantile of the weight errors at the end",
            false,
        ),
        (
            Quantity::DelayMean,
            "delay_mean",
            "mean error of d at the end",
            false,
        ),
        (
            Quantity::TagMean,
            "tag_mean",
            "mean tag error over time",
            false,
        ),
        (Quantity::TagMax, "tag_max", "largest tag error", false),
        (
            Quantity::TraceMean,
            "trace_mean",
            "mean trace error over time",
            false,
        ),
        (
            Quantity::TraceMax,
            "trace_max",
            "largest trace error",
            false,
        ),
        (
            Quantity::Cosine,
            "cosine_min",
            "cosine of the accumulated weight updates",
            true,
        ),
        (
            Quantity::SignAgreement,
            "sign_min",
            "share of weights that moved the same way",
            true,
        ),
        (
            Quantity::Bias,
            "bias_max",
            "bias of an update, its 95 % interval included",
            false,
        ),
        (
            Quantity::BiasErrors,
            "bias_errors_max",
            "bias of an update in standard errors",
            false,
        ),
        (
            Quantity::AtLimit,
            "at_limit_max",
            "share of weights at a limit at the end",
            false,
        ),
        (
            Quantity::MeanWeight,
            "mean_weight_max",
            "difference of the mean weights at the end",
            false,
        ),
        (
            Quantity::Rate,
            "rate_max",
            "relative difference of the numbers of target spikes",
            false,
        ),
        (
            Quantity::LostSpikes,
            "lost_spikes_max",
            "share of spikes whose time was lost",
            false,
        ),
    ];

    /// Key, words, whether the limit is from below.
    pub fn words(self) -> (&'static str, &'static str, bool) {
        let (_, key, words, below) = Quantity::ALL
            .into_iter()
            .find(|q| q.0 == self)
            .expect("all are listed");
        (key, words, below)
    }
}
