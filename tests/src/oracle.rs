//! The slow oracle: a netlist run from the text of the contract, by other hands than the emulator.
//!
//! It knows no cores, memories or formats: every synapse is walked on its own, every pending
//! contribution is kept under the step in which it is read, every neuron has a real stack.
//! Learning (LE-) is in [`crate::learn_oracle`], which sets the synapses here.

pub mod formulas;
mod management;
pub mod synapses;

use formulas::{decayed, noise, v_max, v_min, wrapped};
use management::Managed;
use seamount_network::netlist::{
    Compartment, Join, Netlist, NoiseTarget, Passed, Resolved, ThresholdMode,
};
use std::collections::BTreeMap;
use synapses::Wiring;

/// The random numbers r of NC-016: `replay[step - 1][population][compartment][neuron]`.
pub type NoiseReplay = Vec<Vec<Vec<Vec<u8>>>>;

/// State of one compartment of one neuron at the end of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// u (NC-001).
    pub u: i64,
    /// v as the dynamics have it (NC-003).
    pub v: i64,
    /// Steps of refractory hold still to come (NC-008).
    pub refractory: i64,
    /// Whether it spiked in this step.
    pub spiked: bool,
    /// q as read in this step, after noise at the dendrite and the wrap (NC-002).
    pub q: i64,
    /// v as the hardware's probe shows it (NC-014).
    pub voltage_hardware: i64,
    /// Own test v > threshold, as handed to a parent (NC-040).
    pub flag: bool,
}

/// What happened in one step, over the whole network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// (spike, synapse) pairs with a contribution that is not 0, counted in the step of arrival.
    pub synaptic_operations: u64,
    /// Spikes of compartments in this step; those of the host are not counted.
    pub spikes: u64,
    /// Accumulators that did not fit 22 bits (NC-002).
    pub q_wraps: u64,
    /// Currents that did not fit 24 bits (NC-001).
    pub u_wraps: u64,
    /// Voltages outside [v_min, v_max] before the clip, outside the hold (NC-003).
    pub v_clips: u64,
    /// Compartments with q, u, v or hold not 0 at the end of their update, or a spike.
    pub neuron_updates_active: u64,
    /// All other compartments.
    pub neuron_updates_inactive: u64,
}

/// The network at the end of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRecord {
    /// Number of the step; the first is 1 (NC-050).
    pub step: u64,
    /// `cells[population][compartment][neuron]`.
    pub cells: Vec<Vec<Vec<Cell>>>,
    /// What happened.
    pub counts: Counts,
}

/// A netlist and its state.
#[derive(Debug, Clone)]
pub struct Oracle {
    netlist: Netlist,
    wirings: Vec<Wiring>,
    noise: Option<NoiseReplay>,
    step: u64,
    cells: Vec<Vec<Vec<Cell>>>,
    /// Compartments that spiked in the last step: (population, compartment, neuron).
    spiked: Vec<(usize, usize, usize)>,
    /// Contributions by the step in which they are read.
    pending: BTreeMap<u64, Vec<Arrival>>,
    managed: Managed,
}

#[derive(Debug, Clone, Copy)]
struct Arrival {
    population: usize,
    part: usize,
    neuron: usize,
    contribution: i64,
}

/// What a child leaves on the stack (NC-040).
#[derive(Debug, Clone, Copy)]
struct Handed {
    value: i64,
    flag: bool,
}

impl Oracle {
    /// The network at rest, before step 1.
    ///
    /// # Panics
    /// If the netlist does not pass its check or enables noise: see [`Oracle::with_noise`].
    pub fn new(netlist: &Netlist) -> Oracle {
        let noisy = netlist
            .populations
            .iter()
            .flat_map(|p| &p.compartments)
            .any(|c| c.noise);
        assert!(
            !noisy,
            "a netlist with noise needs a replay table: Oracle::with_noise"
        );
        Oracle::start(netlist, None)
    }

    /// The network at rest, with the random numbers that its noise will draw.
    ///
    /// # Panics
    /// If the netlist does not pass its check.
    pub fn with_noise(netlist: &Netlist, replay: NoiseReplay) -> Oracle {
        Oracle::start(netlist, Some(replay))
    }

    fn start(netlist: &Netlist, noise: Option<NoiseReplay>) -> Oracle {
        let findings = netlist.check();
        assert!(
            findings.is_empty(),
            "the oracle runs checked netlists only: {findings:?}"
        );
        let cells = netlist.populations.iter().map(|population| {
            let size = population.size as usize;
            population
                .compartments
                .iter()
                .map(|c| (0..size).map(|n| at_rest(c, n)).collect())
                .collect()
        });
        let none = vec![false; netlist.populations.len()];
        let mut oracle = Oracle {
            managed: Managed {
                frozen: none.clone(),
                lost: none,
            },
            wirings: netlist
                .projections
                .iter()
                .map(|p| Wiring::of(netlist, p))
                .collect(),
            noise,
            step: 0,
            cells: cells.collect(),
            spiked: Vec::new(),
            pending: BTreeMap::new(),
            netlist: netlist.clone(),
        };
        oracle.manage(0);
        oracle
    }

