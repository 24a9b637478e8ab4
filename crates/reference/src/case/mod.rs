//! Cases: whole experiments in one JSON file, in the layout of the golden `eprop-*.json`.
//!
//! | key | meaning |
//! |---|---|
//! | `params.T`, `LW`, `tau_m`, `tau_out`, `tau_a`, `v_th`, `h`, `w`, `ref`, `beta` | the network (A.1); `beta` one number or one a neuron |
//! | `params.rec_regular_arrival`, `readout_regular_arrival` | gain 1 (true) or 1 - decay (false) |
//! | `params.loss` | `mse` or `ce` |
//! | `params.c_reg`, `f_target`, `avg`, `batch` | regularisation, averaging over LW, sequences per update |
//! | `params.feedback`, `readout_decay`, `strict_threshold` | optional: `random` (default where B is given), `symmetric`, `adaptive`; decay of W_out and B; spike at v > A only |
//! | `params.optimizer` | `type` `gd` or `adam`, `eta`, optional `beta_1`, `beta_2`, `epsilon`, `w_min`, `w_max` |
//! | `weights.w_in`, `w_rec`, `w_out`, `B_rec_by_out` | `[post][pre]` |
//! | a key beginning `input_spike_steps` (or `input_spike`) | `[neuron][steps]` or `[sequence][neuron][steps]` |
//! | `target` | `[T]`, `[T][output]`, `[sequence][T]` or `[sequence][T][output]` |
//! | a key beginning `target_class` | one class, or one a sequence |
//! | `n_sequences` | how many to run; else one for each given, else as many as the shortest `loss*` list asks for |

mod error;
mod layout;
mod run;
mod stimulus;
mod values;

pub use error::CaseError;
pub use layout::{Case, read_case};
pub use run::{CaseResult, RunOptions, SequenceRecord, run_case, run_case_text};
