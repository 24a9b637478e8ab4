//! Management of the netlist on the cores that its populations have.
//!
//! An act of a netlist names populations; one of an image names cores. Most acts are done to whole
//! cores, as the registers behind them are those of a core. So populations that are not named by
//! the same acts never share one, whatever partition is chosen: what an act does depends on the
//! network alone.

use crate::map::{Mapped, Mapper};
use crate::partition::Partition;
use seamount_diagnose::{Fault, Finding, Here, Place};
use seamount_image::{ActPlan, Deed, ManagementPlan, ReadPlan, SchedulePlan, SetPlan};
use seamount_network::netlist::{
    Endpoint, ManagementAct, ManagementAction, Netlist, NetlistNames, Resolved, Schedule,
    SetRegisters,
};
use std::collections::BTreeSet;

/// Cores of a population, each once, in the order of its neurons.
fn cores_of(layout: &Partition, population: usize) -> Vec<u32> {
    let mut cores = vec![];
    for (core, _) in layout.runs(population) {
        if !cores.contains(core) {
            cores.push(*core);
        }
    }
    cores
}

/// Acts that name cores which their populations do not have.
pub(crate) fn findings(netlist: &Netlist, layout: &Partition) -> Vec<Finding> {
    let mut found = vec![];
    let root = Here::root();
    let list = root.field("management");
    for (s, schedule) in netlist.management.iter().enumerate() {
        let place = list.at(s);
        let acts = place.field("acts");
        for (a, act) in schedule.acts.iter().enumerate() {
            let (Some(cores), [target]) = (&act.cores, &act.targets[..]) else {
                continue;
            };
            let population = netlist.names().population(target.name());
            let population = population.expect("a checked netlist");
            let there = cores_of(layout, population).len();
            for (i, core) in cores.iter().enumerate() {
                if *core as usize >= there {
                    let place: Place = acts.at(a).field("cores").at(i).into();
                    let name = target.name();
                    let problem =
                        format!("{core} is not one of the {there} cores of '{name}', from 0 on");
                    found.push(Finding::new(place, Fault::OutOfRange, problem));
                }
            }
        }
    }
    found
}

impl Mapper<'_> {
    /// The management of the image.
    pub(crate) fn management(&self, mapped: &Mapped) -> ManagementPlan {
        let names = self.netlist.names();
        let mut plan = ManagementPlan::default();
        for schedule in &self.netlist.management {
            let acts = schedule.acts.iter();
            let acts: Vec<ActPlan> = acts.flat_map(|act| self.act(mapped, &names, act)).collect();
            plan.reads.extend(self.reads(schedule, &names));
            if !acts.is_empty() {
                let period = schedule.period;
                plan.schedules.push(SchedulePlan { period, acts });
            }
        }
        plan
    }

    fn reads(&self, schedule: &Schedule, names: &NetlistNames<'_>) -> Vec<ReadPlan> {
        let read = |act: &ManagementAct| {
            let ManagementAction::Read(read) = &act.action else {
                return None;
            };
            let probe = act.probe(schedule.period).expect("a checked netlist");
            Some(ReadPlan {
                probe: self.probe(&probe, names),
                argmax: read.argmax,
            })
        };
        schedule.acts.iter().filter_map(read).collect()
    }

    /// An act on the cores that it is done to; of `set` one for each compartment.
    fn act(&self, mapped: &Mapped, names: &NetlistNames<'_>, act: &ManagementAct) -> Vec<ActPlan> {
        let all: Vec<Endpoint>;
        let targets = match &act.targets[..] {
            [] => {
                let populations = self.netlist.populations.iter();
                all = populations.map(|p| Endpoint(p.name.clone())).collect();
                &all[..]
            }
            some => some,
        };
        let plan = |cores: BTreeSet<u32>, deed: Deed| ActPlan {
            step: act.step,
            cores: cores.into_iter().collect(),
            deed,
        };
        if let ManagementAction::Set(set) = &act.action {
            let one = |target: &Endpoint| {
                let Some(Resolved::Compartment(population, part)) = names.resolve(target) else {
                    unreachable!("a checked netlist")
                };
                let cores = self.cores(mapped, population, act);
                plan(cores, Deed::Set(set_plan(set, population, part)))
            };
            return targets.iter().map(one).collect();
        }
        let Some(deed) = deed(&act.action) else {
            return vec![];
        };
        let populations = targets.iter().filter_map(|t| names.population(t.name()));
        let cores = populations.flat_map(|population| self.cores(mapped, population, act));
        vec![plan(cores.collect(), deed)]
    }

    fn cores(&self, mapped: &Mapped, population: usize, act: &ManagementAct) -> BTreeSet<u32> {
        let there = cores_of(&mapped.layout, population);
        match &act.cores {
            Some(chosen) => chosen.iter().map(|core| there[*core as usize]).collect(),
            None => there.into_iter().collect(),
        }
    }
}

/// What an action does to cores; none if it only reads or is done to compartments.
fn deed(action: &ManagementAction) -> Option<Deed> {
    Some(match action {
        ManagementAction::Freeze => Deed::Freeze,
        // four compartments an update, as the register of silicon counts them
        ManagementAction::Thaw { updates } => Deed::Thaw(updates.map(|updates| 4 * updates)),
        ManagementAction::ClearState => Deed::ClearState,
        ManagementAction::ClearAccumulators => Deed::ClearAccumulators,
        ManagementAction::Learning { on } => Deed::Learning(*on),
        ManagementAction::Reset => Deed::Reset,
        ManagementAction::Set(_) | ManagementAction::Read(_) => return None,
    })
}

fn set_plan(set: &SetRegisters, population: usize, part: usize) -> SetPlan {
    SetPlan {
        population: population as u32,
        part: part as u32,
        current_decay: set.current_decay,
        voltage_decay: set.voltage_decay,
        threshold_mantissa: set.threshold_mantissa,
        bias_mantissa: set.bias_mantissa,
        bias_exponent: set.bias_exponent,
        ds_offset: set.ds_offset,
        dm_offset: set.dm_offset,
    }
}
