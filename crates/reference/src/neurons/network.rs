//! A whole graph, stepped.

use super::operator::Operator;
use super::options::{FloatError, FloatFinding, FloatOptions, FloatProblem, Latency};
use super::order::{components, topological};
use super::population::{Population, PopulationState};
use seamount_network::graph::{Graph, Node};
use std::collections::VecDeque;

/// A graph in f64, with state.
#[derive(Debug, Clone)]
pub struct FloatNetwork {
    nodes: Vec<Cell>,
    /// Order of evaluation.
    order: Vec<usize>,
    /// Number of the last step, 0 before the first.
    t: u64,
}

/// One node.
#[derive(Debug, Clone)]
struct Cell {
    name: String,
    kind: &'static str,
    role: Role,
    /// Nodes that enter, and whether with their value of the step before.
    sources: Vec<(usize, bool)>,
    shape: Vec<usize>,
    now: Vec<f64>,
    before: Vec<f64>,
}

#[derive(Debug, Clone)]
enum Role {
    /// Filled by the caller.
    Source,
    Operator(Operator),
    Neurons(Box<Population>),
    /// The last values that entered, newest first, and the delay of each element in steps.
    Delay(VecDeque<Vec<f64>>, Vec<usize>),
}

/// One layer of neurons, as it is after a step.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// Name of the node; nodes of a nested graph are `outer/inner`.
    pub name: &'a str,
    /// Type of the node as NIR writes it.
    pub kind: &'static str,
    /// Shape of the neurons.
    pub shape: &'a [usize],
    /// I, v and spikes.
    pub state: &'a PopulationState,
}

/// Most elements of what leaves a node.
const ELEMENTS_MAX: u64 = 1 << 24;
/// Most steps of a delay: beyond it the memory of one element would be unreasonable.
const DELAY_STEPS_MAX: f64 = 1e6;
/// Most values that a delay holds back, all elements and steps together.
const DELAYED_VALUES_MAX: f64 = 1e8;

impl FloatNetwork {
    /// A network at rest.
    ///
    /// # Errors
    /// Everything that forbids to step it.
    pub fn new(graph: &Graph, options: &FloatOptions) -> Result<FloatNetwork, FloatError> {
        let dt = options.dt_seconds;
        if !(dt > 0.0 && dt.is_finite()) {
            let problem = FloatProblem::Value {
                field: "dt_seconds",
                value: dt,
                must: "above 0",
            };
            return Err(FloatError(vec![FloatFinding {
                node: String::new(),
                problem,
            }]));
        }
        // Not only expanded: an Output within a nested graph would stand between two layers, and
        // what passes it would come a step earlier than over the edge that it stands for.
        let graph = graph.flattened();
        Flat {
            graph: &graph,
            findings: vec![],
        }
        .build(options)
    }

    /// Names and sizes of the inputs, in the order in which [`FloatNetwork::step`] wants them.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, usize)> {
        self.nodes
            .iter()
            .filter(|n| matches!(n.role, Role::Source))
            .map(|n| (n.name.as_str(), n.now.len()))
    }

    /// Number of input elements.
    pub fn input_size(&self) -> usize {
        self.inputs().map(|(_, size)| size).sum()
    }

    /// The layers of neurons, by name.
    pub fn layers(&self) -> impl Iterator<Item = Layer<'_>> {
        self.nodes.iter().filter_map(|n| match &n.role {
            Role::Neurons(p) => Some(Layer {
                name: &n.name,
                kind: n.kind,
                shape: &n.shape,
                state: &p.state,
            }),
            _ => None,
        })
    }

    /// One layer of neurons.
    pub fn layer(&self, name: &str) -> Option<Layer<'_>> {
        self.layers().find(|layer| layer.name == name)
    }

    /// What left a node in the last step, row-major.
    pub fn value(&self, name: &str) -> Option<&[f64]> {
        self.nodes
            .iter()
            .find(|n| n.name == name)
            .map(|n| n.now.as_slice())
    }

    /// Number of the last step, 0 before the first.
    pub fn t(&self) -> u64 {
        self.t
    }

    /// Every state at rest again.
    pub fn rest(&mut self) {
        self.t = 0;
        for node in &mut self.nodes {
            node.now.fill(0.0);
            node.before.fill(0.0);
            match &mut node.role {
                Role::Neurons(population) => population.rest(),
                Role::Delay(past, _) => past.iter_mut().for_each(|values| values.fill(0.0)),
                Role::Source | Role::Operator(_) => {}
            }
        }
    }

    /// One step. `inputs` is what enters in this step: all inputs one after another, in the order
    /// of [`FloatNetwork::inputs`].
    ///
    /// # Panics
    /// If there are not [`FloatNetwork::input_size`] of them.
    pub fn step(&mut self, inputs: &[f64]) {
        assert_eq!(inputs.len(), self.input_size(), "elements of the inputs");
        let mut rest = inputs;
        for node in &mut self.nodes {
            std::mem::swap(&mut node.now, &mut node.before);
            if matches!(node.role, Role::Source) {
                let (mine, others) = rest.split_at(node.now.len());
                node.now.copy_from_slice(mine);
                rest = others;
            }
        }
        for k in 0..self.order.len() {
            self.evaluate(self.order[k]);
        }
        self.t += 1;
    }

    fn evaluate(&mut self, index: usize) {
        let node = &self.nodes[index];
        if matches!(node.role, Role::Source) {
            return;
        }
        let mut x: Vec<f64> = vec![];
        for &(source, delayed) in &node.sources {
            let from = &self.nodes[source];
            let values = if delayed { &from.before } else { &from.now };
            if x.is_empty() {
                x.extend_from_slice(values);
            } else {
                x.iter_mut().zip(values).for_each(|(x, v)| *x += v);
            }
        }
        let node = &mut self.nodes[index];
        node.now = match &mut node.role {
            Role::Source => unreachable!("left above"),
            Role::Operator(operator) => operator.apply(&x),
            Role::Neurons(population) => {
                population.step(&x);
                population.output().to_vec()
            }
            Role::Delay(past, steps) => {
                past.rotate_right(1);
                past[0] = x;
                steps.iter().enumerate().map(|(i, &d)| past[d][i]).collect()
            }
        };
    }
}

