//! Declarations that are wrong, and a small one that is run.

use super::{DeclaredFiles, Readout, System};
use seamount_chip::RunOptions;
use seamount_compile::CompileOptions;
use seamount_spec::Board;
use seamount_study::trials::Trials;
use std::path::Path;

/// Three outputs with a source each. Of six inputs of 30 output 0 (threshold 50) fires at every
/// second one, output 1 (20) at each, output 2 (1000) at none and keeps them.
const NETLIST: &str = r#"{
  "format": "seamount-netlist", "version": 1, "name": "two",
  "inputs": [{"name": "in", "size": 3}],
  "populations": [{"name": "out", "size": 3, "compartments": [
    {"name": "soma", "current_decay": 4095, "voltage_decay": 0, "threshold_mantissa": [50, 20, 1000]}]}],
  "projections": [{"name": "in->out", "source": "in", "target": "out",
    "connectivity": {"kind": "one_to_one", "weights": 30}}]
}"#;

fn read(toml: &'static str) -> Result<System, Vec<String>> {
    let files = DeclaredFiles {
        toml,
        netlists: &[("two.json", NETLIST)],
    };
    let lines = |findings: Vec<_>| findings.iter().map(ToString::to_string).collect();
    System::read(files).map_err(lines)
}

#[test]
fn everything_wrong_with_a_declaration_is_said_at_once_with_its_line() {
    let found = read(
        r#"name = "two"
steps = 0
stepps = 3

[[network]]
board = "loihi9"
netlist = "three.json"
readout = { kind = "largest", population = "out", register = "voltage", word = 1 }

[encoder]
kind = "level-crossing"
levels = 300
white = 4

[[recorded]]
figure = "accuracy"
value = "high"
unit = "%"
source = "nowhere"
"#,
    )
    .unwrap_err();
    let wanted = [
        "source: is missing",
        "line 2: steps: 0 is outside 1..=16777216",
        "there is no board 'loihi9'",
        "there is no netlist 'three.json' beside this file",
        "wanted one of 'register' and 'word'",
        "line 12: encoder.levels: 300 is outside 0..=254",
        "encoder.cue: is missing",
        "recorded[0].value: holds 'high', wanted a number",
        "line 3: stepps: is not known here; did you mean 'steps'?",
    ];
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.contains(wanted), "{found} / {wanted}");
    }
}

#[test]
fn kinds_that_nobody_knows_are_refused_with_those_there_are() {
    let found = read(
        r#"name = "two"
source = "here"
steps = 8
[[network]]
board = "loihi1"
netlist = "two.json"
readout = { kind = "biggest", population = "out" }
[encoder]
kind = "rate"
"#,
    )
    .unwrap_err();
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("'biggest' is none of largest, most-spikes, first-spike"));
    assert!(found[1].contains("'rate' is none of level-crossing, accumulate, random"));
}

/// The small system with a readout.
fn read_by(readout: &str) -> System {
    let toml = format!(
        r#"name = "two"
source = "here"
steps = 8
[[network]]
board = "loihi1"
netlist = "two.json"
readout = {{ {readout} }}
"#
    );
    read(toml.leak()).unwrap()
}

/// The answer to six spikes of every source.
fn answer(readout: &str) -> usize {
    let system = read_by(readout);
    let network = system.network(None).unwrap();
    let netlist = network.netlist(Path::new("")).unwrap();
    let placed = system.place(network, netlist).unwrap();
    let trials = Trials::new(1, 1, seamount_study::Progress::UNSEEN);
    let all = |_| {
        let steps = 0..6;
        steps
            .flat_map(|step| [0, 1, 2].map(|source| (step, source)))
            .collect()
    };
    let batch = placed
        .run(1, &trials, &RunOptions::default(), all, |_, _| ())
        .unwrap();
    batch.shown[0].answer
}

#[test]
fn readouts_answer_by_voltage_by_count_and_by_time() {
    assert_eq!(answer(r#"kind = "most-spikes", population = "out""#), 1);
    assert_eq!(answer(r#"kind = "first-spike", population = "out""#), 1);
    let largest = r#"kind = "largest", population = "out", register = "voltage""#;
    assert_eq!(answer(largest), 2);
}

#[test]
fn a_readout_of_a_population_that_is_not_there_is_an_error() {
    let system = read_by(r#"kind = "most-spikes", population = "outputs""#);
    let network = system.network(None).unwrap();
    let netlist = network.netlist(Path::new("")).unwrap();
    let problem = system.place(network, netlist).unwrap_err().to_string();
    assert_eq!(problem, "two: the network has no readout");
    assert!(system.network(Some("loihi2")).is_err());
    let Some(Readout::MostSpikes { population }) = &network.readout else {
        panic!("another readout");
    };
    assert_eq!(population, "outputs");
}

#[test]
fn a_declaration_says_how_a_network_is_placed() {
    let place = |lines: &'static str| read(lines).unwrap().networks[0].place.clone();
    let usual = place(
        r#"name = "two"
source = "here"
steps = 8
[[network]]
board = "loihi1"
netlist = "two.json"
"#,
    );
    assert_eq!(usual, CompileOptions::new(Board::loihi1()));
    let lifted = place(
        r#"name = "two"
source = "here"
steps = 8
[[network]]
board = "loihi2"
netlist = "two.json"
limits = "lifted"
refinement_steps = 0
"#,
    );
    let wanted = CompileOptions::new(Board::loihi2());
    assert_eq!(lifted, wanted.ignoring_limits().refinement_steps(0));
}
