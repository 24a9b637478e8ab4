//! Learning rules and recordings of what is learned (LE-001..LE-012). The rules themselves are
//! text; the compiler reads it.

use super::{Array, DwRounding, Endpoint, GradedPre, LearningProfile, is_default, registers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A learning rule in Lava's sum-of-products text (LE-004), for example
/// `2^-2*x1*y0 - 2^-2*y1*x0`, with its traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LearningRule {
    /// Name that projections refer to.
    pub name: String,
    /// Change of the weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dw: Option<String>,
    /// Change of the delay, which stays within what the core's delay bits hold (NC-026).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dd: Option<String>,
    /// Change of the tag, 9 bit signed, 0 at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dt: Option<String>,
    /// Arithmetic. Default wide.
    #[serde(default, skip_serializing_if = "is_default")]
    pub profile: LearningProfile,
    /// Steps of an epoch, 1..=63; the same for all rules of a target (LE-009). Default 1.
    #[serde(default = "one_epoch", skip_serializing_if = "is_one_epoch")]
    #[schemars(extend("x-alias" = "t_epoch"))]
    #[schemars(extend("x-range" = registers::EPOCH))]
    pub epoch: u8,
    /// Pre trace x1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x1: Option<Trace>,
    /// Pre trace x2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x2: Option<Trace>,
    /// Post trace y1; the same in all rules of a target that have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y1: Option<Trace>,
    /// Post trace y2; the same in all rules of a target that have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y2: Option<Trace>,
    /// Post trace y3; the same in all rules of a target that have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y3: Option<Trace>,
    /// d is a second tag, 8 bit unsigned, 0 at the start: it delays nothing. Default false.
    #[serde(default, skip_serializing_if = "is_default")]
    pub d_is_tag: bool,
    /// Products see x1 and x2 as they are before the impulse of this step; needs epoch 1. Default
    /// false: after it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub x_before_impulse: bool,
    /// What the payload of a pre spike does to x1 (LE-014); boards with graded spikes only. Default
    /// impulse: nothing, x1 rises by its impulse.
    #[serde(default, skip_serializing_if = "is_default")]
    pub graded_pre: GradedPre,
    /// Reward channel of r0 and r1 (LE-011).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<Reward>,
    /// What happens to the fractions of changes. Default stochastic.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dw_rounding: DwRounding,
}

/// A trace: decays each step, jumps with each spike, 0..=127 (LE-001). Exactly one of `tau`, `k`
/// and `written` is given.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Added by a spike, 0..=127.
    #[schemars(extend("x-range" = registers::IMPULSE))]
    pub impulse: u8,
    /// Fraction of the impulse in 1/128, added stochastically, 0..=127.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("x-range" = registers::IMPULSE))]
    pub impulse_fraction: u8,
    /// Time constant in steps, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tau: Option<f64>,
    /// A step leaves 1 - 1/tau instead of exp(-1/tau). Default false.
    #[serde(default, skip_serializing_if = "is_default")]
    pub linear: bool,
    /// What a step leaves in 1/4096, 0..=4096.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-range" = registers::KEEP))]
    pub k: Option<u16>,
    /// The neuron's program writes it, 0..=127, and nothing else moves it (LE-012); of y1, y2 and
    /// y3 only, with impulse 0. Default false.
    #[serde(default, skip_serializing_if = "is_default")]
    pub written: bool,
}

impl Trace {
    /// A post trace that the neuron's program writes (LE-012).
    pub fn written() -> Self {
        Trace {
            written: true,
            ..Trace::default()
        }
    }

    /// A trace with a time constant in steps.
    pub fn new(impulse: u8, tau: f64) -> Self {
        Trace {
            impulse,
            tau: Some(tau),
            ..Trace::default()
        }
    }

    /// A trace of which each step leaves `k`/4096.
    pub fn keeping(impulse: u8, k: u16) -> Self {
        Trace {
            impulse,
            k: Some(k),
            ..Trace::default()
        }
    }
}

/// A reward channel: r1, 7 bit signed, moves with each reward spike and decays each step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reward {
    /// Whose spikes are rewards.
    pub sources: Vec<RewardSource>,
    /// Time constant in steps, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tau: Option<f64>,
    /// A step leaves 1 - 1/tau instead of exp(-1/tau). Default false.
    #[serde(default, skip_serializing_if = "is_default")]
    pub linear: bool,
    /// What a step leaves in 1/4096, 0..=4096.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-range" = registers::KEEP))]
    pub k: Option<u16>,
}

/// Spikes that are rewards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RewardSource {
    /// An input, a population (its root compartment) or `population.compartment`; every spike of
    /// any of its neurons counts.
    pub source: Endpoint,
    /// Added to r1, -64..=63.
    #[schemars(extend("x-range" = registers::REWARD_IMPULSE))]
    pub impulse: i8,
}

/// What to record of the synapses of a projection that learns; state at the end of the step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LearningProbe {
    /// Name of the recording, unique among all probes.
    pub name: String,
    /// Name of a projection that learns.
    pub projection: String,
    /// What to record.
    pub variable: Learned,
    /// Synapses in this order, numbered by source, then as written; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synapses: Option<Array<u32>>,
    /// First step recorded; steps count from 1.
    #[serde(
        default = "super::one_step",
        skip_serializing_if = "super::is_one_step"
    )]
    pub start: u64,
    /// Last step recorded; absent: until the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<u64>,
    /// Every how many steps, counted from `start`; at least 1.
    #[serde(
        default = "super::one_step",
        skip_serializing_if = "super::is_one_step"
    )]
    pub every: u64,
}

/// Variables of a synapse that learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Learned {
    /// w, -256..=255.
    Weight,
    /// d, in steps; of a rule with `d_is_tag` 0..=255.
    Delay,
    /// t, -256..=255.
    Tag,
}

impl LearningRule {
    /// A rule without products and traces: profile wide, epoch 1.
    pub fn new(name: &str) -> Self {
        LearningRule {
            name: name.into(),
            dw: None,
            dd: None,
            dt: None,
            profile: LearningProfile::Wide,
            epoch: 1,
            x1: None,
            x2: None,
            y1: None,
            y2: None,
            y3: None,
            d_is_tag: false,
            x_before_impulse: false,
            graded_pre: GradedPre::Impulse,
            reward: None,
            dw_rounding: DwRounding::Stochastic,
        }
    }

    /// The post traces y1, y2, y3.
    pub fn post(&self) -> [Option<Trace>; 3] {
        [self.y1, self.y2, self.y3]
    }
}

fn one_epoch() -> u8 {
    1
}
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_one_epoch(value: &u8) -> bool {
    *value == 1
}
