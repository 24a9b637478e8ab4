//! The connections: linear maps of one node, written as the sums of their definitions.

use super::options::FloatProblem;
use seamount_network::graph::{Conv1d, Conv2d, Flatten, Node, Padding, Tensor};

/// What a node without neurons does to data (row-major, without a batch axis).
#[derive(Debug, Clone)]
pub enum Operator {
    /// The data as they are.
    Identity,
    /// y = W x + b, block by block: leading axes of W are kept.
    Matrix {
        /// W, shape (.., out, in).
        weight: Tensor,
        /// b, empty for none.
        bias: Vec<f64>,
    },
    /// y = s x, element by element.
    Scale(Vec<f64>),
    /// Cross-correlation or pooling over two axes.
    Window(Window),
}

/// Cross-correlation over two axes of data (channels, height, width):
/// `y[o, m, n] = b[o] + sum W[o, i, k, l] x[g(o) in + i, m s0 + k d0 - p0, n s1 + l d1 - p1]`.
#[derive(Debug, Clone)]
pub struct Window {
    /// Channels, height, width.
    input: [usize; 3],
    output: [usize; 3],
    /// (out channels, in channels of a group, kernel height, kernel width).
    kernel: [usize; 4],
    weight: Vec<f64>,
    bias: Vec<f64>,
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
    groups: usize,
}

impl Operator {
    /// The operator of a node on data of a shape, and the shape it makes of them; `None` if the
    /// node is a neuron model, a delay or a graph.
    pub fn new(
        node: &Node,
        shape: &[usize],
    ) -> Option<Result<(Operator, Vec<usize>), FloatProblem>> {
        Some(match node {
            Node::Input(_) | Node::Output(_) => Ok((Operator::Identity, shape.to_vec())),
            Node::Affine(n) => matrix(&n.weight, &n.bias.data, shape),
            Node::Linear(n) => matrix(&n.weight, &[], shape),
            Node::Scale(n) => scale(&n.scale, shape),
            Node::Conv1d(n) => conv1d(n, shape),
            Node::Conv2d(n) => conv2d(n, shape),
            Node::SumPool2d(n) => pool(n.kernel_size, n.stride, n.padding, 1.0, shape),
            Node::AvgPool2d(n) => {
                let [height, width] = n.kernel_size;
                pool(
                    n.kernel_size,
                    n.stride,
                    n.padding,
                    1.0 / (height * width) as f64,
                    shape,
                )
            }
            Node::Flatten(n) => flatten(n, shape).map(|shape| (Operator::Identity, shape)),
            _ => return None,
        })
    }

    /// y of x.
    pub fn apply(&self, x: &[f64]) -> Vec<f64> {
        match self {
            Operator::Identity => x.to_vec(),
            Operator::Scale(scale) => x.iter().zip(scale).map(|(x, s)| x * s).collect(),
            Operator::Matrix { weight, bias } => product(weight, bias, x),
            Operator::Window(window) => window.apply(x),
        }
    }
}

fn wrong(found: &[usize], wanted: impl ToString) -> FloatProblem {
    FloatProblem::Shape {
        found: found.to_vec(),
        wanted: wanted.to_string(),
    }
}

fn count(shape: &[usize]) -> usize {
    shape.iter().product()
}

fn matrix(
    weight: &Tensor,
    bias: &[f64],
    shape: &[usize],
) -> Result<(Operator, Vec<usize>), FloatProblem> {
    let [leading @ .., rows, columns] = &weight.shape[..] else {
        return Err(FloatProblem::Graph(format!(
            "weight has shape {:?}, wanted (.., out, in)",
            weight.shape
        )));
    };
    let wanted = [leading, &[*columns]].concat();
    if count(shape) != count(&wanted) {
        return Err(wrong(shape, format!("{wanted:?}")));
    }
    let output = [leading, &[*rows]].concat();
    let bias = match bias.len() {
        1 => vec![bias[0]; count(&output)],
        n if n == 0 || n == count(&output) => bias.to_vec(),
        found => {
            return Err(FloatProblem::Length {
                field: "bias",
                found,
                wanted: count(&output),
            });
        }
    };
    Ok((
        Operator::Matrix {
            weight: weight.clone(),
            bias,
        },
        output,
    ))
}

