//! What is drawn: independent choices that proptest can shrink one by one.

use super::Options;
use proptest::collection::vec;
use proptest::prelude::*;
use seamount_network::netlist::SignMode;

/// All choices of a case.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// Tuned for many spikes: low thresholds, mostly excitatory weights, busy inputs.
    pub lively: bool,
    /// Steps to run.
    pub steps: u64,
    /// 0: no delays; else the largest delay is 2^bits - 2 (NC-026).
    pub delay_bits: u8,
    /// Sizes of the inputs.
    pub inputs: Vec<u32>,
    /// The populations.
    pub populations: Vec<PopulationRecipe>,
    /// The projections, besides those of AHP neurons.
    pub projections: Vec<ProjectionRecipe>,
    /// Formats that projections can name.
    pub formats: Vec<(SignMode, u8)>,
    /// Seed of everything else.
    pub dice: u64,
}

/// Choices for a population.
#[derive(Debug, Clone)]
pub struct PopulationRecipe {
    /// Neurons.
    pub size: u32,
    /// Compartments of a neuron.
    pub shape: Shape,
    /// Classes of neurons that differ in their profile, at least 1; fewer if they do not fit.
    pub classes: usize,
    /// Has core settings of its own.
    pub own_core: bool,
    /// Takes box synapses: no current decay, no ds_offset (NC-027).
    pub boxable: bool,
}

/// Compartments of a neuron.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A single compartment.
    Single,
    /// NC-045.
    Ahp,
    /// A tree in stack order; element i says how many children compartment i would like to have,
    /// 3: two, and to stand alone, with no parent.
    Tree(Vec<u8>),
}

/// Choices for a projection; indices are taken modulo what there is.
#[derive(Debug, Clone)]
pub struct ProjectionRecipe {
    /// Which source.
    pub source: usize,
    /// Which target.
    pub target: usize,
    /// The source projects onto itself if it is a compartment.
    pub recurrent: bool,
    /// Kind of connectivity.
    pub form: Form,
    /// Which of the formats; none: exact.
    pub format: Option<usize>,
    /// Box synapses, if the target takes them.
    pub boxed: bool,
    /// The same pair may occur more than once, where the form allows it.
    pub duplicates: bool,
    /// 0 discrete, 1 pop16, 2 pop32.
    pub axons: u8,
}

/// Kinds of connectivity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Form {
    Dense,
    Pairs,
    Lists,
    OneToOne,
    AllToAll,
}

/// Random recipes.
pub fn recipes(options: Options) -> impl Strategy<Value = Recipe> {
    let steps = prop_oneof![4 => 4u64..=40, 1 => 41u64..=110];
    let delay_bits =
        prop_oneof![3 => Just(0u8), 1 => Just(3u8), 1 => Just(4u8), 1 => Just(5u8), 1 => Just(6u8)];
    let parts = (
        prop::bool::weighted(0.75),
        steps,
        delay_bits,
        vec(1u32..=8, 0..=2),
        vec(population(options), 1..=4),
        vec(projection(), 0..=7),
        vec(format(), 0..=2),
        any::<u64>(),
    );
    parts.prop_map(
        |(lively, steps, delay_bits, inputs, populations, projections, formats, dice)| Recipe {
            lively,
            steps,
            delay_bits,
            inputs,
            populations,
            projections,
            formats,
            dice,
        },
    )
}

fn population(options: Options) -> impl Strategy<Value = PopulationRecipe> {
    let large = if options.large {
        13u32..=150
    } else {
        1u32..=12
    };
    let size = prop_oneof![9 => 1u32..=12, 1 => large];
    let shape = prop_oneof![
        4 => Just(Shape::Single),
        1 => Just(Shape::Ahp),
        3 => vec(0u8..=3, 2..=6).prop_map(Shape::Tree),
    ];
    let parts = (
        size,
        shape,
        1usize..=3,
        prop::bool::weighted(0.4),
        prop::bool::weighted(0.2),
    );
    parts.prop_map(
        |(size, shape, classes, own_core, boxable)| PopulationRecipe {
            size,
            shape,
            classes,
            own_core,
            boxable,
        },
    )
}

fn projection() -> impl Strategy<Value = ProjectionRecipe> {
    let form = prop::sample::select(vec![
        Form::Pairs,
        Form::Dense,
        Form::Lists,
        Form::OneToOne,
        Form::AllToAll,
    ]);
    let format = prop_oneof![3 => Just(None), 2 => (0usize..2).prop_map(Some)];
    let parts = (
        0usize..64,
        0usize..64,
        prop::bool::weighted(0.2),
        form,
        format,
        prop::bool::weighted(0.6),
        prop::bool::weighted(0.4),
        prop_oneof![2 => Just(0u8), 1 => Just(1u8), 1 => Just(2u8)],
    );
    parts.prop_map(
        |(source, target, recurrent, form, format, boxed, duplicates, axons)| ProjectionRecipe {
            source,
            target,
            recurrent,
            form,
            format,
            boxed,
            duplicates,
            axons,
        },
    )
}

fn format() -> impl Strategy<Value = (SignMode, u8)> {
    let sign = prop::sample::select(vec![
        SignMode::Mixed,
        SignMode::Excitatory,
        SignMode::Inhibitory,
    ]);
    (sign, prop::sample::select(vec![8u8, 6, 5, 4, 3, 2, 1]))
}
