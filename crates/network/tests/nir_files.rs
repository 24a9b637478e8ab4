//! Every `.nir` file at hand: those of the data sets, and those of `tests/nir` (see `make.py`).

use seamount_network::Fault;
use seamount_network::graph::{Graph, Node, NodeShape, Padding};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn made(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/nir")
        .join(name)
}

/// A file of the shared data; absent data skip a test, except in CI.
fn shared(test: &str, name: &str) -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
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

fn shape(graph: &Graph, name: &str) -> NodeShape {
    graph.shapes().expect("shapes follow")[name].clone()
}

#[test]
fn norse_lif_of_version_0_1_1() {
    let Some(path) = shared("norse_lif_of_version_0_1_1", "nir/01_lif/lif_norse.nir") else {
        return;
    };
    let graph = Graph::read(&path).unwrap();
    assert_eq!(graph.version, "0.1.1");
    let Node::Lif(lif) = &graph.nodes["1"] else {
        panic!("no LIF")
    };
    assert_eq!(
        (lif.tau.data[0] as f32, lif.v_threshold.data[0] as f32),
        (0.0025, 0.1)
    );
    assert_eq!(
        (lif.v_reset.shape.clone(), lif.v_reset.data.clone()),
        (vec![1], vec![0.0])
    );
    assert_eq!(graph.sources_of("1").collect::<Vec<_>>(), ["0"]);
}

#[test]
fn two_neurons() {
    let Some(path) = shared("two_neurons", "nir/01_lif/two_lif_neurons.nir") else {
        return;
    };
    let graph = Graph::read(&path).unwrap();
    assert_eq!((graph.nodes.len(), graph.edges.len()), (6, 5));
}

#[test]
fn rockpool_output_shape_is_an_edge_between_shapes() {
    let Some(path) = shared(
        "rockpool_output_shape_is_an_edge_between_shapes",
        "nir/01_lif/lif_rockpool.nir",
    ) else {
        return;
    };
    let found = Graph::read(&path).unwrap_err().findings;
    let [finding] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(finding.place.path, "node/nodes/output");
    assert_eq!(finding.fault, Fault::UnitAxes);
    assert!(
        finding.problem.starts_with("takes shape [1, 1, 1], but")
            && finding.problem.contains("gives [1]"),
        "{finding}"
    );
    assert!(Graph::read_unchecked(&path).is_ok());
}

#[test]
fn subgraph_with_dangling_edges() {
    let Some(path) = shared(
        "subgraph_with_dangling_edges",
        "nir/03_rnn/braille_noDelay_bias_zero_subgraph.nir",
    ) else {
        return;
    };
    let found = Graph::read(&path).unwrap_err().findings;
    let dangling = found
        .iter()
        .filter(|f| f.fault == Fault::UnknownName && f.value == Some("lif".into()));
    assert_eq!(dangling.count(), 4);
    assert!(
        found
            .iter()
            .all(|f| f.place.path.starts_with("node/nodes/lif1/")),
        "{found:?}"
    );
    let mut graph = Graph::read_unchecked(&path).unwrap();
    let Some(Node::Graph(inner)) = graph.nodes.get_mut("lif1") else {
        panic!("no nested graph")
    };
    for (source, target) in &mut inner.edges {
        [source, target]
            .into_iter()
            .filter(|name| *name == "lif")
            .for_each(|name| *name = "lif1".into());
    }
    assert_eq!(graph.check(), []);
    let flat = graph.flattened();
    let mut edges = flat.edges.clone();
    edges.sort();
    let wanted = [
        ("fc1", "lif1/lif1"),
        ("fc2", "lif2"),
        ("input", "fc1"),
        ("lif1/lif1", "fc2"),
        ("lif1/lif1", "lif1/lin"),
    ];
    let wanted = [
        &wanted[..],
        &[("lif1/lin", "lif1/lif1"), ("lif2", "output")],
    ]
    .concat();
    assert_eq!(
        edges,
        wanted
            .iter()
            .map(|(a, b)| (a.to_string(), b.to_string()))
            .collect::<Vec<_>>()
    );
    assert_eq!(flat.check(), []);
}

