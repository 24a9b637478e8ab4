//! The neuron models: one population of neurons of one node.

use super::options::{Crossing, FloatOptions, FloatProblem};
use seamount_network::graph::{Discretisation, Node, Reset, Tensor};

/// Neurons of one node: parameters of the step, and state. Arrays have one element per neuron,
/// row-major in the node's shape.
#[derive(Debug, Clone)]
pub struct Population {
    spiking: bool,
    reset: Reset,
    crossing: Crossing,
    /// (a_syn, (1 - a_syn) w_in) of the models with a synaptic current.
    synapse: Option<Vec<(f64, f64)>>,
    /// a: what is left of v.
    keep: Vec<f64>,
    /// What a unit of I (or x) adds to v.
    drive: Vec<f64>,
    /// What is added to v in every step: (1 - a) v_leak.
    constant: Vec<f64>,
    threshold: Vec<f64>,
    reset_to: Vec<f64>,
    /// State after the last step.
    pub state: PopulationState,
}

/// State of a population; one element per neuron.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PopulationState {
    /// x of the last step: what entered, summed over the edges.
    pub input: Vec<f64>,
    /// I, the synaptic current; x itself in the models without one.
    pub current: Vec<f64>,
    /// v after a reset, if there was one.
    pub v: Vec<f64>,
    /// v as the threshold saw it: before the reset.
    pub v_before_reset: Vec<f64>,
    /// 1 where a neuron fired, else 0; empty in nodes that do not spike.
    pub spikes: Vec<f64>,
}

/// Reads parameters; collects what is wrong with them.
struct Reader<'a> {
    size: usize,
    problems: &'a mut Vec<FloatProblem>,
}

impl Reader<'_> {
    /// One value for every neuron.
    fn values(&mut self, field: &'static str, tensor: &Tensor) -> Vec<f64> {
        match tensor.len() {
            n if n == self.size => tensor.data.clone(),
            1 => vec![tensor.data[0]; self.size],
            found => {
                self.problems.push(FloatProblem::Length {
                    field,
                    found,
                    wanted: self.size,
                });
                vec![1.0; self.size]
            }
        }
    }

    fn finite(&mut self, field: &'static str, tensor: &Tensor) -> Vec<f64> {
        let values = self.values(field, tensor);
        self.all(field, &values, "finite", |v| v.is_finite());
        values
    }

    fn keep(&mut self, field: &'static str, tensor: &Tensor, options: &FloatOptions) -> Vec<f64> {
        let tau = self.values(field, tensor);
        self.all(field, &tau, "above 0 (seconds)", |v| *v > 0.0);
        tau.iter()
            .map(|&tau| keep(options.discretisation, options.dt_seconds, tau))
            .collect()
    }

    fn all(
        &mut self,
        field: &'static str,
        values: &[f64],
        must: &'static str,
        good: impl Fn(&f64) -> bool,
    ) {
        if let Some(&value) = values.iter().find(|v| !good(v)) {
            self.problems
                .push(FloatProblem::Value { field, value, must });
        }
    }
}

/// Crossings of one neuron in one step that are followed.
const CROSSINGS_MAX: usize = 1000;

/// Parameters of the membrane: keep, drive, constant.
type Membrane = (Vec<f64>, Vec<f64>, Vec<f64>);

impl Population {
    /// The neurons of a node; `None` if the node is no neuron model.
    ///
    /// # Errors
    /// Everything that is wrong with its parameters.
    pub fn new(
        node: &Node,
        size: usize,
        options: &FloatOptions,
    ) -> Option<Result<Population, Vec<FloatProblem>>> {
        let mut problems = vec![];
        let mut read = Reader {
            size,
            problems: &mut problems,
        };
        let synapse = read.synapse(node, options);
        let (keep, drive, constant) = read.membrane(node, options)?;
        let (threshold, reset_to) = read.thresholds(node).unwrap_or_default();
        let spiking = !threshold.is_empty();
        if spiking && options.crossing == Crossing::WithinStep {
            let closed_form = matches!(node, Node::If(_) | Node::Lif(_))
                && options.discretisation == Discretisation::Exponential;
            if !closed_form {
                problems.push(FloatProblem::Unsupported(
                    "the instant of a crossing is known for IF and LIF with the exponential discretisation only",
                ));
            }
        }
        if !problems.is_empty() {
            return Some(Err(problems));
        }
        let zero = || vec![0.0; size];
        let state = PopulationState {
            input: zero(),
            current: zero(),
            v: zero(),
            v_before_reset: zero(),
            spikes: if spiking { zero() } else { vec![] },
        };
        let reset = options.reset;
        let crossing = options.crossing;
        Some(Ok(Population {
            spiking,
            reset,
            crossing,
            synapse,
            keep,
            drive,
            constant,
            threshold,
            reset_to,
            state,
        }))
    }

    /// Number of neurons.
    pub fn len(&self) -> usize {
        self.keep.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keep.is_empty()
    }

    /// Whether the neurons spike.
    pub fn is_spiking(&self) -> bool {
        self.spiking
    }

    /// What leaves the node: spikes, or v if it does not spike.
    pub fn output(&self) -> &[f64] {
        if self.spiking {
            &self.state.spikes
        } else {
            &self.state.v
        }
    }

    /// I = v = 0 again.
    pub fn rest(&mut self) {
        let state = &mut self.state;
        for values in [
            &mut state.input,
            &mut state.current,
            &mut state.v,
            &mut state.v_before_reset,
            &mut state.spikes,
        ] {
            values.fill(0.0);
        }
    }

