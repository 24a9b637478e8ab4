//! A user's Python function as the float side of a validation.
//!
//! The validation calls the function from threads of its own, which hold the interpreter's lock
//! only for that call. What the function raises ends the validation and is raised again as it was.

use crate::outcome::PyRecording;
use numpy::prelude::*;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayDyn, PyReadonlyArrayDyn};
use pyo3::prelude::*;
use seamount::Failure;
use seamount_study::validate::numbers::{Changes, ChangesFunction, ReferenceInput};
use seamount_systems::validate::Functions;
use std::sync::{Arc, Mutex, PoisonError};

/// What the caller's functions are for.
#[derive(FromPyObject)]
pub(crate) enum Callables {
    /// Name of a projection and its function.
    Projections(Vec<(String, Py<PyAny>)>),
    /// The function of a rule.
    Rule(Py<PyAny>),
}

/// The first exception that a function raised.
#[derive(Debug, Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    /// Keeps an exception, unless there is one already.
    fn keep(&self, error: PyErr) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert(error);
    }

    /// The exception.
    pub(crate) fn take(&self) -> Option<PyErr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Callables {
    /// The functions for the validation; what they raise is kept in `raised`.
    pub(crate) fn functions(self, raised: &Raised) -> Functions {
        match self {
            Callables::Rule(callable) => Functions::Rule(function(callable, raised.clone())),
            Callables::Projections(all) => {
                let all = all.into_iter();
                let named = |(name, callable)| (name, function(callable, raised.clone()));
                Functions::Projections(all.map(named).collect())
            }
        }
    }
}

fn function(callable: Py<PyAny>, raised: Raised) -> ChangesFunction {
    ChangesFunction::new(move |seen| {
        Python::attach(|py| call(py, &callable, seen)).map_err(|error| {
            let said = error.to_string();
            raised.keep(error);
            Failure::option("reference", format!("seed {}: {said}", seen.seed))
        })
    })
}

fn call(py: Python<'_>, callable: &Py<PyAny>, seen: &ReferenceInput) -> PyResult<Changes> {
    let native = Py::new(py, PySeen::new(py, seen)?)?;
    let kind = py.import("seamount.compare")?.getattr("Seen")?;
    let returned = callable.bind(py).call1((kind.call1((native,))?,))?;
    let floats = py
        .import("numpy")?
        .call_method1("asarray", (&returned, "float64"))?;
    let array: PyReadonlyArrayDyn<'_, f64> =
        floats.cast_into::<PyArrayDyn<f64>>()?.try_readonly()?;
    let shape = array.shape().iter().map(|length| *length as u64);
    Ok(Changes {
        shape: shape.collect(),
        data: array.as_array().iter().copied().collect(),
    })
}

/// What a run of one seed saw, as arrays.
#[pyclass(frozen, get_all, name = "Seen", module = "seamount._seamount")]
pub(crate) struct PySeen {
    seed: u64,
    steps: u64,
    projection: String,
    /// uint64, one for each row.
    rows: Py<PyArray1<u64>>,
    /// uint32, (synapses, 2): source and target.
    ends: Py<PyArray2<u32>>,
    /// float64, one for each synapse.
    weights: Py<PyArray1<f64>>,
    /// int64, (spikes, 2): step and source.
    source_spikes: Py<PyArray2<i64>>,
    /// int64, (spikes, 2): step and target.
    target_spikes: Py<PyArray2<i64>>,
    /// uint64, one for each reward.
    rewards: Py<PyArray1<u64>>,
    recordings: Vec<Py<PyRecording>>,
}

impl PySeen {
    fn new(py: Python<'_>, seen: &ReferenceInput) -> PyResult<PySeen> {
        let ends: Vec<u32> = seen.ends.iter().flat_map(|ends| [ends.0, ends.1]).collect();
        let shape = [seen.ends.len(), 2];
        let recordings = seen.recordings.iter().map(|recording| {
            let recording = PyRecording::new(py, recording.clone())?;
            Py::new(py, recording)
        });
        Ok(PySeen {
            seed: seen.seed,
            steps: seen.steps,
            projection: seen.projection.clone(),
            rows: seen.rows.clone().into_pyarray(py).unbind(),
            ends: ends.into_pyarray(py).reshape(shape)?.unbind(),
            weights: seen.weights.clone().into_pyarray(py).unbind(),
            source_spikes: spikes(py, &seen.source_spikes)?,
            target_spikes: spikes(py, &seen.target_spikes)?,
            rewards: seen.rewards.clone().into_pyarray(py).unbind(),
            recordings: recordings.collect::<PyResult<_>>()?,
        })
    }
}

fn spikes(py: Python<'_>, events: &[(u64, u32)]) -> PyResult<Py<PyArray2<i64>>> {
    let pairs = events.iter();
    let flat: Vec<i64> = pairs
        .flat_map(|(step, unit)| [*step as i64, i64::from(*unit)])
        .collect();
    let table = flat.into_pyarray(py).reshape([events.len(), 2])?;
    Ok(table.unbind())
}
