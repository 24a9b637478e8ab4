//! `eprop-evidence`: a network learns on the chip which side had more of seven cues, a second ago.
//!
//! 40 inputs, 50 LIF and 50 ALIF neurons, two readouts (Bellec et al. 2020, `docs/equations.md`
//! A.3). The memory over the delay is the adaptation of the ALIF neurons, so a synapse needs two
//! variables. The same task runs in floats with the published optimiser. The page is
//! `docs/learning-on-chip.md`.
//!
//! The class is decided by the host, from the readouts' words over the recall; rates are halved by
//! the host.

mod controls;
pub mod float;
mod network;
mod recipe;
mod report;

pub use network::{PSI_PULSE, SynapseVariables, alif_network};
pub use recipe::{EpropEvidence, EvidenceOptions, run, run_float};
pub(crate) use recipe::{RECALL_STEPS, targets};
pub use report::{EvidenceFloatReport, EvidenceOutcome, EvidenceReport, Point};
