//! The report of pattern generation, as data and in words.

use super::picture;
use super::picture::letters;
use crate::eprop::chip::Rates;
use crate::eprop::controls::ControlsReport;
use seamount_session::{PerInference, WhileLearning};
use seamount_study::chart::Column;
use serde::Serialize;
use std::fmt;

/// Report of a run, or of a figure with its controls.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum PatternOutcome {
    /// One network.
    Learned(Box<PatternReport>),
    /// The loss over seeds, beside controls.
    Controls(ControlsReport),
}

impl fmt::Display for PatternOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatternOutcome::Learned(report) => report.fmt(f),
            PatternOutcome::Controls(report) => report.fmt(f),
        }
    }
}

/// Losses, spikes and costs of a pattern that was learned.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PatternReport {
    /// Class of the chip.
    pub board: String,
    /// Where network and input come from: a seed or a file.
    pub source: String,
    /// Numbers of inputs, recurrent neurons and readouts.
    pub size: [usize; 3],
    /// Steps of a sequence.
    pub steps: usize,
    /// Learning rate that was asked for, and that of the float reference, which is the one in force
    /// on the chip for input and recurrent weights.
    pub learning_rates: [f64; 2],
    /// Rates in force, on the chip and in the float reference: the nearest that the chip's pulses
    /// give.
    pub rates_in_force: Rates,
    /// Smallest and largest weight that the chip holds.
    pub weights_held: [f64; 2],
    /// Number of initial weights beyond, which were limited.
    pub weights_limited: usize,
    /// Size of the largest initial weight.
    pub weight_largest: f64,
    /// Loss of each sequence on the chip.
    pub losses: Vec<f64>,
    /// Loss of each sequence of the float reference; empty if it did not run.
    pub losses_float: Vec<f64>,
    /// Spikes of the recurrent neurons in each sequence.
    pub spikes: Vec<u64>,
    /// Synapses visited by the learning engine in the last sequence.
    pub learning_visits: u64,
    /// Products evaluated by the learning engine in the last sequence.
    pub learning_products: u64,
    /// Instructions of the neurons' programs in the last sequence.
    pub microcode_instructions: u64,
    /// Counts and energy of the last sequence.
    pub per_inference: PerInference,
    /// Seconds of the chip alone, wall clock.
    pub chip_wall_s: f64,
    /// Readout of the first and of the last sequence, step by step.
    #[serde(skip)]
    pub readouts: [Vec<f64>; 2],
    /// Target of each step.
    #[serde(skip)]
    pub target: Vec<f64>,
}

impl PatternReport {
    /// Pictures of the losses and, below, the readouts.
    pub fn pictures(&self) -> Column {
        picture::pictures(self)
    }
}

impl PatternReport {
    /// What learns, and where.
    fn introduce(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [inputs, neurons, readouts] = self.size;
        writeln!(
            f,
            "An untrained network learns on an emulated {} class chip ({})\n",
            self.board, self.source
        )?;
        writeln!(
            f,
            "{inputs} spiking inputs drive {neurons} recurrent neurons and {readouts} readout, \
             which has to follow a sum of four\n\
             sines for {} steps. Neurons, readout, its error, the way of that error back to the \
             neurons, and the\n\
             learning rule (e-prop: an eligibility trace in every synapse, a learning signal in \
             every neuron) are\n\
             on the chip, in its integers; the host gives the input spikes and the target, and \
             looks on.\n",
            self.steps
        )
    }

    /// Losses of the first and the last sequence, and weights that did not fit.
    fn write_losses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rates = self.rates_in_force;
        writeln!(
            f,
            "  loss                     first sequence   sequence {}",
            self.losses.len()
        )?;
        if let (Some(first), Some(last)) = (self.losses.first(), self.losses.last()) {
            writeln!(
                f,
                "    on the chip            {first:14.2}   {last:10.2}   \
                 (8-bit weights)"
            )?;
        }
        if let (Some(first), Some(last)) = (self.losses_float.first(), self.losses_float.last()) {
            writeln!(
                f,
                "    float reference        {first:14.2}   {last:10.2}   \
                 (64-bit floats, the same rates)"
            )?;
        }
        writeln!(
            f,
            "  learning rate {:.2e} was asked for; in force are {:.2e} (input, recurrent) and \
             {:.2e} (readout)",
            self.learning_rates[0], rates.recurrent, rates.readout
        )?;
        if self.weights_limited > 0 {
            let [least, most] = self.weights_held;
            writeln!(
                f,
                "  {} weights lie beyond {least:.3}..{most:.3}, which is what the chip holds, and \
                 were limited; the largest is {:e}",
                self.weights_limited, self.weight_largest
            )?;
        }
        writeln!(f)
    }

    /// Curves in letters: losses, then the last readout.
    fn draw(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let float = if self.losses_float.is_empty() {
            ""
        } else {
            ", . in float"
        };
        let losses = letters(&[('.', &self.losses_float), ('#', &self.losses)]);
        let readout = letters(&[('-', &self.target), ('#', &self.readouts[1])]);
        writeln!(
            f,
            "{losses}             loss against sequences 1 to {}: # on the chip{float}\n",
            self.losses.len()
        )?;
        writeln!(
            f,
            "{readout}             the last sequence: - what to follow, # the readout\n"
        )
    }

    /// Events and energy of the last sequence, and the speed of the whole.
    fn write_costs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let neurons = self.size[1] as f64;
        let spikes = self.spikes.last().copied().unwrap_or_default() as f64 / neurons;
        writeln!(
            f,
            "last sequence: {spikes:.1} spikes a recurrent neuron; the learning engine visited {} \
             synapses\n\
             and computed {} products; neurons executed {} instructions",
            self.learning_visits, self.learning_products, self.microcode_instructions
        )?;
        writeln!(f, "{}", WhileLearning(&self.per_inference))?;
        let rate = self.losses.len() as f64 * self.steps as f64 / self.chip_wall_s;
        write!(
            f,
            "{} sequences in {:.1} s: {rate:.0} steps/s, {:.1} times real time at 1 ms a step",
            self.losses.len(),
            self.chip_wall_s,
            rate / 1000.0
        )
    }
}

impl fmt::Display for PatternReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.losses.is_empty() {
            return Ok(());
        }
        self.introduce(f)?;
        self.write_losses(f)?;
        self.draw(f)?;
        self.write_costs(f)
    }
}
