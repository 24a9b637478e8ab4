//! Words that a netlist, an image and the machine say to each other, once.
//!
//! The order of variants is the format of images and snapshots: bincode writes the index of a
//! variant. The names of variants in snake_case are the format of netlists, and the documentation
//! here is the description in their JSON schema. A new variant goes to the end of its enum; the
//! test below pins both.
//!
//! The sign of weights, `SignMode`, stays in `arith`, whose formulas depend on it.

#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Threshold modes (NC-015). Mode 1 has no known meaning and cannot be written.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ThresholdMode {
    /// Mode 0: spike and reset v to 0.
    #[default]
    SpikeAndReset,
    /// Mode 2: never spikes; v and the flag v > threshold go to the parent.
    PassToParent,
    /// Mode 3: as 2, and v is held at the threshold when above it.
    Saturate,
}

/// How popped values enter the input of a compartment (NC-041..044).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// No children.
    #[default]
    None,
    /// I + every popped value (NC-041).
    Add,
    /// Largest of I and the popped values (NC-042).
    Max,
    /// Smallest of I and the popped values (NC-042).
    Min,
    /// One child: I if its flag is set, else 0. Two: B's value if A's flag is set, else 0 (NC-043).
    Pass,
    /// As `pass` with the flag negated (NC-043).
    Block,
    /// Spike if own test or any child's flag (NC-044).
    Or,
    /// Spike only if own test and every child's flag (NC-044).
    And,
}

/// What the payload of a graded pre spike does to x1 (LE-014). A binary spike has a payload of 1.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GradedPre {
    /// Nothing: x1 and x2 rise by their impulses.
    #[default]
    Impulse,
    /// x1 becomes half the payload.
    Overwrite,
    /// Half the payload is added to x1, up to 127.
    Add,
    /// Half the payload is added to x1; beyond 127 x1 keeps the rest, and only such a spike is one
    /// for x0 and x2.
    Overflow,
}

/// Arithmetic of a learning rule.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LearningProfile {
    /// 16-bit accumulator; wide products are scaled down and stay so (LE-005).
    Loihi1,
    /// 32-bit accumulator; what is written is what is computed (LE-006).
    #[default]
    Wide,
}

/// What happens to the fractions of changes at the end of an epoch (LE-007).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DwRounding {
    /// Stochastic rounding of w, d and t.
    #[default]
    Stochastic,
    /// The change of w is first rounded away from zero to a whole number, as brian2-loihi does.
    AwayFromZero,
    /// Changes of w, d and t are cut toward zero; changes below 1 are lost for ever.
    TowardZero,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Serialize;

    /// Names in JSON in the order of variants, which is their number in images.
    fn pinned<T: Serialize + Copy>(words: &[(T, &str)], index: impl Fn(T) -> usize) {
        for (i, (word, name)) in words.iter().enumerate() {
            assert_eq!(serde_json::to_value(word).unwrap(), *name);
            assert_eq!(index(*word), i, "{name}");
        }
    }

    #[test]
    fn names_are_those_of_netlists_and_numbers_those_of_images() {
        let modes = [
            (ThresholdMode::SpikeAndReset, "spike_and_reset"),
            (ThresholdMode::PassToParent, "pass_to_parent"),
            (ThresholdMode::Saturate, "saturate"),
        ];
        pinned(&modes, |word| word as usize);
        let joins = [
            (Join::None, "none"),
            (Join::Add, "add"),
            (Join::Max, "max"),
            (Join::Min, "min"),
            (Join::Pass, "pass"),
            (Join::Block, "block"),
            (Join::Or, "or"),
            (Join::And, "and"),
        ];
        pinned(&joins, |word| word as usize);
        let graded = [
            (GradedPre::Impulse, "impulse"),
            (GradedPre::Overwrite, "overwrite"),
            (GradedPre::Add, "add"),
            (GradedPre::Overflow, "overflow"),
        ];
        pinned(&graded, |word| word as usize);
        let profiles = [
            (LearningProfile::Loihi1, "loihi1"),
            (LearningProfile::Wide, "wide"),
        ];
        pinned(&profiles, |word| word as usize);
        let roundings = [
            (DwRounding::Stochastic, "stochastic"),
            (DwRounding::AwayFromZero, "away_from_zero"),
            (DwRounding::TowardZero, "toward_zero"),
        ];
        pinned(&roundings, |word| word as usize);
    }
}
