//! What a core holds, as runs of neurons: the currency between partition, encoding and emission.

/// A run of neurons of one population on one core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NeuronRun {
    pub population: u32,
    pub first_neuron: u32,
    pub neurons: u32,
    pub first_compartment: u32,
}

/// The neurons of one core.
pub(crate) type CorePlan = Vec<NeuronRun>;
