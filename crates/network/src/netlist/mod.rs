//! The integer network: populations of (multi-)compartments, projections, inputs, probes.
//!
//! A [`Netlist`] is plain data with a documented JSON form (`docs/netlist.schema.json`), a builder
//! ([`Netlist::new`]) and a check that reports every finding at once ([`Netlist::check`]). It is
//! what other compilers target. Field names are the chip's registers in plain words; widths and
//! claims (`NC-nnn`) refer to `docs/hardware/neurocore.md`.

mod build;
mod check;
mod edges;
mod generated;
mod learn;
mod management;
mod names;
mod probe;
mod program;
mod registers;
mod values;

#[cfg(test)]
mod tests;

pub use crate::read::beside::BesideError;
pub use crate::read::json::{FILE_BYTES_MAX, NetlistError};
pub use crate::read::netx::{Average, DeltaInput, Drive, Netx, NetxLayer};
pub use edges::Edges;
pub use generated::Generated;
pub use learn::{Learned, LearningProbe, LearningRule, Reward, RewardSource, Trace};
pub use management::{ManagementAct, ManagementAction, ReadOut, Schedule, SetRegisters};
pub use names::NetlistNames;
pub use probe::{Probe, Register};
pub use program::{ProgramText, Programmed};
pub use seamount_arith::weight::SignMode;
pub use seamount_spec::{DwRounding, GradedPre, Join, LearningProfile, ThresholdMode};
pub use values::{Array, Matrix, NpyFile, Values};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the JSON form that this crate reads and writes.
pub const FORMAT_VERSION: u32 = 1;
/// The `format` field of the JSON form.
pub const FORMAT_NAME: &str = "seamount-netlist";

/// An integer network for a Loihi class chip, unplaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Netlist {
    /// Always `seamount-netlist`.
    pub format: String,
    /// Version of the form: 1.
    pub version: u32,
    /// Free name of the network, carried into the image and every report.
    pub name: String,
    /// Seed of all noise of the chip and of all rounding by chance (NC-017). Default 0.
    #[serde(default)]
    pub seed: u64,
    /// Spike sources outside the chip: what the host injects.
    #[serde(default)]
    pub inputs: Vec<Input>,
    /// Neurons, in the order in which they are laid into cores.
    pub populations: Vec<Population>,
    /// Programs that populations name, beside the shipped ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<ProgramText>,
    /// Synapses.
    #[serde(default)]
    pub projections: Vec<Projection>,
    /// What to record.
    #[serde(default)]
    pub probes: Vec<Probe>,
    /// Learning rules that projections name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learning_rules: Vec<LearningRule>,
    /// What to record of projections that learn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learning_probes: Vec<LearningProbe>,
    /// What the embedded processors do to cores between steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub management: Vec<Schedule>,
}

/// A named group of spike sources that the host drives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Name, unique among inputs and populations; no `.`.
    pub name: String,
    /// Number of sources, at least 1.
    #[schemars(extend("x-range" = registers::SIZE))]
    pub size: u32,
}

/// A group of `size` equal-shaped neurons of one or more compartments each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// Name, unique among inputs and populations; no `.`.
    pub name: String,
    /// Number of neurons, at least 1.
    #[schemars(extend("x-range" = registers::SIZE))]
    pub size: u32,
    /// Registers that a core has once. Populations with different values never share a core.
    #[serde(default, skip_serializing_if = "is_default")]
    pub core: CoreSettings,
    /// The compartments of one neuron, children before parents; the last one is the root, which
    /// is what the bare population name means as an endpoint. Left out by populations with a
    /// program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compartments: Vec<Compartment>,
    /// The program that its neurons run instead (Loihi 2 class only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Programmed>,
}

