//! What one pass over all synapses of a netlist finds out, before anything has a core.

use crate::acts::PopulationActs;
use crate::learn::population::PopulationLearning;
use crate::synapse::Flows;
use seamount_network::netlist::Netlist;

/// What one pass over all synapses finds out.
#[derive(Debug, Clone, Default)]
pub(crate) struct SynapseTotals {
    /// Synapses that contribute, per population and neuron.
    pub(crate) degree: Vec<Vec<u32>>,
    /// Largest delay that arrives, per population and neuron.
    pub(crate) delay_max: Vec<Vec<u8>>,
    /// Synapses written in the netlist.
    pub(crate) written: u64,
    /// Synapses that contribute nothing.
    pub(crate) dropped: u64,
    /// Weights changed by their format.
    pub(crate) rounded: u64,
    /// Largest change of a weight.
    pub(crate) rounding_error_max: u32,
    /// What the populations ask of their cores.
    pub(crate) learning: Vec<PopulationLearning>,
    /// The acts of management that are done to the populations.
    pub(crate) managed: Vec<PopulationActs>,
}

impl SynapseTotals {
    /// One pass over all synapses.
    pub(crate) fn of(netlist: &Netlist, flows: &Flows) -> SynapseTotals {
        let sizes = || netlist.populations.iter().map(|p| p.size as usize);
        let mut totals = SynapseTotals {
            degree: sizes().map(|n| vec![0; n]).collect(),
            delay_max: sizes().map(|n| vec![0; n]).collect(),
            learning: PopulationLearning::all(netlist, flows),
            managed: PopulationActs::all(netlist),
            ..SynapseTotals::default()
        };
        for flow in &flows.flows {
            let mut degree = std::mem::take(&mut totals.degree);
            let mut delays = std::mem::take(&mut totals.delay_max);
            flow.each(|_, target, weight, delay| {
                totals.written += 1;
                let error = flow.stored(weight).abs_diff(weight);
                totals.rounded += u64::from(error != 0);
                totals.rounding_error_max = totals.rounding_error_max.max(error);
                // a synapse that learns is kept at weight 0: it may grow
                if flow.rule.is_none() && flow.value(target, weight) == 0 {
                    totals.dropped += 1;
                } else {
                    degree[flow.population][target as usize] += 1;
                    let latest = &mut delays[flow.population][target as usize];
                    *latest = delay.max(*latest);
                }
            });
            (totals.degree, totals.delay_max) = (degree, delays);
        }
        totals
    }
}
