//! Float graphs on the chip: what is written into the image, and what it does beside the reference.

use seamount_compile::{CompileOptions, compile};
use seamount_network::graph::*;
use seamount_quantise::{QuantiseError, QuantiseOptions, QuantiseProblem, Reset, Scales, quantise};
use seamount_study::compare::{CompareOptions, GraphComparison, Stimulus, compare_graph};
use seamount_systems::nir::event_streams::stream;
use seamount_tests::graphs::{Draws, chain, cuba, input, lif, output, small_cnn, srnn};
use seamount_tests::readback::{SynapsePlace, synapses, wanted};

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

#[test]
fn weights_read_back_from_the_image_are_the_quantised_ones() {
    for scales in [Scales::PerNeuron, Scales::PerPopulation] {
        let graph = srnn(3);
        let quantised = quantise(&graph, &settings(1e-4).scales(scales)).unwrap();
        let image = compile(&quantised.netlist, &CompileOptions::default())
            .unwrap()
            .image;
        let (found, wanted) = (synapses(&image), wanted(&quantised.netlist));
        assert_eq!(found, wanted);
        assert!(
            found.len() > 1000 || scales == Scales::PerPopulation,
            "{}",
            found.len()
        );
        // and they are the float weights within half a step of the largest of their neuron
        let Node::Linear(w) = &graph.nodes["w.rec"] else {
            unreachable!()
        };
        let unit = &quantised.layers[0].units;
        for (target, &unit) in unit
            .iter()
            .enumerate()
            .filter(|_| scales == Scales::PerNeuron)
        {
            let row = &w.weight.data[target * 30..][..30];
            let largest = row.iter().fold(0.0f64, |m, x| m.max(x.abs()));
            for (source, &weight) in row.iter().enumerate() {
                let key = SynapsePlace {
                    from: "rec/0".into(),
                    from_neuron: source as u32,
                    to: "rec/0".into(),
                    to_neuron: target as u32,
                    delay: 0,
                    boxed: false,
                };
                let kept = found.get(&key).copied().unwrap_or(0) as f64 / (unit * 0.05);
                assert!(
                    (kept - weight).abs() <= largest / 160.0,
                    "{target} {source}: {kept} {weight}"
                );
            }
        }
    }
}

#[test]
fn scales_per_neuron_beat_one_scale_per_layer() {
    let stimulus = stream(20, 400, 0.1, 7, 0);
    let mut graph = srnn(5);
    // without recurrence a difference stays what it is
    graph
        .edges
        .retain(|(source, target)| source != "w.rec" && target != "w.rec");
    graph.nodes.remove("w.rec");
    let of = |scales| beside(&graph, settings(1e-4).scales(scales), &stimulus);
    let (neuron, population) = (of(Scales::PerNeuron), of(Scales::PerPopulation));
    let error = |c: &GraphComparison| {
        c.quantise.layers[0]
            .inflows
            .iter()
            .map(|i| i.error_max)
            .fold(0.0, f64::max)
    };
    assert!(
        error(&neuron) < 0.005 && error(&population) > 0.1,
        "{} {}",
        error(&neuron),
        error(&population)
    );
    let shared = |c: &GraphComparison| {
        c.whole.layers[0].spikes_shared as f64 / c.whole.layers[0].spikes.0 as f64
    };
    assert!(neuron.whole.layers[0].spikes.0 > 200, "{}", neuron.whole);
    assert!(
        shared(&neuron) > shared(&population),
        "{} {}",
        neuron.whole,
        population.whole
    );
    let layer = &neuron.quantise.layers[0];
    assert!(layer.thresholds <= 8, "{layer}");
}

