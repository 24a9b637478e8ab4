//! Float graphs that leave something open, constant currents, subtraction in a convolutional
//! network, a network that one scale a layer destroys; and every synapse read back from the image.

use seamount_compile::{CompileOptions, compile};
use seamount_network::Fault;
use seamount_network::graph::*;
use seamount_network::netlist::{Netlist, Netx};
use seamount_quantise::{QuantiseError, QuantiseOptions, QuantiseProblem, Reset, Scales, quantise};
use seamount_reference::neurons::{FloatNetwork, FloatOptions};
use seamount_spec::Board;
use seamount_study::compare::{CompareOptions, GraphComparison, Pair, Stimulus, compare_graph};
use seamount_systems::nir::event_streams::stream;
use seamount_tests::graphs::{Draws, chain, input, lif, output, small_cnn};
use seamount_tests::readback::{synapses, wanted};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn settings(dt_seconds: f64) -> QuantiseOptions {
    QuantiseOptions::default().dt_seconds(dt_seconds)
}

fn beside(graph: &Graph, quantise: QuantiseOptions, stimulus: &Stimulus) -> GraphComparison {
    compare_graph(
        graph,
        &CompareOptions {
            quantise,
            ..CompareOptions::default()
        },
        stimulus,
    )
    .unwrap()
}

/// The network of [`small_cnn`] without any shape that can be had from elsewhere.
fn open_cnn() -> Graph {
    let mut graph = small_cnn();
    let one = Tensor::scalar;
    graph.add("in", Node::Input(Input::default()));
    graph.add(
        "1",
        Node::If(If {
            r: one(1.0),
            v_threshold: one(1.0),
            v_reset: one(0.0),
        }),
    );
    graph
}

#[test]
fn shapes_that_are_not_given_follow_from_the_graph() {
    let given = small_cnn();
    let open = open_cnn();
    assert_eq!(open.check(), []);
    let a = quantise(&given, &settings(1.0)).unwrap();
    let b = quantise(&open, &settings(1.0)).unwrap();
    assert_eq!(a.netlist, b.netlist);
    assert_eq!(b.inputs[0].size, 288);
    let notes = &b.report.notes;
    assert!(
        notes
            .iter()
            .any(|n| n.contains("'in' (Input)") && n.contains("[2, 12, 12]")),
        "{notes:?}"
    );
    assert!(
        notes
            .iter()
            .any(|n| n.contains("'1' (IF)") && n.contains("[4, 12, 12]")),
        "{notes:?}"
    );
    assert!(
        b.report
            .to_string()
            .contains("note: 'in' (Input) does not say its shape")
    );
    let sizes = |graph: &Graph| {
        FloatNetwork::new(graph, &FloatOptions::default())
            .unwrap()
            .input_size()
    };
    assert_eq!((sizes(&given), sizes(&open)), (288, 288));
    let stimulus = stream(288, 20, 0.05, 2, 0);
    let a = beside(&given, settings(1.0), &stimulus);
    let b = beside(&open, settings(1.0), &stimulus);
    assert_eq!(a.whole, b.whole);
}

#[test]
fn shapes_that_do_not_follow_are_named() {
    let mut graph = open_cnn();
    let Some(Node::Conv2d(conv)) = graph.nodes.get_mut("0") else {
        panic!("no Conv2d")
    };
    conv.input_shape = None;
    assert!(
        graph
            .check()
            .iter()
            .any(|f| f.problem.starts_with("has no shape") && f.place.path == "node/nodes/in")
    );
    let QuantiseError(found) = quantise(&graph, &settings(1.0)).unwrap_err();
    let named = |node: &str| {
        found.iter().any(|f| {
            f.node == node && matches!(&f.problem, QuantiseProblem::Rule(t) if t.contains("shape"))
        })
    };
    assert!(named("in") && named("1"), "{found:#?}");
    let error = FloatNetwork::new(&graph, &FloatOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("node 'in': does not say its shape"),
        "{error}"
    );
    // too large to be worked out: an own limit, not an allocation
    graph.add(
        "in",
        Node::Input(Input {
            shape: Some(vec![2, 1 << 20, 1 << 20]),
        }),
    );
    let QuantiseError(found) = quantise(&graph, &settings(1.0)).unwrap_err();
    assert!(
        found
            .iter()
            .any(|f| f.node == "in" && matches!(f.problem, QuantiseProblem::Limit { .. })),
        "{found:#?}"
    );
    assert!(
        FloatNetwork::new(&graph, &FloatOptions::default())
            .unwrap_err()
            .to_string()
            .contains("at most")
    );
}

