//! What the documents say of the tree, held against the tree.

use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::Netlist;
use seamount_tests::tree::{
    code, documents, fail_with, root, rust_files, sources, text, without_tests,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// A claim that nothing in the sources implements, and why.
const CLAIMS_WITHOUT_CODE: [(&str, &str); 1] = [("NC-018", "not public, not built")];
/// Claims that no test pins, and why.
const CLAIMS_WITHOUT_TEST: [(&str, &str); 2] = [
    ("NC-018", "not public, not built"),
    (
        "ME-006",
        "says what is not public; each parameter that stands for it has tests of its own",
    ),
];

/// The one module of the crates that may say `unsafe`, and the allocator of tests.
const UNSAFE_FILES: [&str; 11] = [
    "crates/neurocore/src/kernel.rs",
    "crates/neurocore/src/kernel/all_at_once.rs",
    "crates/neurocore/src/kernel/all_at_once/avx2.rs",
    "crates/neurocore/src/kernel/columns.rs",
    "crates/neurocore/src/kernel/dense.rs",
    "crates/neurocore/src/kernel/fired.rs",
    "crates/neurocore/src/kernel/no_hold.rs",
    "crates/neurocore/src/kernel/scatter.rs",
    "crates/neurocore/src/kernel/short_block.rs",
    "crates/neurocore/src/kernel/short_row.rs",
    "tests/src/counting.rs",
];

/// Modules that look at results and may use floats.
const FLOAT_FILES: [&str; 3] = [
    "crates/mesh/src/load.rs",
    "crates/mesh/src/links.rs",
    "crates/mesh/src/histogram.rs",
];

/// Crates of the workspace that a manifest depends on; the package at the root is `seamount`.
fn own_dependencies(manifest: &Path) -> BTreeSet<String> {
    let manifest = fs::read_to_string(manifest).expect("a manifest");
    let table: toml::Table = manifest.parse().expect("TOML");
    let own = |name: &String| match name.as_str() {
        "seamount" => Some("seamount".to_string()),
        name => name.strip_prefix("seamount-").map(String::from),
    };
    table
        .get("dependencies")
        .and_then(|d| d.as_table())
        .into_iter()
        .flat_map(|d| d.keys())
        .filter_map(own)
        .collect()
}

/// Folder of each crate, or `seamount` for the package at the root -> crates of the workspace it
/// depends on.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let mut arrows: BTreeMap<_, _> = fs::read_dir(root().join("crates"))
        .expect("crates")
        .map(|e| e.expect("an entry").path())
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .map(|folder| {
            let name = folder.file_name().expect("a name");
            let name = name.to_string_lossy().into_owned();
            (name, own_dependencies(&folder.join("Cargo.toml")))
        })
        .collect();
    let face = own_dependencies(&root().join("Cargo.toml"));
    arrows.insert("seamount".into(), face);
    arrows
}

#[test]
fn arrows_between_crates_are_those_of_the_architecture() {
    let architecture = text("docs/ARCHITECTURE.md");
    let list = architecture
        .split("```depends-on\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("a depends-on block");
    let line = |line: &str| {
        let (name, on) = line.split_once(':').expect("name: crates");
        (
            name.to_string(),
            on.split_whitespace().map(String::from).collect(),
        )
    };
    let documented: BTreeMap<String, BTreeSet<String>> = list.lines().map(line).collect();
    assert_eq!(
        arrows(),
        documented,
        "left: Cargo.toml files, right: docs/ARCHITECTURE.md; a new arrow is a decision record"
    );
    let mut below = BTreeSet::new();
    for name in list.lines().filter_map(|l| l.split(':').next()) {
        fail_with(
            &format!("{name} points up"),
            &documented[name]
                .difference(&below)
                .cloned()
                .collect::<Vec<_>>(),
        );
        below.insert(name.to_string());
    }
}

/// The numbered comments of `Worker::step` are the timeline that the architecture quotes.
#[test]
fn the_timeline_is_that_of_the_architecture() {
    let architecture = text("docs/ARCHITECTURE.md");
    let quoted = architecture.split("```timeline\n").nth(1);
    let quoted = quoted.and_then(|rest| rest.split("```").next());
    let quoted: Vec<&str> = quoted.expect("a timeline block").lines().collect();
    let source = text("crates/chip/src/run.rs");
    let step = source
        .split("    pub(crate) fn step(&mut self, t: u64, part: StepPart) {\n")
        .nth(1);
    let step = step.and_then(|rest| rest.split("\n    }\n").next());
    let phase = |line: &'_ str| {
        let comment = line.trim().strip_prefix("// ")?.to_string();
        comment
            .starts_with(|c: char| c.is_ascii_digit())
            .then_some(comment)
    };
    let phases: Vec<String> = step
        .expect("Worker::step")
        .lines()
        .filter_map(phase)
        .collect();
    assert_eq!(phases, quoted);
    assert!(
        (1..)
            .zip(&phases)
            .all(|(n, phase)| phase.starts_with(&format!("{n} "))),
        "{phases:?}"
    );
}

