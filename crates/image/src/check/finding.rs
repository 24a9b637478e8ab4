//! What is wrong with an image, and the collector that goes on after each finding.

use crate::model::Image;
use seamount_spec::Board;
use serde::Serialize;
use std::fmt;

/// Most findings that are listed.
pub(crate) const FINDINGS_MAX: usize = 100;
/// Most characters of a name that a finding repeats: a report stays in proportion to the image.
const NAME_CHARACTERS_MAX: usize = 64;

/// One thing wrong with an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageFinding {
    /// A place that breaks a rule.
    Broken {
        /// Part of the image, such as `core 3, input axon 7`.
        place: String,
        /// Problem in words.
        problem: String,
    },
    /// A limit of the chip.
    Limit(LimitBreach),
}

/// More of something than a core has (NC-030).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitBreach {
    /// Index of the core.
    pub core: u32,
    /// What there is too little of.
    pub resource: String,
    /// Amount that the image needs.
    pub wanted: u64,
    /// Amount that the core has.
    pub available: u64,
    /// Populations on that core.
    pub who: Vec<String>,
}

impl fmt::Display for LimitBreach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LimitBreach {
            core,
            resource,
            wanted,
            available,
            who,
        } = self;
        write!(
            f,
            "core {core} ({}): {resource}: wanted {wanted}, available {available}",
            who.join(", ")
        )
    }
}

impl fmt::Display for ImageFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageFinding::Broken { place, problem } => write!(f, "{place}: {problem}"),
            ImageFinding::Limit(breach) => breach.fmt(f),
        }
    }
}

/// A name as far as a report holds it.
pub(crate) fn short(name: &str) -> String {
    name.chars().take(NAME_CHARACTERS_MAX).collect()
}

pub(crate) struct ImageProof<'a> {
    pub found: Vec<ImageFinding>,
    /// How often something was wrong, also beyond what is listed: what is to be looked at only if
    /// nothing was wrong before asks for this, as a full list no longer grows.
    pub(super) failures: usize,
    pub image: &'a Image,
    pub spec: &'a Board,
    /// The formats of all cores so far are sound, so that lists can be read.
    pub readable: bool,
}

impl ImageProof<'_> {
    pub fn fail(&mut self, place: &str, problem: impl Into<String>) {
        self.failures += 1;
        if self.found.len() < FINDINGS_MAX {
            self.found.push(ImageFinding::Broken {
                place: place.into(),
                problem: problem.into(),
            });
        }
    }

    pub fn need(&mut self, good: bool, place: &str, problem: impl FnOnce() -> String) {
        if !good {
            self.fail(place, problem());
        }
    }
}
