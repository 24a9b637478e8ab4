//! `seamount lab eprop-float` and `eprop-cue` as a user sees them.

mod bench;

use bench::Bench;
use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden")
        .join(name)
}

fn numbers(value: &Value) -> Vec<f64> {
    let items = value.as_array().expect("an array").iter();
    items.map(|v| v.as_f64().expect("a number")).collect()
}

/// Losses of a golden case, whether given as numbers or in rows of one.
fn losses(name: &str, key: &str) -> Vec<f64> {
    let case: Value = serde_json::from_slice(&std::fs::read(golden(name)).unwrap()).unwrap();
    let items = case[key].as_array().expect("losses").iter();
    items
        .map(|v| v.as_f64().or(v[0].as_f64()).expect("a number"))
        .collect()
}

fn assert_close(ours: &[f64], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len());
    let close = |(a, b): (&f64, &f64)| (a / b - 1.0).abs() < 1e-10;
    assert!(ours.iter().zip(theirs).all(close), "{ours:?} {theirs:?}");
}

#[test]
fn golden_cases_give_their_losses() {
    let bench = Bench::new("float");
    for (name, key, method) in [
        ("eprop-tiny-lif-alif.json", "loss_dense", "traces"),
        ("eprop-sine-lif.json", "loss_nest_5", "traces"),
        ("eprop-sine-lif.json", "loss_dense_5", "adjoint"),
    ] {
        let case = golden(name);
        let line = format!(
            "lab eprop-float --case {} --method {method}",
            case.display()
        );
        let json = bench.run(&format!("{line} --json")).expect(0).json();
        assert_close(&numbers(&json["losses"]), &losses(name, key));
        assert!(json["sequences"].is_null() && json["accuracies"].is_null());
        let text = bench.ok(&line);
        assert!(text.contains(&format!("{}", json["losses"][1])), "{text}");
    }
}

#[test]
fn recording_and_counts_of_sequences() {
    let bench = Bench::new("record");
    let case = golden("eprop-tiny-lif-alif.json");
    let line = format!(
        "lab eprop-float --case {} --sequences 2 --record",
        case.display()
    );
    let json = bench.run(&format!("{line} --json")).expect(0).json();
    let wanted: Value = serde_json::from_slice(&std::fs::read(&case).unwrap()).unwrap();
    assert_eq!(json["sequences"].as_array().unwrap().len(), 2);
    for (key, value) in wanted["sequences"][1].as_object().unwrap() {
        let ours = flat(&json["sequences"][1][key]);
        let theirs = flat(value);
        assert_eq!(ours.len(), theirs.len(), "{key}");
        let close = ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close, "{key}");
    }
    bench
        .run(&line)
        .expect(2)
        .says("--record: what is recorded goes into the JSON; add --json");
}

fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        other => vec![other.as_f64().expect("a number")],
    }
}

#[test]
fn broken_cases_list_what_is_wrong() {
    let bench = Bench::new("cases");
    let text = std::fs::read_to_string(golden("eprop-tiny-lif-alif.json")).unwrap();
    bench.file("c.json", &text[..text.len() / 2]);
    bench
        .run("lab eprop-float --case c.json")
        .expect(1)
        .says("c.json: not JSON: ");
    let mut case: Value = serde_json::from_str(&text).unwrap();
    case["params"]["tau_m"] = (-3.0).into();
    case["params"]["loss"] = "hinge".into();
    bench.file("c.json", case.to_string());
    let ran = bench.run("lab eprop-float --case c.json --json").expect(1);
    let ran = ran.says("c.json: params.loss: 'hinge' is none of mse, ce");
    assert_eq!(ran.json()["findings"].as_array().unwrap().len(), 2);
    for text in [
        "",
        "[]",
        "{}",
        "null",
        "\u{feff}{}",
        "{\"params\": 1, \"weights\": []}",
    ] {
        bench.file("c.json", text);
        bench
            .run("lab eprop-float --case c.json")
            .expect(1)
            .says("c.json: ");
    }
    bench.file("c.json", [0xff, 0xfe, 0]);
    bench
        .run("lab eprop-float --case c.json")
        .expect(1)
        .says("c.json: line 1, byte 0 of the file: not UTF-8 text");
    bench
        .run("lab eprop-float --case gone.json")
        .expect(4)
        .says("gone.json: cannot be read");
    bench.run("lab eprop-float --case .").expect(4);
    bench
        .run("lab eprop-float")
        .expect(2)
        .says("--case <FILE.json>");
    bench
        .run("lab eprop-float --case c.json --sequences 0")
        .expect(2);
}

