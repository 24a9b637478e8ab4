//! Spiking recurrent networks of neurons with adaptive thresholds and a time constant of their own
//! each (Yin, Corradi, Bohte, Nature Machine Intelligence 2021; `docs/equations.md` C.1), in f64.
//!
//! ```text
//! b_t = rho b_{t-1} + (1 - rho) s_{t-1}          B_t = base + beta b_t
//! u_t = alpha u_{t-1} + (1 - alpha) I_t - B_t s_{t-1}          s_t = [u_t > B_t]
//! ```
//!
//! The reset takes away the *adapted* threshold of this step; e-prop's takes away the base.

pub mod arithmetic;
pub mod layer;
pub mod network;

pub use arithmetic::{EnergyPair, Operations};
pub use layer::{Dense, Layer, LayerState, Neurons};
pub use network::{Network, Order, State};
