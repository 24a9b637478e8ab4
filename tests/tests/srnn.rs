//! Adaptive spiking recurrent networks in floats, against a forward pass made elsewhere, and on the
//! chip, against the integer definition. Needs the weights and data of others: `SEAMOUNT_DATA`
//! names the folder, from the root of the workspace; without it a test says that it is skipped,
//! unless `CI` is `true`.

use seamount_study::experiment::Experiment;
use seamount_study::trials::Trials;
use seamount_systems::srnn::float::Order;
use seamount_systems::srnn::{chip, ecg, integer, smnist, weights};
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .into()
}

fn data(test: &str) -> Option<PathBuf> {
    let data = std::env::var_os("SEAMOUNT_DATA").map(|data| root().join(data));
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(
        data.is_some() || !ci,
        "SEAMOUNT_DATA is not set, and CI must not skip this"
    );
    if data.is_none() {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: {test} needs SEAMOUNT_DATA (srnn-weights, ecg-qtdb, mnist)"
        );
    }
    data
}

fn golden() -> serde_json::Value {
    let path = root().join("fixtures/golden/srnn-ecg-forward.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the golden file")).expect("JSON")
}

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value
        .as_array()
        .expect("an array")
        .iter()
        .map(|v| v.as_f64().expect("a number"))
        .collect()
}

#[test]
fn ecg_in_floats_equals_the_forward_pass_made_elsewhere() {
    let Some(data) = data("ecg_in_floats_equals_the_forward_pass_made_elsewhere") else {
        return;
    };
    let golden = golden();
    let options = ecg::EcgOptions {
        data: Some(data.clone()),
        weight_bits: Some(8),
        threads: Some(2),
        ..Default::default()
    };
    let report = ecg::SrnnEcg::run(&options, seamount_study::Progress::UNSEEN)
        .unwrap_or_else(|e| panic!("{e}"));
    let accuracy = numbers(&golden["per_trace_accuracy"]);
    let spikes = numbers(&golden["per_trace_hidden_spikes"]);
    assert_eq!(report.traces, 70, "the traces at hand");
    for trace in 0..report.traces {
        assert!(
            (report.per_trace_accuracy[trace] - accuracy[trace]).abs() < 1e-12,
            "trace {trace}"
        );
        assert_eq!(
            report.per_trace_hidden_spikes[trace] as f64, spikes[trace],
            "trace {trace}"
        );
    }
    let eight = &report.chip[0];
    let both = report.chip.len();
    assert_eq!(
        (eight.weight_bits, eight.separate_exponents, both),
        (8, false, 2)
    );
    assert!(
        eight.points_to_float > -0.5,
        "8-bit weights: {:+.2} points",
        eight.points_to_float
    );
    assert_eq!(report.accuracy, eight.accuracy);
    for figure in &report.chip {
        assert_eq!(
            (figure.equal_to_integers, &figure.first_difference),
            (70, &None),
            "the chip and its definition"
        );
        assert!(
            figure.clipped == 0 && figure.range_used < 0.5,
            "a bit and more of headroom"
        );
    }
    // the chip counts what it delivers: about the accumulates of the papers' counting
    let delivered = report.chip_cost.per_inference.synaptic_operations();
    assert!(
        (delivered / report.accumulates_per_trace - 1.0).abs() < 0.05,
        "{delivered} {}",
        report.accumulates_per_trace
    );

    let one = ecg::SrnnEcg::run(
        &ecg::EcgOptions {
            threads: Some(1),
            ..options
        },
        seamount_study::Progress::UNSEEN,
    )
    .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        (one.accuracy_float, one.accuracy),
        (report.accuracy_float, report.accuracy)
    );
}

