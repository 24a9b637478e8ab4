//! What came of sequential MNIST, as data and in words.

use super::super::arithmetic::CostTable;
use super::super::chip::ChipCost;
use super::LayerOrder;
use seamount_study::row::Row;
use serde::Serialize;
use std::fmt;

/// What came of it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SmnistReport {
    /// Share of images that are right, in floats.
    pub accuracy_float: f64,
    /// Number of them.
    pub right: usize,
    /// The authors' notebook: accuracy from random initial states.
    pub published: f64,
    /// Images.
    pub images: usize,
    /// Class of each image.
    pub predictions: Vec<u8>,
    /// Whether, and by which seed, the pixels were permuted.
    pub permuted: Option<u64>,
    /// How the layers saw each other.
    pub order: LayerOrder,
    /// Spikes per neuron and step, by layer.
    pub rates: [f64; 4],
    /// Spikes of an image, all layers.
    pub spikes_per_image: f64,
    /// Without the outputs.
    pub hidden_spikes_per_image: f64,
    /// The notebook's spikes of an image.
    pub published_spikes: f64,
    /// Synaptic accumulates of an image.
    pub accumulates_per_image: f64,
    /// Multiply-accumulates of an image: pixels are no spikes.
    pub input_macs_per_image: f64,
    /// Share of images that are right on the chip, if it was run.
    pub accuracy: Option<f64>,
    /// The chip, if it was run.
    pub chip: Option<SmnistOnChip>,
    /// 32-bit floats, if asked for.
    pub float32: Option<SingleFigure>,
    /// Arithmetic beside LSTMs and RNNs of equal size.
    pub cost: CostTable,
    /// Wall clock of the floats, seconds.
    pub float_seconds: f64,
    /// Wall clock of everything, seconds.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
}

/// The chip beside the floats.
#[derive(Debug, Clone, Serialize)]
pub struct SmnistOnChip {
    /// Bits of a weight, sign included.
    pub weight_bits: u32,
    /// Share of images that are right.
    pub accuracy: f64,
    /// Number of them.
    pub right: usize,
    /// Points above (or, negative, below) the floats on the same images.
    pub points_to_float: f64,
    /// Images with the class of the floats.
    pub classes_as_float: usize,
    /// Class of each image.
    pub predictions: Vec<u8>,
    /// Images held against the integer definition.
    pub checked: usize,
    /// Those of them with every word and spike of every neuron in every step as it has it.
    pub equal_to_integers: usize,
    /// Where the first that is not so differs.
    pub first_difference: Option<String>,
    /// Spikes of an image, mean, all layers.
    pub spikes_per_image: f64,
    /// Without the outputs.
    pub hidden_spikes_per_image: f64,
    /// Largest |u| as a share of what 24 bits hold, over the images checked.
    pub range_used: f64,
    /// Sums that were clipped to 24 bits, over the images checked.
    pub clipped: u64,
    /// What an image takes.
    pub cost: ChipCost,
}

/// 32-bit floats beside those of 64 bits.
#[derive(Debug, Clone, Serialize)]
pub struct SingleFigure {
    /// Share of images that are right.
    pub accuracy: f64,
    /// Number of them.
    pub right: usize,
    /// Images with another class than in 64 bits.
    pub other_class: usize,
    /// Images with another number of spikes in some layer.
    pub other_spikes: usize,
}

impl SmnistReport {
    /// The line of the overview.
    pub(super) fn row(&self) -> Row {
        let float = self.accuracy_float * 100.0;
        let published = Some(self.published * 100.0);
        match &self.chip {
            Some(chip) => {
                let figure = format!(
                    "images right, {}-bit weights (floats {float:.2} %)",
                    chip.weight_bits
                );
                Row::on_chip(
                    "srnn-smnist",
                    &figure,
                    chip.accuracy * 100.0,
                    published,
                    self.images as u64,
                    &chip.cost.per_inference,
                )
            }
            None => Row {
                system: "srnn-smnist".into(),
                figure: "images right".into(),
                value: float,
                published,
                unit: "%".into(),
                samples: self.images as u64,
                chip: false,
                operations: Some(self.accumulates_per_image),
                energy_uj: self.cost.networks.first().map(|c| c.energy_nj[0] * 1e-3),
                energy_by: "arithmetic at 3.1/0.1 pJ".into(),
                seconds: self.seconds,
            },
        }
    }
}

