//! `netx-mnist`: Lava-DL's tutorial network 784-128-64-10 on the MNIST test images, beside the same
//! integers in f64.
//!
//! As the tutorial has it: an encoder per pixel adds x = pixel / 255 in each of 32 steps, fires when
//! the sum is above 1 and begins again at 0; the class is the output that fires most (the first of
//! equals). Each layer takes a step, so the chip runs 3 steps longer.

use super::perceptron::Perceptron;
use super::{folder, network};
use seamount_chip::{Chip, ChipProgram, Observations, RunOptions, SpikeTrain, run_batch};
use seamount_network::netlist::{Netlist, Register};
use seamount_spec::EventCounts;
use seamount_study::compare::TimeAxis;
use seamount_study::data::{self, Mnist};
use seamount_study::dump::{Dump, of_recordings};
use seamount_study::measure::PerInference;
use seamount_study::{LabError, Progress, build};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct MnistOptions {
    /// Folder of the network, or of all data; default see [`data::data_folder`].
    pub data: Option<PathBuf>,
    /// Folder of MNIST, if it is not beside the network.
    pub mnist: Option<PathBuf>,
    /// The first so many test images; all if absent.
    pub count: Option<usize>,
    /// Threads that share the images.
    pub threads: usize,
    /// Keep every current, voltage and spike of the first image for [`MnistReport::dump`].
    pub dump: bool,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct MnistReport {
    /// Board it was compiled for.
    pub board: String,
    /// Cores in use.
    pub cores: usize,
    /// Steps of an image.
    pub steps_per_image: u64,
    /// Images.
    pub images: usize,
    /// Class of each image.
    pub predictions: Vec<u8>,
    /// Share of predictions that equal the label.
    pub accuracy: f64,
    /// Number of them.
    pub right: usize,
    /// The integers in f64, cut where registers are cut: images with the same class, and with the
    /// same spike count of every output.
    pub rounded: Option<Agreement>,
    /// The integers in f64 without rounding.
    pub unrounded: Option<Agreement>,
    /// Images a second on the chip, wall clock, all threads; the references are not in it.
    pub images_per_second: f64,
    /// Threads used.
    pub threads: usize,
    /// Counts and energy.
    pub per_inference: PerInference,
    /// Every array of every layer for the first image, if asked for.
    #[serde(skip)]
    pub dump: Dump,
}

/// A reference beside the chip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    /// Images with the same class.
    pub classes_equal: usize,
    /// Images with the same spike count of every output.
    pub counts_equal: usize,
    /// Its own accuracy.
    pub accuracy: f64,
}

/// Steps in which the encoder fires.
pub const PRESENTED: u64 = 32;
/// Steps of an image: each of the three layers takes one.
pub const STEPS: u64 = PRESENTED + 3;

/// Input events of an image: the encoder in integers, exactly.
pub fn encode(pixels: &[u8]) -> Vec<(u64, u32)> {
    let mut sums = vec![0u32; pixels.len()];
    let mut events = vec![];
    for step in 0..PRESENTED {
        for (source, (sum, pixel)) in sums.iter_mut().zip(pixels).enumerate() {
            *sum += u32::from(*pixel);
            if *sum > 255 {
                *sum = 0;
                events.push((step, source as u32));
            }
        }
    }
    events
}

/// The first of the largest.
fn class(counts: &[u32]) -> u8 {
    (0..counts.len())
        .rev()
        .max_by_key(|&k| counts[k])
        .unwrap_or(0) as u8
}

fn output_counts(seen: &Observations, probe: &str) -> Vec<u32> {
    let Some(r) = seen.recording(probe) else {
        return vec![];
    };
    let count = |neuron: usize| {
        (0..r.steps.len())
            .map(|row| r.get(row, neuron) as u32)
            .sum()
    };
    (0..r.neurons.len()).map(count).collect()
}

/// Both references on all images, shared among threads.
fn reference(
    netlist: &Netlist,
    round: bool,
    mnist: &Mnist,
    chip: &[Vec<u32>],
    threads: usize,
) -> Option<Agreement> {
    Perceptron::new(netlist, round)?;
    let part = |thread: usize| {
        let mut sum = (0, 0, 0);
        let Some(mut net) = Perceptron::new(netlist, round) else {
            return sum;
        };
        for i in (thread..chip.len()).step_by(threads) {
            let counts = net.counts(&encode(mnist.image(i)), STEPS);
            sum.0 += usize::from(class(&counts) == class(&chip[i]));
            sum.1 += usize::from(counts == chip[i]);
            sum.2 += usize::from(class(&counts) == mnist.labels[i]);
        }
        sum
    };
    let sums: Vec<_> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|t| scope.spawn(move || part(t))).collect();
        handles
            .into_iter()
            .map(|h| h.join().unwrap_or_default())
            .collect()
    });
    let total = sums
        .iter()
        .fold((0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2));
    let accuracy = total.2 as f64 / chip.len() as f64;
    Some(Agreement {
        classes_equal: total.0,
        counts_equal: total.1,
        accuracy,
    })
}

