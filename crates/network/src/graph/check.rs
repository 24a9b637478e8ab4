//! Everything wrong with a graph, at once: its edges, its parameters, its shapes.

use super::{Graph, Node, Padding, Tensor};
use crate::problem::{FileProblem, ReadProblem, of_a_file};
use seamount_diagnose::{Finding, Findings};
use std::collections::{BTreeMap, BTreeSet};

impl Graph {
    /// Everything wrong with this graph; empty means that it can be run and quantised. Places are
    /// paths as in a file: `node/nodes/<name>`.
    pub fn check(&self) -> Vec<Finding> {
        let findings = of_a_file();
        self.check_into(&BTreeSet::new(), &findings);
        findings.into_vec()
    }

    /// As [`Graph::check`] for a graph of which the nodes at the paths `unread` are left out.
    pub(crate) fn check_into(&self, unread: &BTreeSet<String>, findings: &Findings) {
        if self.nodes.is_empty() && !findings.is_empty() {
            return;
        }
        level(self, "node", unread, findings);
        if findings.is_empty() {
            if let Err(found) = self.shapes() {
                found.findings.into_iter().for_each(|f| findings.push(f));
            }
            let (expanded, ports) = self.expanded();
            joins(&expanded, &ports, findings);
            stateless_cycles(&expanded, findings);
        }
    }
}

fn level(graph: &Graph, place: &str, unread: &BTreeSet<String>, findings: &Findings) {
    edges(graph, place, unread, findings);
    let unwired = graph.edges.is_empty() && !findings.is_empty();
    let entered: BTreeSet<&str> = graph
        .edges
        .iter()
        .map(|(_, target)| target.as_str())
        .collect();
    for (name, node) in &graph.nodes {
        let place = format!("{place}/nodes/{name}");
        if !matches!(node, Node::Input(_)) && !unwired && !entered.contains(name.as_str()) {
            findings.file(&place, ReadProblem::NothingEnters);
        }
        parameters(node, &place, findings);
        if let Node::Graph(inner) = node {
            let count =
                |is: fn(&Node) -> bool| inner.nodes.values().filter(|node| is(node)).count();
            let inputs = count(|n| matches!(n, Node::Input(_)));
            let outputs = count(|n| matches!(n, Node::Output(_)));
            if inputs != 1 || outputs != 1 {
                findings.file(&place, ReadProblem::NestedPorts { inputs, outputs });
            }
            level(inner, &place, unread, findings);
        }
    }
    let whole = !unread.iter().any(|path| {
        path.strip_prefix(place)
            .is_some_and(|rest| rest.starts_with("/nodes/"))
    });
    if place == "node" && whole {
        if !graph
            .nodes
            .values()
            .any(|node| matches!(node, Node::Input(_)))
        {
            findings.file(place, ReadProblem::NoInput);
        }
        if !graph
            .nodes
            .values()
            .any(|node| matches!(node, Node::Output(_)))
        {
            findings.file(place, ReadProblem::NoOutput);
        }
    }
}

fn edges(graph: &Graph, place: &str, unread: &BTreeSet<String>, findings: &Findings) {
    let at = format!("{place}/edges");
    let mut seen = BTreeSet::new();
    for (source, target) in &graph.edges {
        if !seen.insert((source, target)) {
            findings.file(
                &at,
                ReadProblem::DuplicateEdge(source.clone(), target.clone()),
            );
        }
        for missing in [source, target]
            .into_iter()
            .filter(|name| !graph.nodes.contains_key(*name))
        {
            if !unread.contains(&format!("{place}/nodes/{missing}")) {
                let source_name = source.clone();
                let target = target.clone();
                findings.file(
                    &at,
                    ReadProblem::DanglingEdge {
                        source_name,
                        target,
                        missing: missing.clone(),
                    },
                );
            }
        }
        let into_input = matches!(graph.nodes.get(target), Some(Node::Input(_)));
        if into_input || matches!(graph.nodes.get(source), Some(Node::Output(_))) {
            findings.file(
                &at,
                ReadProblem::EdgeDirection(source.clone(), target.clone()),
            );
        }
    }
}

