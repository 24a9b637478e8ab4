//! Networks as NIR: what is written is read again as the same graph, and a network of integers that
//! went out and came back runs to the same spikes.

use seamount::{Board, Chip, Events, IntegerNetwork, Netlist, Population, Register, RunOptions};
use seamount_network::graph::{
    Affine, AvgPool2d, Conv1d, Conv2d, CubaLi, CubaLif, Delay, Flatten, Graph, I, If, Input, Li,
    Lif, Linear, MetadataValue, Node, Output, Padding, Scale, SumPool2d, Tensor, Threshold,
};
use seamount_network::netlist::{Compartment, CoreSettings, SignMode, ThresholdMode};
use seamount_quantise::{QuantiseOptions, Quantised, quantise};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

/// A tensor of ascending numbers, none of them whole.
fn numbers(shape: &[usize]) -> Tensor {
    let count: usize = shape.iter().product();
    let data = (0..count).map(|i| i as f64 * 0.75 + 0.125).collect();
    Tensor::new(shape.to_vec(), data).unwrap()
}

/// A chain of nodes from an Input of a shape to an Output.
fn chain(shape: &[usize], nodes: Vec<(&str, Node)>) -> Graph {
    let mut graph = Graph::default();
    graph.add(
        "in put",
        Node::Input(Input {
            shape: Some(shape.to_vec()),
        }),
    );
    let mut last = "in put".to_string();
    for (name, node) in nodes {
        graph.add(name, node);
        graph.connect(&last, name);
        last = name.into();
    }
    graph.add("output", Node::Output(Output { shape: None }));
    graph.connect(&last, "output");
    graph
}

/// The graph after it was written and read.
fn again(graph: &Graph) -> Graph {
    let bytes = graph.to_nir().unwrap_or_else(|refused| panic!("{refused}"));
    let mut read = Graph::read_bytes(bytes).unwrap_or_else(|refused| panic!("{refused}"));
    // a built graph has no version, a file must have one
    if graph.version.is_empty() {
        read.version = String::new();
    }
    read
}

#[test]
fn every_primitive_is_read_as_it_was_written() {
    let neurons = |node| (vec![3], node);
    let of_three = numbers(&[3]);
    let t = || of_three.clone();
    let neurons = [
        neurons(Node::I(I { r: t() })),
        neurons(Node::If(If {
            r: t(),
            v_threshold: t(),
            v_reset: t(),
        })),
        neurons(Node::Li(Li {
            tau: t(),
            r: t(),
            v_leak: t(),
        })),
        neurons(Node::Lif(Lif {
            tau: t(),
            r: t(),
            v_leak: t(),
            v_threshold: t(),
            v_reset: t(),
        })),
        neurons(Node::CubaLi(CubaLi {
            tau_syn: t(),
            tau_mem: t(),
            r: t(),
            v_leak: t(),
            w_in: t(),
        })),
        neurons(Node::CubaLif(CubaLif {
            tau_syn: t(),
            tau_mem: t(),
            r: t(),
            v_leak: t(),
            v_threshold: t(),
            v_reset: t(),
            w_in: t(),
        })),
        neurons(Node::Scale(Scale { scale: t() })),
        neurons(Node::Delay(Delay { delay: t() })),
        neurons(Node::Threshold(Threshold { threshold: t() })),
        neurons(Node::Linear(Linear {
            weight: numbers(&[2, 3]),
        })),
        neurons(Node::Affine(Affine {
            weight: numbers(&[2, 3]),
            bias: numbers(&[2]),
        })),
        (
            vec![2, 4, 5],
            Node::Flatten(Flatten {
                input_type: None,
                start_dim: 0,
                end_dim: -1,
            }),
        ),
        (
            vec![2, 4, 6],
            Node::SumPool2d(SumPool2d {
                kernel_size: [2, 3],
                stride: [2, 3],
                padding: [0, 0],
            }),
        ),
        (
            vec![2, 4, 6],
            Node::AvgPool2d(AvgPool2d {
                kernel_size: [2, 3],
                stride: [1, 3],
                padding: [1, 0],
            }),
        ),
        (
            vec![2, 9],
            Node::Conv1d(Conv1d {
                input_shape: Some(9),
                weight: numbers(&[4, 1, 3]),
                stride: 2,
                padding: Padding::Zeros(1),
                dilation: 1,
                groups: 2,
                bias: numbers(&[4]),
            }),
        ),
        (
            vec![2, 5, 6],
            Node::Conv2d(Conv2d {
                input_shape: None,
                weight: numbers(&[3, 2, 3, 2]),
                stride: [1, 1],
                padding: Padding::Same,
                dilation: [1, 1],
                groups: 1,
                bias: numbers(&[3]),
            }),
        ),
    ];
    for (shape, node) in neurons {
        let kind = node.kind();
        let mut graph = chain(&shape, vec![("name with | and \u{e4}", node)]);
        let note = MetadataValue::Text("as trained".into());
        graph.metadata.insert("note".into(), note.clone());
        graph
            .node_metadata
            .entry("in put".into())
            .or_default()
            .insert("note".into(), note);
        assert_eq!(again(&graph), graph, "{kind}");
    }
    let inner = chain(
        &[3],
        vec![(
            "w",
            Node::Linear(Linear {
                weight: numbers(&[3, 3]),
            }),
        )],
    );
    let outer = chain(&[3], vec![("net", Node::Graph(Box::new(inner)))]);
    assert_eq!(again(&outer), outer);
}

