//! Pseudospikes: when a silent neuron would fire after the end of the trial (D.1). They carry
//! gradients only.
//!
//! t = T + k period - H(phi(T), I), I = sum_i w_i r_i over the layer before with pseudo-rates
//! r = H(phi(T), I) / period; inputs have r = 0. A spike that leaves the trial turns into the
//! pseudospike continuously.

use super::trial::{Setting, Trial};

/// Phases at the end after pseudo-input, and the derivatives of that.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pseudo {
    /// H(phi(T), I) of each neuron.
    pub phases: Vec<f64>,
    jumps: Vec<(f64, f64)>,
    drives: Vec<f64>,
}

impl Pseudo {
    /// Layer by layer, into memory that is used again.
    pub fn run(&mut self, setting: &Setting, parameters: &[f64], trial: &Trial) {
        let wiring = &setting.wiring;
        let period = setting.cell.period();
        self.phases.clear();
        self.jumps.clear();
        self.drives.clear();
        self.drives.resize(trial.phases.len(), 0.0);
        for layer in wiring.layers() {
            for neuron in layer.clone() {
                let jump = setting.cell.jump(trial.phases[neuron], self.drives[neuron]);
                self.phases.push(jump.phase);
                self.jumps.push((jump.by_phase, jump.by_weight));
            }
            for row in layer
                .clone()
                .map(|n| (n, wiring.neurons()[n]))
                .filter(|(_, r)| r.first >= layer.end)
            {
                let rate = self.phases[row.0] / period;
                for (drive, w) in self.drives[row.1.posts()]
                    .iter_mut()
                    .zip(&parameters[row.1.weights()])
                {
                    *drive += w * rate;
                }
            }
        }
    }

    /// Time of a neuron's k-th pseudospike, k from 1.
    pub fn time(&self, setting: &Setting, neuron: usize, k: u32) -> f64 {
        setting.duration + f64::from(k) * setting.cell.period() - self.phases[neuron]
    }

    /// Takes the derivative of the loss by H(phi(T), I), in `bars`, to that by phi(T), and adds
    /// what weights owe to `gradient`.
    pub fn backward(
        &self,
        setting: &Setting,
        parameters: &[f64],
        bars: &mut [f64],
        gradient: &mut [f64],
    ) {
        let wiring = &setting.wiring;
        let period = setting.cell.period();
        let mut drive_bars = vec![0.0; bars.len()];
        for layer in wiring.layers().iter().rev() {
            for neuron in layer.clone() {
                let row = wiring.neurons()[neuron];
                if row.first >= layer.end {
                    let rate = self.phases[neuron] / period;
                    let weights = parameters[row.weights()]
                        .iter()
                        .zip(&mut gradient[row.weights()]);
                    let mut rate_bar = 0.0;
                    for (drive_bar, (w, g)) in drive_bars[row.posts()].iter().zip(weights) {
                        *g += drive_bar * rate;
                        rate_bar += drive_bar * w;
                    }
                    bars[neuron] += rate_bar / period;
                }
                let (by_phase, by_weight) = self.jumps[neuron];
                drive_bars[neuron] = bars[neuron] * by_weight;
                bars[neuron] *= by_phase;
            }
        }
    }
}
