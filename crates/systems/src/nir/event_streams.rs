//! `nir-braille` and `nir-cnn`: a recurrent and a convolutional network whose inputs could not be
//! had. Random event streams stand in for them, at a rate at which the first layer fires as the
//! published activity says; so the numbers are about agreement, not about accuracy.

use super::{folder, graph};
use seamount_arith::random::{Key, Purpose};
use seamount_network::graph::{Graph, Node};
use seamount_quantise::QuantiseOptions;
use seamount_spec::EventCounts;
use seamount_study::compare::{CompareOptions, GraphComparison, Pair, Stimulus};
use seamount_study::measure::PerInference;
use seamount_study::{LabError, Progress};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone)]
pub struct StreamOptions {
    /// Folder of the network, or of all data; default see [`seamount_study::data::data_folder`].
    pub data: Option<PathBuf>,
    /// Samples.
    pub samples: usize,
    /// Steps of a sample.
    pub steps: u64,
    /// Chance of a spike of each input in each step.
    pub rate: f64,
    /// Seed of the streams.
    pub seed: u64,
    /// How to quantise and what counts as a difference.
    pub compare: CompareOptions,
}

impl StreamOptions {
    /// Braille: 256 steps, 12 inputs. At this rate the hidden layer fires about as often as in the
    /// published activity of one sample (109 to 174 spikes, depending on the platform).
    pub fn braille() -> Self {
        StreamOptions {
            data: None,
            samples: 20,
            steps: 256,
            rate: 0.06,
            seed: 1,
            compare: CompareOptions::default(),
        }
    }

