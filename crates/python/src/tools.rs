//! What is built in: boards, profiles, kinds of events, programs, the schema of networks.

use crate::errors::{json_text, raised};
use pyo3::prelude::*;
use seamount::{Board, EventCounts, Failure, FailureKind, Netlist, Population, Profile};
use seamount_microcode::{Shipped, TEXT_NAME, assemble_text, shipped};
use seamount_network::memory;
use seamount_session::{assemble_file, program_data, program_listing, program_summary};
use std::path::PathBuf;

/// Version of the emulator.
#[pyfunction]
pub(crate) fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Sets the most bytes that this process may hold; without a number three quarters of what the
/// machine has to give now, or no limit where it does not say. The limit, if there is one.
#[pyfunction]
pub(crate) fn limit_memory(bytes: Option<u64>) -> Option<u64> {
    let limit = bytes.or_else(memory::share_of_machine);
    memory::set_limit(limit.unwrap_or(u64::MAX));
    limit
}

/// Names of the boards.
#[pyfunction]
pub(crate) fn board_names() -> Vec<&'static str> {
    Board::names().collect()
}

/// Names of the built-in profiles of energy and time.
#[pyfunction]
pub(crate) fn profile_names() -> Vec<&'static str> {
    Profile::names().collect()
}

/// Names of the events, in the order of every table of counts.
#[pyfunction]
pub(crate) fn event_names() -> Vec<&'static str> {
    EventCounts::NAMES.to_vec()
}

/// Name and summary of the shipped neuron programs; fragments, which others include, are left out.
#[pyfunction]
pub(crate) fn shipped_programs() -> Vec<(&'static str, &'static str)> {
    let whole = shipped().iter().filter(|program| !program.fragment);
    whole
        .map(|program: &Shipped| (program.name, program.summary()))
        .collect()
}

/// The JSON schema of the network form.
#[pyfunction]
pub(crate) fn netlist_schema() -> String {
    Netlist::schema()
}

/// A population of leaky integrate-and-fire neurons with all registers at their defaults, as JSON.
#[pyfunction]
pub(crate) fn lif_population(name: &str, size: u32) -> PyResult<String> {
    json_text(&Population::new(name, size))
}

/// A population with an after-hyperpolarisation compartment, as JSON.
#[pyfunction]
pub(crate) fn ahp_population(name: &str, size: u32, voltage_decay: u16) -> PyResult<String> {
    json_text(&Population::ahp(name, size, voltage_decay))
}

/// A neuron program from its text, or from a file or a shipped one by its name: data as JSON,
/// summary, listing.
#[pyfunction]
pub(crate) fn assemble(path: PathBuf, text: Option<&str>) -> PyResult<(String, String, String)> {
    let assembled = match text {
        Some(text) => assemble_text(text)
            .map_err(|error| raised(Failure::of(FailureKind::Input, TEXT_NAME, error.findings)))?,
        None => assemble_file(&path).map_err(raised)?,
    };
    let data = json_text(&program_data(&assembled.verified))?;
    let summary = program_summary(&assembled.verified);
    Ok((data, summary, program_listing(&assembled)))
}
