//! Chips at work, behind a lock and without the interpreter's.

use crate::errors::raised;
use crate::image::PyImage;
use crate::outcome::{LearnedAt, PyRun};
use crate::spikes::{SpikeArrays, events};
use crate::wishes::{RunWishes, word};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use seamount::{CheckedImage, Chip, Events, Failure, RunOutcome};
use seamount_session::{LearnedWeights, NeuronName, RunWatch, ask_for_chip};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

/// A chip with a network on it. One caller at a time: who comes while it runs, from another thread
/// or from a callback of the run itself, is refused and not kept waiting.
#[pyclass(frozen, name = "Chip", module = "seamount._seamount")]
pub(crate) struct PyChip {
    image: Arc<CheckedImage>,
    /// The chip; none after it was closed.
    chip: Mutex<Option<Chip>>,
}

/// A chip that nobody else uses meanwhile.
struct Held<'a>(MutexGuard<'a, Option<Chip>>);

impl Held<'_> {
    fn chip(&mut self) -> PyResult<&mut Chip> {
        self.0
            .as_mut()
            .ok_or_else(|| raised(Failure::usage("chip", "is closed")))
    }
}

type OneAxis<'py, T> = Bound<'py, PyArray1<T>>;

/// Sources, targets, and a variable each.
type LearnedArrays<'py> = (OneAxis<'py, u32>, OneAxis<'py, u32>, Vec<OneAxis<'py, i32>>);

impl PyChip {
    fn holding(image: Arc<CheckedImage>, chip: Chip) -> PyChip {
        PyChip {
            image,
            chip: Mutex::new(Some(chip)),
        }
    }

    fn hold(&self) -> PyResult<Held<'_>> {
        match self.chip.try_lock() {
            Ok(guard) => Ok(Held(guard)),
            Err(TryLockError::WouldBlock) => {
                let problem = "is running: from a callback or another thread use a chip of its own";
                Err(raised(Failure::usage("chip", problem)))
            }
            Err(TryLockError::Poisoned(_)) => {
                let problem = "stopped in the middle of a step; make a new one";
                Err(raised(Failure::usage("chip", problem)))
            }
        }
    }
}

impl LearnedAt for Py<PyChip> {
    fn learned_at(&self, step: u64) -> Vec<LearnedWeights> {
        let Ok(mut held) = self.get().hold() else {
            return vec![];
        };
        match held.chip() {
            Ok(chip) if chip.step() == step => LearnedWeights::of(chip),
            _ => vec![],
        }
    }
}

/// Why a run stopped early, and after which step.
struct Stopped {
    error: PyErr,
    step: u64,
}

impl Stopped {
    /// The exception with a note that says where the chip is now.
    fn noted(self, py: Python<'_>) -> PyErr {
        let note = format!("the chip stands at the end of step {}", self.step);
        // a note is a service; the exception itself must come through
        let _ = self.error.value(py).call_method1("add_note", (note,));
        self.error
    }
}

/// Tells Python how far a run is, and asks whether it may go on.
fn show(progress: Option<&Py<PyAny>>, done: u64, steps: u64) -> PyResult<()> {
    Python::attach(|py| {
        py.check_signals()?;
        let Some(progress) = progress else {
            return Ok(());
        };
        let verdict = progress.call1(py, (done, steps))?;
        // as iterators do: nothing returned means go on
        if verdict.bind(py).is(pyo3::types::PyBool::new(py, false)) {
            return Err(PyKeyboardInterrupt::new_err("the callback returned False"));
        }
        Ok(())
    })
}

/// A run and what was seen of it beside its outcome.
struct WatchedRun {
    outcome: RunOutcome,
    watch: Option<RunWatch>,
    stopped: Option<Stopped>,
}

/// Runs a chip in pieces, with a look at signals after each.
fn run_pieces(
    chip: &mut Chip,
    steps: u64,
    events: &Events,
    wishes: &RunWishes,
    progress: Option<&Py<PyAny>>,
) -> PyResult<WatchedRun> {
    let mut options = wishes.options();
    let mut watch = None;
    if let Some(watched) = wishes.watched()? {
        options.record = watched.needs_record();
        let made = RunWatch::new(&watched, chip.program(), &wishes.priced()?);
        watch = Some(made.map_err(raised)?);
    }
    let before = chip.step();
    let mut per_step = vec![];
    let mut stopped = None;
    let ran = chip.run_watched(steps, events, &options, wishes.kept(), &mut |piece| {
        if let Some(watch) = &mut watch {
            watch.observe(piece.record);
        }
        per_step.extend_from_slice(piece.per_step);
        match show(progress, piece.done, piece.steps) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                let step = before + piece.done;
                stopped = Some(Stopped { error, step });
                ControlFlow::Break(())
            }
        }
    });
    let mut outcome = ran.map_err(raised)?;
    outcome.per_step = per_step;
    Ok(WatchedRun {
        outcome,
        watch,
        stopped,
    })
}

#[pymethods]
impl PyChip {
    /// Loads an image; the state is that before step 1.
    #[new]
    fn new(py: Python<'_>, image: &PyImage) -> PyResult<PyChip> {
        let chip = py.detach(|| image.load()).map_err(raised)?;
        Ok(PyChip::holding(Arc::clone(image.checked()), chip))
    }

