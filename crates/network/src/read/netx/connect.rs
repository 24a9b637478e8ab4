//! Layers with weights: dense, recurrent, convolution.

use super::layers::{Before, Chain};
use super::neuron::{self, per_neuron, values};
use super::synapses::{self, Convolution, Delays};
use super::{programmed, sigma_delta};
use crate::graph::shapes::windows;
use crate::netlist::{Edges, Population, Values};
use crate::problem::{FileProblem, ReadProblem};
use crate::read::h5::fields::{H5Fields, integers};

/// Largest delay of a synapse (NC-026).
const DELAY_MAX: i64 = 62;
/// Exponent of every bias of a `.net` file (NC-006).
const BIAS_EXPONENT: u8 = 6;
/// Largest bias mantissa (NC-006); the smallest is one more below 0.
const BIAS_MAX: i64 = 4095;
/// Largest length of a kernel, stride and the like.
pub(super) const LENGTH_MAX: i64 = 1 << 16;

/// A field of integers as read: shape and elements.
type Integers = (Vec<usize>, Vec<i64>);

/// `delay` of a layer, by its shape.
pub(super) struct LayerDelays {
    /// Of the spikes of this layer's neurons: 1 element or one per neuron. SLAYER writes these.
    pub(super) axonal: Vec<i64>,
    /// Of the synapses into it: one per source, or (out, in).
    synaptic: Option<Vec<i64>>,
}

/// Channels on both sides of a convolution.
struct ConvChannels {
    inside: usize,
    outside: usize,
    /// Groups of channels that meet only each other; at least one.
    groups: usize,
}

impl Chain {
    /// A dense layer, with recurrent weights in the field `recurrent` if it has any.
    pub(super) fn dense(
        &mut self,
        index: usize,
        mut f: H5Fields,
        place: &str,
        recurrent: Option<&'static str>,
    ) -> Option<()> {
        let name = self.name(if recurrent.is_some() { "rec" } else { "fc" });
        let shape = self.shape(&mut f);
        let weight = self.weights(&mut f, "weight");
        let own = recurrent.map(|field| self.weights(&mut f, field));
        let targets = shape.map(|shape| shape.iter().product::<usize>());
        let matrix = weight.and_then(|weight| self.matrix(weight, targets?, &f.at("weight")));
        let sources = matrix.as_ref().map(|(_, sources)| *sources);
        self.expect(&mut f, "outFeatures", targets);
        self.expect(&mut f, "inFeatures", sources);
        let delays = self.delays(&mut f, shape, sources);
        let parts = self.population(&mut f, &name, shape, place);
        f.finish(&self.findings);
        let shape = shape?;
        let targets = targets?;
        let (weights, sources) = matrix?;
        let (population, exponent) = parts?;
        let delays = delays?;
        if self.before.is_none() && index == 0 {
            self.net.netlist.input("input", sources as u32);
            self.enter(index, "input".into(), [sources, 1, 1], None, vec![0]);
        }
        let Some(before) = self.before.clone() else {
            return self.without_source(place);
        };
        self.follows(&before, sources, place)?;
        let incoming = self.incoming(&before, delays.synaptic, targets, sources, place)?;
        let edges = synapses::dense(&weights, targets, sources, &incoming);
        self.net.netlist.add(population);
        self.join(&before.name, &name, edges, exponent);
        if let (Some(own), Some(field)) = (own, recurrent) {
            let (weights, columns) = self.matrix(own?, targets, &format!("{place}/{field}"))?;
            if columns != targets {
                let found = vec![targets, columns];
                let wanted = vec![targets; 2];
                self.findings.file(
                    &format!("{place}/{field}"),
                    ReadProblem::Shape { found, wanted },
                );
                return None;
            }
            let edges = synapses::dense(&weights, targets, targets, &Delays::Source(vec![0]));
            self.join(&name, &name, edges, exponent);
        }
        self.enter(index, name, shape, None, delays.axonal);
        Some(())
    }