#[test]
fn braille_is_the_same_in_both_versions() {
    let name = "braille_is_the_same_in_both_versions";
    let old = shared(name, "nir/03_rnn/braille_noDelay_bias_zero.nir");
    let (Some(old), Some(new)) = (
        old,
        shared(name, "nir/rewritten_v1/braille_noDelay_bias_zero.nir"),
    ) else {
        return;
    };
    let old = Graph::read(&old).unwrap();
    let mut new = Graph::read(&new).unwrap();
    assert_eq!(
        (old.version.as_str(), new.version.as_str()),
        ("0.2.0", "1.0.8")
    );
    new.version = old.version.clone();
    let sorted = |graph: &Graph| {
        let mut graph = graph.clone();
        graph.edges.sort();
        graph
    };
    assert_eq!(sorted(&old), sorted(&new));
    let Node::CubaLif(lif) = &old.nodes["lif1.lif"] else {
        panic!("no CubaLIF")
    };
    assert_eq!(lif.tau_mem.shape, [38]);
    assert_eq!(shape(&old, "fc2").input, [38]);
}

#[test]
fn sinabs_cnn() {
    let Some(path) = shared("sinabs_cnn", "nir/02_cnn/cnn_sinabs.nir") else {
        return;
    };
    let graph = Graph::read(&path).unwrap();
    assert_eq!(
        (shape(&graph, "0").input, shape(&graph, "0").output),
        (vec![2, 34, 34], vec![16, 16, 16])
    );
    assert_eq!(
        (shape(&graph, "7").output, shape(&graph, "8").output),
        (vec![8, 4, 4], vec![128])
    );
    let Node::Conv2d(conv) = &graph.nodes["0"] else {
        panic!("no Conv2d")
    };
    assert_eq!(
        (conv.weight.data[0] as f32, conv.weight.data[4] as f32),
        (-0.257_342_2, -0.098_809_73)
    );
}

#[test]
fn every_node_type() {
    let graph = Graph::read(&made("every_type.nir")).unwrap();
    let kinds: Vec<&str> = graph.nodes.values().map(Node::kind).collect();
    assert_eq!(kinds.len(), 15);
    let Node::Conv1d(conv) = &graph.nodes["conv1d"] else {
        panic!("no Conv1d")
    };
    assert_eq!(
        (conv.padding, conv.stride, conv.input_shape),
        (Padding::Valid, 2, Some(9))
    );
    let Node::CubaLi(cuba) = &graph.nodes["cubali"] else {
        panic!("no CubaLI")
    };
    assert_eq!(
        (cuba.w_in.shape.clone(), cuba.w_in.data.clone()),
        (vec![4], vec![2.0; 4])
    );
    let Node::If(neuron) = &graph.nodes["if"] else {
        panic!("no IF")
    };
    assert_eq!(neuron.v_reset.data, [-1.0; 4]);
    assert_eq!(graph.metadata.len(), 1);
    assert_eq!(graph.node_metadata["linear"].len(), 2);
    assert_eq!(shape(&graph, "conv1d").output, [3, 4]);
    assert_eq!(shape(&graph, "nested/lif").output, [4]);
    let flat = graph.flattened();
    assert!(
        flat.edges
            .contains(&("cubalif".into(), "nested/lif".into()))
    );
    assert!(flat.edges.contains(&("nested/lif".into(), "linear".into())));
    assert_eq!(flat.check(), []);
    assert_eq!(
        graph,
        Graph::read(&made("latest.nir")).unwrap(),
        "another form of storage"
    );
}

#[test]
fn shuffle_and_checksum_filters() {
    let sorted = |name| {
        let mut graph = Graph::read(&made(name)).unwrap();
        graph.edges.sort();
        graph
    };
    assert_eq!(sorted("filters.nir"), sorted("small.nir"));
}

#[test]
fn shapes_are_inferred() {
    let graph = Graph::read(&made("images.nir")).unwrap();
    let Node::Conv2d(conv) = &graph.nodes["conv"] else {
        panic!("no Conv2d")
    };
    assert_eq!(conv.input_shape, None);
    // 10 + 2 - 3 + 1 = 10 rows, (13 - 5) / 2 + 1 = 5 columns: per axis, though the kernel is not
    // square.
    assert_eq!(shape(&graph, "conv").output, [4, 10, 5]);
    assert_eq!(shape(&graph, "sum").output, [4, 5, 2]);
    assert_eq!(shape(&graph, "avg").output, [4, 1, 1]);
    let mut open = graph.clone();
    open.add("output", Node::Output(Default::default()));
    assert_eq!(shape(&open, "output").input, [4, 1, 1]);
}

#[test]
fn every_mistake_has_its_finding() {
    for (file, wanted) in MISTAKES {
        let found = match Graph::read(&made(&format!("bad_{file}.nir"))) {
            Ok(_) => panic!("{file} was accepted"),
            Err(found) => found.to_string(),
        };
        println!("{file}:\n{found}\n");
        assert!(
            wanted.iter().all(|text| found.contains(text)),
            "{file}: {found}"
        );
    }
    let count = std::fs::read_dir(made("")).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name().into_string().unwrap();
        name.starts_with("bad_")
    });
    assert_eq!(count.count(), MISTAKES.len());
}

