//! Pages of the book, done as a reader would do them: their files written, their commands run, what
//! they print compared with what the page shows.
//!
//! A comment above a fenced block, which a reader does not see, says what the block is:
//!
//! - `<!-- file: NAME -->`: the block is a file of that name in the page's own folder;
//! - `<!-- run -->`: the block is run by a shell in that folder and must succeed;
//! - `<!-- run: N -->`: the same, and must end with the exit code N;
//! - `<!-- output -->`: the block before it printed this. A line `...` stands for any lines.
//!
//! A page has its folder to itself, and its blocks come in the order of the page. Set `BOOK_SHOW`
//! to see what each block printed.

mod bench;

use bench::Bench;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A block of a page that something is to be done with.
#[derive(Debug)]
struct Block {
    /// Line of the page that the block begins in, from 1.
    line: usize,
    /// What is to be done with it: the text of the comment above it.
    wish: String,
    text: String,
}

/// The blocks below comments of a page.
fn blocks(page: &str) -> Vec<Block> {
    let lines: Vec<&str> = page.lines().collect();
    let mut found = vec![];
    for (at, line) in lines.iter().enumerate() {
        let comment = line.trim().strip_prefix("<!-- ");
        let Some(wish) = comment.and_then(|c| c.strip_suffix(" -->")) else {
            continue;
        };
        let body = &lines[at + 1..];
        let fenced = body.first().is_some_and(|l| l.starts_with("```"));
        assert!(fenced, "line {}: no block below '{wish}'", at + 2);
        let inside = body[1..].iter().take_while(|l| **l != "```");
        found.push(Block {
            line: at + 2,
            wish: wish.into(),
            text: inside.map(|l| format!("{l}\n")).collect(),
        });
    }
    found
}

/// Whether what was printed is what a page shows, where a line `...` stands for any lines.
fn shows(wanted: &[&str], printed: &[&str]) -> bool {
    match wanted.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|skip| shows(rest, &printed[skip..])),
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, others)| first.trim_end() == *line && shows(rest, others)),
    }
}

/// Does a page in a fresh folder.
fn does(page: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let name = page.replace('/', "-");
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("book-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let text = std::fs::read_to_string(root.join("docs").join(page)).expect("the page");
    let bin = Path::new(env!("CARGO_BIN_EXE_seamount"));
    let bin = bin.parent().expect("the folder of the program");
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", bin.display());
    let mut printed = String::new();
    let mut runs = 0;
    for block in blocks(&text) {
        let place = format!("docs/{page}, line {}", block.line);
        let (wish, rest) = block.wish.split_once(": ").unwrap_or((&block.wish, ""));
        match wish {
            "file" => std::fs::write(folder.join(rest), &block.text).expect("a file"),
            "run" => {
                let script = format!("exec 2>&1\nset -e\n{}", block.text);
                let mut command = Command::new("sh");
                command.args(["-c", &script]).current_dir(&folder);
                command.env("PATH", &path).env("SEAMOUNT_SOURCE", &root);
                let output = command.output().expect("a shell");
                printed = String::from_utf8_lossy(&output.stdout).into_owned();
                if std::env::var_os("BOOK_SHOW").is_some() {
                    println!("== {place}\n{printed}");
                }
                let code = output.status.code();
                let wanted = Some(if rest.is_empty() {
                    0
                } else {
                    rest.parse().expect("a code")
                });
                assert_eq!(code, wanted, "{place}: exit code; printed:\n{printed}");
                runs += 1;
            }
            "output" => {
                let wanted: Vec<&str> = block.text.lines().map(str::trim_end).collect();
                let lines: Vec<&str> = printed.lines().collect();
                assert!(shows(&wanted, &lines), "{place}: printed was\n{printed}");
            }
            other => panic!("{place}: nobody knows what '{other}' means"),
        }
    }
    assert!(runs > 0, "docs/{page}: no block was run");
    let _ = std::fs::remove_dir_all(&folder);
}

/// Pages that have blocks to run: every page below these folders must be one of them.
const FOLDERS: [&str; 2] = ["tutorials", "how-to"];

/// Pages of those folders whose commands other tests run, each with the test.
const ELSEWHERE: [(&str, &str); 1] = [("how-to/ranks.md", ".ci/mpi, which needs Open MPI")];

#[test]
fn pages_do_what_they_say() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut pages = vec![];
    for folder in FOLDERS {
        for entry in std::fs::read_dir(docs.join(folder)).expect("a folder of pages") {
            let name = entry
                .expect("a page")
                .file_name()
                .into_string()
                .expect("a name");
            if name.ends_with(".md") {
                pages.push(format!("{folder}/{name}"));
            }
        }
    }
    pages.retain(|page| !ELSEWHERE.iter().any(|(other, _)| page == other));
    pages.sort();
    assert!(!pages.is_empty());
    for page in pages {
        does(&page);
    }
}

/// Keys of all objects of a document.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                found.insert(name.clone());
                keys(inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

#[test]
fn the_page_of_reports_names_every_key() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/json.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let bench = Bench::new("report_keys");
    let run = "run net.json --steps 20 --input in.csv --fidelity pipeline --inference-steps 10";
    let mut found = BTreeSet::new();
    for line in [
        run,
        "compile net.json -o net.img",
        "run net.json --steps x",
        "run none --steps 1",
    ] {
        keys(&bench.run(&format!("{line} --json")).json(), &mut found);
    }
    assert!(found.len() > 90, "{}", found.len());
    let missing: Vec<&String> = found
        .iter()
        .filter(|key| !page.contains(&format!("`{key}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "keys that docs/reference/json.md lacks: {missing:?}"
    );
}

#[test]
fn what_is_shown_is_compared() {
    assert!(shows(&["a", "...", "c"], &["a", "b", "b", "c"]));
    assert!(shows(&["..."], &[]));
    assert!(!shows(&["a"], &["a", "b"]));
    assert!(!shows(&["a", "...", "c"], &["a", "b"]));
    let page = "x\n<!-- run -->\n```sh\nseamount\n```\n<!-- output -->\n```text\n1\n```\n";
    let found = blocks(page);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].line, found[0].text.as_str()), (3, "seamount\n"));
}
