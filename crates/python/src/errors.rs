//! Failures of a session as Python exceptions.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use seamount::{Failure, FailureKind, Remedy, Subject};

/// Word of a kind; `seamount.errors` has a class for each.
fn kind_word(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Usage => "usage",
        FailureKind::Limits => "limits",
        FailureKind::Io => "io",
        FailureKind::Missing => "missing",
        FailureKind::Memory => "memory",
        _ => "input",
    }
}

fn remedy_word(remedy: Remedy) -> Option<&'static str> {
    match remedy {
        Remedy::IgnoreLimits => Some("ignore_limits"),
        Remedy::IgnoreUnitAxes => Some("ignore_unit_axes"),
        Remedy::ListPrograms => Some("programs"),
        _ => None,
    }
}

/// The exception for a failure, with every finding as data.
pub(crate) fn raised(failure: Failure) -> PyErr {
    let (option, named) = match &failure.what {
        Subject::Option(name) => (Some(name.as_str()), None),
        Subject::Named(name) => (None, Some(name.as_str())),
        Subject::Call => (None, None),
    };
    let findings = serde_json::to_string(&failure.findings).unwrap_or_default();
    let remedy = failure.remedy.and_then(remedy_word);
    Python::attach(|py| {
        let made = py.import("seamount.errors").and_then(|errors| {
            let arguments = (kind_word(failure.kind), option, named, findings, remedy);
            errors.call_method1("of_failure", arguments)
        });
        match made {
            Ok(exception) => PyErr::from_value(exception),
            Err(error) => error,
        }
    })
}

/// A tree of JSON as text; Python reads it.
pub(crate) fn json_text(value: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|e| PyRuntimeError::new_err(e.to_string()))
}
