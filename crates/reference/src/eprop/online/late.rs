//! E-prop step by step without a history, as a machine computes it that cannot go back to an old
//! step.
//!
//! [`Online`](super::Online) keeps what a step had until its error is known, and brings the two
//! together two steps later (A.2). A chip multiplies the error that arrives now by the eligibility
//! that a synapse has now. Equations, with k steps of latency:
//!
//! ```text
//! v    <- alpha v + zeta_rec I - v_th z'                z': spikes of the step before
//! a    <- rho a + z'
//! e    =  psi (zbar - beta eps);  eps <- rho eps + e;  ebar <- kappa ebar + zeta_out e
//! L    =  sum of B error(t - k) + c (f - f_target)      f <- keep f + (1 - keep) z
//! dW   = -eta L ebar, or -eta L e;  dW_out = -eta error(t) zbar_out
//! ```
//!
//! Weights move in the step itself. Adaptive feedback stays as drawn.

use std::collections::VecDeque;

use serde::Serialize;

use crate::Matrix;
use crate::eprop::forward::surrogate;
use crate::eprop::network::{Decays, EpropNetwork, Feedback, Weights};

/// What this variant has beside the network's settings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LateRule {
    /// k: steps from an error to the learning signal at the recurrent neurons.
    pub latency_steps: usize,
    /// eta of w_in, w_rec and w_out.
    pub rates: [f64; 3],
    /// Shape of the pseudo-derivative.
    pub psi: Psi,
    /// What of a synapse meets the learning signal.
    pub eligibility: Eligibility,
    /// In errors a readout counts up to plus and minus this.
    pub readout_limit: Option<f64>,
    /// What a step leaves of the running rate of spikes.
    pub rate_keep: f64,
    /// c: learning signal of one spike a step too many.
    pub rate_gain: f64,
    /// Weights of w_in, w_rec and w_out stay within plus and minus this.
    pub weight_limits: [f64; 3],
}

/// psi, the pseudo-derivative.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Psi {
    /// The network's triangle around the threshold.
    Triangle,
    /// 1 from this membrane on, else 0.
    StepFrom(f64),
}

/// What of a synapse meets the learning signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Eligibility {
    /// ebar, filtered as the readout is.
    Filtered,
    /// e of the step itself: all that traces of the neurons can say.
    Unfiltered,
}

/// A network that learns as it runs.
#[derive(Debug, Clone)]
pub struct Late {
    network: EpropNetwork,
    rule: LateRule,
    decays: Decays,
    weights: Weights,
    broadcast: Matrix,
    state: State,
}

/// What [`Late::rest`] clears.
#[derive(Debug, Clone)]
struct State {
    v: Vec<f64>,
    adaptation: Vec<f64>,
    refractory: Vec<u32>,
    spikes: Vec<u32>,
    rate: Vec<f64>,
    y: Vec<f64>,
    psi: Vec<f64>,
    errors: VecDeque<Vec<f64>>,
    zbar: [Vec<f64>; 2],
    zbar_out: Vec<f64>,
    /// eps and ebar of w_in and w_rec.
    eligibility: [[Matrix; 2]; 2],
}

impl State {
    fn at_rest(network: &EpropNetwork, rule: &LateRule) -> Self {
        let n = network.recurrent_count();
        let inputs = network.inputs;
        let pair = |pre| [Matrix::zeros(n, pre), Matrix::zeros(n, pre)];
        Self {
            v: vec![0.0; n],
            adaptation: vec![0.0; n],
            refractory: vec![0; n],
            spikes: vec![],
            rate: vec![network.rate_target_hz / 1000.0; n],
            y: vec![0.0; network.outputs],
            psi: vec![0.0; n],
            errors: VecDeque::from(vec![vec![0.0; network.outputs]; rule.latency_steps]),
            zbar: [vec![0.0; inputs], vec![0.0; n]],
            zbar_out: vec![0.0; n],
            eligibility: [pair(inputs), pair(n)],
        }
    }
}

