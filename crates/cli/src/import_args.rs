//! The command line of importing float graphs.

use crate::failure::Failure;
use clap::{Args, ValueEnum};
use seamount_quantise::{Discretisation, QuantiseOptions, Reset, Scales};
use std::path::PathBuf;

/// How a float graph becomes integers. Absent: the default, which every report echoes.
#[derive(Debug, Clone, PartialEq, Default, Args)]
#[command(next_help_heading = "Float graphs (.nir)")]
pub struct ImportArgs {
    /// Length of a step: a .nir file does not say it [default: 1e-4]
    #[arg(long, value_name = "SECONDS")]
    pub dt: Option<f64>,
    /// What a spike does to the voltage: a .nir file does not say it [default: to-reset]
    #[arg(long, value_name = "KIND")]
    pub reset: Option<ResetFlag>,
    /// How time constants become decays [default: euler]
    #[arg(long, value_name = "KIND")]
    pub discretisation: Option<DiscretisationFlag>,
    /// Who shares a scale [default: per-neuron]
    #[arg(long, value_name = "KIND")]
    pub scales: Option<ScalesFlag>,
    /// Bits of a weight's magnitude: 1 to 6, or 8 [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    pub weight_bits: Option<u8>,
    /// Accept Inputs and Outputs whose shape differs from that of their neighbours in axes of length 1
    /// only, and say so in the report
    #[arg(long)]
    pub ignore_unit_axes: bool,
}

/// A network that is compiled on the fly, or to be compiled: where to, and what it is made of.
#[derive(Debug, Clone, PartialEq, Default, Args)]
pub struct SourceArgs {
    /// Chip or board to place the network on [default: loihi1]
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(seamount_spec::Board::names()))]
    pub board: Option<String>,
    /// What enters in every step instead of spikes: a .npy of one number for each element of the input,
    /// or a .npz with an array named after each input. Of a .nir it is the current x, of a .net the
    /// picture that drives the input neurons. It goes into biases
    #[arg(long, value_name = "FILE")]
    pub current: Option<PathBuf>,
    /// How a float graph becomes integers
    #[command(flatten)]
    pub import: ImportArgs,
}

/// What a spike does to v.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ResetFlag {
    /// v = 0
    Zero,
    /// v = v - threshold: a program on board loihi2; elsewhere two compartments a neuron, three with a
    /// synaptic current
    Subtract,
    /// v = v_reset of the file
    ToReset,
}

/// How time constants become decays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiscretisationFlag {
    /// What remains after a step is exp(-dt/tau)
    Exponential,
    /// What remains after a step is 1 - dt/tau
    Euler,
}

/// Who shares a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScalesFlag {
    /// Nobody: each neuron's largest weight uses all bits
    PerNeuron,
    /// All neurons of a node
    PerPopulation,
}

impl ImportArgs {
    /// The options that these flags ask for, on top of others.
    pub fn over(&self, base: QuantiseOptions) -> QuantiseOptions {
        QuantiseOptions {
            dt_seconds: self.dt.unwrap_or(base.dt_seconds),
            reset: self.reset.map_or(base.reset, |flag| match flag {
                ResetFlag::Zero => Reset::Zero,
                ResetFlag::Subtract => Reset::Subtract,
                ResetFlag::ToReset => Reset::ToReset,
            }),
            discretisation: self
                .discretisation
                .map_or(base.discretisation, |flag| match flag {
                    DiscretisationFlag::Exponential => Discretisation::Exponential,
                    DiscretisationFlag::Euler => Discretisation::Euler,
                }),
            scales: self.scales.map_or(base.scales, |flag| match flag {
                ScalesFlag::PerNeuron => Scales::PerNeuron,
                ScalesFlag::PerPopulation => Scales::PerPopulation,
            }),
            weight_bits: self.weight_bits.unwrap_or(base.weight_bits),
            ..base
        }
    }

    /// Refuses the flags for a file that holds integers already.
    pub fn must_be_absent(&self, kind: &str) -> Result<(), Failure> {
        let given = [
            (self.dt.is_some(), "--dt"),
            (self.reset.is_some(), "--reset"),
            (self.discretisation.is_some(), "--discretisation"),
            (self.scales.is_some(), "--scales"),
            (self.weight_bits.is_some(), "--weight-bits"),
            (self.ignore_unit_axes, "--ignore-unit-axes"),
        ];
        match given.into_iter().find(|(given, _)| *given) {
            Some((_, flag)) => Err(Failure::usage(
                flag,
                format!("is for float graphs (.nir); {kind} holds integers already"),
            )),
            None => Ok(()),
        }
    }
}
