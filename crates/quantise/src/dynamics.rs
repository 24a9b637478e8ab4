//! What the neurons of a node do in one step, as numbers of the form that the chip computes:
//! u' = keep_u u + sum of jumps, v' = keep_v v + u' + bias, spike iff v' > threshold, then v = 0.
//!
//! v counts from the value that a spike leaves (NC-011): the chip's 0 is `rest`.

use crate::connection::values;
use crate::options::{QuantiseFindings, QuantiseOptions, QuantiseProblem};
use crate::plan::NeuronLayer;
use seamount_network::graph::{Discretisation, I, If, Node, Reset, Tensor};

/// One number per neuron in each.
pub(crate) struct NeuronDynamics {
    /// Share of u that is left after a step; 0 without a synaptic current.
    pub current_keep: Vec<f64>,
    /// Share of v that is left after a step.
    pub voltage_keep: Vec<f64>,
    /// What a unit of x adds to v in its own step.
    pub jump: Vec<f64>,
    /// What a unit of I adds to v: u = drive * I.
    pub drive: Vec<f64>,
    /// What is added to v in every step: leak, bias of the connections.
    pub bias: Vec<f64>,
    /// Part of `bias` that came through the synaptic current and starts from 0 there.
    pub filtered: Vec<f64>,
    /// Distance of the threshold from `rest`; empty if the node does not spike.
    pub threshold: Vec<f64>,
    /// v of the float model where the chip's v is 0.
    pub rest: Vec<f64>,
    /// The node has a synaptic current of its own.
    pub has_current: bool,
}

struct DynamicsReader<'a> {
    layer: &'a NeuronLayer<'a>,
    size: usize,
    options: &'a QuantiseOptions,
    found: &'a mut QuantiseFindings,
}

impl DynamicsReader<'_> {
    fn values(&mut self, field: &str, tensor: &Tensor) -> Vec<f64> {
        let read = values(tensor, self.size).unwrap_or_else(|problem| {
            self.found.add(&self.layer.name, field, problem);
            vec![1.0; self.size]
        });
        self.all(field, &read, "finite", |v| v.is_finite());
        read
    }

    fn all(&mut self, field: &str, values: &[f64], must: &str, good: impl Fn(f64) -> bool) {
        if let Some(&value) = values.iter().find(|v| !good(**v)) {
            self.found.must(&self.layer.name, field, value, false, must);
        }
    }

    fn keep(&mut self, field: &str, tau: &Tensor) -> Vec<f64> {
        let dt = self.options.dt_seconds;
        let discretisation = self.options.discretisation;
        let tau = self.values(field, tau);
        match discretisation {
            Discretisation::Exponential => self.all(field, &tau, "above 0", |t| t > 0.0),
            Discretisation::Euler => self.all(field, &tau, "at least dt with Euler steps", |t| {
                t * (1.0 + 1e-6) >= dt
            }),
        }
        let keep = |tau: &f64| match discretisation {
            Discretisation::Exponential => (-dt / tau).exp(),
            Discretisation::Euler => (1.0 - dt / tau).max(0.0),
        };
        tau.iter().map(keep).collect()
    }
}

fn each(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect()
}

/// Reads a neuron node.
pub(crate) fn dynamics(
    layer: &NeuronLayer,
    options: &QuantiseOptions,
    found: &mut QuantiseFindings,
) -> NeuronDynamics {
    let size = layer.bias.len();
    let mut read = DynamicsReader {
        layer,
        size,
        options,
        found,
    };
    let (voltage_keep, drive, leak) = membrane(&mut read);
    let (current_keep, jump, settled) = synapse(&mut read, &drive);
    let filtered = each(&settled, &layer.bias, |g, b| g * b);
    let mut bias = each(&leak, &filtered, |a, b| a + b);
    let (threshold, rest) = threshold(&mut read);
    let has_current = current_keep.is_some();
    // v counts from `rest`: a leak toward the float 0 becomes a constant pull
    let shift = each(&voltage_keep, &rest, |keep, rest| (1.0 - keep) * rest);
    bias = each(&bias, &shift, |b, s| b - s);
    let filtered = if has_current {
        filtered
    } else {
        vec![0.0; size]
    };
    let current_keep = current_keep.unwrap_or_else(|| vec![0.0; size]);
    NeuronDynamics {
        current_keep,
        voltage_keep,
        jump,
        drive,
        bias,
        filtered,
        threshold,
        rest,
        has_current,
    }
}

