//! Reading `.net` files (Lava-DL netx and the older SLAYER dialect) straight into a [`Netlist`].
//!
//! A `.net` file is a chain of layers of integer weights with the chip's registers. Populations and
//! inputs are named `input`, `conv-0`, `fc-0`, `rec-0` and so on, in the order of the file; neurons
//! are ordered (channel, y, x), row-major, which is also the order in which `flatten` reads them.
//!
//! What the file says is honoured or refused by name. What has no meaning on the chip is not read:
//! `theta`, `tauRho`, `scaleRho` (training only; `vThMant` is the threshold), `inFeatures` and the
//! like (checked against the weights).
//!
//! A step of netx computes u from the spikes of the step before, as the chip does.
//!
//! Sigma-delta layers (`SDNN`) become populations that run programs and send graded spikes; they
//! need a board of the Loihi 2 class. So do adaptive neurons (`ALIF`) and resonators (`RF_PHASE`
//! with complex weights), which netx itself cannot build; it cannot build transposed convolutions
//! and pools either, which are read as synapses (`convT`, `pool`, `unpool`).

mod connect;
mod layers;
mod neuron;
mod programmed;
mod sigma_delta;
mod synapses;
mod upsample;

#[cfg(test)]
mod tests;

use crate::netlist::{Netlist, Values};
use crate::read::h5::{self, H5Limits};
use seamount_diagnose::Refusal;
use std::path::Path;

/// A network read from a `.net` file.
#[derive(Debug, Clone, PartialEq)]
pub struct Netx {
    /// The network.
    pub netlist: Netlist,
    /// The layers that became an input or a population, in order.
    pub layers: Vec<NetxLayer>,
    /// Steps of a sample (`simulation/tSample`), if the file says.
    pub steps_per_sample: Option<u64>,
    /// The average over output neurons that the file asks for, to be taken by the reader of the
    /// last population's spikes.
    pub average: Option<Average>,
    /// How the host feeds a sigma-delta input layer, if there is one.
    pub delta_input: Option<DeltaInput>,
}

/// A layer with neurons or spike sources.
#[derive(Debug, Clone, PartialEq)]
pub struct NetxLayer {
    /// Number in the file.
    pub index: usize,
    /// Name of the population or input.
    pub name: String,
    /// Channels, height, width; neurons are in this order, row-major.
    pub shape: [usize; 3],
    /// How a picture becomes the bias of an input layer with neurons.
    pub drive: Option<Drive>,
}

/// Gain and offset between a picture and the bias mantissas of input neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drive {
    /// `weight` of the layer; 64 where the file does not say.
    pub gain: i64,
    /// `bias` of the layer; 0 where the file does not say.
    pub offset: i64,
}

impl Drive {
    /// Bias mantissa of a pixel x of 0 to 1, as netx has it: `2 gain x - gain + offset`, cut
    /// toward zero.
    pub fn bias_mantissa(&self, x: f64) -> i64 {
        (2.0 * self.gain as f64 * x - self.gain as f64 + self.offset as f64) as i64
    }
}

/// What the host sends to a sigma-delta input layer: how much each pixel changed, in graded spikes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeltaInput {
    /// Name of the host input; its neurons are those of the layer.
    pub input: String,
    /// How pixels of 0 to 1 become the integers that the layer encodes.
    pub drive: Drive,
}

impl DeltaInput {
    /// Changes from one picture to the next as (neuron, payload), both pictures in the order
    /// (channel, y, x), integers of -2048..=2047; a run begins with all pixels 0.
    ///
    /// # Errors
    /// If sizes differ or a pixel does not fit, in words.
    pub fn changes(&self, from: &[i64], to: &[i64]) -> Result<Vec<(u32, i32)>, String> {
        if from.len() != to.len() {
            return Err(format!("{} pixels after {}", to.len(), from.len()));
        }
        let (min, max) = sigma_delta::SCALED;
        if let Some((at, x)) = from
            .iter()
            .chain(to)
            .enumerate()
            .find(|(_, x)| !(min..=max).contains(x))
        {
            return Err(format!(
                "pixel {} is {x}, outside {min}..={max}",
                at % to.len()
            ));
        }
        let changed = (0..).zip(from.iter().zip(to)).filter(|(_, (a, b))| a != b);
        Ok(changed
            .map(|(neuron, (a, b))| (neuron, (b - a) as i32))
            .collect())
    }
}

