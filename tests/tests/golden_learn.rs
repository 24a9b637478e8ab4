//! Golden vectors of the learning engine: other simulators' traces, weights and sums.
//! Index k of an array holds the state at the end of step k + 1.

use seamount_chip::{Chip, LearningReplay, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{Arithmetic, CheckedImage, LimitPolicy};
use seamount_network::netlist::*;
use seamount_neurocore::learn::sum_of;
use seamount_rules::{self as rules, Dependency};
use serde_json::Value;
use std::path::Path;

fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures/golden")
        .join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("golden vectors are JSON")
}

fn integers(value: &Value) -> Vec<i64> {
    value
        .as_array()
        .expect("an array")
        .iter()
        .map(|x| x.as_i64().expect("an integer"))
        .collect()
}

fn numbers(value: &Value) -> Vec<u16> {
    value
        .as_array()
        .expect("an array")
        .iter()
        .map(|x| (x.as_f64().expect("a number") * 65536.0) as u16)
        .collect()
}

/// One synapse from an input to a neuron that another input makes spike.
fn one_synapse(rule: LearningRule, weight: i32) -> Netlist {
    let mut net = Netlist::new("one synapse");
    net.input("pre", 1).input("force", 1);
    net.add(
        Population::new("post", 1)
            .current_decay(4095)
            .voltage_decay(4095)
            .threshold_mantissa(1000),
    );
    net.connect("force", "post")
        .all_to_all(255)
        .weight_exponent(7);
    let name = rule.name.clone();
    net.rule(rule);
    net.connect("pre", "post")
        .all_to_all(weight)
        .weight_exponent(-8)
        .format(SignMode::Excitatory, 8)
        .learn(&name);
    net
}

/// x1, y1, w, t and the post spike at the end of every step. Spikes of `pre` arrive, and those of
/// `force` are emitted, in the steps given.
fn run(
    net: &Netlist,
    steps: usize,
    pre: &[i64],
    force: &[i64],
    replay: LearningReplay,
) -> Vec<[i64; 4]> {
    let options = CompileOptions::default();
    let compiled = compile(net, &options).unwrap_or_else(|e| panic!("{e}"));
    let image = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce)
        .unwrap_or_else(|e| panic!("{e:#?}"));
    let mut chip = Chip::load(&image);
    chip.replay_learning(replay);
    let events = pre
        .iter()
        .map(|t| (*t as u64 - 1, "pre", 0))
        .chain(force.iter().map(|t| (*t as u64, "force", 0)));
    let input = SpikeTrain::named(chip.program(), events).expect("its own inputs");
    let step = |_| {
        chip.run(1, &input, &RunOptions::default());
        let learned = chip.learned("pre->post").expect("it learns");
        let x = chip.pre_traces("pre->post").expect("it learns");
        let y = chip.post_traces("post", 0).expect("is there");
        [
            x[0][0].into(),
            y[0][0].into(),
            learned.weights[0].into(),
            learned.tags[0].into(),
        ]
    };
    (0..steps).map(step).collect()
}

fn column(rows: &[[i64; 4]], at: usize) -> Vec<i64> {
    rows.iter().map(|r| r[at]).collect()
}

#[test]
fn g_08_le_001_le_007_le_009_lava() {
    for (name, case) in golden("loihi1-08-learning-lava.json")["cases"]
        .as_object()
        .expect("cases")
    {
        let integer = |field: &str| case[field].as_i64().expect("an integer");
        let steps = integer("T") as usize;
        let epoch = integer("t_epoch") as usize;
        let trace = Some(Trace::new(integer("impulse") as u8, integer("tau") as f64));
        for profile in [LearningProfile::Loihi1, LearningProfile::Wide] {
            let text = |field: &str| case[field].as_str().map(str::to_string);
            let rule = LearningRule {
                dw: text("dw"),
                dt: text("dt"),
                epoch: epoch as u8,
                x1: trace,
                y1: trace,
                profile,
                ..LearningRule::new("lava")
            };
            // one number an epoch, that of its last step, serves every decay of the epoch
            let of_epochs = |field: &str| {
                let all = numbers(&case[field]);
                (0..steps)
                    .map(|k| all[k / epoch * epoch + epoch - 1])
                    .collect()
            };
            let phases = numbers(&case["weight_round_random_nth_learning_phase"]);
            let replay = LearningReplay {
                pre: of_epochs("x_decay_random_used_at_step"),
                post: of_epochs("y_decay_random_used_at_step"),
                reward: vec![],
                rounding: (0..steps).map(|k| phases[k / epoch]).collect(),
            };
            let net = one_synapse(rule, integer("w0") as i32);
            let rows = run(
                &net,
                steps,
                &integers(&case["pre_emit_steps"]),
                &integers(&case["force_emit_steps"]),
                replay,
            );
            assert_eq!(column(&rows, 0), integers(&case["x1"]), "{name} x1");
            assert_eq!(column(&rows, 1), integers(&case["y1"]), "{name} y1");
            assert_eq!(column(&rows, 2), integers(&case["weights"]), "{name} w");
            if let Some(tags) = case.get("tag_1") {
                assert_eq!(column(&rows, 3), integers(tags), "{name} t");
            }
        }
    }
}

