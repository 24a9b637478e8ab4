//! Events that cores count. Nothing that counts knows a price.

use serde::{Deserialize, Serialize};

macro_rules! event_counts {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Numbers of events of one core, step or run; sums are exact, so merging order cannot matter.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct EventCounts { $($(#[$doc])* pub $name: u64,)* }

        impl EventCounts {
            /// Names of the events in the order of [`EventCounts::values`].
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// Number of events that there are.
            pub const KINDS: usize = Self::NAMES.len();

            /// The numbers in the order of [`EventCounts::NAMES`].
            pub fn values(&self) -> Vec<u64> { self.array().to_vec() }

            /// The same without an allocation.
            #[inline]
            pub fn array(&self) -> [u64; Self::KINDS] { [$(self.$name),*] }
        }

        impl std::ops::AddAssign for EventCounts {
            fn add_assign(&mut self, other: Self) { $(self.$name += other.$name;)* }
        }

        impl std::ops::Sub for EventCounts {
            type Output = Self;
            fn sub(self, other: Self) -> Self { EventCounts { $($name: self.$name - other.$name),* } }
        }
    };
}

event_counts! {
    /// (spike, synapse) pairs with a contribution that is not 0: NeuroBench's effective accumulates.
    synaptic_operations,
    /// Synapses read from sparse entries, zeros included.
    synapse_reads_sparse,
    /// Synapses read from run-length entries, zeros included.
    synapse_reads_run_length,
    /// Synapses read from dense entries, zeros included.
    synapse_reads_dense,
    /// Synapses read through population axons (shared lists, convolution), zeros included.
    synapse_reads_shared,
    /// 64-bit words of synapse memory read.
    synapse_words,
    /// Spike packets that arrived at input axons, the host's included.
    packets_in,
    /// Updates of compartments that were active (see docs/hardware: q, u, v or hold not 0, or a spike).
    neuron_updates_active,
    /// Updates of compartments at rest.
    neuron_updates_inactive,
    /// Spikes fired by compartments.
    spikes,
    /// Spikes injected by the host.
    host_spikes,
    /// Spike packets sent, one per output axon of a spike.
    packets_out,
    /// Hops of those packets between tiles, west-east.
    hops_x,
    /// Hops of those packets between tiles, north-south.
    hops_y,
    /// Borders between chips that those packets crossed.
    chip_crossings,
    /// Synapses visited by the learning engine.
    learning_visits,
    /// Products evaluated by the learning engine.
    learning_products,
    /// Instructions executed by programs of neurons, summed over neurons (MC-035).
    microcode_instructions,
    /// Accumulators that wrapped at 22 bits when read (NC-002).
    q_wraps,
    /// Currents that wrapped at 24 bits (NC-001).
    u_wraps,
    /// Voltages that were clipped (NC-003).
    v_clips,
}

impl EventCounts {
    /// Updates of compartments, active or not.
    pub fn neuron_updates(&self) -> u64 {
        self.neuron_updates_active + self.neuron_updates_inactive
    }

    /// Synapses read, of every kind.
    pub fn synapse_reads(&self) -> u64 {
        self.synapse_reads_sparse
            + self.synapse_reads_run_length
            + self.synapse_reads_dense
            + self.synapse_reads_shared
    }
}

/// What a core did in a step, to tell busy steps from quiet ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepClass {
    /// No packet came and no compartment spiked.
    Quiet,
    /// A packet came or a compartment spiked.
    Busy,
    /// A step that ends an epoch of the learning engine.
    Learning,
}

impl StepClass {
    /// All classes, in index order.
    pub const ALL: [StepClass; 3] = [StepClass::Quiet, StepClass::Busy, StepClass::Learning];
}
