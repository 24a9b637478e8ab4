//! Events that cores count: one table, a line an event. Nothing that counts knows a price.
//!
//! Whoever sums events by unit or by stage reads the table. It is exhaustive by construction: an
//! event without unit or stage does not compile, so that none can fall out of a sum.

use serde::{Deserialize, Serialize};

/// Unit of a chip whose work an event is; energy is summed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// Synapses read and added.
    Synapses,
    /// Compartments and programs of neurons.
    Neurons,
    /// Spikes, and packets at axons.
    Spikes,
    /// Packets between tiles and chips.
    Mesh,
    /// The learning engine.
    Learning,
}

impl Unit {
    /// All units, in the order of reports.
    pub const ALL: [Unit; 5] = [
        Unit::Synapses,
        Unit::Neurons,
        Unit::Spikes,
        Unit::Mesh,
        Unit::Learning,
    ];

    /// Name of the unit in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Synapses => "synapses",
            Unit::Neurons => "neurons",
            Unit::Spikes => "spikes and axons",
            Unit::Mesh => "mesh",
            Unit::Learning => "learning",
        }
    }
}

/// Part of a step in which the time of an event passes (ME-030).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventStage {
    /// A core looks up the axon of a packet.
    Lookup,
    /// A core reads words of synapse memory, beside the synapses in them.
    Memory,
    /// A core adds synapses.
    Synapse,
    /// A core updates compartments.
    Update,
    /// A core fires spikes and makes packets.
    Spike,
    /// The learning engine of a core works.
    Learning,
    /// A packet passes a link.
    Link,
    /// No time passes beyond that of other events.
    Free,
}

/// Kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Event {
    /// Name, in profiles and reports.
    pub name: &'static str,
    /// Unit whose work it is.
    pub unit: Unit,
    /// Stage in which its time passes.
    pub stage: EventStage,
}

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident: $unit:ident, $stage:ident;)*) => {
        /// Numbers of events of one core, step or run; sums are exact, so merging order cannot
        /// matter.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct EventCounts { $($(#[$doc])* pub $name: u64,)* }

        impl EventCounts {
            /// The table of events, in the order of [`EventCounts::values`].
            pub const EVENTS: &[Event] = &[$(Event {
                name: stringify!($name),
                unit: Unit::$unit,
                stage: EventStage::$stage,
            }),*];

            /// Names of the events, in the order of [`EventCounts::values`].
            pub const NAMES: &[&str] = &[$(stringify!($name)),*];

            /// Number of kinds of events.
            pub const KINDS: usize = Self::NAMES.len();

            /// Counts in the order of [`EventCounts::EVENTS`].
            pub fn values(&self) -> Vec<u64> { self.array().to_vec() }

            /// Counts as [`EventCounts::values`], without an allocation.
            #[inline]
            pub fn array(&self) -> [u64; Self::KINDS] { [$(self.$name),*] }
        }

        impl std::ops::AddAssign for EventCounts {
            fn add_assign(&mut self, other: Self) { $(self.$name += other.$name;)* }
        }

        impl std::ops::Sub for EventCounts {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                EventCounts { $($name: self.$name - other.$name),* }
            }
        }
    };
}

events! {
    /// (spike, synapse) pairs with a contribution that is not 0: NeuroBench's effective
    /// accumulates.
    synaptic_operations: Synapses, Synapse;
    /// Synapses read from sparse entries, zeros included.
    synapse_reads_sparse: Synapses, Synapse;
    /// Synapses read from run-length entries, zeros included.
    synapse_reads_run_length: Synapses, Synapse;
    /// Synapses read from dense entries, zeros included.
    synapse_reads_dense: Synapses, Synapse;
    /// Synapses read through population axons (shared lists, convolution), zeros included.
    synapse_reads_shared: Synapses, Synapse;
    /// 64-bit words of synapse memory read.
    synapse_words: Synapses, Memory;
    /// Spike packets that arrived at input axons, the host's included.
    packets_in: Spikes, Lookup;
    /// Updates of compartments that were active (see docs/hardware: q, u, v or hold not 0, or a
    /// spike).
    neuron_updates_active: Neurons, Update;
    /// Updates of compartments at rest.
    neuron_updates_inactive: Neurons, Update;
    /// Spikes fired by compartments.
    spikes: Spikes, Spike;
    /// Spikes injected by the host.
    host_spikes: Spikes, Free;
    /// Spike packets sent, one per output axon of a spike.
    packets_out: Spikes, Spike;
    /// Hops of those packets between tiles, west-east.
    hops_x: Mesh, Link;
    /// Hops of those packets between tiles, north-south.
    hops_y: Mesh, Link;
    /// Borders between chips that those packets crossed.
    chip_crossings: Mesh, Link;
    /// Synapses visited by the learning engine.
    learning_visits: Learning, Learning;
    /// Products evaluated by the learning engine.
    learning_products: Learning, Learning;
    /// Instructions executed by programs of neurons, summed over neurons (MC-035).
    microcode_instructions: Neurons, Update;
    /// Accumulators that wrapped at 22 bits when read (NC-002).
    q_wraps: Neurons, Free;
    /// Currents that wrapped at 24 bits (NC-001).
    u_wraps: Neurons, Free;
    /// Voltages that were clipped (NC-003).
    v_clips: Neurons, Free;
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

/// Kind of a step of a core, to tell busy steps from quiet ones.
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
