//! Compartments of the netlist as words and profiles of a core.

use crate::acts::PopulationActs;
use crate::plan::CorePlan;
use seamount_image as image;
use seamount_image::{CompartmentProfile, CompartmentWord, InitialState};
use seamount_network::netlist::{Compartment, Netlist, Passed, Population};
use std::collections::BTreeMap;

/// The compartments of a population with what each pushes.
pub(crate) struct PopulationShapes<'a> {
    parts: Vec<(&'a Compartment, image::Push)>,
}

impl<'a> PopulationShapes<'a> {
    pub(crate) fn new(population: &'a Population) -> Self {
        let is_child = |name: &String| {
            population
                .compartments
                .iter()
                .any(|c| c.children.contains(name))
        };
        let push = |c: &Compartment| match (is_child(&c.name), c.passes) {
            (false, _) => image::Push::None,
            (true, Passed::Voltage) => image::Push::Voltage,
            (true, Passed::Current) => image::Push::Current,
        };
        PopulationShapes {
            parts: population
                .compartments
                .iter()
                .map(|c| (c, push(c)))
                .collect(),
        }
    }

    /// Profiles of the compartments of one neuron.
    pub(crate) fn profiles(&self, neuron: u32) -> Vec<CompartmentProfile> {
        self.parts
            .iter()
            .map(|(c, push)| profile(c, *push, neuron as usize))
            .collect()
    }

    /// Thresholds of the compartments of one neuron.
    pub(crate) fn thresholds(&self, neuron: u32) -> Vec<u32> {
        self.parts
            .iter()
            .map(|(c, _)| c.threshold_mantissa.get(neuron as usize))
            .collect()
    }
}

fn profile(c: &Compartment, push: image::Push, neuron: usize) -> CompartmentProfile {
    CompartmentProfile {
        current_decay: c.current_decay.get(neuron),
        voltage_decay: c.voltage_decay.get(neuron),
        refractory_steps: c.refractory_steps.get(neuron),
        noise: c.noise,
        mode: c.threshold_mode,
        join: c.join,
        pops: c.children.len() as u8,
        push,
    }
}

/// The compartments of a core, with the tables they refer to.
#[derive(Debug, Default)]
pub(crate) struct CoreCompartments {
    pub(crate) profiles: Vec<CompartmentProfile>,
    pub(crate) thresholds: Vec<u32>,
    pub(crate) words: Vec<CompartmentWord>,
    pub(crate) initial: Vec<InitialState>,
}

/// Number of profiles and thresholds of a core.
pub(crate) fn tables(
    netlist: &Netlist,
    managed: &[PopulationActs],
    plan: &CorePlan,
) -> (usize, usize) {
    let words = words(netlist, managed, plan);
    (words.profiles.len(), words.thresholds.len())
}

/// The compartments of a core; tables are in order of first use. Where management sets registers,
/// each compartment of a population has entries of its own, as nothing else may change with them.
pub(crate) fn words(
    netlist: &Netlist,
    managed: &[PopulationActs],
    plan: &CorePlan,
) -> CoreCompartments {
    let mut out = CoreCompartments::default();
    let mut profiles = BTreeMap::new();
    let mut thresholds = BTreeMap::new();
    for run in plan {
        let shapes = PopulationShapes::new(&netlist.populations[run.population as usize]);
        for neuron in run.first_neuron..run.first_neuron + run.neurons {
            let n = neuron as usize;
            for (part, (c, push)) in shapes.parts.iter().enumerate() {
                let own = managed[run.population as usize]
                    .sets
                    .then_some((run.population, part));
                let u = c.initial_current.get(n);
                let v = c.initial_voltage.get(n);
                if (u, v) != (0, 0) {
                    out.initial.push(InitialState {
                        compartment: out.words.len() as u32,
                        u,
                        v,
                    });
                }
                out.words.push(CompartmentWord {
                    profile: index_of(&mut profiles, &mut out.profiles, own, profile(c, *push, n)),
                    threshold: index_of(
                        &mut thresholds,
                        &mut out.thresholds,
                        own,
                        c.threshold_mantissa.get(n),
                    ),
                    bias_mantissa: c.bias_mantissa.get(n),
                    bias_exponent: c.bias_exponent.get(n),
                });
            }
        }
    }
    out
}

/// Population and part that an entry of a table is kept for; none where equal entries are one.
type OwnEntry = Option<(u32, usize)>;

fn index_of<T: Ord + Copy>(
    known: &mut BTreeMap<(OwnEntry, T), u16>,
    table: &mut Vec<T>,
    own: OwnEntry,
    entry: T,
) -> u16 {
    *known.entry((own, entry)).or_insert_with(|| {
        table.push(entry);
        table.len() as u16 - 1
    })
}
