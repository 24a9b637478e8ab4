//! Partition: which neurons share a core, by what can be counted without encoding a synapse.

use crate::acts::PopulationActs;
use crate::compartment;
use crate::learn::population::PopulationLearning;
use crate::plan::{CorePlan, NeuronRun};
use crate::totals::SynapseTotals;
use seamount_image::CompartmentProfile;
use seamount_image::limits::ACCUMULATORS_MAX;
use seamount_network::netlist::{CoreSettings, Netlist};
use seamount_spec::CoreLimits;
use std::collections::BTreeSet;

/// Compartments a core can have whatever its limits: index fields have 12 bits (NC-025), 13 on the
/// Loihi 2 class (MC-038).
pub(crate) const COMPARTMENTS_MAX: u32 = 1 << 13;

/// All cores, and where each population lies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Partition {
    pub(crate) cores: Vec<CorePlan>,
    /// Per population (core, run), by first neuron.
    places: Vec<Vec<(u32, NeuronRun)>>,
}

impl Partition {
    /// Indexes the plans of cores; `first_compartment` of every run is set here.
    pub(crate) fn new(netlist: &Netlist, mut cores: Vec<CorePlan>) -> Self {
        let mut places = vec![vec![]; netlist.populations.len()];
        for (core, plan) in (0..).zip(&mut cores) {
            let mut next = 0;
            for run in plan {
                run.first_compartment = next;
                next += run.neurons * parts(netlist, run.population);
                places[run.population as usize].push((core, *run));
            }
        }
        places
            .iter_mut()
            .for_each(|p: &mut Vec<(u32, NeuronRun)>| p.sort_by_key(|(_, run)| run.first_neuron));
        Partition { cores, places }
    }

    /// The runs of a population with their cores, in neuron order.
    pub(crate) fn runs(&self, population: usize) -> &[(u32, NeuronRun)] {
        &self.places[population]
    }

    /// The run of a population that holds a neuron, with its core.
    pub(crate) fn find(&self, population: usize, neuron: u32) -> (u32, NeuronRun) {
        let runs = &self.places[population];
        runs[runs.partition_point(|(_, run)| run.first_neuron <= neuron) - 1]
    }
}

/// Compartments of one neuron.
pub(crate) fn parts(netlist: &Netlist, population: u32) -> u32 {
    netlist.populations[population as usize].compartments.len() as u32
}

/// Compartments of one core.
pub(crate) fn compartments(netlist: &Netlist, plan: &[NeuronRun]) -> u32 {
    plan.iter()
        .map(|run| run.neurons * parts(netlist, run.population))
        .sum()
}

/// Fewest delay bits, 3..=6, that hold a delay of so many steps (NC-026).
pub(crate) fn delay_bits_for(delay: u8) -> u8 {
    (3..=6).find(|bits| delay <= delay_max(*bits)).unwrap_or(6)
}

/// Largest delay, steps, that so many delay bits hold (NC-026).
pub(crate) fn delay_max(bits: u8) -> u8 {
    (1 << bits) - 2
}

/// Delay bits of a core: as given by one of its populations, or the fewest that suffice.
pub(crate) fn delay_bits(netlist: &Netlist, plan: &[NeuronRun], totals: &SynapseTotals) -> u8 {
    let given = plan
        .iter()
        .find_map(|run| netlist.populations[run.population as usize].core.delay_bits);
    given.unwrap_or_else(|| delay_bits_for(latest(plan, totals)))
}

/// Largest delay that arrives at a core.
pub(crate) fn latest(plan: &[NeuronRun], totals: &SynapseTotals) -> u8 {
    let of = |run: &NeuronRun| {
        let delays = &totals.delay_max[run.population as usize];
        let range = run.first_neuron as usize..(run.first_neuron + run.neurons) as usize;
        delays[range].iter().copied().max().unwrap_or(0)
    };
    plan.iter().map(of).max().unwrap_or(0)
}

/// Settings that must be equal on a core, delay bits apart.
pub(crate) fn shared_settings(settings: CoreSettings) -> CoreSettings {
    CoreSettings {
        delay_bits: None,
        ..settings
    }
}

