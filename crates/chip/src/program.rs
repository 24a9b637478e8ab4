//! A checked image, pre-decoded: core programs, where spikes go, what probes read.
//!
//! What never changes is looked up here, once. An output axon of the image names a core and an
//! input axon there; a [`RoutedPacket`] has the row of that axon instead. So only this module sees
//! both the sender's and the receiver's side, and a step follows no reference from core to core.
//! The cost of sending (hops, borders) depends on places only, so it is added up for each source
//! here as well.

use crate::management::{ManagementCounts, ManagementProgram};
use crate::routes::{RouteBuilder, RouteCost, RoutedPacket, Routes};
use crate::state::ChipState;
use crate::window::Window;
use seamount_image::{
    CheckedImage, CoreImage, Image, ImageRegister, LearningProbePlan, OutputAxon, PopulationMap,
    ProbePlan,
};
use seamount_neurocore::CoreProgram;
use seamount_spec::Route;
use seamount_spec::{Board, CoreLocation};

/// Everything about a chip that never changes.
#[derive(Debug)]
pub struct ChipProgram {
    /// Cores, in image order.
    pub cores: Vec<CoreProgram>,
    /// Packets of the spikes of each core.
    pub(crate) routes: Vec<Routes>,
    /// Packets of host spikes; sources of all inputs one after another.
    pub(crate) inputs: Routes,
    /// Name and first source of each input.
    input_names: Vec<(String, u32)>,
    /// Cores and compartments of each population.
    pub populations: Vec<PopulationMap>,
    /// Recordings, resolved to cores and columns.
    pub(crate) probes: Vec<ProbeProgram>,
    /// Projections that learn.
    pub plastic: Vec<PlasticProgram>,
    /// Recordings of what is learned.
    pub(crate) learning_probes: Vec<LearningProbeProgram>,
    /// What the embedded processors do between steps.
    pub(crate) management: ManagementProgram,
    /// What the embedded processors read, and whether only the index of the largest is kept.
    pub(crate) reads: Vec<(ProbeProgram, bool)>,
    /// Locations of the cores.
    pub locations: Vec<CoreLocation>,
    /// Board that the image was proved for.
    pub(crate) spec: Board,
    /// Seed of all noise.
    pub seed: u64,
    /// Name of the network.
    pub name: String,
    /// Tells images apart; stored in snapshots.
    pub fingerprint: u64,
}

/// One recording, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProbeProgram {
    /// Probe as the image has it.
    pub plan: ProbePlan,
    /// Neurons in order of recording.
    pub neurons: Vec<u32>,
    /// Core of each, and its place there ([`CoreProgram::place`]).
    pub places: Vec<(u32, u32)>,
}

/// A projection that learns, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlasticProgram {
    /// Name of the projection.
    pub name: String,
    /// Source neuron and target neuron of every synapse.
    pub ends: Vec<(u32, u32)>,
    /// Core and index there of every synapse.
    pub places: Vec<SynapsePlace>,
}

/// Core and index among the synapses of that core that learn.
pub type SynapsePlace = (u32, u32);

/// One recording of what is learned, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LearningProbeProgram {
    /// Probe as the image has it.
    pub plan: LearningProbePlan,
    /// Synapses in order of recording; of pre traces sources.
    pub synapses: Vec<u32>,
    /// Core and index there of each synapse.
    pub places: Vec<SynapsePlace>,
}

impl ProbeProgram {
    /// Steps in which the probe reads.
    pub(crate) fn window(&self) -> Window {
        Window {
            first: self.plan.start,
            last: self.plan.stop,
            every: self.plan.every,
        }
    }
}

impl LearningProbeProgram {
    /// Steps in which the probe reads.
    pub(crate) fn window(&self) -> Window {
        Window {
            first: self.plan.start,
            last: self.plan.stop,
            every: self.plan.every,
        }
    }
}

