//! Programs as JSON files: names, and instructions as 64-bit words (MC-036).

use crate::{
    Instruction, Parameter, Program, ProgramFault, Scope, SpikeKind, VerifiedProgram, verify,
};
use seamount_diagnose::{Fault, Field, Finding, Findings, FormHeader, JsonNode, JsonText};
use serde::Serialize;
use std::borrow::Cow;

/// What the field `format` says.
const FORMAT: &str = "seamount-program";
/// What the field `version` says.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct ProgramFile {
    format: String,
    version: u32,
    name: String,
    spike: String,
    states: Vec<String>,
    parameters: Vec<ParameterFile>,
    probes: Vec<String>,
    words: Vec<String>,
}

#[derive(Serialize)]
struct ParameterFile {
    name: String,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<i32>,
}

/// The JSON form of a program.
pub fn to_json(verified: &VerifiedProgram) -> String {
    let program = verified.program();
    let words = program.words().expect("a verified program has words");
    let scope = |s| {
        if s == Scope::Neuron {
            "neuron"
        } else {
            "shared"
        }
    };
    let parameter = |p: &Parameter| ParameterFile {
        name: p.name.clone(),
        scope: scope(p.scope).into(),
        default: p.default,
    };
    let file = ProgramFile {
        format: FORMAT.into(),
        version: VERSION,
        name: program.name.clone(),
        spike: program.spike.name().into(),
        states: program.states.clone(),
        parameters: program.parameters.iter().map(parameter).collect(),
        probes: program.probes.clone(),
        words: words.iter().map(|w| format!("{w:#018x}")).collect(),
    };
    serde_json::to_string_pretty(&file).expect("plain data") + "\n"
}

/// A program from its JSON form, verified.
///
/// # Errors
/// Everything that is wrong with it: differences from the form with their lines and columns, or,
/// where there are none, what keeps the program from running.
pub fn from_json(text: &str) -> Result<VerifiedProgram, Vec<Finding>> {
    if let Some(other) = FormHeader::of_other(text, FORMAT, VERSION) {
        return Err(vec![other.finding(FORMAT, VERSION)]);
    }
    let json = JsonText::proved(text)?;
    let found = Findings::new();
    let program = program(json.root(), &found);
    match program {
        Some(program) if found.is_empty() => {
            verify(program).map_err(|faults| faults.iter().map(ProgramFault::finding).collect())
        }
        _ => Err(found.into_vec()),
    }
}

/// The program; nothing only where something was found.
fn program(root: JsonNode, found: &Findings) -> Option<Program> {
    let fields = Field::whole(root, found).table()?;
    fields.need("format").text();
    fields.need("version").whole_number(0..=i64::MAX);
    let name = fields.need("name").text();
    let kinds = SpikeKind::ALL.map(|kind| (kind.name(), kind));
    let spike = fields.need("spike").word(&kinds);
    let states = texts(&fields.may("states"));
    let probes = texts(&fields.may("probes"));
    let parameters = fields.may("parameters").items().unwrap_or_default();
    let parameters = parameters.iter().filter_map(parameter).collect();
    let words = fields.need("words").items().unwrap_or_default();
    let instructions = words.iter().filter_map(instruction).collect();
    fields.finish();
    Some(Program {
        name: name?.into_owned(),
        states,
        parameters,
        probes,
        instructions,
        spike: spike?,
    })
}

/// A list of texts; none if it is absent.
fn texts(field: &Field<JsonNode>) -> Vec<String> {
    let items = field.items().unwrap_or_default();
    let texts = items.iter().filter_map(Field::text);
    texts.map(Cow::into_owned).collect()
}

fn parameter(field: &Field<JsonNode>) -> Option<Parameter> {
    let fields = field.table()?;
    let name = fields.need("name").text();
    let scopes = [("neuron", Scope::Neuron), ("shared", Scope::Shared)];
    let scope = fields.need("scope").word(&scopes);
    let default = fields.may("default");
    let default = default.whole_number(i32::MIN.into()..=i32::MAX.into());
    fields.finish();
    Some(Parameter {
        name: name?.into_owned(),
        scope: scope?,
        default: default.map(|value| i32::try_from(value).expect("a value of its range")),
    })
}

/// An instruction from its word in hexadecimal.
fn instruction(field: &Field<JsonNode>) -> Option<Instruction> {
    let text = field.text()?;
    let word = text.strip_prefix("0x");
    let Some(word) = word.and_then(|digits| u64::from_str_radix(digits, 16).ok()) else {
        let shown: String = text.chars().take(40).collect();
        let problem = format!("'{shown}' is no hexadecimal number of 64 bit");
        let finding = Finding::new(field.place(), Fault::WrongType, problem);
        field.file(finding.value(shown));
        return None;
    };
    let decoded = Instruction::decode(word);
    decoded.map_err(|error| field.rule(error.to_string())).ok()
}
