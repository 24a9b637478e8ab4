//! Float graphs on the chip: what is written into the image, and what it does beside the reference.

use seamount_compile::quantise::{QuantiseError, QuantiseOptions, QuantiseProblem, Quantised, Reset, Scales, quantise};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{Image, OutputAxon, list};
use seamount_lab::compare::{CompareOptions, GraphComparison, Stimulus, compare_graph};
use seamount_lab::nir::event_streams::stream;
use seamount_network::graph::*;
use seamount_network::netlist::Resolved;
use std::collections::BTreeMap;

fn input(shape: &[usize]) -> Node {
    Node::Input(Input { shape: Some(shape.to_vec()) })
}

fn output() -> Node {
    Node::Output(Output::default())
}

fn chain(nodes: Vec<(&str, Node)>) -> Graph {
    let mut graph = Graph::default();
    let names: Vec<&str> = nodes.iter().map(|n| n.0).collect();
    nodes.into_iter().for_each(|(name, node)| drop(graph.nodes.insert(name.into(), node)));
    for pair in names.windows(2) {
        graph.connect(pair[0], pair[1]);
    }
    graph
}

/// Uniform numbers in -1..1 from a fixed sequence.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn matrix(&mut self, rows: usize, columns: usize, scale: impl Fn(usize) -> f64) -> Tensor {
        let data = (0..rows * columns).map(|i| self.next() * scale(i / columns)).collect();
        Tensor::new(vec![rows, columns], data).unwrap()
    }
}

fn lif(size: usize, tau: f64, v_leak: f64, v_threshold: f64, v_reset: f64) -> Node {
    let all = |x| Tensor::filled(vec![size], x);
    Node::Lif(Lif { tau: all(tau), r: all(1.0), v_leak: all(v_leak), v_threshold: all(v_threshold), v_reset: all(v_reset) })
}

fn cuba(size: usize) -> Node {
    let all = |x| Tensor::filled(vec![size], x);
    Node::CubaLif(CubaLif {
        tau_syn: all(2e-3),
        tau_mem: all(1e-2),
        r: all(100.0),
        v_leak: all(0.0),
        v_threshold: all(1.0),
        v_reset: all(0.0),
        w_in: all(1.0),
    })
}

/// As in a trained recurrent network: gains differ by a factor of 100 between neurons.
fn srnn(seed: u64) -> Graph {
    let mut draws = Draws(seed);
    let gain = |j: usize| 100f64.powf(j as f64 / 29.0 - 1.0);
    let scale = |j: usize| 8.0 * gain(j);
    let threshold = Tensor::vector((0..30).map(gain).collect());
    let Node::Lif(mut neurons) = lif(30, 2e-3, 0.0, 1.0, 0.0) else { unreachable!() };
    neurons.v_threshold = threshold;
    let bias = Tensor::vector((0..30).map(|j| 0.1 * gain(j)).collect());
    let mut graph = chain(vec![
        ("in", input(&[20])),
        ("w_in", Node::Affine(Affine { weight: draws.matrix(30, 20, scale), bias })),
        ("rec", Node::Lif(neurons)),
        ("out", output()),
    ]);
    graph.add("w.rec", Node::Linear(Linear { weight: draws.matrix(30, 30, scale) }));
    graph.connect("rec", "w.rec").connect("w.rec", "rec");
    graph
}

fn settings(dt_seconds: f64) -> QuantiseOptions {
    QuantiseOptions { dt_seconds, ..QuantiseOptions::default() }
}

fn beside(graph: &Graph, quantise: QuantiseOptions, stimulus: &Stimulus) -> GraphComparison {
    compare_graph(graph, &CompareOptions { quantise, ..CompareOptions::default() }, stimulus).unwrap()
}

