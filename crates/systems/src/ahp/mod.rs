//! `ahp`: what the after-hyperpolarisation does in Intel's sequential-MNIST network: ablation, how
//! sparse spikes are, and how long a memory the task needs.
//!
//! The auxiliary compartment of an adaptive neuron forgets `decay` of 4096 of its voltage a step
//! and is pushed down by each spike. As trained: decay 5 (a time constant of 4096 / 5 = 819 steps;
//! the authors say 700 and round 4096 / 700 down), push 96 x 2^2. The sweep changes the decay of
//! the trained network, no weight is trained again.

mod figure;

use crate::declared::Inferences;
use crate::lsnn::{AHP_PATH, SYSTEM, cut_ahp};
use crate::registry::{defaults_of_flags, within};
use clap::Args;
use seamount_chip::Observations;
use seamount_network::netlist::{Connectivity, Netlist, Register};
use seamount_session::{Failure, PerInference};
use seamount_study::Progress;
use seamount_study::chart::{PICTURE_FILE, Picture};
use seamount_study::data::Mnist;
use seamount_study::datasets::Datasets;
use seamount_study::experiment::{Experiment, RunOutput, threads};
use seamount_study::row::Row;
use seamount_study::trials::Trials;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// Images, and settings of the AHP.
#[derive(Debug, Clone, Serialize, Args)]
pub struct AhpOptions {
    /// Folder of all data (loihi-lsnn-smnist and mnist are in it)
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder of the MNIST test images
    #[arg(long, value_name = "DIR")]
    pub mnist: Option<PathBuf>,
    /// Images and labels to test, instead of the MNIST test images
    #[arg(long, value_name = "FILE.npz")]
    pub samples: Option<PathBuf>,
    /// The first N images for every point
    #[arg(long, alias = "count", value_name = "N", default_value_t = 300)]
    pub images: usize,
    /// Only the trained network and the one without AHP
    #[arg(long)]
    pub ablation_only: bool,
    /// Write accuracy against the time constant as a figure
    #[arg(long, alias = "svg", value_name = PICTURE_FILE, conflicts_with = "ablation_only")]
    pub figure: Option<PathBuf>,
    /// Threads that share the images; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

defaults_of_flags!(AhpOptions);

/// `seamount lab ahp`
pub struct AhpSweep;

impl Experiment for AhpSweep {
    const NAME: &'static str = "ahp";
    const ABOUT: &'static str = "What after-hyperpolarisation does in Intel's network: ablation, \
        sparsity, memory time scale";
    const HELP: &'static str = "\
Example: seamount lab ahp --data ../shared/data --images 300 --figure ahp.svg
Runs Intel's network on the chip as trained, with the AHP path cut, and with other time constants of
the AHP: once with the trained push a spike, once with the push of the authors' formula. The figure
is accuracy against the time constant.";
    const COUNTS: &'static str = "images";
    const RESUMES: bool = true;
    const QUICK: &'static [&'static str] = &["--images 100 --ablation-only"];
    type Options = AhpOptions;
    type Report = AhpReport;

    fn outputs(options: &AhpOptions) -> Vec<RunOutput<AhpReport>> {
        let figure = |path: &PathBuf| {
            let named = path.clone();
            RunOutput::of_report(path, move |report| Ok(figure::chart(report).file(&named)))
        };
        options.figure.iter().map(figure).collect()
    }

    fn pictures(report: &AhpReport) -> Vec<(String, Picture)> {
        match report.sweep_trained_push.is_empty() {
            true => vec![],
            false => vec![("memory".into(), figure::chart(report).into())],
        }
    }

    fn run(options: &AhpOptions, progress: Progress) -> Result<AhpReport, Failure> {
        let data = Datasets::new(options.data.as_deref());
        let folder = SYSTEM.folder(&data)?;
        let mnist = data.mnist(options.mnist.as_deref(), options.samples.as_deref())?;
        let count = options.images;
        let all = mnist.labels.len();
        if count == 0 || count > all {
            return Err(Failure::call(format!(
                "--images {count}: the test set has {all} images"
            )));
        }
        let points = if options.ablation_only {
            2
        } else {
            2 * DECAYS.len()
        };
        let trials = Trials::new(points * count, threads(options.threads), progress);
        let sweep = SweepImages {
            folder: &folder,
            mnist: &mnist,
            count,
            trials: &trials,
        };
        let trained = sweep.point(AhpPush::Trained, TRAINED.decay)?;
        let cut = sweep.point(AhpPush::Cut, TRAINED.decay)?;
        let mut sweeps = [vec![], vec![]];
        if !options.ablation_only {
            sweeps = [
                sweep.points(AhpPush::Trained, &trained)?,
                sweep.points(AhpPush::ByFormula, &trained)?,
            ];
        }
        let [sweep_trained_push, sweep_formula_push] = sweeps;
        Ok(AhpReport {
            images: count,
            trained,
            cut,
            sweep_trained_push,
            sweep_formula_push,
            published: SYSTEM.recorded("accuracy of 200 images") / 100.0,
            seconds: trials.seconds(),
            threads: trials.threads(),
        })
    }

