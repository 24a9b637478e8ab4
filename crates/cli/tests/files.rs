//! Endings of files: the table of forms, the help and the page of the command say the same;
//! pictures follow the ending of their name.

mod bench;

use bench::Bench;
use seamount_session::network_forms;
use serde_json::Value;

/// The rows of the table below a heading of docs/cli.md as (endings, words).
fn rows(heading: &str) -> Vec<(Vec<String>, String)> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");
    let page = std::fs::read_to_string(page).expect("docs/cli.md");
    let section = page.split(&format!("## {heading}\n")).nth(1);
    let section = section.expect("the section").split("\n## ").next();
    let rows = section.unwrap_or_default().lines();
    let row = |line: &str| {
        let (endings, words) = line.strip_prefix("| `.")?.split_once(" | ")?;
        let endings = endings.trim_end_matches('`').split("`, `.");
        let words = words.trim_end_matches(" |").to_string();
        Some((endings.map(String::from).collect(), words))
    };
    rows.filter_map(row).collect()
}

#[test]
fn the_page_lists_the_forms_there_are() {
    let rows = rows("Files");
    let listed: Vec<&Vec<String>> = rows.iter().map(|(endings, _)| endings).collect();
    let there: Vec<Vec<String>> = network_forms()
        .iter()
        .map(|form| form.endings.iter().map(ToString::to_string).collect())
        .collect();
    assert_eq!(listed, there.iter().collect::<Vec<_>>());
    for ((_, words), form) in rows.iter().zip(network_forms()) {
        assert!(words.starts_with(form.words), "{words}: {}", form.words);
    }
}

#[test]
fn the_help_shows_every_ending() {
    let bench = Bench::new("forms-in-help");
    for command in ["compile", "inspect", "run", "trace"] {
        let help = bench.ok(&format!("{command} --help"));
        let usage = help.lines().find(|line| line.starts_with("Usage:"));
        let usage = usage.unwrap_or_else(|| panic!("{command}: {help}"));
        for form in network_forms().iter().filter(|f| !f.is_image()) {
            for ending in form.dotted() {
                assert!(usage.contains(&ending), "{command}, {ending}: {usage}");
            }
        }
        let image = usage.contains(".img|");
        assert_eq!(image, command != "compile", "{usage}");
    }
}

/// The objects of a specification that say what is drawn.
fn marks(specification: &Value) -> usize {
    let inner = |value: &Value| {
        let values = value.as_array().into_iter().flatten();
        values.map(marks).sum::<usize>()
    };
    usize::from(!specification["mark"].is_null())
        + inner(&specification["layer"])
        + inner(&specification["vconcat"])
}

#[test]
fn pictures_that_end_in_json_are_specifications() {
    let bench = Bench::new("specifications");
    let pictures = "--heat-map h.vl.json --energy-chart e.json";
    bench.ok(&format!(
        "run net.json --steps 20 --input in.csv {pictures} --profile davies2018"
    ));
    bench.ok("demo --sequences 2 --svg d.vl.json");
    for (file, least, word) in [
        ("h.vl.json", 20, "packets of 'tiny' on loihi1"),
        ("e.json", 4, "dynamic energy of 'tiny' by davies2018"),
        ("d.vl.json", 4, "Readout"),
    ] {
        let bytes = bench.read(file);
        let specification: Value = serde_json::from_slice(&bytes).expect(file);
        let schema = specification["$schema"].as_str().expect("a schema");
        assert!(schema.contains("vega-lite"), "{file}: {schema}");
        let found = marks(&specification);
        assert!(found >= least, "{file}: {found} marks");
        assert!(specification.to_string().contains(word), "{file}");
    }
    bench.ok("run net.json --steps 1 --heat-map h.svg --energy-chart e.svg");
    for file in ["h.svg", "e.svg"] {
        assert!(bench.read(file).starts_with(b"<svg"), "{file}");
    }
    // a name that says neither form is a slip of the pen
    let refused = bench.run("run net.json --steps 1 --energy-chart e.picture");
    refused.expect(2).says("FILE.svg|.vl.json");
}

#[test]
fn every_command_has_a_man_page() {
    let bench = Bench::new("manual");
    std::fs::create_dir(bench.folder.join("man1")).unwrap();
    bench.ok("manual man1");
    for name in [
        "seamount",
        "seamount-run",
        "seamount-lab-lsnn-smnist",
        "seamount-data-get",
    ] {
        let page = bench.read(&format!("man1/{name}.1"));
        let page = String::from_utf8_lossy(&page).into_owned();
        assert!(
            page.contains(".TH") && page.contains("SYNOPSIS"),
            "{name}: {page}"
        );
    }
    bench.run("manual nowhere").expect(4);
}
