//! Limits that sizes alone break: found before any synapse is looked at.
//!
//! A projection from all to all is a line of text and may stand for 2^28 synapses. Which cores they
//! would fill takes seconds to find out; that one neuron alone needs more input slots than a core
//! has takes none. What this module does *not* find stays for the partition, which finds all.

use crate::limit::{INPUT_SLOTS, Limit, RESOURCES, available};
use crate::synapse::Flows;
use seamount_network::netlist::{Connectivity, Netlist, Population};
use seamount_spec::Board;
use std::collections::BTreeMap;

/// Synapses up to which a netlist is partitioned without a look at its sizes first: the partition
/// lists everything that is wrong, and is quick for so few.
pub(crate) const SYNAPSES_MIN: u64 = 1 << 22;

/// Populations of which one neuron needs more input slots than a core has.
pub(crate) fn input_slots(netlist: &Netlist, flows: &Flows, board: &Board) -> Vec<Limit> {
    let mut shared: BTreeMap<usize, BTreeMap<u32, u32>> = BTreeMap::new();
    let mut own: BTreeMap<usize, u64> = BTreeMap::new();
    for flow in &flows.flows {
        let Connectivity::AllToAll { weight, .. } = flow.projection.connectivity else {
            continue;
        };
        if flow.groups.is_some() || flow.targets() == 0 {
            continue;
        }
        if flow.rule.is_some() {
            // A list that learns is merged with no other: a slot for each source.
            *own.entry(flow.population).or_default() += u64::from(flow.sources);
        } else if flow.value(0, weight) != 0 {
            // Several projections of one sender share its slot.
            let senders = shared.entry(flow.population).or_default();
            senders.insert(flow.sender_base, flow.sources);
        }
    }
    let room = available(&board.core)[INPUT_SLOTS];
    let population = |(index, population): (usize, &Population)| {
        let senders = shared.get(&index).into_iter().flat_map(BTreeMap::values);
        let slots = senders.map(|sources| u64::from(*sources)).sum::<u64>();
        let wanted = slots + own.get(&index).copied().unwrap_or(0);
        (wanted > room).then(|| Limit {
            core: None,
            resource: RESOURCES[INPUT_SLOTS].into(),
            wanted,
            available: room,
            who: vec![population.name.clone()],
        })
    };
    let populations = netlist.populations.iter().enumerate();
    populations.filter_map(population).collect()
}
