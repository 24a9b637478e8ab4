//! Layers built by hand: what files at hand do not have, and every refusal.

use super::layers::network;
use super::{Average, Netx};
use crate::graph::Tensor;
use crate::netlist::{ThresholdMode, Values};
use crate::read::h5::{H5Group, Item, Value};

fn integers(shape: &[usize], data: &[i64]) -> Item {
    let data = data.iter().map(|&number| number as f64).collect();
    Item::Value(Value::Integers(
        Tensor::new(shape.into(), data).expect("as many numbers as the shape says"),
    ))
}

fn number(value: i64) -> Item {
    integers(&[], &[value])
}

fn text(value: &str) -> Item {
    Item::Value(Value::Texts {
        shape: vec![1],
        data: vec![value.into()],
    })
}

fn group(items: Vec<(&str, Item)>) -> H5Group {
    let items = items
        .into_iter()
        .map(|(name, item)| (name.to_string(), item))
        .collect();
    H5Group {
        items,
        ..H5Group::default()
    }
}

fn neuron(more: Vec<(&str, Item)>) -> Item {
    let mut items = vec![
        ("type", text("CUBA")),
        ("iDecay", number(4096)),
        ("vDecay", number(100)),
        ("vThMant", number(10)),
    ];
    items.extend(more);
    Item::Group(group(items))
}

fn layer(kind: &str, shape: &[i64], more: Vec<(&str, Item)>) -> H5Group {
    let mut items = vec![
        ("type", text(kind)),
        ("shape", integers(&[shape.len()], shape)),
    ];
    items.extend(more);
    group(items)
}

fn dense(out: usize, weights: &[i64], more: Vec<(&str, Item)>) -> H5Group {
    let mut items = vec![
        ("weight", integers(&[out, weights.len() / out], weights)),
        ("neuron", neuron(vec![])),
    ];
    items.extend(more);
    layer("dense", &[out as i64], items)
}

fn file(layers: Vec<H5Group>) -> H5Group {
    let layers = layers
        .into_iter()
        .enumerate()
        .map(|(i, layer)| (i.to_string(), Item::Group(layer)))
        .collect();
    group(vec![(
        "layer",
        Item::Group(H5Group {
            items: layers,
            ..H5Group::default()
        }),
    )])
}

fn read(layers: Vec<H5Group>) -> Netx {
    network("test", &file(layers)).unwrap_or_else(|found| panic!("{found}"))
}

fn refused(layers: Vec<H5Group>, wanted: &[&str]) {
    let found = network("test", &file(layers))
        .expect_err("a mistake")
        .to_string();
    assert!(wanted.iter().all(|text| found.contains(text)), "{found}");
}

