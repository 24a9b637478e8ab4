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

fn passes(name: &str) -> String {
    let bench = Bench::new(&format!("example-{name}"));
    let text = bench.ok(&format!("validate {}", example(name).display()));
    assert!(
        text.contains("verdict: within all tolerances") && !text.contains("FAILS"),
        "{name}: {text}"
    );
    assert!(
        text.matches("holds").count() >= 4,
        "{name} states what it can keep: {text}"
    );
    text
}

#[test]
fn every_example_has_a_test() {
    let mut found: Vec<String> = std::fs::read_dir(example(""))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    found.retain(|name| name.ends_with(".toml"));
    found.sort();
    let tested = [
        "eprop-cue.toml",
        "eprop-evidence.toml",
        "eprop-pattern.toml",
        "eprop-reward.toml",
        "homeostatic.toml",
        "pair-stdp.toml",
        "r-stdp.toml",
        "slow.toml",
        "triplet.toml",
    ];
    assert_eq!(found, tested);
    let readme = std::fs::read_to_string(example("README.md")).unwrap();
    assert!(tested.iter().all(|name| readme.contains(name)));
}

#[test]
fn pairwise_stdp_passes() {
    passes("pair-stdp.toml");
}

#[test]
fn triplet_stdp_passes() {
    passes("triplet.toml");
}

#[test]
fn rewarded_stdp_passes() {
    passes("r-stdp.toml");
}

#[test]
fn three_factor_eprop_passes() {
    passes("eprop-reward.toml");
}

#[test]
fn eprop_of_lif_neurons_on_the_chip_passes() {
    assert!(passes("eprop-pattern.toml").contains("learning signal 2 steps late"));
}

#[test]
fn eprop_of_adaptive_neurons_on_the_chip_passes() {
    passes("eprop-evidence.toml");
}

#[test]
fn eprop_from_traces_of_the_neurons_passes() {
    passes("eprop-cue.toml");
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
fn the_homeostatic_rule_passes_in_the_closed_loop() {
    assert!(passes("homeostatic.toml").contains("the float rule sees its own spikes"));
}

#[test]
fn slow_updates_pass_and_truncation_freezes() {
    let bench = Bench::new("slow");
    passes("slow.toml");
    let report: Value = serde_json::from_str(&bench.ok(&format!(
        "--json validate {}",
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
    for name in ["weights", "rounding", "ablation", "verdict"] {
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