    /// A convolution.
    pub(super) fn conv(&mut self, index: usize, mut f: H5Fields, place: &str) -> Option<()> {
        let name = self.name("conv");
        let shape = self.shape(&mut f);
        let weight = self.weights(&mut f, "weight");
        let lengths = (1, LENGTH_MAX);
        let found = &self.findings;
        let stride = f.pair("stride", lengths, found);
        let dilation = f.pair("dilation", lengths, found);
        let padding = f.pair("padding", (0, LENGTH_MAX), found);
        let groups = f.integer("groups", lengths, found);
        let kernel_size = if f.has("kernelSize") {
            f.pair("kernelSize", lengths, found)
        } else {
            None
        };
        self.expect(&mut f, "outChannels", shape.map(|shape| shape[0]));
        self.expect(
            &mut f,
            "inChannels",
            self.before.as_ref().map(|before| before.shape[0]),
        );
        let delays = self.delays(&mut f, shape, None);
        let parts = self.population(&mut f, &name, shape, place);
        f.finish(&self.findings);
        let output = shape?;
        let (mut axes, weights) = weight?;
        let (population, exponent) = parts?;
        let delays = delays?;
        if axes.len() == 5 && axes[4] == 1 {
            axes.pop();
        }
        let Some(before) = self.before.clone() else {
            return self.without_source(place);
        };
        if before.flat {
            self.findings.file(
                place,
                ReadProblem::Unsupported("is a convolution after 'flatten'".into()),
            );
            return None;
        }
        let groups = groups? as usize;
        let channels = ConvChannels {
            inside: before.shape[0],
            outside: output[0],
            groups,
        };
        let kernel = self.kernel(&channels, &axes, kernel_size, place)?;
        let convolution = Convolution {
            input: before.shape,
            output,
            kernel,
            stride: stride?,
            padding: padding?,
            dilation: dilation?,
            groups,
        };
        let edges = self.convolution(
            &convolution,
            &weights,
            &Delays::Source(before.delays.clone()),
            place,
        )?;
        self.net.netlist.add(population);
        self.join(&before.name, &name, edges, exponent);
        self.enter(index, name, output, None, delays.axonal);
        Some(())
    }

    /// Height and width of a kernel whose weights have these axes, if they suit the channels and
    /// the size that the file says beside, if it does.
    fn kernel(
        &mut self,
        c: &ConvChannels,
        axes: &[usize],
        said: Option<[usize; 2]>,
        place: &str,
    ) -> Option<[usize; 2]> {
        let whole = c.inside.is_multiple_of(c.groups) && c.outside.is_multiple_of(c.groups);
        let wanted = [c.outside, c.inside / c.groups];
        if axes.len() != 4 || axes[..2] != wanted || !whole {
            let text = format!(
                "has shape {axes:?} for {} channels in, {} out, {} groups",
                c.inside, c.outside, c.groups
            );
            self.findings
                .file(&format!("{place}/weight"), ReadProblem::Unsupported(text));
            return None;
        }
        let kernel = [axes[2], axes[3]];
        if let Some(found) = said.filter(|size| *size != kernel) {
            let problem = ReadProblem::Shape {
                found: found.into(),
                wanted: kernel.into(),
            };
            self.findings.file(&format!("{place}/kernelSize"), problem);
            return None;
        }
        Some(kernel)
    }

    pub(super) fn convolution(
        &mut self,
        c: &Convolution,
        weights: &[i64],
        delays: &Delays,
        place: &str,
    ) -> Option<Edges> {
        let axis = |i: usize| {
            windows(
                c.input[1 + i],
                c.kernel[i],
                c.stride[i],
                c.padding[i],
                c.dilation[i],
            )
        };
        if axis(0) != Some(c.output[1]) || axis(1) != Some(c.output[2]) {
            let wanted = vec![c.output[0], axis(0).unwrap_or(0), axis(1).unwrap_or(0)];
            self.findings.file(
                &format!("{place}/shape"),
                ReadProblem::Shape {
                    found: c.output.into(),
                    wanted,
                },
            );
            return None;
        }
        synapses::affordable(c.connections(), place, &self.findings)
            .then(|| c.edges(weights, delays))
    }

