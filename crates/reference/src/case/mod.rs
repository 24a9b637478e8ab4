//! Cases: whole experiments in one JSON file, in the layout of the golden `eprop-*.json`.
//!
//! `params` holds
//!
//! - `T`, `LW`, `tau_m`, `tau_out`, `tau_a`, `v_th`, `h`, `w`, `ref`, `beta`: the network (A.1 of
//!   docs/equations.md). `beta` is one number or one a neuron;
//! - `rec_regular_arrival`, `readout_regular_arrival`: gain 1 (true) or 1 - decay (false);
//! - `loss`: `mse` or `ce`;
//! - `c_reg`, `f_target`, `avg`, `batch`: regularisation of the rate, averaging over LW, sequences
//!   per update;
//! - `feedback`, optional: `random` (the default where B is given), `symmetric` or `adaptive`;
//! - `readout_decay`, optional: decay of W_out and B;
//! - `strict_threshold`, optional: a spike only where v > A;
//! - `optimizer`: `type` is `gd` or `adam`; `eta`; optional `beta_1`, `beta_2`, `epsilon`, `w_min`
//!   and `w_max`.
//!
//! Beside `params` stand
//!
//! - `weights`: `w_in`, `w_rec`, `w_out` and `B_rec_by_out`, each `[post][pre]`;
//! - a key that begins `input_spike_steps` or `input_spike`: `[neuron][steps]` or
//!   `[sequence][neuron][steps]`;
//! - `target`: `[T]`, `[T][output]`, `[sequence][T]` or `[sequence][T][output]`;
//! - a key that begins `target_class`: one class, or one a sequence;
//! - `n_sequences`: how many to run. Without it, one for each that is given, else as many as the
//!   shortest `loss*` list asks for.

mod error;
mod layout;
mod run;
mod stimulus;
mod values;

pub use error::CaseError;
pub use layout::{Case, read_case};
pub use run::{CaseResult, RunOptions, SequenceRecord, run_case, run_case_text};