/// A graph without nested graphs (see [`Graph::expanded`]), being made ready.
struct Flat<'a> {
    graph: &'a Graph,
    findings: Vec<FloatFinding>,
}

impl Flat<'_> {
    fn wrong(&mut self, node: &str, problem: FloatProblem) {
        self.findings.push(FloatFinding {
            node: node.into(),
            problem,
        });
    }

    /// Names every shape that is too large to be stepped; whether there is one.
    fn too_large(&mut self, names: &[String], shapes: &[Option<Vec<usize>>]) -> bool {
        let mut found = false;
        for (name, shape) in names.iter().zip(shapes) {
            let count = shape
                .iter()
                .flatten()
                .fold(1u64, |product, &n| product.saturating_mul(n as u64));
            if count > ELEMENTS_MAX {
                self.wrong(
                    name,
                    FloatProblem::Graph(format!(
                        "has {count} elements; at most {ELEMENTS_MAX} are stepped"
                    )),
                );
                found = true;
            }
        }
        found
    }

    /// Edges by the numbers of their ends.
    fn edges(&mut self, names: &[String]) -> Vec<(usize, usize)> {
        let mut edges = vec![];
        for (source, target) in &self.graph.edges {
            match (names.binary_search(source), names.binary_search(target)) {
                (Ok(a), Ok(b)) => edges.push((a, b)),
                (a, _) => {
                    let missing = if a.is_err() { source } else { target };
                    self.wrong(
                        missing,
                        FloatProblem::Graph("an edge names this node, but there is none".into()),
                    );
                }
            }
        }
        edges
    }

    fn build(mut self, options: &FloatOptions) -> Result<FloatNetwork, FloatError> {
        let names: Vec<String> = self.graph.nodes.keys().cloned().collect();
        let kinds: Vec<&Node> = self.graph.nodes.values().collect();
        let edges = self.edges(&names);
        let sources = sources(&kinds, &edges, options.latency);
        let at_once =
            |from: &Vec<(usize, bool)>| from.iter().filter(|s| !s.1).map(|s| s.0).collect();
        let order =
            topological(&sources.iter().map(at_once).collect::<Vec<_>>()).unwrap_or_else(|cycle| {
                for node in cycle {
                    self.wrong(&names[node], FloatProblem::LinearCycle);
                }
                vec![]
            });
        let known = self.graph.shapes_known();
        let shapes: Vec<Option<Vec<usize>>> = kinds
            .iter()
            .zip(&names)
            .map(|(node, name)| own_shape(node).or_else(|| known.get(name).cloned()))
            .collect();
        if self.too_large(&names, &shapes) {
            return Err(FloatError(self.findings));
        }
        let mut cells = vec![];
        for (i, (&node, from)) in kinds.iter().zip(sources).enumerate() {
            let Some((role, shape)) = self.role(&names[i], node, i, &from, &shapes, options) else {
                continue;
            };
            let size = shape.iter().product();
            cells.push(Cell {
                name: names[i].clone(),
                kind: node.kind(),
                role,
                sources: from,
                shape,
                now: vec![0.0; size],
                before: vec![0.0; size],
            });
        }
        if self.findings.is_empty() {
            Ok(FloatNetwork {
                nodes: cells,
                order,
                t: 0,
            })
        } else {
            Err(FloatError(self.findings))
        }
    }

    /// Role and shape of node number `index`, whose sources are those numbers; notes what is wrong.
    fn role(
        &mut self,
        name: &str,
        node: &Node,
        index: usize,
        sources: &[(usize, bool)],
        shapes: &[Option<Vec<usize>>],
        options: &FloatOptions,
    ) -> Option<(Role, Vec<usize>)> {
        let own = &shapes[index];
        let entering: Vec<&Vec<usize>> = sources
            .iter()
            .filter_map(|s| shapes[s.0].as_ref())
            .collect();
        if matches!(node, Node::Input(_)) && sources.is_empty() {
            if own.is_none() {
                let problem = "does not say its shape, and none follows from the graph";
                self.wrong(name, FloatProblem::Graph(problem.into()));
            }
            return Some((Role::Source, own.clone()?));
        }
        // what an operator takes is not what leaves it
        let taken = if Operator::new(node, &[]).is_some() {
            None
        } else {
            own.as_ref()
        };
        let Some(shape) = taken.or(entering.first().copied()) else {
            let problem = "nothing enters it, so its shape is not known";
            self.wrong(name, FloatProblem::Graph(problem.into()));
            return None;
        };
        let size: usize = shape.iter().product();
        for other in entering {
            if other.iter().product::<usize>() != size {
                let problem = FloatProblem::Shape {
                    found: other.clone(),
                    wanted: format!("{shape:?}"),
                };
                self.wrong(name, problem);
            }
        }
        let population = Population::new(node, size, options);
        match (Operator::new(node, shape), population, node) {
            (Some(Ok((operator, shape))), ..) => return Some((Role::Operator(operator), shape)),
            (_, Some(Ok(population)), _) => {
                return Some((Role::Neurons(Box::new(population)), shape.clone()));
            }
            (Some(Err(problem)), ..) => {
                self.wrong(name, problem);
            }
            (_, Some(Err(problems)), _) => problems.into_iter().for_each(|problem| {
                self.wrong(name, problem);
            }),
            (_, _, Node::Delay(delay)) => {
                match delays(&delay.delay.data, size, options.dt_seconds) {
                    Ok(steps) => {
                        let longest = steps.iter().max().map_or(1, |d| d + 1);
                        let past = vec![vec![0.0; size]; longest];
                        return Some((Role::Delay(past.into(), steps), shape.clone()));
                    }
                    Err(problem) => {
                        self.wrong(name, problem);
                    }
                }
            }
            _ => unreachable!("nested graphs are taken apart"),
        }
        None
    }
}

