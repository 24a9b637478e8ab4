//! One sequence as the events that the host injects.

use seamount_chip::{Chip, SpikeTrain};
use seamount_reference::eprop::Sequence;
use seamount_session::Failure;

/// Steps beyond a sequence in which its last spikes reach the readout.
pub(crate) const LATENCY: u64 = 2;

/// A graded target: step of the sequence, readout, integer.
pub(crate) type GradedTarget = (u64, u32, i32);

/// Input spikes and targets of a sequence, from the chip's next step on.
///
/// A spike of step t is read in step t + 1 by the neurons, and theirs in t + 2 by the readout; so
/// targets are sent one step after the spikes of their step.
///
/// # Errors
/// If an input of the sequence is none of the network, or a target is none of the chip's integers.
pub(crate) fn present(
    chip: &Chip,
    sequence: &Sequence,
    targets: impl Iterator<Item = GradedTarget>,
) -> Result<SpikeTrain, Failure> {
    let base = chip.t();
    let program = chip.program();
    let steps = sequence.input.iter().zip(base..);
    let spikes = steps.flat_map(|(neurons, t)| neurons.iter().map(move |n| (t, *n)));
    let first = program.input("target").map_or(0, |(first, _)| first);
    let graded = targets.map(|(t, output, value)| (base + t + 1, first + output, value));
    SpikeTrain::new(program, spikes.collect())
        .and_then(|train| train.with_graded(program, graded.collect()))
        .map_err(Failure::call)
}
