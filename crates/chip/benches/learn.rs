//! Plastic synapses: `cargo bench -p seamount-chip --bench learn`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use seamount_arith::random::{Key, Purpose};
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{LearningRule, Netlist, Population, SignMode, Trace};

const STEPS: u64 = 1000;
const PRE: u32 = 1024;
const POST: u32 = 128;

/// 1,024 inputs reach 128 neurons, which another input makes spike.
fn network(rule: LearningRule) -> Netlist {
    let mut net = Netlist::new("plastic");
    net.input("pre", PRE).input("teach", POST);
    net.add(
        Population::new("post", POST)
            .current_decay(4095)
            .voltage_decay(4095)
            .threshold_mantissa(4000),
    );
    net.connect("teach", "post")
        .one_to_one(255)
        .weight_exponent(7);
    let name = rule.name.clone();
    net.rule(rule)
        .connect("pre", "post")
        .all_to_all(100)
        .weight_exponent(-8)
        .format(SignMode::Excitatory, 8)
        .learn(&name);
    net
}

fn chip(net: &Netlist) -> Chip {
    let options = CompileOptions::default().ignoring_limits();
    let image = compile(net, &options)
        .expect("the bench's own network")
        .image;
    Chip::load(
        &CheckedImage::prove(image, &options.board, LimitPolicy::Report).expect("a proved image"),
    )
}

/// Independent spikes of all inputs with 2 % a step.
fn spikes(chip: &Chip) -> SpikeTrain {
    let key = Key::new(5, Purpose::Stimulus);
    let all = (0..STEPS).flat_map(|t| (0..PRE + POST).map(move |i| (t, i)));
    let events = all.filter(|(t, i)| key.below(t * u64::from(PRE + POST) + u64::from(*i), 50) == 0);
    SpikeTrain::new(chip.program(), events.collect()).expect("its own inputs")
}

fn learning(c: &mut Criterion) {
    let mut group = c.benchmark_group("learn");
    let trace = Some(Trace::new(64, 20.0));
    let stdp = LearningRule {
        dw: Some("2^-2*x1*y0 - 2^-2*y1*x0".into()),
        x1: trace,
        y1: trace,
        ..LearningRule::new("stdp")
    };
    let dense = LearningRule {
        dw: Some("2^-7*y1*t*u0".into()),
        dt: Some("2^-7*x1*y1*u0 - 2^-4*t*u0".into()),
        x1: trace,
        y1: trace,
        ..LearningRule::new("dense, every step and synapse")
    };
    for rule in [stdp, dense] {
        let name = rule.name.clone();
        let mut chip = chip(&network(rule));
        let input = spikes(&chip);
        let seen = chip.run(STEPS, &input, &RunOptions::default()).total();
        println!(
            "{name}: {} visits and {} products a step",
            seen.learning_visits / STEPS,
            seen.learning_products / STEPS
        );
        // visited synapses are the updates of pairwise STDP, products those of the dense rule
        let work = if name == "stdp" {
            u64::from(PRE * POST) * STEPS / 25
        } else {
            seen.learning_products
        };
        group.throughput(Throughput::Elements(work));
        group.bench_function(name, |b| {
            b.iter(|| {
                chip.reset(0);
                chip.run(STEPS, &input, &RunOptions::default())
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = learning
}
criterion_main!(benches);
