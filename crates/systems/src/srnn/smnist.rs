//! `srnn-smnist`: MNIST pixel by pixel through the 8-64r-256r-256-10 network, from rest.
//!
//! Step i (0..783) sees pixels i..i+7 / 255 (from i = 776 on the last 8). The class is the output
//! that fires most over all steps (the first of equals).

pub mod report;

pub use report::{SingleFigure, SmnistOnChip, SmnistReport};

use super::arithmetic::CostTable;
use super::chip::{SrnnChip, SrnnWatch, spikes_per_neuron};
use super::integer::{RoundedNetwork, WORD_MAX, WeightRounding};
use super::single::SingleNetwork;
use super::weights;
use crate::registry::{defaults_of_flags, within};
use crate::srnn::float::{Network, Operations, Order};
use clap::{Args, ValueEnum};
use seamount_reference::Draws;
use seamount_session::Failure;
use seamount_session::decode::first_largest;
use seamount_study::Progress;
use seamount_study::data::PIXELS;
use seamount_study::datasets::Datasets;
use seamount_study::experiment::{Experiment, threads};
use seamount_study::row::Row;
use seamount_study::trials::Trials;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Instant;

/// Images, order of the layers, and precision.
#[derive(Debug, Clone, Serialize, Args)]
pub struct SmnistOptions {
    /// Folder of all data (srnn-weights and mnist are in it)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of the MNIST test images
    #[arg(long, value_name = "DIR")]
    pub mnist: Option<PathBuf>,
    /// Images and labels to test, instead of the MNIST test images
    #[arg(long, value_name = "FILE.npz", conflicts_with = "mnist")]
    pub samples: Option<PathBuf>,
    /// Only the first N images
    #[arg(long, alias = "count", value_name = "N")]
    pub images: Option<usize>,
    /// Permute the pixels of every image by one shuffle drawn from this seed
    #[arg(long, value_name = "SEED")]
    pub permuted: Option<u64>,
    /// When a layer sees the spikes of the layer before it
    #[arg(long, value_enum, default_value = "same-step")]
    pub order: LayerOrder,
    /// Bits of a weight on the chip
    #[arg(long, value_name = "BITS", value_parser = within!(u32, 2..=8), default_value_t = 8)]
    pub weight_bits: u32,
    /// Hold the first N images against the integer definition, every word in every step
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub check: usize,
    /// Floats only, no chip
    #[arg(long)]
    pub float_only: bool,
    /// 32-bit floats beside those of 64 bits
    #[arg(long)]
    pub float32: bool,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

defaults_of_flags!(SmnistOptions);

/// `seamount lab srnn-smnist`
pub struct SrnnSmnist;

impl Experiment for SrnnSmnist {
    const NAME: &'static str = "srnn-smnist";
    const ABOUT: &'static str = "MNIST pixel by pixel by 586 adaptive spiking neurons in four \
        layers: floats, and the chip";
    const HELP: &'static str = "\
Examples: seamount lab srnn-smnist --data ../shared/data
          seamount lab srnn-smnist --images 500 --weight-bits 6
          seamount lab srnn-smnist --float-only --float32
Prints accuracy and spikes in floats and on the chip (board loihi2) beside the published ones,
operations, energy, time, and the arithmetic of LSTMs and RNNs of equal size. On a chip a layer sees
another's spikes a step later: `pipelined` lets layer k begin k steps late, which gives the same
numbers; `late` does not wait. Without --order the floats go within a step, as trained, and the chip
is a pipeline.
--samples takes an .npz: x (images, 784) of 0..255, y (images) of 0..9.";
    const COUNTS: &'static str = "images";
    const RESUMES: bool = true;
    const QUICK: &'static [&'static str] = &["--images 300"];
    type Options = SmnistOptions;
    type Report = SmnistReport;

