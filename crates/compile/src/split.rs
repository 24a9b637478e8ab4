//! Cores that hold too much, cut into several, and small pieces put together again.

use crate::learn::population::PopulationLearning;
use crate::limit::{
    COMPARTMENT_PROFILES, CoreOverflow, CoreResource, INPUT_SLOTS, OUTPUT_SLOTS, ResourceUsage,
    SYNAPSE_FORMATS, SYNAPSE_WORDS,
};
use crate::plan::{CorePlan, NeuronRun};
use crate::totals::SynapseTotals;
use seamount_network::netlist::Netlist;
use std::collections::BTreeSet;

/// Part of a limit that is aimed at, in percent: estimates are not exact.
const FILL_PERCENT: u64 = 97;

/// Synapses that arrive at a core.
pub(crate) fn degree(totals: &SynapseTotals, plan: &[NeuronRun]) -> u64 {
    plan.iter()
        .flat_map(|run| &totals.degree[run.population as usize][range(run)])
        .map(|d| u64::from(*d))
        .sum()
}

fn range(run: &NeuronRun) -> std::ops::Range<usize> {
    run.first_neuron as usize..(run.first_neuron + run.neurons) as usize
}

/// The plans with every overflowing core cut; the others stay as they are.
pub(crate) fn split(
    totals: &SynapseTotals,
    cores: &[CorePlan],
    overflows: &[CoreOverflow],
) -> Vec<CorePlan> {
    let mut out = vec![];
    for (core, plan) in cores.iter().enumerate() {
        let worst = overflows
            .iter()
            .filter(|o| o.core == core)
            .max_by_key(|o| o.wanted * 1024 / o.available.max(1));
        match worst {
            None => out.push(plan.clone()),
            Some(overflow) => out.extend(cut(totals, plan, overflow)),
        }
    }
    out
}

/// Cuts a core into parts that should each respect one limit, most of them full.
///
/// Words of synapse memory go with the synapses of a neuron and output slots with its number, so
/// that for these the share of a part can be aimed at. What the other limits depend on is not known
/// before a part is encoded: there a core is halved.
fn cut(totals: &SynapseTotals, plan: &[NeuronRun], overflow: &CoreOverflow) -> Vec<CorePlan> {
    let by_degree = overflow.resource == CoreResource::Limit(SYNAPSE_WORDS);
    let weight = |run: &NeuronRun, neuron: u32| {
        if by_degree {
            u64::from(totals.degree[run.population as usize][neuron as usize]) + 1
        } else {
            1
        }
    };
    let neurons = |run: &NeuronRun| run.first_neuron..run.first_neuron + run.neurons;
    let total: u64 = plan
        .iter()
        .map(|run| neurons(run).map(|n| weight(run, n)).sum::<u64>())
        .sum();
    let part = match overflow.resource {
        CoreResource::Limit(SYNAPSE_WORDS | OUTPUT_SLOTS) => {
            total * overflow.available * FILL_PERCENT / 100 / overflow.wanted
        }
        _ => total.div_ceil(2),
    };
    let mut parts: Vec<CorePlan> = vec![];
    let mut open: CorePlan = vec![];
    let mut load: u64 = 0;
    for run in plan {
        for neuron in neurons(run) {
            let more = weight(run, neuron);
            // `total - 1`: at least one neuron must go elsewhere, or the next round is the same as
            // this
            if !open.is_empty() && load + more > part.min(total - 1) {
                parts.push(std::mem::take(&mut open));
                load = 0;
            }
            load += more;
            match open.last_mut() {
                Some(last) if last.population == run.population => last.neurons += 1,
                _ => open.push(NeuronRun {
                    first_neuron: neuron,
                    neurons: 1,
                    ..*run
                }),
            }
        }
    }
    parts.push(open);
    parts
}

/// A core that may be put together with others.
pub(crate) struct MergePiece {
    pub(crate) usage: ResourceUsage,
    /// Rows that reach it, ascending.
    pub(crate) rows: Vec<u32>,
}

/// Puts cores together, first fit; those without a piece stay. Tables are taken to be the same on
/// all of them and everything but input slots to add up, so the result must be checked.
pub(crate) fn merge(
    netlist: &Netlist,
    totals: &SynapseTotals,
    cores: &[CorePlan],
    pieces: Vec<Option<MergePiece>>,
    limits: &ResourceUsage,
) -> Vec<CorePlan> {
    let settings = |plan: &CorePlan| netlist.populations[plan[0].population as usize].core;
    let mut out: Vec<(CorePlan, Option<MergePiece>)> = vec![];
    for (plan, piece) in cores.iter().zip(pieces) {
        let place = out.iter_mut().find_map(|(other, open)| {
            let both = together(open.as_ref()?, piece.as_ref()?);
            let learning = PopulationLearning::of(other, &totals.learning)
                .suits(&PopulationLearning::of(plan, &totals.learning), true);
            let managed = |plan: &CorePlan| &totals.managed[plan[0].population as usize];
            let fits = learning
                && managed(other) == managed(plan)
                && settings(other) == settings(plan)
                && both.usage.iter().zip(limits).all(|(sum, most)| sum <= most);
            fits.then_some((other, open, both))
        });
        match place {
            Some((other, open, both)) => {
                other.extend(plan);
                *open = Some(both);
            }
            None => out.push((plan.clone(), piece)),
        }
    }
    out.into_iter().map(|(plan, _)| tidy(plan)).collect()
}

fn together(a: &MergePiece, b: &MergePiece) -> MergePiece {
    let rows: BTreeSet<u32> = a.rows.iter().chain(&b.rows).copied().collect();
    let usage = std::array::from_fn(|i| match i {
        // an axon per row, however many neurons of the core it reaches
        INPUT_SLOTS => rows.len() as u64,
        COMPARTMENT_PROFILES..=SYNAPSE_FORMATS => a.usage[i].max(b.usage[i]),
        _ => a.usage[i] + b.usage[i],
    });
    MergePiece {
        usage,
        rows: rows.into_iter().collect(),
    }
}

/// Runs in the order of the network, those that touch made one.
fn tidy(mut plan: CorePlan) -> CorePlan {
    plan.sort_unstable();
    let mut out: CorePlan = vec![];
    for run in plan {
        match out.last_mut() {
            Some(last)
                if last.population == run.population
                    && last.first_neuron + last.neurons == run.first_neuron =>
            {
                last.neurons += run.neurons;
            }
            _ => out.push(run),
        }
    }
    out
}
