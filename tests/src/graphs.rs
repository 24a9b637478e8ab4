//! Small float graphs for tests.

use seamount_network::graph::*;

/// An Input of a shape.
pub fn input(shape: &[usize]) -> Node {
    Node::Input(Input {
        shape: Some(shape.to_vec()),
    })
}

/// An Output of whatever enters it.
pub fn output() -> Node {
    Node::Output(Output::default())
}

/// Nodes one after another.
pub fn chain(nodes: Vec<(&str, Node)>) -> Graph {
    let mut graph = Graph::default();
    let names: Vec<&str> = nodes.iter().map(|n| n.0).collect();
    nodes
        .into_iter()
        .for_each(|(name, node)| drop(graph.nodes.insert(name.into(), node)));
    for pair in names.windows(2) {
        graph.connect(pair[0], pair[1]);
    }
    graph
}

/// Uniform numbers in -1..1 from a fixed sequence.
pub struct Draws(pub u64);

impl Draws {
    /// The next number.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    /// A matrix whose rows are scaled one by one.
    pub fn matrix(&mut self, rows: usize, columns: usize, scale: impl Fn(usize) -> f64) -> Tensor {
        let data = (0..rows * columns)
            .map(|i| self.next() * scale(i / columns))
            .collect();
        Tensor::new(vec![rows, columns], data).unwrap()
    }
}

/// LIF neurons, all alike, with r = 1.
pub fn lif(size: usize, tau: f64, v_leak: f64, v_threshold: f64, v_reset: f64) -> Node {
    let all = |x| Tensor::filled(vec![size], x);
    Node::Lif(Lif {
        tau: all(tau),
        r: all(1.0),
        v_leak: all(v_leak),
        v_threshold: all(v_threshold),
        v_reset: all(v_reset),
    })
}

/// CubaLIF neurons, all alike.
pub fn cuba(size: usize) -> Node {
    let all = |x| Tensor::filled(vec![size], x);
    Node::CubaLif(CubaLif {
        tau_syn: all(2e-3),
        tau_mem: all(1e-2),
        r: all(100.0),
        v_leak: all(0.0),
        v_threshold: all(1.0),
        v_reset: all(0.0),
        w_in: all(1.0),
    })
}

/// As in a trained recurrent network: gains differ by a factor of 100 between neurons.
pub fn srnn(seed: u64) -> Graph {
    let mut draws = Draws(seed);
    let gain = |j: usize| 100f64.powf(j as f64 / 29.0 - 1.0);
    let scale = |j: usize| 8.0 * gain(j);
    let threshold = Tensor::vector((0..30).map(gain).collect());
    let Node::Lif(mut neurons) = lif(30, 2e-3, 0.0, 1.0, 0.0) else {
        unreachable!()
    };
    neurons.v_threshold = threshold;
    let bias = Tensor::vector((0..30).map(|j| 0.1 * gain(j)).collect());
    let mut graph = chain(vec![
        ("in", input(&[20])),
        (
            "w_in",
            Node::Affine(Affine {
                weight: draws.matrix(30, 20, scale),
                bias,
            }),
        ),
        ("rec", Node::Lif(neurons)),
        ("out", output()),
    ]);
    graph.add(
        "w.rec",
        Node::Linear(Linear {
            weight: draws.matrix(30, 30, scale),
        }),
    );
    graph.connect("rec", "w.rec").connect("w.rec", "rec");
    graph
}

/// Two channels of 12 x 12, a convolution to four, IF neurons, pooling, a readout of 5.
pub fn small_cnn() -> Graph {
    let mut draws = Draws(23);
    let data = (0..4 * 2 * 9).map(|_| draws.next() * 0.8 + 0.2).collect();
    let conv = Conv2d {
        input_shape: Some([12, 12]),
        weight: Tensor::new(vec![4, 2, 3, 3], data).unwrap(),
        stride: [1, 1],
        padding: Padding::Zeros([1, 1]),
        dilation: [1, 1],
        groups: 1,
        bias: Tensor::filled(vec![4], 0.0),
    };
    let integrate = |shape: &[usize]| {
        let all = |x| Tensor::filled(shape.to_vec(), x);
        Node::If(If {
            r: all(1.0),
            v_threshold: all(1.0),
            v_reset: all(0.0),
        })
    };
    let pool = AvgPool2d {
        kernel_size: [2, 2],
        stride: [2, 2],
        padding: [0, 0],
    };
    let weight = draws.matrix(5, 144, |_| 0.5);
    let readout = Li {
        tau: Tensor::scalar(20.0),
        r: Tensor::scalar(1.0),
        v_leak: Tensor::scalar(0.0),
    };
    chain(vec![
        ("in", input(&[2, 12, 12])),
        ("0", Node::Conv2d(conv)),
        ("1", integrate(&[4, 12, 12])),
        ("2", Node::AvgPool2d(pool)),
        (
            "3",
            Node::Flatten(Flatten {
                input_type: None,
                start_dim: 0,
                end_dim: -1,
            }),
        ),
        ("4", Node::Linear(Linear { weight })),
        ("5", Node::Li(readout)),
        ("out", output()),
    ])
}