    fn run(options: &SmnistOptions, progress: Progress) -> Result<SmnistReport, Failure> {
        let start = Instant::now();
        let network = weights::smnist(options.data.as_deref())?;
        let bits = options.weight_bits;
        let rounded = if options.float_only {
            None
        } else {
            Some(integers(&network, bits)?)
        };
        let (images, labels) = images(options)?;
        let n = images.len();
        let threads = threads(options.threads);
        let order = options.order.order();
        let check = options.check.min(n);
        let on_chip = if options.float_only { 0 } else { n + check };
        let single = if options.float32 { n } else { 0 };
        let trials = Trials::new(n + on_chip + single, threads, progress);
        let task = SmnistTask {
            images: &images,
            labels: &labels,
            trials: &trials,
        };
        let results = trials.kept("float image", n, |i| {
            Ok(float_image(&network, &images[i], order))
        })?;
        let float_seconds = start.elapsed().as_secs_f64();
        let right_float = task.right(results.iter().map(ImageResult::class));
        let chip = rounded
            .map(|integers| task.chip(integers, order, bits, check, &results))
            .transpose()?;
        let float32 = match options.float32 {
            true => Some(task.single(&network, &results)?),
            false => None,
        };
        let spikes = [0, 1, 2, 3]
            .map(|k| results.iter().map(|r| r.spikes[k]).sum::<u64>() as f64 / n as f64);
        let (cost, accumulates) = cost(&spikes);
        Ok(SmnistReport {
            accuracy_float: task.share(right_float),
            right: right_float,
            published: PUBLISHED.0,
            images: n,
            predictions: results.iter().map(ImageResult::class).collect(),
            permuted: options.permuted,
            order: options.order,
            rates: [0, 1, 2, 3].map(|k| spikes[k] / (SIZES[k] * PIXELS) as f64),
            spikes_per_image: spikes.iter().sum(),
            hidden_spikes_per_image: spikes[..3].iter().sum(),
            published_spikes: PUBLISHED.1,
            accumulates_per_image: accumulates,
            input_macs_per_image: (WINDOW * SIZES[0] * PIXELS) as f64,
            accuracy: chip.as_ref().map(|c| c.accuracy),
            chip,
            float32,
            cost,
            float_seconds,
            seconds: start.elapsed().as_secs_f64(),
            threads,
        })
    }

    fn row(report: &SmnistReport) -> Option<Row> {
        Some(report.row())
    }
}

/// How the layers see each other's spikes. On a chip they see each other a step later in any case:
/// a pipeline, unless nobody is to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LayerOrder {
    /// In the same step, as trained
    #[default]
    SameStep,
    /// A step later; layer k begins k steps late
    Pipelined,
    /// A step later; all layers begin at once
    Late,
}

impl LayerOrder {
    fn order(self) -> Order {
        match self {
            LayerOrder::SameStep => Order::SameStep,
            LayerOrder::Pipelined => Order::Pipelined,
            LayerOrder::Late => Order::Late,
        }
    }
}

/// The input that stands for 1.
pub const PIXEL_MAX: f64 = 255.0;
/// A mantissa of 1 adds 2^(6 + this) to u at 8 bits.
pub const RANGE: i32 = -2;
/// Pixels seen in a step.
pub const WINDOW: usize = 8;
const LAYERS: [&str; 4] = ["r1", "r2", "d1", "o"];
const SIZES: [usize; 4] = [64, 256, 256, 10];
/// Accuracy and spikes an image of the authors' notebook.
const PUBLISHED: (f64, f64) = (0.9811, 29_014.0);

/// The first pixel of the window of a step; after the last pixel the window stays.
fn window(step: usize) -> usize {
    step.min(PIXELS - WINDOW)
}

/// Spikes of a network on one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageResult {
    /// Spikes of each output over the image.
    pub counts: [u32; 10],
    /// Spikes of each layer over the image.
    pub spikes: [u64; 4],
}

impl ImageResult {
    /// The output that fired most, the first of equals.
    pub fn class(&self) -> u8 {
        first_largest(&self.counts) as u8
    }
}

/// Counts the spikes of 784 steps of each layer; layer k is `lag` x k steps late. `step` does one
/// step with the window that begins at a pixel and tells who fired in each layer.
pub(super) fn count(
    lag: usize,
    mut step: impl FnMut(usize, usize, &mut dyn FnMut(usize, &[u32])),
) -> ImageResult {
    let mut result = ImageResult {
        counts: [0; 10],
        spikes: [0; 4],
    };
    for t in 0..PIXELS + 3 * lag {
        step(t, window(t.min(PIXELS - 1)), &mut |layer, active| {
            let own = t.wrapping_sub(lag * layer);
            if own < PIXELS {
                result.spikes[layer] += active.len() as u64;
                if layer == 3 {
                    active.iter().for_each(|k| result.counts[*k as usize] += 1);
                }
            }
        });
    }
    result
}

