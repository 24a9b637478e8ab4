//! `seamount validate` as a user sees it: the examples that ship, verdicts, exit codes, files,
//! mistakes.

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
    // most of what is lost cancels in the mean
    let mean = |key: &str| report["bias"][key].as_f64().unwrap();
    assert!(
        mean("mean").abs() < 0.5 * mean("mean_update"),
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

/// Three targets that fire when they are told, 64 sources, pairwise STDP: a network as a user
/// writes one.
const WIRED: &str = r#"{"format":"seamount-netlist","version":1,"name":"wired","seed":7,
 "inputs":[{"name":"pre","size":64},{"name":"drive","size":3}],
 "populations":[{"name":"post","size":3,"compartments":[{"name":"soma",
   "current_decay":4095,"voltage_decay":4095,"threshold_mantissa":100}]}],
 "projections":[
  {"name":"fire","source":"drive","target":"post","weight_exponent":7,
   "connectivity":{"kind":"one_to_one","weights":255}},
  {"name":"learns","source":"pre","target":"post","weight_exponent":-8,"learning":"stdp",
   "precision":{"kind":"format","sign_mode":"excitatory","weight_bits":8},
   "connectivity":{"kind":"all_to_all","weight":120}}],
 "learning_rules":[{"name":"stdp","profile":"loihi1","dw":"2^-4*x1*y0 - 2^-4*y1*x0",
   "x1":{"impulse":16,"tau":20},"y1":{"impulse":16,"tau":20}}]}"#;

