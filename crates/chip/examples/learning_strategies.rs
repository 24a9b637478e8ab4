//! What each strategy of the learning engine is worth: microseconds a step of several rules and
//! networks, for the contract and for each ladder of strategies, in turn, the fastest of many short
//! runs each: `cargo run --release -p seamount-chip --example learning_strategies [RUNS [WORKLOAD
//! [STRATEGY]]]`.
//!
//! One core, 2 % activity of both sides, one thread. `SEAMOUNT_SIMD=avx2` or `portable` tries the
//! vectors of other machines.

use seamount_arith::random::{Key, Purpose};
use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain, instruction_set};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{
    Endpoint, LearningRule, Netlist, Population, Reward, RewardSource, SignMode, Trace,
};
use seamount_neurocore::learn::Strategy;
use std::sync::Arc;
use std::time::Instant;

/// Steps of a run.
const STEPS: u64 = 200;
/// Inputs of a workload, and neurons that they reach unless it has few.
const PRE: u32 = 1024;
const POST: u32 = 128;
/// Neurons of a readout: of a choice between two, of ten digits, and as many as fill a vector.
const FEW: [u32; 3] = [2, 10, 32];
/// One of so many neurons spikes in a step.
const EVERY: u64 = 50;

const STRATEGIES: [(&str, Strategy); 5] = [
    ("contract", Strategy::Contract),
    ("blocks", Strategy::Blocks),
    ("short blocks", Strategy::ShortBlocks),
    ("short rows", Strategy::ShortRows),
    ("all at once", Strategy::AllAtOnce),
];

/// Which of the pairs of input and neuron have a synapse.
#[derive(Clone, Copy)]
enum Pattern {
    All,
    /// One of five, by chance.
    Fifth,
}

struct Workload {
    name: String,
    pattern: Pattern,
    /// Neurons, each of them a target of every input or of one in five.
    post: u32,
    rule: LearningRule,
}

fn workloads() -> Vec<Workload> {
    let trace = Some(Trace::new(64, 20.0));
    let rule = |dw: &str, dt: Option<&str>, epoch| LearningRule {
        dw: Some(dw.into()),
        dt: dt.map(Into::into),
        epoch,
        x1: trace,
        y1: trace,
        y2: trace,
        y3: trace,
        ..LearningRule::new("rule")
    };
    let stdp = "2^-2*x1*y0 - 2^-2*y1*x0";
    let mut rewarded = rule(
        "2^-6*t*r1*r0",
        Some("2^-2*x1*y0 - 2^-2*y1*x0 - 2^-4*t*u2"),
        4,
    );
    rewarded.reward = Some(Reward {
        sources: vec![RewardSource {
            source: Endpoint("reward".into()),
            impulse: 20,
        }],
        tau: None,
        linear: false,
        k: Some(3000),
    });
    let workload = |name: &str, pattern, post, rule| Workload {
        name: name.into(),
        pattern,
        post,
        rule,
    };
    let all = |name, rule| workload(name, Pattern::All, POST, rule);
    let fifth = |name, rule| workload(name, Pattern::Fifth, POST, rule);
    let dense = rule("2^-7*y1*t*u0", Some("2^-7*x1*y1*u0 - 2^-4*t*u0"), 1);
    let mut eprop = rule(
        "2^-7*t*y3*u0 - 2^-7*t*y2*u0",
        Some("2^-7*x1*y1*u0 - 2^-4*t*u0"),
        1,
    );
    // learning signals are small numbers; with larger ones sums would not fit 16 bits
    eprop.y2 = Some(Trace::new(8, 20.0));
    eprop.y3 = Some(Trace::new(8, 20.0));
    // acts on every synapse, and reads traces at the pre spike: what cannot be done all at once
    let decaying = rule("2^-2*x1*y0 - 2^-2*y1*x0 - 2^-6*w*u0", None, 4);
    // gated by pre spikes only, so that no block of a target covers the difference
    let gated = rule("2^-7*y1*x1*x0 - 2^-7*y2*x0", None, 1);
    let mut few = vec![];
    for post in FEW {
        let rules = [
            ("stdp", rule(stdp, None, 1)),
            ("pre-gated", gated.clone()),
            ("rewarded stdp, epoch 4", rewarded.clone()),
            ("decaying stdp, epoch 4", decaying.clone()),
            ("dense", dense.clone()),
            ("e-prop", eprop.clone()),
        ];
        for (name, rule) in rules {
            few.push(workload(
                &format!("{name}, {post} targets"),
                Pattern::All,
                post,
                rule,
            ));
        }
    }
    let mut workloads = vec![
        all("stdp", rule(stdp, None, 1)),
        fifth("stdp, sparse", rule(stdp, None, 1)),
        all("stdp, epoch 8", rule(stdp, None, 8)),
        fifth("stdp, sparse, epoch 8", rule(stdp, None, 8)),
        all("rewarded stdp, epoch 4", rewarded),
        all("dense", dense.clone()),
        fifth("dense, sparse", dense),
        all("e-prop", eprop.clone()),
        fifth("e-prop, sparse", eprop),
    ];
    workloads.extend(few);
    workloads
}

