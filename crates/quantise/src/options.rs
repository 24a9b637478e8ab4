//! How a float graph becomes integers, and why it may not.

use seamount_diagnose::{Allowed, Fault, Finding};
use seamount_network::graph::{Discretisation, Reset};
use seamount_network::memory::MemoryShort;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Options of the quantisation, made from the default and changed one by one. The report echoes
/// all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuantiseOptions {
    /// Length of a step, seconds; above 0. Default 1e-4, the step of the NIR paper.
    pub dt_seconds: f64,
    /// How time constants become decays. Default Euler forward.
    pub discretisation: Discretisation,
    /// How decays become 12-bit numbers. Default: the nearest.
    pub decay_rounding: DecayRounding,
    /// What a spike does to v. Default: v = v_reset.
    pub reset: Reset,
    /// Neurons may be programs (Loihi 2 class): reset by subtraction is one then, exact and in one
    /// compartment. Default: they may not.
    #[serde(default)]
    pub programs: bool,
    /// Who shares a scale. Default: nobody.
    pub scales: Scales,
    /// Bits of a weight's magnitude: 1..=6 or 8. Default 8.
    pub weight_bits: u8,
    /// Distinct thresholds of a population, 1..=8: a core has 8 (limits of a core). Default 8.
    pub thresholds_max: usize,
    /// Largest threshold mantissa, 1..=131071 (NC-005). Default 16384: v then has room for 8
    /// thresholds at least (NC-003).
    pub threshold_mantissa_max: u32,
    /// Room above the largest value seen in calibration, a factor of at least 1. Default 2.
    pub margin: f64,
    /// Scales that are given, by node: threshold mantissas (units of 64 in v) per float unit of v.
    pub units: BTreeMap<String, f64>,
    /// Constant currents, by Input node: x of each element in every step from the first on. Such an
    /// Input is no source of spikes; what its x does is in the biases. A Delay does not hold it
    /// back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub currents: BTreeMap<String, Vec<f64>>,
    /// Most neurons of the graph: what the board has compartments for. Default: any number.
    #[serde(skip)]
    pub neurons_max: Option<u64>,
    /// What a float run of samples has seen; without it the worst case is assumed.
    #[serde(skip)]
    pub calibration: Option<Calibration>,
}

macro_rules! setters {
    ($($(#[$text:meta])* $field:ident: $type:ty),* $(,)?) => {
        impl QuantiseOptions {
            $(
                $(#[$text])*
                #[must_use]
                pub fn $field(mut self, $field: $type) -> Self {
                    self.$field = $field;
                    self
                }
            )*
        }
    };
}

setters! {
    /// Sets the length of a step, seconds.
    dt_seconds: f64,
    /// Sets the way from time constants to decays.
    discretisation: Discretisation,
    /// Sets the rounding of decays.
    decay_rounding: DecayRounding,
    /// Sets the reset.
    reset: Reset,
    /// Sets who shares a scale.
    scales: Scales,
    /// Sets the number of bits of a weight.
    weight_bits: u8,
    /// Sets the number of distinct thresholds of a population.
    thresholds_max: usize,
    /// Sets the largest threshold mantissa.
    threshold_mantissa_max: u32,
    /// Sets the factor of room above what calibration saw.
    margin: f64,
    /// Gives scales by node.
    units: BTreeMap<String, f64>,
    /// Gives constant currents by Input node.
    currents: BTreeMap<String, Vec<f64>>,
}

impl QuantiseOptions {
    /// Allows neurons to be programs (Loihi 2 class).
    #[must_use]
    pub fn with_programs(mut self) -> Self {
        self.programs = true;
        self
    }

    /// Gives what a float run has seen.
    #[must_use]
    pub fn calibration(mut self, calibration: Calibration) -> Self {
        self.calibration = Some(calibration);
        self
    }
}

impl Default for QuantiseOptions {
    fn default() -> Self {
        QuantiseOptions {
            dt_seconds: 1e-4,
            discretisation: Discretisation::Euler,
            decay_rounding: DecayRounding::Nearest,
            reset: Reset::ToReset,
            programs: false,
            scales: Scales::PerNeuron,
            weight_bits: 8,
            thresholds_max: 8,
            threshold_mantissa_max: 1 << 14,
            margin: 2.0,
            units: BTreeMap::new(),
            currents: BTreeMap::new(),
            neurons_max: None,
            calibration: None,
        }
    }
}

/// How a decay in parts of 4096 becomes an integer (NC-007).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecayRounding {
    /// The nearest.
    Nearest,
    /// The next below: what the trace recorded with Lava needs (inferred from it).
    Down,
}

/// Who shares a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scales {
    /// Every neuron has its own, so that its largest weight uses all bits; the neurons of one
    /// channel of a convolution share one, so that their lists stay equal (NC-029).
    PerNeuron,
    /// One for all neurons of a node.
    PerPopulation,
}

/// Largest absolute values seen in a float run, by node.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Calibration {
    /// By node.
    pub layers: BTreeMap<String, Observed>,
}

/// Largest absolute values of each neuron of a node.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Observed {
    /// Of x, what entered in one step.
    pub input: Vec<f64>,
    /// Of I, the synaptic current.
    pub current: Vec<f64>,
    /// Of v, before resets.
    pub voltage: Vec<f64>,
}

