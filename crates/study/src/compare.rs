//! Two runs of one network side by side: the float reference beside the chip, two images, two
//! traces. Where do they part, how far, and what comes out.

mod beside;
pub mod run;
pub mod saved;
pub mod unrounded;

pub use beside::BesideChip;
pub use saved::{TimeAxis, saved};

pub use run::{
    CompareError, CompareOptions, GraphComparison, Pair, Stimulus, calibrate, chip_trace,
    compare_graph, compare_images, float_options, float_trace, image_trace,
};

use crate::table::{Column, Table};
use serde::Serialize;
use std::fmt;

/// What a run did, layer by layer; columns are neurons.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Trace {
    /// Source of the trace: a file, or `chip`, `float`.
    pub name: String,
    /// Number of steps.
    pub steps: usize,
    /// Layers, by name.
    pub layers: Vec<LayerTrace>,
}

/// One layer of a trace; every array is steps x neurons, row by row, or empty if not recorded.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct LayerTrace {
    /// Name of the layer.
    pub name: String,
    /// Number of neurons.
    pub neurons: usize,
    /// Axes of the neurons, row-major, where they have several; empty: one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<usize>,
    /// 1 where a neuron fired.
    pub spikes: Vec<f64>,
    /// v.
    pub voltage: Vec<f64>,
    /// Synaptic current.
    pub current: Vec<f64>,
    /// What differences of v count by, per neuron: the threshold, or 1. Empty: 1.
    pub span: Vec<f64>,
    /// Whether the layer is an output.
    pub output: bool,
}

/// Two traces side by side, called a and b.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Name of trace a.
    pub a: String,
    /// Name of trace b.
    pub b: String,
    /// Steps compared.
    pub steps: usize,
    /// Layers that both have.
    pub layers: Vec<LayerComparison>,
    /// Layers that only one has.
    pub alone: Vec<String>,
    /// The first spike that only one has, over all layers; ties: the layer named first.
    pub first_spike: Option<Divergence>,
    /// The first v that differs by more than the tolerance.
    pub first_voltage: Option<Divergence>,
    /// The first current that differs; only where traces are compared bit by bit (tolerance 0).
    pub first_current: Option<Divergence>,
    /// Differences of v up to here are none, in spans.
    pub tolerance: f64,
    /// Classes of the output layers.
    pub outputs: Vec<OutputComparison>,
}

/// One layer of two traces.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerComparison {
    /// Name of the layer.
    pub name: String,
    /// Number of neurons.
    pub neurons: usize,
    /// Spikes of a and b.
    pub spikes: (u64, u64),
    /// Spikes that both have in the same step.
    pub spikes_shared: u64,
    /// The first spike that only one has.
    pub first_spike: Option<Divergence>,
    /// The first v that differs by more than the tolerance.
    pub first_voltage: Option<Divergence>,
    /// The first current that differs; only with tolerance 0.
    pub first_current: Option<Divergence>,
    /// Mean and smallest Pearson correlation of v over the neurons whose v moves in both.
    pub voltage_correlation: Option<(f64, f64)>,
    /// Largest and root mean square difference of v, in spans (thresholds, or float units).
    pub voltage_error: Option<(f64, f64)>,
    /// Values of v that are equal within the tolerance, and all.
    pub voltage_equal: (u64, u64),
    /// Largest difference of v before the first spike that differs, in spans: what rounding alone
    /// has done.
    pub voltage_error_before: Option<f64>,
    /// Values of the current that are equal, and all.
    pub current_equal: (u64, u64),
}

/// Two values that should be equal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Divergence {
    /// Step, from 1.
    pub step: usize,
    /// Name of the layer.
    pub layer: String,
    /// Neuron.
    pub neuron: usize,
    /// Its place on the axes of the layer, if it has several; else empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<usize>,
    /// Value in a.
    pub a: f64,
    /// Value in b.
    pub b: f64,
}

/// An output layer of two traces: spike counts, or v at the end if it does not spike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutputComparison {
    /// Name of the layer.
    pub layer: String,
    /// Per neuron, of a.
    pub a: Vec<f64>,
    /// Per neuron, of b.
    pub b: Vec<f64>,
    /// Index of the largest, the first of equals, of a and b.
    pub class: (usize, usize),
}

impl OutputComparison {
    /// Whether both name the same class.
    pub fn agrees(&self) -> bool {
        self.class.0 == self.class.1
    }
}

