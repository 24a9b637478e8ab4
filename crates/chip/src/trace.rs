//! One neuron with a program, instruction by instruction, in the step that comes next.

use crate::input::SpikeTrain;
use crate::{Chip, RunOptions};
use seamount_neurocore::deliver;
use seamount_neurocore::microcode::trace_one;
use seamount_neurocore::microcode::{Outcome, TraceLine};
use seamount_spec::EventCounts;

/// One step of a neuron with a program, instruction by instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NeuronStep {
    /// Number of the step.
    pub step: u64,
    /// Accumulators of its ports in weight units, before the program reads them (MC-030).
    pub ports: [i32; 2],
    /// State words before the step, in the order of the program.
    pub before: Vec<i32>,
    /// The machine after every instruction.
    pub lines: Vec<TraceLine>,
    /// Spike, payload, traces and probes of the step.
    pub outcome: Outcome,
    /// State words after the step.
    pub after: Vec<i32>,
}

impl Chip {
    /// The step that `neuron` of a population comes to next, given the input of the run; the chip
    /// stays as it is. `None` if there is no such neuron or it runs no program.
    pub fn trace(&self, population: &str, neuron: u32, input: &SpikeTrain) -> Option<NeuronStep> {
        let map = self
            .program
            .population(population)
            .filter(|map| neuron < map.size())?;
        let (core, compartment) = map.locate(neuron, 0);
        let program = &self.program.cores[core as usize];
        let find = |g: &&seamount_neurocore::Group| {
            (g.first.0..g.first.0 + g.program.len() * g.first.1).contains(&(compartment as usize))
        };
        let index = program.groups.iter().position(|g| find(&g))?;
        let group = &program.groups[index];
        let place = (compartment as usize - group.first.0) / group.first.1;
        let step = self.state.t + 1;
        let accumulators = self.due(core as usize, input);
        let port = |p: usize| {
            if p < group.first.1 {
                accumulators[compartment as usize + p]
            } else {
                0
            }
        };
        let ports = [port(0), port(1)];
        let before: Vec<i32> = self.state.cores[core as usize].words[index]
            .iter()
            .map(|column| column[place])
            .collect();
        let mut after = before.clone();
        let mut left = ports;
        let mut lines = vec![];
        let draws = self
            .replays
            .draws(&self.program, self.state.sample, core as usize, step);
        let (first, of_neuron) = group.first;
        let surroundings = draws.surroundings(step).of_group(first, of_neuron);
        let observe = |line: &TraceLine| lines.push(*line);
        let outcome = trace_one(
            &group.program,
            place,
            &mut after,
            &mut left,
            &surroundings,
            observe,
        );
        Some(NeuronStep {
            step,
            ports,
            before,
            lines,
            outcome,
            after,
        })
    }

    /// Accumulators that a core reads in the next step, by compartment: what was there, and what
    /// arrives. The core is copied; nothing of the chip changes.
    fn due(&self, core: usize, input: &SpikeTrain) -> Vec<i32> {
        let program = &self.program.cores[core];
        let mut state = self.state.cores[core].clone();
        let mut packets = self.state.in_flight[core].clone();
        for spike in input.take(&mut input.seek(self.state.t), self.state.t) {
            let sent = self.program.inputs.of(spike.source as usize);
            for packet in sent.filter(|packet| packet.core as usize == core) {
                packets.push(packet.port, spike.payload);
            }
        }
        let t = self.state.t + 1;
        let draws = self
            .replays
            .draws(&self.program, self.state.sample, core, t);
        let mut counts = EventCounts::default();
        let fixed = &mut vec![];
        deliver(
            program,
            &mut state,
            &packets,
            fixed,
            t,
            &draws.learning,
            &mut counts,
        );
        let slot = (t % program.slots as u64) as usize * program.stride;
        state.accumulators[slot..slot + program.len()].to_vec()
    }

    /// Runs one step and says what a neuron did in it, as [`Chip::trace`].
    pub fn run_traced(
        &mut self,
        population: &str,
        neuron: u32,
        input: &SpikeTrain,
        options: &RunOptions,
    ) -> Option<NeuronStep> {
        let step = self.trace(population, neuron, input)?;
        self.run(1, input, options);
        Some(step)
    }
}
