//! A chain of dense layers in f64, written from the equations: the reference beside the chip.
//!
//! In a step: u = keep_u u + w s, with s the spikes that the layer before fired in the step before;
//! v = keep_v v + u + bias; a spike iff v > threshold, then v = 0.

use seamount_network::netlist::{Connectivity, Netlist};

/// Constants of one layer.
struct DenseLayer {
    /// For each source, (target, 64 x weight).
    rows: Vec<Vec<(usize, f64)>>,
    /// Share of u that remains after a step, 0 to 1.
    keep_u: Vec<f64>,
    /// Share of v that remains after a step, 0 to 1.
    keep_v: Vec<f64>,
    bias: Vec<f64>,
    threshold: Vec<f64>,
}

/// State of the neurons of one layer.
struct DenseState {
    u: Vec<f64>,
    v: Vec<f64>,
    spikes: Vec<bool>,
}

/// A chain of dense layers.
pub(super) struct Perceptron {
    layers: Vec<DenseLayer>,
    round: bool,
}

impl Perceptron {
    /// From a netlist of one input and a chain of populations of one compartment, without delays;
    /// anything else is none. `round`: cut what decays toward zero, as the registers do.
    pub(super) fn new(netlist: &Netlist, round: bool) -> Option<Perceptron> {
        let [input] = &netlist.inputs[..] else {
            return None;
        };
        let mut before = &input.name;
        let mut sources = input.size as usize;
        let mut layers = vec![];
        for (population, projection) in netlist.populations.iter().zip(&netlist.projections) {
            let [c] = &population.compartments[..] else {
                return None;
            };
            let n = population.size as usize;
            let Connectivity::Lists(edges) = &projection.connectivity else {
                return None;
            };
            let chained = projection.source.0 == *before && projection.target.0 == population.name;
            if !chained || (0..sources).any(|s| edges.of(s as u32).any(|(_, _, delay)| delay != 0))
            {
                return None;
            }
            let unit = |target: u32| {
                64.0 * 2f64.powi(i32::from(projection.weight_exponent.get(target as usize)))
            };
            let row = |s: usize| {
                edges
                    .of(s as u32)
                    .map(|(t, w, _)| (t as usize, f64::from(w) * unit(t)))
                    .collect()
            };
            let each = |of: &dyn Fn(usize) -> f64| (0..n).map(of).collect::<Vec<f64>>();
            layers.push(DenseLayer {
                rows: (0..sources).map(row).collect(),
                // a core adds 1 to the decay of u (NC-007)
                keep_u: each(&|j| (4095.0 - f64::from(c.current_decay.get(j))) / 4096.0),
                keep_v: each(&|j| (4096.0 - f64::from(c.voltage_decay.get(j))) / 4096.0),
                bias: each(&|j| {
                    f64::from(c.bias_mantissa.get(j)) * 2f64.powi(i32::from(c.bias_exponent.get(j)))
                }),
                threshold: each(&|j| 64.0 * f64::from(c.threshold_mantissa.get(j))),
            });
            before = &population.name;
            sources = n;
        }
        (netlist.projections.len() == layers.len()).then_some(Perceptron { layers, round })
    }

    /// Number of spikes of each neuron of the last layer, from rest. An event (step, source) acts
    /// in the step after its own, as on the chip.
    pub(super) fn counts(&self, events: &[(u64, u32)], steps: u64) -> Vec<u32> {
        let mut states: Vec<DenseState> = self.layers.iter().map(DenseLayer::at_rest).collect();
        let mut counts = vec![0; self.layers.last().map_or(0, |l| l.bias.len())];
        for step in 0..steps {
            let now = events.iter().filter(|e| e.0 == step);
            let frame: Vec<usize> = now.map(|e| e.1 as usize).collect();
            self.step(&mut states, frame);
            let last = states.last().map_or(&[][..], |state| &state.spikes);
            for (count, spike) in counts.iter_mut().zip(last) {
                *count += u32::from(*spike);
            }
        }
        counts
    }

    fn step(&self, states: &mut [DenseState], frame: Vec<usize>) {
        let cut = |x: f64| if self.round { x.trunc() } else { x };
        let mut entering = frame;
        for (layer, state) in self.layers.iter().zip(states) {
            // a layer sees what the layer before it fired in the step before
            let neurons = 0..state.spikes.len();
            let leaving: Vec<usize> = neurons.clone().filter(|&j| state.spikes[j]).collect();
            for (u, keep) in state.u.iter_mut().zip(&layer.keep_u) {
                *u = cut(*u * keep);
            }
            for &(target, weight) in entering.iter().flat_map(|&s| &layer.rows[s]) {
                state.u[target] += weight;
            }
            for j in neurons {
                let v = cut(state.v[j] * layer.keep_v[j]) + state.u[j] + layer.bias[j];
                state.spikes[j] = v > layer.threshold[j];
                state.v[j] = if state.spikes[j] { 0.0 } else { v };
            }
            entering = leaving;
        }
    }
}

impl DenseLayer {
    fn at_rest(&self) -> DenseState {
        let neurons = self.bias.len();
        DenseState {
            u: vec![0.0; neurons],
            v: vec![0.0; neurons],
            spikes: vec![false; neurons],
        }
    }
}
