//! Training as published (AdaBelief, 4e-3 exp(-epoch / 100), pixels flipped with probability 0.02),
//! on 10,000 images instead of 60,000, with batches of 100 instead of 1,000 so that about as many
//! steps are taken.

use super::checkpoint::QifCheckpoint;
use super::{BRIGHT, INPUT_TIME, SIZES, net};
use crate::qif::float::train::{Sample, Trainer};
use crate::qif::float::trial::{Setting, Volley};
use seamount_reference::Draws;
use seamount_session::Failure;
use seamount_session::files::Outputs;
use seamount_study::Progress;
use seamount_study::data::Mnist;
use seamount_study::datasets::{Dataset, Datasets};
use serde::Serialize;
use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

/// Files of the training images, without their endings.
pub const IMAGES: &str = "train-0-9999";

/// Length, order and files of a training.
#[derive(Debug, Clone)]
pub struct TrainOptions {
    /// Folder of all data, or of MNIST.
    pub data: Option<PathBuf>,
    /// Passes over the images, those of a checkpoint included.
    pub epochs: u64,
    /// Images of a batch.
    pub batch: u64,
    /// Seed of initial weights, order and flips.
    pub seed: u64,
    /// Only the first so many images.
    pub count: Option<usize>,
    /// Threads that share a batch; results do not depend on it.
    pub threads: usize,
    /// Written after every epoch.
    pub checkpoint: Option<PathBuf>,
    /// Go on from the checkpoint.
    pub resume: bool,
    /// Where the parameters go.
    pub out: PathBuf,
}

/// One epoch.
#[derive(Debug, Clone, Serialize)]
pub struct QifEpoch {
    /// From 1.
    pub epoch: u64,
    /// Mean loss.
    pub loss: f64,
    /// Share of flipped training images whose right output fired first, before each batch's step.
    pub accuracy: f64,
    /// Spikes of a neuron in a trial, outputs included.
    pub spikes_per_neuron: f64,
}

/// Epochs of a training, and where its parameters lie.
#[derive(Debug, Clone, Serialize)]
pub struct TrainReport {
    /// Epochs of this run.
    pub epochs: Vec<QifEpoch>,
    /// Images.
    pub images: usize,
    /// Images of a batch.
    pub batch: u64,
    /// Seed.
    pub seed: u64,
    /// Parameters, for --weights.
    pub out: PathBuf,
    /// Seconds, wall clock.
    pub wall_s: f64,
}

/// Rate of an epoch, from 0.
pub fn rate(epoch: u64) -> f64 {
    4e-3 * (-(epoch as f64) / 100.0).exp()
}

/// Probability that a pixel changes sides.
pub const FLIP: f64 = 0.02;

/// An image as it is learnt in an epoch.
fn sample(mnist: &Mnist, image: usize, seed: u64, epoch: u64) -> Sample {
    let stream = (1 << 32) + epoch * mnist.labels.len() as u64 + image as u64;
    let mut draws = Draws::new(seed, stream);
    let bright = |&(_, p): &(usize, &u8)| (*p >= BRIGHT) ^ draws.chance(FLIP);
    let inputs = mnist
        .image(image)
        .iter()
        .enumerate()
        .filter(bright)
        .map(|(i, _)| i)
        .collect();
    Sample {
        volleys: vec![Volley {
            time: INPUT_TIME,
            inputs,
        }],
        label: usize::from(mnist.labels[image]),
    }
}

