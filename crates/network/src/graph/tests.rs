//! Graphs built by hand.

use super::{
    Affine, Flatten, Graph, Input, Li, Lif, Linear, Node, Output, Tensor, shapes::windows,
};

fn input(shape: &[usize]) -> Node {
    Node::Input(Input {
        shape: Some(shape.into()),
    })
}

fn linear(out: usize, into: usize) -> Node {
    Node::Linear(Linear {
        weight: Tensor::filled(vec![out, into], 1.0),
    })
}

fn chain(nodes: Vec<(&str, Node)>) -> Graph {
    let mut graph = Graph::default();
    for pair in nodes.windows(2) {
        graph.connect(pair[0].0, pair[1].0);
    }
    nodes
        .into_iter()
        .for_each(|(name, node)| drop(graph.nodes.insert(name.into(), node)));
    graph
}

fn leaky() -> Node {
    let one = || Tensor::scalar(1.0);
    Node::Li(Li {
        tau: one(),
        r: one(),
        v_leak: one(),
    })
}

#[test]
fn scalar_parameters_take_the_shape_of_the_data() {
    let graph = chain(vec![
        ("in", Node::Input(Input::default())),
        ("li", leaky()),
        ("fc", linear(2, 3)),
        ("out", Node::Output(Output::default())),
    ]);
    assert_eq!(graph.check(), []);
    let shapes = graph.shapes().unwrap();
    assert_eq!(
        (
            &shapes["in"].output[..],
            &shapes["li"].input[..],
            &shapes["out"].output[..]
        ),
        (&[3][..], &[3][..], &[2][..])
    );
}

#[test]
fn recurrence_needs_state() {
    let mut graph = chain(vec![
        ("in", input(&[2])),
        ("fc", linear(2, 2)),
        ("li", leaky()),
        ("out", Node::Output(Output::default())),
    ]);
    graph
        .add("rec", linear(2, 2))
        .connect("li", "rec")
        .connect("rec", "li");
    assert_eq!(graph.check(), []);
    graph.connect("rec", "fc").connect("fc", "rec");
    let found: Vec<String> = graph.check().iter().map(ToString::to_string).collect();
    assert!(
        found.contains(&"node/nodes/fc: is in a cycle without a neuron or delay".into()),
        "{found:?}"
    );
}

#[test]
fn flatten_axes_count_from_both_ends() {
    let flatten = |start_dim, end_dim| {
        Node::Flatten(Flatten {
            input_type: None,
            start_dim,
            end_dim,
        })
    };
    for (node, wanted) in [
        (flatten(0, -1), Some(vec![24])),
        (flatten(1, -1), Some(vec![2, 12])),
        (flatten(-3, 1), Some(vec![6, 4])),
        (flatten(2, 1), None),
        (flatten(0, 3), None),
    ] {
        assert_eq!(node.output_shape(&[2, 3, 4]), wanted);
    }
}

#[test]
fn windows_of_odd_sizes() {
    assert_eq!(windows(10, 3, 2, 1, 1), Some(5));
    assert_eq!(windows(10, 3, 1, 0, 4), Some(2));
    assert_eq!(windows(2, 3, 1, 0, 1), None);
    assert_eq!(windows(usize::MAX, 3, 1, 1, 1), None);
}

#[test]
fn nested_identity_joins_outer_edges() {
    let inner = chain(vec![
        ("i", input(&[2])),
        ("o", Node::Output(Output::default())),
    ]);
    let mut middle = chain(vec![
        ("i", input(&[2])),
        ("deep", Node::Graph(Box::new(inner))),
        ("o", Node::Output(Output::default())),
    ]);
    middle
        .add("li", leaky())
        .connect("i", "li")
        .connect("li", "o");
    let outer = chain(vec![
        ("in", input(&[2])),
        ("sub", Node::Graph(Box::new(middle))),
        ("fc", linear(1, 2)),
        ("out", Node::Output(Output::default())),
    ]);
    assert_eq!(outer.check(), []);
    let flat = outer.flattened();
    let mut edges: Vec<String> = flat.edges.iter().map(|(a, b)| format!("{a}>{b}")).collect();
    edges.sort();
    assert_eq!(edges, ["fc>out", "in>fc", "in>sub/li", "sub/li>fc"]);
    assert_eq!(flat.nodes.len(), 4);
}

/// As snnTorch and Norse write them: the axis of the batch is left in the parameters of neurons.
#[test]
fn neurons_with_an_axis_of_length_1_are_taken_as_their_neighbours_have_them() {
    let neurons = |size: usize| {
        let all = |x| Tensor::filled(vec![1, size], x);
        Node::Lif(Lif {
            tau: all(1e-2),
            r: all(1.0),
            v_leak: all(0.0),
            v_threshold: all(1.0),
            v_reset: Tensor::scalar(0.0),
        })
    };
    let mut graph = chain(vec![
        ("in", input(&[1, 3])),
        ("fc", linear(4, 3)),
        ("lif", neurons(4)),
        ("fc2", linear(2, 4)),
        ("lif2", neurons(2)),
        (
            "out",
            Node::Output(Output {
                shape: Some(vec![1, 2]),
            }),
        ),
    ]);
    assert!(!graph.check().is_empty());
    let ignored = graph.forget_unit_axes();
    assert_eq!(graph.check(), [], "{ignored:?}");
    let shapes = graph.shapes().unwrap();
    assert_eq!(shapes["lif"].output, [4]);
    assert_eq!(shapes["lif2"].output, [2]);
    assert_eq!(ignored.len(), 4, "{ignored:?}");

    // another length is no matter of writing
    let mut wrong = chain(vec![
        ("in", input(&[3])),
        ("fc", linear(4, 3)),
        ("lif", neurons(5)),
        ("out", Node::Output(Output::default())),
    ]);
    assert_eq!(wrong.forget_unit_axes(), Vec::<String>::new());
    assert!(!wrong.check().is_empty());
}

#[test]
fn leading_axes_of_a_matrix_stay() {
    let weight = Tensor::filled(vec![5, 2, 3], 1.0);
    let node = Node::Affine(Affine {
        bias: Tensor::filled(vec![5, 2], 0.0),
        weight,
    });
    let graph = chain(vec![
        ("in", input(&[5, 3])),
        ("fc", node),
        ("out", Node::Output(Output::default())),
    ]);
    assert_eq!(graph.check(), []);
    assert_eq!(graph.shapes().unwrap()["out"].input, [5, 2]);
}