#[test]
fn mesh_reference_and_compile_do_not_see_what_they_must_not() {
    let arrows = arrows();
    assert!(
        arrows["mesh"].is_disjoint(
            &["neurocore", "network", "image", "chip"]
                .map(String::from)
                .into()
        )
    );
    assert!(!arrows["compile"].contains("chip"));
    assert!(
        arrows["timing"].is_disjoint(
            &["neurocore", "network", "image", "chip", "compile"]
                .map(String::from)
                .into()
        )
    );
    assert!(
        arrows["reference"].is_disjoint(
            &["arith", "image", "neurocore", "chip", "compile"]
                .map(String::from)
                .into()
        )
    );
}

/// Numbers of the claims of one family that a text cites: `NC-017`, `NC-041..044`,
/// `NC-020..NC-027`.
fn cited(text: &str, family: &str) -> BTreeSet<u32> {
    let start = format!("{family}-");
    let number = |s: &str| s.get(..3).and_then(|n| n.parse::<u32>().ok());
    let range = |(at, _): (usize, &str)| {
        let first = number(&text[at + 3..])?;
        let end = text[at + 6..].strip_prefix("..");
        let end = end.map(|rest| rest.strip_prefix(start.as_str()).unwrap_or(rest));
        Some(first..=end.and_then(number).unwrap_or(first))
    };
    let citations = text.match_indices(start.as_str());
    citations.filter_map(range).flatten().collect()
}

/// Claims in the names of tests: `nc_014_probe`, `nc_041_to_044_joins`, `g_08_le_001_to_le_003_x`.
fn named(text: &str, family: &str) -> BTreeSet<u32> {
    let start = format!("{}_", family.to_lowercase());
    let number = |s: &str| s.get(..3).and_then(|n| n.parse::<u32>().ok());
    let mut found = BTreeSet::new();
    for function in text.split("fn ").skip(1) {
        let name = function.split('(').next().unwrap_or_default();
        for (at, _) in name.match_indices(start.as_str()) {
            let inside_a_word = name[..at].ends_with(|c: char| c != '_');
            let rest = &name[at + start.len()..];
            let Some(first) = number(rest).filter(|_| !inside_a_word) else {
                continue;
            };
            let last = rest[3..].strip_prefix("_to_");
            let last = last.map(|rest| rest.strip_prefix(start.as_str()).unwrap_or(rest));
            found.extend(first..=last.and_then(number).unwrap_or(first));
        }
    }
    found
}

/// Families of claims, the document that defines each, and how many there are at least.
const FAMILIES: [(&str, &str, usize); 4] = [
    ("NC", "docs/hardware/neurocore.md", 37),
    ("LE", "docs/hardware/learning.md", 14),
    ("MC", "docs/hardware/microcode.md", 27),
    ("ME", "docs/hardware/mesh-timing-energy.md", 34),
];

