//! The float network in 32-bit floats, as the published weights were trained and run: the same
//! equations, every product and sum rounded to 32 bits. Sums go source by source, which is not the
//! order of anybody's matrix products.

use super::smnist::{ImageResult, WINDOW, count};
use crate::srnn::float::{Dense, Layer, Network};

/// A layer in 32-bit floats.
#[derive(Debug, Clone)]
struct SingleLayer {
    input: SingleWeights,
    recurrent: Option<SingleWeights>,
    alpha: Vec<f32>,
    rho: Vec<f32>,
    base: f32,
    beta: f32,
    adaptation_start: f32,
}

/// Row s: what source s gives to each neuron.
#[derive(Debug, Clone)]
struct SingleWeights {
    by_source: Vec<Vec<f32>>,
    bias: Vec<f32>,
}

/// A chain of layers in 32-bit floats.
#[derive(Debug, Clone)]
pub struct SingleNetwork {
    layers: Vec<SingleLayer>,
}

struct SingleState {
    u: Vec<f32>,
    b: Vec<f32>,
    spiked: Vec<bool>,
    active: Vec<u32>,
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|v| *v as f32).collect()
}

impl SingleWeights {
    fn new(dense: &Dense) -> SingleWeights {
        let row = |s: usize| {
            (0..dense.targets())
                .map(|t| dense.weight(t, s) as f32)
                .collect()
        };
        SingleWeights {
            by_source: (0..dense.sources()).map(row).collect(),
            bias: narrow(&dense.bias),
        }
    }

    fn add(&self, source: usize, factor: f32, sum: &mut [f32]) {
        sum.iter_mut()
            .zip(&self.by_source[source])
            .for_each(|(sum, w)| *sum += factor * w);
    }
}

impl SingleLayer {
    fn new(layer: &Layer) -> SingleLayer {
        let neurons = &layer.neurons;
        SingleLayer {
            input: SingleWeights::new(&layer.input),
            recurrent: layer.recurrent.as_ref().map(SingleWeights::new),
            alpha: narrow(&neurons.alpha),
            rho: narrow(&neurons.rho),
            base: neurons.base as f32,
            beta: neurons.beta as f32,
            adaptation_start: neurons.adaptation_start as f32,
        }
    }

    fn rest(&self) -> SingleState {
        let n = self.alpha.len();
        SingleState {
            u: vec![0.0; n],
            b: vec![self.adaptation_start; n],
            spiked: vec![false; n],
            active: vec![],
        }
    }

    /// One step; `current` is what arrives from outside the layer.
    fn step(&self, state: &mut SingleState, mut current: Vec<f32>) {
        if let Some(own) = &self.recurrent {
            let mut sum = own.bias.clone();
            state
                .active
                .iter()
                .for_each(|s| own.add(*s as usize, 1.0, &mut sum));
            current.iter_mut().zip(sum).for_each(|(c, s)| *c += s);
        }
        state.active.clear();
        for (j, current) in current.iter().enumerate() {
            let alpha = self.alpha[j];
            let rho = self.rho[j];
            let s = f32::from(u8::from(state.spiked[j]));
            let b = rho * state.b[j] + (1.0 - rho) * s;
            let threshold = self.base + self.beta * b;
            let u = state.u[j] * alpha + (1.0 - alpha) * current - threshold * s;
            (state.u[j], state.b[j], state.spiked[j]) = (u, b, u > threshold);
            if u > threshold {
                state.active.push(j as u32);
            }
        }
    }
}

impl SingleNetwork {
    /// Rounds a network.
    pub fn new(network: &Network) -> SingleNetwork {
        SingleNetwork {
            layers: network.layers.iter().map(SingleLayer::new).collect(),
        }
    }

    /// An image, layers within a step.
    pub fn image(&self, pixels: &[u8]) -> ImageResult {
        let values: Vec<f32> = pixels.iter().map(|p| f32::from(*p) / 255.0).collect();
        let mut states: Vec<SingleState> = self.layers.iter().map(SingleLayer::rest).collect();
        count(0, |_, at, fired| {
            for (k, layer) in self.layers.iter().enumerate() {
                let mut current = layer.input.bias.clone();
                match k.checked_sub(1) {
                    None => values[at..at + WINDOW]
                        .iter()
                        .enumerate()
                        .for_each(|(s, x)| layer.input.add(s, *x, &mut current)),
                    Some(before) => states[before]
                        .active
                        .iter()
                        .for_each(|s| layer.input.add(*s as usize, 1.0, &mut current)),
                }
                layer.step(&mut states[k], current);
                fired(k, &states[k].active);
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srnn::float::Neurons;
    use crate::srnn::float::layer::Entering;
    use seamount_reference::Matrix;

    #[test]
    fn single_precision_follows_double() {
        let input = Dense::new(
            &Matrix::from_fn(2, 1, |r, _| [1.0, -0.5][r]),
            vec![0.1, 0.2],
        );
        let own = Dense::new(
            &Matrix::from_fn(2, 2, |r, c| [[0.25, -0.125], [0.5, 0.25]][r][c]),
            vec![0.05, 0.0],
        );
        let neurons = Neurons {
            alpha: vec![0.7, 0.5],
            rho: vec![0.9, 0.5],
            base: 0.1,
            beta: 1.8,
            adaptation_start: 0.01,
        };
        let layer = Layer {
            name: "x".into(),
            input,
            recurrent: Some(own),
            neurons,
        };
        let single = SingleLayer::new(&layer);
        let mut state = single.rest();
        let mut double = layer.rest();
        let mut scratch = [0.0; 2];
        let mut spikes = 0;
        for step in 0..60 {
            let x = f64::from(step % 7) / 7.0;
            layer.step(Entering::Values(&[x]), &mut double, &mut scratch);
            let mut current = single.input.bias.clone();
            single.input.add(0, x as f32, &mut current);
            single.step(&mut state, current);
            assert_eq!(state.active, double.active, "step {step}");
            assert!(
                (f64::from(state.u[0]) - double.membrane[0]).abs() < 1e-5,
                "step {step}"
            );
            spikes += state.active.len();
        }
        assert!(spikes > 10, "{spikes} spikes");
    }
}
