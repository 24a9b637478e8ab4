//! Update, one compartment at a time: the contract's page in code.
//!
//! The vector kernel covers the plain segments; this covers all, and is what the kernel is tested
//! against.

use crate::draws::NoiseDraws;
use crate::layout::{NO_COLUMN, Segment};
use crate::program::CoreProgram;
use crate::state::{CoreState, read_accumulator};
use seamount_arith::soma::{decay, effective_decay, noise, threshold};
use seamount_arith::word::{clip, wrap};
use seamount_image::{Join, Push, ThresholdMode};

/// Events of an update, summed over compartments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpdateTally {
    /// Number of spikes.
    pub spikes: u32,
    /// Number of active compartments.
    pub active: u32,
    /// Accumulators that wrapped (NC-002).
    pub q_wraps: u32,
    /// Currents that wrapped (NC-001).
    pub u_wraps: u32,
    /// Voltages that were clipped (NC-003).
    pub v_clips: u32,
    /// Not zero if any u, v or hold changed.
    pub changed: u32,
}

impl std::ops::AddAssign for UpdateTally {
    fn add_assign(&mut self, other: UpdateTally) {
        self.spikes += other.spikes;
        self.active += other.active;
        self.q_wraps += other.q_wraps;
        self.u_wraps += other.u_wraps;
        self.v_clips += other.v_clips;
        self.changed |= other.changed;
    }
}

/// A child's value and flag (NC-040).
#[derive(Clone, Copy)]
struct Popped {
    value: i32,
    flag: bool,
}

/// Random number of the noise unit for a column, shifted as the core's registers say; 0 without
/// noise.
fn noise_of(program: &CoreProgram, segment: &Segment, column: usize, draws: &NoiseDraws) -> i32 {
    if !segment.profile.noise {
        return 0;
    }
    noise(
        draws.byte(program.layout.compartment_of[column]),
        program.registers.noise_mantissa,
        program.registers.noise_exponent,
    )
}

/// Updates one column from its accumulator `units` (in units of 64).
pub(crate) fn update_column(
    program: &CoreProgram,
    segment: &Segment,
    state: &mut CoreState,
    column: usize,
    units: i32,
    draws: &NoiseDraws,
) -> UpdateTally {
    let registers = &program.registers;
    let profile = &segment.profile;
    let noise = noise_of(program, segment, column, draws);
    let (at_dendrite, at_membrane) = if registers.noise_at_dendrite {
        (noise, 0)
    } else {
        (0, noise)
    };
    let q_sum = i64::from(units) * 64 + i64::from(at_dendrite);
    let q = read_accumulator(units, at_dendrite);
    let u_before = state.u[column];
    let u_decay = effective_decay(profile.current_decay, registers.ds_offset);
    let u_sum = i64::from(decay(u_before, u_decay)) + i64::from(q);
    let u = wrap::<24>(u_sum);
    let (popped, count) = popped(program, state, column);
    let popped = &popped[..count];
    let own = u + program.bias[column] + at_membrane;
    let input = join(profile.join, own, popped);
    let membrane = membrane(program, segment, state, column, input, popped);
    let v_before = std::mem::replace(&mut state.v[column], membrane.v);
    let hold_before = std::mem::replace(&mut state.hold[column], membrane.hold);
    state.u[column] = u;
    state.fired[column] = u8::from(membrane.spike);
    state.flag[column] = u8::from(segment.flag_read && membrane.flag);
    if program.keep_accumulator {
        state.accumulator_read[column] = q;
    }
    let NewMembrane { v, hold, spike, .. } = membrane;
    UpdateTally {
        spikes: u32::from(spike),
        // a hold of 1 is the last dead step, which is no activity
        active: u32::from(q != 0 || u != 0 || v != 0 || hold > 1 || spike),
        q_wraps: u32::from(i64::from(q) != q_sum),
        u_wraps: u32::from(i64::from(u) != u_sum),
        v_clips: u32::from(membrane.clipped),
        changed: u32::from(u != u_before || v != v_before || hold != hold_before),
    }
}