    pub(super) fn join(&mut self, source: &str, target: &str, edges: Edges, exponent: i8) {
        self.net
            .netlist
            .connect(source, target)
            .lists(edges)
            .weight_exponent(exponent);
    }

    /// Whether a dense layer of so many columns may follow.
    pub(super) fn follows(&mut self, before: &Before, sources: usize, place: &str) -> Option<()> {
        let size = before.shape.iter().product::<usize>();
        if size != sources {
            self.findings.file(
                &format!("{place}/weight"),
                ReadProblem::Shape {
                    found: vec![sources],
                    wanted: vec![size],
                },
            );
            return None;
        }
        if before.shape[1] * before.shape[2] > 1 && !before.flat {
            let text = format!(
                "follows data of shape {:?} without 'flatten': their order is not said",
                before.shape
            );
            self.findings.file(place, ReadProblem::Unsupported(text));
            return None;
        }
        Some(())
    }

    /// Delays of the synapses between the layer before and this one.
    fn incoming(
        &mut self,
        before: &Before,
        synaptic: Option<Vec<i64>>,
        targets: usize,
        sources: usize,
        place: &str,
    ) -> Option<Delays> {
        let Some(synaptic) = synaptic else {
            return Some(Delays::Source(before.delays.clone()));
        };
        let axonal =
            |source: usize| before.delays[if before.delays.len() == 1 { 0 } else { source }];
        let full = synaptic.len() == targets * sources;
        let list: Vec<i64> = synaptic
            .iter()
            .enumerate()
            .map(|(i, delay)| delay + axonal(if full { i % sources } else { i }))
            .collect();
        if let Some(&value) = list.iter().find(|&&delay| delay > DELAY_MAX) {
            self.findings.file(
                &format!("{place}/delay"),
                ReadProblem::OutOfRange {
                    value,
                    min: 0,
                    max: DELAY_MAX,
                },
            );
            return None;
        }
        Some(if full {
            Delays::Synapse(list)
        } else {
            Delays::Source(list)
        })
    }

    /// Integer weights.
    pub(super) fn weights(&mut self, f: &mut H5Fields, field: &'static str) -> Option<Integers> {
        if f.is_group(field) {
            f.skip(field);
            let text = "has complex weights, which only dense layers of resonators can have";
            self.findings
                .file(&f.at(field), ReadProblem::Unsupported(text.into()));
            return None;
        }
        let tensor = f.tensor(field, &self.findings)?;
        let list = integers(&tensor, (-256, 255), &f.at(field), &self.findings)?;
        Some((tensor.shape, list))
    }

    /// Weights as (out, in): elements and the number of columns.
    pub(super) fn matrix(
        &mut self,
        (axes, weights): Integers,
        targets: usize,
        place: &str,
    ) -> Option<(Vec<i64>, usize)> {
        let columns = weights.len() / targets;
        let fits = match axes[..] {
            [_] => weights.len().is_multiple_of(targets),
            [rows, _] => rows == targets,
            _ => false,
        };
        if !fits || columns == 0 {
            self.findings.file(
                place,
                ReadProblem::Shape {
                    found: axes,
                    wanted: vec![targets, columns.max(1)],
                },
            );
            return None;
        }
        synapses::affordable(Some(weights.len() as u64), place, &self.findings)
            .then_some((weights, columns))
    }

    /// A number that repeats what the weights say.
    pub(super) fn expect(&mut self, f: &mut H5Fields, field: &'static str, wanted: Option<usize>) {
        let found = f.optional_integer(field, (1, i64::from(u32::MAX)), &self.findings);
        if let (Some(found), Some(wanted)) = (found, wanted)
            && found as usize != wanted
        {
            self.findings.file(
                &f.at(field),
                ReadProblem::Shape {
                    found: vec![found as usize],
                    wanted: vec![wanted],
                },
            );
        }
    }