fn product(weight: &Tensor, bias: &[f64], x: &[f64]) -> Vec<f64> {
    let rows = weight.shape[weight.rank() - 2];
    let columns = weight.shape[weight.rank() - 1];
    let mut y: Vec<f64> = weight
        .data
        .chunks(columns.max(1))
        .enumerate()
        .map(|(row, weights)| {
            let x = &x[row / rows * columns..][..columns];
            weights
                .iter()
                .zip(x)
                .filter(|(_, x)| **x != 0.0)
                .map(|(w, x)| w * x)
                .sum()
        })
        .collect();
    y.iter_mut().zip(bias).for_each(|(y, b)| *y += b);
    y
}

fn scale(scale: &Tensor, shape: &[usize]) -> Result<(Operator, Vec<usize>), FloatProblem> {
    let size = count(shape);
    let values = match scale.len() {
        n if n == size => scale.data.clone(),
        1 => vec![scale.data[0]; size],
        found => {
            return Err(FloatProblem::Length {
                field: "scale",
                found,
                wanted: size,
            });
        }
    };
    Ok((Operator::Scale(values), shape.to_vec()))
}

/// Shape after `Flatten`: axes start..=end become one; negative axes count from the end.
fn flatten(node: &Flatten, shape: &[usize]) -> Result<Vec<usize>, FloatProblem> {
    let rank = shape.len() as i64;
    let axis = |dim: i64| if dim < 0 { dim + rank } else { dim };
    let start = axis(node.start_dim);
    let end = axis(node.end_dim);
    if !(0..rank).contains(&start) || !(start..rank).contains(&end) {
        return Err(wrong(
            shape,
            format!("axes {}..={}", node.start_dim, node.end_dim),
        ));
    }
    let start = start as usize;
    let end = end as usize;
    Ok([
        &shape[..start],
        &[count(&shape[start..=end])],
        &shape[end + 1..],
    ]
    .concat())
}

/// Zeros in front of the data, and in all.
fn zeros(padding: Padding<usize>, kernel: usize, dilation: usize) -> (usize, usize) {
    match padding {
        Padding::Valid => (0, 0),
        Padding::Zeros(n) => (n, 2 * n),
        Padding::Same => {
            let all = dilation * (kernel.max(1) - 1);
            (all / 2, all)
        }
    }
}

/// Number of windows along an axis; `None` if there is none.
fn windows(
    length: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    zeros: usize,
) -> Option<usize> {
    let span = dilation.checked_mul(kernel.checked_sub(1)?)? + 1;
    Some((length + zeros).checked_sub(span)?.checked_div(stride)? + 1)
}

fn conv1d(node: &Conv1d, shape: &[usize]) -> Result<(Operator, Vec<usize>), FloatProblem> {
    let &[channels, length] = shape else {
        return Err(wrong(shape, "(channels, length)"));
    };
    let &[out, inner, kernel] = &node.weight.shape[..] else {
        return Err(FloatProblem::Graph(format!(
            "weight has shape {:?}, wanted (out, in, kernel)",
            node.weight.shape
        )));
    };
    let padding = match node.padding {
        Padding::Same => Padding::Same,
        Padding::Valid => Padding::Valid,
        Padding::Zeros(n) => Padding::Zeros([0, n]),
    };
    let flat = Conv2d {
        input_shape: None,
        weight: Tensor {
            shape: vec![out, inner, 1, kernel],
            data: node.weight.data.clone(),
        },
        stride: [1, node.stride],
        padding,
        dilation: [1, node.dilation],
        groups: node.groups,
        bias: node.bias.clone(),
    };
    let (operator, shape) = conv2d(&flat, &[channels, 1, length])?;
    Ok((operator, vec![shape[0], shape[2]]))
}