/// Every register of every layer for one image, (neuron, time) as the recordings have flat layers.
fn dump(netlist: &Netlist, image: &[u8]) -> Result<Dump, LabError> {
    let mut net = netlist.clone();
    net.probes.clear();
    let names: Vec<String> = net.populations.iter().map(|p| p.name.clone()).collect();
    let registers = [Register::Spike, Register::Current, Register::Voltage];
    for (name, register) in names.iter().flat_map(|n| registers.map(|r| (n, r))) {
        net.probe(name, register);
    }
    let program = Arc::new(ChipProgram::new(&build(&net, false)?));
    let train =
        SpikeTrain::new(&program, encode(image)).map_err(|e| LabError::Option(e.to_string()))?;
    let seen = Chip::new(program).run(STEPS, &train, &RunOptions::default());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(of_recordings(
        &seen,
        &names,
        Register::Voltage,
        TimeAxis::Last,
    ))
}

fn mnist_folder(options: &MnistOptions, network: &Path) -> Result<PathBuf, LabError> {
    let given = data::data_folder(options.data.as_deref());
    let mut folders: Vec<PathBuf> = options.mnist.clone().into_iter().collect();
    folders.extend([
        given.join("mnist"),
        network.join("../mnist"),
        data::data_folder(None).join("mnist"),
    ]);
    data::find("the MNIST test set", "t10k-images-idx3-ubyte.gz", &folders)
}

/// Builds, compiles and runs the network.
pub fn run(options: &MnistOptions, progress: Progress) -> Result<MnistReport, LabError> {
    let folder = folder(
        options.data.as_deref(),
        "mnist_mlp/trained_mnist_network.net",
    )?;
    let mut netlist = network(&folder.join("mnist_mlp/trained_mnist_network.net"))?.netlist;
    let mnist = Mnist::test_set(&mnist_folder(options, &folder)?)?;
    let images = options.count.unwrap_or(mnist.labels.len());
    if images == 0 || images > mnist.labels.len() {
        return Err(LabError::Option(format!(
            "--count {images}: the test set has {} images",
            mnist.labels.len()
        )));
    }
    let last = netlist
        .populations
        .last()
        .map_or(String::new(), |p| p.name.clone());
    netlist.probe(&last, Register::Spike);
    let (image, probe) = (
        build(&netlist, false)?,
        format!("{last}.{}", Register::Spike.name()),
    );
    let program = Arc::new(ChipProgram::new(&image));
    let train = |i: usize| SpikeTrain::new(&program, encode(mnist.image(i)));
    train(0).map_err(|e| LabError::Option(e.to_string()))?;
    let (done, threads, start) = (AtomicU64::new(0), options.threads.max(1), Instant::now());
    let finish = |_: usize, _: &Chip, seen: &Observations| {
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, images as u64);
        (output_counts(seen, &probe), seen.total())
    };
    let results = run_batch(
        &program,
        images,
        STEPS,
        threads,
        |i| train(i).unwrap_or_default(),
        finish,
    );
    let seconds = start.elapsed().as_secs_f64();
    let mut total = EventCounts::default();
    results.iter().for_each(|r| total += r.1);
    let counts: Vec<Vec<u32>> = results.into_iter().map(|r| r.0).collect();
    let predictions: Vec<u8> = counts.iter().map(|c| class(c)).collect();
    let right = predictions
        .iter()
        .zip(&mnist.labels)
        .filter(|(p, l)| p == l)
        .count();
    Ok(MnistReport {
        board: image.spec().name.clone(),
        cores: image.image().cores.len(),
        steps_per_image: STEPS,
        images,
        accuracy: right as f64 / images as f64,
        right,
        rounded: reference(&netlist, true, &mnist, &counts, threads),
        unrounded: reference(&netlist, false, &mnist, &counts, threads),
        images_per_second: images as f64 / seconds,
        threads,
        per_inference: PerInference::new(&total, images as u64),
        dump: if options.dump {
            dump(&netlist, mnist.image(0))?
        } else {
            vec![]
        },
        predictions,
    })
}

impl fmt::Display for MnistReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.images;
        writeln!(
            f,
            "netx-mnist on board {}: 784 inputs, 128, 64, 10 neurons on {} core(s)",
            self.board, self.cores
        )?;
        writeln!(
            f,
            "accuracy  {:.2} %  ({} of {n} images)",
            self.accuracy * 100.0,
            self.right
        )?;
        for (what, agreement) in [
            ("cut as registers are", self.rounded),
            ("without rounding", self.unrounded),
        ] {
            if let Some(a) = agreement {
                let Agreement {
                    classes_equal,
                    counts_equal,
                    accuracy,
                } = a;
                writeln!(
                    f,
                    "the integers in f64, {what}: {classes_equal} of {n} classes equal, {counts_equal} in every spike count; {:.2} %",
                    accuracy * 100.0
                )?;
            }
        }
        writeln!(f, "{}", self.per_inference)?;
        write!(
            f,
            "{:.1} images/s on {} thread(s), {} steps each",
            self.images_per_second, self.threads, self.steps_per_image
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoder_fires_above_one() {
        // 255 reaches 1 in the first step and passes it in the second
        let steps = |pixel: u8| encode(&[pixel]).iter().map(|e| e.0).collect::<Vec<_>>();
        assert_eq!(steps(255)[..2], [1, 3]);
        assert_eq!(steps(128), (0..16).map(|k| 2 * k + 1).collect::<Vec<_>>());
        assert!(steps(0).is_empty());
        assert_eq!(class(&[1, 3, 3]), 1);
    }
}
