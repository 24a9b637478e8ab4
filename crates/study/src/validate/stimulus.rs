//! Spikes from outside, by step, and the synapses: drawn once for chip and float.

use super::file::{Pattern, RuleFile};
use seamount_reference::Draws;

/// Spikes from outside and synapses.
#[derive(Debug, Clone, PartialEq)]
pub struct Stimulus {
    /// Source and target of each synapse, by source, then target.
    pub ends: Vec<(u32, u32)>,
    /// Weights at the start, as their format holds them.
    pub weights: Vec<i32>,
    /// Sources that spike, as they arrive: element t - 1 is step t.
    pub sources: Vec<Vec<usize>>,
    /// Targets that are made to spike in a step.
    pub targets: Vec<Vec<usize>>,
    /// Reward spikes, as they arrive.
    pub rewards: Vec<u32>,
}

impl Stimulus {
    /// Stimulus and synapses as the file describes them, drawn from its seed.
    pub fn new(file: &RuleFile) -> Self {
        let network = &file.network;
        let stimulus = &file.stimulus;
        let mut draws = Draws::new(network.seed, 1);
        let grain = network.grain();
        let (low, high) = network.weights;
        let mut ends = vec![];
        let mut weights = vec![];
        for source in 0..network.sources {
            for target in 0..network.targets {
                if network.probability < 1.0 && !draws.chance(network.probability) {
                    continue;
                }
                let weight = f64::from(low) + (f64::from(high - low) + 1.0) * draws.uniform();
                ends.push((source, target));
                // toward zero, as the format stores it
                weights.push((weight.floor() as i32).min(high) / grain * grain);
            }
        }
        let steps = stimulus.steps;
        let spikes = |pattern, units, stream| {
            spikes(pattern, units, steps, Draws::new(stimulus.seed, stream))
        };
        let rewards = spikes(&stimulus.rewards, 1, 4)
            .iter()
            .map(|units| units.len() as u32)
            .collect();
        Stimulus {
            ends,
            weights,
            sources: spikes(&stimulus.sources, network.sources, 2),
            targets: spikes(&stimulus.targets, network.targets, 3),
            rewards,
        }
    }
}

/// Units that spike in each step, ascending, each once.
fn spikes(pattern: &Pattern, units: u32, steps: u64, mut draws: Draws) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = vec![vec![]; steps as usize];
    match pattern {
        Pattern::Silent => {}
        Pattern::Rate(rate) => {
            for step in &mut out {
                step.extend((0..units as usize).filter(|_| draws.chance(*rate)));
            }
        }
        Pattern::Every {
            every,
            phase,
            shift,
        } => {
            for unit in 0..units {
                let first = phase + u64::from(unit) * shift;
                (first..=steps)
                    .step_by(*every as usize)
                    .for_each(|step| out[step as usize - 1].push(unit as usize));
            }
        }
        Pattern::List(list) => list
            .iter()
            .for_each(|&(step, unit)| out[step as usize - 1].push(unit as usize)),
    }
    for step in &mut out {
        step.sort_unstable();
        step.dedup();
    }
    out
}
