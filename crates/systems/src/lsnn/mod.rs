//! `lsnn-smnist`: Intel's sequential-MNIST network of LIF and AHP neurons, as recorded on Loihi
//! (Rao, Plank, Wild, Maass, Nature Machine Intelligence 4, 467, 2022).
//!
//! The network is declared in `system.toml` and the two netlists beside it; NC-045 gives the rule.
//! Here are the flags, which images are shown, and the report.

mod time;

pub use time::LsnnTime;

use crate::declared::{Declared, Readout};
use crate::registry::{defaults_of_flags, within};
use crate::word::{FIDELITIES, one_of};
use clap::Args;
use seamount_chip::{Chip, Observations, RunOptions};
use seamount_network::netlist::Netlist;
use seamount_session::{Failure, PerInference, profiles};
use seamount_study::Progress;
use seamount_study::data;
use seamount_study::datasets::Datasets;
use seamount_study::experiment::{Experiment, threads};
use seamount_study::row::Row;
use seamount_study::text::wrong;
use seamount_study::trials::Trials;
use seamount_timing::{Fidelity, Ledger, Machine, Timer};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The declared system.
pub static SYSTEM: Declared = Declared::new(
    include_str!("system.toml"),
    &[
        ("network.json", include_str!("network.json")),
        ("programs.json", include_str!("programs.json")),
    ],
);

/// Name of the projection from an adaptive neuron to its own auxiliary compartment.
pub(crate) const AHP_PATH: &str = "adaptive->adaptive.ahp";

/// Images, board, and the knowledge of time that is wanted.
#[derive(Debug, Clone, Serialize, Args)]
pub struct LsnnOptions {
    /// Folder of the published network
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of the MNIST test images
    #[arg(long, value_name = "DIR")]
    pub mnist: Option<PathBuf>,
    /// Which test images to run: a .npy of indices
    #[arg(long, value_name = "FILE.npy")]
    pub indices: Option<PathBuf>,
    /// Only the first N images
    #[arg(long, value_name = "N")]
    pub count: Option<usize>,
    /// Cut the after-hyperpolarisation path: it must hurt
    #[arg(long)]
    pub ablate_ahp: bool,
    /// Board; on loihi2 the neurons run the programs lif and cuba_ahp
    #[arg(
        long,
        value_name = "BOARD",
        default_value = "loihi1",
        value_parser = ["loihi1", "loihi2"]
    )]
    pub board: String,
    /// What to know of time: count, pipeline or cycle; prints it beside what was recorded on Loihi
    #[arg(
        long,
        value_name = "count|pipeline|cycle",
        default_value = "count",
        hide_possible_values = true,
        value_parser = one_of(&FIDELITIES)
    )]
    pub fidelity: Fidelity,
    /// Profile of that time: a built-in name or a .toml file; all built-in ones if absent
    #[arg(long, value_name = "NAME|FILE.toml")]
    pub profile: Vec<String>,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

defaults_of_flags!(LsnnOptions);

/// `seamount lab lsnn-smnist`
pub struct LsnnSmnist;

