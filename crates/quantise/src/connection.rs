//! NIR's connections as [`LinearMap`]s.

use crate::linear::LinearMap;
use crate::options::QuantiseProblem;
use seamount_network::graph::{Conv2d, Flatten, Node, Padding, Tensor};

/// What a node without neurons does: y = map x + bias.
#[derive(Debug, Clone)]
pub(crate) struct MadeConnection {
    pub map: LinearMap,
    pub bias: Vec<f64>,
    /// Shape of y.
    pub shape: Vec<usize>,
    /// Weights are shared between places: a convolution or pooling.
    pub shared: bool,
}

type Made = Result<MadeConnection, QuantiseProblem>;

/// Most elements of what leaves a node, and most terms of a connection, that are worked out: an own
/// limit, far beyond the synapses of the largest board.
pub(crate) const ELEMENTS_MAX: u64 = 1 << 24;
pub(crate) const TERMS_MAX: u64 = 1 << 27;

/// Whether a shape is one that is worked out.
pub(crate) fn affordable(shape: &[usize]) -> Result<(), QuantiseProblem> {
    let count = shape
        .iter()
        .fold(1u64, |product, &n| product.saturating_mul(n as u64));
    if count <= ELEMENTS_MAX {
        Ok(())
    } else {
        Err(limit(count, ELEMENTS_MAX))
    }
}

pub(crate) fn limit(wanted: u64, available: u64) -> QuantiseProblem {
    QuantiseProblem::Limit {
        wanted: wanted as f64,
        available: available as f64,
    }
}

/// The connection of a node on data of a shape; `None` if the node is a neuron model.
pub(crate) fn connection(node: &Node, shape: &[usize], dt: f64) -> Option<Made> {
    Some(match node {
        Node::Input(_) | Node::Output(_) => Ok(unchanged(shape, shape.to_vec())),
        Node::Affine(n) => matrix(&n.weight, Some(&n.bias), shape),
        Node::Linear(n) => matrix(&n.weight, None, shape),
        Node::Scale(n) => each(&n.scale, shape).map(|s| diagonal(shape, |i| s[i], |_| 0)),
        Node::Delay(n) => delay(&n.delay, shape, dt),
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
        Node::Flatten(n) => flatten(n, shape).map(|to| unchanged(shape, to)),
        _ => return None,
    })
}