/// Claims that a document defines: rows that begin with the id, or `(NC-nnn` after a paragraph.
fn claims(family: &str, document: &str, at_least: usize) -> BTreeSet<u32> {
    let document = text(document);
    let definitions = document
        .split("<!-- claims to tests -->")
        .next()
        .unwrap_or_default();
    let row_start = format!("| {family}-");
    let row = |line: &str| {
        line.strip_prefix(row_start.as_str())?
            .get(..3)?
            .parse()
            .ok()
    };
    let mut claims: BTreeSet<u32> = definitions.lines().filter_map(row).collect();
    if family == "NC" {
        let ends = definitions.match_indices("(NC-");
        let id = |at: usize| definitions.get(at + 4..at + 7)?.parse::<u32>().ok();
        claims.extend(ends.filter_map(|(at, _)| id(at)));
    }
    assert!(claims.len() >= at_least, "{family}: {claims:?}");
    claims
}

/// Claims whose row in a document's table names a file of code, and those whose row names a test.
/// Other tests see that these files and tests exist.
fn tabled(family: &str, document: &str) -> (BTreeSet<u32>, BTreeSet<u32>) {
    let document = text(document);
    let table = document
        .split("<!-- claims to tests -->")
        .nth(1)
        .unwrap_or_default();
    let mut at_code = BTreeSet::new();
    let mut in_tests = BTreeSet::new();
    for line in table.lines().filter(|l| l.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [ids, files, tests] = cells[..] else {
            continue;
        };
        let ids = cited(ids, family);
        if files.contains('`') {
            at_code.extend(&ids);
        }
        if tests.contains('`') {
            in_tests.extend(&ids);
        }
    }
    (at_code, in_tests)
}

#[test]
fn every_claim_is_at_its_code_and_in_a_test() {
    let tests = rust_files("crates").into_iter().chain(rust_files("tests"));
    let is_test = |f: &String| {
        let place = f.starts_with("tests/") || f.contains("/tests/") || f.ends_with("tests.rs");
        place && !f.ends_with("tidy.rs")
    };
    let tests: Vec<String> = tests.filter(is_test).map(|file| text(&file)).collect();
    let sources: Vec<String> = sources().iter().map(|file| text(file)).collect();
    let mut wrong = vec![];
    for (family, document, at_least) in FAMILIES {
        let claims = claims(family, document, at_least);
        let (mut at_code, mut in_tests) = tabled(family, document);
        for source in &sources {
            let own = without_tests(source);
            at_code.extend(cited(own, family));
            in_tests.extend(named(source, family));
            in_tests.extend(cited(&source[own.len()..], family));
        }
        for test in &tests {
            in_tests.extend(named(test, family));
            in_tests.extend(cited(test, family));
        }
        compare(
            family,
            &claims,
            &at_code,
            &CLAIMS_WITHOUT_CODE,
            "in the code",
            &mut wrong,
        );
        compare(
            family,
            &claims,
            &in_tests,
            &CLAIMS_WITHOUT_TEST,
            "in a test",
            &mut wrong,
        );
    }
    fail_with("claims", &wrong);
}

/// Reports claims that are cited nowhere, and exceptions that are not needed any more.
fn compare(
    family: &str,
    claims: &BTreeSet<u32>,
    cited: &BTreeSet<u32>,
    excepted: &[(&str, &str)],
    place: &str,
    wrong: &mut Vec<String>,
) {
    for claim in claims {
        let id = format!("{family}-{claim:03}");
        let excused = excepted.iter().any(|(name, _)| *name == id);
        match (cited.contains(claim), excused) {
            (false, false) => wrong.push(format!("{id} is not {place}")),
            (true, true) => wrong.push(format!("{id} is {place}: the exception is out of date")),
            _ => {}
        }
    }
}

/// The table of claims names tests; each must exist.
#[test]
fn tests_named_in_the_claims_exist() {
    let mut functions = BTreeSet::new();
    for file in rust_files("crates").into_iter().chain(rust_files("tests")) {
        let name = |rest: &str| -> String {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        };
        functions.extend(text(&file).split("fn ").skip(1).map(name));
    }
    for (_, document, _) in FAMILIES {
        let text = text(document);
        let table = text.split("<!-- claims to tests -->").nth(1);
        let table = table.unwrap_or_else(|| panic!("{document} has no table of tests"));
        let rows = table.lines().filter(|l| l.starts_with("| "));
        let cells = rows.filter_map(|l| l.trim_end_matches(" |").rsplit(" | ").next());
        let quoted: Vec<&str> = cells
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect();
        assert!(
            quoted.len() >= 10,
            "{document}: {} tests named",
            quoted.len()
        );
        let unknown = quoted.iter().filter(|name| !functions.contains(**name));
        let unknown: Vec<String> = unknown.map(|name| name.to_string()).collect();
        fail_with(
            &format!("{document} names tests that do not exist"),
            &unknown,
        );
    }
}

