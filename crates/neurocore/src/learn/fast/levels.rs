//! Traces followed through an epoch, sixteen units at a time (LE-001, LE-009).
//!
//! A level is what all traces of one side are at the end of one step; level 0 is the start of the
//! epoch. Rules with epochs of several steps read traces at the time of a spike, so all levels are
//! kept.
//!
//! Nothing is followed in steps that do not end an epoch: they note spikes (`learn/traces.rs`), and
//! that is all that a silent step costs. Random numbers are functions of the step, so the end of
//! the epoch can draw those of all its steps.
//!
//! A trace that is 0 stays 0 until a spike: sixteen units of which that is true cost two
//! comparisons, and a side that is silent altogether costs one pass over its zeros.

use crate::learn::draws::{LearningDraws, Numbers};
use crate::learn::program::LearnProgram;
use crate::learn::state::LearnState;
use crate::learn::traces::{TraceColumns, decayed, raised};
use seamount_arith::random::Purpose;
use seamount_image::TraceConfig;

/// One number of each of sixteen units.
type Sixteen<T> = [T; 16];

/// The traces of one side at every step of an epoch: x1 and x2 by axon (K = 2), or y1, y2 and y3 by
/// compartment (K = 3). Trace j of unit i at level s is at `(s * K + j) * units + i`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Levels {
    pub values: Vec<u8>,
    /// Level 1 without the impulses of step 1, where a rule reads x traces so.
    pub before: Vec<u8>,
    /// Axons, or compartments.
    pub units: usize,
}

/// What the traces of one side are made of.
struct TraceSide<'a, const K: usize> {
    start: &'a [Vec<u8>; K],
    configs: [&'a TraceColumns; K],
    /// Step of the last spike of each unit; 0: none.
    spikes: &'a [u8],
}

/// A trace on its way from one level to the next.
struct Stride<'a> {
    configs: &'a TraceColumns,
    spikes: &'a [u8],
    step: u8,
    /// Which trace of its side.
    which: usize,
    numbers: Numbers,
}

/// Follows all traces of a core through the epoch that ends in step `t`.
#[inline(always)]
pub(super) fn follow(
    program: &LearnProgram,
    state: &LearnState,
    t: u64,
    source: &LearningDraws,
    pre: &mut Levels,
    post: &mut Levels,
) {
    let start = t - u64::from(program.epoch);
    let numbers = |purpose| move |step: u8| source.numbers(purpose, start + u64::from(step));
    let hidden = match program.has_x_before {
        true => 2 * program.axons.len(),
        false => 0,
    };
    pre.before.clear();
    pre.before.resize(hidden, 0);
    let side = TraceSide {
        start: &state.pre,
        configs: program.pre.each_ref(),
        spikes: &state.pre_spike,
    };
    pre.follow(&side, program.epoch, numbers(Purpose::LearnPre));
    let side = TraceSide {
        start: &state.post,
        configs: program.post.each_ref(),
        spikes: &state.post_spike,
    };
    post.follow(&side, program.epoch, numbers(Purpose::LearnPost));
}

impl Levels {
    /// All K traces at the end of a step.
    pub fn level<const K: usize>(&self, step: usize) -> &[u8] {
        &self.values[step * K * self.units..(step + 1) * K * self.units]
    }

    #[inline(always)]
    fn follow<const K: usize>(
        &mut self,
        side: &TraceSide<K>,
        steps: u8,
        numbers: impl Fn(u8) -> Numbers,
    ) {
        self.units = side.spikes.len();
        self.values.clear();
        for trace in side.start {
            self.values.extend_from_slice(trace);
        }
        let levels = usize::from(steps) + 1;
        self.values.resize(levels * K * self.units, 0);
        let silent = is_zero(side.spikes);
        for step in 1..=steps {
            let (before, after) = self.values.split_at_mut(usize::from(step) * K * self.units);
            let before = &before[(usize::from(step) - 1) * K * self.units..];
            let numbers = numbers(step);
            for which in 0..K {
                let range = which * self.units..(which + 1) * self.units;
                let configs = side.configs[which];
                let old = &before[range.clone()];
                if (silent || !configs.rises) && is_zero(old) {
                    continue; // 0 stays 0
                }
                let new = &mut after[range.clone()];
                let hidden = self.before.get_mut(range).unwrap_or(&mut []);
                if configs.rests {
                    // programs write the trace, say: it is what it was
                    new.copy_from_slice(old);
                    if !hidden.is_empty() {
                        hidden.copy_from_slice(old);
                    }
                    continue;
                }
                let stride = Stride {
                    configs,
                    spikes: side.spikes,
                    step,
                    which,
                    numbers,
                };
                stride.go::<K>(old, new, hidden);
            }
        }
    }
}

