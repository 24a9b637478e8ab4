//! A chip whose cores are on many ranks, for whoever runs a network.
//!
//! Rank 0 opens files, runs in pieces, prices and reports by the same code as on one process; all
//! other ranks [`serve`] it. What can go wrong on any of them is a failure of rank 0, so that one
//! process says it and the others end.
//!
//! What this module does *not* know: how ranks exchange messages, and what they exchange.

use crate::checkpoint::CheckpointOptions;
use crate::chip::Chip;
use crate::chip_files::{read_learning, read_noise, read_snapshot};
use crate::failure::{Failure, FailureKind};
use crate::outcome::{self, Kept, RunKeeping, RunOutcome, RunPiece};
use crate::rank_failure::rank_failure;
use crate::source::{Placed, ask_for_cores};
use crate::weights::LearnedWeights;
use seamount_chip::{ChipProgram, RankError, RankedChip, RunOptions, SpikeTrain, serve_rank};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use std::ops::ControlFlow;
use std::path::Path;

pub use seamount_chip::{
    Division, DivisionKind, ExchangeCost, LostRank, Outgoing, Station, Transport, dismiss_ranks,
};

/// A network that can be run, wherever its cores are.
pub trait RunsNetwork {
    /// The proved image.
    fn image(&self) -> &CheckedImage;

    /// Inputs, recordings and places of the whole network.
    fn program(&self) -> &ChipProgram;

    /// Number of the last step; 0 before the first.
    fn step(&self) -> u64;

    /// Runs steps as [`Chip::run_train`] does.
    ///
    /// # Errors
    /// More steps or values than can be kept; a rank that is gone.
    fn run_train(
        &mut self,
        steps: u64,
        train: &SpikeTrain,
        options: &RunOptions,
        kept: Kept,
        watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
    ) -> Result<RunOutcome, Failure>;

    /// Weights of the projections that learn, for pictures; none where they lie on many ranks.
    fn learned_weights(&self) -> Vec<LearnedWeights>;

    /// Opens the file in which a run is kept, as [`Chip::keep`].
    ///
    /// # Errors
    /// As there; a rank that is gone.
    fn keep<'a>(
        &mut self,
        options: &CheckpointOptions,
        what: impl IntoIterator<Item = (&'static str, String)>,
        notes: &'a dyn Fn() -> Vec<u8>,
    ) -> Result<RunKeeping<'a>, Failure>;

    /// Runs steps as [`Chip::run_kept`] does.
    ///
    /// # Errors
    /// As there; a rank that is gone.
    fn run_kept(
        &mut self,
        steps: u64,
        train: &SpikeTrain,
        options: &RunOptions,
        kept: Kept,
        keeping: &mut RunKeeping<'_>,
        watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
    ) -> Result<RunOutcome, Failure>;

    /// Everything that is needed to go on later, as bytes.
    ///
    /// # Errors
    /// A rank that is gone.
    fn snapshot(&mut self) -> Result<Vec<u8>, Failure>;

    /// As [`Chip::restore_file`].
    ///
    /// # Errors
    /// As there; a rank that is gone.
    fn restore_file(&mut self, path: &Path) -> Result<(), Failure>;

    /// As [`Chip::replay_noise_file`].
    ///
    /// # Errors
    /// As there; a rank that is gone.
    fn replay_noise_file(&mut self, path: &Path) -> Result<(), Failure>;

    /// As [`Chip::replay_learning_file`].
    ///
    /// # Errors
    /// As there; a rank that is gone.
    fn replay_learning_file(&mut self, path: &Path) -> Result<(), Failure>;
}

impl RunsNetwork for Chip {
    fn image(&self) -> &CheckedImage {
        Chip::image(self)
    }

    fn program(&self) -> &ChipProgram {
        Chip::program(self)
    }

    fn step(&self) -> u64 {
        Chip::step(self)
    }

    fn run_train(
        &mut self,
        steps: u64,
        train: &SpikeTrain,
        options: &RunOptions,
        kept: Kept,
        watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
    ) -> Result<RunOutcome, Failure> {
        Chip::run_train(self, steps, train, options, kept, watch)
    }

    fn learned_weights(&self) -> Vec<LearnedWeights> {
        LearnedWeights::of(self)
    }

    fn keep<'a>(
        &mut self,
        options: &CheckpointOptions,
        what: impl IntoIterator<Item = (&'static str, String)>,
        notes: &'a dyn Fn() -> Vec<u8>,
    ) -> Result<RunKeeping<'a>, Failure> {
        Chip::keep(self, options, what, notes)
    }

    fn run_kept(
        &mut self,
        steps: u64,
        train: &SpikeTrain,
        options: &RunOptions,
        kept: Kept,
        keeping: &mut RunKeeping<'_>,
        watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
    ) -> Result<RunOutcome, Failure> {
        Chip::run_kept(self, steps, train, options, kept, keeping, watch)
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, Failure> {
        Ok(Chip::snapshot(self))
    }

    fn restore_file(&mut self, path: &Path) -> Result<(), Failure> {
        Chip::restore_file(self, path)
    }

    fn replay_noise_file(&mut self, path: &Path) -> Result<(), Failure> {
        Chip::replay_noise_file(self, path)
    }

    fn replay_learning_file(&mut self, path: &Path) -> Result<(), Failure> {
        Chip::replay_learning_file(self, path)
    }
}

