//! One layer: its weights, its neurons, its state, and one step.

use seamount_reference::Matrix;

/// Neurons that share base and beta; each has time constants of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Neurons {
    /// exp(-1 / tau_m), per neuron.
    pub alpha: Vec<f64>,
    /// exp(-1 / tau_adp), per neuron.
    pub rho: Vec<f64>,
    /// Threshold of a neuron that never fired.
    pub base: f64,
    /// Height of the adaptation; 0 for neurons that do not adapt.
    pub beta: f64,
    /// b before the first step.
    pub adaptation_start: f64,
}

impl Neurons {
    /// Neurons with these time constants, in steps.
    pub fn new(
        tau_m: &[f64],
        tau_adp: &[f64],
        base: f64,
        beta: f64,
        adaptation_start: f64,
    ) -> Neurons {
        let factor = |tau: &f64| (-1.0 / tau).exp();
        Neurons {
            alpha: tau_m.iter().map(factor).collect(),
            rho: tau_adp.iter().map(factor).collect(),
            base,
            beta,
            adaptation_start,
        }
    }
}

/// Weights from every source to every neuron, and a bias per neuron.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// Weights by source: row s holds what source s gives to each neuron.
    by_source: Matrix,
    /// Added in every step.
    pub bias: Vec<f64>,
}

impl Dense {
    /// From weights `[post][pre]`.
    pub fn new(weights: &Matrix, bias: Vec<f64>) -> Dense {
        Dense {
            by_source: weights.transposed(),
            bias,
        }
    }

    /// Number of sources.
    pub fn sources(&self) -> usize {
        self.by_source.rows()
    }

    /// Number of neurons.
    pub fn targets(&self) -> usize {
        self.by_source.cols()
    }

    /// Weight from a source to a neuron.
    pub fn weight(&self, target: usize, source: usize) -> f64 {
        self.by_source.at(source, target)
    }

    fn add(&self, source: usize, factor: f64, current: &mut [f64]) {
        for (c, w) in current.iter_mut().zip(self.by_source.row(source)) {
            *c += factor * w;
        }
    }

    fn add_spikes(&self, active: &[u32], current: &mut [f64]) {
        for &source in active {
            for (c, w) in current.iter_mut().zip(self.by_source.row(source as usize)) {
                *c += w;
            }
        }
    }
}

/// A layer: what enters, what it sends itself, its neurons.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Name in reports.
    pub name: String,
    /// From the layer before (or the input).
    pub input: Dense,
    /// From its own spikes of the step before.
    pub recurrent: Option<Dense>,
    /// Its neurons.
    pub neurons: Neurons,
}

/// What a layer remembers.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerState {
    /// u.
    pub membrane: Vec<f64>,
    /// b.
    pub adaptation: Vec<f64>,
    /// Neurons that fired in the last step, ascending.
    pub active: Vec<u32>,
}

/// What enters a layer in a step.
#[derive(Debug, Clone, Copy)]
pub enum Entering<'a> {
    /// A number per source.
    Values(&'a [f64]),
    /// The sources that fired.
    Spikes(&'a [u32]),
}

impl Layer {
    /// Number of neurons.
    pub fn size(&self) -> usize {
        self.input.targets()
    }

    /// At rest: u = 0, no spike.
    pub fn rest(&self) -> LayerState {
        let n = self.size();
        LayerState {
            membrane: vec![0.0; n],
            adaptation: vec![self.neurons.adaptation_start; n],
            active: vec![],
        }
    }

    /// One step. `current` is scratch of one number per neuron.
    pub fn step(&self, entering: Entering, state: &mut LayerState, current: &mut [f64]) {
        current.copy_from_slice(&self.input.bias);
        match entering {
            Entering::Values(values) => {
                for (source, value) in values.iter().enumerate().filter(|(_, v)| **v != 0.0) {
                    self.input.add(source, *value, current);
                }
            }
            Entering::Spikes(active) => self.input.add_spikes(active, current),
        }
        if let Some(recurrent) = &self.recurrent {
            current
                .iter_mut()
                .zip(&recurrent.bias)
                .for_each(|(c, b)| *c += b);
            recurrent.add_spikes(&state.active, current);
        }
        self.update(state, current);
    }

    fn update(&self, state: &mut LayerState, current: &[f64]) {
        let neurons = &self.neurons;
        // what the spikes of the step before do, before they are forgotten
        let fired = std::mem::take(&mut state.active);
        let mut next = fired.iter().peekable();
        let columns = state
            .membrane
            .iter_mut()
            .zip(&mut state.adaptation)
            .zip(current);
        let factors = neurons.alpha.iter().zip(&neurons.rho);
        let mut active = Vec::with_capacity(fired.len());
        for (j, (((u, b), i), (alpha, rho))) in columns.zip(factors).enumerate() {
            let spiked = next.next_if(|k| **k == j as u32).is_some();
            *b = rho * *b + if spiked { 1.0 - rho } else { 0.0 };
            let threshold = neurons.base + neurons.beta * *b;
            *u = alpha * *u + (1.0 - alpha) * i - if spiked { threshold } else { 0.0 };
            if *u > threshold {
                active.push(j as u32);
            }
        }
        state.active = active;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(beta: f64) -> Layer {
        let input = Dense::new(&Matrix::from_fn(1, 1, |_, _| 1.0), vec![0.0]);
        let neurons = Neurons {
            alpha: vec![0.5],
            rho: vec![0.5],
            base: 0.25,
            beta,
            adaptation_start: 0.0,
        };
        Layer {
            name: "one".into(),
            input,
            recurrent: None,
            neurons,
        }
    }

    #[test]
    fn the_reset_takes_away_the_adapted_threshold() {
        let layer = one(2.0);
        let mut state = layer.rest();
        let mut current = [0.0];
        layer.step(Entering::Values(&[1.0]), &mut state, &mut current);
        assert_eq!((state.membrane[0], state.active.clone()), (0.5, vec![0]));
        // b = 0.5, B = 1.25; u = 0.25 + 0.5 - 1.25
        layer.step(Entering::Values(&[1.0]), &mut state, &mut current);
        assert_eq!(
            (state.membrane[0], state.adaptation[0], state.active.len()),
            (-0.5, 0.5, 0)
        );
        // u at the threshold is no spike
        let still = one(0.0);
        let mut state = still.rest();
        still.step(Entering::Values(&[0.5]), &mut state, &mut current);
        assert_eq!((state.membrane[0], state.active.len()), (0.25, 0));
    }

    #[test]
    fn spikes_and_ones_enter_alike() {
        let layer = one(1.0);
        let mut a = layer.rest();
        let mut b = layer.rest();
        let mut current = [0.0];
        for step in 0..20u32 {
            let on = step % 3 != 0;
            layer.step(
                Entering::Values(&[f64::from(u8::from(on))]),
                &mut a,
                &mut current,
            );
            layer.step(
                Entering::Spikes(if on { &[0] } else { &[] }),
                &mut b,
                &mut current,
            );
            assert_eq!(a, b);
        }
    }
}
