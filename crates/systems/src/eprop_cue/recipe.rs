//! Samples dealt into folds, or one file against another; a network a fold and seed, trained by an
//! engine.

use super::chip::{ChipCueSettings, Rule};
use super::controls::controls;
use super::engines::{Engines, Trained};
use super::float::{CueSettings, Samples, deal, parse_samples};
use super::report::{EpropCueOutcome, EpropCueReport, FoldReport, SeedReport, curves};
use crate::registry::{defaults, positive};
use clap::{Args, ValueEnum};
use seamount_session::Failure;
use seamount_session::decode::median;
use seamount_study::datasets::{Dataset, Datasets};
use seamount_study::experiment::{Experiment, ReportForm, threads};
use seamount_study::row::Row;
use seamount_study::trials::Trials;
use seamount_study::{Progress, text};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The file of the published samples.
const SAMPLES: &str = "dataset_cueAcc_train.dat";
/// The folder of samples and initial weights below that of all data.
pub(super) const FOLDER: &str = "eprop-cue-accumulation";
/// Hands of the cross-validation.
pub const FOLDS: usize = 5;

/// Way to compute the learning rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// The published equations in f64
    Float,
    /// On chip, eligibility in the synapse's tag
    A,
    /// On chip, traces a neuron and stochastic updates
    C,
}

/// Options of cue accumulation.
#[derive(Debug, Clone, Serialize, Args)]
pub struct EpropCueOptions {
    /// What computes the learning rule
    #[arg(long, value_name = "ENGINE", default_value = "float")]
    pub engine: Engine,
    /// Folder of the samples and of the initial weights of engines a and c, or of all data
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Learn these samples instead (and test those of --test)
    #[arg(long, value_name = "FILE", requires = "test")]
    pub train: Option<PathBuf>,
    /// Test these samples, which are not learnt
    #[arg(long, value_name = "FILE", requires = "train")]
    pub test: Option<PathBuf>,
    /// Passes over the samples to learn
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    pub epochs: u32,
    /// How many networks to start from: seeds 0 to N - 1
    #[arg(
        long,
        value_name = "N",
        default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub seeds: u32,
    /// Adam's rate, of engine float
    #[arg(long, value_name = "X", value_parser = positive)]
    pub learning_rate: Option<f64>,
    /// Test after every epoch, for a learning curve in the JSON
    #[arg(long)]
    pub every_epoch: bool,
    /// Accuracy of engine a or c over the seeds on half of the samples, which the other half was
    /// learned without, beside controls (hidden weights frozen, feedback removed, flipped and
    /// shuffled, targets shuffled)
    #[arg(long, conflicts_with_all = ["train", "every_epoch"])]
    pub controls: bool,
    /// Threads that share the networks; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Recurrent neurons of the network
    #[arg(skip = 100usize)]
    pub neurons: usize,
}

impl Default for EpropCueOptions {
    fn default() -> Self {
        defaults()
    }
}

impl EpropCueOptions {
    /// Settings of the float network and its training.
    pub(super) fn settings(&self) -> CueSettings {
        let default = CueSettings::default();
        CueSettings {
            neurons: self.neurons,
            epochs: self.epochs as usize,
            learning_rate: self.learning_rate.unwrap_or(default.learning_rate),
            test_every_epoch: self.every_epoch,
            ..default
        }
    }

    /// Settings of an engine on the chip; none for the float one.
    pub(super) fn chip_settings(&self) -> Option<ChipCueSettings> {
        let rule = match self.engine {
            Engine::Float => return None,
            Engine::A => Rule::Tag,
            Engine::C => Rule::Traces,
        };
        Some(ChipCueSettings {
            epochs: self.epochs as usize,
            test_every_epoch: self.every_epoch,
            ..ChipCueSettings::new(rule)
        })
    }
}

/// `seamount lab eprop-cue`
pub struct EpropCue;

