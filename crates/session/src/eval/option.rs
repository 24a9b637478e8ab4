//! Findings about the options of an evaluation.

use seamount_diagnose::{Fault, Finding};

/// A finding about an option.
pub(super) fn option_finding(name: &str, fault: Fault, problem: impl Into<String>) -> Finding {
    Finding::new(format!("option {name}"), fault, problem)
}
