//! Published systems, with the options of the command.

use crate::errors::raised;
use crate::page::{self, ChartTexts};
use pyo3::prelude::*;
use seamount::Failure;
use seamount_report::{Card, Page, told_cards};
use seamount_session::files::Outputs;
use seamount_study::Progress;
use seamount_study::experiment::ReportForm;
use seamount_systems::registry::{Finished, GoingOn, Prepared, REGISTRY};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What came of a published system, with its page.
#[pyclass(frozen, name = "Lab", module = "seamount._seamount")]
pub(crate) struct PyLab {
    /// Whether it passed; true of a system that is no test.
    #[pyo3(get)]
    passed: bool,
    /// The report as JSON.
    #[pyo3(get)]
    report: String,
    /// The report for people.
    #[pyo3(get)]
    text: String,
    /// Name and purpose in words.
    titles: (&'static str, &'static str),
    /// The cards of the page.
    cards: Vec<Card>,
}

#[pymethods]
impl PyLab {
    /// Writes the page of the report.
    fn write_page(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let page = Page::new(self.titles.0, self.titles.1).with(self.cards.clone());
        page::write(py, &path, &page)
    }

    /// The charts of the page: name, title, note, Vega-Lite specification as JSON, SVG.
    fn charts(&self, py: Python<'_>) -> Vec<ChartTexts> {
        py.detach(|| page::charts(self.cards.clone()))
    }
}

/// Name and purpose of every published system.
#[pyfunction]
pub(crate) fn lab_entries() -> Vec<(String, String)> {
    let told = |about: Option<&clap::builder::StyledStr>| about.map(ToString::to_string);
    REGISTRY
        .iter()
        .map(|entry| {
            let about = told(entry.command().get_about()).unwrap_or_default();
            (entry.name().to_string(), about)
        })
        .collect()
}

/// Runs a published system with flags as the command takes them, and writes the files that they
/// name.
#[pyfunction]
pub(crate) fn run_lab(py: Python<'_>, name: &str, flags: Vec<String>) -> PyResult<PyLab> {
    let ran = py.detach(|| {
        let prepared = prepare(name, &flags)?;
        if let GoingOn::ByParts(_) = prepared.going_on() {
            let problem = "is kept by the command only: seamount lab";
            return Err(Failure::option("checkpoint", problem));
        }
        Ok((prepared.titles(), run(&*prepared)?))
    });
    let (titles, finished) = ran.map_err(raised)?;
    py.check_signals()?;
    let pictures = finished.pictures;
    Ok(PyLab {
        passed: finished.passed,
        report: finished.printed,
        cards: told_cards(&finished.text, pictures),
        text: finished.text,
        titles,
    })
}

/// An experiment of the registry with its options.
fn prepare(name: &str, flags: &[String]) -> Result<Box<dyn Prepared>, Failure> {
    let Some(entry) = REGISTRY.iter().find(|entry| entry.name() == name) else {
        let names: Vec<&str> = REGISTRY.iter().map(|entry| entry.name()).collect();
        let problem = format!("'{name}' is none of {}", names.join(", "));
        return Err(Failure::option("name", problem));
    };
    let command = entry.command().no_binary_name(true);
    let matches = command.try_get_matches_from(flags);
    let prepared = matches.and_then(|matches| entry.prepare(&matches));
    prepared.map_err(|error| {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        Failure::option("options", first.trim_start_matches("error: "))
    })
}

/// Checks, runs, and writes the files.
fn run(prepared: &dyn Prepared) -> Result<Finished, Failure> {
    prepared.check(ReportForm::Json)?;
    let outputs = prepared.outputs();
    let paths: Vec<&Path> = outputs.iter().map(|path| path.as_path()).collect();
    Outputs::expect(&paths)?;
    let finished = prepared.run(ReportForm::Json, Progress::UNSEEN)?;
    for file in &finished.files {
        Outputs::write_one(&file.path, |out| out.write_all(&file.bytes))?;
    }
    Ok(finished)
}
