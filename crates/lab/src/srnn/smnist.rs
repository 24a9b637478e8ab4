//! `srnn-smnist`: MNIST pixel by pixel through the 8-64r-256r-256-10 network, from rest.
//!
//! Step i (0..783) sees pixels i..i+7 / 255 (from i = 776 on the last 8). The class is the output
//! that fires most over all steps (the first of equals).

use super::arithmetic::CostTable;
use super::integer::{IntegerNetwork, Rounding};
use super::{first_largest, weights};
use crate::data::{self, Mnist, PIXELS};
use crate::row::Row;
use crate::spread::spread;
use crate::{LabError, Progress};
use seamount_reference::random::Draws;
use seamount_reference::srnn::{Network, Operations, Order};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct SmnistOptions {
    /// Folder of all data; default see [`data::data_folder`].
    pub data: Option<PathBuf>,
    /// Folder of MNIST, if it is not in that folder.
    pub mnist: Option<PathBuf>,
    /// The first so many test images; all if absent.
    pub images: Option<usize>,
    /// Shuffle the pixels of every image by one permutation drawn from this seed.
    pub permuted: Option<u64>,
    /// How the layers see each other.
    pub order: LayerOrder,
    /// Run the integer definition of the neuron at this width of weights beside the floats.
    pub weight_bits: Option<u32>,
    /// Threads that share the images.
    pub threads: usize,
}

/// How the layers see each other's spikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LayerOrder {
    /// Within a step, as trained.
    #[default]
    SameStep,
    /// A step later each, later layers waiting: as on a chip.
    Pipelined,
    /// A step later each, nobody waiting.
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
const SIZES: [usize; 4] = [64, 256, 256, 10];
/// Accuracy and spikes an image of the authors' notebook.
const PUBLISHED: (f64, f64) = (0.9811, 29_014.0);

/// The first pixel of the window of a step; after the last pixel the window stays.
fn window(step: usize) -> usize {
    step.min(PIXELS - WINDOW)
}

/// What a network did with an image.
#[derive(Debug, Clone, PartialEq, Eq)]
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
fn count(lag: usize, mut step: impl FnMut(usize, usize, &mut dyn FnMut(usize, &[u32]))) -> ImageResult {
    let mut result = ImageResult { counts: [0; 10], spikes: [0; 4] };
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
    let (mut state, lag) = (network.rest(), usize::from(network.lag(order) > 0));
    let values: Vec<f64> = pixels.iter().map(|p| f64::from(*p) / 255.0).collect();
    count(lag, |_, at, fired| {
        network.step(&values[at..at + WINDOW], order, &mut state);
        state.layers.iter().enumerate().for_each(|(k, layer)| fired(k, &layer.active));
    })
}

/// An image through integers (input in 0..=255): the result, the largest |u|, sums clipped.
pub fn integer_image(network: &IntegerNetwork, pixels: &[u8], order: Order) -> (ImageResult, i64, u64) {
    let (mut state, lag) = (network.rest(), usize::from(order != Order::SameStep));
    let values: Vec<i64> = pixels.iter().map(|p| i64::from(*p)).collect();
    let result = count(lag, |t, at, fired| {
        network.step(&values[at..at + WINDOW], order, t, &mut state);
        state.iter().enumerate().for_each(|(k, layer)| fired(k, &layer.active));
    });
    (result, state.iter().map(|s| s.peak).max().unwrap_or(0), state.iter().map(|s| s.clipped).sum())
}

