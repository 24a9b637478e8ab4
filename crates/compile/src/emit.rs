//! The mapped network as an image: everything is decided, here it is only written down.

use crate::compartment;
use crate::learn::population::PopulationLearning;
use crate::map::{Mapped, Mapper};
use crate::partition;
use seamount_image as image;
use seamount_image::{
    CoreImage, CoreRegisters, Image, InputPort, OutputAxon, PopulationMap, ProbePlan, Slice,
};
use seamount_network::netlist::{NetlistNames, NoiseTarget, Probe, Register, Resolved};

impl Mapper<'_> {
    /// The image without its provenance.
    pub(crate) fn emit(&self, mapped: &mut Mapped) -> Image {
        let netlist = self.netlist;
        let mut packets = self.packets(mapped);
        let inputs = self.inputs(&mut packets);
        let cores = (0..mapped.layout.cores.len())
            .map(|core| self.core(mapped, core, &packets))
            .collect();
        let learning = self.learning(mapped);
        let programs = self.neuron_programs.emit(netlist, &mapped.layout.cores);
        let management = self.management(mapped);
        let populations = netlist
            .populations
            .iter()
            .enumerate()
            .map(|(index, population)| PopulationMap {
                name: population.name.clone(),
                compartments: population
                    .compartments
                    .iter()
                    .map(|c| c.name.clone())
                    .collect(),
                slices: slices(mapped, index),
            });
        let names = netlist.names();
        Image {
            name: netlist.name.clone(),
            board: self.options.board.name.clone(),
            seed: netlist.seed,
            cores,
            inputs,
            populations: populations.collect(),
            probes: netlist
                .probes
                .iter()
                .map(|probe| self.probe(probe, &names))
                .collect(),
            learning,
            programs,
            management,
            provenance: String::new(),
        }
    }

    /// What each sender sends, in compressed rows.
    fn packets(&self, mapped: &Mapped) -> SenderPackets {
        // counting sort by sender: first how many, then where each begins, then the axons
        // themselves
        let mut offsets = vec![0u32; self.flows.senders as usize + 1];
        let links = || mapped.synapses.iter().flat_map(|core| &core.links);
        links().for_each(|link| offsets[self.flows.sender(link.row) as usize + 1] += 1);
        for i in 1..offsets.len() {
            offsets[i] += offsets[i - 1];
        }
        let mut next = offsets.clone();
        let mut axons = vec![
            OutputAxon {
                core: 0,
                axon: 0,
                atom: 0
            };
            links().count()
        ];
        for (core, synapses) in (0u32..).zip(&mapped.synapses) {
            for link in &synapses.links {
                let at = &mut next[self.flows.sender(link.row) as usize];
                axons[*at as usize] = OutputAxon {
                    core,
                    axon: link.axon,
                    atom: link.atom,
                };
                *at += 1;
            }
        }
        SenderPackets { offsets, axons }
    }

    fn inputs(&self, packets: &mut SenderPackets) -> Vec<InputPort> {
        let ports = self
            .netlist
            .inputs
            .iter()
            .zip(&self.flows.input_base)
            .map(|(input, &base)| {
                let mut port = InputPort {
                    name: input.name.clone(),
                    offsets: vec![0],
                    axons: vec![],
                };
                for source in 0..input.size {
                    port.axons.extend_from_slice(packets.of(base + source));
                    port.offsets.push(port.axons.len() as u32);
                }
                port
            });
        ports.collect()
    }

    fn core(&self, mapped: &mut Mapped, index: usize, packets: &SenderPackets) -> CoreImage {
        let plan = &mapped.layout.cores[index];
        let words = compartment::words(self.netlist, &self.totals.managed, plan);
        let mut output_offsets = vec![0];
        let mut output_axons = vec![];
        for run in plan {
            let bases = &self.flows.compartment_base[run.population as usize];
            for neuron in run.first_neuron..run.first_neuron + run.neurons {
                for base in bases {
                    output_axons.extend_from_slice(packets.of(base + neuron));
                    output_offsets.push(output_axons.len() as u32);
                }
            }
        }
        let registers = self.registers(mapped, index);
        let synapses = &mut mapped.synapses[index];
        CoreImage {
            location: mapped.locations[index],
            registers,
            compartment_profiles: words.profiles,
            threshold_profiles: words.thresholds,
            synapse_formats: std::mem::take(&mut synapses.formats),
            compartments: words.words,
            initial: words.initial,
            input_axons: std::mem::take(&mut synapses.axons),
            output_offsets,
            output_axons,
            synapse_memory: std::mem::take(&mut synapses.memory),
        }
    }

    fn registers(&self, mapped: &Mapped, index: usize) -> CoreRegisters {
        let plan = &mapped.layout.cores[index];
        let core = &self.netlist.populations[plan[0].population as usize].core;
        CoreRegisters {
            v_min_exponent: core.v_min_exponent,
            v_max_exponent: core.v_max_exponent,
            ds_offset: core.ds_offset,
            dm_offset: core.dm_offset,
            noise_at_dendrite: core.noise_target == NoiseTarget::Dendrite,
            noise_exponent: core.noise_exponent,
            noise_mantissa: core.noise_mantissa,
            delay_bits: partition::delay_bits(self.netlist, plan, self.totals),
            learning_epoch: PopulationLearning::of(plan, &self.totals.learning)
                .epoch
                .unwrap_or(1),
        }
    }

    /// A recording of the network, or the one behind a read of management.
    pub(crate) fn probe(&self, probe: &Probe, names: &NetlistNames<'_>) -> ProbePlan {
        let Some(Resolved::Compartment(population, part)) = names.resolve(&probe.target) else {
            unreachable!("a checked netlist")
        };
        let neurons = probe
            .neurons
            .as_ref()
            .map_or(vec![], |n| n.as_slice().to_vec());
        ProbePlan {
            name: probe.name.clone(),
            population: population as u32,
            part: part as u32,
            register: self
                .neuron_programs
                .register(&self.netlist.populations[population], probe)
                .unwrap_or_else(|| register(probe.register)),
            neurons,
            start: probe.start,
            stop: probe.stop.unwrap_or(u64::MAX),
            every: probe.every,
        }
    }
}

struct SenderPackets {
    offsets: Vec<u32>,
    axons: Vec<OutputAxon>,
}

impl SenderPackets {
    fn of(&self, sender: u32) -> &[OutputAxon] {
        let at = sender as usize;
        &self.axons[self.offsets[at] as usize..self.offsets[at + 1] as usize]
    }
}

fn slices(mapped: &Mapped, population: usize) -> Vec<Slice> {
    let runs = mapped.layout.runs(population).iter();
    runs.map(|(core, run)| Slice {
        first_neuron: run.first_neuron,
        neurons: run.neurons,
        core: *core,
        first_compartment: run.first_compartment,
    })
    .collect()
}

fn register(register: Register) -> image::ImageRegister {
    match register {
        Register::Spike => image::ImageRegister::Spike,
        Register::Current => image::ImageRegister::Current,
        Register::Voltage => image::ImageRegister::Voltage,
        Register::VoltageHardware => image::ImageRegister::VoltageHardware,
        Register::Refractory => image::ImageRegister::Refractory,
        Register::Accumulator => image::ImageRegister::Accumulator,
        Register::Payload => image::ImageRegister::Payload,
        Register::State | Register::Probe => unreachable!("of programs only: a checked netlist"),
    }
}
