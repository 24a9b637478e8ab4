//! A chain of dense layers in f64, written from the equations: the reference beside the chip.
//!
//! In a step: u = keep_u u + w s, with s the spikes that the layer before fired in the step before;
//! v = keep_v v + u + bias; a spike iff v > threshold, then v = 0.

use seamount_network::netlist::{Connectivity, Netlist};

/// One layer.
struct Layer {
    /// For each source, (target, 64 x weight).
    rows: Vec<Vec<(usize, f64)>>,
    keep_u: Vec<f64>,
    keep_v: Vec<f64>,
    bias: Vec<f64>,
    threshold: Vec<f64>,
    u: Vec<f64>,
    v: Vec<f64>,
    spikes: Vec<bool>,
}

/// A chain of dense layers.
pub struct Perceptron {
    layers: Vec<Layer>,
    round: bool,
}

impl Perceptron {
    /// From a netlist of one input and a chain of populations of one compartment, without delays;
    /// anything else is none. `round`: cut what decays toward zero, as the registers do.
    pub fn new(netlist: &Netlist, round: bool) -> Option<Perceptron> {
        let [input] = &netlist.inputs[..] else {
            return None;
        };
        let (mut before, mut sources, mut layers) = (&input.name, input.size as usize, vec![]);
        for (population, projection) in netlist.populations.iter().zip(&netlist.projections) {
            let ([c], n) = (&population.compartments[..], population.size as usize) else {
                return None;
            };
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
            layers.push(Layer {
                rows: (0..sources).map(row).collect(),
                // a core adds 1 to the decay of u (NC-007)
                keep_u: each(&|j| (4095.0 - f64::from(c.current_decay.get(j))) / 4096.0),
                keep_v: each(&|j| (4096.0 - f64::from(c.voltage_decay.get(j))) / 4096.0),
                bias: each(&|j| {
                    f64::from(c.bias_mantissa.get(j)) * 2f64.powi(i32::from(c.bias_exponent.get(j)))
                }),
                threshold: each(&|j| 64.0 * f64::from(c.threshold_mantissa.get(j))),
                u: vec![0.0; n],
                v: vec![0.0; n],
                spikes: vec![false; n],
            });
            (before, sources) = (&population.name, n);
        }
        (netlist.projections.len() == layers.len()).then_some(Perceptron { layers, round })
    }

    /// Spikes of each neuron of the last layer, from rest; event of step s acts in step s + 1.
    pub fn counts(&mut self, events: &[(u64, u32)], steps: u64) -> Vec<u32> {
        for layer in &mut self.layers {
            layer.u.fill(0.0);
            layer.v.fill(0.0);
            layer.spikes.fill(false);
        }
        let mut counts = vec![0; self.layers.last().map_or(0, |l| l.v.len())];
        for step in 0..steps {
            let frame: Vec<usize> = events
                .iter()
                .filter(|e| e.0 == step)
                .map(|e| e.1 as usize)
                .collect();
            self.step(&frame);
            let last = self.layers.last().map_or(&[][..], |l| &l.spikes);
            counts
                .iter_mut()
                .zip(last)
                .for_each(|(n, s)| *n += u32::from(*s));
        }
        counts
    }

    fn step(&mut self, frame: &[usize]) {
        let cut = |x: f64| if self.round { x.trunc() } else { x };
        let mut entering = frame.to_vec();
        for layer in &mut self.layers {
            let leaving: Vec<usize> = (0..layer.spikes.len())
                .filter(|&j| layer.spikes[j])
                .collect();
            layer
                .u
                .iter_mut()
                .zip(&layer.keep_u)
                .for_each(|(u, keep)| *u = cut(*u * keep));
            for &(target, weight) in entering.iter().flat_map(|&s| &layer.rows[s]) {
                layer.u[target] += weight;
            }
            for j in 0..layer.v.len() {
                let v = cut(layer.v[j] * layer.keep_v[j]) + layer.u[j] + layer.bias[j];
                layer.spikes[j] = v > layer.threshold[j];
                layer.v[j] = if layer.spikes[j] { 0.0 } else { v };
            }
            entering = leaving;
        }
    }
}
