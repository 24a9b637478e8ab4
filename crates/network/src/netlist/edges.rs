//! The synapses of a projection in one normal form: compressed rows by source.

use super::{Array, Connectivity, Netlist, Projection, Values, registers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Synapses in compressed rows: those of source s are `offsets[s]..offsets[s+1]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edges {
    /// Source size + 1 numbers, first 0, never falling, last the number of synapses.
    pub offsets: Array<u64>,
    /// Target neuron of each synapse.
    pub targets: Array<u32>,
    /// Weight of each synapse, or one for all.
    #[serde(alias = "weight")]
    #[schemars(extend("x-alias" = "weight", "x-range" = registers::WEIGHT))]
    pub weights: Values<i32>,
    /// Delay of each synapse, or one for all.
    #[serde(alias = "delay", default, skip_serializing_if = "super::is_default")]
    #[schemars(extend("x-alias" = "delay", "x-range" = registers::DELAY))]
    pub delays: Values<u8>,
}

impl Edges {
    /// The synapses of one source as (target, weight, delay).
    pub fn of(&self, source: u32) -> impl Iterator<Item = (u32, i32, u8)> + '_ {
        let offsets = self.offsets.as_slice();
        let range = offsets[source as usize] as usize..offsets[source as usize + 1] as usize;
        let targets = self.targets.as_slice();
        range.map(move |i| (targets[i], self.weights.get(i), self.delays.get(i)))
    }

    /// Number of synapses.
    pub fn len(&self) -> usize {
        self.targets.as_slice().len()
    }

    /// Whether there is no synapse.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Projection {
    /// The synapses by source. The netlist must have passed its check.
    ///
    /// Dense zeros are no synapses; in the other forms a written zero weight stays.
    pub fn edges(&self, netlist: &Netlist) -> Cow<'_, Edges> {
        let size = |endpoint| netlist.resolve(endpoint).map_or(0, |r| netlist.size(r));
        self.edges_between(size(&self.source), size(&self.target))
    }

    /// The synapses by source, where the numbers of sources and of targets are known already.
    pub fn edges_between(&self, sources: u32, targets: u32) -> Cow<'_, Edges> {
        match &self.connectivity {
            Connectivity::Lists(edges) => Cow::Borrowed(edges),
            Connectivity::Dense { weights, delay } => Cow::Owned(dense(weights.rows(), *delay)),
            Connectivity::Pairs {
                sources: from,
                targets,
                weights,
                delays,
            } => Cow::Owned(pairs(
                sources,
                from.as_slice(),
                targets.as_slice(),
                weights,
                delays,
            )),
            Connectivity::OneToOne { weights, delays } => Cow::Owned(Edges {
                offsets: (0..=u64::from(sources)).collect::<Vec<_>>().into(),
                targets: (0..sources).collect::<Vec<_>>().into(),
                weights: weights.clone(),
                delays: delays.clone(),
            }),
            Connectivity::Generated(generated) => Cow::Owned(generated.edges(sources, targets)),
            Connectivity::AllToAll { weight, delay } => Cow::Owned(Edges {
                offsets: (0..=u64::from(sources))
                    .map(|s| s * u64::from(targets))
                    .collect::<Vec<_>>()
                    .into(),
                targets: (0..sources)
                    .flat_map(|_| 0..targets)
                    .collect::<Vec<_>>()
                    .into(),
                weights: Values::Shared(*weight),
                delays: Values::Shared(*delay),
            }),
        }
    }
}

fn dense(rows: &[Vec<i32>], delay: u8) -> Edges {
    let mut offsets = vec![0];
    let mut targets = Vec::new();
    let mut weights = Vec::new();
    for row in rows {
        for (target, &weight) in (0u32..).zip(row).filter(|(_, w)| **w != 0) {
            targets.push(target);
            weights.push(weight);
        }
        offsets.push(targets.len() as u64);
    }
    Edges {
        offsets: offsets.into(),
        targets: targets.into(),
        weights: weights.into(),
        delays: Values::Shared(delay),
    }
}

fn pairs(
    size: u32,
    sources: &[u32],
    targets: &[u32],
    weights: &Values<i32>,
    delays: &Values<u8>,
) -> Edges {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|&i| sources[i]);
    let mut offsets = vec![0u64; size as usize + 1];
    for &source in sources {
        offsets[source as usize + 1] += 1;
    }
    for s in 0..size as usize {
        offsets[s + 1] += offsets[s];
    }
    Edges {
        offsets: offsets.into(),
        targets: order.iter().map(|&i| targets[i]).collect::<Vec<_>>().into(),
        weights: permuted(weights, &order),
        delays: permuted(delays, &order),
    }
}

fn permuted<T: Copy>(values: &Values<T>, order: &[usize]) -> Values<T> {
    match values {
        Values::Shared(value) => Values::Shared(*value),
        Values::Each(_) => order
            .iter()
            .map(|&i| values.get(i))
            .collect::<Vec<_>>()
            .into(),
    }
}
