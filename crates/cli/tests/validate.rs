//! `seamount validate` as a user sees it: the examples that ship, verdicts, exit codes, files, mistakes.

mod bench;

use bench::Bench;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/rules")
        .join(name)
}

/// Files whose chip passes in the arithmetic that they state.
const FILES: [&str; 12] = [
    "bcm.toml",
    "diehl-cook.toml",
    "eprop-cue.toml",
    "eprop-evidence.toml",
    "eprop-pattern.toml",
    "eprop-reward.toml",
    "homeostatic.toml",
    "oja.toml",
    "pair-stdp.toml",
    "r-stdp.toml",
    "slow.toml",
    "triplet.toml",
];

/// The verdict of a file passes its chip and fails every chip that is broken on purpose, in `least`
/// ways or more, over a few seeds (the verdict of a user is about ten).
fn tells_whole_from_broken(name: &str, least: usize) {
    let seeds = if name.starts_with("eprop-reward") || !name.starts_with("eprop") {
        3
    } else {
        2
    };
    let bench = Bench::new(&format!("self-{name}"));
    let line = format!(
        "--json validate {} --self-test --seeds {seeds}",
        example(name).display()
    );
    let ran = bench.run(&line);
    let text = ran.stdout();
    let report: Value = serde_json::from_str(&text).unwrap();
    for check in report["checks"].as_array().unwrap() {
        assert_eq!(check["holds"], true, "{name}, as it is: {check}");
    }
    let broken = report["self_test"].as_array().unwrap();
    for row in broken {
        assert_eq!(
            row["fails"], true,
            "{name}: passes although {}",
            row["what"]
        );
    }
    assert!(broken.len() >= least, "{name}: {text}");
    assert_eq!(report["passed"], true);
    ran.expect(0);
}

#[test]
fn every_example_has_a_test() {
    let mut found: Vec<String> = std::fs::read_dir(example(""))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    found.retain(|name| name.ends_with(".toml"));
    found.sort();
    assert_eq!(found, FILES);
    let readme = std::fs::read_to_string(example("README.md")).unwrap();
    assert!(FILES.iter().all(|name| readme.contains(name)));
}

#[test]
fn verdicts_about_pairs_and_triplets_can_fail() {
    tells_whole_from_broken("pair-stdp.toml", 4);
    tells_whole_from_broken("triplet.toml", 4);
    tells_whole_from_broken("slow.toml", 4);
}

#[test]
fn verdicts_about_rewards_can_fail() {
    tells_whole_from_broken("r-stdp.toml", 5);
    tells_whole_from_broken("eprop-reward.toml", 5);
}

#[test]
fn verdicts_about_rules_of_rates_can_fail() {
    tells_whole_from_broken("oja.toml", 4);
    tells_whole_from_broken("bcm.toml", 4);
    tells_whole_from_broken("diehl-cook.toml", 4);
    tells_whole_from_broken("homeostatic.toml", 3);
}

#[test]
fn the_verdict_about_eprop_of_lif_neurons_can_fail() {
    tells_whole_from_broken("eprop-pattern.toml", 5);
}

#[test]
fn the_verdict_about_eprop_of_adaptive_neurons_can_fail() {
    tells_whole_from_broken("eprop-evidence.toml", 5);
}

#[test]
fn the_verdict_about_eprop_from_traces_of_neurons_can_fail() {
    tells_whole_from_broken("eprop-cue.toml", 5);
}

/// A sequence is 1,000 steps: with that latency no error arrives on the float side.
#[test]
fn eprop_without_a_learning_signal_fails() {
    let bench = Bench::new("late");
    let text = std::fs::read_to_string(example("eprop-pattern.toml")).unwrap();
    assert!(text.contains("latency = 2\n"));
    bench.file(
        "late.toml",
        text.replace("latency = 2\n", "latency = 1000\n"),
    );
    let said = bench.run("validate late.toml --seeds 1").expect(1).stdout();
    assert!(said.contains("FAILS  gain_rec_min"), "{said}");
}

