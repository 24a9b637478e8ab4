//! Projections from their recipes.

use super::dice::Dice;
use super::recipe::{Form, ProjectionRecipe, Recipe, Shape};
use seamount_network::netlist::*;
use std::collections::HashSet;

/// Synapses of a network, so that those of any core fit its memory (NC-023).
const SYNAPSES: u64 = 16_000;
/// Synapses of one projection written out in full.
const SYNAPSES_IN_FULL: u64 = 6_000;
/// Formats of a core (NC-025), less one to spare.
const FORMATS: usize = 14;

/// Adds the projections of the recipe and those that complete AHP neurons.
pub fn add_projections(netlist: &mut Netlist, recipe: &Recipe, dice: &mut Dice) {
    let exponents = exponents(netlist, recipe, dice);
    let mut spare = SYNAPSES;
    for (i, population) in recipe.populations.iter().enumerate() {
        let root_spikes = netlist.populations[i]
            .compartments
            .last()
            .expect("a root")
            .threshold_mode
            == ThresholdMode::SpikeAndReset;
        if matches!(population.shape, Shape::Ahp) && root_spikes && dice.chance(90) {
            let weight = dice.signed(-255, -1) as i32;
            let name = format!("p{i}");
            netlist
                .connect(&name, &format!("{name}.ahp"))
                .one_to_one(weight)
                .weight_exponent(exponents[0]);
        }
    }
    for projection in &recipe.projections {
        let Some((source, target)) = ends(netlist, projection, dice) else {
            continue;
        };
        let from = Endpoint(source);
        let to = Endpoint(target);
        let sizes =
            [&from, &to].map(|e| netlist.size(netlist.resolve(e).expect("drawn from what exists")));
        let boxed = projection.boxed && takes_boxes(netlist, &to);
        let delays = delays(netlist, recipe, &to, dice);
        let format = projection
            .format
            .filter(|_| !recipe.formats.is_empty())
            .map(|i| recipe.formats[i % recipe.formats.len()]);
        let mut draw = Draw {
            recipe: projection,
            sizes,
            delays,
            sign: format.map(|f| f.0),
            lively: recipe.lively,
            dice,
        };
        let connectivity = draw.connectivity(&mut spare);
        let weight_exponent = draw.exponents(&exponents);
        let axons = draw.axons();
        let added = netlist.connect(&from.0, &to.0);
        added.connectivity = connectivity;
        added.weight_exponent = weight_exponent;
        added.box_synapse = boxed;
        added.axons = axons;
        if let Some((sign_mode, weight_bits)) = format {
            added.format(sign_mode, weight_bits);
        }
    }
}

/// Weight exponents of the network: as few as keep any core within its formats.
fn exponents(netlist: &Netlist, recipe: &Recipe, dice: &mut Dice) -> Vec<i8> {
    let boxable = netlist
        .populations
        .iter()
        .any(|p| takes_boxes(netlist, &Endpoint(p.name.clone())));
    let per_exponent = (2 + recipe.formats.len())
        * (1 + usize::from(recipe.delay_bits > 0))
        * (1 + usize::from(boxable));
    let most = (FORMATS / per_exponent).clamp(1, 5) as u64;
    let count = dice.range(1, most);
    let mut one = || match (recipe.lively, dice.below(10)) {
        (_, 0) => 7,
        (true, 1..8) => dice.signed(-2, 2) as i8,
        _ => dice.signed(-8, 7) as i8,
    };
    (0..count).map(|_| one()).collect()
}

