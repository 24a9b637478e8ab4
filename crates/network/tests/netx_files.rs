//! Every `.net` file at hand.

use seamount_network::netlist::{Netx, Values};
use std::io::Write as _;
use std::path::{Path, PathBuf};

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

fn names(net: &Netx) -> Vec<(&str, [usize; 3])> {
    net.layers
        .iter()
        .map(|layer| (layer.name.as_str(), layer.shape))
        .collect()
}

fn synapses(net: &Netx) -> Vec<usize> {
    net.netlist
        .projections
        .iter()
        .map(|p| p.edges(&net.netlist).len())
        .collect()
}

#[test]
fn tiny() {
    let Some(path) = shared("tiny", "lava-netx/tiny/tiny.net") else {
        return;
    };
    let net = Netx::read(&path).unwrap();
    assert_eq!(
        names(&net),
        [
            ("input", [3, 16, 16]),
            ("conv-0", [24, 6, 6]),
            ("conv-1", [36, 1, 1])
        ]
    );
    let drive = net.layers[0].drive.unwrap();
    assert_eq!(
        (drive.gain, drive.offset, net.steps_per_sample),
        (36, 34, Some(64))
    );
    let soma = &net.netlist.populations[1].compartments[0];
    assert_eq!(
        (soma.current_decay.clone(), soma.voltage_decay.clone()),
        (Values::Shared(4095), Values::Shared(1024))
    );
    assert_eq!(
        (soma.threshold_mantissa.get(0), soma.bias_mantissa.get(36)),
        (25, -42)
    );
    println!("{:?}", synapses(&net));
}

#[test]
fn pilotnet() {
    let Some(path) = shared("pilotnet", "lava-netx/pilotnet_lif/network.net") else {
        return;
    };
    let net = Netx::read(&path).unwrap();
    let sizes: Vec<usize> = net
        .layers
        .iter()
        .map(|layer| layer.shape.iter().product())
        .collect();
    assert_eq!(
        sizes,
        [39600, 76032, 26460, 8064, 5632, 2560, 100, 50, 10, 1]
    );
    assert_eq!(net.layers[9].name, "fc-3");
    println!("{:?}", synapses(&net));
}

#[test]
fn mnist_and_oxford() {
    let name = "mnist_and_oxford";
    let files = [
        "lava-netx/mnist_mlp/trained_mnist_network.net",
        "lava-netx/oxford/network.net",
    ];
    let wanted = [vec![784, 128, 64, 10], vec![200, 256, 200]];
    for (file, wanted) in files.iter().zip(wanted) {
        let Some(path) = shared(name, file) else {
            return;
        };
        let net = Netx::read(&path).unwrap();
        let sizes: Vec<usize> = net
            .layers
            .iter()
            .map(|layer| layer.shape.iter().product())
            .collect();
        assert_eq!(sizes, wanted);
        assert_eq!(net.netlist.inputs[0].name, "input");
    }
}

#[test]
fn older_dialect_with_axonal_delays() {
    let Some(path) = shared(
        "older_dialect_with_axonal_delays",
        "slayer-net/ntidigits.net",
    ) else {
        return;
    };
    let net = Netx::read(&path).unwrap();
    let average = net.average.unwrap();
    assert_eq!((average.groups, average.neurons_per_group), (11, 22));
    // Delays of layer 2 (62, 62, 61, 39, ..) are those of the spikes that leave it.
    let edges = net.netlist.projections[1].edges(&net.netlist);
    for (source, delay) in [(0, 62), (2, 61), (3, 39), (7, 3)] {
        assert!(edges.of(source).all(|(_, _, d)| d == delay));
    }
    assert!(net.netlist.projections[0].edges(&net.netlist).delays == Values::Shared(0));
}

#[test]
fn older_dialect_with_recurrence() {
    let Some(path) = shared(
        "older_dialect_with_recurrence",
        "slayer-net/braille_rec_th1.net",
    ) else {
        return;
    };
    let net = Netx::read(&path).unwrap();
    assert_eq!(
        names(&net),
        [
            ("input", [1, 1, 48]),
            ("rec-0", [450, 1, 1]),
            ("fc-0", [28, 1, 1])
        ]
    );
    let projections: Vec<(&str, &str)> = net
        .netlist
        .projections
        .iter()
        .map(|p| (p.source.0.as_str(), p.target.0.as_str()))
        .collect();
    assert_eq!(
        projections,
        [("input", "rec-0"), ("rec-0", "rec-0"), ("rec-0", "fc-0")]
    );
    // recWeight row 0 is (36, 0, -2, ..): what neuron 0 receives from itself, from 1, from 2.
    let edges = net.netlist.projections[1].edges(&net.netlist);
    let weight = |source, target| {
        edges
            .of(source)
            .find(|(t, ..)| *t == target)
            .map_or(0, |(_, w, _)| w)
    };
    assert_eq!(
        (weight(0, 0), weight(1, 0), weight(2, 0), weight(0, 1)),
        (36, 0, -2, -4)
    );
}

#[test]
fn sigma_delta_layers_run_programs() {
    let Some(path) = shared(
        "sigma_delta_layers_run_programs",
        "lava-netx/pilotnet_sdnn/network.net",
    ) else {
        return;
    };
    let net = Netx::read(&path).unwrap();
    let shapes = [
        ("input", [3, 33, 100]),
        ("conv-0", [24, 16, 49]),
        ("conv-1", [36, 7, 24]),
        ("conv-2", [64, 4, 22]),
    ];
    let rest = [
        ("conv-3", [64, 2, 20]),
        ("fc-0", [100, 1, 1]),
        ("fc-1", [50, 1, 1]),
        ("fc-2", [10, 1, 1]),
        ("fc-3", [1, 1, 1]),
    ];
    assert_eq!(names(&net), [&shapes[..], &rest[..]].concat());
    let of = |name: &str| {
        net.netlist
            .populations
            .iter()
            .find(|p| p.name == name)
            .unwrap()
            .program
            .clone()
            .unwrap()
    };
    let threshold = |name: &str| of(name).parameters["threshold"].get(0) >> 12;
    let thresholds = ["input", "conv-0", "conv-1", "fc-0", "fc-1", "fc-2"].map(threshold);
    assert_eq!(thresholds, [0, 13, 0, 23, 1, 6]);
    assert_eq!(of("fc-3").name, "sigma");
    let host = net.delta_input.expect("a sigma-delta input");
    assert_eq!((host.drive.gain, host.drive.offset), (64, 0));
}

#[test]
fn foreign_files_are_refused() {
    let name = "foreign_files_are_refused";
    let Some(path) = shared(name, "nxtf-dnn-mnist/a_minist_model_99pct.h5") else {
        return;
    };
    assert!(
        Netx::read(&path)
            .unwrap_err()
            .to_string()
            .contains("is an HDF5 file, but not of netx")
    );
    let found = seamount_network::graph::Graph::read(&path)
        .unwrap_err()
        .to_string();
    assert!(found.contains("is an HDF5 file, but not of NIR"));
    let Some(path) = shared(name, "nir/01_lif/lif_norse.nir") else {
        return;
    };
    assert!(
        Netx::read(&path)
            .unwrap_err()
            .to_string()
            .contains("is an HDF5 file, but not of netx")
    );
}
