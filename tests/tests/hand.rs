//! Habits of the hand (docs/STYLE.md) that a test can see in the text of the sources.
//!
//! A limit that the tree does not keep yet is a *ratchet*: the number that stands here may only go
//! down. A test fails too when a ratchet could be lowered, so that what was won is not lost again.

use seamount_tests::tree::{code, fail_with, sources, text, without_tests};
use std::collections::{BTreeMap, BTreeSet};

const FUNCTION_LINES_MAX: usize = 69;
const FILE_LINES_MAX: usize = 800;
const COLUMNS_MAX: usize = 100;

/// Functions that are longer, each with the reason.
const LONG_FUNCTIONS: [(&str, &str, &str); 3] = [
    (
        "crates/neurocore/src/learn/fast/mod.rs",
        "learn",
        "the order of an epoch on one screen",
    ),
    (
        "crates/reference/src/neurons/network.rs",
        "role",
        "one arm for each kind of node",
    ),
    (
        "crates/study/src/chart/draw.rs",
        "draw_mark",
        "one arm for each kind of mark",
    ),
];
/// Files that are longer, each with the reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// Lines that are wider than `COLUMNS_MAX`.
const WIDE_LINES: usize = 2;
/// Comments of documentation that hold no word which names something.
const EMPTY_DOCUMENTATION: usize = 0;
/// Functions whose parameters are taken apart in the signature.
const TUPLE_PARAMETERS: usize = 1;
/// `pub` items and fields of the crates that are internal.
const PUBLIC_INSIDE: usize = 2095;
/// Names of types that stand in two or more files.
const TYPE_NAMES_TWICE: usize = 58;

/// Words that name nothing: a sentence of these alone says nothing to who arrives by a search.
const EMPTY_WORDS: &str = "a all and any are as at be been both by can each else for former from \
    given gives has have here how if in into is it its latter many more most much name nothing of \
    on one ones only or other others own rest same so such than that the their them then there \
    these they this those to two what when where which while who whole whose with";

/// Name and number of lines of every function of a file, found by the indentation of its braces.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = vec![];
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else {
            continue;
        };
        let indent = &line[..line.len() - line.trim_start().len()];
        let ends = |later: &&str| {
            let after = later.strip_prefix(indent);
            after.is_some_and(|r| r.starts_with('}') || (r.trim_start() == r && r.ends_with(';')))
        };
        let one_line = line.ends_with('}') || line.ends_with(';');
        let length = match one_line {
            true => 1,
            false => 2 + lines[start + 1..].iter().position(ends).unwrap_or(0),
        };
        found.push((name, length));
    }
    found
}

/// Name of the function that a line begins to define.
fn function_name(line: &str) -> Option<String> {
    let mut rest = line.trim_start();
    let unsafe_word = ["un", "safe "].concat();
    for before in [
        "pub ",
        "pub(crate) ",
        "pub(super) ",
        "const ",
        unsafe_word.as_str(),
    ] {
        rest = rest.strip_prefix(before).unwrap_or(rest);
    }
    let rest = rest.strip_prefix("fn ")?;
    Some(
        rest.chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect(),
    )
}

#[test]
fn functions_and_files_are_small() {
    let mut wrong = vec![];
    let mut functions_excused = BTreeSet::new();
    let mut files_excused = BTreeSet::new();
    for file in sources() {
        let text = text(&file);
        let own = without_tests(&text);
        let lines = own.lines().count();
        if lines > FILE_LINES_MAX {
            match LONG_FILES.iter().find(|(name, _)| *name == file) {
                Some(excuse) => drop(files_excused.insert(excuse)),
                None => wrong.push(format!("{file}: {lines} lines")),
            }
        }
        for (name, lines) in functions(own) {
            if lines <= FUNCTION_LINES_MAX {
                continue;
            }
            match LONG_FUNCTIONS
                .iter()
                .find(|(f, n, _)| *f == file && *n == name)
            {
                Some(excuse) => drop(functions_excused.insert(excuse)),
                None => wrong.push(format!("{file}: fn {name}: {lines} lines")),
            }
        }
    }
    fail_with("too long", &wrong);
    assert_eq!(
        files_excused.len(),
        LONG_FILES.len(),
        "an excuse for a file is out of date"
    );
    assert_eq!(
        functions_excused.len(),
        LONG_FUNCTIONS.len(),
        "an excuse is out of date"
    );
}

/// Texts in quotation marks may be longer than a line; nothing else may.
#[test]
fn lines_are_not_wider_than_a_page() {
    let mut wide = vec![];
    for file in sources() {
        for (i, line) in text(&file).lines().enumerate() {
            if line.chars().count() > COLUMNS_MAX && !line.contains('"') {
                wide.push(format!("{file}:{}", i + 1));
            }
        }
    }
    println!("{}", wide.join("\n"));
    ratchet("lines wider than 100 columns", wide.len(), WIDE_LINES);
}

/// Signatures of a file: the text between the parentheses of each function's parameters.
fn parameters(text: &str) -> Vec<&str> {
    let mut found = vec![];
    for (at, _) in text.match_indices("fn ") {
        let rest = &text[at..];
        let head_ends = rest.find(['{', ';', '=']).unwrap_or(rest.len());
        let head = &rest[..head_ends];
        let Some(open) = head.find('(') else { continue };
        let mut depth = 0;
        for (i, c) in head[open..].char_indices() {
            depth += i32::from(c == '(') - i32::from(c == ')');
            if depth == 0 {
                found.push(&head[open + 1..open + i]);
                break;
            }
        }
    }
    found
}