    /// N-MNIST: 300 steps, (2, 34, 34) inputs, dt = 1 because its integrators were trained so
    /// (v = v + r x in a step). At this rate the first layer fires about as often as in the
    /// published activity (3,590 to 15,043 spikes, mean 10,466, over ten samples on a Speck).
    pub fn cnn() -> Self {
        let quantise = QuantiseOptions {
            dt_seconds: 1.0,
            ..QuantiseOptions::default()
        };
        let compare = CompareOptions {
            quantise,
            ..CompareOptions::default()
        };
        StreamOptions {
            data: None,
            samples: 4,
            steps: 300,
            rate: 0.02,
            seed: 1,
            compare,
        }
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct StreamReport {
    /// Name of the network.
    pub network: String,
    /// Version of the file.
    pub version: String,
    /// A second file of the same network, its version, and whether its image is the same; none if
    /// there is none.
    pub second: Option<(String, bool)>,
    /// Steps of a sample.
    pub steps: u64,
    /// Chance of a spike of each input in each step.
    pub rate: f64,
    /// Seed of the streams.
    pub seed: u64,
    /// Samples.
    pub samples: usize,
    /// Samples in which float and chip name the same class (the output that fires most, the first
    /// of equals).
    pub classes_equal: usize,
    /// Samples in which every spike of every layer is equal.
    pub samples_equal: usize,
    /// Layers: name, mean spikes of a sample as floats, on the chip, and in both in the same step.
    pub layers: Vec<(String, f64, f64, f64)>,
    /// First steps with a spike that only one has, by sample; none where there is no such spike.
    pub first_differences: Vec<Option<usize>>,
    /// Samples in which rounding parameters alone, and rounding in registers alone, changes a spike.
    pub changed_by: Option<(usize, usize)>,
    /// The first sample in full.
    pub first: GraphComparison,
    /// Counts and energy of a sample.
    pub per_inference: PerInference,
    /// Samples a second, reference included.
    pub samples_per_second: f64,
}

/// A random stream: every input fires in every step with the same chance.
pub fn stream(inputs: u32, steps: u64, rate: f64, seed: u64, sample: u64) -> Stimulus {
    let key = Key::new(seed, Purpose::Stimulus).part(sample);
    let limit = (rate.clamp(0.0, 1.0) * f64::from(u32::MAX)) as u64;
    let all = (0..steps).flat_map(|step| (0..inputs).map(move |source| (step, source)));
    let fires = |(step, source): &(u64, u32)| {
        key.below(step * u64::from(inputs) + u64::from(*source), 1 << 32) < limit
    };
    Stimulus {
        steps,
        events: all.filter(fires).collect(),
    }
}

/// The Braille reading network: 12 inputs, 38 recurrent and 7 output CubaLIF neurons; from the
/// v0.2 file, and again from the same network as written by version 1.0.8.
pub fn run_braille(options: &StreamOptions, progress: Progress) -> Result<StreamReport, LabError> {
    let file = "braille_noDelay_bias_zero.nir";
    let folder = folder(options.data.as_deref(), &format!("03_rnn/{file}"))?;
    let second = folder.join("rewritten_v1").join(file);
    let second = if second.is_file() {
        Some(graph(&second)?)
    } else {
        None
    };
    run(
        "nir-braille",
        &graph(&folder.join("03_rnn").join(file))?,
        second.as_ref(),
        options,
        progress,
    )
}

/// The N-MNIST network: five convolutions or matrices, IF neurons, sum pooling.
pub fn run_cnn(options: &StreamOptions, progress: Progress) -> Result<StreamReport, LabError> {
    let file = "cnn_sinabs.nir";
    let folder = folder(options.data.as_deref(), &format!("02_cnn/{file}"))?;
    let second = folder.join("rewritten_v1").join(file);
    let second = if second.is_file() {
        Some(graph(&second)?)
    } else {
        None
    };
    run(
        "nir-cnn",
        &graph(&folder.join("02_cnn").join(file))?,
        second.as_ref(),
        options,
        progress,
    )
}

/// Number of input elements of a graph.
pub(super) fn inputs(graph: &Graph) -> u32 {
    let shapes = graph.shapes_known();
    let inputs = graph
        .nodes
        .iter()
        .filter(|(_, node)| matches!(node, Node::Input(_)));
    inputs
        .filter_map(|(name, _)| shapes.get(name))
        .map(|shape| shape.iter().product::<usize>() as u32)
        .sum()
}

fn run(
    name: &str,
    graph: &Graph,
    second: Option<&Graph>,
    options: &StreamOptions,
    progress: Progress,
) -> Result<StreamReport, LabError> {
    if options.samples == 0 || options.steps == 0 || !(0.0..=1.0).contains(&options.rate) {
        return Err(LabError::Option(
            "at least one sample of one step, and a rate of 0 to 1".into(),
        ));
    }
    let stimulus = |sample: usize| {
        stream(
            inputs(graph),
            options.steps,
            options.rate,
            options.seed,
            sample as u64,
        )
    };
    let mut pair = Pair::new(graph, &options.compare, &[stimulus(0)])?;
    let second = match second {
        None => None,
        Some(other) => {
            let image = Pair::new(other, &options.compare, &[stimulus(0)])?.image;
            Some((other.version.clone(), image.image() == pair.image.image()))
        }
    };
    let start = Instant::now();
    let mut samples = vec![];
    for sample in 0..options.samples {
        samples.push(pair.compare(&stimulus(sample))?);
        progress(sample as u64 + 1, options.samples as u64);
    }
    let seconds = start.elapsed().as_secs_f64();
    let mut counts = EventCounts::default();
    samples.iter().for_each(|s| counts += s.counts);
    let count = options.samples as f64;
    let layer = |(i, first): (usize, &seamount_study::compare::LayerComparison)| {
        let mean = |of: fn(&seamount_study::compare::LayerComparison) -> u64| {
            samples
                .iter()
                .map(|s| of(&s.whole.layers[i]) as f64)
                .sum::<f64>()
                / count
        };
        (
            first.name.clone(),
            mean(|l| l.spikes.0),
            mean(|l| l.spikes.1),
            mean(|l| l.spikes_shared),
        )
    };
    let changed = |of: fn(&GraphComparison) -> &Option<seamount_study::compare::Comparison>| {
        samples
            .iter()
            .filter(|s| of(s).as_ref().is_some_and(|c| c.first_spike.is_some()))
            .count()
    };
    let changed_by = samples[0]
        .parameters
        .is_some()
        .then(|| (changed(|s| &s.parameters), changed(|s| &s.registers)));
    Ok(StreamReport {
        network: name.into(),
        version: graph.version.clone(),
        second,
        steps: options.steps,
        rate: options.rate,
        seed: options.seed,
        samples: options.samples,
        classes_equal: samples
            .iter()
            .filter(|s| s.whole.outputs.iter().all(|o| o.agrees()))
            .count(),
        samples_equal: samples
            .iter()
            .filter(|s| s.whole.first_spike.is_none())
            .count(),
        layers: samples[0]
            .whole
            .layers
            .iter()
            .enumerate()
            .map(layer)
            .collect(),
        first_differences: samples
            .iter()
            .map(|s| s.whole.first_spike.as_ref().map(|d| d.step))
            .collect(),
        changed_by,
        per_inference: PerInference::new(&counts, options.samples as u64),
        samples_per_second: count / seconds,
        first: samples.swap_remove(0),
    })
}

impl fmt::Display for StreamReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.samples;
        writeln!(
            f,
            "{} (NIR {}): chip beside the float reference",
            self.network, self.version
        )?;
        writeln!(
            f,
            "its inputs are not at hand: {n} random streams of {} steps, rate {}, seed {}",
            self.steps, self.rate, self.seed
        )?;
        if let Some((version, equal)) = &self.second {
            writeln!(
                f,
                "the file of NIR {version} gives {} image",
                if *equal { "the same" } else { "another" }
            )?;
        }
        writeln!(
            f,
            "classes equal in {} of {n} samples, every spike equal in {}",
            self.classes_equal, self.samples_equal
        )?;
        for (name, float, chip, both) in &self.layers {
            writeln!(
                f,
                "  layer {name:<12} spikes a sample: float {float:.1}, chip {chip:.1}, in the same step {both:.1}"
            )?;
        }
        if let Some((parameters, registers)) = self.changed_by {
            writeln!(
                f,
                "a spike changes by rounding parameters in {parameters} of {n} samples, by rounding in registers in {registers}"
            )?;
        }
        let known: Vec<usize> = self.first_differences.iter().filter_map(|d| *d).collect();
        if let Some(first) = known.iter().min() {
            writeln!(f, "the earliest difference is in step {first}")?;
        }
        writeln!(f, "the first sample:\n{}", self.first)?;
        writeln!(f, "{}", self.per_inference)?;
        write!(
            f,
            "{:.2} samples/s, reference included",
            self.samples_per_second
        )
    }
}