#[test]
fn names_that_a_file_cannot_hold_are_refused_together() {
    let node = || {
        Node::Scale(Scale {
            scale: numbers(&[3]),
        })
    };
    let graph = chain(&[3], vec![("a/b", node()), (".", node()), ("fine", node())]);
    let refused = graph.to_nir().unwrap_err().to_string();
    assert!(
        refused.contains("node/nodes/a/b: in a file '/' parts"),
        "{refused}"
    );
    assert!(
        refused.contains("node/nodes/.: in a file this name is a path"),
        "{refused}"
    );
    assert_eq!(refused.lines().count(), 2, "{refused}");
}

/// A network with every dynamics that NIR has, weights of several exponents and formats, delays and
/// recurrence.
fn expressible() -> Netlist {
    let mut net = Netlist::new("there and back");
    net.input("drive", 6);
    let leaks = Population::new("leaks", 5)
        .current_decay(4095)
        .voltage_decay(vec![100u16, 200, 300, 400, 500])
        .threshold_mantissa(vec![300u32, 310, 320, 330, 340])
        .bias(vec![0i16, 50, -20, 30, 10], 4);
    net.add(leaks);
    let filters = Population::new("filters", 4)
        .current_decay(1000)
        .voltage_decay(500)
        .threshold_mantissa(700);
    net.add(filters);
    let integrates = Population::new("integrates", 3)
        .current_decay(4095)
        .voltage_decay(0)
        .threshold_mantissa(900)
        .bias(100, 3);
    net.add(integrates);
    let readout = Population::new("readout", 2)
        .current_decay(4095)
        .voltage_decay(64)
        .threshold_mantissa(1)
        .threshold_mode(ThresholdMode::PassToParent);
    net.add(readout);
    let row = |seed: i32, n: usize| -> Vec<i32> {
        (0..n as i32)
            .map(|i| (seed * 71 + i * 37) % 200 - 60)
            .collect()
    };
    let rows = |m: usize, n: usize| (0..m as i32).map(|seed| row(seed, n)).collect();
    net.connect("drive", "leaks").dense(rows(6, 5));
    net.connect("drive", "filters")
        .dense(rows(6, 4))
        .weight_exponent(1)
        .delay(3);
    net.connect("leaks", "integrates")
        .dense(rows(5, 3))
        .format(SignMode::Mixed, 6);
    net.connect("filters", "leaks")
        .dense(rows(4, 5))
        .weight_exponent(-1);
    net.connect("integrates", "readout").dense(rows(3, 2));
    net.connect("leaks", "leaks").one_to_one(-90);
    net.probe("leaks", Register::Spike);
    net
}

/// What quantising makes of the file of a netlist, with one unit of the chip for 1.0.
fn returned(net: &Netlist) -> Netlist {
    let bytes = IntegerNetwork::new("there", net.clone())
        .to_nir(1e-3)
        .unwrap();
    let graph = Graph::read_bytes(bytes).unwrap();
    let units: BTreeMap<String, f64> = net
        .populations
        .iter()
        .map(|p| (p.name.clone(), 1.0))
        .collect();
    let options = QuantiseOptions::default().dt_seconds(1e-3).units(units);
    let Quantised { netlist, .. } = quantise(&graph, &options).unwrap();
    netlist
}

