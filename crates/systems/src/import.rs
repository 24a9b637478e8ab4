//! Flags of float graphs: how they become integers, and how the chip is put beside them.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use seamount_quantise::{Discretisation, Reset, Scales};
use seamount_session::ImportOptions;
use seamount_study::compare::CompareOptions;
use serde::Serialize;

/// How a float graph becomes integers. Absent: the default, which every report echoes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Args)]
#[command(next_help_heading = "Float graphs (.nir)")]
pub struct ImportArgs {
    /// Length of a step: a .nir file does not say it [default: 1e-4]
    #[arg(long, value_name = "SECONDS")]
    pub dt: Option<f64>,
    /// What a spike does to the voltage: a .nir file does not say it [default: to-reset]
    #[arg(long, value_name = "KIND", value_parser = reset())]
    pub reset: Option<Reset>,
    /// How time constants become decays [default: euler]
    #[arg(long, value_name = "KIND", value_parser = discretisation())]
    pub discretisation: Option<Discretisation>,
    /// Who shares a scale [default: per-neuron]
    #[arg(long, value_name = "KIND", value_parser = scales())]
    pub scales: Option<Scales>,
    /// Bits of a weight's magnitude: 1 to 6, or 8 [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    pub weight_bits: Option<u8>,
    /// Accept Inputs and Outputs whose shape differs from that of their neighbours in axes of
    /// length 1 only, and say so in the report
    #[arg(long)]
    pub ignore_unit_axes: bool,
}

impl ImportArgs {
    /// The options that these flags ask for.
    pub fn options(&self) -> ImportOptions {
        let mut options = ImportOptions::new();
        options.dt_seconds = self.dt;
        options.reset = self.reset;
        options.discretisation = self.discretisation;
        options.scales = self.scales;
        options.weight_bits = self.weight_bits;
        options.ignore_unit_axes = self.ignore_unit_axes;
        options
    }
}

fn reset() -> impl TypedValueParser<Value = Reset> {
    one_of([
        ("zero", "v = 0", Reset::Zero),
        (
            "subtract",
            "v = v - threshold: a program on board loihi2; elsewhere two compartments a neuron, \
             three with a synaptic current",
            Reset::Subtract,
        ),
        ("to-reset", "v = v_reset of the file", Reset::ToReset),
    ])
}

fn discretisation() -> impl TypedValueParser<Value = Discretisation> {
    one_of([
        (
            "exponential",
            "What remains after a step is exp(-dt/tau)",
            Discretisation::Exponential,
        ),
        (
            "euler",
            "What remains after a step is 1 - dt/tau",
            Discretisation::Euler,
        ),
    ])
}

fn scales() -> impl TypedValueParser<Value = Scales> {
    one_of([
        (
            "per-neuron",
            "Nobody: each neuron's largest weight uses all bits",
            Scales::PerNeuron,
        ),
        (
            "per-population",
            "All neurons of a node",
            Scales::PerPopulation,
        ),
    ])
}

/// A parser of one of some words, each with its help and its meaning. It reads types of other
/// crates, which know nothing of command lines, so that no flag needs a second type with the same
/// names.
pub(crate) fn one_of<T, const N: usize>(
    words: [(&'static str, &'static str, T); N],
) -> impl TypedValueParser<Value = T>
where
    T: Copy + Send + Sync + 'static,
{
    let possible: Vec<PossibleValue> = words
        .iter()
        .map(|(word, help, _)| PossibleValue::new(*word).help(*help))
        .collect();
    PossibleValuesParser::new(possible).map(move |given| {
        let known = words.iter().find(|(word, _, _)| *word == given);
        known.expect("the parser accepts only these words").2
    })
}

/// How the chip is put beside the float reference.
#[derive(Debug, Clone, Default, Serialize, Args)]
pub struct BesideArgs {
    /// Differences of a voltage up to this count as none, in thresholds [default: 0.01]
    #[arg(long, value_name = "X")]
    pub tolerance: Option<f64>,
    /// Choose scales by what the float reference does with the (first) input, instead of the worst
    /// case
    #[arg(long)]
    pub calibrate: bool,
}

impl BesideArgs {
    /// The options of a comparison that these flags and those of the import ask for, on top of
    /// others.
    pub fn over(&self, import: &ImportArgs, base: CompareOptions) -> CompareOptions {
        CompareOptions {
            quantise: import.options().over(base.quantise),
            tolerance: self.tolerance.unwrap_or(base.tolerance),
            calibrate: self.calibrate,
            board: None,
        }
    }
}
