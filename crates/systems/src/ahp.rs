//! `ahp`: what the after-hyperpolarisation does in Intel's sequential-MNIST network: ablation, how
//! sparse spikes are, and how long a memory the task needs.
//!
//! The auxiliary compartment of an adaptive neuron forgets `decay` of 4096 of its voltage a step and
//! is pushed down by each spike. As trained: decay 5 (a time constant of 4096 / 5 = 819 steps; the
//! authors say 700 and round 4096 / 700 down), push 96 x 2^2. The sweep changes the decay of the
//! trained network, no weight is trained again.

pub mod figure;

use crate::lsnn::{self, Ahp, STEPS};
use seamount_chip::{ChipProgram, SpikeTrain, run_batch};
use seamount_network::netlist::Register;
use seamount_spec::EventCounts;
use seamount_study::data::Mnist;
use seamount_study::measure::PerInference;
use seamount_study::row::Row;
use seamount_study::{LabError, Progress, build};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What to run.
#[derive(Debug, Clone)]
pub struct AhpOptions {
    /// Folder of the network, or of all data; default see [`seamount_study::data::data_folder`].
    pub data: Option<PathBuf>,
    /// Folder of MNIST, if it is not beside the network.
    pub mnist: Option<PathBuf>,
    /// Images to test instead of the MNIST test images.
    pub samples: Option<Mnist>,
    /// The first so many test images for every point.
    pub images: usize,
    /// Only the trained network and the one without AHP, no sweep.
    pub ablation_only: bool,
    /// Threads that share the images.
    pub threads: usize,
}

impl Default for AhpOptions {
    fn default() -> Self {
        AhpOptions {
            data: None,
            mnist: None,
            samples: None,
            images: 300,
            ablation_only: false,
            threads: 1,
        }
    }
}

/// Decays of the sweep, of 4096; 5 is the trained one.
const DECAYS: [u16; 12] = [204, 102, 51, 26, 13, 8, 6, 5, 4, 3, 2, 1];
/// As trained.
pub const TRAINED: Ahp = Ahp {
    decay: 5,
    push: 96,
    push_exponent: -4,
};
/// Classes recorded on silicon: 189 of 200 images.
const PUBLISHED: f64 = 0.945;
const REGULAR: usize = 140;
const HIDDEN: usize = 240;

/// Which push belongs to a decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Push {
    /// The trained one, 384 a spike.
    Trained,
    /// The authors' formula for the time constant: 1,390,000 (1 / (20 tau) - 1 / tau^2) x 4.
    ByFormula,
    /// None: the path is cut.
    Cut,
}

/// The network at one setting.
#[derive(Debug, Clone, Serialize)]
pub struct Point {
    /// Decay of the auxiliary voltage, of 4096.
    pub decay: u16,
    /// Its time constant 4096 / decay, steps.
    pub tau_steps: f64,
    /// Which push.
    pub push: Push,
    /// What a spike takes from the auxiliary voltage.
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

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct AhpReport {
    /// Images for every point.
    pub images: usize,
    /// As trained.
    pub trained: Point,
    /// The path cut.
    pub cut: Point,
    /// The trained push at other decays.
    pub sweep_trained_push: Vec<Point>,
    /// The formula's push at other decays.
    pub sweep_formula_push: Vec<Point>,
    /// Accuracy recorded on silicon over 200 images.
    pub published: f64,
    /// Wall clock, seconds.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
}

/// The AHP of a decay by a rule.
fn setting(decay: u16, push: Push) -> Ahp {
    match push {
        Push::Trained => Ahp { decay, ..TRAINED },
        Push::Cut => Ahp { push: 0, ..TRAINED },
        Push::ByFormula => {
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
            Ahp {
                decay,
                push: (exact.max(0.0) / f64::from(1 << exponent)) as i32,
                push_exponent: exponent as i8 - 4,
            }
        }
    }
}

struct Images<'a> {
    folder: &'a Path,
    mnist: &'a Mnist,
    count: usize,
    threads: usize,
}

/// What an image did: class, spikes of regular and adaptive neurons, neurons that fired, counts.
struct Seen {
    class: u8,
    spikes: [u64; 2],
    fired: usize,
    counts: EventCounts,
}