    /// The same chip in the same state.
    fn copy(&self) -> PyResult<PyChip> {
        ask_for_chip(self.image.image(), &"chip").map_err(raised)?;
        let copy = self.hold()?.chip()?.clone();
        Ok(PyChip::holding(Arc::clone(&self.image), copy))
    }

    /// Gives its memory back.
    fn close(&self) -> PyResult<()> {
        self.hold()?.0.take();
        Ok(())
    }

    /// Number of the last step; 0 before the first.
    #[getter]
    fn step(&self) -> PyResult<u64> {
        Ok(self.hold()?.chip()?.step())
    }

    /// Runs steps. Events count from the step after the last one run, from 0.
    fn run(
        this: &Bound<'_, PyChip>,
        steps: u64,
        arrays: Vec<SpikeArrays<'_>>,
        wishes: RunWishes,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<PyRun> {
        let py = this.py();
        let events = events(&arrays)?;
        let mut held = this.get().hold()?;
        let chip = held.chip()?;
        let events = events.later(chip.step());
        let ran = py.detach(|| run_pieces(chip, steps, &events, &wishes, progress.as_ref()))?;
        if let Some(stopped) = ran.stopped {
            return Err(stopped.noted(py));
        }
        let program = Arc::clone(chip.machine().program());
        let image = Arc::clone(&this.get().image);
        let chip = Box::new(this.clone().unbind());
        PyRun::new(py, image, program, ran.outcome, ran.watch, chip)
    }

    /// Goes back to the state before step 1, with the noise of a sample.
    fn reset(&self, sample: u64) -> PyResult<()> {
        self.hold()?.chip()?.reset(sample);
        Ok(())
    }

    /// Puts activity back to the start, but not weights, the step, and state words of `keep`.
    fn rest(&self, keep: Vec<String>) -> PyResult<()> {
        let keep: Vec<&str> = keep.iter().map(String::as_str).collect();
        self.hold()?.chip()?.rest(&keep).map_err(raised)
    }

    /// Replaces the noise generator by recorded draws, of each core steps x compartments bytes.
    fn replay_noise(&self, cores: Vec<PyReadonlyArray1<'_, u8>>) -> PyResult<()> {
        let copied = cores
            .iter()
            .map(|core| Ok(core.as_slice()?.to_vec()))
            .collect::<PyResult<Vec<Vec<u8>>>>()?;
        self.hold()?.chip()?.replay_noise(copied).map_err(raised)
    }

    /// A register of every neuron of a population, int32.
    fn read<'py>(
        &self,
        py: Python<'py>,
        population: &str,
        register: &str,
    ) -> PyResult<OneAxis<'py, i32>> {
        let register = word("register", register)?;
        let values = self.hold()?.chip()?.read(population, register);
        Ok(values.map_err(raised)?.into_pyarray(py))
    }

    /// Sources, targets, weights, delays, tags and second tags of a projection that learns.
    fn learned<'py>(&self, py: Python<'py>, projection: &str) -> PyResult<LearnedArrays<'py>> {
        let learned = self.hold()?.chip()?.learned(projection).map_err(raised)?;
        let sources: Vec<u32> = learned.ends.iter().map(|(source, _)| *source).collect();
        let targets: Vec<u32> = learned.ends.iter().map(|(_, target)| *target).collect();
        let variables = [
            learned.weights,
            learned.delays,
            learned.tags,
            learned.second_tags,
        ];
        let variables = variables.into_iter().map(|v| v.into_pyarray(py)).collect();
        Ok((
            sources.into_pyarray(py),
            targets.into_pyarray(py),
            variables,
        ))
    }

    /// Writes the weights of a projection that learns.
    fn write_weights(&self, projection: &str, weights: PyReadonlyArray1<'_, i32>) -> PyResult<()> {
        let mut held = self.hold()?;
        let chip = held.chip()?;
        let written = chip.write_weights(projection, weights.as_slice()?);
        written.map_err(raised)
    }

    /// Everything that is needed to go on later.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let mut held = self.hold()?;
        let chip = held.chip()?;
        let bytes = py.detach(|| chip.snapshot());
        Ok(PyBytes::new(py, &bytes))
    }

    /// Goes back to a snapshot of the same image.
    fn restore(&self, py: Python<'_>, snapshot: &[u8]) -> PyResult<()> {
        let mut held = self.hold()?;
        let chip = held.chip()?;
        py.detach(|| chip.restore(snapshot)).map_err(raised)
    }

    /// A neuron's program at work in some steps, as JSON and as text.
    fn trace(
        &self,
        py: Python<'_>,
        neuron: (String, u32),
        steps: (u64, u64),
        arrays: Vec<SpikeArrays<'_>>,
        all_registers: bool,
    ) -> PyResult<(String, String)> {
        let events = events(&arrays)?;
        let mut held = self.hold()?;
        let chip = held.chip()?;
        let events = events.later(chip.step());
        let name = format!("{}[{}]", neuron.0, neuron.1);
        let name: NeuronName = name
            .parse()
            .map_err(|problem: String| raised(Failure::option("neuron", problem)))?;
        let trace = py.detach(|| chip.trace(&name, steps.0..=steps.1, &events));
        let mut trace = trace.map_err(raised)?;
        trace.all_registers = all_registers;
        Ok((crate::errors::json_text(&trace.data())?, trace.to_string()))
    }
}