impl ChipProgram {
    /// Pre-decodes a proved image.
    pub fn new(checked: &CheckedImage) -> ChipProgram {
        let image = checked.image();
        let spec = checked.spec();
        let cores = core_programs(image);
        let plastic = plastic(image, &cores);
        let locations: Vec<CoreLocation> = image.cores.iter().map(|c| c.location).collect();
        let of_core = |core: &CoreImage| {
            let mut routes = RouteBuilder::default();
            let way = |to: usize| spec.route(core.location, locations[to]);
            add_routes(
                &mut routes,
                &cores,
                &core.output_offsets,
                &core.output_axons,
                way,
            );
            routes.finish()
        };
        let routes = image.cores.iter().map(of_core).collect();
        let mut input_names = vec![];
        let mut inputs = RouteBuilder::default();
        for port in &image.inputs {
            input_names.push((port.name.clone(), inputs.len()));
            add_routes(&mut inputs, &cores, &port.offsets, &port.axons, |_| {
                Route::default()
            });
        }
        ChipProgram {
            learning_probes: image
                .learning
                .probes
                .iter()
                .map(|plan| learning_probe(&plastic, &cores, plan))
                .collect(),
            plastic,
            probes: image
                .probes
                .iter()
                .map(|plan| probe(image, &cores, plan))
                .collect(),
            management: ManagementProgram::new(image),
            reads: (image.management.reads.iter())
                .map(|read| (probe(image, &cores, &read.probe), read.argmax))
                .collect(),
            routes,
            inputs: inputs.finish(),
            input_names,
            populations: image.populations.clone(),
            locations,
            spec: spec.clone(),
            seed: image.seed,
            name: image.name.clone(),
            fingerprint: checked.fingerprint(),
            cores,
        }
    }

    /// A population by name.
    pub fn population(&self, name: &str) -> Option<&PopulationMap> {
        self.populations.iter().find(|p| p.name == name)
    }

    /// First source and size of an input by name.
    pub fn input(&self, name: &str) -> Option<(u32, u32)> {
        let found = self.inputs().find(|(n, _, _)| *n == name)?;
        Some((found.1, found.2))
    }

