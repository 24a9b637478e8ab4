//! Phase 1: packets into accumulators.

use crate::kernel;
use crate::learn::{Arrival, Moment};
use crate::learn::{LearnProgram, LearnState, Source};
use crate::program::{CoreProgram, Graded, Port, RowCost};
use crate::state::CoreState;
use seamount_spec::EventCounts;

/// Adds the rows of all packets that arrive in step `t` to the accumulators. The order of the
/// packets does not matter (NC-002).
pub fn deliver(
    program: &CoreProgram,
    state: &mut CoreState,
    packets: &[Port],
    t: u64,
    counts: &mut EventCounts,
) {
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

/// The same on a core that learns: packets of learning axons and rewards are taken out first;
/// `fixed` keeps the others. Rewards move r1 in every step (LE-011).
#[allow(
    clippy::too_many_arguments,
    reason = "a delivery, and what learning adds to it"
)]
pub fn deliver_learning(
    program: &CoreProgram,
    learn: &LearnProgram,
    state: &mut CoreState,
    fixed: &mut Vec<Port>,
    packets: &[Port],
    t: u64,
    source: &Source,
    counts: &mut EventCounts,
) {
    let Some(mut learning) = state.learning.take() else {
        return;
    };
    fixed.clear();
    let now = Moment::new(learn, t);
    let mut arrival = Arrival {
        program,
        learn,
        now,
        source,
        rewards: [0; 8],
        came: 0,
        costs: [0; 8],
    };
    let others = packets
        .iter()
        .filter(|port| !arrival.take(**port, 1, &mut learning, &mut state.accumulators));
    fixed.extend(others);
    let Arrival {
        rewards,
        came,
        costs,
        ..
    } = arrival;
    deliver(program, state, fixed, t, counts);
    if fixed.len() < packets.len() {
        counts.packets_in += (packets.len() - fixed.len()) as u64;
        state.pending_until = t + program.slots as u64 - 1;
        state.settled = false;
        RowCost::add_to(&costs, counts);
    }
    learning.rewards(learn, t, &rewards, came, source);
    state.learning = Some(learning);
}

/// Adds the rows of graded spikes, each contribution times the payload; sums wrap at 32 bit, of
/// which programs read 24 or fewer (MC-030). Where synapses learn, payloads may set traces (LE-014).
pub fn deliver_graded(
    program: &CoreProgram,
    state: &mut CoreState,
    packets: &[Graded],
    t: u64,
    source: &Source,
    counts: &mut EventCounts,
) {
    if packets.is_empty() {
        return;
    }
    counts.packets_in += packets.len() as u64;
    state.pending_until = t + program.slots as u64 - 1;
    state.settled = false;
    let slot = (t % program.slots as u64) as usize * program.stride;
    let (rows, mask) = (program.synapses.all(), state.accumulators.len() - 1);
    let mut learning = program.learning.as_deref().zip(state.learning.take());
    let mut arrival = learning.as_ref().map(|(learn, _)| Arrival {
        program,
        learn,
        now: Moment::new(learn, t),
        source,
        rewards: [0; 8],
        came: 0,
        costs: [0; 8],
    });
    let mut sum = [0u64; 8];
    for Graded { port, payload } in packets {
        if let (Some(arrival), Some((_, state_of_learning))) = (&mut arrival, &mut learning)
            && arrival.take(*port, *payload, state_of_learning, &mut state.accumulators)
        {
            continue;
        }
        let base = slot + port.base() as usize;
        for &synapse in &rows[port.start()..port.start() + port.len()] {
            let accumulator = &mut state.accumulators[((synapse & 0xffff) as usize + base) & mask];
            *accumulator = accumulator.wrapping_add((synapse as i32 >> 16).wrapping_mul(*payload));
        }
        program.costs[port.cost()].sum_into(&mut sum);
    }
    RowCost::add_to(&sum, counts);
    if let Some(arrival) = arrival {
        RowCost::add_to(&arrival.costs, counts);
    }
    state.learning = learning.map(|(_, state)| state);
}

/// Notes the post spikes of step `t`.
pub(crate) fn note_spikes(
    program: &CoreProgram,
    learn: &LearnProgram,
    fired: &[u8],
    state: &mut LearnState,
    t: u64,
    source: &Source,
) {
    let now = Moment::new(learn, t);
    for (column, _) in fired.iter().enumerate().filter(|(_, fired)| **fired != 0) {
        state.note_post(
            learn,
            usize::from(program.layout.compartment_of[column]),
            now,
            source,
        );
    }
}
