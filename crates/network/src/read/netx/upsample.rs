//! Layers that netx refuses and the hardware can do: transposed convolution (`convT`), pooling
//! with neurons (`pool`) and its reverse (`unpool`).
//!
//! All three are synapses between maps of channels. A transposed convolution spreads each source
//! over a window of targets, `out[o, y sy + ky dy - py, ..] += w[i, o, ky, kx] in[i, y, x]`.
//! Pooling and its reverse act on each channel by itself, with one kernel for all.

use super::connect::LENGTH_MAX;
use super::layers::{Before, Chain};
use super::synapses::{self, Convolution, Delays, Transposed};
use crate::graph::shapes::windows;
use crate::netlist::{Edges, Population};
use crate::problem::{FileProblem, ReadProblem};
use crate::read::h5::fields::H5Fields;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resampling {
    /// `convT`
    Transposed,
    /// `pool`
    Pool,
    /// `unpool`
    Unpool,
}

/// Windows of a layer, by axis.
#[derive(Debug, Clone, Copy)]
struct Sampled {
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
}

impl Sampled {
    /// Length of the source of a transposed convolution, from that of its target.
    fn spread_from(&self, target: usize, axis: usize) -> Option<usize> {
        windows(
            target,
            self.kernel[axis],
            self.stride[axis],
            self.padding[axis],
            self.dilation[axis],
        )
    }

    /// Length of the target, from that of the source; rows that no window reaches may follow, as
    /// many as a stride leaves open.
    fn spreads_to(&self, source: usize, target: usize, axis: usize) -> bool {
        let reach = self.dilation[axis] * (self.kernel[axis] - 1) + 1;
        let last = (source - 1).checked_mul(self.stride[axis]);
        let Some(least) = last.and_then(|last| last.checked_add(reach)) else {
            return false;
        };
        let open = target + 2 * self.padding[axis];
        (least..least + self.stride[axis]).contains(&open)
    }
}

/// What a layer says of its windows and its weights.
struct ResamplingFields {
    output: [usize; 3],
    /// Axes and elements of the kernel.
    kernel: (Vec<usize>, Vec<i64>),
    sampled: Sampled,
    groups: usize,
    /// Neurons, and the weight exponent of what enters them.
    parts: (Population, i8),
    /// Axonal delays.
    delays: Vec<i64>,
}

impl Chain {
    /// A layer of one of the three kinds.
    pub(super) fn resample(
        &mut self,
        index: usize,
        f: H5Fields,
        place: &str,
        kind: Resampling,
    ) -> Option<()> {
        let name = self.name(match kind {
            Resampling::Transposed => "convt",
            Resampling::Pool => "pool",
            Resampling::Unpool => "unpool",
        });
        let fields = self.resampling_fields(f, &name, place, kind)?;
        let inside = match kind {
            Resampling::Transposed => fields.kernel.0[0],
            _ => fields.output[0],
        };
        if self.before.is_none() && index == 0 && kind != Resampling::Pool {
            let from = |axis| fields.sampled.spread_from(fields.output[1 + axis], axis);
            let source = [inside, from(0).unwrap_or(0), from(1).unwrap_or(0)];
            let size = source.iter().product::<usize>() as u32;
            self.net.netlist.input("input", size);
            self.enter(index, "input".into(), source, None, vec![0]);
        }
        let Some(before) = self.before.clone() else {
            return self.without_source(place);
        };
        if before.flat || before.shape[0] != inside {
            let text = format!(
                "takes {inside} channels; shape {:?} is before it",
                before.shape
            );
            self.findings.file(place, ReadProblem::Unsupported(text));
            return None;
        }
        let edges = self.resampled(&before, &fields, inside, place, kind)?;
        self.net.netlist.add(fields.parts.0);
        self.join(&before.name, &name, edges, fields.parts.1);
        self.enter(index, name, fields.output, None, fields.delays);
        Some(())
    }

