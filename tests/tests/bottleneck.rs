//! The information-bottleneck Hebbian rule in floats and on the chip.

use seamount_systems::ib::float::kernel::hsic;
use seamount_systems::ib::float::{Bottleneck, XiForm, kernel_matrix};
use seamount_systems::ib::{IbOptions, IbTask, run_small};
use std::path::Path;

type Rows = Vec<Vec<f64>>;

fn rows(value: &serde_json::Value) -> Rows {
    serde_json::from_value(value.clone()).expect("rows of numbers")
}

#[test]
fn the_released_modulator_is_the_golden_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/ib-hebbian-xi.json");
    let golden: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the file")).expect("JSON");
    let [x, y, z, kx, ky, kz] = ["x", "y", "z", "kx", "ky", "kz"].map(|name| rows(&golden[name]));
    let sigma: [f64; 3] = serde_json::from_value(golden["sigma"].clone()).expect("three");
    let gamma = golden["gamma"].as_f64().expect("gamma");
    for ((samples, sigma), kernel) in [&x, &y, &z].into_iter().zip(sigma).zip([&kx, &ky, &kz]) {
        let ours = kernel_matrix(samples, sigma);
        for (p, row) in kernel.iter().enumerate() {
            row.iter()
                .enumerate()
                .for_each(|(q, k)| assert!((ours.at(p, q) - k).abs() < 1e-12));
        }
    }
    let rule = |form| Bottleneck { gamma, sigma, form };
    let xi = |form| rule(form).modulator(&rule(form).window(&x, &y), &z);
    let theirs: Vec<f64> = serde_json::from_value(golden["xi"].clone()).expect("numbers");
    for (ours, theirs) in xi(XiForm::Released).iter().zip(&theirs) {
        assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
    }
    for other in [XiForm::Row, XiForm::Gradient] {
        assert!(
            xi(other)
                .iter()
                .zip(&theirs)
                .any(|(a, b)| (a - b).abs() > 1e-3),
            "{other:?} is another formula"
        );
    }
    let kx = kernel_matrix(&x, sigma[0]);
    let ky = kernel_matrix(&y, sigma[1]);
    let kz = kernel_matrix(&z, sigma[2]);
    assert!((hsic(&kx, &kz) - golden["hsic_x"].as_f64().expect("a number")).abs() < 1e-12);
    assert!((hsic(&ky, &kz) - golden["hsic_y"].as_f64().expect("a number")).abs() < 1e-12);
}

#[test]
fn small_tasks_are_learned_by_the_median_of_five_seeds() {
    for task in [IbTask::Linear, IbTask::Xor] {
        let options = |threads| IbOptions {
            task,
            no_chip: true,
            threads: Some(threads),
            ..IbOptions::default()
        };
        let two = run_small(&options(2), seamount_study::Progress::UNSEEN)
            .unwrap_or_else(|e| panic!("{e}"));
        assert!(
            two.accuracy_float >= 0.9,
            "{task:?}: {}",
            two.accuracy_float
        );
        if task == IbTask::Linear {
            let one = run_small(&options(1), seamount_study::Progress::UNSEEN)
                .unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(one.seeds, two.seeds, "for any number of threads");
        }
    }
}

/// On the chip too; the command does this with five seeds and 25 epochs.
#[test]
fn the_chip_learns_a_line_whatever_the_threads() {
    let options = |threads| IbOptions {
        seeds: 3,
        epochs: 4,
        threads: Some(threads),
        ..IbOptions::default()
    };
    let [one, two] = [1, 2].map(|threads| {
        run_small(&options(threads), seamount_study::Progress::UNSEEN)
            .unwrap_or_else(|e| panic!("{e}"))
    });
    assert_eq!(one.seeds, two.seeds);
    let ruled = one.accuracy.expect("learned");
    let drawn = one.accuracy_chip_frozen.expect("learned");
    assert!(ruled >= 0.9, "{ruled}, as drawn {drawn}");
    assert!(one.per_training_sample.expect("counted").spikes() > 1.0);
}
