//! Words for how a graph in continuous time becomes steps: the same for the float reference, which
//! computes them, and for the quantiser, which makes registers of them.

use serde::{Deserialize, Serialize};

/// How a differential equation with time constant tau becomes a step of dt that keeps a share a of
/// its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discretisation {
    /// a = exp(-dt/tau): exact for an input that is constant during the step.
    Exponential,
    /// a = 1 - dt/tau: Euler forward.
    Euler,
}

/// What a spike does to v.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// v = 0.
    Zero,
    /// v = v - (v_threshold - v_reset). On the chip a program where neurons can be programs, else
    /// two compartments a neuron, three with a synaptic current (NC-019).
    Subtract,
    /// v = v_reset. The chip's v counts from there.
    ToReset,
}
