//! Inference of the float-trained MNIST network on the chip, which has no norm.
//!
//! What the norm takes
//! off, its mean, goes into the next layer's weights, exactly. What it divides by is left out: with
//! rectifiers that scales all outputs of an image alike, and the class stays, if the biases of the
//! next layer are scaled too. So a bias becomes a weight from every unit: b times a linear estimate
//! of the norm's scale from the layer's outputs, fitted to some training images.

use super::learner::program;
use super::network::{CountNetwork, HIDDEN, READOUT, SUM};
use crate::eprop::chip::WEIGHT_MAX;
use crate::ib::float::Mlp;
use crate::ib::float::mlp::Activity;
use seamount_chip::{Chip, Observations, SpikeTrain, run_batch};
use seamount_image::ImageRegister;
use seamount_network::netlist::{Netlist, SignMode, Values};
use seamount_session::decode::{accuracy, first_largest};
use seamount_session::{Failure, PerInference};
use seamount_spec::EventCounts;
use seamount_study::Progress;
use seamount_study::data::Mnist;
use seamount_study::trials::Trials;
use serde::Serialize;

/// Most spikes of a value: three layers of them fit into the 63 steps of a learning epoch.
const COUNTS: u32 = 19;
/// Share of a hidden layer's outputs that fit into the most spikes.
const FIT: f64 = 0.999;
/// Ridge of the estimate of a norm's scale, part of the mean square of an output times images.
const RIDGE: f64 = 0.01;

/// Accuracy and costs of the images on the chip.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct MnistChip {
    /// Share of the test images that are right.
    pub accuracy: f64,
    /// Images whose class is that of the floats.
    pub as_floats: usize,
    /// Cores in use.
    pub cores: usize,
    /// Steps of an image.
    pub steps: u32,
    /// Most spikes of a value.
    pub counts: u32,
    /// Counts and energy of an image.
    pub per_inference: PerInference,
}

/// Outputs of hidden layers for some images.
struct HiddenOutputs {
    /// Outputs before the norm, `[layer][image][unit]`.
    outputs: Vec<Vec<Vec<f64>>>,
    /// Scale that the norm divides by, `[layer][image]`.
    scales: Vec<Vec<f64>>,
}

fn look(net: &Mlp, images: &[Vec<f64>]) -> HiddenOutputs {
    let hidden = net.layers() - 1;
    let mut seen = HiddenOutputs {
        outputs: vec![vec![]; hidden],
        scales: vec![vec![]; hidden],
    };
    let mut activity = Activity::default();
    for image in images {
        net.forward(image, &mut activity);
        for (layer, z) in activity.leaving[..hidden].iter().enumerate() {
            let mean = z.iter().sum::<f64>() / z.len() as f64;
            seen.scales[layer].push(
                (z.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / z.len() as f64).sqrt(),
            );
            seen.outputs[layer].push(z.clone());
        }
    }
    seen
}

impl HiddenOutputs {
    /// The output of a layer that few exceed, every earlier norm left out.
    fn most(&self, layer: usize) -> f64 {
        let scale = |image: usize| {
            self.scales[..layer]
                .iter()
                .map(|s| s[image])
                .product::<f64>()
        };
        let outputs = self.outputs[layer].iter().enumerate();
        let mut all: Vec<f64> = outputs
            .flat_map(|(image, z)| z.iter().map(move |v| v * scale(image)))
            .collect();
        all.sort_by(f64::total_cmp);
        let at = (all.len() as f64 * FIT) as usize;
        all.get(at).or(all.last()).copied().unwrap_or(1.0).max(1e-6)
    }

