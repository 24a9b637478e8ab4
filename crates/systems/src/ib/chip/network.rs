//! A layered network for the chip whose units sum for a while and then fire their value, one spike
//! a step.
//!
//! Layers take turns: a layer fires only when all spikes of the layer before have arrived, so that
//! the numbers do not depend on the order of spikes, and a whole sample is one learning epoch.

use crate::eprop::chip::{WEIGHT_MAX, programmed, written};
use seamount_network::netlist::{LearningRule, Netlist, Population, SignMode, Trace};

/// Program of hidden units.
pub(super) const HIDDEN: &str = include_str!("hidden.asm");
/// Program of readouts.
pub(super) const READOUT: &str = include_str!("readout.asm");
/// State word of `hidden.asm` that holds the number of spikes.
pub(super) const COUNT: u8 = 2;
/// State word of `readout.asm` that holds the sum.
pub(super) const SUM: u8 = 0;

/// Sizes of the layers, and what their integers mean.
#[derive(Debug, Clone, PartialEq)]
pub struct CountNetwork {
    /// Units of each layer, inputs first, readouts last.
    pub sizes: Vec<usize>,
    /// Most spikes of a value.
    pub counts: u32,
    /// Spikes of 1.0.
    pub one: u32,
    /// Largest weight.
    pub full: f64,
    /// Exponent of 2 of the modulator that one pulse stands for.
    pub pulse_shift: i32,
    /// Mean modulator that the host sends: it scales those of a layer to it.
    pub gain: f64,
}

impl CountNetwork {
    /// Integers of a weight of 1.0, and the threshold of hidden units: so many make one more spike.
    pub fn weight_units(&self) -> i32 {
        (WEIGHT_MAX / self.full).floor() as i32
    }

    /// Layers with weights.
    pub fn layers(&self) -> usize {
        self.sizes.len() - 1
    }

    /// Step of a sample, from 0, from which on a layer fires; of the last, in which its sum is
    /// complete.
    pub(super) fn fires_from(&self, layer: usize) -> u32 {
        self.counts + layer as u32 * (self.counts + 1)
    }

    /// Steps of a sample; in the last one synapses learn.
    pub fn steps(&self) -> u32 {
        self.fires_from(self.layers() - 1) + 2
    }

    /// Spikes of a value that is not negative.
    pub(super) fn spikes(&self, value: f64) -> u32 {
        ((value * f64::from(self.one)).round().max(0.0) as u32).min(self.counts)
    }

    /// Name of a layer's population.
    pub(super) fn name(&self, layer: usize) -> String {
        if layer + 1 == self.layers() {
            "out".into()
        } else {
            format!("hidden{layer}")
        }
    }

    /// A layer of hidden units.
    pub(super) fn hidden(&self, layer: usize, threshold: i32) -> Population {
        let from = self.fires_from(layer) as i32;
        programmed(&self.name(layer), self.sizes[layer + 1], "ib_hidden")
            .parameter("fire_from", from)
            .parameter("fire_until", from + self.counts as i32)
            .parameter("threshold", threshold)
            .parameter("pulse_shift", self.pulse_shift)
    }

    /// The readouts.
    pub(super) fn readout(&self, one: i32) -> Population {
        programmed("out", self.sizes[self.layers()], "ib_readout")
            .parameter("one", one)
            .parameter("pulse_shift", self.pulse_shift)
    }
}

/// A weight as an even integer, never 0: that would be no synapse.
fn integer(weight: f64, units: i32) -> i32 {
    match ((weight * f64::from(units) / 2.0).round() as i32 * 2).clamp(-256, WEIGHT_MAX as i32) {
        0 if weight < 0.0 => -2,
        0 => 2,
        even => even,
    }
}

/// The network that learns. `weights[layer][source][unit]` in real numbers; biases begin at 0 and
/// are synapses of a source that always fires 1.0. `seed` is that of the rounding.
pub fn learning(network: &CountNetwork, weights: &[Vec<Vec<f64>>], seed: u64) -> Netlist {
    let mut net = Netlist::new("information bottleneck");
    net.seed = seed;
    net.input("in", network.sizes[0] as u32).input("one", 1);
    net.program("ib_hidden", HIDDEN)
        .program("ib_readout", READOUT);
    net.rule(rule(network, "hidden", Derivative::Fired))
        .rule(rule(network, "readout", Derivative::One));
    let units = network.weight_units();
    let last = network.layers() - 1;
    for (layer, weights) in weights.iter().enumerate().take(network.layers()) {
        let name = network.name(layer);
        let (rule, input) = if layer == last {
            ("readout", "target".to_string())
        } else {
            ("hidden", format!("xi{layer}"))
        };
        net.add(if layer == last {
            network.readout(units * network.one as i32)
        } else {
            network.hidden(layer, units)
        });
        net.input(&input, network.sizes[layer + 1] as u32);
        let source = layer
            .checked_sub(1)
            .map_or("in".into(), |before| network.name(before));
        let row = |row: &Vec<f64>| row.iter().map(|w| integer(*w, units)).collect();
        let dense: Vec<Vec<i32>> = weights.iter().map(row).collect();
        net.connect(&source, &name)
            .dense(dense)
            .format(SignMode::Mixed, 8)
            .learn(rule);
        net.connect("one", &name)
            .dense(vec![vec![2; network.sizes[layer + 1]]])
            .format(SignMode::Mixed, 8)
            .learn(rule);
        net.connect(&input, &format!("{name}.feedback"))
            .one_to_one(1);
    }
    net
}

/// Derivative of a unit's output by its sum.
#[derive(PartialEq)]
enum Derivative {
    /// 1 if the unit fired, else 0: hidden units, whose program writes it into y1.
    Fired,
    /// 1 always: readouts are linear.
    One,
}

/// Rule that changes a weight by (spikes that came) x (derivative) x (pulses of the modulator) /
/// 128, once a sample.
fn rule(network: &CountNetwork, name: &str, derivative: Derivative) -> LearningRule {
    let fired = derivative == Derivative::Fired;
    let dw = if fired {
        "2^-7*u0*x1*y1*y3 - 2^-7*u0*x1*y1*y2"
    } else {
        "2^-7*u0*x1*y3 - 2^-7*u0*x1*y2"
    };
    LearningRule {
        dw: Some(dw.into()),
        epoch: network.steps() as u8,
        x1: Some(Trace::keeping(1, 4096)),
        y1: fired.then(Trace::written),
        y2: written(),
        y3: written(),
        ..LearningRule::new(name)
    }
}