/// Compares two traces over the steps that both have. Differences of v up to `tolerance` (in spans
/// of `a`) count as none.
pub fn compare(a: &Trace, b: &Trace, tolerance: f64) -> Comparison {
    let steps = a.steps.min(b.steps);
    let pairs = || {
        a.layers
            .iter()
            .filter_map(|l| Some((l, b.layers.iter().find(|m| l.pairs(m))?)))
    };
    let layers: Vec<LayerComparison> = pairs()
        .map(|(x, y)| layer(x, y, steps, tolerance))
        .collect();
    let other = |from: &Trace, to: &Trace| {
        let paired = |l: &&LayerTrace| to.layers.iter().any(|m| l.pairs(m));
        from.layers
            .iter()
            .filter(|l| !paired(l))
            .map(|l| l.name.clone())
            .collect::<Vec<_>>()
    };
    let earliest = |pick: fn(&LayerComparison) -> &Option<Divergence>| {
        layers
            .iter()
            .filter_map(|l| pick(l).as_ref())
            .min_by_key(|d| d.step)
            .cloned()
    };
    Comparison {
        a: a.name.clone(),
        b: b.name.clone(),
        steps,
        alone: [other(a, b), other(b, a)].concat(),
        first_spike: earliest(|l| &l.first_spike),
        first_voltage: earliest(|l| &l.first_voltage),
        first_current: earliest(|l| &l.first_current),
        tolerance,
        outputs: pairs()
            .filter(|(x, y)| x.output || y.output)
            .map(|(x, y)| output(x, y, steps))
            .collect(),
        layers,
    }
}

impl LayerTrace {
    /// Whether it is the same layer in another trace: by name and shape.
    fn pairs(&self, other: &LayerTrace) -> bool {
        let several = |t: &LayerTrace| t.axes.len() > 1;
        let shapes = !several(self) || !several(other) || self.axes == other.axes;
        self.name == other.name && self.neurons == other.neurons && shapes
    }

    /// Where a neuron is on the axes, if there are several.
    fn place(&self, neuron: usize) -> Vec<usize> {
        if self.axes.len() < 2 {
            return vec![];
        }
        let mut rest = neuron;
        let mut place = vec![];
        for &length in self.axes.iter().rev() {
            place.push(rest % length);
            rest /= length;
        }
        place.reverse();
        place
    }
}

/// The first so many values of two recordings, in pairs.
fn paired(a: &[f64], b: &[f64], count: usize) -> Vec<(f64, f64)> {
    let both = a.iter().copied().zip(b.iter().copied());
    both.take(count).collect()
}

/// How many pairs are equal, and how many there are.
fn equal(pairs: &[(f64, f64)]) -> (u64, u64) {
    let same = pairs.iter().filter(|(x, y)| x == y).count();
    (same as u64, pairs.len() as u64)
}

fn layer(a: &LayerTrace, b: &LayerTrace, steps: usize, tolerance: f64) -> LayerComparison {
    let neurons = a.neurons;
    let count = steps * neurons;
    let spikes = paired(&a.spikes, &b.spikes, count);
    let voltages = paired(&a.voltage, &b.voltage, count);
    let currents = paired(&a.current, &b.current, count);
    let divergence = |pairs: &[(f64, f64)], index: usize| Divergence {
        step: index / neurons + 1,
        layer: a.name.clone(),
        neuron: index % neurons,
        at: a.place(index % neurons),
        a: pairs[index].0,
        b: pairs[index].1,
    };
    let first_unequal = |pairs: &[(f64, f64)]| pairs.iter().position(|(x, y)| x != y);
    let first_spike = first_unequal(&spikes).map(|i| divergence(&spikes, i));
    let span = |index: usize| a.span.get(index % neurons).copied().unwrap_or(1.0);
    let errors: Vec<f64> = (voltages.iter().enumerate())
        .map(|(index, (x, y))| ((x - y) / span(index)).abs())
        .collect();
    // NaN differs too
    let far = |error: &f64| *error > tolerance || error.is_nan();
    let first_voltage = errors.iter().position(far);
    // currents have no span, so that a tolerance says nothing of them
    let first_current = first_unequal(&currents).filter(|_| tolerance == 0.0);
    let largest = |errors: &[f64]| errors.iter().copied().fold(0.0, f64::max);
    let root_mean_square = || {
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        (squares / errors.len() as f64).sqrt()
    };
    let some = |x: f64| (!errors.is_empty()).then_some(x);
    let before = first_spike.as_ref().map_or(errors.len(), |spike| {
        ((spike.step - 1) * neurons).min(errors.len())
    });
    let sum = |spikes: &[f64]| spikes.iter().take(count).sum::<f64>() as u64;
    let shared = spikes.iter().filter(|(x, y)| *x > 0.0 && *y > 0.0).count();
    LayerComparison {
        name: a.name.clone(),
        neurons,
        spikes: (sum(&a.spikes), sum(&b.spikes)),
        spikes_shared: shared as u64,
        first_spike,
        first_voltage: first_voltage.map(|i| divergence(&voltages, i)),
        first_current: first_current.map(|i| divergence(&currents, i)),
        voltage_correlation: correlation(&voltages, neurons),
        voltage_error: some(largest(&errors)).map(|most| (most, root_mean_square())),
        voltage_equal: (
            errors.iter().filter(|error| !far(error)).count() as u64,
            errors.len() as u64,
        ),
        voltage_error_before: some(largest(&errors[..before])),
        current_equal: equal(&currents),
    }
}