/// Membrane of a compartment after its update.
struct NewMembrane {
    v: i32,
    hold: u8,
    /// Whether v exceeded the threshold, whatever the compartment makes of it.
    flag: bool,
    spike: bool,
    /// Whether v was limited (NC-003).
    clipped: bool,
}

/// Decays v, adds the input, limits, holds, and fires.
fn membrane(
    program: &CoreProgram,
    segment: &Segment,
    state: &CoreState,
    column: usize,
    input: i32,
    popped: &[Popped],
) -> NewMembrane {
    let profile = &segment.profile;
    let v_decay = effective_decay(profile.voltage_decay, program.registers.dm_offset);
    let v_sum = i64::from(decay(state.v[column], v_decay)) + i64::from(input);
    let (v_min, v_max) = program.v_limits;
    let limit = threshold(segment.threshold_mantissa);
    let held = state.hold[column] > 1; // u went on above all the same (NC-013)
    // the clip comes before the test: a threshold at v_max is never crossed (NC-012)
    let clipped_v = clip(v_sum, i64::from(v_min), i64::from(v_max));
    let before_spike = if held { 0 } else { clipped_v };
    let flag = before_spike > limit;
    let fires = profile.mode == ThresholdMode::SpikeAndReset && fires(profile.join, flag, popped);
    let spike = !held && fires;
    let v = match profile.mode {
        _ if spike => 0,
        ThresholdMode::Saturate => before_spike.min(limit),
        _ => before_spike,
    };
    // with refractory_steps 1 there is nothing to hold (NC-008)
    let hold = match (spike, profile.refractory_steps) {
        (false, _) => state.hold[column].saturating_sub(1),
        (true, 0..=1) => 0,
        (true, steps) => steps,
    };
    NewMembrane {
        v,
        hold,
        flag,
        spike,
        clipped: !held && i64::from(before_spike) != v_sum,
    }
}

/// Values of the children of a column: A, then B.
fn popped(program: &CoreProgram, state: &CoreState, column: usize) -> ([Popped; 2], usize) {
    let mut out = [Popped {
        value: 0,
        flag: false,
    }; 2];
    let mut count = 0;
    for child in program.layout.children[column] {
        if child != NO_COLUMN {
            let child = usize::from(child);
            out[count] = Popped {
                value: passed(program, state, child),
                flag: state.flag[child] != 0,
            };
            count += 1;
        }
    }
    (out, count)
}

/// Value that a column pushed.
fn passed(program: &CoreProgram, state: &CoreState, column: usize) -> i32 {
    let segment = program
        .layout
        .segments
        .partition_point(|s| s.columns.end <= column);
    match program.layout.segments[segment].profile.push {
        Push::Current => state.u[column],
        _ => state.v[column],
    }
}

/// Input of the membrane (NC-041..NC-043).
fn join(join: Join, own: i32, popped: &[Popped]) -> i32 {
    let values = popped.iter().map(|p| p.value);
    match (join, popped) {
        (Join::None | Join::Or | Join::And, _) => own,
        (Join::Add, _) => own + values.sum::<i32>(),
        (Join::Max, _) => values.fold(own, i32::max),
        (Join::Min, _) => values.fold(own, i32::min),
        (Join::Pass, [a, b]) => {
            if a.flag {
                b.value
            } else {
                0
            }
        }
        (Join::Block, [a, b]) => {
            if a.flag {
                0
            } else {
                b.value
            }
        }
        (Join::Pass, _) => {
            if popped.iter().all(|a| a.flag) {
                own
            } else {
                0
            }
        }
        (Join::Block, _) => {
            if popped.iter().any(|a| a.flag) {
                0
            } else {
                own
            }
        }
    }
}

/// Spike test (NC-044).
fn fires(join: Join, own: bool, popped: &[Popped]) -> bool {
    match join {
        Join::Or => own || popped.iter().any(|p| p.flag),
        Join::And => own && popped.iter().all(|p| p.flag),
        _ => own,
    }
}
