//! Traces: the law of one step, and what spikes and rewards do to traces between epochs (LE-001,
//! LE-009, LE-011, LE-014).
//!
//! A trace in the state is that of the start of the epoch plus the impulses of all spikes since but
//! the last; the step of the last spike stands beside it. Why all but the last: a product is taken
//! at the last spike of its side, with that spike's impulse in the step in which it came (LE-009),
//! so traces before and after it must be told apart; earlier impulses are in either way. Adding
//! them early, before the decays of the steps between, is what golden 08 shows the chip's model do.
//! So a step without spikes costs nothing, and the end of the epoch follows the traces through its
//! steps: [`super::contract`] one by one, [`super::fast`] sixteen at a time.

use super::draws::LearningDraws;
use super::program::LearnProgram;
use super::state::LearnState;
use seamount_arith::random::Purpose;
use seamount_image::{GradedPre, TraceConfig};

/// Largest trace: 7 bits unsigned (NC-009).
const TRACE_MAX: u8 = 127;
/// k of a trace that does not decay, in 1/4096.
const KEEP_ALL: u16 = 4096;

/// A step, and its number in its epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// The step, 1 for the first of a run.
    pub step: u64,
    /// Its number in its epoch, 1 for the first (LE-009).
    pub(crate) of_epoch: u8,
}

impl Moment {
    /// Step `t` of a core.
    pub fn new(program: &LearnProgram, t: u64) -> Moment {
        Moment {
            step: t,
            of_epoch: ((t - 1) % u64::from(program.epoch)) as u8 + 1,
        }
    }

    /// The step that had number `of_epoch` in the same epoch.
    fn earlier(self, of_epoch: u8) -> u64 {
        self.step - u64::from(self.of_epoch - of_epoch)
    }
}

/// A trace after one step of decay: floor(x * k), and one more with the probability of the fraction
/// (LE-001). `keep` is k in 1/4096; of the 16 uniform bits of `number` the upper 12 count.
#[inline(always)]
pub(super) fn decayed(x: u8, keep: u16, number: u16) -> u8 {
    let product = u32::from(x) * u32::from(keep);
    (product >> 12) as u8 + u8::from(u32::from(number >> 4) < (product & 4095))
}

/// A trace plus its impulse, whose fraction of 1/128 is stochastic, clipped at 127 (LE-001). Of the
/// 16 uniform bits of `number` the upper 7 count.
#[inline(always)]
pub(super) fn raised(x: u8, config: TraceConfig, number: u16) -> u8 {
    let up = u8::from((number >> 9) < u16::from(config.impulse_fraction));
    (x + config.impulse + up).min(TRACE_MAX)
}

/// Half a payload, halves to even, 0 to 255 (LE-014).
fn half(payload: i32) -> u8 {
    let clipped = payload.clamp(0, 510);
    ((clipped >> 1) + (clipped & (clipped >> 1) & 1)) as u8
}

/// A reward trace after one step: it decays toward zero as other traces do, then takes what
/// arrived, and is clipped to 7 bits signed (NC-009, LE-011).
fn reward_step(r: i8, keep: u16, number: u16, arrived: i32) -> i8 {
    let left = i32::from(decayed(r.unsigned_abs(), keep, number));
    let left = if r < 0 { -left } else { left };
    (left + arrived).clamp(-64, 63) as i8
}

/// Number `lane` of the four of a draw, lowest first.
#[inline(always)]
pub(super) fn lane(four: u64, lane: usize) -> u16 {
    (four >> (16 * lane)) as u16
}

impl LearnState {
    /// Does to x1 what the payload of a pre spike does, at once and before the decay of the step
    /// (LE-014). Whether the spike is one for x0 and x2.
    pub(super) fn take_payload(&mut self, mode: GradedPre, axon: usize, payload: i32) -> bool {
        if mode == GradedPre::Impulse {
            return true;
        }
        let half = half(payload);
        let x1 = &mut self.pre[0][axon];
        let sum = u16::from(*x1) + u16::from(half);
        let max = u16::from(TRACE_MAX);
        *x1 = match mode {
            GradedPre::Overwrite => half.min(TRACE_MAX),
            GradedPre::Overflow if sum > max => (sum - max).min(max) as u8,
            _ => sum.min(max) as u8,
        };
        mode != GradedPre::Overflow || sum > max
    }

    /// Notes a pre spike. Several spikes of an axon in one step are one (LE-009).
    pub(super) fn note_pre(
        &mut self,
        program: &LearnProgram,
        axon: usize,
        now: Moment,
        source: &LearningDraws,
    ) {
        let last = std::mem::replace(&mut self.pre_spike[axon], now.of_epoch);
        if last == 0 || last == now.of_epoch {
            return;
        }
        // the earlier spike is no longer the last: its impulse goes into the trace at once
        let numbers = source.numbers(Purpose::LearnPre, now.earlier(last));
        let four = numbers.four(axon as u32);
        for (which, (trace, configs)) in self.pre.iter_mut().zip(&program.pre).enumerate() {
            trace[axon] = raised(trace[axon], configs.get(axon), lane(four, 2 + which));
        }
    }

    /// Notes the spike of a compartment, if synapses that learn may end there.
    pub(crate) fn note_post(
        &mut self,
        program: &LearnProgram,
        compartment: usize,
        now: Moment,
        source: &LearningDraws,
    ) {
        if !program.learns[compartment] {
            return;
        }
        let last = std::mem::replace(&mut self.post_spike[compartment], now.of_epoch);
        if last == 0 {
            return;
        }
        let numbers = source.numbers(Purpose::LearnPost, now.earlier(last));
        let four = numbers.four(2 * compartment as u32 + 1);
        for (which, (trace, configs)) in self.post.iter_mut().zip(&program.post).enumerate() {
            let config = configs.get(compartment);
            trace[compartment] = raised(trace[compartment], config, lane(four, which));
        }
    }

    /// Moves the reward traces on to step `t`. `arrived` has the sum of the impulses of this step
    /// by channel, `came` a bit for each channel at which a reward spike came (LE-011).
    pub(crate) fn rewards(
        &mut self,
        program: &LearnProgram,
        t: u64,
        arrived: &[i32],
        came: u8,
        source: &LearningDraws,
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

/// Configurations of one trace of many units (axons or compartments), column by column.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceColumns {
    /// k in 1/4096.
    pub keep: Vec<u16>,
    /// Impulse.
    pub impulse: Vec<u8>,
    /// Fraction of the impulse in 1/128.
    pub fraction: Vec<u8>,
    /// Whether some unit has an impulse.
    pub rises: bool,
    /// Whether no unit has an impulse or decays: programs write the trace, say.
    pub rests: bool,
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
