//! Networks that fill a Loihi 1 to the last slot.

mod common;
use common::*;
use seamount_compile::{CompileOptions, compile};
use seamount_network::netlist::Connectivity;

fn expect_full(populations: u32) {
    let compiled = verified(&ring(16, populations, 7), &CompileOptions::default());
    assert_eq!(compiled.report.cores.len(), 16);
    for core in &compiled.report.cores {
        let used = |name: &str| core.usage.iter().find(|u| u.resource == name).unwrap().used;
        assert_eq!(used("compartments"), 1024);
        assert_eq!(used("input slots"), 4096);
        assert_eq!(used("output slots"), 4096);
        assert_eq!(used("synapse memory words"), 16384);
    }
}

#[test]
fn nc_024_sixteen_full_cores_from_one_population() {
    expect_full(1);
}

#[test]
fn nc_024_sixteen_full_cores_from_sixteen_populations() {
    expect_full(16);
}

/// Run with `--ignored --nocapture` for the numbers in the benchmarks.
#[test]
#[ignore = "8.4 million synapses: a measurement"]
fn a_full_chip_compiles_in_seconds() {
    let net = ring(128, 1, 7);
    let before = peak_mb();
    let start = std::time::Instant::now();
    let compiled = compile(&net, &CompileOptions::default()).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let cost = compiled.report.placement;
    println!(
        "131,072 neurons: {seconds:.2} s, peak {before} -> {} MB, {cost:?}",
        peak_mb()
    );
    assert_eq!(compiled.report.cores.len(), 128);
}

/// Delays, signs and an exponent per neuron: the choice of formats has most to do here.
#[test]
#[ignore = "8.4 million synapses: a measurement"]
fn a_chip_of_many_formats_compiles_in_seconds() {
    let mut net = ring(128, 1, 7);
    let Connectivity::Lists(edges) = &mut net.projections[0].connectivity else {
        panic!()
    };
    let dice = &mut Dice::new(1);
    let count = edges.len();
    edges.weights = (0..count)
        .map(|_| dice.range(-100, 100) as i32)
        .collect::<Vec<_>>()
        .into();
    edges.delays = (0..count)
        .map(|_| dice.below(3) as u8 * 3)
        .collect::<Vec<_>>()
        .into();
    net.projections[0].weight_exponent = (0..128 * 1024)
        .map(|_| dice.range(-2, 2) as i8)
        .collect::<Vec<_>>()
        .into();
    let start = std::time::Instant::now();
    let compiled = compile(&net, &CompileOptions::default().ignoring_limits()).unwrap();
    println!(
        "many formats: {:.2} s, peak {} MB",
        start.elapsed().as_secs_f64(),
        peak_mb()
    );
    println!("{:#?}", compiled.report.cores[0].formats);
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}
