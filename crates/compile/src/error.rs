//! Why a network does not compile.

use crate::limit::Limit;
use crate::placement::PlacementProblem;
use seamount_diagnose::Finding;
use seamount_network::memory::MemoryShort;
use std::fmt;

/// Why a network does not compile; every finding of its kind at once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The network itself is wrong.
    #[error("the network is wrong:\n{}", lines(.0))]
    Netlist(Vec<Finding>),
    /// Learning rules whose text is wrong.
    #[error("learning rules are wrong:\n{}", .findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Learning {
        /// Findings with the text of the rule and a mark at the character.
        findings: Vec<Finding>,
    },
    /// Programs of neurons that are wrong, or given wrong constants.
    #[error("programs of neurons are wrong:\n{}", lines(.0))]
    Programs(Vec<Finding>),
    /// The network does not fit.
    #[error("the network does not fit:\n{}", lines(.0))]
    Limits(Vec<Limit>),
    /// The compiler would hold more than there is memory for.
    #[error(transparent)]
    Memory(#[from] MemoryShort),
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
