//! Management as an image has it: schedules of acts on cores, and what is read.
//!
//! Names are resolved: an act is done to cores of the image, as a whole, and only `Set` looks at
//! compartments of theirs. Variant and field order is the format of images.

use crate::probe::ProbePlan;
use serde::{Deserialize, Serialize};

/// What the embedded processors do between steps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ManagementPlan {
    /// Acts that change cores.
    pub schedules: Vec<SchedulePlan>,
    /// What is read; a probe that begins in the step of the act and reads once a period.
    pub reads: Vec<ReadPlan>,
}

/// Acts that repeat with one period.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SchedulePlan {
    /// Number of steps after which the schedule begins again, at least 1.
    pub period: u64,
    /// The acts; those of one step in this order.
    pub acts: Vec<ActPlan>,
}

/// One act.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ActPlan {
    /// Step of the period at whose end it is done, 0 to the period; 0 is before the first step.
    pub step: u64,
    /// Cores that it is done to, by their index in the image, ascending.
    pub cores: Vec<u32>,
    /// What is done.
    pub deed: Deed,
}

/// What an act does to its cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Deed {
    /// No compartment is updated any more.
    Freeze,
    /// The first so many compartments are updated again; absent: all.
    Thaw(Option<u16>),
    /// u, v, hold and words of programs become 0.
    ClearState,
    /// Accumulators become 0, and packets on their way are lost.
    ClearAccumulators,
    /// Registers of compartments of a part of a population get other values.
    Set(SetPlan),
    /// Whether rules act at the end of epochs.
    Learning(bool),
    /// State as at the start, weights and delays apart.
    Reset,
}

/// New values of registers; those that are absent stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SetPlan {
    /// Index of the population in the image.
    pub population: u32,
    /// Index of the compartment in the neuron.
    pub part: u32,
    /// Current decay register, 12 bit (NC-007).
    pub current_decay: Option<u16>,
    /// Voltage decay register, 12 bit (NC-007).
    pub voltage_decay: Option<u16>,
    /// Threshold mantissa, 17 bit (NC-005).
    pub threshold_mantissa: Option<u32>,
    /// Bias mantissa, 13 bit signed (NC-006).
    pub bias_mantissa: Option<i16>,
    /// Bias exponent 0..=7 (NC-006).
    pub bias_exponent: Option<u8>,
    /// Added to every current decay of the cores (NC-007).
    pub ds_offset: Option<bool>,
    /// Added to every voltage decay of the cores (NC-007).
    pub dm_offset: Option<bool>,
}

/// A register that the embedded processor reads once a period.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReadPlan {
    /// The register, its neurons and the steps.
    pub probe: ProbePlan,
    /// Whether only the index of the largest value is kept, the first of equals.
    pub argmax: bool,
}

impl ManagementPlan {
    /// Whether nothing is managed.
    pub fn is_empty(&self) -> bool {
        *self == ManagementPlan::default()
    }

    /// Whether some act may freeze the core.
    pub fn freezes(&self, core: u32) -> bool {
        let acts = self.schedules.iter().flat_map(|schedule| &schedule.acts);
        let freezes = |act: &ActPlan| {
            let some = matches!(act.deed, Deed::Freeze | Deed::Thaw(Some(_)));
            some && act.cores.binary_search(&core).is_ok()
        };
        acts.into_iter().any(freezes)
    }
}