#[test]
fn unit_axes_are_refused_or_forgotten() {
    let mut graph = chain(vec![
        ("in", input(&[1, 1, 3])),
        (
            "w",
            Node::Linear(Linear {
                weight: Tensor::filled(vec![2, 3], 0.5),
            }),
        ),
    ]);
    graph.add("n", lif(2, 1e-2, 0.0, 1.0, 0.0)).add(
        "out",
        Node::Output(Output {
            shape: Some(vec![1, 1, 2]),
        }),
    );
    graph.connect("w", "n").connect("n", "out");
    let found = graph.check();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|f| f.fault == Fault::UnitAxes
        && f.to_string().contains("the same but for axes of length 1")));
    let ignored = graph.forget_unit_axes();
    assert_eq!(ignored.len(), 2, "{ignored:?}");
    assert!(
        ignored
            .iter()
            .any(|text| text.contains("'out' says shape [1, 1, 2]; taken as [2]")),
        "{ignored:?}"
    );
    assert_eq!(graph.check(), []);
    assert_eq!(quantise(&graph, &settings(1e-3)).unwrap().inputs[0].size, 3);
}

#[test]
fn constant_currents_become_biases() {
    let mut draws = Draws(5);
    let weight = draws.matrix(12, 4, |_| 3.0);
    let mut graph = chain(vec![
        ("picture", input(&[4])),
        (
            "w",
            Node::Affine(Affine {
                weight,
                bias: Tensor::filled(vec![12], 0.3),
            }),
        ),
        ("n", lif(12, 1e-2, 0.0, 1.0, 0.0)),
        ("out", output()),
    ]);
    graph.add("spikes", input(&[6])).add(
        "w2",
        Node::Linear(Linear {
            weight: draws.matrix(12, 6, |_| 4.0),
        }),
    );
    graph.connect("spikes", "w2").connect("w2", "n");
    let x = vec![0.9, 0.1, 0.7, 0.4];
    let options = settings(1e-3).currents([("picture".to_string(), x.clone())].into());
    let seen = beside(&graph, options.clone(), &stream(6, 400, 0.1, 9, 0));
    let layer = &seen.whole.layers[0];
    assert!(layer.spikes.0 > 200, "{seen}");
    assert!(
        layer.spikes_shared as f64 > 0.95 * layer.spikes.0 as f64,
        "{seen}"
    );
    let quantised = quantise(&graph, &options).unwrap();
    assert_eq!(
        quantised
            .inputs
            .iter()
            .map(|i| i.node.as_str())
            .collect::<Vec<_>>(),
        ["spikes"]
    );
    // without the current the reference fires otherwise: the current is not lost on the way
    let without = beside(
        &graph,
        settings(1e-3).currents([("picture".to_string(), vec![0.0; 4])].into()),
        &stream(6, 400, 0.1, 9, 0),
    );
    assert!(
        without.whole.layers[0].spikes.0.abs_diff(layer.spikes.0) > 20,
        "{without}"
    );
    let wrong = [("picture".to_string(), vec![0.5; 3]), ("n".to_string(), x)].into();
    let QuantiseError(found) = quantise(&graph, &settings(1e-3).currents(wrong)).unwrap_err();
    assert!(
        found.iter().any(|f| matches!(
            f.problem,
            QuantiseProblem::Length {
                found: 3,
                wanted: 4
            }
        )),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|f| f.node == "n" && f.to_string().contains("no Input")),
        "{found:#?}"
    );
}