#[test]
fn texts_are_held_against_the_equations_of_their_authors() {
    let bench = Bench::new("text");
    for name in ["pair-stdp", "triplet", "oja", "diehl-cook"] {
        let path = example(&format!("{name}.toml"));
        let text = bench.ok(&format!("--json validate {} --seeds 1", path.display()));
        let report: Value = serde_json::from_str(&text).unwrap();
        let difference = report["identity"]["difference"].as_f64().unwrap();
        assert!(
            difference < 1e-6,
            "{name} is not the rule of its authors: {difference}"
        );
    }
    // without the product that takes the simultaneous spike out, it is another rule
    let text = std::fs::read_to_string(example("pair-stdp.toml")).unwrap();
    let other = text.replace(" + 4*x0*(y0+0)\"", "\"");
    assert_ne!(other, text);
    bench.file("other.toml", other);
    let text = bench.run("--json validate other.toml --seeds 1").stdout();
    let report: Value = serde_json::from_str(&text).unwrap();
    let difference = report["identity"]["difference"].as_f64().unwrap();
    assert!(difference > 0.01, "{difference}");
}

#[test]
fn every_arithmetic_is_judged_in_one_run() {
    let bench = Bench::new("arithmetic");
    let path = example("r-stdp.toml");
    let line = format!(
        "--json validate {} --arithmetic all --seeds 2",
        path.display()
    );
    let report: Value = serde_json::from_str(&bench.run(&line).stdout()).unwrap();
    let rows = report["arithmetics"].as_array().unwrap();
    let names: Vec<&str> = rows
        .iter()
        .map(|r| r["arithmetic"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["loihi1", "wide", "no_second_tag"]);
    let stated = [&rows[0]["stated"], &rows[1]["stated"]];
    assert_eq!(stated, [false, true]);
    assert_eq!(rows[0]["passed"], false, "its file says that it needs wide");
    let path = example("bcm.toml");
    let line = format!("--json validate {} --seeds 1", path.display());
    let report: Value = serde_json::from_str(&bench.run(&line).stdout()).unwrap();
    assert_eq!(
        report["arithmetic"], "loihi1",
        "what a file does not say is what a chip has"
    );
    assert!(rows[2]["why_not"].is_string(), "the rule has no second tag");
}

/// A rule that saturates, or waits for a reward that never comes, measured nothing.
#[test]
fn runs_that_measured_nothing_are_refused() {
    let bench = Bench::new("nothing");
    let judged = format!("{SMALL}[tolerance]\nweight_mean = 50\n");
    bench.file("still.toml", judged.replace("rate = 0.05", "rate = 0.0"));
    let said = bench.run("validate still.toml").expect(2);
    said.says("nothing was measured")
        .says("no weight moved on either side");
    let grows = judged.replace("2^-2*x1*y0 - 2^-2*y1*x0", "2*x1*y0");
    let long = grows.replace("steps = 300", "steps = 3000");
    bench.file(
        "full.toml",
        long.replace("[network]", "[network]\nweights = 250"),
    );
    let said = bench.run("validate full.toml").expect(2);
    said.says("12 of 12 weights ended at a limit");
    let waits = judged.replace("2^-2*x1*y0 - 2^-2*y1*x0", "r1*x1*y0");
    let waits = waits.replace("[network]", "reward = { impulse = 8, tau = 20 }\n[network]");
    bench.file("waits.toml", waits);
    let said = bench.run("validate waits.toml").expect(2);
    said.says("no learning signal arrived");
}

/// Truncation of every update leaves a balanced rule with small errors and no mean bias; it has no
/// gain, and a bias against either sign.
#[test]
fn truncation_of_every_update_cannot_pass() {
    let bench = Bench::new("truncated");
    let text = std::fs::read_to_string(example("slow.toml")).unwrap();
    let cut = text.replace("[rule]", "[rule]\nrounding = \"toward_zero\"");
    let cut = cut.replace("\ngain_min", "\n# gain_min");
    bench.file("cut.toml", cut);
    let said = bench
        .run("--json validate cut.toml --seeds 3")
        .expect(1)
        .stdout();
    let report: Value = serde_json::from_str(&said).unwrap();
    assert!(
        report["bias"]["mean"].as_f64().unwrap().abs() < 0.02,
        "{}",
        report["bias"]
    );
    let checks = report["checks"].as_array().unwrap();
    let gain = checks.iter().find(|c| c["key"] == "gain_min").unwrap();
    assert_eq!(
        (&gain["limit"], &gain["holds"]),
        (&0.5.into(), &false.into())
    );
    let errors = checks
        .iter()
        .find(|c| c["key"] == "bias_errors_max")
        .unwrap();
    assert_eq!(errors["holds"], false, "{errors}");
}

/// The user's own numbers: those of the float side as it is give the same verdict, those of another
/// synapse fail.
#[test]
fn a_users_array_is_a_reference() {
    let bench = Bench::new("array");
    let judged = format!("{SMALL}[tolerance]\ngain_min = 0.5\ncorrelation_min = 0.5\n");
    bench.file("rule.toml", &judged);
    bench.ok("validate rule.toml --seeds 1 --csv tables");
    let table = String::from_utf8(bench.read("tables/weights.csv")).unwrap();
    let changes: Vec<f64> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(2).unwrap().parse::<f64>().unwrap() - 100.0)
        .collect();
    assert_eq!(changes.len(), 12);
    bench.file("dw.npy", npy(&changes));
    bench.ok("validate rule.toml --reference dw.npy");
    let mut other = changes.clone();
    other.rotate_left(5);
    bench.file("other.npy", npy(&other));
    bench
        .run("validate rule.toml --reference other.npy")
        .expect(1);
    bench.file("short.npy", npy(&changes[1..]));
    let said = bench
        .run("validate rule.toml --reference short.npy")
        .expect(2);
    said.says("shape [11]; wanted [12] (synapses)");
    bench
        .run("validate rule.toml --reference gone.npy")
        .expect(2);
    let named = format!("{judged}[reference]\ndw = \"dw.npy\"\n");
    bench.file("named.toml", named);
    bench.ok("validate named.toml");
}

