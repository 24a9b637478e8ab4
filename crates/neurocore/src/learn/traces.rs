//! Traces through an epoch, step by step (LE-001, LE-009), and rewards (LE-011).

use super::draws::{Numbers, Source};
use super::program::LearnProgram;
use super::state::LearnState;
use seamount_arith::random::Purpose;
use seamount_image::TraceConfig;

/// Largest trace (NC-009).
const TRACE_MAX: u8 = 127;

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
    /// A pre spike arrives in step `t`, step `now` of its epoch (LE-009). Several spikes of an axon
    /// in one step are one.
    pub fn note_pre(&mut self, program: &LearnProgram, axon: usize, (t, now): (u64, u8), source: &Source) {
        let last = std::mem::replace(&mut self.pre_spike[axon], now);
        if last == 0 || last == now {
            return;
        }
        let four = source.numbers(Purpose::LearnPre, t - u64::from(now - last)).four(axon as u32);
        for (j, (trace, configs)) in self.pre.iter_mut().zip(&program.pre).enumerate() {
            trace[axon] = raised(trace[axon], configs[axon], lane(four, 2 + j));
        }
    }

    /// A compartment spikes in step `t`.
    pub fn note_post(&mut self, program: &LearnProgram, compartment: usize, (t, now): (u64, u8), source: &Source) {
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
            trace[compartment] = raised(trace[compartment], configs[compartment], lane(four, j));
        }
    }

    /// Reward traces in step `t`; `arrived` has the sum of the impulses of this step by channel.
    pub fn rewards(&mut self, program: &LearnProgram, t: u64, arrived: &[i32], came: u8, source: &Source) {
        let numbers = source.numbers(Purpose::LearnReward, t);
        for (channel, &keep) in program.reward_keep.iter().enumerate() {
            let number = lane(numbers.four(channel as u32), 0);
            self.reward[channel] = reward_step(self.reward[channel], keep, number, arrived[channel]);
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
    configs: [&'a [TraceConfig]; K],
    spikes: &'a [u8],
}

impl Table {
    /// The traces of level `step`, all K of them.
    pub fn level<const K: usize>(&self, step: usize) -> &[u8] {
        &self.values[step * K * self.units..(step + 1) * K * self.units]
    }

    #[inline(always)]
    fn follow<const K: usize>(
        &mut self,
        start: &[Vec<u8>; K],
        kind: &Kind<K>,
        steps: u8,
        numbers: impl Fn(u8) -> Numbers,
        split: impl Fn(&Numbers, u32) -> (u64, u64),
    ) {
        self.units = kind.spikes.len();
        self.values.clear();
        start.iter().for_each(|trace| self.values.extend_from_slice(trace));
        self.values.resize((usize::from(steps) + 1) * K * self.units, 0);
        self.before.fill(0);
        let quiet = kind.spikes.iter().all(|s| *s == 0) && start.iter().flatten().all(|x| *x == 0);
        if quiet {
            return; // 0 stays 0
        }
        for step in 1..=steps {
            let (before, after) = self.values.split_at_mut(usize::from(step) * K * self.units);
            let before = &before[(usize::from(step) - 1) * K * self.units..];
            let numbers = numbers(step);
            for unit in 0..self.units {
                let (decay, rise) = split(&numbers, unit as u32);
                for j in 0..K {
                    let (at, config) = (j * self.units + unit, kind.configs[j][unit]);
                    let left = decayed(before[at], config.keep, lane(decay, j));
                    let up = raised(left, config, lane(rise, j));
                    after[at] = if kind.spikes[unit] == step { up } else { left };
                    if let Some(before) = self.before.get_mut(at) {
                        *before = left;
                    }
                }
            }
        }
    }
}

/// Follows all traces of a core through the epoch that ends in step `t`.
#[inline(always)]
pub(crate) fn follow(program: &LearnProgram, state: &LearnState, t: u64, source: &Source, pre: &mut Table, post: &mut Table) {
    let start = t - u64::from(program.epoch);
    let numbers = |purpose| move |step: u8| source.numbers(purpose, start + u64::from(step));
    pre.before.resize(if program.has_x_before { 2 * program.axons.len() } else { 0 }, 0);
    let kind = Kind { configs: [&program.pre[0], &program.pre[1]], spikes: &state.pre_spike };
    pre.follow(&state.pre, &kind, program.epoch, numbers(Purpose::LearnPre), |n, axon| {
        let four = n.four(axon);
        (four, four >> 32)
    });
    let kind = Kind { configs: [&program.post[0], &program.post[1], &program.post[2]], spikes: &state.post_spike };
    post.follow(&state.post, &kind, program.epoch, numbers(Purpose::LearnPost), |n, compartment| {
        (n.four(2 * compartment), n.four(2 * compartment + 1))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nc_009_traces_stay_within_seven_bits() {
        let config = TraceConfig { impulse: 127, impulse_fraction: 127, keep: 4096 };
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
        let ups = (0..4096u16).filter(|n| decayed(16, 3706, n << 4) == 15).count();
        assert_eq!(ups, 1952);
        let fraction = TraceConfig { impulse: 3, impulse_fraction: 32, keep: 0 };
        assert_eq!((0..128u16).filter(|n| raised(10, fraction, n << 9) == 14).count(), 32);
    }
}
