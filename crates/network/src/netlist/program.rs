//! Programs of neurons (MC-001): assembler text, and which population runs which program with which
//! constants. The compiler assembles the text; nothing here knows an instruction.

use super::{Values, is_default, registers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A program of this network, in assembler text, which stands here or in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgramText {
    /// Name that populations refer to; shipped programs have names too, and a program of the
    /// network goes before a shipped one of the same name.
    pub name: String,
    /// The text, lines ended by `\n`. Left out where `file` is given.
    #[serde(default)]
    pub text: String,
    /// Name of a file with the text, relative to the folder of the network and within it. What is
    /// read stands in `text` afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// The program of a population, in place of the fixed compartments of the Loihi 1 class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Programmed {
    /// Name of a program: one of the network, or a shipped one.
    pub name: String,
    /// Accumulators of a neuron, 1 or 2. The first, `soma`, is what the bare name of the population
    /// means as a target; the second is `population.feedback`.
    #[serde(default = "one_port", skip_serializing_if = "is_one_port")]
    #[schemars(extend("x-range" = registers::PORTS))]
    pub ports: u8,
    /// Constants by the names the program gives them, 24 bit signed; shared ones have one value.
    /// Those that are absent have the default of the program.
    #[serde(default, skip_serializing_if = "is_default")]
    pub parameters: BTreeMap<String, Values<i32>>,
    /// State at the start and after every reset by the names of the program, 24 bit signed;
    /// absent: 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub initial: BTreeMap<String, Values<i32>>,
}

impl Programmed {
    /// A program by name, with one accumulator and the program's own defaults.
    pub fn new(name: &str) -> Self {
        Programmed {
            name: name.into(),
            ports: 1,
            parameters: BTreeMap::new(),
            initial: BTreeMap::new(),
        }
    }
}

fn one_port() -> u8 {
    1
}
#[allow(clippy::trivially_copy_pass_by_ref, reason = "the form serde asks for")]
fn is_one_port(ports: &u8) -> bool {
    *ports == 1
}