/// Files that the tables name must exist.
#[test]
fn files_named_in_the_documents_exist() {
    let mut gone = vec![];
    for document in documents() {
        for word in text(&document).split(|c: char| c.is_whitespace() || "`()|,;".contains(c)) {
            let ours = [
                "crates/",
                "tests/tests/",
                "tests/src/",
                "fixtures/",
                "docs/",
                "fuzz/",
            ]
            .iter()
            .any(|p| word.starts_with(p));
            let plain = !word.contains(['*', '<', '{', 'N', '$']) && !word.ends_with("..");
            if ours && plain && !root().join(word.trim_end_matches(['.', ':'])).exists() {
                gone.push(format!("{document}: {word}"));
            }
        }
    }
    fail_with("named in documents, but not there", &gone);
}

/// Every page is in the table of contents, and every link leads somewhere.
#[test]
fn the_book_is_whole() {
    let summary = text("docs/SUMMARY.md");
    let mut wrong = vec![];
    for document in documents() {
        let inside = document.strip_prefix("docs/");
        if inside
            .is_some_and(|page| page != "SUMMARY.md" && !summary.contains(&format!("({page})")))
        {
            wrong.push(format!("{document} is not in docs/SUMMARY.md"));
        }
        let folder = root()
            .join(&document)
            .parent()
            .expect("a folder")
            .to_path_buf();
        for link in text(&document)
            .split("](")
            .skip(1)
            .filter_map(|r| r.split(')').next().map(String::from))
        {
            let file = link.split('#').next().unwrap_or("");
            if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                wrong.push(format!("{document}: link to {link}"));
            }
        }
    }
    fail_with("the book", &wrong);
}

#[test]
fn unsafe_is_in_one_module() {
    // put together here so that this file does not find itself
    let word = ["un", "safe"].concat();
    let uses = |line: &str| {
        let code = code(line);
        code.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|w| w == word)
            || code.contains(&format!("allow({word}_code)"))
    };
    let all = rust_files("crates").into_iter().chain(rust_files("tests"));
    let found: Vec<String> = all
        .filter(|f| !UNSAFE_FILES.contains(&f.as_str()))
        .flat_map(|f| {
            text(&f)
                .lines()
                .enumerate()
                .filter(|(_, l)| uses(l))
                .map(|(i, _)| format!("{f}:{}", i + 1))
                .collect::<Vec<_>>()
        })
        .collect();
    fail_with("outside the modules that may", &found);
}

/// Nothing in the machine that could make two runs differ.
#[test]
fn the_machine_has_no_floats_clocks_hash_maps_or_thread_ids() {
    let banned = [
        "f32",
        "f64",
        "HashMap",
        "HashSet",
        "Instant",
        "SystemTime",
        "ThreadId",
    ];
    let mut found = vec![];
    for file in sources() {
        let machine = ["arith", "image", "neurocore", "mesh", "chip", "timing"]
            .iter()
            .any(|c| file.starts_with(&format!("crates/{c}/")));
        if !machine || FLOAT_FILES.contains(&file.as_str()) {
            continue;
        }
        for (i, line) in without_tests(&text(&file)).lines().enumerate() {
            let code = code(line);
            let words: Vec<&str> = code
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .collect();
            if banned.iter().any(|b| words.contains(b))
                || code.contains("std::time")
                || code.contains("thread::current")
            {
                found.push(format!("{file}:{}: {}", i + 1, line.trim()));
            }
        }
    }
    fail_with("in arith, image, neurocore, mesh, chip or timing", &found);
}

/// Tracked text files; none if this is no checkout.
fn tracked() -> Vec<(String, String)> {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output();
    let names = match listed {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
        _ => String::new(),
    };
    let read = |name: &str| {
        Some((
            name.to_string(),
            fs::read_to_string(root().join(name)).ok()?,
        ))
    };
    names
        .split('\0')
        .filter(|n| !n.is_empty())
        .filter_map(read)
        .collect()
}

