//! The graph as layers of neurons with linear maps between them.
//!
//! Whatever lies between neurons (affine, convolution, pooling, scale, flatten, delay) is linear,
//! so a chain of such nodes is one sparse matrix, and a node with several inputs is a sum. The plan
//! is made by settling nodes one after another: first what is known from the start (constants,
//! inputs, layers of neurons), then every linear node all of whose inputs are settled. What is left
//! then lies on a cycle without a neuron, which no chip could run.

use crate::connection::{MadeConnection, TERMS_MAX, affordable, connection, count, limit};
use crate::linear::LinearMap;
use crate::options::{QuantiseFindings, QuantiseOptions, QuantiseProblem};
use seamount_network::graph::{Graph, Node, Tensor};
use seamount_network::memory::allow;
use std::collections::{BTreeMap, BTreeSet};

/// A graph without nested graphs, as layers.
pub(crate) struct GraphPlan<'a> {
    /// Inputs: name and number of elements.
    pub inputs: Vec<(String, usize)>,
    /// Neuron nodes, by name.
    pub layers: Vec<NeuronLayer<'a>>,
    /// Outputs: name and what reaches each.
    pub outputs: Vec<(String, Vec<LayerInflow>)>,
    /// What the graph did not say and how it was taken.
    pub notes: Vec<String>,
}

/// A node of neurons.
pub(crate) struct NeuronLayer<'a> {
    pub name: String,
    pub node: &'a Node,
    pub shape: Vec<usize>,
    pub inflows: Vec<LayerInflow>,
    /// Constant part of x, one per neuron.
    pub bias: Vec<f64>,
    /// Some inflow shares its weights between places.
    pub shared: bool,
}

/// What one source sends through connections.
#[derive(Clone)]
pub(crate) struct LayerInflow {
    pub source: SpikeSource,
    pub map: LinearMap,
}

/// Where spikes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SpikeSource {
    /// Index into [`GraphPlan::inputs`].
    Input(usize),
    /// Index into [`GraphPlan::layers`].
    Layer(usize),
}

/// Whether a node is a layer of compartments.
fn is_layer(node: &Node) -> bool {
    node.is_neuron() || matches!(node, Node::Threshold(_))
}

/// A linear combination of sources.
#[derive(Clone, Default)]
struct SourceMix {
    terms: BTreeMap<SpikeSource, LinearMap>,
    bias: Vec<f64>,
    shared: bool,
}

impl SourceMix {
    fn add(&mut self, other: &SourceMix) {
        for (source, map) in &other.terms {
            match self.terms.get_mut(source) {
                Some(own) => own.add(map),
                None => drop(self.terms.insert(*source, map.clone())),
            }
        }
        if self.bias.is_empty() {
            self.bias.clone_from(&other.bias);
        } else {
            self.bias
                .iter_mut()
                .zip(&other.bias)
                .for_each(|(a, b)| *a += b);
        }
        self.shared |= other.shared;
    }

    fn then(&self, connection: &MadeConnection) -> SourceMix {
        let terms = self.terms.iter().map(|(source, map)| {
            let map = if map.is_identity() {
                connection.map.clone()
            } else {
                map.then(&connection.map)
            };
            (*source, map)
        });
        let bias = connection
            .map
            .apply(&self.bias)
            .iter()
            .zip(&connection.bias)
            .map(|(a, b)| a + b)
            .collect();
        SourceMix {
            terms: terms.collect(),
            bias,
            shared: self.shared || connection.shared,
        }
    }

    fn inflows(self) -> Vec<LayerInflow> {
        self.terms
            .into_iter()
            .map(|(source, map)| LayerInflow { source, map })
            .collect()
    }
}

/// Works through the nodes in an order in which everything linear is known before it is used.
struct PlanBuilder<'a, 'f> {
    flat: &'a Graph,
    /// What leaves each node, where the graph says it.
    shapes: BTreeMap<String, Vec<usize>>,
    sources: BTreeMap<String, Vec<String>>,
    /// What leaves each node that is settled, and its shape.
    settled: BTreeMap<String, (SourceMix, Vec<usize>)>,
    inputs: Vec<(String, usize)>,
    notes: Vec<String>,
    dt: f64,
    found: &'f mut QuantiseFindings,
}

