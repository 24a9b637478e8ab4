//! NIR models against closed forms and sums done by hand.

use seamount_network::graph::*;
use seamount_reference::neurons::{Crossing, FloatNetwork, FloatOptions, FloatProblem, Latency};

fn vector(values: &[f64]) -> Tensor {
    Tensor::vector(values.to_vec())
}

fn input(shape: &[usize]) -> Node {
    Node::Input(Input {
        shape: Some(shape.to_vec()),
    })
}

/// input -> node -> output.
fn one(shape: &[usize], node: Node) -> Graph {
    let mut graph = Graph::default();
    graph
        .add("input", input(shape))
        .add("node", node)
        .add("output", Node::Output(Output::default()));
    graph.connect("input", "node").connect("node", "output");
    graph
}

fn lif(tau: f64, v_leak: f64, v_threshold: f64, v_reset: f64) -> Node {
    let one = |x| vector(&[x]);
    Node::Lif(Lif {
        tau: one(tau),
        r: one(2.0),
        v_leak: one(v_leak),
        v_threshold: one(v_threshold),
        v_reset: one(v_reset),
    })
}

fn options(discretisation: Discretisation) -> FloatOptions {
    FloatOptions {
        dt_seconds: 1e-3,
        discretisation,
        ..FloatOptions::default()
    }
}

fn traces(graph: &Graph, options: FloatOptions, inputs: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut net = FloatNetwork::new(graph, &options).unwrap();
    let step = |x: &f64| {
        net.step(&vec![*x; net.input_size()]);
        let state = net.layer("node").unwrap().state;
        (state.v[0], state.spikes.first().copied().unwrap_or(0.0))
    };
    inputs.iter().map(step).unzip()
}

#[test]
fn a_leaky_membrane_follows_its_closed_form() {
    let (v, _) = traces(
        &one(&[1], lif(0.01, 0.5, 100.0, 0.0)),
        options(Discretisation::Exponential),
        &[3.0; 50],
    );
    for (k, v) in v.iter().enumerate() {
        let goal = 0.5 + 2.0 * 3.0;
        let wanted = goal * (1.0 - (-(k as f64 + 1.0) * 0.1).exp());
        assert!((v - wanted).abs() < 1e-12, "{k}: {v} {wanted}");
    }
    let (v, _) = traces(
        &one(&[1], lif(0.01, 0.5, 100.0, 0.0)),
        options(Discretisation::Euler),
        &[3.0; 50],
    );
    assert!((v[1] - 6.5 * (1.0 - 0.81)).abs() < 1e-12, "{}", v[1]);
}

#[test]
fn every_reset_does_what_it_says() {
    let graph = one(&[1], lif(0.01, 0.0, 1.0, 0.25));
    for (reset, wanted) in [
        (Reset::Zero, 0.0),
        (Reset::ToReset, 0.25),
        (Reset::Subtract, 1.4 - 0.75),
    ] {
        let options = FloatOptions {
            reset,
            ..options(Discretisation::Euler)
        };
        let (v, spikes) = traces(&graph, options, &[7.0, 0.0]);
        assert_eq!(spikes, [1.0, 0.0]);
        assert!(
            (v[0] - wanted).abs() < 1e-12 && (v[1] - 0.9 * wanted).abs() < 1e-12,
            "{reset:?} {v:?}"
        );
    }
    // the threshold itself is no spike
    assert_eq!(
        traces(&graph, options(Discretisation::Euler), &[5.0]).1,
        [0.0]
    );
}

#[test]
fn a_crossing_within_the_step_leaves_the_rest_of_the_step() {
    let options = FloatOptions {
        crossing: Crossing::WithinStep,
        ..options(Discretisation::Exponential)
    };
    // tau = dt, goal 2: crosses 1 at s = ln 2, then grows for the rest
    let (v, spikes) = traces(&one(&[1], lif(1e-3, 0.0, 1.0, 0.0)), options, &[1.0]);
    let wanted = 2.0 * (1.0 - (-(1.0 - 2.0f64.ln())).exp());
    assert!(
        (v[0] - wanted).abs() < 1e-12 && spikes[0] == 1.0,
        "{v:?} {wanted}"
    );
    // no leak: 2.5 per step and threshold 1: two crossings, 0.5 left over
    let node = Node::If(If {
        r: vector(&[2500.0]),
        v_threshold: vector(&[1.0]),
        v_reset: vector(&[0.0]),
    });
    let (v, spikes) = traces(&one(&[1], node), options, &[1.0]);
    assert!((v[0] - 0.5).abs() < 1e-9 && spikes[0] == 1.0, "{v:?}");
}

