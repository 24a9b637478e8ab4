//! Cue accumulation on ReckOn's data: LIF e-prop with membranes of two seconds (A.3, A.6).
//!
//! Equations of ChFrenkel/eprop-PyTorch in the terms of A.1: gain 1 throughout,
//! spike at v > v_th, no refractory time, symmetric feedback, softmax error in
//! the last 150 steps, Adam with one factor a layer.

mod experiment;
mod samples;

pub use experiment::{
    CrossValidation, CueSettings, Epoch, Fold, cross_validate, deal, initial_weights, network,
    shuffle, train_on_and_test_on,
};
pub use samples::{
    CLASSES, CueError, INPUTS, LineProblem, Problem, Samples, parse_samples, parse_weights,
    read_samples, read_weights,
};