/// Three targets that fire when they are told, sixteen sources, pairwise STDP: a network as a user
/// writes one.
const WIRED: &str = r#"{"format":"seamount-netlist","version":1,"name":"wired","seed":7,
 "inputs":[{"name":"pre","size":16},{"name":"drive","size":3}],
 "populations":[{"name":"post","size":3,"compartments":[{"name":"soma",
   "current_decay":4095,"voltage_decay":4095,"threshold_mantissa":100}]}],
 "projections":[
  {"name":"fire","source":"drive","target":"post","weight_exponent":7,
   "connectivity":{"kind":"one_to_one","weights":255}},
  {"name":"learns","source":"pre","target":"post","weight_exponent":-8,"learning":"stdp",
   "precision":{"kind":"format","sign_mode":"excitatory","weight_bits":8},
   "connectivity":{"kind":"all_to_all","weight":120}}],
 "learning_rules":[{"name":"stdp","profile":"loihi1","dw":"2^-2*x1*y0 - 2^-2*y1*x0",
   "x1":{"impulse":16,"tau":20},"y1":{"impulse":16,"tau":20}}]}"#;

/// Changes of the weights by all pairs of spikes, source by source: 4 exp(-distance / 20) either way.
fn by_pairs(pre: &[(u64, usize)], post: &[(u64, usize)]) -> Vec<f64> {
    let mut changes = vec![0.0; 16 * 3];
    for (before, source) in pre {
        for (after, target) in post {
            let distance = *after as f64 - *before as f64;
            let size = 4.0 * (-distance.abs() / 20.0).exp();
            changes[source * 3 + target] += if distance >= 0.0 { size } else { 0.0 };
            changes[source * 3 + target] -= if distance <= 0.0 { size } else { 0.0 };
        }
    }
    changes
}

