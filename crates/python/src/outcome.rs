//! What a run did: recordings as arrays, counts as tables, reports as JSON.

use crate::errors::json_text;
use crate::page::{self, ChartTexts};
use crate::wishes::priced;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use seamount::{CheckedImage, Column, EventCounts, Recording, RunOutcome, RunReport};
use seamount_report::{Card, Page, RunCounts, SeenRun, run_cards};
use seamount_session::{ChipProgram, LearnedWeights, RunWatch, register_name};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A run that is over.
#[pyclass(frozen, name = "Run", module = "seamount._seamount")]
pub(crate) struct PyRun {
    image: Arc<CheckedImage>,
    program: Arc<ChipProgram>,
    outcome: RunOutcome,
    recordings: Vec<Py<PyRecording>>,
    /// The clocks of the run; they are asked again for every report.
    watch: Option<Mutex<RunWatch>>,
    /// The chip that ran. Weights are read from it when a page is made: to copy them after every
    /// run would cost more than a short run itself.
    chip: Box<dyn LearnedAt>,
}

/// What a run asks of the chip that ran it.
pub(crate) trait LearnedAt: Send + Sync {
    /// The learned weights at the end of a step; none if the chip has gone on, runs or is closed.
    fn learned_at(&self, step: u64) -> Vec<LearnedWeights>;
}

/// Rows of counts, a column for each kind of event.
type CountTable<'py> = Bound<'py, PyArray2<u64>>;

impl PyRun {
    pub(crate) fn new(
        py: Python<'_>,
        image: Arc<CheckedImage>,
        program: Arc<ChipProgram>,
        mut outcome: RunOutcome,
        watch: Option<RunWatch>,
        chip: Box<dyn LearnedAt>,
    ) -> PyResult<PyRun> {
        let recordings = std::mem::take(&mut outcome.recordings).into_iter();
        let recordings = recordings.map(|recording| {
            let recording = PyRecording::new(py, recording)?;
            Py::new(py, recording)
        });
        Ok(PyRun {
            image,
            program,
            recordings: recordings.collect::<PyResult<_>>()?,
            outcome,
            watch: watch.map(Mutex::new),
            chip,
        })
    }
}

fn table<'py>(
    py: Python<'py>,
    rows: impl Iterator<Item = EventCounts>,
) -> PyResult<CountTable<'py>> {
    let values: Vec<u64> = rows.flat_map(|counts| counts.array()).collect();
    let rows = values.len() / EventCounts::KINDS;
    values.into_pyarray(py).reshape([rows, EventCounts::KINDS])
}

impl PyRun {
    /// The report by profiles, with the times that the clocks have seen.
    fn told(&self, profiles: &[String], chosen: &[(String, u64)]) -> PyResult<RunReport> {
        let profiles = priced(profiles, chosen)?;
        let report = RunReport::new(&self.image, &self.program, &self.outcome, &profiles);
        let Some(watch) = &self.watch else {
            return Ok(report);
        };
        // a poisoned clock still has the times that it saw
        let watch = watch
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let time = watch.times(&report.energy);
        Ok(report.timed(time))
    }

    /// The page of the run by profiles.
    fn made_page(
        &self,
        py: Python<'_>,
        profiles: &[String],
        chosen: &[(String, u64)],
    ) -> PyResult<Page> {
        let report = self.told(profiles, chosen)?;
        let title = format!("Run of {}", report.target.network);
        let lead = format!(
            "{} steps on board {}.",
            report.steps.count, report.target.board
        );
        Ok(Page::new(title, lead).with(self.cards(py, &report)?))
    }

