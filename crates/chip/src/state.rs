//! State of a chip: plain data, and the bytes of it in a snapshot.

use crate::division::Division;
use crate::program::ChipProgram;
use seamount_neurocore::CoreProgram;
use seamount_neurocore::CoreState;
use seamount_neurocore::learn::LearnState;
use seamount_neurocore::{Broken, Packets, SavedPackets, SavedPort, prove};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Latest step that a snapshot may be of, so that steps can be added to it.
const STEP_MAX: u64 = 1 << 62;

/// Everything that a chip remembers between steps: plain data. Equal states behave equally.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChipState {
    /// Number of the last step; 0 before the first.
    pub t: u64,
    /// Number of the sample; chooses the noise.
    pub sample: u64,
    /// Cores, in image order.
    pub cores: Vec<CoreState>,
    /// Packets that arrive in the next step, by core.
    pub in_flight: Vec<Packets>,
}

impl ChipState {
    /// The state before the first step.
    pub fn new(program: &ChipProgram, sample: u64) -> ChipState {
        let cores = program.cores.len();
        let mut state = ChipState {
            t: 0,
            sample,
            cores: program.cores.iter().map(CoreState::new).collect(),
            in_flight: vec![Packets::default(); cores],
        };
        state.begin(program);
        state
    }

    /// Back to the state before the first step, keeping allocations.
    pub fn reset(&mut self, program: &ChipProgram, sample: u64) {
        self.t = 0;
        self.sample = sample;
        for (core, program) in self.cores.iter_mut().zip(&program.cores) {
            *core = CoreState::new(program);
        }
        self.in_flight.iter_mut().for_each(Packets::clear);
        self.begin(program);
    }

    /// As [`ChipState::reset`], but what is learned stays, and so do step and sample.
    pub fn rest(&mut self, program: &ChipProgram, keep: &[&str]) {
        for (core, program) in self.cores.iter_mut().zip(&program.cores) {
            let words = std::mem::take(&mut core.words);
            core.begin_again(program);
            let groups = program.groups.iter();
            for ((fresh, words), group) in core.words.iter_mut().zip(words).zip(groups) {
                let names = &group.program.program().program().states;
                let kept = names
                    .iter()
                    .zip(fresh)
                    .zip(words)
                    .filter(|((name, _), _)| keep.contains(&name.as_str()));
                kept.for_each(|((_, fresh), word)| *fresh = word);
            }
        }
        self.in_flight.iter_mut().for_each(Packets::clear);
    }

    /// Takes the learned weights and delays of another state if they can be this program's; whether
    /// they can.
    pub fn write_learned(&mut self, program: &ChipProgram, from: &ChipState) -> bool {
        let fits = |((to, from), program): ((&CoreState, &CoreState), &CoreProgram)| match (
            &to.learning,
            &from.learning,
            &program.learning,
        ) {
            (None, None, None) => true,
            (Some(to), Some(from), Some(learn)) => {
                let lengths = |s: &LearnState| (s.weights.len(), s.delays.len());
                lengths(to) == lengths(from) && learn.allows(&from.weights, &from.delays)
            }
            _ => false,
        };
        let pairs = self.cores.iter().zip(&from.cores).zip(&program.cores);
        if self.cores.len() != from.cores.len() || !pairs.into_iter().all(fits) {
            return false;
        }
        for (to, from) in self.cores.iter_mut().zip(&from.cores) {
            if let (Some(to), Some(from)) = (&mut to.learning, &from.learning) {
                to.weights.clone_from(&from.weights);
                to.delays.clone_from(&from.delays);
            }
        }
        true
    }
}

/// A state as snapshots of version 1 have it: the order of these fields is their format. Cores are
/// borrowed where a state is saved, and owned where it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedState<Cores> {
    t: u64,
    sample: u64,
    cores: Cores,
    /// Plain packets in flight, by core.
    plain: Vec<Vec<SavedPort>>,
    /// Graded packets in flight with their payloads, by core.
    graded: Vec<Vec<(SavedPort, i32)>>,
}

impl<'a> SavedState<&'a [CoreState]> {
    /// A state under the names that snapshots have for ports.
    pub(crate) fn new(program: &ChipProgram, state: &'a ChipState) -> Self {
        let mut saved = SavedState {
            t: state.t,
            sample: state.sample,
            cores: &state.cores[..],
            plain: vec![],
            graded: vec![],
        };
        for (packets, core) in state.in_flight.iter().zip(&program.cores) {
            let packets = core.save(packets);
            saved.plain.push(packets.plain);
            saved.graded.push(packets.graded);
        }
        saved
    }
}

