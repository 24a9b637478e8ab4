//! MNIST 784-128-64-10: training with checkpoints, or inference from weights that were written.

use super::chip::{self, MnistChip};
use super::stored::{self, Checkpoint};
use super::{Silent, XiForm};
use crate::ib::float::mlp::Activity;
use crate::ib::float::optimise::AdamW;
use crate::ib::float::train::{Modulator, one_hot};
use crate::ib::float::{Bottleneck, Mlp, Trainer};
use seamount_reference::Draws;
use seamount_study::data::Mnist;
use seamount_study::datasets::{Datasets, MNIST};
use seamount_study::row::Row;
use seamount_study::spread::spread;
use seamount_study::{LabError, Progress, text};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone)]
pub struct MnistOptions {
    /// Folder of all data; the usual places if absent, see [`seamount_study::datasets`].
    pub data: Option<PathBuf>,
    /// Folder of MNIST, if it is not in that folder.
    pub mnist: Option<PathBuf>,
    /// Train for so many epochs; else test the weights of a file, or those that are shipped.
    pub epochs: Option<usize>,
    /// A network in the small form, to be tested.
    pub weights: Option<PathBuf>,
    /// Images to test instead of the MNIST test images.
    pub samples: Option<Mnist>,
    /// Which formula.
    pub form: XiForm,
    /// Seed of the weights.
    pub seed: u64,
    /// Where checkpoints go, one after each epoch.
    pub checkpoint: Option<PathBuf>,
    /// Go on from that checkpoint.
    pub resume: bool,
    /// Leave the hidden layers as drawn and train only the last.
    pub frozen: bool,
    /// Threads that share the test images.
    pub threads: usize,
}

impl Default for MnistOptions {
    fn default() -> Self {
        MnistOptions {
            data: None,
            mnist: None,
            epochs: None,
            weights: None,
            samples: None,
            form: XiForm::Gradient,
            seed: 1,
            checkpoint: None,
            resume: false,
            frozen: false,
            threads: 1,
        }
    }
}

/// Layers.
pub const SIZES: [usize; 4] = [784, 128, 64, 10];
const WINDOW: usize = 8;
const RULE: ([f64; 3], f64) = ([0.5, 0.1, 1.0], 2.0);
/// The optimiser; its rate falls to 0 along half a cosine.
pub const OPTIMISER: AdamW = AdamW {
    rate: 1e-3,
    decay: 1e-4,
};
/// Training images that say how large values are on the chip.
const CALIBRATION: usize = 500;
/// The network trained by `--train 25`, in the small form; see `fixtures/ib-mnist/ORIGIN.md`.
const SHIPPED: &[u8] = include_bytes!("../../../../fixtures/ib-mnist/weights.npz");
const SHIPPED_NAME: &str = "fixtures/ib-mnist/weights.npz";
/// Read off the figures of the authors' notebooks, a point more or less; 60,000 training images.
const PUBLISHED: f64 = 0.915;
/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct MnistReport {
    /// Share of the test images that are right.
    pub accuracy_float: f64,
    /// Share of the test images that are right on the chip.
    pub accuracy: f64,
    /// Number of them.
    pub right: usize,
    /// The published one.
    pub published: f64,
    /// Test images.
    pub images: usize,
    /// Class of each.
    pub predictions: Vec<u8>,
    /// Where the weights are from.
    pub weights: String,
    /// Epochs trained in all, if it was trained here.
    pub epochs: Option<usize>,
    /// Test accuracy after each epoch.
    pub accuracy_by_epoch: Vec<f64>,
    /// Multiply-accumulates of an image with non-zero input, mean.
    pub macs_per_image: f64,
    /// On the chip.
    pub chip: MnistChip,
    /// Wall clock, seconds.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
}

fn samples(mnist: &Mnist) -> Vec<Vec<f64>> {
    (0..mnist.labels.len())
        .map(|i| {
            mnist
                .image(i)
                .iter()
                .map(|p| f64::from(*p) / 255.0)
                .collect()
        })
        .collect()
}

/// Classes of samples, and multiply-accumulates with non-zero input.
fn classes(net: &Mlp, samples: &[Vec<f64>], threads: usize) -> Vec<(u8, u64)> {
    const CHUNK: usize = 100;
    let chunk = |at: usize| {
        let mut activity = Activity::default();
        let mut one = |sample: &Vec<f64>| {
            let class = net.class(sample, &mut activity) as u8;
            let macs = |(k, x): (usize, &Vec<f64>)| {
                x.iter().filter(|v| **v != 0.0).count() as u64 * net.weights[k].cols() as u64
            };
            (
                class,
                activity.entering.iter().enumerate().map(macs).sum::<u64>(),
            )
        };
        samples[at * CHUNK..]
            .iter()
            .take(CHUNK)
            .map(&mut one)
            .collect::<Vec<_>>()
    };
    spread(samples.len().div_ceil(CHUNK), threads, chunk)
        .into_iter()
        .flatten()
        .collect()
}

