//! Random networks: what the image does is what the netlist says.

mod common;
use common::*;
use proptest::prelude::*;
use seamount_compile::{CompileError, CompileOptions, compile};
use seamount_network::netlist::*;
use seamount_spec::Board;

fn population(dice: &mut Dice, i: usize) -> Population {
    let size = dice.range(1, 300) as u32;
    let name = format!("p{i}");
    let mut population = if dice.chance(30) {
        Population::ahp(&name, size, 5)
    } else {
        Population::new(&name, size)
    };
    population.core.ds_offset = false;
    if dice.chance(20) {
        population.core.v_min_exponent = 20;
    }
    if dice.chance(20) {
        population.core.delay_bits = Some(6);
    }
    if dice.chance(40) {
        let thresholds: Vec<u32> = (0..size).map(|_| dice.range(1, 12) as u32).collect();
        population = population.threshold_mantissa(thresholds);
    }
    if dice.chance(30) {
        population = population.initial_voltage(
            (0..size)
                .map(|_| dice.range(-3, 3) as i32)
                .collect::<Vec<_>>(),
        );
    }
    population
}

fn groups(dice: &mut Dice, size: u32) -> Groups {
    let per = dice.range(1, 40) as u32;
    let step = dice.range(1, 3) as u32;
    Groups {
        group: (0..size)
            .map(|s| s / per * 7 % 1000)
            .collect::<Vec<_>>()
            .into(),
        atom: (0..size)
            .map(|s| (s % per * step) as u16)
            .collect::<Vec<_>>()
            .into(),
    }
}

fn connectivity(
    dice: &mut Dice,
    sources: u32,
    targets: u32,
    low: i64,
    high: i64,
    delay: i64,
) -> Connectivity {
    let weight = |dice: &mut Dice| dice.range(low, high) as i32;
    match dice.below(5) {
        0 if sources == targets => Connectivity::OneToOne {
            weights: (0..sources)
                .map(|_| weight(dice))
                .collect::<Vec<_>>()
                .into(),
            delays: (dice.range(0, delay) as u8).into(),
        },
        1 => Connectivity::AllToAll {
            weight: weight(dice),
            delay: dice.range(0, delay) as u8,
        },
        2 => {
            let row = |dice: &mut Dice| {
                (0..targets)
                    .map(|_| if dice.chance(50) { 0 } else { weight(dice) })
                    .collect()
            };
            let weights = Matrix::Rows((0..sources).map(|_| row(dice)).collect());
            Connectivity::Dense {
                weights,
                delay: dice.range(0, delay) as u8,
            }
        }
        _ => {
            let count = dice.range(0, 2000) as usize;
            Connectivity::Pairs {
                sources: (0..count)
                    .map(|_| dice.below(u64::from(sources)) as u32)
                    .collect::<Vec<_>>()
                    .into(),
                targets: (0..count)
                    .map(|_| dice.below(u64::from(targets)) as u32)
                    .collect::<Vec<_>>()
                    .into(),
                weights: (0..count).map(|_| weight(dice)).collect::<Vec<_>>().into(),
                delays: (0..count)
                    .map(|_| dice.range(0, delay) as u8)
                    .collect::<Vec<_>>()
                    .into(),
            }
        }
    }
}

fn network(seed: u64) -> Netlist {
    let dice = &mut Dice::new(seed);
    let mut net = Netlist::new("random");
    net.input("in", dice.range(1, 100) as u32);
    let count = dice.range(1, 4) as usize;
    for i in 0..count {
        net.add(population(dice, i));
    }
    let mut delayed = vec![0i64; count];
    for d in &mut delayed {
        *d = if dice.chance(30) {
            dice.range(0, 20)
        } else {
            0
        };
    }
    for _ in 0..dice.range(1, 6) {
        let target = dice.below(count as u64) as usize;
        let source = if dice.chance(30) {
            "in".to_string()
        } else {
            format!("p{}", dice.below(count as u64))
        };
        let to = if net.populations[target].compartments.len() == 2 && dice.chance(50) {
            ".ahp"
        } else {
            ""
        };
        let sources = net.size(net.resolve(&Endpoint(source.clone())).unwrap());
        let targets = net.populations[target].size;
        let (low, high, format) = match dice.below(6) {
            0 => (-256, 255, None),
            1 => (0, 255, Some(SignMode::Excitatory)),
            2 => (-255, 0, Some(SignMode::Inhibitory)),
            3 => (-256, 255, Some(SignMode::Mixed)),
            4 => (1, 3, None),
            _ => (-8, 8, None),
        };
        let connectivity = connectivity(dice, sources, targets, low, high, delayed[target]);
        let boxed = to.is_empty() && dice.chance(15);
        if boxed {
            let compartment = net.populations[target].compartments.last_mut().unwrap();
            compartment.current_decay = 0.into();
        }
        let axons = match dice.below(5) {
            0 => Axons::Pop16(groups(dice, sources)),
            1 => Axons::Pop32(groups(dice, sources)),
            _ => Axons::Discrete,
        };
        let exponents: Values<i8> = match dice.below(3) {
            0 => 0.into(),
            1 => (dice.range(-8, 7) as i8).into(),
            _ => (0..targets)
                .map(|_| dice.range(-3, 1) as i8)
                .collect::<Vec<_>>()
                .into(),
        };
        let bits = [1u8, 2, 3, 4, 5, 6, 8][dice.below(7) as usize];
        let p = net.connect(&source, &format!("p{target}{to}"));
        p.connectivity = connectivity;
        p.weight_exponent = exponents;
        p.box_synapse = boxed;
        p.axons = axons;
        if let Some(sign_mode) = format {
            p.precision = Precision::Format {
                sign_mode,
                weight_bits: bits,
            };
        }
    }
    net
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(100)
    })]

    #[test]
    fn every_synapse_arrives_as_written(seed in any::<u64>(), ignore_limits in any::<bool>()) {
        let net = network(seed);
        prop_assert_eq!(net.check(), vec![]);
        let mut options = CompileOptions::default().refinement_steps(500);
        options.ignore_limits = ignore_limits;
        let compiled = verified(&net, &options);
        for (core, report) in compiled.image.cores.iter().zip(&compiled.report.cores) {
            prop_assert!(report.synapse_bits_used <= core.synapse_memory.len() as u64 * 64);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(40)
    })]

    #[test]
    fn tight_limits_split_cores_or_are_named(seed in any::<u64>()) {
        let net = network(seed);
        let dice = &mut Dice::new(!seed);
        let mut board = Board::preset("kapoho-bay").unwrap();
        board.core.synapse_words = dice.range(100, 2000) as u32;
        board.core.output_slots = dice.range(20, 600) as u32;
        board.core.input_slots = dice.range(50, 600) as u32;
        board.core.synapse_formats = dice.range(1, 15) as u32;
        board.core.compartments = dice.range(10, 300) as u32;
        let options = CompileOptions::new(board).refinement_steps(500);
        match compile(&net, &options) {
            Ok(_) => drop(verified(&net, &options)),
            Err(CompileError::Limits(limits)) => {
                prop_assert!(!limits.is_empty());
                prop_assert!(limits.iter().all(|l| l.wanted > l.available));
            }
            Err(other) => panic!("{other}"),
        }
    }
}
