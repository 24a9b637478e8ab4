//! One neuron: its phase, and what an input does to it (D.1).
//!
//! tau V' = V (V - 1) + I0 between inputs; an input of weight w adds w to V. V runs off to infinity
//! in finite time, which is a spike, and comes back from minus infinity. With root = sqrt(I0 - 1/4)
//! and x = V - 1/2 the phase phi = (tau / root) (atan(x / root) + pi / 2) grows at rate 1 from 0,
//! the reset, to `period`, the spike.

use std::f64::consts::{FRAC_PI_2, PI};

/// Phases closer than this to 0 or to the period do not move on inputs: x is infinite there.
pub const EDGE: f64 = 1e-6;

/// Constants of a neuron.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    tau: f64,
    root: f64,
}

/// Where an input moves a phase, and the derivatives of that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Jump {
    /// H(phi, w).
    pub phase: f64,
    /// dH / dphi.
    pub by_phase: f64,
    /// dH / dw.
    pub by_weight: f64,
}

impl Cell {
    /// A neuron that oscillates: `None` unless tau > 0 and I0 > 1/4.
    pub fn new(tau: f64, drive: f64) -> Option<Cell> {
        let root = (drive - 0.25).sqrt();
        (tau > 0.0 && tau.is_finite() && root > 0.0 && root.is_finite())
            .then_some(Cell { tau, root })
    }

    /// The paper's: tau = 6 / pi and I0 = 5 / 4, so that the period is 6.
    pub fn published() -> Cell {
        Cell {
            tau: 6.0 / PI,
            root: 1.0,
        }
    }

    /// Theta, the time from reset to spike without input.
    #[doc(alias = "Theta")]
    pub fn period(&self) -> f64 {
        self.tau * PI / self.root
    }

    /// V - 1/2 at a phase.
    pub fn potential(&self, phase: f64) -> f64 {
        self.root * (phase * self.root / self.tau - FRAC_PI_2).tan()
    }

    /// The phase at V - 1/2.
    pub fn phase(&self, potential: f64) -> f64 {
        self.tau / self.root * ((potential / self.root).atan() + FRAC_PI_2)
    }

    /// H(phi, w) and its derivatives.
    #[doc(alias = "H")]
    pub fn jump(&self, phase: f64, weight: f64) -> Jump {
        if phase < EDGE || phase > self.period() - EDGE {
            return Jump {
                phase,
                by_phase: 1.0,
                by_weight: 0.0,
            };
        }
        let before = self.potential(phase);
        let after = before + weight;
        let square = self.root * self.root;
        // dphi / dx = tau / (x^2 + root^2), from D.1.
        let by_weight = self.tau / (after * after + square);
        let by_phase = (before * before + square) / (after * after + square);
        Jump {
            phase: self.phase(after),
            by_phase,
            by_weight,
        }
    }
}
