//! Spikes at learning axons and reward axons, as they arrive: contributions from the weights as
//! they are now, and the note that a pre spike or a reward came. Between epochs this is all that
//! learning costs.

use super::draws::LearningDraws;
use super::program::{LearnProgram, Span};
use super::state::LearnState;
use super::traces::Moment;
use crate::kernel::{VectorWork, Vectors, run};
use crate::packets::{Port, PortKind};
use crate::program::CoreProgram;
use crate::rows::RowCost;
use seamount_arith::word::clip;

/// Largest contribution in units of 64 (NC-004).
const UNITS_MAX: i64 = 32_767;
/// Synapses that are added at a time, so that weights and sums stay in the cache.
const CHUNK: usize = 1024;

/// What arrives at the learning axons and reward axons of a core in one step.
pub(crate) struct LearningArrival<'a> {
    pub program: &'a CoreProgram,
    pub learn: &'a LearnProgram,
    pub now: Moment,
    pub source: &'a LearningDraws<'a>,
    /// Sum of the reward impulses by channel.
    pub rewards: [i32; 8],
    /// Channels at which rewards came, as bits.
    pub came: u8,
    /// Costs of the learning axons, as sums of rows.
    pub costs: [u64; 8],
}

impl<'a> LearningArrival<'a> {
    /// Nothing taken yet in step `t`.
    pub fn new(
        program: &'a CoreProgram,
        learn: &'a LearnProgram,
        t: u64,
        source: &'a LearningDraws<'a>,
    ) -> Self {
        LearningArrival {
            program,
            learn,
            now: Moment::new(learn, t),
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
        match self.program.kind(port) {
            PortKind::Fixed => return false,
            PortKind::Reward(index) => {
                let (channel, impulse) = self.learn.rewards[index];
                let sum = &mut self.rewards[usize::from(channel)];
                *sum = sum.saturating_add(impulse.into());
                self.came |= 1 << channel;
            }
            PortKind::Learning(axon) => {
                let axon_program = &self.learn.axons[axon];
                let mode = self.learn.rules[usize::from(axon_program.rule)].graded_pre();
                if state.take_payload(mode, axon, payload) {
                    state.note_pre(self.learn, axon, self.now, self.source);
                }
                axon_program.cost.sum_into(&mut self.costs);
                for span in self.learn.spans_of(axon_program) {
                    let operations = self.add(span, payload, state, accumulators);
                    RowCost::operations(&mut self.costs, operations);
                }
            }
        }
        true
    }

    /// Adds the contributions of a span, each times the payload; the number of those that are not
    /// 0.
    fn add(&self, span: &Span, payload: i32, state: &LearnState, accumulators: &mut [i32]) -> u32 {
        let exponent = self.learn.classes[usize::from(span.class)].exponent;
        let range = span.synapses.start as usize..span.synapses.end as usize;
        let weights = &state.weights[range.clone()];
        let targets = &self.learn.targets[range.clone()];
        let delays = state.delays.get(range).unwrap_or(&[]);
        let t = self.now.step as usize;
        let slot = |delay: u8| (t + usize::from(delay)) % self.program.slots * self.program.stride;
        let mut operations = 0;
        match span.dense {
            Some(first) if delays.is_empty() && payload == 1 => {
                let at = slot(0) + usize::from(first);
                let sums = accumulators[at..at + weights.len()].chunks_mut(CHUNK);
                for (sums, weights) in sums.zip(weights.chunks(CHUNK)) {
                    let dense = DenseRun {
                        sums,
                        weights,
                        exponent,
                    };
                    operations += run(Vectors::Widest, dense);
                }
            }
            _ => {
                for (i, (&weight, &target)) in weights.iter().zip(targets).enumerate() {
                    let delay = delays.get(i).copied().unwrap_or(0);
                    let at = slot(delay) + usize::from(target);
                    let units = units(weight, exponent);
                    accumulators[at] = accumulators[at].wrapping_add(units.wrapping_mul(payload));
                    operations += u32::from(units != 0);
                }
            }
        }
        operations
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

/// Contributions of synapses without delay at consecutive compartments.
struct DenseRun<'a> {
    sums: &'a mut [i32],
    weights: &'a [i16],
    exponent: i8,
}

impl VectorWork for DenseRun<'_> {
    type Output = u32;

    /// Adds the contributions; the number of those that are not 0.
    #[inline(always)]
    fn run(self) -> u32 {
        add_run(self.sums, self.weights, self.exponent)
    }
}

#[inline(always)]
fn add_run(sums: &mut [i32], weights: &[i16], exponent: i8) -> u32 {
    let mut operations = 0;
    // at most 9 bits shifted by at most 7: never beyond 16 bits but at -32768
    let left = exponent.max(0) as u32;
    let right = -i32::from(exponent.min(0)) as u32;
    for (sum, &weight) in sums.iter_mut().zip(weights) {
        let units = ((i32::from(weight) << left) >> right).max(-(UNITS_MAX as i32));
        *sum = sum.wrapping_add(units);
        operations += u32::from(units != 0);
    }
    operations
}
