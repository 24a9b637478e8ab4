//! MNIST 784-128-64-10: training with checkpoints, or inference from weights that were written.

use super::stored::{self, Checkpoint};
use super::{Silent, XiForm};
use crate::data::{self, Mnist};
use crate::row::Row;
use crate::spread::spread;
use crate::{LabError, Progress, text};
use seamount_reference::bottleneck::mlp::Activity;
use seamount_reference::bottleneck::modulator::Window;
use seamount_reference::bottleneck::optimise::AdamW;
use seamount_reference::bottleneck::train::{Modulator, one_hot};
use seamount_reference::bottleneck::{Bottleneck, Mlp, Trainer};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone)]
pub struct MnistOptions {
    /// Folder of all data; default see [`data::data_folder`].
    pub data: Option<PathBuf>,
    /// Folder of MNIST, if it is not in that folder.
    pub mnist: Option<PathBuf>,
    /// Train for so many epochs; else test the weights of a file.
    pub epochs: Option<usize>,
    /// A network in the small form, to be tested.
    pub weights: Option<PathBuf>,
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
            form: XiForm::default(),
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
/// The optimiser.
pub const OPTIMISER: AdamW = AdamW { rate: 1e-4, decay: 1e-4 };
/// Read off the figures of the authors' notebooks, a point more or less; 60,000 training images.
const PUBLISHED: f64 = 0.915;
const NOTHING_TO_TEST: &str = "no weights to test: train with --train EPOCHS, or give --weights FILE.npz";
/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct MnistReport {
    /// Share of the test images that are right.
    pub accuracy_float: f64,
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
    /// Wall clock, seconds.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
}

fn samples(mnist: &Mnist) -> Vec<Vec<f64>> {
    (0..mnist.labels.len()).map(|i| mnist.image(i).iter().map(|p| f64::from(*p) / 255.0).collect()).collect()
}

/// Classes of samples, and multiply-accumulates with non-zero input.
fn classes(net: &Mlp, samples: &[Vec<f64>], threads: usize) -> Vec<(u8, u64)> {
    const CHUNK: usize = 100;
    let chunk = |at: usize| {
        let mut activity = Activity::default();
        let mut one = |sample: &Vec<f64>| {
            let class = net.class(sample, &mut activity) as u8;
            let macs = |(k, x): (usize, &Vec<f64>)| x.iter().filter(|v| **v != 0.0).count() as u64 * net.weights[k].cols() as u64;
            (class, activity.entering.iter().enumerate().map(macs).sum::<u64>())
        };
        samples[at * CHUNK..].iter().take(CHUNK).map(&mut one).collect::<Vec<_>>()
    };
    spread(samples.len().div_ceil(CHUNK), threads, chunk).into_iter().flatten().collect()
}

fn accuracy(seen: &[(u8, u64)], labels: &[u8]) -> (usize, f64) {
    let right = seen.iter().zip(labels).filter(|((class, _), label)| class == *label).count();
    (right, right as f64 / labels.len().max(1) as f64)
}

/// The training images and M of every window, which is the same in every epoch.
struct Training {
    images: Vec<Vec<f64>>,
    labels: Vec<usize>,
    windows: Vec<Window>,
    rule: Bottleneck,
}

impl Training {
    fn new(folder: &Path, form: XiForm) -> Result<Training, LabError> {
        let mnist = Mnist::training_set(folder)?;
        let (images, labels): (_, Vec<usize>) = (samples(&mnist), mnist.labels.iter().map(|l| usize::from(*l)).collect());
        if let Some(at) = labels.iter().position(|l| *l > 9).or((images.len() < WINDOW).then_some(0)) {
            return Err(LabError::Option(format!("training image {at}: labels are 0..=9, and there are at least {WINDOW} images")));
        }
        let (rule, hot) = (Bottleneck { gamma: RULE.1, sigma: RULE.0, form: form.form() }, one_hot(&labels, 10));
        let window = |at: usize| rule.window(&images[at..at + WINDOW], &hot[at..at + WINDOW]);
        let windows = (0..=images.len() - WINDOW).map(window).collect();
        Ok(Training { images, labels, windows, rule })
    }