/// Endpoints, the root written either way; none if nothing spikes.
fn ends(netlist: &Netlist, recipe: &ProjectionRecipe, dice: &mut Dice) -> Option<(String, String)> {
    let inputs = netlist
        .inputs
        .iter()
        .map(|input| (input.name.clone(), true));
    let parts = netlist.populations.iter().flat_map(|p| {
        let named = move |c: &Compartment| {
            (
                format!("{}.{}", p.name, c.name),
                c.threshold_mode == ThresholdMode::SpikeAndReset,
            )
        };
        p.compartments.iter().map(named).collect::<Vec<_>>()
    });
    let parts: Vec<(String, bool)> = parts.collect();
    let sources: Vec<String> = inputs
        .chain(parts.clone())
        .filter(|(_, spikes)| *spikes)
        .map(|(name, _)| name)
        .collect();
    if sources.is_empty() {
        return None;
    }
    let source = sources[recipe.source % sources.len()].clone();
    let itself = recipe.recurrent && source.contains('.');
    let target = if itself {
        source.clone()
    } else {
        parts[recipe.target % parts.len()].0.clone()
    };
    let mut short = |full: String| {
        let resolved = netlist.resolve(&Endpoint(full.clone()));
        let bare = full.split('.').next().unwrap_or_default().to_string();
        if dice.chance(60) && netlist.resolve(&Endpoint(bare.clone())) == resolved {
            bare
        } else {
            full
        }
    };
    Some((short(source), short(target)))
}

fn takes_boxes(netlist: &Netlist, target: &Endpoint) -> bool {
    let Some(Resolved::Compartment(population, part)) = netlist.resolve(target) else {
        return false;
    };
    let population = &netlist.populations[population];
    !population.core.ds_offset
        && population.compartments[part]
            .current_decay
            .written()
            .iter()
            .all(|d| *d == 0)
}

/// A few delays that the network and the target's core allow (NC-026).
fn delays(netlist: &Netlist, recipe: &Recipe, target: &Endpoint, dice: &mut Dice) -> Vec<u8> {
    let Some(Resolved::Compartment(population, _)) = netlist.resolve(target) else {
        return vec![0];
    };
    if recipe.delay_bits == 0 {
        return vec![0];
    }
    let given = netlist.populations[population]
        .core
        .delay_bits
        .unwrap_or(recipe.delay_bits);
    let most = (1u64 << given.min(recipe.delay_bits)) - 2;
    match dice.below(4) {
        0 => vec![dice.range(0, most) as u8],
        1 => vec![0, most as u8],
        2 => vec![0],
        _ => (0..4).map(|_| dice.range(0, most) as u8).collect(),
    }
}

/// Draws one projection.
struct Draw<'a> {
    recipe: &'a ProjectionRecipe,
    sizes: [u32; 2],
    delays: Vec<u8>,
    sign: Option<SignMode>,
    lively: bool,
    dice: &'a mut Dice,
}

