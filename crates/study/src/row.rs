//! One line of the overview `seamount lab all`: a figure of a system beside the published one, and
//! what an inference takes.

use seamount_session::PerInference;
use serde::Serialize;

/// One figure of one system, beside the published one.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Name of the entry: `seamount lab NAME`.
    pub system: String,
    /// Meaning of the figure, in words.
    pub figure: String,
    /// The figure, in `unit`.
    pub value: f64,
    /// The published figure, in `unit`, where there is one.
    pub published: Option<f64>,
    /// Unit of both: "%" or a noun.
    pub unit: String,
    /// Samples, images or networks the figure is over.
    pub samples: u64,
    /// Whether the figure is the chip's; else that of floats.
    pub chip: bool,
    /// Mean operations of an inference, where they are counted.
    pub operations: Option<f64>,
    /// Mean energy of an inference, microjoules.
    pub energy_uj: Option<f64>,
    /// What the energy is: a profile of the chip, or a pair of prices.
    pub energy_by: String,
    /// Wall clock, seconds.
    pub seconds: f64,
}

impl Row {
    /// A figure of the chip, in percent, with its counts and the first profile's energy.
    pub fn on_chip(
        system: &str,
        figure: &str,
        value: f64,
        published: Option<f64>,
        samples: u64,
        cost: &PerInference,
    ) -> Row {
        let energy = cost.energy().next();
        Row {
            system: system.into(),
            figure: figure.into(),
            value,
            published,
            unit: "%".into(),
            samples,
            chip: true,
            operations: Some(cost.synaptic_operations()),
            energy_uj: energy.as_ref().and_then(|e| e.dynamic_uj),
            energy_by: energy.map_or(String::new(), |e| format!("profile {}", e.profile)),
            seconds: 0.0,
        }
    }
}