fn conv2d(node: &Conv2d, shape: &[usize]) -> Result<(Operator, Vec<usize>), FloatProblem> {
    let &[channels, height, width] = shape else {
        return Err(wrong(shape, "(channels, height, width)"));
    };
    let &[out, inner, rows, columns] = &node.weight.shape[..] else {
        let text = format!(
            "weight has shape {:?}, wanted (out, in, height, width)",
            node.weight.shape
        );
        return Err(FloatProblem::Graph(text));
    };
    let groups = node.groups;
    if groups == 0 || inner * groups != channels || out % groups != 0 {
        return Err(wrong(
            shape,
            format!("{} channels in {groups} groups", inner * groups),
        ));
    }
    let pad = |axis: usize, kernel: usize| {
        let padding = match node.padding {
            Padding::Same => Padding::Same,
            Padding::Valid => Padding::Valid,
            Padding::Zeros(n) => Padding::Zeros(n[axis]),
        };
        zeros(padding, kernel, node.dilation[axis])
    };
    let pad_rows = pad(0, rows);
    let pad_columns = pad(1, columns);
    let high = windows(height, rows, node.stride[0], node.dilation[0], pad_rows.1);
    let wide = windows(
        width,
        columns,
        node.stride[1],
        node.dilation[1],
        pad_columns.1,
    );
    let (Some(high), Some(wide)) = (high, wide) else {
        return Err(wrong(shape, "at least one window"));
    };
    let bias = match node.bias.len() {
        1 => vec![node.bias.data[0]; out],
        n if n == 0 || n == out => node.bias.data.clone(),
        found => {
            return Err(FloatProblem::Length {
                field: "bias",
                found,
                wanted: out,
            });
        }
    };
    let window = Window {
        input: [channels, height, width],
        output: [out, high, wide],
        kernel: [out, inner, rows, columns],
        weight: node.weight.data.clone(),
        bias,
        stride: node.stride,
        padding: [pad_rows.0, pad_columns.0],
        dilation: node.dilation,
        groups,
    };
    Ok((Operator::Window(window), vec![out, high, wide]))
}

/// Pooling is a convolution of every channel with a constant kernel.
fn pool(
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    weight: f64,
    shape: &[usize],
) -> Result<(Operator, Vec<usize>), FloatProblem> {
    let &[channels, ..] = shape else {
        return Err(wrong(shape, "(channels, height, width)"));
    };
    let depthwise = Conv2d {
        input_shape: None,
        weight: Tensor::filled(vec![channels, 1, kernel[0], kernel[1]], weight),
        stride,
        padding: Padding::Zeros(padding),
        dilation: [1, 1],
        groups: channels,
        bias: Tensor::default(),
    };
    conv2d(&depthwise, shape)
}

impl Window {
    fn apply(&self, x: &[f64]) -> Vec<f64> {
        let [out, high, wide] = self.output;
        let mut y = Vec::with_capacity(out * high * wide);
        for o in 0..out {
            let bias = self.bias.get(o).copied().unwrap_or(0.0);
            for m in 0..high {
                for n in 0..wide {
                    y.push(bias + self.at(x, o, m, n));
                }
            }
        }
        y
    }

    /// The sum of one window, without bias.
    fn at(&self, x: &[f64], o: usize, m: usize, n: usize) -> f64 {
        let [_, height, width] = self.input;
        let [out, inner, rows, columns] = self.kernel;
        let first = o / (out / self.groups) * inner;
        let place = |axis: usize, index: usize, k: usize, length: usize| {
            (index * self.stride[axis] + k * self.dilation[axis])
                .checked_sub(self.padding[axis])
                .filter(|p| *p < length)
        };
        let mut sum = 0.0;
        for k in 0..rows {
            let Some(row) = place(0, m, k, height) else {
                continue;
            };
            for l in 0..columns {
                let Some(column) = place(1, n, l, width) else {
                    continue;
                };
                for i in 0..inner {
                    let w = self.weight[((o * inner + i) * rows + k) * columns + l];
                    sum += w * x[((first + i) * height + row) * width + column];
                }
            }
        }
        sum
    }
}
