//! Networks: read, checked, compiled.

use crate::errors::{json_text, raised};
use crate::image::PyImage;
use crate::wishes::{OpenWishes, board_named, limits};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use seamount::{CompileOptions, Failure, IntegerNetwork, NetworkFile, Subject};
use seamount_session::{CompilationReport, read_placement, save_network};
use std::path::{Path, PathBuf};

/// An integer network that was read and checked.
#[pyclass(frozen, name = "Network", module = "seamount._seamount")]
pub(crate) struct PyNetwork {
    network: IntegerNetwork,
}

/// How a network is compiled.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct CompileWishes {
    board: String,
    ignore_limits: bool,
    placement: Option<PathBuf>,
    seed: u64,
}

impl CompileWishes {
    fn options(&self) -> PyResult<CompileOptions> {
        let mut options = CompileOptions::new(board_named(&self.board)?);
        options.ignore_limits = self.ignore_limits;
        options.seed = self.seed;
        let placement = self.placement.as_deref().map(read_placement);
        options.placement = placement.transpose().map_err(raised)?;
        Ok(options)
    }
}

/// The same failure about a network that has no file: arrays of Python lie in a folder that nobody
/// has seen.
fn about(mut failure: Failure, name: &str) -> Failure {
    if matches!(failure.what, Subject::Named(_)) {
        failure.what = Subject::Named(name.into());
    }
    failure
}

#[pymethods]
impl PyNetwork {
    /// The network of a JSON form whose arrays lie in `folder`, which is read now. What quantising
    /// changed is taken over from `before`.
    #[staticmethod]
    fn parse(
        py: Python<'_>,
        name: &str,
        form: PyBackedBytes,
        folder: PathBuf,
        before: Option<&PyNetwork>,
    ) -> PyResult<PyNetwork> {
        let file = NetworkFile::of_bytes(folder.join("network.json"), form.to_vec());
        let read = py.detach(|| file.network(&seamount::SourceOptions::new()));
        let read = read.map_err(|failure| raised(about(failure, name)))?;
        let mut network = IntegerNetwork::new(name, read.netlist);
        network.quantise = before.and_then(|before| before.network.quantise.clone());
        Ok(PyNetwork { network })
    }

    /// Name of the network.
    #[getter]
    fn name(&self) -> &str {
        &self.network.netlist.name
    }

    /// Name and size of each input, in order.
    #[getter]
    fn inputs(&self) -> Vec<(String, u32)> {
        let inputs = self.network.netlist.inputs.iter();
        inputs
            .map(|input| (input.name.clone(), input.size))
            .collect()
    }

    /// The JSON form with every array inline.
    fn json(&self, py: Python<'_>) -> String {
        py.detach(|| self.network.netlist.to_json())
    }

    /// Losses and choices of the quantiser as JSON; None if the network held integers.
    fn quantised(&self) -> PyResult<Option<String>> {
        self.network.quantise.as_ref().map(json_text).transpose()
    }

    /// What the quantiser says for people.
    fn quantised_text(&self) -> Option<String> {
        self.network.quantise.as_ref().map(ToString::to_string)
    }

    /// Writes the JSON form, long arrays beside it.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        save_network(&self.network.netlist, &path).map_err(raised)
    }

    /// Compiles and proves the network.
    fn compile(&self, py: Python<'_>, wishes: CompileWishes) -> PyResult<PyImage> {
        let options = wishes.options()?;
        let placement = wishes
            .placement
            .as_deref()
            .unwrap_or(Path::new("placement"));
        let policy = limits(wishes.ignore_limits);
        let made = py.detach(|| {
            let compiled = self.network.compile_placed(&options, placement)?;
            let placed = self.network.placed(&compiled, &options.board);
            Ok((placed.prove(policy)?, compiled))
        });
        let (checked, compiled) = made.map_err(raised)?;
        let report = CompilationReport::new(&self.network, &compiled, &checked);
        let data = json_text(&report.data())?;
        let text = report.to_string();
        let placement = compiled.placement.to_json();
        Ok(PyImage::compiled(checked, policy, [data, text, placement]))
    }
}

/// The generated network of a workload of the command's `bench`, so that both measure the same.
#[pyfunction]
pub(crate) fn bench_network(py: Python<'_>, workload: &str) -> PyNetwork {
    let netlist = py.detach(|| seamount_systems::bench::network(workload));
    PyNetwork {
        network: IntegerNetwork::new(workload, netlist),
    }
}

/// Whatever a file holds: a network that is quantised already, or an image.
#[pyfunction]
pub(crate) fn open_file<'py>(
    py: Python<'py>,
    path: PathBuf,
    bytes: Option<PyBackedBytes>,
    ignore_limits: bool,
    wishes: OpenWishes<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = wishes.options()?;
    let file = match bytes {
        Some(bytes) => NetworkFile::of_bytes(path, bytes.to_vec()),
        None => py.detach(|| NetworkFile::read(&path)).map_err(raised)?,
    };
    if file.is_image() {
        let policy = limits(ignore_limits);
        let checked = py.detach(|| file.image(&options, policy)?.prove(policy));
        let image = PyImage::read(checked.map_err(raised)?, policy);
        return Ok(Bound::new(py, image)?.into_any());
    }
    let network = py.detach(|| file.network(&options)).map_err(raised)?;
    Ok(Bound::new(py, PyNetwork { network })?.into_any())
}