#[test]
fn subtraction_resets_as_the_equation_says() {
    let reset = |dt| settings(dt).reset(Reset::Subtract);
    // v + 45/64 with threshold 1: 70 spikes in 100 steps, and no rounding at all
    let unit = |x: f64| Tensor::vector(vec![x]);
    let integrate = Node::If(If {
        r: unit(1.0),
        v_threshold: unit(1.0),
        v_reset: unit(0.0),
    });
    let weight = Tensor::new(vec![1, 1], vec![0.703125]).unwrap();
    let graph = chain(vec![
        ("in", input(&[1])),
        ("w", Node::Linear(Linear { weight })),
        ("n", integrate),
        ("out", output()),
    ]);
    let always = Stimulus {
        steps: 100,
        events: (0..100).map(|s| (s, 0)).collect(),
    };
    let exact = reset(1.0).units([("n".to_string(), 64.0)].into());
    let seen = beside(&graph, exact, &always);
    assert_eq!(seen.whole.layers[0].spikes, (70, 70), "{seen}");
    assert!(
        seen.whole.first_spike.is_none() && seen.whole.first_voltage.is_none(),
        "{seen}"
    );
    // with leak, and with a synaptic current
    for (node, gain) in [(lif(1, 1e-2, 0.0, 1.0, 0.0), 20.0), (cuba(1), 0.2)] {
        let weight = Tensor::new(vec![1, 1], vec![gain]).unwrap();
        let graph = chain(vec![
            ("in", input(&[1])),
            ("w", Node::Linear(Linear { weight })),
            ("n", node),
            ("out", output()),
        ]);
        let seen = beside(&graph, reset(1e-3), &stream(1, 500, 0.4, 3, 0));
        let layer = &seen.whole.layers[0];
        assert!(layer.spikes.0 > 50, "{seen}");
        assert!(
            layer.spikes_shared as f64 > 0.97 * layer.spikes.0 as f64,
            "{seen}"
        );
        assert!(layer.voltage_error_before.unwrap() < 0.01, "{seen}");
        assert_eq!(
            seen.quantise.layers[0].compartments,
            if layer.name == "n" && gain > 1.0 {
                2
            } else {
                3
            }
        );
    }
}

/// On a board with programs it is `lif_subtract`, in one compartment and in the step of the spike.
#[test]
fn subtraction_is_a_program_where_there_are_programs() {
    let on_loihi2 = |graph: &Graph, quantise: QuantiseOptions, stimulus: &Stimulus| {
        let board = seamount_spec::Board::preset("loihi2");
        compare_graph(
            graph,
            &CompareOptions {
                quantise,
                board,
                ..CompareOptions::default()
            },
            stimulus,
        )
        .unwrap()
    };
    let reset = |dt| settings(dt).reset(Reset::Subtract);
    let graph = |weights: Vec<f64>, node: Node| {
        let weight = Tensor::new(vec![weights.len(), 1], weights).unwrap();
        chain(vec![
            ("in", input(&[1])),
            ("w", Node::Linear(Linear { weight })),
            ("n", node),
            ("out", output()),
        ])
    };
    // no rounding at all: spikes and v of every step equal those of the float model
    let of = |x: f64| Tensor::vector(vec![x, x]);
    let integrate = Node::If(If {
        r: of(1.0),
        v_threshold: of(1.0),
        v_reset: of(0.0),
    });
    let always = Stimulus {
        steps: 200,
        events: (0..200).map(|s| (s, 0)).collect(),
    };
    let exact = reset(1.0).units([("n".to_string(), 64.0)].into());
    let seen = on_loihi2(&graph(vec![0.703125, 0.28125], integrate), exact, &always);
    assert_eq!(seen.whole.layers[0].spikes, (196, 196), "{seen}");
    assert!(
        seen.whole.first_spike.is_none() && seen.whole.first_voltage.is_none(),
        "{seen}"
    );
    assert_eq!(seen.quantise.layers[0].compartments, 1);
    // with leak, with a synaptic current, and with neurons that have thresholds and decays of their
    // own
    let mixed = Node::Lif(Lif {
        tau: Tensor::vector(vec![1e-2, 2e-2, 5e-3]),
        r: Tensor::vector(vec![1.0; 3]),
        v_leak: Tensor::vector(vec![0.0, 0.1, 0.0]),
        v_threshold: Tensor::vector(vec![1.0, 0.7, 1.3]),
        v_reset: Tensor::vector(vec![0.0; 3]),
    });
    for (node, weights) in [
        (lif(1, 1e-2, 0.0, 1.0, 0.0), vec![20.0]),
        (cuba(1), vec![0.2]),
        (mixed, vec![20.0, 31.0, 17.0]),
    ] {
        let stimulus = stream(1, 500, 0.4, 3, 0);
        let graph = graph(weights, node);
        let (program, compartments) = (
            on_loihi2(&graph, reset(1e-3), &stimulus),
            beside(&graph, reset(1e-3), &stimulus),
        );
        let layer = &program.whole.layers[0];
        assert!(layer.spikes.0 > 50, "{program}");
        assert!(
            layer.spikes_shared as f64 > 0.98 * layer.spikes.0 as f64,
            "{program}"
        );
        assert!(layer.voltage_error_before.unwrap() < 0.01, "{program}");
        assert!(
            layer.spikes_shared >= compartments.whole.layers[0].spikes_shared,
            "{program} {compartments}"
        );
        assert_eq!(program.quantise.layers[0].compartments, 1);
        assert!(
            program.quantise.layers[0]
                .risks
                .iter()
                .all(|r| !r.contains("NC-019")),
            "{program}"
        );
    }
}

