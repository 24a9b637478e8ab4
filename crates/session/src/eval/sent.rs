//! Which synaptic operations are multiplications: NeuroBench asks of the input of each layer in
//! each step whether it holds other values than -1, 0 and 1. Cores do not count the two apart, so
//! what neurons send is recorded.
//!
//! What this module does *not* know: how a sample is run, what its answer is.

use super::data::{EvalData, SampleEvents};
use super::encode::SampleEncoder;
use crate::structure::{effective_fan_outs, effective_fan_outs_of};
use seamount_chip::Recording;
use seamount_image::{Image, ImageRegister, ProbePlan};
use seamount_microcode::SpikeKind;
use std::collections::BTreeMap;

/// Most values that are recorded of a sample to tell the two kinds apart; beyond them nobody
/// knows.
const VALUES_MAX: u64 = 1 << 22;

/// What is known of the spikes that synapses receive.
pub(super) enum SpikesSent {
    /// All are 0 or 1: every operation is an accumulate.
    Binary,
    /// Some carry values.
    Values(ValueSources),
    /// Some carry values, and there are too many to be recorded.
    Unknown,
}

/// Who sends values.
pub(super) struct ValueSources {
    /// Synapses that act, by source of the host; none if the host sends plain spikes.
    host: Option<Vec<u64>>,
    /// Synapses that act, by neuron, of each population that sends values. Two recordings for
    /// each stand behind that of the output: whether a neuron spiked, and what it sent.
    layers: Vec<Vec<u64>>,
}

/// Operations of a sample that are no accumulates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct OtherOperations {
    /// Multiply-accumulates.
    pub multiplications: u64,
    /// Of a value of 0, which NeuroBench does not count.
    pub idle: u64,
}

/// Populations whose neurons send values.
fn senders(image: &Image) -> Vec<u32> {
    let sends = |core: u32, compartment: u32| {
        let cores = &image.programs.cores;
        let programs = cores.iter().find(|programs| programs.core == core)?;
        let group = programs.group_of(compartment)?;
        let program = programs.programs.get(usize::from(group.program))?;
        Some(program.spike != SpikeKind::Binary)
    };
    let populations = (0u32..).zip(&image.populations);
    let of_values = populations.filter(|(_, map)| {
        let mut slices = map.slices.iter();
        slices.any(|slice| sends(slice.core, slice.first_compartment) == Some(true))
    });
    of_values.map(|(population, _)| population).collect()
}

impl SpikesSent {
    /// What the network and the data set send; adds the probes that must be recorded.
    pub fn of(
        image: &mut Image,
        data: &EvalData,
        encoder: SampleEncoder,
        steps: u64,
    ) -> SpikesSent {
        let senders = senders(image);
        let host = data
            .has_payloads(encoder)
            .then(|| effective_fan_outs(image));
        if host.is_none() && senders.is_empty() {
            return SpikesSent::Binary;
        }
        let size = |population: &u32| u64::from(image.populations[*population as usize].size());
        let neurons: u64 = senders.iter().map(size).sum();
        if neurons.saturating_mul(steps) > VALUES_MAX {
            return SpikesSent::Unknown;
        }
        let layers = senders
            .iter()
            .map(|population| effective_fan_outs_of(image, *population))
            .collect();
        for population in senders {
            for register in [ImageRegister::Spike, ImageRegister::Payload] {
                image.probes.push(ProbePlan {
                    name: format!("sent by {population}: {register:?}"),
                    population,
                    part: 0,
                    register,
                    neurons: vec![],
                    start: 1,
                    // what is sent in the last step arrives after it
                    stop: steps.saturating_sub(1),
                    every: 1,
                });
            }
        }
        SpikesSent::Values(ValueSources { host, layers })
    }

    /// Operations of a sample that are no accumulates; none if nobody knows. `sent` are the
    /// recordings behind that of the output.
    pub fn others(
        &self,
        events: &SampleEvents,
        sent: &[Recording],
        steps: u64,
    ) -> Option<OtherOperations> {
        let sources = match self {
            SpikesSent::Binary => return Some(OtherOperations::default()),
            SpikesSent::Unknown => return None,
            SpikesSent::Values(sources) => sources,
        };
        let mut others = OtherOperations::default();
        if let Some(fan_outs) = &sources.host {
            of_host(&mut others, fan_outs, events, steps);
        }
        for (fan_outs, recordings) in sources.layers.iter().zip(sent.chunks(2)) {
            if let [spikes, values] = recordings {
                of_layer(&mut others, fan_outs, spikes, values);
            }
        }
        Some(others)
    }
}

/// A layer's input in one step.
#[derive(Default)]
struct LayerInput {
    operations: u64,
    has_values: bool,
}

impl LayerInput {
    fn add(&mut self, others: &mut OtherOperations, fan_out: u64, value: i32) {
        match value {
            // a value of 0 adds nothing to anybody
            0 => others.idle += fan_out,
            _ => self.operations += fan_out,
        }
        self.has_values |= !(-1..=1).contains(&value);
    }

    fn end(&self, others: &mut OtherOperations) {
        if self.has_values {
            others.multiplications += self.operations;
        }
    }
}

/// All inputs of the host are looked at together.
fn of_host(others: &mut OtherOperations, fan_outs: &[u64], events: &SampleEvents, steps: u64) {
    let mut by_step: BTreeMap<u64, LayerInput> = BTreeMap::new();
    for (step, source, payload) in events.graded.iter().filter(|event| event.0 < steps) {
        let input = by_step.entry(*step).or_default();
        input.add(others, fan_outs[*source as usize], *payload);
    }
    by_step.values().for_each(|input| input.end(others));
}

fn of_layer(
    others: &mut OtherOperations,
    fan_outs: &[u64],
    spikes: &Recording,
    values: &Recording,
) {
    for row in 0..spikes.steps.len() {
        let mut input = LayerInput::default();
        for (neuron, fan_out) in fan_outs.iter().enumerate() {
            if spikes.get(row, neuron) != 0 {
                input.add(others, *fan_out, values.get(row, neuron));
            }
        }
        input.end(others);
    }
}
