//! State of a chip, and the noise it draws.

use crate::program::ChipProgram;
use seamount_neurocore::CoreState;
use seamount_neurocore::learn::LearnState;
use seamount_neurocore::program::{CoreProgram, Graded, Port, PortKind};
use seamount_neurocore::update::NoiseSource;
use serde::{Deserialize, Serialize};

/// Latest step that a snapshot may be of, so that steps can be added to it.
const STEP_MAX: u64 = 1 << 62;

/// Everything that a chip remembers between steps: plain data. Equal states behave equally.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChipState {
    /// Number of the last step; 0 before the first.
    pub t: u64,
    /// Number of the sample; chooses the noise.
    pub sample: u64,
    /// Cores, in image order.
    pub cores: Vec<CoreState>,
    /// Packets that arrive in the next step, by core.
    pub in_flight: Vec<Vec<Port>>,
    /// Graded spikes that arrive in the next step, by core.
    pub graded_in_flight: Vec<Vec<Graded>>,
}

impl ChipState {
    /// The state before the first step.
    pub fn new(program: &ChipProgram, sample: u64) -> ChipState {
        let cores = program.cores.len();
        ChipState {
            t: 0,
            sample,
            cores: program.cores.iter().map(CoreState::new).collect(),
            in_flight: vec![vec![]; cores],
            graded_in_flight: vec![vec![]; cores],
        }
    }

    /// Back to the state before the first step, keeping allocations.
    pub fn reset(&mut self, program: &ChipProgram, sample: u64) {
        self.t = 0;
        self.sample = sample;
        for (core, program) in self.cores.iter_mut().zip(&program.cores) {
            *core = CoreState::new(program);
        }
        self.in_flight.iter_mut().for_each(Vec::clear);
        self.graded_in_flight.iter_mut().for_each(Vec::clear);
    }

    /// As [`ChipState::reset`], but what is learned stays, and so do step and sample.
    pub fn rest(&mut self, program: &ChipProgram, keep: &[&str]) {
        for (core, program) in self.cores.iter_mut().zip(&program.cores) {
            let learned = core.learning.take();
            let words = std::mem::take(&mut core.words);
            *core = CoreState::new(program);
            if let (Some(fresh), Some(learned)) = (&mut core.learning, learned) {
                fresh.weights = learned.weights;
                fresh.delays = learned.delays;
            }
            for ((fresh, words), group) in core.words.iter_mut().zip(words).zip(&program.groups) {
                let names = &group.program.program().program().states;
                let kept = names
                    .iter()
                    .zip(fresh)
                    .zip(words)
                    .filter(|((name, _), _)| keep.contains(&name.as_str()));
                kept.for_each(|((_, fresh), word)| *fresh = word);
            }
        }
        self.in_flight.iter_mut().for_each(Vec::clear);
        self.graded_in_flight.iter_mut().for_each(Vec::clear);
    }

    /// Takes the learned weights and delays of another state if they can be this program's; whether they can.
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

    /// Whether this is a state of that program.
    pub fn fits(&self, program: &ChipProgram) -> bool {
        self.t <= STEP_MAX
            && self.cores.len() == program.cores.len()
            && self.in_flight.len() == program.cores.len()
            && self
                .cores
                .iter()
                .zip(&program.cores)
                .all(|(state, core)| state.fits(core))
            && self.graded_in_flight.len() == program.cores.len()
            && self
                .in_flight
                .iter()
                .zip(&self.graded_in_flight)
                .zip(&program.cores)
                .all(|((packets, graded), core)| {
                    let mut ports: Vec<Port> = core.ports.clone();
                    ports.sort_unstable();
                    let fixed = graded.iter().all(|g| g.port.kind() == PortKind::Fixed);
                    fixed
                        && packets
                            .iter()
                            .chain(graded.iter().map(|g| &g.port))
                            .all(|packet| ports.binary_search(packet).is_ok())
                })
    }
}

/// Recorded draws of the noise unit instead of generated ones (NC-017): r of every compartment of
/// every core, step by step from step 1; beyond the recording the last step repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoiseReplay {
    /// For each core in image order: steps x compartments bytes, compartments fastest.
    pub cores: Vec<Vec<u8>>,
}

/// Recordings that take the place of random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Replays<'a> {
    pub noise: Option<&'a NoiseReplay>,
    pub learning: Option<&'a seamount_neurocore::learn::Replay>,
}

/// Why a recording cannot be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Another number of cores.
    #[error("noise for {found} cores, the image has {wanted}")]
    Cores {
        /// Cores in the recording.
        found: usize,
        /// Cores of the image.
        wanted: usize,
    },
    /// Not a whole number of steps, or none.
    #[error(
        "noise of core {core} has {found} bytes, wanted a positive multiple of its {compartments} compartments"
    )]
    Length {
        /// Index of the core.
        core: usize,
        /// Bytes in the recording.
        found: usize,
        /// Compartments of the core.
        compartments: usize,
    },
}

impl NoiseReplay {
    pub(crate) fn check(&self, program: &ChipProgram) -> Result<(), ReplayError> {
        let (found, wanted) = (self.cores.len(), program.cores.len());
        if found != wanted {
            return Err(ReplayError::Cores { found, wanted });
        }
        for (core, (bytes, program)) in self.cores.iter().zip(&program.cores).enumerate() {
            let (found, compartments) = (bytes.len(), program.len());
            if compartments > 0 && (found == 0 || found % compartments != 0) {
                return Err(ReplayError::Length {
                    core,
                    found,
                    compartments,
                });
            }
        }
        Ok(())
    }
}

/// Noise of one core in one step.
pub(crate) enum StepNoise<'a> {
    /// Drawn.
    Drawn(seamount_neurocore::program::NoiseKey, u64),
    /// Recorded: the bytes of this step.
    Recorded(&'a [u8]),
}

impl NoiseSource for StepNoise<'_> {
    fn r(&self, compartment: u16) -> u8 {
        match self {
            StepNoise::Drawn(key, step) => key.byte(*step, u32::from(compartment)),
            StepNoise::Recorded(bytes) => bytes[usize::from(compartment)],
        }
    }
}

/// Noise of a core in step `t`.
pub(crate) fn step_noise<'a>(
    program: &ChipProgram,
    replay: Option<&'a NoiseReplay>,
    sample: u64,
    core: usize,
    t: u64,
) -> StepNoise<'a> {
    let compartments = program.cores[core].len();
    match replay {
        Some(replay) if compartments > 0 => {
            let bytes = &replay.cores[core];
            let steps = (bytes.len() / compartments) as u64;
            let at = (t - 1).min(steps - 1) as usize * compartments;
            StepNoise::Recorded(&bytes[at..at + compartments])
        }
        _ => StepNoise::Drawn(
            seamount_neurocore::program::noise_key(program.seed, sample, core as u64),
            t,
        ),
    }
}
