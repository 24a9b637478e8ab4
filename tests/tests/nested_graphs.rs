//! A graph within a graph means what it means when it is written flat: the float reference steps
//! both alike, and the chip beside it agrees with it as well.
//!
//! Chains of random layers are written flat by the test itself, and then with random stretches of
//! them as nested graphs, up to three deep, whose Outputs go on to the next layer, to an Output of
//! the network, or to both.

use seamount_network::graph::*;
use seamount_reference::neurons::{FloatNetwork, FloatOptions};
use seamount_study::compare::{CompareOptions, Stimulus, compare_graph};
use seamount_tests::graphs::{Draws, cuba, input, lif, output};
use std::collections::BTreeMap;

/// Cases, each with its own sizes, weights and nesting.
const CASES: u64 = 40;
const STEPS: u64 = 40;

/// A chain of nodes that is about to become a graph, of which some stand for a nested chain.
#[derive(Clone)]
enum Link {
    Node(String, Box<Node>),
    /// Nested links, and whether what leaves them is an Output of the network too.
    Nested(String, Vec<Link>),
}

impl Link {
    fn name(&self) -> &str {
        match self {
            Link::Node(name, _) | Link::Nested(name, _) => name,
        }
    }

    fn into_node(self) -> Node {
        match self {
            Link::Node(_, node) => *node,
            Link::Nested(_, links) => {
                let mut graph = Graph::default();
                graph.add("in", input(&[links_width(&links)]));
                joined(&mut graph, "in", links);
                Node::Graph(Box::new(graph))
            }
        }
    }
}

/// Width of what enters the first node of a chain: that of its matrix.
fn links_width(links: &[Link]) -> usize {
    match &links[0] {
        Link::Node(_, node) => match node.as_ref() {
            Node::Linear(linear) => linear.weight.shape[1],
            other => panic!("{other:?} begins a chain"),
        },
        Link::Nested(_, inner) => links_width(inner),
    }
}

/// Adds a chain behind the node `from`, and an Output behind it.
fn joined(graph: &mut Graph, from: &str, links: Vec<Link>) {
    let mut last = from.to_string();
    for link in links {
        let name = link.name().to_string();
        graph.add(&name, link.into_node()).connect(&last, &name);
        last = name;
    }
    graph.add("out", output()).connect(&last, "out");
}

/// A matrix and neurons for each layer.
fn layers(draws: &mut Draws) -> Vec<Link> {
    let mut width = 3;
    let mut links = vec![];
    for layer in 0..4 {
        let size = 2 + ((draws.next() + 1.0) * 2.0) as usize;
        let weight = draws.matrix(size, width, |_| 8.0);
        let matrix = Node::Linear(Linear { weight });
        let neurons = match draws.next() > 0.0 {
            true => lif(size, 2e-3, 0.0, 0.5, 0.0),
            false => cuba(size),
        };
        links.push(Link::Node(format!("n{layer}a"), Box::new(matrix)));
        links.push(Link::Node(format!("n{layer}b"), Box::new(neurons)));
        width = size;
    }
    links
}

/// The chain with a random stretch of whole layers nested. Its name keeps the order of names.
fn nest(mut links: Vec<Link>, draws: &mut Draws) -> Vec<Link> {
    let pairs: Vec<usize> = (0..links.len())
        .filter(|i| starts_layer(&links[*i]))
        .collect();
    let pick = |draws: &mut Draws, n: usize| (((draws.next() + 1.0) / 2.0) * n as f64) as usize % n;
    let first = pick(draws, pairs.len());
    let until = first + 1 + pick(draws, pairs.len() - first);
    let end = pairs.get(until).copied().unwrap_or(links.len());
    let inner: Vec<Link> = links.drain(pairs[first]..end).collect();
    let name = format!("{}x", &inner[0].name()[..2]);
    links.insert(pairs[first], Link::Nested(name, inner));
    links
}

fn starts_layer(link: &Link) -> bool {
    !link.name().ends_with('b')
}