/// Paths of the machine this was written on and hosts of package registries say nothing to others.
#[test]
fn no_machine_paths_and_no_registry_hosts() {
    let files = tracked();
    if files.is_empty() {
        let _ = writeln!(std::io::stderr(), "skipped: not a git checkout");
        return;
    }
    // put together here so that this file does not find itself
    let banned: Vec<String> = [
        ["/wo", "rk/"],
        ["/tm", "p/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["crates", ".io"],
        ["py", "pi.org"],
        ["npm", "js."],
    ]
    .iter()
    .map(|parts| parts.concat())
    .collect();
    let mut found = vec![];
    for (name, text) in files
        .iter()
        .filter(|(name, _)| !name.ends_with("Cargo.lock"))
    {
        for (i, line) in text.lines().enumerate() {
            if let Some(what) = banned.iter().find(|b| line.contains(*b)) {
                found.push(format!("{name}:{}: {what}", i + 1));
            }
        }
    }
    fail_with("machine paths or registry hosts", &found);
}

/// `cargo run --release -- schema > docs/netlist.schema.json` brings it up to date.
#[test]
fn the_netlist_schema_is_up_to_date() {
    let written: serde_json::Value =
        serde_json::from_str(&text("docs/netlist.schema.json")).expect("JSON");
    let now: serde_json::Value = serde_json::from_str(&Netlist::schema()).expect("JSON");
    assert!(
        written == now,
        "docs/netlist.schema.json is old: cargo run --release -- schema > docs/netlist.schema.json"
    );
}

/// JSON blocks of the documents that are netlists. Tutorials and how-to pages are done as a whole,
/// with the command, by the test `book` of the command.
fn examples() -> Vec<(String, String)> {
    let blocks = |document: String| {
        let text = text(&document);
        let json: Vec<String> = text
            .split("```json\n")
            .skip(1)
            .filter_map(|r| r.split("```").next().map(String::from))
            .collect();
        json.into_iter().map(move |block| (document.clone(), block))
    };
    let in_book = |name: &String| {
        ["docs/tutorials/", "docs/how-to/"]
            .iter()
            .any(|f| name.starts_with(f))
    };
    documents()
        .into_iter()
        .filter(|name| !in_book(name))
        .flat_map(blocks)
        .filter(|(_, block)| block.contains("seamount-netlist"))
        .collect()
}

#[test]
fn netlist_examples_compile_and_run() {
    let examples = examples();
    assert!(!examples.is_empty(), "no example in the documents");
    for (document, example) in examples {
        let net = Netlist::from_json(example.as_bytes(), Path::new("."))
            .unwrap_or_else(|e| panic!("{document}: {e}"));
        let options = CompileOptions::default();
        let compiled = compile(&net, &options).unwrap_or_else(|e| panic!("{document}: {e}"));
        let image = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce)
            .expect("a compiled image");
        let mut chip = Chip::load(&image);
        let events = (0..net.inputs[0].size).flat_map(|n| (0..20).map(move |step| (step, n)));
        let input =
            SpikeTrain::new(chip.program(), events.collect()).expect("inputs of the example");
        let seen = chip.run(20, &input, &RunOptions::default());
        assert!(
            seen.total().spikes > 0,
            "{document}: the example never spikes"
        );
        assert!(
            seen.recordings.iter().any(|r| r.sum() > 0),
            "{document}: the example's probes see nothing"
        );
    }
}

#[test]
fn citations_are_read_as_ranges() {
    let text = "NC-041..044, NC-020..NC-022; NC-050, MC-001";
    assert_eq!(cited(text, "NC"), [20, 21, 22, 41, 42, 43, 44, 50].into());
    let text = "fn nc_041_to_043_x() fn nc_005_y() fn g_08_le_001_to_le_003_le_007_z() nc_009";
    assert_eq!(named(text, "NC"), [5, 41, 42, 43].into());
    assert_eq!(named(text, "LE"), [1, 2, 3, 7].into());
}