/// A chip with a network on it whose cores are on many ranks, as rank 0 has it.
pub struct SpreadChip<T: Transport> {
    image: CheckedImage,
    machine: RankedChip<T>,
}

impl<T: Transport> SpreadChip<T> {
    /// Proves an image and hands its cores to the ranks of a transport, whose rank 0 this is.
    ///
    /// # Errors
    /// What [`Placed::prove`] finds; more ranks than cores; a rank that is another program, is
    /// gone, or has too little memory.
    pub fn load(
        placed: Placed,
        limits: LimitPolicy,
        kind: DivisionKind,
        transport: T,
    ) -> Result<SpreadChip<T>, Failure> {
        let mut transport = Some(transport);
        let loaded = SpreadChip::try_load(placed, limits, kind, &mut transport);
        if let Some(mut unused) = transport {
            dismiss_ranks(&mut unused);
        }
        loaded
    }

    fn try_load(
        placed: Placed,
        limits: LimitPolicy,
        kind: DivisionKind,
        transport: &mut Option<T>,
    ) -> Result<SpreadChip<T>, Failure> {
        let ranks = transport.as_ref().map_or(1, Transport::ranks);
        let division = Division::new(&placed.image, ranks, kind);
        let division = division.map_err(|e| Failure::new(FailureKind::Usage, "ranks", [e]))?;
        let name = placed.path.display().to_string();
        let own = division.cores(0).iter();
        let own = own.map(|core| &placed.image.cores[*core as usize]);
        ask_for_cores(own).map_err(|short| Failure::memory(name, short))?;
        let image = placed.prove(limits)?;
        let transport = transport.take().expect("not used before");
        let machine = RankedChip::load(&image, division, transport).map_err(rank_failure)?;
        Ok(SpreadChip { image, machine })
    }

    /// Who has which core.
    pub fn division(&self) -> &Division {
        self.machine.division()
    }

    /// What the exchanges of each rank came to so far.
    pub fn exchange_costs(&self) -> &[ExchangeCost] {
        self.machine.exchange_costs()
    }
}

impl<T: Transport> RunsNetwork for SpreadChip<T> {
    fn image(&self) -> &CheckedImage {
        &self.image
    }

    fn program(&self) -> &ChipProgram {
        self.machine.program()
    }

    fn step(&self) -> u64 {
        self.machine.t()
    }

    fn run_train(
        &mut self,
        steps: u64,
        train: &SpikeTrain,
        options: &RunOptions,
        kept: Kept,
        watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
    ) -> Result<RunOutcome, Failure> {
        self.machine.feed(train).map_err(rank_failure)?;
        outcome::run(&mut self.machine, steps, train, options, kept, watch)
    }

    fn learned_weights(&self) -> Vec<LearnedWeights> {
        vec![]
    }

    fn keep<'a>(
        &mut self,
        options: &CheckpointOptions,
        what: impl IntoIterator<Item = (&'static str, String)>,
        notes: &'a dyn Fn() -> Vec<u8>,
    ) -> Result<RunKeeping<'a>, Failure> {
        RunKeeping::open(&mut self.machine, options, what, notes)
    }

    fn run_kept(
        &mut self,
        steps: u64,
        train: &SpikeTrain,
        options: &RunOptions,
        kept: Kept,
        keeping: &mut RunKeeping<'_>,
        watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
    ) -> Result<RunOutcome, Failure> {
        self.machine.feed(train).map_err(rank_failure)?;
        let machine = &mut self.machine;
        outcome::go_on(machine, steps, train, options, kept, Some(keeping), watch)
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, Failure> {
        self.machine.snapshot().map_err(rank_failure)
    }

    fn restore_file(&mut self, path: &Path) -> Result<(), Failure> {
        let bytes = read_snapshot(path)?;
        let restored = self.machine.restore(&bytes);
        restored.map_err(|error| about(path, error))
    }

    fn replay_noise_file(&mut self, path: &Path) -> Result<(), Failure> {
        let replay = read_noise(path, self.program().compartments_of_cores())?;
        let taken = self.machine.replay_noise(replay);
        taken.map_err(|error| about(path, error))
    }

    fn replay_learning_file(&mut self, path: &Path) -> Result<(), Failure> {
        let replay = read_learning(path)?;
        let taken = self.machine.replay_learning(replay);
        taken.map_err(|error| about(path, error))
    }
}

/// Does what rank 0 of a transport says until it says that it is over.
///
/// # Errors
/// A rank that is gone.
pub fn serve(transport: &mut dyn Transport) -> Result<(), Failure> {
    let ask = |image: &Image, cores: &[u32]| {
        let own = cores.iter().map(|core| &image.cores[*core as usize]);
        ask_for_cores(own).map_err(|short| short.to_string())
    };
    serve_rank(transport, &ask).map_err(|lost| rank_failure(lost.into()))
}

/// What is wrong with a file is about the file; the rest about the ranks.
fn about(path: &Path, error: RankError) -> Failure {
    match error {
        RankError::Lost(_) | RankError::Memory { .. } => rank_failure(error),
        // a rank proves the state of its own cores
        RankError::Refused { problem, .. } => Failure::input(path, problem),
        other => Failure::input(path, other),
    }
}