impl SavedState<Vec<CoreState>> {
    /// The parts of all ranks, each in the order of a rank's cores, as one state in image order.
    /// Every rank was asked after the same step.
    pub(crate) fn together(division: &Division, parts: Vec<Self>) -> Self {
        let mut whole = SavedState {
            t: parts.first().map_or(0, |part| part.t),
            sample: parts.first().map_or(0, |part| part.sample),
            cores: vec![],
            plain: vec![],
            graded: vec![],
        };
        let mut parts: Vec<_> = parts
            .into_iter()
            .map(|part| part.cores.into_iter().zip(part.plain).zip(part.graded))
            .collect();
        let mut cores = std::collections::BTreeMap::new();
        for (rank, part) in parts.iter_mut().enumerate() {
            cores.extend(division.cores(rank).iter().zip(part));
        }
        for ((core, plain), graded) in cores.into_values() {
            whole.cores.push(core);
            whole.plain.push(plain);
            whole.graded.push(graded);
        }
        whole
    }

    /// The parts of the ranks; queues that are not there are left out, which no proof lets pass.
    pub(crate) fn split(self, division: &Division) -> Vec<Self> {
        let mut parts = vec![];
        for _ in 0..division.ranks() {
            parts.push(SavedState {
                t: self.t,
                sample: self.sample,
                cores: vec![],
                plain: vec![],
                graded: vec![],
            });
        }
        let mut cores: Vec<_> = self.cores.into_iter().map(Some).collect();
        let mut plain: Vec<_> = self.plain.into_iter().map(Some).collect();
        let mut graded: Vec<_> = self.graded.into_iter().map(Some).collect();
        for (rank, part) in parts.iter_mut().enumerate() {
            for core in division.cores(rank).iter().map(|core| *core as usize) {
                part.cores
                    .extend(cores.get_mut(core).and_then(Option::take));
                part.plain
                    .extend(plain.get_mut(core).and_then(Option::take));
                part.graded
                    .extend(graded.get_mut(core).and_then(Option::take));
            }
        }
        parts
    }

    /// Number of cores.
    pub(crate) fn len(&self) -> usize {
        self.cores.len()
    }

    /// The state, proved to be one that a program can be in at the end of its step `t`.
    ///
    /// # Errors
    /// What cannot be, and the core, counted from 0, if it is about one.
    pub(crate) fn prove(self, program: &ChipProgram) -> Result<ChipState, Unreachable> {
        let cores = program.cores.len();
        let numbers = &program.numbers;
        let whole = |problem| Unreachable {
            core: None,
            problem,
        };
        if self.plain.len() != self.graded.len() {
            return Err(whole(
                "queues of plain and of graded packets differ in number",
            ));
        }
        if self.t > STEP_MAX {
            return Err(whole("a step beyond 2^62"));
        }
        if self.cores.len() != cores || self.plain.len() != cores {
            return Err(whole("another number of cores"));
        }
        let mut in_flight = vec![];
        let set = program.management.set_cores(program, &(0..cores), self.t);
        let queues = self.plain.into_iter().zip(self.graded);
        let parts = self.cores.iter().zip(queues).zip(&program.cores);
        for (core, ((state, (plain, graded)), program)) in parts.enumerate() {
            let about = |problem| Unreachable {
                core: Some(numbers[core] as usize),
                problem,
            };
            let own = set.get(core).and_then(Option::as_deref);
            prove(own.unwrap_or(program), state, self.t).map_err(about)?;
            // graded ones may also be on their way to a learning axon (LE-014)
            let packets = program.find(&SavedPackets { plain, graded });
            let absent = || about("packets in flight that cannot arrive there");
            in_flight.push(packets.ok_or_else(absent)?);
        }
        let mut state = ChipState {
            t: self.t,
            sample: self.sample,
            cores: self.cores,
            in_flight,
        };
        let gates = program.management.gates(cores, state.t);
        let gated = state.cores.iter_mut().zip(gates);
        gated.for_each(|(core, gate)| core.gate = gate);
        Ok(state)
    }
}

/// Why no run can lead to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable {
    /// Number of the core, in image order; none if it is about the chip.
    pub core: Option<usize>,
    /// What cannot be.
    pub problem: Broken,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.core {
            Some(core) => write!(f, "core {core}: {}", self.problem),
            None => f.write_str(self.problem),
        }
    }
}