    fn row(report: &AhpReport) -> Option<Row> {
        let lost = (report.trained.accuracy - report.cut.accuracy) * 100.0;
        let images = report.images as u64;
        let cost = &report.trained.per_inference;
        Some(Row {
            unit: "points".into(),
            seconds: report.seconds,
            ..Row::on_chip(
                Self::NAME,
                "points lost without AHP",
                lost,
                None,
                images,
                cost,
            )
        })
    }
}

/// Decays of the sweep, of 4096; 5 is the trained one.
const DECAYS: [u16; 12] = [204, 102, 51, 26, 13, 8, 6, 5, 4, 3, 2, 1];
/// The AHP as trained.
const TRAINED: AhpSetting = AhpSetting {
    decay: 5,
    push: 96,
    push_exponent: -4,
};
/// Hidden populations and their neurons.
const HIDDEN: [(&str, usize); 2] = [("regular", 140), ("adaptive", 100)];

/// The after-hyperpolarisation of the adaptive neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AhpSetting {
    /// Decay of the auxiliary voltage, of 4096.
    decay: u16,
    /// Weight from a neuron to its own auxiliary compartment, taken away; 0 cuts the path.
    push: i32,
    /// Exponent of that weight: a spike takes push x 2^(6 + this).
    push_exponent: i8,
}

/// Rule for the push that belongs to a decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AhpPush {
    /// The trained one, 384 a spike.
    Trained,
    /// The authors' formula for the time constant: 1,390,000 (1 / (20 tau) - 1 / tau^2) x 4.
    ByFormula,
    /// None: the path is cut.
    Cut,
}

/// The network at one setting.
#[derive(Debug, Clone, Serialize)]
pub struct AhpPoint {
    /// Decay of the auxiliary voltage, of 4096.
    pub decay: u16,
    /// Time constant of the auxiliary voltage, 4096 / decay, steps.
    pub tau_steps: f64,
    /// Rule for the push.
    pub push: AhpPush,
    /// Amount that a spike takes from the auxiliary voltage.
    pub push_per_spike: i32,
    /// Share of images that are right.
    pub accuracy: f64,
    /// Spikes per neuron and step of the 140 regular neurons.
    pub rate_regular: f64,
    /// Spikes per neuron and step of the 100 neurons with AHP.
    pub rate_adaptive: f64,
    /// Share of the 240 neurons that fire in an image.
    pub neurons_that_fire: f64,
    /// Counts and energy.
    pub per_inference: PerInference,
}

/// Ablation and sweeps.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct AhpReport {
    /// Images for every point.
    pub images: usize,
    /// As trained.
    pub trained: AhpPoint,
    /// The path cut.
    pub cut: AhpPoint,
    /// The trained push at other decays.
    pub sweep_trained_push: Vec<AhpPoint>,
    /// The formula's push at other decays.
    pub sweep_formula_push: Vec<AhpPoint>,
    /// Accuracy recorded on silicon over 200 images.
    pub published: f64,
    /// Wall clock, seconds.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
}

/// The AHP of a decay by a rule.
fn setting(decay: u16, push: AhpPush) -> AhpSetting {
    match push {
        AhpPush::Trained => AhpSetting { decay, ..TRAINED },
        AhpPush::Cut => AhpSetting { push: 0, ..TRAINED },
        AhpPush::ByFormula => {
            // the trained network has 96 at tau = 700, which its decay of 5 stands for
            let tau = if decay == TRAINED.decay {
                700.0
            } else {
                4096.0 / f64::from(decay)
            };
            let exact = 1_390_000.0 * (1.0 / (20.0 * tau) - 1.0 / (tau * tau));
            // magnitudes have 8 bits; larger ones take a larger exponent
            let exponent = (0..6)
                .find(|e| exact / f64::from(1 << e) < 256.0)
                .unwrap_or(6);
            AhpSetting {
                decay,
                push: (exact.max(0.0) / f64::from(1 << exponent)) as i32,
                push_exponent: exponent as i8 - 4,
            }
        }
    }
}

/// Puts an AHP into the network.
fn set(netlist: &mut Netlist, ahp: AhpSetting) {
    if ahp.push == 0 {
        return cut_ahp(netlist);
    }
    for population in &mut netlist.populations {
        for compartment in &mut population.compartments {
            if compartment.name == "ahp" {
                compartment.voltage_decay = ahp.decay.into();
            }
        }
    }
    for projection in &mut netlist.projections {
        if projection.name == AHP_PATH {
            projection.connectivity = Connectivity::OneToOne {
                weights: (-ahp.push).into(),
                delays: 0.into(),
            };
            projection.weight_exponent = ahp.push_exponent.into();
        }
    }
}

/// Images, and what all points of the sweep share.
struct SweepImages<'a> {
    folder: &'a Path,
    mnist: &'a Mnist,
    count: usize,
    trials: &'a Trials<'a>,
}

/// Activity of the hidden neurons in one image.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct HiddenActivity {
    /// Spikes of the regular and of the adaptive neurons.
    spikes: [u64; 2],
    /// Neurons that fired at least once.
    fired: usize,
}