/// What the chip's integers cannot hold is said by the field of the case.
#[test]
fn cases_that_do_not_fit_the_chip() {
    let bench = Bench::new("cases-chip");
    let text = std::fs::read_to_string(golden("eprop-sine-lif.json")).unwrap();
    let run = |change: &dyn Fn(&mut Value)| {
        let mut case: Value = serde_json::from_str(&text).unwrap();
        change(&mut case);
        bench.file("c.json", case.to_string());
        bench.run("lab eprop-pattern --case c.json --sequences 1 --no-float")
    };
    run(&|case| case["params"]["v_th"] = 1e-30.into())
        .expect(1)
        .says("c.json: params.v_th (with params.tau_m): is psi_gain = 2147483647 or more");
    run(&|case| case["params"]["tau_m"] = 1e12.into())
        .expect(1)
        .says("c.json: params.v_th (with params.tau_m): is threshold = ");
    let large = run(&|case| {
        case["target"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .for_each(|y| *y = 1e12.into())
    })
    .expect(1);
    assert_eq!(
        large
            .says("c.json: target: 1000 of 1000 values, the first 1e12 of step 0, lie beyond +-")
            .stderr()
            .lines()
            .count(),
        1
    );
    let short = run(&|case| drop(case["weights"]["w_in"].as_array_mut().unwrap().pop())).expect(1);
    assert_eq!(
        short.stderr(),
        "c.json: weights.w_in: has 99 elements, wanted 100\n"
    );
    let clipped = run(&|case| case["weights"]["w_in"][0][0] = 1e300.into())
        .expect(0)
        .stdout();
    assert!(
        clipped.contains("weights lie beyond -0.504..0.500, which is what the chip holds, and were limited; the largest is 1e300"),
        "{clipped}"
    );
    assert!(
        clipped.contains("in that sequence, learning included (an inference alone is less):"),
        "{clipped}"
    );
    assert!(!run(&|_| ()).expect(0).stdout().contains("per inference"));
}

/// Samples whose class is the side that spikes.
fn samples(count: usize, steps: usize) -> String {
    let mut out = format!("{count}\n");
    for s in 0..count {
        let side = s % 2;
        for t in (s % 3..steps).step_by(4) {
            out += &format!("{}, {t}\n", side * 20 + (t + s) % 10);
        }
        out += &format!("-2, {side}\n-1, {steps}\n");
    }
    out
}

#[test]
fn files_to_learn_and_to_test() {
    let bench = Bench::new("cue");
    bench.file("train.dat", samples(12, 60));
    bench.file("test.dat", samples(6, 60).replace('\n', "\r\n"));
    let line = "lab eprop-cue --engine float --train train.dat --test test.dat --epochs 3 --seeds 2 --every-epoch";
    let json = bench.run(&format!("{line} --json")).expect(0).json();
    let accuracies = numbers(&json["accuracies"]);
    assert_eq!(accuracies.len(), 2);
    assert!(
        (json["accuracy"].as_f64().unwrap() - (accuracies[0] + accuracies[1]) / 2.0).abs() < 1e-12
    );
    assert_eq!(
        (&json["samples"], &json["protocol"]),
        (&6.into(), &"train-test".into())
    );
    let epochs = json["seeds"][0]["folds"][0]["epochs"].as_array().unwrap();
    assert!(epochs.len() == 3 && epochs.iter().all(|e| e["test_accuracy"].is_f64()));
    let one = bench
        .run(&format!("{line} --json --threads 1"))
        .expect(0)
        .json();
    assert_eq!(one["seeds"], json["seeds"], "threads do not matter");
    let text = bench.ok(line);
    assert!(
        text.contains("train.dat is learnt, tested is test.dat: 6 samples of 60 steps"),
        "{text}"
    );
}

#[test]
fn a_folder_is_cross_validated() {
    let bench = Bench::new("folder");
    bench.file("dataset_cueAcc_train.dat", samples(11, 60));
    let json = bench
        .run("lab eprop-cue --data . --epochs 2 --seeds 2 --json")
        .expect(0)
        .json();
    assert_eq!(
        (&json["samples"], &json["protocol"]),
        (&11.into(), &"cross-validation".into())
    );
    for seed in json["seeds"].as_array().unwrap() {
        let folds = seed["folds"].as_array().unwrap();
        let tested = folds.iter().flat_map(|f| f["tested"].as_array().unwrap());
        let mut tested: Vec<u64> = tested.map(|s| s.as_u64().unwrap()).collect();
        tested.sort_unstable();
        assert_eq!(
            tested,
            (0..11).collect::<Vec<_>>(),
            "every sample is tested once"
        );
    }
}

#[test]
fn cue_mistakes() {
    let bench = Bench::new("cue-mistakes");
    bench.file("good.dat", samples(6, 60));
    bench.file("long.dat", samples(6, 61));
    bench.file("dataset_cueAcc_train.dat", samples(4, 60));
    bench.file("bad.dat", "2\n40, 1\nfive\n-2, 0\n-1, 60\n");
    for (line, code, says) in [
        ("--engine b", 2, "possible values: float, a, c"),
        ("--train good.dat", 2, "--test <FILE>"),
        ("--epochs 0", 2, "0 is not in 1..="),
        ("--learning-rate 0", 2, "wanted a number above 0"),
        (
            "--train good.dat --test gone.dat",
            4,
            "gone.dat: cannot be read",
        ),
        (
            "--train good.dat --test long.dat",
            1,
            "long.dat: samples of 61 steps; those to learn have 60",
        ),
        (
            "--train bad.dat --test good.dat",
            1,
            "bad.dat: line 2: address 40 is neither",
        ),
        (
            "--train bad.dat --test good.dat",
            1,
            "bad.dat: line 3: expected 'address, time'",
        ),
        ("--train good.dat --test net.json", 1, "net.json: line 1: "),
        (
            "--data .",
            1,
            "4 samples; cross-validation in 5 folds needs 5",
        ),
        (
            "--data gone",
            4,
            "the samples (dataset_cueAcc_train.dat) not found",
        ),
    ] {
        bench
            .run(&format!("lab eprop-cue {line}"))
            .expect(code)
            .says(says);
    }
}

/// With files of one's own the initial weights are still those of the data folder; only where no
/// folder was named and none is found they are drawn, and the report says so.
#[test]
fn initial_weights_of_the_engines_on_the_chip() {
    let bench = Bench::new("cue-weights");
    bench.file("t.dat", samples(4, 60));
    let line = "lab eprop-cue --engine a --train t.dat --test t.dat --epochs 1 --seeds 1";
    let text = bench
        .run_with(&[("SEAMOUNT_DATA", &bench.folder.join("gone"))], line)
        .expect(0)
        .stdout();
    assert!(text.contains("initial weights: drawn from the seed, NOT the published ones: init_rand_weights_inp_cueAcc.dat"), "{text}");
    let json = bench
        .run_with(
            &[("SEAMOUNT_DATA", &bench.folder.join("gone"))],
            &format!("{line} --json"),
        )
        .expect(0)
        .json();
    assert_eq!(json["chip"]["initial_weights"], "drawn");
    assert_eq!(
        json["chip"]["initial_weights_looked"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );
    let named = "init_rand_weights_inp_cueAcc.dat, init_rand_weights_rec_cueAcc.dat, init_rand_weights_out_cueAcc.dat";
    bench
        .run(&format!("{line} --data gone"))
        .expect(4)
        .says("the data folder not found; looked in gone");
    bench
        .run(&format!("{line} --data ."))
        .expect(4)
        .says(named)
        .says("looked in ./eprop-cue-accumulation, .");
    std::fs::create_dir(bench.folder.join("all")).unwrap();
    std::fs::create_dir(bench.folder.join("all/eprop-cue-accumulation")).unwrap();
    for (name, count) in [("inp", 4000), ("rec", 10_000), ("out", 200)] {
        let text = "7\n".repeat(count);
        bench.file(
            &format!("all/eprop-cue-accumulation/init_rand_weights_{name}_cueAcc.dat"),
            text,
        );
    }
    let of = |json: serde_json::Value| {
        (
            json["chip"]["initial_weights"].clone(),
            json["seeds"].clone(),
        )
    };
    let explicit = of(bench
        .run(&format!("{line} --data all --json"))
        .expect(0)
        .json());
    let (folder, seeds) = of(bench
        .run_with(
            &[("SEAMOUNT_DATA", &bench.folder.join("all"))],
            &format!("{line} --json"),
        )
        .expect(0)
        .json());
    assert!(
        explicit.0 == "all/eprop-cue-accumulation"
            && folder
                .as_str()
                .unwrap()
                .ends_with("all/eprop-cue-accumulation")
    );
    assert!(explicit.1 == seeds && seeds != json["seeds"]);
    // every file and line that is wrong
    bench.file(
        "all/eprop-cue-accumulation/init_rand_weights_out_cueAcc.dat",
        "7\n300\n".repeat(100),
    );
    bench.file(
        "all/eprop-cue-accumulation/init_rand_weights_inp_cueAcc.dat",
        "x\n".repeat(4000),
    );
    let ran = bench.run(&format!("{line} --data all --json")).expect(1);
    let ran = ran.says("\nall/eprop-cue-accumulation/init_rand_weights_out_cueAcc.dat: line 200: weight 300 is outside -128..=127");
    assert_eq!(ran.json()["findings"].as_array().map(Vec::len), Some(4100));
}

/// The data directory, or `None` (after saying so) where there is none and CI does not ask for it.
fn data(test: &str) -> Option<PathBuf> {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("SEAMOUNT_DATA").map_or_else(default, PathBuf::from);
    let folder = root.join("eprop-cue-accumulation");
    if folder.is_dir() {
        return Some(root.canonicalize().expect("is there"));
    }
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: no {}",
        folder.display()
    );
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "{test}: CI must have {}",
        folder.display()
    );
    None
}

