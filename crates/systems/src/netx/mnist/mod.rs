//! `netx-mnist`: Lava-DL's tutorial network 784-128-64-10 on the MNIST test images, beside the same
//! integers in f64.
//!
//! The network, its encoder and its readout are declared in `system.toml`. Each layer takes a step,
//! so the chip runs 3 steps longer than the image is shown.

mod perceptron;

use crate::declared::Declared;
use crate::registry::{defaults_of_flags, within};
use clap::Args;
use perceptron::Perceptron;
use seamount_chip::{Chip, ChipProgram, Observations, RunOptions, SpikeTrain};
use seamount_compile::CompileOptions;
use seamount_network::netlist::{Netlist, Register};
use seamount_session::decode::first_largest;
use seamount_session::{Failure, PerInference, build};
use seamount_study::Progress;
use seamount_study::compare::TimeAxis;
use seamount_study::data::Mnist;
use seamount_study::datasets::Datasets;
use seamount_study::dump::{Dump, dumped, of_recordings};
use seamount_study::experiment::{Experiment, RunOutput, threads};
use seamount_study::row::Row;
use seamount_study::spread::spread;
use seamount_study::trials::Trials;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// The declared system.
static SYSTEM: Declared = Declared::new(include_str!("system.toml"), &[]);

/// Images, and the file for the registers of the first one.
#[derive(Debug, Clone, Serialize, Args)]
pub struct NetxMnistOptions {
    /// Folder of the network, or of all data
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Write what every layer did
    #[arg(long, value_name = "OUT.npz")]
    pub dump: Option<PathBuf>,
    /// Folder of the MNIST test images
    #[arg(long, value_name = "DIR")]
    pub mnist: Option<PathBuf>,
    /// Only the first N images
    #[arg(long, value_name = "N")]
    pub count: Option<usize>,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

defaults_of_flags!(NetxMnistOptions);

/// `seamount lab netx-mnist`
pub struct NetxMnist;

impl Experiment for NetxMnist {
    const NAME: &'static str = "netx-mnist";
    const ABOUT: &'static str =
        "Lava-DL's perceptron on the MNIST test images, beside the same integers in f64";
    const HELP: &'static str = "\
Example: seamount lab netx-mnist --data ../shared/data --count 1000
Prints accuracy, agreement with the same integers in f64, synaptic operations, energy per inference
by profile, images per second. --dump writes LAYER-u, LAYER-v, LAYER of the first image, (neuron,
time).";
    const COUNTS: &'static str = "images";
    const QUICK: &'static [&'static str] = &["--count 500"];
    type Options = NetxMnistOptions;
    type Report = NetxMnistReport;

    fn outputs(options: &NetxMnistOptions) -> Vec<RunOutput<NetxMnistReport>> {
        dumped(options.dump.as_deref(), |report| &report.dump)
    }

    fn run(options: &NetxMnistOptions, progress: Progress) -> Result<NetxMnistReport, Failure> {
        let data = Datasets::new(options.data.as_deref());
        let folder = SYSTEM.folder(&data)?;
        let network = SYSTEM.network(None)?;
        let netlist = network.netlist(&folder)?;
        let mnist = data.mnist(options.mnist.as_deref(), None)?;
        let all = mnist.labels.len();
        let images = options.count.unwrap_or(all);
        if images == 0 || images > all {
            return Err(Failure::call(format!(
                "--count {images}: the test set has {all} images"
            )));
        }
        let placed = SYSTEM.place(network, netlist.clone())?;
        let trials = Trials::new(images, threads(options.threads), progress);
        let batch = placed.run(
            images,
            &trials,
            &RunOptions::default(),
            |i| placed.encode(mnist.image(i)),
            |_: &Chip, seen: &Observations| placed.readout().spike_counts(seen),
        )?;
        let images_per_second = trials.per_second();
        let counts: Vec<Vec<u32>> = batch.shown.iter().map(|i| i.also.clone()).collect();
        let labels = &mnist.labels[..images];
        let predictions = batch.classes();
        let right = predictions.iter().zip(labels).filter(|(p, l)| p == l);
        let mut dump = vec![];
        if options.dump.is_some() {
            dump = registers_of(&netlist, mnist.image(0))?;
        }
        Ok(NetxMnistReport {
            board: placed.board().into(),
            cores: placed.cores(),
            steps_per_image: SYSTEM.steps,
            images,
            accuracy: batch.accuracy(labels),
            right: right.count(),
            rounded: reference(&netlist, true, &mnist, &counts, trials.threads()),
            unrounded: reference(&netlist, false, &mnist, &counts, trials.threads()),
            images_per_second,
            threads: trials.threads(),
            per_inference: batch.per_inference(),
            dump,
            predictions,
        })
    }

