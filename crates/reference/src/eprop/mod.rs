//! E-prop (Bellec et al. 2020): recurrent networks of LIF and ALIF neurons that learn from
//! eligibility traces and learning signals, in two variants.
//!
//! - A.1, by sequences: [`run`] goes through one sequence, [`gradient`] sums its gradient (forward
//!   in time by traces, or rearranged into filters that run backwards), [`Trainer`] does both for a
//!   batch and moves the weights by an [`Optimiser`]. This is the discrete form of NEST's
//!   `eprop_*_bsshslm_2020` models.
//! - A.2, step by step: [`Online`] moves weights in every step, when the error has gone to the
//!   readout and back (NEST's `eprop_iaf`); [`Late`] does so without a history, which is all that a
//!   chip can do.
//!
//! Equation numbers are those of `docs/equations.md`. Time is in steps of 1 ms, rates inside are
//! spikes a step, weights are `[post][pre]`. Nothing here knows tasks, files or data sets.

mod adjoint;
mod eligibility;
mod forward;
mod gradient;
mod network;
mod online;
mod optimise;
mod readout;
mod train;

pub use eligibility::{SynapseTrace, presynaptic_traces, synapse_trace};
pub use forward::{Fanout, Keep, SequenceRun, run, run_keeping};
pub use gradient::{Method, gradient, learning_signals};
pub use network::{Decays, EpropNetwork, Feedback, Gain, Loss, Sequence, Target, Weights};
pub use online::{Eligibility, Late, LateInput, LateRule, Online, OnlineRule, Psi, SpikeReset};
pub use optimise::{Descent, Moments, Optimiser, WeightMoments};
pub use readout::{error_into, predicted_class, sequence_loss, softmax_into};
pub use train::{SequenceOutcome, Trainer, Training};
