//! Shapes of the data at every node: given, or following from the graph.

use super::{
    AvgPool2d, Conv1d, Conv2d, Flatten, Graph, Node, Padding, SumPool2d, Tensor, tensor::count,
};
use crate::problem::{FileProblem, ReadProblem, of_a_file};
use seamount_diagnose::{Findings, Refusal};
use std::collections::{BTreeMap, BTreeSet};

/// Shapes of what enters and leaves a node, without the batch axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeShape {
    /// What enters.
    pub input: Vec<usize>,
    /// What leaves.
    pub output: Vec<usize>,
}

impl Graph {
    /// The shapes at every node of the graph and of its nested graphs (named `outer/inner`, their
    /// Inputs and Outputs included). What is given is used first; the rest follows along the
    /// edges, in both directions.
    ///
    /// # Errors
    /// Every edge between different shapes, every node that cannot take its data, every node whose
    /// shape does not follow.
    pub fn shapes(&self) -> Result<BTreeMap<String, NodeShape>, Refusal> {
        let (graph, _) = self.expanded();
        let mut inference = ShapeInference::new(&graph);
        inference.run();
        let out = inference.known();
        let findings = inference.findings;
        // after a node that cannot take its data, shapes that do not follow are its consequences
        if findings.is_empty() {
            let unknown = graph.nodes.keys().filter(|name| !out.contains_key(*name));
            unknown.for_each(|name| findings.file(&place(name), ReadProblem::NoShape));
        }
        for mismatch in mismatches(&graph, &out) {
            findings.file(&place(&mismatch.target), mismatch.problem());
        }
        findings.or(out)
    }

    /// The shape of what leaves each node of the graph and of its nested graphs, where it is given
    /// or follows. Of a graph that passes [`Graph::check`] every node is there, with the shape
    /// that [`Graph::shapes`] says.
    pub fn shapes_known(&self) -> BTreeMap<String, Vec<usize>> {
        let (graph, _) = self.expanded();
        let mut inference = ShapeInference::new(&graph);
        inference.run();
        inference
            .output
            .into_iter()
            .filter_map(|(name, shape)| Some((name.to_string(), shape?)))
            .collect()
    }

    /// Takes axes of length 1 off nodes whose neighbours say the same shape but for them, as some
    /// exporters write them (`[1, 1, 1]` beside `[1]`): the shape off every Input and Output (of
    /// nested graphs too), which then follows from the graph, else the axes off the parameters of
    /// neurons. Returns what was ignored, in words.
    pub fn forget_unit_axes(&mut self) -> Vec<String> {
        let mut ignored = vec![];
        let mut done = BTreeSet::new();
        loop {
            let (graph, _) = self.expanded();
            let mut inference = ShapeInference::new(&graph);
            inference.run();
            let before = done.len();
            for mismatch in mismatches(&graph, &inference.known()) {
                if equal_but_for_unit_axes(&mismatch.found, &mismatch.wanted) {
                    ignored.extend(self.forget_one(&mismatch, &mut done));
                }
            }
            // a shape that was taken off may show the next that differs
            if done.len() == before {
                return ignored;
            }
        }
    }

    /// Makes one end of an edge say what the other does; each node gives way once at most.
    fn forget_one(&mut self, mismatch: &Mismatch, done: &mut BTreeSet<String>) -> Option<String> {
        let Mismatch {
            source_name,
            target,
            found,
            wanted,
        } = mismatch;
        let ends = [(target, wanted, found), (source_name, found, wanted)];
        let free = |name: &String| !done.contains(name);
        let ports = ends
            .iter()
            .find(|end| free(end.0) && self.forget_shape(end.0));
        let end = ports.or_else(|| {
            let mut neurons = ends.iter();
            neurons.find(|end| free(end.0) && self.reshape(end.0, end.1, end.2))
        });
        let (name, own, other) = match end {
            Some(&(name, own, other)) => (name.clone(), own, other),
            None => {
                // nodes with one number for all have the shape that some Input or Output says
                let (own, other) = match found.len() > wanted.len() {
                    true => (found, wanted),
                    false => (wanted, found),
                };
                let name = self.port_of_shape(own, done)?;
                self.forget_shape(&name);
                (name, own, other)
            }
        };
        done.insert(name.clone());
        Some(format!(
            "'{name}' says shape {own:?}; taken as {other:?}, which differs in axes of length 1 \
             only"
        ))
    }

