//! Who reaches whom, and where the weights and phases lie in one flat vector of parameters.

use seamount_reference::Draws;
use std::ops::Range;

/// The weights from one source to a run of consecutive neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// First neuron that it reaches.
    pub first: usize,
    /// How many it reaches.
    pub len: usize,
    /// Place of its first weight among the parameters.
    pub at: usize,
}

impl Row {
    /// The neurons reached.
    pub fn posts(&self) -> Range<usize> {
        self.first..self.first + self.len
    }

    /// Places of the weights.
    pub fn weights(&self) -> Range<usize> {
        self.at..self.at + self.len
    }
}

/// A network's shape. Parameters: a row for each input, a row for each neuron, then one initial
/// phase for each neuron.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wiring {
    inputs: Vec<Row>,
    neurons: Vec<Row>,
    layers: Vec<Range<usize>>,
}

impl Wiring {
    /// Inputs, then layers, each reaching the whole of the next: `[784, 100, 100, 10]`. The last
    /// layer reaches nobody. Needs two sizes or more, all above 0.
    pub fn layered(sizes: &[usize]) -> Wiring {
        assert!(
            sizes.len() >= 2 && sizes.iter().all(|&n| n > 0),
            "inputs and at least one layer"
        );
        let mut layers: Vec<Range<usize>> = vec![];
        for &size in &sizes[1..] {
            let start = layers.last().map_or(0, |l| l.end);
            layers.push(start..start + size);
        }
        let mut at = 0;
        let mut row = |posts: Range<usize>| {
            let row = Row {
                first: posts.start,
                len: posts.len(),
                at,
            };
            at += posts.len();
            row
        };
        let inputs = (0..sizes[0]).map(|_| row(layers[0].clone())).collect();
        let end = layers[layers.len() - 1].end;
        let after = |l: usize| layers.get(l + 1).cloned().unwrap_or(end..end);
        let neurons = (0..layers.len())
            .flat_map(|l| layers[l].clone().map(move |_| l))
            .map(|l| row(after(l)))
            .collect();
        Wiring {
            inputs,
            neurons,
            layers,
        }
    }

    /// Inputs and neurons that all reach all neurons. A neuron's weight to itself is never used.
    pub fn recurrent(inputs: usize, neurons: usize) -> Wiring {
        let row = |i: usize| Row {
            first: 0,
            len: neurons,
            at: i * neurons,
        };
        let layers = std::iter::once(0..neurons).collect();
        Wiring {
            inputs: (0..inputs).map(row).collect(),
            neurons: (inputs..inputs + neurons).map(row).collect(),
            layers,
        }
    }

    /// Row of each input; all reach the same neurons.
    pub fn inputs(&self) -> &[Row] {
        &self.inputs
    }

    /// Row of each neuron.
    pub fn neurons(&self) -> &[Row] {
        &self.neurons
    }

    /// Neurons of each layer; the last is the output.
    pub fn layers(&self) -> &[Range<usize>] {
        &self.layers
    }

    /// Neurons of the last layer.
    pub fn outputs(&self) -> Range<usize> {
        self.layers[self.layers.len() - 1].clone()
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.inputs.iter().chain(&self.neurons).map(|r| r.len).sum()
    }

    /// Places of the initial phases.
    pub fn phases(&self) -> Range<usize> {
        self.weights()..self.parameters()
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.weights() + self.neurons.len()
    }

    /// Weights uniform in +-1/2 / sqrt(sources of the layer), all phases `phase` (D.2).
    pub fn initial(&self, seed: u64, phase: f64) -> Vec<f64> {
        let mut draws = Draws::new(seed, 0);
        let mut parameters = vec![phase; self.parameters()];
        let fan_in = |layer: usize| {
            if layer == 0 {
                self.inputs.len()
            } else {
                self.layers[layer - 1].len()
            }
        };
        for row in self
            .inputs
            .iter()
            .chain(&self.neurons)
            .filter(|r| r.len > 0)
        {
            let layer = self
                .layers
                .iter()
                .position(|l| l.contains(&row.first))
                .unwrap_or(0);
            let bound = 0.5 / (fan_in(layer) as f64).sqrt();
            parameters[row.weights()].fill_with(|| draws.uniform_in(-bound, bound));
        }
        parameters
    }
}
