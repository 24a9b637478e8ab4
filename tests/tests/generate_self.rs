//! The generator: what it makes is valid, lively, and has every feature in it.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use seamount_network::netlist::*;
use seamount_tests::generate::{Case, Options, cases};
use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

const EVERYTHING: Options = Options {
    noise: true,
    large: true,
    split: true,
};

fn some(count: usize, options: Options) -> impl Iterator<Item = Case> {
    let mut runner = TestRunner::deterministic();
    let strategy = cases(options);
    (0..count).map(move |_| {
        strategy
            .new_tree(&mut runner)
            .expect("no case is ever rejected")
            .current()
    })
}

fn features(case: &Case, seen: &mut BTreeMap<String, usize>) {
    let mut found = HashSet::new();
    for c in case
        .netlist
        .populations
        .iter()
        .flat_map(|p| &p.compartments)
    {
        found.insert(format!(
            "{:?} {:?} of {}",
            c.join,
            c.passes,
            c.children.len()
        ));
        found.insert(format!("{:?}", c.threshold_mode));
        found.insert(format!("noise {}", c.noise));
    }
    for p in &case.netlist.projections {
        found.insert(
            format!("{:?}", p.connectivity)
                .split([' ', '('])
                .next()
                .unwrap_or_default()
                .to_string(),
        );
        found.insert(format!("{:?}", p.precision));
        found.insert(
            format!("{:?}", p.axons)
                .split('(')
                .next()
                .unwrap_or_default()
                .to_string(),
        );
        found.insert(format!("box {}", p.box_synapse));
        found.insert(format!(
            "recurrent {}",
            case.netlist.resolve(&p.source) == case.netlist.resolve(&p.target)
        ));
    }
    for record in case.run() {
        let counts = record.counts;
        let happened = [
            (counts.q_wraps, "q wraps"),
            (counts.u_wraps, "u wraps"),
            (counts.v_clips, "v clips"),
            (counts.spikes, "spikes"),
            (counts.synaptic_operations, "synaptic operations"),
        ];
        found.extend(happened.iter().filter(|h| h.0 > 0).map(|h| h.1.to_string()));
    }
    for feature in found {
        *seen.entry(feature).or_default() += 1;
    }
}

#[test]
fn every_feature_occurs_and_most_networks_spike() {
    let mut seen = BTreeMap::new();
    some(1500, EVERYTHING).for_each(|case| features(&case, &mut seen));
    println!("{seen:#?}");
    for join in ["Add", "Max", "Min", "Pass", "Block", "Or", "And"] {
        for passed in ["Voltage", "Current"] {
            for children in [1, 2] {
                assert!(
                    seen.contains_key(&format!("{join} {passed} of {children}")),
                    "{join} {passed} {children}"
                );
            }
        }
    }
    for form in [
        "Dense",
        "Pairs",
        "Lists",
        "OneToOne",
        "AllToAll",
        "Discrete",
        "Pop16",
        "Pop32",
        "box true",
        "recurrent true",
    ] {
        assert!(seen.contains_key(form), "{form}");
    }
    let occur = |what: &str| seen.get(what).copied().unwrap_or(0);
    assert!(
        occur("spikes") > 1000 && occur("synaptic operations") > 900,
        "{seen:#?}"
    );
    assert!(
        occur("q wraps") > 50 && occur("u wraps") > 50 && occur("v clips") > 150,
        "{seen:#?}"
    );
}

#[test]
fn shared_things_of_a_core_are_few() {
    for case in some(500, EVERYTHING) {
        let mut thresholds = HashSet::new();
        let mut profiles = HashSet::new();
        for (i, p) in case.netlist.populations.iter().enumerate() {
            for (part, c) in p.compartments.iter().enumerate() {
                for n in 0..p.size as usize {
                    thresholds.insert(c.threshold_mantissa.get(n));
                    let registers = (
                        c.current_decay.get(n),
                        c.voltage_decay.get(n),
                        c.refractory_steps.get(n),
                    );
                    profiles.insert((
                        i,
                        part,
                        registers,
                        c.threshold_mantissa.get(n),
                        c.bias_exponent.get(n),
                    ));
                }
            }
        }
        assert!(thresholds.len() <= 8, "{} thresholds", thresholds.len());
        assert!(profiles.len() <= 32, "{} profiles", profiles.len());
    }
}

#[test]
fn a_population_fits_one_core_unless_told_otherwise() {
    for case in some(
        500,
        Options {
            split: false,
            ..EVERYTHING
        },
    ) {
        assert!(
            case.noise.is_none()
                || case
                    .noise
                    .iter()
                    .all(|replay| replay.len() == case.steps as usize)
        );
        let needed = |delay: u8| {
            (3u8..=6)
                .find(|bits| u32::from(delay) <= (1 << bits) - 2)
                .expect("delay 0..=62")
        };
        for projection in &case.netlist.projections {
            let edges = projection.edges(&case.netlist);
            let longest = edges.delays.written().iter().copied().max().unwrap_or(0);
            let Some(Resolved::Compartment(population, _)) =
                case.netlist.resolve(&projection.target)
            else {
                panic!("no target")
            };
            let population = &case.netlist.populations[population];
            let bits = population.core.delay_bits.unwrap_or(needed(longest));
            assert!(
                needed(longest) <= bits,
                "delay {longest} in a core with {bits} bits"
            );
            assert!(population.size * population.compartments.len() as u32 <= 8192 >> bits);
        }
    }
}

#[test]
fn building_is_a_pure_function_and_reports_its_speed() {
    for (name, options) in [("small", Options::default()), ("everything", EVERYTHING)] {
        let (first, second): (Vec<_>, Vec<_>) =
            (some(200, options).collect(), some(200, options).collect());
        assert!(first == second);
        let start = Instant::now();
        let steps: usize = first.iter().map(|case| case.run().len()).sum();
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{name}: {:.0} cases/s, {:.0} steps/s",
            200.0 / seconds,
            steps as f64 / seconds
        );
    }
}
