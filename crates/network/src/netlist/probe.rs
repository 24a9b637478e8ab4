//! What to record of neurons.

use super::{Array, Endpoint, is_one_step, one_step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What to record of one compartment of a population.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Name of the recording, unique among probes.
    pub name: String,
    /// A population (its root compartment) or `population.compartment`.
    pub target: Endpoint,
    /// What to record.
    pub register: Register,
    /// Which state word, for the register `state`: its name in the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Neurons of the population, in this order; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neurons: Option<Array<u32>>,
    /// First step recorded; steps count from 1.
    #[serde(default = "one_step", skip_serializing_if = "is_one_step")]
    pub start: u64,
    /// Last step recorded; absent: until the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<u64>,
    /// Every how many steps, counted from `start`; at least 1.
    #[serde(default = "one_step", skip_serializing_if = "is_one_step")]
    pub every: u64,
}

/// Registers a probe can read; state at the end of the step.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Register {
    /// 1 if the compartment spiked in this step.
    Spike,
    /// u, 24 bit signed (NC-001).
    Current,
    /// v as the dynamics have it (NC-003).
    Voltage,
    /// v as the hardware's probe shows it: from the spike on 128 times the refractory steps plus
    /// the steps since the spike, while the hold lasts (NC-014).
    VoltageHardware,
    /// Steps of refractory hold still to come.
    Refractory,
    /// q, the accumulator as read in this step, 22 bit signed (NC-002); noise included if it
    /// enters there.
    Accumulator,
    /// A state word of a neuron's program, 24 bit signed; [`Probe::state`] has its name.
    State,
    /// What the neuron's last spike carried, 0 in steps without a spike.
    Payload,
    /// What the program handed to PROBE last.
    Probe,
}
