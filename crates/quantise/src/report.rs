//! What quantising changed, as data and as text.

use crate::options::QuantiseOptions;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What quantising changed, layer by layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuantiseReport {
    /// The options, defaults included.
    pub options: QuantiseOptions,
    /// Whether a calibration was given.
    pub calibrated: bool,
    /// What the graph did not say, or said in a way that was not followed, and how it was taken.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Layers of neurons, by name.
    pub layers: Vec<LayerReport>,
    /// Upper estimate of the synapse memory, bits: before lists are shared and formats narrowed.
    pub synapse_bits: u64,
}

/// One layer of neurons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LayerReport {
    /// Name of the node.
    pub node: String,
    /// Type of the node.
    pub kind: String,
    /// Name of the population.
    pub population: String,
    /// Number of neurons.
    pub neurons: usize,
    /// Compartments of a neuron: 1, or 2 or 3 with reset by subtraction (NC-019).
    pub compartments: usize,
    /// Chip units of v for one float unit, smallest and largest.
    pub units: (f64, f64),
    /// Weight exponents, smallest and largest.
    pub exponents: (i8, i8),
    /// Distinct thresholds; a core has 8.
    pub thresholds: usize,
    /// Distinct pairs of decays; a core has 32 profiles.
    pub decays: usize,
    /// Parameters of the neurons.
    pub parameters: Vec<ParameterReport>,
    /// What enters.
    pub inflows: Vec<InflowReport>,
    /// What may go wrong at run time, in words.
    pub risks: Vec<String>,
}

/// One parameter of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ParameterReport {
    /// Name of the register.
    pub register: String,
    /// Smallest and largest float value that was wanted: of decays the share lost in a step, else
    /// float units of v.
    pub float: (f64, f64),
    /// Smallest and largest integer written: of decays the effective decay 0..=4096, else what
    /// register and exponent mean together, in units of v.
    pub integer: (i64, i64),
    /// Largest error; of decays and thresholds relative to the value, else to the threshold.
    pub error_max: f64,
    /// Root mean square of the same.
    pub error_rms: f64,
    /// Values limited to what the register holds.
    pub clipped: usize,
}

/// What one source sends to a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InflowReport {
    /// Name of the source node.
    pub source: String,
    /// Synapses.
    pub synapses: usize,
    /// Synapses so small that they became 0; left out.
    pub zero: usize,
    /// Weights that are not what was wanted, the zeros among them.
    pub rounded: usize,
    /// Weights limited to ±255.
    pub clipped: usize,
    /// Smallest and largest float weight, connections multiplied out.
    pub float: (f64, f64),
    /// Smallest and largest integer weight.
    pub integer: (i32, i32),
    /// Largest error relative to the largest weight of the same target neuron.
    pub error_max: f64,
    /// Root mean square of the error, relative to that of the weights.
    pub error_rms: f64,
    /// Upper estimate of the synapse memory, bits.
    pub memory_bits: u64,
}

/// Collects errors.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ErrorTally {
    max: f64,
    squares: f64,
    count: usize,
}

impl ErrorTally {
    pub fn add(&mut self, error: f64) {
        self.max = self.max.max(error.abs());
        self.squares += error * error;
        self.count += 1;
    }

    pub fn max(&self) -> f64 {
        self.max
    }

    pub fn rms(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            (self.squares / self.count as f64).sqrt()
        }
    }
}

/// Smallest and largest; (0, 0) of nothing.
pub(crate) fn range<T: Copy + PartialOrd + Default>(values: impl IntoIterator<Item = T>) -> (T, T) {
    let both = values.into_iter().map(|v| (v, v));
    both.reduce(|a, b| {
        (
            if b.0 < a.0 { b.0 } else { a.0 },
            if b.1 > a.1 { b.1 } else { a.1 },
        )
    })
    .unwrap_or_default()
}

impl fmt::Display for QuantiseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let o = &self.options;
        // as the command line calls it
        let name = |x: &dyn fmt::Debug| {
            let text = format!("{x:?}");
            let words = text.char_indices().map(|(i, c)| {
                if i > 0 && c.is_uppercase() {
                    format!("-{c}")
                } else {
                    c.to_string()
                }
            });
            words.collect::<String>().to_lowercase()
        };
        writeln!(
            f,
            "dt {} s, {} decays rounded {}, reset {}, scales {}, {} weight bits, threshold mantissas to {}, {}",
            o.dt_seconds,
            name(&o.discretisation),
            name(&o.decay_rounding),
            name(&o.reset),
            name(&o.scales),
            o.weight_bits,
            o.threshold_mantissa_max,
            if self.calibrated {
                format!("calibrated with margin {}", o.margin)
            } else {
                "worst case assumed".into()
            },
        )?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        for layer in &self.layers {
            write!(f, "{layer}")?;
        }
        write!(
            f,
            "synapse memory: at most {} bits before sharing",
            self.synapse_bits
        )
    }
}

impl fmt::Display for LayerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LayerReport {
            node,
            kind,
            neurons,
            compartments,
            units,
            exponents,
            thresholds,
            decays,
            ..
        } = self;
        let of = if *compartments == 1 {
            "a compartment".into()
        } else {
            format!("{compartments} compartments")
        };
        let neurons = if *neurons == 1 {
            "1 neuron".into()
        } else {
            format!("{neurons} neurons")
        };
        writeln!(
            f,
            "{node} ({kind}): {neurons} of {of} each, population '{}'",
            self.population
        )?;
        writeln!(
            f,
            "  scale {} chip units of v for 1.0, weight exponents {}, {thresholds} threshold(s), {decays} decay pair(s)",
            span(units.0, units.1),
            if exponents.0 == exponents.1 {
                exponents.0.to_string()
            } else {
                format!("{}..={}", exponents.0, exponents.1)
            },
        )?;
        for parameter in &self.parameters {
            writeln!(f, "{parameter}")?;
        }
        for inflow in &self.inflows {
            writeln!(f, "{inflow}")?;
        }
        self.risks
            .iter()
            .try_for_each(|risk| writeln!(f, "  note: {risk}"))
    }
}

impl fmt::Display for ParameterReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let integer = if self.integer.0 == self.integer.1 {
            self.integer.0.to_string()
        } else {
            format!("{}..={}", self.integer.0, self.integer.1)
        };
        write!(
            f,
            "  {:<14} {:<24} -> {integer:<20} error max {:.2e} rms {:.2e}",
            self.register,
            span(self.float.0, self.float.1),
            self.error_max,
            self.error_rms,
        )?;
        match self.clipped {
            0 => Ok(()),
            clipped => write!(f, ", {clipped} clipped"),
        }
    }
}

impl fmt::Display for InflowReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "  from {}: {} synapses, weights {} -> {}..={}, error max {:.2e} rms {:.2e}, {} rounded ({} to 0), {} clipped, {} bits",
            self.source,
            self.synapses,
            span(self.float.0, self.float.1),
            self.integer.0,
            self.integer.1,
            self.error_max,
            self.error_rms,
            self.rounded,
            self.zero,
            self.clipped,
            self.memory_bits,
        )
    }
}

/// A range in float units, as one number where both ends are equal.
fn span(low: f64, high: f64) -> String {
    if low == high {
        format!("{low:.6}")
    } else {
        format!("{low:.6}..={high:.6}")
    }
}