    /// An Input or Output that says this shape and has not given way yet.
    fn port_of_shape(&self, shape: &[usize], done: &BTreeSet<String>) -> Option<String> {
        let (graph, _) = self.expanded();
        let mut ports = graph.nodes.iter().filter(|(name, node)| {
            let is_port = matches!(node, Node::Input(_) | Node::Output(_));
            is_port && !done.contains(*name) && node.input_shape().as_deref() == Some(shape)
        });
        ports.next().map(|(name, _)| name.clone())
    }

    /// Takes the shape off an Input or Output; returns whether it is one.
    fn forget_shape(&mut self, name: &str) -> bool {
        match self.nested(name) {
            Some(Node::Input(node)) => node.shape = None,
            Some(Node::Output(node)) => node.shape = None,
            _ => return false,
        }
        true
    }

    /// Gives the parameters of neurons another shape with as many elements in the same order;
    /// returns whether the node has such parameters.
    fn reshape(&mut self, name: &str, own: &[usize], other: &[usize]) -> bool {
        let tensors = self.nested(name).map_or(vec![], Node::element_tensors);
        let mut changed = false;
        for tensor in tensors {
            if tensor.shape == own && count(other) == Some(tensor.len()) {
                tensor.shape = other.to_vec();
                changed = true;
            }
        }
        changed
    }

    /// A node, `outer/inner` of a nested graph.
    fn nested(&mut self, name: &str) -> Option<&mut Node> {
        let Some((outer, inner)) = name.split_once('/') else {
            return self.nodes.get_mut(name);
        };
        match self.nodes.get_mut(outer) {
            Some(Node::Graph(graph)) => graph.nested(inner),
            _ => None,
        }
    }
}

/// Whether two shapes are the same without their axes of length 1.
pub fn equal_but_for_unit_axes(a: &[usize], b: &[usize]) -> bool {
    a.iter()
        .filter(|n| **n != 1)
        .eq(b.iter().filter(|n| **n != 1))
}

/// An edge between different shapes.
struct Mismatch {
    source_name: String,
    target: String,
    /// Shape that the source gives.
    found: Vec<usize>,
    /// Shape that the target takes.
    wanted: Vec<usize>,
}

impl Mismatch {
    fn problem(self) -> ReadProblem {
        ReadProblem::EdgeShape {
            source_name: self.source_name,
            found: self.found,
            wanted: self.wanted,
        }
    }
}

/// Edges whose ends are known and differ, in the order of the file.
fn mismatches(graph: &Graph, known: &BTreeMap<String, NodeShape>) -> Vec<Mismatch> {
    let mut out = vec![];
    for (source, target) in &graph.edges {
        if let (Some(from), Some(to)) = (known.get(source), known.get(target))
            && from.output != to.input
        {
            out.push(Mismatch {
                source_name: source.clone(),
                target: target.clone(),
                found: from.output.clone(),
                wanted: to.input.clone(),
            });
        }
    }
    out
}

/// Path in a file of a node of an expanded graph.
pub(crate) fn place(name: &str) -> String {
    format!("node/nodes/{}", name.replace('/', "/nodes/"))
}

type Shape = Option<Vec<usize>>;

struct ShapeInference<'a> {
    graph: &'a Graph,
    sources: BTreeMap<&'a str, Vec<&'a str>>,
    targets: BTreeMap<&'a str, Vec<&'a str>>,
    input: BTreeMap<&'a str, Shape>,
    output: BTreeMap<&'a str, Shape>,
    /// Nodes of which a shape has become known.
    changed: Vec<&'a str>,
    /// Nodes that cannot take their data, which are findings already.
    misfits: BTreeSet<&'a str>,
    findings: Findings,
}

