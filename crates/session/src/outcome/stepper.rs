//! Whoever steps the cores of a program: one process, or many ranks.
//!
//! A run in pieces and a run that is kept in a file need no more of a machine than is here, so that
//! both are the same code wherever the cores are.

use crate::failure::Failure;
use crate::rank_failure::rank_failure;
use seamount_chip::{Chip as Machine, ChipProgram, Observations, RankedChip, RunOptions};
use seamount_chip::{SpikeTrain, Transport};

/// A machine with a network on it.
pub(crate) trait Stepper {
    /// Number of the last step.
    fn last_step(&self) -> u64;

    fn its_program(&self) -> &ChipProgram;

    /// Runs so many steps.
    ///
    /// # Errors
    /// If a rank is gone.
    fn steps(
        &mut self,
        steps: u64,
        input: &SpikeTrain,
        options: &RunOptions,
    ) -> Result<Observations, Failure>;

    /// The state as a snapshot.
    ///
    /// # Errors
    /// If a rank is gone.
    fn state(&mut self) -> Result<Vec<u8>, Failure>;

    /// Goes back to a snapshot; if it cannot, why.
    fn go_back(&mut self, state: &[u8]) -> Result<(), String>;
}

impl Stepper for Machine {
    fn last_step(&self) -> u64 {
        self.t()
    }

    fn its_program(&self) -> &ChipProgram {
        self.program()
    }

    fn steps(
        &mut self,
        steps: u64,
        input: &SpikeTrain,
        options: &RunOptions,
    ) -> Result<Observations, Failure> {
        Ok(self.run(steps, input, options))
    }

    fn state(&mut self) -> Result<Vec<u8>, Failure> {
        Ok(self.snapshot())
    }

    fn go_back(&mut self, state: &[u8]) -> Result<(), String> {
        self.restore(state).map_err(|e| e.to_string())
    }
}

/// The input is what the ranks were fed before the run.
impl<T: Transport> Stepper for RankedChip<T> {
    fn last_step(&self) -> u64 {
        self.t()
    }

    fn its_program(&self) -> &ChipProgram {
        self.program()
    }

    fn steps(
        &mut self,
        steps: u64,
        _input: &SpikeTrain,
        options: &RunOptions,
    ) -> Result<Observations, Failure> {
        self.run(steps, options).map_err(rank_failure)
    }

    fn state(&mut self) -> Result<Vec<u8>, Failure> {
        self.snapshot().map_err(rank_failure)
    }

    fn go_back(&mut self, state: &[u8]) -> Result<(), String> {
        self.restore(state).map_err(|e| e.to_string())
    }
}