/// Mean and smallest correlation over the columns that vary in both.
fn correlation(pairs: &[(f64, f64)], neurons: usize) -> Option<(f64, f64)> {
    let one = |j: usize| {
        let column = || pairs.iter().skip(j).step_by(neurons.max(1));
        let count = column().count() as f64;
        let mean = column().fold((0.0, 0.0), |m, p| (m.0 + p.0 / count, m.1 + p.1 / count));
        let mut xx = 0.0;
        let mut yy = 0.0;
        let mut xy = 0.0;
        for (x, y) in column().map(|p| (p.0 - mean.0, p.1 - mean.1)) {
            (xx, yy, xy) = (xx + x * x, yy + y * y, xy + x * y);
        }
        (xx > 0.0 && yy > 0.0).then(|| xy / (xx * yy).sqrt())
    };
    let each: Vec<f64> = if pairs.is_empty() {
        vec![]
    } else {
        (0..neurons).filter_map(one).collect()
    };
    let least = each.iter().copied().fold(f64::INFINITY, f64::min);
    (!each.is_empty()).then(|| (each.iter().sum::<f64>() / each.len() as f64, least))
}

fn output(a: &LayerTrace, b: &LayerTrace, steps: usize) -> OutputComparison {
    let spiking = !a.spikes.is_empty() && !b.spikes.is_empty();
    let of = |t: &LayerTrace| -> Vec<f64> {
        if spiking {
            (0..t.neurons)
                .map(|j| {
                    t.spikes
                        .iter()
                        .take(steps * t.neurons)
                        .skip(j)
                        .step_by(t.neurons)
                        .sum()
                })
                .collect()
        } else {
            t.voltage
                .get(..steps * t.neurons)
                .and_then(|v| v.rchunks(t.neurons.max(1)).next())
                .map_or(vec![], <[f64]>::to_vec)
        }
    };
    let class = |values: &[f64]| {
        (0..values.len())
            .rev()
            .max_by(|&i, &j| values[i].total_cmp(&values[j]))
            .unwrap_or(0)
    };
    let x = of(a);
    let y = of(b);
    OutputComparison {
        layer: a.name.clone(),
        class: (class(&x), class(&y)),
        a: x,
        b: y,
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Divergence {
            step,
            layer,
            neuron,
            at,
            a,
            b,
        } = self;
        let at = if at.is_empty() {
            String::new()
        } else {
            format!(" {at:?}")
        };
        write!(
            f,
            "step {step}, layer '{layer}', neuron {neuron}{at}: {a} and {b}"
        )
    }
}

impl Comparison {
    /// A line for each layer; `-` where there is nothing to compare.
    fn layer_table(&self) -> Table {
        let number = |x: Option<f64>| x.map_or("-".into(), |x| format!("{x:.3e}"));
        let columns = [
            Column::left("layer", 16),
            Column::right("neurons", 7),
            Column::right("spikes a", 9),
            Column::right("spikes b", 9),
            Column::right("shared", 9),
            Column::right("v corr", 10),
            Column::right("v rms", 10),
            Column::right("v max", 10),
        ];
        let mut table = Table::new(columns).indent(2);
        for layer in &self.layers {
            let correlation = layer.voltage_correlation;
            table.row([
                layer.name.clone(),
                layer.neurons.to_string(),
                layer.spikes.0.to_string(),
                layer.spikes.1.to_string(),
                layer.spikes_shared.to_string(),
                correlation.map_or("-".into(), |c| format!("{:.6}", c.0)),
                number(layer.voltage_error.map(|e| e.1)),
                number(layer.voltage_error.map(|e| e.0)),
            ]);
        }
        table
    }
}

