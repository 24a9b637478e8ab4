//! The self-test of a verdict: what it says of a chip that is broken on purpose.
//!
//! A verdict that passes a chip without a learning signal, with the signal of someone else, or with
//! every update cut off, says nothing about a chip that it passes. Each sabotage acts on the chip's
//! side alone; the float side is that of the run that was not touched.

use super::chip::{self, ChipRun};
use super::file::{Pattern, RuleFile};
use super::report::SeedRow;
use super::stimulus::Stimulus;
use super::verdict::{Check, checks};
use super::{TwoSides, threads};
use crate::spread::spread;
use seamount_network::netlist::DwRounding;
use seamount_session::Failure;
use serde::Serialize;
use std::fmt;

/// Ways to break the chip's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Rewards do not arrive; of a rule without rewards, no source spikes arrive.
    NoSignal,
    /// Rewards arrive half a run later than they were given.
    ShuffledSignal,
    /// Each target fires when its neighbour should have.
    ShuffledTargets,
    /// Every update is cut off whole.
    Frozen,
    /// Updates are cut toward zero instead of rounded by chance.
    Cut,
}

impl Sabotage {
    /// All of them, in the order of reports.
    pub const ALL: [Sabotage; 5] = [
        Sabotage::NoSignal,
        Sabotage::ShuffledSignal,
        Sabotage::ShuffledTargets,
        Sabotage::Frozen,
        Sabotage::Cut,
    ];

    /// The sabotage in words.
    pub fn words(self) -> &'static str {
        match self {
            Sabotage::NoSignal => "the learning signal is removed",
            Sabotage::ShuffledSignal => "the learning signal is shuffled",
            Sabotage::ShuffledTargets => "the targets are shuffled",
            Sabotage::Frozen => "every update is cut off",
            Sabotage::Cut => "updates are cut toward zero",
        }
    }

    /// Whether a file has what this breaks.
    pub fn applies(self, file: &RuleFile) -> bool {
        match self {
            Sabotage::ShuffledSignal => file.reward.is_some(),
            Sabotage::ShuffledTargets => file.stimulus.targets != Pattern::Silent,
            Sabotage::NoSignal | Sabotage::Frozen => true,
            Sabotage::Cut => file.rule.dw_rounding == DwRounding::Stochastic,
        }
    }

    /// The broken chip's run.
    fn run(self, file: &RuleFile, honest: &TwoSides) -> Result<ChipRun, Failure> {
        let mut stimulus: Stimulus = honest.stimulus.clone();
        let mut file = file.clone();
        match self {
            Sabotage::NoSignal if file.reward.is_some() => stimulus.rewards.fill(0),
            Sabotage::NoSignal => stimulus.sources.iter_mut().for_each(Vec::clear),
            Sabotage::ShuffledSignal => {
                let half = stimulus.rewards.len() / 2;
                stimulus.rewards.rotate_left(half);
            }
            Sabotage::ShuffledTargets => {
                let count = file.network.targets as usize;
                let units = stimulus.targets.iter_mut().flatten();
                units.for_each(|unit| *unit = (*unit + 1) % count);
                stimulus
                    .targets
                    .iter_mut()
                    .for_each(|units| units.sort_unstable());
            }
            Sabotage::Frozen => return Ok(frozen(&honest.chip)),
            Sabotage::Cut => file.rule.dw_rounding = DwRounding::TowardZero,
        }
        chip::run(&file, &stimulus)
    }
}

/// The same run with weights that stay where they began, whatever was to be added to them. Single
/// updates are left as they were: the conditions on what has accumulated must notice by themselves.
fn frozen(chip: &ChipRun) -> ChipRun {
    let mut chip = chip.clone();
    let start = chip.frames[0].variables[0].clone();
    for frame in &mut chip.frames {
        frame.variables[0].clone_from(&start);
    }
    chip
}

/// What a verdict says of one sabotage.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SelfTestRow {
    /// The sabotage in words.
    pub what: &'static str,
    /// Whether the verdict fails, as it must.
    pub fails: bool,
    /// Keys of the conditions that fail.
    pub by: Vec<&'static str>,
    /// Conditions in all.
    pub of: usize,
}