impl Experiment for LsnnSmnist {
    const NAME: &'static str = "lsnn-smnist";
    const ABOUT: &'static str =
        "Intel's published AHP network on sequential MNIST: 240 hidden neurons on one core";
    const HELP: &'static str = "\
Example: seamount lab lsnn-smnist --data ../shared/data/loihi-lsnn-smnist \
--mnist ../shared/data/mnist
Prints classes, agreement with those recorded on Loihi, accuracy, synaptic operations, energy per
inference by profile, images per second.";
    const COUNTS: &'static str = "images";
    const QUICK: &'static [&'static str] = &[""];
    type Options = LsnnOptions;
    type Report = LsnnReport;

    fn run(options: &LsnnOptions, progress: Progress) -> Result<LsnnReport, Failure> {
        let profiles = profiles(&options.profile)?;
        let data = Datasets::new(options.data.as_deref());
        let folder = SYSTEM.folder(&data)?;
        let mnist = data.mnist(options.mnist.as_deref(), None)?;
        let record = recorded(&folder, mnist.labels.len())?;
        let indices = indices(options, &record.0, mnist.labels.len())?;
        let network = SYSTEM.network(Some(&options.board))?;
        let mut netlist = network.netlist(&folder)?;
        if options.ablate_ahp {
            if netlist.populations.iter().any(|p| p.program.is_some()) {
                let problem = "the AHP path is cut on boards with fixed neurons only";
                return Err(Failure::call(problem));
            }
            cut_ahp(&mut netlist);
        }
        let name = netlist.name.clone();
        let placed = SYSTEM.place(network, netlist)?;
        let plan = placed.program().floorplan();
        let timers: Vec<Timer> = profiles
            .iter()
            .filter_map(|p| Timer::new(Machine::new(plan.clone(), p), options.fidelity))
            .collect();
        let mut run_options = RunOptions::new();
        run_options.record = options.fidelity != Fidelity::Count;
        let trials = Trials::new(indices.len(), threads(options.threads), progress);
        let batch = placed.run(
            indices.len(),
            &trials,
            &run_options,
            |sample| placed.encode(mnist.image(indices[sample])),
            |_: &Chip, seen| observe(placed.readout(), seen, &timers),
        )?;
        let images_per_second = trials.per_second();
        let labels: Vec<u8> = indices.iter().map(|&i| mnist.labels[i]).collect();
        let predictions = batch.classes();
        let known = known_classes(&indices, &predictions, &record);
        let agreeing = known.iter().filter(|(recorded, class)| recorded == class);
        let agreeing = agreeing.count();
        let images = indices.len() as f64;
        let hidden: u64 = batch.shown.iter().map(|s| s.also.hidden_spikes).sum();
        let ledgers: Vec<&[Ledger]> = batch.shown.iter().map(|s| &s.also.ledgers[..]).collect();
        let per_inference = batch.per_inference();
        Ok(LsnnReport {
            network: name,
            board: placed.board().into(),
            ahp_cut: options.ablate_ahp,
            accuracy: batch.accuracy(&labels),
            recorded_agreement: (!known.is_empty()).then(|| agreeing as f64 / known.len() as f64),
            recorded_agreeing: agreeing,
            recorded_images: known.len(),
            hidden_spikes_mean: hidden as f64 / images,
            synaptic_operations_mean: per_inference.synaptic_operations(),
            steps_per_image: SYSTEM.steps,
            threads: trials.threads(),
            images_per_second,
            time: time::of(&timers, &ledgers, &batch.counts(), indices.len() as u64),
            predictions,
            labels,
            indices,
            per_inference,
        })
    }

    fn row(report: &LsnnReport) -> Option<Row> {
        let figure = format!(
            "images right ({} of {} classes as recorded)",
            report.recorded_agreeing, report.recorded_images
        );
        let published = SYSTEM.recorded("accuracy of the 100 images whose classes were recorded");
        Some(Row::on_chip(
            Self::NAME,
            &figure,
            report.accuracy * 100.0,
            Some(published),
            report.indices.len() as u64,
            &report.per_inference,
        ))
    }
}

/// Classes, labels, agreement with the record, and what an image costs.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LsnnReport {
    /// Name of the network.
    pub network: String,
    /// Board it was compiled for.
    pub board: String,
    /// Whether the AHP path was cut.
    pub ahp_cut: bool,
    /// Index of each image in the test set.
    pub indices: Vec<usize>,
    /// Class of each image: the output with the highest voltage.
    pub predictions: Vec<u8>,
    /// Digit of each image.
    pub labels: Vec<u8>,
    /// Share of predictions that equal the label.
    pub accuracy: f64,
    /// Share of classes that equal those recorded on Loihi, over the images that were recorded;
    /// none if no such image was run.
    pub recorded_agreement: Option<f64>,
    /// Number of recorded classes that agree.
    pub recorded_agreeing: usize,
    /// Number of images run whose class was recorded.
    pub recorded_images: usize,
    /// Mean spikes of the 240 hidden neurons.
    pub hidden_spikes_mean: f64,
    /// Mean synaptic operations.
    pub synaptic_operations_mean: f64,
    /// Steps of an image.
    pub steps_per_image: u64,
    /// Threads used.
    pub threads: usize,
    /// Images a second, wall clock, all threads.
    pub images_per_second: f64,
    /// Counts and energy.
    pub per_inference: PerInference,
    /// Time by each profile, beside what was recorded; none with fidelity `count`.
    pub time: Vec<LsnnTime>,
}

/// An index of a file, which must be that of one of the images.
fn index(path: &Path, index: i64, images: usize) -> Result<usize, Failure> {
    let known = usize::try_from(index).ok().filter(|i| *i < images);
    known.ok_or_else(|| wrong(path, format!("index {index} is outside 0..{images}")))
}

