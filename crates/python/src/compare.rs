//! A float reference beside the chip, two images beside each other, learning rules judged.

use crate::errors::{json_text, raised};
use crate::image::PyImage;
use crate::page::{self, ChartTexts};
use crate::reference::{Callables, Raised};
use crate::spikes::{SpikeArrays, events};
use crate::wishes::OpenWishes;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use seamount::{Failure, FailureKind, NetworkFile};
use seamount_report::{Card, Page, comparison_cards, graph_comparison_cards, told_cards};
use seamount_study::chart::Picture;
use seamount_study::compare::{BesideChip, Comparison, GraphComparison, Stimulus, compare_images};
use seamount_systems::validate::{Answer, Manner, answer, open, open_against};
use std::path::PathBuf;

/// How a float graph is put beside the chip.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct BesideWishes {
    steps: u64,
    tolerance: Option<f64>,
    calibrate: bool,
}

/// What came of a comparison.
enum ComparedSides {
    /// A float graph beside itself on the chip.
    Graph(Box<GraphComparison>),
    /// Two images.
    Images(Box<Comparison>),
}

/// A comparison, with its page.
#[pyclass(frozen, name = "Comparison", module = "seamount._seamount")]
pub(crate) struct PyComparison {
    compared: ComparedSides,
    /// Title of the page.
    title: String,
    /// Sentence below it.
    lead: String,
}

impl PyComparison {
    fn cards(&self) -> Vec<Card> {
        match &self.compared {
            ComparedSides::Graph(graph) => graph_comparison_cards(graph),
            ComparedSides::Images(images) => comparison_cards(images),
        }
    }
}

#[pymethods]
impl PyComparison {
    /// The comparison as JSON, with the keys of the command's `compare --json`.
    fn report(&self) -> PyResult<String> {
        match &self.compared {
            ComparedSides::Graph(graph) => json_text(graph),
            ComparedSides::Images(images) => json_text(images),
        }
    }

    /// The comparison for people.
    fn text(&self) -> String {
        match &self.compared {
            ComparedSides::Graph(graph) => graph.to_string(),
            ComparedSides::Images(images) => images.to_string(),
        }
    }

    /// Writes the page of the comparison.
    fn write_page(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let page = Page::new(&self.title, &self.lead).with(self.cards());
        page::write(py, &path, &page)
    }

    /// The charts of the page: name, title, note, Vega-Lite specification as JSON, SVG.
    fn charts(&self, py: Python<'_>) -> Vec<ChartTexts> {
        py.detach(|| page::charts(self.cards()))
    }
}

/// A float graph beside itself on the chip.
#[pyfunction]
pub(crate) fn compare_floats(
    py: Python<'_>,
    path: PathBuf,
    bytes: Option<PyBackedBytes>,
    opened: OpenWishes<'_>,
    wishes: BesideWishes,
    arrays: Vec<SpikeArrays<'_>>,
) -> PyResult<PyComparison> {
    let source = opened.options()?;
    let spikes = events(&arrays)?;
    let mut beside = BesideChip::new(source.board_or_default(), wishes.steps);
    beside.tolerance = wishes.tolerance;
    beside.calibrate = wishes.calibrate;
    let bytes = bytes.map(|bytes| bytes.to_vec());
    let compared = py.detach(|| {
        let file = match bytes {
            Some(bytes) => NetworkFile::of_bytes(&path, bytes),
            None => NetworkFile::read(&path)?,
        };
        beside.compare(file.graph(&source)?, &path, &spikes)
    });
    Ok(PyComparison {
        compared: ComparedSides::Graph(Box::new(compared.map_err(raised)?)),
        title: format!("Comparison of {}", path.display()),
        lead: "The float graph beside itself on the chip.".into(),
    })
}

