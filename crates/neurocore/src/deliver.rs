//! Phase 1: packets into accumulators.

use crate::kernel;
use crate::program::{CoreProgram, Port, RowCost};
use crate::state::CoreState;
use seamount_spec::EventCounts;

/// Adds the rows of all packets that arrive in step `t` to the accumulators. The order of the
/// packets does not matter (NC-002).
pub fn deliver(program: &CoreProgram, state: &mut CoreState, packets: &[Port], t: u64, counts: &mut EventCounts) {
    if packets.is_empty() {
        return;
    }
    counts.packets_in += packets.len() as u64;
    state.pending_until = t + program.slots as u64 - 1;
    state.settled = false;
    let slot = (t % program.slots as u64) as usize * program.stride;
    let sum = kernel::scatter(program, &mut state.accumulators, packets, slot as u32);
    RowCost::add_to(&sum, counts);
}
