//! Steps of small and large cores: `cargo bench -p seamount-chip`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use seamount_arith::random::{Key, Purpose};
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{Netlist, Population};

fn chip(netlist: &Netlist) -> Chip {
    let options = CompileOptions::default().ignoring_limits();
    let image = compile(netlist, &options)
        .expect("the bench's own network")
        .image;
    Chip::load(
        &CheckedImage::prove(image, &options.board, LimitPolicy::Report).expect("a proved image"),
    )
}

/// `neurons` neurons, `fan` random synapses each, all driven to spike about every 60 steps.
fn recurrent(neurons: u32, fan: u32) -> Netlist {
    let key = Key::new(3, Purpose::Stimulus);
    let mut net = Netlist::new("bench");
    let start = |n: u32| (key.part(1).below(u64::from(n), 64_000)) as i32;
    net.add(
        Population::new("n", neurons)
            .current_decay(1024)
            .voltage_decay(128)
            .threshold_mantissa(1000)
            .bias(2300, 0)
            .initial_voltage((0..neurons).map(start).collect::<Vec<_>>()),
    );
    let synapse = |i: u32| {
        let draw = key.part(2).draw(u64::from(i));
        (
            i / fan,
            (draw >> 32) as u32 % neurons,
            if draw & 1 == 0 { 4 } else { -4 },
        )
    };
    net.connect("n", "n").pairs((0..neurons * fan).map(synapse));
    net
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    for (name, neurons, fan, vectors) in [
        ("1024 neurons", 1024, 0, true),
        ("1024 neurons, one at a time", 1024, 0, false),
        ("1024 neurons x 100 synapses", 1024, 100, true),
    ] {
        let mut chip = chip(&recurrent(neurons, fan));
        let options = RunOptions::new().vectors(vectors);
        group.throughput(Throughput::Elements(u64::from(neurons) * 100));
        group.bench_function(name, |b| {
            b.iter(|| chip.run(100, &SpikeTrain::default(), &options))
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = Criterion::default().sample_size(20); targets = steps }
criterion_main!(benches);
