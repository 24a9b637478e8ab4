//! What the chip does in the `nir-` entries, as arrays: the layout of the recorded activity is
//! time x neuron.

use super::event_streams::{StreamOptions, inputs, stream};
use super::{folder, graph};
use seamount_network::graph::Graph;
use seamount_study::LabError;
use seamount_study::compare::{Pair, chip_trace};
use seamount_study::dump::{Dump, of_trace};

/// The first sample of `nir-braille`.
///
/// # Errors
/// As [`super::run_braille`].
pub fn braille(options: &StreamOptions) -> Result<Dump, LabError> {
    let file = "03_rnn/braille_noDelay_bias_zero.nir";
    sample(
        &graph(&folder(options.data.as_deref(), file)?.join(file))?,
        options,
    )
}

/// The first sample of `nir-cnn`.
///
/// # Errors
/// As [`super::run_cnn`].
pub fn cnn(options: &StreamOptions) -> Result<Dump, LabError> {
    let file = "02_cnn/cnn_sinabs.nir";
    sample(
        &graph(&folder(options.data.as_deref(), file)?.join(file))?,
        options,
    )
}

fn sample(graph: &Graph, options: &StreamOptions) -> Result<Dump, LabError> {
    let stimulus = stream(inputs(graph), options.steps, options.rate, options.seed, 0);
    let pair = Pair::new(graph, &options.compare, std::slice::from_ref(&stimulus))?;
    Ok(of_trace(&chip_trace(&pair.quantised, &stimulus)?.0))
}