/// Ranks, shapes and signs of the parameters of one node.
fn parameters(node: &Node, place: &str, findings: &Findings) {
    let mut check = Parameters { place, findings };
    match node {
        Node::Affine(n) => check.matrix(&n.weight, Some(&n.bias)),
        Node::Linear(n) => check.matrix(&n.weight, None),
        Node::Conv1d(n) => {
            let rank = check.rank("weight", &n.weight, 3, "(out, in, kernel)");
            check.convolution(rank, &n.weight, &n.bias, n.groups);
            check.same(matches!(n.padding, Padding::Same), n.stride == 1);
        }
        Node::Conv2d(n) => {
            let rank = check.rank(
                "weight",
                &n.weight,
                4,
                "(out, in, kernel height, kernel width)",
            );
            check.convolution(rank, &n.weight, &n.bias, n.groups);
            check.same(matches!(n.padding, Padding::Same), n.stride == [1, 1]);
        }
        Node::Delay(n) => {
            if let Some(&delay) = n.delay.data.iter().find(|&&delay| delay < 0.0) {
                check.add(
                    "delay",
                    ReadProblem::OutOfRange {
                        value: delay.floor() as i64,
                        min: 0,
                        max: i64::MAX,
                    },
                );
            }
        }
        Node::Lif(n) => check.positive("tau", &n.tau),
        Node::Li(n) => check.positive("tau", &n.tau),
        Node::CubaLif(n) => {
            check.positive("tau_syn", &n.tau_syn);
            check.positive("tau_mem", &n.tau_mem);
        }
        Node::CubaLi(n) => {
            check.positive("tau_syn", &n.tau_syn);
            check.positive("tau_mem", &n.tau_mem);
        }
        _ => {}
    }
    check.equal_shapes(&node.element_parameters());
}

impl Node {
    /// Parameters with one value per element of the data, by name, for the types whose output has
    /// the shape of their input; none for the others.
    pub fn element_parameters(&self) -> Vec<(&'static str, &Tensor)> {
        match self {
            Node::Scale(n) => vec![("scale", &n.scale)],
            Node::Delay(n) => vec![("delay", &n.delay)],
            Node::Threshold(n) => vec![("threshold", &n.threshold)],
            Node::I(n) => vec![("r", &n.r)],
            Node::If(n) => vec![
                ("r", &n.r),
                ("v_threshold", &n.v_threshold),
                ("v_reset", &n.v_reset),
            ],
            Node::Li(n) => vec![("tau", &n.tau), ("r", &n.r), ("v_leak", &n.v_leak)],
            Node::Lif(n) => {
                vec![
                    ("tau", &n.tau),
                    ("r", &n.r),
                    ("v_leak", &n.v_leak),
                    ("v_threshold", &n.v_threshold),
                    ("v_reset", &n.v_reset),
                ]
            }
            Node::CubaLi(n) => {
                vec![
                    ("tau_syn", &n.tau_syn),
                    ("tau_mem", &n.tau_mem),
                    ("r", &n.r),
                    ("v_leak", &n.v_leak),
                    ("w_in", &n.w_in),
                ]
            }
            Node::CubaLif(n) => vec![
                ("tau_syn", &n.tau_syn),
                ("tau_mem", &n.tau_mem),
                ("r", &n.r),
                ("v_leak", &n.v_leak),
                ("v_threshold", &n.v_threshold),
                ("v_reset", &n.v_reset),
                ("w_in", &n.w_in),
            ],
            _ => vec![],
        }
    }

    /// The tensors of [`Node::element_parameters`], to change them.
    pub(super) fn element_tensors(&mut self) -> Vec<&mut Tensor> {
        match self {
            Node::Scale(n) => vec![&mut n.scale],
            Node::Delay(n) => vec![&mut n.delay],
            Node::Threshold(n) => vec![&mut n.threshold],
            Node::I(n) => vec![&mut n.r],
            Node::If(n) => vec![&mut n.r, &mut n.v_threshold, &mut n.v_reset],
            Node::Li(n) => vec![&mut n.tau, &mut n.r, &mut n.v_leak],
            Node::Lif(n) => vec![
                &mut n.tau,
                &mut n.r,
                &mut n.v_leak,
                &mut n.v_threshold,
                &mut n.v_reset,
            ],
            Node::CubaLi(n) => vec![
                &mut n.tau_syn,
                &mut n.tau_mem,
                &mut n.r,
                &mut n.v_leak,
                &mut n.w_in,
            ],
            Node::CubaLif(n) => vec![
                &mut n.tau_syn,
                &mut n.tau_mem,
                &mut n.r,
                &mut n.v_leak,
                &mut n.v_threshold,
                &mut n.v_reset,
                &mut n.w_in,
            ],
            _ => vec![],
        }
    }
}

struct Parameters<'a> {
    place: &'a str,
    findings: &'a Findings,
}