/// An image through the float network.
pub fn float_image(network: &Network, pixels: &[u8], order: Order) -> ImageResult {
    let mut state = network.rest();
    let lag = usize::from(network.lag(order) > 0);
    let values: Vec<f64> = pixels.iter().map(|p| f64::from(*p) / 255.0).collect();
    count(lag, |_, at, fired| {
        network.step(&values[at..at + WINDOW], order, &mut state);
        state
            .layers
            .iter()
            .enumerate()
            .for_each(|(k, layer)| fired(k, &layer.active));
    })
}

/// An image through integers (input in 0..=255): the result, the largest |u|, sums clipped.
pub fn integer_image(
    network: &RoundedNetwork,
    pixels: &[u8],
    order: Order,
) -> (ImageResult, i64, u64) {
    let mut state = network.rest();
    let lag = usize::from(order != Order::SameStep);
    let values: Vec<i64> = pixels.iter().map(|p| i64::from(*p)).collect();
    let result = count(lag, |t, at, fired| {
        network.step(&values[at..at + WINDOW], order, t, &mut state);
        state
            .iter()
            .enumerate()
            .for_each(|(k, layer)| fired(k, &layer.active));
    });
    (
        result,
        state.iter().map(|s| s.peak).max().unwrap_or(0),
        state.iter().map(|s| s.clipped).sum(),
    )
}

/// Pixels of every step, as the chip's inputs get them.
pub fn stimulus(pixels: &[u8]) -> Vec<i64> {
    (0..PIXELS)
        .flat_map(|t| &pixels[window(t)..window(t) + WINDOW])
        .map(|p| i64::from(*p))
        .collect()
}

/// One permutation of the pixels for all images.
pub fn permutation(seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..PIXELS).collect();
    Draws::new(seed, 784).shuffle(&mut order);
    order
}

fn cost(spikes: &[f64; 4]) -> (CostTable, f64) {
    let [r1, r2, d1, o] = spikes.map(|s| s / PIXELS as f64);
    let reached = [64.0 * r1, 256.0 * (r1 + r2), 256.0 * r2, 10.0 * d1];
    let fired = [r1, r2, d1, o];
    let layers = (0..4).map(|k| Operations::spiking(reached[k], SIZES[k], fired[k], true));
    let pixels = Operations::dense(WINDOW, SIZES[0]);
    let spiking = layers.fold(pixels, |a, b| a + b);
    let rest = Operations::dense(256, 256) + Operations::dense(256, 10);
    let table = CostTable::new(
        PIXELS as u64,
        &[
            ("this network, spiking", spiking),
            (
                "LSTM 64, LSTM 256, dense",
                Operations::lstm(WINDOW, 64) + Operations::lstm(64, 256) + rest,
            ),
            (
                "RNN 64, RNN 256, dense",
                Operations::rnn(WINDOW, 64) + Operations::rnn(64, 256) + rest,
            ),
        ],
    );
    (table, reached.iter().sum::<f64>() * PIXELS as f64)
}

/// The test images, pixels permuted if asked for, and their labels.
fn images(options: &SmnistOptions) -> Result<(Vec<Vec<u8>>, Vec<u8>), Failure> {
    let data = Datasets::new(options.data.as_deref());
    let mnist = data.mnist(options.mnist.as_deref(), options.samples.as_deref())?;
    let all = mnist.labels.len();
    let n = options.images.unwrap_or(all);
    if n == 0 || n > all {
        return Err(Failure::call(format!(
            "--images {n}: there are {all} images"
        )));
    }
    let order = options.permuted;
    let order = order.map_or_else(|| (0..PIXELS).collect(), permutation);
    let image = |i: usize| order.iter().map(|p| mnist.image(i)[*p]).collect();
    Ok(((0..n).map(image).collect(), mnist.labels[..n].to_vec()))
}

/// Weights at a width, as a network of integers; the exponent that leaves u its range.
fn integers(network: &Network, bits: u32) -> Result<RoundedNetwork, Failure> {
    if !(2..=8).contains(&bits) {
        return Err(Failure::call(format!(
            "--weight-bits {bits}: weights have 2 to 8 bits"
        )));
    }
    Ok(RoundedNetwork::new(
        network,
        PIXEL_MAX,
        &WeightRounding::new(bits, true, RANGE),
    ))
}

/// Images, their labels and the work on them.
struct SmnistTask<'a> {
    images: &'a [Vec<u8>],
    labels: &'a [u8],
    trials: &'a Trials<'a>,
}