/// One seed; the mean over three is checked in the crate that computes it.
#[test]
fn the_published_samples_are_learnt() {
    let Some(root) = data("the_published_samples_are_learnt") else {
        return;
    };
    let bench = Bench::new("published");
    let line = format!(
        "lab eprop-cue --engine float --data {} --seeds 1 --json",
        root.display()
    );
    let json = bench.run(&line).expect(0).json();
    assert_eq!(json["samples"], 50);
    let accuracy = json["accuracy"].as_f64().unwrap();
    println!("cue accumulation, seed 0: accuracy {accuracy}");
    assert!(accuracy >= 0.8, "{accuracy}");
}

#[test]
fn rates_that_pulses_cannot_give_are_refused_before_the_work() {
    let bench = Bench::new("rates");
    let evidence = "lab eprop-evidence --tests 1";
    for (line, wanted) in [
        (
            format!("{evidence} --learning-rate 1e9 --readout-rate 1e-30"),
            &[
                "learning rate 1.00e9: this network has",
                "readout rate 1.00e-30: ",
            ][..],
        ),
        (
            format!("{evidence} --samples 50 --halve-every 1"),
            &[
                "learning rate 3.55e-19: this network has",
                "readout rate 5.33e-19: ",
            ],
        ),
        (
            "lab eprop-pattern --sequences 1 --no-float --learning-rate 1e-12".into(),
            &["learning rate 1.00e-12: this network has"],
        ),
    ] {
        let text = bench.run(&line).expect(2).stderr();
        assert!(wanted.iter().all(|w| text.contains(w)), "{line}: {text}");
    }
    bench.ok("lab eprop-evidence --samples 2 --tests 1 --halve-every 1");
}
