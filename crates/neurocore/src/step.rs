//! Phases of a step within one core: deliver, update, learn (NC-050).
//!
//! A core goes through all three before the next core begins, so that its rows and accumulators
//! stay in cache.
//!
//! **Settled cores.** The update of a core is a function of its state, its input and, with noise,
//! of the step. If an update had no input, changed no u, v and hold, counted nothing and drew no
//! noise, then the next update has the same arguments and the same result: nothing. Such a core is
//! settled. It is not updated, and counts the same active and inactive compartments as its last
//! update did, until a packet arrives (`deliver` wakes it). "No input" looks ahead: contributions
//! with delays wait in the accumulators, so a core is not settled before the last step in which one
//! may be due. A bias or a value that a child hands over is no obstacle: if they are constant and
//! have brought u and v to rest, rest it is. What is not in the test must not matter to an update:
//! whoever gives compartments a new kind of state has to count its changes in
//! `UpdateTally::changed`.
//!
//! What this module does *not* know: where packets come from and where spikes go.

use crate::deliver::{deliver, note_spikes};
use crate::draws::{CoreDraws, NoiseDraws};
use crate::kernel::{self, Columns, Settings, Vectors};
use crate::layout::{NO_COLUMN, Segment};
use crate::learn::{self, LearnScratch, LearnState, LearningDraws};
use crate::manage::update_some;
use crate::packets::{Packets, Port};
use crate::program::CoreProgram;
use crate::programmed;
use crate::state::{CoreState, read_accumulator};
use crate::update::{UpdateTally, update_column};
use seamount_arith::soma::{DECAY_ONE, effective_decay, threshold};
use seamount_image::{Join, Push, ThresholdMode};
use seamount_spec::EventCounts;

/// Events of one core in one step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
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
pub struct CoreScratch {
    q: Vec<i32>,
    input: Vec<i32>,
    fixed: Vec<Port>,
    learn: LearnScratch,
    programs: programmed::ProgramScratch,
}

/// One step of one core: the packets that arrive in step `t`, then every compartment, then what can
/// be learned from both. Without vectors columns go one at a time; the result is the same.
pub fn step(
    program: &CoreProgram,
    state: &mut CoreState,
    scratch: &mut CoreScratch,
    packets: &Packets,
    t: u64,
    draws: &CoreDraws,
    vectors: Vectors,
) -> StepOutcome {
    let mut counts = EventCounts::default();
    let fixed = &mut scratch.fixed;
    deliver(
        program,
        state,
        packets,
        fixed,
        t,
        &draws.learning,
        &mut counts,
    );
    if state.gate.updates == u32::MAX {
        // a settled core without input would do again what it did last, which was nothing
        if !(state.settled && t > state.pending_until) {
            update(program, state, scratch, t, draws, vectors, &mut counts);
        }
        counts.neuron_updates_active += u64::from(state.active);
        counts.neuron_updates_inactive += program.updated - u64::from(state.active);
    } else {
        update_some(program, state, t, draws, &mut counts);
    }
    let learned = learn(
        program,
        state,
        scratch,
        t,
        &draws.learning,
        vectors,
        &mut counts,
    );
    StepOutcome {
        fired: counts.spikes > 0,
        counts,
        learned,
    }
}

/// Notes the spikes of this step, and learns if the step ends an epoch; whether it does.
fn learn(
    program: &CoreProgram,
    state: &mut CoreState,
    scratch: &mut CoreScratch,
    t: u64,
    draws: &LearningDraws,
    vectors: Vectors,
    counts: &mut EventCounts,
) -> bool {
    let (Some(learning), Some(learned)) = (&program.learning, &mut state.learning) else {
        return false;
    };
    if counts.spikes > 0 {
        note_spikes(program, learning, &state.fired, learned, t, draws);
    }
    let ends_epoch = t.is_multiple_of(u64::from(learning.epoch));
    if ends_epoch && !state.gate.learns {
        // traces go on as if rules acted; what those would have changed is put back, and they cost
        // nothing. Few epochs pass so, and every strategy stays as it is.
        let before = LearnState::clone(learned);
        learn::learn(learning, learned, &mut scratch.learn, t, draws, vectors);
        learned.weights = before.weights;
        learned.delays = before.delays;
        learned.tags = before.tags;
        learned.second_tags = before.second_tags;
        return false;
    }
    if ends_epoch {
        *counts += learn::learn(learning, learned, &mut scratch.learn, t, draws, vectors);
    }
    ends_epoch
}