/// Synapses of projection `p` as (source, target, weight, delay).
fn synapses(net: &Netx, p: usize) -> Vec<(u32, u32, i32, u8)> {
    let edges = net.netlist.projections[p].edges(&net.netlist);
    let sources = edges.offsets.as_slice().len() as u32 - 1;
    (0..sources)
        .flat_map(|s| {
            edges
                .of(s)
                .map(|(t, w, d)| (s, t, w, d))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn dense_weights_are_target_by_source() {
    let net = read(vec![dense(2, &[1, 2, 3, 4, 0, 6], vec![])]);
    assert_eq!(
        synapses(&net, 0),
        [
            (0, 0, 1, 0),
            (0, 1, 4, 0),
            (1, 0, 2, 0),
            (2, 0, 3, 0),
            (2, 1, 6, 0)
        ]
    );
    assert_eq!(net.netlist.inputs[0].size, 3);
}

#[test]
fn delays_by_shape() {
    let axonal = read(vec![
        dense(2, &[1, 2], vec![("delay", integers(&[2], &[5, 7]))]),
        dense(1, &[3, 4], vec![]),
    ]);
    assert_eq!(synapses(&axonal, 0), [(0, 0, 1, 0), (0, 1, 2, 0)]);
    assert_eq!(synapses(&axonal, 1), [(0, 0, 3, 5), (1, 0, 4, 7)]);
    let full = read(vec![dense(
        2,
        &[1, 2, 3, 4, 5, 6],
        vec![("delay", integers(&[2, 3], &[0, 1, 2, 3, 4, 5]))],
    )]);
    assert_eq!(
        synapses(&full, 0),
        [
            (0, 0, 1, 0),
            (0, 1, 4, 3),
            (1, 0, 2, 1),
            (1, 1, 5, 4),
            (2, 0, 3, 2),
            (2, 1, 6, 5)
        ]
    );
    let source = read(vec![dense(
        2,
        &[1, 2, 3, 4, 5, 6],
        vec![("delay", integers(&[3], &[0, 9, 1]))],
    )]);
    assert_eq!(synapses(&source, 0)[2], (1, 0, 2, 9));
    refused(
        vec![dense(2, &[1, 2], vec![("delay", number(3))])],
        &["layer/0/delay: delays the spikes of the last layer"],
    );
    refused(
        vec![dense(2, &[1, 2], vec![("delay", number(63))])],
        &["layer/0/delay: holds 63, outside 0..=62"],
    );
}

#[test]
fn recurrent_weights_of_both_dialects() {
    for (kind, field) in [("dense_rec", "weight_rec"), ("recurrent", "recWeight")] {
        let own = vec![
            ("weight", integers(&[2, 1], &[1, 2])),
            ("neuron", neuron(vec![])),
            (field, integers(&[2, 2], &[3, 4, 0, 6])),
        ];
        let net = read(vec![layer(kind, &[2, 1, 1], own)]);
        assert_eq!(net.netlist.projections[1].source.0, "rec-0");
        assert_eq!(
            synapses(&net, 1),
            [(0, 0, 3, 0), (1, 0, 4, 0), (1, 1, 6, 0)]
        );
    }
}

#[test]
fn convolution_equals_its_definition() {
    let input = [4, 5, 6];
    let output = [6, 3, 2];
    let kernel = [3, 2];
    let stride = [2, 3];
    let padding = [1, 0];
    let dilation = [1, 2];
    let groups = 2;
    let weights: Vec<i64> = (0..6 * 2 * 3 * 2)
        .map(|i| (i * 37 + 11) % 200 - 100)
        .collect();
    let pair = |pair: [usize; 2]| integers(&[2], &pair.map(|n| n as i64));
    let conv = layer(
        "conv",
        &output.map(|n| n as i64),
        vec![
            ("weight", integers(&[6, 2, 3, 2, 1], &weights)),
            ("stride", pair(stride)),
            ("padding", pair(padding)),
            ("dilation", pair(dilation)),
            ("kernelSize", pair(kernel)),
            ("groups", number(groups as i64)),
            ("inChannels", number(4)),
            ("outChannels", number(6)),
            ("neuron", neuron(vec![])),
        ],
    );
    let net = read(vec![layer("input", &input.map(|n| n as i64), vec![]), conv]);
    let mut wanted = vec![];
    for (o, oy, ox) in (0..6).flat_map(|o| (0..3).flat_map(move |y| (0..2).map(move |x| (o, y, x))))
    {
        for (i, ky, kx) in
            (0..2).flat_map(|i| (0..3).flat_map(move |y| (0..2).map(move |x| (i, y, x))))
        {
            let y = oy * stride[0] + ky * dilation[0];
            let x = ox * stride[1] + kx * dilation[1];
            let weight = weights[((o * 2 + i) * 3 + ky) * 2 + kx];
            if y >= padding[0] && y - padding[0] < 5 && x < 6 && weight != 0 {
                let source = ((o / 3 * 2 + i) * 5 + y - padding[0]) * 6 + x;
                wanted.push((
                    source as u32,
                    ((o * 3 + oy) * 2 + ox) as u32,
                    weight as i32,
                    0,
                ));
            }
        }
    }
    let mut found = synapses(&net, 0);
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[test]
fn registers() {
    let net = read(vec![dense(
        3,
        &[1, 2, 3],
        vec![("bias", integers(&[3], &[4095, -4096, 5000]))],
    )]);
    let soma = &net.netlist.populations[0].compartments[0];
    assert_eq!(soma.bias_mantissa, Values::from(vec![4095, -4096, 2500]));
    assert_eq!(soma.bias_exponent, Values::from(vec![6, 6, 7]));
    assert_eq!(
        (soma.current_decay.clone(), soma.voltage_decay.clone()),
        (Values::Shared(4095), Values::Shared(100))
    );
    assert!(
        net.netlist.populations[0].core.ds_offset && !net.netlist.populations[0].core.dm_offset
    );
    let all = vec![
        ("type", text("LOIHI")),
        ("iDecay", number(0)),
        ("vDecay", number(4096)),
        ("vThMant", number(1)),
        ("wgtExp", number(2)),
        ("refDelay", number(5)),
    ];
    let net = read(vec![dense(
        1,
        &[1],
        vec![("neuron", Item::Group(group(all)))],
    )]);
    let core = net.netlist.populations[0].core;
    assert!(!core.ds_offset && core.dm_offset);
    let soma = &net.netlist.populations[0].compartments[0];
    assert_eq!(
        (
            soma.current_decay.get(0),
            soma.voltage_decay.get(0),
            soma.refractory_steps.get(0)
        ),
        (0, 4095, 5)
    );
    assert_eq!(
        net.netlist.projections[0].weight_exponent,
        Values::Shared(2)
    );
}

#[test]
fn a_layer_without_neurons_sums_up() {
    let net = read(vec![layer(
        "dense",
        &[1],
        vec![("weight", integers(&[2], &[2, 4]))],
    )]);
    let population = &net.netlist.populations[0];
    assert!(!population.core.ds_offset && population.core.dm_offset);
    assert_eq!(
        population.compartments[0].threshold_mode,
        ThresholdMode::PassToParent
    );
}

#[test]
fn input_flatten_average() {
    let input = layer(
        "input",
        &[2, 2, 1],
        vec![
            ("neuron", neuron(vec![])),
            ("weight", number(40)),
            ("bias", number(36)),
        ],
    );
    let mut net = read(vec![
        input,
        layer("flatten", &[1, 1, 4], vec![]),
        dense(4, &[1; 16], vec![]),
        layer("average", &[2, 1, 1], vec![]),
    ]);
    let drive = net.layers[0].drive.expect("an input with neurons");
    assert_eq!(
        (
            drive.bias_mantissa(0.0),
            drive.bias_mantissa(1.0),
            drive.bias_mantissa(0.99)
        ),
        (-4, 76, 75)
    );
    assert_eq!(
        net.average,
        Some(Average {
            groups: 2,
            neurons_per_group: 2
        })
    );
    assert!(net.set_input_bias(vec![1, 2, 3, 4]) && !net.set_input_bias(vec![1]));
    assert_eq!(
        net.netlist.populations[0].compartments[0].bias_mantissa,
        Values::from(vec![1, 2, 3, 4])
    );
}

#[test]
fn what_cannot_be_honoured_is_refused() {
    let with = |field: &'static str, item: Item| {
        vec![dense(
            1,
            &[1],
            vec![("neuron", neuron(vec![(field, item)]))],
        )]
    };
    refused(
        with("gradedSpike", flag(1.0)),
        &["layer/0/neuron/gradedSpike: asks for graded spikes"],
    );
    assert!(network("test", &file(with("gradedSpike", flag(0.0)))).is_ok());
    refused(with("messageBits", number(16)), &["asks for graded spikes"]);
    refused(
        with("sigma_output", flag(1.0)),
        &["layer/0/neuron/sigma_output: is not known here"],
    );
    refused(with("type", text("RF")), &["resonators"]);
    refused(
        vec![dense(1, &[1], vec![("mask", number(1))])],
        &["layer/0/mask: is not known here"],
    );
    refused(
        vec![dense(1, &[300], vec![])],
        &["layer/0/weight: holds 300, outside -256..=255"],
    );
    refused(
        vec![dense(
            1,
            &[1],
            vec![("weight", Item::Group(H5Group::default()))],
        )],
        &["complex weights"],
    );
    refused(
        vec![dense(1, &[1], vec![("inFeatures", number(2))])],
        &["layer/0/inFeatures: has shape [2], wanted [1]"],
    );
    refused(
        vec![dense(1, &[1], vec![("bias", number(9001))])],
        &["layer/0/bias: holds 9001"],
    );
    refused(vec![layer("concat", &[1], vec![])], &["('concat')"]);
    refused(
        vec![layer("attention", &[1], vec![])],
        &["layer/0: is of unknown type 'attention'"],
    );
    let image = || layer("input", &[2, 2, 1], vec![]);
    refused(
        vec![image(), dense(1, &[1; 4], vec![])],
        &["without 'flatten'"],
    );
    refused(
        vec![image(), layer("flatten", &[5], vec![])],
        &["layer/1/shape"],
    );
    refused(
        vec![image(), image()],
        &["layer/1: is an input in the middle"],
    );
    let half = Item::Value(Value::Floats(Tensor::vector(vec![0.5])));
    refused(
        vec![dense(1, &[1], vec![("weight", half)])],
        &["layer/0/weight: holds 0.5, wanted integers"],
    );
    // Several at once.
    refused(
        vec![
            dense(1, &[300], vec![]),
            dense(1, &[1], vec![("mask", number(1))]),
        ],
        &["layer/0/weight", "layer/1/mask"],
    );
}

fn sdnn(more: Vec<(&str, Item)>) -> Item {
    let mut items = vec![
        ("type", text("SDNN")),
        ("activation", text("relu")),
        ("vThMant", number(5)),
    ];
    items.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    items.extend(more);
    Item::Group(group(items))
}

fn flag(bit: f64) -> Item {
    Item::Value(Value::Booleans(Tensor::scalar(bit)))
}

#[test]
fn sigma_delta_layers_become_programs() {
    let input = layer(
        "input",
        &[2, 1, 1],
        vec![
            ("neuron", sdnn(vec![("vThMant", number(0))])),
            ("weight", number(40)),
            ("bias", number(3)),
        ],
    );
    let hidden = dense(
        2,
        &[1, 2, 3, 4],
        vec![
            ("neuron", sdnn(vec![("messageBits", number(16))])),
            ("bias", integers(&[2], &[-2048, 2047])),
        ],
    );
    let last = dense(
        1,
        &[5, 6],
        vec![("neuron", sdnn(vec![("sigma_output", flag(1.0))]))],
    );
    let net = read(vec![input, hidden, last]);
    let program = |i: usize| {
        net.netlist.populations[i]
            .program
            .clone()
            .expect("a program")
    };
    let shared = |i: usize, name: &str| program(i).parameters.get(name).map(|v| v.get(0));
    assert_eq!(
        (
            program(0).name.as_str(),
            program(1).name.as_str(),
            program(2).name.as_str()
        ),
        ("sigma_delta", "sigma_delta", "sigma")
    );
    assert_eq!(
        ["threshold", "act_min", "in_shift", "out_shift"].map(|n| shared(0, n)),
        [Some(0), Some(-(1 << 23)), Some(12), Some(-6)]
    );
    assert_eq!(
        ["threshold", "act_min", "in_shift", "out_shift"].map(|n| shared(1, n)),
        [Some(5 << 12), None, None, Some(-6)]
    );
    assert_eq!(
        program(1).parameters["bias"],
        Values::from(vec![-(1 << 23), 2047 << 12])
    );
    assert_eq!(net.netlist.programs[0].name, "sigma");
    assert_eq!(synapses(&net, 0), [(0, 0, 1, 0), (1, 1, 1, 0)]);
    let host = net.delta_input.expect("a sigma-delta input");
    assert_eq!(
        (host.input.as_str(), host.drive.gain, host.drive.offset),
        ("picture", 40, 3)
    );
    assert_eq!(host.changes(&[0, 7], &[-3, 7]), Ok(vec![(0, -3)]));
    assert_eq!(host.changes(&[2047, 0], &[-2048, 0]), Ok(vec![(0, -4095)]));
    assert!(
        host.changes(&[0, 0], &[0, 2048])
            .is_err_and(|e| e.contains("pixel 1 is 2048"))
    );
    assert!(
        host.changes(&[0, 0], &[0])
            .is_err_and(|e| e.contains("1 pixels after 2"))
    );
}

#[test]
fn sigma_delta_fields_that_cannot_be_honoured_are_refused() {
    let with = |more: Vec<(&'static str, Item)>| vec![dense(1, &[1], vec![("neuron", sdnn(more))])];
    refused(
        with(vec![("activation", text("sigmoid"))]),
        &["layer/0/neuron/activation: is not 'relu'"],
    );
    refused(
        with(vec![("vThMant", number(2048))]),
        &["layer/0/neuron/vThMant: holds 2048, outside 0..=2047"],
    );
    refused(
        with(vec![("vThMant", integers(&[2], &[1, 2]))]),
        &["layer/0/neuron/vThMant: has shape [2]"],
    );
    refused(with(vec![("gradedSpike", flag(0.0))]), &["without payload"]);
    refused(
        with(vec![("messageBits", number(32))]),
        &["layer/0/neuron/messageBits: holds 32, outside 1..=24"],
    );
    refused(
        with(vec![("wgtExp", number(1))]),
        &["layer/0/neuron/wgtExp: is not known here"],
    );
    refused(
        vec![dense(
            1,
            &[1],
            vec![("neuron", sdnn(vec![])), ("bias", number(2048))],
        )],
        &["layer/0/bias: holds 2048"],
    );
    let sum = || ("neuron", sdnn(vec![("sigma_output", flag(1.0))]));
    refused(
        vec![dense(1, &[1], vec![sum(), ("bias", number(1))])],
        &["layer/0/bias: is the bias of a layer that only sums up"],
    );
    refused(
        vec![
            dense(1, &[1], vec![("neuron", sdnn(vec![]))]),
            dense(1, &[1], vec![]),
        ],
        &["layer: mixes sigma-delta neurons"],
    );
    let input = layer(
        "input",
        &[2, 1, 1],
        vec![(
            "neuron",
            sdnn(vec![("vThMant", number(-1)), ("iDecay", number(1))]),
        )],
    );
    refused(
        vec![input],
        &[
            "layer/0/neuron/vThMant: holds -1",
            "layer/0/neuron/iDecay: is not known here",
        ],
    );
}

/// Weights of a projection from its sources (rows) to its targets; 0 where there is no synapse.
fn table(net: &Netx, projection: usize, sources: usize, targets: usize) -> Vec<Vec<i32>> {
    let edges = net.netlist.projections[projection].edges(&net.netlist);
    let row = |source: usize| {
        let mut row = vec![0; targets];
        for (target, weight, _) in edges.of(source as u32) {
            assert_eq!(row[target as usize], 0, "no synapse is there twice");
            row[target as usize] = weight;
        }
        row
    };
    (0..sources).map(row).collect()
}

/// Fields of a layer of windows.
fn windowed(weight: (&[usize], &[i64]), stride: i64, padding: i64) -> Vec<(&'static str, Item)> {
    let pair = |n: i64| integers(&[2], &[n, n]);
    vec![
        ("weight", integers(weight.0, weight.1)),
        ("stride", pair(stride)),
        ("padding", pair(padding)),
        ("dilation", pair(1)),
        ("neuron", neuron(vec![])),
    ]
}

#[test]
fn transposed_convolutions_spread_each_source() {
    let weights: Vec<i64> = (1..=36).collect();
    let image = layer("input", &[2, 2, 2], vec![]);
    let fields = windowed((&[2, 2, 3, 3], &weights), 2, 1);
    let net = network(
        "test",
        &file(vec![image, layer("convT", &[2, 3, 3], fields)]),
    )
    .unwrap();
    let found = table(&net, 0, 8, 18);
    let mut wanted = vec![vec![0; 18]; 8];
    for (channel, out, ky, kx) in (0..36).map(|i| (i / 18, i / 9 % 2, i / 3 % 3, i % 3)) {
        for (y, x) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let [oy, ox] = [2 * y + ky, 2 * x + kx].map(|at: usize| at.wrapping_sub(1));
            if oy < 3 && ox < 3 {
                let weight = weights[((channel * 2 + out) * 3 + ky) * 3 + kx];
                wanted[(channel * 2 + y) * 2 + x][(out * 3 + oy) * 3 + ox] = weight as i32;
            }
        }
    }
    assert_eq!(found, wanted);
    assert_eq!(net.layers[1].name, "convt-0");
}

#[test]
fn pools_and_their_reverse_act_on_each_channel() {
    let image = layer("input", &[2, 2, 2], vec![]);
    let kernel: (&[usize], &[i64]) = (&[1, 1, 2, 2], &[64; 4]);
    let pool = layer("pool", &[2, 1, 1], windowed(kernel, 2, 0));
    let unpool = layer("unpool", &[2, 2, 2], windowed(kernel, 2, 0));
    let net = network("test", &file(vec![image, pool, unpool])).unwrap();
    let one = |channel: usize| [0, 1].map(|c| if c == channel { 64 } else { 0 }).to_vec();
    let down: Vec<Vec<i32>> = (0..8).map(|source| one(source / 4)).collect();
    assert_eq!(table(&net, 0, 8, 2), down);
    let up = table(&net, 1, 2, 8);
    assert_eq!(up[0], [64, 64, 64, 64, 0, 0, 0, 0]);
    assert_eq!(up[1], [0, 0, 0, 0, 64, 64, 64, 64]);
    // a shape that these windows do not give
    let image = layer("input", &[2, 2, 2], vec![]);
    let wrong = layer("unpool", &[2, 7, 7], windowed(kernel, 2, 0));
    refused(vec![image, wrong], &["does not follow from [2, 2, 2]"]);
}

#[test]
fn resonators_and_adaptive_neurons_run_programs() {
    let resonator = group(vec![
        ("type", text("RF_PHASE")),
        ("sinDecay", number(2501)),
        ("cosDecay", number(2981)),
        ("vThMant", number(25)),
    ]);
    let complex = group(vec![
        ("real", integers(&[2, 3], &[1, 2, 3, 4, 5, 6])),
        ("imag", integers(&[2, 3], &[-1, 0, 3, 4, 0, 6])),
    ]);
    let fields = vec![
        ("weight", Item::Group(complex.clone())),
        ("neuron", Item::Group(resonator.clone())),
    ];
    let rf = || layer("dense", &[2], fields.clone());
    let net = network("test", &file(vec![rf()])).unwrap();
    let program = net.netlist.populations[0].program.as_ref().unwrap();
    assert_eq!(
        (program.name.as_str(), program.ports),
        ("resonate_and_fire", 2)
    );
    assert_eq!(program.parameters["threshold"], Values::Shared(25 * 64 - 1));
    assert_eq!(net.netlist.projections[1].target.0, "fc-0.feedback");
    assert_eq!(table(&net, 1, 3, 2), [[-1, 4], [0, 0], [3, 6]]);
    refused(
        vec![rf(), dense(1, &[1, 2], vec![])],
        &["layer/0: has resonators in front of another layer"],
    );

    let adaptive = group(vec![
        ("type", text("ALIF")),
        ("iDecay", number(1024)),
        ("vDecay", number(410)),
        ("thDecay", number(205)),
        ("refDecay", number(400)),
        ("vThMant", number(64)),
        ("vThStep", number(19)),
    ]);
    let fields = vec![("bias", number(3)), ("neuron", Item::Group(adaptive))];
    let net = network("test", &file(vec![dense(1, &[7], fields)])).unwrap();
    let program = net.netlist.populations[0].program.as_ref().unwrap();
    assert_eq!(program.name, "alif");
    let is = |name: &str, value: i32| assert_eq!(program.parameters[name], Values::Shared(value));
    is("keep_u", 3072);
    is("keep_r", 3696);
    is("theta0", 64 * 64);
    is("theta_step", 19 * 64);
    is("bias", 3 * 64);
}