/// keep_v, what a unit of I adds to v, what the leak adds.
fn membrane(read: &mut DynamicsReader) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let size = read.size;
    let dt = read.options.dt_seconds;
    let node = read.layer.node;
    let (field, tau, r, v_leak) = match node {
        Node::I(I { r }) | Node::If(If { r, .. }) => {
            let r = read.values("r", r);
            return (
                vec![1.0; size],
                r.iter().map(|r| dt * r).collect(),
                vec![0.0; size],
            );
        }
        Node::Threshold(_) => return (vec![0.0; size], vec![1.0; size], vec![0.0; size]),
        Node::Li(n) => ("tau", &n.tau, &n.r, &n.v_leak),
        Node::Lif(n) => ("tau", &n.tau, &n.r, &n.v_leak),
        Node::CubaLi(n) => ("tau_mem", &n.tau_mem, &n.r, &n.v_leak),
        Node::CubaLif(n) => ("tau_mem", &n.tau_mem, &n.r, &n.v_leak),
        _ => unreachable!("layers are neurons"),
    };
    let keep = read.keep(field, tau);
    let r = read.values("r", r);
    let v_leak = read.values("v_leak", v_leak);
    let gain = |values: &[f64]| each(&keep, values, |keep, x| (1.0 - keep) * x);
    let drive = gain(&r);
    let leak = gain(&v_leak);
    (keep, drive, leak)
}

/// keep_u, what a unit of x adds to v at once, and in every step if x stays.
fn synapse(read: &mut DynamicsReader, drive: &[f64]) -> (Option<Vec<f64>>, Vec<f64>, Vec<f64>) {
    let (tau, w_in) = match read.layer.node {
        Node::CubaLi(n) => (&n.tau_syn, &n.w_in),
        Node::CubaLif(n) => (&n.tau_syn, &n.w_in),
        _ => return (None, drive.to_vec(), drive.to_vec()),
    };
    let keep = read.keep("tau_syn", tau);
    let w_in = read.values("w_in", w_in);
    let settled = each(drive, &w_in, |d, w| d * w);
    let jump = each(&settled, &keep, |s, keep| s * (1.0 - keep));
    (Some(keep), jump, settled)
}

/// Distance of the threshold from the value that the chip calls 0, and that value.
fn threshold(read: &mut DynamicsReader) -> (Vec<f64>, Vec<f64>) {
    let zero = vec![0.0; read.size];
    let (threshold, reset) = match read.layer.node {
        Node::If(n) => (&n.v_threshold, &n.v_reset),
        Node::Lif(n) => (&n.v_threshold, &n.v_reset),
        Node::CubaLif(n) => (&n.v_threshold, &n.v_reset),
        Node::Threshold(n) => {
            let threshold = read.values("threshold", &n.threshold);
            read.all(
                "threshold",
                &threshold,
                "above 0: the chip's thresholds are unsigned (NC-005)",
                |t| t > 0.0,
            );
            return (threshold, zero);
        }
        _ => return (vec![], zero),
    };
    let threshold = read.values("v_threshold", threshold);
    let reset = read.values("v_reset", reset);
    let rest = match read.options.reset {
        Reset::ToReset => reset.clone(),
        Reset::Zero | Reset::Subtract => zero,
    };
    let distance = each(&threshold, &rest, |t, r| t - r);
    let must = "above the v that a spike leaves: the chip's thresholds are unsigned (NC-005)";
    if distance.iter().any(|d| *d <= 0.0) {
        read.all("v_threshold", &distance, must, |d| d > 0.0);
    }
    if read.options.reset == Reset::Subtract && reset.iter().any(|r| *r != 0.0) {
        let text = "must be 0 with reset by subtraction".to_string();
        read.found
            .add(&read.layer.name, "v_reset", QuantiseProblem::Rule(text));
    }
    (distance, rest)
}
