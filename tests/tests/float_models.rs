//! The float models of published systems know nothing of the machine that they are compared with.
//!
//! `seamount-reference` keeps that promise by its manifest. The models beside their systems share a
//! crate with recipes that do know the machine, so here it is kept by what their files name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Systems that have a float model: `float.rs` or `float/` in their folder.
const WITH_MODEL: [&str; 7] = [
    "eprop",
    "eprop_cue",
    "eprop_evidence",
    "eprop_pattern",
    "ib",
    "qif",
    "srnn",
];

fn systems() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/systems/src")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Files of float models, with their path below the systems: `ib/float/mlp.rs`, `eprop/float.rs`.
fn models() -> Vec<(String, String)> {
    let mut files = vec![];
    rust_files(&systems(), &mut files);
    files.sort();
    let below = |path: &PathBuf| {
        let below = path.strip_prefix(systems()).expect("below the systems");
        below.to_string_lossy().replace('\\', "/")
    };
    files
        .iter()
        .map(|path| (below(path), fs::read_to_string(path).expect("a file")))
        .filter(|(name, _)| name.contains("/float/") || name.ends_with("/float.rs"))
        .collect()
}

/// Paths in a line of code that a float model must not name.
fn forbidden<'a>(file: &str, line: &'a str) -> Vec<&'a str> {
    let code = line.split("//").next().unwrap_or("");
    let words = code.split(|c: char| !(c.is_alphanumeric() || "_:".contains(c)));
    // `super` leaves the model from its own root, else it stays inside
    let root = file.ends_with("/float.rs") || file.ends_with("/float/mod.rs");
    let is_forbidden = |word: &&str| {
        let mut parts = word.split("::");
        match parts.next() {
            // `pub(crate)` is a word of its own and leads nowhere
            Some("crate") => word.contains("::") && parts.nth(1) != Some("float"),
            Some("super") => root || parts.next() == Some("super"),
            Some(name) => name.starts_with("seamount_") && name != "seamount_reference",
            None => false,
        }
    };
    words.filter(is_forbidden).collect()
}

#[test]
fn float_models_name_nothing_of_the_machine() {
    let models = models();
    let with_model: BTreeSet<&str> = models
        .iter()
        .filter_map(|(name, _)| name.split('/').next())
        .collect();
    assert_eq!(with_model, BTreeSet::from(WITH_MODEL));
    let mut found = vec![];
    for (file, text) in &models {
        // a test module may say `super::super`, which leaves itself and not the model
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for (number, line) in code.lines().enumerate() {
            for word in forbidden(file, line) {
                found.push(format!("{file}:{}: {word}", number + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_is_forbidden_is_found() {
    for (file, line) in [
        ("ib/float/mlp.rs", "use seamount_arith::wrap;"),
        (
            "ib/float/mlp.rs",
            "    let chip = seamount_chip::Chip::load(&image);",
        ),
        ("ib/float/mlp.rs", "use crate::ib::chip::network;"),
        ("ib/float/mlp.rs", "use super::super::chip;"),
        ("ib/float/mod.rs", "use super::chip;"),
        ("eprop/float.rs", "use super::chip::Rates;"),
    ] {
        assert_eq!(forbidden(file, line).len(), 1, "{file}: {line}");
    }
    for (file, line) in [
        ("ib/float/mlp.rs", "use super::kernel::Kernel;"),
        (
            "ib/float/mlp.rs",
            "use crate::ib::float::Mlp; // seamount_chip",
        ),
        (
            "eprop_cue/float/mod.rs",
            "use crate::eprop::float::EpropTask;",
        ),
        ("eprop/float.rs", "use seamount_reference::{Draws, Matrix};"),
    ] {
        assert_eq!(forbidden(file, line), [""; 0], "{file}: {line}");
    }
}