/// The graph of a chain; `taps` are nodes of the outermost level that are Outputs too.
fn graph(links: Vec<Link>, taps: &[String]) -> Graph {
    let mut graph = Graph::default();
    graph.add("in", input(&[links_width(&links)]));
    joined(&mut graph, "in", links);
    for (i, tap) in taps.iter().enumerate() {
        let name = format!("tap{i}");
        graph.add(&name, output()).connect(tap, &name);
    }
    assert_eq!(graph.check(), []);
    graph
}

/// Last part of the name of a nested node.
fn own(name: &str) -> &str {
    name.rsplit('/').next().expect("at least one part")
}

/// A text in which nested nodes have the last part of their names only.
fn flat_names(text: String) -> String {
    (0..4).fold(text, |text, layer| text.replace(&format!("n{layer}x/"), ""))
}

/// Name of the neurons that end a link of the outermost level.
fn last_of(link: &Link) -> String {
    match link {
        Link::Node(name, _) => name.clone(),
        Link::Nested(_, inner) => last_of(&inner[inner.len() - 1]),
    }
}

fn states(net: &FloatNetwork) -> BTreeMap<String, (Vec<f64>, Vec<f64>)> {
    let of = |layer: seamount_reference::neurons::Layer| {
        let state = layer.state;
        (
            own(layer.name).to_string(),
            (state.v.clone(), state.spikes.clone()),
        )
    };
    net.layers().map(of).collect()
}

#[test]
fn flattening_a_graph_changes_neither_reference_nor_comparison() {
    let mut fired = 0.0;
    for case in 0..CASES {
        let mut draws = Draws(case * 7919 + 1);
        let flat = layers(&mut draws);
        let mut nested = flat.clone();
        for _ in 0..1 + case % 3 {
            nested = nest(nested, &mut draws);
        }
        // neurons at the end of some links of the outermost level are answers too
        let ends = |links: &[Link]| links.iter().filter(|l| !l.name().ends_with('a')).count();
        let tapped: Vec<&Link> = nested
            .iter()
            .filter(|l| !l.name().ends_with('a'))
            .take(ends(&nested) - 1)
            .collect();
        let outer: Vec<String> = tapped.iter().map(|l| l.name().to_string()).collect();
        let inner: Vec<String> = tapped.iter().map(|l| last_of(l)).collect();
        let graphs = [graph(nested.clone(), &outer), graph(flat, &inner)];

        let mut nets = graphs
            .each_ref()
            .map(|g| FloatNetwork::new(g, &FloatOptions::default()).expect("can be stepped"));
        let mut events = vec![];
        for step in 0..STEPS {
            let spikes: [f64; 3] = std::array::from_fn(|_| f64::from(draws.next() > 0.0));
            for (neuron, spike) in (0u32..).zip(spikes) {
                if spike > 0.0 {
                    events.push((step, neuron));
                }
            }
            nets.iter_mut().for_each(|net| net.step(&spikes));
            assert_eq!(
                states(&nets[0]),
                states(&nets[1]),
                "case {case}, step {step}"
            );
            for name in (0..outer.len())
                .map(|i| format!("tap{i}"))
                .chain(["out".into()])
            {
                assert_eq!(
                    nets[0].value(&name),
                    nets[1].value(&name),
                    "case {case}, {name}"
                );
            }
            fired += states(&nets[1]).values().flat_map(|s| &s.1).sum::<f64>();
        }

        let stimulus = Stimulus {
            steps: STEPS,
            events,
        };
        let [one, other] = graphs.each_ref().map(|graph| {
            let seen = compare_graph(graph, &CompareOptions::default(), &stimulus);
            let seen = seen.unwrap_or_else(|e| panic!("case {case}: {e}"));
            let seen = seen.whole;
            let layers = serde_json::to_string(&seen.layers).expect("a report");
            let outputs = serde_json::to_string(&seen.outputs).expect("a report");
            (flat_names(layers), flat_names(outputs))
        });
        assert_eq!(one.0, other.0, "case {case}: layers");
        assert_eq!(one.1, other.1, "case {case}: outputs");
    }
    assert!(
        fired > 1000.0,
        "{fired} spikes: the networks are not silent"
    );
}
