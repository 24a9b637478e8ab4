//! Flags of float graphs: how they become integers, and how the chip is put beside them.

use crate::registry::within;
use crate::word::{Word, one_of};
use clap::Args;
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
    #[arg(long, value_name = "KIND", value_parser = one_of(&RESETS))]
    pub reset: Option<Reset>,
    /// How time constants become decays [default: euler]
    #[arg(long, value_name = "KIND", value_parser = one_of(&DISCRETISATIONS))]
    pub discretisation: Option<Discretisation>,
    /// Who shares a scale [default: per-neuron]
    #[arg(long, value_name = "KIND", value_parser = one_of(&SCALES))]
    pub scales: Option<Scales>,
    /// Bits of a weight's magnitude: 1 to 6, or 8 [default: 8]
    #[arg(long, value_name = "N", value_parser = within!(u8, 1..=8))]
    pub weight_bits: Option<u8>,
    /// Accept Inputs and Outputs whose shape differs from that of their neighbours in axes of
    /// length 1 only, and say so in the report
    #[arg(long)]
    pub ignore_unit_axes: bool,
}

/// The effect of a spike on the voltage, by its flag.
const RESETS: [Word<Reset>; 3] = [
    Word::new("zero", "v = 0", Reset::Zero),
    Word::new(
        "subtract",
        "v = v - threshold: a program on board loihi2; elsewhere two compartments a neuron, three \
         with a synaptic current",
        Reset::Subtract,
    ),
    Word::new("to-reset", "v = v_reset of the file", Reset::ToReset),
];

/// How time constants become decays, by its flag.
const DISCRETISATIONS: [Word<Discretisation>; 2] = [
    Word::new(
        "exponential",
        "What remains after a step is exp(-dt/tau)",
        Discretisation::Exponential,
    ),
    Word::new(
        "euler",
        "What remains after a step is 1 - dt/tau",
        Discretisation::Euler,
    ),
];

/// Which neurons share a scale, by its flag.
const SCALES: [Word<Scales>; 2] = [
    Word::new(
        "per-neuron",
        "Nobody: each neuron's largest weight uses all bits",
        Scales::PerNeuron,
    ),
    Word::new(
        "per-population",
        "All neurons of a node",
        Scales::PerPopulation,
    ),
];

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
