//! What is recorded while an image runs: populations by register. The host reads it; it takes no
//! bits of a core.

use serde::{Deserialize, Serialize};

/// One recording of a register of the neurons of a population.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProbePlan {
    /// Name of the recording.
    pub name: String,
    /// Index into [`crate::Image::populations`].
    pub population: u32,
    /// Index of the compartment in the neuron.
    pub part: u32,
    /// Register that is read.
    pub register: ImageRegister,
    /// Neurons in order of recording; empty: all.
    pub neurons: Vec<u32>,
    /// First step.
    pub start: u64,
    /// Last step, `u64::MAX` for no end.
    pub stop: u64,
    /// Every how many steps from `start`.
    pub every: u64,
}

/// Register that a probe of an image reads at the end of a step: as in a netlist, but what has a
/// name there has an index here, and what learns has its variables. Variant order is the format of
/// images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ImageRegister {
    /// 1 if the compartment spiked, else 0.
    Spike,
    /// u.
    Current,
    /// v of the dynamics.
    Voltage,
    /// v as the hardware's probe has it (NC-014).
    VoltageHardware,
    /// Steps of hold still to come.
    Refractory,
    /// q as read, noise included where it enters there.
    Accumulator,
    /// w of a synapse that learns.
    Weight,
    /// d of a synapse that learns.
    Delay,
    /// t of a synapse that learns.
    Tag,
    /// d of a synapse that learns, where it is a second tag.
    SecondTag,
    /// State word of a program, by index.
    State(u8),
    /// What the spike of this step carried; 0 without one.
    Payload,
    /// What a program shows, by index of its probe.
    Probe(u8),
    /// x1 or x2, by index, of the sources of a projection that learns.
    PreTrace(u8),
    /// y1, y2 or y3, by index, of a compartment at which something learns.
    PostTrace(u8),
}
