//! Files of a crate that import each other in a circle cannot be read one after another.
//!
//! A text scan: every path that begins with `crate`, `super` or a child module is an arrow from the
//! file it stands in to the file it leads to. What the root of a crate re-exports leads to the file
//! that has it; what the root defines itself leads to the root.

use seamount_tests::tree::{code, fail_with, rust_files, text};
use std::collections::{BTreeMap, BTreeSet};

/// Crates whose files still import in circles. A crate that has none any more must leave the list.
const WITH_CIRCLES: [&str; 8] = [
    "chip",
    "cli",
    "network",
    "neurocore",
    "reference",
    "study",
    "systems",
    "timing",
];

/// A module as the segments of its path; the root has none.
type Module = Vec<String>;

/// The files of a crate by module, test modules left out, each without comments and tests.
fn modules(folder: &str) -> BTreeMap<Module, String> {
    let source = format!("{folder}/src/");
    let mut found = BTreeMap::new();
    for file in rust_files(&source) {
        if file.ends_with("tests.rs") {
            continue;
        }
        let inside = file.strip_prefix(&source).expect("below the folder");
        let path = inside.strip_suffix(".rs").expect("a Rust file");
        let mut module: Module = path.split('/').map(String::from).collect();
        if matches!(
            module.last().map(String::as_str),
            Some("mod" | "lib" | "main")
        ) {
            module.pop();
        }
        let whole = text(&file).replace("#[cfg(test)]\nmod tests;\n", "");
        let end = whole.find("#[cfg(test)]\nmod ").unwrap_or(whole.len());
        let lines: Vec<&str> = whole[..end].lines().map(code).collect();
        found.insert(module, lines.join("\n"));
    }
    found
}

/// The paths of a `use` tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<String> {
    let Some((prefix, rest)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or(tree);
        return vec![name.trim().to_string()];
    };
    let inner = &rest[..rest.rfind('}').unwrap_or(rest.len())];
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in inner.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().expect("never empty").push(c);
        }
    }
    let inside = parts.iter().filter(|part| !part.trim().is_empty());
    inside
        .flat_map(|part| paths(part.trim()))
        .map(|path| format!("{}{path}", prefix.trim()))
        .collect()
}