/// Registers that exist once per core (limits of a core; NC-003, NC-007, NC-016, NC-026).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(deny_unknown_fields, default)]
pub struct CoreSettings {
    /// n of v_min = -(2^n) + 1, 0..=23 (NC-003). Default 23: no limit.
    #[schemars(extend("x-range" = registers::V_MIN_EXPONENT))]
    pub v_min_exponent: u8,
    /// m of v_max = 2^(9+2m) - 1, 0..=7 (NC-003). Default 7: no limit.
    #[schemars(extend("x-range" = registers::V_MAX_EXPONENT))]
    pub v_max_exponent: u8,
    /// Added to every current decay register (NC-007). Default true.
    #[schemars(extend("x-alias" = "dsOffset"))]
    pub ds_offset: bool,
    /// Added to every voltage decay register (NC-007). Default false.
    #[schemars(extend("x-alias" = "dmOffset"))]
    pub dm_offset: bool,
    /// Where noise enters (NC-016). Default membrane.
    pub noise_target: NoiseTarget,
    /// Exponent of the noise, 0..=23 (NC-016). Default 0.
    #[schemars(extend("x-range" = registers::NOISE_EXPONENT))]
    pub noise_exponent: u8,
    /// Mantissa of the noise, -64..=63 (NC-016). Default 0.
    #[schemars(extend("x-range" = registers::NOISE_MANTISSA))]
    pub noise_mantissa: i8,
    /// Bits of the synaptic delay, 3..=6 (NC-026); absent: the fewest that hold the largest delay.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-range" = registers::DELAY_BITS))]
    pub delay_bits: Option<u8>,
}

impl Default for CoreSettings {
    fn default() -> Self {
        CoreSettings {
            v_min_exponent: 23,
            v_max_exponent: 7,
            ds_offset: true,
            dm_offset: false,
            noise_target: NoiseTarget::Membrane,
            noise_exponent: 0,
            noise_mantissa: 0,
            delay_bits: None,
        }
    }
}

/// Where a core adds its noise (NC-016).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum NoiseTarget {
    /// Into the accumulator as read, before its 22-bit wrap.
    Dendrite,
    /// Into the input of the membrane, beside the bias.
    Membrane,
}

/// Parameters of one compartment of every neuron of a population; each one value for all or one
/// per neuron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compartment {
    /// Name, unique in the population; no `.`.
    pub name: String,
    /// Current decay register 0..=4095; the effective decay adds `ds_offset` (NC-007). Default 0.
    #[serde(default)]
    #[schemars(extend("x-range" = registers::DECAY))]
    pub current_decay: Values<u16>,
    /// Voltage decay register 0..=4095; the effective decay adds `dm_offset` (NC-007). Default 0.
    #[serde(default)]
    #[schemars(extend("x-range" = registers::DECAY))]
    pub voltage_decay: Values<u16>,
    /// Bias mantissa, 13 bit signed: -4096..=4095 (NC-006). Default 0.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("x-range" = registers::BIAS_MANTISSA))]
    pub bias_mantissa: Values<i16>,
    /// Bias exponent 0..=7: the bias is mantissa * 2^exponent (NC-006). Default 0.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("x-range" = registers::BIAS_EXPONENT))]
    pub bias_exponent: Values<u8>,
    /// Threshold mantissa, 17 bit unsigned; the threshold is 64 times this (NC-005).
    #[schemars(extend("x-alias" = "vThMant"))]
    #[schemars(extend("x-range" = registers::THRESHOLD_MANTISSA))]
    pub threshold_mantissa: Values<u32>,
    /// What happens above threshold (NC-015). Default spike_and_reset.
    #[serde(default, skip_serializing_if = "is_default")]
    pub threshold_mode: ThresholdMode,
    /// Steps from a spike to the first in which another is possible, 1..=63; with 1 no step is dead
    /// (NC-008). Default 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(extend("x-alias" = "refractDelay"))]
    #[schemars(extend("x-range" = registers::REFRACTORY_STEPS))]
    pub refractory_steps: Values<u8>,
    /// Whether the core's noise reaches this compartment (NC-016). Default false.
    #[serde(default, skip_serializing_if = "is_default")]
    pub noise: bool,
    /// How values of child compartments enter (NC-040..044). Default none.
    #[serde(default, skip_serializing_if = "is_default")]
    pub join: Join,
    /// Names of the child compartments, at most two: A, then B; all listed before this one. Default
    /// none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<String>,
    /// What this compartment hands its parent (NC-040). Default voltage.
    #[serde(default, skip_serializing_if = "is_default")]
    pub passes: Passed,
    /// u at the start and after every reset, 24 bit signed. Default 0.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("x-range" = registers::STATE))]
    pub initial_current: Values<i32>,
    /// v at the start and after every reset, within v_min..=v_max. Default 0.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("x-range" = registers::STATE))]
    pub initial_voltage: Values<i32>,
}

