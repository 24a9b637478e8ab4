//! The parts of an image. Field names are the registers in plain words; claims are those of
//! `docs/hardware/neurocore.md`.
//!
//! Images are written with `bincode`, which knows neither names nor versions of fields: the order
//! of fields and variants in these types *is* the file format of version 1.

use crate::learn::LearningPlan;
use crate::management::ManagementPlan;
use crate::probe::ProbePlan;
use crate::programs::ProgramPlan;
use seamount_arith::weight::SignMode;
use seamount_spec::{CoreLocation, Join, ThresholdMode};
use serde::{Deserialize, Serialize};

/// A compiled network.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Image {
    /// Name of the network.
    pub name: String,
    /// Preset of the board it was placed on.
    pub board: String,
    /// Seed of all noise.
    pub seed: u64,
    /// The cores in use.
    pub cores: Vec<CoreImage>,
    /// Inputs of the host and the packets that their spikes become.
    pub inputs: Vec<InputPort>,
    /// Populations and the compartments on which they lie.
    pub populations: Vec<PopulationMap>,
    /// Recordings of registers of neurons.
    pub probes: Vec<ProbePlan>,
    /// Rules, and the synapses that learn by them.
    pub learning: LearningPlan,
    /// Programs, and the neurons that run them.
    pub programs: ProgramPlan,
    /// What the embedded processors do between steps.
    pub management: ManagementPlan,
    /// How this image was made, as JSON text: options, report of the compiler.
    pub provenance: String,
}

/// Everything that is written into one core.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CoreImage {
    /// Chip and core number.
    pub location: CoreLocation,
    /// Registers that a core has once.
    pub registers: CoreRegisters,
    /// Shared settings of compartments.
    pub compartment_profiles: Vec<CompartmentProfile>,
    /// Threshold mantissas, 17 bit (NC-005).
    pub threshold_profiles: Vec<u32>,
    /// Synapse formats; the format with id k is element k - 1 (NC-025).
    pub synapse_formats: Vec<SynapseFormat>,
    /// The compartments, in the order in which they are updated.
    pub compartments: Vec<CompartmentWord>,
    /// Compartments that do not start at u = v = 0.
    pub initial: Vec<InitialState>,
    /// Input axons.
    pub input_axons: Vec<InputAxon>,
    /// Output axons of compartment c are `output_offsets[c]..output_offsets[c + 1]`.
    pub output_offsets: Vec<u32>,
    /// Output axons, one packet each per spike.
    pub output_axons: Vec<OutputAxon>,
    /// Synapse memory, 64-bit words, lowest bits first (NC-023).
    pub synapse_memory: Vec<u64>,
}

/// Registers that a core has once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CoreRegisters {
    /// n of v_min = -(2^n) + 1 (NC-003).
    pub v_min_exponent: u8,
    /// m of v_max = 2^(9+2m) - 1 (NC-003).
    pub v_max_exponent: u8,
    /// Added to every current decay (NC-007).
    pub ds_offset: bool,
    /// Added to every voltage decay (NC-007).
    pub dm_offset: bool,
    /// Noise enters at the dendrite, else at the membrane (NC-016).
    pub noise_at_dendrite: bool,
    /// Noise exponent 0..=15 (NC-016).
    pub noise_exponent: u8,
    /// Noise mantissa -64..=63 (NC-016).
    pub noise_mantissa: i8,
    /// Bits of the synaptic delay 3..=6: accumulators have 2^bits slots (NC-026).
    pub delay_bits: u8,
    /// Steps of a learning epoch 1..=63 (LE-009).
    pub learning_epoch: u8,
}

/// Shared settings of compartments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CompartmentProfile {
    /// Current decay register, 12 bit (NC-007).
    pub current_decay: u16,
    /// Voltage decay register, 12 bit (NC-007).
    pub voltage_decay: u16,
    /// 1..=63 (NC-008).
    pub refractory_steps: u8,
    /// Noise reaches this compartment (NC-016).
    pub noise: bool,
    /// Threshold mode (NC-015).
    pub mode: ThresholdMode,
    /// How popped values enter (NC-041..044).
    pub join: Join,
    /// How many values are popped, 0..=2 (NC-040).
    pub pops: u8,
    /// What is pushed (NC-040).
    pub push: Push,
}

/// What a compartment pushes on the stack (NC-040). Variant order is the format of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Push {
    /// No value is pushed.
    None,
    /// v and the flag.
    Voltage,
    /// u and the flag.
    Current,
}

/// One compartment: its profiles and its bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CompartmentWord {
    /// Index of its compartment profile.
    pub profile: u16,
    /// Index of its threshold profile.
    pub threshold: u16,
    /// Bias mantissa, 13 bit signed (NC-006).
    pub bias_mantissa: i16,
    /// Bias exponent 0..=7 (NC-006).
    pub bias_exponent: u8,
}

