//! Options that Python hands over as a dictionary, and words as the session's types.

use crate::errors::raised;
use numpy::PyReadonlyArrayDyn;
use pyo3::prelude::*;
use seamount::{
    Board, Currents, Failure, ImportOptions, LimitPolicy, Profile, RunOptions, SourceOptions,
};
use seamount_network::npy::FloatArray;
use seamount_session::{WatchOptions, profiles, set_chosen};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// One of the words of an option.
///
/// # Errors
/// Another word, with those that there are.
pub(crate) fn word<T: DeserializeOwned>(option: &str, text: &str) -> PyResult<T> {
    let value = Value::String(text.replace('-', "_"));
    serde_json::from_value(value).map_err(|e| raised(Failure::option(option, e)))
}

/// A board by its name.
pub(crate) fn board_named(name: &str) -> PyResult<Board> {
    Board::preset(name).ok_or_else(|| {
        let known: Vec<&str> = Board::names().collect();
        let problem = format!("'{name}' is none of {}", known.join(", "));
        raised(Failure::option("board", problem))
    })
}

/// Limits of the chip, enforced or reported.
pub(crate) fn limits(ignore: bool) -> LimitPolicy {
    if ignore {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    }
}

/// How a file is opened.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct OpenWishes<'py> {
    board: Option<String>,
    dt_seconds: Option<f64>,
    reset: Option<String>,
    discretisation: Option<String>,
    scales: Option<String>,
    weight_bits: Option<u8>,
    ignore_unit_axes: bool,
    current: Option<BTreeMap<String, PyReadonlyArrayDyn<'py, f64>>>,
}

impl OpenWishes<'_> {
    pub(crate) fn options(&self) -> PyResult<SourceOptions> {
        let mut import = ImportOptions::new();
        import.dt_seconds = self.dt_seconds;
        import.reset = chosen("reset", self.reset.as_deref())?;
        import.discretisation = chosen("discretisation", self.discretisation.as_deref())?;
        import.scales = chosen("scales", self.scales.as_deref())?;
        import.weight_bits = self.weight_bits;
        import.ignore_unit_axes = self.ignore_unit_axes;
        let mut options = SourceOptions::new().import(import);
        options.board = self.board.as_deref().map(board_named).transpose()?;
        let array = |(name, array): (&String, &PyReadonlyArrayDyn<'_, f64>)| {
            let array = array.as_array();
            let shape = array.shape().iter().map(|&axis| axis as u64).collect();
            let data = array.iter().copied().collect();
            (name.clone(), FloatArray { shape, data })
        };
        options.currents = self
            .current
            .as_ref()
            .map(|arrays| Currents::Arrays(arrays.iter().map(array).collect()));
        Ok(options)
    }
}

fn chosen<T: DeserializeOwned>(option: &str, text: Option<&str>) -> PyResult<Option<T>> {
    text.map(|text| word(option, text)).transpose()
}

/// How a chip is run, and what is kept of the run.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct RunWishes {
    threads: usize,
    vectors: bool,
    per_step: bool,
    /// Sums of recordings instead of their values.
    sums_only: bool,
    fidelity: String,
    profiles: Vec<String>,
    inference_steps: Option<u64>,
    chosen: Vec<(String, u64)>,
}

impl RunWishes {
    pub(crate) fn options(&self) -> RunOptions {
        let mut options = RunOptions::new()
            .threads(self.threads)
            .vectors(self.vectors);
        options.per_step = self.per_step;
        options
    }

    pub(crate) fn kept(&self) -> seamount::Kept {
        if self.sums_only {
            seamount::Kept::Sums
        } else {
            seamount::Kept::Values
        }
    }

    /// What is kept of time; none with fidelity `count`.
    pub(crate) fn watched(&self) -> PyResult<Option<WatchOptions>> {
        // the default costs no look at the words
        if self.fidelity == "count" {
            return Ok(None);
        }
        let mut watched = WatchOptions::new(word("fidelity", &self.fidelity)?);
        watched.inference_steps = self.inference_steps;
        Ok(Some(watched))
    }

    pub(crate) fn priced(&self) -> PyResult<Vec<Profile>> {
        priced(&self.profiles, &self.chosen)
    }
}

/// Profiles by names, with numbers set that sources do not give.
pub(crate) fn priced(names: &[String], chosen: &[(String, u64)]) -> PyResult<Vec<Profile>> {
    let mut found = profiles(names).map_err(raised)?;
    set_chosen(&mut found, chosen).map_err(raised)?;
    Ok(found)
}
