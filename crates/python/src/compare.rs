//! A float reference beside the chip, two images beside each other, learning rules judged.

use crate::errors::{json_text, raised};
use crate::image::PyImage;
use crate::spikes::{SpikeArrays, events};
use crate::wishes::OpenWishes;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use seamount::{Failure, FailureKind, NetworkFile};
use seamount_study::compare::{BesideChip, Stimulus, compare_images};
use seamount_systems::validate::{Manner, answer, open};
use std::path::PathBuf;

/// How a float graph is put beside the chip.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct BesideWishes {
    steps: u64,
    tolerance: Option<f64>,
    calibrate: bool,
}

/// A float graph beside itself on the chip, as JSON and as text.
#[pyfunction]
pub(crate) fn compare_floats(
    py: Python<'_>,
    path: PathBuf,
    bytes: Option<PyBackedBytes>,
    opened: OpenWishes<'_>,
    wishes: BesideWishes,
    arrays: Vec<SpikeArrays<'_>>,
) -> PyResult<(String, String)> {
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
    let comparison = compared.map_err(raised)?;
    Ok((json_text(&comparison)?, comparison.to_string()))
}

/// Two images under the same spikes, bit by bit, as JSON and as text.
#[pyfunction]
pub(crate) fn compare_chips(
    py: Python<'_>,
    a: &PyImage,
    b: &PyImage,
    steps: u64,
    arrays: Vec<SpikeArrays<'_>>,
) -> PyResult<(String, String)> {
    let spikes = events(&arrays)?;
    let (a, b) = (a.checked(), b.checked());
    let compared = py.detach(|| {
        let stimulus = Stimulus {
            steps,
            events: spikes.plain(a)?,
        };
        compare_images(("a", a), ("b", b), &stimulus).map_err(|failure| failure.named("compare"))
    });
    let comparison = compared.map_err(raised)?;
    Ok((json_text(&comparison)?, comparison.to_string()))
}

/// A judged learning rule.
#[pyclass(frozen, get_all, name = "Verdict", module = "seamount._seamount")]
pub(crate) struct PyVerdict {
    /// Whether every tolerance holds.
    passed: bool,
    /// The report as JSON.
    report: String,
    /// The report for people.
    text: String,
    /// What is worth knowing, a sentence each.
    warnings: Vec<String>,
    /// Name and CSV text of each table.
    tables: Vec<(String, String)>,
    /// Name and SVG text of each picture.
    pictures: Vec<(String, String)>,
}

/// A learning rule on the chip beside its meaning in real numbers, over seeds 1 to `seeds` or as
/// many as the command takes. `text` is TOML; files that it names are looked for in `folder`.
#[pyfunction]
pub(crate) fn validate_rule(
    py: Python<'_>,
    name: &str,
    text: &str,
    folder: PathBuf,
    seeds: Option<u64>,
) -> PyResult<PyVerdict> {
    let judged = py.detach(|| {
        let question = open(text).map_err(|found| Failure::of(FailureKind::Input, name, found))?;
        let manner = seeds.map_or_else(Manner::default, Manner::over);
        let judged = answer(&question.located(&folder), manner, seamount_study::Progress::UNSEEN);
        let report = judged.map_err(|failure| failure.named(name))?;
        let tables = report.tables().into_iter();
        Ok(PyVerdict {
            passed: report.passed(),
            report: serde_json::to_string(&report).unwrap_or_default(),
            text: report.to_string(),
            warnings: report.warnings().to_vec(),
            tables: tables
                .map(|(name, text)| (name.to_string(), text))
                .collect(),
            pictures: report
                .pictures()
                .into_iter()
                .map(|(name, picture)| (format!("{name}.svg"), picture.svg()))
                .collect(),
        })
    });
    judged.map_err(raised)
}

/// A dictionary, as JSON, as TOML.
#[pyfunction]
pub(crate) fn toml_text(json: &str) -> PyResult<String> {
    let tree: serde_json::Value =
        serde_json::from_str(json).map_err(|e| raised(Failure::option("rule", e)))?;
    toml::to_string(&tree).map_err(|e| raised(Failure::option("rule", e)))
}