/// Spikes and voltages of every population, and the events of a run.
fn run(net: &Netlist) -> Vec<(String, Vec<i32>)> {
    let mut net = net.clone();
    net.probes.clear();
    let names: Vec<String> = net.populations.iter().map(|p| p.name.clone()).collect();
    for name in &names {
        net.probe(name, Register::Spike).name = format!("{name}.spike");
        net.probe(name, Register::Voltage).name = format!("{name}.voltage");
    }
    let mut chip = Chip::build(&net, &Board::loihi1()).unwrap_or_else(|e| panic!("{e}"));
    let mut at = vec![];
    let mut state = 12345u32;
    for step in 0..200u64 {
        for source in 0..6u32 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 29 == 0 {
                at.push((step, source));
            }
        }
    }
    let events = Events::of("drive", at);
    let outcome = chip.run(200, &events, &RunOptions::new()).unwrap();
    let mut all: Vec<(String, Vec<i32>)> = outcome
        .recordings
        .iter()
        .map(|recording| (recording.name.clone(), recording.to_words()))
        .collect();
    all.sort();
    all
}

#[test]
fn a_network_that_went_out_and_came_back_runs_to_the_bit() {
    let net = expressible();
    let back = returned(&net);
    let mine = run(&net);
    let spikes = |name: &str| -> i32 {
        let found = mine.iter().find(|(n, _)| n == name);
        found.unwrap().1.iter().sum()
    };
    for name in ["leaks.spike", "filters.spike", "integrates.spike"] {
        assert!(spikes(name) > 10, "{name}: {}", spikes(name));
    }
    assert_eq!(run(&back), mine);
    // and a network that is another one does not
    let mut other = net;
    other.populations[0].compartments[0].threshold_mantissa = 299.into();
    assert_ne!(run(&returned(&other)), mine);
}

#[test]
fn everything_that_nir_cannot_say_is_refused_at_once() {
    let mut net = Netlist::new("too much");
    net.input("in", 2);
    net.add(Population::ahp("two", 2, 100));
    net.add(
        Population::new("noisy", 2)
            .current_decay(4095)
            .voltage_decay(10)
            .noise(),
    );
    net.add(
        Population::new("waits", 2)
            .current_decay(4095)
            .voltage_decay(10)
            .refractory_steps(3),
    );
    net.add(
        Population::new("limits", 2)
            .current_decay(4095)
            .voltage_decay(10)
            .core(CoreSettings {
                v_min_exponent: 10,
                ..CoreSettings::default()
            }),
    );
    net.add(
        Population::new("no such neuron", 2)
            .current_decay(10)
            .voltage_decay(0),
    );
    net.add(
        Population::new("forever", 2)
            .current_decay(0)
            .voltage_decay(10)
            .core(CoreSettings {
                ds_offset: false,
                ..CoreSettings::default()
            }),
    );
    net.add(
        Population::new("begins", 2)
            .current_decay(4095)
            .voltage_decay(10)
            .initial_voltage(7),
    );
    net.add(
        Population::new("alone", 2)
            .current_decay(4095)
            .voltage_decay(0)
            .bias(5, 0),
    );
    net.connect("in", "noisy")
        .dense(vec![vec![1, 2], vec![3, 4]]);
    net.connect("in", "waits").generated(1, 65_536, [1, 2]);
    let refused = net.to_graph(1e-3).unwrap_err().to_string();
    for wanted in [
        "'two': has several compartments",
        "'noisy': has noise",
        "'waits': has refractory steps",
        "'limits': limits v",
        "'no such neuron': has a current that decays and a voltage that does not",
        "'forever': has a current that never decays",
        "'begins': begins with a voltage",
        "'alone': has a bias and no synapses",
        "is made from a seed",
    ] {
        assert!(refused.contains(wanted), "{wanted}\n{refused}");
    }
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = expressible().to_graph(wrong).unwrap_err().to_string();
        assert!(refused.starts_with("dt: "), "{refused}");
    }
    let compartment: &Compartment = &net.populations[1].compartments[0];
    assert!(compartment.noise);
}

#[test]
fn published_graphs_are_written_as_they_were_read() {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data"));
    let folder = std::env::var_os("SEAMOUNT_DATA").map_or_else(beside, PathBuf::from);
    let name = "published_graphs_are_written_as_they_were_read";
    let mut same = 0;
    for part in ["01_lif", "02_cnn", "03_rnn", "others", "rewritten_v1"] {
        let files = std::fs::read_dir(folder.join("nir").join(part));
        for file in files.into_iter().flatten().flatten() {
            let path = file.path();
            // some of them are wrong on purpose or by mistake, and are refused
            let Some(graph) = Graph::read(&path)
                .ok()
                .filter(|_| path.extension().is_some())
            else {
                continue;
            };
            assert_eq!(again(&graph), graph, "{}", path.display());
            same += 1;
        }
    }
    if same == 0 {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{name}: no NIR data"
        );
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {name}: no NIR data in {}",
            folder.display()
        );
    } else {
        // as many as the reader takes of the fifteen that lie there
        assert!(same >= 7, "{same} graphs");
    }
}