    fn row(report: &NetxMnistReport) -> Option<Row> {
        Some(Row::on_chip(
            Self::NAME,
            "images right",
            report.accuracy * 100.0,
            None,
            report.images as u64,
            &report.per_inference,
        ))
    }
}

/// Accuracy, agreement with the same integers in floats, and what an image costs.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct NetxMnistReport {
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
    /// Number of predictions that equal the label.
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
    /// Accuracy of the reference.
    pub accuracy: f64,
}

/// Spikes of an image by the declared encoder.
fn events(pixels: &[u8]) -> Vec<(u64, u32)> {
    let encoder = SYSTEM.encoder.as_ref();
    encoder.map_or(vec![], |encoder| encoder.image(pixels, SYSTEM.steps))
}

/// One reference on one image: same class, same counts of spikes, right.
#[derive(Clone, Copy)]
struct ImageAgreement {
    class_equal: bool,
    counts_equal: bool,
    right: bool,
}

/// A reference on all images, shared among threads; none for a network that it cannot compute.
fn reference(
    netlist: &Netlist,
    round: bool,
    mnist: &Mnist,
    chip: &[Vec<u32>],
    threads: usize,
) -> Option<Agreement> {
    let net = Perceptron::new(netlist, round)?;
    let images = spread(chip.len(), threads, |i| {
        let counts = net.counts(&events(mnist.image(i)), SYSTEM.steps);
        let class = first_largest(&counts);
        ImageAgreement {
            class_equal: class == first_largest(&chip[i]),
            counts_equal: counts == chip[i],
            right: class == usize::from(mnist.labels[i]),
        }
    });
    let number = |of: fn(&ImageAgreement) -> bool| images.iter().filter(|i| of(i)).count();
    Some(Agreement {
        classes_equal: number(|i| i.class_equal),
        counts_equal: number(|i| i.counts_equal),
        accuracy: number(|i| i.right) as f64 / chip.len() as f64,
    })
}

/// Every register of every layer for one image, (neuron, time) as the recordings have flat layers.
fn registers_of(netlist: &Netlist, image: &[u8]) -> Result<Dump, Failure> {
    let mut net = netlist.clone();
    net.probes.clear();
    let names: Vec<String> = net.populations.iter().map(|p| p.name.clone()).collect();
    for name in &names {
        for register in [Register::Spike, Register::Current, Register::Voltage] {
            net.probe(name, register);
        }
    }
    let program = Arc::new(ChipProgram::new(&build(&net, &CompileOptions::default())?));
    let train = SpikeTrain::new(&program, events(image)).map_err(Failure::call)?;
    let seen = Chip::new(program).run(SYSTEM.steps, &train, &RunOptions::default());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(of_recordings(
        &seen,
        &names,
        Register::Voltage,
        TimeAxis::Last,
    ))
}

impl fmt::Display for NetxMnistReport {
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
                writeln!(
                    f,
                    "the integers in f64, {what}: {} of {n} classes equal, \
                     {} in every spike count; {:.2} %",
                    a.classes_equal,
                    a.counts_equal,
                    a.accuracy * 100.0
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
