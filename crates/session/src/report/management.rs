//! What the embedded processors did in a run, as data and in words.
//!
//! Their time and their energy are unknown: no public source says what an act costs. So they are
//! null here and make the sums of a run sums as far as they are known, and no number is invented.

use crate::outcome::RunOutcome;
use crate::probe::register_name;
use crate::words::count;
use seamount_chip::{ChipProgram, Reading};
use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// Name of what embedded processors do, among the events whose energy or latency is unknown.
pub(crate) const MANAGEMENT: &str = "management";
/// Most values of a read that are shown to people; JSON has all.
const SHOWN_MAX: usize = 16;

/// What the embedded processors did.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ManagementReport {
    /// Acts that changed cores, each core counted.
    pub acts: u64,
    /// Registers that were read, each neuron counted.
    pub registers_read: u64,
    /// Energy of both, femtojoules; none, as no public source gives it.
    pub energy_fj: Option<u64>,
    /// Time of both, picoseconds; none, as no public source gives it.
    pub duration_ps: Option<u64>,
    /// What was read.
    pub reads: Vec<ReadReport>,
}

/// What one act of a schedule read.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ReadReport {
    /// Name of the read.
    pub name: String,
    /// Register.
    pub register: &'static str,
    /// Whether the values are indices of largest values, the first of equals.
    pub argmax: bool,
    /// Steps at whose end it was read.
    pub steps: Vec<u64>,
    /// For each step the values of all neurons, or the index.
    pub values: Vec<Vec<i32>>,
}

impl ManagementReport {
    /// The report of a run; none of a network without management.
    pub(super) fn of(program: &ChipProgram, outcome: &RunOutcome) -> Option<ManagementReport> {
        if !program.is_managed() {
            return None;
        }
        let counts = program.managed(outcome.before, outcome.steps);
        Some(ManagementReport {
            acts: counts.acts,
            registers_read: counts.reads,
            energy_fj: None,
            duration_ps: None,
            reads: outcome.readings.iter().map(ReadReport::of).collect(),
        })
    }

    /// Acts and reads together: what is unpriced.
    pub(super) fn unpriced(&self) -> u64 {
        self.acts.saturating_add(self.registers_read)
    }
}

impl ReadReport {
    fn of(reading: &Reading) -> ReadReport {
        let width = reading.width().max(1);
        ReadReport {
            name: reading.name.clone(),
            register: register_name(reading.register),
            argmax: reading.argmax,
            steps: reading.steps.clone(),
            values: reading.values.chunks(width).map(<[i32]>::to_vec).collect(),
        }
    }
}

impl Display for ManagementReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\nmanagement by the embedded processors: {} acts on cores, {} registers read; \
             what they cost is unknown",
            count(self.acts),
            count(self.registers_read)
        )?;
        for read in &self.reads {
            let what = if read.argmax { "largest " } else { "" };
            write!(f, "read {}: {what}{}", read.name, read.register)?;
            let mut left = SHOWN_MAX;
            for (step, row) in read.steps.iter().zip(&read.values) {
                if row.len() > left {
                    break;
                }
                left -= row.len();
                let row: Vec<String> = row.iter().map(i32::to_string).collect();
                write!(f, "; step {step}: {}", row.join(" "))?;
            }
            let shown = SHOWN_MAX - left;
            let all: usize = read.values.iter().map(Vec::len).sum();
            if all > shown {
                write!(f, "; {} values in all", count(all as u64))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
