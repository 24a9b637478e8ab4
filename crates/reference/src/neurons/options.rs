//! What a NIR file leaves open, and what can be wrong with a graph.

use seamount_network::graph::{Discretisation, Reset};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a float network is stepped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FloatOptions {
    /// Length of a step, seconds; above 0. Default 1e-4, the step of the NIR paper.
    pub dt_seconds: f64,
    /// How the differential equations become steps. Default Euler forward, as most training tools
    /// have it.
    pub discretisation: Discretisation,
    /// What a spike does to v. Default: v = v_reset, the equation of NIR.
    pub reset: Reset,
    /// Steps between a spike and what it causes in the next layer. Default: none.
    pub latency: Latency,
    /// Where in a step the threshold is looked at. Default: at its end.
    pub crossing: Crossing,
}

impl Default for FloatOptions {
    fn default() -> Self {
        FloatOptions {
            dt_seconds: 1e-4,
            discretisation: Discretisation::Euler,
            reset: Reset::ToReset,
            latency: Latency::SameStep,
            crossing: Crossing::EndOfStep,
        }
    }
}

/// Steps between a spike and what it causes in the next layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    /// A spike acts in its own step; only edges that leave a neuron for a node on a common cycle
    /// take one step (all of them, so that no neuron of the cycle is special).
    SameStep,
    /// Every edge that leaves a neuron takes one step, as on the chip; but an Output sees the
    /// step's own values.
    OneStep,
}

/// Where in a step the threshold is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crossing {
    /// At the end of the step.
    EndOfStep,
    /// At the instant of the crossing: v is reset there and goes on until the end of the step.
    /// Only for IF and LIF with the exponential discretisation, where that instant has a closed
    /// form.
    WithinStep,
}

/// Everything that forbids to step a graph.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", .0.iter().map(FloatFinding::to_string).collect::<Vec<_>>().join("\n"))]
pub struct FloatError(pub Vec<FloatFinding>);

/// One thing that forbids it.
#[derive(Debug, Clone, PartialEq)]
pub struct FloatFinding {
    /// Name of the node; empty: the graph or the options.
    pub node: String,
    /// Problem at that place.
    pub problem: FloatProblem,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum FloatProblem {
    /// The graph itself is wrong.
    Graph(String),
    /// A parameter has neither one element nor as many as there are neurons.
    Length {
        /// Name of the field.
        field: &'static str,
        /// Elements found.
        found: usize,
        /// Elements wanted.
        wanted: usize,
    },
    /// A number that has no meaning here.
    Value {
        /// Name of the field.
        field: &'static str,
        /// Value of the element.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// The data do not have the shape that the node needs.
    Shape {
        /// Shape found.
        found: Vec<usize>,
        /// What the node needs.
        wanted: String,
    },
    /// A cycle without any neuron.
    LinearCycle,
    /// An option that this node cannot honour.
    Unsupported(&'static str),
}

impl fmt::Display for FloatFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.node.is_empty() {
            write!(f, "node '{}': ", self.node)?;
        }
        match &self.problem {
            FloatProblem::Graph(text) => f.write_str(text),
            FloatProblem::Length {
                field,
                found,
                wanted,
            } => write!(f, "{field} has {found} elements, wanted {wanted} or 1"),
            FloatProblem::Value { field, value, must } => {
                write!(f, "{field} is {value}; it must be {must}")
            }
            FloatProblem::Shape { found, wanted } => {
                write!(f, "data of shape {found:?}, wanted {wanted}")
            }
            FloatProblem::LinearCycle => {
                f.write_str("lies on a cycle without a neuron: its value would depend on itself")
            }
            FloatProblem::Unsupported(text) => f.write_str(text),
        }
    }
}
