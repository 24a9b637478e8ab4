//! A modulator that is learned: a reservoir of tanh units hears inputs, labels and outputs, one
//! sample after the other, and its readout learns to say xi.
//!
//! ```text
//! u += dt / tau (-u + lambda W_r r + W_i [x; y; z] + W_f o)     r = tanh u     o = W_o r
//! dW_o = -rate (o - gain xi) r^T
//! ```
//!
//! It sees one sample at a time; what xi needs of the samples before it must be in its state.

use super::modulator::{Bottleneck, Window};
use super::train::Modulator;
use seamount_reference::Draws;
use seamount_reference::Matrix;

/// Size, time and learning of a reservoir.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReservoirSettings {
    /// Number of tanh units.
    pub units: usize,
    /// Steps of 1 ms that a sample is shown.
    pub steps: usize,
    /// Time constant, ms.
    pub tau: f64,
    /// lambda.
    pub spread: f64,
    /// Share of recurrent connections that exist.
    pub density: f64,
    /// Learning rate of the readout.
    pub rate: f64,
    /// What xi is multiplied by before it is learned: its own size is about 1e-2.
    pub gain: f64,
}

impl Default for ReservoirSettings {
    fn default() -> Self {
        ReservoirSettings {
            units: 2000,
            steps: 20,
            tau: 5.0,
            spread: 1.2,
            density: 0.1,
            rate: 5e-4,
            gain: 10.0,
        }
    }
}

/// The reservoir of one hidden layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reservoir {
    settings: ReservoirSettings,
    /// Per unit, the units it hears and their weights.
    recurrent: Vec<Vec<(u32, f64)>>,
    input: Matrix,
    feedback: Matrix,
    readout: Matrix,
    u: Vec<f64>,
    r: Vec<f64>,
    output: Vec<f64>,
}

impl Reservoir {
    /// A reservoir for inputs, labels and outputs of `entering` numbers in all, and a layer of
    /// `neurons`.
    pub fn new(
        settings: ReservoirSettings,
        entering: usize,
        neurons: usize,
        seed: u64,
    ) -> Reservoir {
        let n = settings.units;
        let mut draws = Draws::new(seed, 0x7265_7376);
        let deviation = 1.0 / (settings.density * n as f64).sqrt();
        let mut heard = |_| {
            let all = (0..n as u32).map(|k| {
                (
                    draws.chance(settings.density),
                    k,
                    deviation * draws.normal(),
                )
            });
            all.filter(|(there, _, _)| *there)
                .map(|(_, k, w)| (k, w))
                .collect()
        };
        let recurrent: Vec<Vec<(u32, f64)>> = (0..n).map(&mut heard).collect();
        let mut uniform =
            |columns: usize| Matrix::from_fn(n, columns, |_, _| draws.uniform_in(-1.0, 1.0));
        Reservoir {
            recurrent,
            input: uniform(entering),
            feedback: uniform(neurons),
            readout: Matrix::zeros(neurons, n),
            u: vec![0.0; n],
            r: vec![0.0; n],
            output: vec![0.0; neurons],
            settings,
        }
    }

    /// Shows a sample; if there is a target the readout learns it in every step. Returns what the
    /// readout says in the last step, divided by the gain.
    pub fn show(&mut self, entering: &[f64], target: Option<&[f64]>) -> Vec<f64> {
        let settings = self.settings;
        let drive: Vec<f64> = (0..settings.units)
            .map(|j| dot(self.input.row(j), entering))
            .collect();
        for _ in 0..settings.steps {
            let mut next = self.u.clone();
            for (j, u) in next.iter_mut().enumerate() {
                let heard: f64 = self.recurrent[j]
                    .iter()
                    .map(|(k, w)| w * self.r[*k as usize])
                    .sum();
                let fed = dot(self.feedback.row(j), &self.output);
                *u += (-*u + settings.spread * heard + drive[j] + fed) / settings.tau;
            }
            self.u = next;
            self.r
                .iter_mut()
                .zip(&self.u)
                .for_each(|(r, u)| *r = u.tanh());
            for (k, output) in self.output.iter_mut().enumerate() {
                *output = dot(self.readout.row(k), &self.r);
                if let Some(target) = target {
                    let error = *output - settings.gain * target[k];
                    self.readout
                        .row_mut(k)
                        .iter_mut()
                        .zip(&self.r)
                        .for_each(|(w, r)| *w -= settings.rate * error * r);
                }
            }
        }
        self.output.iter().map(|o| o / settings.gain).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The reservoirs of a network's hidden layers as a source of xi.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// One reservoir per hidden layer.
    pub reservoirs: Vec<Reservoir>,
    /// The exact rule, which it is taught by and compared with.
    pub exact: Bottleneck,
    /// Whether the readouts still learn.
    pub learning: bool,
    /// The current sample's input and label, one after the other.
    pub current: Vec<f64>,
    /// Sums over (generated, exact) pairs: of squares of the difference, and of the exact.
    pub squares: [f64; 2],
    /// Pairs whose signs agree, and pairs.
    pub signs: [u64; 2],
}

impl Generated {
    /// Begins to measure anew.
    pub fn measure(&mut self) {
        self.squares = [0.0; 2];
        self.signs = [0; 2];
    }

    /// Share of the exact modulator's power that the generated one does not explain.
    pub fn unexplained(&self) -> f64 {
        self.squares[0] / self.squares[1]
    }
}

impl Modulator for Generated {
    fn modulate(&mut self, layer: usize, window: &Window, outputs: &[&[f64]]) -> Vec<f64> {
        let exact = self.exact.modulator(window, outputs);
        let current = outputs.last().copied().unwrap_or(&[]);
        let entering: Vec<f64> = self.current.iter().chain(current).copied().collect();
        let target = self.learning.then_some(&exact[..]);
        let said = self.reservoirs[layer].show(&entering, target);
        for (s, e) in said.iter().zip(&exact).filter(|(_, e)| **e != 0.0) {
            self.squares = [self.squares[0] + (s - e) * (s - e), self.squares[1] + e * e];
            self.signs = [
                self.signs[0] + u64::from((*s > 0.0) == (*e > 0.0)),
                self.signs[1] + 1,
            ];
        }
        said
    }
}
