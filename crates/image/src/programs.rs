//! Neurons that run programs, and the constants they run with (Loihi 2 class).

use seamount_microcode::{ParameterValues, Program};
use serde::{Deserialize, Serialize};

/// Everything about programs; empty in images of the Loihi 1 class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProgramPlan {
    /// Cores with programs, ascending.
    pub cores: Vec<CorePrograms>,
}

/// The programs of one core.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CorePrograms {
    /// Index of the core in [`crate::Image::cores`].
    pub core: u32,
    /// Programs, each once.
    pub programs: Vec<Program>,
    /// Who runs them, by compartment.
    pub groups: Vec<ProgramGroup>,
}

/// Neurons on consecutive compartments that run one program. Compartment `first_compartment +
/// ports * n + p` is accumulator p of neuron n; its own settings are not read. Spikes and traces
/// are those of accumulator 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProgramGroup {
    /// Index of the program.
    pub program: u16,
    /// First compartment.
    pub first_compartment: u32,
    /// Number of neurons.
    pub neurons: u32,
    /// Accumulators of a neuron, 1 or 2.
    pub ports: u8,
    /// Values of the parameters, in the order of the program.
    pub parameters: Vec<ParameterValues>,
    /// State words at the start and after every reset, in the order of the program.
    pub initial: Vec<ParameterValues>,
}

impl ProgramGroup {
    /// Compartments it covers: first, and one past the last.
    pub fn compartments(&self) -> (u64, u64) {
        let first = u64::from(self.first_compartment);
        (
            first,
            first + u64::from(self.neurons) * u64::from(self.ports),
        )
    }

    /// Neuron and port of a compartment of this group.
    pub fn place(&self, compartment: u32) -> Option<(u32, u8)> {
        let (first, end) = self.compartments();
        let inside = (first..end).contains(&u64::from(compartment));
        let at = || compartment - self.first_compartment;
        inside.then(|| {
            (
                at() / u32::from(self.ports),
                (at() % u32::from(self.ports)) as u8,
            )
        })
    }
}

impl CorePrograms {
    /// The group of a compartment.
    pub fn group_of(&self, compartment: u32) -> Option<&ProgramGroup> {
        let after = self
            .groups
            .partition_point(|g| g.first_compartment <= compartment);
        self.groups[..after]
            .last()
            .filter(|g| g.place(compartment).is_some())
    }

    /// Bytes of programs, states and constants of neurons (MC-034, MC-036).
    pub fn bytes(&self) -> u64 {
        let programs: u64 = self.programs.iter().map(|p| u64::from(p.bytes())).sum();
        let neurons = self.groups.iter().filter_map(|g| {
            let program = self.programs.get(usize::from(g.program))?;
            Some(u64::from(g.neurons) * u64::from(program.neuron_bytes()))
        });
        programs + neurons.sum::<u64>()
    }
}
