//! The synapses of a projection, written out one by one from its connectivity.

use super::formulas::{contribution, stored_weight};
use seamount_network::netlist::{Connectivity, Generated, Netlist, Projection, Resolved};

/// One synapse, resolved.
#[derive(Debug, Clone, Copy)]
pub struct Synapse {
    /// Index of the target neuron in its population.
    pub target: usize,
    /// What a spike adds (NC-021).
    pub contribution: i64,
    /// Steps from arrival to use (NC-026).
    pub delay: u64,
}

/// A projection with its synapses by source neuron.
#[derive(Debug, Clone)]
pub struct Wiring {
    /// What spikes.
    pub source: Resolved,
    /// Population and compartment that receive.
    pub target: (usize, usize),
    /// Whether a synapse takes back after its delay what it added (NC-027).
    pub boxed: bool,
    /// Synapses of each source neuron.
    pub of_source: Vec<Vec<Synapse>>,
}

impl Wiring {
    /// Writes out one projection of a checked netlist.
    pub fn of(netlist: &Netlist, projection: &Projection) -> Wiring {
        let source = netlist
            .resolve(&projection.source)
            .expect("the netlist is checked: the source exists");
        let resolved = netlist
            .resolve(&projection.target)
            .expect("the netlist is checked: the target exists");
        let Resolved::Compartment(population, part) = resolved else {
            panic!("the netlist is checked: synapses end at compartments");
        };
        let (sources, targets) = (
            netlist.size(source) as usize,
            netlist.size(resolved) as usize,
        );
        let mut of_source = vec![Vec::new(); sources];
        for (from, target, weight, delay) in written_out(&projection.connectivity, sources, targets)
        {
            let stored = stored_weight(weight.into(), projection.precision);
            let contribution = contribution(stored, projection.weight_exponent.get(target));
            of_source[from].push(Synapse {
                target,
                contribution,
                delay: delay.into(),
            });
        }
        Wiring {
            source,
            target: (population, part),
            boxed: projection.box_synapse,
            of_source,
        }
    }
}

/// (source, target, weight, delay) of every synapse.
fn written_out(
    connectivity: &Connectivity,
    sources: usize,
    targets: usize,
) -> Vec<(usize, usize, i32, u8)> {
    let mut all = Vec::new();
    match connectivity {
        Connectivity::Dense { weights, delay } => {
            for (from, row) in weights.rows().iter().enumerate() {
                for (to, weight) in row.iter().enumerate() {
                    all.push((from, to, *weight, *delay));
                }
            }
        }
        Connectivity::Pairs {
            sources: from,
            targets: to,
            weights,
            delays,
        } => {
            for (i, (from, to)) in from.as_slice().iter().zip(to.as_slice()).enumerate() {
                all.push((*from as usize, *to as usize, weights.get(i), delays.get(i)));
            }
        }
        Connectivity::Lists(edges) => {
            for (from, ends) in edges.offsets.as_slice().windows(2).enumerate() {
                for i in ends[0] as usize..ends[1] as usize {
                    let to = edges.targets.as_slice()[i] as usize;
                    all.push((from, to, edges.weights.get(i), edges.delays.get(i)));
                }
            }
        }
        Connectivity::OneToOne { weights, delays } => {
            for i in 0..sources {
                all.push((i, i, weights.get(i), delays.get(i)));
            }
        }
        Connectivity::Generated(made) => {
            for from in 0..sources {
                for to in 0..targets {
                    all.extend(
                        made_from_seed(made, from, to).map(|weight| (from, to, weight, made.delay)),
                    );
                }
            }
        }
        Connectivity::AllToAll { weight, delay } => {
            for from in 0..sources {
                for to in 0..targets {
                    all.push((from, to, *weight, *delay));
                }
            }
        }
    }
    all
}

/// MC-038: the weight of a pair, if it has a synapse.
fn made_from_seed(made: &Generated, from: usize, to: usize) -> Option<i32> {
    let row = number(made.seed, from as u64) >> 32;
    made_weight(row, to as u64, made.chance.into(), made.weights)
}

/// MC-038: the weight at neuron `to` of a source with this seed, if it has a synapse there.
pub fn made_weight(seed: u64, to: u64, chance: u64, weights: [i32; 2]) -> Option<i32> {
    let bits = number(seed, to);
    let kinds = 1 + (weights[1] - weights[0]) as u128;
    let weight = weights[0] + (u128::from(bits % (1 << 32)) * kinds / (1 << 32)) as i32;
    (bits / (1 << 48) < chance).then_some(weight)
}

/// Number `k + 1` of SplitMix64 from a seed.
fn number(seed: u64, k: u64) -> u64 {
    let steps = (k + 1).wrapping_mul(0x9E3779B97F4A7C15);
    let mut z = seed.wrapping_add(steps);
    z = (z ^ z >> 30).wrapping_mul(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D049BB133111EB);
    z ^ z >> 31
}
