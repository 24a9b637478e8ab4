//! Packets into accumulators, and spikes into the notes of the learning engine.
//!
//! Sums wrap and their order is no matter (NC-002): addition modulo 2^32 is commutative, and what
//! is read in the end (22 or 24 bits) is a function of that sum. So packets of plain spikes, of
//! graded spikes and of learning axons are added one kind after another, each by the loop that
//! suits it.

use crate::dense::BLOCK;
use crate::kernel;
use crate::learn::{LearnProgram, LearnState, LearningArrival, LearningDraws, Moment};
use crate::packets::{Graded, Packets, Port};
use crate::ports::RowForm;
use crate::program::CoreProgram;
use crate::rows::RowCost;
use crate::state::CoreState;
use seamount_spec::EventCounts;

/// Adds the rows of all packets that arrive in step `t` to the accumulators, and moves rewards and
/// traces where synapses learn. `fixed` is scratch: packets that the learning engine leaves.
pub fn deliver(
    program: &CoreProgram,
    state: &mut CoreState,
    packets: &Packets,
    fixed: &mut Vec<Port>,
    t: u64,
    draws: &LearningDraws,
    counts: &mut EventCounts,
) {
    match &program.learning {
        None => deliver_plain(program, state, &packets.plain, t, counts),
        Some(_) => deliver_learning(program, state, fixed, &packets.plain, t, draws, counts),
    }
    deliver_graded(program, state, &packets.graded, t, draws, counts);
}

/// Wakes the core: `count` packets arrived, and accumulators may be other than 0 for as long as the
/// longest delay.
///
/// The longest delay that the core has, not that of the row that arrived: to know the latter, every
/// synapse would have to be asked. The core stays awake a few steps longer than it must, which
/// changes no result.
fn arrived(
    program: &CoreProgram,
    state: &mut CoreState,
    count: usize,
    t: u64,
    counts: &mut EventCounts,
) {
    counts.packets_in += count as u64;
    state.pending_until = t + program.slots as u64 - 1;
    state.settled = false;
}

/// Accumulators that are read in step `t` begin here.
fn slot(program: &CoreProgram, t: u64) -> usize {
    (t % program.slots as u64) as usize * program.stride
}

/// Adds the rows of plain packets.
fn deliver_plain(
    program: &CoreProgram,
    state: &mut CoreState,
    packets: &[Port],
    t: u64,
    counts: &mut EventCounts,
) {
    if packets.is_empty() {
        return;
    }
    arrived(program, state, packets.len(), t, counts);
    let slot = slot(program, t) as u32;
    let sum = kernel::scatter(program, &mut state.accumulators, packets, slot);
    RowCost::add_to(&sum, counts);
}

/// Adds plain packets on a core that learns: those of learning axons and rewards are taken out
/// first, `fixed` keeps the others. Rewards move r1 in every step (LE-011).
fn deliver_learning(
    program: &CoreProgram,
    state: &mut CoreState,
    fixed: &mut Vec<Port>,
    packets: &[Port],
    t: u64,
    draws: &LearningDraws,
    counts: &mut EventCounts,
) {
    let (Some(learn), Some(mut learning)) = (&program.learning, state.learning.take()) else {
        return;
    };
    let mut arrival = LearningArrival::new(program, learn, t, draws);
    fixed.clear();
    // most cores that learn have both kinds of axons, in any order: one pass sorts them out, and
    // what is left goes through the same loop as on cores that do not learn
    let others = packets
        .iter()
        .filter(|port| !arrival.take(**port, 1, &mut learning, &mut state.accumulators));
    fixed.extend(others);
    let LearningArrival {
        rewards,
        came,
        costs,
        ..
    } = arrival;
    deliver_plain(program, state, fixed, t, counts);
    if fixed.len() < packets.len() {
        arrived(program, state, packets.len() - fixed.len(), t, counts);
        RowCost::add_to(&costs, counts);
    }
    learning.rewards(learn, t, &rewards, came, draws);
    state.learning = Some(learning);
}

/// Adds the rows of graded packets, each contribution times the payload; sums wrap at 32 bit, of
/// which programs read 24 or fewer (MC-030). Where synapses learn, payloads may set traces
/// (LE-014).
fn deliver_graded(
    program: &CoreProgram,
    state: &mut CoreState,
    packets: &[Graded],
    t: u64,
    draws: &LearningDraws,
    counts: &mut EventCounts,
) {
    if packets.is_empty() {
        return;
    }
    arrived(program, state, packets.len(), t, counts);
    let slot = slot(program, t);
    let mut learning = program.learning.as_deref().zip(state.learning.take());
    let mut arrival = learning
        .as_ref()
        .map(|(learn, _)| LearningArrival::new(program, learn, t, draws));
    let mut sum = [0u64; 8];
    for Graded { port, payload } in packets {
        if let (Some(arrival), Some((_, state_of_learning))) = (&mut arrival, &mut learning)
            && arrival.take(*port, *payload, state_of_learning, &mut state.accumulators)
        {
            continue;
        }
        let cost = add_graded(program, &mut state.accumulators, slot, *port, *payload);
        program.costs[cost].sum_into(&mut sum);
    }
    RowCost::add_to(&sum, counts);
    if let Some(arrival) = arrival {
        RowCost::add_to(&arrival.costs, counts);
    }
    state.learning = learning.map(|(_, state)| state);
}

/// Adds the row of one graded packet, each contribution times the payload; the index of its cost.
/// No vectors and no look-ahead as in `kernel::scatter`: graded packets are few, and each row is
/// multiplied.
///
/// # Panics
/// If the port leads to the learning engine.
fn add_graded(
    program: &CoreProgram,
    accumulators: &mut [i32],
    slot: usize,
    port: Port,
    payload: i32,
) -> usize {
    let lead = program.ports.lead(port);
    let place = lead.place as usize;
    let mut add = |at: usize, units: i32| {
        accumulators[at] = accumulators[at].wrapping_add(units.wrapping_mul(payload));
    };
    match lead.form {
        RowForm::Sparse { base, len, cost } => {
            // as many accumulators as a power of two: the mask is the wrap around the slots
            let mask = program.slots * program.stride - 1;
            let base = slot + usize::from(base);
            for &synapse in &program.synapses.all()[place..place + usize::from(len)] {
                add(
                    ((synapse & 0xffff) as usize + base) & mask,
                    synapse as i32 >> 16,
                );
            }
            usize::from(cost)
        }
        RowForm::Dense {
            first,
            blocks,
            cost,
        } => {
            let targets = slot + usize::from(first) * BLOCK;
            for block in 0..usize::from(blocks) {
                let units = program.dense.units(place + block);
                (targets + block * BLOCK..)
                    .zip(units)
                    .for_each(|(at, units)| add(at, units));
            }
            usize::from(cost)
        }
        RowForm::Learning | RowForm::Reward => {
            unreachable!("the learning engine takes its packets first")
        }
    }
}

/// Notes the post spikes of step `t`; `fired` is by column, what learns by compartment.
pub(crate) fn note_spikes(
    program: &CoreProgram,
    learn: &LearnProgram,
    fired: &[u8],
    state: &mut LearnState,
    t: u64,
    draws: &LearningDraws,
) {
    let now = Moment::new(learn, t);
    for (column, _) in fired.iter().enumerate().filter(|(_, fired)| **fired != 0) {
        let compartment = usize::from(program.layout.compartment_of[column]);
        state.note_post(learn, compartment, now, draws);
    }
}