/// Everything that forbids a graph to be mapped to this class of chip.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the graph cannot be mapped:\n{}", .0.iter().map(|f| format!("  {f}")).collect::<Vec<_>>().join("\n"))]
pub struct QuantiseError(pub Vec<QuantiseFinding>);

/// One thing that forbids a graph to be mapped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantiseFinding {
    /// Name of the node; empty: the options or the graph.
    pub node: String,
    /// Name of the field of the node or of the options; empty: the node as such.
    pub field: String,
    /// Problem, with the numbers it is about.
    pub problem: QuantiseProblem,
}

/// Kinds of problems.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum QuantiseProblem {
    /// A number outside what can be mapped.
    Value {
        /// The number.
        value: f64,
        /// Condition that the number fails, in words.
        must: String,
    },
    /// An array of the wrong length.
    Length {
        /// Elements found.
        found: usize,
        /// Elements wanted.
        wanted: usize,
    },
    /// The data do not have the shape that the node needs.
    Shape {
        /// Shape found.
        found: Vec<usize>,
        /// What is needed.
        wanted: String,
    },
    /// More than the hardware has.
    Limit {
        /// Amount that is wanted.
        wanted: f64,
        /// Amount that the hardware has.
        available: f64,
    },
    /// More neurons than there is memory for.
    Memory(MemoryShort),
    /// Another rule is broken; the text says which.
    Rule(String),
}

impl QuantiseError {
    /// The findings in the form that all parts share: places, values and ranges as fields.
    pub fn findings(&self) -> Vec<Finding> {
        self.0.iter().map(Finding::from).collect()
    }
}

impl fmt::Display for QuantiseFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Finding::from(self).fmt(f)
    }
}

impl From<&QuantiseFinding> for Finding {
    fn from(finding: &QuantiseFinding) -> Finding {
        let mut place = match finding.node.as_str() {
            "" => "options".to_string(),
            node => format!("node '{node}'"),
        };
        if !finding.field.is_empty() {
            place += &format!(", {}", finding.field);
        }
        match &finding.problem {
            QuantiseProblem::Value { value, must } => {
                let problem = format!("{value} must be {must}");
                Finding::new(place, Fault::OutOfRange, problem)
                    .value(*value)
                    .range(Allowed::Words(must.clone()))
            }
            QuantiseProblem::Length { found, wanted } => {
                let problem = format!("has {found} elements, wanted {wanted} or 1");
                Finding::new(place, Fault::WrongLength, problem).value(*found)
            }
            QuantiseProblem::Shape { found, wanted } => {
                let problem = format!("data of shape {found:?}, wanted {wanted}");
                Finding::new(place, Fault::WrongShape, problem).value(found.clone())
            }
            QuantiseProblem::Limit { wanted, available } => {
                let problem = format!("wanted {wanted}, available {available}");
                Finding::new(place, Fault::OutOfRange, problem).value(*wanted)
            }
            QuantiseProblem::Memory(short) => Finding::from(short.clone()),
            QuantiseProblem::Rule(text) => Finding::new(place, Fault::Rule, text.as_str()),
        }
    }
}

/// QuantiseFindings as they come, typed: the kind of problem decides what a command answers.
#[derive(Debug, Default)]
pub(crate) struct QuantiseFindings(pub Vec<QuantiseFinding>);

impl QuantiseFindings {
    pub fn add(&mut self, node: &str, field: &str, problem: QuantiseProblem) {
        self.0.push(QuantiseFinding {
            node: node.into(),
            field: field.into(),
            problem,
        });
    }

    pub fn rule(&mut self, node: &str, text: impl Into<String>) {
        self.add(node, "", QuantiseProblem::Rule(text.into()));
    }

    /// Adds a finding if a number is not as it must be.
    pub fn must(&mut self, node: &str, field: &str, value: f64, good: bool, must: &str) {
        if !good {
            self.add(
                node,
                field,
                QuantiseProblem::Value {
                    value,
                    must: must.into(),
                },
            );
        }
    }
}

impl QuantiseOptions {
    pub(crate) fn check(&self, found: &mut QuantiseFindings) {
        let positive = |x: f64| x > 0.0 && x.is_finite();
        found.must(
            "",
            "dt_seconds",
            self.dt_seconds,
            positive(self.dt_seconds),
            "above 0",
        );
        found.must(
            "",
            "margin",
            self.margin,
            self.margin >= 1.0 && self.margin.is_finite(),
            "at least 1",
        );
        let bits = f64::from(self.weight_bits);
        found.must(
            "",
            "weight_bits",
            bits,
            matches!(self.weight_bits, 1..=6 | 8),
            "1..=6 or 8 (NC-022)",
        );
        let thresholds = self.thresholds_max as f64;
        found.must(
            "",
            "thresholds_max",
            thresholds,
            (1..=8).contains(&self.thresholds_max),
            "1..=8",
        );
        let mantissa = self.threshold_mantissa_max;
        let fits = (1..1 << 17).contains(&mantissa);
        found.must(
            "",
            "threshold_mantissa_max",
            f64::from(mantissa),
            fits,
            "1..=131071 (NC-005)",
        );
        for (node, &unit) in &self.units {
            found.must(node, "units", unit, positive(unit), "above 0");
        }
    }
}
