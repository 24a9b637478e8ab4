//! What networks and learning rules mean in real numbers: NIR's neurons and e-prop in f64, written
//! from the equations.
//!
//! What this crate does *not* know: fixed-point words, cores, chips, netlists,
//! microcode, command lines. Of the workspace it knows only the types of a float graph, so
//! that it cannot share a mistake with the machine it is compared with.
//!
//! Equation numbers A.1 and A.2 are those of section A of the project's notes
//! on published systems: A.1 is sequence-batched e-prop (Bellec et al. 2020, in
//! the discrete form of NEST's `eprop_*_bsshslm_2020` models), A.2 the per-step
//! variant (NEST's `eprop_iaf`). Units: ms, spikes per step inside, Hz outside.

pub mod matrix;
pub mod random;

pub mod network;
pub mod neurons;

pub mod adjoint;
pub mod eligibility;
pub mod forward;
pub mod gradient;
pub mod optimise;
pub mod readout;
pub mod train;

pub mod online;

pub mod bottleneck;
pub mod rules;
pub mod srnn;
pub mod stdp;

pub mod case;
pub mod cue;
pub mod tasks;

pub mod theta;