/// What is quantised for a board with programs says which board it needs.
#[test]
fn a_program_of_an_import_needs_a_board_with_programs() {
    let graph = chain(vec![
        ("in", input(&[1])),
        ("n", lif(1, 1e-2, 0.0, 1.0, 0.0)),
        ("out", output()),
    ]);
    let options = settings(1e-3).reset(Reset::Subtract).with_programs();
    let quantised = quantise(&graph, &options).unwrap();
    let error = compile(&quantised.netlist, &CompileOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("loihi1 is not programmable: compile for loihi2"),
        "{error}"
    );
}

#[test]
fn leak_reset_bias_and_delay_keep_their_meaning() {
    let mut draws = Draws(11);
    let delay = Tensor::vector((0..6).map(|i| f64::from(i) * 1e-3).collect());
    let nodes = |neurons: Node, weight: f64, bias: f64, draws: &mut Draws| {
        chain(vec![
            ("in", input(&[6])),
            (
                "wait",
                Node::Delay(Delay {
                    delay: delay.clone(),
                }),
            ),
            (
                "w",
                Node::Affine(Affine {
                    weight: draws.matrix(8, 6, |_| weight),
                    bias: Tensor::filled(vec![8], bias),
                }),
            ),
            (
                "gain",
                Node::Scale(Scale {
                    scale: Tensor::filled(vec![8], 1.5),
                }),
            ),
            ("n", neurons),
            ("out", output()),
        ])
    };
    let (first, second) = (lif(8, 8e-3, 0.4, 1.2, 0.25), lif(8, 8e-3, -0.5, 0.3, -0.2));
    for (node, weight, bias) in [(first, 6.0, 0.2), (second, 6.0, 0.1), (cuba(8), 0.1, 0.004)] {
        let seen = beside(
            &nodes(node, weight, bias, &mut draws),
            settings(1e-3),
            &stream(6, 300, 0.2, 3, 0),
        );
        let layer = &seen.whole.layers[0];
        assert!(layer.spikes.0 > 20, "{seen}");
        assert!(layer.voltage_error_before.unwrap() < 0.1, "{seen}");
        assert!(
            layer.spikes_shared as f64 > 0.95 * layer.spikes.0 as f64,
            "{seen}"
        );
    }
}

#[test]
fn convolutions_share_lists_and_pooling_is_folded() {
    let graph = small_cnn();
    let quantised = quantise(&graph, &settings(1.0)).unwrap();
    let compiled = compile(&quantised.netlist, &CompileOptions::default()).unwrap();
    assert_eq!(synapses(&compiled.image), wanted(&quantised.netlist));
    let sharing: u32 = compiled
        .report
        .cores
        .iter()
        .map(|c| c.axons_sharing_lists)
        .sum();
    assert!(sharing > 150, "{sharing} of 288 + 576 axons share lists");
    let seen = beside(&graph, settings(1.0), &stream(288, 60, 0.05, 2, 0));
    let (conv, readout) = (&seen.whole.layers[0], &seen.whole.layers[1]);
    assert!(
        conv.spikes.0 > 1000 && conv.spikes_shared as f64 > 0.95 * conv.spikes.0 as f64,
        "{seen}"
    );
    assert!(readout.voltage_correlation.unwrap().1 > 0.99, "{seen}");
    assert!(seen.whole.outputs[0].agrees(), "{seen}");
}

