//! What a compilation is asked for.

use crate::placement::Placement;
use seamount_spec::Board;

/// Options of a compilation, made from [`CompileOptions::new`] or the default and changed one by
/// one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompileOptions {
    /// Board to compile for. Default: `loihi1`.
    pub board: Board,
    /// Whether 1024 compartments are laid on each core and the limits that this breaks are
    /// reported, instead of refusing a network that does not fit. Default: no.
    pub ignore_limits: bool,
    /// Partition and locations to use. Default: none, they are found.
    pub placement: Option<Placement>,
    /// Seed of the refinement of the placement. Default: 0.
    pub seed: u64,
    /// Swaps that the refinement tries. Default: 50,000.
    pub refinement_steps: u64,
}

impl CompileOptions {
    /// The default options for a board.
    pub fn new(board: Board) -> Self {
        CompileOptions {
            board,
            ignore_limits: false,
            placement: None,
            seed: 0,
            refinement_steps: 50_000,
        }
    }

    /// Reports limits of the chip instead of enforcing them.
    #[must_use]
    pub fn ignoring_limits(mut self) -> Self {
        self.ignore_limits = true;
        self
    }

    /// Uses a partition and locations instead of finding them.
    #[must_use]
    pub fn placement(mut self, placement: Placement) -> Self {
        self.placement = Some(placement);
        self
    }

    /// Sets the seed of the refinement of the placement.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the number of swaps that the refinement tries.
    #[must_use]
    pub fn refinement_steps(mut self, steps: u64) -> Self {
        self.refinement_steps = steps;
        self
    }
}

impl Default for CompileOptions {
    fn default() -> Self {
        CompileOptions::new(Board::preset("loihi1").expect("a preset"))
    }
}
