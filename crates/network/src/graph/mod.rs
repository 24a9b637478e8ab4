//! The float network: a graph of NIR nodes, as the training tools write it.
//!
//! A [`Graph`] holds what a `.nir` file says and nothing else: no time step, no kind of reset, no
//! discretisation; those are options of whoever runs or quantises it. Names of types and fields
//! are those of the `nir` Python package. Times are in seconds, everything else has no unit.
//! Layouts are row-major (last axis fastest), without a batch axis.
//!
//! Edges add: everything that enters a node is summed first. A cycle is recurrence.

mod check;
mod nested;
mod nodes;
pub(crate) mod shapes;
mod stepping;
pub(crate) mod tensor;

#[cfg(test)]
mod tests;

pub use crate::read::nir_data::{Event, GraphData, NodeData, Observable};
pub use nodes::{
    Affine, AvgPool2d, Conv1d, Conv2d, CubaLi, CubaLif, Delay, Flatten, I, If, Input, Li, Lif,
    Linear, Output, Padding, Scale, SumPool2d, Threshold,
};
pub use shapes::NodeShape;
pub use stepping::{Discretisation, Reset};
pub use tensor::Tensor;

use std::collections::BTreeMap;

/// Nodes by name, edges between them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Graph {
    /// Nodes by name. Names are free text: `lif1.w_rec` and `10` are names.
    pub nodes: BTreeMap<String, Node>,
    /// (source, target) by name, in the order of the file, which means nothing.
    pub edges: Vec<(String, String)>,
    /// Version of the `nir` package that wrote the file; empty in a nested graph or a built one.
    pub version: String,
    /// Metadata of the graph. Carried, never interpreted.
    pub metadata: Metadata,
    /// Metadata of its nodes, by node name; only those that have any.
    pub node_metadata: BTreeMap<String, Metadata>,
}

/// Free annotations.
pub type Metadata = BTreeMap<String, MetadataValue>;

/// One annotation.
#[derive(Debug, Clone, PartialEq)]
pub enum MetadataValue {
    /// A string.
    Text(String),
    /// Strings in C order.
    Texts(Vec<String>),
    /// Numbers or booleans.
    Numbers(Tensor),
    /// A nested dictionary.
    Group(Metadata),
}

/// A node of a graph: one of the NIR primitives, or a graph again.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Where data enter.
    Input(Input),
    /// Where data leave.
    Output(Output),
    /// y = W x + b.
    Affine(Affine),
    /// y = W x.
    Linear(Linear),
    /// y = s * x, element by element.
    Scale(Scale),
    /// Convolution over one axis.
    Conv1d(Conv1d),
    /// Convolution over two axes.
    Conv2d(Conv2d),
    /// Sum over windows.
    SumPool2d(SumPool2d),
    /// Mean over windows.
    AvgPool2d(AvgPool2d),
    /// Axes merged.
    Flatten(Flatten),
    /// y(t) = x(t - delay).
    Delay(Delay),
    /// Heaviside step.
    Threshold(Threshold),
    /// Integrator.
    I(I),
    /// Integrate and fire.
    #[doc(alias = "IF")]
    If(If),
    /// Leaky integrator.
    #[doc(alias = "LI")]
    Li(Li),
    /// Leaky integrate and fire.
    #[doc(alias = "LIF")]
    Lif(Lif),
    /// Leaky integrator with a synaptic current.
    #[doc(alias = "CubaLI")]
    CubaLi(CubaLi),
    /// Leaky integrate and fire with a synaptic current.
    #[doc(alias = "CubaLIF")]
    CubaLif(CubaLif),
    /// A nested graph with its own Input and Output.
    #[doc(alias = "NIRGraph")]
    Graph(Box<Graph>),
}

impl Node {
    /// The name of the type as NIR writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Input(_) => "Input",
            Node::Output(_) => "Output",
            Node::Affine(_) => "Affine",
            Node::Linear(_) => "Linear",
            Node::Scale(_) => "Scale",
            Node::Conv1d(_) => "Conv1d",
            Node::Conv2d(_) => "Conv2d",
            Node::SumPool2d(_) => "SumPool2d",
            Node::AvgPool2d(_) => "AvgPool2d",
            Node::Flatten(_) => "Flatten",
            Node::Delay(_) => "Delay",
            Node::Threshold(_) => "Threshold",
            Node::I(_) => "I",
            Node::If(_) => "IF",
            Node::Li(_) => "LI",
            Node::Lif(_) => "LIF",
            Node::CubaLi(_) => "CubaLI",
            Node::CubaLif(_) => "CubaLIF",
            Node::Graph(_) => "NIRGraph",
        }
    }

    /// Whether the node has state of its own from step to step (a neuron model or a delay).
    pub fn is_stateful(&self) -> bool {
        self.is_neuron() || matches!(self, Node::Delay(_))
    }

    /// Whether the node is a neuron model: an integrator, spiking or not.
    pub fn is_neuron(&self) -> bool {
        matches!(
            self,
            Node::I(_)
                | Node::If(_)
                | Node::Li(_)
                | Node::Lif(_)
                | Node::CubaLi(_)
                | Node::CubaLif(_)
        )
    }

    /// Whether what leaves the node are spikes.
    pub fn is_spiking(&self) -> bool {
        matches!(
            self,
            Node::If(_) | Node::Lif(_) | Node::CubaLif(_) | Node::Threshold(_)
        )
    }
}

impl Graph {
    /// Names of the nodes with an edge into `name`, in the order of the edges.
    pub fn sources_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.edges
            .iter()
            .filter(move |(_, target)| target == name)
            .map(|(source, _)| source.as_str())
    }

    /// Names of the nodes with an edge from `name`, in the order of the edges.
    pub fn targets_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.edges
            .iter()
            .filter(move |(source, _)| source == name)
            .map(|(_, target)| target.as_str())
    }

    /// Adds a node; a builder's step. Replaces a node of the same name.
    pub fn add(&mut self, name: &str, node: Node) -> &mut Self {
        self.nodes.insert(name.into(), node);
        self
    }

    /// Adds an edge.
    pub fn connect(&mut self, source: &str, target: &str) -> &mut Self {
        self.edges.push((source.into(), target.into()));
        self
    }
}
