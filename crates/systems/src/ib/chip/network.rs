//! Networks of units that fire their values.

use seamount_network::netlist::{LearningRule, Netlist, Population, Programmed, SignMode, Trace};

/// Program of hidden units.
pub(super) const HIDDEN: &str = include_str!("hidden.asm");
/// Program of readouts.
pub(super) const READOUT: &str = include_str!("readout.asm");
/// State word of `hidden.asm` that holds the number of spikes, and of `readout.asm` the sum.
pub(super) const COUNT: u8 = 2;
/// See [`COUNT`].
pub(super) const SUM: u8 = 0;
/// Largest 8-bit weight with a sign.
pub(super) const WEIGHT_MAX: f64 = 254.0;

/// Layers, and what integers mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// Units of each layer, inputs first, readouts last.
    pub sizes: Vec<usize>,
    /// Most spikes of a value.
    pub counts: u32,
    /// Spikes of 1.0.
    pub one: u32,
    /// Largest weight.
    pub full: f64,
    /// A pulse is 2 to this.
    pub pulse_shift: i32,
    /// Mean modulator that the host sends: it scales those of a layer to it.
    pub gain: f64,
}

impl Form {
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
        let two_ports = Programmed {
            ports: 2,
            ..Programmed::new("ib_hidden")
        };
        Population::programmed(&self.name(layer), self.sizes[layer + 1] as u32, two_ports)
            .parameter("fire_from", from)
            .parameter("fire_until", from + self.counts as i32)
            .parameter("threshold", threshold)
            .parameter("pulse_shift", self.pulse_shift)
    }

    /// The readouts.
    pub(super) fn readout(&self, one: i32) -> Population {
        let two_ports = Programmed {
            ports: 2,
            ..Programmed::new("ib_readout")
        };
        let readouts = self.sizes[self.layers()] as u32;
        Population::programmed("out", readouts, two_ports)
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
pub fn learning(form: &Form, weights: &[Vec<Vec<f64>>], seed: u64) -> Netlist {
    let mut net = Netlist::new("information bottleneck");
    net.seed = seed;
    net.input("in", form.sizes[0] as u32).input("one", 1);
    net.program("ib_hidden", HIDDEN)
        .program("ib_readout", READOUT);
    net.rule(rule(form, "hidden", true))
        .rule(rule(form, "readout", false));
    let (units, last) = (form.weight_units(), form.layers() - 1);
    for (layer, weights) in weights.iter().enumerate().take(form.layers()) {
        let name = form.name(layer);
        let (rule, input) = if layer == last {
            ("readout", "target".to_string())
        } else {
            ("hidden", format!("xi{layer}"))
        };
        net.add(if layer == last {
            form.readout(units * form.one as i32)
        } else {
            form.hidden(layer, units)
        });
        net.input(&input, form.sizes[layer + 1] as u32);
        let source = layer
            .checked_sub(1)
            .map_or("in".into(), |before| form.name(before));
        let row = |row: &Vec<f64>| row.iter().map(|w| integer(*w, units)).collect();
        let dense: Vec<Vec<i32>> = weights.iter().map(row).collect();
        net.connect(&source, &name)
            .dense(dense)
            .format(SignMode::Mixed, 8)
            .learn(rule);
        net.connect("one", &name)
            .dense(vec![vec![2; form.sizes[layer + 1]]])
            .format(SignMode::Mixed, 8)
            .learn(rule);
        net.connect(&input, &format!("{name}.feedback"))
            .one_to_one(1);
    }
    net
}

/// Weight changes of (spikes that came) x (derivative) x (pulses of the modulator) / 128, once a
/// sample.
fn rule(form: &Form, name: &str, derivative: bool) -> LearningRule {
    let dw = if derivative {
        "2^-7*u0*x1*y1*y3 - 2^-7*u0*x1*y1*y2"
    } else {
        "2^-7*u0*x1*y3 - 2^-7*u0*x1*y2"
    };
    LearningRule {
        dw: Some(dw.into()),
        epoch: form.steps() as u8,
        x1: Some(Trace::keeping(1, 4096)),
        y1: derivative.then(Trace::written),
        y2: Some(Trace::written()),
        y3: Some(Trace::written()),
        ..LearningRule::new(name)
    }
}