/// The value a child hands to its parent (NC-040); the flag always goes with it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Passed {
    /// v after its update (PUSH).
    #[default]
    Voltage,
    /// u after its update (PUSH_U).
    Current,
}

/// Synapses from one endpoint to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Projection {
    /// Name, unique among projections.
    pub name: String,
    /// An input, a population (its root compartment) or `population.compartment`.
    pub source: Endpoint,
    /// A population (its root compartment) or `population.compartment`.
    pub target: Endpoint,
    /// Which pairs, with which weights and delays.
    pub connectivity: Connectivity,
    /// e of contribution = weight * 2^(6+e), -8..=7, for all or per target neuron (NC-021). Default
    /// 0.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("x-range" = registers::WEIGHT_EXPONENT))]
    pub weight_exponent: Values<i8>,
    /// How weights are stored; decides their precision (NC-020, NC-022). Default exact.
    #[serde(default, skip_serializing_if = "is_default")]
    pub precision: Precision,
    /// Box synapse: +J on arrival, -J `delay` steps later (NC-027). The target must have an
    /// effective current decay of 0. Default false.
    #[serde(default, skip_serializing_if = "is_default")]
    pub box_synapse: bool,
    /// How spikes are addressed (NC-028). Default discrete.
    #[serde(default, skip_serializing_if = "is_default")]
    pub axons: Axons,
    /// Name of a learning rule of the network; needs a format and discrete axons. Default: the
    /// projection does not learn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning: Option<String>,
}

/// Precision of the weights of a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Precision {
    /// Every integer weight -256..=255 is kept exactly; the compiler picks formats, split by sign
    /// where it must.
    #[default]
    Exact,
    /// Weights are rounded to one format first (NC-020).
    Format {
        /// Sign of the weights.
        sign_mode: SignMode,
        /// 1, 2, 3, 4, 5, 6 or 8 (NC-022).
        weight_bits: u8,
    },
}

/// How spikes of a projection are addressed (NC-028).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Axons {
    /// One list per source neuron.
    #[default]
    Discrete,
    /// Sources of one group share an input slot; the atom in the spike selects the list. One
    /// output slot a spike, at most 512 atoms.
    Pop16(Groups),
    /// As pop16 with wider addresses and two output slots a spike.
    Pop32(Groups),
}

/// Grouping of the source neurons of population axons: (group, atom) is unique per source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Groups {
    /// Group of each source neuron, for example its pixel.
    pub group: Array<u32>,
    /// Atom of each source neuron within its group, for example its channel.
    pub atom: Array<u16>,
}