/// One step from outside.
#[derive(Debug, Clone, Copy)]
pub struct LateInput<'a> {
    /// Inputs that spike.
    pub input: &'a [u32],
    /// One value an output; without it there is no error in this step.
    pub target: Option<&'a [f64]>,
    /// Recurrent neurons that spike, whatever their membranes say; without it they decide.
    pub spikes: Option<&'a [u32]>,
}

impl Late {
    /// A network at rest, its running rates at the target.
    pub fn new(
        network: EpropNetwork,
        rule: LateRule,
        mut weights: Weights,
        feedback: &Feedback,
    ) -> Self {
        weights.w_rec.clear_diagonal();
        let decays = network.decays();
        let broadcast = feedback.broadcast(&weights);
        let state = State::at_rest(&network, &rule);
        Self {
            network,
            rule,
            decays,
            weights,
            broadcast,
            state,
        }
    }

    /// Back to rest; weights stay, and so do running rates, which are means over more than what
    /// lies between two rests.
    pub fn rest(&mut self) {
        self.state = State {
            rate: std::mem::take(&mut self.state.rate),
            ..State::at_rest(&self.network, &self.rule)
        };
    }

    /// The weights as they stand.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Recurrent neurons that spiked in the last step.
    pub fn spikes(&self) -> &[u32] {
        &self.state.spikes
    }

    /// One step: integrate, spike, read out, learn. Answers the readout.
    pub fn step(&mut self, given: LateInput) -> &[f64] {
        let before = std::mem::take(&mut self.state.spikes);
        self.integrate(given.input, &before);
        self.fire(given.spikes);
        self.read_out();
        let error = match given.target {
            Some(target) => self
                .state
                .y
                .iter()
                .zip(target)
                .map(|(y, wanted)| self.counted(*y) - wanted)
                .collect(),
            None => vec![0.0; self.network.outputs],
        };
        self.learn(given.input, &before, error);
        &self.state.y
    }

    fn counted(&self, y: f64) -> f64 {
        self.rule
            .readout_limit
            .map_or(y, |limit| y.clamp(-limit, limit))
    }

    fn integrate(&mut self, input: &[u32], before: &[u32]) {
        let state = &mut self.state;
        let decays = &self.decays;
        for (j, v) in state.v.iter_mut().enumerate() {
            let current: f64 = [(&self.weights.w_in, input), (&self.weights.w_rec, before)]
                .iter()
                .map(|(w, spikes)| spikes.iter().map(|&i| w.at(j, i as usize)).sum::<f64>())
                .sum();
            *v = decays.alpha * *v + decays.zeta_rec * current;
        }
        state.adaptation.iter_mut().for_each(|a| *a *= decays.rho);
        for &j in before {
            state.v[j as usize] -= self.network.threshold;
            state.adaptation[j as usize] += 1.0;
        }
    }

    fn fire(&mut self, forced: Option<&[u32]>) {
        let state = &mut self.state;
        let network = &self.network;
        for j in 0..state.v.len() {
            state.refractory[j] = state.refractory[j].saturating_sub(1);
            let above = state.v[j]
                - network.threshold
                - network.adaptation_strength[j] * state.adaptation[j];
            let free = state.refractory[j] == 0;
            let psi = match self.rule.psi {
                Psi::Triangle => surrogate(network, above),
                Psi::StepFrom(from) => f64::from(u8::from(state.v[j] >= from)),
            };
            state.psi[j] = if free { psi } else { 0.0 };
            let spikes = match forced {
                Some(forced) => forced.contains(&(j as u32)),
                None => {
                    free && if network.spikes_at_equality {
                        above >= 0.0
                    } else {
                        above > 0.0
                    }
                }
            };
            if spikes {
                state.refractory[j] = network.refractory_steps;
                state.spikes.push(j as u32);
            }
        }
        let keep = self.rule.rate_keep;
        state.rate.iter_mut().for_each(|f| *f *= keep);
        state
            .spikes
            .iter()
            .for_each(|&j| state.rate[j as usize] += 1.0 - keep);
    }