/// (source, target) -> contribution of every synapse of the image, by name of source and target
/// population; read from the words of the synapse memory.
fn synapses(image: &Image) -> BTreeMap<(String, u32, String, u32), i64> {
    let mut seen = BTreeMap::new();
    let owner = |core: u32, compartment: u32| {
        for population in &image.populations {
            let parts = population.compartments.len() as u32;
            for slice in population.slices.iter().filter(|s| s.core == core) {
                let (first, end) = (slice.first_compartment, slice.first_compartment + slice.neurons * parts);
                if (first..end).contains(&compartment) {
                    return (population.name.clone(), slice.first_neuron + (compartment - first) / parts);
                }
            }
        }
        panic!("compartment {compartment} of core {core} has no owner");
    };
    let mut follow = |name: &str, source: u32, packet: &OutputAxon| {
        let core = &image.cores[packet.core as usize];
        let axon = core.input_axons[packet.axon as usize];
        let address = axon.address + u32::from(packet.atom) * axon.words;
        let visit = |id: u8, synapse: list::Synapse| {
            let format = core.synapse_formats[usize::from(id) - 1];
            let (target, neuron) = owner(packet.core, format.target(synapse.index, u32::from(axon.base) as u16));
            *seen.entry((name.to_string(), source, target, neuron)).or_insert(0) += i64::from(format.contribution(synapse.weight));
        };
        list::decode(&core.synapse_memory[address as usize..], &core.synapse_formats, 1 << 20, visit).unwrap();
    };
    for port in &image.inputs {
        for source in 0..port.size() {
            let range = port.offsets[source as usize] as usize..port.offsets[source as usize + 1] as usize;
            port.axons[range].iter().for_each(|packet| follow(&port.name, source, packet));
        }
    }
    for population in &image.populations {
        for neuron in 0..population.size() {
            for part in 0..population.compartments.len() {
                let (core, compartment) = population.locate(neuron, part);
                let core = &image.cores[core as usize];
                let offsets = &core.output_offsets[compartment as usize..];
                core.output_axons[offsets[0] as usize..offsets[1] as usize].iter().for_each(|p| follow(&population.name, neuron, p));
            }
        }
    }
    seen.retain(|_, contribution| *contribution != 0);
    seen
}

/// The same from the netlist.
fn wanted(quantised: &Quantised) -> BTreeMap<(String, u32, String, u32), i64> {
    let net = &quantised.netlist;
    let mut all = BTreeMap::new();
    for p in &net.projections {
        let size = net.size(net.resolve(&p.source).unwrap());
        let Resolved::Compartment(..) = net.resolve(&p.target).unwrap() else { panic!() };
        for source in 0..size {
            for (target, weight, _) in p.edges(net).of(source) {
                let contribution = (i64::from(weight) * 64) << p.weight_exponent.get(target as usize);
                *all.entry((p.source.name().into(), source, p.target.name().into(), target)).or_insert(0) += contribution;
            }
        }
    }
    all
}

#[test]
fn weights_read_back_from_the_image_are_the_quantised_ones() {
    for scales in [Scales::PerNeuron, Scales::PerPopulation] {
        let graph = srnn(3);
        let quantised = quantise(&graph, &QuantiseOptions { scales, ..settings(1e-4) }).unwrap();
        let image = compile(&quantised.netlist, &CompileOptions::default()).unwrap().image;
        let (found, wanted) = (synapses(&image), wanted(&quantised));
        assert_eq!(found, wanted);
        assert!(found.len() > 1000 || scales == Scales::PerPopulation, "{}", found.len());
        // and they are the float weights within half a step of the largest of their neuron
        let Node::Linear(w) = &graph.nodes["w.rec"] else { unreachable!() };
        let unit = &quantised.layers[0].units;
        for (target, &unit) in unit.iter().enumerate().filter(|_| scales == Scales::PerNeuron) {
            let row = &w.weight.data[target * 30..][..30];
            let largest = row.iter().fold(0.0f64, |m, x| m.max(x.abs()));
            for (source, &weight) in row.iter().enumerate() {
                let key = ("rec".to_string(), source as u32, "rec".to_string(), target as u32);
                let kept = found.get(&key).copied().unwrap_or(0) as f64 / (unit * 0.05);
                assert!((kept - weight).abs() <= largest / 160.0, "{target} {source}: {kept} {weight}");
            }
        }
    }
}

#[test]
fn scales_per_neuron_beat_one_scale_per_layer() {
    let stimulus = stream(20, 400, 0.1, 7, 0);
    let mut graph = srnn(5);
    // without recurrence a difference stays what it is
    graph.edges.retain(|(source, target)| source != "w.rec" && target != "w.rec");
    graph.nodes.remove("w.rec");
    let of = |scales| beside(&graph, QuantiseOptions { scales, ..settings(1e-4) }, &stimulus);
    let (neuron, population) = (of(Scales::PerNeuron), of(Scales::PerPopulation));
    let error = |c: &GraphComparison| c.quantise.layers[0].inflows.iter().map(|i| i.error_max).fold(0.0, f64::max);
    assert!(error(&neuron) < 0.005 && error(&population) > 0.1, "{} {}", error(&neuron), error(&population));
    let shared = |c: &GraphComparison| c.whole.layers[0].spikes_shared as f64 / c.whole.layers[0].spikes.0 as f64;
    assert!(neuron.whole.layers[0].spikes.0 > 200, "{}", neuron.whole);
    assert!(shared(&neuron) > shared(&population), "{} {}", neuron.whole, population.whole);
    let layer = &neuron.quantise.layers[0];
    assert!(layer.thresholds <= 8, "{layer}");
}

