//! A data set in one call: arrays to the evaluation of a session, and rows of samples back.

use crate::errors::{json_text, raised};
use crate::image::PyImage;
use crate::page::{self, ChartTexts};
use crate::wishes::{priced, word};
use pyo3::exceptions::{PyKeyboardInterrupt, PyMemoryError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use seamount::{Failure, Placed};
use seamount_report::{Page, evaluation_cards};
use seamount_session::eval::{
    EvalData, EvalOptions, Evaluation, RowsForm, SampleDecoder, SampleEncoder, evaluate, write_rows,
};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// How a data set is shown and read.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct EvalWishes {
    name: String,
    encode: String,
    decode: String,
    output: Option<String>,
    steps: Option<u64>,
    start: u64,
    limit: Option<u64>,
    threads: usize,
    vectors: bool,
    fidelity: String,
    profiles: Vec<String>,
    chosen: Vec<(String, u64)>,
    resume: Option<PathBuf>,
}

impl EvalWishes {
    fn options(&self) -> PyResult<EvalOptions> {
        let encoder = SampleEncoder::parse(&self.encode)
            .map_err(|problem| raised(Failure::option("encode", problem)))?;
        let mut options = EvalOptions::new(encoder, self.decoder()?);
        options.output = self.output.clone();
        options.steps = self.steps;
        options.first = self.start;
        options.limit = self.limit;
        options.threads = self.threads;
        options.vectors = self.vectors;
        options.profiles = priced(&self.profiles, &self.chosen)?;
        options.fidelity = word("fidelity", &self.fidelity)?;
        options.resume = self.resume.clone();
        Ok(options)
    }

    fn decoder(&self) -> PyResult<SampleDecoder> {
        let named = SampleDecoder::ALL
            .iter()
            .find(|(name, _)| *name == self.decode);
        if let Some((_, decoder)) = named {
            return Ok(*decoder);
        }
        let known: Vec<&str> = SampleDecoder::ALL.iter().map(|(name, _)| *name).collect();
        let problem = format!("'{}' is none of {}", self.decode, known.join(", "));
        Err(raised(Failure::option("decode", problem)))
    }
}

/// A data set that was shown to a network.
#[pyclass(frozen, name = "Evaluation", module = "seamount._seamount")]
pub(crate) struct PyEvaluation {
    evaluation: Evaluation,
    options: EvalOptions,
}

#[pymethods]
impl PyEvaluation {
    /// Writes the page of the evaluation.
    fn write_page(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let report = &self.evaluation.report;
        let samples = &report.samples;
        let title = format!("{} on {}", report.target.network, samples.dataset);
        let lead = format!(
            "{} samples on board {}.",
            samples.count, report.target.board
        );
        let page = Page::new(title, lead).with(evaluation_cards(report));
        page::write(py, &path, &page)
    }

    /// The charts of the page: name, title, note, Vega-Lite specification as JSON, SVG.
    fn charts(&self, py: Python<'_>) -> Vec<ChartTexts> {
        py.detach(|| page::charts(evaluation_cards(&self.evaluation.report)))
    }

    /// The report as JSON, with the keys of the command's `eval --json`.
    fn report(&self) -> PyResult<String> {
        json_text(&self.evaluation.report)
    }

    /// The report for people.
    fn text(&self) -> String {
        self.evaluation.report.to_string()
    }

    /// The rows of the samples as the bytes of a file that ends in `.csv` or `.npz`.
    fn rows<'py>(&self, py: Python<'py>, ending: &str) -> PyResult<Bound<'py, PyBytes>> {
        let form = match ending {
            "csv" => RowsForm::Csv,
            _ => RowsForm::Npz,
        };
        let mut bytes = vec![];
        let rows = &self.evaluation.rows;
        // only memory can run out: there is no file
        py.detach(|| write_rows(form, rows, &self.options, &mut bytes))
            .map_err(|error| PyMemoryError::new_err(error.to_string()))?;
        Ok(PyBytes::new(py, &bytes))
    }
}

/// Looks at signals and tells a callable how far an evaluation is; the reason to stop, if any.
fn look(progress: Option<&Py<PyAny>>, done: u64, all: u64) -> Result<(), PyErr> {
    Python::attach(|py| {
        py.check_signals()?;
        let Some(progress) = progress else {
            return Ok(());
        };
        let verdict = progress.call1(py, (done, all))?;
        // as for runs: nothing returned means go on
        if verdict.bind(py).is(pyo3::types::PyBool::new(py, false)) {
            return Err(PyKeyboardInterrupt::new_err("the callback returned False"));
        }
        Ok(())
    })
}

/// Shows a data set, arrays by name as the bytes of .npy files, to the network of an image.
#[pyfunction]
pub(crate) fn evaluate_samples(
    py: Python<'_>,
    image: &PyImage,
    arrays: BTreeMap<String, PyBackedBytes>,
    wishes: EvalWishes,
    progress: Option<Py<PyAny>>,
) -> PyResult<PyEvaluation> {
    let options = wishes.options()?;
    let checked = image.checked();
    let policy = image.policy();
    let mut reason = None;
    let mut seen = None;
    let shown = py.detach(|| {
        let copied = arrays
            .iter()
            .map(|(name, bytes)| (name.clone(), bytes.to_vec()));
        let copied: BTreeMap<String, Vec<u8>> = copied.collect();
        let data = EvalData::of_arrays(&wishes.name, &copied, None, None);
        drop(copied);
        let bits = checked.image();
        let placed = Placed::new(bits.name.clone(), bits.clone(), checked.spec().clone());
        let watch = &mut |done, all| {
            seen = Some(done);
            match look(progress.as_ref(), done, all) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    reason = Some(error);
                    ControlFlow::Break(())
                }
            }
        };
        evaluate(placed, policy, &data, &options, watch)
    });
    if let Some(error) = reason {
        return Err(error);
    }
    let evaluation = shown.map_err(raised)?;
    let stopped = || PyKeyboardInterrupt::new_err("the evaluation was stopped");
    let evaluation = evaluation.ok_or_else(stopped)?;
    // other threads may have finished the last samples, and only this one tells
    let all = evaluation.report.samples.count;
    if seen != Some(all) {
        look(progress.as_ref(), all, all)?;
    }
    Ok(PyEvaluation {
        evaluation,
        options,
    })
}
