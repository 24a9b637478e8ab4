//! Learning as bits: rule programs, traces, and which synapses they act on (LE-001..LE-012).
//!
//! What this module does *not* know: how a rule is written as text, and how it is computed.

use crate::limits::{SECOND_TAG_BITS, TAG_BITS};
use crate::probe::ImageRegister;
use seamount_rules::{Dependency, Origin, Product};
use seamount_spec::{DwRounding, GradedPre, LearningProfile};
use serde::{Deserialize, Serialize};

/// Learning of one core. Cores without an entry in [`crate::Image::learning`] do not learn.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CoreLearning {
    /// Index of the core in [`crate::Image::cores`].
    pub core: u32,
    /// Rules of this core. Its epoch is in the core's registers.
    pub rules: Vec<RuleProgram>,
    /// Post-trace configurations: y1, y2, y3.
    pub post_profiles: Vec<[TraceConfig; 3]>,
    /// Compartments that have post traces, ascending, with the index of their configuration.
    pub post: Vec<(u32, u8)>,
    /// Learning input axons, by [`LearningAxon::axon`] ascending.
    pub axons: Vec<LearningAxon>,
    /// Reward channels.
    pub rewards: Vec<TraceConfig>,
    /// Input axons whose spikes are rewards, by axon ascending.
    pub reward_axons: Vec<RewardAxon>,
}

/// A learning rule: what happens to w, d and t at the end of an epoch (LE-002).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RuleProgram {
    /// Name of the rule.
    pub name: String,
    /// Arithmetic (LE-005, LE-006).
    pub profile: LearningProfile,
    /// What happens to fractions at write-back (LE-007).
    pub rounding: DwRounding,
    /// k of uk, 0..=9: uk terms act when (t / epoch) mod 2^k == 0 (LE-003).
    pub decimation: u8,
    /// Traces x1 and x2.
    pub pre: [TraceConfig; 2],
    /// Reward channel that r0 and r1 mean, an index into [`CoreLearning::rewards`].
    pub reward: Option<u8>,
    /// d is a second tag, 8 bits unsigned, 0 at the start: it delays nothing (Loihi 2 class).
    #[serde(skip)]
    pub delay_is_tag: bool,
    /// Products see x1 and x2 as they are before the impulse of this step. Only with epoch 1.
    #[serde(skip)]
    pub x_before_impulse: bool,
    /// What payloads of pre spikes do to x1 (LE-014).
    #[serde(skip)]
    pub graded_pre: GradedPre,
    /// Products of dw, in written order.
    pub dw: Vec<Product>,
    /// Products of dd.
    pub dd: Vec<Product>,
    /// Products of dt.
    pub dt: Vec<Product>,
}

impl RuleProgram {
    /// All products: of dw, dd and dt.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.dw.iter().chain(&self.dd).chain(&self.dt)
    }

    /// Whether a factor has a variable of that origin.
    pub fn reads(&self, origin: Origin) -> bool {
        self.products()
            .any(|p| p.factors.iter().any(|f| f.variable.origin() == origin))
    }

    /// Whether synapses need a tag.
    pub fn has_tag(&self) -> bool {
        !self.dt.is_empty() || self.reads(Origin::Tag)
    }

    /// Bits that the tags of a synapse take: t 9, d as a second tag 8.
    pub fn tag_bits(&self) -> u8 {
        u8::from(self.has_tag()) * TAG_BITS + u8::from(self.has_second_tag()) * SECOND_TAG_BITS
    }

    /// Whether synapses have a second tag.
    pub fn has_second_tag(&self) -> bool {
        self.delay_is_tag && (!self.dd.is_empty() || self.reads(Origin::Delay))
    }

    /// Whether the delays of synapses change.
    pub fn moves_delays(&self) -> bool {
        !self.delay_is_tag && !self.dd.is_empty()
    }

    /// Whether reward spikes matter.
    pub fn has_reward(&self) -> bool {
        let gated = self.products().any(|p| p.dependency == Dependency::Reward);
        gated || self.reads(Origin::Reward)
    }
}

/// A trace: 7 bits unsigned; of a reward channel 7 bits signed (NC-009, LE-001).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct TraceConfig {
    /// Added by a spike, 0..=127; 0 in reward channels, whose axons have the impulse.
    pub impulse: u8,
    /// Fraction of the impulse in 1/128, added stochastically, 0..=127.
    pub impulse_fraction: u8,
    /// k in 1/4096: what a step leaves, 0..=4096.
    pub keep: u16,
}

impl TraceConfig {
    /// A post trace that programs write: nothing else moves it (LE-012).
    pub const WRITTEN: TraceConfig = TraceConfig {
        impulse: 0,
        impulse_fraction: 0,
        keep: 4096,
    };
}

/// An input axon whose synapses learn, all by one rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LearningAxon {
    /// Index of the input axon.
    pub axon: u32,
    /// Index of the rule.
    pub rule: u8,
    /// Index into [`LearningPlan::projections`].
    pub projection: u32,
    /// Source neuron in that projection.
    pub source: u32,
    /// Number of each synapse of the list among the synapses of the projection, in list order.
    pub edges: Vec<u32>,
}

/// An input axon whose spikes are rewards (LE-011).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RewardAxon {
    /// Index of the input axon.
    pub axon: u32,
    /// Index of the channel.
    pub channel: u8,
    /// Added to r1, -64..=63.
    pub impulse: i8,
}

/// Everything about learning in an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LearningPlan {
    /// Cores that learn, ascending.
    pub cores: Vec<CoreLearning>,
    /// Projections that learn.
    pub projections: Vec<PlasticProjection>,
    /// Recordings of learned variables.
    pub probes: Vec<LearningProbePlan>,
}

/// A projection whose synapses learn.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlasticProjection {
    /// Name of the projection.
    pub name: String,
    /// Source neuron and target neuron of every synapse.
    pub ends: Vec<(u32, u32)>,
}

/// One recording of a learned variable of all synapses of a projection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LearningProbePlan {
    /// Name of the recording.
    pub name: String,
    /// Index into [`LearningPlan::projections`].
    pub projection: u32,
    /// [`ImageRegister::Weight`], [`ImageRegister::Delay`], [`ImageRegister::Tag`] or
    /// [`ImageRegister::SecondTag`].
    pub register: ImageRegister,
    /// Synapses in order of recording; empty: all.
    pub synapses: Vec<u32>,
    /// First step.
    pub start: u64,
    /// Last step, `u64::MAX` for no end.
    pub stop: u64,
    /// Every how many steps from `start`.
    pub every: u64,
}