#[test]
fn ecg_on_the_chip_equals_its_definition_at_every_width() {
    let Some(data) = data("ecg_on_the_chip_equals_its_definition_at_every_width") else {
        return;
    };
    let network = weights::ecg(Some(&data)).unwrap_or_else(|e| panic!("{e}"));
    let traces = ecg::EcgTraces::read(&data.join("ecg-qtdb/QTDB_test_0_70.npz"))
        .unwrap_or_else(|e| panic!("{e}"));
    for (bits, separate) in [(8, true), (6, true), (4, false), (2, true)] {
        let integers = integer::RoundedNetwork::new(
            &network,
            1.0,
            &integer::WeightRounding::new(bits, separate, 1),
        );
        for order in [Order::Pipelined, Order::Late] {
            let names = ["hidden", "output"];
            let on_chip =
                chip::SrnnChip::new("ecg", integers.clone(), &names, order, chip::SrnnWatch::All)
                    .unwrap_or_else(|e| panic!("{e}"));
            let steps = 300;
            let stimulus = |trace: usize| {
                (0..steps)
                    .flat_map(|t| traces.events(trace, t))
                    .copied()
                    .collect::<Vec<i64>>()
            };
            let trials = Trials::new(3, 1, seamount_study::Progress::UNSEEN);
            let batch = on_chip.run(&trials, 3, steps, stimulus, |trace, seen| {
                let mut other = stimulus(trace);
                other[4 * 40] = 1 - other[4 * 40];
                (
                    on_chip.compare(seen, &stimulus(trace)),
                    on_chip.compare(seen, &other),
                )
            });
            for (same, other) in batch.results {
                assert_eq!(
                    (same.first, same.clipped),
                    (None, 0),
                    "{bits} bits, {order:?}"
                );
                // input 40 acts in step 41 of the chip: a comparison that could not fail would not
                // see it
                assert_eq!(
                    other.first.map(|d| (d.step, d.layer)),
                    Some((41, "hidden".into()))
                );
            }
        }
    }
}

#[test]
fn ecg_membranes_and_spikes_of_the_first_100_steps() {
    let Some(data) = data("ecg_membranes_and_spikes_of_the_first_100_steps") else {
        return;
    };
    let golden = golden();
    let network = weights::ecg(Some(&data)).unwrap_or_else(|e| panic!("{e}"));
    let traces = ecg::EcgTraces::read(&data.join("ecg-qtdb/QTDB_test_0_70.npz"))
        .unwrap_or_else(|e| panic!("{e}"));
    let mut state = network.rest();
    for step in 0..100 {
        let input: Vec<f64> = traces.events(0, step).iter().map(|e| *e as f64).collect();
        network.step(&input, Order::SameStep, &mut state);
        let spikes = numbers(&golden["trace0_hidden_spikes_first100"][step]);
        let active: Vec<u32> = (0..36).filter(|j| spikes[*j as usize] != 0.0).collect();
        assert_eq!(state.layers[0].active, active, "step {step}");
        let membranes = numbers(&golden["trace0_output_membrane_first100"][step]);
        for (k, (ours, theirs)) in state.layers[1].membrane.iter().zip(&membranes).enumerate() {
            assert!(
                (ours - theirs).abs() < 1e-12,
                "step {step}, output {k}: {ours} {theirs}"
            );
        }
    }
    let classes: Vec<f64> = ecg::float_trace(&network, &traces, 0)
        .classes
        .iter()
        .map(|c| f64::from(*c))
        .collect();
    assert_eq!(classes, numbers(&golden["trace0_prediction"]));
}

#[test]
fn a_pipeline_of_the_smnist_layers_gives_the_same_numbers_shifted() {
    let Some(data) = data("a_pipeline_of_the_smnist_layers_gives_the_same_numbers_shifted") else {
        return;
    };
    let options = |order, threads| smnist::SmnistOptions {
        data: Some(data.clone()),
        images: Some(60),
        order,
        float_only: true,
        threads: Some(threads),
        ..smnist::SmnistOptions::default()
    };
    let run = |order, threads| {
        smnist::SrnnSmnist::run(&options(order, threads), seamount_study::Progress::UNSEEN)
            .unwrap_or_else(|e| panic!("{e}"))
    };
    let same = run(smnist::LayerOrder::SameStep, 1);
    let pipelined = run(smnist::LayerOrder::Pipelined, 2);
    let late = run(smnist::LayerOrder::Late, 2);
    assert!(same.right >= 57, "{} of 60", same.right);
    assert_eq!(
        (&same.predictions, same.rates),
        (&pipelined.predictions, pipelined.rates)
    );
    assert_ne!(
        same.rates, late.rates,
        "without waiting it is another computation"
    );
    for (rate, listed) in same.rates.iter().zip([0.1219, 0.0742, 0.0419, 0.316]) {
        assert!(
            (rate / listed - 1.0).abs() < 0.05,
            "rate {rate}, listed over 10,000 images {listed}"
        );
    }
}

