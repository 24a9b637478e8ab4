//! Shared factors: what a variable is for all synapses of a block at once.
//!
//! A block has synapses of one axon, or of one target. What such synapses share is computed once,
//! outside the loop over synapses, and three strategies need it in different forms: for one axon
//! ([`super::ready`]), for one target ([`super::by_target`]) and for all axons in one go
//! ([`super::all_at_once`]). All three ask [`shared`], the only place of the fast strategies that
//! knows what a variable of the axon, the target or the reward means.
//!
//! Why one place: when each strategy had a `match` of its own, each ended in "everything else is
//! r1", and a new variable was r1 in all of them without a word of the compiler. The `match` here
//! names every variable. Nothing but a test of bits could have told.
//!
//! What this module does not know: which factors a strategy treats as shared. That depends on how
//! blocks are cut, and is decided in [`super::slots`]; asking here for a factor that it made an own
//! one is a mistake of ours and panics.

use super::seen::{FLAGS, Seen, own_spike};
use crate::learn::program::Rule;
use seamount_rules::{Origin, Variable};

/// A variable that several synapses share, by who has it.
#[derive(Debug, Clone, Copy)]
pub(super) enum SharedValue<'a> {
    /// One number for all synapses of the rule.
    Rule(i32),
    /// One number for the synapses of each axon: the value of the axon in the list, `most` at most.
    /// The limit makes a flag of the step of a spike, which is 0 where none came.
    Axon { values: &'a [u8], most: u8 },
    /// One number for the synapses of each target: an array by rank of what targets had at their
    /// own spikes. Only blocks of one target may read it so. Blocks of an axon have a slot instead.
    Target { array: usize },
}

/// What a variable is for synapses that share it; traces of the source as they are at the end of
/// step `step` of the epoch. None for w, d and t, which synapses never share.
#[inline(always)]
pub(super) fn shared<'a>(
    variable: Variable,
    rule: &Rule,
    step: usize,
    seen: &'a Seen,
) -> Option<SharedValue<'a>> {
    Some(match variable {
        Variable::X0 => SharedValue::Axon {
            values: seen.pre_spike,
            most: 1,
        },
        Variable::X1 => SharedValue::Axon {
            values: seen.x_all(rule, 0, step),
            most: u8::MAX,
        },
        Variable::X2 => SharedValue::Axon {
            values: seen.x_all(rule, 1, step),
            most: u8::MAX,
        },
        Variable::Y0 => SharedValue::Target { array: FLAGS },
        Variable::Y1 => SharedValue::Target {
            array: own_spike(0),
        },
        Variable::Y2 => SharedValue::Target {
            array: own_spike(1),
        },
        Variable::Y3 => SharedValue::Target {
            array: own_spike(2),
        },
        Variable::R0 => SharedValue::Rule(seen.r0(rule).into()),
        Variable::R1 => SharedValue::Rule(seen.r1(rule)),
        Variable::Weight | Variable::Delay | Variable::Tag => return None,
    })
}

/// Whether all synapses of a rule share a variable, so that a term of such factors alone is
/// computed once an epoch.
#[inline(always)]
pub(super) fn is_of_rule(variable: Variable) -> bool {
    variable.origin() == Origin::Reward
}

/// A variable that the synapses of an axon share, at the end of step `step` of the epoch. Without
/// an axon only variables that the whole rule shares have a value.
#[inline(always)]
pub(super) fn of_axon(
    variable: Variable,
    rule: &Rule,
    axon: Option<usize>,
    step: usize,
    seen: &Seen,
) -> i32 {
    match (shared(variable, rule, step, seen), axon) {
        (Some(SharedValue::Rule(value)), _) => value,
        (Some(SharedValue::Axon { values, most }), Some(axon)) => values[axon].min(most).into(),
        _ => not_shared(variable),
    }
}

/// A variable that the synapses of a target share, whose rank is given, at the target's own spike.
#[inline(always)]
pub(super) fn of_target(variable: Variable, rule: &Rule, rank: usize, seen: &Seen) -> i32 {
    match shared(variable, rule, seen.epoch, seen) {
        Some(SharedValue::Rule(value)) => value,
        Some(SharedValue::Target { array }) => seen.by_rank.one(array, rank).into(),
        _ => not_shared(variable),
    }
}

/// A factor was split as one that synapses share, and they do not share it.
#[cold]
#[inline(never)]
pub(super) fn not_shared(variable: Variable) -> ! {
    panic!("{variable:?} is not shared by the synapses of this block")
}