    /// The synapses of a projection by source neuron: what a learning rule may change.
    pub fn synapses(&mut self, projection: usize) -> &mut Vec<Vec<synapses::Synapse>> {
        &mut self.wirings[projection].of_source
    }

    /// Runs one step. `host_spikes` are (index of the input, neuron) of the spikes that the host
    /// emitted in the step before this one; each entry is one spike, a repeated entry two.
    pub fn step(&mut self, host_spikes: &[(usize, u32)]) -> StepRecord {
        self.step += 1;
        let mut counts = Counts::default();
        for (population, part, neuron) in std::mem::take(&mut self.spiked) {
            self.deliver(Resolved::Compartment(population, part), neuron, &mut counts);
        }
        // spikes of the host were not on their way when something was cleared
        self.managed.lost.fill(false);
        for &(input, neuron) in host_spikes {
            self.deliver(Resolved::Input(input), neuron as usize, &mut counts);
        }
        self.put_off();
        let sums = self.read_accumulators();
        for (population, sums) in sums.iter().enumerate() {
            if self.managed.frozen[population] {
                continue;
            }
            for neuron in 0..self.netlist.populations[population].size as usize {
                self.update_neuron(population, neuron, sums, &mut counts);
            }
        }
        let record = StepRecord {
            step: self.step,
            cells: self.cells.clone(),
            counts,
        };
        self.manage(self.step);
        record
    }

    /// A spike emitted in the last step walks all its synapses (NC-050, NC-026, NC-027).
    fn deliver(&mut self, source: Resolved, neuron: usize, counts: &mut Counts) {
        for wiring in self.wirings.iter().filter(|w| w.source == source) {
            let (population, part) = wiring.target;
            if self.managed.lost[population] {
                continue;
            }
            for synapse in &wiring.of_source[neuron] {
                counts.synaptic_operations += u64::from(synapse.contribution != 0);
                let mut arrive = |delay: u64, contribution: i64| {
                    let arrival = Arrival {
                        population,
                        part,
                        neuron: synapse.target,
                        contribution,
                    };
                    self.pending
                        .entry(self.step + delay)
                        .or_default()
                        .push(arrival);
                };
                if wiring.boxed {
                    arrive(0, synapse.contribution);
                    arrive(synapse.delay, -synapse.contribution);
                } else {
                    arrive(synapse.delay, synapse.contribution);
                }
            }
        }
    }

    /// Sums of what is read in this step, before noise and wrap.
    fn read_accumulators(&mut self) -> Vec<Vec<Vec<i64>>> {
        let mut sums: Vec<Vec<Vec<i64>>> = self
            .cells
            .iter()
            .map(|parts| parts.iter().map(|cells| vec![0; cells.len()]).collect())
            .collect();
        for arrival in self.pending.remove(&self.step).unwrap_or_default() {
            sums[arrival.population][arrival.part][arrival.neuron] += arrival.contribution;
        }
        sums
    }

    /// All compartments of one neuron in index order, with the neuron's own stack (NC-040).
    fn update_neuron(
        &mut self,
        population: usize,
        neuron: usize,
        sums: &[Vec<i64>],
        counts: &mut Counts,
    ) {
        let parts = &self.netlist.populations[population].compartments;
        let is_child = |name: &String| parts.iter().any(|c| c.children.contains(name));
        let core = &self.netlist.populations[population].core;
        let mut stack: Vec<Handed> = Vec::new();
        for (part, compartment) in parts.iter().enumerate() {
            let b = if compartment.children.len() > 1 {
                stack.pop()
            } else {
                None
            };
            let a = if compartment.children.is_empty() {
                None
            } else {
                stack.pop()
            };
            assert_eq!(
                a.iter().chain(&b).count(),
                compartment.children.len(),
                "stack of {}",
                compartment.name
            );
            let drawn = match &self.noise {
                Some(replay) if compartment.noise => {
                    let r = replay[self.step as usize - 1][population][part][neuron];
                    noise(r, core.noise_mantissa, core.noise_exponent)
                }
                _ => 0,
            };
            let update = Update {
                netlist: &self.netlist,
                population,
                part,
                neuron,
                a,
                b,
                noise: drawn,
            };
            let before = self.cells[population][part][neuron];
            let after = update.run(before, sums[part][neuron], counts);
            self.cells[population][part][neuron] = after;
            if after.spiked {
                self.spiked.push((population, part, neuron));
            }
            if is_child(&compartment.name) {
                let value = match compartment.passes {
                    Passed::Voltage => after.v,
                    Passed::Current => after.u,
                };
                stack.push(Handed {
                    value,
                    flag: after.flag,
                });
            }
        }
        assert!(stack.is_empty(), "a value was left on the stack");
    }
}