    /// One step with input x.
    pub fn step(&mut self, x: &[f64]) {
        self.state.input.copy_from_slice(x);
        for (j, &x) in x.iter().enumerate() {
            let current = match &self.synapse {
                Some(synapse) => synapse[j].0 * self.state.current[j] + synapse[j].1 * x,
                None => x,
            };
            self.state.current[j] = current;
            let start = self.state.v[j];
            let v = self.keep[j] * start + self.drive[j] * current + self.constant[j];
            self.state.v_before_reset[j] = v;
            self.state.v[j] = v;
            if self.spiking {
                let fires = v > self.threshold[j];
                self.state.spikes[j] = f64::from(u8::from(fires));
                if fires {
                    self.state.v[j] = match self.crossing {
                        Crossing::EndOfStep => self.after_spike(j, v),
                        Crossing::WithinStep => self.after_crossing(j, start, current),
                    };
                }
            }
        }
    }

    fn after_spike(&self, j: usize, v: f64) -> f64 {
        match self.reset {
            Reset::Zero => 0.0,
            Reset::ToReset => self.reset_to[j],
            Reset::Subtract => v - (self.threshold[j] - self.reset_to[j]),
        }
    }

    /// v at the end of a step that starts at `start` and is reset at each crossing.
    ///
    /// Without leak v rises by a constant rate. With it, v(s) = v_inf + (v - v_inf) a^s, s in
    /// steps, so v crosses the threshold at a^s = (threshold - v_inf) / (v - v_inf).
    fn after_crossing(&self, j: usize, start: f64, current: f64) -> f64 {
        let keep = self.keep[j];
        let threshold = self.threshold[j];
        let rate = self.drive[j] * current + self.constant[j];
        let mut v = start;
        let mut left = 1.0f64;
        for _ in 0..CROSSINGS_MAX {
            let (crossing, end) = if keep == 1.0 {
                ((threshold - v) / rate, v + rate * left)
            } else {
                let goal = rate / (1.0 - keep);
                (
                    ((threshold - goal) / (v - goal)).ln() / keep.ln(),
                    goal + (v - goal) * keep.powf(left),
                )
            };
            let reset = self.after_spike(j, threshold);
            if end <= threshold || crossing > left || reset >= threshold {
                return end;
            }
            left -= crossing.max(0.0);
            v = reset;
        }
        v
    }
}

impl Reader<'_> {
    fn synapse(&mut self, node: &Node, options: &FloatOptions) -> Option<Vec<(f64, f64)>> {
        let (tau, w_in) = match node {
            Node::CubaLi(n) => (&n.tau_syn, &n.w_in),
            Node::CubaLif(n) => (&n.tau_syn, &n.w_in),
            _ => return None,
        };
        let keep = self.keep("tau_syn", tau, options);
        let w_in = self.finite("w_in", w_in);
        Some(
            keep.iter()
                .zip(&w_in)
                .map(|(a, w)| (*a, (1.0 - a) * w))
                .collect(),
        )
    }

    fn membrane(&mut self, node: &Node, options: &FloatOptions) -> Option<Membrane> {
        let dt = options.dt_seconds;
        Some(match node {
            Node::I(n) => self.integrator(&n.r, dt),
            Node::If(n) => self.integrator(&n.r, dt),
            Node::Li(n) => self.leaky(("tau", &n.tau), &n.r, &n.v_leak, options),
            Node::Lif(n) => self.leaky(("tau", &n.tau), &n.r, &n.v_leak, options),
            Node::CubaLi(n) => self.leaky(("tau_mem", &n.tau_mem), &n.r, &n.v_leak, options),
            Node::CubaLif(n) => self.leaky(("tau_mem", &n.tau_mem), &n.r, &n.v_leak, options),
            Node::Threshold(_) => (
                vec![0.0; self.size],
                vec![1.0; self.size],
                vec![0.0; self.size],
            ),
            _ => return None,
        })
    }

    fn integrator(&mut self, r: &Tensor, dt: f64) -> Membrane {
        let r = self.finite("r", r);
        (
            vec![1.0; self.size],
            r.iter().map(|r| dt * r).collect(),
            vec![0.0; self.size],
        )
    }

    fn leaky(
        &mut self,
        tau: (&'static str, &Tensor),
        r: &Tensor,
        v_leak: &Tensor,
        options: &FloatOptions,
    ) -> Membrane {
        let keep = self.keep(tau.0, tau.1, options);
        let r = self.finite("r", r);
        let v_leak = self.finite("v_leak", v_leak);
        let scaled = |values: &[f64]| {
            keep.iter()
                .zip(values)
                .map(|(a, x)| (1.0 - a) * x)
                .collect()
        };
        let drive = scaled(&r);
        let constant = scaled(&v_leak);
        (keep, drive, constant)
    }

    fn thresholds(&mut self, node: &Node) -> Option<(Vec<f64>, Vec<f64>)> {
        let (threshold, reset) = match node {
            Node::If(n) => (&n.v_threshold, &n.v_reset),
            Node::Lif(n) => (&n.v_threshold, &n.v_reset),
            Node::CubaLif(n) => (&n.v_threshold, &n.v_reset),
            Node::Threshold(n) => {
                return Some((self.finite("threshold", &n.threshold), vec![0.0; self.size]));
            }
            _ => return None,
        };
        Some((
            self.finite("v_threshold", threshold),
            self.finite("v_reset", reset),
        ))
    }
}

/// a, the share of a state with time constant `tau` that is left after a step of `dt`, both in
/// seconds.
fn keep(discretisation: Discretisation, dt: f64, tau: f64) -> f64 {
    match discretisation {
        Discretisation::Exponential => (-dt / tau).exp(),
        Discretisation::Euler => 1.0 - dt / tau,
    }
}