/// Fills cores greedily in the order of populations and neurons; unless limits are enforced, only
/// the number of compartments opens a new core.
///
/// The order of the network is kept because neighbours in a population mostly share sources: their
/// lists then lie on one core and share axons.
pub(crate) fn fill(
    netlist: &Netlist,
    totals: &SynapseTotals,
    limits: &CoreLimits,
    enforce: bool,
) -> Vec<CorePlan> {
    let mut done = vec![];
    let mut open = CoreFilling::default();
    for (index, population) in (0u32..).zip(&netlist.populations) {
        let shapes = compartment::PopulationShapes::new(population);
        for neuron in 0..population.size {
            // a delay that the population's own bits cannot hold is reported later
            let held = population.core.delay_bits.map_or(u8::MAX, delay_max);
            let delay = totals.delay_max[index as usize][neuron as usize].min(held);
            let needs = NeuronNeeds {
                settings: population.core,
                delay,
                compartments: population.compartments.len() as u32,
                profiles: shapes.profiles(neuron),
                thresholds: shapes.thresholds(neuron),
                learning: &totals.learning[index as usize],
                managed: &totals.managed[index as usize],
            };
            if !open.takes(&needs, limits, enforce) {
                done.push(std::mem::take(&mut open).plan);
            }
            open.add(index, neuron, needs);
        }
    }
    if !open.plan.is_empty() {
        done.push(open.plan);
    }
    done
}

struct NeuronNeeds<'a> {
    settings: CoreSettings,
    delay: u8,
    compartments: u32,
    profiles: Vec<CompartmentProfile>,
    thresholds: Vec<u32>,
    learning: &'a PopulationLearning,
    managed: &'a PopulationActs,
}

#[derive(Default)]
struct CoreFilling {
    plan: CorePlan,
    settings: Option<CoreSettings>,
    delay: u8,
    compartments: u32,
    profiles: BTreeSet<CompartmentProfile>,
    thresholds: BTreeSet<u32>,
    learning: PopulationLearning,
    managed: PopulationActs,
}

impl CoreFilling {
    fn takes(&self, needs: &NeuronNeeds, limits: &CoreLimits, enforce: bool) -> bool {
        let Some(settings) = self.settings else {
            return true;
        };
        if shared_settings(settings) != shared_settings(needs.settings) {
            return false;
        }
        if !self.learning.suits(needs.learning, enforce) || self.managed != *needs.managed {
            return false;
        }
        let compartments = self.compartments + needs.compartments;
        if compartments > limits.compartments.min(COMPARTMENTS_MAX) {
            return false;
        }
        let delay = self.delay.max(needs.delay);
        let bits = match (settings.delay_bits, needs.settings.delay_bits) {
            (Some(a), Some(b)) if a != b => return false,
            (Some(bits), _) | (_, Some(bits)) if delay > delay_max(bits) => return false,
            (Some(bits), _) | (_, Some(bits)) => bits,
            (None, None) => delay_bits_for(delay),
        };
        // the emulator's own limit holds whether limits are enforced or not
        if u64::from(compartments) << bits > ACCUMULATORS_MAX {
            return false;
        }
        if !enforce {
            return true;
        }
        compartments << bits <= limits.accumulators
            && with(&self.profiles, &needs.profiles) <= limits.compartment_profiles as usize
            && with(&self.thresholds, &needs.thresholds) <= limits.threshold_profiles as usize
    }

    fn add(&mut self, population: u32, neuron: u32, needs: NeuronNeeds) {
        match self.plan.last_mut() {
            Some(run) if run.population == population => run.neurons += 1,
            _ => self.plan.push(NeuronRun {
                population,
                first_neuron: neuron,
                neurons: 1,
                first_compartment: 0,
            }),
        }
        let given = self
            .settings
            .and_then(|s| s.delay_bits)
            .or(needs.settings.delay_bits);
        self.settings = Some(CoreSettings {
            delay_bits: given,
            ..needs.settings
        });
        self.delay = self.delay.max(needs.delay);
        self.compartments += needs.compartments;
        self.profiles.extend(needs.profiles);
        self.thresholds.extend(needs.thresholds);
        // all neurons of a population ask the same of learning: once for each run is enough
        if self.plan.last().is_some_and(|run| run.neurons == 1) {
            self.learning.add(needs.learning);
            self.managed = needs.managed.clone();
        }
    }
}

/// Size of a set with some elements added.
fn with<T: Ord>(set: &BTreeSet<T>, more: &[T]) -> usize {
    let fresh: BTreeSet<&T> = more.iter().filter(|x| !set.contains(x)).collect();
    set.len() + fresh.len()
}
