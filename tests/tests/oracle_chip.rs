//! The emulator equals the oracle: every register of every step of random networks, for 1..4
//! threads, with and without the vector kernel, across snapshot and restore.
//!
//! `SEAMOUNT_CASES` sets the number of cases of each kind, `SEAMOUNT_SEED` the seed; both are
//! printed, so that any run can be repeated.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use seamount_tests::generate::{Case, Options, cases};
use seamount_tests::lockstep::{self, Plan};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn seed() -> u64 {
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(1, |d| d.as_nanos() as u64);
    number("SEAMOUNT_SEED", clock)
}

fn plans() -> impl Strategy<Value = Plan> {
    let restores = proptest::collection::vec(0.0..1.0f64, 0..3);
    (
        proptest::sample::select(vec![12u32, 20, 64, 1024]),
        1..=4usize,
        proptest::bool::ANY,
        restores,
        proptest::bool::ANY,
    )
        .prop_map(
            |(compartments_per_core, threads, vectors, restores, accumulators)| Plan {
                compartments_per_core,
                threads,
                vectors,
                restore_at: restores.iter().map(|r| (r * 1e6) as u64).collect(),
                accumulators,
            },
        )
}

/// Restore points as steps of the case, ascending.
fn settle(mut plan: Plan, steps: u64) -> Plan {
    plan.restore_at
        .iter_mut()
        .for_each(|r| *r = *r * steps / 1_000_000);
    plan.restore_at.sort_unstable();
    plan
}

fn check(case: &Case, plan: &Plan) -> Result<bool, String> {
    let image = match lockstep::image(case, plan) {
        Ok(image) => image,
        // more formats or slots than a core has: not a case
        Err(seamount_compile::CompileError::Limits(_)) => return Ok(false),
        Err(other) => return Err(format!("does not compile: {other}")),
    };
    let (seen, last) = lockstep::run(case, plan, &image);
    lockstep::compare(case, &seen, &case.run())?;
    let plain = Plan {
        threads: 1,
        vectors: !plan.vectors,
        restore_at: vec![],
        ..plan.clone()
    };
    let (_, other) = lockstep::run(case, &plain, &image);
    if last == other {
        Ok(true)
    } else {
        Err("snapshots differ between threads or kernels".into())
    }
}

fn campaign(options: Options, cases_default: u64) {
    let seed = seed();
    let wanted = number("SEAMOUNT_CASES", cases_default);
    println!("seed {seed}, {wanted} cases, {options:?}");
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(
        Config {
            failure_persistence: None,
            ..Config::default()
        },
        rng,
    );
    let strategy = (cases(options), plans());
    let mut refused = 0;
    for index in 0..wanted {
        let mut tree = strategy
            .new_tree(&mut runner)
            .expect("the strategy makes cases");
        let run = |tree: &(Case, Plan)| {
            let (case, plan) = tree;
            check(case, &settle(plan.clone(), case.steps))
        };
        match run(&tree.current()) {
            Ok(ran) => refused += u64::from(!ran),
            Err(first) => {
                // shrink: keep the smallest case that still fails
                let mut smallest = tree.current();
                let mut why = first;
                let mut budget = 400;
                let mut more = tree.simplify();
                while more && budget > 0 {
                    budget -= 1;
                    more = match run(&tree.current()) {
                        Err(again) => {
                            (smallest, why) = (tree.current(), again);
                            tree.simplify()
                        }
                        Ok(_) => tree.complicate(),
                    };
                }
                panic!(
                    "seed {seed}, case {index}: {why}\n{:#?}\n{:?}",
                    settle(smallest.1, smallest.0.steps),
                    smallest.0
                );
            }
        }
    }
    println!("{refused} of {wanted} cases did not fit a chip and were not run");
    assert!(
        refused * 10 <= wanted,
        "{refused} of {wanted} cases did not fit a chip"
    );
}

#[test]
fn chip_equals_oracle_on_small_networks() {
    campaign(Options::default(), 2000);
}

#[test]
fn chip_equals_oracle_with_noise() {
    campaign(
        Options {
            noise: true,
            ..Options::default()
        },
        1000,
    );
}

#[test]
fn chip_equals_oracle_on_larger_networks() {
    campaign(
        Options {
            noise: true,
            large: true,
            split: true,
        },
        400,
    );
}

#[test]
fn the_same_with_narrower_vectors() {
    let cases = std::env::var("SEAMOUNT_CASES").unwrap_or_else(|_| "100".into());
    seamount_tests::narrower::again("on_small_networks", &[("SEAMOUNT_CASES", &cases)]);
}