/// A network from a file against numbers that somebody else has computed.
#[test]
fn a_network_of_ones_own_is_judged_by_ones_own_numbers() {
    let bench = Bench::new("wired");
    bench.file("net.json", WIRED);
    for seed in 1..=4u64 {
        // spikes that no generator of the program has drawn
        let mut state = seed * 7919;
        let mut chance = |of: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963);
            (state >> 33) % 1000 < of
        };
        let mut pre = vec![];
        let mut post = vec![];
        for step in 0..800u64 {
            pre.extend((0..16).filter(|_| chance(20)).map(|source| (step, source)));
            post.extend((0..3).filter(|_| chance(25)).map(|target| (step, target)));
        }
        let table = |input: &str, spikes: &[(u64, usize)]| {
            let rows = spikes
                .iter()
                .map(|(step, n)| format!("{step},{input},{n}\n"));
            format!("step,input,neuron\n{}", rows.collect::<String>())
        };
        bench.file(&format!("pre-{seed}.csv"), table("pre", &pre));
        bench.file(&format!("drive-{seed}.csv"), table("drive", &post));
        bench.file(&format!("dw-{seed}.npy"), npy(&by_pairs(&pre, &post)));
    }
    bench.file(
        "judged.toml",
        "title = \"wired\"\n[netlist]\nnetwork = \"net.json\"\nboard = \"loihi1\"\nsteps = 801\n\
         input = [\"pre-{seed}.csv\"]\nsignal = [\"drive-{seed}.csv\"]\n\
         [reference]\nlearns = \"dw-{seed}.npy\"\n\
         [tolerance]\ngain_min = 0.8\ngain_max = 1.2\ncorrelation_min = 0.8\n",
    );
    let said = bench.ok("validate judged.toml --seeds 3");
    assert!(said.contains("learns: 48 synapses"), "{said}");
    let said = bench.ok("--json validate judged.toml --seeds 3 --self-test");
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(report["self_test"].as_array().unwrap().len(), 5, "{said}");
    bench.file(
        "gone.toml",
        "[netlist]\nnetwork = \"net.json\"\nstepz = 3\n[reference]\n",
    );
    let said = bench.run("validate gone.toml").expect(2);
    let said = said.says("netlist.steps: is missing").says("netlist.stepz");
    said.says("names no projection");
}

/// Numbers as a .npy file of one axis.
fn npy(values: &[f64]) -> Vec<u8> {
    seamount_network::npy::to_bytes(&[values.len() as u64], values.iter().copied())
}

#[test]
fn eprop_files_have_tables_pictures_and_findings() {
    let bench = Bench::new("eprop-files");
    let small = "[eprop]\ntask = \"pattern\"\nsequences = 2\n";
    bench.file(
        "small.toml",
        format!("{small}[tolerance]\nreadout_max = 0\n"),
    );
    let report: Value = serde_json::from_str(
        &bench
            .run("--json validate small.toml --csv t --svg p")
            .expect(1)
            .stdout(),
    )
    .unwrap();
    assert_eq!(report["losses"][2].as_array().unwrap().len(), 2);
    assert!(
        bench
            .read("t/losses.csv")
            .starts_with(b"sequence,chip,float_as_late,float_at_once\n1,")
    );
    assert!(
        bench.read("t/errors.csv").starts_with(b"name,step,")
            && bench.read("p/losses.svg").starts_with(b"<svg")
    );
    bench.file("wrong.toml", "[eprop]\ntask = \"nothing\"\nsequences = 0\nlatency = -1\nrate = 2\n[tolerance]\ncosine = 1\n[network]\n");
    let said = bench.run("validate wrong.toml").expect(2).stderr();
    for place in [
        "line 2: eprop.task",
        "line 3: eprop.sequences",
        "line 4: eprop.latency",
        "line 5: eprop.rate",
        "line 7: tolerance.cosine",
        "line 8: network",
    ] {
        assert!(said.contains(place), "{place}: {said}");
    }
}

#[test]
fn slow_updates_come_along_and_truncation_freezes() {
    let bench = Bench::new("slow");
    let report: Value = serde_json::from_str(&bench.ok(&format!(
        "--json validate {} --seeds 1",
        example("slow.toml").display()
    )))
    .unwrap();
    let last = report["rounding"].as_array().unwrap().last().unwrap();
    let size = |key: &str| last[key].as_f64().unwrap();
    assert!(
        (size("exact") - 1.0).abs() < 1e-9 && (size("chip") - 1.0).abs() < 0.2,
        "{last}"
    );
    assert_eq!(size("truncated"), 0.0, "nothing moves: {last}");
}