#[test]
fn subtraction_in_a_convolutional_network() {
    let graph = small_cnn();
    let options = settings(1.0).reset(Reset::Subtract);
    let quantised = quantise(&graph, &options).unwrap();
    assert_eq!(
        quantised.report.layers[0].compartments, 2,
        "membrane and soma (NC-019)"
    );
    let compiled = compile(&quantised.netlist, &CompileOptions::default()).unwrap();
    assert_eq!(synapses(&compiled.image), wanted(&quantised.netlist));
    let sharing: u32 = compiled
        .report
        .cores
        .iter()
        .map(|c| c.axons_sharing_lists)
        .sum();
    assert!(sharing > 150, "{sharing}");
    let stimulus = stream(288, 60, 0.05, 2, 0);
    let subtract = beside(&graph, options, &stimulus);
    let zero = beside(&graph, settings(1.0), &stimulus);
    let conv = &subtract.whole.layers[0];
    assert!(
        conv.spikes.0 > zero.whole.layers[0].spikes.0,
        "what is above the threshold is kept: {subtract} {zero}"
    );
    assert!(
        conv.spikes_shared as f64 > 0.95 * conv.spikes.0 as f64,
        "{subtract}"
    );
    assert!(subtract.whole.outputs[0].agrees(), "{subtract}");
}

/// Gains differ by 2000 between the neurons of a layer: what one scale cannot hold in 8 bits.
fn wide(seed: u64) -> Graph {
    let mut draws = Draws(seed);
    let gain = |j: usize, of: usize| 2000f64.powf(-(j as f64) / (of - 1) as f64);
    let neurons = |size: usize, tau: f64| {
        let Node::Lif(mut neurons) = lif(size, tau, 0.0, 1.0, 0.0) else {
            unreachable!()
        };
        neurons.v_threshold = Tensor::vector((0..size).map(|j| gain(j, size)).collect());
        Node::Lif(neurons)
    };
    chain(vec![
        ("in", input(&[20])),
        (
            "w",
            Node::Linear(Linear {
                weight: draws.matrix(40, 20, |j| 30.0 * gain(j, 40)),
            }),
        ),
        ("hidden", neurons(40, 4e-3)),
        (
            "w2",
            Node::Linear(Linear {
                weight: draws.matrix(7, 40, |j| 20.0 * gain(j, 7)),
            }),
        ),
        ("readout", neurons(7, 8e-3)),
        ("out", output()),
    ])
}

/// Spikes of half of the sources, another half in each sample.
fn pattern(sample: u64) -> Stimulus {
    let mut draws = Draws(1000 + sample);
    let active: Vec<bool> = (0..20).map(|_| draws.next() > 0.0).collect();
    let mut stimulus = stream(20, 300, 0.2, 31, sample);
    stimulus
        .events
        .retain(|(_, source)| active[*source as usize]);
    stimulus
}

#[test]
fn one_scale_a_layer_destroys_what_a_scale_a_neuron_keeps() {
    let graph = wide(17);
    let run = |scales| {
        let options = CompareOptions {
            quantise: settings(1e-4).scales(scales),
            ..CompareOptions::default()
        };
        let mut pair = Pair::new(&graph, &options, &[]).unwrap();
        let seen: Vec<GraphComparison> = (0..20)
            .map(|sample| pair.compare(&pattern(sample)).unwrap())
            .collect();
        let agree = seen.iter().filter(|s| s.whole.outputs[0].agrees()).count();
        let sum = |of: fn(&GraphComparison) -> u64| seen.iter().map(of).sum::<u64>() as f64;
        (
            agree,
            sum(|s| s.whole.layers[0].spikes_shared) / sum(|s| s.whole.layers[0].spikes.0),
        )
    };
    let neuron = run(Scales::PerNeuron);
    let population = run(Scales::PerPopulation);
    println!(
        "classes equal and hidden spikes shared: a scale a neuron {neuron:?}, a scale a layer {population:?}"
    );
    assert!(neuron.0 >= 18 && neuron.1 > 0.95, "{neuron:?}");
    assert!(population.0 <= 14 && population.1 < 0.85, "{population:?}");
}

