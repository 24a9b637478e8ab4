//! Synapses made from a seed: what they are, written out. A core does the same by itself from the
//! seed (MC-038); a test holds the two against each other.

use super::{Array, Edges, Values, registers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How synapses are made. Source i reaches target j if the upper 16 bits of draw j of the source
/// are below `chance`; its weight is the smallest plus what the lower 32 bits say, all alike. Draw
/// j of seed s is SplitMix64's number j + 1 from s; the seed of source i is the upper half of draw
/// i of `seed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generated {
    /// Seed of the projection.
    pub seed: u64,
    /// Probability of a synapse, in 1/65536: 1..=65536.
    #[schemars(extend("x-range" = registers::CHANCE))]
    pub chance: u32,
    /// Smallest and largest weight, -256..=255; a weight of 0 is no synapse.
    #[serde(alias = "weight")]
    #[schemars(extend("x-alias" = "weight", "x-range" = registers::WEIGHT))]
    pub weights: [i32; 2],
    /// Delay of every synapse, 0..=62 steps (NC-026).
    #[serde(alias = "delays", default, skip_serializing_if = "super::is_default")]
    #[schemars(extend("x-alias" = "delays", "x-range" = registers::DELAY))]
    pub delay: u8,
}

/// Number `index` + 1 of SplitMix64 from `seed`.
fn draw(seed: u64, index: u64) -> u64 {
    let mut z = seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Generated {
    /// The synapses written out, by source.
    pub fn edges(&self, sources: u32, targets: u32) -> Edges {
        let mut offsets = vec![0u64];
        let mut ends = vec![];
        let mut weights = vec![];
        let [low, high] = self.weights;
        let kinds = (i64::from(high) - i64::from(low) + 1).max(1) as u64;
        for source in 0..sources {
            let row = draw(self.seed, source.into()) >> 32;
            for target in 0..targets {
                let number = draw(row, target.into());
                if number >> 48 < u64::from(self.chance) {
                    ends.push(target);
                    weights.push(low + (((number & 0xffff_ffff) * kinds) >> 32) as i32);
                }
            }
            offsets.push(ends.len() as u64);
        }
        Edges {
            offsets: offsets.into(),
            targets: Array::from(ends),
            weights: weights.into(),
            delays: Values::Shared(self.delay),
        }
    }
}
