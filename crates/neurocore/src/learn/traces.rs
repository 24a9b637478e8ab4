//! Traces through an epoch, step by step (LE-001, LE-009), and rewards (LE-011).

use super::draws::{Numbers, Source};
use super::program::LearnProgram;
use super::state::LearnState;
use seamount_arith::random::Purpose;
use seamount_image::{GradedPre, TraceConfig};

/// Largest trace (NC-009).
const TRACE_MAX: u8 = 127;
/// A trace that does not decay.
const KEEP_ALL: u16 = 4096;

/// One step of decay: floor(x * k), and one more with the probability of the fraction (LE-001).
/// `number` has 16 uniform bits, of which 12 are used.
#[inline(always)]
pub fn decayed(x: u8, keep: u16, number: u16) -> u8 {
    let product = u32::from(x) * u32::from(keep);
    (product >> 12) as u8 + u8::from(u32::from(number >> 4) < (product & 4095))
}

/// Plus the impulse, its fraction stochastic, clipped at 127 (LE-001). Seven bits of `number` are
/// used.
#[inline(always)]
pub fn raised(x: u8, config: TraceConfig, number: u16) -> u8 {
    let up = u8::from((number >> 9) < u16::from(config.impulse_fraction));
    (x + config.impulse + up).min(TRACE_MAX)
}

/// Half a payload, halves to even, 0 to 255.
fn half(payload: i32) -> u8 {
    let clipped = payload.clamp(0, 510);
    ((clipped >> 1) + (clipped & (clipped >> 1) & 1)) as u8
}

/// One step of a reward trace: decay toward zero as above, then what arrived, clipped to 7 bits
/// signed.
pub fn reward_step(r: i8, keep: u16, number: u16, arrived: i32) -> i8 {
    let left = i32::from(decayed(r.unsigned_abs(), keep, number));
    let left = if r < 0 { -left } else { left };
    (left + arrived).clamp(-64, 63) as i8
}

/// Number `lane` of four.
#[inline(always)]
fn lane(four: u64, lane: usize) -> u16 {
    (four >> (16 * lane)) as u16
}

impl LearnState {
    /// What the payload of a pre spike does to x1, at once and before its decay (LE-014); whether the spike
    /// is one for x0 and x2.
    pub fn take_payload(&mut self, mode: GradedPre, axon: usize, payload: i32) -> bool {
        if mode == GradedPre::Impulse {
            return true;
        }
        let half = half(payload);
        let x1 = &mut self.pre[0][axon];
        let sum = u16::from(*x1) + u16::from(half);
        match mode {
            GradedPre::Overwrite => *x1 = half.min(TRACE_MAX),
            GradedPre::Overflow if sum > u16::from(TRACE_MAX) => {
                *x1 = (sum - u16::from(TRACE_MAX)).min(TRACE_MAX.into()) as u8
            }
            _ => *x1 = sum.min(TRACE_MAX.into()) as u8,
        }
        mode != GradedPre::Overflow || sum > u16::from(TRACE_MAX)
    }

    /// A pre spike arrives in step `t`, step `now` of its epoch (LE-009). Several spikes of an axon
    /// in one step are one.
    pub fn note_pre(
        &mut self,
        program: &LearnProgram,
        axon: usize,
        (t, now): (u64, u8),
        source: &Source,
    ) {
        let last = std::mem::replace(&mut self.pre_spike[axon], now);
        if last == 0 || last == now {
            return;
        }
        let four = source
            .numbers(Purpose::LearnPre, t - u64::from(now - last))
            .four(axon as u32);
        for (j, (trace, configs)) in self.pre.iter_mut().zip(&program.pre).enumerate() {
            trace[axon] = raised(trace[axon], configs.get(axon), lane(four, 2 + j));
        }
    }

    /// A compartment spikes in step `t`.
    pub fn note_post(
        &mut self,
        program: &LearnProgram,
        compartment: usize,
        (t, now): (u64, u8),
        source: &Source,
    ) {
        if !program.learns[compartment] {
            return;
        }
        let last = std::mem::replace(&mut self.post_spike[compartment], now);
        if last == 0 {
            return;
        }
        let numbers = source.numbers(Purpose::LearnPost, t - u64::from(now - last));
        let four = numbers.four(2 * compartment as u32 + 1);
        for (j, (trace, configs)) in self.post.iter_mut().zip(&program.post).enumerate() {
            trace[compartment] =
                raised(trace[compartment], configs.get(compartment), lane(four, j));
        }
    }