fn network(workload: &Workload) -> Netlist {
    let post = workload.post;
    let mut net = Netlist::new("plastic");
    net.input("pre", PRE)
        .input("teach", post)
        .input("reward", 1);
    net.add(
        Population::new("post", post)
            .current_decay(4095)
            .voltage_decay(4095)
            .threshold_mantissa(4000),
    );
    net.connect("teach", "post")
        .one_to_one(255)
        .weight_exponent(7);
    net.rule(workload.rule.clone());
    let projection = net.connect("pre", "post");
    match workload.pattern {
        Pattern::All => projection.all_to_all(100),
        Pattern::Fifth => {
            let key = Key::new(6, Purpose::Stimulus);
            let pairs = (0..PRE).flat_map(|i| (0..post).map(move |j| (i, j)));
            let kept = pairs.filter(|(i, j)| key.below((i * post + j).into(), 5) == 0);
            projection.pairs(kept.map(|(i, j)| (i, j, 100)).collect::<Vec<_>>())
        }
    };
    projection
        .weight_exponent(-8)
        .format(SignMode::Excitatory, 8)
        .learn("rule");
    net
}

/// A chip that uses no strategy faster than `fastest`.
fn chip(image: &CheckedImage, fastest: Strategy) -> Chip {
    let mut program = ChipProgram::new(image);
    let learning = program.cores.iter_mut().filter_map(|c| c.learning.as_mut());
    learning.for_each(|l| Arc::get_mut(l).expect("not shared yet").fastest = fastest);
    Chip::new(Arc::new(program))
}

/// Microseconds a step of each chip with so many neurons, the fastest of `runs`.
fn measure(chips: &mut [Chip], post: u32, runs: u32) -> Vec<f64> {
    let sources = u64::from(PRE + post + 1);
    let key = Key::new(5, Purpose::Stimulus);
    let all = (0..STEPS).flat_map(|t| (0..PRE + post + 1).map(move |i| (t, i)));
    let events = all.filter(|(t, i)| key.below(t * sources + u64::from(*i), EVERY) == 0);
    let input = SpikeTrain::new(chips[0].program(), events.collect()).expect("its own inputs");
    let mut best = vec![f64::INFINITY; chips.len()];
    let mut seen = vec![];
    for _ in 0..runs {
        for (chip, best) in chips.iter_mut().zip(&mut best) {
            chip.reset(0);
            let start = Instant::now();
            chip.run(STEPS, &input, &RunOptions::default());
            *best = best.min(start.elapsed().as_secs_f64() * 1e6 / STEPS as f64);
            seen.push(chip.snapshot());
        }
    }
    assert!(
        seen.iter().all(|s| *s == seen[0]),
        "the same bits by every strategy"
    );
    best
}

fn main() {
    let mut args = std::env::args().skip(1);
    let runs = args
        .next()
        .map_or(20, |n| n.parse().expect("a number of runs"));
    let wanted = args.next();
    let only = args.next();
    let strategies: Vec<_> = STRATEGIES
        .into_iter()
        .filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name))
        .collect();
    let options = CompileOptions::default().ignoring_limits();
    println!("microseconds a step, {}", instruction_set());
    print!("{:36}", "");
    strategies.iter().for_each(|(name, _)| print!("{name:>13}"));
    println!();
    for workload in workloads() {
        if wanted
            .as_deref()
            .is_some_and(|wanted| wanted != workload.name)
        {
            continue;
        }
        let image = compile(&network(&workload), &options)
            .unwrap_or_else(|e| panic!("{}: {e}", workload.name))
            .image;
        let image = CheckedImage::prove(image, &options.board, LimitPolicy::Report)
            .unwrap_or_else(|e| panic!("{}: {e:?}", workload.name));
        let mut chips: Vec<Chip> = strategies.iter().map(|(_, s)| chip(&image, *s)).collect();
        print!("{:36}", workload.name);
        measure(&mut chips, workload.post, runs)
            .iter()
            .for_each(|us| print!("{us:>13.2}"));
        println!();
    }
}
