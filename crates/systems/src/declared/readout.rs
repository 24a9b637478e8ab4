//! Readouts: from what a chip did to an answer.

use seamount_chip::{Chip, Observations};
use seamount_image::ImageRegister;
use seamount_network::netlist::{self, Netlist};
use seamount_session::decode::{first_largest, first_spike, first_spikes, spike_counts};

/// Which output of a population is the answer; the first one if several are equal.
#[derive(Debug, Clone, PartialEq)]
pub enum Readout {
    /// The output whose register is largest after the last step.
    Largest {
        /// Name of the population.
        population: String,
        /// Register, or word of the state of a program.
        register: ImageRegister,
    },
    /// The output that fired most often.
    MostSpikes {
        /// Name of the population.
        population: String,
    },
    /// The output that fired first; 0 if none did.
    FirstSpike {
        /// Name of the population.
        population: String,
    },
}

impl Readout {
    /// Name of the population that is read.
    pub fn population(&self) -> &str {
        match self {
            Readout::Largest { population, .. }
            | Readout::MostSpikes { population }
            | Readout::FirstSpike { population } => population,
        }
    }

    /// Records the spikes of the outputs: some readouts are made of them, and all reports tell them
    /// from those of the hidden neurons.
    pub(super) fn probe(&self, netlist: &mut Netlist) {
        netlist.probe(self.population(), netlist::Register::Spike);
    }

    /// The answer, an index into the population.
    ///
    /// # Panics
    /// If the network has no such population or register; [`System::place`](super::System::place)
    /// looks for the population, and the tests run every declared readout.
    pub fn answer(&self, chip: &Chip, seen: &Observations) -> usize {
        match self {
            Readout::Largest {
                population,
                register,
            } => {
                let values = chip
                    .read(population, 0, *register)
                    .expect("a register of the declared population");
                first_largest(&values)
            }
            Readout::MostSpikes { .. } => first_largest(&self.spike_counts(seen)),
            Readout::FirstSpike { .. } => first_spike(&self.first_spikes(seen)).unwrap_or_default(),
        }
    }

    /// Number of spikes of each output.
    pub fn spike_counts(&self, seen: &Observations) -> Vec<u32> {
        let recording = seen.recording(&self.spikes());
        recording.map_or(vec![], spike_counts)
    }

    fn first_spikes(&self, seen: &Observations) -> Vec<Option<u64>> {
        let recording = seen.recording(&self.spikes());
        recording.map_or(vec![], first_spikes)
    }

    /// Name of the recording of the outputs' spikes.
    pub fn spikes(&self) -> String {
        format!("{}.{}", self.population(), netlist::Register::Spike.name())
    }
}