fn point(
    images: &Images,
    push: Push,
    decay: u16,
    tick: &(dyn Fn() + Sync),
) -> Result<Point, LabError> {
    let ahp = setting(decay, push);
    let mut net = lsnn::network(images.folder, ahp)?;
    for population in ["regular", "adaptive"] {
        net.probe(population, Register::Spike);
    }
    let program = Arc::new(ChipProgram::new(&build(&net, false)?));
    let results = run_batch(
        &program,
        images.count,
        STEPS,
        images.threads,
        |i| SpikeTrain::new(&program, lsnn::encode(images.mnist.image(i))).unwrap_or_default(),
        |_, chip, seen| {
            tick();
            let (mut spikes, mut fired) = ([0; 2], 0);
            for (sum, population) in spikes.iter_mut().zip(["regular", "adaptive"]) {
                let Some(recording) = seen.recording(&format!("{population}.spike")) else {
                    continue;
                };
                *sum = recording.sum() as u64;
                let rows = 0..recording.steps.len();
                fired += (0..recording.neurons.len())
                    .filter(|n| rows.clone().any(|row| recording.get(row, *n) != 0))
                    .count();
            }
            Seen {
                class: lsnn::class(chip, seamount_image::Register::Voltage),
                spikes,
                fired,
                counts: seen.total(),
            }
        },
    );
    let (n, mut counts) = (images.count as f64, EventCounts::default());
    results.iter().for_each(|r| counts += r.counts);
    let right = results
        .iter()
        .enumerate()
        .filter(|(i, r)| r.class == images.mnist.labels[*i])
        .count();
    let rate = |k: usize, neurons: usize| {
        results.iter().map(|r| r.spikes[k]).sum::<u64>() as f64
            / (n * STEPS as f64 * neurons as f64)
    };
    Ok(Point {
        decay,
        tau_steps: 4096.0 / f64::from(decay),
        push,
        push_per_spike: ahp.push << (6 + ahp.push_exponent),
        accuracy: right as f64 / n,
        rate_regular: rate(0, REGULAR),
        rate_adaptive: rate(1, HIDDEN - REGULAR),
        neurons_that_fire: results.iter().map(|r| r.fired).sum::<usize>() as f64
            / (n * HIDDEN as f64),
        per_inference: PerInference::new(&counts, images.count as u64),
    })
}

/// Runs the trained network, the ablated one, and both sweeps.
pub fn run(options: &AhpOptions, progress: Progress) -> Result<AhpReport, LabError> {
    let start = Instant::now();
    let places = lsnn::LsnnOptions {
        data: options.data.clone(),
        mnist: options.mnist.clone(),
        ..lsnn::LsnnOptions::default()
    };
    let (folder, mnist) = lsnn::places(&places)?;
    let mnist = options
        .samples
        .clone()
        .map_or_else(|| Mnist::test_set(&mnist), Ok)?;
    let (count, all) = (options.images, mnist.labels.len());
    if count == 0 || count > all {
        return Err(LabError::Option(format!(
            "--images {count}: the test set has {all} images"
        )));
    }
    let images = Images {
        folder: &folder,
        mnist: &mnist,
        count,
        threads: options.threads.max(1),
    };
    let points = if options.ablation_only {
        2
    } else {
        2 * DECAYS.len() as u64
    };
    let done = AtomicU64::new(0);
    let tick = || {
        progress(
            done.fetch_add(1, Ordering::Relaxed) + 1,
            points * count as u64,
        )
    };
    let trained = point(&images, Push::Trained, TRAINED.decay, &tick)?;
    let cut = point(&images, Push::Cut, TRAINED.decay, &tick)?;
    let sweep = |push: Push| -> Result<Vec<Point>, LabError> {
        let decays = if options.ablation_only {
            &[][..]
        } else {
            &DECAYS[..]
        };
        decays
            .iter()
            .map(|decay| {
                // at the trained decay both rules give the trained network
                let known = *decay == TRAINED.decay;
                if known {
                    Ok(Point {
                        push,
                        ..trained.clone()
                    })
                } else {
                    point(&images, push, *decay, &tick)
                }
            })
            .collect()
    };
    Ok(AhpReport {
        images: count,
        sweep_trained_push: sweep(Push::Trained)?,
        sweep_formula_push: sweep(Push::ByFormula)?,
        trained,
        cut,
        published: PUBLISHED,
        seconds: start.elapsed().as_secs_f64(),
        threads: images.threads,
    })
}

impl AhpReport {
    /// The line of `lab all`.
    pub fn row(&self) -> Row {
        let energy = self.trained.per_inference.energy.first();
        Row {
            system: "ahp".into(),
            figure: "points lost without AHP".into(),
            value: (self.trained.accuracy - self.cut.accuracy) * 100.0,
            published: None,
            unit: "points".into(),
            samples: self.images as u64,
            chip: true,
            operations: Some(self.trained.per_inference.synaptic_operations),
            energy_uj: energy.and_then(|e| e.dynamic_uj),
            energy_by: energy.map_or(String::new(), |e| format!("profile {}", e.profile)),
            seconds: self.seconds,
        }
    }
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
        let line = |f: &mut fmt::Formatter<'_>, p: &Point| {
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
                p.per_inference.synaptic_operations
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
        assert_eq!(setting(5, Push::ByFormula), TRAINED);
        for decay in DECAYS {
            let ahp = setting(decay, Push::ByFormula);
            assert!(
                (0..=255).contains(&ahp.push) && (-8..=7).contains(&ahp.push_exponent),
                "{ahp:?}"
            );
        }
        // tau = 4096 / 51 = 80.3: 1,390,000 (1 / 1606 - 1 / 6450) = 650, in units of 4: 162
        assert_eq!(
            setting(51, Push::ByFormula),
            Ahp {
                decay: 51,
                push: 162,
                push_exponent: -2
            }
        );
    }
}