impl<'a> ShapeInference<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut sources = BTreeMap::new();
        let mut targets = BTreeMap::new();
        for (source, target) in &graph.edges {
            sources
                .entry(target.as_str())
                .or_insert_with(Vec::new)
                .push(source.as_str());
            targets
                .entry(source.as_str())
                .or_insert_with(Vec::new)
                .push(target.as_str());
        }
        let input = graph
            .nodes
            .iter()
            .map(|(name, node)| (name.as_str(), node.input_shape()))
            .collect();
        let output = graph
            .nodes
            .iter()
            .map(|(name, node)| (name.as_str(), node.weight_output_shape()))
            .collect();
        let changed = graph.nodes.keys().map(String::as_str).collect();
        ShapeInference {
            graph,
            sources,
            targets,
            input,
            output,
            changed,
            misfits: BTreeSet::new(),
            findings: of_a_file(),
        }
    }

    fn run(&mut self) {
        while let Some(name) = self.changed.pop() {
            self.through(name);
            if let Some(Some(shape)) = self.output.get(name).cloned() {
                for target in self.targets.get(name).cloned().unwrap_or_default() {
                    if matches!(self.input.get(target), Some(None)) {
                        self.input.insert(target, Some(shape.clone()));
                        self.changed.push(target);
                    }
                }
            }
            if let Some(Some(shape)) = self.input.get(name).cloned() {
                for source in self.sources.get(name).cloned().unwrap_or_default() {
                    if matches!(self.output.get(source), Some(None)) {
                        self.output.insert(source, Some(shape.clone()));
                        self.changed.push(source);
                    }
                }
            }
        }
    }

    /// From what enters a node to what leaves it, and back where the two are equal.
    fn through(&mut self, name: &'a str) {
        let node = &self.graph.nodes[name];
        let input = self.input[name].clone();
        let output = self.output[name].clone();
        match (input, output) {
            (Some(input), output) => match node.output_shape(&input) {
                Some(shape) if output.as_ref() == Some(&shape) => {}
                Some(shape) => {
                    self.output.insert(name, Some(shape));
                    self.changed.push(name);
                }
                // a node is looked at again whenever a neighbour becomes known
                None => {
                    if self.misfits.insert(name) {
                        self.findings
                            .file(&place(name), ReadProblem::DoesNotFit(input));
                    }
                }
            },
            (None, Some(output)) if node.keeps_shape() => {
                self.input.insert(name, Some(output));
                self.changed.push(name);
            }
            _ => {}
        }
    }

    /// The nodes of which both shapes have become known.
    fn known(&self) -> BTreeMap<String, NodeShape> {
        let mut known = BTreeMap::new();
        for name in self.graph.nodes.keys() {
            let input = self.input.get(name.as_str()).cloned().flatten();
            let output = self.output.get(name.as_str()).cloned().flatten();
            if let (Some(input), Some(output)) = (input, output) {
                known.insert(name.clone(), NodeShape { input, output });
            }
        }
        known
    }
}

impl Node {
    /// The shape that the node says it takes.
    pub fn input_shape(&self) -> Option<Vec<usize>> {
        match self {
            Node::Input(node) => node.shape.clone(),
            Node::Output(node) => node.shape.clone(),
            Node::Affine(node) => matrix_side(&node.weight, 1),
            Node::Linear(node) => matrix_side(&node.weight, 1),
            Node::Conv1d(node) => {
                let channels = node.weight.shape.get(1)?.checked_mul(node.groups)?;
                Some(vec![channels, node.input_shape?])
            }
            Node::Conv2d(node) => {
                let channels = node.weight.shape.get(1)?.checked_mul(node.groups)?;
                let [height, width] = node.input_shape?;
                Some(vec![channels, height, width])
            }
            Node::Flatten(node) => node.input_type.clone(),
            _ => self
                .element_parameters()
                .iter()
                .map(|(_, tensor)| &tensor.shape)
                .find(|shape| !shape.is_empty())
                .cloned(),
        }
    }

    /// Whether what leaves has the shape of what enters.
    pub fn keeps_shape(&self) -> bool {
        matches!(self, Node::Input(_) | Node::Output(_)) || !self.element_parameters().is_empty()
    }

    fn weight_output_shape(&self) -> Option<Vec<usize>> {
        match self {
            Node::Affine(node) => matrix_side(&node.weight, 2),
            Node::Linear(node) => matrix_side(&node.weight, 2),
            _ => None,
        }
    }