impl Parameters<'_> {
    fn add(&mut self, field: &str, problem: ReadProblem) {
        self.findings
            .file(&format!("{}/{field}", self.place), problem);
    }

    fn matrix(&mut self, weight: &Tensor, bias: Option<&Tensor>) {
        if weight.rank() < 2 || weight.is_empty() {
            self.add(
                "weight",
                ReadProblem::Rank {
                    found: weight.shape.clone(),
                    wanted: "at least (out, in)",
                },
            );
        } else if let Some(bias) = bias {
            self.shape("bias", bias, &weight.shape[..weight.rank() - 1]);
        }
    }

    fn rank(&mut self, field: &str, tensor: &Tensor, rank: usize, wanted: &'static str) -> bool {
        let fits = tensor.rank() == rank && !tensor.is_empty();
        if !fits {
            self.add(
                field,
                ReadProblem::Rank {
                    found: tensor.shape.clone(),
                    wanted,
                },
            );
        }
        fits
    }

    fn shape(&mut self, field: &str, tensor: &Tensor, wanted: &[usize]) {
        if tensor.shape != wanted {
            self.add(
                field,
                ReadProblem::Shape {
                    found: tensor.shape.clone(),
                    wanted: wanted.into(),
                },
            );
        }
    }

    fn convolution(&mut self, rank: bool, weight: &Tensor, bias: &Tensor, groups: usize) {
        if !rank {
            return;
        }
        self.shape("bias", bias, &weight.shape[..1]);
        if groups == 0 || !weight.shape[0].is_multiple_of(groups) {
            let problem = format!(
                "{} groups do not divide the {} channels out",
                groups, weight.shape[0]
            );
            self.add("groups", ReadProblem::Unsupported(problem));
        }
    }

    fn same(&mut self, same: bool, stride_one: bool) {
        if same && !stride_one {
            self.add(
                "padding",
                ReadProblem::Unsupported("'same' has no meaning with a stride other than 1".into()),
            );
        }
    }

    fn positive(&mut self, field: &str, tensor: &Tensor) {
        if let Some(&number) = tensor.data.iter().find(|&&number| number <= 0.0) {
            self.add(field, ReadProblem::NotPositive(number));
        }
    }

    /// All shapes are those of the first parameter that is no scalar.
    fn equal_shapes(&mut self, parameters: &[(&'static str, &Tensor)]) {
        let Some((_, first)) = parameters.iter().find(|(_, tensor)| tensor.rank() > 0) else {
            return;
        };
        for (field, tensor) in parameters.iter().filter(|(_, tensor)| tensor.rank() > 0) {
            self.shape(field, tensor, &first.shape);
        }
        if first.is_empty() {
            self.add(
                parameters[0].0,
                ReadProblem::Rank {
                    found: first.shape.clone(),
                    wanted: "at least one element",
                },
            );
        }
    }
}

/// Most edges that one Input or Output of a nested graph may stand for.
const JOINED_EDGES_MAX: usize = 1 << 20;

/// Refuses nested graphs that would become an unreasonable number of edges.
fn joins(expanded: &Graph, ports: &BTreeSet<String>, findings: &Findings) {
    let mut ends: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (source, target) in &expanded.edges {
        ends.entry(source).or_default().1 += 1;
        ends.entry(target).or_default().0 += 1;
    }
    for port in ports {
        let (into, from) = ends.get(port.as_str()).copied().unwrap_or_default();
        if into.saturating_mul(from) > JOINED_EDGES_MAX {
            let text =
                format!("joins {into} edges with {from}, more than {JOINED_EDGES_MAX} pairs");
            findings.file(
                &super::shapes::place(port),
                crate::read::h5::H5Problem::Limit(text),
            );
        }
    }
}

/// Finds nodes that depend on their own output within a step. The graph has no nested graphs and
/// no dangling edges.
fn stateless_cycles(graph: &Graph, findings: &Findings) {
    let stateless = |name: &str| {
        graph
            .nodes
            .get(name)
            .is_some_and(|node| !node.is_stateful())
    };
    let mut waits: BTreeMap<&str, usize> =
        graph.nodes.keys().map(|name| (name.as_str(), 0)).collect();
    let mut targets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (source, target) in graph
        .edges
        .iter()
        .filter(|(source, target)| stateless(source) && stateless(target))
    {
        *waits.entry(target).or_default() += 1;
        targets.entry(source).or_default().push(target);
    }
    let mut ready: Vec<&str> = waits
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| *name)
        .collect();
    while let Some(name) = ready.pop() {
        waits.remove(name);
        for target in targets.remove(name).unwrap_or_default() {
            if let Some(count) = waits.get_mut(target) {
                *count -= 1;
                if *count == 0 {
                    ready.push(target);
                }
            }
        }
    }
    for name in waits.keys() {
        findings.file(&super::shapes::place(name), ReadProblem::StatelessCycle);
    }
}
