//! Partition and location of a network as a file that can be exported, edited and imported.

use crate::partition::{Partition, shared_settings};
use crate::plan::{CorePlan, NeuronRun};
use seamount_network::netlist::{Netlist, NetlistNames};
use seamount_spec::{Board, CoreLocation};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the JSON form.
pub const PLACEMENT_VERSION: u32 = 1;
/// The `format` field of the JSON form.
pub const PLACEMENT_FORMAT: &str = "seamount-placement";

/// Partition and locations of a network: the neurons of each core, and where the core is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Always `seamount-placement`.
    pub format: String,
    /// Version of the form, [`PLACEMENT_VERSION`].
    pub version: u32,
    /// Preset of the board it was made for; for information.
    #[serde(default)]
    pub board: String,
    /// The cores in use, in the order of the image.
    pub cores: Vec<PlacedCore>,
}

/// One core in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedCore {
    /// Chip number.
    pub chip: u16,
    /// Core number on the chip.
    pub core: u16,
    /// Neurons of the core, in the order of their compartments.
    pub slices: Vec<PlacedSlice>,
}

/// A run of neurons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedSlice {
    /// Name of the population.
    pub population: String,
    /// First neuron of the run.
    pub first_neuron: u32,
    /// Number of neurons, at least 1.
    pub neurons: u32,
}

/// One thing wrong with a placement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacementProblem {
    /// Another file format or version.
    #[error(
        "is '{format}' version {version}, wanted '{PLACEMENT_FORMAT}' version {PLACEMENT_VERSION}"
    )]
    Version {
        /// Format found.
        format: String,
        /// Version found.
        version: u32,
    },
    /// A population that the network does not have.
    #[error("core {core}: no population '{population}'")]
    UnknownPopulation {
        /// Index of the core in the placement.
        core: usize,
        /// Name that the placement gives.
        population: String,
    },
    /// A run that is empty or leaves its population.
    #[error(
        "core {core}: neurons {first_neuron} + {neurons} leave population '{population}' of {size}"
    )]
    Range {
        /// Index of the core in the placement.
        core: usize,
        /// Name of the population.
        population: String,
        /// First neuron of the run.
        first_neuron: u32,
        /// Number of neurons.
        neurons: u32,
        /// Size of the population.
        size: u32,
    },
    /// A core without neurons.
    #[error("core {core} has no neurons")]
    Empty {
        /// Index of the core in the placement.
        core: usize,
    },
    /// Neurons that are placed nowhere.
    #[error("population '{population}': neurons {first}..={last} are placed nowhere")]
    Missing {
        /// Name of the population.
        population: String,
        /// First neuron.
        first: u32,
        /// Last neuron.
        last: u32,
    },
    /// Neurons that are placed more than once.
    #[error("population '{population}': neurons from {first} on are placed twice")]
    Twice {
        /// Name of the population.
        population: String,
        /// First neuron.
        first: u32,
    },
    /// A location that does not exist.
    #[error("core {core}: chip {chip} core {number} is not on the board")]
    OffBoard {
        /// Index of the core in the placement.
        core: usize,
        /// Chip number.
        chip: u16,
        /// Core number.
        number: u16,
    },
    /// A location used before.
    #[error("core {core}: chip {chip} core {number} is used twice")]
    LocationTwice {
        /// Index of the core in the placement.
        core: usize,
        /// Chip number.
        chip: u16,
        /// Core number.
        number: u16,
    },
    /// Populations that share a core and learn in different epochs, or by too many rules.
    #[error(
        "core {core}: its populations learn in different epochs, or need more rules, reward channels or pre-trace configurations than a core has"
    )]
    Learning {
        /// Index of the core in the placement.
        core: usize,
    },
    /// Populations that share a core, and to which different acts of management are done.
    #[error("core {core}: '{first}' and '{second}' are named by different acts of management")]
    Management {
        /// Index of the core in the placement.
        core: usize,
        /// Name of one population.
        first: String,
        /// Name of the other population.
        second: String,
    },
    /// Populations that need different registers of the core they share.
    #[error("core {core}: '{first}' and '{second}' have different core settings")]
    Settings {
        /// Index of the core in the placement.
        core: usize,
        /// Name of one population.
        first: String,
        /// Name of the other population.
        second: String,
    },
}

