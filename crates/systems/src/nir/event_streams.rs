//! `nir-braille` and `nir-cnn`: a recurrent and a convolutional network whose inputs could not be
//! had. Random event streams stand in for them, at a rate at which the first layer fires as the
//! published activity says; so the numbers are about agreement, not about accuracy.

use super::graph;
use crate::declared::{DeclaredFiles, System};
use crate::flags::DumpedOptions;
use crate::import::{BesideArgs, ImportArgs};
use crate::registry::within;
use clap::Args;
use seamount_network::graph::{Graph, Node};
use seamount_quantise::QuantiseOptions;
use seamount_session::eval::{SampleEncoder, random_events};
use seamount_session::{Failure, PerInference};
use seamount_spec::EventCounts;
use seamount_study::Progress;
use seamount_study::compare::{
    CompareOptions, Comparison, GraphComparison, LayerComparison, Pair, Stimulus, chip_trace,
};
use seamount_study::datasets::Datasets;
use seamount_study::dump::{Dump, dumped, of_trace};
use seamount_study::experiment::{Experiment, RunOutput};
use seamount_study::row::Row;
use seamount_study::trials::Trials;
use serde::Serialize;
use std::fmt;
use std::marker::PhantomData;
use std::sync::LazyLock;

/// A declared system, and what this kind of experiment needs besides.
pub struct StreamSystem {
    system: System,
    /// Samples unless the user says how many.
    samples: usize,
    /// How to compare unless the user says otherwise.
    compare: CompareOptions,
}

static BRAILLE: LazyLock<StreamSystem> = LazyLock::new(|| StreamSystem {
    system: System::load(DeclaredFiles {
        toml: include_str!("braille/system.toml"),
        netlists: &[],
    }),
    samples: 20,
    compare: CompareOptions::default(),
});

static CNN: LazyLock<StreamSystem> = LazyLock::new(|| StreamSystem {
    system: System::load(DeclaredFiles {
        toml: include_str!("cnn/system.toml"),
        netlists: &[],
    }),
    samples: 4,
    compare: CompareOptions {
        // its integrators were trained so: v = v + r x in a step
        quantise: QuantiseOptions::default().dt_seconds(1.0),
        ..CompareOptions::default()
    },
});

/// Random samples, and how the chip is put beside the floats. An absent option has the value
/// declared with the network.
#[derive(Debug, Clone, Default, Serialize, Args)]
pub struct StreamOptions {
    /// Where the data are
    #[command(flatten)]
    pub files: DumpedOptions,
    /// How many random samples [default: 20 of braille, 4 of the CNN]
    #[arg(long, alias = "count", value_name = "N", value_parser = within!(u32, 1..=1_000_000))]
    pub samples: Option<u32>,
    /// Steps of a sample [default: 256 of braille, 300 of the CNN]
    #[arg(long, value_name = "N", value_parser = within!(u64, 1..=1 << 20))]
    pub steps: Option<u64>,
    /// Chance of a spike of each input in each step [default: as the published activity, 0.06 and
    /// 0.02]
    #[arg(long, value_name = "P")]
    pub rate: Option<f64>,
    /// Seed of the samples [default: 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// What counts as a difference
    #[command(flatten)]
    pub beside: BesideArgs,
    /// How the float graph becomes integers
    #[command(flatten)]
    pub import: ImportArgs,
}

/// Long help of both.
const HELP: &str = "\
Example: seamount lab nir-braille --data ../shared/data --samples 5 --seed 2; likewise nir-cnn
Prints how far the chip is from the float reference, and why; synaptic operations, energy. --dump
writes LAYER-u, LAYER-v (in units of the float model) and LAYER (spikes) of every layer for the
first sample, (time, neuron) as the recorded activity has it. Without --dt the CNN takes dt = 1, as
it was trained.";

/// A network on random streams, by its data.
pub trait StreamNetwork: 'static {
    /// Name on the command line.
    const NAME: &'static str;
    /// One line for the list of experiments.
    const ABOUT: &'static str;
    /// Flags of the quick form.
    const QUICK: &'static [&'static str];

    /// The declared system, and what it is compared by.
    fn system() -> &'static StreamSystem;
}