impl Experiment for EpropCue {
    const NAME: &'static str = "eprop-cue";
    const ABOUT: &'static str = "E-prop learns to accumulate evidence: ReckOn's fifty samples, each \
        tested by a network that never saw it";
    const HELP: &'static str = "\
Example: seamount lab eprop-cue --engine float --data ../shared/data --epochs 20 --seeds 3
         seamount lab eprop-cue --engine a --every-epoch --json
         seamount lab eprop-cue --engine c --train mine.dat --test others.dat

Forty inputs, a hundred LIF neurons with membranes of 2 s, two outputs. Without --train and --test
the samples of the data folder are dealt into five hands; each is tested by a network trained on
the other four, so that every sample is tested once a seed. Prints the accuracy of each seed,
their median and their mean (with --json: accuracies, accuracy_median, accuracy, train_curve and
test_curve by epoch, and each fold with the samples it tested).

Engines a and c learn on an emulated chip of the Loihi 2 class: neurons and readouts run programs,
synapses learn by rules, and the host injects spikes and targets and lets the chip rest between
samples. They start from the 8-bit weights init_rand_weights_{inp,rec,out}_cueAcc.dat, one number
in -128..=127 a line, with --train and --test too: those of --data DIR, else of the folder
SEAMOUNT_DATA (../shared/data), else those beside the samples to learn. A DIR without them is an
error; if no DIR is named and they are nowhere, weights are drawn as the float engine's, and the
report says so. They print the events and the energy of a sample.

A file of samples: first line their number; then lines 'address, time': an address of 0 to 39 is a
spike of that input at that step, '-2, L' names the class (0 or 1), '-1, T' ends the sample after
T steps.";
    const COUNTS: &'static str = "networks trained";
    const RESUMES: bool = true;
    const QUICK: &'static [&'static str] = &["--engine c --seeds 1 --epochs 10"];
    type Options = EpropCueOptions;
    type Report = EpropCueOutcome;

    fn check(options: &EpropCueOptions, _: ReportForm) -> Result<(), Failure> {
        if options.learning_rate.is_some() && options.engine != Engine::Float {
            let problem =
                "only engine float has Adam's rate; those on the chip have integers, see --json";
            return Err(Failure::option("learning-rate", problem));
        }
        if options.controls && options.engine == Engine::Float {
            let problem = "controls are of engines a and c, on the chip";
            return Err(Failure::option("controls", problem));
        }
        Ok(())
    }

    fn run(options: &EpropCueOptions, progress: Progress) -> Result<EpropCueOutcome, Failure> {
        if options.controls {
            return controls(options, progress).map(EpropCueOutcome::Controls);
        }
        run(options, progress).map(|report| EpropCueOutcome::Trained(Box::new(report)))
    }

    fn row(report: &EpropCueOutcome) -> Option<Row> {
        let EpropCueOutcome::Trained(report) = report else {
            return None;
        };
        let cost = &report.chip.as_ref()?.inference.per_sample;
        let figure = "unseen samples right after 10 epochs, engine c, 5 folds";
        let samples = report.samples as u64;
        Some(Row::on_chip(
            Self::NAME,
            figure,
            report.accuracy * 100.0,
            None,
            samples,
            cost,
        ))
    }
}

/// Samples, and the networks to be trained and tested with them.
struct Plan {
    learnt: Samples,
    /// The samples of the test file; without one they are taken out of `learnt`.
    test: Option<Samples>,
    jobs: Vec<Job>,
}

/// One network.
struct Job {
    seed: u64,
    /// Places of the samples that it is tested with.
    tested: Vec<usize>,
}

