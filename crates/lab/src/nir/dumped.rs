//! What the chip does in the `nir-` entries, as arrays: the layout of the recorded activity is
//! time x neuron.

use super::event_streams::{StreamOptions, stream};
use super::lif::{self, LifOptions};
use super::{folder, graph};
use crate::LabError;
use crate::compare::{Stimulus, chip_trace};
use crate::dump::{Dump, of_trace};
use seamount_compile::quantise::{QuantiseOptions, quantise};
use seamount_network::graph::Graph;

fn refused(error: impl ToString) -> LabError {
    LabError::Option(error.to_string())
}

/// The neuron of `nir-lif` with the scale that the quantiser chooses, in units of the float model.
///
/// # Errors
/// As [`lif::run`].
pub fn lif(options: &LifOptions) -> Result<Dump, LabError> {
    let folder = folder(options.data.as_deref(), "01_lif/lif_norse.nir")?.join("01_lif");
    let graph = graph(&folder.join("lif_norse.nir"))?;
    let quantised = quantise(&graph, &QuantiseOptions::default()).map_err(refused)?;
    let rows = lif::recording(&folder.join("lif_lava_loihi_fixed.csv"))?;
    let inputs = rows.iter().enumerate().filter(|(_, row)| row[0] > 0.0);
    let events = inputs.map(|(r, _)| (r as u64 + 1, 0)).collect();
    Ok(of_trace(&chip_trace(&quantised, &Stimulus { steps: rows.len() as u64, events })?.0))
}

/// The first sample of `nir-braille`.
///
/// # Errors
/// As [`super::run_braille`].
pub fn braille(options: &StreamOptions) -> Result<Dump, LabError> {
    let file = "03_rnn/braille_noDelay_bias_zero.nir";
    sample(&graph(&folder(options.data.as_deref(), file)?.join(file))?, options)
}

/// The first sample of `nir-cnn`.
///
/// # Errors
/// As [`super::run_cnn`].
pub fn cnn(options: &StreamOptions) -> Result<Dump, LabError> {
    let file = "02_cnn/cnn_sinabs.nir";
    sample(&graph(&folder(options.data.as_deref(), file)?.join(file))?, options)
}

fn sample(graph: &Graph, options: &StreamOptions) -> Result<Dump, LabError> {
    let quantised = quantise(graph, &options.compare.quantise).map_err(refused)?;
    let inputs = quantised.inputs.iter().map(|input| input.size as u32).sum();
    let stimulus = stream(inputs, options.steps, options.rate, options.seed, 0);
    Ok(of_trace(&chip_trace(&quantised, &stimulus)?.0))
}
