//! MNIST with 784-128-64-10: training in floats with checkpoints, or a network that is there
//! already; then its inference in floats and on the chip.

use super::chip::{self, MnistChip};
use super::float::mlp::Activity;
use super::float::optimise::AdamW;
use super::float::train::{Modulator, Silent, one_hot};
use super::float::{Bottleneck, IbTrainer, Mlp, XiForm};
use super::recipe::IbOptions;
use super::stored::{self, IbCheckpoint};
use seamount_reference::Draws;
use seamount_session::Failure;
use seamount_session::decode::accuracy;
use seamount_study::data::Mnist;
use seamount_study::datasets::{Datasets, MNIST};
use seamount_study::experiment::threads;
use seamount_study::row::Row;
use seamount_study::spread::spread;
use seamount_study::{Progress, text};
use serde::Serialize;
use std::f64::consts::PI;
use std::fmt;
use std::path::Path;
use std::time::Instant;

/// Units of each layer, inputs first.
const SIZES: [usize; 4] = [784, 128, 64, 10];
/// Samples of a window.
const WINDOW: usize = 8;
/// Widths of the kernels of inputs, labels and layers.
const SIGMA: [f64; 3] = [0.5, 0.1, 1.0];
/// Weight of what is to be kept against what is to be forgotten.
const GAMMA: f64 = 2.0;
/// The optimiser; its rate falls to 0 along half a cosine.
const OPTIMISER: AdamW = AdamW {
    rate: 1e-3,
    decay: 1e-4,
};
/// Training images that say how large values are on the chip.
const CALIBRATION: usize = 500;
/// Images that one thread takes at a time.
const CHUNK: usize = 100;
/// The network trained by `--train 25`, in the small form; see `fixtures/ib-mnist/ORIGIN.md`.
const SHIPPED: &[u8] = include_bytes!("../../../../fixtures/ib-mnist/weights.npz");
const SHIPPED_NAME: &str = "fixtures/ib-mnist/weights.npz";
/// Accuracy read off the figures of the authors' notebooks, a point more or less; they train on
/// 60,000 images.
const PUBLISHED: f64 = 0.915;

/// Accuracies on the test images, in floats and on the chip.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct MnistReport {
    /// Share of the test images that are right in floats.
    pub accuracy_float: f64,
    /// Share of the test images that are right on the chip.
    pub accuracy: f64,
    /// Number of test images that are right in floats.
    pub right: usize,
    /// Published accuracy.
    pub published: f64,
    /// Number of test images.
    pub images: usize,
    /// Class of each image in floats.
    pub predictions: Vec<u8>,
    /// Source of the weights: a file, or the training of this run.
    pub weights: String,
    /// Epochs trained in all, if it was trained here.
    pub epochs: Option<usize>,
    /// Test accuracy after each epoch.
    pub accuracy_by_epoch: Vec<f64>,
    /// Mean multiply-accumulates of an image with a non-zero input.
    pub macs_per_image: f64,
    /// Inference on the chip.
    pub chip: MnistChip,
    /// Seconds, wall clock.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
    /// The network.
    #[serde(skip)]
    pub(super) net: Mlp,
}

/// Pixels of every image as 0 to 1.
fn values(mnist: &Mnist) -> Vec<Vec<f64>> {
    let value = |pixel: &u8| f64::from(*pixel) / 255.0;
    (0..mnist.labels.len())
        .map(|i| mnist.image(i).iter().map(value).collect())
        .collect()
}

/// Classes of images, and all multiply-accumulates with a non-zero input.
fn classify(net: &Mlp, images: &[Vec<f64>], threads: usize) -> (Vec<u8>, u64) {
    let parts: Vec<(Vec<u8>, u64)> = spread(images.len().div_ceil(CHUNK), threads, |at| {
        let mut activity = Activity::default();
        let mut classes = vec![];
        let mut macs = 0;
        for image in images[at * CHUNK..].iter().take(CHUNK) {
            classes.push(net.class(image, &mut activity) as u8);
            for (entering, weights) in activity.entering.iter().zip(&net.weights) {
                let nonzero = entering.iter().filter(|v| **v != 0.0).count();
                macs += (nonzero * weights.cols()) as u64;
            }
        }
        (classes, macs)
    });
    let macs = parts.iter().map(|(_, macs)| macs).sum();
    let classes = parts.into_iter().flat_map(|(classes, _)| classes);
    (classes.collect(), macs)
}