/// Indices of the images to run.
fn indices(
    options: &LsnnOptions,
    recorded: &[usize],
    images: usize,
) -> Result<Vec<usize>, Failure> {
    let chosen = match (&options.indices, options.count) {
        (Some(path), count) => {
            let array = data::array(path, &[None])?;
            let all = array.data.iter().map(|i| index(path, *i, images));
            let all: Vec<usize> = all.collect::<Result<_, _>>()?;
            all[..count.unwrap_or(all.len()).min(all.len())].to_vec()
        }
        (None, Some(count)) if count > images => {
            return Err(Failure::call(format!(
                "--count {count}: the test set has {images} images"
            )));
        }
        (None, Some(count)) => (0..count).collect(),
        (None, None) => recorded.to_vec(),
    };
    if chosen.is_empty() {
        Err(Failure::call("no images to run"))
    } else {
        Ok(chosen)
    }
}

/// Indices and classes of the images that were recorded on Loihi.
fn recorded(folder: &Path, images: usize) -> Result<(Vec<usize>, Vec<u8>), Failure> {
    let path = folder.join("test_index_100.npy");
    let index = data::array(&path, &[None])?.data;
    let class = data::array(
        &folder.join("expected_class_100.npy"),
        &[Some(index.len() as u64)],
    )?
    .data;
    let index = index.iter().map(|i| self::index(&path, *i, images));
    Ok((
        index.collect::<Result<_, _>>()?,
        class.iter().map(|&c| c.clamp(0, 255) as u8).collect(),
    ))
}

/// The netlist without the path from adaptive neurons to their auxiliary compartments.
pub(crate) fn cut_ahp(netlist: &mut Netlist) {
    netlist.projections.retain(|p| p.name != AHP_PATH);
}

/// Spikes and times of one image.
struct ImageActivity {
    hidden_spikes: u64,
    /// Time by each profile.
    ledgers: Vec<Ledger>,
}

fn observe(readout: &Readout, seen: &Observations, timers: &[Timer]) -> ImageActivity {
    let outputs = seen.recording(&readout.spikes()).map_or(0, |r| r.sum()) as u64;
    // every image is timed from an empty network, so that threads cannot matter
    let ledgers = timers.iter().map(|timer| {
        let mut timer = timer.clone();
        timer.observe(&seen.record, |_, _| ());
        timer.ledger
    });
    ImageActivity {
        hidden_spikes: seen.total().spikes - outputs,
        ledgers: ledgers.collect(),
    }
}

/// Recorded and computed class of every image that was recorded.
fn known_classes(
    indices: &[usize],
    predictions: &[u8],
    recorded: &(Vec<usize>, Vec<u8>),
) -> Vec<(u8, u8)> {
    let images = indices.iter().zip(predictions);
    let known = images.filter_map(|(image, class)| {
        let at = recorded.0.iter().position(|r| r == image)?;
        Some((recorded.1[at], *class))
    });
    known.collect()
}

impl fmt::Display for LsnnReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.predictions.len();
        writeln!(
            f,
            "lsnn-smnist on board {}: 80 inputs, 140 LIF + 100 AHP neurons, 10 outputs",
            self.board
        )?;
        if self.ahp_cut {
            writeln!(f, "the AHP path is cut")?;
        }
        if total <= 100 {
            let classes: Vec<String> = self.predictions.iter().map(u8::to_string).collect();
            writeln!(f, "classes   {}", classes.join(" "))?;
        }
        let right = (self.accuracy * total as f64).round();
        writeln!(
            f,
            "accuracy  {:.2} %  ({right} of {total} images)",
            self.accuracy * 100.0
        )?;
        if self.recorded_images > 0 {
            writeln!(
                f,
                "as recorded on Loihi: {} of {} classes",
                self.recorded_agreeing, self.recorded_images
            )?;
        }
        writeln!(f, "hidden spikes an image: {:.2}", self.hidden_spikes_mean)?;
        writeln!(f, "{}", self.per_inference)?;
        for time in &self.time {
            write!(f, "{time}")?;
        }
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
    fn the_declaration_is_read_and_says_what_was_recorded() {
        assert_eq!(SYSTEM.steps, 840);
        assert_eq!(SYSTEM.networks.len(), 2);
        assert_eq!(SYSTEM.recorded("accuracy of 200 images"), 94.5);
    }
}