/// Updates every compartment of the core.
fn update(
    program: &CoreProgram,
    state: &mut CoreState,
    scratch: &mut CoreScratch,
    t: u64,
    draws: &CoreDraws,
    vectors: Vectors,
    counts: &mut EventCounts,
) {
    let count = program.len();
    let slot = (t % program.slots as u64) as usize * program.stride;
    let identity = program.layout.is_identity;
    // taken out of the state, so that columns of the state can be written while sums are read
    let mut accumulators = std::mem::take(&mut state.accumulators);
    let due = &mut accumulators[slot..slot + count];
    // sums lie by compartment, updates go by column: one gather, unless both orders are the same
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
    let mut tally = UpdateTally::default();
    let surroundings = draws.surroundings(t);
    for segment in &program.layout.segments {
        let range = segment.columns.clone();
        if let Some((group, port)) = segment.program {
            // a program reads both its accumulators when the first comes up
            if port == 0 {
                let (sum, instructions) = programmed::update(
                    program,
                    usize::from(group),
                    state,
                    q,
                    &mut scratch.programs,
                    surroundings,
                    vectors,
                );
                tally += sum;
                counts.microcode_instructions += instructions;
            }
            continue;
        }
        tally += if vectors == Vectors::Widest && segment.is_plain() {
            plain(program, segment, state, &mut q[range], &mut scratch.input)
        } else {
            one_by_one(program, segment, state, q, &draws.noise)
        };
    }
    state.accumulators = accumulators;
    state.active = tally.active;
    // nothing changed, nothing came in, nothing to be counted: every later step is the same, but
    // where neurons draw or read the number of the step
    let silent = tally.spikes + tally.u_wraps + tally.v_clips == 0 && tally.changed == 0;
    state.settled = silent && !program.draws && t > state.pending_until;
    counts.spikes += u64::from(tally.spikes);
    counts.q_wraps += u64::from(tally.q_wraps);
    counts.u_wraps += u64::from(tally.u_wraps);
    counts.v_clips += u64::from(tally.v_clips);
}

/// A copy of the core after one more update without input or noise: what a settled core must equal.
pub(crate) fn updated_alone(program: &CoreProgram, state: &CoreState, t: u64) -> CoreState {
    let mut after = state.clone();
    after.make_room(program);
    // a core that is settled reads no draws, so that these may be any
    let draws = CoreDraws {
        noise: NoiseDraws::generated(0, 0, 0, t),
        learning: LearningDraws {
            seed: 0,
            sample: 0,
            core: 0,
            replay: None,
        },
    };
    let mut counts = EventCounts::default();
    let scratch = &mut CoreScratch::default();
    update(
        program,
        &mut after,
        scratch,
        t,
        &draws,
        Vectors::Off,
        &mut counts,
    );
    after
}

/// A segment column by column; `q` are the sums of all columns of the core, and are cleared.
fn one_by_one(
    program: &CoreProgram,
    segment: &Segment,
    state: &mut CoreState,
    q: &mut [i32],
    noise: &NoiseDraws,
) -> UpdateTally {
    let mut tally = UpdateTally::default();
    for column in segment.columns.clone() {
        let units = std::mem::take(&mut q[column]);
        tally += update_column(program, segment, state, column, units, noise);
    }
    tally
}

/// A plain segment through the vector kernel.
fn plain(
    program: &CoreProgram,
    segment: &Segment,
    state: &mut CoreState,
    q: &mut [i32],
    input: &mut Vec<i32>,
) -> UpdateTally {
    let profile = &segment.profile;
    let registers = &program.registers;
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
