//! `eprop-pattern` and the demonstration: a network learns on the chip to follow a sum of four
//! sines.
//!
//! 100 frozen Poisson inputs, 100 LIF neurons, one readout, 1000 steps over and over (Bellec et al.
//! 2020, `docs/equations.md` A.3), with the float reference beside it. The page is
//! `docs/learning-on-chip.md`.
//!
//! Only sequences with one readout and a target signal run here: the error of a class needs a
//! softmax, which the chip does not have.

mod fits;
pub mod float;
mod network;
mod picture;
mod recipe;
mod report;

pub use network::{PSI_PEAK, lif_network};
pub(crate) use recipe::targets;
pub use recipe::{EpropPattern, Learned, PatternOptions, learn, run};
pub use report::PatternReport;
