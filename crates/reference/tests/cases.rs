//! Case files: every layout, and every kind of mistake.

use std::path::PathBuf;

use proptest::prelude::*;
use seamount_reference::case::{CaseError, RunOptions, read_case, run_case, run_case_text};
use serde_json::{Value, json};

fn tiny() -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden/eprop-tiny-lif-alif.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("fixture")).expect("JSON")
}

fn losses(case: &Value) -> Vec<f64> {
    run_case(case, &RunOptions::default())
        .unwrap_or_else(|e| panic!("{e}"))
        .losses
}

#[test]
fn one_sequence_given_many_ways_is_one_case() {
    let case = tiny();
    let base = losses(&case);
    let mut other = case.clone();
    let inputs = other["input_spike_steps_per_neuron"].take();
    other
        .as_object_mut()
        .unwrap()
        .remove("input_spike_steps_per_neuron");
    other["input_spike_steps"] = json!(vec![inputs; 4]);
    other["target"] = json!(vec![case["target"].clone(); 4]);
    other.as_object_mut().unwrap().remove("n_sequences");
    assert_eq!(losses(&other), base);
    other["target"] = case["target"].clone();
    assert_eq!(losses(&other), base);
}

#[test]
fn batches_average_losses_and_update_once() {
    let mut case = tiny();
    case["params"]["batch"] = json!(2);
    let result = losses(&case);
    let single = losses(&tiny());
    assert_eq!(result.len(), 2);
    assert_eq!(result[0], single[0]);
    assert!(
        (result[1] - single[1]).abs() < 1e-12,
        "two equal sequences make the update of one"
    );
}

#[test]
fn feedback_kinds_part_as_their_matrices_do() {
    let run = |kind: &str| {
        let mut case = tiny();
        case["params"]["feedback"] = json!(kind);
        let options = RunOptions {
            record: true,
            ..RunOptions::default()
        };
        run_case(&case, &options)
            .unwrap_or_else(|e| panic!("{e}"))
            .sequences
            .expect("recorded")
    };
    let [random, symmetric, adaptive] = ["random", "symmetric", "adaptive"].map(run);
    assert_eq!(
        random[0].g_in, adaptive[0].g_in,
        "adaptive feedback starts from the same draw"
    );
    assert_ne!(random[1].learning_signal, adaptive[1].learning_signal);
    assert_ne!(random[0].g_in, symmetric[0].g_in);
    assert_eq!(
        random[0].g_out, symmetric[0].g_out,
        "the readout's gradient does not use feedback"
    );
    let signal = |t: usize, j: usize| {
        (0..2)
            .map(|k| symmetric_weight(k, j) * symmetric[0].error.at(t, k))
            .sum::<f64>()
    };
    assert!((0..4).all(|j| (symmetric[0].learning_signal.at(30, j) - signal(30, j)).abs() < 1e-15));
}

/// W_out of the tiny network before any update.
fn symmetric_weight(k: usize, j: usize) -> f64 {
    tiny()["weights"]["w_out"][k][j].as_f64().expect("a number")
}

#[test]
fn clips_and_cross_entropy_signals() {
    let mut case = tiny();
    case["params"]["optimizer"] = json!({ "type": "gd", "eta": 10.0, "w_min": -0.25, "Wmax": 0.5 });
    let result = run_case(&case, &RunOptions::default()).unwrap_or_else(|e| panic!("{e}"));
    for layer in result.final_weights.layers() {
        assert!(layer.values().iter().all(|w| (-0.25..=0.5).contains(w)));
    }
    case["params"]["loss"] = json!("ce");
    case.as_object_mut().unwrap().remove("target");
    case["target_class"] = json!(1);
    assert_eq!(losses(&case).len(), 4);
}