impl SelfTestRow {
    /// The row of a sabotage from the conditions that were held against it.
    pub fn new(what: &'static str, checks: &[Check]) -> SelfTestRow {
        let failed = checks.iter().filter(|c| !c.holds).map(|c| c.key);
        let by: Vec<&'static str> = failed.collect();
        SelfTestRow {
            what,
            fails: !by.is_empty(),
            by,
            of: checks.len(),
        }
    }
}

/// What a verdict says of a chip as it is, and of each way to break it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SelfTest {
    /// Title of the file.
    pub title: String,
    /// Number of seeds.
    pub seeds: u64,
    /// Conditions, held against the chip as it is.
    pub checks: Vec<Check>,
    /// Sabotages.
    pub self_test: Vec<SelfTestRow>,
    /// Whether the chip as it is passes and every sabotage fails.
    pub passed: bool,
}

impl SelfTest {
    /// Puts a self-test together.
    pub fn new(title: &str, seeds: u64, checks: Vec<Check>, rows: Vec<SelfTestRow>) -> SelfTest {
        let whole = !checks.is_empty() && checks.iter().all(|c| c.holds);
        SelfTest {
            title: title.into(),
            seeds,
            passed: whole && rows.iter().all(|row| row.fails),
            checks,
            self_test: rows,
        }
    }
}

impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed = self.checks.iter().filter(|c| !c.holds).count();
        writeln!(f, "{}: self-test over {} seeds", self.title, self.seeds)?;
        let word = if failed == 0 { "passes" } else { "FAILS" };
        let all = self.checks.len();
        writeln!(
            f,
            "  {:<36}{word}  {failed} of {all} tolerances exceeded",
            "as it is"
        )?;
        for row in &self.self_test {
            let word = if row.fails { "fails" } else { "PASSES" };
            let by = row.by.join(", ");
            writeln!(
                f,
                "  {:<36}{word}   {} of {}: {by}",
                row.what,
                row.by.len(),
                row.of
            )?;
        }
        match self.passed {
            true => write!(
                f,
                "self-test: the verdict tells a whole chip from every broken one"
            ),
            false => write!(f, "self-test: FAILS"),
        }
    }
}

/// Runs the self-test of a file over seeds 1 to `seeds`.
///
/// # Errors
/// If the file states no tolerances, does not compile, or a run measured nothing.
pub fn self_test(file: &RuleFile, seeds: u64) -> Result<SelfTest, Failure> {
    if file.tolerances.is_empty() {
        let problem = "states no tolerances: there is no verdict to test";
        return Err(Failure::call(problem));
    }
    let tried: Vec<Sabotage> = (Sabotage::ALL.into_iter())
        .filter(|sabotage| sabotage.applies(file))
        .collect();
    let judged = file.judged(seeds);
    let of_seed = |index: usize| -> Result<Vec<SeedRow>, Failure> {
        let file = &judged[index];
        let seed = file.network.seed;
        let pair = TwoSides::new(file)?;
        pair.must_measure(file, &format!("seed {seed}"))?;
        let mut rows = vec![SeedRow::new(seed, &pair.measured(file))];
        for sabotage in &tried {
            let broken = sabotage.run(file, &pair)?;
            rows.push(SeedRow::new(seed, &pair.measured_of(file, &broken)));
        }
        Ok(rows)
    };
    let rows = spread(judged.len(), threads(), of_seed);
    let rows: Vec<Vec<SeedRow>> = rows.into_iter().collect::<Result<_, _>>()?;
    let of = |at: usize| -> Vec<Check> {
        let column: Vec<SeedRow> = rows.iter().map(|row| row[at].clone()).collect();
        checks(file, &column)
    };
    let broken = tried.iter().enumerate();
    let broken = broken.map(|(at, sabotage)| SelfTestRow::new(sabotage.words(), &of(at + 1)));
    let seeds = judged.len() as u64;
    Ok(SelfTest::new(&file.title, seeds, of(0), broken.collect()))
}