/// The integers beside the floats.
#[derive(Debug, Clone, Serialize)]
pub struct IntegerFigure {
    /// Bits of a weight, sign included.
    pub weight_bits: u32,
    /// Share of images that are right.
    pub accuracy: f64,
    /// Points above (or, negative, below) the floats on the same images.
    pub points_to_float: f64,
    /// Spikes of an image, mean.
    pub spikes_per_image: f64,
    /// Largest |u| as a share of what 24 bits hold.
    pub range_used: f64,
    /// Sums that were clipped to 24 bits.
    pub clipped: u64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct SmnistReport {
    /// Share of images that are right, in floats.
    pub accuracy_float: f64,
    /// Number of them.
    pub right: usize,
    /// The authors' notebook: accuracy from random initial states.
    pub published: f64,
    /// Images.
    pub images: usize,
    /// Class of each image.
    pub predictions: Vec<u8>,
    /// Whether, and by which seed, the pixels were permuted.
    pub permuted: Option<u64>,
    /// How the layers saw each other.
    pub order: LayerOrder,
    /// Spikes per neuron and step, by layer.
    pub rates: [f64; 4],
    /// Spikes of an image, all layers.
    pub spikes_per_image: f64,
    /// Without the outputs.
    pub hidden_spikes_per_image: f64,
    /// The notebook's spikes of an image.
    pub published_spikes: f64,
    /// Synaptic accumulates of an image.
    pub accumulates_per_image: f64,
    /// Multiply-accumulates of an image: pixels are no spikes.
    pub input_macs_per_image: f64,
    /// The integer definition, if asked for.
    pub integer: Option<IntegerFigure>,
    /// Arithmetic beside LSTMs and RNNs of equal size.
    pub cost: CostTable,
    /// Wall clock of everything, seconds.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
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
            ("LSTM 64, LSTM 256, dense", Operations::lstm(WINDOW, 64) + Operations::lstm(64, 256) + rest),
            ("RNN 64, RNN 256, dense", Operations::rnn(WINDOW, 64) + Operations::rnn(64, 256) + rest),
        ],
    );
    (table, reached.iter().sum::<f64>() * PIXELS as f64)
}

/// The test images, pixels permuted if asked for.
fn images(options: &SmnistOptions) -> Result<(Vec<Vec<u8>>, Vec<u8>), LabError> {
    let given = data::data_folder(options.data.as_deref());
    let mut folders: Vec<PathBuf> = options.mnist.clone().into_iter().collect();
    folders.extend([given.join("mnist"), given.join("../mnist"), given, data::data_folder(None).join("mnist")]);
    let mnist = Mnist::test_set(&data::find("the MNIST test set", "t10k-images-idx3-ubyte.gz", &folders)?)?;
    let (all, n) = (mnist.labels.len(), options.images.unwrap_or(mnist.labels.len()));
    if n == 0 || n > all {
        return Err(LabError::Option(format!("--images {n}: the test set has {all} images")));
    }
    let order = options.permuted.map_or_else(|| (0..PIXELS).collect(), permutation);
    let image = |i: usize| order.iter().map(|p| mnist.image(i)[*p]).collect();
    Ok(((0..n).map(image).collect(), mnist.labels[..n].to_vec()))
}

/// Weights at a width, as a network of integers; the exponent that leaves u its range.
fn integers(network: &Network, bits: u32) -> Result<IntegerNetwork, LabError> {
    if !(2..=8).contains(&bits) {
        return Err(LabError::Option(format!("--weight-bits {bits}: weights have 2 to 8 bits")));
    }
    Ok(IntegerNetwork::new(network, PIXEL_MAX, &Rounding::new(bits, true, RANGE)))
}

