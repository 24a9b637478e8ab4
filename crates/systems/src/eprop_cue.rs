//! E-prop on ReckOn's evidence (cue accumulation) samples: cross-validation, or one file against
//! another; in floats, or learned on the emulated chip.

use crate::cue_chip::{ChipCueSettings, Rule};
use learners::{Learners, Trained};
pub use seamount_reference::cue::CueSettings;
use seamount_reference::cue::{self, Epoch, Samples};
use seamount_study::{LabError, Progress, data, text};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

mod chip;
mod learners;

pub use chip::{ChipReport, Work};

/// The file of the published samples, and the folder it is in.
const SAMPLES: &str = "dataset_cueAcc_train.dat";
const FOLDER: &str = "eprop-cue-accumulation";
/// Hands of the cross-validation.
pub const FOLDS: usize = 5;

/// What computes the learning rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The equations in f64.
    Float,
    /// On chip: third factors from microcode, an eligibility a synapse in its tag.
    A,
    /// On chip: traces a neuron and stochastic updates by one, as ReckOn does.
    C,
}

/// What to run.
#[derive(Debug, Clone)]
pub struct EpropCueOptions {
    /// What computes the rule.
    pub engine: Engine,
    /// Folder of samples and initial weights, or of all data; default see [`data::data_folder`].
    pub data: Option<PathBuf>,
    /// Train on this file and test on that one, instead of cross-validation.
    pub files: Option<(PathBuf, PathBuf)>,
    /// Networks: seeds 0 to this, exclusive.
    pub seeds: u64,
    /// Settings of the network and its training.
    pub settings: CueSettings,
    /// Threads that share folds and seeds.
    pub threads: usize,
}

impl Default for EpropCueOptions {
    fn default() -> Self {
        EpropCueOptions {
            engine: Engine::Float,
            data: None,
            files: None,
            seeds: 3,
            settings: CueSettings::default(),
            threads: 1,
        }
    }
}

impl EpropCueOptions {
    /// The settings of the engine on the chip; none of the float one.
    fn chip_settings(&self) -> Option<ChipCueSettings> {
        let rule = match self.engine {
            Engine::Float => return None,
            Engine::A => Rule::Tag,
            Engine::C => Rule::Traces,
        };
        let CueSettings {
            epochs,
            test_every_epoch,
            ..
        } = self.settings;
        Some(ChipCueSettings {
            epochs,
            test_every_epoch,
            ..ChipCueSettings::new(rule)
        })
    }
}

/// One network trained from scratch, and its test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoldReport {
    /// Samples tested; in cross-validation their indices in the file.
    pub tested: Vec<usize>,
    /// Share right.
    pub accuracy: f64,
    /// Epoch after epoch.
    pub epochs: Vec<Epoch>,
}

/// All networks of one seed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedReport {
    /// The seed.
    pub seed: u64,
    /// Share of the samples that were right when tested.
    pub accuracy: f64,
    /// Share right while learning, in the last epoch.
    pub train_accuracy: f64,
    /// Mean rate of the recurrent neurons on the test samples.
    pub rate_hz: f64,
    /// One a fold; just one if there is a test file.
    pub folds: Vec<FoldReport>,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct EpropCueReport {
    /// What computed the rule.
    pub engine: Engine,
    /// `cross-validation` or `train-test`.
    pub protocol: &'static str,
    /// Files read.
    pub files: Vec<String>,
    /// Samples that were tested, each once a seed.
    pub samples: usize,
    /// Steps of a sample.
    pub steps_per_sample: usize,
    /// Settings of the float engine; for those on the chip, of which batch and rate are not, see `chip`.
    pub settings: CueSettings,
    /// Settings and events of the engines on the chip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chip: Option<ChipReport>,
    /// Mean test accuracy over the seeds.
    pub accuracy: f64,
    /// Median of the same.
    pub accuracy_median: f64,
    /// Test accuracy of each seed.
    pub accuracies: Vec<f64>,
    /// Share right while learning, epoch after epoch: mean over all networks.
    pub train_curve: Vec<f64>,
    /// Share right of the test samples, epoch after epoch where they were tested: mean over all networks.
    pub test_curve: Vec<Option<f64>>,
    /// Details of each seed.
    pub seeds: Vec<SeedReport>,
    /// Threads used.
    pub threads: usize,
    /// Seconds, wall clock.
    pub wall_s: f64,
}

