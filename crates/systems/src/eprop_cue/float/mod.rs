//! Cue accumulation in floats: LIF e-prop with membranes of two seconds (`docs/equations.md` A.3).
//!
//! The equations of ChFrenkel/eprop-PyTorch in the terms of A.1: gain 1 throughout, spike at v >
//! v_th, no refractory time, symmetric feedback, softmax error in the last 150 steps, Adam with one
//! factor a layer.

mod experiment;
mod samples;

pub use experiment::{CueSettings, Epoch, deal, initial_weights, network, shuffle, train_and_test};
pub use samples::{CLASSES, INPUTS, LineProblem, Problem, Samples, parse_samples, parse_weights};