fn accuracy(seen: &[(u8, u64)], labels: &[u8]) -> (usize, f64) {
    let right = seen
        .iter()
        .zip(labels)
        .filter(|((class, _), label)| class == *label)
        .count();
    (right, right as f64 / labels.len().max(1) as f64)
}

/// The training images.
struct Training {
    images: Vec<Vec<f64>>,
    labels: Vec<usize>,
    hot: Vec<Vec<f64>>,
    rule: Bottleneck,
}

impl Training {
    fn new(folder: &Path, form: XiForm) -> Result<Training, LabError> {
        let mnist = Mnist::training_set(folder)?;
        let (images, labels): (_, Vec<usize>) = (
            samples(&mnist),
            mnist.labels.iter().map(|l| usize::from(*l)).collect(),
        );
        if let Some(at) = labels
            .iter()
            .position(|l| *l > 9)
            .or((images.len() < WINDOW).then_some(0))
        {
            return Err(LabError::Option(format!(
                "training image {at}: labels are 0..=9, and there are at least {WINDOW} images"
            )));
        }
        let (rule, hot) = (
            Bottleneck {
                gamma: RULE.1,
                sigma: RULE.0,
                form: form.form(),
            },
            one_hot(&labels, 10),
        );
        Ok(Training {
            images,
            labels,
            hot,
            rule,
        })
    }

    /// Updates of an epoch.
    fn updates(&self) -> usize {
        self.images.len() - WINDOW + 1
    }

    /// One epoch in an order of its own: windows slide by one image.
    fn epoch(
        &self,
        trainer: &mut Trainer,
        (seed, epoch): (u64, usize),
        modulator: &mut dyn Modulator,
        tick: &mut dyn FnMut(),
    ) {
        let mut order: Vec<usize> = (0..self.images.len()).collect();
        Draws::new(seed, 0x6f72_6465_7200 + epoch as u64).shuffle(&mut order);
        for own in order.windows(WINDOW) {
            let samples: Vec<&[f64]> = own.iter().map(|i| &self.images[*i][..]).collect();
            let hot: Vec<&[f64]> = own.iter().map(|i| &self.hot[*i][..]).collect();
            let labels: Vec<usize> = own.iter().map(|i| self.labels[*i]).collect();
            trainer.step(
                &samples,
                &labels,
                &self.rule.window(&samples, &hot),
                modulator,
            );
            tick();
        }
    }
}

struct Data {
    folder: PathBuf,
    test: Mnist,
}

fn find(options: &MnistOptions) -> Result<Data, LabError> {
    let places = Datasets::new(options.data.as_deref());
    let folder = places.find_in(options.mnist.as_deref(), MNIST)?;
    let test = match &options.samples {
        Some(samples) => samples.clone(),
        None => Mnist::test_set(&folder)?,
    };
    Ok(Data { test, folder })
}

/// The training as it was left, or a new one.
fn begin(options: &MnistOptions) -> Result<Checkpoint, LabError> {
    match &options.checkpoint {
        Some(path) if options.resume => {
            let checkpoint = stored::read_checkpoint(path, &SIZES, OPTIMISER)?;
            if checkpoint.seed != options.seed {
                let (theirs, ours) = (checkpoint.seed, options.seed);
                return Err(LabError::Option(format!(
                    "--resume: the checkpoint is of seed {theirs}, --seed is {ours}"
                )));
            }
            Ok(checkpoint)
        }
        None if options.resume => Err(LabError::Option(
            "--resume needs --checkpoint FILE.npz".into(),
        )),
        _ => {
            let trainer = Trainer::new(Mlp::random(&SIZES, options.seed), OPTIMISER);
            Ok(Checkpoint {
                trainer,
                epochs: 0,
                seed: options.seed,
                accuracy: vec![],
            })
        }
    }
}

