//! `ib-hebbian`: networks trained by the information-bottleneck Hebbian rule, in floats and on the
//! chip.

pub mod chip;
mod experiment;
pub mod float;

pub mod mnist;
pub mod small;
pub mod stored;

pub use experiment::{IbHebbian, IbOptions, IbReport, IbTask};
pub use mnist::{MnistOptions, MnistReport};
pub use small::{SmallOptions, SmallReport, SmallTask};

use crate::ib::float::Form;
use crate::ib::float::modulator::Window;
use crate::ib::float::train::Modulator;
use serde::Serialize;

/// Which formula xi follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum XiForm {
    /// As released: the diagonal of M.
    #[default]
    Released,
    /// The last row of M.
    Row,
    /// The derivative of the objective.
    Gradient,
}

impl XiForm {
    /// The reference's name for it.
    pub fn form(self) -> Form {
        match self {
            XiForm::Released => Form::Released,
            XiForm::Row => Form::Row,
            XiForm::Gradient => Form::Gradient,
        }
    }
}

/// xi = 0: hidden layers stay as they were drawn, but for the optimiser's decay.
struct Silent;

impl Modulator for Silent {
    fn modulate(&mut self, _layer: usize, _window: &Window, outputs: &[&[f64]]) -> Vec<f64> {
        vec![0.0; outputs.last().map_or(0, |z| z.len())]
    }
}