/// One pass; calls `step` after every batch.
fn epoch(
    at: &mut QifCheckpoint,
    mnist: &Mnist,
    images: usize,
    threads: usize,
    mut step: impl FnMut(),
) -> Result<QifEpoch, Failure> {
    let mut order: Vec<usize> = (0..images).collect();
    Draws::new(at.seed, 1 + at.epochs).shuffle(&mut order);
    let mut loss = 0.0;
    let mut right = 0;
    let mut spikes = 0;
    for batch in order.chunks(at.batch as usize) {
        let samples: Vec<Sample> = batch
            .iter()
            .map(|&i| sample(mnist, i, at.seed, at.epochs))
            .collect();
        let sum = at
            .trainer
            .learn(&samples, rate(at.epochs), threads)
            .map_err(Failure::call)?;
        loss += sum.loss;
        right += sum.right;
        spikes += sum.spikes;
        step();
    }
    at.epochs += 1;
    let n = images as f64;
    let neurons = at.trainer.setting.wiring.neurons().len() as f64;
    Ok(QifEpoch {
        epoch: at.epochs,
        loss: loss / n,
        accuracy: right as f64 / n,
        spikes_per_neuron: spikes as f64 / n / neurons,
    })
}

fn start(options: &TrainOptions) -> Result<QifCheckpoint, Failure> {
    let fresh = || QifCheckpoint {
        seed: options.seed,
        epochs: 0,
        batch: options.batch,
        trainer: Trainer::new(Setting::published(&SIZES), options.seed),
    };
    match (&options.checkpoint, options.resume) {
        (Some(path), true) => {
            let found = QifCheckpoint::read(path)?;
            if (found.seed, found.batch) != (options.seed, options.batch) {
                let problem = format!(
                    "is of seed {} and batches of {}; give those",
                    found.seed, found.batch
                );
                return Err(seamount_study::text::wrong(path, problem));
            }
            Ok(found)
        }
        (None, true) => Err(Failure::call("--resume needs --checkpoint")),
        (_, false) => Ok(fresh()),
    }
}

/// Trains.
pub fn run(options: &TrainOptions, progress: Progress) -> Result<TrainReport, Failure> {
    let file = format!("{IMAGES}-images-idx3-ubyte.gz");
    let set = Dataset::new("MNIST training images", "mnist", &file);
    let folder = Datasets::new(options.data.as_deref()).find(set)?;
    let mnist = Mnist::read(&folder, IMAGES)?;
    let images = options
        .count
        .unwrap_or(mnist.labels.len())
        .min(mnist.labels.len());
    if images == 0 || options.batch == 0 {
        return Err(Failure::call("at least one image, and one in a batch"));
    }
    let mut at = start(options)?;
    let clock = Instant::now();
    let batches = images.div_ceil(at.batch as usize) as u64;
    let mut done = at.epochs * batches;
    let all = options.epochs * batches;
    progress(done, all);
    let mut epochs = vec![];
    while at.epochs < options.epochs {
        epochs.push(epoch(&mut at, &mnist, images, options.threads, || {
            done += 1;
            progress(done, all);
        })?);
        if let Some(path) = &options.checkpoint {
            at.write(path)?;
        }
    }
    let packed = net::pack(&at.trainer.parameters).map_err(Failure::call)?;
    Outputs::write_one(&options.out, |file| file.write_all(&packed))?;
    let batch = at.batch;
    let seed = at.seed;
    let out = options.out.clone();
    let wall_s = clock.elapsed().as_secs_f64();
    Ok(TrainReport {
        epochs,
        images,
        batch,
        seed,
        out,
        wall_s,
    })
}

impl fmt::Display for TrainReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "784-100-100-10 theta neurons, {} images, batches of {}, seed {}",
            self.images, self.batch, self.seed
        )?;
        writeln!(f, "epoch      loss  accuracy  spikes a neuron")?;
        for e in &self.epochs {
            writeln!(
                f,
                "{:>5}  {:>8.4}  {:>8.4}  {:>15.3}",
                e.epoch, e.loss, e.accuracy, e.spikes_per_neuron
            )?;
        }
        writeln!(
            f,
            "accuracy here: training images with flipped pixels, as they were learnt"
        )?;
        write!(
            f,
            "{:.1} s; parameters in {}: seamount lab qif-mnist --weights FILE",
            self.wall_s,
            self.out.display()
        )
    }
}