/// What each file of `tests/nir/bad_*.nir` must be told.
const MISTAKES: &[(&str, &[&str])] = &[
    (
        "bias_shape",
        &["node/nodes/fc/bias: has shape [3], wanted [2]"],
    ),
    (
        "boolean_bias",
        &["node/nodes/fc/bias: holds booleans, wanted numbers"],
    ),
    (
        "complex_numbers",
        &["node/nodes/lif/tau: has elements of an unsupported type"],
    ),
    (
        "conv_groups",
        &["node/nodes/conv/groups: 3 groups do not divide the 4 channels out"],
    ),
    (
        "conv_stride",
        &["node/nodes/conv/stride: holds 0, outside 1..="],
    ),
    (
        "dangling_edge",
        &[
            "names 'lif1', which is no node here",
            "names 'ghost', which is no node here",
        ],
    ),
    (
        "duplicate_edge",
        &["node/edges: edge ('input', 'fc') is there twice"],
    ),
    (
        "edge_into_input",
        &["node/edges: edge ('lif', 'input') goes into an Input"],
    ),
    (
        "edge_shape",
        &["node/nodes/lif: takes shape [2], but 'fc' gives [5]"],
    ),
    (
        "edges_shape",
        &["node/edges: has shape [2], wanted (edges, 2)"],
    ),
    (
        "empty_shape",
        &["node/nodes/input/shape: has shape [], wanted at least one axis"],
    ),
    (
        "kernel_too_large",
        &["node/nodes/conv: cannot take data of shape [2, 10, 13]"],
    ),
    ("lfs", &["Git LFS pointer"]),
    ("lzf", &["is compressed with lzf", "gzip"]),
    ("missing_field", &["node/nodes/lif/v_leak: is missing"]),
    ("nan", &["node/nodes/lif/r: holds NaN"]),
    (
        "negative_tau",
        &["node/nodes/lif/tau: holds -0.01, which must be above 0"],
    ),
    (
        "neuron_shapes",
        &["node/nodes/lif/r: has shape [3], wanted [2]"],
    ),
    ("no_edges", &["node/edges: is missing"]),
    ("no_input", &["node: has no Input"]),
    (
        "no_shapes",
        &["node/nodes/conv: has no shape, and none follows from the graph"],
    ),
    ("no_version", &["version: is missing"]),
    ("other_hdf5", &["is an HDF5 file, but not of NIR"]),
    (
        "several",
        &[
            "node/nodes/lif/tau: holds -1",
            "node/nodes/fc/weight: has shape [6]",
            "node/nodes/output: is of unknown type 'Sink'",
        ],
    ),
    (
        "stateless_cycle",
        &["node/nodes/fc: is in a cycle without a neuron or delay"],
    ),
    ("text", &["is no HDF5 file"]),
    (
        "text_for_numbers",
        &["node/nodes/lif/tau: holds text, wanted numbers"],
    ),
    ("truncated", &["is cut short"]),
    (
        "unit_axes",
        &["node/nodes/output: takes shape [1, 2], but 'lif' gives [2]"],
    ),
    (
        "unknown_field",
        &["node/nodes/lif/refractory: is not known here"],
    ),
    (
        "unknown_type",
        &["node/nodes/lif: is of unknown type 'Izhikevich'"],
    ),
    (
        "weight_rank",
        &["node/nodes/fc/weight: has shape [6], wanted at least (out, in)"],
    ),
];

#[test]
fn recordings_of_write_data() {
    use seamount_network::graph::{Event, GraphData, NodeData, Observable};
    let data = GraphData::read(&made("recording.nird")).unwrap();
    let NodeData::Observables(seen) = &data.nodes["lif"] else {
        panic!("no observables")
    };
    let Observable::TimeGridded { data: voltage, dt } = &seen["v"] else {
        panic!("no grid")
    };
    assert_eq!((&voltage.shape[..], *dt), (&[2, 5, 3][..], 1e-3));
    let events = vec![vec![
        Event {
            idx: 0,
            time: 1e-3,
            value: 1.0,
        },
        Event {
            idx: 2,
            time: 2e-3,
            value: 1.0,
        },
    ]];
    assert_eq!(
        seen["spikes"],
        Observable::Events {
            samples: events,
            n_neurons: 3,
            t_max: 5e-3
        }
    );
    assert!(
        GraphData::read(&made("small.nir"))
            .unwrap_err()
            .to_string()
            .contains("no NIRGraphData")
    );
    assert!(Graph::read(&made("recording.nird")).is_err());
}
