//! Which acts of management are done to which population: what the partition has to know of them.

use seamount_network::netlist::{ManagementAction, Netlist};

/// The acts that are done to a population.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PopulationActs {
    /// As (schedule, act), in their order; reads left out.
    acts: Vec<(usize, usize)>,
    /// The population itself, if an act names some of its cores only.
    alone: Option<usize>,
    /// Whether an act sets registers of its compartments.
    pub(crate) sets: bool,
}

impl PopulationActs {
    /// The acts of every population of a checked netlist.
    pub(crate) fn all(netlist: &Netlist) -> Vec<PopulationActs> {
        let one = |(population, acts): (usize, Vec<(usize, usize)>)| {
            let each = || acts.iter().map(|(s, a)| &netlist.management[*s].acts[*a]);
            PopulationActs {
                alone: each().any(|act| act.cores.is_some()).then_some(population),
                sets: each().any(|act| matches!(act.action, ManagementAction::Set(_))),
                acts: acts.clone(),
            }
        };
        let all = netlist.managed();
        all.into_iter().enumerate().map(one).collect()
    }
}
