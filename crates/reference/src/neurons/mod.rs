//! What NIR networks mean in real numbers: every primitive of the format in f64, written from the
//! equations of the NIR paper (Pedersen et al. 2024, Nature Communications 15, 8122, table 1).
//!
//! A [`FloatNetwork`] steps a whole graph. What the file leaves open is said in [`FloatOptions`]:
//! the step, the discretisation, what a spike does to v, and how many steps a layer takes.
//!
//! x is what enters a node, summed over its edges; it is constant during a step. With keep factors
//! `a = exp(-dt/tau)` (exponential) or `a = 1 - dt/tau` (Euler), one step of each model is
//!
//! | node | step |
//! |---|---|
//! | I, IF | v = v + dt r x |
//! | LI, LIF | v = a v + (1 - a) (v_leak + r x) |
//! | CubaLI, CubaLIF | I = a_syn I + (1 - a_syn) w_in x, then v = a v + (1 - a) (v_leak + r I) |
//! | Threshold | v = x |
//!
//! and a spiking node fires iff v > v_threshold, strictly, and is reset at once. v and I start at
//! 0.

pub mod operator;
pub mod options;
pub mod order;
pub mod population;

pub mod network;

pub use network::{FloatNetwork, Layer};
pub use options::{Crossing, FloatError, FloatFinding, FloatOptions, FloatProblem, Latency};
