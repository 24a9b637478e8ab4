//! What a compilation is asked for.

use crate::placement::Placement;
use seamount_spec::Board;

/// How to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileOptions {
    /// The board to compile for.
    pub board: Board,
    /// Lay 1024 compartments on each core and report the limits that breaks, instead of refusing.
    pub ignore_limits: bool,
    /// Partition and locations to use; absent: found here.
    pub placement: Option<Placement>,
    /// Seed of the refinement of the placement.
    pub seed: u64,
    /// Swaps that the refinement tries.
    pub refinement_steps: u64,
}

impl Default for CompileOptions {
    fn default() -> Self {
        CompileOptions {
            board: Board::preset("loihi1").expect("a preset"),
            ignore_limits: false,
            placement: None,
            seed: 0,
            refinement_steps: 50_000,
        }
    }
}