/// Delays in steps, rounded to the nearest.
fn delays(seconds: &[f64], size: usize, dt: f64) -> Result<Vec<usize>, FloatProblem> {
    let seconds = match seconds.len() {
        n if n == size => seconds.to_vec(),
        1 => vec![seconds[0]; size],
        found => {
            return Err(FloatProblem::Length {
                field: "delay",
                found,
                wanted: size,
            });
        }
    };
    let bad = seconds
        .iter()
        .find(|d| !(**d >= 0.0 && *d / dt <= DELAY_STEPS_MAX));
    match bad {
        Some(&value) => Err(FloatProblem::Value {
            field: "delay",
            value,
            must: "0..=1e6 steps",
        }),
        None if seconds.iter().fold(0.0f64, |most, d| most.max(d / dt)) * size as f64
            > DELAYED_VALUES_MAX =>
        {
            Err(FloatProblem::Graph(format!(
                "holds more than {DELAYED_VALUES_MAX:.0e} values back"
            )))
        }
        None => Ok(seconds.iter().map(|d| (d / dt).round() as usize).collect()),
    }
}

/// The shape that a node's own fields say; `None` if only its data do.
fn own_shape(node: &Node) -> Option<Vec<usize>> {
    let parameters: &[&seamount_network::graph::Tensor] = match node {
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

/// What enters each node, and whether with its value of the step before.
fn sources(nodes: &[&Node], edges: &[(usize, usize)], latency: Latency) -> Vec<Vec<(usize, bool)>> {
    let mut targets = vec![vec![]; nodes.len()];
    edges
        .iter()
        .for_each(|&(source, target)| targets[source].push(target));
    let component = components(&targets);
    let fires = |node: &Node| node.is_neuron() || matches!(node, Node::Threshold(_));
    let mut sources = vec![vec![]; nodes.len()];
    for &(source, target) in edges {
        let delayed = fires(nodes[source])
            && match latency {
                Latency::SameStep => component[source] == component[target],
                Latency::OneStep => !matches!(nodes[target], Node::Output(_)),
            };
        sources[target].push((source, delayed));
    }
    sources
}
