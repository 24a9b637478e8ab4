//! What the integers of a netlist would do if registers had no width: the same step in f64, without
//! rounding, wrapping or clipping. Between the float reference and the chip it tells apart what
//! rounding the parameters does and what rounding in every step does.

use super::run::Stimulus;
use super::{LayerTrace, Trace};
use seamount_network::netlist::{Compartment, Edges, Netlist, Population, Projection, Resolved};
use seamount_quantise::{LayerMap, Quantised};

/// A quantised graph of single-compartment neurons in f64.
pub struct Unrounded {
    layers: Vec<Neurons>,
    flows: Vec<Flow>,
    inputs: usize,
}

struct Neurons {
    map: LayerMap,
    current_keep: Vec<f64>,
    voltage_keep: Vec<f64>,
    bias: Vec<f64>,
    threshold: Vec<f64>,
    start: (Vec<f64>, Vec<f64>),
    u: Vec<f64>,
    v: Vec<f64>,
    fired: Vec<bool>,
    /// Input that is under way, 64 * weight, by the step it arrives in modulo the number of slots.
    arriving: Vec<Vec<f64>>,
}

struct Flow {
    /// First source over all inputs, or a layer.
    source: Result<usize, usize>,
    layer: usize,
    edges: Edges,
    /// 64 * 2^exponent of each target neuron.
    unit: Vec<f64>,
}

/// Largest delay plus one.
const SLOTS: usize = 64;

impl Neurons {
    /// The neurons of a layer at rest, in the integers of the netlist as floats; none if the
    /// netlist has no such population.
    fn new(net: &Netlist, map: &LayerMap) -> Option<Neurons> {
        let population = net.populations.iter().find(|p| p.name == map.population)?;
        let core = population.core;
        let soma = &population.compartments[0];
        let size = population.size as usize;
        // a decay of d leaves 1 - d / 4096, or one part less with the offset that real chips add
        let keep = |decay: u16, offset: bool| {
            1.0 - (f64::from(decay) + f64::from(u8::from(offset))) / 4096.0
        };
        let each = |of: &dyn Fn(&Compartment, usize) -> f64| -> Vec<f64> {
            (0..size).map(|j| of(soma, j)).collect()
        };
        Some(Neurons {
            map: map.clone(),
            current_keep: each(&|c, j| keep(c.current_decay.get(j), core.ds_offset)),
            voltage_keep: each(&|c, j| keep(c.voltage_decay.get(j), core.dm_offset)),
            bias: each(&|c, j| {
                f64::from(c.bias_mantissa.get(j)) * f64::from(c.bias_exponent.get(j)).exp2()
            }),
            threshold: each(&|c, j| f64::from(c.threshold_mantissa.get(j)) * 64.0),
            start: (
                each(&|c, j| f64::from(c.initial_current.get(j))),
                each(&|c, j| f64::from(c.initial_voltage.get(j))),
            ),
            u: vec![0.0; size],
            v: vec![0.0; size],
            fired: vec![false; size],
            arriving: vec![vec![0.0; size]; SLOTS],
        })
    }
}

impl Flow {
    /// The weights of a projection between layers, or from an input to a layer.
    fn new(net: &Netlist, projection: &Projection, layers: &[Neurons]) -> Option<Flow> {
        let place = |population: usize| {
            let name = &net.populations[population].name;
            layers
                .iter()
                .position(|layer| layer.map.population == *name)
        };
        let source = match net.resolve(&projection.source)? {
            Resolved::Input(i) => Ok(net.inputs[..i].iter().map(|i| i.size as usize).sum()),
            Resolved::Compartment(population, _) => Err(place(population)?),
        };
        let Resolved::Compartment(population, _) = net.resolve(&projection.target)? else {
            return None;
        };
        let size = net.populations[population].size as usize;
        let unit = |j| 64.0 * f64::from(projection.weight_exponent.get(j)).exp2();
        Some(Flow {
            source,
            layer: place(population)?,
            edges: projection.edges(net).into_owned(),
            unit: (0..size).map(unit).collect(),
        })
    }
}