/// Samples, and the networks to be trained and tested with them.
struct Plan {
    learnt: Samples,
    /// The samples of the test file; without one they are taken out of `learnt`.
    test: Option<Samples>,
    /// Seed of each network, and which samples it is tested with; seeds side by side.
    jobs: Vec<(u64, Vec<usize>)>,
}

/// Trains and tests.
pub fn run(options: &EpropCueOptions, progress: Progress) -> Result<EpropCueReport, LabError> {
    if options.seeds == 0 || options.settings.epochs == 0 {
        return Err(LabError::Option("at least one seed and one epoch".into()));
    }
    let start = Instant::now();
    let (plan, files) = match &options.files {
        None => {
            let file = samples_file(options.data.as_deref())?;
            (cross_validation(&file, options.seeds)?, vec![file])
        }
        Some((train, test)) => {
            folder_exists(options.data.as_deref())?;
            (
                train_test(train, test, options.seeds)?,
                vec![train.clone(), test.clone()],
            )
        }
    };
    let learners = Learners::new(options, &files[0])?;
    let trained = train_all(&learners, &plan, options.threads, progress)?;
    let chip = learners.report(&trained);
    let seeds = by_seed(&plan, trained.into_iter().map(|t| t.fold).collect());
    let accuracies: Vec<f64> = seeds.iter().map(|s| s.accuracy).collect();
    let (train_curve, test_curve) = curves(&seeds);
    Ok(EpropCueReport {
        engine: options.engine,
        protocol: match options.files {
            None => "cross-validation",
            Some(_) => "train-test",
        },
        files: files.iter().map(|f| f.display().to_string()).collect(),
        samples: seeds[0].folds.iter().map(|f| f.tested.len()).sum(),
        steps_per_sample: plan.learnt.sequence_steps,
        settings: options.settings.clone(),
        chip,
        train_curve,
        test_curve,
        accuracy: accuracies.iter().sum::<f64>() / accuracies.len() as f64,
        accuracy_median: median(&accuracies),
        accuracies,
        seeds,
        threads: options.threads,
        wall_s: start.elapsed().as_secs_f64(),
    })
}

/// The middle of some numbers, or of their two middle ones.
fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
}

/// Accuracy epoch after epoch, mean over all folds of all seeds by their size.
fn curves(seeds: &[SeedReport]) -> (Vec<f64>, Vec<Option<f64>>) {
    let folds: Vec<&FoldReport> = seeds.iter().flat_map(|s| &s.folds).collect();
    let epochs = folds.iter().map(|f| f.epochs.len()).min().unwrap_or(0);
    let tested = folds.iter().map(|f| f.tested.len()).sum::<usize>().max(1) as f64;
    let test = |e: usize| {
        folds
            .iter()
            .map(|f| Some(f.epochs[e].test_accuracy? * f.tested.len() as f64))
            .sum::<Option<f64>>()
    };
    let train = |e: usize| {
        folds
            .iter()
            .map(|f| f.epochs[e].train_accuracy)
            .sum::<f64>()
            / folds.len() as f64
    };
    (
        (0..epochs).map(train).collect(),
        (0..epochs).map(|e| Some(test(e)? / tested)).collect(),
    )
}

/// A folder that was named is there, even if an engine reads nothing from it.
fn folder_exists(given: Option<&Path>) -> Result<(), LabError> {
    match given.filter(|folder| !folder.is_dir()) {
        Some(folder) => Err(LabError::Missing {
            what: "the data folder".into(),
            looked: vec![folder.into()],
        }),
        None => Ok(()),
    }
}

/// Where the published samples lie, given `--data`.
fn samples_file(given: Option<&Path>) -> Result<PathBuf, LabError> {
    let given = data::data_folder(given);
    let folders = [given.join(FOLDER), given];
    Ok(data::find("the samples", SAMPLES, &folders)?.join(SAMPLES))
}

fn read(file: &Path) -> Result<Samples, LabError> {
    let content = text::read(file)?;
    cue::parse_samples(&content).map_err(|problems| text::wrong(file, text::lines(problems)))
}