impl SmnistTask<'_> {
    fn right(&self, classes: impl Iterator<Item = u8>) -> usize {
        classes
            .zip(self.labels)
            .filter(|(class, label)| class == *label)
            .count()
    }

    fn share(&self, part: usize) -> f64 {
        part as f64 / self.images.len() as f64
    }

    /// All images on the chip, the first `check` of them beside the definition too.
    fn chip(
        &self,
        integers: RoundedNetwork,
        order: Order,
        bits: u32,
        check: usize,
        floats: &[ImageResult],
    ) -> Result<SmnistOnChip, Failure> {
        let compile = |watch| SrnnChip::new("srnn-smnist", integers.clone(), &LAYERS, order, watch);
        let chip = compile(SrnnWatch::Outputs)?;
        let watched = compile(SrnnWatch::All)?;
        let of = |i: usize| stimulus(&self.images[i]);
        let trials = self.trials;
        let count = self.images.len();
        let batch = chip.run_kept("chip image", trials, count, PIXELS, of, |_, seen| {
            spikes_per_neuron(seen, LAYERS[3], chip.lag(3), PIXELS)
        })?;
        let checks = watched.run_kept("check of image", trials, check, PIXELS, of, |i, seen| {
            let counts = spikes_per_neuron(seen, LAYERS[3], watched.lag(3), PIXELS);
            (watched.compare(seen, &of(i)), counts == batch.results[i])
        })?;
        let predictions: Vec<u8> = batch
            .results
            .iter()
            .map(|counts| first_largest(counts) as u8)
            .collect();
        let right = self.right(predictions.iter().copied());
        let float = self.right(floats.iter().map(ImageResult::class));
        let outputs = batch
            .results
            .iter()
            .flatten()
            .map(|n| u64::from(*n))
            .sum::<u64>() as f64
            / self.images.len() as f64;
        let cost = chip.cost(&batch, PIXELS, self.trials.threads(), &of(0));
        let comparisons = || checks.results.iter().map(|(c, _)| c);
        let first = || {
            comparisons()
                .enumerate()
                .find_map(|(i, c)| Some(format!("image {i}, {}", c.first.as_ref()?)))
        };
        Ok(SmnistOnChip {
            weight_bits: bits,
            accuracy: self.share(right),
            right,
            points_to_float: (self.share(right) - self.share(float)) * 100.0,
            classes_as_float: predictions
                .iter()
                .zip(floats)
                .filter(|(class, float)| **class == float.class())
                .count(),
            predictions,
            checked: check,
            equal_to_integers: checks
                .results
                .iter()
                .filter(|(c, same_outputs)| c.first.is_none() && *same_outputs)
                .count(),
            first_difference: first(),
            spikes_per_image: cost.per_inference.spikes(),
            hidden_spikes_per_image: cost.per_inference.spikes() - outputs,
            range_used: comparisons().map(|c| c.peak).max().unwrap_or(0) as f64 / WORD_MAX as f64,
            clipped: comparisons().map(|c| c.clipped).sum(),
            cost,
        })
    }

    fn single(&self, network: &Network, floats: &[ImageResult]) -> Result<SingleFigure, Failure> {
        let single = SingleNetwork::new(network);
        let image = |i: usize| Ok(single.image(&self.images[i]));
        let all = self.trials.kept("single image", self.images.len(), image)?;
        let right = self.right(all.iter().map(ImageResult::class));
        Ok(SingleFigure {
            accuracy: self.share(right),
            right,
            other_class: all
                .iter()
                .zip(floats)
                .filter(|(a, b)| a.class() != b.class())
                .count(),
            other_spikes: all
                .iter()
                .zip(floats)
                .filter(|(a, b)| a.spikes != b.spikes)
                .count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_and_lags_count_every_step_once() {
        assert_eq!(
            [window(0), window(775), window(776), window(783)],
            [0, 775, 776, 776]
        );
        for lag in [0, 1] {
            let mut seen = vec![];
            let result = count(lag, |t, at, fired| {
                seen.push(at);
                (0..4).for_each(|k| fired(k, if t < lag * k { &[7, 7, 7] } else { &[1] }));
            });
            assert_eq!(result.spikes, [784; 4]);
            assert_eq!((result.counts[1], seen.len()), (784, 784 + 3 * lag));
        }
    }

    #[test]
    fn a_permutation_is_one() {
        let mut order = permutation(3);
        assert_ne!(order, permutation(4));
        order.sort_unstable();
        assert_eq!(order, (0..PIXELS).collect::<Vec<_>>());
    }
}