    /// The shape that leaves when `input` enters; `None` if the node cannot take it.
    pub fn output_shape(&self, input: &[usize]) -> Option<Vec<usize>> {
        match self {
            Node::Affine(_) | Node::Linear(_) => self.weight_output_shape(),
            Node::Conv1d(node) => conv1d(node, input),
            Node::Conv2d(node) => conv2d(node, input),
            Node::SumPool2d(SumPool2d {
                kernel_size,
                stride,
                padding,
            })
            | Node::AvgPool2d(AvgPool2d {
                kernel_size,
                stride,
                padding,
            }) => pool(input, *kernel_size, *stride, *padding),
            Node::Flatten(node) => flatten(node, input),
            _ => Some(input.into()),
        }
    }
}

/// Leading axes of a weight and its axis `from_end` from the end.
fn matrix_side(weight: &Tensor, from_end: usize) -> Option<Vec<usize>> {
    let lead = weight.rank().checked_sub(2)?;
    let mut shape = weight.shape[..lead].to_vec();
    shape.push(weight.shape[weight.rank() - from_end]);
    Some(shape)
}

/// Number of windows of `kernel` elements, `dilation` apart, on `length` elements with `padding`
/// zeros at both ends: floor((length + 2 padding - dilation (kernel - 1) - 1) / stride) + 1. Sizes
/// are per axis, which the reference reader gets wrong for kernels that are not square.
pub fn windows(
    length: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
) -> Option<usize> {
    let reach = dilation
        .checked_mul(kernel.checked_sub(1)?)?
        .checked_add(1)?;
    let padded = length.checked_add(padding.checked_mul(2)?)?;
    Some(padded.checked_sub(reach)?.checked_div(stride)? + 1)
}

fn conv1d(node: &Conv1d, input: &[usize]) -> Option<Vec<usize>> {
    let (&[out, channels, kernel], &[found, length]) = (&node.weight.shape[..], input) else {
        return None;
    };
    if channels.checked_mul(node.groups)? != found {
        return None;
    }
    Some(vec![
        out,
        padded_windows(length, kernel, node.stride, node.dilation, node.padding)?,
    ])
}

fn conv2d(node: &Conv2d, input: &[usize]) -> Option<Vec<usize>> {
    let (&[out, channels, kernel_y, kernel_x], &[found, height, width]) =
        (&node.weight.shape[..], input)
    else {
        return None;
    };
    if channels.checked_mul(node.groups)? != found {
        return None;
    }
    let axis = |i: usize| match node.padding {
        Padding::Same => Padding::Same,
        Padding::Valid => Padding::Valid,
        Padding::Zeros(pair) => Padding::Zeros(pair[i]),
    };
    let y = padded_windows(height, kernel_y, node.stride[0], node.dilation[0], axis(0))?;
    let x = padded_windows(width, kernel_x, node.stride[1], node.dilation[1], axis(1))?;
    Some(vec![out, y, x])
}

fn padded_windows(
    length: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: Padding<usize>,
) -> Option<usize> {
    match padding {
        Padding::Same => Some(length),
        Padding::Valid => windows(length, kernel, stride, 0, dilation),
        Padding::Zeros(zeros) => windows(length, kernel, stride, zeros, dilation),
    }
}

fn pool(
    input: &[usize],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
) -> Option<Vec<usize>> {
    let &[channels, height, width] = input else {
        return None;
    };
    let y = windows(height, kernel[0], stride[0], padding[0], 1)?;
    let x = windows(width, kernel[1], stride[1], padding[1], 1)?;
    Some(vec![channels, y, x])
}

fn flatten(node: &Flatten, input: &[usize]) -> Option<Vec<usize>> {
    let axis = |dim: i64| {
        let index = if dim < 0 {
            dim + input.len() as i64
        } else {
            dim
        };
        usize::try_from(index)
            .ok()
            .filter(|&index| index < input.len())
    };
    let start = axis(node.start_dim)?;
    let end = axis(node.end_dim)?;
    if start > end {
        return None;
    }
    let merged = count(&input[start..=end])?;
    Some([&input[..start], &[merged], &input[end + 1..]].concat())
}