#[test]
fn calibration_uses_the_range_that_is_there() {
    let (graph, stimulus) = (small_cnn(), stream(288, 60, 0.05, 2, 0));
    let of = |calibrate| {
        compare_graph(
            &graph,
            &CompareOptions {
                quantise: settings(1.0),
                calibrate,
                tolerance: 0.01,
                board: None,
            },
            &stimulus,
        )
        .unwrap()
    };
    let (worst, calibrated) = (of(false), of(true));
    assert!(
        calibrated.quantise.calibrated
            && calibrated.quantise.layers[1].units.0 > worst.quantise.layers[1].units.0
    );
    let rms = |c: &GraphComparison| {
        c.registers.as_ref().unwrap().layers[1]
            .voltage_error
            .unwrap()
            .1
    };
    assert!(
        rms(&calibrated) <= rms(&worst),
        "{} {}",
        rms(&calibrated),
        rms(&worst)
    );
    assert!(calibrated.to_string().contains("calibrated with margin 2"));
}

#[test]
fn many_decays_take_several_cores() {
    let mut graph = srnn(3);
    let Some(Node::Lif(neurons)) = graph.nodes.get_mut("rec") else {
        unreachable!()
    };
    neurons.tau = Tensor::vector((0..30).map(|j| 1e-3 + f64::from(j) * 1e-4).collect());
    let quantised = quantise(&graph, &settings(1e-4)).unwrap();
    let layer = &quantised.report.layers[0];
    assert_eq!(layer.decays, 30);
    assert!(
        layer
            .parameters
            .iter()
            .any(|p| p.register == "voltage_decay" && p.error_max < 0.01)
    );
    assert!(compile(&quantised.netlist, &CompileOptions::default()).is_ok());
}

#[test]
fn everything_that_cannot_be_mapped_is_named_at_once() {
    let weight = || Tensor::new(vec![2, 2], vec![1.0; 4]).unwrap();
    let matrix = || Node::Linear(Linear { weight: weight() });
    let readout = Li {
        tau: Tensor::scalar(0.01),
        r: Tensor::scalar(1.0),
        v_leak: Tensor::scalar(0.0),
    };
    let mut graph = chain(vec![
        ("in", input(&[2])),
        (
            "wait",
            Node::Delay(Delay {
                delay: Tensor::vector(vec![0.0, 0.1]),
            }),
        ),
        ("li", Node::Li(readout)),
        ("w", matrix()),
        ("n", lif(2, 0.01, 0.0, 0.1, 0.5)),
        ("w2", matrix()),
        ("out", output()),
    ]);
    let QuantiseError(found) = quantise(&graph, &settings(1e-3)).unwrap_err();
    let names: Vec<(&str, &str)> = found
        .iter()
        .map(|f| (f.node.as_str(), f.field.as_str()))
        .collect();
    assert!(
        names.contains(&("li", "delay in steps (NC-026)")),
        "{found:#?}"
    );
    assert!(names.contains(&("n", "v_threshold")), "{found:#?}");
    assert!(
        names.contains(&("n", "")),
        "v of a readout is no spike: {found:#?}"
    );
    assert!(
        names.contains(&("out", "")),
        "a linear map of spikes is no output: {found:#?}"
    );
    graph.add("n", lif(2, 1e-4, 0.0, 1.0, 0.0)).add(
        "w",
        Node::Linear(Linear {
            weight: Tensor::filled(vec![2, 3], 1.0),
        }),
    );
    let QuantiseError(found) = quantise(&graph, &settings(1e-3)).unwrap_err();
    assert!(
        matches!(&found[0].problem, QuantiseProblem::Shape { .. }),
        "{found:#?}"
    );
    let options = QuantiseOptions::default().weight_bits(7).dt_seconds(-1.0);
    assert_eq!(quantise(&graph, &options).unwrap_err().0.len(), 2);
}

/// Neurons whose v falls far below rest: they take no harm where it stops there, so that what
/// calibration has seen of it is no reason for a coarser scale than the worst case gives.
#[test]
fn calibration_never_makes_a_scale_coarser() {
    for seed in 1..=12 {
        let graph = srnn(seed);
        let stimulus = stream(20, 300, 0.15, seed, 0);
        let of = |calibrate| {
            let options = CompareOptions {
                quantise: settings(1e-4),
                calibrate,
                ..CompareOptions::default()
            };
            compare_graph(&graph, &options, &stimulus).unwrap()
        };
        let [worst, calibrated] = [of(false), of(true)];
        let layers = worst
            .quantise
            .layers
            .iter()
            .zip(&calibrated.quantise.layers);
        for (before, after) in layers {
            assert!(
                after.units.0 >= before.units.0,
                "seed {seed}: {before} {after}"
            );
            assert!(
                after.units.1 >= before.units.1,
                "seed {seed}: {before} {after}"
            );
        }
    }
}