    /// One epoch: windows slide by one image.
    fn epoch(&self, trainer: &mut Trainer, modulator: &mut dyn Modulator, tick: &mut dyn FnMut()) {
        for (at, window) in self.windows.iter().enumerate() {
            let own: Vec<&[f64]> = self.images[at..at + WINDOW].iter().map(|s| &s[..]).collect();
            trainer.step(&own, &self.labels[at..at + WINDOW], window, modulator);
            tick();
        }
    }
}

struct Data {
    folder: PathBuf,
    test: Mnist,
}

fn find(options: &MnistOptions) -> Result<Data, LabError> {
    let given = data::data_folder(options.data.as_deref());
    let mut folders: Vec<PathBuf> = options.mnist.clone().into_iter().collect();
    folders.extend([given.join("mnist"), given.join("../mnist"), given, data::data_folder(None).join("mnist")]);
    let folder = data::find("the MNIST test set", "t10k-images-idx3-ubyte.gz", &folders)?;
    Ok(Data { test: Mnist::test_set(&folder)?, folder })
}

/// The training as it was left, or a new one.
fn begin(options: &MnistOptions) -> Result<Checkpoint, LabError> {
    match &options.checkpoint {
        Some(path) if options.resume => {
            let checkpoint = stored::read_checkpoint(path, &SIZES, OPTIMISER)?;
            if checkpoint.seed != options.seed {
                let (theirs, ours) = (checkpoint.seed, options.seed);
                return Err(LabError::Option(format!("--resume: the checkpoint is of seed {theirs}, --seed is {ours}")));
            }
            Ok(checkpoint)
        }
        None if options.resume => Err(LabError::Option("--resume needs --checkpoint FILE.npz".into())),
        _ => {
            let trainer = Trainer::new(Mlp::random(&SIZES, options.seed), OPTIMISER);
            Ok(Checkpoint { trainer, epochs: 0, seed: options.seed, accuracy: vec![] })
        }
    }
}

fn train(options: &MnistOptions, data: &Data, epochs: usize, progress: Progress) -> Result<Checkpoint, LabError> {
    let mut checkpoint = begin(options)?;
    let (training, test) = (Training::new(&data.folder, options.form)?, samples(&data.test));
    let steps = training.windows.len() as u64;
    let (mut done, total) = (checkpoint.epochs as u64 * steps, epochs as u64 * steps);
    let (mut exact, mut silent) = (training.rule, Silent);
    while checkpoint.epochs < epochs {
        let modulator: &mut dyn Modulator = if options.frozen { &mut silent } else { &mut exact };
        training.epoch(&mut checkpoint.trainer, modulator, &mut || {
            done += 1;
            progress(done, total);
        });
        checkpoint.epochs += 1;
        checkpoint.accuracy.push(accuracy(&classes(&checkpoint.trainer.net, &test, options.threads), &data.test.labels).1);
        if let Some(path) = &options.checkpoint {
            stored::write_checkpoint(path, &checkpoint)?;
        }
    }
    Ok(checkpoint)
}

/// Trains if asked to, then tests.
pub fn run(options: &MnistOptions, progress: Progress) -> Result<(MnistReport, Mlp), LabError> {
    let start = Instant::now();
    if options.epochs.is_none() && options.weights.is_none() {
        return Err(LabError::Option(NOTHING_TO_TEST.into()));
    }
    let data = find(options)?;
    let trained = options.epochs.map(|epochs| train(options, &data, epochs, progress)).transpose()?;
    let (net, weights, epochs, curve) = match trained {
        Some(c) => {
            let what = if options.frozen { "trained here, only the last layer" } else { "trained here" };
            (c.trainer.net, what.to_string(), Some(c.epochs), c.accuracy)
        }
        None => {
            let path = options.weights.as_deref().ok_or_else(|| LabError::Option(NOTHING_TO_TEST.into()))?;
            (stored::grow(&text::bytes(path)?, path, &SIZES)?, path.display().to_string(), None, vec![])
        }
    };
    let seen = classes(&net, &samples(&data.test), options.threads.max(1));
    let (right, accuracy_float) = accuracy(&seen, &data.test.labels);
    let report = MnistReport {
        accuracy_float,
        right,
        published: PUBLISHED,
        images: seen.len(),
        predictions: seen.iter().map(|(class, _)| *class).collect(),
        weights,
        epochs,
        accuracy_by_epoch: curve,
        macs_per_image: seen.iter().map(|(_, macs)| *macs).sum::<u64>() as f64 / seen.len().max(1) as f64,
        seconds: start.elapsed().as_secs_f64(),
        threads: options.threads.max(1),
    };
    Ok((report, net))
}

impl MnistReport {
    /// The line of `lab all`.
    pub fn row(&self) -> Row {
        Row {
            system: "ib-hebbian --task mnist".into(),
            figure: "images right".into(),
            value: self.accuracy_float * 100.0,
            published: Some(self.published * 100.0),
            unit: "%".into(),
            samples: self.images as u64,
            chip: false,
            operations: Some(self.macs_per_image),
            energy_uj: Some(self.macs_per_image * 4.6e-6),
            energy_by: "arithmetic at 4.6 pJ a MAC".into(),
            seconds: self.seconds,
        }
    }
}

impl fmt::Display for MnistReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ib-hebbian, mnist: 784-128-64-10 in floats, xi exactly, over {WINDOW} samples")?;
        writeln!(f, "weights   {}", self.weights)?;
        for (k, a) in self.accuracy_by_epoch.iter().enumerate() {
            writeln!(f, "  epoch {:>2}: {:.2} %", k + 1, a * 100.0)?;
        }
        let (percent, published) = (self.accuracy_float * 100.0, self.published * 100.0);
        writeln!(f, "accuracy  {percent:.2} %  ({} of {} images; published: about {published:.1} %)", self.right, self.images)?;
        writeln!(f, "products  {:.0} an image, of non-zero inputs", self.macs_per_image)?;
        write!(f, "{:.1} s on {} thread(s)", self.seconds, self.threads)
    }
}
