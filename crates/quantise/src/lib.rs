//! Internal crate of seamount, without promise of stability.
//!
//! From a float graph to an integer network of the Loihi 1 class, with a report of what changed.
//!
//! `Graph -> Netlist`. Nodes of neurons become populations; whatever lies between them (affine,
//! convolution, pooling, scale, flatten, delay) is multiplied out into one set of synapses per
//! source and target. Spikes are binary: what leaves an Input is a spike or none in each step.
//! What is not mapped is an error that names the node, the field and the limit; all of them at
//! once.
//!
//! Scales: with threshold theta and threshold mantissa T, v of the float model is v_chip theta /
//! (64 T) + rest. Each neuron (or channel, or population, see [`Scales`]) has its own T, so that
//! its largest weight uses all bits.

mod connection;
mod dynamics;
mod emit;
mod layer;
mod linear;
mod options;
mod plan;
mod program;
mod report;
mod scale;
mod values;

pub use options::{
    Calibration, DecayRounding, Observed, QuantiseError, QuantiseFinding, QuantiseOptions,
    QuantiseProblem, Scales,
};
pub use report::{InflowReport, LayerReport, ParameterReport, QuantiseReport};

pub use seamount_network::graph::{Discretisation, Reset};

use options::QuantiseFindings;
use seamount_network::graph::Graph;
use seamount_network::netlist::Netlist;
use serde::{Deserialize, Serialize};

/// A graph in integers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Quantised {
    /// The network, without probes.
    pub netlist: Netlist,
    /// What quantising changed.
    pub report: QuantiseReport,
    /// The layers of neurons, by name of their node.
    pub layers: Vec<LayerMap>,
    /// The inputs, by name of their node, in the order of the netlist.
    pub inputs: Vec<InputMap>,
    /// The outputs, by name.
    pub outputs: Vec<OutputMap>,
}

/// Where an Input of the graph went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputMap {
    /// Name of the node.
    pub node: String,
    /// Name of the netlist's input.
    pub input: String,
    /// Number of elements.
    pub size: usize,
}

/// Where an Output of the graph comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutputMap {
    /// Name of the node.
    pub node: String,
    /// Nodes of neurons that it shows.
    pub layers: Vec<String>,
}

/// Where a node of neurons went, and what its registers mean in float units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LayerMap {
    /// Name of the node.
    pub node: String,
    /// Type of the node.
    pub kind: String,
    /// Name of the population.
    pub population: String,
    /// Endpoint whose v is the membrane.
    pub membrane: String,
    /// Endpoint whose u is the synaptic current.
    pub current: String,
    /// Whether the neurons run a program; then v and u are state words of these names.
    #[serde(default)]
    pub programmed: bool,
    /// Whether it spikes; its root compartment does.
    pub spiking: bool,
    /// The membrane shows v before the reset (reset by subtraction).
    pub before_reset: bool,
    /// Chip units of v for one float unit, of each neuron.
    pub units: Vec<f64>,
    /// Float v where the chip's v is 0, of each neuron.
    pub rest: Vec<f64>,
    /// u of one float unit of I, of each neuron.
    pub current_units: Vec<f64>,
    /// u that the chip's bias stands for: the synaptic current of a constant bias.
    pub current_rest: Vec<f64>,
}

impl LayerMap {
    /// v of the chip in units of the float model.
    pub fn voltage(&self, neuron: usize, v: i32) -> f64 {
        f64::from(v) / self.units[neuron] + self.rest[neuron]
    }
}

/// Quantises a graph, or says everything that forbids it.
pub fn quantise(graph: &Graph, options: &QuantiseOptions) -> Result<Quantised, QuantiseError> {
    let mut found = QuantiseFindings::default();
    options.check(&mut found);
    if !found.0.is_empty() {
        return Err(QuantiseError(found.0));
    }
    let (flat, _) = graph.expanded();
    let plan = plan::plan(&flat, options, &mut found);
    if !found.0.is_empty() {
        return Err(QuantiseError(found.0));
    }
    for node in options
        .units
        .keys()
        .filter(|n| !plan.layers.iter().any(|l| l.name == **n))
    {
        found.rule(
            node,
            "a scale is given for this node, but it is no node of neurons",
        );
    }
    let mut emitter = emit::NetlistEmitter::new(&plan, options);
    for (index, layer) in plan.layers.iter().enumerate() {
        let dynamics = dynamics::dynamics(layer, options, &mut found);
        if found.0.is_empty() {
            let integers = layer::layer(layer, &dynamics, options, &mut found);
            emitter.layer(index, &dynamics, integers);
        }
    }
    emitter.outputs(&mut found);
    if found.0.is_empty() {
        Ok(emitter.finish())
    } else {
        Err(QuantiseError(found.0))
    }
}
