//! Programs as JSON files: names, and instructions as 64-bit words (MC-036).

use crate::{
    Instruction, Parameter, Program, ProgramFault, Scope, SpikeKind, VerifiedProgram, WordError,
    verify,
};
use serde::{Deserialize, Serialize};

/// What the field `format` says.
const FORMAT: &str = "seamount-program";
/// What the field `version` says.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramFile {
    format: String,
    version: u32,
    name: String,
    spike: String,
    #[serde(default)]
    states: Vec<String>,
    #[serde(default)]
    parameters: Vec<ParameterFile>,
    #[serde(default)]
    probes: Vec<String>,
    words: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterFile {
    name: String,
    scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<i32>,
}

/// The fields that every version of the form has.
#[derive(Deserialize)]
struct FormHeader {
    format: String,
    version: serde_json::Value,
}

/// The header of a text, if the text is of another form or version.
fn other_form(text: &str) -> Option<FormHeader> {
    let header: FormHeader = serde_json::from_str(text).ok()?;
    (header.format != FORMAT || header.version != VERSION).then_some(header)
}

/// What is wrong with a program file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramFileError {
    /// Not the form.
    #[error("{0}")]
    Json(String),
    /// Another kind of file, or of another version.
    #[error("format '{format}', version {version}; expected '{FORMAT}', version {VERSION}")]
    Form {
        /// Field `format`.
        format: String,
        /// Field `version`, as it is written.
        version: String,
    },
    /// A field with a word that does not exist.
    #[error("{field}: '{value}' does not exist")]
    Choice {
        /// Field.
        field: String,
        /// Text that stands there.
        value: String,
    },
    /// No hexadecimal number.
    #[error("words[{at}]: '{value}' is no hexadecimal number of 64 bit")]
    Hexadecimal {
        /// Index of the word.
        at: usize,
        /// Text that stands there.
        value: String,
    },
    /// No instruction.
    #[error("words[{at}]: {error}")]
    Word {
        /// Index of the word.
        at: usize,
        /// Why not.
        error: WordError,
    },
    /// A program that cannot run.
    #[error(transparent)]
    Fault(#[from] ProgramFault),
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
/// Everything that is wrong with it.
pub fn from_json(text: &str) -> Result<VerifiedProgram, Vec<ProgramFileError>> {
    // another version may have other fields: that it is another one comes first
    if let Some(FormHeader { format, version }) = other_form(text) {
        return Err(vec![ProgramFileError::Form {
            format,
            version: version.to_string(),
        }]);
    }
    let file: ProgramFile =
        serde_json::from_str(text).map_err(|e| vec![ProgramFileError::Json(e.to_string())])?;
    let mut found = vec![];
    let spike = SpikeKind::ALL.into_iter().find(|k| k.name() == file.spike);
    if spike.is_none() {
        found.push(ProgramFileError::Choice {
            field: "spike".into(),
            value: file.spike,
        });
    }
    let mut parameters = vec![];
    for (at, p) in file.parameters.into_iter().enumerate() {
        let scope = match p.scope.as_str() {
            "neuron" => Scope::Neuron,
            "shared" => Scope::Shared,
            _ => {
                found.push(ProgramFileError::Choice {
                    field: format!("parameters[{at}].scope"),
                    value: p.scope,
                });
                continue;
            }
        };
        parameters.push(Parameter {
            name: p.name,
            scope,
            default: p.default,
        });
    }
    let mut instructions = vec![];
    for (at, text) in file.words.iter().enumerate() {
        match text
            .strip_prefix("0x")
            .and_then(|t| u64::from_str_radix(t, 16).ok())
            .map(Instruction::decode)
        {
            Some(Ok(instruction)) => instructions.push(instruction),
            Some(Err(error)) => found.push(ProgramFileError::Word { at, error }),
            None => found.push(ProgramFileError::Hexadecimal {
                at,
                value: text.chars().take(40).collect(),
            }),
        }
    }
    let (Some(spike), true) = (spike, found.is_empty()) else {
        return Err(found);
    };
    let program = Program {
        name: file.name,
        states: file.states,
        parameters,
        probes: file.probes,
        instructions,
        spike,
    };
    verify(program).map_err(|faults| faults.into_iter().map(ProgramFileError::Fault).collect())
}