/// The training images.
struct Training {
    images: Vec<Vec<f64>>,
    labels: Vec<usize>,
    hot: Vec<Vec<f64>>,
    rule: Bottleneck,
}

impl Training {
    fn new(folder: &Path, form: XiForm) -> Result<Training, Failure> {
        let mnist = Mnist::training_set(folder)?;
        let images = values(&mnist);
        let labels: Vec<usize> = mnist.labels.iter().map(|l| usize::from(*l)).collect();
        let too_few = (images.len() < WINDOW).then_some(0);
        if let Some(at) = labels.iter().position(|l| *l > 9).or(too_few) {
            return Err(Failure::call(format!(
                "training image {at}: labels are 0..=9, and there are at least {WINDOW} images"
            )));
        }
        Ok(Training {
            images,
            hot: one_hot(&labels, 10),
            labels,
            rule: Bottleneck {
                gamma: GAMMA,
                sigma: SIGMA,
                form,
            },
        })
    }

    /// Number of updates of an epoch.
    fn updates(&self) -> usize {
        self.images.len() - WINDOW + 1
    }

    /// One epoch in an order of its own: windows slide by one image.
    fn epoch(
        &self,
        checkpoint: &mut IbCheckpoint,
        modulator: &mut dyn Modulator,
        tick: &mut dyn FnMut(),
    ) {
        let mut order: Vec<usize> = (0..self.images.len()).collect();
        let stream = 0x6f72_6465_7200 + checkpoint.epochs as u64;
        Draws::new(checkpoint.seed, stream).shuffle(&mut order);
        for own in order.windows(WINDOW) {
            let samples: Vec<&[f64]> = own.iter().map(|i| &self.images[*i][..]).collect();
            let hot: Vec<&[f64]> = own.iter().map(|i| &self.hot[*i][..]).collect();
            let labels: Vec<usize> = own.iter().map(|i| self.labels[*i]).collect();
            let window = self.rule.window(&samples, &hot);
            checkpoint
                .trainer
                .step(&samples, &labels, &window, modulator);
            tick();
        }
    }
}

/// The training as it was left, or a new one.
fn begin(options: &IbOptions) -> Result<IbCheckpoint, Failure> {
    let ours = u64::from(options.seed);
    match &options.checkpoint {
        Some(path) if options.resume => {
            let checkpoint = stored::read_checkpoint(path, &SIZES, OPTIMISER)?;
            let theirs = checkpoint.seed;
            if theirs == ours {
                return Ok(checkpoint);
            }
            Err(Failure::call(format!(
                "--resume: the checkpoint is of seed {theirs}, --seed is {ours}"
            )))
        }
        None if options.resume => Err(Failure::call("--resume needs --checkpoint FILE.npz")),
        _ => Ok(IbCheckpoint {
            trainer: IbTrainer::new(Mlp::random(&SIZES, ours), OPTIMISER),
            epochs: 0,
            seed: ours,
            accuracy: vec![],
        }),
    }
}

/// Trains until a number of epochs are done in all; tests and keeps a checkpoint after each.
fn train(
    options: &IbOptions,
    folder: &Path,
    test: &Mnist,
    epochs: usize,
    progress: Progress,
) -> Result<IbCheckpoint, Failure> {
    let mut checkpoint = begin(options)?;
    let training = Training::new(folder, options.form.unwrap_or(XiForm::Gradient))?;
    let images = values(test);
    let steps = training.updates() as u64;
    let total = epochs as u64 * steps;
    let mut done = checkpoint.epochs as u64 * steps;
    let mut tick = || {
        done += 1;
        progress(done, total);
    };
    while checkpoint.epochs < epochs {
        let part = checkpoint.epochs as f64 / epochs as f64;
        checkpoint.trainer.optimiser.rate = OPTIMISER.rate * 0.5 * (1.0 + (PI * part).cos());
        if options.frozen {
            training.epoch(&mut checkpoint, &mut Silent, &mut tick);
        } else {
            training.epoch(&mut checkpoint, &mut { training.rule }, &mut tick);
        }
        checkpoint.epochs += 1;
        let (classes, _) = classify(&checkpoint.trainer.net, &images, threads(options.threads));
        checkpoint.accuracy.push(accuracy(&classes, &test.labels));
        if let Some(path) = &options.checkpoint {
            stored::write_checkpoint(path, &checkpoint)?;
        }
    }
    Ok(checkpoint)
}