    /// Name, first source and size of each input.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, u32, u32)> {
        let ends = self.input_names.iter().skip(1).map(|(_, first)| *first);
        let ends = ends.chain([self.sources()]);
        let named = self.input_names.iter().zip(ends);
        named.map(|((name, first), end)| (name.as_str(), *first, end - first))
    }

    /// Number of sources of all inputs together: rows of host spikes are numbered below it.
    pub fn sources(&self) -> u32 {
        u32::try_from(self.inputs.len()).unwrap_or(u32::MAX)
    }

    /// Name, register and number of columns of each recording that a run makes, in the order of
    /// [`Observations::recordings`](crate::Observations::recordings).
    pub fn recordings(&self) -> impl Iterator<Item = (&str, ImageRegister, usize)> {
        let neurons = self.probes.iter().map(|probe| {
            let plan = &probe.plan;
            (plan.name.as_str(), plan.register, probe.neurons.len())
        });
        let learned = self.learning_probes.iter().map(|probe| {
            let plan = &probe.plan;
            (plan.name.as_str(), plan.register, probe.synapses.len())
        });
        neurons.chain(learned)
    }

    /// A register of one compartment, as it is now.
    pub(crate) fn read(
        &self,
        state: &ChipState,
        core: u32,
        compartment: u32,
        register: ImageRegister,
    ) -> i32 {
        let place = self.cores[core as usize].place(compartment, register);
        state.cores[core as usize].read(place, register)
    }

    /// A projection that learns, by name.
    pub fn plastic(&self, name: &str) -> Option<&PlasticProgram> {
        self.plastic.iter().find(|p| p.name == name)
    }

    /// Number of values that the probes record in `steps` steps after step `before`.
    pub fn recorded_values(&self, before: u64, steps: u64) -> u64 {
        let last = before.saturating_add(steps);
        let values = |window: Window, columns: usize| {
            window.rows(before, last).saturating_mul(columns as u64)
        };
        let plain = self
            .probes
            .iter()
            .map(|p| values(p.window(), p.neurons.len()));
        let learned = self
            .learning_probes
            .iter()
            .map(|p| values(p.window(), p.synapses.len()));
        let reads = self
            .reads
            .iter()
            .map(|(p, _)| values(p.window(), p.neurons.len()));
        plain
            .chain(learned)
            .chain(reads)
            .fold(0, u64::saturating_add)
    }

    /// Bytes of what the probes record in `steps` steps after step `before`: the number of each
    /// row, and a bit for a spike, four bytes for any other value, rounded down.
    pub fn recorded_bytes(&self, before: u64, steps: u64) -> u64 {
        const ROW_BYTES: u64 = 8;
        let last = before.saturating_add(steps);
        let bytes = |window: Window, columns: usize, bits: u64| {
            let rows = window.rows(before, last);
            let values = rows.saturating_mul(columns as u64).saturating_mul(bits) / 8;
            rows.saturating_mul(ROW_BYTES).saturating_add(values)
        };
        let plain = self.probes.iter().map(|probe| {
            let is_spike = probe.plan.register == ImageRegister::Spike;
            let bits = if is_spike { 1 } else { 32 };
            bytes(probe.window(), probe.neurons.len(), bits)
        });
        let learned = self
            .learning_probes
            .iter()
            .map(|probe| bytes(probe.window(), probe.synapses.len(), 32));
        plain.chain(learned).fold(0, u64::saturating_add)
    }

    /// Number of values that the probes record in a step in which all of them read.
    pub fn recorded_columns(&self) -> u64 {
        let plain = self.probes.iter().map(|p| p.neurons.len() as u64);
        let learned = self.learning_probes.iter().map(|p| p.synapses.len() as u64);
        let reads = self.reads.iter().map(|(p, _)| p.neurons.len() as u64);
        plain.chain(learned).chain(reads).sum()
    }

    /// Whether the network has any management.
    pub fn is_managed(&self) -> bool {
        !self.management.is_empty() || !self.reads.is_empty()
    }

    /// What the embedded processors do in `steps` steps after step `before`.
    pub fn managed(&self, before: u64, steps: u64) -> ManagementCounts {
        let last = before.saturating_add(steps);
        let reads = self.reads.iter().map(|(probe, _)| {
            let rows = probe.window().rows(before, last);
            rows.saturating_mul(probe.neurons.len() as u64)
        });
        ManagementCounts {
            acts: self.management.counts((before + 1, last)),
            reads: reads.fold(0, u64::saturating_add),
        }
    }

    /// Compartments of the whole chip.
    pub fn compartments(&self) -> u64 {
        self.cores.iter().map(|c| c.len() as u64).sum()
    }
}

/// Programs of all cores of an image.
fn core_programs(image: &Image) -> Vec<CoreProgram> {
    let keep = accumulators_kept(image);
    let learning = |index: u32| image.learning.cores.iter().find(|l| l.core == index);
    let programs = |index: u32| image.programs.cores.iter().find(|p| p.core == index);
    let cores = (0..)
        .zip(&image.cores)
        .zip(&keep)
        .map(|((i, core), &keep)| CoreProgram::new(core, learning(i), programs(i), keep));
    let mut cores: Vec<CoreProgram> = cores.collect();
    for (core, program) in (0..).zip(&mut cores) {
        if image.management.freezes(core) {
            program.may_freeze();
        }
    }
    let bytes = cores.iter().map(CoreProgram::row_bytes).sum();
    cores.iter_mut().for_each(|core| core.share_caches(bytes));
    cores
}

/// Finds every synapse of every projection that learns.
fn plastic(image: &Image, cores: &[CoreProgram]) -> Vec<PlasticProgram> {
    let start = |p: &seamount_image::PlasticProjection| PlasticProgram {
        name: p.name.clone(),
        ends: p.ends.clone(),
        places: vec![(0, u32::MAX); p.ends.len()],
    };
    let mut all: Vec<PlasticProgram> = image.learning.projections.iter().map(start).collect();
    for (core, program) in (0u32..).zip(cores) {
        let Some(learning) = &program.learning else {
            continue;
        };
        for axon in &learning.axons {
            for synapse in axon.synapses.clone() {
                let edge = learning.edges[synapse as usize] as usize;
                all[axon.projection as usize].places[edge] = (core, synapse);
            }
        }
    }
    all
}

