//! Why a network does not compile.

use crate::learn::RuleFinding;
use crate::placement::PlacementProblem;
use crate::programs::ProgramFinding;
use seamount_image::LimitBreach;
use seamount_network::netlist::Finding;
use serde::{Deserialize, Serialize};
use std::fmt;

/// More of something than a core, or the board, has (NC-030).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Index of the core among those in use; absent: the whole board.
    pub core: Option<u32>,
    /// What there is too little of.
    pub resource: String,
    /// How much the network needs.
    pub wanted: u64,
    /// How much there is.
    pub available: u64,
    /// Populations concerned.
    pub who: Vec<String>,
}

impl From<LimitBreach> for Limit {
    fn from(breach: LimitBreach) -> Self {
        let LimitBreach {
            core,
            resource,
            wanted,
            available,
            who,
        } = breach;
        Limit {
            core: Some(core),
            resource,
            wanted,
            available,
            who,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.core {
            Some(core) => write!(f, "core {core}")?,
            None => write!(f, "board")?,
        }
        let Limit {
            resource,
            wanted,
            available,
            who,
            ..
        } = self;
        write!(
            f,
            " ({}): {resource}: wanted {wanted}, available {available}",
            who.join(", ")
        )
    }
}

/// Why a network does not compile; every finding of its kind at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The network itself is wrong.
    #[error("the network is wrong:\n{}", lines(.0))]
    Netlist(Vec<Finding>),
    /// Learning rules whose text is wrong.
    #[error("learning rules are wrong:\n{}", .findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Learning {
        /// What, and at which character.
        findings: Vec<RuleFinding>,
    },
    /// Programs of neurons that are wrong, or given wrong constants.
    #[error("programs of neurons are wrong:\n{}", lines(.0))]
    Programs(Vec<ProgramFinding>),
    /// The network does not fit.
    #[error("the network does not fit:\n{}", lines(.0))]
    Limits(Vec<Limit>),
    /// The placement given does not suit the network or the board.
    #[error("the placement does not suit:\n{}", lines(.0))]
    Placement(Vec<PlacementProblem>),
}

fn lines(items: &[impl fmt::Display]) -> String {
    items
        .iter()
        .map(|item| format!("  {item}"))
        .collect::<Vec<_>>()
        .join("\n")
}