    /// Reads every field of a layer, and whether the kernel has the axes of one.
    fn resampling_fields(
        &mut self,
        mut f: H5Fields,
        name: &str,
        place: &str,
        kind: Resampling,
    ) -> Option<ResamplingFields> {
        let shape = self.shape(&mut f);
        let weight = self.weights(&mut f, "weight");
        let lengths = (1, LENGTH_MAX);
        let found = &self.findings;
        let stride = f.pair("stride", lengths, found);
        let padding = f.pair("padding", (0, LENGTH_MAX), found);
        let dilation = match f.has("dilation") {
            true => f.pair("dilation", lengths, found),
            false => Some([1, 1]),
        };
        let groups = f.optional_integer("groups", lengths, found).unwrap_or(1) as usize;
        let said = match f.has("kernelSize") {
            true => f.pair("kernelSize", lengths, found),
            false => None,
        };
        self.expect(&mut f, "outChannels", shape.map(|shape| shape[0]));
        let inside = match kind {
            Resampling::Transposed => weight.as_ref().and_then(|w| w.0.first().copied()),
            _ => shape.map(|shape| shape[0]),
        };
        self.expect(&mut f, "inChannels", inside);
        let delays = self.delays(&mut f, shape, None);
        let parts = self.population(&mut f, name, shape, place);
        f.finish(&self.findings);
        let output = shape?;
        let mut kernel = weight?;
        let parts = parts?;
        let delays = delays?.axonal;
        if kernel.0.len() == 5 && kernel.0[4] == 1 {
            kernel.0.pop();
        }
        let [_, _, height, width] = kernel.0[..] else {
            return self.not_a_kernel(&kernel.0, place);
        };
        let size = [height, width];
        if said.is_some_and(|said| said != size) || size.contains(&0) {
            return self.not_a_kernel(&kernel.0, place);
        }
        Some(ResamplingFields {
            output,
            kernel,
            sampled: Sampled {
                kernel: size,
                stride: stride?,
                padding: padding?,
                dilation: dilation?,
            },
            groups,
            parts,
            delays,
        })
    }

    /// The synapses of a layer that takes so many channels.
    fn resampled(
        &mut self,
        before: &Before,
        fields: &ResamplingFields,
        inside: usize,
        place: &str,
        kind: Resampling,
    ) -> Option<Edges> {
        let axes = &fields.kernel.0;
        let all = match kind {
            Resampling::Transposed => Some(fields.kernel.1.clone()),
            _ => repeated(axes, &fields.kernel.1, inside),
        };
        let Some(weights) = all else {
            return self.not_a_kernel(axes, place);
        };
        let source = Delays::Source(before.delays.clone());
        let sampled = fields.sampled;
        if kind == Resampling::Pool {
            let pool = pooling(before.shape, fields.output, sampled);
            return self.convolution(&pool, &weights, &source, place);
        }
        let groups = match kind {
            Resampling::Transposed => fields.groups,
            _ => inside,
        };
        let outside = fields.output[0];
        let whole = inside.is_multiple_of(groups) && outside.is_multiple_of(groups);
        let kernel = sampled.kernel[0] * sampled.kernel[1];
        if !whole || weights.len() != inside * (outside / groups) * kernel {
            return self.not_a_kernel(axes, place);
        }
        let reaches = |i: usize| {
            let from = before.shape[1 + i];
            from > 0 && sampled.spreads_to(from, fields.output[1 + i], i)
        };
        if !reaches(0) || !reaches(1) {
            let text = format!(
                "of shape {:?} does not follow from {:?} with these windows",
                fields.output, before.shape
            );
            self.findings.file(place, ReadProblem::Unsupported(text));
            return None;
        }
        let transposed = Transposed {
            input: before.shape,
            output: fields.output,
            kernel: sampled.kernel,
            stride: sampled.stride,
            padding: sampled.padding,
            dilation: sampled.dilation,
            groups,
        };
        synapses::affordable(transposed.connections(), place, &self.findings)
            .then(|| transposed.edges(&weights, &source))
    }

    fn not_a_kernel<T>(&mut self, axes: &[usize], place: &str) -> Option<T> {
        let text = format!("has shape {axes:?}, which is no kernel of this layer");
        let place = format!("{place}/weight");
        self.findings.file(&place, ReadProblem::Unsupported(text));
        None
    }
}

/// Pooling as a convolution of each channel by itself.
fn pooling(input: [usize; 3], output: [usize; 3], sampled: Sampled) -> Convolution {
    Convolution {
        input,
        output,
        kernel: sampled.kernel,
        stride: sampled.stride,
        padding: sampled.padding,
        dilation: sampled.dilation,
        groups: input[0],
    }
}

/// One kernel for each channel: that of the file, if it has one for all.
fn repeated(axes: &[usize], weights: &[i64], channels: usize) -> Option<Vec<i64>> {
    match axes {
        [1, 1, ..] => Some(weights.repeat(channels)),
        [n, 1, ..] if *n == channels => Some(weights.to_vec()),
        _ => None,
    }
}
