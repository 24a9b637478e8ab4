//! The released network: dense layers, ReLU and a layer norm without gain after each hidden one.

use seamount_reference::Draws;
use seamount_reference::Matrix;

/// Added to the variance of a layer norm.
const NORM_EPSILON: f64 = 1e-6;

/// Dense layers; `weights[k]` is `[source][neuron]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mlp {
    /// Weights by source.
    pub weights: Vec<Matrix>,
    /// A bias per neuron.
    pub biases: Vec<Vec<f64>>,
}

/// Activity of a sample: inputs of each layer, and outputs of each layer before the norm.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Activity {
    /// Input of each layer.
    pub entering: Vec<Vec<f64>>,
    /// z of each layer: after ReLU in hidden ones, as it is in the last.
    pub leaving: Vec<Vec<f64>>,
}

impl Mlp {
    /// Weights drawn from N(0, 1 / sources), biases 0.
    pub fn random(sizes: &[usize], seed: u64) -> Mlp {
        let mut draws = Draws::new(seed, 0x6d6c70);
        let layer = |pair: &[usize]| {
            let scale = 1.0 / (pair[0] as f64).sqrt();
            // truncated at two standard deviations and rescaled, as the released code draws them
            let mut draw = || loop {
                let x = draws.normal();
                if x.abs() < 2.0 {
                    return x * scale / 0.879_625_661_034_239_8;
                }
            };
            Matrix::from_fn(pair[0], pair[1], |_, _| draw())
        };
        let weights: Vec<Matrix> = sizes.windows(2).map(layer).collect();
        Mlp {
            biases: weights.iter().map(|w| vec![0.0; w.cols()]).collect(),
            weights,
        }
    }

    /// Number of layers.
    pub fn layers(&self) -> usize {
        self.weights.len()
    }

    /// A sample through the network.
    pub fn forward(&self, input: &[f64], activity: &mut Activity) {
        activity.entering.resize(self.layers(), vec![]);
        activity.leaving.resize(self.layers(), vec![]);
        for k in 0..self.layers() {
            let mut x = std::mem::take(&mut activity.entering[k]);
            x.clear();
            match k.checked_sub(1) {
                None => x.extend_from_slice(input),
                Some(before) => normalise(&activity.leaving[before], &mut x),
            }
            let z = &mut activity.leaving[k];
            z.clear();
            z.extend_from_slice(&self.biases[k]);
            for (source, value) in x.iter().enumerate().filter(|(_, v)| **v != 0.0) {
                z.iter_mut()
                    .zip(self.weights[k].row(source))
                    .for_each(|(z, w)| *z += value * w);
            }
            if k + 1 < self.layers() {
                z.iter_mut().for_each(|z| *z = z.max(0.0));
            }
            activity.entering[k] = x;
        }
    }

    /// The class of a sample: the first of the largest outputs.
    pub fn class(&self, input: &[f64], activity: &mut Activity) -> usize {
        self.forward(input, activity);
        let outputs = activity.leaving.last().map_or(&[][..], |z| z);
        (0..outputs.len())
            .rev()
            .max_by(|a, b| outputs[*a].total_cmp(&outputs[*b]))
            .unwrap_or(0)
    }

    /// Share of samples whose class is the label.
    pub fn accuracy<S: AsRef<[f64]>>(&self, samples: &[S], labels: &[usize]) -> f64 {
        let mut activity = Activity::default();
        let right = samples
            .iter()
            .zip(labels)
            .filter(|(s, l)| self.class(s.as_ref(), &mut activity) == **l)
            .count();
        right as f64 / samples.len().max(1) as f64
    }
}

fn normalise(values: &[f64], out: &mut Vec<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    let scale = 1.0 / (variance + NORM_EPSILON).sqrt();
    out.extend(values.iter().map(|v| (v - mean) * scale));
}

/// Softmax of outputs less the one-hot label: the derivative of the cross entropy.
pub fn output_error(outputs: &[f64], label: usize) -> Vec<f64> {
    let most = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exps: Vec<f64> = outputs.iter().map(|o| (o - most).exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter()
        .enumerate()
        .map(|(k, e)| e / sum - f64::from(u8::from(k == label)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_norm_has_mean_zero_and_variance_one() {
        let mut out = vec![];
        normalise(&[1.0, 2.0, 6.0], &mut out);
        assert!(out.iter().sum::<f64>().abs() < 1e-12);
        assert!((out.iter().map(|v| v * v).sum::<f64>() / 3.0 - 1.0).abs() < 1e-5);
        let error = output_error(&[1.0, 1.0], 1);
        assert_eq!(error, [0.5, -0.5]);
    }

    #[test]
    fn layers_are_applied_in_order() {
        let mut net = Mlp::random(&[2, 3, 2], 1);
        net.weights[0] = Matrix::from_fn(2, 3, |s, n| if s == n { 1.0 } else { 0.0 });
        let mut activity = Activity::default();
        net.forward(&[2.0, -1.0], &mut activity);
        assert_eq!(activity.leaving[0], [2.0, 0.0, 0.0]);
        assert_eq!(
            (activity.entering[1].len(), activity.leaving[1].len()),
            (3, 2)
        );
    }
}