impl Draw<'_> {
    fn connectivity(&mut self, spare: &mut u64) -> Connectivity {
        let [sources, targets] = self.sizes;
        let weights = self.weights();
        let full = u64::from(sources) * u64::from(targets);
        let affordable = full <= SYNAPSES_IN_FULL && full <= *spare / 2;
        let form = match self.recipe.form {
            Form::OneToOne if sources != targets => Form::Pairs,
            Form::Dense | Form::AllToAll if !affordable => Form::Lists,
            form => form,
        };
        let delay = self.delays[0];
        let count = match form {
            Form::Dense | Form::AllToAll => full,
            Form::OneToOne => sources.into(),
            Form::Pairs | Form::Lists => self.dice.range(
                0,
                full.min(3 * u64::from(sources.max(targets)))
                    .min(*spare / 2),
            ),
        };
        *spare -= count.min(*spare);
        match form {
            Form::AllToAll => Connectivity::AllToAll {
                weight: weights[0],
                delay,
            },
            Form::Dense => {
                let density = self.dice.range(10, 100);
                let mut row = || {
                    (0..targets)
                        .map(|_| {
                            if self.dice.chance(density) {
                                self.dice.pick(&weights)
                            } else {
                                0
                            }
                        })
                        .collect()
                };
                Connectivity::Dense {
                    weights: Matrix::Rows((0..sources).map(|_| row()).collect()),
                    delay,
                }
            }
            Form::OneToOne => Connectivity::OneToOne {
                weights: self.values(&weights, count),
                delays: self.delay_values(count),
            },
            Form::Pairs => self.pairs(&weights, count),
            Form::Lists => self.lists(&weights, count),
        }
    }

    fn pairs(&mut self, weights: &[i32], count: u64) -> Connectivity {
        let pairs = self.random_pairs(count);
        let count = pairs.len() as u64;
        Connectivity::Pairs {
            sources: pairs.iter().map(|p| p.0).collect::<Vec<_>>().into(),
            targets: pairs.iter().map(|p| p.1).collect::<Vec<_>>().into(),
            weights: self.values(weights, count),
            delays: self.delay_values(count),
        }
    }

    fn lists(&mut self, weights: &[i32], count: u64) -> Connectivity {
        let mut pairs = self.random_pairs(count);
        pairs.sort_by_key(|pair| pair.0);
        let count = pairs.len() as u64;
        let below = |source: u32| pairs.iter().filter(|pair| pair.0 < source).count() as u64;
        Connectivity::Lists(Edges {
            offsets: (0..=self.sizes[0]).map(below).collect::<Vec<_>>().into(),
            targets: pairs.iter().map(|pair| pair.1).collect::<Vec<_>>().into(),
            weights: self.values(weights, count),
            delays: self.delay_values(count),
        })
    }

    /// Pairs in any order; with duplicates some are there twice or more.
    fn random_pairs(&mut self, count: u64) -> Vec<(u32, u32)> {
        let [sources, targets] = self.sizes.map(u64::from);
        let mut seen = HashSet::new();
        let mut pairs: Vec<(u32, u32)> = vec![];
        for _ in 0..count {
            let drawn = (
                self.dice.below(sources) as u32,
                self.dice.below(targets) as u32,
            );
            let again = self.recipe.duplicates && !pairs.is_empty() && self.dice.chance(30);
            let pair = if again { self.dice.pick(&pairs) } else { drawn };
            if seen.insert(pair) || self.recipe.duplicates {
                pairs.push(pair);
            }
        }
        pairs
    }

    /// A few weights within the sign mode; edge values among them.
    fn weights(&mut self) -> Vec<i32> {
        let (low, high) = match self.sign {
            None | Some(SignMode::Mixed) => (-256, 255),
            Some(SignMode::Excitatory) => (0, 255),
            Some(SignMode::Inhibitory) => (-255, 0),
        };
        let count = self.dice.range(1, 6);
        let mut one = || match self.dice.below(10) {
            0 => self
                .dice
                .pick(&[-256, -255, -254, -2, -1, 0, 1, 2, 254, 255]),
            1..8 if self.lively => self.dice.signed(20, 255),
            _ => self.dice.signed(low, high),
        };
        (0..count).map(|_| one().clamp(low, high) as i32).collect()
    }

    fn values<T: Copy>(&mut self, choices: &[T], count: u64) -> Values<T> {
        if self.dice.chance(30) {
            return Values::Shared(choices[0]);
        }
        (0..count)
            .map(|_| self.dice.pick(choices))
            .collect::<Vec<_>>()
            .into()
    }

    fn delay_values(&mut self, count: u64) -> Values<u8> {
        let choices = self.delays.clone();
        self.values(&choices, count)
    }

    fn exponents(&mut self, choices: &[i8]) -> Values<i8> {
        let first = self.dice.pick(choices);
        self.values(
            &[
                first,
                choices[0],
                *choices.last().expect("at least one exponent"),
            ],
            self.sizes[1].into(),
        )
    }

    fn axons(&mut self) -> Axons {
        let sources = u64::from(self.sizes[0]);
        let together = self.dice.range(1, sources.min(12));
        let stride = self.dice.range(1, 2);
        let shift = self.dice.below(3);
        let blocks = together.is_multiple_of(2);
        let stripes = sources.div_ceil(together);
        let group = |i: u64| if blocks { i / together } else { i % stripes };
        let atom = |i: u64| if blocks { i % together } else { i / stripes };
        let groups = Groups {
            group: (0..sources)
                .map(|i| group(i) as u32)
                .collect::<Vec<_>>()
                .into(),
            atom: (0..sources)
                .map(|i| (atom(i) * stride + shift) as u16)
                .collect::<Vec<_>>()
                .into(),
        };
        match self.recipe.axons {
            0 => Axons::Discrete,
            1 => Axons::Pop16(groups),
            _ => Axons::Pop32(groups),
        }
    }
}