impl Comparison {
    /// Whether anything was compared: a layer that both have.
    pub fn has_layers(&self) -> bool {
        !self.layers.is_empty()
    }

    /// Whether a spike, a current, a voltage beyond the tolerance or the class of an output
    /// differs, or a layer is in one of the two only.
    pub fn differs(&self) -> bool {
        let class = |output: &OutputComparison| output.class.0 != output.class.1;
        self.first_spike.is_some()
            || self.first_voltage.is_some()
            || self.first_current.is_some()
            || !self.alone.is_empty()
            || self.outputs.iter().any(class)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} (a) beside {} (b), {} steps",
            self.a, self.b, self.steps
        )?;
        write!(f, "{}", self.layer_table())?;
        let any = |of: fn(&LayerComparison) -> bool| self.layers.iter().any(of);
        match &self.first_spike {
            Some(d) => writeln!(f, "  first spike that differs: {d}")?,
            None if self.layers.is_empty() => writeln!(f, "  they have no layer in common")?,
            None => writeln!(f, "  every spike is equal")?,
        }
        let within = if self.tolerance > 0.0 {
            format!(" by more than {:.1e} thresholds", self.tolerance)
        } else {
            String::new()
        };
        match &self.first_voltage {
            Some(d) => writeln!(f, "  first v that differs{within}: {d}")?,
            None if self.tolerance > 0.0 => writeln!(
                f,
                "  every v is equal within {:.1e} thresholds",
                self.tolerance
            )?,
            None if any(|l| l.voltage_equal.1 > 0) => writeln!(f, "  every v is equal")?,
            None => {}
        }
        match &self.first_current {
            Some(d) => writeln!(f, "  first u that differs: {d}")?,
            None if self.tolerance == 0.0 && any(|l| l.current_equal.1 > 0) => {
                writeln!(f, "  every u is equal")?
            }
            None => {}
        }
        for o in &self.outputs {
            let verdict = if o.agrees() { "agree" } else { "differ" };
            writeln!(
                f,
                "  output '{}': classes {} and {} {verdict}",
                o.layer, o.class.0, o.class.1
            )?;
        }
        self.alone.iter().try_for_each(|name| {
            writeln!(
                f,
                "  layer '{name}' is in one of them only, or of another shape"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(name: &str, spikes: &[f64], voltage: &[f64]) -> Trace {
        let layer = LayerTrace {
            name: "x".into(),
            neurons: 2,
            spikes: spikes.to_vec(),
            voltage: voltage.to_vec(),
            output: true,
            ..LayerTrace::default()
        };
        Trace {
            name: name.into(),
            steps: 3,
            layers: vec![layer],
        }
    }

    #[test]
    fn the_first_difference_is_named() {
        let a = trace(
            "a",
            &[0.0, 0.0, 0.0, 1.0, 1.0, 1.0],
            &[0.0, 1.0, 1.0, 2.0, 2.0, 3.0],
        );
        let b = trace(
            "b",
            &[0.0, 0.0, 1.0, 1.0, 1.0, 0.0],
            &[0.0, 1.0, 1.0, 2.5, 2.0, 4.0],
        );
        let seen = compare(&a, &b, 0.1);
        let layer = &seen.layers[0];
        assert_eq!((layer.spikes, layer.spikes_shared), ((3, 3), 2));
        let first = seen.first_spike.clone().unwrap();
        assert_eq!(
            (first.step, first.neuron, first.a, first.b),
            (2, 0, 0.0, 1.0)
        );
        assert_eq!(seen.first_voltage.clone().unwrap().neuron, 1);
        assert_eq!(layer.voltage_equal, (4, 6));
        assert_eq!(layer.voltage_error_before, Some(0.0));
        assert!((layer.voltage_correlation.unwrap().0 - 1.0).abs() < 1e-12);
        assert_eq!(seen.outputs[0].class, (1, 0));
        assert!(
            seen.to_string()
                .contains("step 2, layer 'x', neuron 0: 0 and 1"),
            "{seen}"
        );
        assert!(compare(&a, &a, 0.0).first_voltage.is_none());
    }
}