/// A network that is ready to be tested.
struct Network {
    net: Mlp,
    source: String,
    epochs: Option<usize>,
    accuracy_by_epoch: Vec<f64>,
}

impl Network {
    fn trained(checkpoint: IbCheckpoint, frozen: bool) -> Network {
        let source = if frozen {
            "trained here, only the last layer"
        } else {
            "trained here"
        };
        Network {
            net: checkpoint.trainer.net,
            source: source.into(),
            epochs: Some(checkpoint.epochs),
            accuracy_by_epoch: checkpoint.accuracy,
        }
    }

    /// Of a file in the small form, or as shipped.
    fn stored(path: Option<&Path>) -> Result<Network, Failure> {
        let bytes = path.map_or_else(|| Ok(SHIPPED.to_vec()), text::bytes)?;
        let source = path.map_or_else(
            || "those that are built in".into(),
            |path| path.display().to_string(),
        );
        let path = path.unwrap_or(Path::new(SHIPPED_NAME));
        Ok(Network {
            net: stored::grow(&bytes, path, &SIZES)?,
            source,
            epochs: None,
            accuracy_by_epoch: vec![],
        })
    }
}

/// Trains if asked to, then tests in floats and on the chip.
///
/// # Errors
/// If data, weights or a checkpoint are missing or wrong.
pub fn run_mnist(options: &IbOptions, progress: Progress) -> Result<MnistReport, Failure> {
    let start = Instant::now();
    let threads = threads(options.threads);
    let folder = Datasets::new(options.data.as_deref()).find_in(options.mnist.as_deref(), MNIST)?;
    let test = match &options.samples {
        Some(path) => Mnist::samples(path)?,
        None => Mnist::test_set(&folder)?,
    };
    let network = match options.train {
        Some(epochs) => {
            let checkpoint = train(options, &folder, &test, epochs.into(), progress)?;
            Network::trained(checkpoint, options.frozen)
        }
        None => Network::stored(options.weights.as_deref())?,
    };
    let (predictions, macs) = classify(&network.net, &values(&test), threads);
    let mut calibration = values(&Mnist::training_set(&folder)?);
    calibration.truncate(CALIBRATION);
    let images = predictions.len();
    let right = predictions.iter().zip(&test.labels).filter(|(p, l)| p == l);
    let right = right.count();
    let chip = chip::Inference {
        net: &network.net,
        calibration: &calibration,
        test: &test,
        floats: &predictions,
    };
    let chip = chip.run(threads, progress)?;
    Ok(MnistReport {
        accuracy_float: accuracy(&predictions, &test.labels),
        accuracy: chip.accuracy,
        right,
        published: PUBLISHED,
        images,
        predictions,
        weights: network.source,
        epochs: network.epochs,
        accuracy_by_epoch: network.accuracy_by_epoch,
        macs_per_image: macs as f64 / images.max(1) as f64,
        chip,
        seconds: start.elapsed().as_secs_f64(),
        threads,
        net: network.net,
    })
}

impl MnistReport {
    /// The line of the overview.
    pub(super) fn row(&self) -> Row {
        let figure = format!("images right (floats {:.2} %)", self.accuracy_float * 100.0);
        Row::on_chip(
            "ib-hebbian --task mnist",
            &figure,
            self.accuracy * 100.0,
            Some(self.published * 100.0),
            self.images as u64,
            &self.chip.per_inference,
        )
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
        let percent = self.accuracy_float * 100.0;
        let published = self.published * 100.0;
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