/// Changes of the weights by all pairs of spikes, source by source: exp(-distance / 20) either way.
fn by_pairs(pre: &[(u64, usize)], post: &[(u64, usize)]) -> Vec<f64> {
    let mut changes = vec![0.0; 64 * 3];
    for (before, source) in pre {
        for (after, target) in post {
            let distance = *after as f64 - *before as f64;
            let size = (-distance.abs() / 20.0).exp();
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
        for step in 0..3000u64 {
            pre.extend((0..64).filter(|_| chance(20)).map(|source| (step, source)));
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
        "title = \"wired\"\n[netlist]\nnetwork = \"net.json\"\nboard = \"loihi1\"\nsteps = 3001\n\
         input = [\"pre-{seed}.csv\"]\nsignal = [\"drive-{seed}.csv\"]\n\
         [reference]\nlearns = \"dw-{seed}.npy\"\n\
         [tolerance]\ngain_min = 0.7\ngain_max = 1.4\ncorrelation_min = 0.6\n",
    );
    let said = bench.ok("validate judged.toml --seeds 3");
    assert!(said.contains("learns: 192 synapses"), "{said}");
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

/// Draws that no generator of the program makes.
struct OwnDraws(u64);

impl OwnDraws {
    /// A number of 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// An error of its own for each target, as a graded spike, and a program that writes it into
/// traces: the network that ships, judged by the equation `dw = kappa a E` computed here.
#[test]
fn errors_of_each_neuron_are_judged_by_the_equation_of_pes() {
    let bench = Bench::new("pes");
    for name in ["net.json", "pes.toml"] {
        bench.file(name, std::fs::read(example("pes").join(name)).unwrap());
    }
    for seed in 1..=4u64 {
        let mut draws = OwnDraws(seed * 104_729);
        let mut pre = String::from("step,input,neuron\n");
        let mut told = String::from("step,input,neuron,payload\n");
        let mut activity = [0.0f64; 40];
        let mut changes = vec![0.0; 120];
        let waves: Vec<(f64, f64)> = (0..43)
            .map(|_| {
                (
                    std::f64::consts::TAU * draws.share(),
                    150.0 + 350.0 * draws.share(),
                )
            })
            .collect();
        let wave = |n: usize, step: u64| {
            (std::f64::consts::TAU * step as f64 / waves[n].1 + waves[n].0).sin()
        };
        for step in 0..2000u64 {
            let error = [40, 41, 42].map(|n| (3.5 * wave(n, step)).round());
            for (target, error) in error.iter().enumerate().filter(|(_, e)| **e != 0.0) {
                told += &format!("{step},error,{target},{error}\n");
            }
            for (source, a) in activity.iter_mut().enumerate() {
                *a *= (-1.0f64 / 20.0).exp();
                if draws.share() < 0.03 * (1.0 + wave(source, step)) {
                    *a += 8.0;
                    pre += &format!("{step},pre,{source}\n");
                }
                for (target, error) in error.iter().enumerate() {
                    changes[source * 3 + target] += *a * error / 128.0;
                }
            }
        }
        bench.file(&format!("pre-{seed}.csv"), pre);
        bench.file(&format!("error-{seed}.csv"), told);
        bench.file(&format!("dw-{seed}.npy"), npy(&changes));
    }
    let said = bench.ok("validate pes.toml --seeds 3 --self-test");
    assert!(
        said.contains("tells a whole chip from every broken one"),
        "{said}"
    );
}

/// A membrane in the program and a box around its threshold: the network that ships, judged by
/// weights and membranes that are followed here in floats. Without the box it is another rule.
#[test]
fn the_box_of_decolle_is_told_from_its_absence() {
    let bench = Bench::new("decolle");
    for name in ["net.json", "decolle.toml"] {
        bench.file(name, std::fs::read(example("decolle").join(name)).unwrap());
    }
    let net: Value = serde_json::from_slice(&bench.read("net.json")).unwrap();
    let start = &net["projections"][1]["connectivity"]["weights"];
    let start = |n: usize| start[n / 6][n % 6].as_f64().unwrap();
    for seed in 1..=4u64 {
        let mut draws = OwnDraws(seed * 15_485_863);
        let mut pre = String::from("step,input,neuron\n");
        let mut told = String::from("step,input,neuron,payload\n");
        let mut activity = [0.0f64; 40];
        // with the box, without it
        let mut weights: [Vec<f64>; 2] = std::array::from_fn(|_| (0..240).map(start).collect());
        let mut membrane = [0.0f64; 6];
        let waves: Vec<(f64, f64)> = (0..46)
            .map(|_| {
                (
                    std::f64::consts::TAU * draws.share(),
                    150.0 + 350.0 * draws.share(),
                )
            })
            .collect();
        let wave = |n: usize, step: u64| {
            (std::f64::consts::TAU * step as f64 / waves[n].1 + waves[n].0).sin()
        };
        let keep = (-1.0f64 / 20.0).exp();
        for step in 0..2000u64 {
            membrane.iter_mut().for_each(|v| *v *= keep);
            for (source, a) in activity.iter_mut().enumerate() {
                *a *= keep;
                if draws.share() < 0.03 * (1.0 + wave(source, step)) {
                    *a += 8.0;
                    pre += &format!("{step},pre,{source}\n");
                    for (target, v) in membrane.iter_mut().enumerate() {
                        *v += weights[0][source * 6 + target];
                    }
                }
            }
            for target in 0..6 {
                let error = (3.5 * wave(40 + target, step)).round();
                if error == 0.0 {
                    continue;
                }
                told += &format!("{step},error,{target},{error}\n");
                let inside = (membrane[target] - 60.0).abs() < 100.0;
                for (source, a) in activity.iter().enumerate() {
                    let change = a * error / 128.0;
                    weights[0][source * 6 + target] -= if inside { change } else { 0.0 };
                    weights[1][source * 6 + target] -= change;
                }
            }
        }
        bench.file(&format!("pre-{seed}.csv"), pre);
        bench.file(&format!("error-{seed}.csv"), told);
        for (name, weights) in ["dw", "open"].iter().zip(&weights) {
            let changes: Vec<f64> = (0..240).map(|n| weights[n] - start(n)).collect();
            bench.file(&format!("{name}-{seed}.npy"), npy(&changes));
        }
    }
    let said = bench.ok("validate decolle.toml --seeds 3 --self-test");
    assert!(
        said.contains("tells a whole chip from every broken one"),
        "{said}"
    );
    let toml = String::from_utf8(bench.read("decolle.toml")).unwrap();
    bench.file("open.toml", toml.replace("dw-{seed}", "open-{seed}"));
    let said = bench.run("validate open.toml --seeds 3").expect(1).stdout();
    assert!(said.contains("FAILS  gain_min"), "{said}");
}

/// Whether `make.py` of a folder wrote its files; without Python the test is skipped, but in CI.
fn made(test: &str, folder: &str, bench: &Bench) -> bool {
    let made = std::process::Command::new("python3")
        .arg(example(folder).join("make.py"))
        .arg(&bench.folder)
        .arg("3")
        .status();
    let made = made.is_ok_and(|status| status.success());
    if !made {
        assert!(
            std::env::var("CI").is_err(),
            "{test}: python3 cannot run make.py"
        );
        println!("{test}: skipped, no python3");
    }
    made
}

#[test]
fn voltage_based_plasticity_is_told_from_broken_chips() {
    let bench = Bench::new("clopath");
    if made("voltage_based_plasticity", "clopath", &bench) {
        let said = bench.ok("validate clopath.toml --seeds 3 --self-test");
        assert!(said.contains("from every broken one"), "{said}");
    }
}

/// Products that `loihi1` cuts downward in every step are too much for this rule; that is why its
/// file says `wide`.
#[test]
fn superspike_is_told_from_broken_chips_and_needs_wide_sums() {
    let bench = Bench::new("superspike");
    if !made("superspike", "superspike", &bench) {
        return;
    }
    let said = bench.ok("validate superspike.toml --seeds 3 --self-test");
    assert!(said.contains("from every broken one"), "{said}");
    let net = String::from_utf8(bench.read("net.json")).unwrap();
    let narrow = net
        .replace("\"wide\"", "\"loihi1\"")
        .replace("2^-5*u0*x1*y1", "4*2^-4*u0*x1*y1")
        .replace("2^-7*u0*y", "4*2^-4*u0*y");
    assert_ne!(net, narrow);
    bench.file("net.json", narrow);
    let said = bench.run("validate superspike.toml --seeds 3").expect(1);
    assert!(
        said.stdout().contains("FAILS  gain_min"),
        "{}",
        said.stdout()
    );
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
