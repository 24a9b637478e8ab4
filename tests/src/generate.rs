//! Random valid netlists with input spikes, as proptest strategies.
//!
//! A [`recipe::Recipe`] holds independent small choices and shrinks part by part; building it into
//! a [`Case`] is a pure function that bends every choice until the netlist is valid and within what
//! one core offers of shared things (8 thresholds, 32 profiles, 15 formats, synapse memory).

pub mod dice;
mod neurons;
pub mod recipe;
mod wires;

use crate::oracle::{NoiseReplay, Oracle, StepRecord};
use dice::Dice;
use proptest::strategy::Strategy;
use recipe::Recipe;
use seamount_network::netlist::Netlist;
use std::fmt;

/// Which networks are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Compartments with noise may occur; the case then carries the numbers they draw.
    pub noise: bool,
    /// Some populations have up to 150 neurons instead of 12.
    pub large: bool,
    /// A population may have more compartments than fit one core at its delay bits (NC-026).
    pub split: bool,
}

/// A spike of the host: emitted in `step` (0 is the first), read in step + 1 + delay (NC-050).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Step of emission.
    pub step: u64,
    /// Index into [`Netlist::inputs`].
    pub input: usize,
    /// Neuron of the input.
    pub neuron: u32,
}

/// A network, what is injected into it, and for how long it runs.
#[derive(Clone, PartialEq)]
pub struct Case {
    /// The network; its check finds nothing.
    pub netlist: Netlist,
    /// Steps to run.
    pub steps: u64,
    /// Input spikes, in order, none twice.
    pub events: Vec<Event>,
    /// What the noise draws, if any compartment has noise.
    pub noise: Option<NoiseReplay>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events: Vec<_> = self
            .events
            .iter()
            .map(|e| (e.step, e.input, e.neuron))
            .collect();
        writeln!(
            f,
            "{} steps, noise: {}, events {events:?}",
            self.steps,
            self.noise.is_some()
        )?;
        f.write_str(&self.netlist.to_json())
    }
}

impl Case {
    /// (input, neuron) of the spikes that the host emitted in `step`.
    pub fn emitted_in(&self, step: u64) -> Vec<(usize, u32)> {
        self.events
            .iter()
            .filter(|e| e.step == step)
            .map(|e| (e.input, e.neuron))
            .collect()
    }

    /// The oracle at the start of this case.
    pub fn oracle(&self) -> Oracle {
        match &self.noise {
            Some(replay) => Oracle::with_noise(&self.netlist, replay.clone()),
            None => Oracle::new(&self.netlist),
        }
    }

    /// Every step of the case as the oracle has it; element k is step k + 1.
    pub fn run(&self) -> Vec<StepRecord> {
        let mut oracle = self.oracle();
        (0..self.steps)
            .map(|emitted| oracle.step(&self.emitted_in(emitted)))
            .collect()
    }
}

/// Random cases.
pub fn cases(options: Options) -> impl Strategy<Value = Case> {
    recipe::recipes(options).prop_map(move |recipe| build(&recipe, options))
}

/// The case that a recipe describes.
///
/// # Panics
/// If the netlist does not pass its check: an error of this generator.
pub fn build(recipe: &Recipe, options: Options) -> Case {
    let mut dice = Dice::new(recipe.dice);
    let mut netlist = Netlist::new("random");
    for (i, size) in recipe.inputs.iter().enumerate() {
        netlist.input(&format!("in{i}"), *size);
    }
    neurons::add_populations(&mut netlist, recipe, options, &mut dice);
    wires::add_projections(&mut netlist, recipe, &mut dice);
    let findings = netlist.check();
    assert!(
        findings.is_empty(),
        "the generator made an invalid netlist: {findings:#?}\n{recipe:#?}"
    );
    let events = events(recipe, &mut dice);
    let noise = replay(&netlist, recipe.steps, &mut dice);
    Case {
        netlist,
        steps: recipe.steps,
        events,
        noise,
    }
}

fn events(recipe: &Recipe, dice: &mut Dice) -> Vec<Event> {
    let rates: Vec<u64> = recipe
        .inputs
        .iter()
        .map(|_| {
            if recipe.lively {
                dice.range(10, 70)
            } else {
                dice.range(1, 40)
            }
        })
        .collect();
    let mut events = Vec::new();
    for step in 0..recipe.steps {
        for (input, size) in recipe.inputs.iter().enumerate() {
            events.extend(
                (0..*size)
                    .filter(|_| dice.chance(rates[input]))
                    .map(|neuron| Event {
                        step,
                        input,
                        neuron,
                    }),
            );
        }
    }
    events
}

fn replay(netlist: &Netlist, steps: u64, dice: &mut Dice) -> Option<NoiseReplay> {
    let noisy = netlist
        .populations
        .iter()
        .flat_map(|p| &p.compartments)
        .any(|c| c.noise);
    noisy.then(|| {
        let mut draw = |size: u32| (0..size).map(|_| dice.below(256) as u8).collect::<Vec<_>>();
        let mut of_step = || {
            let parts = netlist
                .populations
                .iter()
                .map(|p| p.compartments.iter().map(|_| draw(p.size)).collect());
            parts.collect()
        };
        (0..steps).map(|_| of_step()).collect()
    })
}
