//! What a core does in one step: deliver, update, and at the end of an epoch learn. Nothing else
//! knows this order.

use crate::deliver::{deliver, deliver_graded, deliver_learning, note_spikes};
use crate::kernel::{self, Columns, Settings};
use crate::layout::{NO_COLUMN, Segment};
use crate::learn::{LearnProgram, LearnScratch, Source, learn};
use crate::program::{CoreProgram, Graded, Port};
use crate::programmed;
use crate::state::{CoreState, read_accumulator};
use crate::update::{NoiseSource, Tally, update_column};
use seamount_arith::soma::{DECAY_ONE, effective_decay, threshold};
use seamount_image::{Join, Push, ThresholdMode};
use seamount_spec::EventCounts;

/// What came of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepOutcome {
    /// Events of this core in this step, what leaves the core aside.
    pub counts: EventCounts,
    /// Whether any compartment spiked.
    pub fired: bool,
    /// Whether the step ended an epoch of the learning engine.
    pub learned: bool,
}

/// Memory that a step needs and nobody keeps.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    q: Vec<i32>,
    input: Vec<i32>,
    fixed: Vec<Port>,
    learn: LearnScratch,
    programs: programmed::Scratch,
}

/// One step of one core: the packets that arrive in step `t`, then every compartment, and what can
/// be learned from both (NC-050, phases 1, 2 and 4: phase 3, transport, touches no core). `vectors` chooses between the vector kernel and one column at a time; the
/// result is the same.
#[allow(
    clippy::too_many_arguments,
    reason = "a step's inputs, each of another kind"
)]
pub fn step(
    program: &CoreProgram,
    state: &mut CoreState,
    scratch: &mut Scratch,
    (packets, graded): (&[Port], &[Graded]),
    t: u64,
    noise: &impl NoiseSource,
    draws: &Source,
    vectors: bool,
) -> StepOutcome {
    let mut counts = EventCounts::default();
    match &program.learning {
        None => deliver(program, state, packets, t, &mut counts),
        Some(learn) => deliver_learning(
            program,
            learn,
            state,
            &mut scratch.fixed,
            packets,
            t,
            draws,
            &mut counts,
        ),
    }
    deliver_graded(program, state, graded, t, draws, &mut counts);
    if !(state.settled && t > state.pending_until) {
        update(program, state, scratch, t, noise, vectors, &mut counts);
    }
    counts.neuron_updates_active += u64::from(state.active);
    counts.neuron_updates_inactive += program.updated - u64::from(state.active);
    let fired = counts.spikes > 0;
    let learned = match &program.learning {
        None => false,
        Some(learn) => end(
            program,
            learn,
            state,
            scratch,
            (t, fired),
            draws,
            vectors,
            &mut counts,
        ),
    };
    StepOutcome {
        fired,
        counts,
        learned,
    }
}

/// Phase 4: notes the spikes of this step, and learns if it ends an epoch; whether it does.
#[allow(
    clippy::too_many_arguments,
    reason = "what a step has, and what it found"
)]
fn end(
    program: &CoreProgram,
    learning: &LearnProgram,
    state: &mut CoreState,
    scratch: &mut Scratch,
    (t, fired): (u64, bool),
    draws: &Source,
    vectors: bool,
    counts: &mut EventCounts,
) -> bool {
    let Some(learn_state) = state.learning.as_mut() else {
        return false;
    };
    if fired {
        note_spikes(program, learning, &state.fired, learn_state, t, draws);
    }
    let last = t.is_multiple_of(u64::from(learning.epoch));
    if last {
        *counts += learn(learning, learn_state, &mut scratch.learn, t, draws, vectors);
    }
    last
}