/// Groups of consecutive neurons of the last population whose spikes are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Average {
    /// Number of outputs.
    pub groups: usize,
    /// Neurons of each.
    pub neurons_per_group: usize,
}

impl Netx {
    /// Reads a `.net` file. Every finding is reported, not only the first.
    pub fn read(path: &Path) -> Result<Netx, Refusal> {
        let name = path
            .file_stem()
            .map_or("netx".into(), |stem| stem.to_string_lossy().into_owned());
        layers::network(&name, &h5::read_file(path, &H5Limits::default())?)
    }

    /// As [`Netx::read`], from bytes, with a name for the network.
    pub fn read_bytes(name: &str, bytes: Vec<u8>) -> Result<Netx, Refusal> {
        layers::network(name, &h5::read_bytes(bytes, &H5Limits::default())?)
    }

    /// A layer by name.
    pub fn layer(&self, name: &str) -> Option<&NetxLayer> {
        self.layers.iter().find(|layer| layer.name == name)
    }

    /// Drives the input layer's neurons by a picture: (channel, y, x), (x, y, channel) as Lava has
    /// it, (y, x, channel), the first of these that fits, or flat in the order (channel, y, x).
    /// Pixels of 0 to 1 become bias mantissas by the layer's gain and offset; whole numbers beyond
    /// that are mantissas themselves.
    ///
    /// # Errors
    /// In words, why it cannot.
    pub fn set_picture(&mut self, shape: &[u64], pixels: &[f64]) -> Result<(), String> {
        let Some((layer, drive)) = self
            .layers
            .iter()
            .find_map(|layer| Some((layer, layer.drive?)))
        else {
            return Err("the network's input takes spikes, not a picture".into());
        };
        let [c, h, w] = layer.shape;
        let order = |strides: [usize; 3]| {
            let all =
                (0..c).flat_map(move |i| (0..h).flat_map(move |j| (0..w).map(move |k| [i, j, k])));
            all.map(move |at| {
                at.iter()
                    .zip(strides)
                    .map(|(i, stride)| i * stride)
                    .sum::<usize>()
            })
            .collect::<Vec<usize>>()
        };
        let axes = |axes: [usize; 3]| axes.map(|n| n as u64).to_vec();
        let places = match shape {
            [n] if *n == (c * h * w) as u64 => order([h * w, w, 1]),
            _ if shape == axes([c, h, w]) => order([h * w, w, 1]),
            _ if shape == axes([w, h, c]) => order([1, c, h * c]),
            _ if shape == axes([h, w, c]) => order([1, w * c, c]),
            _ => {
                return Err(format!(
                    "shape {shape:?}, wanted {:?} (channel, y, x) or {:?} (x, y, channel)",
                    [c, h, w],
                    [w, h, c]
                ));
            }
        };
        let whole = pixels.iter().all(|x| x.fract() == 0.0) && pixels.iter().any(|x| x.abs() > 1.0);
        let mantissa = |at: usize| match pixels[at] {
            x if whole => i16::try_from(x as i64)
                .map_err(|_| format!("a bias mantissa of {x}, outside 16 bits")),
            x if (0.0..=1.0).contains(&x) => {
                let mantissa = drive.bias_mantissa(x);
                i16::try_from(mantissa)
                    .map_err(|_| format!("a bias mantissa of {mantissa}, outside 16 bits"))
            }
            x => Err(format!(
                "a pixel of {x}, wanted 0 to 1, or whole numbers (bias mantissas)"
            )),
        };
        let mantissas = places.into_iter().map(mantissa).collect::<Result<_, _>>()?;
        if self.set_input_bias(mantissas) {
            Ok(())
        } else {
            Err("not the size of the input layer".into())
        }
    }

    /// Sets the bias mantissas of the input layer's neurons, in the order (channel, y, x). Returns
    /// whether there is such a layer of that many neurons.
    pub fn set_input_bias(&mut self, mantissas: Vec<i16>) -> bool {
        let Some(layer) = self.layers.iter().find(|layer| layer.drive.is_some()) else {
            return false;
        };
        let Some(population) = self
            .netlist
            .populations
            .iter_mut()
            .find(|p| p.name == layer.name)
        else {
            return false;
        };
        let fits = mantissas.len() == population.size as usize;
        if fits {
            population.compartments[0].bias_mantissa = Values::from(mantissas);
            population.compartments[0].bias_exponent = 6.into();
        }
        fits
    }
}
