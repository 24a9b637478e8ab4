//! What networks and learning rules mean in real numbers: NIR's neurons, e-prop, rules as sums of
//! products and spike-timing dependent plasticity, in f64, written from the equations.
//!
//! A result of the emulated chip is only worth something beside what it should have been. This
//! crate says what it should have been, and cannot share a mistake with the machine.
//!
//! | module | what it computes | held against |
//! |---|---|---|
//! | [`neurons`] | networks of NIR, step by step | closed forms, recordings |
//! | [`eprop`] | e-prop by sequences and step by step | NEST, TensorFlow, finite differences |
//! | [`case`] | a whole e-prop experiment from one JSON file | golden files |
//! | [`rules`] | learning rules as a chip's text has them, exact or rounded | [`stdp`] |
//! | [`stdp`] | pairs, triplets and reward as published, in continuous time | closed forms |
//!
//! ```
//! use seamount_reference::stdp::Pair;
//!
//! // A source spike at 10 ms and a target spike at 15 ms strengthen a synapse.
//! let mut synapse = Pair::new(0.5, (0.1, 20.0), (0.12, 20.0));
//! synapse.pre(10.0);
//! synapse.post(15.0);
//! assert!((synapse.weight - (0.5 + 0.1 * f64::exp(-5.0 / 20.0))).abs() < 1e-12);
//! ```
//!
//! What this crate does *not* know: fixed-point words, cores, chips, netlists, microcode, command
//! lines. Of the workspace it knows the types of a float graph and the tree of learning rules,
//! which compute nothing: it shares no arithmetic with the machine it is compared with. Models of
//! one published system lie beside that system, under the same promise.
//!
//! Equation numbers A.1 to A.5 are those of `docs/equations.md`. Units: ms, spikes per step inside,
//! Hz outside. Matrices of weights are `[post][pre]`.

mod matrix;
mod random;

pub use matrix::Matrix;
pub use random::Draws;

pub mod eprop;
pub mod neurons;
pub mod rules;
pub mod stdp;

pub mod case;
