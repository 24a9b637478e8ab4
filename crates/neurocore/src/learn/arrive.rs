//! Spikes at learning axons: contributions from the weights as they are now, and the note that a
//! pre spike came.

use super::draws::Source;
use super::program::{LearnProgram, Segment};
use super::state::LearnState;
use crate::deliver::step_of_epoch;
use crate::kernel::{Work, run};
use crate::packets::{Port, PortKind};
use crate::program::{CoreProgram, RowCost};
use seamount_arith::word::clip;

/// Largest contribution in units of 64 (NC-004).
const UNITS_MAX: i64 = 32_767;
/// Longest run of synapses that is added at a time.
const RUN: usize = 1024;

/// What arrives at the learning axons and reward axons of a core in one step.
pub(crate) struct Arrival<'a> {
    pub program: &'a CoreProgram,
    pub learn: &'a LearnProgram,
    /// Step, and step within its epoch.
    pub now: (u64, u8),
    pub source: &'a Source<'a>,
    /// Sum of the reward impulses by channel.
    pub rewards: [i32; 8],
    /// Channels at which rewards came, as bits.
    pub came: u8,
    /// Costs of the learning axons, as sums of rows.
    pub costs: [u64; 8],
}

impl<'a> Arrival<'a> {
    /// Nothing taken yet in step `t`.
    pub fn new(
        program: &'a CoreProgram,
        learn: &'a LearnProgram,
        t: u64,
        source: &'a Source<'a>,
    ) -> Self {
        Arrival {
            program,
            learn,
            now: (t, step_of_epoch(learn, t)),
            source,
            rewards: [0; 8],
            came: 0,
            costs: [0; 8],
        }
    }

    /// Takes the packet if it is for the learning engine; a binary spike has a payload of 1.
    pub fn take(
        &mut self,
        port: Port,
        payload: i32,
        state: &mut LearnState,
        accumulators: &mut [i32],
    ) -> bool {
        match port.kind() {
            PortKind::Fixed => return false,
            PortKind::Reward(index) => {
                let (channel, impulse) = self.learn.rewards[index];
                let sum = &mut self.rewards[usize::from(channel)];
                *sum = sum.saturating_add(impulse.into());
                self.came |= 1 << channel;
            }
            PortKind::Learning(axon) => {
                let mode = self.learn.rules[usize::from(self.learn.axons[axon].rule)].graded_pre;
                if state.take_payload(mode, axon, payload) {
                    state.note_pre(self.learn, axon, self.now, self.source);
                }
                let axon = &self.learn.axons[axon];
                axon.cost.sum_into(&mut self.costs);
                for segment in
                    &self.learn.segments[axon.segments.start as usize..axon.segments.end as usize]
                {
                    self.add(segment, payload, state, accumulators);
                }
            }
        }
        true
    }

    fn add(
        &mut self,
        segment: &Segment,
        payload: i32,
        state: &LearnState,
        accumulators: &mut [i32],
    ) {
        let exponent = self.learn.classes[usize::from(segment.class)].exponent;
        let range = segment.synapses.start as usize..segment.synapses.end as usize;
        let (weights, targets) = (
            &state.weights[range.clone()],
            &self.learn.targets[range.clone()],
        );
        let (t, slots, stride) = (self.now.0 as usize, self.program.slots, self.program.stride);
        let slot = |delay: u8| (t + usize::from(delay)) % slots * stride;
        let delays = state.delays.get(range).unwrap_or(&[]);
        let mut operations = 0;
        match segment.dense {
            Some(first) if delays.is_empty() && payload == 1 => {
                let at = slot(0) + usize::from(first);
                for (sums, weights) in accumulators[at..at + weights.len()]
                    .chunks_mut(RUN)
                    .zip(weights.chunks(RUN))
                {
                    operations += run(
                        true,
                        Dense {
                            sums,
                            weights,
                            exponent,
                        },
                    );
                }
            }
            _ => {
                for (i, (&weight, &target)) in weights.iter().zip(targets).enumerate() {
                    let at = slot(delays.get(i).copied().unwrap_or(0)) + usize::from(target);
                    let units = units(weight, exponent);
                    accumulators[at] = accumulators[at].wrapping_add(units.wrapping_mul(payload));
                    operations += u32::from(units != 0);
                }
            }
        }
        RowCost::operations(&mut self.costs, operations);
    }
}

/// Contribution in units of 64 (NC-021).
#[inline(always)]
fn units(weight: i16, exponent: i8) -> i32 {
    clip(
        seamount_arith::word::shift_floor(weight.into(), exponent.into()),
        -UNITS_MAX,
        UNITS_MAX,
    )
}

/// Adds the contributions of consecutive targets; the number that is not 0.
struct Dense<'a> {
    sums: &'a mut [i32],
    weights: &'a [i16],
    exponent: i8,
}

impl Work for Dense<'_> {
    type Output = u32;

    #[inline(always)]
    fn run(self) -> u32 {
        add_run(self.sums, self.weights, self.exponent)
    }
}

#[inline(always)]
fn add_run(sums: &mut [i32], weights: &[i16], exponent: i8) -> u32 {
    let mut operations = 0;
    // at most 9 bits shifted by at most 7: never beyond 16 bits but at -32768
    let (left, right) = if exponent >= 0 {
        (exponent as u32, 0)
    } else {
        (0, -i32::from(exponent) as u32)
    };
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        let units = ((i32::from(weight) << left) >> right).max(-(UNITS_MAX as i32));
        *sum = sum.wrapping_add(units);
        operations += u32::from(units != 0);
    }
    operations
}