impl Unrounded {
    /// `None` if a neuron has several compartments, or a program.
    pub fn new(quantised: &Quantised) -> Option<Unrounded> {
        let net = &quantised.netlist;
        let simple = |p: &Population| p.compartments.len() == 1 && p.program.is_none();
        if !net.populations.iter().all(simple) || net.populations.len() != quantised.layers.len() {
            return None;
        }
        let layers = quantised.layers.iter().map(|map| Neurons::new(net, map));
        let layers = layers.collect::<Option<Vec<Neurons>>>()?;
        let flows = net.projections.iter().map(|p| Flow::new(net, p, &layers));
        let flows = flows.collect::<Option<Vec<Flow>>>()?;
        Some(Unrounded {
            flows,
            inputs: inputs(net),
            layers,
        })
    }

    /// Runs from the start.
    pub fn trace(&mut self, stimulus: &Stimulus) -> Trace {
        for layer in &mut self.layers {
            (layer.u, layer.v) = layer.start.clone();
            layer.arriving.iter_mut().for_each(|slot| slot.fill(0.0));
            layer.fired.fill(false);
        }
        let blank = |l: &Neurons| LayerTrace {
            name: l.map.node.clone(),
            neurons: l.v.len(),
            ..LayerTrace::default()
        };
        let mut traces: Vec<LayerTrace> = self.layers.iter().map(blank).collect();
        let mut events = stimulus.events.clone();
        events.sort_unstable();
        let mut next = 0;
        for step in 0..stimulus.steps {
            // spikes of the host and of the step before
            let mut entering = vec![0.0; self.inputs];
            while let Some(&(s, source)) = events.get(next).filter(|e| e.0 <= step) {
                if let Some(value) = entering.get_mut(source as usize).filter(|_| s == step) {
                    *value += 1.0;
                }
                next += 1;
            }
            self.deliver(step as usize, &entering);
            for (layer, trace) in self.layers.iter_mut().zip(&mut traces) {
                layer.step(step as usize);
                layer.record(trace);
            }
        }
        Trace {
            name: "unrounded".into(),
            steps: stimulus.steps as usize,
            layers: traces,
        }
    }

    fn deliver(&mut self, step: usize, entering: &[f64]) {
        for flow in &self.flows {
            let sources = flow.edges.offsets.as_slice().len() - 1;
            for source in 0..sources {
                let spikes = match flow.source {
                    Ok(first) => entering[first + source],
                    Err(layer) => f64::from(u8::from(self.layers[layer].fired[source])),
                };
                if spikes == 0.0 {
                    continue;
                }
                for (target, weight, delay) in flow.edges.of(source as u32) {
                    let slot =
                        &mut self.layers[flow.layer].arriving[(step + usize::from(delay)) % SLOTS];
                    slot[target as usize] +=
                        spikes * f64::from(weight) * flow.unit[target as usize];
                }
            }
        }
    }
}

fn inputs(net: &Netlist) -> usize {
    net.inputs.iter().map(|i| i.size as usize).sum()
}

impl Neurons {
    fn step(&mut self, step: usize) {
        for j in 0..self.v.len() {
            let arriving = std::mem::take(&mut self.arriving[step % SLOTS][j]);
            self.u[j] = self.current_keep[j] * self.u[j] + arriving;
            self.v[j] = self.voltage_keep[j] * self.v[j] + self.u[j] + self.bias[j];
            self.fired[j] = self.map.spiking && self.v[j] > self.threshold[j];
            if self.fired[j] {
                self.v[j] = 0.0;
            }
        }
    }

    /// In the units of the float model.
    fn record(&self, trace: &mut LayerTrace) {
        let map = &self.map;
        if map.spiking {
            trace
                .spikes
                .extend(self.fired.iter().map(|f| f64::from(u8::from(*f))));
        }
        trace.voltage.extend(
            self.v
                .iter()
                .enumerate()
                .map(|(j, v)| v / map.units[j] + map.rest[j]),
        );
        trace.current.extend(
            self.u
                .iter()
                .enumerate()
                .map(|(j, u)| (u + map.current_rest[j]) / map.current_units[j]),
        );
    }
}
