//! Limits of a core and of the board: what they are called, how much of them there is, which are
//! broken.

use crate::formats::FORMATS_MAX;
use seamount_image::LimitBreach;
use seamount_spec::CoreLimits;
use serde::{Deserialize, Serialize};
use std::fmt;

/// More of something than a core, or the board, has (NC-030).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Index of the core among those in use; absent: the whole board.
    pub core: Option<u32>,
    /// What there is too little of.
    pub resource: String,
    /// Amount that the network needs.
    pub wanted: u64,
    /// Amount that the core or the board has.
    pub available: u64,
    /// Populations concerned.
    pub who: Vec<String>,
}

impl From<LimitBreach> for Limit {
    fn from(breach: LimitBreach) -> Self {
        let LimitBreach {
            core,
            resource,
            wanted,
            available,
            who,
        } = breach;
        Limit {
            core: Some(core),
            resource,
            wanted,
            available,
            who,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.core {
            Some(core) => write!(f, "core {core}")?,
            None => write!(f, "board")?,
        }
        let Limit {
            resource,
            wanted,
            available,
            who,
            ..
        } = self;
        write!(
            f,
            " ({}): {resource}: wanted {wanted}, available {available}",
            who.join(", ")
        )
    }
}

/// Names of the limits in the order of [`CoreLimits`].
pub(crate) const RESOURCES: [&str; 8] = [
    "compartments",
    "input slots",
    "output slots",
    "synapse memory words",
    "compartment profiles",
    "threshold profiles",
    "synapse formats",
    "accumulators",
];
pub(crate) const INPUT_SLOTS: usize = 1;
pub(crate) const OUTPUT_SLOTS: usize = 2;
pub(crate) const SYNAPSE_WORDS: usize = 3;
pub(crate) const COMPARTMENT_PROFILES: usize = 4;
pub(crate) const SYNAPSE_FORMATS: usize = 6;
pub(crate) const ACCUMULATORS: usize = 7;

/// What a core uses of each of [`RESOURCES`].
pub(crate) type ResourceUsage = [u64; 8];

/// The limits in the order of [`RESOURCES`].
pub(crate) fn available(limits: &CoreLimits) -> ResourceUsage {
    let CoreLimits {
        compartments,
        input_slots,
        output_slots,
        synapse_words,
        ..
    } = *limits;
    let CoreLimits {
        compartment_profiles,
        threshold_profiles,
        synapse_formats,
        accumulators,
        ..
    } = *limits;
    let formats = synapse_formats.min(FORMATS_MAX as u32);
    [
        compartments,
        input_slots,
        output_slots,
        synapse_words,
        compartment_profiles,
        threshold_profiles,
        formats,
        accumulators,
    ]
    .map(u64::from)
}

/// What a core has too little of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CoreResource {
    /// One of [`RESOURCES`].
    Limit(usize),
    /// Steps of synaptic delay that the given delay bits hold.
    Delay,
    /// Synapses of one list, a limit of the emulator.
    List,
}

impl CoreResource {
    pub fn name(self) -> &'static str {
        match self {
            CoreResource::Limit(i) => RESOURCES[i],
            CoreResource::Delay => "synaptic delay",
            CoreResource::List => "synapses of a list",
        }
    }
}

/// A core that needs more than it has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CoreOverflow {
    pub core: usize,
    pub resource: CoreResource,
    pub wanted: u64,
    pub available: u64,
}
