//! The contract of the learning engine as code: what the end of an epoch does to traces and to each
//! synapse, in the words of the claims LE-001 to LE-013 (`docs/hardware/neurocore.md`,
//! `docs/decisions/learning.md`).
//!
//! One synapse at a time, one product at a time, in integers that hold everything. Nothing is fast
//! here and nothing is decoded: rules are read as the image has them, and a trace is followed again
//! from the start of the epoch for every factor that reads it. Whoever wants to know what a rule
//! means reads this file; whoever changes what a rule means changes it first.
//!
//! It runs: [`Strategy::Contract`](super::strategy::Strategy) sends a whole core through [`learn`].
//! The test of the oracle compares it with the fast strategies and with an implementation that
//! shares no code with either, bit by bit.
//!
//! Where it is slower than it need be, that is on purpose. Following a trace again for every factor
//! keeps the law of a trace (decay, then impulse, in every step) in one function with no state to
//! get wrong; sums of 128 bits leave only those overflows that the claims speak of.
//!
//! What it does not know: blocks, vectors, 16-bit words, and which synapses could be left out
//! because nothing changes.

use super::draws::{LearningDraws, Numbers};
use super::program::LearnProgram;
use super::state::LearnState;
use super::traces::{decayed, lane, raised};
use super::variable::{FRACTION_BITS, Grid, Plastic};
use seamount_arith::random::Purpose;
use seamount_image::{Arithmetic, Rounding, RuleProgram, TraceConfig};
use seamount_rules::{Dependency, Factor, Product, Variable};
use seamount_spec::EventCounts;

/// Range of the accumulator of profile `loihi1`: one below 16 bits, as golden 13 shows (LE-005).
const LOIHI1_RANGE: [i128; 2] = [-32_769, 32_767];
/// Range of the accumulator of profile `wide`: 32 bits (LE-006).
const WIDE_RANGE: [i128; 2] = [i32::MIN as i128, i32::MAX as i128];

/// Phase 4 of step `t`, the last of an epoch (NC-050): every synapse, then the traces.
pub(super) fn learn(
    program: &LearnProgram,
    state: &mut LearnState,
    t: u64,
    source: &LearningDraws,
) -> EventCounts {
    // all rules read the old w, d and t (LE-008)
    let old = state.clone();
    let epoch = EndedEpoch {
        program,
        old: &old,
        source,
        end: t,
    };
    let mut counts = EventCounts::default();
    for (axon, decoded) in program.axons.iter().enumerate() {
        let rule = &program.rules[usize::from(decoded.rule)];
        for span in program.spans_of(decoded) {
            let grids = program.classes[usize::from(span.class)].grids(rule);
            for synapse in span.synapses.clone() {
                let visit = Visit {
                    epoch: &epoch,
                    rule: &rule.written,
                    grids,
                    axon,
                    synapse,
                    compartment: program.targets[synapse as usize].into(),
                };
                if visit.learn(state) {
                    // a visited synapse is priced for every product of its rule (LE-013)
                    counts.learning_visits += 1;
                    counts.learning_products += rule.written.products().count() as u64;
                }
            }
        }
    }
    epoch.close(state);
    counts
}

/// An epoch at its end.
struct EndedEpoch<'a> {
    program: &'a LearnProgram,
    /// The state as the last step of the epoch left it.
    old: &'a LearnState,
    source: &'a LearningDraws<'a>,
    /// The last step of the epoch.
    end: u64,
}

impl EndedEpoch<'_> {
    /// Random numbers of a purpose in step `step` of the epoch, 1 for the first (LE-010).
    fn numbers(&self, purpose: Purpose, step: u8) -> Numbers {
        let first = self.end - u64::from(self.program.epoch);
        self.source.numbers(purpose, first + u64::from(step))
    }

    /// x1 or x2 (`which` 0 or 1) of an axon at the end of step `step` of the epoch, with the
    /// impulse of a spike in that very step or, if `before_impulse`, without it.
    fn pre_trace(&self, which: usize, axon: usize, step: u8, before_impulse: bool) -> u8 {
        let followed = Followed {
            start: self.old.pre[which][axon],
            config: self.program.pre[which].get(axon),
            spike: if before_impulse {
                0
            } else {
                self.old.pre_spike[axon]
            },
        };
        // one draw of four numbers: decay of x1, of x2, impulse of x1, of x2
        followed.at(step, |step| {
            let four = self.numbers(Purpose::LearnPre, step).four(axon as u32);
            [lane(four, which), lane(four, 2 + which)]
        })
    }

    /// y1, y2 or y3 (`which` 0, 1 or 2) of a compartment at the end of step `step` of the epoch.
    fn post_trace(&self, which: usize, compartment: usize, step: u8) -> u8 {
        let followed = Followed {
            start: self.old.post[which][compartment],
            config: self.program.post[which].get(compartment),
            spike: self.old.post_spike[compartment],
        };
        // two draws: the first has the decays of y1, y2, y3, the second their impulses
        followed.at(step, |step| {
            let numbers = self.numbers(Purpose::LearnPost, step);
            let index = 2 * compartment as u32;
            [
                lane(numbers.four(index), which),
                lane(numbers.four(index + 1), which),
            ]
        })
    }

    /// The next epoch begins with the traces of this one's end, and without spikes and rewards
    /// (LE-009).
    fn close(&self, state: &mut LearnState) {
        let last = self.program.epoch;
        for (which, traces) in state.pre.iter_mut().enumerate() {
            for (axon, trace) in traces.iter_mut().enumerate() {
                *trace = self.pre_trace(which, axon, last, false);
            }
        }
        for (which, traces) in state.post.iter_mut().enumerate() {
            for (compartment, trace) in traces.iter_mut().enumerate() {
                *trace = self.post_trace(which, compartment, last);
            }
        }
        state.pre_spike.fill(0);
        state.post_spike.fill(0);
        state.rewarded.fill(false);
    }
}

