//! From gradients to weights: gradient descent, Adam, clipping (A.1, "Update").
//!
//! Adam is TensorFlow's, with epsilon outside the bias correction, because the published losses of
//! evidence accumulation were made with it; PyTorch's form has epsilon inside.

use serde::Serialize;

use super::network::Weights;
use crate::Matrix;

/// Which step is taken along the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Descent {
    /// W <- W - eta g.
    GradientDescent,
    /// Adam in the TensorFlow form, epsilon outside the bias correction.
    Adam {
        /// Decay of the first moment.
        beta_1: f64,
        /// Decay of the second moment.
        beta_2: f64,
        /// Added to the root of the second moment.
        epsilon: f64,
    },
}

/// Settings of the optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Optimiser {
    /// Which step is taken along the gradient.
    pub rule: Descent,
    /// eta, the learning rate.
    #[doc(alias = "eta")]
    pub learning_rate: f64,
    /// Factors on the gradients of W_in, W_rec, W_out. As in ChFrenkel's code they act
    /// before the rule, so that Adam, blind to a gradient's scale, all but undoes them.
    pub layer_factors: [f64; 3],
    /// Lower clip of every weight.
    pub weight_min: f64,
    /// Upper clip of every weight.
    pub weight_max: f64,
}

impl Optimiser {
    /// Gradient descent, equal in all layers, clipped at NEST's default of +-100.
    pub fn gradient_descent(learning_rate: f64) -> Self {
        let rule = Descent::GradientDescent;
        Self {
            rule,
            learning_rate,
            layer_factors: [1.0; 3],
            weight_min: -100.0,
            weight_max: 100.0,
        }
    }

    /// Adam with the published decays (0.9, 0.999, 1e-8).
    pub fn adam(learning_rate: f64) -> Self {
        let rule = Descent::Adam {
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-8,
        };
        Self {
            rule,
            ..Self::gradient_descent(learning_rate)
        }
    }
}

/// First and second moments of one matrix, and the count of updates so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    first: Matrix,
    second: Matrix,
    updates: u32,
}

impl Moments {
    /// Both moments, and the count of updates.
    pub(super) fn parts_mut(&mut self) -> (&mut Matrix, &mut Matrix, &mut u32) {
        (&mut self.first, &mut self.second, &mut self.updates)
    }

    /// Moments of a matrix that has not been updated.
    pub fn new(like: &Matrix) -> Self {
        let zeros = Matrix::zeros(like.rows(), like.cols());
        Self {
            first: zeros.clone(),
            second: zeros,
            updates: 0,
        }
    }

    /// W <- clip(W - step), where `factor` scales the gradient first.
    pub fn update(
        &mut self,
        optimiser: &Optimiser,
        factor: f64,
        gradient: &Matrix,
        weights: &mut Matrix,
    ) {
        self.updates += 1;
        let eta = optimiser.learning_rate;
        match optimiser.rule {
            Descent::GradientDescent => weights.add_scaled(gradient, -eta * factor),
            Descent::Adam {
                beta_1,
                beta_2,
                epsilon,
            } => {
                let mut scaled = gradient.clone();
                scaled.scale(factor);
                // alpha_t = eta sqrt(1 - b2^t) / (1 - b1^t); W -= alpha_t m / (sqrt(v) + eps)
                let t = f64::from(self.updates);
                let rate = eta * (1.0 - beta_2.powf(t)).sqrt() / (1.0 - beta_1.powf(t));
                let first = self.first.values_mut().iter_mut();
                let moments = first.zip(self.second.values_mut());
                let pairs = weights.values_mut().iter_mut().zip(scaled.values());
                for ((w, g), (m, v)) in pairs.zip(moments) {
                    *m = beta_1 * *m + (1.0 - beta_1) * g;
                    *v = beta_2 * *v + (1.0 - beta_2) * g * g;
                    *w -= rate * *m / (v.sqrt() + epsilon);
                }
            }
        }
        for w in weights.values_mut() {
            *w = w.max(optimiser.weight_min).min(optimiser.weight_max);
        }
    }
}

/// Moments of the three weight matrices.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightMoments([Moments; 3]);

impl WeightMoments {
    /// Moments of each of the three matrices.
    pub(super) fn layers_mut(&mut self) -> &mut [Moments; 3] {
        &mut self.0
    }

    /// Moments of weights that have not been updated.
    pub fn new(like: &Weights) -> Self {
        Self(like.layers().map(Moments::new))
    }

    /// One update of all three matrices.
    pub fn update(&mut self, optimiser: &Optimiser, gradient: &Weights, weights: &mut Weights) {
        let layers = weights.layers_mut().into_iter().zip(gradient.layers());
        for ((moments, (w, g)), factor) in
            self.0.iter_mut().zip(layers).zip(optimiser.layer_factors)
        {
            moments.update(optimiser, factor, g, w);
        }
        weights.w_rec.clear_diagonal();
    }
}

#[cfg(test)]
mod tests {
    use super::{Moments, Optimiser};
    use crate::Matrix;

    fn after(optimiser: &Optimiser, gradients: &[f64], start: f64) -> f64 {
        let mut w = Matrix::from_fn(1, 1, |_, _| start);
        let mut moments = Moments::new(&w);
        for g in gradients {
            moments.update(optimiser, 1.0, &Matrix::from_fn(1, 1, |_, _| *g), &mut w);
        }
        w.at(0, 0)
    }

    #[test]
    fn first_adam_step_is_eta_times_the_sign() {
        let optimiser = Optimiser::adam(5e-3);
        assert!((after(&optimiser, &[3.0], 1.0) - 0.995).abs() < 1e-9);
        // Epsilon outside the bias correction: sqrt(v) = 3.2e-5 makes it a part in 3,000.
        assert!((after(&optimiser, &[-1e-3], 1.0) - 1.005).abs() < 5e-6);
    }

    #[test]
    fn weights_stay_between_the_clips() {
        let optimiser = Optimiser {
            weight_min: -0.5,
            weight_max: 0.5,
            ..Optimiser::gradient_descent(1.0)
        };
        assert_eq!(after(&optimiser, &[7.0], 0.0), -0.5);
        assert_eq!(after(&optimiser, &[-7.0], 0.0), 0.5);
        assert_eq!(after(&optimiser, &[0.25], 0.5), 0.25);
    }
}