fn learning_probe(
    plastic: &[PlasticProgram],
    cores: &[CoreProgram],
    plan: &LearningProbePlan,
) -> LearningProbeProgram {
    let projection = &plastic[plan.projection as usize];
    if matches!(plan.register, ImageRegister::PreTrace(_)) {
        return pre_trace_probe(projection, cores, plan);
    }
    let synapses = if plan.synapses.is_empty() {
        (0..projection.ends.len() as u32).collect()
    } else {
        plan.synapses.clone()
    };
    let places = synapses
        .iter()
        .map(|s| projection.places[*s as usize])
        .collect();
    LearningProbeProgram {
        plan: plan.clone(),
        synapses,
        places,
    }
}

/// Traces of the sources of a projection, each on the first core that has it; of listed synapses
/// those of their sources.
fn pre_trace_probe(
    projection: &PlasticProgram,
    cores: &[CoreProgram],
    plan: &LearningProbePlan,
) -> LearningProbeProgram {
    let mut chosen: Vec<u32> = plan.synapses.clone();
    if chosen.is_empty() {
        let mut seen = std::collections::BTreeSet::new();
        chosen = (0u32..)
            .zip(&projection.ends)
            .filter(|(_, ends)| seen.insert(ends.0))
            .map(|(s, _)| s)
            .collect();
        chosen.sort_by_key(|s| projection.ends[*s as usize].0);
    }
    let axon = |synapse: &u32| {
        let (core, at) = projection.places[*synapse as usize];
        let axons = cores[core as usize]
            .learning
            .as_ref()
            .map_or(&[][..], |l| &l.axons);
        (core, axons.partition_point(|a| a.synapses.end <= at) as u32)
    };
    let places = chosen.iter().map(axon).collect();
    LearningProbeProgram {
        plan: plan.clone(),
        synapses: chosen
            .iter()
            .map(|s| projection.ends[*s as usize].0)
            .collect(),
        places,
    }
}

/// Cores on which a probe reads accumulators.
fn accumulators_kept(image: &Image) -> Vec<bool> {
    let mut keep = vec![false; image.cores.len()];
    let reads = image.management.reads.iter().map(|read| &read.probe);
    for probe in image
        .probes
        .iter()
        .chain(reads)
        .filter(|p| p.register == ImageRegister::Accumulator)
    {
        for slice in &image.populations[probe.population as usize].slices {
            keep[slice.core as usize] = true;
        }
    }
    keep
}

/// Adds sources: packets of source s are `axons[offsets[s]..offsets[s + 1]]`.
fn add_routes(
    routes: &mut RouteBuilder,
    cores: &[CoreProgram],
    offsets: &[u32],
    axons: &[OutputAxon],
    way: impl Fn(usize) -> Route,
) {
    let packet = |a: &OutputAxon| RoutedPacket {
        core: a.core,
        port: cores[a.core as usize].port(a.axon, a.atom),
    };
    for ends in offsets.windows(2) {
        let axons = &axons[ends[0] as usize..ends[1] as usize];
        let mut cost = RouteCost::default();
        for axon in axons {
            let way = way(axon.core as usize);
            cost.packets += 1;
            cost.hops_x += way.hops_x;
            cost.hops_y += way.hops_y;
            cost.crossings += way.crossings;
        }
        routes.push(cost, axons.iter().map(packet));
    }
}

fn probe(image: &Image, cores: &[CoreProgram], plan: &ProbePlan) -> ProbeProgram {
    let map = &image.populations[plan.population as usize];
    let neurons = if plan.neurons.is_empty() {
        (0..map.size()).collect()
    } else {
        plan.neurons.clone()
    };
    let place = |&neuron: &u32| {
        let (core, compartment) = map.locate(neuron, plan.part as usize);
        (core, cores[core as usize].place(compartment, plan.register))
    };
    ProbeProgram {
        places: neurons.iter().map(place).collect(),
        neurons,
        plan: plan.clone(),
    }
}