fn at_rest(compartment: &Compartment, neuron: usize) -> Cell {
    let v = i64::from(compartment.initial_voltage.get(neuron));
    Cell {
        u: compartment.initial_current.get(neuron).into(),
        v,
        voltage_hardware: v,
        ..Cell::default()
    }
}

/// One update of one compartment: everything it depends on but its own state.
struct Update<'a> {
    netlist: &'a Netlist,
    population: usize,
    part: usize,
    neuron: usize,
    a: Option<Handed>,
    b: Option<Handed>,
    noise: i64,
}

impl Update<'_> {
    /// The page "One step" of the contract, line by line.
    fn run(&self, before: Cell, sum: i64, counts: &mut Counts) -> Cell {
        let core = &self.netlist.populations[self.population].core;
        let own = &self.netlist.populations[self.population].compartments[self.part];
        let n = self.neuron;
        let (at_dendrite, at_membrane) = match core.noise_target {
            NoiseTarget::Dendrite => (self.noise, 0),
            NoiseTarget::Membrane => (0, self.noise),
        };
        let q = counted_wrap(sum + at_dendrite, 22, &mut counts.q_wraps);
        let current_decay = i64::from(own.current_decay.get(n)) + i64::from(core.ds_offset);
        let u = counted_wrap(
            decayed(before.u, current_decay) + q,
            24,
            &mut counts.u_wraps,
        );
        let bias = i64::from(own.bias_mantissa.get(n)) * 2i64.pow(own.bias_exponent.get(n).into());
        let input = self.joined(own.join, u + bias + at_membrane);

        let held = before.refractory > 0;
        let mut after = Cell {
            u,
            q,
            ..Cell::default()
        };
        if held {
            after.refractory = before.refractory - 1;
        } else {
            let voltage_decay = i64::from(own.voltage_decay.get(n)) + i64::from(core.dm_offset);
            let free = decayed(before.v, voltage_decay) + input;
            after.v = free.clamp(v_min(core.v_min_exponent), v_max(core.v_max_exponent));
            counts.v_clips += u64::from(after.v != free);
        }
        let threshold = i64::from(own.threshold_mantissa.get(n)) * 64;
        after.flag = after.v > threshold;
        match own.threshold_mode {
            ThresholdMode::SpikeAndReset => {
                after.spiked = !held && self.spikes(own.join, after.flag)
            }
            ThresholdMode::PassToParent => {}
            ThresholdMode::Saturate => after.v = after.v.min(threshold),
        }
        let steps = i64::from(own.refractory_steps.get(n));
        if after.spiked {
            after.v = 0;
            after.refractory = steps - 1;
        }
        // NC-014: the register counts the steps since the spike, from refractory_steps * 128 on.
        after.voltage_hardware = match (after.spiked, held) {
            (true, _) => 128 * steps,
            (false, true) => 128 * steps + (steps - before.refractory),
            (false, false) => after.v,
        };
        counts.spikes += u64::from(after.spiked);
        let active =
            after.q != 0 || after.u != 0 || after.v != 0 || after.refractory != 0 || after.spiked;
        counts.neuron_updates_active += u64::from(active);
        counts.neuron_updates_inactive += u64::from(!active);
        after
    }

    /// I after the join (NC-041, NC-042, NC-043).
    fn joined(&self, join: Join, own: i64) -> i64 {
        let popped = || self.a.iter().chain(&self.b).map(|handed| handed.value);
        match join {
            Join::None | Join::Or | Join::And => own,
            Join::Add => own + popped().sum::<i64>(),
            Join::Max => popped().fold(own, i64::max),
            Join::Min => popped().fold(own, i64::min),
            Join::Pass => self.gated(own, true),
            Join::Block => self.gated(own, false),
        }
    }

    /// NC-043: B's value, or without B the own input, if A's flag is `wanted`; else 0.
    fn gated(&self, own: i64, wanted: bool) -> i64 {
        let open = self.a.expect("a join has a child").flag == wanted;
        let value = self.b.map_or(own, |b| b.value);
        if open { value } else { 0 }
    }

    /// The spike test outside the hold (NC-011, NC-044).
    fn spikes(&self, join: Join, own: bool) -> bool {
        let mut flags = self.a.iter().chain(&self.b).map(|handed| handed.flag);
        match join {
            Join::Or => own || flags.any(|flag| flag),
            Join::And => own && flags.all(|flag| flag),
            _ => own,
        }
    }
}

fn counted_wrap(x: i64, bits: u32, count: &mut u64) -> i64 {
    let y = wrapped(x, bits);
    *count += u64::from(y != x);
    y
}