/// `seamount lab nir-braille`
pub type NirBraille = Streams<Braille>;

/// The Braille reading network, from the v0.2 file, and again from the same network as written by
/// version 1.0.8.
pub struct Braille;

impl StreamNetwork for Braille {
    const NAME: &'static str = "nir-braille";
    const ABOUT: &'static str =
        "The NIR paper's Braille network on random streams: chip beside float reference";
    const QUICK: &'static [&'static str] = &[""];

    fn system() -> &'static StreamSystem {
        &BRAILLE
    }
}

/// `seamount lab nir-cnn`
pub type NirCnn = Streams<Cnn>;

/// The N-MNIST network.
pub struct Cnn;

impl StreamNetwork for Cnn {
    const NAME: &'static str = "nir-cnn";
    const ABOUT: &'static str =
        "The NIR paper's N-MNIST network on random streams: chip beside float reference";
    const QUICK: &'static [&'static str] = &["--samples 1"];

    fn system() -> &'static StreamSystem {
        &CNN
    }
}

/// The experiment with a network on random streams.
pub struct Streams<N>(PhantomData<fn() -> N>);

impl<N: StreamNetwork> Experiment for Streams<N> {
    const NAME: &'static str = N::NAME;
    const ABOUT: &'static str = N::ABOUT;
    const HELP: &'static str = HELP;
    const COUNTS: &'static str = "samples";
    const QUICK: &'static [&'static str] = N::QUICK;
    type Options = StreamOptions;
    type Report = StreamReport;

    fn outputs(options: &StreamOptions) -> Vec<RunOutput<StreamReport>> {
        dumped(options.files.dump.as_deref(), |report| &report.dump)
    }

    fn run(options: &StreamOptions, progress: Progress) -> Result<StreamReport, Failure> {
        run(N::system(), options, progress)
    }

    fn row(report: &StreamReport) -> Option<Row> {
        let equal = 100.0 * report.classes_equal as f64 / report.samples.max(1) as f64;
        let samples = report.samples as u64;
        let cost = &report.per_inference;
        let figure = "classes as in floats";
        Some(Row::on_chip(N::NAME, figure, equal, None, samples, cost))
    }
}

/// Differences of chip and float reference over all samples, and cost of a sample.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
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
    /// Samples in which rounding parameters alone, and rounding in registers alone, changes a
    /// spike.
    pub changed_by: Option<(usize, usize)>,
    /// The first sample in full.
    pub first: GraphComparison,
    /// Counts and energy of a sample.
    pub per_inference: PerInference,
    /// Samples a second, reference included.
    pub samples_per_second: f64,
    /// Every array of every layer of the first sample, if asked for.
    #[serde(skip)]
    pub dump: Dump,
}

/// A random stream: every input fires in every step with the same chance.
pub fn stream(inputs: u32, steps: u64, rate: f64, seed: u64, sample: u64) -> Stimulus {
    Stimulus {
        steps,
        events: random_events(inputs, steps, rate, seed, sample),
    }
}

