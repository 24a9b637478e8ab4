//! E-prop on the chip beside float e-prop with a learning signal that is as late.
//!
//! Four float networks start from the chip's own weights: one fires the chip's spikes, so that the
//! rule alone is compared; one does so too and hears no errors, so that what the learning signal
//! does can be told from what the term of the rate does; one fires by itself with the same latency;
//! one by itself without latency, which says what the latency costs.

pub mod file;
pub mod outputs;
pub mod report;
pub mod sabotage;
pub mod sides;

pub use file::File;
pub use report::EpropReport;
pub use sabotage::self_test;

use report::Measured;
use seamount_network::netlist::DwRounding;
use seamount_reference::Matrix;
use seamount_reference::eprop::{Feedback, Late, LateRule, Sequence};
use seamount_session::Failure;
use seamount_study::Progress;
use seamount_study::spread::spread;
use seamount_study::validate::arithmetic::{Arithmetic, ArithmeticRow, ArithmeticTable};
use seamount_study::validate::chip::Frame;
use seamount_study::validate::fit::{Fit, PartGains};
use seamount_study::validate::report::SeedRow;
use seamount_study::validate::{measure, threads};
use sides::{LAYERS, OnChip, Seen, float};
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs what the file asks for, and judges it over seeds 1 to `seeds`.
///
/// # Errors
/// If the network does not compile, or a run measured nothing.
pub fn run(file: &File, seeds: u64, progress: Progress) -> Result<EpropReport, Failure> {
    let parts = 1 + seeds;
    progress(0, parts);
    let own = Compared::new(file)?;
    own.must_measure("the file's own seed")?;
    progress(1, parts);
    let rows = over_seeds(file, seeds, &|done| progress(1 + done, parts))?;
    Ok(EpropReport::new(
        file,
        own.on_chip.chip.set.rule,
        own.measured(),
        rows,
    ))
}

/// The numbers of seeds 1 to `seeds`.
fn over_seeds(
    file: &File,
    seeds: u64,
    done: &(dyn Fn(u64) + Sync),
) -> Result<Vec<SeedRow>, Failure> {
    let finished = AtomicU64::new(0);
    let row = |index: usize| {
        let seed = index as u64 + 1;
        let compared = Compared::new(&file.seeded(seed))?;
        compared.must_measure(&format!("seed {seed}"))?;
        done(finished.fetch_add(1, Ordering::Relaxed) + 1);
        Ok(compared.measured().row(seed))
    };
    let rows = spread(seeds as usize, threads(), row);
    rows.into_iter().collect()
}

/// Runs a file in every arithmetic, over seeds 1 to `seeds`.
///
/// # Errors
/// If the file states no tolerances.
pub fn arithmetics(file: &File, seeds: u64) -> Result<ArithmeticTable, Failure> {
    if file.tolerances.is_empty() {
        let problem = "states no tolerances: there is no verdict";
        return Err(Failure::call(problem));
    }
    let shown = ["gain_in_min", "gain_rec_min", "gain_out_min"];
    let row = |arithmetic: Arithmetic| {
        if arithmetic == Arithmetic::NoSecondTag && file.task != file::Task::Evidence {
            return ArithmeticRow::without(arithmetic, "as wide: the rules have no second tag");
        }
        let stated = file.arithmetic == arithmetic;
        let file = File {
            arithmetic,
            ..file.clone()
        };
        let rows = over_seeds(&file, seeds, &|_| ());
        let checks = |seeds: &[SeedRow]| report::checks(&file, seeds);
        ArithmeticRow::new(arithmetic, stated, rows, &shown, checks)
    };
    let rows = Arithmetic::ALL.into_iter().map(row).collect();
    Ok(ArithmeticTable::new(&file.title, seeds, rows))
}

/// The chip's side of one seed: what it saw, spiked and learned.
pub(crate) struct OnChipRun {
    chip: OnChip,
    /// What was shown, in order.
    shown: Vec<ShownSequence>,
    /// Weights before the first sequence and after each.
    frames: Vec<Frame>,
    start: seamount_reference::eprop::Weights,
}

/// A sequence, what the readouts should be in it, what the chip made of it.
pub(crate) struct ShownSequence {
    sequence: Sequence,
    targets: Vec<Option<Vec<f64>>>,
    seen: Seen,
}

impl OnChipRun {
    /// Learns from all sequences of a file.
    fn new(file: &File, rounding: DwRounding) -> Result<OnChipRun, Failure> {
        let mut chip = OnChip::new(file, rounding)?;
        let start = chip.weights();
        let mut frames = vec![chip.frame(0)];
        let mut shown = vec![];
        for index in 0..file.sequences {
            let sequence = chip.sequence(index);
            let targets = chip.targets(&sequence);
            let seen = chip.learn(&sequence)?;
            frames.push(chip.frame(index + 1));
            shown.push(ShownSequence {
                sequence,
                targets,
                seen,
            });
        }
        Ok(OnChipRun {
            chip,
            shown,
            frames,
            start,
        })
    }

    /// A float network that starts where the chip did.
    fn late(&self, rule: LateRule, feedback: &Feedback) -> Late {
        Late::new(
            self.chip.set.network.clone(),
            rule,
            self.start.clone(),
            feedback,
        )
    }

