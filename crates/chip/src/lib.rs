//! Internal crate of seamount, without promise of stability.
//!
//! Many cores, the order of phases, observations, workers, snapshots.
//!
//! What this crate does *not* know: how a network was compiled, what an event costs, floats.
//!
//! [`Chip`] is one chip (or board) with one state. [`run_batch`] runs many samples, each
//! from the same start, spread over threads. Results are the same bits for any number of threads.

mod batch;
mod bits;
mod division;
mod exchange;
mod far;
mod input;
mod management;
mod observe;
mod program;
mod ranks;
mod recorder;
mod replay;
mod routes;
mod run;
mod seen;
mod snapshot;
mod state;
mod timing_record;
mod trace;
mod window;
mod write;

pub use batch::{run_batch, run_batch_with};
pub use division::{Division, DivisionError, DivisionKind};
pub use input::SpikeTrain;
pub use management::ManagementCounts;
pub use observe::{Column, CoreCounts, Observations, Reading, Recording};
pub use program::ChipProgram;
pub use ranks::{
    ExchangeCost, LostRank, Outgoing, RankError, RankedChip, Station, Transport, dismiss_ranks,
    serve_rank,
};
pub use replay::{NoiseReplay, ReplayError};
pub use run::RunOptions;
pub use seamount_neurocore::learn::LearningReplay;
pub use seamount_neurocore::microcode::{Outcome, TraceLine};
pub use snapshot::SnapshotError;
pub use state::ChipState;
pub use trace::NeuronStep;
pub use write::WriteError;

use replay::Replays;
use seamount_image::{CheckedImage, ImageRegister};
use std::sync::Arc;

/// A loaded chip: program and state. Nothing can fail once it is loaded.
#[derive(Debug, Clone)]
pub struct Chip {
    program: Arc<ChipProgram>,
    state: ChipState,
    replays: Replays,
}

/// Learned variables of a projection, each in the order of [`LearnedSynapses::ends`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LearnedSynapses {
    /// Source neuron and target neuron.
    pub ends: Vec<(u32, u32)>,
    /// Weights w.
    pub weights: Vec<i32>,
    /// Delays d, in steps.
    pub delays: Vec<i32>,
    /// Tags t; 0 if the rule has no tag.
    pub tags: Vec<i32>,
    /// Variables d as second tags; 0 if the rule has none.
    pub second_tags: Vec<i32>,
}

impl Chip {
    /// Loads a proved image; the state is that before step 1.
    pub fn load(image: &CheckedImage) -> Chip {
        Chip::new(Arc::new(ChipProgram::new(image)))
    }

    /// A chip that shares a program with others.
    pub fn new(program: Arc<ChipProgram>) -> Chip {
        let state = ChipState::new(&program, 0);
        Chip {
            program,
            state,
            replays: Replays::default(),
        }
    }

    /// Program that the chip runs, shared with other chips of the same image.
    pub fn program(&self) -> &Arc<ChipProgram> {
        &self.program
    }

    /// State after the last step.
    pub fn state(&self) -> &ChipState {
        &self.state
    }

    /// Number of the last step; 0 before the first.
    pub fn t(&self) -> u64 {
        self.state.t
    }

    /// Runs `steps` steps. Input events of steps `t()..t() + steps` act (an event of step s is a
    /// spike emitted in step s: it arrives in step s + 1).
    pub fn run(&mut self, steps: u64, input: &SpikeTrain, options: &RunOptions) -> Observations {
        run::run(
            &self.program,
            &mut self.state,
            &self.replays,
            steps,
            input,
            options,
        )
    }

    /// Returns to the start, as management does between samples: every state as loaded, t = 0,
    /// nothing in flight. `sample` chooses the noise, so that every sample has its own.
    pub fn reset(&mut self, sample: u64) {
        self.state.reset(&self.program, sample);
    }

    /// Rests between samples that are learned from, as management does: activity, traces, tags and
    /// spikes in flight go back to the start. Weights, delays and the number of the step stay, and
    /// so do the state words of programs that are named in `keep`.
    pub fn rest(&mut self, keep: &[&str]) {
        self.state.rest(&self.program, keep);
    }

    /// Writes the learned weights and delays of another chip into this one, as the embedded
    /// processors of a chip would: that one runs the same network with other settings of its
    /// neurons, say. Whether they fit; if not, nothing changes.
    pub fn write_learned(&mut self, from: &Chip) -> bool {
        self.state.write_learned(&self.program, &from.state)
    }

