//! Weights written from outside, as the processors beside the cores of a chip do between samples.

use crate::Chip;

/// Why weights cannot be written; nothing is written then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// No such projection, or none that learns: weights of others are part of the image.
    #[error("no projection '{projection}' learns; there are {known}")]
    Unknown {
        /// Name of the projection as it was asked for.
        projection: String,
        /// Names of the projections that learn.
        known: String,
    },
    /// Another number of weights.
    #[error("{found} weights, '{projection}' has {wanted} synapses")]
    Count {
        /// Name of the projection.
        projection: String,
        /// Number of weights given.
        found: usize,
        /// Number of synapses of the projection.
        wanted: usize,
    },
    /// A weight that the synapse's format cannot hold.
    #[error(
        "weight {index} of '{projection}' is {found}; the synapse holds multiples of {step} from {min} \
         to {max}"
    )]
    Weight {
        /// Name of the projection.
        projection: String,
        /// Index of the synapse.
        index: usize,
        /// The weight given.
        found: i32,
        /// Smallest weight of the format.
        min: i32,
        /// Largest weight of the format.
        max: i32,
        /// Distance of neighbouring weights.
        step: i32,
    },
}

impl Chip {
    /// Replaces the weights of a projection that learns, in the order of
    /// [`LearnedSynapses::ends`](crate::LearnedSynapses::ends); delays, tags and traces stay. In
    /// force from the next step on.
    ///
    /// # Errors
    /// If no projection of that name learns, or the weights are not as many or not such as its
    /// synapses hold.
    pub fn write_weights(&mut self, projection: &str, weights: &[i32]) -> Result<(), WriteError> {
        let name = || projection.to_string();
        let program = self.program.clone();
        let Some(plastic) = program.plastic(projection) else {
            let known: Vec<&str> = program.plastic.iter().map(|p| p.name.as_str()).collect();
            let known = if known.is_empty() {
                "none".into()
            } else {
                known.join(", ")
            };
            return Err(WriteError::Unknown {
                projection: name(),
                known,
            });
        };
        let found = weights.len();
        let wanted = plastic.places.len();
        if found != wanted {
            return Err(WriteError::Count {
                projection: name(),
                found,
                wanted,
            });
        }
        let learning = |core: u32| {
            program.cores[core as usize]
                .learning
                .as_ref()
                .expect("its synapses learn")
        };
        for (index, ((core, synapse), found)) in plastic.places.iter().zip(weights).enumerate() {
            let holds = learning(*core).weight_format(*synapse);
            if !holds.allows(*found) {
                let min = holds.min;
                let max = holds.max;
                let step = 1 << holds.step;
                return Err(WriteError::Weight {
                    projection: name(),
                    index,
                    found: *found,
                    min,
                    max,
                    step,
                });
            }
        }
        for ((core, synapse), weight) in plastic.places.iter().zip(weights) {
            let state = self.state.cores[*core as usize]
                .learning
                .as_mut()
                .expect("its synapses learn");
            state.weights[*synapse as usize] = *weight as i16;
        }
        Ok(())
    }
}