/// Runs the network on the images.
pub fn run(options: &SmnistOptions, progress: Progress) -> Result<SmnistReport, LabError> {
    let start = Instant::now();
    let network = weights::smnist(options.data.as_deref())?;
    let rounded = options.weight_bits.map(|bits| Ok::<_, LabError>((bits, integers(&network, bits)?))).transpose()?;
    let (images, labels) = images(options)?;
    let (n, threads, order) = (images.len(), options.threads.max(1), options.order.order());
    let (done, total) = (AtomicU64::new(0), n as u64 * (1 + u64::from(rounded.is_some())));
    let tick = || progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
    let results = spread(n, threads, |i| {
        let result = float_image(&network, &images[i], order);
        tick();
        result
    });
    let right = |result: &ImageResult, label: &u8| result.class() == *label;
    let right_float = results.iter().zip(&labels).filter(|(r, l)| right(r, l)).count();
    let accuracy_float = right_float as f64 / n as f64;
    let integer = rounded.map(|(weight_bits, net)| {
        let all = spread(n, threads, |i| {
            let result = integer_image(&net, &images[i], order);
            tick();
            result
        });
        let accuracy = all.iter().zip(&labels).filter(|((r, _, _), l)| right(r, l)).count() as f64 / n as f64;
        IntegerFigure {
            weight_bits,
            accuracy,
            points_to_float: (accuracy - accuracy_float) * 100.0,
            spikes_per_image: all.iter().map(|(r, _, _)| r.spikes.iter().sum::<u64>()).sum::<u64>() as f64 / n as f64,
            range_used: all.iter().map(|(_, peak, _)| *peak).max().unwrap_or(0) as f64 / super::integer::WORD_MAX as f64,
            clipped: all.iter().map(|(_, _, clipped)| clipped).sum(),
        }
    });
    let spikes = [0, 1, 2, 3].map(|k| results.iter().map(|r| r.spikes[k]).sum::<u64>() as f64 / n as f64);
    let (cost, accumulates) = cost(&spikes);
    Ok(SmnistReport {
        accuracy_float,
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
        integer,
        cost,
        seconds: start.elapsed().as_secs_f64(),
        threads,
    })
}

impl SmnistReport {
    /// The line of `lab all`.
    pub fn row(&self) -> Row {
        Row {
            system: "srnn-smnist".into(),
            figure: "images right".into(),
            value: self.accuracy_float * 100.0,
            published: Some(self.published * 100.0),
            unit: "%".into(),
            samples: self.images as u64,
            chip: false,
            operations: Some(self.accumulates_per_image),
            energy_uj: self.cost.networks.first().map(|c| c.energy_nj[0] * 1e-3),
            energy_by: "arithmetic at 3.1/0.1 pJ".into(),
            seconds: self.seconds,
        }
    }
}

impl fmt::Display for SmnistReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "srnn-smnist: 8 pixels, 64 and 256 recurrent, 256, 10 neurons, all adaptive; 784 steps an image, from rest")?;
        if let Some(seed) = self.permuted {
            writeln!(f, "pixels permuted by seed {seed}; the weights were trained on the usual order, so expect chance")?;
        }
        match self.order {
            LayerOrder::SameStep => writeln!(f, "layers see each other within a step, as trained")?,
            LayerOrder::Pipelined => writeln!(f, "layers see each other a step later and wait for their first input: a pipeline")?,
            LayerOrder::Late => writeln!(f, "layers see each other a step later and do not wait")?,
        }
        let (n, percent) = (self.images, self.accuracy_float * 100.0);
        writeln!(f, "accuracy, floats     {percent:.2} %  ({} of {n} images; published {:.2} %)", self.right, self.published * 100.0)?;
        if let Some(i) = &self.integer {
            let (bits, percent, points) = (i.weight_bits, i.accuracy * 100.0, i.points_to_float);
            writeln!(
                f,
                "accuracy, integers   {percent:.2} %  ({points:+.2} points; {bits}-bit weights, 24-bit state, 12-bit decays, off chip)"
            )?;
            let (spikes, range) = (i.spikes_per_image, i.range_used * 100.0);
            writeln!(
                f,
                "                     {spikes:.0} spikes an image; {range:.0} % of the range of u used, {} sums clipped",
                i.clipped
            )?;
        }
        let [r1, r2, d1, o] = self.rates;
        writeln!(f, "spikes a neuron, step r1 {r1:.4}, r2 {r2:.4}, d1 {d1:.4}, output {o:.3}")?;
        let (all, hidden, published) = (self.spikes_per_image, self.hidden_spikes_per_image, self.published_spikes);
        writeln!(f, "spikes an image      {all:.0}, {hidden:.0} without the outputs (published {published:.0})")?;
        writeln!(
            f,
            "synaptic operations  {:.0} an image, and {:.0} products of pixels",
            self.accumulates_per_image, self.input_macs_per_image
        )?;
        write!(f, "{}", self.cost)?;
        write!(f, "{:.1} s on {} thread(s)", self.seconds, self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_and_lags_count_every_step_once() {
        assert_eq!([window(0), window(775), window(776), window(783)], [0, 775, 776, 776]);
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
