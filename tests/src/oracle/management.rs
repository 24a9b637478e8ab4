//! Management in the oracle: acts on whole populations, written from NC-051 and the netlist page.
//!
//! It knows no cores. So it takes no act on some of the cores of a population, and no thaw of some
//! updates.

use super::{Oracle, at_rest};
use seamount_network::netlist::{Endpoint, ManagementAct, ManagementAction, Resolved, Values};

/// What management has made of the network so far.
#[derive(Debug, Clone, Default)]
pub struct Managed {
    /// Populations that are frozen.
    pub frozen: Vec<bool>,
    /// Populations at which spikes of the last step do not arrive.
    pub lost: Vec<bool>,
}

impl Oracle {
    /// Does the acts at the end of step `t`; 0 is before the first.
    pub(super) fn manage(&mut self, t: u64) {
        let schedules = self.netlist.management.clone();
        for schedule in &schedules {
            let ends = |act: &&ManagementAct| {
                t > 0 && act.step > 0 && t % schedule.period == act.step % schedule.period
            };
            let begins = |act: &&ManagementAct| act.step == 0 && t.is_multiple_of(schedule.period);
            // the end of a period comes before the beginning of the next
            let acts = &schedule.acts;
            let due = acts.iter().filter(ends).chain(acts.iter().filter(begins));
            due.for_each(|act| self.act(act));
        }
    }

    fn act(&mut self, act: &ManagementAct) {
        assert!(act.cores.is_none(), "the oracle knows no cores");
        let every = self.netlist.populations.iter();
        let targets: Vec<Endpoint> = match act.targets.is_empty() {
            true => every.map(|p| Endpoint(p.name.clone())).collect(),
            false => act.targets.clone(),
        };
        for target in targets {
            let Some(Resolved::Compartment(population, part)) = self.netlist.resolve(&target)
            else {
                panic!("a checked netlist");
            };
            self.act_on(population, part, &act.action);
        }
    }

    fn act_on(&mut self, population: usize, part: usize, action: &ManagementAction) {
        match action {
            ManagementAction::Freeze => {
                self.managed.frozen[population] = true;
                self.show_nothing(population);
            }
            ManagementAction::Thaw { updates } => {
                assert!(updates.is_none(), "the oracle knows no cores");
                self.managed.frozen[population] = false;
                self.show_nothing(population);
            }
            ManagementAction::ClearState => {
                let cells = self.cells[population].iter_mut().flatten();
                cells.for_each(|cell| *cell = Default::default());
            }
            ManagementAction::ClearAccumulators => self.forget(population),
            ManagementAction::Set(set) => {
                let core = &mut self.netlist.populations[population].core;
                core.ds_offset = set.ds_offset.unwrap_or(core.ds_offset);
                core.dm_offset = set.dm_offset.unwrap_or(core.dm_offset);
                let own = &mut self.netlist.populations[population].compartments[part];
                replace(&mut own.current_decay, set.current_decay);
                replace(&mut own.voltage_decay, set.voltage_decay);
                replace(&mut own.threshold_mantissa, set.threshold_mantissa);
                replace(&mut own.bias_mantissa, set.bias_mantissa);
                replace(&mut own.bias_exponent, set.bias_exponent);
            }
            ManagementAction::Reset => {
                self.forget(population);
                let parts = &self.netlist.populations[population].compartments;
                for (cells, compartment) in self.cells[population].iter_mut().zip(parts) {
                    for (neuron, cell) in cells.iter_mut().enumerate() {
                        *cell = at_rest(compartment, neuron);
                    }
                }
            }
            ManagementAction::Read(_) => {}
            ManagementAction::Learning { .. } => panic!("nothing learns in the oracle"),
        }
    }

    /// What a probe shows of a step is not so in a step without an update.
    fn show_nothing(&mut self, population: usize) {
        let parts = &self.netlist.populations[population].compartments;
        for (cells, compartment) in self.cells[population].iter_mut().zip(parts) {
            for (neuron, cell) in cells.iter_mut().enumerate() {
                if cell.spiked && compartment.refractory_steps.get(neuron) == 1 {
                    cell.voltage_hardware = cell.v;
                }
                cell.spiked = false;
                cell.q = 0;
            }
        }
    }

    /// Nothing waits for a population, and nothing is on its way to it.
    fn forget(&mut self, population: usize) {
        for arrivals in self.pending.values_mut() {
            arrivals.retain(|arrival| arrival.population != population);
        }
        self.managed.lost[population] = true;
    }

    /// What was to be read in this step by populations that are frozen: it waits for the next round
    /// of the slots of the accumulators, of which there are 2^delay_bits (NC-026).
    pub(super) fn put_off(&mut self) {
        for arrival in self.pending.remove(&self.step).unwrap_or_default() {
            let at = match self.managed.frozen[arrival.population] {
                false => self.step,
                true => {
                    let core = &self.netlist.populations[arrival.population].core;
                    let bits = core.delay_bits.expect("the delay bits of what is frozen");
                    self.step + (1 << bits)
                }
            };
            self.pending.entry(at).or_default().push(arrival);
        }
    }
}

fn replace<T>(values: &mut Values<T>, new: Option<T>) {
    if let Some(new) = new {
        *values = Values::Shared(new);
    }
}
