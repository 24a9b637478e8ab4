//! A chip with a network on it: the type that most programs need.
//!
//! It holds the proved image and the machine that was loaded from it, so that a caller names things
//! (inputs, populations, probes) and gets a [`Failure`] with places for what does not exist.
//! Whoever wants the machine itself, without names and without failures, reaches it by
//! [`Chip::machine`].

use crate::build::build;
use crate::checkpoint::CheckpointOptions;
use crate::cost::RunCost;
use crate::eval::share;
use crate::events::Events;
use crate::failure::{Failure, FailureKind};
use crate::outcome::{self, Kept, RunKeeping, RunOutcome, RunPiece};
use crate::probe::register_named;
use crate::source::{NetworkFile, SourceOptions};
use seamount_chip::{
    Chip as Machine, ChipProgram, LearnedSynapses, NoiseReplay, RunOptions, SpikeTrain,
};
use seamount_compile::CompileOptions;
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::netlist::{Netlist, Register};
use seamount_spec::{Board, Profile};
use std::ops::ControlFlow;
use std::path::Path;

/// A chip, or a board of chips, with a network on it. Steps are numbered from 1.
#[derive(Debug, Clone)]
pub struct Chip {
    image: CheckedImage,
    machine: Machine,
}

impl Chip {
    /// Compiles a network for a board, proves the image and loads it; limits of the chip are
    /// enforced.
    ///
    /// # Errors
    /// Every finding of the network at once, or every limit that it breaks.
    pub fn build(netlist: &Netlist, board: &Board) -> Result<Chip, Failure> {
        let options = CompileOptions::new(board.clone());
        Ok(Chip::load(build(netlist, &options)?))
    }

    /// Reads a file, whatever it is (.json, .nir, .net, .h5, an image), and makes a chip of it.
    ///
    /// # Errors
    /// Everything that is wrong with the file or the options, or every limit that is broken.
    pub fn open(path: impl AsRef<Path>, options: &SourceOptions) -> Result<Chip, Failure> {
        let file = NetworkFile::read(path.as_ref())?;
        let placed = file.image(options, LimitPolicy::Enforce)?;
        placed.ask_for_memory()?;
        Ok(Chip::load(placed.prove(LimitPolicy::Enforce)?))
    }

    /// Loads a proved image; the state is that before step 1.
    pub fn load(image: CheckedImage) -> Chip {
        let machine = Machine::load(&image);
        Chip { image, machine }
    }

    /// The proved image.
    pub fn image(&self) -> &CheckedImage {
        &self.image
    }

    /// The board that the network is placed on.
    pub fn board(&self) -> &Board {
        self.image.spec()
    }

    /// The program that the machine runs.
    pub fn program(&self) -> &ChipProgram {
        self.machine.program()
    }

    /// The machine below.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The machine below, to be changed.
    pub fn machine_mut(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// Number of the last step; 0 before the first.
    pub fn step(&self) -> u64 {
        self.machine.t()
    }

    /// Runs `steps` steps with every recording kept. Events of steps `step()..step() + steps` act:
    /// an event of step s is a spike emitted in step s and arrives in step s + 1.
    ///
    /// # Errors
    /// Events that do not fit the network's inputs; more steps or values than can be kept.
    pub fn run(
        &mut self,
        steps: u64,
        events: &Events,
        options: &RunOptions,
    ) -> Result<RunOutcome, Failure> {
        let mut per_step = vec![];
        let mut outcome = self.run_watched(steps, events, options, Kept::Values, &mut |piece| {
            per_step.extend_from_slice(piece.per_step);
            ControlFlow::Continue(())
        })?;
        outcome.per_step = per_step;
        Ok(outcome)
    }

    /// Runs `steps` steps in pieces of 5 to 10 ms and shows each to `watch`, which may stop the
    /// run: the chip is then at the end of the last step of that piece.
    ///
    /// # Errors
    /// As [`Chip::run`].
    pub fn run_watched(
        &mut self,
        steps: u64,
        events: &Events,
        options: &RunOptions,
        kept: Kept,
        watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
    ) -> Result<RunOutcome, Failure> {
        let train = events.for_program(self.program())?;
        self.run_train(steps, &train, options, kept, watch)
    }

    /// As [`Chip::run_watched`], for events that this chip's program has taken already
    /// ([`Events::for_program`]).
    ///
    /// # Errors
    /// More steps or values than can be kept.
    pub fn run_train(
        &mut self,
        steps: u64,
        train: &SpikeTrain,
        options: &RunOptions,
        kept: Kept,
        watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
    ) -> Result<RunOutcome, Failure> {
        outcome::run(&mut self.machine, steps, train, options, kept, watch)
    }

    /// Opens the file in which a run of this chip is kept, and goes back to where it was cut off,
    /// if the options say so. `what` names everything that the result depends on beside the image;
    /// `notes` gives what the caller wants back beside it.
    ///
    /// # Errors
    /// A file that is there and is not to be gone on from, is of another run or damaged.
    pub fn keep<'a>(
        &mut self,
        options: &CheckpointOptions,
        what: impl IntoIterator<Item = (&'static str, String)>,
        notes: &'a dyn Fn() -> Vec<u8>,
    ) -> Result<RunKeeping<'a>, Failure> {
        RunKeeping::open(&mut self.machine, options, what, notes)
    }

