//! Input spikes from arrays.

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use seamount::Events;

/// The spikes of one input, by its name: a table, or columns of equal lengths.
#[derive(FromPyObject)]
pub(crate) enum SpikeArrays<'py> {
    /// Steps x neurons, of 0 and 1.
    Table(String, PyReadonlyArray2<'py, u8>),
    /// Step and neuron of each spike.
    Plain(
        String,
        PyReadonlyArray1<'py, u64>,
        PyReadonlyArray1<'py, u32>,
    ),
    /// Step, neuron and payload of each spike.
    Graded(
        String,
        PyReadonlyArray1<'py, u64>,
        PyReadonlyArray1<'py, u32>,
        PyReadonlyArray1<'py, i32>,
    ),
}

/// All spikes of a run, copied: arrays may change while the chip is at work.
pub(crate) fn events(arrays: &[SpikeArrays<'_>]) -> PyResult<Events> {
    let mut all = Events::none();
    for one in arrays {
        all = match one {
            SpikeArrays::Table(input, table) => all.and_dense(input, table.as_slice()?),
            SpikeArrays::Plain(input, steps, neurons) => {
                let pairs = steps.as_slice()?.iter().copied();
                let neurons = neurons.as_slice()?;
                equal_lengths(steps.len()?, neurons.len())?;
                all.and(input, pairs.zip(neurons.iter().copied()))
            }
            SpikeArrays::Graded(input, steps, neurons, payloads) => {
                let steps = steps.as_slice()?;
                let neurons = neurons.as_slice()?;
                let payloads = payloads.as_slice()?;
                equal_lengths(steps.len(), neurons.len())?;
                equal_lengths(steps.len(), payloads.len())?;
                let spikes = steps.iter().zip(neurons).zip(payloads);
                all.and_graded(
                    input,
                    spikes.map(|((&step, &neuron), &load)| (step, neuron, load)),
                )
            }
        };
    }
    Ok(all)
}

fn equal_lengths(steps: usize, others: usize) -> PyResult<()> {
    if steps == others {
        return Ok(());
    }
    let problem = format!("{steps} steps beside {others} neurons or payloads");
    Err(PyValueError::new_err(problem))
}