    /// Reward traces in step `t`; `arrived` has the sum of the impulses of this step by channel.
    pub fn rewards(
        &mut self,
        program: &LearnProgram,
        t: u64,
        arrived: &[i32],
        came: u8,
        source: &Source,
    ) {
        let numbers = source.numbers(Purpose::LearnReward, t);
        for (channel, &keep) in program.reward_keep.iter().enumerate() {
            let number = lane(numbers.four(channel as u32), 0);
            self.reward[channel] =
                reward_step(self.reward[channel], keep, number, arrived[channel]);
            self.rewarded[channel] |= came & (1 << channel) != 0;
        }
    }
}

/// Traces at every step of an epoch: level s, trace j, unit i at `(s * K + j) * units + i`; level 0
/// is the start.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub values: Vec<u8>,
    /// Level 1 without its impulses, where somebody wants it.
    pub before: Vec<u8>,
    pub units: usize,
}

/// What the traces of one kind are made of.
struct Kind<'a, const K: usize> {
    configs: [&'a TraceColumns; K],
    spikes: &'a [u8],
}

impl Table {
    /// The traces of level `step`, all K of them.
    pub fn level<const K: usize>(&self, step: usize) -> &[u8] {
        &self.values[step * K * self.units..(step + 1) * K * self.units]
    }

    /// Follows `K` traces of some units through an epoch.
    #[inline(always)]
    fn follow<const K: usize>(
        &mut self,
        start: &[Vec<u8>; K],
        kind: &Kind<K>,
        steps: u8,
        numbers: impl Fn(u8) -> Numbers,
    ) {
        self.units = kind.spikes.len();
        self.values.clear();
        start
            .iter()
            .for_each(|trace| self.values.extend_from_slice(trace));
        self.values
            .resize((usize::from(steps) + 1) * K * self.units, 0);
        self.before.fill(0);
        let silent = is_zero(kind.spikes);
        for step in 1..=steps {
            let (before, after) = self.values.split_at_mut(usize::from(step) * K * self.units);
            let before = &before[(usize::from(step) - 1) * K * self.units..];
            let numbers = numbers(step);
            for j in 0..K {
                let (range, columns) = (j * self.units..(j + 1) * self.units, kind.configs[j]);
                let x = &before[range.clone()];
                if (silent || !columns.rises) && is_zero(x) {
                    continue; // 0 stays 0
                }
                let out = &mut after[range.clone()];
                if columns.rests {
                    // written by programs, say: what it was
                    out.copy_from_slice(x);
                    if let Some(hidden) = self.before.get_mut(range) {
                        hidden.copy_from_slice(x);
                    }
                    continue;
                }
                let hidden = self.before.get_mut(range).unwrap_or(&mut []);
                for first in (0..self.units).step_by(16) {
                    let spiked: Sixteen<u8> = sixteen(kind.spikes, first);
                    let mut rises = false;
                    for i in 0..16 {
                        rises |= spiked[i] == step;
                    }
                    let old: Sixteen<u8> = sixteen(x, first);
                    if !rises && old == [0; 16] {
                        continue;
                    }
                    let (decay, rise) = drawn::<K>(&numbers, first, j);
                    let left = columns.decayed(first, &old, &decay);
                    put(&left, hidden, first);
                    if !rises {
                        put(&left, out, first);
                        continue;
                    }
                    let mut new = columns.raised(first, &left, &rise);
                    for i in 0..16 {
                        new[i] = if spiked[i] == step { new[i] } else { left[i] };
                    }
                    put(&new, out, first);
                }
            }
        }
    }
}

/// One number of each of sixteen units.
type Sixteen<T> = [T; 16];

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

/// A loop, not an iterator: those may be left out of line, in code without wide vectors.
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

#[inline(always)]
fn put(from: &Sixteen<u8>, to: &mut [u8], first: usize) {
    if let Some(to) = to.get_mut(first..) {
        let count = to.len().min(16);
        to[..count].copy_from_slice(&from[..count]);
    }
}

/// Configurations of one trace of many units.
#[derive(Debug, Clone, Default)]
pub struct TraceColumns {
    keep: Vec<u16>,
    impulse: Vec<u8>,
    fraction: Vec<u8>,
    /// Some unit has an impulse.
    rises: bool,
    /// No unit has an impulse or decays.
    rests: bool,
}

impl FromIterator<TraceConfig> for TraceColumns {
    fn from_iter<I: IntoIterator<Item = TraceConfig>>(configs: I) -> Self {
        let mut out = TraceColumns {
            rests: true,
            ..TraceColumns::default()
        };
        for config in configs {
            out.keep.push(config.keep);
            out.impulse.push(config.impulse);
            out.fraction.push(config.impulse_fraction);
            out.rises |= config.impulse > 0 || config.impulse_fraction > 0;
            out.rests &= config.keep == KEEP_ALL;
        }
        out.rests &= !out.rises;
        out
    }
}

