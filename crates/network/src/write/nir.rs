//! Writing `.nir` files in the form of the `nir` Python package, version 1.0.

use super::h5::H5Tree;
use crate::graph::{Graph, If, Li, Lif, Metadata, MetadataValue, Node, Padding, Tensor};
use crate::memory::{MemoryShort, allow};
use seamount_diagnose::{Fault, Finding, Findings, Refusal};

/// Version that is written where a graph has none: that of the form.
const VERSION: &str = "1.0";

impl Graph {
    /// The bytes of a `.nir` file with this graph.
    ///
    /// # Errors
    /// Everything that is wrong with the graph, and names that a file cannot hold; memory that is
    /// not there.
    pub fn to_nir(&self) -> Result<Vec<u8>, Refusal> {
        let findings = Findings::new();
        self.check().into_iter().for_each(|f| findings.push(f));
        names(self, "node", &findings);
        if let Err(short) = room(self) {
            findings.push(Finding::new("", Fault::OutOfRange, short.to_string()));
        }
        if !findings.is_empty() {
            return findings.or(vec![]);
        }
        let mut root = H5Tree::default();
        let version = match self.version.is_empty() {
            true => VERSION,
            false => &self.version,
        };
        text(&mut root, "version", version);
        root.group("node", graph(self));
        Ok(root.into_bytes())
    }
}

/// Asks for the memory of the file: the arrays twice, as a tree and as bytes.
fn room(graph: &Graph) -> Result<(), MemoryShort> {
    let numbers: u64 = graph.nodes.values().map(largest).sum();
    allow("the file", numbers, 24)
}

/// Elements of the largest array of a node; its others are small beside it.
fn largest(node: &Node) -> u64 {
    let elements = match node {
        Node::Affine(affine) => affine.weight.len(),
        Node::Linear(linear) => linear.weight.len(),
        Node::Conv1d(conv) => conv.weight.len(),
        Node::Conv2d(conv) => conv.weight.len(),
        _ => 0,
    };
    elements as u64
}

/// Refuses names that HDF5 takes for paths, and those that do not fit a link.
fn names(graph: &Graph, place: &str, findings: &Findings) {
    const LETTERS_MAX: usize = 60_000;
    for (name, node) in &graph.nodes {
        let place = format!("{place}/nodes/{name}");
        let wrong = match name.as_str() {
            "" => Some("an empty name has no place in a file"),
            "." => Some("in a file this name is a path"),
            name if name.contains('/') => Some("in a file '/' parts the names of a path"),
            name if name.contains('\0') => Some("a name in a file ends at a zero"),
            name if name.len() > LETTERS_MAX => Some("the name is longer than a file can hold"),
            _ => None,
        };
        if let Some(wrong) = wrong {
            findings.rule(place.as_str(), wrong);
        }
        if let Node::Graph(inner) = node {
            names(inner, &place, findings);
        }
    }
}

fn graph(from: &Graph) -> H5Tree {
    let mut to = H5Tree::default();
    text(&mut to, "type", "NIRGraph");
    let ends = |edge: &(String, String)| [edge.0.clone(), edge.1.clone()];
    let edges: Vec<String> = from.edges.iter().flat_map(ends).collect();
    to.texts("edges", &[from.edges.len(), 2], edges);
    let mut nodes = H5Tree::default();
    for (name, node) in &from.nodes {
        let mut written = match node {
            Node::Graph(inner) => graph(inner),
            node => primitive(node),
        };
        if let Some(notes) = from.node_metadata.get(name) {
            written.group("metadata", metadata(notes));
        }
        nodes.group(name, written);
    }
    to.group("nodes", nodes);
    if !from.metadata.is_empty() {
        to.group("metadata", metadata(&from.metadata));
    }
    to
}

fn metadata(from: &Metadata) -> H5Tree {
    let mut to = H5Tree::default();
    for (name, value) in from {
        match value {
            MetadataValue::Text(one) => text(&mut to, name, one),
            MetadataValue::Texts(all) => to.texts(name, &[all.len()], all.clone()),
            MetadataValue::Numbers(numbers) => tensor(&mut to, name, numbers),
            MetadataValue::Group(inner) => to.group(name, metadata(inner)),
        }
    }
    to
}

fn text(to: &mut H5Tree, name: &str, text: &str) {
    to.texts(name, &[], vec![text.into()]);
}

fn tensor(to: &mut H5Tree, name: &str, tensor: &Tensor) {
    to.floats(name, &tensor.shape, &tensor.data);
}

fn number(to: &mut H5Tree, name: &str, number: usize) {
    to.integers(name, &[], vec![number as i64]);
}

