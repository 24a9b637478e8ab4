//! The NIR primitives, field by field (neuromorphs/NIR, `nir/ir/*.py`).
//!
//! x is what enters a node (the sum over its edges), y or z what leaves it. Neuron parameters
//! have the shape of the neurons; a scalar (shape `[]`) stands for all of them.

use super::Tensor;

/// Where data enter the graph.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Input {
    /// Shape of the data without the batch axis, for example (channels, height, width); `None` if
    /// the file does not say.
    pub shape: Option<Vec<usize>>,
}

/// Where data leave the graph.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Output {
    /// Shape of the data without the batch axis; `None` if the file does not say.
    pub shape: Option<Vec<usize>>,
}

/// y = W x + b.
#[derive(Debug, Clone, PartialEq)]
pub struct Affine {
    /// W, shape (.., out, in): leading axes are kept by x and y.
    pub weight: Tensor,
    /// b, the shape of y.
    pub bias: Tensor,
}

/// y = W x.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// W, shape (.., out, in): leading axes are kept by x and y.
    pub weight: Tensor,
}

/// y = s * x, element by element.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    /// s, the shape of x.
    pub scale: Tensor,
}

/// Zeros around the data of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding<T> {
    /// As many as keep the size (stride 1): `dilation * (kernel - 1)` in all, the smaller half in
    /// front.
    Same,
    /// None.
    Valid,
    /// This many on both sides.
    Zeros(T),
}

/// Cross-correlation (the kernel is not flipped) over one axis:
/// `y[o, n] = b[o] + sum over i, k of W[o, i, k] * x[g(o) * in + i, at(n, k)]`, where
/// `at(n, k) = n * stride + k * dilation - padding`.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv1d {
    /// Length of the data; `None` if the file does not say.
    pub input_shape: Option<usize>,
    /// W, shape (out channels, in channels / groups, kernel).
    pub weight: Tensor,
    /// Step between windows, at least 1.
    pub stride: usize,
    /// Zeros at both ends.
    pub padding: Padding<usize>,
    /// Step within a window, at least 1.
    pub dilation: usize,
    /// Groups of channels that do not see each other, at least 1.
    pub groups: usize,
    /// b, shape (out channels).
    pub bias: Tensor,
}

/// Cross-correlation (the kernel is not flipped) over two axes, data (channels, height, width);
/// see [`Conv1d`]. Pairs are (height, width), which the NIR text calls x and y.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv2d {
    /// Height and width of the data; `None` if the file does not say.
    pub input_shape: Option<[usize; 2]>,
    /// W, shape (out channels, in channels / groups, kernel height, kernel width).
    pub weight: Tensor,
    /// Step between windows, at least 1.
    pub stride: [usize; 2],
    /// Zeros on all sides.
    pub padding: Padding<[usize; 2]>,
    /// Step within a window, at least 1.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other, at least 1.
    pub groups: usize,
    /// b, shape (out channels).
    pub bias: Tensor,
}

/// Sum over windows of data (channels, height, width), channel by channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumPool2d {
    /// Height and width of a window.
    pub kernel_size: [usize; 2],
    /// Step between windows, at least 1.
    pub stride: [usize; 2],
    /// Zeros on all sides.
    pub padding: [usize; 2],
}

/// Mean over windows of data (channels, height, width), channel by channel; padded zeros count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvgPool2d {
    /// Height and width of a window.
    pub kernel_size: [usize; 2],
    /// Step between windows, at least 1.
    pub stride: [usize; 2],
    /// Zeros on all sides.
    pub padding: [usize; 2],
}

/// Axes `start_dim..=end_dim` become one, row-major. Axes exclude the batch; negative ones count
/// from the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flatten {
    /// Shape of x; `None` if the file does not say.
    pub input_type: Option<Vec<usize>>,
    /// First axis merged.
    pub start_dim: i64,
    /// Last axis merged.
    pub end_dim: i64,
}

/// y(t) = x(t - delay).
#[derive(Debug, Clone, PartialEq)]
pub struct Delay {
    /// Seconds, the shape of x.
    pub delay: Tensor,
}

/// z = 1 if x > threshold, else 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// The shape of x.
    pub threshold: Tensor,
}

/// Integrator: dv/dt = r x; y = v.
#[derive(Debug, Clone, PartialEq)]
pub struct I {
    /// Resistance.
    pub r: Tensor,
}

/// Integrate and fire: dv/dt = r x; z = 1 and v = v_reset when v > v_threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct If {
    /// Resistance.
    pub r: Tensor,
    /// Firing threshold.
    pub v_threshold: Tensor,
    /// v after a spike; 0 where the file does not say.
    pub v_reset: Tensor,
}

/// Leaky integrator: tau dv/dt = (v_leak - v) + r x; y = v.
#[derive(Debug, Clone, PartialEq)]
pub struct Li {
    /// Time constant, seconds, above 0.
    pub tau: Tensor,
    /// Resistance.
    pub r: Tensor,
    /// Resting voltage, which v decays to.
    pub v_leak: Tensor,
}

/// Leaky integrate and fire: tau dv/dt = (v_leak - v) + r x; z = 1 and v = v_reset when
/// v > v_threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Lif {
    /// Time constant, seconds, above 0.
    pub tau: Tensor,
    /// Resistance.
    pub r: Tensor,
    /// Resting voltage, which v decays to.
    pub v_leak: Tensor,
    /// Firing threshold.
    pub v_threshold: Tensor,
    /// v after a spike; 0 where the file does not say.
    pub v_reset: Tensor,
}

/// Leaky integrator with a synaptic current: tau_syn dI/dt = -I + w_in x;
/// tau_mem dv/dt = (v_leak - v) + r I; y = v.
#[derive(Debug, Clone, PartialEq)]
pub struct CubaLi {
    /// Time constant of the current, seconds, above 0.
    pub tau_syn: Tensor,
    /// Time constant of the membrane, seconds, above 0.
    pub tau_mem: Tensor,
    /// Resistance.
    pub r: Tensor,
    /// Resting voltage, which v decays to.
    pub v_leak: Tensor,
    /// Weight of the input; 1 where the file does not say.
    pub w_in: Tensor,
}

/// Leaky integrate and fire with a synaptic current: tau_syn dI/dt = -I + w_in x;
/// tau_mem dv/dt = (v_leak - v) + r I; z = 1 and v = v_reset when v > v_threshold (I stays).
#[derive(Debug, Clone, PartialEq)]
pub struct CubaLif {
    /// Time constant of the current, seconds, above 0.
    pub tau_syn: Tensor,
    /// Time constant of the membrane, seconds, above 0.
    pub tau_mem: Tensor,
    /// Resistance.
    pub r: Tensor,
    /// Resting voltage, which v decays to.
    pub v_leak: Tensor,
    /// Firing threshold.
    pub v_threshold: Tensor,
    /// v after a spike; 0 where the file does not say.
    pub v_reset: Tensor,
    /// Weight of the input; 1 where the file does not say.
    pub w_in: Tensor,
}