impl TraceColumns {
    /// The configuration of one unit.
    pub fn get(&self, unit: usize) -> TraceConfig {
        TraceConfig {
            impulse: self.impulse[unit],
            impulse_fraction: self.fraction[unit],
            keep: self.keep[unit],
        }
    }

    /// [`decayed`] of sixteen units.
    #[inline(always)]
    fn decayed(&self, first: usize, x: &Sixteen<u8>, numbers: &Sixteen<u16>) -> Sixteen<u8> {
        let keep = sixteen(&self.keep, first);
        let mut out = [0; 16];
        for i in 0..16 {
            out[i] = decayed(x[i], keep[i], numbers[i]);
        }
        out
    }

    /// [`raised`] of sixteen units.
    #[inline(always)]
    fn raised(&self, first: usize, x: &Sixteen<u8>, numbers: &Sixteen<u16>) -> Sixteen<u8> {
        let (impulse, fraction) = (
            sixteen(&self.impulse, first),
            sixteen(&self.fraction, first),
        );
        let mut out = [0; 16];
        for i in 0..16 {
            out[i] = raised(
                x[i],
                TraceConfig {
                    impulse: impulse[i],
                    impulse_fraction: fraction[i],
                    keep: 0,
                },
                numbers[i],
            );
        }
        out
    }
}

/// Lane `lane` of sixteen draws.
#[inline(always)]
fn lanes(draws: &Sixteen<u64>, lane: usize) -> Sixteen<u16> {
    let mut out = [0; 16];
    for i in 0..16 {
        out[i] = (draws[i] >> (16 * lane)) as u16;
    }
    out
}

/// Follows all traces of a core through the epoch that ends in step `t`.
#[inline(always)]
pub(crate) fn follow(
    program: &LearnProgram,
    state: &LearnState,
    t: u64,
    source: &Source,
    pre: &mut Table,
    post: &mut Table,
) {
    let start = t - u64::from(program.epoch);
    let numbers = |purpose| move |step: u8| source.numbers(purpose, start + u64::from(step));
    pre.before.resize(
        if program.has_x_before {
            2 * program.axons.len()
        } else {
            0
        },
        0,
    );
    let kind = Kind {
        configs: program.pre.each_ref(),
        spikes: &state.pre_spike,
    };
    pre.follow(&state.pre, &kind, program.epoch, numbers(Purpose::LearnPre));
    let kind = Kind {
        configs: program.post.each_ref(),
        spikes: &state.post_spike,
    };
    post.follow(
        &state.post,
        &kind,
        program.epoch,
        numbers(Purpose::LearnPost),
    );
}

/// Numbers of sixteen units from `first` on for trace j: of the decay, and of the impulse. Two pre traces
/// share one draw of four numbers; three post traces take two.
#[inline(always)]
fn drawn<const K: usize>(
    numbers: &Numbers,
    first: usize,
    j: usize,
) -> (Sixteen<u16>, Sixteen<u16>) {
    let first = first as u64;
    if K == 2 {
        let four = numbers.sixteen(first, 1);
        return (lanes(&four, j), lanes(&four, 2 + j));
    }
    (
        lanes(&numbers.sixteen(2 * first, 2), j),
        lanes(&numbers.sixteen(2 * first + 1, 2), j),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nc_009_traces_stay_within_seven_bits() {
        let config = TraceConfig {
            impulse: 127,
            impulse_fraction: 127,
            keep: 4096,
        };
        for x in 0..=127u8 {
            for number in [0, 1 << 15, u16::MAX] {
                assert!(raised(x, config, number) == 127);
                assert_eq!(decayed(x, 4096, number), x);
                assert!(decayed(x, 4095, number) <= x);
                assert_eq!(decayed(x, 0, number), 0);
            }
        }
        assert_eq!(reward_step(60, 4096, 0, 500), 63);
        assert_eq!(reward_step(-60, 4096, 0, -500), -64);
        assert_eq!(reward_step(-64, 2048, u16::MAX, 0), -32);
    }

    #[test]
    fn le_001_decay_is_floor_and_a_chance() {
        // 16 * 3706 = 14 * 4096 + 1952: up for 1952 of 4096 numbers
        let ups = (0..4096u16)
            .filter(|n| decayed(16, 3706, n << 4) == 15)
            .count();
        assert_eq!(ups, 1952);
        let fraction = TraceConfig {
            impulse: 3,
            impulse_fraction: 32,
            keep: 0,
        };
        assert_eq!(
            (0..128u16)
                .filter(|n| raised(10, fraction, n << 9) == 14)
                .count(),
            32
        );
    }
}