/// Every sample is tested once by a network of each seed that has not seen it.
fn cross_validation(file: &Path, seeds: u64) -> Result<Plan, LabError> {
    let learnt = read(file)?;
    let count = learnt.sequences.len();
    if count < FOLDS {
        let problem = format!("{count} samples; cross-validation in {FOLDS} folds needs {FOLDS}");
        return Err(text::wrong(file, problem));
    }
    let hands = |seed| {
        cue::deal(&learnt, FOLDS, seed)
            .into_iter()
            .map(move |hand| (seed, hand))
    };
    let jobs = (0..seeds).flat_map(hands).collect();
    Ok(Plan {
        learnt,
        test: None,
        jobs,
    })
}

/// A network of each seed learns one file and is tested on the other.
fn train_test(train: &Path, test: &Path, seeds: u64) -> Result<Plan, LabError> {
    let (learnt, tested) = (read(train)?, read(test)?);
    let (steps, wanted) = (tested.sequence_steps, learnt.sequence_steps);
    if steps != wanted {
        let problem = format!("samples of {steps} steps; those to learn have {wanted}");
        return Err(text::wrong(test, problem));
    }
    let all: Vec<usize> = (0..tested.sequences.len()).collect();
    let jobs = (0..seeds).map(|seed| (seed, all.clone())).collect();
    Ok(Plan {
        learnt,
        test: Some(tested),
        jobs,
    })
}

impl Plan {
    /// The samples of `learnt` whose place is `wanted`.
    fn pick(&self, wanted: impl Fn(&usize) -> bool) -> Samples {
        let all = 0..self.learnt.sequences.len();
        Samples {
            sequence_steps: self.learnt.sequence_steps,
            sequences: all
                .filter(wanted)
                .map(|s| self.learnt.sequences[s].clone())
                .collect(),
        }
    }

    /// What a network learns, and what it is tested with.
    fn samples(&self, tested: &[usize]) -> (Samples, Samples) {
        match &self.test {
            Some(test) => (self.learnt.clone(), test.clone()),
            None => (
                self.pick(|s| !tested.contains(s)),
                self.pick(|s| tested.contains(s)),
            ),
        }
    }
}

/// The jobs in turn, shared by threads; results in the order of the jobs.
fn train_all(
    learners: &Learners,
    plan: &Plan,
    threads: usize,
    progress: Progress,
) -> Result<Vec<Trained>, LabError> {
    let total = plan.jobs.len();
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let results: Mutex<Vec<(usize, Result<Trained, LabError>)>> = Mutex::new(Vec::new());
    progress(0, total as u64);
    let work = || {
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some((seed, tested)) = plan.jobs.get(at)
        {
            let (learnt, test) = plan.samples(tested);
            let result = learners.train(*seed, tested, &learnt, &test);
            results
                .lock()
                .expect("no thread panics while it holds the lock")
                .push((at, result));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, total as u64);
        }
    };
    std::thread::scope(|scope| {
        (0..threads.clamp(1, total)).for_each(|_| drop(scope.spawn(work)));
    });
    let mut results = results
        .into_inner()
        .expect("no thread panics while it holds the lock");
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Puts the folds of each seed together.
fn by_seed(plan: &Plan, folds: Vec<FoldReport>) -> Vec<SeedReport> {
    let mut seeds: Vec<SeedReport> = Vec::new();
    for (&(seed, _), fold) in plan.jobs.iter().zip(folds) {
        match seeds.last_mut() {
            Some(last) if last.seed == seed => last.folds.push(fold),
            _ => seeds.push(SeedReport {
                seed,
                accuracy: 0.0,
                train_accuracy: 0.0,
                rate_hz: 0.0,
                folds: vec![fold],
            }),
        }
    }
    for seed in &mut seeds {
        let tested: usize = seed.folds.iter().map(|f| f.tested.len()).sum();
        // Folds count by their size: the share of all samples.
        let mean = |of: fn(&FoldReport) -> f64| {
            let sum: f64 = seed
                .folds
                .iter()
                .map(|f| of(f) * f.tested.len() as f64)
                .sum();
            sum / tested.max(1) as f64
        };
        (seed.accuracy, seed.train_accuracy, seed.rate_hz) = (
            mean(|f| f.accuracy),
            mean(|f| f.epochs.last().map_or(0.0, |e| e.train_accuracy)),
            mean(|f| f.epochs.last().and_then(|e| e.test_rate_hz).unwrap_or(0.0)),
        );
    }
    seeds
}