#[test]
fn a_synaptic_current_filters_its_input() {
    let one_of = |x| vector(&[x]);
    let node = Node::CubaLi(CubaLi {
        tau_syn: one_of(0.004),
        tau_mem: one_of(0.01),
        r: one_of(3.0),
        v_leak: one_of(0.0),
        w_in: one_of(8.0),
    });
    let (v, _) = traces(
        &one(&[1], node),
        options(Discretisation::Euler),
        &[1.0, 0.0],
    );
    // I = 0.25 * 8 = 2, then 1.5; v = 0.1 * 3 * 2, then 0.9 * 0.6 + 0.1 * 3 * 1.5
    assert!(
        (v[0] - 0.6).abs() < 1e-12 && (v[1] - 0.99).abs() < 1e-12,
        "{v:?}"
    );
}

#[test]
fn connections_are_the_sums_of_their_definitions() {
    let apply = |shape: &[usize], node: Node, x: &[f64]| {
        let mut net = FloatNetwork::new(&one(shape, node), &FloatOptions::default()).unwrap();
        net.step(x);
        net.value("output").unwrap().to_vec()
    };
    let weight = Tensor::new(vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    assert_eq!(
        apply(
            &[3],
            Node::Linear(Linear {
                weight: weight.clone()
            }),
            &[1.0, 0.0, -1.0]
        ),
        [-2.0, -2.0]
    );
    let affine = Node::Affine(Affine {
        weight,
        bias: vector(&[0.5, 1.0]),
    });
    assert_eq!(apply(&[3], affine, &[1.0, 1.0, 1.0]), [6.5, 16.0]);
    assert_eq!(
        apply(
            &[2],
            Node::Scale(Scale {
                scale: vector(&[2.0, -1.0])
            }),
            &[3.0, 4.0]
        ),
        [6.0, -4.0]
    );
    let x: Vec<f64> = (0..16).map(f64::from).collect();
    let sum = SumPool2d {
        kernel_size: [2, 2],
        stride: [2, 2],
        padding: [0, 0],
    };
    assert_eq!(
        apply(&[1, 4, 4], Node::SumPool2d(sum), &x),
        [10.0, 18.0, 42.0, 50.0]
    );
    let mean = AvgPool2d {
        kernel_size: [2, 2],
        stride: [2, 2],
        padding: [1, 1],
    };
    assert_eq!(
        apply(&[1, 4, 4], Node::AvgPool2d(mean), &x)[..4],
        [0.0, 0.75, 0.75, 3.0]
    );
    let conv = Conv1d {
        input_shape: None,
        weight: Tensor::new(vec![1, 1, 3], vec![1.0, 10.0, 100.0]).unwrap(),
        stride: 1,
        padding: Padding::Same,
        dilation: 1,
        groups: 1,
        bias: vector(&[0.0]),
    };
    assert_eq!(
        apply(&[1, 4], Node::Conv1d(conv), &[1.0, 2.0, 3.0, 4.0]),
        [210.0, 321.0, 432.0, 43.0]
    );
    let flatten = Node::Flatten(Flatten {
        input_type: None,
        start_dim: 0,
        end_dim: -1,
    });
    assert_eq!(apply(&[1, 4, 4], flatten, &x), x);
}

#[test]
fn grouped_strided_dilated_convolution() {
    let conv = Conv2d {
        input_shape: Some([3, 4]),
        weight: Tensor::new(
            vec![2, 1, 2, 2],
            vec![1.0, 2.0, 3.0, 4.0, 1.0, 0.0, 0.0, -1.0],
        )
        .unwrap(),
        stride: [1, 2],
        padding: Padding::Zeros([1, 0]),
        dilation: [2, 1],
        groups: 2,
        bias: vector(&[0.0, 100.0]),
    };
    let x: Vec<f64> = (0..24).map(f64::from).collect();
    let mut net = FloatNetwork::new(
        &one(&[2, 3, 4], Node::Conv2d(conv)),
        &FloatOptions::default(),
    )
    .unwrap();
    net.step(&x);
    // rows -1 and 1, then 0 and 2, then 1 and 3 (beyond); columns 0 1 and 2 3
    let channel0 = [
        4.0 * 3.0 + 5.0 * 4.0,
        6.0 * 3.0 + 7.0 * 4.0,
        8.0 * 3.0 + 9.0 * 4.0 + 2.0,
        2.0 + 6.0 + 30.0 + 44.0,
        14.0,
        20.0,
    ];
    let channel1 = [
        100.0 - 17.0,
        100.0 - 19.0,
        100.0 + 12.0 - 21.0,
        100.0 + 14.0 - 23.0,
        116.0,
        118.0,
    ];
    assert_eq!(net.value("output").unwrap(), [channel0, channel1].concat());
}

fn chain(latency: Latency, recurrent: bool) -> Vec<(f64, f64)> {
    let node = || {
        Node::Threshold(Threshold {
            threshold: vector(&[0.5]),
        })
    };
    let mut graph = Graph::default();
    graph
        .add("input", input(&[1]))
        .add("a", node())
        .add("b", node())
        .add("node", node());
    graph
        .connect("input", "a")
        .connect("a", "b")
        .connect("b", "node");
    if recurrent {
        graph.connect("b", "a");
    }
    let mut net = FloatNetwork::new(
        &graph,
        &FloatOptions {
            latency,
            ..FloatOptions::default()
        },
    )
    .unwrap();
    let mut step = |t: u32| {
        net.step(&[if t == 0 { 1.0 } else { 0.0 }]);
        (net.value("a").unwrap()[0], net.value("node").unwrap()[0])
    };
    (0..5).map(&mut step).collect()
}

#[test]
fn latency_is_none_or_one_step_a_layer() {
    let at = |seen: &[(f64, f64)]| {
        (
            seen.iter().position(|s| s.0 > 0.0),
            seen.iter().position(|s| s.1 > 0.0),
        )
    };
    assert_eq!(at(&chain(Latency::SameStep, false)), (Some(0), Some(0)));
    assert_eq!(at(&chain(Latency::OneStep, false)), (Some(0), Some(2)));
    // a and b lie on a cycle: both edges of it take one step, in either mode
    let seen = chain(Latency::SameStep, true);
    assert_eq!(at(&seen), (Some(0), Some(1)));
    assert_eq!(
        seen.iter().map(|s| s.0).collect::<Vec<_>>(),
        [1.0, 0.0, 1.0, 0.0, 1.0]
    );
}

#[test]
fn delays_and_nested_graphs() {
    let mut inner = Graph::default();
    inner
        .add("in", input(&[2]))
        .add("out", Node::Output(Output::default()));
    inner.add(
        "wait",
        Node::Delay(Delay {
            delay: vector(&[0.0, 2e-4]),
        }),
    );
    inner.connect("in", "wait").connect("wait", "out");
    let mut net = FloatNetwork::new(
        &one(&[2], Node::Graph(Box::new(inner))),
        &FloatOptions::default(),
    )
    .unwrap();
    let mut step = |x: f64| {
        net.step(&[x, x]);
        net.value("output").unwrap().to_vec()
    };
    assert_eq!(
        [step(1.0), step(2.0), step(3.0)],
        [[1.0, 0.0], [2.0, 0.0], [3.0, 1.0]]
    );
}

#[test]
fn every_finding_is_reported_at_once() {
    let mut graph = one(&[2], lif(-1.0, f64::NAN, 1.0, 0.0));
    graph
        .add(
            "a",
            Node::Scale(Scale {
                scale: vector(&[1.0, 2.0]),
            }),
        )
        .add(
            "b",
            Node::Scale(Scale {
                scale: vector(&[1.0]),
            }),
        );
    graph
        .connect("a", "b")
        .connect("b", "a")
        .connect("nowhere", "node");
    let error = FloatNetwork::new(&graph, &FloatOptions::default()).unwrap_err();
    let has = |node: &str, wanted: &dyn Fn(&FloatProblem) -> bool| {
        assert!(
            error.0.iter().any(|f| f.node == node && wanted(&f.problem)),
            "{node}: {error}"
        );
    };
    has("node", &|p| {
        matches!(p, FloatProblem::Value { field: "tau", .. })
    });
    has("node", &|p| {
        matches!(
            p,
            FloatProblem::Value {
                field: "v_leak",
                ..
            }
        )
    });
    has("a", &|p| matches!(p, FloatProblem::LinearCycle));
    has("nowhere", &|p| matches!(p, FloatProblem::Graph(_)));
}