    fn read_out(&mut self) {
        for (k, y) in self.state.y.iter_mut().enumerate() {
            let sum: f64 = self
                .state
                .spikes
                .iter()
                .map(|&j| self.weights.w_out.at(k, j as usize))
                .sum();
            *y = self.decays.kappa * *y + self.decays.zeta_out * sum;
        }
    }

    fn learn(&mut self, input: &[u32], before: &[u32], error: Vec<f64>) {
        let state = &mut self.state;
        let decays = &self.decays;
        let rule = &self.rule;
        arrive(&mut state.zbar[0], input, decays.alpha, decays.zeta_rec);
        arrive(&mut state.zbar[1], before, decays.alpha, decays.zeta_rec);
        arrive(
            &mut state.zbar_out,
            &state.spikes,
            decays.kappa,
            decays.zeta_out,
        );
        let [_, _, limit] = rule.weight_limits;
        for (k, error) in error.iter().enumerate() {
            let eta = rule.rates[2] * error;
            for (w, zbar) in self
                .weights
                .w_out
                .row_mut(k)
                .iter_mut()
                .zip(&state.zbar_out)
            {
                *w = (*w - eta * zbar).clamp(-limit, limit);
            }
        }
        state.errors.push_back(error);
        let late = state.errors.pop_front().unwrap_or_default();
        let target = self.network.rate_target_hz / 1000.0;
        for j in 0..state.v.len() {
            let heard: f64 = self
                .broadcast
                .row(j)
                .iter()
                .zip(&late)
                .map(|(b, e)| b * e)
                .sum();
            let signal = heard + rule.rate_gain * (state.rate[j] - target);
            let psi = state.psi[j];
            let beta = self.network.adaptation_strength[j];
            let layers = [self.weights.w_in.row_mut(j), self.weights.w_rec.row_mut(j)];
            for (at, (traces, weights)) in state.eligibility.iter_mut().zip(layers).enumerate() {
                let post = Post {
                    psi,
                    beta,
                    eta: rule.rates[at] * signal,
                    limit: rule.weight_limits[at],
                    kind: rule.eligibility,
                };
                post.learn(traces, j, &state.zbar[at], weights, decays);
            }
        }
        self.weights.w_rec.clear_diagonal();
    }
}

/// zbar <- decay zbar + gain z.
fn arrive(zbar: &mut [f64], spikes: &[u32], decay: f64, gain: f64) {
    zbar.iter_mut().for_each(|z| *z *= decay);
    spikes.iter().for_each(|&i| zbar[i as usize] += gain);
}

/// One postsynaptic neuron in one step, with what all its synapses of a projection share.
struct Post {
    psi: f64,
    beta: f64,
    eta: f64,
    limit: f64,
    kind: Eligibility,
}

impl Post {
    /// Moves the traces (eps, then ebar) and weights of all synapses onto neuron `j`.
    fn learn(
        &self,
        traces: &mut [Matrix; 2],
        j: usize,
        zbar: &[f64],
        weights: &mut [f64],
        decays: &Decays,
    ) {
        let [eps, ebar] = traces;
        let traces = eps.row_mut(j).iter_mut().zip(ebar.row_mut(j));
        for (((eps, ebar), zbar), w) in traces.zip(zbar).zip(weights) {
            let e = self.psi * (zbar - self.beta * *eps);
            *eps = decays.rho * *eps + e;
            *ebar = decays.kappa * *ebar + decays.zeta_out * e;
            let met = match self.kind {
                Eligibility::Filtered => *ebar,
                Eligibility::Unfiltered => e,
            };
            *w = (*w - self.eta * met).clamp(-self.limit, self.limit);
        }
    }
}