/// Number of input elements of a graph.
fn inputs(graph: &Graph) -> u32 {
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

/// Samples of a run, and the streams that they are.
struct RandomStreams {
    inputs: u32,
    samples: usize,
    steps: u64,
    rate: f64,
    seed: u64,
}

impl RandomStreams {
    fn new(
        of: &StreamSystem,
        options: &StreamOptions,
        graph: &Graph,
    ) -> Result<RandomStreams, Failure> {
        let declared = match of.system.encoder {
            Some(SampleEncoder::Random { rate, .. }) => rate,
            _ => 0.0,
        };
        let streams = RandomStreams {
            inputs: inputs(graph),
            samples: options.samples.map_or(of.samples, |n| n as usize),
            steps: options.steps.unwrap_or(of.system.steps),
            rate: options.rate.unwrap_or(declared),
            seed: options.seed.unwrap_or(1),
        };
        if streams.samples == 0 || streams.steps == 0 || !(0.0..=1.0).contains(&streams.rate) {
            let problem = "at least one sample of one step, and a rate of 0 to 1";
            return Err(Failure::call(problem));
        }
        Ok(streams)
    }

    fn sample(&self, sample: usize) -> Stimulus {
        let RandomStreams { inputs, steps, .. } = *self;
        stream(inputs, steps, self.rate, self.seed, sample as u64)
    }
}

fn run(
    of: &StreamSystem,
    options: &StreamOptions,
    progress: Progress,
) -> Result<StreamReport, Failure> {
    let folder = (of.system).folder(&Datasets::new(options.files.data.as_deref()))?;
    let file = of.system.network(None)?.published();
    let graph = graph(&folder.join(file))?;
    let streams = RandomStreams::new(of, options, &graph)?;
    let compare = options.beside.over(&options.import, of.compare.clone());
    let mut pair = Pair::new(&graph, &compare, &[streams.sample(0)])?;
    let mut dump = vec![];
    if options.files.dump.is_some() {
        dump = of_trace(&chip_trace(&pair.quantised, &streams.sample(0))?.0);
    }
    // the same network as a later version of the format writes it, where the data have it
    let again = folder.join("rewritten_v1");
    let again = file.file_name().map(|name| again.join(name));
    let second = match again.filter(|path| path.is_file()) {
        None => None,
        Some(path) => {
            let other = super::graph(&path)?;
            let image = Pair::new(&other, &compare, &[streams.sample(0)])?.image;
            Some((other.version, image.image() == pair.image.image()))
        }
    };
    let trials = Trials::new(streams.samples, 1, progress);
    let mut samples = vec![];
    for sample in 0..streams.samples {
        samples.push(pair.compare(&streams.sample(sample))?);
        trials.finish_one();
    }
    let mut counts = EventCounts::default();
    samples.iter().for_each(|s| counts += s.counts);
    let equal = |of: fn(&GraphComparison) -> bool| samples.iter().filter(|s| of(s)).count();
    let first_spikes = samples.iter().map(|s| s.whole.first_spike.as_ref());
    Ok(StreamReport {
        network: of.system.name.clone(),
        version: graph.version.clone(),
        second,
        steps: streams.steps,
        rate: streams.rate,
        seed: streams.seed,
        samples: streams.samples,
        classes_equal: equal(|s| s.whole.outputs.iter().all(|o| o.agrees())),
        samples_equal: equal(|s| s.whole.first_spike.is_none()),
        layers: layers(&samples),
        first_differences: first_spikes.map(|d| d.map(|d| d.step)).collect(),
        changed_by: changed_by(&samples),
        per_inference: PerInference::new(&counts, streams.samples as u64),
        samples_per_second: trials.per_second(),
        first: samples.swap_remove(0),
        dump,
    })
}

/// Mean spikes of every layer: of the floats, of the chip, and of both in the same step.
fn layers(samples: &[GraphComparison]) -> Vec<(String, f64, f64, f64)> {
    let mean = |layer: usize, of: fn(&LayerComparison) -> u64| {
        let all = samples.iter().map(|s| of(&s.whole.layers[layer]) as f64);
        all.sum::<f64>() / samples.len() as f64
    };
    let layers = samples[0].whole.layers.iter().enumerate();
    layers
        .map(|(i, layer)| {
            let float = mean(i, |l| l.spikes.0);
            let chip = mean(i, |l| l.spikes.1);
            let both = mean(i, |l| l.spikes_shared);
            (layer.name.clone(), float, chip, both)
        })
        .collect()
}

/// Samples in which a spike changes by rounding parameters, and by rounding in registers; none
/// where the two were not told apart.
fn changed_by(samples: &[GraphComparison]) -> Option<(usize, usize)> {
    samples[0].parameters.as_ref()?;
    let changed = |of: fn(&GraphComparison) -> &Option<Comparison>| {
        let differ = |s: &&GraphComparison| of(s).as_ref().is_some_and(|c| c.first_spike.is_some());
        samples.iter().filter(differ).count()
    };
    Some((changed(|s| &s.parameters), changed(|s| &s.registers)))
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
