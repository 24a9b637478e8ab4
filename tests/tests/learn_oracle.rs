//! Three witnesses of learning agree on random networks: see `seamount_tests::learn_case`.
//!
//! `SEAMOUNT_LEARN_CASES` sets the number of cases, `SEAMOUNT_SEED` the seed.

use seamount_tests::learn_case::{LearnDice, check};

#[test]
fn le_001_to_le_013_chip_equals_oracle() {
    let number = |name: &str, default| {
        std::env::var(name)
            .ok()
            .and_then(|v| v.parse().ok())
            .unwrap_or(default)
    };
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(1, |d| d.as_nanos() as u64);
    let seed = number("SEAMOUNT_SEED", clock);
    let cases = number("SEAMOUNT_LEARN_CASES", 400);
    println!("seed {seed}, {cases} cases");
    let mut changed = 0;
    let mut visited = 0;
    for index in 0..cases {
        let own = index.wrapping_mul(0x1234_5678_9abc_def1);
        let outcome = check(&mut LearnDice::seeded(seed.wrapping_add(own)));
        changed += u64::from(outcome.changed);
        visited += outcome.visits;
    }
    println!("{changed} of {cases} cases changed something, {visited} visits");
    assert!(changed * 2 > cases, "{changed} of {cases} cases learn");
}

#[test]
fn le_001_to_le_013_with_narrower_vectors() {
    let cases = std::env::var("SEAMOUNT_LEARN_CASES").unwrap_or_else(|_| "600".into());
    seamount_tests::narrower::again("chip_equals_oracle", &[("SEAMOUNT_LEARN_CASES", &cases)]);
}
