//! The package `seamount` as a stranger meets it: its names, its examples, what it compiles.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "../../examples/energy.rs"]
mod energy;
#[path = "../../examples/json_network.rs"]
mod json_network;
#[path = "../../examples/learning.rs"]
mod learning;
#[path = "../../examples/neuron_program.rs"]
mod neuron_program;
#[path = "../../examples/spikes.rs"]
mod spikes;

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace").into()
}

/// Public names of the package, in the order of the alphabet. Whoever takes one away breaks the
/// programs of users: that is a new major version.
const NAMES: [&str; 57] = [
    "Bill",
    "Board",
    "CheckedImage",
    "Chip",
    "Clocks",
    "Column",
    "Compartment",
    "CompileOptions",
    "Compiled",
    "Cost",
    "Currents",
    "Discretisation",
    "Energy",
    "EventCounts",
    "Events",
    "Failure",
    "FailureKind",
    "Fidelity",
    "Finding",
    "FloatNetwork",
    "Image",
    "ImportOptions",
    "IntegerNetwork",
    "Join",
    "Kept",
    "Learned",
    "LearnedSynapses",
    "LearningRule",
    "LimitPolicy",
    "Netlist",
    "NetworkFile",
    "NeuroBench",
    "PerInference",
    "Placed",
    "Placement",
    "Population",
    "Probe",
    "ProbeText",
    "Profile",
    "Programmed",
    "Projection",
    "QuantiseReport",
    "Recording",
    "Register",
    "Remedy",
    "Reset",
    "Reward",
    "RunCost",
    "RunOptions",
    "RunOutcome",
    "RunPiece",
    "RunReport",
    "Scales",
    "SignMode",
    "SourceOptions",
    "Subject",
    "ThresholdMode",
];

/// Names that follow the alphabet above.
const MORE_NAMES: [&str; 3] = ["Time", "Trace", "add_probes"];

/// The names that `src/lib.rs` re-exports, and the crate and name each comes from.
fn exported() -> Vec<(String, String, String)> {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).expect("the face");
    let code: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//") && !line.starts_with("#!"))
        .collect();
    let mut found = vec![];
    for statement in code.split(';').filter(|s| s.trim().starts_with("pub use")) {
        let path = statement.trim().trim_start_matches("pub use").trim();
        let (module, names) = match path.split_once('{') {
            Some((module, names)) => (module.trim_end_matches("::"), names.trim_end_matches('}')),
            None => path.rsplit_once("::").expect("crate::name"),
        };
        let krate = module.split("::").next().expect("a crate");
        for name in names.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            let (inner, outer) = name.split_once(" as ").unwrap_or((name, name));
            found.push((krate.into(), inner.into(), outer.into()));
        }
    }
    found
}

#[test]
fn the_face_has_the_names_it_promises() {
    let names: BTreeSet<String> = exported().into_iter().map(|(_, _, outer)| outer).collect();
    let promised: BTreeSet<String> = NAMES
        .iter()
        .chain(&MORE_NAMES)
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, promised, "left: src/lib.rs, right: the promise");
    assert!((40..=60).contains(&names.len()), "{} names", names.len());
    assert_eq!(names.len(), exported().len(), "one path to each");
}

/// Every re-exported name is documented where it is defined.
#[test]
fn every_name_of_the_face_is_documented() {
    let mut bare = vec![];
    for (krate, inner, _) in exported() {
        let folder = root()
            .join("crates")
            .join(krate.trim_start_matches("seamount_"))
            .join("src");
        let documented = sources(&folder).iter().any(|text| {
            let lines: Vec<&str> = text.lines().collect();
            lines.iter().enumerate().any(|(at, line)| {
                let defines = ["pub struct ", "pub enum ", "pub fn "].iter().any(|kind| {
                    line.trim_start().strip_prefix(kind).is_some_and(|rest| {
                        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                        rest[..end.unwrap_or(rest.len())] == *inner
                    })
                });
                let above = lines[..at]
                    .iter()
                    .rev()
                    .take_while(|l| !l.trim().is_empty());
                defines && above.clone().any(|l| l.trim_start().starts_with("///"))
            })
        });
        // a name may be defined in a crate below the one that is re-exported from
        if !documented && !is_below(&inner) {
            bare.push(format!("{krate}::{inner}"));
        }
    }
    assert!(bare.is_empty(), "without a sentence: {bare:?}");
}

/// Whether some other crate defines a documented item of this name.
fn is_below(name: &str) -> bool {
    sources(&root().join("crates")).iter().any(|text| {
        ["struct", "enum"].iter().any(|kind| {
            text.contains(&format!("\npub {kind} {name} {{"))
                || text.contains(&format!("\npub {kind} {name}<"))
        })
    })
}

/// The texts of all Rust files below a folder.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = vec![];
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                texts.push(std::fs::read_to_string(&path).expect("a source"));
            }
        }
    }
    texts
}

/// What an example does when it runs.
type Main = fn() -> Result<(), seamount::Failure>;

#[test]
fn every_example_runs() {
    let run: [(&str, Main); 5] = [
        ("energy", energy::main),
        ("json_network", json_network::main),
        ("learning", learning::main),
        ("neuron_program", neuron_program::main),
        ("spikes", spikes::main),
    ];
    let mut there: Vec<String> = std::fs::read_dir(root().join("examples"))
        .expect("examples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into())
        .collect();
    there.sort();
    assert_eq!(there, run.map(|(name, _)| name), "examples that are run");
    for (name, main) in run {
        main().unwrap_or_else(|failure| panic!("{name}: {failure}"));
    }
}

/// Names of the packages that a package is built from, its build scripts' included.
fn built_from(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--locked", "--offline", "--prefix", "none"])
        .args(["--edges", "normal,build", "--package", package])
        .output()
        .expect("cargo");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).expect("text");
    let first = |line: &str| line.split_whitespace().next().map(String::from);
    text.lines().filter_map(first).collect()
}

/// A user of the library compiles no command line, and nobody needs a C compiler or carries codecs
/// that only tests use.
#[test]
fn the_library_has_no_command_line_and_nothing_needs_a_c_compiler() {
    let heavy = [
        "zip",
        "bzip2",
        "bzip2-sys",
        "zstd",
        "zstd-sys",
        "aes",
        "cc",
        "cmake",
        "psm",
    ];
    let terminal = [
        "clap",
        "clap_builder",
        "clap_complete",
        "indicatif",
        "console",
    ];
    let library = built_from("seamount");
    let command = built_from("seamount-cli");
    assert!(library.contains("seamount-session") && command.contains("clap"));
    let found = |all: &BTreeSet<String>, banned: &[&str]| -> Vec<String> {
        all.iter()
            .filter(|name| banned.contains(&name.as_str()))
            .cloned()
            .collect()
    };
    assert_eq!(found(&library, &heavy), [""; 0]);
    assert_eq!(found(&library, &terminal), [""; 0]);
    assert_eq!(found(&command, &heavy), [""; 0]);
}