fn train(
    options: &MnistOptions,
    data: &Data,
    epochs: usize,
    progress: Progress,
) -> Result<Checkpoint, LabError> {
    let mut checkpoint = begin(options)?;
    let (training, test) = (
        Training::new(&data.folder, options.form)?,
        samples(&data.test),
    );
    let steps = training.updates() as u64;
    let (mut done, total) = (checkpoint.epochs as u64 * steps, epochs as u64 * steps);
    let (mut exact, mut silent) = (training.rule, Silent);
    while checkpoint.epochs < epochs {
        let modulator: &mut dyn Modulator = if options.frozen {
            &mut silent
        } else {
            &mut exact
        };
        let part = checkpoint.epochs as f64 / epochs as f64;
        checkpoint.trainer.optimiser.rate =
            OPTIMISER.rate * 0.5 * (1.0 + (std::f64::consts::PI * part).cos());
        training.epoch(
            &mut checkpoint.trainer,
            (options.seed, checkpoint.epochs),
            modulator,
            &mut || {
                done += 1;
                progress(done, total);
            },
        );
        checkpoint.epochs += 1;
        checkpoint.accuracy.push(
            accuracy(
                &classes(&checkpoint.trainer.net, &test, options.threads),
                &data.test.labels,
            )
            .1,
        );
        if let Some(path) = &options.checkpoint {
            stored::write_checkpoint(path, &checkpoint)?;
        }
    }
    Ok(checkpoint)
}

/// Trains if asked to, then tests.
pub fn run(options: &MnistOptions, progress: Progress) -> Result<(MnistReport, Mlp), LabError> {
    let start = Instant::now();
    let data = find(options)?;
    let trained = options
        .epochs
        .map(|epochs| train(options, &data, epochs, progress))
        .transpose()?;
    let (net, weights, epochs, curve) = match trained {
        Some(c) => {
            let what = if options.frozen {
                "trained here, only the last layer"
            } else {
                "trained here"
            };
            (c.trainer.net, what.to_string(), Some(c.epochs), c.accuracy)
        }
        None => {
            let path = options.weights.as_deref();
            let bytes = path.map_or_else(|| Ok(SHIPPED.to_vec()), text::bytes)?;
            let path = path.unwrap_or(Path::new(SHIPPED_NAME));
            (
                stored::grow(&bytes, path, &SIZES)?,
                path.display().to_string(),
                None,
                vec![],
            )
        }
    };
    let seen = classes(&net, &samples(&data.test), options.threads.max(1));
    let (right, accuracy_float) = accuracy(&seen, &data.test.labels);
    let predictions: Vec<u8> = seen.iter().map(|(class, _)| *class).collect();
    let mut training = samples(&Mnist::training_set(&data.folder)?);
    training.truncate(CALIBRATION);
    let chip = chip::infer(
        &net,
        &training,
        &data.test,
        &predictions,
        options.threads.max(1),
        progress,
    )?;
    let report = MnistReport {
        accuracy_float,
        accuracy: chip.accuracy,
        right,
        published: PUBLISHED,
        images: seen.len(),
        predictions,
        weights,
        epochs,
        accuracy_by_epoch: curve,
        chip,
        macs_per_image: seen.iter().map(|(_, macs)| *macs).sum::<u64>() as f64
            / seen.len().max(1) as f64,
        seconds: start.elapsed().as_secs_f64(),
        threads: options.threads.max(1),
    };
    Ok((report, net))
}

impl MnistReport {
    /// The line of `lab all`.
    pub fn row(&self) -> Row {
        let energy = self.chip.per_inference.energy().next();
        Row {
            system: "ib-hebbian --task mnist".into(),
            figure: format!("images right (floats {:.2} %)", self.accuracy_float * 100.0),
            value: self.accuracy * 100.0,
            published: Some(self.published * 100.0),
            unit: "%".into(),
            samples: self.images as u64,
            chip: true,
            operations: Some(self.chip.per_inference.synaptic_operations()),
            energy_uj: energy.as_ref().and_then(|e| e.dynamic_uj),
            energy_by: energy.map_or(String::new(), |e| format!("profile {}", e.profile)),
            seconds: self.seconds,
        }
    }
}

impl fmt::Display for MnistReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "ib-hebbian, mnist: 784-128-64-10 in floats, xi exactly, over {WINDOW} samples"
        )?;
        writeln!(f, "weights   {}", self.weights)?;
        for (k, a) in self.accuracy_by_epoch.iter().enumerate() {
            writeln!(f, "  epoch {:>2}: {:.2} %", k + 1, a * 100.0)?;
        }
        let (percent, published) = (self.accuracy_float * 100.0, self.published * 100.0);
        writeln!(
            f,
            "accuracy  {percent:.2} %  ({} of {} images; published: about {published:.1} %)",
            self.right, self.images
        )?;
        writeln!(
            f,
            "products  {:.0} an image, of non-zero inputs",
            self.macs_per_image
        )?;
        let c = &self.chip;
        writeln!(
            f,
            "on the chip: {:.2} %, {} classes as in floats",
            c.accuracy * 100.0,
            c.as_floats
        )?;
        writeln!(
            f,
            "  {} cores, {} steps an image, values of up to {} spikes",
            c.cores, c.steps, c.counts
        )?;
        writeln!(f, "{}", c.per_inference)?;
        write!(f, "{:.1} s on {} thread(s)", self.seconds, self.threads)
    }
}
