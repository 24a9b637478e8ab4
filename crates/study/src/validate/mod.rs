//! A learning rule on the chip beside what it means in real numbers: `seamount validate`.
//!
//! A file names rule, network, stimulus and tolerances. The chip runs it;
//! [`seamount_reference::rules`] evaluates the same text in f64 with exact traces; the report says
//! how far the two are apart, what costs most, and whether that is within the tolerances.

pub mod file;
pub mod read;
pub mod toml_tree;

pub mod stimulus;

pub mod chip;
pub mod float;

pub mod ablate;
pub mod bias;
pub mod measure;
pub mod verdict;

pub mod csv;
pub mod pictures;
pub mod report;

pub use file::RuleFile;
pub use read::{Finding, read, read_as};
pub use report::Report;

use crate::Progress;
use seamount_session::Failure;

/// Runs everything a rule file asks for.
///
/// # Errors
/// If the rule does not parse or the network does not fit a chip.
pub fn run(file: &RuleFile, progress: Progress) -> Result<Report, Failure> {
    let parts = 4;
    progress(0, parts);
    let stimulus = stimulus::Stimulus::new(file);
    let chip = chip::run(file, &stimulus, file.rule.dw_rounding)?;
    progress(1, parts);
    let float = float::run(file, &stimulus, &chip)?;
    progress(2, parts);
    let cut = chip::run(
        file,
        &stimulus,
        seamount_network::netlist::DwRounding::TowardZero,
    )?;
    progress(3, parts);
    let ablation = ablate::run(file, &stimulus, &chip)?;
    progress(parts, parts);
    Ok(Report::new(file, &chip, &float, &cut, ablation))
}
