//! The state of the learning of one core: plain data, and part of snapshots (the order of its
//! fields is format).

use super::program::LearnProgram;
use super::variable::Grid;
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
    pub(crate) pre_spike: Vec<u8>,
    /// y1, y2 and y3, as the pre traces.
    pub post: [Vec<u8>; 3],
    /// Step within the epoch of the last post spike; 0: none.
    pub(crate) post_spike: Vec<u8>,
    /// r1 of every channel at the end of the last step, 7 bit signed.
    pub reward: Vec<i8>,
    /// r0: reward spikes came in this epoch.
    pub rewarded: Vec<bool>,
}

impl LearnState {
    /// The state before the first step.
    pub fn new(program: &LearnProgram) -> LearnState {
        let axons = program.axons.len();
        let compartments = program.learns.len();
        let zeros_if = |has: bool| if has { program.weights.len() } else { 0 };
        let delays = match program.has_delays {
            true => program.delays.clone(),
            false => vec![],
        };
        LearnState {
            weights: program.weights.clone(),
            delays,
            tags: vec![0; zeros_if(program.has_tags)],
            second_tags: vec![0; zeros_if(program.has_second_tags)],
            pre: std::array::from_fn(|_| vec![0; axons]),
            pre_spike: vec![0; axons],
            post: std::array::from_fn(|_| vec![0; compartments]),
            post_spike: vec![0; compartments],
            reward: vec![0; program.reward_keep.len()],
            rewarded: vec![false; program.reward_keep.len()],
        }
    }

    /// Takes the post traces that a program of neurons writes, `which` 0..=2 for y1..y3 (LE-012):
    /// 0..=127, values outside are limited. All products of the epoch see the value that was
    /// written last. Traces that are not declared as written, and compartments at which nothing
    /// learns, take nothing. `places` are the first compartment and the distance from one to the
    /// next. Whether a trace changed.
    pub fn write_post_traces(
        &mut self,
        program: &LearnProgram,
        which: usize,
        places: (usize, usize),
        values: impl IntoIterator<Item = i32>,
    ) -> bool {
        let (first, stride) = places;
        let traces = self.post[which][first..].iter_mut().step_by(stride);
        let written = program.written[which][first..].iter().step_by(stride);
        let mut changed = 0;
        for ((trace, written), value) in traces.zip(written).zip(values) {
            let value = match written {
                true => value.clamp(0, 127) as u8,
                false => *trace,
            };
            changed |= *trace ^ value;
            *trace = value;
        }
        changed != 0
    }

    /// The lengths of all arrays, which the program decides.
    fn lengths(&self) -> [usize; 13] {
        [
            self.weights.len(),
            self.delays.len(),
            self.tags.len(),
            self.second_tags.len(),
            self.pre[0].len(),
            self.pre[1].len(),
            self.pre_spike.len(),
            self.post[0].len(),
            self.post[1].len(),
            self.post[2].len(),
            self.post_spike.len(),
            self.reward.len(),
            self.rewarded.len(),
        ]
    }

    /// Whether this can be a state of that program at the end of step `t`: arrays of its lengths,
    /// values that hardware can hold, and spikes and rewards of the epoch only where steps of it
    /// have passed.
    pub fn fits(&self, program: &LearnProgram, t: u64) -> bool {
        // The last step of an epoch applies the rules and forgets what came in it.
        let passed = (t % u64::from(program.epoch)) as u8;
        let mut spikes = self.pre_spike.iter().chain(&self.post_spike);
        let mut learns = self.post_spike.iter().zip(&program.learns);
        let mut traces = self.pre.iter().chain(&self.post).flatten();
        self.lengths() == LearnState::new(program).lengths()
            && program.allows(&self.weights, &self.delays)
            && self.tags.iter().all(|t| Grid::TAG.allows((*t).into()))
            && traces.all(|x| *x <= 127)
            && spikes.all(|step| *step <= passed)
            && learns.all(|(step, learns)| *learns || *step == 0)
            && (passed > 0 || !self.rewarded.contains(&true))
            && self.reward.iter().all(|r| (-64..=63).contains(r))
    }
}
