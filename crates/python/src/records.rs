//! Records of silicon beside the emulator.

use crate::errors::{json_text, raised};
use pyo3::prelude::*;
use seamount_study::Progress;
use seamount_study::experiment::{Experiment, ReportForm};
use seamount_systems::records::{Records, RecordsOptions};
use std::path::PathBuf;

/// Compares with every record of silicon that is at hand: whether all values are equal, the report
/// as JSON and as text.
#[pyfunction]
pub(crate) fn compare_records(
    py: Python<'_>,
    data: Option<PathBuf>,
    only: Vec<String>,
    threads: Option<u16>,
) -> PyResult<(bool, String, String)> {
    let options = RecordsOptions {
        data,
        only,
        threads,
        ..RecordsOptions::default()
    };
    let compared = py.detach(|| {
        Records::check(&options, ReportForm::Json)?;
        Records::run(&options, Progress::UNSEEN)
    });
    let report = compared.map_err(raised)?;
    Ok((report.equal, json_text(&report)?, report.to_string()))
}
