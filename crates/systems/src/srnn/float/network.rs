//! Layers in a chain: within a step (as trained), or one step later each (as on a chip).

use super::layer::{Entering, Layer, LayerState};

/// A chain of layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// The layers, input first.
    pub layers: Vec<Layer>,
}

/// When a layer sees the spikes of the layer before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// In the step in which they happen: the published networks.
    SameStep,
    /// One step later, and layer k waits k steps at rest before its first: a pipeline. Layer k does
    /// in step t + k what it does in step t of [`Order::SameStep`].
    Pipelined,
    /// One step later, and no layer waits: while the first input is on its way, biases and
    /// recurrence already move the later layers.
    Late,
}

/// State of every layer.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Steps done.
    pub steps: u64,
    /// The layers, input first.
    pub layers: Vec<LayerState>,
    current: Vec<Vec<f64>>,
}

impl Network {
    /// State of the network before its first step.
    pub fn rest(&self) -> State {
        State {
            steps: 0,
            layers: self.layers.iter().map(Layer::rest).collect(),
            current: self.layers.iter().map(|l| vec![0.0; l.size()]).collect(),
        }
    }

    /// Steps between an input and its first effect on the last layer's spikes, beyond the step
    /// of the input itself.
    pub fn lag(&self, order: Order) -> usize {
        if order == Order::SameStep {
            0
        } else {
            self.layers.len().saturating_sub(1)
        }
    }

    /// One step with a number per input.
    pub fn step(&self, input: &[f64], order: Order, state: &mut State) {
        let last_first = order != Order::SameStep;
        let n = self.layers.len();
        for i in 0..n {
            let k = if last_first { n - 1 - i } else { i };
            if order == Order::Pipelined && state.steps < k as u64 {
                continue;
            }
            let (before, rest) = state.layers.split_at_mut(k);
            let Some(own) = rest.first_mut() else {
                continue;
            };
            let entering = before
                .last()
                .map_or(Entering::Values(input), |b| Entering::Spikes(&b.active));
            self.layers[k].step(entering, own, &mut state.current[k]);
        }
        state.steps += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::layer::{Dense, Neurons};
    use super::*;
    use seamount_reference::Draws;
    use seamount_reference::Matrix;

    fn random(seed: u64) -> Network {
        let mut draws = Draws::new(seed, 0);
        let sizes = [3, 6, 7, 5];
        let mut dense = |n: usize, m: usize| {
            let w = Matrix::from_fn(n, m, |_, _| draws.normal());
            let bias = (0..n).map(|_| 0.3 * draws.normal()).collect();
            Dense::new(&w, bias)
        };
        let layer = |k: usize, input: Dense, own: Dense| Layer {
            name: k.to_string(),
            input,
            recurrent: (k != 2).then_some(own),
            neurons: Neurons::new(
                &vec![5.0; sizes[k + 1]],
                &vec![20.0; sizes[k + 1]],
                0.1,
                1.8,
                0.01,
            ),
        };
        let layers = (0..3)
            .map(|k| {
                let input = dense(sizes[k + 1], sizes[k]);
                let own = dense(sizes[k + 1], sizes[k + 1]);
                layer(k, input, own)
            })
            .collect();
        Network { layers }
    }

    #[test]
    fn a_pipeline_does_the_same_later() {
        let net = random(5);
        let mut draws = Draws::new(9, 1);
        let inputs: Vec<Vec<f64>> = (0..60)
            .map(|_| (0..3).map(|_| draws.normal()).collect())
            .collect();
        let run = |order: Order| {
            let mut state = net.rest();
            let mut seen = vec![];
            for input in &inputs {
                net.step(input, order, &mut state);
                seen.push(state.layers.clone());
            }
            seen
        };
        let same = run(Order::SameStep);
        let later = run(Order::Pipelined);
        let late = run(Order::Late);
        let mut differs = false;
        for k in 0..3 {
            for t in 0..60 - k {
                assert_eq!(same[t][k], later[t + k][k], "layer {k}, step {t}");
                differs |= same[t][k] != late[t + k][k];
            }
        }
        assert!(
            differs,
            "without waiting, biases move the later layers first"
        );
        assert!(same.iter().all(|s| s[0] == s[0]) && same.iter().any(|s| !s[2].active.is_empty()));
        assert_eq!(
            (net.lag(Order::SameStep), net.lag(Order::Pipelined)),
            (0, 2)
        );
    }
}