fn read_back(netlist: &Netlist, board: &str) -> usize {
    let board = Board::preset(board).unwrap();
    let options = CompileOptions::new(board)
        .ignoring_limits()
        .refinement_steps(0);
    let image = compile(netlist, &options).unwrap().image;
    let found = synapses(&image);
    let wanted = wanted(netlist);
    assert!(
        found == wanted,
        "{}: {} synapses in the image, {} in the network",
        netlist.name,
        found.len(),
        wanted.len()
    );
    found.len()
}

/// A file of the shared data; absent data skip a test, except in CI.
fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let path = std::env::var_os("SEAMOUNT_DATA")
        .map_or(default, PathBuf::from)
        .join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{} is absent",
        path.display()
    );
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: {} is absent",
        path.display()
    );
    None
}

#[test]
fn delays_and_recurrence_read_back() {
    let mut draws = Draws(3);
    let delay = Tensor::vector((0..8).map(|i| f64::from(i) * 1e-3).collect());
    let mut graph = chain(vec![
        ("in", input(&[8])),
        ("wait", Node::Delay(Delay { delay })),
        (
            "w",
            Node::Linear(Linear {
                weight: draws.matrix(10, 8, |_| 3.0),
            }),
        ),
        ("n", lif(10, 1e-2, 0.0, 1.0, 0.0)),
        ("out", output()),
    ]);
    let delay = Tensor::vector((0..10).map(|i| f64::from(i % 4) * 1e-3).collect());
    graph.add("back", Node::Delay(Delay { delay })).add(
        "rec",
        Node::Linear(Linear {
            weight: draws.matrix(10, 10, |_| 1.0),
        }),
    );
    graph
        .connect("n", "back")
        .connect("back", "rec")
        .connect("rec", "n");
    let quantised = quantise(&graph, &settings(1e-3)).unwrap();
    assert!(read_back(&quantised.netlist, "loihi1") > 170);
    let image = compile(&quantised.netlist, &CompileOptions::default())
        .unwrap()
        .image;
    let delays: std::collections::BTreeSet<u64> =
        synapses(&image).keys().map(|key| key.delay).collect();
    assert_eq!(
        delays.into_iter().collect::<Vec<_>>(),
        (0..8).collect::<Vec<_>>()
    );
}

#[test]
fn published_graphs_read_back() {
    let test = "published_graphs_read_back";
    for (file, dt) in [
        ("nir/03_rnn/braille_noDelay_bias_zero.nir", 1e-4),
        ("nir/02_cnn/cnn_sinabs.nir", 1.0),
    ] {
        let Some(path) = shared(test, file) else {
            return;
        };
        let quantised = quantise(&Graph::read(&path).unwrap(), &settings(dt)).unwrap();
        println!(
            "{file}: {} synapses equal",
            read_back(&quantised.netlist, "loihi1")
        );
    }
}

#[test]
fn netx_networks_read_back() {
    let test = "netx_networks_read_back";
    let files = [
        "lava-netx/tiny/tiny.net",
        "lava-netx/mnist_mlp/trained_mnist_network.net",
        "lava-netx/oxford/network.net",
        "slayer-net/ntidigits.net",
    ];
    for file in files {
        let Some(path) = shared(test, file) else {
            return;
        };
        let netx = Netx::read(&path).unwrap();
        println!(
            "{file}: {} synapses equal",
            read_back(&netx.netlist, "nahuku8")
        );
    }
}
