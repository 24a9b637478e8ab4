//! Proved images.

use crate::errors::{json_text, raised};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use seamount::{CheckedImage, Chip, Failure, LimitPolicy, Placed, ProbeText, add_probes};
use seamount_session::{ImageReport, ask_for_chip};
use std::sync::Arc;

/// A network placed on a board, as bits, proved.
#[pyclass(frozen, name = "Image", module = "seamount._seamount")]
pub(crate) struct PyImage {
    checked: Arc<CheckedImage>,
    policy: LimitPolicy,
    /// Report as JSON, report as text, placement; absent for an image that was read.
    compiled: Option<[String; 3]>,
}

impl PyImage {
    /// An image that was compiled in this program.
    pub(crate) fn compiled(
        checked: CheckedImage,
        policy: LimitPolicy,
        texts: [String; 3],
    ) -> PyImage {
        PyImage {
            compiled: Some(texts),
            ..PyImage::read(checked, policy)
        }
    }

    /// An image that was read from its bytes.
    pub(crate) fn read(checked: CheckedImage, policy: LimitPolicy) -> PyImage {
        PyImage {
            checked: Arc::new(checked),
            policy,
            compiled: None,
        }
    }

    pub(crate) fn checked(&self) -> &Arc<CheckedImage> {
        &self.checked
    }

    pub(crate) fn policy(&self) -> LimitPolicy {
        self.policy
    }

    /// A chip with the image, if there is memory for it.
    pub(crate) fn load(&self) -> Result<Chip, Failure> {
        ask_for_chip(self.checked.image(), &"image")?;
        Ok(Chip::load(CheckedImage::clone(&self.checked)))
    }

    fn report_of(&self) -> ImageReport {
        ImageReport::new(CheckedImage::clone(&self.checked))
    }
}

#[pymethods]
impl PyImage {
    /// Name of the network.
    #[getter]
    fn name(&self) -> &str {
        &self.checked.image().name
    }

    /// Name of the board.
    #[getter]
    fn board(&self) -> &str {
        &self.checked.spec().name
    }

    /// Number of cores in use.
    #[getter]
    fn cores(&self) -> usize {
        self.checked.image().cores.len()
    }

    /// Number that tells apart what runs.
    #[getter]
    fn fingerprint(&self) -> u64 {
        self.checked.fingerprint()
    }

    /// Whether broken limits were reported instead of enforced.
    #[getter]
    fn ignores_limits(&self) -> bool {
        self.policy == LimitPolicy::Report
    }

    /// Name and size of each input, in order.
    #[getter]
    fn inputs(&self) -> Vec<(String, u32)> {
        let inputs = self.checked.image().inputs.iter();
        inputs
            .map(|input| (input.name.clone(), input.size()))
            .collect()
    }

    /// Names of the recordings that a run makes, in order.
    #[getter]
    fn probes(&self) -> Vec<String> {
        let image = self.checked.image();
        let plain = image.probes.iter().map(|probe| probe.name.clone());
        let learned = image.learning.probes.iter().map(|probe| probe.name.clone());
        plain.chain(learned).collect()
    }

    /// The same image with more probes.
    fn with_probes(&self, probes: Vec<String>) -> PyResult<PyImage> {
        let parsed = probes.iter().map(|text| {
            ProbeText::parse(text).map_err(|problem| {
                raised(seamount::Failure::option(
                    "probe",
                    format!("{text}: {problem}"),
                ))
            })
        });
        let parsed = parsed.collect::<PyResult<Vec<_>>>()?;
        let mut image = self.checked.image().clone();
        add_probes(&mut image, &parsed).map_err(raised)?;
        let name = image.name.clone();
        let placed = Placed::new(name, image, self.checked.spec().clone());
        Ok(PyImage {
            checked: Arc::new(placed.prove(self.policy).map_err(raised)?),
            policy: self.policy,
            compiled: self.compiled.clone(),
        })
    }

    /// The bytes of the image file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.checked.image().to_bytes());
        PyBytes::new(py, &bytes)
    }

    /// Report of the compiler as JSON; None for an image that was read.
    fn compilation(&self) -> Option<&str> {
        self.compiled.as_ref().map(|[data, _, _]| data.as_str())
    }

    /// Report of the compiler for people; None for an image that was read.
    fn compilation_text(&self) -> Option<&str> {
        self.compiled.as_ref().map(|[_, text, _]| text.as_str())
    }

    /// Placement as JSON, to be given to the compiler again; None for an image that was read.
    fn placement(&self) -> Option<&str> {
        self.compiled
            .as_ref()
            .map(|[_, _, placement]| placement.as_str())
    }

    /// What is in the image, of all cores or of one, as JSON.
    fn inspect(&self, py: Python<'_>, core: Option<usize>, memory: bool) -> PyResult<String> {
        let mut report = self.report_of();
        if let Some(core) = core {
            report = report.of_core(core).map_err(raised)?;
        }
        if memory {
            report = report.with_memory();
        }
        json_text(&py.detach(|| report.data()))
    }

    /// What is in the image, for people.
    fn inspect_text(&self, py: Python<'_>) -> String {
        let report = self.report_of();
        let mut text = vec![];
        // writing to memory does not fail
        let _ = py.detach(|| report.write(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    }

    /// What the compiler warns of in the learning rules, a sentence each.
    fn warnings(&self) -> Vec<String> {
        self.report_of().warnings()
    }
}
