//! Cutting cores that hold too much into several.

use crate::layout::{Plan, Run};
use crate::map::{OUTPUT_SLOTS, Overflow, Resource, SYNAPSE_WORDS};
use crate::synapse::Totals;

/// Part of a limit that is aimed at, in percent: estimates are not exact.
const FILL_PERCENT: u64 = 97;

/// Synapses that arrive at a core.
pub(crate) fn degree(totals: &Totals, plan: &[Run]) -> u64 {
    plan.iter().flat_map(|run| &totals.degree[run.population as usize][range(run)]).map(|d| u64::from(*d)).sum()
}

fn range(run: &Run) -> std::ops::Range<usize> {
    run.first_neuron as usize..(run.first_neuron + run.neurons) as usize
}

/// The plans with every overflowing core cut; the others stay as they are.
pub(crate) fn split(totals: &Totals, cores: &[Plan], overflows: &[Overflow]) -> Vec<Plan> {
    let mut out = vec![];
    for (core, plan) in cores.iter().enumerate() {
        let worst = overflows.iter().filter(|o| o.core == core).max_by_key(|o| o.wanted * 1024 / o.available.max(1));
        match worst {
            None => out.push(plan.clone()),
            Some(overflow) => out.extend(cut(totals, plan, overflow)),
        }
    }
    out
}

/// Cuts a core into parts that should each respect one limit, most of them full.
fn cut(totals: &Totals, plan: &[Run], overflow: &Overflow) -> Vec<Plan> {
    let by_degree = overflow.resource == Resource::Limit(SYNAPSE_WORDS);
    let weight = |run: &Run, neuron: u32| {
        if by_degree { u64::from(totals.degree[run.population as usize][neuron as usize]) + 1 } else { 1 }
    };
    let neurons = |run: &Run| run.first_neuron..run.first_neuron + run.neurons;
    let total: u64 = plan.iter().map(|run| neurons(run).map(|n| weight(run, n)).sum::<u64>()).sum();
    let part = match overflow.resource {
        Resource::Limit(SYNAPSE_WORDS | OUTPUT_SLOTS) => total * overflow.available * FILL_PERCENT / 100 / overflow.wanted,
        _ => total.div_ceil(2),
    };
    let (mut parts, mut open, mut load): (Vec<Plan>, Plan, u64) = (vec![], vec![], 0);
    for run in plan {
        for neuron in neurons(run) {
            let more = weight(run, neuron);
            if !open.is_empty() && load + more > part.min(total - 1) {
                parts.push(std::mem::take(&mut open));
                load = 0;
            }
            load += more;
            match open.last_mut() {
                Some(last) if last.population == run.population => last.neurons += 1,
                _ => open.push(Run { first_neuron: neuron, neurons: 1, ..*run }),
            }
        }
    }
    parts.push(open);
    parts
}