/// The layers of a graph that has no nested graphs any more (see [`Graph::expanded`]).
pub(crate) fn plan<'a>(
    flat: &'a Graph,
    options: &QuantiseOptions,
    found: &mut QuantiseFindings,
) -> GraphPlan<'a> {
    let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (source, target) in &flat.edges {
        for missing in [source, target]
            .into_iter()
            .filter(|name| !flat.nodes.contains_key(*name))
        {
            found.rule(missing, "an edge names this node, but there is none");
        }
        sources
            .entry(target.clone())
            .or_default()
            .push(source.clone());
    }
    let mut builder = PlanBuilder {
        flat,
        shapes: flat.shapes_known(),
        sources,
        settled: BTreeMap::new(),
        inputs: vec![],
        notes: vec![],
        dt: options.dt_seconds,
        found,
    };
    builder.refuse_large_shapes();
    builder.refuse_many_neurons(options.neurons_max);
    if !builder.found.0.is_empty() {
        // Whatever follows would be worked out for shapes that are refused.
        return builder.into_plan();
    }
    builder.settle_constant_inputs(&options.currents);
    builder.settle_inputs_and_layers();
    builder.multiply_out_connections();
    builder.into_plan()
}

impl<'a> PlanBuilder<'a, '_> {
    fn sources_of(&self, name: &str) -> Vec<String> {
        self.sources.get(name).cloned().unwrap_or_default()
    }

    /// The shape that a node says or that follows from the graph, if it can be worked out.
    fn shape(&self, name: &str, node: &Node) -> Option<Vec<usize>> {
        own_shape(node)
            .or_else(|| self.shapes.get(name).cloned())
            .filter(|shape| affordable(shape).is_ok())
    }

    /// Files every shape that is too large to be worked out.
    fn refuse_large_shapes(&mut self) {
        for (name, node) in &self.flat.nodes {
            let shape = own_shape(node).or_else(|| self.shapes.get(name).cloned());
            if let Some(Err(problem)) = shape.map(|shape| affordable(&shape)) {
                self.found.add(name, "shape", problem);
            }
        }
    }

    /// Files a graph with more neurons than the board has compartments. A few numbers in the file
    /// may stand for any number of neurons, each of which gets values of its own.
    fn refuse_many_neurons(&mut self, most: Option<u64>) {
        let layers = self.flat.nodes.iter().filter(|(_, node)| is_layer(node));
        let shapes = layers.filter_map(|(name, node)| Some((name, self.shape(name, node)?)));
        let sizes: Vec<(String, u64)> = shapes
            .map(|(name, shape)| (name.clone(), count(&shape) as u64))
            .collect();
        let wanted: u64 = sizes.iter().map(|(_, size)| size).sum();
        // Floats and integers of a neuron and of its synapses, of which it has at least one.
        const NEURON_BYTES: u64 = 640;
        if let Err(short) = allow("the neurons of the graph", wanted, NEURON_BYTES) {
            self.found.add("", "", QuantiseProblem::Memory(short));
        }
        let largest = sizes.iter().max_by_key(|(_, size)| *size);
        if let (Some(available), Some((name, _))) = (most, largest)
            && wanted > available
        {
            let problem = QuantiseProblem::Limit {
                wanted: wanted as f64,
                available: available as f64,
            };
            self.found.add(name, "neurons of the graph", problem);
        }
    }

    /// Settles inputs that hold a constant current: they become biases, not sources of spikes.
    fn settle_constant_inputs(&mut self, currents: &BTreeMap<String, Vec<f64>>) {
        for (name, x) in currents {
            let Some(node @ Node::Input(_)) = self
                .flat
                .nodes
                .get(name)
                .filter(|_| self.sources_of(name).is_empty())
            else {
                self.found
                    .rule(name, "a current is given for this node, but it is no Input");
                continue;
            };
            let Some(shape) = self.shape(name, node) else {
                continue;
            };
            if count(&shape) != x.len() {
                self.found.add(
                    name,
                    "current",
                    QuantiseProblem::Length {
                        found: x.len(),
                        wanted: count(&shape),
                    },
                );
            }
            if let Some(&value) = x.iter().find(|x| !x.is_finite()) {
                self.found.must(name, "current", value, false, "finite");
            }
            self.settled.insert(
                name.clone(),
                (
                    SourceMix {
                        terms: BTreeMap::new(),
                        bias: x.clone(),
                        shared: false,
                    },
                    shape,
                ),
            );
        }
    }

    /// Settles inputs and layers of neurons: what leaves them are their own spikes.
    fn settle_inputs_and_layers(&mut self) {
        let mut layer = 0;
        for (name, node) in self
            .flat
            .nodes
            .iter()
            .filter(|(name, _)| !self.settled.contains_key(*name))
            .collect::<Vec<_>>()
        {
            let source = match node {
                Node::Input(_) if self.sources_of(name).is_empty() => {
                    SpikeSource::Input(self.inputs.len())
                }
                node if is_layer(node) => {
                    layer += 1;
                    SpikeSource::Layer(layer - 1)
                }
                _ => continue,
            };
            let shape = self.shape(name, node);
            if let SpikeSource::Input(_) = source {
                self.inputs
                    .push((name.clone(), shape.as_ref().map_or(0, |s| count(s))));
            }
            match (own_shape(node).filter(|_| shape.is_some()), shape) {
                (Some(shape), _) => self.settle_as_source(name, source, shape),
                (None, Some(shape)) => {
                    self.notes.push(format!(
                        "'{name}' ({}) does not say its shape: {shape:?} follows from the graph",
                        node.kind()
                    ));
                    self.settle_as_source(name, source, shape);
                }
                (None, None) if self.shapes.contains_key(name) => {}
                (None, None) => self.found.rule(
                    name,
                    "does not say its shape, and none follows from the graph",
                ),
            }
        }
    }

    /// Settles a node as the source of its own spikes, without a bias.
    fn settle_as_source(&mut self, name: &str, source: SpikeSource, shape: Vec<usize>) {
        let size = count(&shape);
        let terms = BTreeMap::from([(source, LinearMap::identity(size))]);
        self.settled.insert(
            name.into(),
            (
                SourceMix {
                    terms,
                    bias: vec![0.0; size],
                    shared: false,
                },
                shape,
            ),
        );
    }

    /// Settles all other nodes, each once its inputs are; files what lies on a cycle without a
    /// neuron.
    fn multiply_out_connections(&mut self) {
        let open = self
            .flat
            .nodes
            .iter()
            .filter(|(name, node)| !self.settled.contains_key(*name) && !is_layer(node));
        let mut left: BTreeMap<String, &'a Node> =
            open.map(|(name, node)| (name.clone(), node)).collect();
        loop {
            let ready = |name: &String| {
                let from = self.sources_of(name);
                !from.is_empty() && from.iter().all(|s| self.settled.contains_key(s))
            };
            let Some((name, node)) = left
                .iter()
                .find(|(name, _)| ready(name))
                .map(|(n, k)| (n.clone(), *k))
            else {
                break;
            };
            left.remove(&name);
            if let Some((mix, shape)) = self.sum_of_inputs(&name) {
                self.multiply_out(&name, node, mix, &shape);
            }
        }
        let unsettled: BTreeSet<&String> = left.keys().collect();
        for (name, node) in &left {
            match self.sources_of(name) {
                from if from.is_empty() && matches!(node, Node::Input(_)) => {}
                from if from.is_empty() => self.found.rule(name, "nothing enters it"),
                from if from
                    .iter()
                    .all(|s| unsettled.contains(s) || self.settled.contains_key(s)) =>
                {
                    self.found.rule(
                        name,
                        "depends on itself, or on what could not be mapped, without a neuron \
                         between",
                    );
                }
                _ => {}
            }
        }
    }

    /// Settles one linear node, unless multiplying it out takes more terms than memory should hold.
    fn multiply_out(&mut self, name: &str, node: &Node, mix: SourceMix, shape: &[usize]) {
        match connection(node, shape, self.dt) {
            Some(Ok(connection)) => {
                let terms = mix
                    .terms
                    .values()
                    .map(|map| map.terms_then(&connection.map))
                    .fold(0, u64::saturating_add);
                if terms > TERMS_MAX {
                    return self.found.add(
                        name,
                        "connections multiplied out",
                        limit(terms, TERMS_MAX),
                    );
                }
                let shape = connection.shape.clone();
                self.settled
                    .insert(name.into(), (mix.then(&connection), shape));
            }
            Some(Err(problem)) => self.found.add(name, "", problem),
            None => unreachable!("neurons are layers, graphs are taken apart"),
        }
    }

    /// The sum of what enters a node, with its shape; nothing if an input is not settled.
    fn sum_of_inputs(&mut self, name: &str) -> Option<(SourceMix, Vec<usize>)> {
        let mut sum: Option<(SourceMix, Vec<usize>)> = None;
        for source in self.sources_of(name) {
            let (mix, shape) = self.settled.get(&source)?;
            match &mut sum {
                None => sum = Some((mix.clone(), shape.clone())),
                Some((_, first)) if count(first) != count(shape) => {
                    let problem = QuantiseProblem::Shape {
                        found: shape.clone(),
                        wanted: format!("{first:?}"),
                    };
                    self.found
                        .add(name, &format!("edge from '{source}'"), problem);
                    return None;
                }
                Some((own, _)) => own.add(mix),
            }
        }
        sum
    }

    /// The plan, once nothing more can be settled.
    fn into_plan(mut self) -> GraphPlan<'a> {
        let mut layers = vec![];
        let mut outputs = vec![];
        for (name, node) in &self.flat.nodes {
            let name = name.clone();
            // an Output of a nested graph is a join of edges, not an answer of the network
            let goes_on = || self.flat.edges.iter().any(|(source, _)| *source == name);
            if let (Node::Output(_), Some((mix, _))) = (node, self.settled.get(&name)) {
                if goes_on() {
                    continue;
                }
                outputs.push((name, mix.clone().inflows()));
            } else if is_layer(node) {
                let entering = self.sum_of_inputs(&name);
                // without a shape there is a finding already
                let shape = self.shape(&name, node).unwrap_or_default();
                let (mix, from) = entering.unwrap_or_else(|| (SourceMix::default(), shape.clone()));
                if count(&from) != count(&shape) {
                    let problem = QuantiseProblem::Shape {
                        found: from,
                        wanted: format!("{shape:?}"),
                    };
                    self.found.add(&name, "", problem);
                }
                let bias = if mix.bias.is_empty() {
                    vec![0.0; count(&shape)]
                } else {
                    mix.bias.clone()
                };
                let shared = mix.shared;
                layers.push(NeuronLayer {
                    name,
                    node,
                    shape,
                    inflows: mix.inflows(),
                    bias,
                    shared,
                });
            }
        }
        GraphPlan {
            inputs: self.inputs,
            layers,
            outputs,
            notes: self.notes,
        }
    }
}

/// The shape that a node's own fields say; `None` if only its data do.
fn own_shape(node: &Node) -> Option<Vec<usize>> {
    let parameters: &[&Tensor] = match node {
        Node::Input(n) => return n.shape.clone(),
        Node::I(n) => &[&n.r],
        Node::If(n) => &[&n.r, &n.v_threshold, &n.v_reset],
        Node::Li(n) => &[&n.tau, &n.r, &n.v_leak],
        Node::Lif(n) => &[&n.tau, &n.r, &n.v_leak, &n.v_threshold, &n.v_reset],
        Node::CubaLi(n) => &[&n.tau_syn, &n.tau_mem, &n.r, &n.v_leak, &n.w_in],
        Node::CubaLif(n) => &[
            &n.tau_syn,
            &n.tau_mem,
            &n.r,
            &n.v_leak,
            &n.v_threshold,
            &n.v_reset,
            &n.w_in,
        ],
        Node::Threshold(n) => &[&n.threshold],
        _ => return None,
    };
    parameters
        .iter()
        .filter(|t| !t.shape.is_empty())
        .max_by_key(|t| t.len())
        .map(|t| t.shape.clone())
}
