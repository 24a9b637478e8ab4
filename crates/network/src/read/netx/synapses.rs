//! Connectivity of dense, convolution and pooling layers as compressed rows. Zero weights are no
//! synapses.

use crate::memory::allow;
use crate::netlist::{Edges, Values};
use crate::problem::{FileProblem, ReadProblem};
use crate::read::h5::H5Problem;
use seamount_diagnose::Findings;

/// Most synapses of one layer, zeros included, and most connections looked at.
const SYNAPSES_MAX: u64 = 1 << 27;

/// Delays of the synapses into a layer.
pub(super) enum Delays {
    /// Of the spikes of each source neuron: 1 element or one per source.
    Source(Vec<i64>),
    /// Of each synapse, shape (out, in).
    Synapse(Vec<i64>),
}

impl Delays {
    fn of(&self, source: usize, target: usize, sources: usize) -> u8 {
        match self {
            Delays::Source(list) => list[if list.len() == 1 { 0 } else { source }] as u8,
            Delays::Synapse(list) => list[target * sources + source] as u8,
        }
    }
}

#[derive(Default)]
struct SourceRows {
    offsets: Vec<u64>,
    targets: Vec<u32>,
    weights: Vec<i32>,
    delays: Vec<u8>,
}

impl SourceRows {
    fn push(&mut self, target: usize, weight: i64, delay: u8) {
        if weight != 0 {
            self.targets.push(target as u32);
            self.weights.push(weight as i32);
            self.delays.push(delay);
        }
    }

    fn close_row(&mut self) {
        self.offsets.push(self.targets.len() as u64);
    }

    fn edges(self) -> Edges {
        let delays = match self.delays.first() {
            Some(&first) if self.delays.iter().any(|&delay| delay != first) => self.delays.into(),
            first => Values::Shared(first.copied().unwrap_or(0)),
        };
        Edges {
            offsets: self.offsets.into(),
            targets: self.targets.into(),
            weights: self.weights.into(),
            delays,
        }
    }
}

/// Whether so many synapses may be built.
pub(super) fn affordable(synapses: Option<u64>, place: &str, findings: &Findings) -> bool {
    // Target, weight and delay, in lists that grow by doubling.
    const SYNAPSE_BYTES: u64 = 18;
    let problem = match synapses.filter(|count| *count <= SYNAPSES_MAX) {
        None => H5Problem::Limit(format!("would become more than {SYNAPSES_MAX} synapses")),
        Some(count) => match allow("the synapses of the layer", count, SYNAPSE_BYTES) {
            Ok(()) => return true,
            Err(short) => H5Problem::Memory(short),
        },
    };
    findings.file(place, ReadProblem::File(problem));
    false
}

/// A matrix of shape (out, in).
pub(super) fn dense(weights: &[i64], targets: usize, sources: usize, delays: &Delays) -> Edges {
    let mut rows = SourceRows {
        offsets: vec![0],
        ..SourceRows::default()
    };
    for source in 0..sources {
        for target in 0..targets {
            rows.push(
                target,
                weights[target * sources + source],
                delays.of(source, target, sources),
            );
        }
        rows.close_row();
    }
    rows.edges()
}

/// A convolution without flipping: `out[o, y, x] += w[o, i, ky, kx] in[g(o) n + i, y sy + ky dy -
/// py, ..]`.
pub(super) struct Convolution {
    /// Channels, height, width of the source.
    pub(super) input: [usize; 3],
    /// Channels, height, width of the target.
    pub(super) output: [usize; 3],
    /// Kernel height and width.
    pub(super) kernel: [usize; 2],
    /// Step between windows.
    pub(super) stride: [usize; 2],
    /// Zeros on both sides.
    pub(super) padding: [usize; 2],
    /// Step within a window.
    pub(super) dilation: [usize; 2],
    /// Groups of channels.
    pub(super) groups: usize,
}

impl Convolution {
    /// Number of connections, zeros included; `None` if it does not fit.
    pub(super) fn connections(&self) -> Option<u64> {
        let per_output = [self.input[0] / self.groups, self.kernel[0], self.kernel[1]];
        self.output
            .iter()
            .chain(&per_output)
            .try_fold(1u64, |product, &n| product.checked_mul(n as u64))
    }

