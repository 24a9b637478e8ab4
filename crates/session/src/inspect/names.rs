//! Synapse formats, compartments and words of the vocabulary, as people read them.

use seamount_arith::weight::SignMode;
use seamount_image::{Encoding, Image, SynapseFormat};
use serde_json::Value;
use std::fmt::Debug;

/// A word of the vocabulary as this document has always had it: by its name in the sources, where
/// the form of networks has `spike_and_reset`.
pub(super) fn word(value: impl Debug) -> Value {
    format!("{value:?}").into()
}

/// A synapse format in words.
pub(super) fn format_words(format: &SynapseFormat) -> String {
    let place = match format.encoding {
        Encoding::Sparse => format!("sparse with {}-bit indices", format.index_bits),
        Encoding::RunLength(skip) => format!("run-length with {skip}-bit skips"),
        Encoding::Dense => "dense".into(),
        Encoding::Generated => {
            return format!(
                "made from a seed, weights x 2^{}",
                6 + i32::from(format.weight_exponent)
            );
        }
    };
    let sign = match format.sign_mode {
        SignMode::Mixed => "mixed",
        SignMode::Excitatory => "excitatory",
        SignMode::Inhibitory => "inhibitory",
    };
    let mut out = format!(
        "{place}, {}-bit {sign} weights x 2^{}",
        format.weight_bits,
        6 + i32::from(format.weight_exponent)
    );
    match format.delay_bits {
        0 => out += ", no delay",
        bits => out += &format!(", {bits}-bit delay"),
    }
    if format.index_offset != 0 || format.index_stride != 1 {
        out += &format!(
            ", target = base + {} + {} x index",
            format.index_offset, format.index_stride
        );
    }
    if format.box_synapse {
        out += ", box";
    }
    if format.learn_enable {
        out += ", learns";
    }
    if format.tag_bits > 0 {
        out += &format!(", {} bits of tags", format.tag_bits);
    }
    out + &format!("; {} bits a synapse", format.synapse_bits())
}

/// Which neuron every compartment of a core belongs to, in words.
pub struct CoreNeurons<'a> {
    image: &'a Image,
    core: usize,
}

impl<'a> CoreNeurons<'a> {
    /// The neurons of one core.
    pub fn of(image: &'a Image, core: usize) -> CoreNeurons<'a> {
        CoreNeurons { image, core }
    }

    /// `population[neuron]`, with the compartment if there are several.
    pub fn name(&self, compartment: u32) -> String {
        for population in &self.image.populations {
            let parts = population.compartments.len().max(1) as u32;
            for slice in population
                .slices
                .iter()
                .filter(|s| s.core as usize == self.core)
            {
                let Some(offset) = compartment.checked_sub(slice.first_compartment) else {
                    continue;
                };
                if offset / parts < slice.neurons {
                    let neuron = slice.first_neuron + offset / parts;
                    let part = &population.compartments[(offset % parts) as usize];
                    let part = if parts > 1 {
                        format!(".{part}")
                    } else {
                        String::new()
                    };
                    return format!("{}{part}[{neuron}]", population.name);
                }
            }
        }
        format!("compartment {compartment}")
    }
}
