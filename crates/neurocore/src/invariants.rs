//! Invariants of a core's state: what the steps maintain, and what fast paths rely on.
//!
//! A state may come from a file that somebody made. The scalar path, the vector kernel and the
//! short cut for settled cores are equal only for states that a run can reach; each relies on
//! something that another one does not look at. So every such thing is proved when a state is
//! restored, and no path needs to ask again.
//!
//! This module does *not* know which steps led to a state: it proves what every step leaves true,
//! not that a given run could have come there.

use crate::program::CoreProgram;
use crate::state::CoreState;
use crate::step::updated_alone;
use seamount_image::ThresholdMode;
use seamount_microcode::{WORD_MAX, WORD_MIN};

/// Why a state is none of a core: a sentence for the user.
pub type Broken = &'static str;

/// Proves that `state` can be a core's state at the end of step `t`.
///
/// # Errors
/// The first invariant that does not hold.
pub fn prove(program: &CoreProgram, state: &CoreState, t: u64) -> Result<(), Broken> {
    lengths(program, state)?;
    widths(program, state)?;
    membranes(program, state)?;
    accumulators(program, state, t)?;
    match (&state.learning, &program.learning) {
        (None, None) => {}
        (Some(state), Some(program)) if state.fits(program, t) => {}
        _ => return Err("learning: arrays or values that its rules cannot have"),
    }
    settled(program, state, t)
}

/// Every array is as long as the program says.
fn lengths(program: &CoreProgram, state: &CoreState) -> Result<(), Broken> {
    let count = program.len();
    let columns = [
        state.u.len(),
        state.v.len(),
        state.hold.len(),
        state.fired.len(),
        state.flag.len(),
    ];
    let payloads = if program.has_payload { count } else { 0 };
    let mut groups = state.words.iter().zip(program.groups.iter());
    let words = state.words.len() == program.groups.len()
        && groups.all(|(words, group)| {
            words.len() == group.start.len()
                && words
                    .iter()
                    .zip(&group.start)
                    .all(|(a, b)| a.len() == b.len())
        });
    let right = columns == [count; 5]
        && state.accumulators.len() == program.slots * program.stride
        && state.payload.len() == payloads
        && words;
    right.then_some(()).ok_or("an array of another length")
}

/// Every number has the width of its register.
fn widths(program: &CoreProgram, state: &CoreState) -> Result<(), Broken> {
    let (v_min, v_max) = program.v_limits;
    let word = |word: &i32| (WORD_MIN..=WORD_MAX).contains(word);
    if !state.u.iter().all(|u| (-(1 << 23)..1 << 23).contains(u)) {
        return Err("a current outside 24 bits");
    }
    if !state.v.iter().all(|v| (v_min..=v_max).contains(v)) {
        return Err("a voltage outside its limits");
    }
    if state.fired.iter().chain(&state.flag).any(|bit| *bit > 1) {
        return Err("a spike or a flag that is neither 0 nor 1");
    }
    if !state.payload.iter().all(word) || !state.words.iter().flatten().flatten().all(word) {
        return Err("a word of a program outside its width");
    }
    Ok(())
}

/// Hold, spike, voltage and flag of every compartment agree (NC-008, NC-013, NC-014, NC-040).
fn membranes(program: &CoreProgram, state: &CoreState) -> Result<(), Broken> {
    for segment in &program.layout.segments {
        let profile = &segment.profile;
        // With refractory_steps 1 there is nothing to hold, which the vector kernel relies on.
        let longest = match (segment.program, profile.mode, profile.refractory_steps) {
            (None, ThresholdMode::SpikeAndReset, steps @ 2..) => steps,
            _ => 0,
        };
        for column in segment.columns.clone() {
            let hold = state.hold[column];
            let fired = state.fired[column] != 0;
            if hold > longest {
                return Err("a compartment that is held longer than its refractory steps");
            }
            if !segment.flag_read && state.flag[column] != 0 {
                return Err("a flag of a compartment whose flag nobody reads");
            }
            if segment.program.is_some() {
                continue;
            }
            // a compartment that was frozen in the step of its spike is held and shows none
            let spiked = fired || (program.freezes && hold == longest);
            if longest > 0 && spiked != (hold == longest) {
                return Err("a compartment whose spike and refractory steps disagree");
            }
            if (fired || hold > 0) && state.v[column] != 0 {
                return Err("a voltage other than 0 after a spike");
            }
            if fired && profile.mode != ThresholdMode::SpikeAndReset {
                return Err("a spike of a compartment that does not spike");
            }
        }
    }
    Ok(())
}

/// What waits in the accumulators is announced by `pending_until`, and can still arrive.
fn accumulators(program: &CoreProgram, state: &CoreState, t: u64) -> Result<(), Broken> {
    let slots = program.slots as u64;
    // what was not read as its compartments were frozen is read in the next round
    let latest = t + slots - u64::from(!program.freezes);
    if state.pending_until > latest {
        return Err("packets that are announced later than any delay");
    }
    let slot_length = program.stride;
    for (slot, sums) in (0..slots).zip(state.accumulators.chunks(slot_length)) {
        if sums.iter().all(|sum| *sum == 0) {
            continue;
        }
        if sums[program.len()..].iter().any(|sum| *sum != 0) {
            return Err("an accumulator of no compartment");
        }
        // The next step after `t` that reads this slot.
        let arrives = t + 1 + (slot + slots - (t + 1) % slots) % slots;
        if arrives > state.pending_until {
            return Err("an accumulator that nobody announced");
        }
    }
    Ok(())
}

/// A core that says it is settled would do nothing: it is tried on a copy.
fn settled(program: &CoreProgram, state: &CoreState, t: u64) -> Result<(), Broken> {
    if state.active as usize > program.len() {
        return Err("more active compartments than there are");
    }
    if !state.settled {
        return Ok(());
    }
    let after = updated_alone(program, state, t + 1);
    let same = !program.draws
        && after.settled
        && after.active == state.active
        && after.u == state.u
        && after.v == state.v
        && after.hold == state.hold
        && after.fired == state.fired
        && after.flag == state.flag
        && after.words == state.words
        && after.payload == state.payload
        && after.learning == state.learning;
    same.then_some(())
        .ok_or("a core that is said to be at rest, and is not")
}