    /// Runs a float network through what the chip was shown; with the chip's spikes, or its own.
    fn follow(&self, mut late: Late, whose: Whose, targets: &ToldTargets) -> FloatCourse {
        let mut out = FloatCourse {
            frames: vec![self.chip.frame_of(0, late.weights())],
            seen: vec![],
        };
        for (index, shown) in self.shown.iter().enumerate() {
            let forced = (whose == Whose::Chip).then_some(shown.seen.spikes.as_slice());
            let wanted = match targets {
                ToldTargets::True => shown.targets.clone(),
                ToldTargets::Others(others) => others[index].clone(),
                ToldTargets::Absent => vec![None; shown.targets.len()],
            };
            let seen = float(&mut late, &shown.sequence, &wanted, forced);
            out.seen.push(seen);
            out.frames
                .push(self.chip.frame_of(index as u64 + 1, late.weights()));
        }
        out
    }
}

/// Whose spikes a float network fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The chip's: the rule alone is compared.
    Chip,
    /// Its own: the whole loop is compared.
    Own,
}

/// What a float network is told its readouts should be.
pub(crate) enum ToldTargets {
    /// The targets that the chip was shown.
    True,
    /// Something else, by sequence and step.
    Others(Vec<Vec<Option<Vec<f64>>>>),
    /// No target in any step.
    Absent,
}

/// What became of a float network.
pub(crate) struct FloatCourse {
    /// Weights before the first sequence and after each.
    pub frames: Vec<Frame>,
    /// Each sequence.
    pub seen: Vec<Seen>,
}

/// The chip and its four float networks, of one seed.
pub(crate) struct Compared {
    pub on_chip: OnChipRun,
    pub given: FloatCourse,
    pub silent: FloatCourse,
    pub own: FloatCourse,
    pub now: FloatCourse,
}

impl Compared {
    pub fn new(file: &File) -> Result<Compared, Failure> {
        let on_chip = OnChipRun::new(file, DwRounding::Stochastic)?;
        let rule = on_chip.chip.set.rule;
        let feedback = on_chip.chip.set.feedback.clone();
        let at_once = LateRule {
            latency_steps: 0,
            ..rule
        };
        let run = |rule, whose, feedback: &Feedback, targets| {
            on_chip.follow(on_chip.late(rule, feedback), whose, &targets)
        };
        Ok(Compared {
            given: run(rule, Whose::Chip, &feedback, ToldTargets::True),
            silent: run(
                rule,
                Whose::Chip,
                &on_chip.no_feedback(),
                ToldTargets::Absent,
            ),
            own: run(rule, Whose::Own, &feedback, ToldTargets::True),
            now: run(at_once, Whose::Own, &feedback, ToldTargets::True),
            on_chip,
        })
    }

    /// Everything that limits can be stated for, of the chip as it is.
    pub fn measured(&self) -> Measured {
        self.measured_of(&self.on_chip.frames, &self.given)
    }

    /// The same with other weights of the chip or another float network of the chip's spikes.
    pub fn measured_of(&self, chip: &[Frame], given: &FloatCourse) -> Measured {
        let shown = &self.on_chip.shown;
        let layers = (0..3)
            .map(|at| measure::variable(LAYERS[at].1, at, chip, &given.frames))
            .collect();
        let fits = [0, 1, 2].map(|at| {
            let moved = |frames: &[Frame]| moved(at, frames);
            Fit::of(&moved(chip), &moved(&given.frames))
        });
        let gains = [0, 1, 2].map(|at| {
            let rest = moved(at, &self.silent.frames);
            let all = moved(at, &given.frames);
            let signal: Vec<f64> = all
                .iter()
                .zip(&rest)
                .map(|(all, rest)| all - rest)
                .collect();
            PartGains::of(&moved(at, chip), &signal, &rest)
        });
        let losses = |seen: &[Seen]| seen.iter().map(|seen| seen.loss).collect::<Vec<f64>>();
        let chip_seen: Vec<f64> = shown.iter().map(|shown| shown.seen.loss).collect();
        let count = |seen: &Seen| seen.spikes.iter().map(|s| s.len() as u64).sum::<u64>();
        Measured {
            layers,
            fits,
            gains,
            along: [0, 1, 2].map(|at| measure::along(at, chip, &given.frames)),
            losses: [chip_seen, losses(&self.own.seen), losses(&self.now.seen)],
            spikes: [
                shown.iter().map(|shown| count(&shown.seen)).sum(),
                self.own.seen.iter().map(count).sum(),
            ],
            first: [
                shown[0].seen.clone(),
                given.seen[0].clone(),
                self.own.seen[0].clone(),
            ],
            synapses: [0, 1, 2].map(|at| chip[0].variables[at].len()),
        }
    }

    /// A run in which nothing could have gone wrong says nothing, so it is refused.
    pub fn must_measure(&self, of: &str) -> Result<(), Failure> {
        let still = |frames: &[Frame]| {
            (0..3).all(|at| moved(at, frames).iter().all(|change| *change == 0.0))
        };
        if still(&self.on_chip.frames) && still(&self.given.frames) {
            let problem = format!("nothing was measured ({of}): no weight moved on either side");
            return Err(Failure::call(problem));
        }
        Ok(())
    }
}

impl OnChipRun {
    /// Feedback that carries nothing.
    pub fn no_feedback(&self) -> Feedback {
        let network = &self.chip.set.network;
        Feedback::Random(Matrix::zeros(network.recurrent_count(), network.outputs))
    }
}

/// Changes of a layer's weights over a run.
fn moved(at: usize, frames: &[Frame]) -> Vec<f64> {
    let start = &frames.first().expect("a run has a start").variables[at];
    let end = &frames.last().expect("a run has a start").variables[at];
    end.iter()
        .zip(start)
        .map(|(end, start)| end - start)
        .collect()
}