pub(crate) fn count(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// One value for each of `size` elements.
pub(crate) fn values(tensor: &Tensor, size: usize) -> Result<Vec<f64>, QuantiseProblem> {
    match tensor.len() {
        n if n == size => Ok(tensor.data.clone()),
        1 => Ok(vec![tensor.data[0]; size]),
        found => Err(QuantiseProblem::Length {
            found,
            wanted: size,
        }),
    }
}

fn each(tensor: &Tensor, shape: &[usize]) -> Result<Vec<f64>, QuantiseProblem> {
    values(tensor, count(shape))
}

fn wrong(found: &[usize], wanted: impl ToString) -> QuantiseProblem {
    QuantiseProblem::Shape {
        found: found.to_vec(),
        wanted: wanted.to_string(),
    }
}

fn unchanged(from: &[usize], to: Vec<usize>) -> MadeConnection {
    MadeConnection {
        map: LinearMap::identity(count(from)),
        bias: vec![0.0; count(from)],
        shape: to,
        shared: false,
    }
}

fn diagonal(
    shape: &[usize],
    weight: impl Fn(usize) -> f64,
    delay: impl Fn(usize) -> u32,
) -> MadeConnection {
    let size = count(shape);
    MadeConnection {
        map: LinearMap::diagonal(size, weight, delay),
        bias: vec![0.0; size],
        shape: shape.to_vec(),
        shared: false,
    }
}

fn delay(seconds: &Tensor, shape: &[usize], dt: f64) -> Made {
    let steps: Vec<f64> = each(seconds, shape)?
        .iter()
        .map(|d| (d / dt).round())
        .collect();
    match steps.iter().find(|d| !(0.0..=1e6).contains(*d)) {
        Some(&value) => Err(QuantiseProblem::Value {
            value,
            must: "0..=62 steps (NC-026)".into(),
        }),
        None => Ok(diagonal(shape, |_| 1.0, |i| steps[i] as u32)),
    }
}

fn matrix(weight: &Tensor, bias: Option<&Tensor>, shape: &[usize]) -> Made {
    let [leading @ .., rows, columns] = &weight.shape[..] else {
        return Err(QuantiseProblem::Rule(format!(
            "weight has shape {:?}, wanted (.., out, in)",
            weight.shape
        )));
    };
    let input = [leading, &[*columns]].concat();
    let output = [leading, &[*rows]].concat();
    if count(shape) != count(&input) {
        return Err(wrong(shape, format!("{input:?}")));
    }
    let terms = weight.data.iter().enumerate().map(|(i, &w)| {
        let row = i / columns;
        let column = i % columns;
        (row / rows * columns + column, row, w)
    });
    let map = LinearMap::of(count(&input), count(&output), terms);
    let bias = bias.map_or(Ok(vec![0.0; count(&output)]), |b| values(b, count(&output)))?;
    Ok(MadeConnection {
        map,
        bias,
        shape: output,
        shared: false,
    })
}

fn flatten(node: &Flatten, shape: &[usize]) -> Result<Vec<usize>, QuantiseProblem> {
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

/// One axis of a convolution.
struct WindowAxis {
    length: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    /// Zeros in front.
    front: usize,
    windows: usize,
}

impl WindowAxis {
    fn new(
        length: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
        padding: Padding<usize>,
    ) -> Option<WindowAxis> {
        let span = dilation.checked_mul(kernel.checked_sub(1)?)? + 1;
        let (front, zeros) = match padding {
            Padding::Valid => (0, 0),
            Padding::Zeros(n) => (n, n.checked_mul(2)?),
            Padding::Same => ((span - 1) / 2, span - 1),
        };
        let windows = length
            .checked_add(zeros)?
            .checked_sub(span)?
            .checked_div(stride)?
            + 1;
        Some(WindowAxis {
            length,
            kernel,
            stride,
            dilation,
            front,
            windows,
        })
    }

    /// (window, kernel element, place in the data) for every element that is inside.
    fn taps(&self) -> Vec<(usize, usize, usize)> {
        let mut taps = vec![];
        for window in 0..self.windows {
            for element in 0..self.kernel {
                let padded = window * self.stride + element * self.dilation;
                // places in the padding hold 0 and give no synapse
                let place = padded.checked_sub(self.front);
                if let Some(place) = place.filter(|place| *place < self.length) {
                    taps.push((window, element, place));
                }
            }
        }
        taps
    }
}

fn conv1d(node: &seamount_network::graph::Conv1d, shape: &[usize]) -> Made {
    let &[channels, length] = shape else {
        return Err(wrong(shape, "(channels, length)"));
    };
    let &[out, inner, kernel] = &node.weight.shape[..] else {
        return Err(QuantiseProblem::Rule(format!(
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
    let made = conv2d(&flat, &[channels, 1, length])?;
    Ok(MadeConnection {
        shape: vec![made.shape[0], made.shape[2]],
        ..made
    })
}

fn conv2d(node: &Conv2d, shape: &[usize]) -> Made {
    let &[channels, height, width] = shape else {
        return Err(wrong(shape, "(channels, height, width)"));
    };
    let &[out, inner, rows, columns] = &node.weight.shape[..] else {
        let text = format!(
            "weight has shape {:?}, wanted (out, in, height, width)",
            node.weight.shape
        );
        return Err(QuantiseProblem::Rule(text));
    };
    let groups = node.groups;
    if groups == 0 || inner * groups != channels || out % groups != 0 {
        return Err(wrong(
            shape,
            format!("{} channels in {groups} groups", inner * groups),
        ));
    }
    let axis = |i: usize, length: usize, kernel: usize| {
        let padding = match node.padding {
            Padding::Same => Padding::Same,
            Padding::Valid => Padding::Valid,
            Padding::Zeros(n) => Padding::Zeros(n[i]),
        };
        WindowAxis::new(length, kernel, node.stride[i], node.dilation[i], padding)
    };
    let (Some(down), Some(across)) = (axis(0, height, rows), axis(1, width, columns)) else {
        return Err(wrong(shape, "at least one window"));
    };
    let places = down.windows * across.windows;
    let sources = channels * height * width;
    let counts = [out, inner, down.windows, rows, across.windows, columns];
    let count = counts
        .iter()
        .fold(1u64, |product, &n| product.saturating_mul(n as u64));
    if count > TERMS_MAX {
        return Err(limit(count, TERMS_MAX));
    }
    let down_taps = down.taps();
    let across_taps = across.taps();
    let mut terms = vec![];
    for o in 0..out {
        for i in 0..inner {
            let channel = o / (out / groups) * inner + i;
            for &(m, k, y) in &down_taps {
                for &(n, l, x) in &across_taps {
                    let weight = node.weight.data[((o * inner + i) * rows + k) * columns + l];
                    let target = o * places + m * across.windows + n;
                    terms.push(((channel * height + y) * width + x, target, weight));
                }
            }
        }
    }
    let bias = if node.bias.is_empty() {
        vec![0.0; out]
    } else {
        values(&node.bias, out)?
    };
    let bias = (0..out * places).map(|t| bias[t / places]).collect();
    let shape = vec![out, down.windows, across.windows];
    Ok(MadeConnection {
        map: LinearMap::of(sources, out * places, terms),
        bias,
        shape,
        shared: true,
    })
}

/// Pooling: a convolution of every channel with a constant kernel.
fn pool(
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    weight: f64,
    shape: &[usize],
) -> Made {
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
