//! State of the learning of one core: plain data.

use super::program::LearnProgram;
use serde::{Deserialize, Serialize};

/// What a core that learns remembers beside its compartments. Variables by synapse, pre traces by
/// learning axon, post traces by compartment.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LearnState {
    /// w as stored by its format.
    pub weights: Vec<i16>,
    /// d in steps; empty if no synapse of the core has a delay.
    pub delays: Vec<u8>,
    /// t, 9 bit signed; empty if no rule has a tag.
    pub tags: Vec<i16>,
    /// d of rules that have it as a second tag, 8 bit unsigned; empty if no rule has one.
    pub second_tags: Vec<u8>,
    /// x1 and x2 at the start of the epoch, plus the impulses of all but the last spike since
    /// (LE-009).
    pub pre: [Vec<u8>; 2],
    /// Step within the epoch of the last pre spike; 0: none.
    pub pre_spike: Vec<u8>,
    /// y1, y2 and y3, as the pre traces.
    pub post: [Vec<u8>; 3],
    /// Step within the epoch of the last post spike; 0: none.
    pub post_spike: Vec<u8>,
    /// r1 of every channel at the end of the last step, 7 bit signed.
    pub reward: Vec<i8>,
    /// r0: reward spikes came in this epoch.
    pub rewarded: Vec<bool>,
}

impl LearnState {
    /// The state before the first step.
    pub fn new(program: &LearnProgram) -> LearnState {
        let (axons, compartments) = (program.axons.len(), program.learns.len());
        LearnState {
            weights: program.weights.clone(),
            delays: if program.has_delays {
                program.delays.clone()
            } else {
                vec![]
            },
            tags: vec![
                0;
                if program.has_tags {
                    program.weights.len()
                } else {
                    0
                }
            ],
            second_tags: vec![
                0;
                if program.has_second_tags {
                    program.weights.len()
                } else {
                    0
                }
            ],
            pre: std::array::from_fn(|_| vec![0; axons]),
            pre_spike: vec![0; axons],
            post: std::array::from_fn(|_| vec![0; compartments]),
            post_spike: vec![0; compartments],
            reward: vec![0; program.reward_keep.len()],
            rewarded: vec![false; program.reward_keep.len()],
        }
    }

    /// A program writes post traces of its neurons, `which` 0..=2 for y1..y3 (LE-012): 0..=127, values outside are
    /// limited. The compartments are `first` and so on, `stride` apart. All products of the epoch see the value that was
    /// written last. Traces that are not declared as written, and compartments at which nothing learns, take nothing.
    /// Whether a trace changed.
    pub fn write_post_traces(
        &mut self,
        program: &LearnProgram,
        which: usize,
        (first, stride): (usize, usize),
        values: impl IntoIterator<Item = i32>,
    ) -> bool {
        let (traces, written) = (
            &mut self.post[which][first..],
            &program.written[which][first..],
        );
        let mut changed = 0;
        for ((trace, written), value) in traces
            .iter_mut()
            .step_by(stride)
            .zip(written.iter().step_by(stride))
            .zip(values)
        {
            let value = if *written {
                value.clamp(0, 127) as u8
            } else {
                *trace
            };
            changed |= *trace ^ value;
            *trace = value;
        }
        changed != 0
    }

    /// Whether this is a state of that program.
    pub fn fits(&self, program: &LearnProgram) -> bool {
        let fresh = LearnState::new(program);
        let lengths = |s: &LearnState| {
            let traces = [s.pre[0].len(), s.pre[1].len(), s.pre_spike.len()];
            let post = [
                s.post[0].len(),
                s.post[1].len(),
                s.post[2].len(),
                s.post_spike.len(),
            ];
            (
                s.weights.len(),
                s.delays.len(),
                s.tags.len(),
                s.second_tags.len(),
                traces,
                post,
                s.reward.len(),
                s.rewarded.len(),
            )
        };
        let spikes = self.pre_spike.iter().chain(&self.post_spike);
        lengths(self) == lengths(&fresh)
            && program.allows(&self.weights, &self.delays)
            && self.tags.iter().all(|t| (-256..=255).contains(t))
            && self
                .pre
                .iter()
                .chain(&self.post)
                .flatten()
                .all(|x| *x <= 127)
            && spikes.into_iter().all(|s| *s <= program.epoch)
            && self.reward.iter().all(|r| (-64..=63).contains(r))
    }
}