fn activity(seen: &Observations) -> HiddenActivity {
    let mut activity = HiddenActivity::default();
    for (sum, (population, _)) in activity.spikes.iter_mut().zip(HIDDEN) {
        let Some(recording) = seen.recording(&format!("{population}.spike")) else {
            continue;
        };
        *sum = recording.sum() as u64;
        let rows = 0..recording.steps.len();
        let fired = |n: &usize| rows.clone().any(|row| recording.get(row, *n) != 0);
        activity.fired += (0..recording.neurons.len()).filter(fired).count();
    }
    activity
}

impl SweepImages<'_> {
    /// The network at one setting.
    fn point(&self, push: AhpPush, decay: u16) -> Result<AhpPoint, Failure> {
        let ahp = setting(decay, push);
        let network = SYSTEM.network(None)?;
        let mut netlist = network.netlist(self.folder)?;
        set(&mut netlist, ahp);
        for (population, _) in HIDDEN {
            netlist.probe(population, Register::Spike);
        }
        let placed = SYSTEM.place(network, netlist)?;
        let batch = placed.run_kept(
            &format!("decay {decay} push {push:?} image"),
            self.count,
            self.trials,
            |i| placed.encode(self.mnist.image(i)),
            |_, seen| activity(seen),
        )?;
        let neurons: usize = HIDDEN.iter().map(|(_, neurons)| neurons).sum();
        let fired: usize = batch.shown.iter().map(|image| image.also.fired).sum();
        Ok(AhpPoint {
            decay,
            tau_steps: 4096.0 / f64::from(decay),
            push,
            push_per_spike: ahp.push << (6 + ahp.push_exponent),
            accuracy: batch.accuracy(&self.mnist.labels[..self.count]),
            rate_regular: rate(&batch, 0),
            rate_adaptive: rate(&batch, 1),
            neurons_that_fire: fired as f64 / (self.count as f64 * neurons as f64),
            per_inference: batch.per_inference(),
        })
    }

    /// The points of a sweep. At the trained decay both rules give the trained network.
    fn points(&self, push: AhpPush, trained: &AhpPoint) -> Result<Vec<AhpPoint>, Failure> {
        let point = |decay: &u16| match *decay == TRAINED.decay {
            true => Ok(AhpPoint {
                push,
                ..trained.clone()
            }),
            false => self.point(push, *decay),
        };
        DECAYS.iter().map(point).collect()
    }
}

/// Spikes per neuron and step of a hidden population.
fn rate(batch: &Inferences<HiddenActivity>, population: usize) -> f64 {
    let spikes: u64 = batch.shown.iter().map(|i| i.also.spikes[population]).sum();
    let images = batch.shown.len() as f64;
    spikes as f64 / (images * SYSTEM.steps as f64 * HIDDEN[population].1 as f64)
}

impl fmt::Display for AhpReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "ahp: 140 LIF and 100 AHP neurons on sequential MNIST, on the chip; {} images a point",
            self.images
        )?;
        writeln!(
            f,
            "  tau      decay  push a spike  accuracy  rate LIF  rate AHP  neurons that fire  synaptic operations"
        )?;
        let line = |f: &mut fmt::Formatter<'_>, p: &AhpPoint| {
            writeln!(
                f,
                "  {:<8.1} {:>5}  {:>12}  {:>6.2} %  {:>8.4}  {:>8.4}  {:>15.1} %  {:>19.0}",
                p.tau_steps,
                p.decay,
                p.push_per_spike,
                p.accuracy * 100.0,
                p.rate_regular,
                p.rate_adaptive,
                p.neurons_that_fire * 100.0,
                p.per_inference.synaptic_operations()
            )
        };
        writeln!(
            f,
            "as trained (recorded on silicon: {:.1} % of 200 images)",
            self.published * 100.0
        )?;
        line(f, &self.trained)?;
        writeln!(f, "the AHP path cut")?;
        line(f, &self.cut)?;
        for (what, sweep) in [
            ("the trained push", &self.sweep_trained_push),
            ("the push of the authors' formula", &self.sweep_formula_push),
        ] {
            if !sweep.is_empty() {
                writeln!(f, "another time constant, {what}")?;
                sweep.iter().try_for_each(|p| line(f, p))?;
            }
        }
        writeln!(f, "as trained, {}", self.trained.per_inference)?;
        write!(f, "{:.1} s on {} thread(s)", self.seconds, self.threads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_formula_gives_the_trained_push_and_fits_its_bits() {
        assert_eq!(setting(5, AhpPush::ByFormula), TRAINED);
        for decay in DECAYS {
            let ahp = setting(decay, AhpPush::ByFormula);
            assert!(
                (0..=255).contains(&ahp.push) && (-8..=7).contains(&ahp.push_exponent),
                "{ahp:?}"
            );
        }
        // tau = 4096 / 51 = 80.3: 1,390,000 (1 / 1606 - 1 / 6450) = 650, in units of 4: 162
        assert_eq!(
            setting(51, AhpPush::ByFormula),
            AhpSetting {
                decay: 51,
                push: 162,
                push_exponent: -2
            }
        );
    }
}