    /// Replaces the noise generator by recorded draws (NC-017).
    pub fn replay_noise(&mut self, replay: NoiseReplay) -> Result<(), ReplayError> {
        replay.check(&self.program)?;
        self.replays.noise = Some(Arc::new(replay));
        Ok(())
    }

    /// Replaces the random numbers of the learning engine by recorded ones (LE-010).
    pub fn replay_learning(&mut self, replay: LearningReplay) {
        self.replays.learning = Some(Arc::new(replay));
    }

    /// Learned variables of a projection as they are now. `None` if no projection of that name
    /// learns.
    pub fn learned(&self, projection: &str) -> Option<LearnedSynapses> {
        let plastic = self.program.plastic(projection)?;
        let read = |register| {
            plastic
                .places
                .iter()
                .map(|place| recorder::learned(&self.state.cores, *place, register))
                .collect()
        };
        Some(LearnedSynapses {
            ends: plastic.ends.clone(),
            weights: read(ImageRegister::Weight),
            delays: read(ImageRegister::Delay),
            tags: read(ImageRegister::Tag),
            second_tags: read(ImageRegister::SecondTag),
        })
    }

    /// x1 and x2 of every source of a projection that learns, as the engine has them between
    /// epochs. A source whose synapses lie on several cores has traces on each; those of the first
    /// are read. `None` if no projection of that name learns.
    pub fn pre_traces(&self, projection: &str) -> Option<Vec<[u8; 2]>> {
        let index = self
            .program
            .plastic
            .iter()
            .position(|p| p.name == projection)? as u32;
        let sources = self.program.plastic[index as usize]
            .ends
            .iter()
            .map(|e| e.0 + 1)
            .max()
            .unwrap_or(0);
        let mut found: Vec<Option<[u8; 2]>> = vec![None; sources as usize];
        for (program, state) in self.program.cores.iter().zip(&self.state.cores) {
            let (Some(program), Some(state)) = (&program.learning, &state.learning) else {
                continue;
            };
            for (i, axon) in program
                .axons
                .iter()
                .enumerate()
                .filter(|(_, a)| a.projection == index)
            {
                found[axon.source as usize].get_or_insert([state.pre[0][i], state.pre[1][i]]);
            }
        }
        Some(found.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// r1 of the rule of a projection that learns, on the first core that has it. `None` if no
    /// projection of that name learns, or its rule has no reward.
    pub fn reward_trace(&self, projection: &str) -> Option<i32> {
        let index = self
            .program
            .plastic
            .iter()
            .position(|p| p.name == projection)? as u32;
        self.program
            .cores
            .iter()
            .zip(&self.state.cores)
            .find_map(|(program, state)| {
                let program = program.learning.as_ref()?;
                let state = state.learning.as_ref()?;
                let axon = program.axons.iter().find(|a| a.projection == index)?;
                Some(
                    state.reward[usize::from(program.rules[usize::from(axon.rule)].reward?)].into(),
                )
            })
    }

    /// y1, y2 and y3 of every neuron of a population; 0 where nothing learns. `None` if there is no
    /// such population or part.
    pub fn post_traces(&self, population: &str, part: usize) -> Option<Vec<[u8; 3]>> {
        let map = self.program.population(population)?;
        let of = |n| {
            let (core, compartment) = map.locate(n, part);
            let learning = self.state.cores[core as usize].learning.as_ref();
            learning.map_or([0; 3], |l| {
                std::array::from_fn(|j| l.post[j][compartment as usize])
            })
        };
        (part < map.compartments.len()).then(|| (0..map.size()).map(of).collect())
    }

    /// A register of every neuron of a population, as it is now; `part` is the compartment's index
    /// in the neuron. `None` if there is no such population or part.
    pub fn read(&self, population: &str, part: usize, register: ImageRegister) -> Option<Vec<i32>> {
        let map = self.program.population(population)?;
        let in_range = part < map.compartments.len();
        in_range.then(|| {
            (0..map.size())
                .map(|n| {
                    let (core, compartment) = map.locate(n, part);
                    self.program.read(&self.state, core, compartment, register)
                })
                .collect()
        })
    }

    /// Everything needed to go on later, as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        snapshot::save(&self.program, &self.state)
    }

    /// Goes back to a snapshot of the same image.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), SnapshotError> {
        self.state = snapshot::restore(&self.program, bytes)?;
        Ok(())
    }
}

/// Name of the instruction set that the vector kernel uses on this machine.
pub fn instruction_set() -> &'static str {
    seamount_neurocore::kernel::instruction_set()
}
