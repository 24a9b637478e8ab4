//! The golden e-prop vectors (fixtures/golden/README.md): NEST 3.10 and a dense float64 run.

use std::path::PathBuf;

use seamount_reference::case::{CaseResult, RunOptions, run_case};
use seamount_reference::eprop::Method;
use serde_json::Value;

fn golden(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn golden_json(name: &str) -> Value {
    serde_json::from_str(&golden(name)).expect("golden files are JSON")
}

fn flat(value: &Value, into: &mut Vec<f64>) {
    match value {
        Value::Array(items) => items.iter().for_each(|v| flat(v, into)),
        other => into.push(other.as_f64().expect("a number")),
    }
}

/// The largest absolute difference of two nests of numbers of one shape.
fn distance(a: &Value, b: &Value) -> f64 {
    let mut left = Vec::new();
    let mut right = Vec::new();
    flat(a, &mut left);
    flat(b, &mut right);
    assert_eq!(left.len(), right.len());
    left.iter()
        .zip(&right)
        .fold(0.0, |worst, (a, b)| (a - b).abs().max(worst))
}

fn relative(losses: &[f64], golden: &[f64]) -> f64 {
    assert_eq!(losses.len(), golden.len());
    losses
        .iter()
        .zip(golden)
        .fold(0.0, |worst, (a, b)| ((a - b) / b).abs().max(worst))
}

fn run(case: &Value, options: RunOptions) -> CaseResult {
    run_case(case, &options).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn tiny_network_every_state_gradient_and_weight() {
    let case = golden_json("eprop-tiny-lif-alif.json");
    for method in [Method::Traces, Method::Adjoint] {
        let result = run(
            &case,
            RunOptions {
                record: true,
                method,
                ..RunOptions::default()
            },
        );
        let mut worst = distance(&case["loss_dense"], &serde_json::json!(result.losses));
        let records =
            serde_json::to_value(result.sequences.expect("recorded")).expect("serialises");
        let records = records.as_array().unwrap();
        let wanted = case["sequences"].as_array().unwrap();
        assert_eq!(records.len(), wanted.len());
        for (record, wanted) in records.iter().zip(wanted) {
            for (key, value) in wanted.as_object().unwrap() {
                let off = distance(value, &record[key]);
                assert!(off < 1e-12, "{key} is {off:e} away");
                worst = worst.max(off);
            }
        }
        let weights = serde_json::to_value(&result.final_weights).expect("serialises");
        for (key, value) in case["final_weights_nest"].as_object().unwrap() {
            worst = worst.max(distance(value, &weights[key]));
        }
        println!("tiny, {method:?}: largest deviation {worst:e}");
        assert!(worst < 1e-12);
    }
}

/// NEST's losses 1 to 5 of the pattern task, `docs/equations.md` A.4.
const SINE_LOSSES: [f64; 5] = [
    101.964356999,
    103.466731126,
    103.340607075,
    103.680244038,
    104.412775749,
];

#[test]
fn sine_first_five_losses_and_spike_counts() {
    let case = golden_json("eprop-sine-lif.json");
    for method in [Method::Traces, Method::Adjoint] {
        let result = run(
            &case,
            RunOptions {
                method,
                ..RunOptions::default()
            },
        );
        let mut full = Vec::new();
        flat(&case["loss_nest_5"], &mut full);
        let off = relative(&result.losses, &full);
        println!(
            "sine 5 losses, {method:?}: largest relative deviation {off:e} of {:?}",
            result.losses
        );
        assert!(off < 1e-10 && relative(&result.losses, &SINE_LOSSES) < 1e-10);
        assert_eq!(
            serde_json::json!(result.spike_counts),
            case["spike_count_per_sequence_dense"]
        );
    }
}

#[test]
fn sine_first_sequence_traces() {
    let case = golden_json("eprop-sine-lif.json");
    let options = RunOptions {
        record: true,
        sequences: Some(1),
        ..RunOptions::default()
    };
    let record = run(&case, options).sequences.expect("recorded").remove(0);
    let spikes = |j| {
        (0..1000)
            .filter(|&t| record.z.at(t, j) == 1.0)
            .collect::<Vec<_>>()
    };
    let all: Vec<_> = (0..100).map(spikes).collect();
    assert_eq!(serde_json::json!(all), case["first_sequence_spikes_dense"]);
    let csv = golden("eprop-sine-lif-trace-seq0.csv");
    let mut worst = 0.0_f64;
    for line in csv.lines().skip(1) {
        let columns: Vec<f64> = line
            .split(',')
            .map(|c| c.parse().expect("a number"))
            .collect();
        let t = columns[0] as usize;
        let mut ours = Vec::new();
        for matrix in [&record.v, &record.psi, &record.learning_signal] {
            ours.extend([0, 1, 30].map(|j| matrix.at(t, j)));
        }
        ours.extend([
            record.y.at(t, 0),
            record.y.at(t, 0) - record.error.at(t, 0),
            record.error.at(t, 0),
        ]);
        for (a, b) in ours.iter().zip(&columns[1..]) {
            worst = worst.max((a - b).abs());
        }
    }
    println!("sine traces: largest deviation {worst:e}");
    assert!(worst < 1e-12, "{worst:e}");
}

#[test]
fn sine_loss_after_200_sequences() {
    let case = golden_json("eprop-sine-lif.json");
    let options = RunOptions {
        sequences: Some(200),
        method: Method::Adjoint,
        ..RunOptions::default()
    };
    let losses = run(&case, options).losses;
    println!("sine: loss 100 {}, loss 200 {}", losses[99], losses[199]);
    assert!((losses[99] / 92.02 - 1.0).abs() < 0.05);
    assert!((losses[199] / 61.42 - 1.0).abs() < 0.05);
}
