//! Internal: the native half of the Python package `seamount`, private as `seamount._seamount`.
//!
//! It turns numpy arrays and words into the types of the session crate and back, and nothing else:
//! what a network means, what a run does and what it costs is asked there. Classes are frozen and
//! few; the interface that people use is Python, in `python/seamount`. Structured results leave as
//! JSON text, whose keys are those of the command.
//!
//! It does not know shapes of other packages (torch, scipy, tonic): Python brings all input to one
//! dtype for each argument first.

mod chip;
mod compare;
mod errors;
mod eval;
mod image;
mod lab;
mod network;
mod outcome;
mod page;
mod records;
mod reference;
mod spikes;
mod tools;
mod wishes;

use pyo3::prelude::*;

/// The native module.
#[pymodule(name = "_seamount")]
mod native {
    #[pymodule_export]
    use crate::chip::PyChip;
    #[pymodule_export]
    use crate::compare::{
        PyComparison, PyVerdict, compare_chips, compare_floats, toml_text, validate_rule,
    };
    #[pymodule_export]
    use crate::eval::{PyEvaluation, evaluate_samples};
    #[pymodule_export]
    use crate::image::PyImage;
    #[pymodule_export]
    use crate::lab::{PyLab, lab_entries, run_lab};
    #[pymodule_export]
    use crate::network::{PyNetwork, bench_network, open_file};
    #[pymodule_export]
    use crate::outcome::PyRecording;
    #[pymodule_export]
    use crate::outcome::PyRun;
    #[pymodule_export]
    use crate::records::compare_records;
    #[pymodule_export]
    use crate::reference::PySeen;
    #[pymodule_export]
    use crate::tools::{
        ahp_population, assemble, board_names, event_names, lif_population, limit_memory,
        netlist_schema, profile_names, shipped_programs, version,
    };
}