/// Trains and tests.
///
/// # Errors
/// If files are not there or cannot be used, or there is nothing to train.
pub fn run(options: &EpropCueOptions, progress: Progress) -> Result<EpropCueReport, Failure> {
    if options.seeds == 0 || options.epochs == 0 {
        return Err(Failure::call("at least one seed and one epoch"));
    }
    let start = Instant::now();
    let threads = threads(options.threads);
    let (plan, files) = plan(options)?;
    let engines = Engines::new(options, &files[0])?;
    let trained = train_all(&engines, &plan, threads, progress)?;
    let chip = engines.report(&trained);
    let seeds = by_seed(&plan, trained.into_iter().map(|t| t.fold).collect());
    let accuracies: Vec<f64> = seeds.iter().map(|s| s.accuracy).collect();
    let (train_curve, test_curve) = curves(&seeds);
    Ok(EpropCueReport {
        engine: options.engine,
        protocol: match plan.test {
            None => "cross-validation",
            Some(_) => "train-test",
        },
        files: files.iter().map(|f| f.display().to_string()).collect(),
        samples: seeds[0].folds.iter().map(|f| f.tested.len()).sum(),
        steps_per_sample: plan.learnt.sequence_steps,
        settings: options.settings(),
        chip,
        train_curve,
        test_curve,
        accuracy: accuracies.iter().sum::<f64>() / accuracies.len() as f64,
        accuracy_median: median(&accuracies),
        accuracies,
        seeds,
        threads,
        wall_s: start.elapsed().as_secs_f64(),
    })
}

/// The plan of the options, and the files that it is from; that of the samples to learn is the
/// first.
fn plan(options: &EpropCueOptions) -> Result<(Plan, Vec<PathBuf>), Failure> {
    let seeds = u64::from(options.seeds);
    match options.train.as_ref().zip(options.test.as_ref()) {
        None => {
            let file = samples_file(options.data.as_deref())?;
            Ok((cross_validation(&file, seeds)?, vec![file]))
        }
        Some((train, test)) => {
            folder_exists(options.data.as_deref())?;
            let plan = train_test(train, test, seeds)?;
            Ok((plan, vec![train.clone(), test.clone()]))
        }
    }
}

/// Checks that a folder which was named is there, even if the engine reads nothing from it.
fn folder_exists(given: Option<&Path>) -> Result<(), Failure> {
    match given.filter(|folder| !folder.is_dir()) {
        Some(folder) => Err(Failure::missing("the data folder", &[folder.into()])),
        None => Ok(()),
    }
}

/// Path of the published samples, given `--data`.
pub(super) fn samples_file(given: Option<&Path>) -> Result<PathBuf, Failure> {
    const SET: Dataset = Dataset::new("the samples", FOLDER, SAMPLES);
    Ok(Datasets::new(given).find(SET)?.join(SAMPLES))
}

pub(super) fn read(file: &Path) -> Result<Samples, Failure> {
    let content = text::read(file)?;
    parse_samples(&content).map_err(|problems| text::wrong(file, text::lines(problems)))
}

/// Plan in which a network of each seed tests each sample that it has not seen, once.
fn cross_validation(file: &Path, seeds: u64) -> Result<Plan, Failure> {
    let learnt = read(file)?;
    let count = learnt.sequences.len();
    if count < FOLDS {
        let problem = format!("{count} samples; cross-validation in {FOLDS} folds needs {FOLDS}");
        return Err(text::wrong(file, problem));
    }
    let hands = |seed| {
        let hands = deal(&learnt, FOLDS, seed).into_iter();
        hands.map(move |tested| Job { seed, tested })
    };
    let jobs = (0..seeds).flat_map(hands).collect();
    Ok(Plan {
        learnt,
        test: None,
        jobs,
    })
}

/// Plan in which a network of each seed learns one file and is tested on the other.
fn train_test(train: &Path, test: &Path, seeds: u64) -> Result<Plan, Failure> {
    let learnt = read(train)?;
    let tested = read(test)?;
    let steps = tested.sequence_steps;
    let wanted = learnt.sequence_steps;
    if steps != wanted {
        let problem = format!("samples of {steps} steps; those to learn have {wanted}");
        return Err(text::wrong(test, problem));
    }
    let all: Vec<usize> = (0..tested.sequences.len()).collect();
    let job = |seed| Job {
        seed,
        tested: all.clone(),
    };
    Ok(Plan {
        jobs: (0..seeds).map(job).collect(),
        learnt,
        test: Some(tested),
    })
}

