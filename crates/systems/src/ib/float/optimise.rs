//! AdamW (Loshchilov and Hutter 2019): Adam whose weight decay stands beside the gradient.

/// Learning rate and decay, equal for all weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamW {
    /// Learning rate.
    pub rate: f64,
    /// Weight decay.
    pub decay: f64,
}

const BETA: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

/// AdamWMoments of an array of weights.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AdamWMoments {
    /// First moments.
    pub first: Vec<f64>,
    /// Second moments.
    pub second: Vec<f64>,
}

impl AdamWMoments {
    /// Moments of weights that never changed.
    pub fn new(length: usize) -> AdamWMoments {
        AdamWMoments {
            first: vec![0.0; length],
            second: vec![0.0; length],
        }
    }

    /// Update number `count` (the first is 1); element i of the gradient is `gradient(i)`.
    pub fn update(&mut self, settings: &AdamW, count: u64, weights: &mut [f64], gradient: &[f64]) {
        let exponent = count as i32;
        let correction = [1.0 - BETA[0].powi(exponent), 1.0 - BETA[1].powi(exponent)];
        let rate = settings.rate / correction[0];
        let root = 1.0 / correction[1].sqrt();
        let shrink = 1.0 - settings.rate * settings.decay;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((w, g), (m, v)) in weights.iter_mut().zip(gradient).zip(moments) {
            *m = BETA[0] * *m + (1.0 - BETA[0]) * g;
            *v = BETA[1] * *v + (1.0 - BETA[1]) * g * g;
            *w = *w * shrink - rate * *m / (v.sqrt() * root + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_rate_and_the_decay() {
        let mut moments = AdamWMoments::new(2);
        let mut w = [1.0, -2.0];
        moments.update(
            &AdamW {
                rate: 0.1,
                decay: 0.5,
            },
            1,
            &mut w,
            &[3.0, -1e-3],
        );
        assert!(
            (w[0] - (0.95 - 0.1)).abs() < 1e-6 && (w[1] - (-1.9 + 0.1)).abs() < 1e-4,
            "{w:?}"
        );
    }
}