#[test]
fn the_integer_pipeline_is_the_integer_network_shifted() {
    let Some(data) = data("the_integer_pipeline_is_the_integer_network_shifted") else {
        return;
    };
    let network = weights::smnist(Some(&data)).unwrap_or_else(|e| panic!("{e}"));
    let integers = integer::RoundedNetwork::new(
        &network,
        smnist::PIXEL_MAX,
        &integer::WeightRounding::new(8, true, smnist::RANGE),
    );
    let pixels: Vec<u8> = (0..784u32).map(|p| (p * p % 251) as u8).collect();
    let (same, peak, clipped) = smnist::integer_image(&integers, &pixels, Order::SameStep);
    let (later, _, _) = smnist::integer_image(&integers, &pixels, Order::Pipelined);
    assert_eq!(same, later);
    assert!(
        same.spikes.iter().all(|s| *s > 0) && clipped == 0,
        "{:?}, peak {peak}",
        same.spikes
    );
}

#[test]
fn smnist_on_the_chip_equals_its_definition() {
    let Some(data) = data("smnist_on_the_chip_equals_its_definition") else {
        return;
    };
    for (order, images) in [
        (smnist::LayerOrder::SameStep, 3),
        (smnist::LayerOrder::Late, 1),
    ] {
        let options = smnist::SmnistOptions {
            data: Some(data.clone()),
            images: Some(images),
            order,
            float32: true,
            threads: Some(1),
            ..smnist::SmnistOptions::default()
        };
        let report = smnist::SrnnSmnist::run(&options, seamount_study::Progress::UNSEEN)
            .unwrap_or_else(|e| panic!("{e}"));
        let chip = report.chip.as_ref().expect("on the chip");
        assert_eq!(
            (chip.equal_to_integers, chip.checked, &chip.first_difference),
            (images, images, &None)
        );
        assert_eq!(
            (chip.predictions.clone(), chip.clipped),
            (report.predictions.clone(), 0)
        );
        assert!(chip.cost.cores > 1, "several cores");
        assert!(
            (chip.spikes_per_image / report.spikes_per_image - 1.0).abs() < 0.1,
            "{chip:?}"
        );
        assert_eq!(report.float32.as_ref().map(|s| s.right), Some(images));
    }
    let wide = smnist::SmnistOptions {
        data: Some(data),
        weight_bits: 9,
        ..smnist::SmnistOptions::default()
    };
    let message = smnist::SrnnSmnist::run(&wide, seamount_study::Progress::UNSEEN)
        .expect_err("too wide")
        .to_string();
    assert!(message.contains("--weight-bits 9"), "{message}");
}

#[test]
fn damaged_samples_are_refused_with_every_finding() {
    let folder = std::env::temp_dir().join(format!("seamount-srnn-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("samples.npz");
    let x = seamount_network::npy::to_bytes(&[1, 12, 4], [2i64; 48]);
    let y = seamount_network::npy::to_bytes(&[1, 11], [9i64; 11]);
    let mut bytes = vec![];
    let mut writer = seamount_session::npz::Writer::new(&mut bytes);
    writer
        .member("x", &x)
        .and_then(|()| writer.member("y", &y))
        .expect("members");
    writer.finish().expect("an archive");
    std::fs::write(&file, &bytes).expect("a file");
    let message = ecg::EcgTraces::read(&file).expect_err("wrong").to_string();
    for part in [
        "element 0 is 2, wanted -1, 0 or 1",
        "element 0 is 9",
        "x has (traces, steps) [1, 12], y has [1, 11]",
    ] {
        assert!(message.contains(part), "{message}");
    }
    for cut in 0..bytes.len() {
        std::fs::write(&file, &bytes[..cut]).expect("a file");
        assert!(ecg::EcgTraces::read(&file).is_err(), "cut at {cut}");
    }
    let _ = std::fs::remove_dir_all(&folder);
}