#[test]
fn subtraction_resets_as_the_equation_says() {
    let reset = |dt| QuantiseOptions { reset: Reset::Subtract, ..settings(dt) };
    // v + 45/64 with threshold 1: 70 spikes in 100 steps, and no rounding at all
    let unit = |x: f64| Tensor::vector(vec![x]);
    let integrate = Node::If(If { r: unit(1.0), v_threshold: unit(1.0), v_reset: unit(0.0) });
    let weight = Tensor::new(vec![1, 1], vec![0.703125]).unwrap();
    let graph = chain(vec![("in", input(&[1])), ("w", Node::Linear(Linear { weight })), ("n", integrate), ("out", output())]);
    let always = Stimulus { steps: 100, events: (0..100).map(|s| (s, 0)).collect() };
    let exact = QuantiseOptions { units: [("n".to_string(), 64.0)].into(), ..reset(1.0) };
    let seen = beside(&graph, exact, &always);
    assert_eq!(seen.whole.layers[0].spikes, (70, 70), "{seen}");
    assert!(seen.whole.first_spike.is_none() && seen.whole.first_voltage.is_none(), "{seen}");
    // with leak, and with a synaptic current
    for (node, gain) in [(lif(1, 1e-2, 0.0, 1.0, 0.0), 20.0), (cuba(1), 0.2)] {
        let weight = Tensor::new(vec![1, 1], vec![gain]).unwrap();
        let graph = chain(vec![("in", input(&[1])), ("w", Node::Linear(Linear { weight })), ("n", node), ("out", output())]);
        let seen = beside(&graph, reset(1e-3), &stream(1, 500, 0.4, 3, 0));
        let layer = &seen.whole.layers[0];
        assert!(layer.spikes.0 > 50, "{seen}");
        assert!(layer.spikes_shared as f64 > 0.97 * layer.spikes.0 as f64, "{seen}");
        assert!(layer.voltage_error_before.unwrap() < 0.01, "{seen}");
        assert_eq!(seen.quantise.layers[0].compartments, if layer.name == "n" && gain > 1.0 { 2 } else { 3 });
    }
}

#[test]
fn leak_reset_bias_and_delay_keep_their_meaning() {
    let mut draws = Draws(11);
    let delay = Tensor::vector((0..6).map(|i| f64::from(i) * 1e-3).collect());
    let nodes = |neurons: Node, weight: f64, bias: f64, draws: &mut Draws| {
        chain(vec![
            ("in", input(&[6])),
            ("wait", Node::Delay(Delay { delay: delay.clone() })),
            ("w", Node::Affine(Affine { weight: draws.matrix(8, 6, |_| weight), bias: Tensor::filled(vec![8], bias) })),
            ("gain", Node::Scale(Scale { scale: Tensor::filled(vec![8], 1.5) })),
            ("n", neurons),
            ("out", output()),
        ])
    };
    let (first, second) = (lif(8, 8e-3, 0.4, 1.2, 0.25), lif(8, 8e-3, -0.5, 0.3, -0.2));
    for (node, weight, bias) in [(first, 6.0, 0.2), (second, 6.0, 0.1), (cuba(8), 0.1, 0.004)] {
        let seen = beside(&nodes(node, weight, bias, &mut draws), settings(1e-3), &stream(6, 300, 0.2, 3, 0));
        let layer = &seen.whole.layers[0];
        assert!(layer.spikes.0 > 20, "{seen}");
        assert!(layer.voltage_error_before.unwrap() < 0.1, "{seen}");
        assert!(layer.spikes_shared as f64 > 0.95 * layer.spikes.0 as f64, "{seen}");
    }
}

fn small_cnn() -> Graph {
    let mut draws = Draws(23);
    let data = (0..4 * 2 * 9).map(|_| draws.next() * 0.8 + 0.2).collect();
    let conv = Conv2d {
        input_shape: Some([12, 12]),
        weight: Tensor::new(vec![4, 2, 3, 3], data).unwrap(),
        stride: [1, 1],
        padding: Padding::Zeros([1, 1]),
        dilation: [1, 1],
        groups: 1,
        bias: Tensor::filled(vec![4], 0.0),
    };
    let integrate = |shape: &[usize]| {
        let all = |x| Tensor::filled(shape.to_vec(), x);
        Node::If(If { r: all(1.0), v_threshold: all(1.0), v_reset: all(0.0) })
    };
    let pool = AvgPool2d { kernel_size: [2, 2], stride: [2, 2], padding: [0, 0] };
    let weight = draws.matrix(5, 144, |_| 0.5);
    let readout = Li { tau: Tensor::scalar(20.0), r: Tensor::scalar(1.0), v_leak: Tensor::scalar(0.0) };
    chain(vec![
        ("in", input(&[2, 12, 12])),
        ("0", Node::Conv2d(conv)),
        ("1", integrate(&[4, 12, 12])),
        ("2", Node::AvgPool2d(pool)),
        ("3", Node::Flatten(Flatten { input_type: None, start_dim: 0, end_dim: -1 })),
        ("4", Node::Linear(Linear { weight })),
        ("5", Node::Li(readout)),
        ("out", output()),
    ])
}