fn numbers(to: &mut H5Tree, name: &str, numbers: &[usize]) {
    let data = numbers.iter().map(|n| *n as i64).collect();
    to.integers(name, &[numbers.len()], data);
}

/// A shape that the graph may leave open.
fn open_shape(to: &mut H5Tree, name: &str, shape: Option<&Vec<usize>>) {
    if let Some(shape) = shape {
        numbers(to, name, shape);
    }
}

fn primitive(node: &Node) -> H5Tree {
    let mut to = H5Tree::default();
    text(&mut to, "type", node.kind());
    let fields: Vec<(&str, &Tensor)> = match node {
        Node::Affine(n) => vec![("weight", &n.weight), ("bias", &n.bias)],
        Node::Linear(n) => vec![("weight", &n.weight)],
        Node::Scale(n) => vec![("scale", &n.scale)],
        Node::Conv1d(n) => vec![("weight", &n.weight), ("bias", &n.bias)],
        Node::Conv2d(n) => vec![("weight", &n.weight), ("bias", &n.bias)],
        Node::Delay(n) => vec![("delay", &n.delay)],
        Node::Threshold(n) => vec![("threshold", &n.threshold)],
        Node::I(n) => vec![("r", &n.r)],
        Node::If(If {
            r,
            v_threshold,
            v_reset,
        }) => vec![("r", r), ("v_threshold", v_threshold), ("v_reset", v_reset)],
        Node::Li(Li { tau, r, v_leak }) => vec![("tau", tau), ("r", r), ("v_leak", v_leak)],
        Node::Lif(Lif {
            tau,
            r,
            v_leak,
            v_threshold,
            v_reset,
        }) => vec![
            ("tau", tau),
            ("r", r),
            ("v_leak", v_leak),
            ("v_threshold", v_threshold),
            ("v_reset", v_reset),
        ],
        Node::CubaLi(n) => vec![
            ("tau_syn", &n.tau_syn),
            ("tau_mem", &n.tau_mem),
            ("r", &n.r),
            ("v_leak", &n.v_leak),
            ("w_in", &n.w_in),
        ],
        Node::CubaLif(n) => vec![
            ("tau_syn", &n.tau_syn),
            ("tau_mem", &n.tau_mem),
            ("r", &n.r),
            ("v_leak", &n.v_leak),
            ("v_threshold", &n.v_threshold),
            ("v_reset", &n.v_reset),
            ("w_in", &n.w_in),
        ],
        Node::Input(_)
        | Node::Output(_)
        | Node::SumPool2d(_)
        | Node::AvgPool2d(_)
        | Node::Flatten(_)
        | Node::Graph(_) => vec![],
    };
    for (name, value) in fields {
        tensor(&mut to, name, value);
    }
    shapes(&mut to, node);
    to
}

/// The fields of a primitive that are whole numbers.
fn shapes(to: &mut H5Tree, node: &Node) {
    match node {
        Node::Input(n) => open_shape(to, "shape", n.shape.as_ref()),
        Node::Output(n) => open_shape(to, "shape", n.shape.as_ref()),
        Node::Conv1d(n) => {
            if let Some(length) = n.input_shape {
                number(to, "input_shape", length);
            }
            number(to, "stride", n.stride);
            number(to, "dilation", n.dilation);
            number(to, "groups", n.groups);
            padding(to, n.padding, |to, zeros| number(to, "padding", zeros));
        }
        Node::Conv2d(n) => {
            if let Some(shape) = n.input_shape {
                numbers(to, "input_shape", &shape);
            }
            numbers(to, "stride", &n.stride);
            numbers(to, "dilation", &n.dilation);
            number(to, "groups", n.groups);
            padding(to, n.padding, |to, zeros| numbers(to, "padding", &zeros));
        }
        Node::SumPool2d(n) => pool(to, [n.kernel_size, n.stride, n.padding]),
        Node::AvgPool2d(n) => pool(to, [n.kernel_size, n.stride, n.padding]),
        Node::Flatten(n) => {
            open_shape(to, "input_type", n.input_type.as_ref());
            to.integers("start_dim", &[], vec![n.start_dim]);
            to.integers("end_dim", &[], vec![n.end_dim]);
        }
        _ => {}
    }
}

fn padding<T>(to: &mut H5Tree, padding: Padding<T>, zeros: impl FnOnce(&mut H5Tree, T)) {
    match padding {
        Padding::Same => text(to, "padding", "same"),
        Padding::Valid => text(to, "padding", "valid"),
        Padding::Zeros(count) => zeros(to, count),
    }
}

fn pool(to: &mut H5Tree, sizes: [[usize; 2]; 3]) {
    for (name, size) in ["kernel_size", "stride", "padding"].iter().zip(sizes) {
        numbers(to, name, &size);
    }
}
