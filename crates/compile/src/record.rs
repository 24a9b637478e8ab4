//! Synapses as they arrive at one core, before they have a format.
//!
//! The compiler gathers the synapses of a core into three kinds of plain records. Everything that
//! chooses formats and packs lists works on these and does not know the netlist.

/// One synapse that arrives at a core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FixedSynapse {
    pub(crate) row: u32,
    pub(crate) target: u16,
    pub(crate) boxed: bool,
    pub(crate) delay: u8,
    /// See [`crate::synapse::Flow::value`].
    pub(crate) value: i16,
}

impl FixedSynapse {
    /// Equal but for the row and a shift of the target.
    pub(crate) fn same(&self, base: u16, other: &FixedSynapse, other_base: u16) -> bool {
        (self.boxed, self.delay, self.value) == (other.boxed, other.delay, other.value)
            && self.target - base == other.target - other_base
    }
}

/// One synapse that arrives at a core and learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PlasticSynapse {
    pub(crate) row: u32,
    pub(crate) exponent: i8,
    pub(crate) target: u16,
    /// Number among the synapses of its projection.
    pub(crate) edge: u32,
    pub(crate) flow: u32,
    pub(crate) delay: u8,
    /// As stored by its format.
    pub(crate) weight: i16,
}

/// Synapses of one source that a core makes from a seed: those at one run of neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeededRun {
    pub(crate) row: u32,
    pub(crate) flow: u32,
    pub(crate) first_neuron: u32,
    pub(crate) neurons: u32,
    /// Compartment of the first of them.
    pub(crate) place: u16,
    /// Compartments from one to the next.
    pub(crate) stride: u8,
}