fn update(
    program: &CoreProgram,
    state: &mut CoreState,
    scratch: &mut Scratch,
    t: u64,
    noise: &impl NoiseSource,
    vectors: bool,
    counts: &mut EventCounts,
) {
    let count = program.len();
    let slot = (t % program.slots as u64) as usize * program.stride;
    let identity = program.layout.is_identity;
    let mut accumulators = std::mem::take(&mut state.accumulators);
    let due = &mut accumulators[slot..slot + count];
    if !identity {
        scratch.q.clear();
        scratch.q.extend(
            program
                .layout
                .compartment_of
                .iter()
                .map(|&c| due[usize::from(c)]),
        );
        due.fill(0);
    }
    let q = if identity { due } else { &mut scratch.q[..] };
    let mut tally = Tally::default();
    for segment in &program.layout.segments {
        let range = segment.columns.clone();
        if let Some((group, port)) = segment.program {
            if port == 0 {
                let (sum, instructions) = programmed::update(
                    program,
                    usize::from(group),
                    state,
                    q,
                    &mut scratch.programs,
                    vectors,
                );
                tally += sum;
                counts.microcode_instructions += instructions;
            }
            continue;
        }
        tally += if vectors && segment.is_plain() {
            plain(program, segment, state, &mut q[range], &mut scratch.input)
        } else {
            range
                .map(|i| {
                    update_column(program, segment, state, i, std::mem::take(&mut q[i]), noise)
                })
                .fold(Tally::default(), |mut sum, one| {
                    sum += one;
                    sum
                })
        };
    }
    state.accumulators = accumulators;
    state.active = tally.active;
    // nothing changed, nothing came in, nothing to be counted: every later step is the same
    let silent = tally.spikes + tally.u_wraps + tally.v_clips == 0 && tally.changed == 0;
    state.settled = silent && !program.has_noise && t > state.pending_until;
    counts.spikes += u64::from(tally.spikes);
    counts.q_wraps += u64::from(tally.q_wraps);
    counts.u_wraps += u64::from(tally.u_wraps);
    counts.v_clips += u64::from(tally.v_clips);
}

/// A plain segment through the vector kernel.
fn plain(
    program: &CoreProgram,
    segment: &Segment,
    state: &mut CoreState,
    q: &mut [i32],
    input: &mut Vec<i32>,
) -> Tally {
    let (profile, registers) = (&segment.profile, &program.registers);
    let range = segment.columns.clone();
    if program.keep_accumulator {
        for (kept, &units) in state.accumulator_read[range.clone()].iter_mut().zip(&*q) {
            *kept = read_accumulator(units, 0);
        }
    }
    let joined = profile.join == Join::Add;
    if joined {
        join_add(program, segment, state, input);
    }
    let keep = |register, offset| i32::from(DECAY_ONE - effective_decay(register, offset));
    let settings = Settings {
        keep_u: keep(profile.current_decay, registers.ds_offset),
        keep_v: keep(profile.voltage_decay, registers.dm_offset),
        threshold: threshold(segment.threshold_mantissa),
        v_limits: program.v_limits,
        refractory_steps: i32::from(profile.refractory_steps),
        spikes: profile.mode == ThresholdMode::SpikeAndReset,
    };
    let columns = Columns {
        q,
        input: if joined {
            &input[..]
        } else {
            &program.bias[range.clone()]
        },
        u: &mut state.u[range.clone()],
        v: &mut state.v[range.clone()],
        hold: &mut state.hold[range.clone()],
        fired: &mut state.fired[range],
    };
    kernel::update(settings, columns)
}

/// Bias plus the values of the children (NC-041).
fn join_add(program: &CoreProgram, segment: &Segment, state: &CoreState, input: &mut Vec<i32>) {
    let range = segment.columns.clone();
    input.clear();
    input.extend_from_slice(&program.bias[range.clone()]);
    for k in 0..2 {
        let children = &program.layout.children[range.clone()];
        let Some(first) = children.first().map(|c| c[k]).filter(|&c| c != NO_COLUMN) else {
            continue;
        };
        let owner = program
            .layout
            .segments
            .partition_point(|s| s.columns.end <= usize::from(first));
        let same_owner = |c: &[u16; 2]| {
            program.layout.segments[owner]
                .columns
                .contains(&usize::from(c[k]))
        };
        for (sum, child) in input.iter_mut().zip(children) {
            let owner = if same_owner(child) {
                owner
            } else {
                program
                    .layout
                    .segments
                    .partition_point(|s| s.columns.end <= usize::from(child[k]))
            };
            let child = usize::from(child[k]);
            *sum += match program.layout.segments[owner].profile.push {
                Push::Current => state.u[child],
                _ => state.v[child],
            };
        }
    }
}
