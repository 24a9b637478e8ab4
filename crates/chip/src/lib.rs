//! Many cores, the order of phases, observations, workers, snapshots.
//!
//! What this crate does *not* know: how a network was compiled, what an event costs, floats.
//!
//! [`Chip`] is one chip (or board) with one state. [`batch::run_batch`] runs many samples, each
//! from the same start, spread over threads. Results are the same bits for any number of threads.

pub mod batch;
pub mod input;
pub mod observe;
pub mod program;
pub mod run;
pub mod snapshot;
pub mod state;

pub use batch::run_batch;
pub use input::{InputError, SpikeTrain};
pub use observe::{Column, CoreCounts, Observations, Recording};
pub use program::ChipProgram;
pub use run::RunOptions;
pub use snapshot::SnapshotError;
pub use state::{ChipState, NoiseReplay, ReplayError};

use seamount_image::{CheckedImage, Register};
use std::sync::Arc;

/// A loaded chip: program and state. Nothing can fail once it is loaded.
#[derive(Debug, Clone)]
pub struct Chip {
    program: Arc<ChipProgram>,
    state: ChipState,
    replay: Option<Arc<NoiseReplay>>,
}

impl Chip {
    /// Loads a proved image; the state is that before step 1.
    pub fn load(image: &CheckedImage) -> Chip {
        Chip::new(Arc::new(ChipProgram::new(image)))
    }

    /// A chip that shares a program with others.
    pub fn new(program: Arc<ChipProgram>) -> Chip {
        let state = ChipState::new(&program, 0);
        Chip { program, state, replay: None }
    }

    /// The program.
    pub fn program(&self) -> &Arc<ChipProgram> {
        &self.program
    }

    /// The state.
    pub fn state(&self) -> &ChipState {
        &self.state
    }

    /// Number of the last step; 0 before the first.
    pub fn t(&self) -> u64 {
        self.state.t
    }

    /// Runs `steps` steps. Input events of steps `t()..t() + steps` act (an event of step s is a
    /// spike emitted in step s: it arrives in step s + 1).
    pub fn run(&mut self, steps: u64, input: &SpikeTrain, options: &RunOptions) -> Observations {
        run::run(&self.program, &mut self.state, self.replay.as_deref(), steps, input, options)
    }

    /// What management does between samples: every state as at the start, t = 0, nothing in
    /// flight. `sample` chooses the noise, so that every sample has its own.
    pub fn reset(&mut self, sample: u64) {
        self.state.reset(&self.program, sample);
    }

    /// Replaces the noise generator by recorded draws (NC-017).
    pub fn replay_noise(&mut self, replay: NoiseReplay) -> Result<(), ReplayError> {
        replay.check(&self.program)?;
        self.replay = Some(Arc::new(replay));
        Ok(())
    }

    /// A register of every neuron of a population, as it is now; `part` is the compartment's index
    /// in the neuron. `None` if there is no such population or part.
    pub fn read(&self, population: &str, part: usize, register: Register) -> Option<Vec<i32>> {
        let map = self.program.population(population)?;
        let in_range = part < map.compartments.len();
        in_range.then(|| (0..map.size()).map(|n| self.program.read(&self.state, map.locate(n, part), register)).collect())
    }

    /// Everything needed to go on later, as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        snapshot::save(&self.program, &self.state)
    }

    /// Goes back to a snapshot of the same image.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.state = snapshot::restore(&self.program, bytes)?;
        Ok(())
    }
}

pub use seamount_neurocore::kernel::prefetch;

/// Name of the instruction set that the vector kernel uses on this machine.
pub fn instruction_set() -> &'static str {
    seamount_neurocore::kernel::instruction_set()
}
