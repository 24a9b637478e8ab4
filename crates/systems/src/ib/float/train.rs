//! Training by the rule: windows of the last N samples slide by one, in the same order every epoch.
//!
//! In each step every sample of the window goes through the network as it is. A hidden layer moves
//! by xi times the derivative of the current sample's output by the layer's own weights; the last
//! layer by the derivative of the cross entropy, mean over the window. Nothing crosses a layer.

use super::mlp::{Activity, Mlp, output_error};
use super::modulator::{Bottleneck, Window};
use super::optimise::{AdamW, AdamWMoments};

/// Where xi of hidden layers comes from.
pub trait Modulator {
    /// xi of hidden layer `layer`, given the window and what the layer put out, oldest first.
    fn modulate(&mut self, layer: usize, window: &Window, outputs: &[&[f64]]) -> Vec<f64>;
}

impl Modulator for Bottleneck {
    fn modulate(&mut self, _layer: usize, window: &Window, outputs: &[&[f64]]) -> Vec<f64> {
        self.modulator(window, outputs)
    }
}

/// xi = 0: hidden layers stay as they were drawn, but for the optimiser's decay.
pub struct Silent;

impl Modulator for Silent {
    fn modulate(&mut self, _layer: usize, _window: &Window, outputs: &[&[f64]]) -> Vec<f64> {
        vec![0.0; outputs.last().map_or(0, |z| z.len())]
    }
}

/// A network in training.
#[derive(Debug, Clone, PartialEq)]
pub struct IbTrainer {
    /// Weights and biases.
    pub net: Mlp,
    /// AdamWMoments of weights and biases, layer by layer.
    pub moments: Vec<[AdamWMoments; 2]>,
    /// Updates so far.
    pub updates: u64,
    /// Rate and decay of the next update.
    pub optimiser: AdamW,
    activity: Vec<Activity>,
    gradient: Vec<f64>,
}

impl IbTrainer {
    /// A network that has not been trained.
    pub fn new(net: Mlp, optimiser: AdamW) -> IbTrainer {
        let moments = net
            .weights
            .iter()
            .map(|w| {
                [
                    AdamWMoments::new(w.values().len()),
                    AdamWMoments::new(w.cols()),
                ]
            })
            .collect();
        IbTrainer {
            net,
            moments,
            updates: 0,
            optimiser,
            activity: vec![],
            gradient: vec![],
        }
    }

    /// One update. `samples` and `labels` are the window, oldest first.
    pub fn step(
        &mut self,
        samples: &[&[f64]],
        labels: &[usize],
        window: &Window,
        modulator: &mut dyn Modulator,
    ) {
        let n = samples.len();
        self.activity.resize_with(n, Activity::default);
        for (sample, activity) in samples.iter().zip(&mut self.activity) {
            self.net.forward(sample, activity);
        }
        self.updates += 1;
        let last = self.net.layers() - 1;
        for layer in 0..=last {
            let errors = if layer == last {
                let mean = |k: usize| {
                    let error = output_error(&self.activity[k].leaving[layer], labels[k]);
                    error.iter().map(|e| e / n as f64).collect()
                };
                (0..n).map(|k| (k, mean(k))).collect()
            } else {
                let outputs: Vec<&[f64]> = self
                    .activity
                    .iter()
                    .map(|a| &a.leaving[layer][..])
                    .collect();
                let mut xi = modulator.modulate(layer, window, &outputs);
                // the derivative of ReLU at the current sample
                xi.iter_mut()
                    .zip(outputs[n - 1])
                    .filter(|(_, z)| **z <= 0.0)
                    .for_each(|(x, _)| *x = 0.0);
                vec![(n - 1, xi)]
            };
            self.apply(layer, &errors);
        }
    }

    /// Weights of a layer move by the product of what entered and the errors given, sample by
    /// sample.
    fn apply(&mut self, layer: usize, errors: &[(usize, Vec<f64>)]) {
        let weights = &mut self.net.weights[layer];
        let columns = self.net.biases[layer].len();
        self.gradient.clear();
        self.gradient.resize(weights.values().len(), 0.0);
        for (sample, error) in errors {
            for (source, value) in self.activity[*sample].entering[layer]
                .iter()
                .enumerate()
                .filter(|(_, v)| **v != 0.0)
            {
                let row = &mut self.gradient[source * columns..(source + 1) * columns];
                row.iter_mut().zip(error).for_each(|(g, e)| *g += value * e);
            }
        }
        let [of_weights, of_biases] = &mut self.moments[layer];
        of_weights.update(
            &self.optimiser,
            self.updates,
            weights.values_mut(),
            &self.gradient,
        );
        let bias: Vec<f64> = (0..columns)
            .map(|k| errors.iter().map(|(_, e)| e[k]).sum())
            .collect();
        of_biases.update(
            &self.optimiser,
            self.updates,
            &mut self.net.biases[layer],
            &bias,
        );
    }
}

/// Labels as one-hot vectors.
pub fn one_hot(labels: &[usize], classes: usize) -> Vec<Vec<f64>> {
    labels
        .iter()
        .map(|l| (0..classes).map(|k| f64::from(u8::from(k == *l))).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::modulator::XiForm;
    use super::*;

    #[test]
    fn the_last_layer_goes_down_the_cross_entropy() {
        let mut trainer = IbTrainer::new(
            Mlp::random(&[2, 4, 2], 7),
            AdamW {
                rate: 1e-2,
                decay: 0.0,
            },
        );
        let rule = Bottleneck {
            gamma: 2.0,
            sigma: [0.5, 0.5, 1.0],
            form: XiForm::Released,
        };
        let samples: [&[f64]; 4] = [&[1.0, 0.2], &[-1.0, 0.1], &[0.9, -0.3], &[-1.2, 0.3]];
        let labels = [0, 1, 0, 1];
        let window = rule.window(&samples, &one_hot(&labels, 2));
        for _ in 0..300 {
            trainer.step(&samples, &labels, &window, &mut rule.clone());
        }
        assert_eq!(trainer.net.accuracy(&samples, &labels), 1.0);
    }
}
