//! Inference of the float-trained MNIST network on the chip. The norm after a hidden layer is taken
//! apart: its mean goes into the next layer's weights, exactly; its scale becomes a constant, the mean
//! over training images, which it is not for every image.

use super::learner::{largest, program};
use super::network::{Form, HIDDEN, READOUT, SUM, WEIGHT_MAX};
use crate::data::Mnist;
use crate::measure::PerInference;
use crate::{LabError, Progress};
use seamount_chip::{Chip, Observations, SpikeTrain, run_batch};
use seamount_image::Register;
use seamount_network::netlist::{Netlist, SignMode, Values};
use seamount_reference::bottleneck::Mlp;
use seamount_reference::bottleneck::mlp::Activity;
use seamount_spec::EventCounts;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most spikes of a value: three layers of them fit into the 63 steps of a learning epoch.
const COUNTS: u32 = 19;
/// Share of a hidden layer's outputs that fit into the most spikes.
const FIT: f64 = 0.999;

/// What the chip did.
#[derive(Debug, Clone, Serialize)]
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

/// Of a hidden layer over some images: mean scale of the norm, and the output that few exceed.
fn scales(net: &Mlp, images: &[Vec<f64>], layer: usize) -> (f64, f64) {
    let (mut activity, mut sum, mut outputs) = (Activity::default(), 0.0, vec![]);
    for image in images {
        net.forward(image, &mut activity);
        let z = &activity.leaving[layer];
        let mean = z.iter().sum::<f64>() / z.len() as f64;
        sum += (z.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / z.len() as f64).sqrt();
        outputs.extend_from_slice(z);
    }
    outputs.sort_by(f64::total_cmp);
    let at = (outputs.len() as f64 * FIT) as usize;
    (sum / images.len().max(1) as f64, outputs.get(at).or(outputs.last()).copied().unwrap_or(1.0).max(1e-6))
}

/// The network; `images` say how large its values are.
fn netlist(net: &Mlp, images: &[Vec<f64>], form: &Form) -> Netlist {
    let mut out = Netlist::new("ib-hebbian mnist");
    out.input("in", form.sizes[0] as u32);
    out.program("ib_hidden", HIDDEN).program("ib_readout", READOUT);
    // spikes of 1.0 in what enters a layer, its norm's scale included
    let mut entering = f64::from(form.counts);
    for layer in 0..form.layers() {
        let w = &net.weights[layer];
        let mean = |c: usize| if layer == 0 { 0.0 } else { (0..w.rows()).map(|r| w.at(r, c)).sum::<f64>() / w.rows() as f64 };
        let means: Vec<f64> = (0..w.cols()).map(mean).collect();
        let weight = |r: usize, c: usize| w.at(r, c) - means[c];
        let largest = (0..w.rows()).flat_map(|r| (0..w.cols()).map(move |c| (r, c))).map(|(r, c)| weight(r, c).abs()).fold(1e-12, f64::max);
        let units = WEIGHT_MAX / largest;
        let even = |r: usize, c: usize| ((weight(r, c) * units / 2.0).round() * 2.0) as i32;
        let dense: Vec<Vec<i32>> = (0..w.rows()).map(|r| (0..w.cols()).map(|c| even(r, c)).collect()).collect();
        let of_one = units * entering;
        let biases: Vec<i32> = net.biases[layer].iter().map(|b| (b * of_one).round() as i32).collect();
        let population = if layer + 1 == form.layers() {
            form.readout(of_one as i32)
        } else {
            let (scale, most) = scales(net, images, layer);
            let spikes = f64::from(form.counts) / most;
            entering = spikes * scale;
            form.hidden(layer, (of_one / spikes).round().max(1.0) as i32)
        };
        out.add(population.initial("v", Values::Each(biases.into())));
        let source = layer.checked_sub(1).map_or("in".into(), |before| form.name(before));
        out.connect(&source, &form.name(layer)).dense(dense).format(SignMode::Mixed, 8);
    }
    out
}

/// Runs images; `floats` are the classes of the float network, `calibration` some training images.
///
/// # Errors
/// If the network does not compile: our own mistake.
pub fn infer(
    net: &Mlp,
    calibration: &[Vec<f64>],
    test: &Mnist,
    floats: &[u8],
    threads: usize,
    progress: Progress,
) -> Result<MnistChip, LabError> {
    let sizes = std::iter::once(net.weights[0].rows()).chain(net.weights.iter().map(|w| w.cols())).collect();
    let form = Form { sizes, counts: COUNTS, one: COUNTS, full: 1.0, pulse_shift: 0, gain: 0.0 };
    let program = program(&netlist(net, calibration, &form))?;
    let spikes = |pixel: u8| (u32::from(pixel) * COUNTS + 127) / 255;
    let train = |i: usize| {
        let pixels = test.image(i).iter().zip(0u32..);
        let events = pixels.flat_map(|(pixel, source)| (0..spikes(*pixel)).map(move |k| (u64::from(k), source))).collect();
        SpikeTrain::new(&program, events).unwrap_or_default()
    };
    let (images, done) = (test.labels.len(), AtomicU64::new(0));
    let finish = |_: usize, chip: &Chip, seen: &Observations| {
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, images as u64);
        (largest(&chip.read("out", 0, Register::State(SUM)).unwrap_or_default()) as u8, seen.total())
    };
    // the step in which synapses would learn is not needed
    let steps = form.steps() - 1;
    let results = run_batch(&program, images, steps.into(), threads, train, finish);
    let mut total = EventCounts::default();
    results.iter().for_each(|r| total += r.1);
    let equal = |others: &[u8]| results.iter().zip(others).filter(|(r, other)| r.0 == **other).count();
    Ok(MnistChip {
        accuracy: equal(&test.labels) as f64 / images.max(1) as f64,
        as_floats: equal(floats),
        cores: program.cores.len(),
        steps,
        counts: COUNTS,
        per_inference: PerInference::new(&total, images.max(1) as u64),
    })
}
