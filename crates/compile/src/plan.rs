//! What a core holds, as runs of neurons: the currency between partition, encoding and emission.

/// A run of neurons of one population on one core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NeuronRun {
    pub(crate) population: u32,
    pub(crate) first_neuron: u32,
    pub(crate) neurons: u32,
    pub(crate) first_compartment: u32,
}

/// The neurons of one core.
pub(crate) type CorePlan = Vec<NeuronRun>;
