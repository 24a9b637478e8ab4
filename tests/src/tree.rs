//! The tree as text, for the tests that hold documents and habits against it.
//!
//! Nothing here parses Rust: lines and indentation are enough, because the form of every file is
//! fixed by rustfmt.

use std::fs;
use std::path::{Path, PathBuf};

/// Root folder of the workspace.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("the workspace").into()
}

/// Text of a file; `path` is relative to the workspace.
///
/// # Panics
/// If there is no such text file.
pub fn text(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Rust files below a folder, as sorted paths relative to the workspace. Build outputs are left
/// out.
///
/// # Panics
/// If the folder cannot be read.
pub fn rust_files(folder: &str) -> Vec<String> {
    let mut found = vec![];
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(relative(&path));
            }
        }
    }
    found.sort();
    found
}

/// Path of a file of the workspace, relative to its root, with slashes.
fn relative(path: &Path) -> String {
    let inside = path.strip_prefix(root()).expect("below the root");
    inside.to_string_lossy().replace('\\', "/")
}

/// Source files of the crates and of the face; modules that hold tests only are left out.
pub fn sources() -> Vec<String> {
    let mut found = rust_files("crates");
    found.retain(|f| f.split('/').nth(2) == Some("src") && !f.ends_with("tests.rs"));
    if root().join("src").is_dir() {
        found.extend(rust_files("src"));
    }
    found
}

/// All Markdown documents: README.md and everything below docs/.
pub fn documents() -> Vec<String> {
    let mut found = vec!["README.md".to_string()];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder)
            .expect("docs")
            .map(|e| e.expect("an entry").path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(relative(&path));
            }
        }
    }
    found
}

/// The part of a source file before its test module.
pub fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod ")
        .map_or(text, |at| &text[..at])
}

/// A line without its comment.
pub fn code(line: &str) -> &str {
    line.find("//").map_or(line, |at| &line[..at])
}

/// Fails with a list, unless the list is empty.
///
/// # Panics
/// If anything was found.
pub fn fail_with(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}