#[test]
fn unknown_parameters_are_named() {
    let mut case = tiny();
    case["params"]["kapa"] = json!(3);
    case["params"]["optimizer"]["momentum"] = json!(0.9);
    let ignored = run_case(&case, &RunOptions::default())
        .unwrap_or_else(|e| panic!("{e}"))
        .ignored;
    assert_eq!(ignored, ["params.optimizer.momentum", "params.kapa"]);
}

#[test]
fn all_findings_are_listed_at_once() {
    let mut case = tiny();
    case["params"]["tau_m"] = json!(-3.0);
    case["params"]["loss"] = json!("hinge");
    case["params"]["optimizer"] = json!({ "type": "lion" });
    case["weights"]["w_rec"][2] = json!([1.0]);
    case["n_in"] = json!(7);
    let Err(CaseError::Findings(found)) = read_case(&case) else {
        panic!("is broken")
    };
    let text: Vec<String> = found.iter().map(ToString::to_string).collect();
    let wanted = [
        "weights.w_rec[2]: has 1 elements, wanted 4",
        "params.tau_m: -3 must be above 0",
        "params.loss: 'hinge' is none of mse, ce",
        "params.optimizer.eta: is missing",
        "params.optimizer.type: 'lion' is none of gd, adam",
    ];
    for start in wanted {
        assert!(
            text.iter().any(|line| line.starts_with(start)),
            "{start} in {text:#?}"
        );
    }
}

#[test]
fn stimulus_mistakes_are_found() {
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut case = tiny();
        change(&mut case);
        run_case(&case, &RunOptions::default())
            .expect_err("is broken")
            .to_string()
    };
    let late = broken(&|c| c["input_spike_steps_per_neuron"][1][0] = json!(60));
    assert!(
        late.contains("input_spike_steps_per_neuron[1][0]: 60 is not a step below T = 60"),
        "{late}"
    );
    let twice = broken(&|c| c["input_spike_steps_per_neuron"][1] = json!([4, 4]));
    assert!(twice.contains("[1]: step 4 is listed twice"), "{twice}");
    let short = broken(&|c| c["target"] = json!([0.0, 1.0]));
    assert!(
        short.contains("target: has 2 elements, wanted 60"),
        "{short}"
    );
    let both = broken(&|c| c["target_class"] = json!(0));
    assert!(both.contains("both target and target_class"), "{both}");
    let huge = broken(&|c| c["params"]["T"] = json!(1_000_000_000_000_u64));
    assert!(huge.contains("params.T"), "{huge}");
    assert!(matches!(
        run_case_text("{", &RunOptions::default()),
        Err(CaseError::Syntax(_))
    ));
    assert!(run_case_text("[]", &RunOptions::default()).is_err());
    assert!(run_case_text("{}", &RunOptions::default()).is_err());
}

/// All places in a JSON value, as pointers.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_string());
    match value {
        Value::Object(entries) => {
            entries
                .iter()
                .filter(|(key, _)| *key != "sequences")
                .for_each(|(k, v)| places(v, &format!("{at}/{k}"), into));
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .take(3)
            .for_each(|(i, v)| places(v, &format!("{at}/{i}"), into)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever is put anywhere into a case: an answer or findings, never a panic.
    #[test]
    fn a_broken_case_never_panics(at in any::<prop::sample::Index>(), what in 0..14_usize) {
        let junk = [
            json!(null), json!(true), json!(-1), json!(0), json!(1), json!(3), json!(0.5),
            json!(1e308), json!(-1e308),
            json!("x"), json!([]), json!([[]]), json!([[[]]]), json!({}),
        ];
        let mut case = tiny();
        let mut all = Vec::new();
        places(&case, "", &mut all);
        let place = at.get(&all);
        *case.pointer_mut(place).expect("a place in the case") = junk[what].clone();
        for record in [false, true] {
            let options = RunOptions { record, sequences: Some(2), ..RunOptions::default() };
            if let Err(e) = run_case(&case, &options) {
                prop_assert!(!e.findings().is_empty(), "{place} = {}", junk[what]);
            }
        }
    }
}