    /// Rows of synapses; `weights` has shape (out, in / groups, kernel height, kernel width).
    pub(super) fn edges(&self, weights: &[i64], delays: &Delays) -> Edges {
        let mut rows = SourceRows {
            offsets: vec![0],
            ..SourceRows::default()
        };
        let [channels, height, width] = self.input;
        let inside = channels / self.groups;
        let outside = self.output[0] / self.groups;
        let ys: Vec<_> = (0..height).map(|y| self.windows(y, 0)).collect();
        let xs: Vec<_> = (0..width).map(|x| self.windows(x, 1)).collect();
        for channel in 0..channels {
            let group = channel / inside;
            let within = channel % inside;
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let source = (channel * height + y) * width + x;
                for out in group * outside..(group + 1) * outside {
                    for &(ky, oy) in &ys[y] {
                        for &(kx, ox) in &xs[x] {
                            let weight = weights[((out * inside + within) * self.kernel[0] + ky)
                                * self.kernel[1]
                                + kx];
                            let target = (out * self.output[1] + oy) * self.output[2] + ox;
                            rows.push(target, weight, delays.of(source, 0, 0));
                        }
                    }
                }
                rows.close_row();
            }
        }
        rows.edges()
    }

    /// (kernel position, window) pairs in which position `at` of an axis takes part.
    fn windows(&self, at: usize, axis: usize) -> Vec<(usize, usize)> {
        let position = at + self.padding[axis];
        let window = |k: usize| {
            let start = position.checked_sub(k * self.dilation[axis])?;
            let index = start / self.stride[axis];
            (start.is_multiple_of(self.stride[axis]) && index < self.output[1 + axis])
                .then_some((k, index))
        };
        (0..self.kernel[axis]).filter_map(window).collect()
    }
}

/// A transposed convolution: `out[o, y sy + ky dy - py, ..] += w[i, o, ky, kx] in[i, y, x]`.
pub(super) struct Transposed {
    /// Channels, height, width of the source.
    pub(super) input: [usize; 3],
    /// Channels, height, width of the target.
    pub(super) output: [usize; 3],
    /// Kernel height and width.
    pub(super) kernel: [usize; 2],
    /// Step between windows of targets.
    pub(super) stride: [usize; 2],
    /// Targets that are cut off on both sides.
    pub(super) padding: [usize; 2],
    /// Step within a window.
    pub(super) dilation: [usize; 2],
    /// Groups of channels.
    pub(super) groups: usize,
}

impl Transposed {
    /// Number of connections, zeros included; `None` if it does not fit.
    pub(super) fn connections(&self) -> Option<u64> {
        let per_source = [self.output[0] / self.groups, self.kernel[0], self.kernel[1]];
        self.input
            .iter()
            .chain(&per_source)
            .try_fold(1u64, |product, &n| product.checked_mul(n as u64))
    }

    /// Rows of synapses; `weights` has shape (in, out / groups, kernel height, kernel width).
    pub(super) fn edges(&self, weights: &[i64], delays: &Delays) -> Edges {
        let mut rows = SourceRows {
            offsets: vec![0],
            ..SourceRows::default()
        };
        let [channels, height, width] = self.input;
        let inside = channels / self.groups;
        let outside = self.output[0] / self.groups;
        for channel in 0..channels {
            let first = channel / inside * outside;
            for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
                let source = (channel * height + y) * width + x;
                for within in 0..outside {
                    let kernel = (channel * outside + within) * self.kernel[0] * self.kernel[1];
                    for (ky, oy) in self.reached(y, 0) {
                        for (kx, ox) in self.reached(x, 1) {
                            let weight = weights[kernel + ky * self.kernel[1] + kx];
                            let out = first + within;
                            let target = (out * self.output[1] + oy) * self.output[2] + ox;
                            rows.push(target, weight, delays.of(source, 0, 0));
                        }
                    }
                }
                rows.close_row();
            }
        }
        rows.edges()
    }

    /// (kernel position, target) pairs that position `at` of an axis reaches.
    fn reached(&self, at: usize, axis: usize) -> impl Iterator<Item = (usize, usize)> {
        let first = at * self.stride[axis];
        let step = self.dilation[axis];
        let cut = self.padding[axis];
        let length = self.output[1 + axis];
        (0..self.kernel[axis]).filter_map(move |k| {
            let target = (first + k * step).checked_sub(cut)?;
            (target < length).then_some((k, target))
        })
    }
}