const SMALL: &str = r#"
[rule]
dw = "2^-2*x1*y0 - 2^-2*y1*x0"
x1 = { impulse = 16, tau = 20 }
y1 = { impulse = 16, tau = 20 }
[network]
sources = 4
targets = 3
[stimulus]
steps = 300
sources = { rate = 0.05 }
targets = { rate = 0.05 }
"#;

#[test]
fn exit_codes_are_verdicts() {
    let bench = Bench::new("codes");
    bench.file(
        "good.toml",
        format!("{SMALL}[tolerance]\nweight_mean = 50\nbias_errors_max = 5\n"),
    );
    bench.file(
        "strict.toml",
        format!("{SMALL}[tolerance]\nweight_mean = 0\ntag_mean = 1\n"),
    );
    bench.file(
        "wrong.toml",
        "[rule]\ndw = \"x1*z0\"\n[stimulus]\nsteps = 0\n",
    );
    bench.run("validate good.toml").expect(0);
    let report: Value =
        serde_json::from_str(&bench.run("--json validate strict.toml").expect(1).stdout()).unwrap();
    assert_eq!(report["passed"], false);
    assert_eq!(
        report["checks"][1]["value"],
        Value::Null,
        "there is no tag to measure"
    );
    let wrong = bench.run("--json validate wrong.toml").expect(2);
    let error: Value = serde_json::from_str(&wrong.stdout()).unwrap();
    let findings: Vec<&str> = error["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f.as_str().unwrap())
        .collect();
    assert_eq!(error["exit_code"], 2);
    assert!(
        findings
            .iter()
            .any(|f| f.starts_with("line 2: rule.dw: character 4")),
        "{findings:?}"
    );
    assert!(
        findings
            .iter()
            .any(|f| f.starts_with("line 4: stimulus.steps")),
        "{findings:?}"
    );
    bench.run("validate no-such-file.toml").expect(2);
}

#[test]
fn tables_and_pictures_are_written() {
    let bench = Bench::new("files");
    bench.file("rule.toml", SMALL);
    let text = bench.ok("validate rule.toml --csv tables --svg pictures");
    assert!(text.contains("no tolerances are stated"), "{text}");
    let errors = String::from_utf8(bench.read("tables/errors.csv")).unwrap();
    assert!(
        errors.starts_with(
            "name,step,mean,median,p90,p99,max,chip_mean,float_mean,cosine,same_sign\nw,0,0,"
        ),
        "{errors}"
    );
    for name in ["weights", "rounding", "ablation", "seeds", "verdict"] {
        assert!(bench.read(&format!("tables/{name}.csv")).contains(&b'\n'));
    }
    for name in [
        "rounding",
        "weights",
        "ablation",
        "errors-w",
        "mean-w",
        "errors-traces",
    ] {
        let picture = String::from_utf8(bench.read(&format!("pictures/{name}.svg"))).unwrap();
        assert!(
            picture.starts_with("<svg")
                && picture.trim_end().ends_with("</svg>")
                && !picture.contains("NaN"),
            "{name}"
        );
    }
    bench.run("validate rule.toml --csv rule.toml").expect(4);
}

#[test]
fn loihi1_says_what_it_scales_down() {
    let bench = Bench::new("loihi1");
    bench.file(
        "rule.toml",
        SMALL
            .replace("[rule]", "[rule]\nprofile = \"loihi1\"")
            .replace("impulse = 16", "impulse = 1")
            .replace("- 2^-2*y1*x0", "- 2^-4*x1*y1*u0"),
    );
    let ran = bench.run("validate rule.toml").expect(0);
    assert!(
        ran.stderr()
            .contains("product 2 (-2^-4*x1*y1*u0) counts 1/8 of what is written"),
        "{}",
        ran.stderr()
    );
}