#[test]
fn convolutions_share_lists_and_pooling_is_folded() {
    let graph = small_cnn();
    let quantised = quantise(&graph, &settings(1.0)).unwrap();
    let compiled = compile(&quantised.netlist, &CompileOptions::default()).unwrap();
    assert_eq!(synapses(&compiled.image), wanted(&quantised));
    let sharing: u32 = compiled.report.cores.iter().map(|c| c.axons_sharing_lists).sum();
    assert!(sharing > 150, "{sharing} of 288 + 576 axons share lists");
    let seen = beside(&graph, settings(1.0), &stream(288, 60, 0.05, 2, 0));
    let (conv, readout) = (&seen.whole.layers[0], &seen.whole.layers[1]);
    assert!(conv.spikes.0 > 1000 && conv.spikes_shared as f64 > 0.95 * conv.spikes.0 as f64, "{seen}");
    assert!(readout.voltage_correlation.unwrap().1 > 0.99, "{seen}");
    assert!(seen.whole.outputs[0].agrees(), "{seen}");
}

#[test]
fn calibration_uses_the_range_that_is_there() {
    let (graph, stimulus) = (small_cnn(), stream(288, 60, 0.05, 2, 0));
    let of = |calibrate| compare_graph(&graph, &CompareOptions { quantise: settings(1.0), calibrate, tolerance: 0.01 }, &stimulus).unwrap();
    let (worst, calibrated) = (of(false), of(true));
    assert!(calibrated.quantise.calibrated && calibrated.quantise.layers[1].units.0 > worst.quantise.layers[1].units.0);
    let rms = |c: &GraphComparison| c.registers.as_ref().unwrap().layers[1].voltage_error.unwrap().1;
    assert!(rms(&calibrated) <= rms(&worst), "{} {}", rms(&calibrated), rms(&worst));
    assert!(calibrated.to_string().contains("calibrated with margin 2"));
}

#[test]
fn many_decays_take_several_cores() {
    let mut graph = srnn(3);
    let Some(Node::Lif(neurons)) = graph.nodes.get_mut("rec") else { unreachable!() };
    neurons.tau = Tensor::vector((0..30).map(|j| 1e-3 + f64::from(j) * 1e-4).collect());
    let quantised = quantise(&graph, &settings(1e-4)).unwrap();
    let layer = &quantised.report.layers[0];
    assert_eq!(layer.decays, 30);
    assert!(layer.parameters.iter().any(|p| p.register == "voltage_decay" && p.error_max < 0.01));
    assert!(compile(&quantised.netlist, &CompileOptions::default()).is_ok());
}

#[test]
fn everything_that_cannot_be_mapped_is_named_at_once() {
    let weight = || Tensor::new(vec![2, 2], vec![1.0; 4]).unwrap();
    let matrix = || Node::Linear(Linear { weight: weight() });
    let readout = Li { tau: Tensor::scalar(0.01), r: Tensor::scalar(1.0), v_leak: Tensor::scalar(0.0) };
    let mut graph = chain(vec![
        ("in", input(&[2])),
        ("wait", Node::Delay(Delay { delay: Tensor::vector(vec![0.0, 0.1]) })),
        ("li", Node::Li(readout)),
        ("w", matrix()),
        ("n", lif(2, 0.01, 0.0, 0.1, 0.5)),
        ("w2", matrix()),
        ("out", output()),
    ]);
    let QuantiseError(found) = quantise(&graph, &settings(1e-3)).unwrap_err();
    let names: Vec<(&str, &str)> = found.iter().map(|f| (f.node.as_str(), f.field.as_str())).collect();
    assert!(names.contains(&("li", "delay in steps (NC-026)")), "{found:#?}");
    assert!(names.contains(&("n", "v_threshold")), "{found:#?}");
    assert!(names.contains(&("n", "")), "v of a readout is no spike: {found:#?}");
    assert!(names.contains(&("out", "")), "a linear map of spikes is no output: {found:#?}");
    graph.add("n", lif(2, 1e-4, 0.0, 1.0, 0.0)).add("w", Node::Linear(Linear { weight: Tensor::filled(vec![2, 3], 1.0) }));
    let QuantiseError(found) = quantise(&graph, &settings(1e-3)).unwrap_err();
    assert!(matches!(&found[0].problem, QuantiseProblem::Shape { .. }), "{found:#?}");
    let options = QuantiseOptions { weight_bits: 7, dt_seconds: -1.0, ..QuantiseOptions::default() };
    assert_eq!(quantise(&graph, &options).unwrap_err().0.len(), 2);
}