/// The numbers that make a trace of one step after the other, each a decay by 3584/4096 rounded
/// either way, and then perhaps an impulse.
fn derived(trace: &[i64], impulse: i64) -> Vec<u16> {
    let mut before = 0;
    let step = |&now: &i64| {
        let floor = before * 3584 / 4096;
        let fraction = before * 3584 % 4096;
        let up = now == floor + 1 || now == floor + 1 + impulse;
        assert!(
            now == floor || now == floor + impulse || (up && fraction > 0),
            "{before} -> {now}"
        );
        before = now;
        if up { 0 } else { u16::MAX }
    };
    trace.iter().map(step).collect()
}

#[test]
fn g_09_brian_rounds_changes_away_from_zero() {
    let all = golden("loihi1-09-learning-brian.json");
    let case = &all["case"];
    let out = &case["out"];
    let impulse = case["imp"].as_i64().expect("an integer");
    let x = integers(&out["x1"]);
    let w = integers(&out["w"]);
    // y1 is sampled before its impulse; a spike of step s counts in step s + 1
    let mut y = integers(&out["y1"]);
    let post = integers(&case["post"]);
    post.iter().for_each(|s| y[*s as usize + 1] += impulse);
    let trace = Some(Trace {
        linear: true,
        ..Trace::new(impulse as u8, case["tau"].as_f64().expect("a number"))
    });
    let rule = LearningRule {
        dw: case["rule"].as_str().map(Into::into),
        x1: trace,
        y1: trace,
        dw_rounding: DwRounding::AwayFromZero,
        ..LearningRule::new("brian")
    };
    // index k of these arrays is time k, not step k + 1
    let replay = LearningReplay {
        pre: derived(&x[1..], impulse),
        post: derived(&y[1..], impulse),
        ..LearningReplay::default()
    };
    let rows = run(
        &one_synapse(rule, w[0] as i32),
        x.len() - 1,
        &integers(&case["pre"]),
        &post,
        replay,
    );
    assert_eq!(
        (column(&rows, 0), column(&rows, 1), column(&rows, 2)),
        (x[1..].to_vec(), y[1..].to_vec(), w[1..].to_vec())
    );
}

#[test]
fn g_13_le_005_sums_of_products() {
    sums_are_lavas("loihi1-13-rule-applier.json");
}

/// A factor saturates after its constant is added, and a product before it is added to the sum.
/// The first two rules are those that a comparison of 600 random rules with Lava came down to.
#[test]
fn g_15_le_005_factors_and_products_saturate() {
    sums_are_lavas("loihi1-15-rule-saturation.json");
}

fn sums_are_lavas(file: &str) {
    let all = golden(file);
    for row in all["table"].as_array().expect("a table") {
        let text = row["rule"].as_str().expect("a rule");
        let parsed = rules::parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        for (ours, theirs) in parsed
            .products
            .iter()
            .zip(row["products"].as_array().expect("products"))
        {
            let wanted = (theirs["s_mant"].as_i64(), theirs["s_exp_plus7"].as_i64());
            assert_eq!(
                (
                    Some(ours.mantissa.into()),
                    Some(i64::from(ours.exponent) + 7)
                ),
                wanted,
                "{text}"
            );
            let dependency = match ours.dependency {
                Dependency::Pre => "x0",
                Dependency::Post => "y0",
                _ => "u",
            };
            assert_eq!(theirs["dep"], dependency, "{text}");
        }
        let start = row["acc_in"].as_i64().expect("an integer") as i32;
        let sum = sum_of(&parsed.products, Arithmetic::Loihi1, start, |variable| {
            row[variable.name()].as_i64().expect("an integer") as i32
        });
        assert_eq!(Some(i64::from(sum)), row["acc_out"].as_i64(), "{row}");
    }
}