/// Start of a compartment that does not start at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InitialState {
    /// Compartment index.
    pub compartment: u32,
    /// u, 24 bit signed.
    pub u: i32,
    /// v, within the core's limits.
    pub v: i32,
}

/// How the synapses of an entry are laid out and what their weights mean (NC-020..NC-027).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SynapseFormat {
    /// 0..=6 or 8 (NC-022).
    pub weight_bits: u8,
    /// Sign of the weights.
    pub sign_mode: SignMode,
    /// -8..=7 (NC-021).
    pub weight_exponent: i8,
    /// 0 or the core's delay bits.
    pub delay_bits: u8,
    /// 0..=9; 0 unless the format learns.
    pub tag_bits: u8,
    /// 0 or 6..=12 (NC-025).
    pub index_bits: u8,
    /// How targets are found.
    pub encoding: Encoding,
    /// 0..=15, added to every target (NC-025).
    pub index_offset: u8,
    /// 1..=16, multiplies every index (NC-025).
    pub index_stride: u8,
    /// Box synapses (NC-027).
    pub box_synapse: bool,
    /// Weights may change.
    pub learn_enable: bool,
}

/// How an entry says its targets (NC-023). Variant order is the format of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Encoding {
    /// Each synapse has its index; the entry has none.
    Sparse,
    /// Each synapse has a skip of this many bits, 2..=5.
    RunLength(u8),
    /// Consecutive from the entry's index.
    Dense,
    /// Made from a seed: the entry is one [`crate::generated::SeededEntry`] (MC-038).
    Generated,
}

/// How spikes of an axon are addressed (NC-028). Variant order is the format of images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AxonKind {
    /// One source, one list.
    Discrete,
    /// Atom in the spike selects the list; base is a multiple of 4; one output slot.
    Pop16,
    /// Atom in the spike selects the list; two output slots.
    Pop32,
}

/// One input axon: where its lists are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InputAxon {
    /// How it is addressed.
    pub kind: AxonKind,
    /// Added to the targets of its lists, 0..=255.
    pub base: u16,
    /// Word of synapse memory at which the list of atom 0 starts.
    pub address: u32,
    /// Words of one list; the list of atom a starts at address + a * words.
    pub words: u32,
    /// Number of lists, 1 for discrete axons.
    pub atoms: u16,
    /// Whether the synapses learn: such an axon takes two input slots (NC-028).
    pub learning: bool,
}

/// One packet that a spike sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OutputAxon {
    /// Index of the target core in [`Image::cores`].
    pub core: u32,
    /// Input axon on that core.
    pub axon: u32,
    /// Number of the list that the packet selects at that axon.
    pub atom: u16,
}

/// A named group of spike sources of the host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InputPort {
    /// Name of the input.
    pub name: String,
    /// Packets of source s are `offsets[s]..offsets[s + 1]`.
    pub offsets: Vec<u32>,
    /// Packets.
    pub axons: Vec<OutputAxon>,
}

impl InputPort {
    /// Number of sources.
    pub fn size(&self) -> u32 {
        self.offsets.len().saturating_sub(1) as u32
    }
}

/// Where the neurons of a population lie.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PopulationMap {
    /// Name of the population.
    pub name: String,
    /// Names of the compartments of one neuron, in update order.
    pub compartments: Vec<String>,
    /// Runs of neurons, in neuron order, together all of them.
    pub slices: Vec<Slice>,
}

/// A run of neurons on one core, compartments neuron by neuron.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Slice {
    /// First neuron of the run.
    pub first_neuron: u32,
    /// Number of neurons.
    pub neurons: u32,
    /// Index of the core in [`Image::cores`].
    pub core: u32,
    /// Compartment index of the first neuron's first compartment.
    pub first_compartment: u32,
}

impl PopulationMap {
    /// Number of neurons.
    pub fn size(&self) -> u32 {
        self.slices
            .last()
            .map_or(0, |s| s.first_neuron.saturating_add(s.neurons))
    }

    /// Core index and compartment index of part `part` of neuron `neuron`.
    ///
    /// # Panics
    /// If the neuron does not exist.
    pub fn locate(&self, neuron: u32, part: usize) -> (u32, u32) {
        let after = self.slices.partition_point(|s| s.first_neuron <= neuron);
        let slice = &self.slices[after - 1];
        assert!(
            neuron < slice.first_neuron + slice.neurons,
            "neuron {neuron} of {}",
            self.name
        );
        let parts = self.compartments.len() as u32;
        (
            slice.core,
            slice.first_compartment + (neuron - slice.first_neuron) * parts + part as u32,
        )
    }
}