impl fmt::Display for SmnistOnChip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "accuracy, chip       {:.2} %  ({:+.2} points; {} right; {}-bit weights)",
            self.accuracy * 100.0,
            self.points_to_float,
            self.right,
            self.weight_bits
        )?;
        writeln!(
            f,
            "                     class of the floats in {} of {} images",
            self.classes_as_float,
            self.predictions.len()
        )?;
        write!(
            f,
            "                     {} of {} images checked equal the integer definition \
             in every word and step",
            self.equal_to_integers, self.checked
        )?;
        if let Some(difference) = &self.first_difference {
            write!(f, "; first difference: {difference}")?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "                     {:.0} spikes an image, {:.0} without the outputs; \
             {:.0} % of the range of u used, {} sums clipped",
            self.spikes_per_image,
            self.hidden_spikes_per_image,
            self.range_used * 100.0,
            self.clipped
        )
    }
}

impl fmt::Display for SmnistReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.arrangement(f)?;
        self.accuracies(f)?;
        if let Some(chip) = &self.chip {
            write!(f, "{chip}")?;
        }
        self.activity(f)?;
        if let Some(SmnistOnChip { cost, .. }) = &self.chip {
            writeln!(
                f,
                "on board {} ({} cores), an image:",
                cost.board, cost.cores
            )?;
            write!(f, "{cost}")?;
        }
        write!(f, "{}", self.cost)?;
        write!(
            f,
            "{:.1} s on {} thread(s), floats {:.1} s",
            self.seconds, self.threads, self.float_seconds
        )
    }
}

impl SmnistReport {
    /// The lines of what ran.
    fn arrangement(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "srnn-smnist: 8 pixels, 64 and 256 recurrent, 256, 10 neurons, all adaptive; \
             784 steps an image, from rest"
        )?;
        if let Some(seed) = self.permuted {
            writeln!(
                f,
                "pixels permuted by seed {seed}; the weights were trained on the usual order, \
                 so expect chance"
            )?;
        }
        let order = match self.order {
            LayerOrder::SameStep => {
                "floats: layers see each other within a step, as trained; chip: a pipeline, \
                 3 steps longer"
            }
            LayerOrder::Pipelined => {
                "layers see each other a step later and wait for their first input: a pipeline"
            }
            LayerOrder::Late => "layers see each other a step later and do not wait",
        };
        writeln!(f, "{order}")
    }

    /// The lines of accuracy in floats.
    fn accuracies(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.images;
        writeln!(
            f,
            "accuracy, floats     {:.2} %  ({} of {n} images; published {:.2} %)",
            self.accuracy_float * 100.0,
            self.right,
            self.published * 100.0
        )?;
        let Some(single) = &self.float32 else {
            return Ok(());
        };
        writeln!(
            f,
            "accuracy, 32 bits    {:.2} %  ({} of {n} images; {} have another class than in \
             64-bit floats, {} other numbers of spikes)",
            single.accuracy * 100.0,
            single.right,
            single.other_class,
            single.other_spikes
        )
    }

    /// The lines of spikes and operations in floats.
    fn activity(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r1, r2, d1, o] = self.rates;
        writeln!(f, "in floats:")?;
        writeln!(
            f,
            "spikes a neuron, step r1 {r1:.4}, r2 {r2:.4}, d1 {d1:.4}, output {o:.3}"
        )?;
        writeln!(
            f,
            "spikes an image      {:.0}, {:.0} without the outputs (published {:.0})",
            self.spikes_per_image, self.hidden_spikes_per_image, self.published_spikes
        )?;
        writeln!(
            f,
            "synaptic operations  {:.0} an image, and {:.0} products of pixels",
            self.accumulates_per_image, self.input_macs_per_image
        )
    }
}