/// Two images under the same spikes, bit by bit.
#[pyfunction]
pub(crate) fn compare_chips(
    py: Python<'_>,
    a: &PyImage,
    b: &PyImage,
    steps: u64,
    arrays: Vec<SpikeArrays<'_>>,
) -> PyResult<PyComparison> {
    let spikes = events(&arrays)?;
    let sides = [a.checked(), b.checked()];
    let compared = py.detach(|| {
        let stimulus = Stimulus {
            steps,
            events: spikes.plain(sides[0])?,
        };
        compare_images(("a", sides[0]), ("b", sides[1]), &stimulus)
            .map_err(|failure| failure.named("compare"))
    });
    let names = [a, b].map(|image| image.checked().image().name.clone());
    Ok(PyComparison {
        compared: ComparedSides::Images(Box::new(compared.map_err(raised)?)),
        title: format!("Comparison of {} and {}", names[0], names[1]),
        lead: format!("{} (a) beside {} (b).", names[0], names[1]),
    })
}

/// A judged learning rule, with its page.
#[pyclass(frozen, name = "Verdict", module = "seamount._seamount")]
pub(crate) struct PyVerdict {
    /// Whether every tolerance holds.
    #[pyo3(get)]
    passed: bool,
    /// The report as JSON.
    #[pyo3(get)]
    report: String,
    /// The report for people.
    #[pyo3(get)]
    text: String,
    /// What is worth knowing, a sentence each.
    #[pyo3(get)]
    warnings: Vec<String>,
    /// Name and CSV text of each table.
    #[pyo3(get)]
    tables: Vec<(String, String)>,
    /// Name and SVG text of each picture.
    #[pyo3(get)]
    pictures: Vec<(String, String)>,
    /// Name of the rule's file.
    name: String,
    /// The cards of the page.
    cards: Vec<Card>,
}

#[pymethods]
impl PyVerdict {
    /// Writes the page of the report.
    fn write_page(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let verdict = match self.passed {
            true => "Within all tolerances.",
            false => "A tolerance is exceeded.",
        };
        let page = Page::new(format!("Validation of {}", self.name), verdict);
        page::write(py, &path, &page.with(self.cards.clone()))
    }

    /// The charts of the page: name, title, note, Vega-Lite specification as JSON, SVG.
    fn charts(&self, py: Python<'_>) -> Vec<ChartTexts> {
        py.detach(|| page::charts(self.cards.clone()))
    }
}

/// The verdict as Python holds it.
fn verdict(name: &str, report: &Answer) -> PyVerdict {
    let pictures: Vec<(String, Picture)> = report.pictures();
    let text = report.to_string();
    PyVerdict {
        passed: report.passed(),
        report: serde_json::to_string(report).unwrap_or_default(),
        warnings: report.warnings().to_vec(),
        tables: report
            .tables()
            .into_iter()
            .map(|(name, text)| (name.to_string(), text))
            .collect(),
        pictures: pictures
            .iter()
            .map(|(name, picture)| (format!("{name}.svg"), picture.svg()))
            .collect(),
        name: name.to_string(),
        cards: told_cards(&text, pictures),
        text,
    }
}

/// A learning rule on the chip beside its meaning in real numbers, over seeds 1 to `seeds` or as
/// many as the command takes. `text` is TOML; files that it names are looked for in `folder`.
/// `reference`: the caller's own float side.
#[pyfunction]
pub(crate) fn validate_rule(
    py: Python<'_>,
    name: &str,
    text: &str,
    folder: PathBuf,
    seeds: Option<u64>,
    reference: Option<Callables>,
) -> PyResult<PyVerdict> {
    let raised_there = Raised::default();
    let functions = reference.map(|callables| callables.functions(&raised_there));
    let judged = py.detach(|| {
        let question = match &functions {
            None => open(text),
            Some(functions) => open_against(text, functions),
        };
        let question = question.map_err(|found| Failure::of(FailureKind::Input, name, found))?;
        let manner = seeds.map_or_else(Manner::default, Manner::over);
        let judged = answer(
            &question.located(&folder),
            manner,
            seamount_study::Progress::UNSEEN,
        );
        let report = judged.map_err(|failure| failure.named(name))?;
        Ok(verdict(name, &report))
    });
    judged.map_err(|failure| raised_there.take().unwrap_or_else(|| raised(failure)))
}

/// A dictionary, as JSON, as TOML.
#[pyfunction]
pub(crate) fn toml_text(json: &str) -> PyResult<String> {
    let tree: serde_json::Value =
        serde_json::from_str(json).map_err(|e| raised(Failure::option("rule", e)))?;
    toml::to_string(&tree).map_err(|e| raised(Failure::option("rule", e)))
}
