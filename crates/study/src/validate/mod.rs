//! A learning rule on the chip beside what it means in real numbers: `seamount validate`.
//!
//! A file names rule, network, stimulus and tolerances. The chip runs it;
//! [`seamount_reference::rules`] evaluates the same text in f64 with exact traces; the report says
//! how far the two are apart, what costs most, and whether that is within the tolerances.

pub mod file;
pub mod read;

pub mod stimulus;

pub mod chip;
pub mod float;

pub mod ablate;
pub mod bias;
pub mod fit;
pub mod measure;
pub mod median;
pub mod verdict;

pub mod arithmetic;
pub mod meaning;
pub mod netlist;
pub mod nothing;
pub mod numbers;
pub mod sabotage;

pub mod csv;
pub mod pictures;
pub mod report;

pub use file::RuleFile;
pub use read::{read, read_as};
pub use report::Report;

use crate::Progress;
use crate::spread::spread;
use chip::ChipRun;
use float::FloatRun;
use meaning::Identity;
use report::{RuleMeasured, SeedRow};
use seamount_network::netlist::DwRounding;
use seamount_session::Failure;
use std::sync::atomic::{AtomicU64, Ordering};
use stimulus::Stimulus;

/// Seeds that a verdict is about unless a user says otherwise: 1 to this one.
pub const SEEDS: u64 = 10;

/// Runs everything a rule file asks for, and judges it over seeds 1 to `seeds`.
///
/// # Errors
/// If the rule does not parse, the network does not fit a chip, or a run measured nothing.
pub fn run(file: &RuleFile, seeds: u64, progress: Progress) -> Result<Report, Failure> {
    let parts = 4 + seeds;
    progress(0, parts);
    let own = TwoSides::new(file)?;
    own.must_measure(file, "the file's own seed")?;
    progress(2, parts);
    let mut cut_file = file.clone();
    cut_file.rule.dw_rounding = DwRounding::TowardZero;
    let cut = chip::run(&cut_file, &own.stimulus)?;
    progress(3, parts);
    let ablation = ablate::run(file, &own.stimulus, &own.chip)?;
    progress(4, parts);
    let rows = over_seeds(file, seeds, &|done| progress(4 + done, parts))?;
    let measured = own.measured(file);
    Ok(Report::new(
        file, measured, &own.chip, &own.float, &cut, ablation, rows,
    ))
}

/// The numbers of seeds 1 to `seeds`.
fn over_seeds(
    file: &RuleFile,
    seeds: u64,
    done: &(dyn Fn(u64) + Sync),
) -> Result<Vec<SeedRow>, Failure> {
    let finished = AtomicU64::new(0);
    let judged = file.judged(seeds);
    let row = |index: usize| {
        let file = &judged[index];
        let seed = file.network.seed;
        let pair = TwoSides::new(file)?;
        pair.must_measure(file, &format!("seed {seed}"))?;
        done(finished.fetch_add(1, Ordering::Relaxed) + 1);
        Ok(SeedRow::new(seed, &pair.measured(file)))
    };
    spread(judged.len(), threads(), row).into_iter().collect()
}

/// Threads that seeds are spread over; they change when a seed runs and nothing else.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Chip and float of one seed.
struct TwoSides {
    stimulus: Stimulus,
    chip: ChipRun,
    float: FloatRun,
    /// How far the text was from what is meant, where that is known.
    identity: Option<Identity>,
}

impl TwoSides {
    fn new(file: &RuleFile) -> Result<TwoSides, Failure> {
        let stimulus = Stimulus::new(file);
        let chip = chip::run(file, &stimulus)?;
        let mut float = float::run(file, &stimulus, &chip)?;
        let identity = meaning::apply(file, &stimulus, &chip, &mut float)?;
        Ok(TwoSides {
            stimulus,
            chip,
            float,
            identity,
        })
    }

    fn measured(&self, file: &RuleFile) -> RuleMeasured {
        self.measured_of(file, &self.chip)
    }

    /// Another chip's run against the same float side.
    fn measured_of(&self, file: &RuleFile, chip: &ChipRun) -> RuleMeasured {
        let mut measured = RuleMeasured::new(file, &self.stimulus, chip, &self.float);
        measured.identity = self.identity;
        measured
    }

    /// A run in which nothing could have gone wrong says nothing, so it is refused.
    fn must_measure(&self, file: &RuleFile, of: &str) -> Result<(), Failure> {
        let nothing = nothing::found(file, &self.stimulus, &self.chip, &self.float);
        if nothing.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = nothing
            .iter()
            .map(|why| format!("nothing was measured ({of}): {why}"))
            .collect();
        Err(Failure::call(lines.join("\n")))
    }
}