    /// What there is to look at of the run.
    fn cards(&self, py: Python<'_>, report: &RunReport) -> PyResult<Vec<Card>> {
        let recordings = self.recordings.iter();
        let recordings = recordings.map(|recording| recording.get().recording(py));
        let recordings: Vec<Recording> = recordings.collect::<PyResult<_>>()?;
        let mut counts = RunCounts::new(self.outcome.before + 1);
        counts.add(&self.outcome.per_step);
        let durations = self.watch.as_ref().map(|watch| {
            let watch = watch
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            watch.durations().to_vec()
        });
        let durations = durations.unwrap_or_default();
        let end = self.outcome.before + self.outcome.steps;
        let learned = self.chip.learned_at(end);
        let cards = py.detach(|| {
            let seen = SeenRun::new(report, &self.image)
                .recorded(&recordings)
                .counted(&counts)
                .timed(&durations)
                .learned(&learned);
            run_cards(&seen)
        });
        Ok(cards)
    }
}

#[pymethods]
impl PyRun {
    /// Writes the page of the run.
    fn write_page(
        &self,
        py: Python<'_>,
        path: PathBuf,
        profiles: Vec<String>,
        chosen: Vec<(String, u64)>,
    ) -> PyResult<()> {
        page::write(py, &path, &self.made_page(py, &profiles, &chosen)?)
    }

    /// The page of the run, HTML.
    fn page(
        &self,
        py: Python<'_>,
        profiles: Vec<String>,
        chosen: Vec<(String, u64)>,
    ) -> PyResult<String> {
        let page = self.made_page(py, &profiles, &chosen)?;
        Ok(py.detach(|| page.html()))
    }

    /// The charts of the page: name, title, note, Vega-Lite specification as JSON, SVG.
    fn charts(
        &self,
        py: Python<'_>,
        profiles: Vec<String>,
        chosen: Vec<(String, u64)>,
    ) -> PyResult<Vec<ChartTexts>> {
        let report = self.told(&profiles, &chosen)?;
        let cards = self.cards(py, &report)?;
        Ok(py.detach(|| page::charts(cards)))
    }

    /// Number of the last step before the run.
    #[getter]
    fn before(&self) -> u64 {
        self.outcome.before
    }

    /// Number of steps that were run.
    #[getter]
    fn steps(&self) -> u64 {
        self.outcome.steps
    }

    /// Seconds that the run took on this machine.
    #[getter]
    fn wall_seconds(&self) -> f64 {
        self.outcome.wall.as_secs_f64()
    }

    /// Recordings in the order of the probes.
    #[getter]
    fn recordings(&self, py: Python<'_>) -> Vec<Py<PyRecording>> {
        self.recordings.iter().map(|r| r.clone_ref(py)).collect()
    }

    /// Name, sum of all values and number of rows of each probe.
    #[getter]
    fn sums(&self) -> Vec<(String, i64, u64)> {
        let names = self
            .program
            .recordings()
            .map(|(name, _, _)| name.to_string());
        let sums = names.zip(&self.outcome.sums);
        sums.map(|(name, sum)| (name, sum.sum, sum.rows)).collect()
    }

    /// Events of the whole chip.
    fn total(&self) -> Vec<u64> {
        self.outcome.total().values()
    }

    /// Events of each core.
    fn by_core<'py>(&self, py: Python<'py>) -> PyResult<CountTable<'py>> {
        table(py, self.outcome.cores.iter().map(|core| core.total()))
    }

    /// Events of each step; no rows unless they were asked for.
    fn by_step<'py>(&self, py: Python<'py>) -> PyResult<CountTable<'py>> {
        table(py, self.outcome.per_step.iter().copied())
    }

    /// The whole report by profiles, as JSON and as text.
    fn report(
        &self,
        profiles: Vec<String>,
        chosen: Vec<(String, u64)>,
    ) -> PyResult<(String, String)> {
        let report = self.told(&profiles, &chosen)?;
        Ok((json_text(&report)?, report.to_string()))
    }
}

/// One recording: a table of steps x neurons.
#[pyclass(frozen, name = "Recording", module = "seamount._seamount")]
pub(crate) struct PyRecording {
    name: String,
    register: &'static str,
    neurons: Py<PyArray1<u32>>,
    steps: Py<PyArray1<u64>>,
    values: KeptValues,
    /// The same without neurons, steps and values.
    bare: Recording,
}