impl Stride<'_> {
    /// One step of a trace of all units; `hidden`, if it is not empty, gets what the trace is
    /// before the impulse.
    #[inline(always)]
    fn go<const K: usize>(&self, old: &[u8], new: &mut [u8], hidden: &mut [u8]) {
        for first in (0..self.spikes.len()).step_by(16) {
            let spiked: Sixteen<u8> = sixteen(self.spikes, first);
            let mut rises = false;
            for i in 0..16 {
                rises |= spiked[i] == self.step;
            }
            let old: Sixteen<u8> = sixteen(old, first);
            if !rises && old == [0; 16] {
                continue;
            }
            let (decay, rise) = drawn::<K>(&self.numbers, first, self.which);
            let left = all_decayed(self.configs, first, &old, &decay);
            put(&left, hidden, first);
            if !rises {
                put(&left, new, first);
                continue;
            }
            let mut raised = all_raised(self.configs, first, &left, &rise);
            for i in 0..16 {
                raised[i] = if spiked[i] == self.step {
                    raised[i]
                } else {
                    left[i]
                };
            }
            put(&raised, new, first);
        }
    }
}

/// Sixteen values from `first` on; 0 beyond the end.
#[inline(always)]
fn sixteen<T: Copy + Default>(from: &[T], first: usize) -> Sixteen<T> {
    let rest = &from[first..];
    match rest.first_chunk() {
        Some(all) => *all,
        None => {
            let mut out = [T::default(); 16];
            out[..rest.len()].copy_from_slice(rest);
            out
        }
    }
}

/// Whether all values are 0. A loop, not an iterator: in code without wide vectors those may be
/// left out of line.
#[inline(always)]
fn is_zero(all: &[u8]) -> bool {
    let (parts, rest) = all.as_chunks::<64>();
    for part in parts {
        if *part != [0; 64] {
            return false;
        }
    }
    let mut any = 0;
    for x in rest {
        any |= x;
    }
    any == 0
}

/// Writes sixteen values from `first` on, those that there is room for.
#[inline(always)]
fn put(from: &Sixteen<u8>, to: &mut [u8], first: usize) {
    if let Some(to) = to.get_mut(first..) {
        let count = to.len().min(16);
        to[..count].copy_from_slice(&from[..count]);
    }
}

/// [`decayed`] of sixteen units.
#[inline(always)]
fn all_decayed(
    configs: &TraceColumns,
    first: usize,
    x: &Sixteen<u8>,
    numbers: &Sixteen<u16>,
) -> Sixteen<u8> {
    let keep = sixteen(&configs.keep, first);
    let mut out = [0; 16];
    for i in 0..16 {
        out[i] = decayed(x[i], keep[i], numbers[i]);
    }
    out
}

/// [`raised`] of sixteen units.
#[inline(always)]
fn all_raised(
    configs: &TraceColumns,
    first: usize,
    x: &Sixteen<u8>,
    numbers: &Sixteen<u16>,
) -> Sixteen<u8> {
    let impulse = sixteen(&configs.impulse, first);
    let fraction = sixteen(&configs.fraction, first);
    let mut out = [0; 16];
    for i in 0..16 {
        let config = TraceConfig {
            impulse: impulse[i],
            impulse_fraction: fraction[i],
            keep: 0,
        };
        out[i] = raised(x[i], config, numbers[i]);
    }
    out
}

/// The random numbers of sixteen units from `first` on for trace `which`: of the decay, and of the
/// impulse. The two pre traces of a unit share one draw of four numbers; its three post traces take
/// two draws (LE-010).
#[inline(always)]
fn drawn<const K: usize>(
    numbers: &Numbers,
    first: usize,
    which: usize,
) -> (Sixteen<u16>, Sixteen<u16>) {
    let first = first as u64;
    if K == 2 {
        let four = numbers.sixteen(first, 1);
        return (lanes(&four, which), lanes(&four, 2 + which));
    }
    (
        lanes(&numbers.sixteen(2 * first, 2), which),
        lanes(&numbers.sixteen(2 * first + 1, 2), which),
    )
}

/// Number `lane` of each of sixteen draws.
#[inline(always)]
fn lanes(draws: &Sixteen<u64>, lane: usize) -> Sixteen<u16> {
    let mut out = [0; 16];
    for i in 0..16 {
        out[i] = (draws[i] >> (16 * lane)) as u16;
    }
    out
}
