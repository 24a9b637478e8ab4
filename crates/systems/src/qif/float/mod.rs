//! Networks of oscillating quadratic integrate-and-fire (theta) neurons, event by event in f64,
//! with exact gradients through spike times.
//!
//! Klos and Memmesheimer, "Smooth exact gradient descent learning in spiking neural networks",
//! Physical Review Letters 134, 027301 (2025). Equation numbers D.1 and D.2 are
//! sections of `docs/equations.md`. Times are in units of the paper's membrane time constant.

pub mod cell;
pub mod wiring;

pub mod trial;

pub mod adjoint;
pub mod pseudo;

pub mod loss;
pub mod train;

#[cfg(test)]
mod tests;