    /// As [`Chip::run_train`], with the run kept in a file while it goes on. One that was kept
    /// before goes on, up to `steps` in all, and gives the outcome of both pieces together.
    ///
    /// # Errors
    /// As [`Chip::run_train`]; a run that is longer already; a file that cannot be written.
    pub fn run_kept(
        &mut self,
        steps: u64,
        train: &SpikeTrain,
        options: &RunOptions,
        kept: Kept,
        keeping: &mut RunKeeping<'_>,
        watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
    ) -> Result<RunOutcome, Failure> {
        let machine = &mut self.machine;
        outcome::go_on(machine, steps, train, options, kept, Some(keeping), watch)
    }

    /// Runs each sample for `steps` steps from the state before step 1, with noise of its own,
    /// spread over `threads` threads. Outcomes are in the order of the samples and the same for any
    /// number of threads. The chip itself stays as it is.
    ///
    /// # Errors
    /// Of the first sample that cannot be run.
    pub fn batch(
        &self,
        samples: &[Events],
        steps: u64,
        options: &RunOptions,
        threads: usize,
    ) -> Result<Vec<RunOutcome>, Failure> {
        let worker = || self.clone();
        let outcomes = share(samples.len(), threads, worker, |chip, sample| {
            chip.machine.reset(sample as u64);
            chip.run(steps, &samples[sample], options)
        });
        outcomes.into_iter().collect()
    }

    /// The cost of a run on this chip: of the whole and of each core, by each of `profiles`.
    pub fn cost(&self, outcome: &RunOutcome, profiles: &[Profile]) -> RunCost {
        let counts = outcome.cores.iter().map(|core| core.total());
        let locations = self.program().locations.iter().copied();
        RunCost::new(outcome.total(), locations.zip(counts), profiles)
    }

    /// Puts every state back to that before step 1, with nothing in flight. `sample` chooses the
    /// noise, so that every sample has its own.
    pub fn reset(&mut self, sample: u64) {
        self.machine.reset(sample);
    }

    /// Rests between samples that are learned from: activity, traces, tags and spikes in flight go
    /// back to the start; weights, delays and the number of the step stay, and so do state words of
    /// programs that `keep` names.
    ///
    /// # Errors
    /// Names that no program has, with those there are.
    pub fn rest(&mut self, keep: &[&str]) -> Result<(), Failure> {
        let cores = &self.image.image().programs.cores;
        let programs = cores.iter().flat_map(|core| &core.programs);
        let mut known: Vec<&str> = programs
            .flat_map(|program| program.states.iter().map(String::as_str))
            .collect();
        known.sort_unstable();
        known.dedup();
        if let Some(name) = keep.iter().find(|name| !known.contains(name)) {
            return Err(unknown("state word", name, known.iter().copied()));
        }
        self.machine.rest(keep);
        Ok(())
    }

    /// Replaces the noise generator by recorded draws (NC-017): for each core in image order r of
    /// every compartment, step by step from step 1; beyond them the last step repeats. A snapshot
    /// does not hold them.
    ///
    /// # Errors
    /// Another number of cores, or bytes that are no whole number of steps.
    pub fn replay_noise(&mut self, cores: Vec<Vec<u8>>) -> Result<(), Failure> {
        let replay = NoiseReplay { cores };
        let replayed = self.machine.replay_noise(replay);
        replayed.map_err(|error| Failure::option("noise", error))
    }

    /// A register of every neuron of a population as it is now; of a neuron with several
    /// compartments that of its last, the soma.
    ///
    /// # Errors
    /// A population that does not exist, with those that do.
    pub fn read(&self, population: &str, register: Register) -> Result<Vec<i32>, Failure> {
        let map = self.program().population(population);
        map.and_then(|map| {
            let soma = map.compartments.len().checked_sub(1)?;
            let register = register_named(register.name())?;
            self.machine.read(population, soma, register)
        })
        .ok_or_else(|| {
            let all = self.program().populations.iter().map(|p| p.name.as_str());
            unknown("population", population, all)
        })
    }

    /// The learned weights, delays and tags of a projection that learns, as they are now.
    ///
    /// # Errors
    /// A projection that does not exist or does not learn, with those that do.
    pub fn learned(&self, projection: &str) -> Result<LearnedSynapses, Failure> {
        self.machine.learned(projection).ok_or_else(|| {
            let all = self.program().plastic.iter().map(|p| p.name.as_str());
            unknown("projection that learns", projection, all)
        })
    }

    /// Writes the weights of a projection that learns, one for each synapse in the order of
    /// [`LearnedSynapses::ends`].
    ///
    /// # Errors
    /// A projection that does not learn, another number of weights, a weight out of range; nothing
    /// is written then.
    pub fn write_weights(&mut self, projection: &str, weights: &[i32]) -> Result<(), Failure> {
        self.machine
            .write_weights(projection, weights)
            .map_err(|e| Failure::new(FailureKind::Input, projection, [e]))
    }

    /// Everything that is needed to go on later, as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        self.machine.snapshot()
    }

    /// Goes back to a snapshot of the same image.
    ///
    /// # Errors
    /// Bytes that are no snapshot, or one of another image.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), Failure> {
        self.machine
            .restore(snapshot)
            .map_err(|e| Failure::new(FailureKind::Input, "snapshot", [e]))
    }
}

/// A name that names nothing, and those that do.
fn unknown<'a>(what: &str, name: &str, all: impl Iterator<Item = &'a str>) -> Failure {
    let all: Vec<&str> = all.collect();
    let there = if all.is_empty() {
        "there are none".to_string()
    } else {
        format!("there are: {}", all.join(", "))
    };
    let problem = format!("there is no {what} '{name}'; {there}");
    Failure::new(FailureKind::Usage, name, [problem])
}
