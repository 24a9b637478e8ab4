//! `ib-hebbian`: the information-bottleneck Hebbian rule (Daruwalla and Lipasti 2024,
//! `docs/equations.md` E.1), in floats and on the chip.
//!
//! A line and exclusive or are learned by small networks, in floats and again on the chip; MNIST is
//! learned in floats and inferred on the chip. The page is `docs/systems/bottleneck.md`.
//!
//! On the chip are the units, the learning of all synapses and the error of the last layer. The
//! host computes the modulator of hidden layers: it needs exponentials and the last samples.

pub mod chip;
pub mod float;
mod mnist;
mod recipe;
mod small;
mod small_report;
mod stored;

pub use mnist::{MnistReport, run_mnist};
pub use recipe::{IbHebbian, IbOptions, IbReport, IbTask};
pub use small::run_small;
pub use small_report::{SeedFigure, SmallReport};