/// Registers are moved into an array once; spikes stay packed until somebody asks.
enum KeptValues {
    Words(Py<PyArray2<i32>>),
    Bits(Column),
}

impl PyRecording {
    pub(crate) fn new(py: Python<'_>, mut recording: Recording) -> PyResult<PyRecording> {
        let shape = [recording.steps.len(), recording.neurons.len()];
        let nothing = Column::Words(vec![]);
        let values = match std::mem::replace(&mut recording.values, nothing) {
            Column::Words(words) => {
                KeptValues::Words(words.into_pyarray(py).reshape(shape)?.unbind())
            }
            bits => KeptValues::Bits(bits),
        };
        let neurons = std::mem::take(&mut recording.neurons);
        let steps = std::mem::take(&mut recording.steps);
        Ok(PyRecording {
            name: recording.name.clone(),
            register: register_name(recording.register),
            neurons: neurons.into_pyarray(py).unbind(),
            steps: steps.into_pyarray(py).unbind(),
            values,
            bare: recording,
        })
    }

    /// The recording as the session has it, copied out of the arrays.
    fn recording(&self, py: Python<'_>) -> PyResult<Recording> {
        let values = match &self.values {
            KeptValues::Words(words) => {
                Column::Words(words.bind(py).try_readonly()?.as_slice()?.to_vec())
            }
            KeptValues::Bits(bits) => bits.clone(),
        };
        let mut recording = self.bare.clone();
        recording.neurons = self.neurons.bind(py).try_readonly()?.as_slice()?.to_vec();
        recording.steps = self.steps.bind(py).try_readonly()?.as_slice()?.to_vec();
        recording.values = values;
        Ok(recording)
    }

    fn columns(&self, py: Python<'_>) -> usize {
        self.neurons.bind(py).len()
    }
}

#[pymethods]
impl PyRecording {
    /// Name of the probe.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// Register that the probe reads.
    #[getter]
    fn register(&self) -> &str {
        self.register
    }

    /// Neuron of each column, uint32.
    #[getter]
    fn neurons(&self, py: Python<'_>) -> Py<PyArray1<u32>> {
        self.neurons.clone_ref(py)
    }

    /// Step of each row, uint64.
    #[getter]
    fn steps(&self, py: Python<'_>) -> Py<PyArray1<u64>> {
        self.steps.clone_ref(py)
    }

    /// The values, (steps, neurons): bool of spikes, int32 of registers.
    fn values(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let bits = match &self.values {
            KeptValues::Words(words) => return Ok(words.clone_ref(py).into_any()),
            KeptValues::Bits(Column::Bits(bits)) => bits,
            KeptValues::Bits(Column::Words(_)) => unreachable!("words are an array already"),
        };
        let rows = self.steps.bind(py).len();
        let spikes: Vec<bool> = bits.iter().by_vals().collect();
        let table = spikes.into_pyarray(py).reshape([rows, self.columns(py)])?;
        Ok(table.into_any().unbind())
    }

    /// Row and column of every value that is not 0, int64 each.
    #[allow(clippy::type_complexity)]
    fn nonzero<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>)> {
        let columns = self.columns(py).max(1);
        let places: Vec<usize> = match &self.values {
            KeptValues::Words(words) => {
                let words = words.bind(py).try_readonly()?;
                let values = words.as_slice()?.iter().enumerate();
                values
                    .filter(|(_, value)| **value != 0)
                    .map(|(at, _)| at)
                    .collect()
            }
            KeptValues::Bits(Column::Bits(bits)) => bits.iter_ones().collect(),
            KeptValues::Bits(Column::Words(_)) => unreachable!("words are an array already"),
        };
        let row = |at: &usize| (at / columns) as i64;
        let column = |at: &usize| (at % columns) as i64;
        let rows: Vec<i64> = places.iter().map(row).collect();
        let columns: Vec<i64> = places.iter().map(column).collect();
        Ok((rows.into_pyarray(py), columns.into_pyarray(py)))
    }
}
