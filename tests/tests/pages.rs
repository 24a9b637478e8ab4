//! Pages of the book that are made from data of the program, and are compared with it here.
//!
//! `SEAMOUNT_WRITE_PAGES=1 cargo test -p seamount-tests --test pages` brings them up to date.

use seamount_network::netlist::Netlist;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

/// Sections of the page in the order in which a reader meets them: types of the schema, the whole
/// network first.
const SECTIONS: [&str; 21] = [
    "Input",
    "Population",
    "Compartment",
    "ThresholdMode",
    "Join",
    "Passed",
    "CoreSettings",
    "NoiseTarget",
    "Programmed",
    "ProgramText",
    "Projection",
    "Connectivity",
    "Precision",
    "SignMode",
    "Axons",
    "Probe",
    "Register",
    "LearningRule",
    "Trace",
    "Reward",
    "RewardSource",
];

/// The rest of the sections, about learning and management.
const MORE_SECTIONS: [&str; 8] = [
    "LearningProfile",
    "DwRounding",
    "GradedPre",
    "LearningProbe",
    "Learned",
    "Schedule",
    "ManagementAct",
    "ManagementAction",
];

const HEAD: &str = "\
# Every field of a network

The JSON form of a network, field by field, with ranges and defaults. This page is made from the
schema that `seamount schema` prints. [The form of a network](../netlist.md) explains the same with
examples.

**One or each** stands for a number that holds for all, a list with one number for each, or
`{ \"npy\": \"file.npy\" }`, an array in a file beside the network. Names like NC-007 lead to
[the claims](../hardware/neurocore.md).
";

/// A heading for the name of a type: `CoreSettings` is \"Core settings\".
fn heading(name: &str) -> String {
    let mut words = String::new();
    for (at, c) in name.chars().enumerate() {
        match c.is_uppercase() && at > 0 {
            true => words.extend([' ', c.to_ascii_lowercase()]),
            false => words.push(c),
        }
    }
    words
}

fn anchor(name: &str) -> String {
    heading(name).to_lowercase().replace(' ', "-")
}

/// What a field holds, in words, with links to sections.
fn kind(schema: &Value, sections: &BTreeSet<&str>) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.trim_start_matches("#/$defs/");
        let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
        return match plain {
            "Values" => "one or each".into(),
            "Array" => "list".into(),
            "Matrix" => "matrix".into(),
            "Endpoint" => "name".into(),
            _ if sections.contains(name) => format!("[{}](#{})", heading(name), anchor(name)),
            _ => heading(name).to_lowercase(),
        };
    }
    if let Some(Value::Array(options)) = schema.get("anyOf") {
        return options
            .first()
            .map_or_else(String::new, |s| kind(s, sections));
    }
    let words = match schema.get("type") {
        Some(Value::String(word)) => word.as_str(),
        Some(Value::Array(words)) => words.first().and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    match words {
        "array" => format!("list of {}", kind(&schema["items"], sections)),
        "object" => format!(
            "{} by name",
            kind(&schema["additionalProperties"], sections)
        ),
        "string" => "text".into(),
        "boolean" => "true or false".into(),
        word => word.into(),
    }
}

/// The range of a field, if the schema has a narrower one than the machine's word.
fn range(schema: &Value) -> String {
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(least), Some(most)) if most.as_i64() == Some(i64::from(u32::MAX)) => {
            format!("from {least}")
        }
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => String::new(),
    }
}

/// A table of the fields of an object.
fn fields(page: &mut String, object: &Map<String, Value>, sections: &BTreeSet<&str>) {
    let empty = Map::new();
    let properties = object.get("properties").and_then(Value::as_object);
    let required: Vec<&str> = object
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut names: Vec<&String> = properties.unwrap_or(&empty).keys().collect();
    // what must be there comes first, in the order of the schema
    names.sort_by_key(|name| !required.contains(&name.as_str()));
    page.push_str("| field | holds | range | meaning |\n|---|---|---|---|\n");
    for name in names {
        let schema = &properties.unwrap_or(&empty)[name];
        let mut meaning = schema["description"]
            .as_str()
            .unwrap_or_default()
            .to_string();
        if let Some(word) = schema.get("const") {
            meaning = format!("{word}");
        }
        if let Some(alias) = schema.get("x-alias").and_then(Value::as_str) {
            let _ = write!(meaning, " Also `{alias}`.");
        }
        let must = if required.contains(&name.as_str()) {
            " *"
        } else {
            ""
        };
        let holds = kind(schema, sections);
        let meaning = meaning.replace('|', "\\|");
        let _ = writeln!(
            page,
            "| `{name}`{must} | {holds} | {} | {meaning} |",
            range(schema)
        );
    }
    if !required.is_empty() {
        page.push_str("\n\\* must be there.\n");
    }
}

/// A section: an object, a choice of words, or a choice of objects.
fn section(page: &mut String, name: &str, schema: &Value, sections: &BTreeSet<&str>) {
    let _ = write!(page, "\n## {}\n", heading(name));
    if let Some(text) = schema["description"].as_str() {
        let _ = write!(page, "\n{text}\n");
    }
    page.push('\n');
    match schema.get("oneOf").and_then(Value::as_array) {
        None => fields(page, schema.as_object().expect("an object"), sections),
        Some(options) if options.iter().all(|o| o.get("const").is_some()) => {
            page.push_str("| value | meaning |\n|---|---|\n");
            for option in options {
                let word = option["const"].as_str().unwrap_or_default();
                let text = option["description"].as_str().unwrap_or_default();
                let _ = writeln!(page, "| `{word}` | {text} |");
            }
        }
        Some(options) => {
            for (at, option) in options.iter().enumerate() {
                let word = option["properties"]["kind"]["const"].as_str();
                let text = option["description"].as_str().unwrap_or_default();
                let gap = if at == 0 { "" } else { "\n" };
                let _ = write!(page, "{gap}### {}\n\n{text}\n\n", word.unwrap_or("words"));
                fields(page, option.as_object().expect("an object"), sections);
            }
        }
    }
}

/// The page of all fields of a network.
fn netlist_fields() -> String {
    let schema: Value = serde_json::from_str(&Netlist::schema()).expect("JSON");
    let names = SECTIONS.iter().chain(&MORE_SECTIONS);
    let sections: BTreeSet<&str> = names.clone().copied().collect();
    let mut page = String::from(HEAD);
    section(&mut page, "Network", &schema, &sections);
    for name in names {
        section(&mut page, name, &schema["$defs"][*name], &sections);
    }
    page
}

#[test]
fn the_fields_of_a_network_are_those_of_the_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/netlist-fields.md");
    let now = netlist_fields();
    if std::env::var_os("SEAMOUNT_WRITE_PAGES").is_some() {
        std::fs::write(&path, &now).expect("the page");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == now,
        "docs/reference/netlist-fields.md is old: \
         SEAMOUNT_WRITE_PAGES=1 cargo test -p seamount-tests --test pages"
    );
}

#[test]
fn every_type_of_the_form_has_a_section() {
    let schema: Value = serde_json::from_str(&Netlist::schema()).expect("JSON");
    let there = schema["$defs"].as_object().expect("types").keys();
    let known = |name: &&String| {
        let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let of_values = ["Values", "Array", "Matrix", "Endpoint", "NpyFile"].contains(&plain);
        !of_values && !SECTIONS.iter().chain(&MORE_SECTIONS).any(|s| s == *name)
    };
    let missing: Vec<&String> = there.filter(known).collect();
    assert!(missing.is_empty(), "types without a section: {missing:?}");
}
