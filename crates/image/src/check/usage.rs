//! What a core uses of every limit of its board, and which limits are broken.

use super::finding::{LimitBreach, short};
use crate::learn::CoreLearning;
use crate::limits::PRE_TRACE_CONFIGURATIONS;
use crate::model::{AxonKind, CoreImage, Image, OutputAxon, PopulationMap};
use crate::programs::CorePrograms;
use seamount_spec::Board;
use serde::Serialize;
use std::collections::BTreeSet;

/// Most populations that are named with a breach.
const NAMES_MAX: usize = 64;
/// Bytes of a word of synapse memory.
const SYNAPSE_WORD_BYTES: u64 = 8;

/// What a core uses of one limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitUse {
    /// Name of the limit.
    pub resource: &'static str,
    /// Used.
    pub used: u64,
    /// Available.
    pub available: u64,
}

/// What a core uses of every limit, in the order of [`seamount_spec::CoreLimits`].
pub fn limit_uses(image: &Image, core: &CoreImage, spec: &Board) -> Vec<LimitUse> {
    let limits = &spec.core;
    let of = |resource, used: usize, available| LimitUse {
        resource,
        used: used as u64,
        available: u64::from(available),
    };
    let input_slots: usize = core
        .input_axons
        .iter()
        .map(|a| if a.learning { 2 } else { 1 })
        .sum();
    let output_slots: usize = core
        .output_axons
        .iter()
        .map(|a| output_slots(image, core, a))
        .sum();
    let accumulators = core.compartments.len() << core.registers.delay_bits.min(16);
    let mut all = vec![
        of("compartments", core.compartments.len(), limits.compartments),
        of("input slots", input_slots, limits.input_slots),
        of("output slots", output_slots, limits.output_slots),
        of(
            "synapse memory words",
            core.synapse_memory.len(),
            limits.synapse_words,
        ),
        of(
            "compartment profiles",
            core.compartment_profiles.len(),
            limits.compartment_profiles,
        ),
        of(
            "threshold profiles",
            core.threshold_profiles.len(),
            limits.threshold_profiles,
        ),
        of(
            "synapse formats",
            core.synapse_formats.len(),
            limits.synapse_formats,
        ),
        of("accumulators", accumulators, limits.accumulators),
    ];
    let of_core = |l: &&CoreLearning| {
        image
            .cores
            .get(l.core as usize)
            .is_some_and(|c| c.location == core.location)
    };
    all.extend(
        image
            .learning
            .cores
            .iter()
            .find(of_core)
            .map(|learning| LimitUse {
                resource: "pre-trace configurations",
                used: pre_trace_configurations(learning) as u64,
                available: PRE_TRACE_CONFIGURATIONS,
            }),
    );
    all.extend(memory(image, core, spec));
    all
}

/// Output slots of one axon (NC-028).
fn output_slots(image: &Image, from: &CoreImage, axon: &OutputAxon) -> usize {
    let Some(to) = image.cores.get(axon.core as usize) else {
        return 1;
    };
    let wide = to
        .input_axons
        .get(axon.axon as usize)
        .is_some_and(|a| a.kind == AxonKind::Pop32);
    1 + usize::from(wide) + usize::from(to.location.chip != from.location.chip)
}

/// Every limit of the board that an image breaks.
pub fn limit_breaches(image: &Image, spec: &Board) -> Vec<LimitBreach> {
    let mut found = vec![];
    for (index, core) in image.cores.iter().enumerate() {
        for LimitUse {
            resource,
            used,
            available,
        } in limit_uses(image, core, spec)
        {
            if used > available {
                let resource = resource.into();
                found.push(LimitBreach {
                    core: index as u32,
                    resource,
                    wanted: used,
                    available,
                    who: populations_on(image, index),
                });
            }
        }
    }
    found
}

/// Names of the populations on a core, as far as a report holds them.
pub fn populations_on(image: &Image, core: usize) -> Vec<String> {
    let on = |p: &&PopulationMap| p.slices.iter().any(|s| s.core as usize == core);
    image
        .populations
        .iter()
        .filter(on)
        .take(NAMES_MAX)
        .map(|p| short(&p.name))
        .collect()
}

/// Different pre-trace configurations of a core.
fn pre_trace_configurations(learning: &CoreLearning) -> usize {
    learning
        .rules
        .iter()
        .map(|r| r.pre)
        .collect::<BTreeSet<_>>()
        .len()
}

/// What a core uses of the memory that programs, states and synapses share, if it has programs.
fn memory(image: &Image, core: &CoreImage, spec: &Board) -> Vec<LimitUse> {
    let of_core = |p: &&CorePrograms| {
        image
            .cores
            .get(p.core as usize)
            .is_some_and(|c| c.location == core.location)
    };
    let (Some(programs), Some(limits)) = (image.programs.cores.iter().find(of_core), spec.programs)
    else {
        return vec![];
    };
    let synapses = core.synapse_memory.len() as u64 * SYNAPSE_WORD_BYTES;
    let bytes = programs
        .programs
        .iter()
        .map(|p| u64::from(p.neuron_bytes()))
        .max()
        .unwrap_or(0);
    vec![
        LimitUse {
            resource: "bytes of synapses, states and programs",
            used: synapses + programs.bytes(),
            available: u64::from(limits.memory_bytes),
        },
        LimitUse {
            resource: "bytes of a neuron",
            used: bytes,
            available: u64::from(limits.neuron_bytes),
        },
    ]
}
