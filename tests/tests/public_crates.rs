//! Which crates are public on purpose: the command uses no other, and every other says in its first
//! line that it is internal.

use seamount_tests::tree::{root, text};
use std::collections::BTreeSet;

/// Crates below `crates/` that keep a promise, beside the package `seamount` at the root.
const PUBLIC: [&str; 9] = [
    "session",
    "network",
    "rules",
    "microcode",
    "mesh",
    "reference",
    "study",
    "report",
    "systems",
];

/// Names of packages of the workspace that a section of a manifest names.
fn own_packages(manifest: &str, section: &str) -> BTreeSet<String> {
    let table: toml::Table = text(manifest).parse().expect("TOML");
    let names = table.get(section).and_then(|section| section.as_table());
    let own = |name: &&String| *name == "seamount" || name.starts_with("seamount-");
    let names = names.into_iter().flat_map(|table| table.keys());
    names.filter(own).cloned().collect()
}

#[test]
fn the_command_and_python_use_only_crates_that_are_public_on_purpose() {
    let public: BTreeSet<String> = PUBLIC
        .iter()
        .map(|name| format!("seamount-{name}"))
        .chain(["seamount".to_string()])
        .collect();
    let manifest = "crates/cli/Cargo.toml";
    let used = own_packages(manifest, "dependencies");
    assert!(used.contains("seamount") && used.len() >= 4, "{used:?}");
    assert_eq!(used.difference(&public).count(), 0, "{used:?}");
    let by_python = own_packages("crates/python/Cargo.toml", "dependencies");
    assert!(by_python.contains("seamount-session"), "{by_python:?}");
    assert_eq!(by_python.difference(&public).count(), 0, "{by_python:?}");
    let by_tests = own_packages(manifest, "dev-dependencies");
    assert_eq!(by_tests.difference(&public).count(), 0, "{by_tests:?}");
}

#[test]
fn crates_say_in_their_first_line_whether_they_are_internal() {
    let mut wrong = vec![];
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("crates")).expect("crates") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy().into_owned();
        let library = format!("crates/{name}/src/lib.rs");
        if !root().join(&library).is_file() {
            continue;
        }
        let text = text(&library);
        let internal = text.lines().next().is_some_and(|l| l.contains("Internal"));
        let public = PUBLIC.contains(&name.as_str());
        if internal == public {
            wrong.push(format!(
                "{library}: public {public}, but internal {internal}"
            ));
        }
        seen.insert(name);
    }
    assert!(seen.len() > 10, "{seen:?}");
    assert!(PUBLIC.iter().all(|name| seen.contains(*name)), "{seen:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_architecture_names_the_public_crates() {
    let architecture = text("docs/ARCHITECTURE.md");
    let start = architecture
        .find("Public on purpose are")
        .expect("the list");
    let list = architecture[start..].split("Every other crate").next();
    let list = list.expect("its end");
    for name in PUBLIC {
        assert!(list.contains(&format!("`seamount-{name}`")), "{name}");
    }
    let named = list.matches("`seamount").count();
    assert_eq!(named, PUBLIC.len() + 1, "crates too many in {list}");
}