impl fmt::Display for EpropCueReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = &self.settings;
        match &self.chip {
            None => {
                writeln!(
                    f,
                    "cue accumulation, e-prop in f64: 40 inputs, {} LIF neurons, 2 outputs",
                    s.neurons
                )?;
                writeln!(f, "initial weights: drawn from the seed")?;
            }
            Some(chip) => writeln!(f, "{chip}")?,
        }
        match &self.files[..] {
            [file] => writeln!(
                f,
                "{file}: {} samples of {} steps, each tested once by a network that has not seen it ({FOLDS} folds)",
                self.samples, self.steps_per_sample
            )?,
            files => writeln!(
                f,
                "{}: {} samples of {} steps",
                files.join(" is learnt, tested is "),
                self.samples,
                self.steps_per_sample
            )?,
        }
        match &self.chip {
            None => writeln!(
                f,
                "{} epochs, {} samples an update, Adam at {}",
                s.epochs, s.batch, s.learning_rate
            )?,
            Some(_) => writeln!(f, "{} epochs, weights move within each sample", s.epochs)?,
        }
        writeln!(f, "seed  accuracy  while learning  rate")?;
        for seed in &self.seeds {
            writeln!(
                f,
                "{:>4}  {:>6.1} %  {:>12.1} %  {:.1} Hz",
                seed.seed,
                seed.accuracy * 100.0,
                seed.train_accuracy * 100.0,
                seed.rate_hz
            )?;
        }
        writeln!(f, "median {:>5.1} %", self.accuracy_median * 100.0)?;
        if let Some(chip) = &self.chip {
            write!(f, "{}{}", chip.learning, chip.inference)?;
        }
        write!(
            f,
            "mean  {:>6.1} %  (chance 50 %); {:.1} s on {} thread(s)",
            self.accuracy * 100.0,
            self.wall_s,
            self.threads
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, samples: usize) -> PathBuf {
        let sample = |s: usize| {
            format!(
                "{}, {}\n3, {}\n-2, {}\n-1, 40\n",
                s % 40,
                s % 9,
                s % 7 + 20,
                s % 2
            )
        };
        let text: String = (0..samples).map(sample).collect();
        let path = std::env::temp_dir().join(format!("seamount-{name}-{}.dat", std::process::id()));
        std::fs::write(&path, format!("{samples}\n{text}")).unwrap();
        path
    }

    fn settings() -> CueSettings {
        CueSettings {
            neurons: 6,
            epochs: 2,
            ..CueSettings::default()
        }
    }

    #[test]
    fn folds_on_any_number_of_threads_are_those_of_the_reference() {
        let path = file("folds", 13);
        let plan = cross_validation(&path, 2).unwrap();
        let samples = read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let learners = Learners::Float(settings());
        let trained = |threads| train_all(&learners, &plan, threads, &|_, _| ()).unwrap();
        let run = |threads| {
            by_seed(
                &plan,
                trained(threads).into_iter().map(|t| t.fold).collect(),
            )
        };
        let seeds = run(1);
        assert_eq!(seeds, run(3));
        for seed in seeds {
            let wanted = cue::cross_validate(&settings(), &samples, FOLDS, seed.seed);
            assert!((seed.accuracy - wanted.accuracy).abs() < 1e-12);
            for (fold, wanted) in seed.folds.iter().zip(&wanted.folds) {
                assert_eq!(
                    (&fold.tested, &fold.epochs),
                    (&wanted.tested, &wanted.epochs)
                );
            }
        }
    }

    #[test]
    fn what_cannot_run_says_why() {
        let path = file("few", 3);
        let few = cross_validation(&path, 1).err().unwrap().to_string();
        std::fs::remove_file(&path).unwrap();
        assert!(
            few.contains("3 samples; cross-validation in 5 folds needs 5"),
            "{few}"
        );
    }

    /// A folder with samples, and another; gone when dropped.
    struct Folders(PathBuf);

    impl Folders {
        fn new(name: &str) -> Folders {
            let root = std::env::temp_dir().join(format!("seamount-{name}-{}", std::process::id()));
            std::fs::create_dir_all(root.join("weights")).unwrap();
            std::fs::rename(file(name, 5), root.join("samples.dat")).unwrap();
            Folders(root)
        }

        /// Weights of six neurons, all of this value.
        fn weights(&self, value: &str) {
            for (name, count) in [("inp", 240), ("rec", 36), ("out", 12)] {
                let text = format!("{value}\n").repeat(count);
                std::fs::write(
                    self.0
                        .join(format!("weights/init_rand_weights_{name}_cueAcc.dat")),
                    text,
                )
                .unwrap();
            }
        }

        fn options(&self, engine: Engine, data: Option<&str>) -> EpropCueOptions {
            let samples = self.0.join("samples.dat");
            let (data, files) = (
                data.map(|d| self.0.join(d)),
                Some((samples.clone(), samples)),
            );
            EpropCueOptions {
                engine,
                data,
                files,
                seeds: 2,
                settings: settings(),
                threads: 1,
            }
        }

        fn run(&self, engine: Engine, data: &str) -> Result<EpropCueReport, String> {
            run(&self.options(engine, Some(data)), &|_, _| ()).map_err(|e| e.to_string())
        }
    }

    impl Drop for Folders {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn engines_on_the_chip_start_from_the_weights_of_the_data_folder() {
        let folders = Folders::new("weights");
        folders.weights("50");
        for engine in [Engine::A, Engine::C] {
            let of_folder = folders.run(engine, "weights").unwrap();
            let chip = of_folder.chip.as_ref().unwrap();
            assert!(
                chip.initial_weights.ends_with("weights") && chip.initial_weights_looked.is_empty()
            );
            let two = EpropCueOptions {
                threads: 2,
                ..folders.options(engine, Some("weights"))
            };
            assert_eq!(
                of_folder.seeds,
                run(&two, &|_, _| ()).unwrap().seeds,
                "{engine:?}"
            );
            let curves = (
                of_folder.train_curve.len(),
                of_folder.test_curve[0].is_none(),
                of_folder.test_curve[1].is_some(),
            );
            assert_eq!(curves, (2, true, true));
        }
        // the values of the files do matter
        let spikes = |report: EpropCueReport| report.chip.unwrap().inference.per_sample.spikes();
        let high = spikes(folders.run(Engine::A, "weights").unwrap());
        folders.weights("-100");
        assert_eq!(
            (
                high > 0.0,
                spikes(folders.run(Engine::A, "weights").unwrap())
            ),
            (true, 0.0)
        );
    }

    #[test]
    fn a_data_folder_without_the_initial_weights_is_an_error() {
        let folders = Folders::new("no-weights");
        for engine in [Engine::A, Engine::C] {
            let none = folders.run(engine, "weights").unwrap_err();
            for name in ["inp", "rec", "out"] {
                assert!(
                    none.contains(&format!("init_rand_weights_{name}_cueAcc.dat")),
                    "{none}"
                );
            }
            assert!(
                none.contains("not found; looked in ") && none.contains("no-weights"),
                "{none}"
            );
            assert!(folders.run(engine, "gone").unwrap_err().contains("gone"));
        }
        let float = folders.run(Engine::Float, "gone").unwrap_err();
        assert!(
            float.starts_with("the data folder not found; looked in "),
            "{float}"
        );
        std::fs::write(
            folders.0.join("weights/init_rand_weights_rec_cueAcc.dat"),
            "0\n",
        )
        .unwrap();
        let some = folders.run(Engine::A, "weights").unwrap_err();
        assert!(
            some.contains("_inp_") && some.contains("_out_") && !some.contains("_rec_"),
            "{some}"
        );
    }

    #[test]
    fn every_weight_that_is_wrong_is_named() {
        let folders = Folders::new("bad-weights");
        folders.weights("300");
        std::fs::write(
            folders.0.join("weights/init_rand_weights_out_cueAcc.dat"),
            "1\n-129\nx\n",
        )
        .unwrap();
        let all = folders.run(Engine::A, "weights").unwrap_err();
        let count = |what: &str| all.lines().filter(|l| l.contains(what)).count();
        assert_eq!(
            (count("_inp_"), count("_rec_"), count("_out_")),
            (240, 36, 3),
            "{all}"
        );
        assert!(
            all.contains(
                "init_rand_weights_rec_cueAcc.dat: line 36: weight 300 is outside -128..=127"
            ),
            "{all}"
        );
        assert!(
            all.contains("out_cueAcc.dat: line 2: weight -129")
                && all.contains("line 3: expected 12 weights, found 3"),
            "{all}"
        );
    }
}