    /// The population, its bias set, and the weight exponent of what enters it.
    pub(super) fn population(
        &mut self,
        f: &mut H5Fields,
        name: &str,
        shape: Option<[usize; 3]>,
        place: &str,
    ) -> Option<(Population, i8)> {
        let bias = if f.has("bias") {
            f.integers("bias", (-(1 << 20), 1 << 20), &self.findings)
                .map(Some)
        } else {
            Some(None)
        };
        let neuron = if f.has("neuron") {
            Some(f.group("neuron", &self.findings))
        } else {
            None
        };
        let shape = shape?;
        let (population, exponent) = match neuron {
            Some(group) => neuron::population(
                name,
                shape,
                group?,
                &format!("{place}/neuron"),
                &self.findings,
            )?,
            None => (neuron::integrator(name, shape), 0),
        };
        let Some(bias) = bias? else {
            return Some((population, exponent));
        };
        let bias = per_neuron(bias, shape, &f.at("bias"), &self.findings)?;
        if let Some(program) = &population.program {
            let place = f.at("bias");
            if program.name == "alif" {
                let biased = programmed::biased(population, &bias, &place, &self.findings)?;
                return Some((biased, exponent));
            }
            return Some((
                sigma_delta::biased(population, &bias, &place, &self.findings)?,
                exponent,
            ));
        }
        let (mantissas, exponents) = self.bias(&bias, &f.at("bias"))?;
        Some((population.bias(mantissas, exponents), exponent))
    }

    /// Mantissas and exponents of biases `b * 2^6`; an even b beyond 13 bits takes exponent 7.
    fn bias(&mut self, biases: &[i64], place: &str) -> Option<(Values<i16>, Values<u8>)> {
        let mut mantissas = vec![];
        let mut exponents = vec![];
        for &bias in biases {
            let fits = |mantissa: i64| (-BIAS_MAX - 1..=BIAS_MAX).contains(&mantissa);
            let (mantissa, exponent) = if fits(bias) {
                (bias, BIAS_EXPONENT)
            } else {
                (bias / 2, BIAS_EXPONENT + 1)
            };
            if !fits(mantissa) || (exponent > BIAS_EXPONENT && bias % 2 != 0) {
                self.findings.file(
                    place,
                    ReadProblem::OutOfRange {
                        value: bias,
                        min: -BIAS_MAX - 1,
                        max: BIAS_MAX,
                    },
                );
                return None;
            }
            mantissas.push(mantissa as i16);
            exponents.push(exponent);
        }
        Some((values(mantissas), values(exponents)))
    }

    /// `delay`: a scalar or one per neuron of this layer (or channel) delays its spikes, as SLAYER
    /// writes it; one per source, or (out, in), delays the synapses into it.
    pub(super) fn delays(
        &mut self,
        f: &mut H5Fields,
        shape: Option<[usize; 3]>,
        sources: Option<usize>,
    ) -> Option<LayerDelays> {
        let Some(tensor) = f.optional("delay", &self.findings) else {
            return (!f.has("delay")).then_some(LayerDelays {
                axonal: vec![0],
                synaptic: None,
            });
        };
        let list = integers(&tensor, (0, DELAY_MAX), &f.at("delay"), &self.findings)?;
        let shape = shape?;
        let size = shape.iter().product::<usize>();
        let own = [1, shape[0], size].contains(&list.len());
        if let Some(sources) = sources
            && (tensor.shape == [size, sources] || (!own && list.len() == sources))
        {
            return Some(LayerDelays {
                axonal: vec![0],
                synaptic: Some(list),
            });
        }
        let axonal = per_neuron(list, shape, &f.at("delay"), &self.findings)?;
        Some(LayerDelays {
            axonal,
            synaptic: None,
        })
    }
}