impl Plan {
    /// The samples of `learnt` that are in a hand, or those that are not.
    fn pick(&self, hand: &[usize], in_hand: bool) -> Samples {
        let all = self.learnt.sequences.iter().enumerate();
        let picked = all.filter(|(place, _)| hand.contains(place) == in_hand);
        Samples {
            sequence_steps: self.learnt.sequence_steps,
            sequences: picked.map(|(_, sequence)| sequence.clone()).collect(),
        }
    }

    /// The samples that a network learns, and those that it is tested with.
    fn samples(&self, job: &Job) -> (Samples, Samples) {
        match &self.test {
            Some(test) => (self.learnt.clone(), test.clone()),
            None => (self.pick(&job.tested, false), self.pick(&job.tested, true)),
        }
    }
}

/// Trains and tests every network, shared by threads; results in the order of the jobs.
fn train_all(
    engines: &Engines,
    plan: &Plan,
    threads: usize,
    progress: Progress,
) -> Result<Vec<Trained>, Failure> {
    let trials = Trials::new(plan.jobs.len(), threads, progress);
    progress(0, plan.jobs.len() as u64);
    trials.kept("network", plan.jobs.len(), |at| {
        let job = &plan.jobs[at];
        let (learnt, test) = plan.samples(job);
        Ok(engines.train(job.seed, &job.tested, &learnt, &test))
    })
}

/// Puts the folds of each seed together; jobs of a seed lie side by side.
fn by_seed(plan: &Plan, folds: Vec<FoldReport>) -> Vec<SeedReport> {
    let mut seeds: Vec<(u64, Vec<FoldReport>)> = vec![];
    for (job, fold) in plan.jobs.iter().zip(folds) {
        match seeds.last_mut() {
            Some((seed, folds)) if *seed == job.seed => folds.push(fold),
            _ => seeds.push((job.seed, vec![fold])),
        }
    }
    let report = |(seed, folds)| SeedReport::new(seed, folds);
    seeds.into_iter().map(report).collect()
}

#[cfg(test)]
mod tests {
    use super::super::float::train_and_test;
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
        let engines = Engines::Float(settings());
        let run = |threads| {
            let trained = train_all(&engines, &plan, threads, Progress::UNSEEN).unwrap();
            by_seed(&plan, trained.into_iter().map(|t| t.fold).collect())
        };
        let seeds = run(1);
        assert_eq!(seeds, run(3));
        for seed in seeds {
            let hands = deal(&samples, FOLDS, seed.seed);
            let mut right = 0.0;
            for (fold, hand) in seed.folds.iter().zip(&hands) {
                let mut test = samples.clone();
                let mut learn = samples.clone();
                // hands are dealt, the samples of a fold lie in the order of the file
                let mut places = hand.clone();
                places.sort_unstable();
                test.sequences = places
                    .iter()
                    .map(|s| samples.sequences[*s].clone())
                    .collect();
                places.reverse();
                places.iter().for_each(|s| drop(learn.sequences.remove(*s)));
                let epochs = train_and_test(&settings(), seed.seed, &learn, &test);
                assert_eq!((&fold.tested, &fold.epochs), (hand, &epochs));
                right += epochs[1].test_accuracy.unwrap() * hand.len() as f64;
            }
            assert_eq!(hands.len(), seed.folds.len());
            assert!((seed.accuracy - right / 13.0).abs() < 1e-12);
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
            EpropCueOptions {
                engine,
                data: data.map(|d| self.0.join(d)),
                train: Some(samples.clone()),
                test: Some(samples),
                seeds: 2,
                neurons: 6,
                epochs: 2,
                threads: Some(1),
                ..EpropCueOptions::default()
            }
        }

        fn run(&self, engine: Engine, data: &str) -> Result<EpropCueReport, String> {
            run(&self.options(engine, Some(data)), Progress::UNSEEN).map_err(|e| e.to_string())
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
                threads: Some(2),
                ..folders.options(engine, Some("weights"))
            };
            assert_eq!(
                of_folder.seeds,
                run(&two, Progress::UNSEEN).unwrap().seeds,
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