    /// Coefficients a with sum of a z near what the norm of a layer divides by: least squares with
    /// a ridge, by conjugate gradients.
    fn estimate(&self, layer: usize) -> Vec<f64> {
        let z = &self.outputs[layer];
        let wanted = &self.scales[layer];
        let units = z.first().map_or(0, Vec::len);
        let ridge = RIDGE * z.iter().flatten().map(|v| v * v).sum::<f64>() / units.max(1) as f64;
        // (Z' Z + ridge) x
        let apply = |x: &[f64]| {
            let mut out: Vec<f64> = x.iter().map(|v| v * ridge).collect();
            z.iter().for_each(|row| {
                let dot = dot(row, x);
                out.iter_mut().zip(row).for_each(|(o, v)| *o += dot * v);
            });
            out
        };
        let mut residue = vec![0.0; units];
        z.iter()
            .zip(wanted)
            .for_each(|(row, w)| residue.iter_mut().zip(row).for_each(|(r, v)| *r += w * v));
        let mut found = vec![0.0; units];
        let mut direction = residue.clone();
        let mut square = dot(&residue, &residue);
        for _ in 0..2 * units {
            let moved = apply(&direction);
            let length = square / dot(&direction, &moved).max(f64::MIN_POSITIVE);
            found
                .iter_mut()
                .zip(&direction)
                .for_each(|(f, d)| *f += length * d);
            residue
                .iter_mut()
                .zip(&moved)
                .for_each(|(r, m)| *r -= length * m);
            let next = dot(&residue, &residue);
            if next < 1e-18 * square.max(1.0) {
                break;
            }
            direction
                .iter_mut()
                .zip(&residue)
                .for_each(|(d, r)| *d = r + next / square * *d);
            square = next;
        }
        found
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Weights `[source][unit]` of a layer with the norm before it in them, and the biases that are
/// left.
fn folded(net: &Mlp, seen: &HiddenOutputs, layer: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    let w = &net.weights[layer];
    let biases = &net.biases[layer];
    let mut rows: Vec<Vec<f64>> = (0..w.rows()).map(|r| w.row(r).to_vec()).collect();
    if layer == 0 {
        return (rows, biases.clone());
    }
    let mean = |c: usize| (0..w.rows()).map(|r| w.at(r, c)).sum::<f64>() / w.rows() as f64;
    let means: Vec<f64> = (0..w.cols()).map(mean).collect();
    for (row, a) in rows.iter_mut().zip(seen.estimate(layer - 1)) {
        row.iter_mut()
            .zip(&means)
            .zip(biases)
            .for_each(|((w, mean), bias)| *w += a * bias - mean);
    }
    (rows, vec![0.0; biases.len()])
}

/// The network; `images` say how large its values are.
fn netlist(net: &Mlp, images: &[Vec<f64>], network: &CountNetwork) -> Netlist {
    let seen = look(net, images);
    let mut out = Netlist::new("ib-hebbian mnist");
    out.input("in", network.sizes[0] as u32);
    out.program("ib_hidden", HIDDEN)
        .program("ib_readout", READOUT);
    // spikes of 1.0 in what enters a layer
    let mut entering = f64::from(network.counts);
    for layer in 0..network.layers() {
        let (rows, biases) = folded(net, &seen, layer);
        let units = WEIGHT_MAX
            / rows
                .iter()
                .flatten()
                .fold(1e-12, |most: f64, w| most.max(w.abs()));
        let even = |w: &f64| ((w * units / 2.0).round() * 2.0) as i32;
        let dense: Vec<Vec<i32>> = rows
            .iter()
            .map(|row| row.iter().map(even).collect())
            .collect();
        let of_one = units * entering;
        let (population, half) = if layer + 1 == network.layers() {
            (network.readout(of_one as i32), 0)
        } else {
            let spikes = f64::from(network.counts) / seen.most(layer);
            let threshold = (of_one / spikes).round().max(1.0) as i32;
            entering = spikes;
            (network.hidden(layer, threshold), threshold / 2)
        };
        // half a threshold at the start: values are rounded, not cut
        let start: Vec<i32> = biases
            .iter()
            .map(|b| (b * of_one).round() as i32 + half)
            .collect();
        out.add(population.initial("v", Values::Each(start.into())));
        let source = layer
            .checked_sub(1)
            .map_or("in".into(), |before| network.name(before));
        out.connect(&source, &network.name(layer))
            .dense(dense)
            .format(SignMode::Mixed, 8);
    }
    out
}

/// Images for the chip, and the network that they are shown to.
pub(in crate::ib) struct Inference<'a> {
    /// The float network.
    pub net: &'a Mlp,
    /// Some training images, which say how large values are.
    pub calibration: &'a [Vec<f64>],
    /// Images to run.
    pub test: &'a Mnist,
    /// Classes of those images in floats.
    pub floats: &'a [u8],
}

impl Inference<'_> {
    /// Runs every image from rest.
    ///
    /// # Errors
    /// If the network does not compile: our own mistake.
    pub fn run(&self, threads: usize, progress: Progress) -> Result<MnistChip, Failure> {
        let first = self.net.weights[0].rows();
        let layers = self.net.weights.iter().map(|w| w.cols());
        let network = CountNetwork {
            sizes: std::iter::once(first).chain(layers).collect(),
            counts: COUNTS,
            one: COUNTS,
            full: 1.0,
            pulse_shift: 0,
            gain: 0.0,
        };
        let program = program(&netlist(self.net, self.calibration, &network))?;
        let images = self.test.labels.len();
        let trials = Trials::new(images, threads, progress);
        let train = |i: usize| SpikeTrain::new(&program, self.spikes(i)).unwrap_or_default();
        let finish = |_: usize, chip: &Chip, seen: &Observations| {
            let sums = chip
                .read("out", 0, ImageRegister::State(SUM))
                .unwrap_or_default();
            trials.finish_one();
            (first_largest(&sums) as u8, seen.total())
        };
        // the step in which synapses would learn is not needed
        let steps = network.steps() - 1;
        let results = run_batch(&program, images, steps.into(), threads, train, finish);
        let mut total = EventCounts::default();
        results.iter().for_each(|(_, counts)| total += *counts);
        let classes: Vec<u8> = results.iter().map(|(class, _)| *class).collect();
        let as_floats = classes.iter().zip(self.floats).filter(|(a, b)| a == b);
        Ok(MnistChip {
            accuracy: accuracy(&classes, &self.test.labels),
            as_floats: as_floats.count(),
            cores: program.cores.len(),
            steps,
            counts: COUNTS,
            per_inference: PerInference::new(&total, images.max(1) as u64),
        })
    }

    /// Step and source of each spike of an image: a pixel fires from step 0 on, as often as its
    /// value says.
    fn spikes(&self, image: usize) -> Vec<(u64, u32)> {
        let mut spikes = vec![];
        for (pixel, source) in self.test.image(image).iter().zip(0u32..) {
            let count = (u32::from(*pixel) * COUNTS + 127) / 255;
            spikes.extend((0..count).map(|k| (u64::from(k), source)));
        }
        spikes
    }
}
