//! A network that another program wrote as JSON: opened, run, and what is wrong with a bad one.
//!
//! `cargo run --release --example json_network`

use seamount::{Chip, Events, Failure, LimitPolicy, NetworkFile, RunOptions, SourceOptions};

/// Two populations, the second excited by the first. Fields that are absent have their defaults;
/// arrays may stand in .npy files beside the JSON file.
const NETWORK: &str = r#"{
  "format": "seamount-netlist", "version": 1, "name": "relay",
  "inputs": [{"name": "in", "size": 2}],
  "populations": [
    {"name": "first", "size": 2, "compartments": [
      {"name": "soma", "threshold_mantissa": 50, "voltage_decay": 200}]},
    {"name": "second", "size": 1, "compartments": [
      {"name": "soma", "threshold_mantissa": 80, "voltage_decay": 200}]}
  ],
  "projections": [
    {"name": "in-first", "source": "in", "target": "first",
     "connectivity": {"kind": "one_to_one", "weights": [60, 60]}},
    {"name": "first-second", "source": "first", "target": "second",
     "connectivity": {"kind": "dense", "weights": [[50], [50]]}}
  ],
  "probes": [{"name": "second.spike", "target": "second", "register": "spike"}]
}"#;

/// Runs the example.
///
/// # Errors
/// None here; a file of your own may have findings.
pub fn main() -> Result<(), Failure> {
    // `NetworkFile::read("relay.json")` for a file; .nir, .net and images open the same way
    let file = NetworkFile::of_bytes("relay.json", NETWORK.into());
    let placed = file.image(&SourceOptions::new(), LimitPolicy::Enforce)?;
    let mut chip = Chip::load(placed.prove(LimitPolicy::Enforce)?);
    let both = (0..20).flat_map(|step| [(step, 0), (step, 1)]);
    let run = chip.run(20, &Events::of("in", both), &RunOptions::new())?;
    let second = run
        .recording("second.spike")
        .expect("a probe of the network");
    println!("second fired {} times in {} steps", second.sum(), run.steps);
    assert!(second.sum() > 0);

    // everything wrong is said at once, each finding with its place
    let wrong = NETWORK
        .replace("\"source\": \"first\"", "\"source\": \"frist\"")
        .replace("\"voltage_decay\": 200", "\"voltage_decay\": 5000");
    let wrong = NetworkFile::of_bytes("wrong.json", wrong.into());
    let failure = wrong
        .network(&SourceOptions::new())
        .expect_err("a name and two registers are wrong");
    println!("{failure}");
    assert!(failure.findings.len() >= 3, "{failure}");
    Ok(())
}
