//! Internal crate of seamount, without promise of stability.
//!
//! The network as bits, placed: what a compiler emits and a chip loads.
//!
//! `bytes -> Image -> CheckedImage`. What this crate does *not* know: what a network meant before
//! it was placed, how a step is computed, what anything costs.

pub mod bits;
mod check;
pub mod container;
mod entry;
mod file;
pub mod generated;
mod learn;
pub mod limits;
pub mod list;
mod management;
mod model;
mod probe;
mod programs;
#[cfg(test)]
mod tests;

pub use check::{
    CheckedImage, ImageFinding, LimitBreach, LimitPolicy, LimitUse, limit_breaches, limit_uses,
    populations_on,
};
pub use file::{IMAGE_FILE, ImageError};
pub use learn::{
    CoreLearning, LearningAxon, LearningPlan, LearningProbePlan, PlasticProjection, RewardAxon,
    RuleProgram, TraceConfig,
};
pub use management::{ActPlan, Deed, ManagementPlan, ReadPlan, SchedulePlan, SetPlan};
pub use model::{
    AxonKind, CompartmentProfile, CompartmentWord, CoreImage, CoreRegisters, Encoding, Image,
    InitialState, InputAxon, InputPort, OutputAxon, PopulationMap, Push, Slice, SynapseFormat,
};
pub use probe::{ImageRegister, ProbePlan};
pub use programs::{CorePrograms, ProgramGroup, ProgramPlan};
pub use seamount_spec::{
    DwRounding as Rounding, GradedPre, Join, LearningProfile as Arithmetic, ThresholdMode,
};