/// Trees of `use`, and whether each is re-exported.
fn uses(source: &str) -> Vec<(bool, String)> {
    let mut found = vec![];
    let mut rest = source;
    while let Some(at) = rest.find("use ") {
        let line = rest[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let before = rest[line..at].trim();
        rest = &rest[at + 4..];
        let Some(end) = rest.find(';') else { break };
        if matches!(before, "" | "pub" | "pub(crate)" | "pub(super)") {
            found.push((before == "pub", rest[..end].to_string()));
        }
    }
    found
}

/// Paths outside of `use` that begin with `crate` or `super`.
fn inline(source: &str) -> Vec<String> {
    let mut found = vec![];
    for start in ["crate::", "super::"] {
        for (at, _) in source.match_indices(start) {
            let rest = &source[at..];
            let in_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
            let end = rest.find(|c| !in_path(c)).unwrap_or(rest.len());
            // what ends in a colon is the head of a `use` tree, which is read as such
            if !rest[..end].ends_with(':') {
                found.push(rest[..end].to_string());
            }
        }
    }
    found
}

/// Where a path leads: the longest part of it that is a module.
fn target(
    modules: &BTreeMap<Module, String>,
    exported: &BTreeMap<String, Module>,
    from: &Module,
    path: &str,
) -> Option<Module> {
    let mut segments: Vec<&str> = path.split("::").filter(|s| !s.is_empty()).collect();
    let mut at: Module = match *segments.first()? {
        "crate" => vec![],
        "super" | "self" => from.clone(),
        // a child of this module, or a crate
        first => {
            let mut child = from.clone();
            child.push(first.into());
            return modules.contains_key(&child).then_some(child);
        }
    };
    if segments[0] == "crate" || segments[0] == "self" {
        segments.remove(0);
    }
    while segments.first() == Some(&"super") {
        at.pop();
        segments.remove(0);
    }
    if let ([name, ..], true) = (&segments[..], at.is_empty())
        && let Some(module) = exported.get(*name)
    {
        return Some(module.clone());
    }
    for segment in segments {
        at.push(segment.into());
        if !modules.contains_key(&at) {
            at.pop();
            break;
        }
    }
    Some(at)
}

/// Arrows between the modules of a crate.
fn arrows(folder: &str) -> BTreeMap<Module, BTreeSet<Module>> {
    let modules = modules(folder);
    let mut exported = BTreeMap::new();
    let root = modules.get(&vec![]).expect("a root");
    for (_, tree) in uses(root).iter().filter(|(public, _)| *public) {
        for path in paths(tree) {
            let (module, name) = path.rsplit_once("::").unwrap_or(("", &path));
            let module: Module = module.split("::").map(String::from).collect();
            if modules.contains_key(&module) {
                exported.insert(name.to_string(), module);
            }
        }
    }
    let mut arrows = BTreeMap::new();
    for (from, source) in &modules {
        let trees = uses(source);
        let used = trees.iter().filter(|(public, _)| !public);
        let mut found: Vec<String> = used.flat_map(|(_, tree)| paths(tree)).collect();
        found.extend(inline(source));
        let targets = found
            .iter()
            .filter_map(|path| target(&modules, &exported, from, path));
        let targets: BTreeSet<Module> = targets.filter(|to| to != from).collect();
        arrows.insert(from.clone(), targets);
    }
    arrows
}

/// Modules on a circle: those that remain when every module without arrows to the rest is taken
/// away, from both ends.
fn circles(mut arrows: BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    loop {
        let pointed: BTreeSet<Module> = arrows.values().flatten().cloned().collect();
        let free: BTreeSet<Module> = arrows
            .iter()
            .filter(|(module, to)| to.is_empty() || !pointed.contains(*module))
            .map(|(module, _)| module.clone())
            .collect();
        if free.is_empty() {
            break;
        }
        arrows.retain(|module, _| !free.contains(module));
        for to in arrows.values_mut() {
            to.retain(|module| !free.contains(module));
        }
    }
    let shown = |module: &Module| match module.is_empty() {
        true => "the root".to_string(),
        false => module.join("::"),
    };
    arrows
        .iter()
        .map(|(module, to)| {
            let to: Vec<String> = to.iter().map(shown).collect();
            format!("{} imports {}", shown(module), to.join(", "))
        })
        .collect()
}

#[test]
fn files_of_a_crate_import_in_one_direction() {
    let manifests = std::fs::read_dir(seamount_tests::tree::root().join("crates"));
    let mut wrong = vec![];
    for entry in manifests.expect("crates") {
        let folder = entry.expect("an entry").path();
        let name = folder.file_name().expect("a name").to_string_lossy();
        if !folder.join("Cargo.toml").is_file() {
            continue;
        }
        let found = circles(arrows(&format!("crates/{name}")));
        let exempt = WITH_CIRCLES.contains(&&*name);
        match (exempt, found.is_empty()) {
            (true, true) => wrong.push(format!("{name} has no circle: take it off the list")),
            (false, false) => wrong.extend(found.iter().map(|line| format!("{name}: {line}"))),
            _ => {}
        }
    }
    fail_with("imports in circles", &wrong);
}

#[test]
fn a_circle_is_found_and_a_line_is_none() {
    let module = |name: &str| vec![name.to_string()];
    let arrow = |from: &str, to: &[&str]| (module(from), to.iter().map(|to| module(to)).collect());
    let line = BTreeMap::from([arrow("a", &["b", "c"]), arrow("b", &["c"]), arrow("c", &[])]);
    assert!(circles(line).is_empty());
    let circle = BTreeMap::from([
        arrow("a", &["b"]),
        arrow("b", &["c"]),
        arrow("c", &["b"]),
        arrow("d", &["a"]),
    ]);
    assert_eq!(circles(circle), ["b imports c", "c imports b"]);
    assert_eq!(
        paths("crate::a::{self, b::{C, D}, e as F}"),
        [
            "crate::a::self",
            "crate::a::b::C",
            "crate::a::b::D",
            "crate::a::e"
        ]
    );
    let source = "use crate::a::B;\npub use c::D;\nlet x = crate::e::f();";
    assert_eq!(
        uses(source),
        [
            (false, "crate::a::B".to_string()),
            (true, "c::D".to_string())
        ]
    );
    assert!(inline(source).contains(&"crate::e::f".to_string()));
}