/// Which source neuron reaches which target neuron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Connectivity {
    /// A full matrix, source x target; 0 means no synapse, also where synapses learn.
    Dense {
        /// Integer weights -256..=255, shape (source size, target size).
        #[serde(alias = "weight")]
        #[schemars(extend("x-alias" = "weight", "x-range" = registers::WEIGHT))]
        weights: Matrix,
        /// Delay of every synapse, 0..=62 steps (NC-026).
        #[serde(alias = "delays", default, skip_serializing_if = "is_default")]
        #[schemars(extend("x-alias" = "delays", "x-range" = registers::DELAY))]
        delay: u8,
    },
    /// A list of synapses in any order.
    Pairs {
        /// Source neuron of each synapse.
        sources: Array<u32>,
        /// Target neuron of each synapse.
        targets: Array<u32>,
        /// Weight of each synapse, or one for all.
        #[serde(alias = "weight")]
        #[schemars(extend("x-alias" = "weight", "x-range" = registers::WEIGHT))]
        weights: Values<i32>,
        /// Delay of each synapse, or one for all, 0..=62 steps (NC-026).
        #[serde(alias = "delay", default, skip_serializing_if = "is_default")]
        #[schemars(extend("x-alias" = "delay", "x-range" = registers::DELAY))]
        delays: Values<u8>,
    },
    /// Compressed rows: the synapses of source s are `offsets[s]..offsets[s+1]`.
    Lists(Edges),
    /// Source i reaches target i.
    OneToOne {
        /// Weight of each pair, or one for all.
        #[serde(alias = "weight")]
        #[schemars(extend("x-alias" = "weight", "x-range" = registers::WEIGHT))]
        weights: Values<i32>,
        /// Delay of each pair, or one for all.
        #[serde(alias = "delay", default, skip_serializing_if = "is_default")]
        #[schemars(extend("x-alias" = "delay", "x-range" = registers::DELAY))]
        delays: Values<u8>,
    },
    /// Made from a seed: a core holds the seed and not the synapses (Loihi 2 class).
    Generated(Generated),
    /// Every source reaches every target with the same weight.
    AllToAll {
        /// Weight of every synapse.
        #[serde(alias = "weights")]
        #[schemars(extend("x-alias" = "weights", "x-range" = registers::WEIGHT))]
        weight: i32,
        /// Delay of every synapse.
        #[serde(alias = "delays", default, skip_serializing_if = "is_default")]
        #[schemars(extend("x-alias" = "delays", "x-range" = registers::DELAY))]
        delay: u8,
    },
}

/// `name` or `name.compartment`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Endpoint(pub String);

impl Endpoint {
    /// Name of the input or population.
    pub fn name(&self) -> &str {
        self.0
            .split_once('.')
            .map_or(self.0.as_str(), |(name, _)| name)
    }

    /// Name of the compartment, if given.
    pub fn compartment(&self) -> Option<&str> {
        self.0.split_once('.').map(|(_, compartment)| compartment)
    }
}

/// What an [`Endpoint`] resolves to in one netlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// Index into [`Netlist::inputs`].
    Input(usize),
    /// Index into [`Netlist::populations`] and into its compartments.
    Compartment(usize, usize),
}

impl Netlist {
    /// What an endpoint names, if it names anything. Looks through all inputs and populations: for
    /// many endpoints there is [`Netlist::names`].
    pub fn resolve(&self, endpoint: &Endpoint) -> Option<Resolved> {
        let name = endpoint.name();
        let compartment = endpoint.compartment();
        if let Some(index) = self.inputs.iter().position(|input| input.name == name) {
            return compartment.is_none().then_some(Resolved::Input(index));
        }
        let index = self
            .populations
            .iter()
            .position(|population| population.name == name)?;
        self.part(index, compartment)
    }

    /// A compartment of a population by its name; without one, what stands for the neuron: the
    /// first accumulator of a program, or else the last compartment.
    fn part(&self, index: usize, compartment: Option<&str>) -> Option<Resolved> {
        let compartments = &self.populations[index].compartments;
        let programmed = self.populations[index].program.is_some();
        let part = match compartment {
            None if programmed => 0,
            None => compartments.len().checked_sub(1)?,
            Some(name) => compartments.iter().position(|c| c.name == name)?,
        };
        Some(Resolved::Compartment(index, part))
    }

    /// Number of neurons (or sources) behind a resolved endpoint.
    pub fn size(&self, resolved: Resolved) -> u32 {
        match resolved {
            Resolved::Input(index) => self.inputs[index].size,
            Resolved::Compartment(index, _) => self.populations[index].size,
        }
    }

    /// Number of compartments of the whole network.
    pub fn compartment_count(&self) -> u64 {
        self.populations
            .iter()
            .map(|p| u64::from(p.size) * p.compartments.len() as u64)
            .sum()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
fn one() -> Values<u8> {
    Values::Shared(1)
}
fn is_one(value: &Values<u8>) -> bool {
    *value == Values::Shared(1)
}
fn one_step() -> u64 {
    1
}
fn is_one_step(value: &u64) -> bool {
    *value == 1
}
