//! The float network: its parameters as a file, and what it does with an image.

use super::{BRIGHT, INPUT_TIME, SIZES};
use crate::qif::float::loss::{Scratch, trial_loss};
use crate::qif::float::trial::{Setting, Volley};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use seamount_session::Failure;
use seamount_study::text::wrong;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::path::Path;

/// The shipped parameters, see `fixtures/qif-mnist/ORIGIN.md`.
const SHIPPED: &[u8] = include_bytes!("../../../../fixtures/qif-mnist/weights.f32.gz");

/// Parameters of the network: as many little-endian f32, gzip: weights `[source][target]` layer by
/// layer, then the initial phases.
pub fn shipped() -> Result<Vec<f64>, Failure> {
    unpack(SHIPPED)
        .map_err(|problem| wrong(Path::new("fixtures/qif-mnist/weights.f32.gz"), problem))
}

/// Reads parameters.
pub fn read(path: &Path) -> Result<Vec<f64>, Failure> {
    let bytes = seamount_study::text::bytes(path)?;
    unpack(&bytes).map_err(|problem| wrong(path, problem))
}

fn unpack(packed: &[u8]) -> Result<Vec<f64>, String> {
    let setting = Setting::published(&SIZES);
    let wanted = setting.wiring.parameters() * 4;
    let mut bytes = vec![];
    GzDecoder::new(packed)
        .take(wanted as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| format!("cannot be unpacked: {e}"))?;
    if bytes.len() != wanted {
        let more = if bytes.len() > wanted {
            "more than the"
        } else {
            "fewer than the"
        };
        return Err(format!(
            "{more} {wanted} bytes of the parameters of 784-100-100-10"
        ));
    }
    let word = |b: &[u8]| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let parameters: Vec<f64> = bytes.chunks_exact(4).map(word).collect();
    if let Some(at) = parameters
        .iter()
        .position(|p| !p.is_finite() || p.abs() > 1e3)
    {
        return Err(format!(
            "parameter {at} is {}, wanted a number within +-1000",
            parameters[at]
        ));
    }
    let phases = setting.wiring.phases();
    if let Some(at) = phases
        .clone()
        .find(|&at| parameters[at] < 0.0 || parameters[at] > setting.cell.period())
    {
        return Err(format!(
            "the phase of neuron {} is {}, wanted 0 to 6",
            at - phases.start,
            parameters[at]
        ));
    }
    Ok(parameters)
}

/// The bytes of a parameter file.
pub fn pack(parameters: &[f64]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(vec![], Compression::best());
    for p in parameters {
        encoder.write_all(&(*p as f32).to_le_bytes())?;
    }
    encoder.finish()
}

/// The bright pixels of an image.
pub fn bright(image: &[u8]) -> impl Iterator<Item = usize> + '_ {
    image
        .iter()
        .enumerate()
        .filter(|(_, p)| **p >= BRIGHT)
        .map(|(i, _)| i)
}

/// Class and spikes of the float network on one image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct FloatOutcome {
    /// First output to fire within the trial.
    pub fired: Option<usize>,
    /// Output that fires first if pseudospikes count.
    pub with_pseudospikes: usize,
    /// Spikes of hidden neurons.
    pub hidden_spikes: usize,
    /// Hidden spikes before the first output spike.
    pub hidden_spikes_before: usize,
    /// Spikes of outputs.
    pub output_spikes: usize,
    /// (spike, synapse) pairs.
    pub synaptic_operations: usize,
}

/// Runs one image.
pub fn float_trial(
    setting: &Setting,
    parameters: &[f64],
    image: &[u8],
    scratch: &mut Scratch,
) -> Result<FloatOutcome, Failure> {
    let volleys = [Volley {
        time: INPUT_TIME,
        inputs: bright(image).collect(),
    }];
    let outcome =
        trial_loss(setting, parameters, &volleys, 0, scratch, None).map_err(Failure::call)?;
    let wiring = &setting.wiring;
    let outputs = wiring.outputs();
    let end = outcome
        .fired
        .and_then(|class| scratch.trial.first_spike(outputs.start + class))
        .unwrap_or(f64::INFINITY);
    let with_pseudospikes = (0..outputs.len())
        .min_by(|a, b| outcome.times[*a].total_cmp(&outcome.times[*b]))
        .unwrap_or(0);
    let mut sum = FloatOutcome {
        fired: outcome.fired,
        with_pseudospikes,
        ..FloatOutcome::default()
    };
    sum.synaptic_operations = volleys[0]
        .inputs
        .iter()
        .map(|&i| wiring.inputs()[i].len)
        .sum();
    for (time, neuron) in scratch.trial.spikes() {
        sum.synaptic_operations += wiring.neurons()[neuron].len;
        sum.output_spikes += usize::from(neuron >= outputs.start);
        sum.hidden_spikes += usize::from(neuron < outputs.start);
        sum.hidden_spikes_before += usize::from(neuron < outputs.start && time < end);
    }
    Ok(sum)
}