impl Placement {
    /// The placement of a layout.
    pub(crate) fn of(
        netlist: &Netlist,
        board: &Board,
        layout: &Partition,
        at: &[CoreLocation],
    ) -> Self {
        let slice = |run: &NeuronRun| PlacedSlice {
            population: netlist.populations[run.population as usize].name.clone(),
            first_neuron: run.first_neuron,
            neurons: run.neurons,
        };
        let cores = layout.cores.iter().zip(at).map(|(plan, at)| PlacedCore {
            chip: at.chip,
            core: at.core,
            slices: plan.iter().map(slice).collect(),
        });
        Placement {
            format: PLACEMENT_FORMAT.into(),
            version: PLACEMENT_VERSION,
            board: board.name.clone(),
            cores: cores.collect(),
        }
    }

    /// The JSON form.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data")
    }

    /// Reads the JSON form.
    pub fn from_json(text: &str) -> Result<Placement, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// Plans and locations of the cores, or everything that does not suit.
    pub(crate) fn resolve(
        &self,
        netlist: &Netlist,
        board: &Board,
    ) -> Result<ResolvedPlacement, Vec<PlacementProblem>> {
        let mut problems = vec![];
        if self.format != PLACEMENT_FORMAT || self.version != PLACEMENT_VERSION {
            problems.push(PlacementProblem::Version {
                format: self.format.clone(),
                version: self.version,
            });
        }
        let mut used = BTreeSet::new();
        let mut plans = vec![];
        let mut locations = vec![];
        let names = netlist.names();
        for (core, placed) in self.cores.iter().enumerate() {
            let at = CoreLocation {
                chip: placed.chip,
                core: placed.core,
            };
            let chip = placed.chip;
            let number = placed.core;
            if !board.holds(at) {
                problems.push(PlacementProblem::OffBoard { core, chip, number });
            }
            if !used.insert(at) {
                problems.push(PlacementProblem::LocationTwice { core, chip, number });
            }
            if placed.slices.is_empty() {
                problems.push(PlacementProblem::Empty { core });
            }
            plans.push(plan(netlist, &names, core, placed, &mut problems));
            locations.push(at);
        }
        coverage(netlist, &plans, &mut problems);
        if problems.is_empty() {
            Ok(ResolvedPlacement { plans, locations })
        } else {
            Err(problems)
        }
    }
}

/// A placement that suits a network and a board.
pub(crate) struct ResolvedPlacement {
    pub plans: Vec<CorePlan>,
    pub locations: Vec<CoreLocation>,
}

fn plan(
    netlist: &Netlist,
    names: &NetlistNames<'_>,
    core: usize,
    placed: &PlacedCore,
    problems: &mut Vec<PlacementProblem>,
) -> CorePlan {
    let mut plan: CorePlan = vec![];
    for slice in &placed.slices {
        let name = slice.population.clone();
        let Some(index) = names.population(&name) else {
            problems.push(PlacementProblem::UnknownPopulation {
                core,
                population: name,
            });
            continue;
        };
        let population = &netlist.populations[index];
        let first_neuron = slice.first_neuron;
        let neurons = slice.neurons;
        let size = population.size;
        if neurons == 0
            || first_neuron
                .checked_add(neurons)
                .is_none_or(|end| end > size)
        {
            problems.push(PlacementProblem::Range {
                core,
                population: name,
                first_neuron,
                neurons,
                size,
            });
            continue;
        }
        if let Some(run) = plan.first() {
            let other = &netlist.populations[run.population as usize];
            let bits = (other.core.delay_bits, population.core.delay_bits);
            let clash = matches!(bits, (Some(a), Some(b)) if a != b);
            if clash || shared_settings(other.core) != shared_settings(population.core) {
                problems.push(PlacementProblem::Settings {
                    core,
                    first: other.name.clone(),
                    second: name,
                });
            }
        }
        plan.push(NeuronRun {
            population: index as u32,
            first_neuron,
            neurons,
            first_compartment: 0,
        });
    }
    plan
}

/// Every neuron must be placed once.
fn coverage(netlist: &Netlist, plans: &[CorePlan], problems: &mut Vec<PlacementProblem>) {
    let mut runs: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for run in plans.iter().flatten() {
        runs.entry(run.population)
            .or_default()
            .push((run.first_neuron, run.first_neuron + run.neurons));
    }
    for (index, population) in (0u32..).zip(&netlist.populations) {
        let mut of = runs.remove(&index).unwrap_or_default();
        // an empty run at the end shows what is missing behind the last one
        of.sort_unstable();
        of.push((population.size, population.size));
        let mut next = 0;
        for (start, end) in of {
            let name = || population.name.clone();
            if start > next {
                problems.push(PlacementProblem::Missing {
                    population: name(),
                    first: next,
                    last: start - 1,
                });
            } else if start < next {
                problems.push(PlacementProblem::Twice {
                    population: name(),
                    first: start,
                });
            }
            next = next.max(end);
        }
    }
}