/// A trace on its way through an epoch.
struct Followed {
    /// The trace at the start of the epoch, with the impulses of all spikes but the last (LE-009).
    start: u8,
    config: TraceConfig,
    /// Step of the last spike within the epoch; 0: none.
    spike: u8,
}

impl Followed {
    /// The trace at the end of step `step`: a decay in every step, then the impulse where the spike
    /// was (LE-001). `numbers` are those of the decay and of the impulse in a step.
    fn at(&self, step: u8, numbers: impl Fn(u8) -> [u16; 2]) -> u8 {
        let mut trace = self.start;
        for step in 1..=step {
            let [decay, impulse] = numbers(step);
            trace = decayed(trace, self.config.keep, decay);
            if step == self.spike {
                trace = raised(trace, self.config, impulse);
            }
        }
        trace
    }
}

/// One synapse at the end of an epoch.
struct Visit<'a> {
    epoch: &'a EndedEpoch<'a>,
    rule: &'a RuleProgram,
    /// What w, d and t can hold.
    grids: &'a [Grid; 3],
    axon: usize,
    /// Index of the synapse in its core.
    synapse: u32,
    /// The compartment at which the synapse ends.
    compartment: usize,
}

impl Visit<'_> {
    /// z' = z + the sum of the products of dz, for z in w, d, t (LE-002). Whether some product was
    /// not 0.
    fn learn(&self, state: &mut LearnState) -> bool {
        let at = self.synapse as usize;
        let mut visited = false;
        for variable in Plastic::ALL {
            let products = self.products(variable);
            if products.is_empty() {
                continue;
            }
            let sum = self.sum(variable, products, &mut visited);
            let new = self.write_back(variable, sum);
            match variable {
                Plastic::Weight => state.weights[at] = new as i16,
                Plastic::Delay if self.rule.delay_is_tag => state.second_tags[at] = new as u8,
                Plastic::Delay => state.delays[at] = new as u8,
                Plastic::Tag => state.tags[at] = new as i16,
            }
        }
        visited
    }

    fn products(&self, variable: Plastic) -> &[Product] {
        match variable {
            Plastic::Weight => &self.rule.dw,
            Plastic::Delay => &self.rule.dd,
            Plastic::Tag => &self.rule.dt,
        }
    }

    /// The old value of a variable. A core without delays or tags has no array of them: they are 0.
    fn old(&self, variable: Plastic) -> i32 {
        let at = self.synapse as usize;
        let state = self.epoch.old;
        let value = match variable {
            Plastic::Weight => Some(state.weights[at]),
            Plastic::Delay if self.rule.delay_is_tag => {
                state.second_tags.get(at).copied().map(i16::from)
            }
            Plastic::Delay => state.delays.get(at).copied().map(i16::from),
            Plastic::Tag => state.tags.get(at).copied(),
        };
        value.unwrap_or(0).into()
    }

    /// The accumulator of a variable: its old value, then each product whose gate is open, in
    /// written order.
    fn sum(&self, variable: Plastic, products: &[Product], visited: &mut bool) -> Sum {
        let old = i128::from(self.old(variable)) << FRACTION_BITS;
        let mut new = old;
        for product in products {
            let Some(step) = self.gate(product.dependency) else {
                continue;
            };
            let factors = product.factors.iter().map(|f| self.factor(f, step));
            let exact = i128::from(product.mantissa) * factors.product::<i128>();
            *visited |= exact != 0;
            new = accumulate(self.rule.profile, product, exact, new);
        }
        Sum { old, new }
    }

    /// The step of the epoch at which the factors of a product are taken, `None` where its gate is
    /// closed (LE-009): the pre spike, the post spike, or the end of the epoch where the gate is uk
    /// (LE-003) or r0 (LE-011).
    fn gate(&self, gate: Dependency) -> Option<u8> {
        let epoch = self.epoch.program.epoch;
        let number = self.epoch.end / u64::from(epoch);
        let spike = |step: u8| (step > 0).then_some(step);
        match gate {
            Dependency::Pre => spike(self.epoch.old.pre_spike[self.axon]),
            Dependency::Post => spike(self.epoch.old.post_spike[self.compartment]),
            Dependency::Unconditional => number
                .is_multiple_of(1 << self.rule.decimation)
                .then_some(epoch),
            Dependency::Reward => self.rewarded().then_some(epoch),
        }
    }

    /// A factor of a product that is evaluated at a step of the epoch: variable plus constant, or
    /// the sign of both. In profile `loihi1` it saturates to the width of the variable: x1 + 50
    /// stops at 127 (LE-005).
    fn factor(&self, factor: &Factor, step: u8) -> i128 {
        let old = self.epoch.old;
        let x = |which| {
            self.epoch
                .pre_trace(which, self.axon, step, self.rule.x_before_impulse)
        };
        let y = |which| self.epoch.post_trace(which, self.compartment, step);
        let variable = match factor.variable {
            Variable::X0 => (old.pre_spike[self.axon] > 0).into(),
            Variable::X1 => x(0).into(),
            Variable::X2 => x(1).into(),
            Variable::Y0 => (old.post_spike[self.compartment] > 0).into(),
            Variable::Y1 => y(0).into(),
            Variable::Y2 => y(1).into(),
            Variable::Y3 => y(2).into(),
            Variable::R0 => self.rewarded().into(),
            Variable::R1 => self
                .rule
                .reward
                .map_or(0, |channel| old.reward[usize::from(channel)].into()),
            Variable::Weight => self.old(Plastic::Weight),
            Variable::Delay => self.old(Plastic::Delay),
            Variable::Tag => self.old(Plastic::Tag),
        };
        let sum = variable + i32::from(factor.constant.unwrap_or(0));
        let sum = if factor.sign { sum.signum() } else { sum };
        i128::from(match self.rule.profile {
            Arithmetic::Loihi1 => {
                let range = factor.variable.saturated_range();
                sum.clamp(*range.start(), *range.end())
            }
            Arithmetic::Wide => sum,
        })
    }

    /// r0: reward spikes came in this epoch (LE-011).
    fn rewarded(&self) -> bool {
        self.rule
            .reward
            .is_some_and(|channel| self.epoch.old.rewarded[usize::from(channel)])
    }

    /// An accumulator back to its variable (LE-007): the change is rounded as the rule asks, the
    /// sum stochastically to a multiple of the variable's step, and that is limited to what the
    /// variable can hold.
    fn write_back(&self, variable: Plastic, sum: Sum) -> i32 {
        let grid = self.grids[variable.index()];
        let bits = FRACTION_BITS + grid.step;
        let change = sum.new - sum.old;
        let size = change.abs();
        let sum = match self.rule.rounding {
            // the precision is that of whole numbers here, also where the format drops bits
            Rounding::AwayFromZero if variable == Plastic::Weight => {
                let whole = 1 << FRACTION_BITS;
                sum.old + (size + whole - 1) / whole * whole * change.signum()
            }
            Rounding::TowardZero => sum.old + (size >> bits << bits) * change.signum(),
            Rounding::Stochastic | Rounding::AwayFromZero => sum.new,
        };
        // four synapses share a draw; of 16 bits the upper ones are compared with the fraction
        // (LE-010)
        let purpose = match variable {
            Plastic::Weight => Purpose::LearnWeight,
            Plastic::Delay => Purpose::LearnDelay,
            Plastic::Tag => Purpose::LearnTag,
        };
        let numbers = self.epoch.numbers(purpose, self.epoch.program.epoch);
        let number = lane(numbers.four(self.synapse / 4), self.synapse as usize % 4);
        let fraction = sum & ((1 << bits) - 1);
        let up = i128::from(number >> (16 - bits)) < fraction;
        let rounded = ((sum >> bits) + i128::from(up)) << grid.step;
        rounded.clamp(grid.min.into(), grid.max.into()) as i32
    }
}

/// An accumulator in 1/128: what it started from, and what it came to.
#[derive(Clone, Copy)]
struct Sum {
    old: i128,
    new: i128,
}

/// Adds a product, mantissa times factors, to an accumulator in 1/128. `wide` computes what is
/// written (LE-006); `loihi1` first shifts wide products right and does not make up for it, and
/// saturates the product before it is added, so that a sum can come back from what one product
/// alone would have left it at (LE-005). Both saturate after every addition.
fn accumulate(arithmetic: Arithmetic, product: &Product, exact: i128, sum: i128) -> i128 {
    let left = i32::from(product.exponent) + FRACTION_BITS as i32;
    match arithmetic {
        Arithmetic::Loihi1 => {
            let [low, high] = LOIHI1_RANGE;
            let product = ((exact >> product.lost_bits()) << left).clamp(low, high);
            (sum + product).clamp(low, high)
        }
        Arithmetic::Wide => {
            let [low, high] = WIDE_RANGE;
            (sum + (exact << left)).clamp(low, high)
        }
    }
}