/// Whether a parameter is a pattern: `(a, b): (A, B)`.
fn takes_apart(parameters: &str) -> bool {
    let mut rest = parameters;
    while let Some(close) = rest.find("):") {
        let before = &rest[..close];
        let open = before.rfind('(').unwrap_or(0);
        let starts = before[..open].trim_end();
        let is_parameter = starts.is_empty() || starts.ends_with([',', '(', '&']);
        if is_parameter && before[open..].contains(',') {
            return true;
        }
        rest = &rest[close + 2..];
    }
    false
}

#[test]
fn parameters_have_names() {
    let mut found = 0;
    for file in sources() {
        let text = text(&file);
        let lines: Vec<&str> = text.lines().map(code).collect();
        let count = |p: &&str| takes_apart(p);
        found += parameters(&lines.join("\n"))
            .iter()
            .filter(|p| count(p))
            .count();
    }
    ratchet(
        "functions with parameters that are taken apart",
        found,
        TUPLE_PARAMETERS,
    );
}

/// A sentence of documentation must hold a word that names something.
#[test]
fn documentation_names_what_it_documents() {
    let empty: BTreeSet<&str> = EMPTY_WORDS.split_whitespace().collect();
    let says_nothing = |comment: &str| {
        let lower = comment.to_lowercase();
        let mut words = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty());
        words.all(|word| empty.contains(word))
    };
    let mut found = vec![];
    for file in sources() {
        let text = text(&file);
        let lines: Vec<&str> = without_tests(&text).lines().map(str::trim).collect();
        let is_comment = |i: usize| lines.get(i).is_some_and(|l| l.starts_with("///"));
        for (i, line) in lines.iter().enumerate() {
            let alone = is_comment(i) && !is_comment(i + 1) && (i == 0 || !is_comment(i - 1));
            if alone && says_nothing(line) {
                found.push(format!("{file}:{}: {line}", i + 1));
            }
        }
    }
    println!("{}", found.join("\n"));
    ratchet(
        "comments of documentation that name nothing",
        found.len(),
        EMPTY_DOCUMENTATION,
    );
}

/// Crates whose names are for other people; everything else is inside.
const PUBLIC_CRATES: [&str; 10] = [
    "crates/session/",
    "crates/network/",
    "crates/rules/",
    "crates/microcode/",
    "crates/mesh/",
    "crates/reference/",
    "crates/study/",
    "crates/report/",
    "crates/systems/",
    "src/",
];

#[test]
fn the_inside_shows_no_more_than_it_did() {
    let mut found = 0;
    for file in sources() {
        if PUBLIC_CRATES.iter().any(|start| file.starts_with(start)) {
            continue;
        }
        let text = text(&file);
        found += without_tests(&text)
            .lines()
            .filter(|l| l.trim().starts_with("pub "))
            .count();
    }
    ratchet(
        "public items and fields of internal crates",
        found,
        PUBLIC_INSIDE,
    );
}

#[test]
fn a_type_has_a_name_of_its_own() {
    let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in sources() {
        for line in text(&file).lines() {
            let mut rest = line.trim();
            for before in ["pub ", "pub(crate) ", "pub(super) "] {
                rest = rest.strip_prefix(before).unwrap_or(rest);
            }
            let kinds = ["struct ", "enum ", "trait ", "union "];
            let Some(rest) = kinds.iter().find_map(|kind| rest.strip_prefix(kind)) else {
                continue;
            };
            let name = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            files.entry(name).or_default().insert(file.clone());
        }
    }
    let twice = files.iter().filter(|(_, files)| files.len() > 1);
    let names: Vec<&str> = twice.map(|(name, _)| name.as_str()).collect();
    println!("{names:?}");
    ratchet(
        "names of types in two or more files",
        names.len(),
        TYPE_NAMES_TWICE,
    );
}

/// Fails when a number grew, and when the ratchet could be lowered by more than a few.
fn ratchet(what: &str, found: usize, limit: usize) {
    assert!(
        found <= limit,
        "{what}: {found}, but at most {limit} are accepted"
    );
    let slack = limit - found;
    println!("{what}: {found} of at most {limit}");
    assert!(
        slack <= limit / 4 + 2,
        "{what}: {found}: lower the ratchet in tests/tests/hand.rs"
    );
}

#[test]
fn the_scans_see_what_they_look_for() {
    let lengths = functions("fn a() {\n}\npub fn b(\n    x: u8,\n) -> u8 {\n    x\n}\nfn c() {}\n");
    assert_eq!(lengths, [("a".into(), 2), ("b".into(), 5), ("c".into(), 1)]);
    let seen = |text: &str| {
        parameters(text)
            .into_iter()
            .filter(|p| takes_apart(p))
            .count()
    };
    assert_eq!(
        seen("fn a((x, y): (u8, u8)) {}\nfn b(z: u8, (x, y): (u8, u8)) {}"),
        2
    );
    assert_eq!(
        seen("fn a(x: (u8, u8), f: impl Fn(u8, u8)) {}\nfn b() -> (u8, u8) {}"),
        0
    );
}
